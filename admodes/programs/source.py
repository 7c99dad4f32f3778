"""A program as straight lines of NumPy, as a person would write them."""

import ast
import functools
import itertools
import keyword
import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.core.values import has_nan
from admodes.primitives.indexing import is_basic, write
from admodes.programs.buffers import Plan, planned, root, ufunc_of
from admodes.programs.steps import Guard, Step, Steps, Value
from admodes.programs.tracers import Method

INFIX: dict[Any, str] = {
    operator.add: "+",
    operator.sub: "-",
    operator.mul: "*",
    operator.truediv: "/",
    operator.floordiv: "//",
    operator.mod: "%",
    operator.pow: "**",
    operator.matmul: "@",
    operator.and_: "&",
    operator.or_: "|",
    operator.xor: "^",
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
    operator.eq: "==",
    operator.ne: "!=",
    np.add: "+",
    np.subtract: "-",
    np.multiply: "*",
    np.divide: "/",
}
PREFIX: dict[Any, str] = {
    operator.neg: "-",
    operator.pos: "+",
    operator.invert: "~",
    np.negative: "-",
}


UNLESS_SAID = {"dtype": None, "keepdims": False, "out": None}
"""What an option of a reduction is anyway."""


class Changed(Exception):
    """A guard does not hold."""


