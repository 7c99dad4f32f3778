"""A program as straight lines of NumPy, as a person would write them."""

import ast
import functools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from admodes.core.values import has_nan, is_finite
from admodes.primitives.indexing import is_whole
from admodes.programs.buffers import LARGE, Plan, planned, puts_in_place, root, ufunc_of
from admodes.programs.expressions import NUMBERS, Expressions, Text
from admodes.programs.places import Line
from admodes.programs.steps import Guard, Step, Steps, Value, used

WIDTH = 72
"""How long an expression may become by what it is put together of."""


class Changed(Exception):
    """A guard does not hold."""


class Written(NamedTuple):
    """A line of a program, and the user's that it is of."""

    text: str
    of: Line | None

    @property
    def comment(self) -> str:
        """The user's line, if there is a source that has it, and whether that is gone back over."""
        if self.of is None:
            return ""
        return ": ".join(each for each in ("back" * self.of.back, self.of.text) if each)


class Writer(Expressions):
    """Writes a program: :attr:`head`, and :attr:`lines` of its body."""

    def __init__(self, steps: Steps, title: str) -> None:
        super().__init__({"Changed": Changed} | {kind.__name__: kind for kind in ASKING})
        self.steps, self.plan = steps, planned(steps)
        words = title.replace("<lambda>", "f").split(".<locals>.")
        self.name = self.fresh("_".join([*words[0].split()[:-1], words[-1].split()[-1]]))
        self.taken.add("buffers")
        self.wishes = users_names(steps)
        self.inside = used_once(steps, self.plan) - self.wishes.keys() | self.plan.subtracted.keys()
        inputs = [self.fresh(value.name or "x") for value in steps.inputs]
        self.texts.update(zip(steps.inputs, map(Text, inputs), strict=True))
        self.buffers = self._names_of_buffers()
        arguments = ", ".join([*inputs, "buffers"] if self.buffers else inputs)
        self.head = f"def {self.name}({arguments}):"
        self.lines = [*self._body()]

    def _names_of_buffers(self) -> list[str]:
        """Names that are not the user's."""
        users = {x.made.name for x in self.steps.code if isinstance(x, Step)}
        users |= {*self.wishes.values()}
        mine = users - self.taken
        self.taken |= mine
        names = [self.fresh("buffer") for _ in self.plan.buffers]
        self.taken -= mine
        return names

    def _body(self) -> Iterator[Written]:
        if self.buffers:
            yield Written(f"{', '.join(self.buffers)}, = buffers", None)
        ends = ended(self.steps, self.plan, self.inside)
        errors = ""
        for i, part in enumerate(self.steps.code):
            own = self.guard(part) if isinstance(part, Guard) else self.line(part)
            if own and part.errors and part.errors != errors:
                yield Written(f"with np.errstate({part.errors}):", part.line)
            errors = part.errors if own else errors
            dead = [self.texts[x].text for x in ends.get(i, ())]
            if dead:
                own.append(f"del {', '.join(dead)}")
            for line in own:
                yield Written(f"{'    ' * bool(errors)}{line}", part.line)
        yield Written(f"return {self.results()}", None)

    def source(self) -> str:
        """The whole text, with the user's line where there is another one."""
        text, last = self.head, None
        for line in self.lines:
            text += f"\n    {line.text}"
            if line.of is not None and line.of != last:
                text += f"  # {line.comment}" if line.comment else ""
                last = line.of
        return f"{text}\n"

    def line(self, step: Step) -> list[str]:
        """A step, as one line or several; as none, where it becomes a part of another."""
        buffer = self.plan.into.get(step.made)
        memory = None if buffer is None else self.buffers[buffer]
        if puts_in_place(step):
            return self.parts(step, self.name_of(step.made), memory)
        if step.made in self.plan.subtracted:
            self.texts[step.made] = self.expression(step)
            return []
        expression = self.expression(step)
        if memory is not None:
            given = [*map(self.text, step.args), f"out={memory}"]
            expression = Text(f"{self.called(ufunc_of(step))}({', '.join(given)})")
        elif step.made in self.inside and len(expression.text) <= WIDTH:
            self.texts[step.made] = expression
            return []
        return [f"{self.name_of(step.made)} = {expression.text}"]

    def name_of(self, made: Value) -> str:
        """A name for a value: the user's, if it has one."""
        name = self.fresh(made.name or self.wishes.get(made, "v"))
        self.texts[made] = Text(name)
        return name

    def results(self) -> str:
        """The outputs as a tuple, each array in memory of its own."""
        known = {root(x) for x in self.steps.inputs}
        texts = []
        for x in self.steps.outputs:
            shared = isinstance(x, np.ndarray)
            if isinstance(x, Value) and x.kind is np.ndarray:
                shared = root(x) in known or repeats_entries(x)
                known.add(root(x))
            texts.append(f"{self.text(x)}.copy()" if shared else self.text(x))
        return f"({', '.join(texts)},)" if texts else "()"

    def guard(self, guard: Guard) -> list[str]:
        value, expected = self.text(guard.value), guard.expected
        if guard.kind is has_nan and guard.value.kind is not np.ndarray:
            condition = f"{value} {'==' if expected else '!='} {value}"
        elif guard.kind in (bool, *ASKING):
            value = value if guard.kind is bool else f"{guard.kind.__name__}({value})"
            condition = f"not {value}" if expected else value
        elif guard.kind is np.asarray:
            condition = f"not np.array_equal({value}, {self.text(expected)})"
        elif guard.kind is type:
            condition = f"type({value}) is not {self.text(expected)}"
        elif guard.kind is np.shape:
            condition = f"{value}.shape != {self.text(expected)}"
        else:
            kind = self.named(guard.kind, guard.kind.__name__)
            condition = f"{kind}({value}) != {self.text(expected)}"
        return [f"if {condition}:", "    raise Changed"]

    def parts(self, step: Step, name: str, buffer: str | None) -> list[str]:
        """Zeros, to which parts are added; the first part and the zeros around it are written."""
        shape = step.made.shape
        lead = len(shape) - len(step.kwargs["shape"])  # of directions
        indices = [(slice(None),) * lead + index for index in step.kwargs["indices"]]
        rest = complement(indices[0], shape)
        bare = [self.plan.without_sign(x) for x in step.args]
        negative = [x is not y for x, y in zip(step.args, bare, strict=True)]
        given = [*map(self.text, bare)]
        dtype = "" if step.made.dtype == np.float64 else f", {self.text(step.made.dtype)}"
        if is_whole(step.kwargs["indices"][0]):  # no sum, which -0.0 would not be left by
            lines = [f"{name} = {buffer or f'np.empty({shape}{dtype})'}"]
            if negative[0]:
                lines.append(f"np.negative({given[0]}, out={name})")
            else:
                lines.append(f"{name}[...] = {given[0]}")
            indices, given, negative = indices[1:], given[1:], negative[1:]
        elif rest is None:
            zeros = f"np.zeros({shape}{dtype})"
            lines = [
                f"{name} = {zeros}" if buffer is None else f"{name} = {buffer}; {name}.fill(0)"
            ]
        else:
            lines = [f"{name} = {buffer or f'np.empty({shape}{dtype})'}"]
            first = f"{name}[{self.index(indices[0])}]"
            # (plus 0, so that no entry is -0.0, which the sum of zeros and parts never is)
            if negative[0]:
                lines.append(f"np.subtract(0.0, {given[0]}, out={first})")
            else:
                lines.append(f"np.add({given[0]}, 0.0, out={first})")
            lines += [f"{name}[{part}] = 0.0" for part in rest]
            indices, given, negative = indices[1:], given[1:], negative[1:]
        for index, part, subtract in zip(indices, given, negative, strict=True):
            lines.append(f"{name}[{self.index(index)}] {'-=' if subtract else '+='} {part}")
        return lines


