"""What a derivative is, by neither mode: a third opinion, along which directions, at which point.

:func:`differences` needs values alone, :func:`complex_step` code that runs on complex numbers. The
checks of :mod:`admodes.testing` and of :mod:`admodes.diagnosis` hold both modes to them.
"""

# ``finite_differences`` and ``complex_steps`` are the two ways, ``certainty`` and ``weighing`` how
# well the first can know; ``directions`` and ``point`` say along which, and where; ``shaking`` what
# rounding does.

from admodes.truth.complex_steps import complex_step
from admodes.truth.finite_differences import Estimate, differences, estimates

__all__ = ["Estimate", "complex_step", "differences", "estimates"]
