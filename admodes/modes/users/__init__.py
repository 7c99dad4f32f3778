"""Primitives of the user's own: rules as textbooks write them, and nothing they give is trusted.

A rule of this package takes any number of directions at once, and the tests hold it. A user's sees
one direction at a time unless it says that it takes several, what it returns is checked, and of
`push` and `pull` either one is enough.

``declaring`` makes them; ``rules`` maps them over the directions, and ``checking`` looks at what
they give; ``halves`` makes a pull of a push, or a push of a pull, by ``transposing``; ``apart`` is
for slopes that are not finite; ``registering`` gives a function of NumPy or SciPy such a primitive.
"""
