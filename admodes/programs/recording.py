"""Recording a program: the function is evaluated once, on tracers, and every step written down.

The function may differentiate: then its variables and dual numbers stand on the recorded ones, as
they do on any other level, and what their rules compute becomes steps as well. So a program of a
gradient, or of any nesting, needs no rule of its own.
"""

import itertools
import operator
from collections.abc import Callable, Container, Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from admodes.core.levels import Level, escaped
from admodes.core.stand_ins import NotFinite, Unrepeatable
from admodes.core.values import Traced, plain
from admodes.modes.containers import leaves, rebuild
from admodes.modes.observing import Watched
from admodes.modes.variables import variable
from admodes.modes.views import note_view, shares_memory
from admodes.primitives.overwriting import overwrite
from admodes.programs.places import Places
from admodes.programs.steps import Guard, Step, Steps, Value, same_bits
from admodes.programs.tracers import Tracer, has_static_shape, raises, tracers_in, untraced
from admodes.programs.warned import Warned, hearing_warnings


class Recording(Level):
    """A level at which every step is written down."""

    __slots__ = ("code", "constants", "outside", "places", "refused", "warned")

    def __init__(self, outer: CodeType) -> None:
        super().__init__()
        self.warned = Warned(outer, Recording.evaluated.__code__, _applied.__code__)
        self.code: list[Step | Guard] = []
        self.places = Places(outer)
        self.outside = np.geterr()
        #: of the first error that only a recording raises, and the function may catch
        self.refused = ""
        #: id of an array -> (it, the copy that the program keeps)
        self.constants: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def input(self, value: Any, name: str) -> "Recorded":
        return self.expression(Tracer(value, Value.like(value, name), self))

    def refuse(self, message: str) -> None:
        """Note of an error that is raised at the function, which may go on all the same."""
        self.refused = self.refused or message

    def expression(self, tracer: Tracer) -> "Recorded":
        return variable(tracer, None, self, Recorded)

    def apply(self, function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
        """A step, whose result is a tracer, or a tuple of them."""
        if self.ended:
            escaped()
        y = self.evaluated(function, args, kwargs)
        made = self.step(y, function, args, kwargs, has_static_shape(function, args, kwargs))
        if function is operator.pow and may_be_complex(*args):
            self._stays_real(y, made, *args)
        return made

    def evaluated(self, function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
        """What a function gives. Where it raises, the user's code may go on without, on a branch:
        the program holds only where it raises as well.
        """
        try:
            return function(*untraced(args), **untraced(kwargs))
        except TypeError:  # that depends on no numbers
            raise
        except Exception as error:
            bool(self.step(True, raises, (type(error), function, *args), kwargs))  # a guard
            raise

    def step(
        self,
        y: Any,
        function: Callable[..., Any],
        args: Any,
        kwargs: dict[str, Any],
        static: bool = True,
    ) -> Any:
        """A step that has given `y`, whose shape only depends on those of the arguments: `static`.

        Where it may depend on numbers, a guard says what it has to be.
        """
        made = Value.like(y)
        line = self.places.here(made)
        step = Step(made, function, self.named(args), self.named(kwargs), line, self.errors())
        self.code.append(step)
        if isinstance(y, (tuple, list)):
            whole = Tracer(y, made, self)
            parts = [self.apply(_part, (whole, i), {}) for i in range(len(y))]
            for part in parts:
                note_base(part, args)
            return type(y)(*parts) if hasattr(y, "_fields") else type(y)(parts)
        if not static and y.__class__ is np.ndarray:
            self.code.append(Guard(made, np.shape, made.shape, step.line))
        tracer = Tracer(y, made, self)
        if y.__class__ is np.ndarray:
            note_base(tracer, args)
        elif not isinstance(y, (float, complex, int, np.generic)):
            raise Unrepeatable(f"it makes a {type(y).__name__} of a number", self)
        return tracer

    def errors(self) -> str:
        """What NumPy is told here, and not where the program is called, to do about errors."""
        now: dict[str, Any] = {**np.geterr()}
        if set(now.values()) == {"ignore"}:
            return 'all="ignore"'
        if now == self.outside:  # which is the rule
            return ""
        before = self.outside.items()
        return ", ".join(f'{kind}="{now[kind]}"' for kind, does in before if now[kind] != does)

    def _stays_real(self, y: Any, power: Tracer, base: Any, exponent: Any) -> None:
        """A guard, where a power of Python's numbers is complex if its base is negative."""
        if y.__class__ is complex:  # to derivatives it is NaN, and a program is for them, too
            raise NotFinite("Python's power of a negative number is complex")
        if untraced(base) < 0:
            self.code.append(Guard(power._name, type, float, self.places.here()))
        elif type(base) is Tracer:
            bool(operator.lt(base, 0))  # of which there is one guard, whatever powers there are

    def in_one(self, primitive: Any, args: Any, params: dict[str, Any]) -> Any:
        """A primitive as one step."""
        y = self.evaluated(primitive.function, tuple(args), params)
        return self.step(y, primitive.function, tuple(args), params, not tracers_in(params))

    def named(self, x: Any) -> Any:
        """Arguments with the names of tracers for these, and a copy of each array."""
        kind = type(x)
        if kind is Tracer:
            return x._name
        if kind is tuple or kind is list:
            return kind([self.named(part) for part in x])
        if kind is dict:
            return {key: self.named(part) for key, part in x.items()}
        if kind is slice:
            return slice(*map(self.named, (x.start, x.stop, x.step)))
        if kind is np.ndarray:
            return self.own(x)
        return x

    def own(self, x: np.ndarray) -> np.ndarray:
        known = self.constants.get(id(x))
        if known is None or not same_bits(known[1], x):
            repeated = x.size > 1 and not any(
                x.strides
            )  # one number, which need not be written out
            known = self.constants[id(x)] = (x, x if repeated else x.copy(order="K"))
        return known[1]


def may_be_complex(base: Any, exponent: Any) -> bool:
    """Whether a power of Python's floats is complex for some of them: ``(-2.0) ** 0.5`` is."""
    if base.__class__ is not float or exponent.__class__ is not float:
        return False
    never = (type(base) is float and base >= 0) or (
        type(exponent) is float and exponent.is_integer()
    )
    return not never


def _part(values: Sequence[Any], i: int) -> Any:
    return values[i]


def note_base(y: Any, args: Any) -> None:
    """Note of which of the arguments the result shows memory."""
    for arg in args:
        if type(arg) is not Tracer or type(y) is not Tracer:
            continue
        x = untraced(arg)
        if x.__class__ is np.ndarray and np.may_share_memory(untraced(y), x):
            y._name.base, arg._is_viewed = arg._name, True


class Recorded(Watched):
    """A number or an array whose every operation becomes a step."""

    __slots__ = ()
    _only_watched = True

    # Where no level above this one has a derivative to lose, the number is noted: see `Tracer`.

    if not TYPE_CHECKING:  # in an expression at large these raise

        def __int__(self) -> int:
            return int(self._value)

        def __index__(self) -> int:
            return operator.index(self._value)

        def __trunc__(self) -> int:
            return int(self._value)

        def __floor__(self) -> int:
            return int(np.floor(self._value))

        def __ceil__(self) -> int:
            return int(np.ceil(self._value))

    def _record(
        self, primitive: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> Any:
        return variable(plain(y), None, self._level, Recorded)

    def _apply(self, primitive: Any, args: Sequence[Any], params: dict[str, Any]) -> Any:
        level: Any = self._level
        values = [x._value if _at(x, level) else x for x in args]
        y = _applied(level, primitive, values, params)
        result = variable(y, None, level, Recorded)
        if primitive.writeable is not None and shares_memory(untraced(y), untraced(values[0])):
            note_view(result, self, primitive, params)
        return result

    def _is_alone(self, views: Sequence[Any]) -> bool:
        return False

    def _overwrite(self, value: Any, params: dict[str, Any], in_place: bool) -> bool:
        self._become(self._apply(overwrite, (self, value), params))
        return False


def _at(x: Any, level: Any) -> bool:
    return isinstance(x, Traced) and x._level is level


def _applied(recording: Any, primitive: Any, values: list[Any], params: dict[str, Any]) -> Any:
    """A primitive's steps, if its function is such as to be looked into; else it is one step."""
    count, within = len(recording.code), recording.warned.within
    try:
        y = primitive.function(*values, **params)
        is_alone = recording.warned.within == within and not any(
            isinstance(part, Guard) for part in recording.code[count:]
        )
        if type(y) is Tracer and is_alone:
            return y
    except Exception:  # what is wrong with the arguments is said when it is one step
        pass
    del recording.code[count:]
    return recording.in_one(primitive, values, params)


class Found(NamedTuple):
    """What has been recorded of one evaluation."""

    steps: Steps
    output: Any  #: what the function returned, with marks for values
    values: list[Any]  #: of its leaves


def record(
    f: Callable[..., Any],
    args: Sequence[Any],
    names: Sequence[str],
    results: Callable[..., Sequence[str]],
    held: Container[int] = (),
) -> Found:
    """The steps of ``f(*args)``.

    The inputs are the leaves of `args` that are floating-point numbers or arrays of them, but those
    that are `held`, by their places among these; `names` are those of all leaves, and `results`
    makes those of what it returns.

    Raises
    ------
    Unrepeatable
        Where the function has done what a program cannot repeat.
    """
    with Recording(record.__code__) as recording, hearing_warnings(recording.warned):
        pairs = zip((leaf for _, leaf in leaves(tuple(args))), names, strict=True)
        places = itertools.count()
        given = [
            recording.input(x, name) if is_input(x) and next(places) not in held else x
            for x, name in pairs
        ]
        inputs = [x._value._name for x in given if isinstance(x, Recorded)]
        output = f(*rebuild(tuple(args), iter(given)))
        if recording.warned.own:
            raise Unrepeatable(f"it warns, which a program does not: {recording.warned.own[0]!r}")
        if recording.refused:
            raise Unrepeatable(f"it has caught an error and gone on: {recording.refused}")
        found = [plain(part) for _, part in leaves(output)]
        for part, name in zip(found, results(args, output), strict=False):
            if type(part) is Tracer:
                part._name.name = part._name.name or name
        outputs = [part._name if type(part) is Tracer else part for part in found]
        steps = Steps(inputs, recording.code, outputs)
    return Found(steps, output, [*map(untraced, found)])


def is_input(x: Any) -> bool:
    """Whether a leaf of the arguments is what a program takes anew each time."""
    if x.__class__ is np.ndarray:
        return x.dtype.kind in "fc"
    return x.__class__ is float or x.__class__ is complex or isinstance(x, np.inexact)
