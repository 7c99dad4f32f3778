"""Views: arrays that show a part of another one, as NumPy's do, and see what is written into it.

A view knows its `_base`: the array it was read from, which may be a view itself, and the primitive
that has read it. An array knows its `_views` as far as they live, so there are no cycles.
"""

import weakref
from typing import Any

import numpy as np

from admodes.core.values import Traced
from admodes.primitives.overwriting import Path
from admodes.primitives.shapes import reshaped

FEW = 32  # references that are kept without a look at which of them have died


def expecting_views(x: Any) -> Any:
    """An input, most of which are sliced: the first view of it is then noted as quickly as others.

    To find out that there is none yet takes 1 µs.
    """
    x._views = []
    return x


def note_view(view: Any, x: Any, primitive: Any, params: dict[str, Any]) -> Any:
    """A result that shares the memory of the expression `x`, from now on known as its view."""
    view._base = x, primitive, params
    views = getattr(x, "_views", None)  # to catch an error takes twice as long
    if views is None:
        x._views = [weakref.ref(view)]
    else:
        views.append(weakref.ref(view))
        if len(views) > FEW:
            _forget_the_dead(views)
    return view


def _forget_the_dead(views: list[Any]) -> None:
    """As often as the list has doubled."""
    count = len(views)
    if count & (count - 1) == 0:
        views[:] = [each for each in views if each() is not None]


def shares_memory(y: Any, x: Any) -> bool:
    """Whether the value `y` is in the memory of `x`, of which it was made."""
    if y.__class__ is np.ndarray:
        base = y.base
        if base is None or base is x or base is getattr(x, "base", None):
            return base is not None
        return not isinstance(base, np.ndarray) and np.may_share_memory(y, x)  # by its strides
    return isinstance(y, Traced) and y is not x and hasattr(y, "_base")


def base_of(x: Any) -> tuple[Any, Path, bool]:
    """The array of which `x` shows a part, the path to that part, and whether one may write it."""
    path: Path = ()
    writeable = True
    while (base := getattr(x, "_base", None)) is not None:
        x, primitive, params = base
        path = ((primitive, params), *path)
        writeable = writeable and primitive.writeable
    return x, path, writeable


def views_of(x: Any) -> list[Any]:
    """The views of an array that live, and those of them; each after that of which it was read."""
    found: list[Any] = []
    waiting = [x]
    while waiting:
        views = getattr(waiting.pop(), "_views", None)
        if views:
            living = [view for each in views if (view := each()) is not None]
            found += living
            waiting += living
    return found


def refresh(view: Any) -> None:
    """Read a view anew."""
    x, primitive, params = view._base
    view._become(x._apply(primitive, (x,), params))


def written_row(x: Any) -> Any:
    """``x.flat``: all entries in the order "C", into which x is written also if they are a copy."""
    params = {"shape": (x.size,), "own": x.shape}
    row = reshaped(x, **params)
    return row if hasattr(row, "_base") else note_view(row, x, reshaped, params)
