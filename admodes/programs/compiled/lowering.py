"""Steps as what can be compiled of them."""

import math
import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from admodes.programs.compiled import operations as ops
from admodes.programs.compiled.code import FLOAT, INTEGER, SINGLE, TRUTH, TYPES, convertible
from admodes.programs.compiled.guarding import guarded, not_raised
from admodes.programs.compiled.kinds import dense, dtype_of, scalar
from admodes.programs.compiled.nodes import (
    INDEX,
    Asked,
    Called,
    Entrywise,
    Gathered,
    Node,
    Place,
    Reduced,
    View,
    same,
)
from admodes.programs.compiled.parting import put_together
from admodes.programs.compiled.places import pointed, seen
from admodes.programs.compiled.resolving import loop
from admodes.programs.steps import Guard, Step, Steps, Value, values_in
from admodes.programs.tracers import Method

EXACT = 2**53
"""Up to here integers are floating-point numbers, too. Python compares those beyond as they are."""
DEAR = 100
"""What a function costs: so much that it is not done twice."""


class Lowering:
    """Makes nodes of steps. What is a constant array becomes a value that is given."""

    def __init__(self, steps: Steps) -> None:
        self.nodes: list[Node] = []
        self.constants: dict[int, tuple[Value, np.ndarray]] = {}
        self.by: dict[Value, Node] = {}
        #: what has been found by a search -> in which array, and which end
        self.found: dict[Value, tuple[Value, str]] = {}
        for part in steps.code:
            made = self.lowered(part)
            if made is None:
                made = [Called(Value(tuple) if isinstance(part, Guard) else part.made, part)]
            for node in made:
                self.by[node.made] = node
            self.nodes += made
        self.nodes = [*self._needed(steps)]

    def _needed(self, steps: Steps) -> Iterator[Node]:
        wanted = {x for x in steps.outputs if x.__class__ is Value}
        needed = []
        for node in reversed(self.nodes):
            guards = isinstance(node, Called) and isinstance(node.step, Guard)
            if guards or isinstance(node, Asked) or node.made in wanted:
                wanted.update(node.uses())
                needed.append(node)
        return reversed(needed)

    # --- One step ---------------------------------------------------------------------------------

    def lowered(self, part: Step | Guard) -> list[Node] | None:
        """Its nodes; ``None`` where it is NumPy's."""
        if "raise" in part.errors:  # which compiled code does not
            return None
        if isinstance(part, Guard):
            return guarded(part, self.by)
        if part.made.kind is not np.ndarray and dtype_of(part.made) is None:
            return None
        if part.made.kind is np.ndarray and part.made.dtype not in TYPES:
            return None
        for lower in (
            self.view,
            self.read,
            self.gathered,
            self.entrywise,
            self.reduced,
            self.searched,
            lambda step: put_together(step, self.given),
        ):
            nodes = lower(part)
            if nodes is not None:
                return nodes
        return None

    def given(self, x: Any) -> Any:
        """An argument as a value or a number; ``None`` where it is neither, or not known here."""
        if x.__class__ is Value:
            return x if dtype_of(x) is not None else None
        if x.__class__ is int and abs(x) > EXACT:
            return None
        if x.__class__ is np.ndarray:
            if x.dtype not in TYPES:
                return None
            if is_one_number(x):
                return x.flat[0]
            if id(x) not in self.constants:
                self.constants[id(x)] = Value.like(x), x
            return self.constants[id(x)][0]
        return x if dtype_of(x) is not None else None

    # --- Views ------------------------------------------------------------------------------------

    def view(self, step: Step) -> list[Node] | None:
        made, base = step.made, step.made.base
        if (
            base is None
            or not base.shape
            or not step.args
            or step.args[0] is not base
            or base.strides is None
            or not looks_at_layout(step.function)
        ):
            return None
        if any(values_in((step.args[1:], step.kwargs))) or made.kind is not np.ndarray:
            return None
        if made.dtype != base.dtype:
            return None
        place = seen(lambda x: step.function(x, *step.args[1:], **step.kwargs), base)
        if place is None or place.shape != made.shape:
            return None
        return [View(made, base, place)]

    def read(self, step: Step) -> list[Node] | None:
        """A single entry, whose place may depend on numbers."""
        made = step.made
        if made.shape or made.kind is np.ndarray or not step.args:
            return None
        array = step.args[0]
        if array.__class__ is not Value or array.kind is not np.ndarray or array.strides is None:
            return None
        if not array.shape:  # that is a number already
            return None
        if dtype_of(array) is None or dtype_of(made) != dtype_of(array):
            return None
        if step.function is operator.getitem:
            index = step.args[1] if step.args[1].__class__ is tuple else (step.args[1],)
        elif step.function == Method("item") and not step.kwargs and array.in_order:
            index = step.args[1:]
        else:
            return None
        counted = len(index) == 1 and (
            step.function is not operator.getitem or len(array.shape) == 1
        )
        first = index[0] if counted else None
        if first.__class__ is Value and first in self.found and self.found[first][0] is array:
            return [Reduced(made, self.found[first][1], array, tuple(range(len(array.shape))))]
        if counted and len(array.shape) != 1:  # through all axes
            size, itemsize = math.prod(array.shape), dtype_of(array).itemsize
            if index[0].__class__ is Value:
                if dtype_of(index[0]) != INTEGER or not size:
                    return None
                place: Place | None = Place(0, (), (), ((index[0], itemsize, size),))
            else:
                place = Place(int(index[0]) % size * itemsize)
        else:
            place = pointed(index, array)
        return None if place is None or place.shape else [View(made, array, place)]

    def gathered(self, step: Step) -> list[Node] | None:
        """Entries at places that are constants: here is seen that none is outside of the array."""
        made, array, *rest = step.made, *step.args
        if step.function is not operator.getitem or array.__class__ is not Value:
            return None
        if made.kind is not np.ndarray or not dense(made) or array.strides is None:
            return None
        if dtype_of(array) is None or dtype_of(array) != made.dtype:
            return None
        index = rest[0] if rest[0].__class__ is tuple else (rest[0],)
        if index[0] is ...:
            index = (slice(None),) * (len(array.shape) - len(index) + 1) + index[1:]
        if not index:  # of an array without axes
            return None
        *before, at = index
        if at.__class__ is not np.ndarray or at.dtype.kind not in "iu" or not at.size:
            return None
        if any(item.__class__ is not slice or item != slice(None) for item in before):
            return None
        axis, length = len(before), array.shape[len(before)]
        places = np.where(at < 0, at + length, at).astype(np.int64)
        if places.min() < 0 or places.max() >= length:
            return None
        places = places.reshape(at.shape + (1,) * (len(array.shape) - axis - 1))
        self.constants[id(places)] = Value.like(places), places
        return [Gathered(made, array, axis, self.constants[id(places)][0])]

    # --- Entry by entry ---------------------------------------------------------------------------

    def entrywise(self, step: Step) -> list[Node] | None:
        made, function = step.made, step.function
        if made.kind is np.ndarray and not dense(made):
            return None
        if function is np.where and len(step.args) == 3 and not step.kwargs:
            args = [*map(self.given, step.args)]
            to = dtype_of(made)
            return self._entries(made, ops.where, args, (TRUTH, to, to))
        if function in (np.clip, Method("clip")) and len(step.args) == 3 and not step.kwargs:
            to = dtype_of(made)
            if to not in (FLOAT, SINGLE):
                return None
            return self._entries(made, ops.clip, [*map(self.given, step.args)], (to,) * 3)
        if self._copies(step):
            return self._entries(made, same, [self.given(step.args[0])], (dtype_of(made),), 0)
        ufunc = ops.as_ufunc(function)
        if not isinstance(ufunc, np.ufunc) or step.kwargs or len(step.args) != ufunc.nin:
            return None
        args = [*map(self.given, step.args)]
        if any(x is None for x in args):
            return None
        dtypes = loop(ufunc, function, args, made)
        return None if dtypes is None else self._ufunc(made, ufunc, function, args, dtypes)

    def _copies(self, step: Step) -> bool:
        """Whether each entry of the result is one of the argument."""
        made, x = step.made, step.args[0] if step.args else None
        if step.function in COPIES:
            return x.__class__ is not Value or x.shape == made.shape
        if step.function is np.broadcast_to:
            return True
        alone = x.__class__ is Value and not x.shape and math.prod(made.shape) == 1
        if step.function not in OF_ONE or not alone:
            return False
        return not any(values_in((step.args[1:], step.kwargs)))

    def _ufunc(
        self, made: Value, ufunc: Any, function: Any, args: list[Any], dtypes: tuple[Any, ...]
    ) -> list[Node] | None:
        cost = DEAR if ufunc in ops.DEAR else 1
        if ufunc in ops.OF_TRUTHS:
            if dtype_of(made) != TRUTH or (
                ufunc in (np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert)
                and set(dtypes) != {TRUTH}
            ):
                return None
            return self._entries(made, ops.OF_TRUTHS[ufunc], args, (TRUTH,) * len(args))
        if ufunc not in ops.ENTRYWISE or any(dtype not in TYPES for dtype in dtypes):
            return None
        write, whole = ops.ENTRYWISE[ufunc], set(dtypes) & {INTEGER, TRUTH}
        if whole and (ufunc in ops.OF_FLOATS or (ufunc is np.subtract and TRUTH in dtypes)):
            return None
        python = made.kind is float
        if ufunc is np.power and len(args) == 2 and args[1].__class__ is not Value:
            power = {2: np.square, 1: np.positive}.get(args[1])
            if power is not None and not python:
                return self._entries(made, ops.ENTRYWISE[power], args[:1], dtypes[:1])
            if args[1] == 0.5 and function is operator.pow and made.kind is np.ndarray:
                return self._entries(made, ops.ENTRYWISE[np.sqrt], args[:1], dtypes[:1], DEAR)
        nodes = self._entries(made, write, args, dtypes, cost)
        if nodes is not None and python:
            nodes += not_raised(made, ufunc, args)
        return nodes

    def _entries(
        self, made: Value, write: Any, args: list[Any], dtypes: Sequence[Any], cost: int = 1
    ) -> list[Node] | None:
        if any(x is None for x in args) or any(dtype is None for dtype in dtypes):
            return None
        for x, dtype in zip(args, dtypes, strict=True):
            if not convertible(dtype_of(x), dtype):
                return None
        return [Entrywise(made, write, tuple(args), tuple(dtypes), cost)]

    # --- Reductions -------------------------------------------------------------------------------

    def reduced(self, step: Step) -> list[Node] | None:
        """A reduction along axes, of options that do not change what it is."""
        options = dict(step.kwargs)
        ufunc = getattr(step.function, "__self__", None)
        if step.function is np.count_nonzero and len(step.args) == 1:
            ufunc, counted = np.add, True
        elif isinstance(ufunc, np.ufunc) and step.function.__name__ == "reduce":
            counted = False
            if len(step.args) == 1 and "axis" not in options:
                options["axis"] = 0
        else:
            ufunc, counted = REDUCTIONS.get(step.function), False
        names = ("axis", "dtype", "out", "keepdims")
        if ufunc not in ops.COMBINED or not 1 <= len(step.args) <= 2:
            return None
        if len(step.args) == 2:
            options["axis"] = step.args[1]
        keep = options.get("keepdims", False)
        if set(options) - {*names} or options.get("dtype") is not None or keep not in (True, False):
            return None
        if options.get("out") is not None or any(values_in(options)):
            return None
        made, array = step.made, self.given(step.args[0])
        if array.__class__ is not Value or (made.kind is np.ndarray and not dense(made)):
            return None
        axes = axes_of(options.get("axis"), len(array.shape))
        if axes is None or (not made.shape and made.kind is np.ndarray and made.shape):
            return None
        kind = ops.COMBINED[ufunc]
        has, wants = dtype_of(array), dtype_of(made)
        if kind in ("any", "all") and wants != TRUTH:
            return None
        if kind not in ("any", "all") and wants == TRUTH:
            return None
        if not convertible(has, wants):
            return None
        nodes: list[Node] = []
        if has != wants or counted:
            steps_in = [TRUTH, wants] if counted else [wants]
            for dtype in steps_in:
                cast = Value(np.ndarray, array.shape, dtype) if array.shape else scalar(dtype)
                nodes.append(Entrywise(cast, same, (array,), (dtype,), 0))
                array = cast
        if not array.shape:
            return [*nodes, Entrywise(made, same, (array,), (wants,), 0)]
        return [*nodes, Reduced(made, kind, array, axes)]

    def searched(self, step: Step) -> list[Node] | None:
        """Where the largest or the least entry is."""
        kind = SEARCHES.get(step.function)
        if kind is None or len(step.args) != 1 or step.kwargs:
            return None
        array, made = self.given(step.args[0]), step.made
        if array.__class__ is not Value or not array.shape or dtype_of(array) == TRUTH:
            return None
        dtype = dtype_of(array)
        self.found[made] = array, kind
        shape, axes = array.shape, tuple(range(len(array.shape)))
        extreme = Value(np.float64, (), dtype)
        place = Value(np.ndarray, shape, INTEGER)
        return [
            Reduced(extreme, kind, array, axes),
            Entrywise(place, place_of, (INDEX, extreme, array), (INTEGER, dtype, dtype)),
            Reduced(made, "least", place, axes),
        ]


