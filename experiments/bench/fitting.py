"""A table that loses nothing where the terminal is narrow: what does not fit stands below."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.table import Column, Table

TEXT = 24
"""Columns of text are broken into lines, but not shorter than this."""
UNLIMITED = 1000


class Span(NamedTuple):
    """How wide a column may be."""

    words: int  #: no word is broken, but what belongs together may be
    least: int
    whole: int  #: no cell is broken into lines
    most: int  #: nor is the heading


class Fitting(Table):
    """Where its columns do not fit beside one another, some stand below, in a table of their own.

    There those that say which row it is, the `keys` by heading, are repeated. By default that is
    the first.
    """

    def __init__(self, *, keys: Sequence[str] = (), **options: Any) -> None:
        super().__init__(**options)
        self.keys = keys

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType | Any]:
        room = options.max_width
        spans = [span(console, column) for column in self.columns]
        if self.taken([each.most for each in spans]) <= room:
            yield from super().__rich_console__(console, options)
            return
        if self.title:
            yield self.title
        for group in self.groups(spans, room):
            widths = self.widths([spans[i] for i in group], room)
            yield self.part(group, widths)
        if self.caption:
            yield console.render_str(str(self.caption), style="table.caption", highlight=False)

    def taken(self, widths: Sequence[int]) -> int:
        """The width of a table whose columns have these."""
        _, right, _, left = self.padding
        return sum(widths) + len(widths) * (left + right) + len(widths) + 1

    def groups(self, spans: Sequence[Span], room: int) -> list[list[int]]:
        """The columns that stand beside one another."""
        if self.taken([each.words for each in spans]) <= room:
            widths = self.widths(spans, room)
            broken = [w < each.whole for w, each in zip(widths, spans, strict=True)]
            if sum(broken) <= 1:  # in one column that looks better than a table in two parts
                return [list(range(len(spans)))]
        headings = [" ".join(str(column.header).split()) for column in self.columns]
        keys = [i for i, heading in enumerate(headings) if heading in self.keys] or [0]
        bundles: list[list[int]] = []
        for i, column in enumerate(self.columns):
            # One without a heading, or without its first line, says more of the one before it.
            goes_on = not headings[i] or str(column.header).startswith("\n")
            if i in keys:
                continue
            if goes_on and bundles and bundles[-1][-1] == i - 1:
                bundles[-1].append(i)
            else:
                bundles.append([i])
        groups = [list(keys)]
        for bundle in bundles:
            wider = sorted([*groups[-1], *bundle])
            fits = self.taken([spans[i].least for i in wider]) <= room
            if fits or groups[-1] == keys:
                groups[-1] = wider
            else:
                groups.append(sorted([*keys, *bundle]))
        return groups

    def widths(self, spans: Sequence[Span], room: int) -> list[int]:
        """Lines are broken in the widest of them."""
        widths = [each.words for each in spans]
        for i in sorted(range(len(spans)), key=lambda i: spans[i].most):
            left = room - self.taken(widths)
            widths[i] += min(left, spans[i].most - widths[i])
        return widths

    def part(self, group: Sequence[int], widths: Sequence[int]) -> Table:
        part = Table(box=self.box, padding=self.padding)
        columns = [self.columns[i] for i in group]
        for column, width in zip(columns, widths, strict=True):
            part.add_column(column.header, justify=column.justify, width=width)
        for cells, row in zip(
            zip(*(column.cells for column in columns), strict=True), self.rows, strict=True
        ):
            part.add_row(*cells, style=row.style, end_section=row.end_section)
        return part


def span(console: Console, column: Column) -> Span:
    options = console.options.update(width=UNLIMITED, no_wrap=False)
    heading = Measurement.get(console, options, column.header)
    cells = [Measurement.get(console, options, cell) for cell in column.cells]
    widest = max([each.maximum for each in cells], default=0)
    words = widest if column.no_wrap else max([each.minimum for each in cells], default=0)
    least = widest if column.justify == "right" else max(words, min(widest, TEXT))
    floor = max(heading.minimum, column.min_width or 0)
    most = max(floor, heading.maximum, widest)
    return Span(max(words, floor), max(least, floor), max(widest, floor), most)
