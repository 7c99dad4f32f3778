"""Both modes' programs side by side: what each computes at each line of the function."""

import itertools
import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from admodes.programs.source import Writer, Written
from admodes.programs.steps import Guard, Value, used

WIDTH = 100
"""Columns of the text."""


class Counts(NamedTuple):
    """What a program takes."""

    operations: int  #: steps that compute; what only shows a part of an array is none
    numbers: int  #: that are moved: read, and written
    nbytes: int  #: of buffers, and of what is made beside them

    @classmethod
    def of(cls, writer: Writer) -> "Counts":
        """By adding up the steps; the results are counted, too."""
        operations = numbers = 0
        nbytes = writer.plan.nbytes
        for part in writer.steps.code:
            if isinstance(part, Guard) or part.made.base is not None:
                continue
            operations += 1
            numbers += _size(part.made) + sum(map(_size, used(part)))
            if part.made not in writer.plan.into:
                nbytes += part.made.nbytes
        return cls(operations, numbers, nbytes)


def _size(x: Value) -> int:
    return math.prod(x.shape)


class Row(NamedTuple):
    """What both programs do at a line of the user's."""

    comment: str
    lines: dict[str, Sequence[str]]


@dataclass
class Explanation:
    """Programs side by side. ``print`` shows a text, a notebook a table."""

    heads: dict[str, str]  #: mode -> how its program begins
    rows: list[Row]
    counts: dict[str, Counts]

    def __str__(self) -> str:
        width = (WIDTH - 3) // len(self.heads)
        lines = [*_beside([[mode] for mode in self.heads], width)]
        lines += _beside([[head] for head in self.heads.values()], width)
        for row in self.rows:
            if row.comment:
                lines.append(f"# {row.comment}")
            lines += _beside([row.lines.get(mode, []) for mode in self.heads], width)
        lines.append("")
        lines += _beside([[_in_words(self.counts[mode])] for mode in self.heads], width)
        return "\n".join(line.rstrip() for line in lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        import html  # only a notebook needs it

        def cell(text: str) -> str:
            return f"<td style='text-align:left'><pre>{html.escape(text)}</pre></td>"

        def row(cells: Sequence[str]) -> str:
            return f"<tr style='vertical-align:top'>{''.join(map(cell, cells))}</tr>"

        heads = "".join(f"<th style='text-align:left'>{mode}</th>" for mode in self.heads)
        rows = [row([*self.heads.values()])]
        for each in self.rows:
            if each.comment:
                comment = html.escape(each.comment)
                rows.append(
                    f"<tr><td colspan={len(self.heads)} style='text-align:left'>"
                    f"<code># {comment}</code></td></tr>"
                )
            rows.append(row(["\n".join(each.lines.get(mode, [])) for mode in self.heads]))
        rows.append(row([_in_words(self.counts[mode]) for mode in self.heads]))
        return f"<table><tr>{heads}</tr>{''.join(rows)}</table>"


def _in_words(counts: Counts) -> str:
    memory = f"; {counts.nbytes:,} B of memory" if counts.nbytes else ""
    return f"{counts.operations:,} operations; {counts.numbers:,} numbers read or written{memory}"


def _beside(columns: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Lines of several columns, each folded to the width."""
    folded = [[part for line in column for part in _folded(line, width)] for column in columns]
    for parts in itertools.zip_longest(*folded, fillvalue=""):
        yield " | ".join(part.ljust(width) for part in parts)


def _folded(line: str, width: int) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False) or [""]


def aligned(bodies: dict[str, Sequence[Written]]) -> Iterator[Row]:
    """Rows in the order in which the function is evaluated, and then of the way back.

    Lines are met in the same order by all modes: a loop comes to one again and again.
    """
    groups = {
        mode: [
            (of, [line.text for line in lines], lines)
            for of, lines in (
                (of, [*same]) for of, same in itertools.groupby(body, lambda line: line.of)
            )
        ]
        for mode, body in bodies.items()
    }
    places = dict.fromkeys(groups, 0)
    while True:
        waiting = {mode: groups[mode][i] for mode, i in places.items() if i < len(groups[mode])}
        if not waiting:
            return
        # What several have next comes at once; what one has alone comes before what another waits
        # with, unless that one comes to it later.
        first = _next(waiting, groups, places)
        lines: dict[str, Sequence[str]] = {}
        comment = ""
        for mode, (of, texts, written) in waiting.items():
            if of == first:
                lines[mode] = texts
                comment = written[0].comment
                places[mode] += 1
        yield Row(comment, lines)


def _next(waiting: dict[str, Any], groups: dict[str, Any], places: dict[str, int]) -> Any:
    for mode, (of, *_) in waiting.items():
        others = [
            group[0] for other, i in places.items() if other != mode for group in groups[other][i:]
        ]
        if waiting.keys() == {mode} or of not in others:
            return of
    for of in (of for of, *_ in waiting.values()):
        if all(of == other for other, *_ in waiting.values()):
            return of
    return next(iter(waiting.values()))[0]


def explained(writers: dict[str, Writer]) -> Explanation:
    """The programs of both modes beside each other."""
    return Explanation(
        {mode: writer.head for mode, writer in writers.items()},
        [*aligned({mode: writer.lines for mode, writer in writers.items()})],
        {mode: Counts.of(writer) for mode, writer in writers.items()},
    )
