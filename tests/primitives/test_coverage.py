"""NumPy's main namespace, accounted for: a NumPy that grows makes this red."""

import numpy as np

from admodes.core.declaring import FUNCTIONS, UFUNCS
from admodes.primitives.ufuncs import OF_INTEGERS

IN_PLACE = {"copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"}
TO_FILES = {"save", "savetxt", "savez", "savez_compressed"}
OF_DATES = {"busday_count", "busday_offset", "datetime_as_string", "is_busday"}


def test_every_function_that_takes_arrays_has_a_rule_or_a_reason_for_none():
    taking_arrays = {
        name
        for name, function in vars(np).items()
        if hasattr(function, "_implementation") or isinstance(function, np.ufunc)
    }
    known = {*FUNCTIONS, *UFUNCS, *OF_INTEGERS}
    missing = {name for name in taking_arrays if getattr(np, name) not in known}
    assert missing - IN_PLACE == TO_FILES | OF_DATES
