"""Checks of derivatives, for a test of your own: both modes against each other, and against truth.

Each check returns ``None``, or raises an ``AssertionError`` that names the function, what failed,
the worst entry and both values:

>>> import numpy as np
>>> from admodes.testing import check_derivatives, check_modes
>>> def energy(x):
...     return np.sum(np.sin(x) * x)
>>> check_modes(energy, np.linspace(0.0, 1.0, 5))
>>> check_derivatives(energy, np.linspace(0.0, 1.0, 5), order=2)

Two derivatives are compared by ``|a - b| <= atol + rtol * largest``, where `largest` is the largest
entry of the array that they stand in (the derivatives of one part of the output by one argument),
so that an entry that ought to be zero may be a rounding error. (For a sum over entries along a
random direction, it is the root of the sum of their squares.) By default `rtol` is the square root
of the machine epsilon of the coarsest dtype that takes part (1.5e-8; for float32 3.5e-4), and at
least 1e-6 where finite differences are one of the sides. By default `atol` is what rounding alone
may leave of a derivative that cancels to zero: 100 machine epsilons (2e-11 at least beside finite
differences) times the size of the output over that of the argument.

A derivative that is not finite fails every check, and so does a check that compared nothing.
"""

# ``checks`` are the two checks, of derivatives of ``first_order`` and ``second_order`` at a
# ``point``, with ``purity`` before them; ``judge`` says when two count as equal, ``verdict`` what
# values nearby tell; ``code`` is whether a function can be differentiated at all. ``plugin`` is
# pytest's, told of every check by ``listening``.

from admodes.testing.checks import check_derivatives, check_modes
from admodes.testing.code import check_code
from admodes.testing.judge import Undecided

__all__ = ["Undecided", "check_code", "check_derivatives", "check_modes"]
