"""Where in a user's source an operation stands, and which variable its result is assigned to.

CPython knows of every instruction the span of source that it was compiled from (PEP 657). An
operation that spans the whole right-hand side of an assignment makes the value of that variable.
"""

import ast
import linecache
from collections.abc import Iterator
from types import CodeType
from typing import NamedTuple


class Line(NamedTuple):
    """A line of source."""

    file: str
    number: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.text}"


class Place(NamedTuple):
    """What the source says of an operation."""

    span: tuple[int | None, ...]  #: first line, last line, first column, column behind the last
    line: Line | None
    name: str | None = None  #: the variable that its result is assigned to
    operands: tuple[str | None, ...] = ()  #: its arguments, where they are names


NOWHERE = Place((), None)

Span = tuple[int, int, int, int]


class Sources:
    """The files that operations come from, each parsed once."""

    def __init__(self) -> None:
        self.positions: dict[CodeType, list[tuple[int | None, ...]]] = {}
        self.files: dict[str, File] = {}

    def place(self, code: CodeType | None, instruction: int) -> Place:
        """Where the instruction at this offset of `code` comes from."""
        if code is None:
            return NOWHERE
        if code not in self.positions:
            self.positions[code] = list(code.co_positions())
        # (An instruction that CPython has specialised may be found in its cache, of the same span.)
        first, last, start, stop = self.positions[code][instruction // 2]
        if first is None:
            return NOWHERE
        name = code.co_filename
        if name not in self.files:
            self.files[name] = File(name)
        file = self.files[name]
        line = Line(name, first, file.line(first))
        if last is None or start is None or stop is None:  # python -X no_debug_ranges
            return Place((instruction,), line)
        span = first, last, start, stop
        return Place(
            span, line, file.names.get(span) or file.ends.get(span[1::2]), file.operands(span)
        )


class File:
    """One file: its lines, and what is assigned in it."""

    def __init__(self, name: str) -> None:
        linecache.checkcache(name)  # it may have been edited since somebody read it
        self.lines = linecache.getlines(name)
        self.names: dict[Span, str] = {}  #: a right-hand side -> the variable
        self.ends: dict[tuple[int, ...], str] = {}  #: the end of a call on a right-hand side
        self.expressions: dict[Span, ast.expr] = {}
        try:
            tree = ast.parse("".join(self.lines))
        except SyntaxError:  # a notebook's cell may hold more than Python
            return
        for node in ast.walk(tree):
            if isinstance(node, (ast.BinOp, ast.Call)):
                self.expressions[span_of(node)] = node
            for name, value in assignments(node):
                self.names[span_of(value)] = name
                if isinstance(value, ast.Call):
                    # CPython lets a call of a method begin at the method's name where that stands
                    # on another line. Nothing within a call ends where the call does.
                    self.ends[span_of(value)[1::2]] = name

    def line(self, number: int) -> str:
        return self.lines[number - 1].strip() if number <= len(self.lines) else ""

    def operands(self, span: Span) -> tuple[str | None, ...]:
        node = self.expressions.get(span)
        if isinstance(node, ast.BinOp):
            return named(node.left), named(node.right)
        return tuple(map(named, node.args)) if isinstance(node, ast.Call) else ()


def named(node: ast.expr) -> str | None:
    return ast.unparse(node) if isinstance(node, (ast.Name, ast.Attribute)) else None


def span_of(node: ast.stmt | ast.expr) -> Span:
    # Parsed from source, all nodes have an end.
    return node.lineno, node.end_lineno or 0, node.col_offset, node.end_col_offset or 0


def assignments(node: ast.AST) -> Iterator[tuple[str, ast.stmt | ast.expr]]:
    """The variables that a node of a syntax tree assigns to, each with what becomes its value."""
    match node:
        case ast.Assign(targets=[target, *_], value=value):
            yield from pairs(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from pairs(target, value)
        case ast.NamedExpr(target=target, value=value):
            yield from pairs(target, value)
        case ast.AugAssign(target=ast.Name(id=name)):
            yield name, node  # its operation spans all of the statement


def pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """``a, b = x * y, x + y`` assigns part by part; a choice assigns whichever is chosen."""
    match target, value:
        case _, ast.IfExp(body=body, orelse=otherwise):
            yield from pairs(target, body)
            yield from pairs(target, otherwise)
        case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
            for part, own in zip(targets, values, strict=True):
                yield from pairs(part, own)
        case ast.Name(id=name), _:
            yield name, value