class Writer:
    """Writes the lines, and gathers what they refer to by name."""

    def __init__(self, steps: Steps, name: str, plan: Plan) -> None:
        self.steps, self.name, self.plan = steps, name, plan
        self.scope: dict[str, Any] = {"np": np, "Changed": Changed, "has_nan": has_nan}
        self.names: dict[Value, str] = {}
        self.taken: set[str] = {*self.scope, "buffers"}
        self.counts: dict[str, int] = {}
        self.lines: list[str] = []
        self.wishes = users_names(steps)

    def fresh(self, wish: str) -> str:
        """A name that nothing has yet: the one that is wished, with a number where it is taken."""
        wish = re.sub(r"\W+", "_", wish).strip("_")
        if not wish.isidentifier() or keyword.iskeyword(wish):
            wish = f"v_{wish}"
        name = wish
        while name in self.taken:
            number = self.counts[wish] = self.counts.get(wish, 1) + 1
            name = f"{wish}{number}"
        self.taken.add(name)
        return name

    def wish(self, made: Value) -> str:
        """The name for a value: the user's, if it has one."""
        return self.fresh(made.name or self.wishes.get(made, "v"))

    def named(self, thing: Any, wish: str) -> str:
        """The name of a constant or a function."""
        for name, known in self.scope.items():
            if known is thing:
                return name
        name = self.fresh(wish)
        self.scope[name] = thing
        return name

    def text(self, x: Any) -> str:
        """An argument."""
        kind = x.__class__
        if kind is Value:
            return self.names[x]
        if kind is tuple:
            return f"({', '.join(map(self.text, x))}{',' * (len(x) == 1)})"
        if kind is list:
            return f"[{', '.join(map(self.text, x))}]"
        if kind is dict:
            return "{" + ", ".join(f"{key!r}: {self.text(v)}" for key, v in x.items()) + "}"
        if kind is slice:
            return f"slice({self.text(x.start)}, {self.text(x.stop)}, {self.text(x.step)})"
        if kind in (int, bool, str) or x is None:
            return repr(x)
        if kind is float and x == x and abs(x) != np.inf:
            return repr(x)
        if x is Ellipsis:
            return "..."
        return self.named(x, "c" if kind is np.ndarray else "k")

    def index(self, index: Any) -> str:
        def one(item: Any) -> str:
            if item.__class__ is slice:
                ends = [("" if end is None else self.text(end)) for end in (item.start, item.stop)]
                return ":".join(ends) + ("" if item.step is None else f":{self.text(item.step)}")
            return self.text(item)

        if index.__class__ is tuple:
            return ", ".join(map(one, index)) or "()"
        return one(index)

    def expression(self, step: Step) -> str:
        function, args = step.function, step.args
        if not step.kwargs:
            if function in INFIX and len(args) == 2:
                return f"{self.text(args[0])} {INFIX[function]} {self.text(args[1])}"
            if function in PREFIX:
                return f"{PREFIX[function]}{self.text(args[0])}"
            if function is operator.getitem:
                return f"{self.text(args[0])}[{self.index(args[1])}]"
            if function is getattr:
                return f"{self.text(args[0])}.{args[1]}"
        given = [self.text(arg) for arg in args]
        if isinstance(function, Method):
            given[0] = f"{given[0]}.{function.name}"
        given += [
            f"{name}={self.text(value)}"
            for name, value in step.kwargs.items()
            if value is not UNLESS_SAID.get(name, step)
        ]
        if isinstance(function, Method):
            return f"{given[0]}({', '.join(given[1:])})"
        return f"{self.called(function)}({', '.join(given)})"

    def results(self) -> str:
        """The outputs as a tuple, each array in memory of its own."""
        known = {root(x) for x in self.steps.inputs}
        texts = []
        for x in self.steps.outputs:
            shared = isinstance(x, np.ndarray)
            if isinstance(x, Value) and x.kind is np.ndarray:
                shared = root(x) in known
                known.add(root(x))
            texts.append(f"{self.text(x)}.copy()" if shared else self.text(x))
        return f"({', '.join(texts)},)"

    def guard(self, guard: Guard) -> list[str]:
        value, expected = self.text(guard.value), guard.expected
        if guard.kind is has_nan and guard.value.kind is not np.ndarray:
            condition = f"{value} {'==' if expected else '!='} {value}"
        elif guard.kind is bool or guard.kind is has_nan:
            value = f"has_nan({value})" if guard.kind is has_nan else value
            condition = f"not {value}" if expected else value
        elif guard.kind is np.asarray:
            condition = f"not np.array_equal({value}, {self.text(expected)})"
        elif guard.kind is np.shape:
            condition = f"{value}.shape != {self.text(expected)}"
        else:
            kind = self.named(guard.kind, guard.kind.__name__)
            condition = f"{kind}({value}) != {self.text(expected)}"
        return [f"if {condition}:", "    raise Changed"]

    def line(self, step: Step) -> list[str]:
        """A step, as one line or several."""
        buffer = self.plan.into.get(step.made)
        basic = step.function is write.function and all(map(is_basic, step.kwargs["indices"]))
        if not basic:
            text = self.expression(step)
            if buffer is not None:
                args = [self.text(arg) for arg in step.args]
                text = f"{self.called(ufunc_of(step))}({', '.join(args)}, out={self.buffers[buffer]})"
            name = self.names[step.made] = self.wish(step.made)
            return [f"{name} = {text}"]
        given = [self.text(arg) for arg in step.args]
        name = self.names[step.made] = self.wish(step.made)
        return self.parts(step, name, given, None if buffer is None else self.buffers[buffer])

    def parts(self, step: Step, name: str, given: list[str], buffer: str | None) -> list[str]:
        """Zeros, to which parts are added; the first part and the zeros around it are written."""
        shape, indices = step.made.shape, step.kwargs["indices"]
        rest = complement(indices[0], shape)
        dtype = "" if step.made.dtype == np.float64 else f", {self.text(step.made.dtype)}"
        if rest is None:
            zeros = f"np.zeros({shape}{dtype})"
            lines = [
                f"{name} = {zeros}" if buffer is None else f"{name} = {buffer}; {name}.fill(0)"
            ]
        else:
            lines = [f"{name} = {buffer or f'np.empty({shape}{dtype})'}"]
            first = f"{name}[{self.index(indices[0])}]"
            # (plus 0, so that no entry is -0.0, which the sum of zeros and parts never is)
            lines.append(f"np.add({given[0]}, 0.0, out={first})")
            lines += [f"{name}[{part}] = 0.0" for part in rest]
            indices, given = indices[1:], given[1:]
        for index, part in zip(indices, given, strict=True):
            lines.append(f"{name}[{self.index(index)}] += {part}")
        return lines

    def called(self, function: Callable[..., Any]) -> str:
        """How a function is called: ``np.exp``, ``np.add.reduce``, or by a name of its own."""
        name = getattr(function, "__name__", "function")
        owner = getattr(function, "__self__", None)
        if isinstance(owner, np.ufunc) and getattr(np, owner.__name__, None) is owner:
            return f"np.{owner.__name__}.{name}"
        for module, text in ((np, "np"), (np.linalg, "np.linalg"), (np.fft, "np.fft")):
            if getattr(module, name, None) is function:
                return f"{text}.{name}"
        return self.named(function, name.strip("_"))

    def write(self) -> str:
        for value in self.steps.inputs:
            self.names[value] = self.fresh(value.name or "x")
        head = ", ".join(self.names[value] for value in self.steps.inputs)
        if self.plan.buffers:
            self.buffers = [self.fresh("b") for _ in self.plan.buffers]
            head += ", buffers"
            self.lines.append(
                f"{', '.join(self.buffers)}{',' * (len(self.buffers) == 1)} = buffers"
            )
        last: Any = None
        for quiet, parts in itertools.groupby(self.steps.code, lambda part: part.quiet):
            lines = []
            for part in parts:
                comment = ""
                if part.line is not None and part.line != last:
                    comment = f"  # {'back: ' * part.line.back}{part.line.text}"
                    last = part.line
                first, *more = self.guard(part) if isinstance(part, Guard) else self.line(part)
                lines += [first + comment, *more]
            if quiet:
                self.lines.append('with np.errstate(all="ignore"):')
                lines = [f"    {line}" for line in lines]
            self.lines += lines
        body = "\n    ".join([*self.lines, f"return {self.results()}"])
        return f"def {self.name}({head}):\n    {body}\n"


