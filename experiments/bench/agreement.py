"""Whether two derivatives are the same: a wrong one has no speed."""

from typing import Any

import numpy as np

TOLERANCE = 1e-8
"""Up to here a relative difference is rounding: half the digits of a float64. The same local
derivatives, multiplied in another order, differ in the last few."""


class Disagreement(Exception):
    """Two modes, or two libraries, give different derivatives."""

    def __init__(self, what: str, difference: float, tolerance: float = TOLERANCE) -> None:
        super().__init__(
            f"{what}: a relative difference of {difference:.2g}, where rounding explains"
            f" {tolerance:g}"
        )


def relative_difference(found: Any, expected: Any, typical: float) -> np.ndarray:
    """How far derivatives are apart, entry by entry.

    Relative to the larger of the two, or to the `typical` size where that is larger: what is left
    when large terms cancel has their rounding.
    """
    with np.errstate(invalid="ignore"):  # an infinite entry ends as a NaN, which is none too small
        size = np.maximum(np.maximum(np.abs(found), np.abs(expected)), typical)
        return np.abs(found - expected) / np.maximum(size, np.finfo(np.float64).tiny)
