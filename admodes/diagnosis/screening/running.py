"""One run of a function on numbers that note where derivatives would be lost, and go on.

Whatever is refused is done with plain values in its place, so that one run finds all that lies on
its way. What follows a loss is another matter: what became plain there has left the numbers that
note, and what is done with it is seen by :mod:`admodes.diagnosis.screening.reading` alone.
"""

import sys
from collections.abc import Callable, Sequence
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

from admodes.core.levels import Level, escaped
from admodes.core.values import Traced, fresh, is_floating, plain
from admodes.diagnosis.lines import Line
from admodes.diagnosis.screening.lines import Entered, Users, passed
from admodes.modes.arguments import Inputs
from admodes.modes.containers import leaves, map_leaves
from admodes.modes.lost import loss
from admodes.modes.observing import Watched
from admodes.modes.operators import REFUSED, SET
from admodes.modes.variables import variable

_ACTIVE = ()
"""What stands for the node of a number that notes: there is no recording, but it is no constant."""


class Sight(NamedTuple):
    """Something that is refused, as the error says it, and the user's line."""

    message: str
    line: Line | None
    kind: str  #: "no rule", or "plain" where something plain was asked for
    lost: bool  #: what is computed from the result is not seen


class Screen(Level):
    """The level of a run, and what has been seen in it."""

    __slots__ = ("outer", "sights", "users")

    def __init__(self, users: Users, outer: CodeType) -> None:
        super().__init__()
        self.users, self.outer = users, outer
        self.sights: dict[Sight, None] = {}

    def see(self, error: Exception, kind: str = "plain", lost: bool = True) -> None:
        line = self.users.line(sys._getframe(1), self.outer)
        self.sights[Sight(str(error), line, kind, lost)] = None

    def watch(self, x: Any) -> Any:
        """`x` as a number that notes, if it is a floating-point one."""
        number = isinstance(x, (np.ndarray, np.generic, float, complex))
        return variable(fresh(x), _ACTIVE, self, Screened) if number and is_floating(x) else x

    def instead(self, error: Exception, plainly: Callable[[], Any], written: bool = False) -> Any:
        """What is refused with this error, done with plain values."""
        try:
            found = plainly()
        except Exception:
            raise error from None  # plain arrays would not do either: it is none of ours
        if written:
            self.see(error, "no rule")
            return found  # the array itself: what follows may write into it
        watched = map_leaves(self.watch, found)
        lost = not any(isinstance(x, Screened) for _, x in leaves(watched))
        self.see(error, "no rule", lost)
        return watched


class Screened(Watched):
    """A number or an array that notes what it is refused, and lets it happen."""

    __slots__ = ()
    _only_watched = True
    _level: Screen

    def _record(
        self, primitive: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> Any:
        if self._level.ended:
            escaped()
        # A rule may refuse some of its arguments, and says so where it is asked what it keeps.
        if len(values) > 1:
            primitive = primitive.between(y, values, parents)
        primitive.residual(y, values, params, parents)
        return variable(y, _ACTIVE, self._level, Screened)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        try:
            return super().__array_ufunc__(ufunc, method, *inputs, **options)
        except Exception as error:
            call = getattr(ufunc, method)
            return self._level.instead(
                error,
                lambda: call(*_plain_values(inputs), **_plain_values(options)),
                written="out" in options,
            )

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        try:
            return super().__array_function__(function, types, args, kwargs)
        except Exception as error:
            return self._level.instead(
                error, lambda: function(*_plain_values(args), **_plain_values(kwargs))
            )

    def __getattr__(self, name: str) -> Any:
        # Where expressions have it, this is not asked. Names with two underscores are protocols.
        if name.startswith("__") or not hasattr(np.ndarray, name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        text = f"x.{name} is of a plain array: use admodes.stop_gradient(x).{name}"
        self._level.see(TypeError(text))
        return getattr(np.asarray(plain(self)), name)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        self._lose("a plain array")
        return np.array(plain(self), dtype)

    def __float__(self) -> Any:
        self._lose("a float")
        return float(plain(self))

    def __complex__(self) -> Any:
        self._lose("a complex")
        return complex(plain(self))

    def __int__(self) -> Any:
        self._lose("an int")
        return int(plain(self))

    __trunc__ = __int__

    def __floor__(self) -> Any:
        self._lose("an int")
        return int(np.floor(plain(self)))

    def __ceil__(self) -> Any:
        self._lose("an int")
        return int(np.ceil(plain(self)))

    def __index__(self) -> Any:
        raise loss(self, "an index", sys._getframe(1))  # as a float raises

    def __hash__(self) -> Any:
        self._lose("a key (it is unhashable)")
        return hash(np.asarray(plain(self)).tobytes())

    def __reduce_ex__(self, protocol: Any) -> Any:
        self._lose("a pickle")
        return np.asarray(plain(self)).__reduce_ex__(protocol)

    def _lose(self, what: str) -> None:
        self._level.see(loss(self, what, sys._getframe(2)))


def _plain_values(args: Any) -> Any:
    return map_leaves(lambda x: plain(x) if isinstance(x, Traced) else x, args)


def _refused(name: str, instead: str) -> property:
    def method(self: Screened) -> Any:
        text = f"an expression has no method {name}(): {instead}"
        self._level.see(TypeError(text))
        return getattr(np.asarray(plain(self)), name)

    return property(method)


def _set(name: str, instead: str) -> property:
    read = getattr(Watched, name).fget

    def write(self: Screened, value: Any) -> None:
        error = TypeError(f"x.{name} cannot be set: {instead}")
        self._level.see(error, "no rule", lost=False)
        changed = np.array(plain(self))
        setattr(changed, name, plain(value))
        self._value = changed

    return property(read, write)


for _name, _instead in REFUSED.items():
    setattr(Screened, _name, _refused(_name, _instead))
for _name, _instead in SET.items():
    setattr(Screened, _name, _set(_name, _instead))


class Run(NamedTuple):
    """What a run has seen."""

    sights: list[Sight]
    passed: set[Line]
    calls: list[Entered]
    ended: Exception | None  #: what it raised, where plain arrays raise nothing
    line: Line | None  #: where
    carries: bool  #: whether an output carries derivatives


def run(function: Callable[..., Any], args: Sequence[Any], users: Users) -> Run:
    """Run a function on numbers that note.

    Raises whatever `function` raises for plain arguments too.
    """
    inputs = Inputs(function, args)
    ended, output = None, None
    with Screen(users, run.__code__) as screen, passed(users) as (lines, calls):
        try:
            output = inputs.call(list(map(screen.watch, inputs.leaves)))
        except Exception as error:
            ended = error
    if ended is not None:
        inputs.call(Inputs(function, args).leaves)  # its own error comes first
    carries = any(isinstance(x, Screened) for _, x in leaves(output))
    entered = list(calls.values())
    return Run(list(screen.sights), lines, entered, ended, users.raised(ended), carries)
