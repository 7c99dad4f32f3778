"""The rows of a tape as text and as HTML: what each operation was and keeps, and the line of it."""

import linecache
import os
import shutil
import textwrap
from collections.abc import Iterator
from html import escape
from typing import Any, NamedTuple

import numpy as np

from admodes.core.rules import Broadcast, Elementwise
from admodes.core.values import plain
from admodes.measure import tables
from admodes.measure.words import counted, size
from admodes.modes.arguments import Inputs, name, parameter_names
from admodes.modes.containers import leaves
from admodes.modes.following import Seen, follow
from admodes.modes.tape import Tape, new_bytes

HEAD = ("no.", "operation", "operands", "shape", "keeps", "adds", "line")
LEFT = frozenset({1, 2, 3, 4, 6})
SHOWN = 30
"""Rows that are shown of a longer tape: half of them from its beginning, half from its end."""
WIDEST = (8, 16, 20, 18, 20, 8)
"""Columns of text that a cell may take, the line apart, which has what is left."""
NARROW = (8, 12, 14, 14, 12, 0)
"""The same where the line would not be readable otherwise: without `adds`."""
READABLE = 30


class _Row(NamedTuple):
    """An input or an operation as it was recorded."""

    number: int
    node: Any  # None for an input
    adds: int  # bytes that no row before it keeps


