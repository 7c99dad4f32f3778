"""A function at a point, and the directions along which its derivatives are taken there.

What the checks of :mod:`admodes.testing` and of :mod:`admodes.agreement` have in common.
"""

from admodes.points.directions import (
    ENTRIES,
    RANDOM,
    Directions,
    Part,
    count,
    directions,
    lead,
    like,
    pairing,
    pairing_size,
)
from admodes.points.point import Point

__all__ = [
    "ENTRIES",
    "RANDOM",
    "Directions",
    "Part",
    "Point",
    "count",
    "directions",
    "lead",
    "like",
    "pairing",
    "pairing_size",
]
