"""Which mode for this function? Predicted by :func:`admodes.recommend`, measured by ``compare``.

``profiling`` counts what one recorded evaluation is made of, and ``periods`` the loops in it;
``machines`` and ``calibration`` say what each counted thing costs, ``model`` puts the two together,
and ``peaks`` says what memory that takes; ``trials`` put it right by what is seen. A way to a
derivative is one of the ``ways``, as a program (``repeating``) or as a sparse matrix
(``sparsely``); ``recommending`` is what a user calls, in the words of ``reasoning``, and
``automatic`` is ``mode="auto"``.

``comparing`` is the other thing that a user calls: ``plans`` say what is to be timed, ``subject``
is the user's function on copies, each ``task`` the whole derivative by one of the ways, under the
``clock``; ``timings`` what each way takes by what was timed, ``catching_up`` by how many workers
forward mode does, ``comparison`` the result, with its ``figure`` and ``columns``.
"""
