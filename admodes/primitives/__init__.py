"""The declarations: a file per family of NumPy functions.

To add one, declare it in the file of its family (:mod:`admodes.core.declaring` says how,
:mod:`admodes.core.rules` has the kinds of rule) and give it a row of cases in ``tests/cases``.
Importing a file declares what is in it, and every file in this folder is imported here.
"""

import importlib
import pkgutil

from admodes.primitives.indexing import ONE_AXIS, READS, WHOLE, getitem, read, write
from admodes.primitives.making import MAKERS
from admodes.primitives.ufuncs import no_rule, uncommon_ufunc

for _family in pkgutil.iter_modules(__path__, prefix=f"{__name__}."):
    importlib.import_module(_family.name)

__all__ = [
    "MAKERS",
    "ONE_AXIS",
    "READS",
    "WHOLE",
    "getitem",
    "no_rule",
    "read",
    "uncommon_ufunc",
    "write",
]