def users_names(steps: Steps) -> dict[Value, str]:
    """What the user calls the values: the last step of a line ``y = …`` makes ``y``."""
    last: dict[Any, Value] = {}
    for part in steps.code:
        if isinstance(part, Step) and part.line is not None and not part.line.back:
            last[part.line] = part.made
    found = {}
    for line, made in last.items():
        name = re.match(r"([^\W\d]\w*)\s*[-+*/]?=[^=]", line.text)
        if name is not None:
            found[made] = name[1]
    return found


def complement(index: tuple[Any, ...], shape: tuple[int, ...]) -> list[str] | None:
    """What one slice of the first axis leaves, as text; ``None`` for other indices."""
    if len(index) != 1 or index[0].__class__ is not slice or index[0].step not in (None, 1):
        return None
    start, stop, _ = index[0].indices(shape[0])
    if stop <= start:
        return None
    return [f":{start}"] * (start > 0) + [f"{stop}:"] * (stop < shape[0])


class Quicker(ast.NodeTransformer):
    """The same text to be run: names are looked up once, and where results go is said by position.

    For arrays of a hundred numbers this is a fifth of the time.
    """

    def __init__(self, scope: dict[str, Any]) -> None:
        self.scope = scope

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        text = ast.unparse(node)
        if not text.startswith("np."):
            return self.generic_visit(node)
        name = text.replace(".", "_")
        self.scope[name] = functools.reduce(getattr, text.split(".")[1:], np)
        return ast.Name(name, node.ctx)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        called = self.visit(node.func)
        node.func = called
        function = self.scope.get(called.id) if isinstance(called, ast.Name) else None
        if isinstance(function, np.ufunc) and [option.arg for option in node.keywords] == ["out"]:
            node.args += [option.value for option in node.keywords]
            node.keywords = []
        node.args = [self.visit(arg) for arg in node.args]
        node.keywords = [self.visit(option) for option in node.keywords]
        return node


def written(steps: Steps, plan: Plan, name: str) -> tuple[str, dict[str, Any]]:
    """The text of a program, and what the names in it mean."""
    writer = Writer(steps, name, plan)
    return writer.write(), writer.scope


def compiled(steps: Steps, name: str) -> Callable[..., Any]:
    """A program as a function of its inputs, which returns a tuple of its outputs."""
    plan = planned(steps)
    source, scope = written(steps, plan, name)
    tree = Quicker(scope).visit(ast.parse(source))
    exec(compile(ast.fix_missing_locations(tree), f"<program {name}>", "exec"), scope)
    function: Any = scope[name]
    if not plan.buffers:
        return function
    spare = [plan.empty()]

    def run(*inputs: Any) -> Any:
        try:
            buffers = spare.pop()  # atomic: another thread finds none, and makes its own
        except IndexError:
            buffers = plan.empty()
        try:
            return function(*inputs, buffers)
        finally:
            spare.append(buffers)

    return run
