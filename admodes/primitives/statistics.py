"""Covariances, and counts by bins: which bin a number falls into is constant, its weight is not."""

import warnings
from typing import Any

import numpy as np

from admodes.core.declaring import implements
from admodes.core.kinds import array
from admodes.core.values import plain
from admodes.primitives.as_numpy import with_value
from admodes.primitives.indexing import write
from admodes.primitives.products import conjugate

# --- Covariances ----------------------------------------------------------------------------------


@implements(np.cov)
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    m = array(m)
    if m.ndim > 2:
        raise ValueError("m has more than 2 dimensions")
    y = None if y is None else array(y)
    if y is not None and y.ndim > 2:
        raise ValueError("y has more than 2 dimensions")
    if dtype is None:
        parts = [plain(m), np.float64] if y is None else [plain(m), plain(y), np.float64]
        dtype = np.result_type(*parts)
    x = _variables(m, dtype, not rowvar and m.ndim != 1)
    if not x.shape[0]:
        return np.zeros((0, 0))
    if y is not None:
        second = _variables(y, dtype, False)
        x = np.concatenate([x, second.T if not rowvar and second.shape[0] != 1 else second])
    if ddof is None:
        ddof = 0 if bias else 1
    weights = _weights(fweights, aweights, x.shape[1])
    means, total = np.average(x, axis=1, weights=weights, returned=True)
    total = total[0]
    if weights is None:
        freedom: Any = x.shape[1] - ddof
    elif ddof == 0:
        freedom = total
    elif aweights is None:
        freedom = total - ddof
    else:
        freedom = total - ddof * np.sum(weights * aweights) / total
    if plain(freedom) <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=2)
        freedom = 0.0
    x = x - means[:, None]
    weighted = x if weights is None else x * weights
    y = np.matmul(x, conjugate(weighted.T)) * np.true_divide(1, freedom)
    return np.squeeze(np.astype(y, x.dtype, copy=False))


def _variables(m: Any, dtype: Any, turned: bool) -> Any:
    """A row for each variable."""
    rows = np.astype(np.reshape(m, (1, -1)) if m.ndim < 2 else m, dtype, copy=False)
    return rows.T if turned else rows


def _weights(fweights: Any, aweights: Any, count: int) -> Any:
    weights: Any = None
    for given, name in ((fweights, "fweights"), (aweights, "aweights")):
        if given is None:
            continue
        given = np.astype(array(given), float, copy=False)
        value = plain(given)
        if name == "fweights" and not np.all(value == np.around(value)):
            raise TypeError("fweights must be integer")
        if given.ndim > 1:
            raise RuntimeError(f"cannot handle multidimensional {name}")
        if given.shape[0] != count:
            raise RuntimeError(f"incompatible numbers of samples and {name}")
        if np.any(value < 0):
            raise ValueError(f"{name} cannot be negative")
        weights = given if weights is None else weights * given
    return weights


@implements(np.corrcoef)
def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    deviations = np.sqrt(np.real(np.diagonal(c)))
    c = c / deviations[:, None] / deviations[None, :]
    if not np.iscomplexobj(plain(c)):
        return _between_ones(c)
    return _between_ones(np.real(c)) + 1j * _between_ones(np.imag(c))


def _between_ones(c: Any) -> Any:
    """Only rounding takes a correlation beyond 1, and its derivative has nothing to do with it."""
    value = plain(c)
    return np.where(np.abs(value) > 1, c + (np.clip(value, -1, 1) - value), c)


# --- Counts ---------------------------------------------------------------------------------------


@implements(np.bincount)
def bincount(x, /, weights=None, minlength=0):
    places = array(plain(x))
    counts = np.bincount(places, minlength=minlength)  # raises what NumPy raises
    if weights is None:
        return counts
    weights = np.astype(array(weights), float, copy=False)
    if weights.shape != places.shape:
        raise ValueError("The weights and list don't have the same length.")
    return write(weights, indices=((places,),), shape=counts.shape)


@implements(np.histogram)
def histogram(a, bins=10, range=None, density=None, weights=None):
    a, weights = _sample(a, weights)
    edges = _edges(a, bins, range, weights)
    if weights is None:
        counts: Any = np.histogram(plain(a), plain(edges))[0]
    else:
        uniform = np.ndim(plain(bins)) == 0
        counts = (_by_bin if uniform else _by_running_sums)(plain(a), plain(edges), weights)
    if density:
        counts = counts / np.astype(np.diff(edges), float, copy=False) / np.sum(counts)
    if weights is not None:
        ends: Any = None if range is None else [plain(end) for end in range]
        own, _ = np.histogram(plain(a), plain(bins), ends, density, plain(weights))
        counts = with_value(counts, own)
    return counts, edges