def repeats_entries(x: Value) -> bool:
    """Whether an array has entries that are one number in memory, as what is broadcast has."""
    each = zip(x.shape, x.strides or x.shape, strict=True)
    return any(length > 1 and stride == 0 for length, stride in each)


def used_once(steps: Steps, plan: Plan) -> set[Value]:
    """Values without a name that one step needs, of the same line of the user's.

    Not those that are computed of a buffer: later it may hold something else.
    """
    uses: Counter[Value] = Counter()
    user: dict[Value, Step | Guard] = {}
    for part in steps.code:
        for x in used(part):
            uses[x] += 1
            user[x] = part
    uses.update(x for x in steps.outputs if isinstance(x, Value))
    found = set()
    for part in steps.code:
        if isinstance(part, Guard) or uses[part.made] != 1 or part.made not in user:
            continue
        by, made = user[part.made], part.made
        if isinstance(by, Guard) and by.kind is not bool:
            continue
        if (by.line, by.errors) != (part.line, part.errors) or made.name or made in plan.into:
            continue
        if not any(root(x) in plan.into for x in used(part)) and made.kind not in (tuple, list):
            found.add(made)
    return found


def ended(steps: Steps, plan: Plan, inside: set[Value]) -> dict[int, list[Value]]:
    """By step what holds large arrays outside of buffers, and nothing needs after it."""
    place: dict[Value, int] = {}  # where a value is made, or the step that it becomes a part of
    last: dict[Value, int] = {}
    for i, part in reversed([*enumerate(steps.code)]):
        here = i
        if isinstance(part, Step):
            here = place[part.made] = last.get(part.made, i) if part.made in inside else i
        for x in used(part):
            for known in {x, root(x)}:
                last[known] = max(last.get(known, 0), here)
    kept = {root(x) for x in (*steps.inputs, *steps.outputs) if isinstance(x, Value)}
    found: dict[int, list[Value]] = {}
    for made, i in place.items():
        base = root(made)
        if base in kept or base in plan.into or made in inside:
            continue
        if base.nbytes >= LARGE or base.kind in (tuple, list):
            found.setdefault(max(last.get(base, i), i), []).append(made)
    return found


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
    """What a slice of one axis leaves, as text; ``None`` for other indices."""
    *lead, last = index or (...,)
    if last.__class__ is not slice or last.step not in (None, 1) or last.start.__class__ is Value:
        return None
    if last.stop.__class__ is Value or any(item != slice(None) for item in lead):
        return None
    length = shape[len(lead)]
    start, stop, _ = last.indices(length)
    if stop <= start:
        return None
    before = ":, " * len(lead)
    return [f"{before}:{start}"] * (start > 0) + [f"{before}{stop}:"] * (stop < length)


