"""Where an array's entries lie in memory: some of NumPy's results depend on it.

``x.ravel("K")`` reads in the order of memory, ``order="A"`` asks whether an array is contiguous.
What a function being differentiated computes on is laid out as the caller's array, so that its
value is NumPy's own.
"""

from typing import Any

import numpy as np

from admodes.core.stand_ins import computed


def copied(x: np.ndarray) -> np.ndarray:
    """A copy of `x` laid out as it is: the same axes come first, the same entries are neighbours.

    Gaps are kept, but no wider than an entry: the copy of a column is no copy of the matrix.
    """
    return x.copy("K") if x.flags.forc else computed(_with_gaps, x)


def _with_gaps(x: np.ndarray) -> np.ndarray:
    size, end = x.itemsize, x.itemsize
    strides = [0] * x.ndim
    last, wide = 0, 0  # the stride of the axis before, there and here, times its length
    # From the nearest neighbours to the farthest; of equally far ones, as in a window that slides
    # over an array, NumPy takes the last axis for the nearer.
    for i in sorted(range(x.ndim), key=lambda i: (abs(x.strides[i]), -i)):
        count, own = x.shape[i], x.strides[i]
        if count < 2 or not own:
            continue
        if not wide:
            step = size if abs(own) == size else 2 * size
        else:  # where one axis could do for two, it still can
            step = wide if abs(own) == last else wide + size
        strides[i] = step if own > 0 else -step
        end += (count - 1) * step
        last, wide = count * abs(own), count * step
    start = sum((1 - n) * step for n, step in zip(x.shape, strides, strict=True) if step < 0)
    copy = np.ndarray(x.shape, x.dtype, np.empty(end, np.uint8).data, start, tuple(strides))
    copy[...] = x
    return copy


def memory_axes(x: np.ndarray) -> list[int]:
    """The axes of `x` in the order in which ``order="K"`` reads it, the slowest first.

    An axis of stride 0, along which one entry is repeated, has no place in memory. So NumPy is
    asked where it puts it: its iterator walks over an array of two entries an axis, with strides in
    the same order.
    """
    if x.flags.c_contiguous:
        return list(range(x.ndim))
    short = [i for i in range(x.ndim) if x.shape[i] < 2]
    axes = [i for i in range(x.ndim) if x.shape[i] > 1]
    known = sorted({0, *(abs(x.strides[i]) for i in axes)})
    strides = [known.index(abs(x.strides[i])) for i in axes]
    small = np.ndarray((2,) * len(axes), bool, bytes(1 + sum(strides)), 0, tuple(strides))
    walk: Any = np.nditer(small, ["multi_index"], order="K")
    for k in reversed(range(len(axes))):
        walk.iterindex = 2**k  # which NumPy's stubs do not let one set
        short.append(axes[walk.multi_index.index(1)])
    return short
