"""The declarations: a file per family of NumPy functions.

To add one, declare it in the file of its family (:mod:`admodes.rules` has the kinds of rule) and
give it a row of cases in ``tests/cases``. Importing a file declares what is in it.
"""

from admodes.primitives import arithmetic, constants, indexing, linalg, reductions, shapes
from admodes.primitives.indexing import getitem, write
from admodes.primitives.linalg import matmul
from admodes.primitives.ufuncs import no_rule, uncommon_ufunc

__all__ = [
    "arithmetic",
    "constants",
    "getitem",
    "indexing",
    "linalg",
    "matmul",
    "no_rule",
    "reductions",
    "shapes",
    "uncommon_ufunc",
    "write",
]
