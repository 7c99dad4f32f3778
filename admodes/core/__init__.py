"""What both modes stand on: values, levels, and what a primitive is; no mode is known here.

``values`` and ``levels`` say what an expression is to others; ``rules`` has the kinds of primitive,
each with its push and its pull, and ``declaring`` the registry that NumPy functions are looked up
in; ``guessing`` and ``singularities`` say what is known where a slope is not finite,
``always_zero`` where a value is 0 whatever the inputs are, ``undefined`` where an operation makes
NaN of what is none; ``stand_ins`` what may take the place of a value, ``kinds`` and ``layout``
which arrays are computed on and how they lie, ``costs`` what an operation costs, ``types`` what a
checker of types is told, ``other_libraries`` what is written here for names of theirs.
"""