ASKING = (has_nan, is_finite, math.isfinite)
"""What a guard asks of a value by a function of that name."""
BY_NAME = (np.maximum, np.minimum)
"""NumPy warns of a third argument of these: it may have been meant as one more number."""


FLOATS = [[kind.__name__] for kind in NUMBERS]


class Quicker(ast.NodeTransformer):
    """The same text to be run: names are looked up once, and where results go is said by position.

    For arrays of a hundred numbers this is a fifth of the time.
    """

    def __init__(self, scope: dict[str, Any]) -> None:
        self.scope = scope

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        names = of_numpy(node)
        if not names:
            return self.generic_visit(node)
        name = "_".join(("np", *names))
        self.scope[name] = functools.reduce(getattr, names, np)
        return ast.copy_location(ast.Name(name, node.ctx), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        names = of_numpy(node.func)
        if names in FLOATS and len(node.args) == 1 and is_number(node.args[0]):  # made once
            made = ast.Name(f"_number{len(self.scope)}", ast.Load())
            self.scope[made.id] = getattr(np, names[0])(ast.literal_eval(node.args[0]))
            return ast.copy_location(made, node)
        called = self.visit(node.func)
        node.func = called
        function = self.scope.get(called.id) if isinstance(called, ast.Name) else None
        only_out = [option.arg for option in node.keywords] == ["out"]
        if isinstance(function, np.ufunc) and only_out and function not in BY_NAME:
            node.args += [option.value for option in node.keywords]
            node.keywords = []
        node.args = [self.visit(arg) for arg in node.args]
        node.keywords = [self.visit(option) for option in node.keywords]
        return node


def of_numpy(node: ast.AST) -> list[str]:
    """The names behind ``np``, where that is what an expression consists of."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return names if isinstance(node, ast.Name) and node.id == "np" else []


def is_number(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def quicker(source: str, scope: dict[str, Any]) -> ast.Module:
    """The tree of a program, of which only lines that use NumPy are gone through: in a loop over
    Python's numbers there are thousands of others.
    """
    tree, lines, change = ast.parse(source), source.splitlines(), Quicker(scope)

    def through(body: list[Any]) -> None:
        for i, statement in enumerate(body):
            if isinstance(statement, (ast.FunctionDef, ast.With)):
                through(statement.body)
            if isinstance(statement, ast.With):
                statement.items = [change.visit(item) for item in statement.items]
            elif "np." in lines[statement.lineno - 1] and not isinstance(
                statement, ast.FunctionDef
            ):
                body[i] = change.visit(statement)

    through(tree.body)
    return tree


def runnable(writer: Writer) -> Callable[..., Any]:
    """A program as a function of its inputs, which returns a tuple of its outputs."""
    plan, scope = writer.plan, writer.scope | {"np": np}
    tree = quicker(writer.source(), scope)
    exec(compile(tree, f"<program {writer.name}>", "exec"), scope)
    function: Any = scope.pop(writer.name)  # which else would keep itself alive
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
