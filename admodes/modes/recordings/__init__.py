"""A function's own recording, to be read: what each operation computed, of what, and where.

What is recorded is what reverse mode records, on the same tape and by the same rules. Whoever shows
a function as a graph or eliminates its numbers begins here.
"""
