"""Sets: the different numbers among those of an array, in the order of their values.

Numbers that are equal are one, which shares its derivative among them evenly, as a sort does.
"""

from typing import Any

import numpy as np

from admodes.core.declaring import implements
from admodes.core.kinds import array
from admodes.core.values import last_axes, plain


@implements(np.unique)
def unique(
    ar,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    *,
    equal_nan=True,
    **options,
):
    ar = array(ar)
    value = array(plain(ar))
    asked = {
        "return_index": return_index,
        "return_inverse": return_inverse,
        "return_counts": return_counts,
    }
    found = np.unique(value, **asked, axis=axis, equal_nan=equal_nan, **options)
    if axis is not None and ar.ndim > 1:
        # Of equal slices there is the first.
        first = np.unique(value, return_index=True, axis=axis, equal_nan=equal_nan)[1]
        (axis,) = last_axes(axis, ar.ndim)
        values = np.copy(np.moveaxis(np.moveaxis(ar, axis, 0)[first], 0, axis), "K")
    else:
        own = found[0] if isinstance(found, tuple) else found
        values = _different(ar, value, own, equal_nan)
    return (values, *found[1:]) if isinstance(found, tuple) else values


def _different(ar: Any, value: np.ndarray, own: np.ndarray, equal_nan: bool) -> Any:
    """The first of each run of equal entries among all in order; in NumPy's own order, `own`."""
    kinds, counts = np.unique(value, return_counts=True, equal_nan=equal_nan)
    values = np.sort(ar, axis=None)[np.cumsum(counts) - counts]
    if np.array_equal(own, kinds, equal_nan=own.dtype.kind in "fc"):
        return values
    return values[np.searchsorted(kinds, own)]  # as a hash table has them


@implements(np.unique_all)
def unique_all(x):
    return _with_derivatives(x, np.unique_all(plain(x)))


@implements(np.unique_counts)
def unique_counts(x):
    return _with_derivatives(x, np.unique_counts(plain(x)))


@implements(np.unique_inverse)
def unique_inverse(x):
    return _with_derivatives(x, np.unique_inverse(plain(x)))


@implements(np.unique_values)
def unique_values(x):
    return _different(x, array(plain(x)), np.unique_values(plain(x)), equal_nan=False)


def _with_derivatives(x: Any, found: Any) -> Any:
    return found._replace(values=_different(x, array(plain(x)), found.values, equal_nan=False))


@implements(np.union1d)
def union1d(ar1, ar2):
    return np.unique(np.concatenate([array(ar1), array(ar2)], axis=None))


@implements(np.intersect1d)
def intersect1d(ar1, ar2, assume_unique=False, return_indices=False):
    """The numbers of `ar1` that are in `ar2` too, with the derivatives of those in `ar1`."""
    common, first, second = np.intersect1d(
        plain(ar1), plain(ar2), assume_unique, return_indices=True
    )
    if assume_unique:
        values = np.ravel(array(ar1))[first]
    else:
        values = np.take(np.unique(array(ar1)), np.searchsorted(np.unique(plain(ar1)), common))
    values = np.astype(values, common.dtype, copy=False)
    return (values, first, second) if return_indices else values


@implements(np.setdiff1d)
def setdiff1d(ar1, ar2, assume_unique=False):
    ar1 = np.ravel(array(ar1)) if assume_unique else np.unique(array(ar1))
    return ar1[np.isin(plain(ar1), plain(ar2), invert=True)]


@implements(np.setxor1d)
def setxor1d(ar1, ar2, assume_unique=False):
    if not assume_unique:
        ar1, ar2 = (np.unique(array(ar)) for ar in (ar1, ar2))
    both = np.sort(np.concatenate([array(ar1), array(ar2)], axis=None))
    value = plain(both)
    ahead = np.append(True, value[1:] != value[:-1])
    return both[ahead & np.append(ahead[1:], True)]


@implements(np.sort_complex)
def sort_complex(a):
    a = np.sort(array(a))
    return a if a.dtype.kind == "c" else np.astype(a, np.result_type(a.dtype, np.complex128))
