"""Steps as expressions of Python: what they are called with, and by which names."""

import keyword
import math
import operator
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from admodes.programs.steps import Step, Value
from admodes.programs.tracers import Method

INFIX: dict[Any, tuple[str, int]] = {
    operator.pow: ("**", 14),
    operator.mul: ("*", 12),
    operator.truediv: ("/", 12),
    operator.floordiv: ("//", 12),
    operator.mod: ("%", 12),
    operator.matmul: ("@", 12),
    operator.add: ("+", 11),
    operator.sub: ("-", 11),
    operator.and_: ("&", 9),
    operator.xor: ("^", 8),
    operator.or_: ("|", 7),
    operator.lt: ("<", 6),
    operator.le: ("<=", 6),
    operator.gt: (">", 6),
    operator.ge: (">=", 6),
    operator.eq: ("==", 6),
    operator.ne: ("!=", 6),
    np.add: ("+", 11),
    np.subtract: ("-", 11),
    np.multiply: ("*", 12),
    np.divide: ("/", 12),
}
"""How an operation is written between its operands, and how closely it binds."""
PREFIX: dict[Any, str] = {
    operator.neg: "-",
    operator.pos: "+",
    operator.invert: "~",
    np.negative: "-",
}
NUMBERS = (np.float64, np.float32)
"""Of NumPy's, those that are written out."""
SIGN, ATOM = 13, 20
"""How closely a sign binds, and a name or a call."""
_INFINITE = {math.inf: "np.inf", -math.inf: "-np.inf"}
UNLESS_SAID = {"dtype": None, "keepdims": False, "out": None}
"""What an option of a reduction is anyway."""


class Text(NamedTuple):
    """An expression, and how closely it binds."""

    text: str
    binds: int = ATOM

    def within(self, binds: int) -> str:
        """In parentheses where it binds less."""
        return self.text if self.binds >= binds else f"({self.text})"


class Expressions:
    """Writes expressions, and gathers what they refer to by name."""

    def __init__(self, scope: dict[str, Any]) -> None:
        self.scope = scope
        self.texts: dict[Value, Text] = {}  #: of a value: its name, or what makes it
        self.taken = {*scope, "np"}
        self.counts: dict[str, int] = {}

    def fresh(self, wish: str) -> str:
        """A name that nothing has yet: the one that is wished, with a number where it is taken."""
        wish = re.sub(r"\W+_*", "_", wish).strip("_")
        if not wish.isidentifier() or keyword.iskeyword(wish):
            wish = f"v_{wish}"
        name = wish
        while name in self.taken:
            number = self.counts[wish] = self.counts.get(wish, 1) + 1
            name = f"{wish}{number}"
        self.taken.add(name)
        return name

    def named(self, thing: Any, wish: str) -> str:
        """The name of a constant or a function."""
        for name, known in self.scope.items():
            if known is thing:
                return name
        name = self.fresh(wish)
        self.scope[name] = thing
        return name

    def text(self, x: Any, binds: int = 0) -> str:
        """An argument, in parentheses where it binds less."""
        kind = x.__class__
        if kind is Value:
            return self.texts[x].within(binds)
        if kind is tuple:
            return f"({', '.join(map(self.text, x))}{',' * (len(x) == 1)})"
        if kind is list:
            return f"[{', '.join(map(self.text, x))}]"
        if kind is dict:
            return "{" + ", ".join(f"{key!r}: {self.text(v)}" for key, v in x.items()) + "}"
        if kind is slice:
            return f"slice({self.text(x.start)}, {self.text(x.stop)}, {self.text(x.step)})"
        if kind is int or (kind is float and x - x == 0):
            return Text(repr(x), SIGN if str(x).startswith("-") else ATOM).within(binds)
        if kind is float and x in _INFINITE:
            return Text(_INFINITE[x], SIGN if x < 0 else ATOM).within(binds)
        if kind is bool or kind is str or x is None:
            return repr(x)
        if x is Ellipsis:
            return "..."
        if callable(x):
            return self.called(x)
        if kind in NUMBERS and x - x == 0:
            return f"np.{kind.__name__}({x.item()!r})"
        return self.named(x, "c" if kind is np.ndarray else "k")

    def index(self, index: Any) -> str:
        """What stands between brackets."""
        if index.__class__ is tuple:
            return ", ".join(map(self._index, index)) or "()"
        return self._index(index)

    def _index(self, item: Any) -> str:
        if item.__class__ is not slice:
            return self.text(item)
        ends = [("" if end is None else self.text(end)) for end in (item.start, item.stop)]
        return ":".join(ends) + ("" if item.step is None else f":{self.text(item.step)}")

    def expression(self, step: Step) -> Text:
        """A step."""
        function, args = step.function, step.args
        if not step.kwargs and not (isinstance(function, np.ufunc) and of_python(args)):
            if function in INFIX and len(args) == 2:
                sign, binds = INFIX[function]
                alone = sign == "**" or binds == 6  # a + b + c is (a + b) + c; these are not
                left = self.text(args[0], binds + alone)
                right = self.text(args[1], SIGN if sign == "**" else binds + 1)
                return Text(f"{left} {sign} {right}", binds)
            if function in PREFIX:
                return Text(f"{PREFIX[function]}{self.text(args[0], SIGN)}", SIGN)
            if function is operator.getitem:
                return Text(f"{self.text(args[0], ATOM)}[{self.index(args[1])}]")
            if function is getattr:
                return Text(f"{self.text(args[0], ATOM)}.{args[1]}")
        options = [
            f"{name}={self.text(value)}"
            for name, value in step.kwargs.items()
            if not (name in UNLESS_SAID and value is UNLESS_SAID[name] and is_reduction(function))
        ]
        if isinstance(function, Method):
            first, *rest = args
            given = ", ".join([*map(self.text, rest), *options])
            return Text(f"{self.text(first, ATOM)}.{function.name}({given})")
        return Text(f"{self.called(function)}({', '.join([*map(self.text, args), *options])})")

    def called(self, function: Any) -> str:
        """How a function is called: ``np.exp``, ``np.add.reduce``, or by a name of its own."""
        name = getattr(function, "__name__", "function")
        if is_reduction(function) and getattr(np, function.__self__.__name__, None):
            return f"np.{function.__self__.__name__}.{name}"
        for module, text in ((np, "np"), (np.linalg, "np.linalg"), (np.fft, "np.fft")):
            if getattr(module, name, None) is function:
                return f"{text}.{name}"
        return self.named(function, name.strip("_"))


def is_reduction(function: Any) -> bool:
    """Whether it is a method of a ufunc."""
    return isinstance(getattr(function, "__self__", None), np.ufunc)


def of_python(args: Sequence[Any]) -> bool:
    """Whether all are Python's numbers, of which operators make no number of NumPy's."""
    kinds = [x.kind if x.__class__ is Value else type(x) for x in args]
    return all(kind in (bool, int, float, complex) for kind in kinds)