# --- What is needed for that ----------------------------------------------------------------------


def place_of(code: Any, dtype: Any, index: str, extreme: str, x: str) -> str:
    """The number of an entry that is the extreme one, or NaN; a large number of any other."""
    equal, isnan = ops.ENTRYWISE[np.equal], ops.ENTRYWISE[np.isnan]
    here = equal(code, dtype, x, extreme)
    if dtype != INTEGER:  # where there is a NaN, the extreme one is that, and equals nothing
        here = code.make(f"or i1 {here}, {isnan(code, dtype, x)}")
    return code.make(f"select i1 {here}, i64 {index}, i64 {np.iinfo(np.int64).max}")


COPIES = frozenset({np.copy, Method("copy"), Method("astype")})
OF_ONE = frozenset(
    {
        operator.getitem,
        float,
        np.float64,
        np.reshape,
        np.asarray,
        Method("reshape"),
        Method("ravel"),
    }
)
"""What makes of a number an array of it, or the number again."""
REDUCTIONS = {
    np.sum: np.add,
    np.prod: np.multiply,
    np.max: np.maximum,
    np.min: np.minimum,
    np.any: np.logical_or,
    np.all: np.logical_and,
    Method("sum"): np.add,
    Method("prod"): np.multiply,
    Method("max"): np.maximum,
    Method("min"): np.minimum,
    Method("any"): np.logical_or,
    Method("all"): np.logical_and,
}
SEARCHES = {
    np.argmax: "largest",
    np.argmin: "least",
    Method("argmax"): "largest",
    Method("argmin"): "least",
}


def looks_at_layout(function: Any) -> bool:
    """Whether what a function shows of an array depends on how that lies in memory, and on no
    number in it: one of the user's may show what it likes."""
    module = str(getattr(function, "__module__", ""))
    return module.partition(".")[0] in ("admodes", "numpy", "operator", "_operator")


def is_one_number(x: np.ndarray) -> bool:
    """Whether all entries are the same; 0 is not -0."""
    if not x.size:
        return False
    first = x.flat[:1]
    return not any(x.strides) or bool(
        (x == first).all() and (np.signbit(x) == np.signbit(first)).all()
        if x.dtype.kind == "f"
        else (x == first).all()
    )


def axes_of(axis: Any, count: int) -> tuple[int, ...] | None:
    if axis is None:
        return tuple(range(count))
    given = axis if isinstance(axis, tuple) else (axis,)
    if not all(isinstance(each, int) for each in given):
        return None
    return tuple(sorted(each % count for each in given)) if count else ()
