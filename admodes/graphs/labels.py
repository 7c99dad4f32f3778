"""How values and derivatives are written in a picture: short, and an array never in full."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.modes.recordings.parts import ENTRIES, Edge

FEW = 4
"""Arrays of so many entries are written out; of larger ones the shape is given."""


def number(x: Any, digits: int = 4) -> str:
    """A number in a few significant digits.

    >>> number(2.0), number(1 / 3), number(123456.0)
    ('2', '0.3333', '1.235e+05')
    """
    return f"{x + 0.0:.{digits}g}"  # without the sign of a zero


def product(a: Any, b: Any) -> str:
    """
    >>> product(2.0, 1.0), product(3.0, -0.5)
    ('2·1', '3·(-0.5)')
    """
    factor = number(b)
    return f"{number(a)}·{f'({factor})' if factor.startswith('-') else factor}"


def value(x: Any) -> str:
    """
    >>> import numpy as np
    >>> value(2.0), value(np.ones(3)), value(np.ones((2, 30)))
    ('2', '[1, 1, 1]', 'array (2, 30)')
    """
    return number(x) if np.ndim(x) == 0 else entries(x) or f"array {np.shape(x)}"


def entries(x: Any) -> str | None:
    """A small array, written out."""
    if not 0 < np.size(x) <= FEW or np.ndim(x) > 2:
        return None
    return _list(np.asarray(x))


def _list(x: Any) -> str:
    return f"[{', '.join(map(_list, x))}]" if np.ndim(x) else number(x, 3)


def derivative(x: Any) -> str:
    """The same of a derivative, which is no array to a reader: the shape alone."""
    return number(x) if np.ndim(x) == 0 else entries(x) or str(np.shape(x))


def local(edge: Edge) -> str:
    """The local derivative on an edge: of an array the entries, the diagonal or the shape."""
    if np.iscomplexobj(edge.source.value) or np.iscomplexobj(edge.target.value):
        return "complex"
    if not edge.shape:
        return number(edge.derivative)
    if edge.diagonal:
        if edge.target.size > ENTRIES:
            return f"diag {edge.target.shape}"
        diagonal = edge.push(np.ones(edge.source.shape, edge.source.value.dtype))
        if np.size(diagonal) and np.all(diagonal == np.ravel(diagonal)[0]):
            return f"diag {number(np.ravel(diagonal)[0])}"
        return f"diag {entries(diagonal) or edge.target.shape}"
    if edge.source.size * edge.target.size <= FEW:
        return entries(edge.derivative) or str(edge.shape)
    return str(edge.shape)


def spread(values: Sequence[Any]) -> str:
    """Several values in one place: what they have in common, or from the least to the greatest.

    >>> spread([0.5, 0.5]), spread([0.25, 0.75, 0.5])
    ('0.5', '0.25 … 0.75')
    """
    shapes = {np.shape(x) for x in values}
    if shapes != {()}:
        return str(shapes.pop()) if len(shapes) == 1 else "…"
    if any(map(np.iscomplexobj, values)):
        return "complex"
    least, greatest = number(min(values)), number(max(values))
    return least if least == greatest else f"{least} … {greatest}"
