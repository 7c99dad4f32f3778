"""The local derivatives of a recorded operation, entry by entry.

Of an elementwise operation each entry of the result has one slope by each argument; of all others
there is a matrix, the local Jacobian. Both are found by the operation's own rule.
"""

from typing import Any, NamedTuple

import numpy as np

from admodes.core import costs
from admodes.core.rules import Broadcast, Elementwise, Linear
from admodes.core.undefined import makes_nan
from admodes.core.values import has_nan, plain
from admodes.modes.recordings.parts import ENTRIES, units

_MOVES = (costs.MOVE, costs.view, costs.view_or_copy)


class Site(NamedTuple):
    """Where slopes come from: an argument of an operation, and what is known of both beforehand."""

    operation: int
    """Its place among those recorded."""
    argument: int
    x: Any
    """Zeros of the argument's shape and dtype, and likewise of the result's."""
    y: Any
    units: np.ndarray | None
    """The entries of the local Jacobian that are taken to be 1 or -1 at all arguments; 0 in place
    of all others, and ``None`` of an elementwise operation."""
    known: np.ndarray | None
    """Which entries of the local Jacobian may differ from 0; ``None`` of an elementwise one."""


def is_move(primitive: Any) -> bool:
    return primitive.cost in _MOVES


def is_entrywise(primitive: Any) -> bool:
    return isinstance(primitive, (Elementwise, Broadcast))


def constant(primitive: Any, argument: int) -> float | None:
    """The slope of an elementwise operation, where it is the same number everywhere."""
    own = primitive.primitive if isinstance(primitive, Broadcast) else primitive
    constant: float | None = own.factors[argument].constant
    return constant


def has_constant_slopes(primitive: Any) -> bool:
    """Whether the local Jacobian of an operation that is not elementwise is always the same, for
    the same parameters: where an array is read or written may depend on the inputs."""
    return isinstance(primitive, Linear)


def slopes(node: Any, argument: int, x: Any, y: Any, name: str, value: Any = None) -> Any:
    """What the rule gives: of the result's shape, or a matrix of results by argument's entries.

    `value` is the result, in which an elementwise operation may have made a NaN.

    Raises
    ------
    ValueError
        Where that matrix would have more than 10,000 entries.
    """
    _, primitive, residual, parents = node
    if is_entrywise(primitive):
        ones = np.ones_like(x) if np.ndim(x) else 1.0
        found = primitive.push(residual, alone(ones, argument, len(parents)))
        own, kept = primitive, residual
        if isinstance(primitive, Broadcast):
            own, kept = primitive.primitive, residual[0]
        tells = kept[0] is not None or all(x is not None for x in kept[1:])
        if constant(primitive, argument) is not None or not (tells and has_nan(value)):
            return found
        made = makes_nan(own, kept)  # there it is unknown, whatever the rule gives
        return np.where(made, np.nan, found)[()] if np.any(made) else found
    rows, columns = np.size(y), np.size(x)
    if rows * columns > ENTRIES:
        raise ValueError(
            f"{name}: the local Jacobian of {primitive.name}, from shape {np.shape(x)} to "
            f"{np.shape(y)}, has more than {ENTRIES:,} entries: take a smaller input"
        )
    if columns <= rows:
        pushed = primitive.push(residual, alone(units(x), argument, len(parents)))
        return np.reshape(pushed, (columns, rows)).T
    active = alone(True, argument, len(parents))
    return np.reshape(primitive.pull(residual, units(y), active)[argument], (rows, columns))


def alone(x: Any, place: int, count: int) -> list[Any]:
    """`x` at its place among so many, all others being constants."""
    return [x if i == place else None for i in range(count)]


def again(node: Any, site: Site, name: str, value: Any) -> Any:
    """The same of another recording, where the same numbers must depend on each other.

    Raises
    ------
    ValueError
        Where they do not.
    """
    found = slopes(node, site.argument, site.x, site.y, name, value)
    known, units = site.known, site.units
    if known is None or units is None:
        same = np.shape(found) == np.shape(site.y)
    else:
        own = plain(found)
        same = not np.any(own[~known])
        other = own[(units != 0) & (own != units)]
        if same and other.size and other[0]:
            unit = int(units[(units != 0) & (own != units)][0])
            raise ValueError(
                f"{name}: {node[1].name} has a derivative of {other[0]:.4g} there, and of {unit} "
                "where the graph was recorded, which in a linear rule is taken for a constant: "
                "admodes.eliminate(f, ...) there, at those arguments"
            )
        same = same and not other.size
    if not same:
        raise ValueError(
            f"{name}: {node[1].name} depends on other entries there than where the graph was "
            "recorded: admodes.eliminate(f, ...) there, at those arguments"
        )
    return found if known is not None or not np.ndim(site.y) else np.reshape(found, -1)