class Table:
    """The rows of a tape that are shown, and what is to be said of them."""

    def __init__(self, tape: Tape, inputs: Inputs) -> None:
        self.values = [plain(x) for x in inputs.leaves]
        own = parameter_names(inputs.function, len(inputs.args))
        self.names = [
            own[i] + path
            for i, tree in zip(inputs.argnums, inputs.trees, strict=True)
            for path, _ in leaves(tree)
        ]
        tape.prune()
        nodes = tape.nodes
        total = len(self.values) + len(nodes)
        self.folded = total - SHOWN if total > SHOWN else 0
        begin, end = (SHOWN // 2, total - SHOWN // 2) if self.folded else (total, total)
        self.first: list[_Row] = []
        self.last: list[_Row] = []
        self.folded_bytes = 0
        known: set[int] = set()
        for i, node in enumerate((*[None] * len(self.values), *nodes)):
            adds = 0 if node is None else new_bytes(node[2], known)
            if begin <= i < end:
                self.folded_bytes += adds
            else:
                row = _Row(i if node is None else node[0], node, adds)
                (self.first if i < begin else self.last).append(row)
        held = self.folded_bytes + sum(row.adds for row in (*self.first, *self.last))
        self.title = f"tape of {described(inputs, len(nodes), held)}"
        wanted = {row.number for row in (*self.first, *self.last) if row.node is not None}
        self.notes: list[str] = []
        self.seen = self._seen(inputs, wanted, tape.size)
        files = {seen.line[0] for seen in self.seen.values() if seen.line}
        self.file = files.pop() if len(files) == 1 else None
        where = f"line of {os.path.basename(self.file)}" if self.file else "line"
        self.head = (*HEAD[:-1], where)

    def _seen(self, inputs: Inputs, wanted: set[int], numbers: int) -> dict[int, Seen]:
        """What a second evaluation shows, where it does the same as the first."""
        unknown = "Shapes, constants and lines are not shown"
        try:
            seen, count = follow(inputs, wanted)
        except Exception as error:
            self.notes.append(
                f"{unknown}: evaluated once more, the function raised {type(error).__name__}: "
                f"{str(error).partition(chr(10))[0]}"
            )
            return {}
        nodes = [row.node for row in (*self.first, *self.last) if row.node is not None]
        if count != numbers or not all(_same(node, seen.get(node[0])) for node in nodes):
            self.notes.append(
                f"{unknown}: evaluated once more, the function made other operations, so it "
                "depends on more than its arguments"
            )
            return {}
        return seen

    # --- Cells ------------------------------------------------------------------------------------

    def rows(self) -> list[tuple[str, ...]]:
        return [self._cells(row) for row in (*self.first, *self.last)]

    def between(self) -> str:
        """What is said in place of the rows that are folded."""
        adds = size(self.folded_bytes) if self.folded_bytes else "nothing"
        return f"… {counted(self.folded, 'row')} between, which add {adds} …"

    def _cells(self, row: _Row) -> tuple[str, ...]:
        if row.node is None:
            value = self.values[row.number]
            own = self.names[row.number] if row.number < len(self.names) else ""
            return (f"{row.number}", "input", own, _shape(np.shape(value), value), "", "", "")
        number, primitive, residual, parents = row.node
        seen = self.seen.get(number)
        constants = (None,) * len(parents) if seen is None else seen.constants
        operands = [
            _constant(constant) if parent is None else f"#{parent[0]}"
            for parent, constant in zip(parents, constants, strict=True)
        ]
        shape, line = "?", "?"
        if seen is not None:
            shape = _shape(seen.shape, np.dtype(seen.dtype))
            line = self._line(seen.line)
        keeps = _kept(primitive, residual, operands)
        adds = size(row.adds) if row.adds else "–"
        return (f"{number}", primitive.name, _listed(operands), shape, keeps, adds, line)

    def _line(self, line: tuple[str, int] | None) -> str:
        if line is None:
            return "–"
        file, number = line
        own = f"{number}" if self.file else f"{os.path.basename(file)}:{number}"
        return f"{own}: {linecache.getline(file, number).strip()}".removesuffix(": ")

    # --- Text -------------------------------------------------------------------------------------

    def text(self) -> str:
        """As wide as the terminal; 80 columns where there is none."""
        width = max(shutil.get_terminal_size((80, 24)).columns, 60)
        notes = [textwrap.fill(note, width) for note in self.notes]
        return "\n".join([self.title, "", *self._lines(width), *notes])

    def _lines(self, width: int) -> list[str]:
        rows = [self.head, *self.rows()]
        longest = max(len(row[-1]) for row in rows)
        for most in (WIDEST, NARROW):
            cells = [
                [tables.cut(cell, n) for cell, n in zip(row, most, strict=False) if n]
                for row in rows
            ]
            left = width - sum(max(map(len, column)) + 2 for column in zip(*cells, strict=True))
            if left >= min(longest, READABLE):
                break
        for row, own in zip(rows, cells, strict=True):
            own.append(tables.cut(row[-1], max(left, 8)))
        lines = tables.as_text(cells, {*range(1, 5), len(cells[0]) - 1})
        if self.folded:
            lines.insert(1 + len(self.first), self.between().center(width).rstrip())
        return lines

    # --- HTML -------------------------------------------------------------------------------------

    def html(self) -> str:
        rows = self.rows()
        if self.folded:
            rows.insert(len(self.first), ("…", self.between(), *[""] * (len(HEAD) - 2)))
        shown = tables.as_html(self.head, rows, left=LEFT, code={len(HEAD) - 1})
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"<p><b>{escape(self.title)}</b></p>{shown}{notes}"


def described(inputs: Inputs, operations: int, held: int) -> str:
    found = counted(operations, "operation")
    return f"{name(inputs.function)}: {found}, {size(held)} kept"


def _same(node: Any, seen: Seen | None) -> bool:
    """Whether an operation that was seen is the one that was recorded."""
    if seen is None:
        return False
    _, primitive, _, parents = node
    numbers = tuple([None if parent is None else parent[0] for parent in parents])
    return (seen.operation, seen.parents) == (primitive.name, numbers)


def _kept(primitive: Any, residual: Any, operands: list[str]) -> str:
    """What an operation keeps: which operands, where its rule tells, else the shapes of arrays."""
    if isinstance(primitive, Broadcast):
        residual = residual[0]
    if isinstance(primitive, (Broadcast, Elementwise)):
        kept = [
            what for what, x in zip(("result", *operands), residual, strict=True) if x is not None
        ]
    else:
        kept = [str(np.shape(x)) for x in _arrays(residual)]
    return _listed(kept) or "–"


def _arrays(residual: Any) -> Iterator[np.ndarray]:
    stack = [residual]
    while stack:
        x = plain(stack.pop())
        if isinstance(x, np.ndarray):
            yield x
        elif isinstance(x, (tuple, list)):
            stack.extend(reversed(x))
        elif isinstance(x, dict):
            stack.extend(reversed(x.values()))


def _shape(shape: tuple[int, ...], of: Any) -> str:
    """A shape, and the dtype where it is not that of a Python float."""
    dtype = np.dtype(getattr(of, "dtype", type(of))) if not isinstance(of, np.dtype) else of
    return f"{shape}" if dtype == np.float64 else f"{shape} {dtype}"


def _constant(value: Any) -> str:
    if value is None:
        return "constant"
    if isinstance(value, tuple):
        return f"array{value}"
    return f"{value:.4g}" if isinstance(value, (float, np.floating)) else str(value)


def _listed(parts: list[str]) -> str:
    few = parts if len(parts) <= 4 else [*parts[:2], "…", parts[-1]]
    return ", ".join(few)
