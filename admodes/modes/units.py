"""Unit directions, and how many of them a pass carries."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from admodes.core.values import Traced, plain
from admodes.modes.arguments import with_leading_axis


class Units:
    """Unit directions along the entries of some leaves, counted over all of them in order."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = [plain(value) for value in values]
        self.ends = [0, *itertools.accumulate(map(np.size, self.values))]
        self.count = self.ends[-1]
        self._buffers: dict[int, tuple[np.ndarray, Any]] = {}
        self._count = 0

    def along(self, indices: range | np.ndarray, scale: complex = 1) -> list[Any]:
        """One array per leaf: the directions of these entries, as a leading axis if several.

        Under a complex `scale`, real leaves have none.

        A leaf that none of them meets gets ``None``. The arrays are used again by the next call,
        since fresh pages for a million entries cost more than the pass that reads them.
        """
        count = len(indices)
        if count == 1 and len(self.values) == 1 and self.values[0].__class__ is float:
            return [None if isinstance(scale, complex) else float(scale)]
        if count != self._count:
            self._count = count
            self._buffers.clear()
        result: list[Any] = [None] * len(self.values)
        for i, value in enumerate(self.values):
            ones = self._ones(i, indices)
            if ones is None or (isinstance(scale, complex) and not np.iscomplexobj(value)):
                continue
            if count == 1 and not isinstance(value, np.ndarray):
                result[i] = value.__class__(scale)
                continue
            size = self.ends[i + 1] - self.ends[i]
            if i in self._buffers:
                buffer, last = self._buffers[i]
                buffer[last] = 0
            else:
                buffer = np.zeros(count * size, np.result_type(value))
            buffer[ones] = scale
            self._buffers[i] = buffer, ones
            result[i] = buffer.reshape((count, *np.shape(value)) if count > 1 else np.shape(value))
        return result

    def _ones(self, i: int, indices: range | np.ndarray) -> Any:
        """Where the directions of a leaf, one row after another, are 1; ``None`` for nowhere."""
        start, stop = self.ends[i : i + 2]
        size = stop - start
        if isinstance(indices, range):
            first, last = max(start, indices.start), min(stop, indices.stop)
            if first >= last:
                return None
            corner = (first - indices.start) * size + first - start
            return slice(corner, corner + (last - first - 1) * (size + 1) + 1, size + 1)
        rows = np.flatnonzero((start <= indices) & (indices < stop))
        return rows * size + indices[rows] - start if len(rows) else None

    def chunks(self, size: int) -> Iterator[range]:
        """All entries, `size` at a time."""
        for start in range(0, self.count, size):
            yield range(start, min(start + size, self.count))

    def split(self, flat: Any) -> list[Any]:
        """An array whose last axis runs over all entries, as one array a leaf."""
        lead = np.shape(flat)[:-1]
        if len(self.values) == 1:
            return [np.reshape(flat, lead + np.shape(self.values[0]))]
        parts: list[Any] = [flat[..., i:j] for i, j in itertools.pairwise(self.ends)]
        if not isinstance(flat, Traced):
            parts = list(map(np.copy, parts))
        return [
            np.reshape(part, lead + np.shape(value))
            for part, value in zip(parts, self.values, strict=True)
        ]


def along_all(
    units: Units,
    by: Callable[[list[Any], tuple[int, ...]], list[Any]],
    values: Sequence[Any],
    chunk_size: int | None,
    scale: complex = 1,
) -> list[Any]:
    """Derivatives along all units, those of a pass by `by`: for each of the values a row a unit.

    `by` takes the directions and their leading axes, and gives one derivative for each of the
    `values`, ``None`` for zeros.
    """
    chunks = units.chunks(size_of_passes(units, values, chunk_size))
    return joined([block_of(units, by, values, indices, scale) for indices in chunks], values)


def size_of_passes(units: Units, values: Sequence[Any], chunk_size: int | None) -> int:
    """The number of directions a pass, of units and of the values whose derivatives they give."""
    widest = max(units.count, sum(np.size(plain(x)) for x in values))
    return min(chunk_size_of(chunk_size, widest), max(units.count, 1))


def block_of(
    units: Units,
    by: Callable[[list[Any], tuple[int, ...]], list[Any]],
    values: Sequence[Any],
    indices: range | np.ndarray,
    scale: complex = 1,
) -> list[Any]:
    """The same along some of the units, which go through one pass."""
    lead = () if len(indices) == 1 else (len(indices),)
    found = by(units.along(indices, scale), lead)
    return [with_leading_axis(t, x, len(indices)) for t, x in zip(found, values, strict=True)]


def joined(blocks: Sequence[list[Any]], values: Sequence[Any]) -> list[Any]:
    """Those of all passes, one below the other."""
    if not blocks:
        return [with_leading_axis(None, x, 0) for x in values]
    return [
        parts[0] if len(parts) == 1 else np.concatenate(parts)
        for parts in zip(*blocks, strict=True)
    ]


def chunk_size_of(given: int | None, count: int) -> int:
    """The number of directions a pass: as given, or about half a megabyte of tangents.

    Measured (``python -m experiments chunks``): more directions spread Python's cost over more
    arithmetic, until the tangents leave the cache and every operation faults in fresh pages. A few
    are worth it even then, for local derivatives are worked out once for all of them.
    """
    if given is None:
        row = 8 * max(count, 1)
        return max(1, min(count, max(CHUNK_BYTES // row, min(FEW, FEW_BYTES // row))))
    if not isinstance(given, (int, np.integer)) or isinstance(given, bool) or given < 1:
        raise ValueError(f"chunk_size must be a positive integer or None, not {given!r}")
    return int(given)


CHUNK_BYTES = 1 << 19
FEW, FEW_BYTES = 8, 1 << 23
