"""Reading a function's source: where derivatives flow, by name, and what would lose them there.

It follows names, one assignment after another, through both branches of each condition, and into
the functions of the user's that are called. It knows nothing of values, so what a run has seen goes
before what was read; and a function that the run has called and no name leads to is read as it was
called there.
"""

import ast
import dataclasses
import types
from collections.abc import Callable, Sequence
from typing import Any

from admodes.core.declaring import REFUSED
from admodes.diagnosis.lines import Line
from admodes.diagnosis.screening.calls import call
from admodes.diagnosis.screening.issues import Issue, told
from admodes.diagnosis.screening.known import ATTRIBUTES
from admodes.diagnosis.screening.lines import Entered, Users
from admodes.diagnosis.screening.source import Code, name_in, node_of, parameters, unwrapped
from admodes.diagnosis.screening.values import (
    PLAIN,
    TRACED,
    UNKNOWN,
    Value,
    joined,
    listed,
    of_argument,
    of_thing,
)

DEEPEST = 40
"""Calls within calls that are followed."""


class Reading:
    """All that is read from one function on."""

    def __init__(self, users: Users) -> None:
        self.users = users
        self.issues: dict[tuple[Any, ...], Issue] = {}
        #: function and arguments -> what it returns
        self.known: dict[Any, Value] = {}
        self.depth = 0
        self.entered: set[Code] = set()
        self.unread: set[str] = set()

    def note(self, file: str, node: ast.expr | ast.stmt, kind: str, what: str, fix: str) -> None:
        """Note something at a node, once for a line."""
        line = Line(file, node.lineno)
        last = node.end_lineno
        self.issues.setdefault(
            (file, line.number, kind, what),
            Issue(file, line.number, line.text, kind, what, fix, last=last),
        )

    def is_users(self, function: Any) -> bool:
        function = unwrapped(function)[0] if callable(function) else None
        return (
            isinstance(function, types.FunctionType) and function.__code__.co_filename in self.users
        )

    def enter(
        self, function: Callable[..., Any], args: Sequence[Value], kwargs: dict[str, Value]
    ) -> Value:
        """What a user's function returns for such arguments."""
        inner, bound, named = unwrapped(function)
        args = [*map(of_thing, bound), *args]
        kwargs = {name: of_thing(x) for name, x in named.items()} | kwargs
        node = node_of(inner)
        if node is None:
            self.unread.add(inner.__qualname__)
            return TRACED if any(x.carries for x in (*args, *kwargs.values())) else PLAIN
        scope = Scope(self, node, inner, None)
        return self.within((id(inner), scope.key(args, kwargs)), scope, args, kwargs)

    def called(self, call: Entered) -> None:
        """Read a function that a run has called, unless that was done already."""
        cells = tuple(types.CellType() for _ in call.code.co_freevars)  # `call.names` has them
        function = types.FunctionType(call.code, call.outside, None, None, cells)
        node = node_of(function)
        if node is not None and node not in self.entered:
            scope = Scope(self, node, function, None)
            scope.names = {name: of_thing(x) for name, x in call.names.items()}
            scope.through()

    def within(
        self, key: Any, scope: "Scope", args: Sequence[Value], kwargs: dict[str, Value]
    ) -> Value:
        if key not in self.known:
            self.known[key] = PLAIN  # in a recursion, until it is known better
            if self.depth < DEEPEST:
                self.depth += 1
                self.known[key] = scope.run(args, kwargs)
                self.depth -= 1
        return self.known[key]


