"""A function's own recording, to be read: what each operation computed, of what, and where.

What is recorded is what reverse mode records, on the same tape and by the same rules. Whoever shows
a function as a graph or eliminates its numbers begins here.

``recording`` notes each operation's value and its place in the ``source``, ``assembly`` makes nodes
and edges of it, ``parts`` is what these are, each edge with its local derivative, and ``carrying``
takes tangents and cotangents along all of it.
"""
