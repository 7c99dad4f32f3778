"""Which mode for this function? Predicted by :func:`admodes.recommend`, measured by ``compare``.

``profiling`` counts what one recorded evaluation is made of, ``machines`` and ``calibration`` say
what each counted thing costs, ``model`` puts the two together; ``recommending`` and ``comparing``
are what a user calls.
"""
