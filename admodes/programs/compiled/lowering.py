"""Steps as what can be compiled of them."""

import math
import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from admodes.core.values import has_nan
from admodes.primitives.accumulations import spread_difference
from admodes.primitives.indexing import write
from admodes.primitives.overwriting import overwrite
from admodes.programs.compiled import operations as ops
from admodes.programs.compiled.kinds import dense, dtype_of, scalar
from admodes.programs.compiled.nodes import (
    INDEX,
    Asked,
    Called,
    Entrywise,
    Node,
    Parts,
    Place,
    Reduced,
    View,
)
from admodes.programs.compiled.operations import FLOAT, INTEGER, TRUTH, TYPES
from admodes.programs.compiled.places import fills, pointed, seen
from admodes.programs.compiled.resolving import loop
from admodes.programs.steps import Guard, Step, Steps, Value, values_in
from admodes.programs.tracers import Method, overwritten

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
        #: values that are compiled
        self.known: set[Value] = {x for x in steps.inputs if dtype_of(x) is not None}
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
        if isinstance(part, Guard):
            return self.guard(part)
        if part.made.kind is not np.ndarray and dtype_of(part.made) is None:
            return None
        if part.made.kind is np.ndarray and part.made.dtype not in TYPES:
            return None
        for lower in (
            self.view,
            self.read,
            self.entrywise,
            self.reduced,
            self.searched,
            self.parts,
        ):
            nodes = lower(part)
            if nodes is not None:
                return nodes
        return None

    def given(self, x: Any) -> Any:
        """An argument as a value or a number; ``None`` where it is neither, or not known here."""
        if x.__class__ is Value:
            return x if dtype_of(x) is not None else None
        if x.__class__ is np.ndarray:
            if x.dtype not in TYPES:
                return None
            if is_one_number(x):
                return x.flat[0]
            if id(x) not in self.constants:
                self.constants[id(x)] = Value.like(x), x
            return self.constants[id(x)][0]
        return x if dtype_of(x) is not None else None

    def guard(self, guard: Guard) -> list[Node] | None:
        value, kind = guard.value, guard.kind
        if kind is np.shape:
            return None if isinstance(self.by.get(value), Called) else []
        dtype = dtype_of(value)
        if dtype is None:
            return None
        if kind is has_nan and not guard.expected:
            by = self.by.get(value)
            while isinstance(by, View) and math.prod(by.base.shape) == math.prod(by.made.shape):
                by = self.by.get(by.base)
            if isinstance(by, Parts) and dtype != TRUTH:
                return [n for part, _ in by.parts for n in self._all_finite(part, dtype)]
            return self._all(value, dtype, ops.ENTRYWISE[np.isnan], expected=False)
        if value.shape or value.kind is np.ndarray:
            return None
        if kind is bool and dtype == TRUTH:
            return [Asked(Value(bool), value, bool(guard.expected))]
        if kind is bool:
            some = Value(bool)
            test = ops.ENTRYWISE[np.not_equal]
            return [
                Entrywise(some, test, (value, 0), (dtype, dtype)),
                Asked(Value(bool), some, bool(guard.expected)),
            ]
        if (kind is float and dtype == FLOAT) or (
            kind in (int, operator.index) and dtype == INTEGER
        ):
            same = Value(bool)
            test = ops.ENTRYWISE[np.equal]
            return [
                Entrywise(same, test, (value, guard.expected), (dtype, dtype)),
                Asked(Value(bool), same),
            ]
        return None

    def _all(self, x: Any, dtype: Any, write: Any, expected: bool = True) -> list[Node]:
        """That something holds of every entry; or, if not `expected`, of none."""
        if x.__class__ is not Value or dtype in (INTEGER, TRUTH):
            return []
        own = dtype_of(x)
        test = Value(np.ndarray, x.shape, TRUTH) if x.shape else Value(bool)
        nodes: list[Node] = [Entrywise(test, write, (x,), (own,))]
        if x.shape:
            every = Value(bool)
            kind = "all" if expected else "any"
            nodes.append(Reduced(every, kind, test, tuple(range(len(x.shape)))))
            test = every
        return [*nodes, Asked(Value(bool), test, expected)]

    def _all_finite(self, x: Any, dtype: Any) -> list[Node]:
        """That all entries are finite, and not so large that their sum is not.

        That is more than asked for, and quicker: what is put together of such parts is not NaN.
        """
        if x.__class__ is not Value or not x.shape or dtype_of(x) not in (FLOAT, ops.SINGLE):
            return self._all(x, dtype, ops.finite)
        total = scalar(dtype_of(x))
        everything = Reduced(total, "sum", x, tuple(range(len(x.shape))))
        return [everything, *self._all(total, dtype, ops.finite)]

    # --- Views ------------------------------------------------------------------------------------

    def view(self, step: Step) -> list[Node] | None:
        made, base = step.made, step.made.base
        if (
            base is None
            or not base.shape
            or not step.args
            or step.args[0] is not base
            or base.strides is None
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
        if counted and index[0] in self.found and self.found[index[0]][0] is array:
            return [Reduced(made, self.found[index[0]][1], array, tuple(range(len(array.shape))))]
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
            if to not in (FLOAT, ops.SINGLE):
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
            nodes += self._raises(made, ufunc, args)
        return nodes

    def _raises(self, made: Value, ufunc: Any, args: list[Any]) -> list[Node]:
        """Where Python raises an error, the program does not hold."""
        if ufunc is np.divide and (args[1].__class__ is Value or args[1] == 0):
            some = Value(bool)
            test = Entrywise(some, ops.ENTRYWISE[np.not_equal], (args[1], 0.0), (FLOAT, FLOAT))
            return [test, Asked(Value(bool), some)]
        if ufunc is np.power:
            return self._all(made, FLOAT, ops.finite)
        return []

    def _entries(
        self, made: Value, write: Any, args: list[Any], dtypes: Sequence[Any], cost: int = 1
    ) -> list[Node] | None:
        if any(x is None for x in args) or any(dtype is None for dtype in dtypes):
            return None
        for x, dtype in zip(args, dtypes, strict=True):
            if not ops.convertible(dtype_of(x), dtype):
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
        if not ops.convertible(has, wants):
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

    # --- Parts ------------------------------------------------------------------------------------

    def parts(self, step: Step) -> list[Node] | None:
        made = step.made
        if made.kind is not np.ndarray or not made.in_order or not made.shape:
            return None
        if step.function is write.function:
            return self._written(step)
        if step.function in (np.concatenate, np.stack) and step.args:
            return self._beside(step)
        if step.function is spread_difference.function:
            return self._spread(step)
        if step.function is overwrite.function:
            path = step.kwargs["path"]
            lead = len(made.shape) - len(step.kwargs["shape"])
            index = (slice(None),) * lead + path[0][1]["index"] if len(path) == 1 else None
            return self._over(made, step.args, index)
        if step.function is overwritten:
            x, index, value = step.args
            return self._over(made, (x, value), index if index.__class__ is tuple else (index,))
        return None

    def _over(self, made: Value, args: Sequence[Any], index: Any) -> list[Node] | None:
        """An array with another part."""
        x, value = map(self.given, args)
        if x is None or value is None or index is None or dtype_of(x) != made.dtype:
            return None
        if not ops.convertible(dtype_of(value), dtype_of(made)):
            return None
        place = pointed(index, made)
        if place is None or (place.shape and place.moving):
            return None
        nodes: list[Node] = []
        if value.__class__ is Value and value.shape not in ((), place.shape):
            if len(value.shape) != len(place.shape):
                return None
            wide = Value(np.ndarray, place.shape, made.dtype)
            nodes.append(Entrywise(wide, same, (value,), (dtype_of(made),), 0))
            value = wide
        whole = Place(0, made.shape, made.strides or ())
        return [*nodes, Parts(made, [(x, whole), (value, place)], "over")]

    def _spread(self, step: Step) -> list[Node] | None:
        made, ct = step.made, self.given(step.args[0])
        if ct.__class__ is not Value or dtype_of(ct) != made.dtype:
            return None
        negative, before = Value(np.ndarray, ct.shape, made.dtype), (slice(None),)
        before *= step.kwargs["axis"] % len(made.shape)
        ahead, behind = (pointed((*before, part), made) for part in (slice(1, None), slice(-1)))
        if ahead is None or behind is None:
            return None
        negate = Entrywise(negative, ops.ENTRYWISE[np.negative], (ct,), (dtype_of(made),))
        return [negate, Parts(made, [(ct, ahead), (negative, behind)])]

    def _written(self, step: Step) -> list[Node] | None:
        made, shape = step.made, step.kwargs["shape"]
        lead = len(made.shape) - len(shape)
        parts: list[tuple[Any, Place]] = []
        nodes: list[Node] = []
        for arg, index in zip(step.args, step.kwargs["indices"], strict=True):
            part = self.given(arg)
            place = pointed((slice(None),) * lead + index, made)
            if part is None or place is None or (place.shape and place.moving):
                return None
            if part.__class__ is Value and part.shape and part.shape != place.shape:
                wide = Value(np.ndarray, place.shape, dtype_of(part))
                nodes.append(Entrywise(wide, same, (part,), (dtype_of(part),), 0))
                part = wide
            same_place = [i for i, (_, known) in enumerate(parts) if known == place]
            if same_place and place.shape:
                (i,) = same_place
                both = Value(np.ndarray, place.shape, dtype_of(made))
                add = ops.ENTRYWISE[np.add]
                nodes.append(Entrywise(both, add, (parts[i][0], part), (dtype_of(made),) * 2))
                parts[i] = both, place
            else:
                parts.append((part, place))
        fill = fills([place for _, place in parts], made)
        return [*nodes, Parts(made, parts, "beside" if fill else "sum")]

    def _beside(self, step: Step) -> list[Node] | None:
        made = step.made
        axis, *others = step.args[1:] or (step.kwargs.get("axis", 0),)
        if others or {*step.kwargs} - {"axis", "dtype"}:
            return None
        if not isinstance(step.args[0], (tuple, list)):
            return None
        if not isinstance(axis, int):
            return None
        axis %= len(made.shape)
        parts, start = [], 0
        for arg in step.args[0]:
            part = self.given(arg)
            if part is None or dtype_of(part) != made.dtype:
                return None
            shape = np.shape(arg) if part.__class__ is not Value else part.shape
            length = 1 if step.function is np.stack else shape[axis]
            index: Any = start if step.function is np.stack else slice(start, start + length)
            place = pointed((slice(None),) * axis + (index,), made)
            if place is None or (part.__class__ is Value and part.shape not in ((), place.shape)):
                return None
            parts.append((part, place))
            start += length
        return [Parts(made, parts, "beside")]


# --- What is needed for that ----------------------------------------------------------------------


def same(code: Any, dtype: Any, x: str) -> str:
    return x


def place_of(code: Any, dtype: Any, index: str, extreme: str, x: str) -> str:
    """The number of an entry that is the extreme one, or NaN; a large number of any other."""
    kind = TYPES[dtype]
    test = "icmp eq" if dtype == INTEGER else "fcmp ueq"
    here = code.make(f"{test} {kind} {x}, {extreme}")
    return code.make(f"select i1 {here}, i64 {index}, i64 {np.iinfo(np.int64).max}")


COPIES = frozenset({np.copy, Method("copy"), Method("astype")})
OF_ONE = frozenset({operator.getitem, np.reshape, np.asarray, Method("reshape"), Method("ravel")})
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
