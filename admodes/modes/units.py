"""Unit directions, and how many of them a pass carries."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from admodes.core.values import Traced, plain


class Units:
    """Unit directions along the entries of some leaves, counted over all of them in order."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = [plain(value) for value in values]
        sizes = [np.size(value) for value in self.values]
        self.ends = np.cumsum(sizes, dtype=int)
        self.count = int(self.ends[-1]) if sizes else 0
        self._buffers: dict[int, tuple[np.ndarray, Any]] = {}
        self._lead: tuple[int, ...] | None = None

    def along(self, indices: np.ndarray, scale: complex = 1) -> list[Any]:
        """One array per leaf: the directions of these entries, as a leading axis if several.

        Under a complex `scale`, real leaves have none.

        A leaf that none of them meets gets ``None``. The arrays are used again by the next call,
        since fresh pages for a million entries cost more than the pass that reads them.
        """
        if len(indices) == 1 and len(self.values) == 1 and self.values[0].__class__ is float:
            return [scale if isinstance(scale, complex) else float(scale)]
        lead = () if len(indices) == 1 else (len(indices),)
        if lead != self._lead:
            self._lead = lead
            self._buffers.clear()
        owners = np.searchsorted(self.ends, indices, side="right")
        result: list[Any] = [None] * len(self.values)
        for i in set(owners.tolist()):
            value = self.values[i]
            if scale == 1j and not np.iscomplexobj(value):
                continue
            if not lead and not isinstance(value, np.ndarray):
                result[i] = type(value)(scale)
                continue
            rows = np.flatnonzero(owners == i)
            entries = indices[rows] - (self.ends[i] - np.size(value))
            shape = lead + np.shape(value)
            if i in self._buffers:
                buffer, last = self._buffers[i]
                buffer[last] = 0
            else:
                dtype = np.dtype(getattr(value, "dtype", type(value)))
                buffer = np.zeros((len(indices), np.size(value)), dtype)
            last = rows, entries
            buffer[last] = scale
            self._buffers[i] = buffer, last
            result[i] = buffer.reshape(shape)
        return result

    def chunks(self, size: int) -> Iterator[np.ndarray]:
        """All entries, `size` at a time."""
        for start in range(0, self.count, size):
            yield np.arange(start, min(start + size, self.count))

    def split(self, flat: Any) -> list[Any]:
        """An array whose last axis runs over all entries, as one array a leaf."""
        lead = np.shape(flat)[:-1]
        starts = [0, *self.ends.tolist()]
        if len(self.values) == 1:
            return [np.reshape(flat, lead + np.shape(self.values[0]))]
        parts: list[Any] = [
            flat[..., start:stop] for start, stop in zip(starts, self.ends.tolist(), strict=False)
        ]
        if not isinstance(flat, Traced):
            parts = list(map(np.copy, parts))
        return [
            np.reshape(part, lead + np.shape(value))
            for part, value in zip(parts, self.values, strict=True)
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
