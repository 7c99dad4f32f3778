"""One evaluation on numbers that know on which inputs they depend."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.checkpoints.recomputing import Recomputed
from admodes.core.levels import Level, escaped
from admodes.core.values import is_floating, plain
from admodes.jacobians.sparse import sets
from admodes.jacobians.sparse.limits import limits
from admodes.jacobians.sparse.spreading import spread
from admodes.modes.arguments import Inputs, Outputs, at_level
from admodes.modes.observing import Watched
from admodes.modes.variables import variable


class Watching(Level):
    """The level of one evaluation, which notes of what types its numbers are."""

    __slots__ = ("kinds",)

    def __init__(self) -> None:
        super().__init__()
        self.kinds: set[Any] = set()

    def look(self, value: Any) -> None:
        self.kinds.add(np.result_type(plain(value)))

    @property
    def rounding(self) -> float:
        """That of the least precise of them."""
        return max(
            [float(np.finfo(kind).eps) for kind in self.kinds if kind.kind in "fc"], default=0.0
        )


class Dependent(Watched):
    """A number or an array; where others have a node, it has the sets of its entries."""

    __slots__ = ()

    def _record(
        self, primitive: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> "Dependent":
        level: Any = self._level
        if level.ended:
            escaped()
        own = None
        if isinstance(primitive, Recomputed):  # not in one: what is in it is seen, too
            inside = primitive.evaluate(
                *[
                    x if each is None else variable(x, each, level, Dependent)
                    for x, each in zip(values, parents, strict=True)
                ]
            )
            own = inside._node if at_level(inside, level) else None
        elif any(parent is not None for parent in parents):
            if (limit := limits()) is not None:
                limit.expect(0.0)
            own = spread(primitive, y, values, parents, params)
            level.look(y)
        return variable(y, own, level, Dependent)


def traced(inputs: Inputs) -> tuple[Any, list[Any], float]:
    """Which entries of the output depend on which of the inputs, counted over all leaves in order.

    Gives a matrix of booleans in compressed rows, the values of the output's leaves, and the
    rounding of the least precise numbers on the way.
    """
    columns = sum(np.size(plain(x)) for x in inputs.leaves)
    with Watching() as level:
        leaves, start = [], 0
        for x in inputs.leaves:
            count = np.size(plain(x))
            level.look(x)
            leaves.append(variable(x, sets.identity(start, count, columns), level, Dependent))
            start += count
        outputs = Outputs(inputs.call(leaves), inputs.function, level)
        values, nodes = outputs.values(), outputs.nodes()
    rows = [
        sets.empty(np.size(plain(y)), columns) if own is None or not is_floating(y) else own
        for y, own in zip(values, nodes, strict=True)
    ]
    pattern = sets.stacked(rows) if rows else sets.empty(0, columns)
    pattern.sort_indices()
    return pattern, values, level.rounding


def symmetric(pattern: Any) -> Any:
    """With the entries of the transpose, too."""
    both = (pattern + pattern.T).tocsr()
    both.sort_indices()
    return both


def pattern_of(f: Callable[..., Any], args: Sequence[Any], kwargs: Any, argnums: Any) -> Any:
    return traced(Inputs(f, tuple(args), kwargs, argnums))[0]