class Scope:
    """A function that is read: its names, and what is known of each."""

    def __init__(
        self, reading: Reading, node: Code, function: types.FunctionType, outer: "Scope | None"
    ) -> None:
        self.reading, self.node, self.function, self.outer = reading, node, function, outer
        self.file = function.__code__.co_filename
        self.names: dict[str, Value] = {}
        self.returned: list[Value] = []

    # --- Calls ------------------------------------------------------------------------------------

    def key(self, args: Sequence[Value], kwargs: dict[str, Value]) -> Any:
        return tuple(
            (name, x.traced, x.depth, x.depends, x.array, id(x.thing), id(x.code))
            for name, x in self.bound(args, kwargs).items()
        )

    def bound(self, args: Sequence[Value], kwargs: dict[str, Value]) -> dict[str, Value]:
        """Parameters and what is known of each."""
        own = self.node.args
        names = [arg.arg for arg in (*own.posonlyargs, *own.args)]
        found = dict(zip(names, args, strict=False))
        known = set(parameters(self.node))
        found |= {name: x for name, x in kwargs.items() if name in known}
        if own.vararg:
            found[own.vararg.arg] = listed(args[len(names) :])
        if own.kwarg:
            rest = [x for name, x in kwargs.items() if name not in known]
            found[own.kwarg.arg] = dataclasses.replace(listed(rest), items=None)
        return found

    def run(self, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
        defaults = self.function.__kwdefaults__ or {}
        positional = self.function.__defaults__ or ()
        if self.outer is None:
            names = self.function.__code__.co_varnames[: self.function.__code__.co_argcount]
            given = dict(zip(names[len(names) - len(positional) :], positional, strict=True))
            self.names = {name: of_thing(x) for name, x in (given | defaults).items()}
        self.names |= self.bound(args, kwargs)
        return self.through()

    def through(self) -> Value:
        """What it returns, where its parameters are among its names."""
        self.reading.entered.add(self.node)
        if isinstance(self.node, ast.Lambda):
            return self.value(self.node.body)
        self.body(self.node.body)
        return joined(*self.returned)

    # --- Names ------------------------------------------------------------------------------------

    def name(self, name: str) -> Value:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return of_thing(name_in(self.function, name))

    def like(self) -> str:
        """An array that carries derivatives here: by name, or made of a number that has one."""
        numbers: list[str] = []
        scope: Scope | None = self
        while scope is not None:
            for name, known in scope.names.items():
                if known.traced and known.kind is None and name.isidentifier():
                    if not known.number:
                        return name
                    numbers.append(name)
            scope = scope.outer
        return f"np.ravel({numbers[0]})" if numbers else "x"

    def note(self, node: ast.expr | ast.stmt, kind: str, what: str, fix: str) -> None:
        self.reading.note(self.file, node, kind, what, fix)

    def assign(self, target: ast.expr, known: Value) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            parts = target.elts
            items = known.items
            if items is None or len(items) != len(parts):
                items = (known.element(),) * len(parts)
            for part, item in zip(parts, items, strict=True):
                self.assign(part, item)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, listed([known]))
        elif isinstance(target, ast.Subscript):
            self.write(target, known)
        else:
            self.names[ast.unparse(target)] = known

    def write(self, target: ast.Subscript, known: Value) -> None:
        """``array[index] = value``."""
        into, name = self.value(target.value), ast.unparse(target.value)
        self.index(target)
        if not known.carries or (into.traced and not into.array):
            return
        if into.array:
            self.plain_array(target, name, into)
            self.names[name] = dataclasses.replace(into, traced=True)  # as it will be then
        else:
            self.names[name] = dataclasses.replace(joined(into, listed([known])), items=None)

    def plain_array(self, node: ast.expr | ast.stmt, name: str, into: Value) -> None:
        """Note that a plain array is written into."""
        like = self.like()
        fix = f"{name} = np.array({name}, like={like}) before"
        if into.maker is not None:
            made = ast.unparse(into.maker).removesuffix(")")
            function, sign, args = made.partition("(")
            if function.rpartition(".")[2] == "ndarray":  # the type, which takes no like=
                made = f"{function.removesuffix('ndarray')}empty{sign}{args}"
            fix = f"{made}, like={like}) in line {into.maker.lineno}"
        self.note(node, "written", f"{name} is a plain array, which keeps no derivatives", fix)
        if into.maker is not None:  # whatever shows it, or is made like it, will carry them too
            for each, known in self.names.items():
                if known.maker is into.maker:
                    self.names[each] = dataclasses.replace(known, traced=True)

    def index(self, node: ast.Subscript) -> None:
        index = self.value(node.slice)
        if index.traced:
            what = f"{ast.unparse(node.slice)} is an index, and carries derivatives"
            fix = f"admodes.stop_gradient({ast.unparse(node.slice)}).astype(int)"
            self.note(node, "plain", what, fix)

    # --- Statements -------------------------------------------------------------------------------

    def body(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            read = getattr(self, f"_{type(statement).__name__}", None)
            if read is not None:
                read(statement)
            else:
                for part in ast.iter_child_nodes(statement):
                    if isinstance(part, ast.expr):
                        self.value(part)

    def either(self, *bodies: Callable[[], None]) -> None:
        """Several ways to go on, of which one is taken."""
        before, ends = dict(self.names), []
        for body in bodies:
            self.names = dict(before)
            body()
            ends.append(self.names)
        self.names = {
            name: joined(*(end[name] for end in ends if name in end))
            for name in dict.fromkeys(name for end in ends for name in end)
        }

    def _FunctionDef(self, node: ast.FunctionDef) -> None:
        self.names[node.name] = Value(code=(node, self))

    def _Return(self, node: ast.Return) -> None:
        if node.value is not None:
            self.returned.append(self.value(node.value))

    def _Assign(self, node: ast.Assign) -> None:
        known = self.value(node.value)
        for target in node.targets:
            self.assign(target, known)

    def _AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.assign(node.target, self.value(node.value))

    def _AugAssign(self, node: ast.AugAssign) -> None:
        before, known = self.value(node.target), self.value(node.value)
        if isinstance(node.target, ast.Subscript):
            self.write(node.target, joined(known, before))
        elif before.array and known.carries:
            self.plain_array(node, ast.unparse(node.target), before)
            self.assign(node.target, dataclasses.replace(before, traced=True))
        else:
            self.assign(node.target, arithmetic(before, known))

    def _If(self, node: ast.If) -> None:
        self.branch(node, node.test)
        self.either(lambda: self.body(node.body), lambda: self.body(node.orelse))

    def _While(self, node: ast.While) -> None:
        for _ in range(2):  # what is assigned at the end is read at the beginning
            self.branch(node, node.test)
            self.either(lambda: self.body(node.body), lambda: None)
        self.body(node.orelse)

    def _For(self, node: ast.For) -> None:
        over = self.value(node.iter)
        for _ in range(2):
            self.assign(node.target, over.element())
            self.either(lambda: self.body(node.body), lambda: None)
        self.body(node.orelse)

    def _With(self, node: ast.With) -> None:
        for item in node.items:
            known = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, known)
        self.body(node.body)

    def _Try(self, node: ast.Try) -> None:
        self.body(node.body)
        handlers = [lambda each=each: self.body(each.body) for each in node.handlers]
        self.either(lambda: self.body(node.orelse), *handlers)
        self.body(node.finalbody)

    def _Match(self, node: ast.Match) -> None:
        self.value(node.subject)
        self.either(*[lambda each=case: self.body(each.body) for case in node.cases], lambda: None)

    def branch(self, node: ast.AST, test: ast.expr) -> None:
        if self.value(test).tells:
            what = f"which way it goes depends on a value: {ast.unparse(test)}"
            fix = (
                "the derivative is that of the way that is taken; to choose entry by entry, write "
                "np.where(condition, a, b)"
            )
            self.note(test, "branch", what, fix)

    # --- Expressions ------------------------------------------------------------------------------

    def value(self, node: ast.expr) -> Value:
        """What is known of an expression."""
        read: Any = getattr(self, f"_{type(node).__name__}", None)
        if read is not None:
            found: Value = read(node)
            return found
        parts = [self.value(x) for x in ast.iter_child_nodes(node) if isinstance(x, ast.expr)]
        return Value(traced=any(part.traced for part in parts))

    def _Constant(self, node: ast.Constant) -> Value:
        return of_thing(node.value)

    def _Name(self, node: ast.Name) -> Value:
        return self.name(node.id)

    def _NamedExpr(self, node: ast.NamedExpr) -> Value:
        known = self.value(node.value)
        self.assign(node.target, known)
        return known

    def _Attribute(self, node: ast.Attribute) -> Value:
        from_name = self.names.get(ast.unparse(node))
        return from_name or attribute(self.value(node.value), node.attr)

    def _Subscript(self, node: ast.Subscript) -> Value:
        of = self.value(node.value)
        if of.thing is not UNKNOWN and self._joins(node, of.thing):
            return TRACED
        self.index(node)
        place = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if of.items and isinstance(place, int) and -len(of.items) <= place < len(of.items):
            return of.items[place]
        return of.element()

    def _joins(self, node: ast.Subscript, thing: Any) -> bool:
        """``np.r_[x, 1]``."""
        try:
            reason = REFUSED.get(thing)
        except TypeError:  # unhashable, so none of these
            return False
        if reason is None or not any(
            self.value(part).carries
            for part in (node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice])
        ):
            return False
        self.note(node, "plain", *told(f"{ast.unparse(node.value)} {reason}"))
        return True

    def _BinOp(self, node: ast.BinOp) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Mod) and isinstance(left.thing, str) and right.carries:
            what = "a text is formatted by %, which makes a float"
            self.note(node, "plain", what, "an f-string, f'{x:.3f}', or admodes.stop_gradient(x)")
            return PLAIN
        return arithmetic(left, right)

    def _UnaryOp(self, node: ast.UnaryOp) -> Value:
        known = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return Value(depends=known.tells)
        return dataclasses.replace(known, maker=None, thing=UNKNOWN)

    def _BoolOp(self, node: ast.BoolOp) -> Value:
        return joined(*map(self.value, node.values))

    def _Compare(self, node: ast.Compare) -> Value:
        parts = [self.value(part) for part in (node.left, *node.comparators)]
        by_value = not all(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops)
        return Value(depends=by_value and any(part.tells for part in parts))

    def _IfExp(self, node: ast.IfExp) -> Value:
        self.branch(node, node.test)
        return joined(self.value(node.body), self.value(node.orelse))

    def _Lambda(self, node: ast.Lambda) -> Value:
        return Value(code=(node, self))

    def _List(self, node: ast.List | ast.Tuple) -> Value:
        return listed([self.value(part) for part in node.elts])

    _Tuple = _List

    def _Set(self, node: ast.Set) -> Value:
        for part in node.elts:
            self.key_of(part)
        return PLAIN

    def _Dict(self, node: ast.Dict) -> Value:
        for key in node.keys:
            if key is not None:
                self.key_of(key)
        return dataclasses.replace(listed(list(map(self.value, node.values))), items=None)

    def key_of(self, node: ast.expr) -> None:
        if self.value(node).carries:
            what = f"{ast.unparse(node)} is a key, and carries derivatives"
            self.note(node, "plain", what, "keep such numbers in a list")

    def _Starred(self, node: ast.Starred) -> Value:
        return self.value(node.value).element()

    def _JoinedStr(self, node: ast.JoinedStr) -> Value:
        return PLAIN

    def _Slice(self, node: ast.Slice) -> Value:
        return joined(*(self.value(p) for p in (node.lower, node.upper, node.step) if p))

    def _ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Value:
        with_names = dict(self.names)
        self._generators(node.generators)
        part = self.value(node.elt)
        self.names = with_names
        return dataclasses.replace(listed([part]), items=None)

    _GeneratorExp = _SetComp = _ListComp

    def _DictComp(self, node: ast.DictComp) -> Value:
        with_names = dict(self.names)
        self._generators(node.generators)
        self.key_of(node.key)
        part = self.value(node.value)
        self.names = with_names
        return dataclasses.replace(listed([part]), items=None)

    def _generators(self, generators: Sequence[ast.comprehension]) -> None:
        for each in generators:
            self.assign(each.target, self.value(each.iter).element())
            for test in each.ifs:
                self.branch(test, test)

    def _Call(self, node: ast.Call) -> Value:
        return call(self, node)


def attribute(of: Value, name: str) -> Value:
    """What is known of ``of.name``."""
    if of.traced:
        return PLAIN if name in ATTRIBUTES and of.kind is None else TRACED
    if of.thing is not UNKNOWN:
        return of_thing(getattr(of.thing, name, UNKNOWN))
    return Value(array=of.array and name in ("T", "mT", "real", "imag", "flat"))


def arithmetic(a: Value, b: Value) -> Value:
    """What an operator makes of two."""
    if a.traced or b.traced:
        return Value(traced=True, number=all(x.number or _is_number(x.thing) for x in (a, b)))
    return Value(
        depth=max(a.depth, b.depth), depends=a.depends or b.depends, array=a.array or b.array
    )


def _is_number(thing: Any) -> bool:
    return isinstance(thing, (int, float, complex))


def read(
    function: Callable[..., Any], args: Sequence[Any], users: Users, calls: Sequence[Entered] = ()
) -> Reading:
    """Read a function that is called with these arguments, and all of the user's that it calls."""
    reading = Reading(users)
    reading.enter(function, [of_argument(x) for x in args], {})
    for each in calls:
        reading.called(each)
    return reading