@implements(np.histogram_bin_edges)
def histogram_bin_edges(a, bins=10, range=None, weights=None):
    a, weights = _sample(a, weights)
    return _edges(a, bins, range, weights)


def _sample(a: Any, weights: Any) -> tuple[Any, Any]:
    a = array(a)
    if weights is None:
        return np.ravel(a), None
    weights = array(weights)
    if weights.shape != a.shape:
        raise ValueError("weights should have the same shape as a.")
    return np.ravel(a), np.ravel(weights)


def _edges(a: Any, bins: Any, range: Any, weights: Any) -> Any:
    """The edges of all bins, which move with the outermost numbers if no range is given."""
    if np.ndim(plain(bins)) and not isinstance(bins, str):
        edges = array(bins)
        np.histogram_bin_edges(np.zeros(1), plain(edges))  # raises what NumPy raises
        return edges
    ends = None if range is None else tuple(plain(end) for end in range)
    edges = np.histogram_bin_edges(plain(a), bins, ends, plain(weights))
    first, last = _ends(a, range)
    moving = np.linspace(first, last, len(edges))
    return np.astype(moving, edges.dtype, copy=False)


def _ends(a: Any, range: Any) -> tuple[Any, Any]:
    if range is not None:
        first, last = range
    elif not a.size:
        return 0, 1
    else:
        first, last = np.min(a), np.max(a)
    return (first - 0.5, last + 0.5) if plain(first) == plain(last) else (first, last)


def _bins_of(a: Any, edges: Any) -> Any:
    """The bin of each number, from 1 on; 0 is before the first, and behind the last is one more."""
    found = np.searchsorted(edges, a, "right")
    found[a == edges[-1]] -= 1  # the last bin has its right edge too
    return found


def _by_bin(a: Any, edges: Any, weights: Any) -> Any:
    place = _bins_of(a, edges)
    place[np.isnan(a)] = 0
    n = len(edges) - 1
    return write(weights, indices=((place,),), shape=(n + 2,))[1:-1]


def _by_running_sums(a: Any, edges: Any, weights: Any) -> Any:
    order = np.argsort(a)
    a, weights = a[order], weights[order]
    sums = np.concatenate([np.zeros(1, plain(weights).dtype), np.cumsum(weights)])
    places = [np.searchsorted(a, edges[:-1], "left"), np.searchsorted(a, edges[-1:], "right")]
    return np.diff(sums[np.concatenate(places)])


@implements(np.histogram2d)
def histogram2d(x, y, bins=10, range=None, density=None, weights=None):
    if len(x) != len(y):
        raise ValueError("x and y must have the same length.")
    if hasattr(bins, "__len__") and len(bins) not in (1, 2):
        bins = [array(bins)] * 2
    counts, edges = histogramdd([x, y], bins, range, density, weights)
    return counts, *edges


@implements(np.histogramdd)
def histogramdd(sample, bins=10, range=None, density=None, weights=None):
    if hasattr(sample, "shape") and len(sample.shape) == 2:
        columns = [sample[:, i] for i in np.arange(sample.shape[1])]
    elif hasattr(sample, "shape"):
        columns = [np.ravel(sample)]
    else:
        columns = [array(column) for column in sample]
        columns = columns if columns[0].ndim else [np.stack(columns)]
    values = np.stack([plain(column) for column in columns], axis=1)
    columns = [np.astype(column, values.dtype, copy=False) for column in columns]
    count = len(columns)
    per_axis = list(bins) if hasattr(bins, "__len__") else [bins] * count
    ranges = [None] * count if range is None else list(range)
    np.histogramdd(values, [plain(b) for b in per_axis], _plain_ranges(range))  # may raise
    edges, places = [], []
    for i, column in enumerate(columns):
        own = per_axis[i]
        if np.ndim(plain(own)):
            edges.append(array(own))
        else:
            edges.append(np.linspace(*_ends(column, ranges[i]), int(own) + 1))
        places.append(_bins_of(values[:, i], plain(edges[i])))
    shape = tuple(len(each) + 1 for each in edges)  # with those outside, on either side
    ones: Any = np.ones(len(values))
    weights = ones if weights is None else np.astype(array(weights), float, copy=False)
    counts = write(weights, indices=(tuple(places),), shape=shape)[(slice(1, -1),) * count]
    if density:
        total = np.sum(counts)
        for i, each in enumerate(edges):
            counts = counts / np.reshape(np.diff(each), (-1,) + (1,) * (count - i - 1))
        counts = counts / total
    return counts, edges  # in a list, as NumPy does it


def _plain_ranges(ranges: Any) -> Any:
    if ranges is None:
        return None
    return [None if ends is None else [plain(end) for end in ends] for ends in ranges]
