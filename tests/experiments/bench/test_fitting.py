"""On a narrow terminal a table loses nothing: what does not fit stands below."""

import io
import re
from collections import Counter
from copy import copy

import pytest
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from experiments.bench.console import headed_table
from experiments.bench.fitting import Fitting
from experiments.bench.folders import PUBLISHED
from experiments.bench.results import Store
from experiments.commands import EXPERIMENTS
from tests.helpers import together


def lines(table, width):
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(table)
    return console.file.getvalue().rstrip().splitlines()


def a_table(**options):
    shown = headed_table("name", "of what it is, in more words than there is room for", **options)
    shown.add_column("n", justify="right")
    shown.add_column("way", no_wrap=True)
    for heading in ("time", "", "first\nmemory", "\ntape", "what it shows"):
        shown.add_column(heading, justify="left" if " " in heading else "right", no_wrap=False)
    shown.add_row("1,000", "forward", "1.25 ms", "±2%", "12.5 MB", "1.75 MB", "a word " * 5)
    shown.add_row("", "reverse", "2.50 ms", "±1%", "25.0 MB", "3.25 MB", "another")
    return shown


def test_where_there_is_room_it_is_one_table():
    wide = lines(a_table(keys=("n", "way")), 120)
    assert sum("forward" in line for line in wide) == 1
    assert any("forward" in line and "±2%" in line for line in wide)


def test_where_there_is_little_the_rows_are_named_again():
    narrow = lines(a_table(keys=("n", "way")), 44)
    assert max(map(len, narrow)) <= 44
    first, second, third = (line for line in narrow if "forward" in line)
    # What has no heading of its own, or a part of one, stays beside what it belongs to.
    assert first.split() == ["1,000", "forward", "1.25", "ms", "±2%"]
    assert second.split() == ["1,000", "forward", "12.5", "MB", "1.75", "MB"]
    assert third.split()[:3] == ["1,000", "forward", "a"]


def test_text_alone_is_broken_into_lines_before_that():
    shown = lines(a_table(keys=("n", "way")), 90)
    assert sum("forward" in line for line in shown) == 1
    assert sum("word" in line for line in shown) > 1


@together
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_tables_of_what_is_published(name):
    """Every number and every word is in each, and no line is longer than the terminal.

    Of the rows those are shown in which something is at its widest.
    """
    experiment = EXPERIMENTS[name]
    results = Store(PUBLISHED, name).load(with_arrays=experiment.start is not None)
    table = shortened(experiment.table(results))
    narrow = lines(table, 80)
    assert max(map(len, narrow)) <= 80
    whole = words(texts(table))
    assert whole
    assert not whole - words(narrow)


def shortened(shown):
    """Tables less the rows in which no cell is the widest of its column, or has the widest word."""
    if isinstance(shown, Group):
        return Group(*map(shortened, shown.renderables))
    if isinstance(shown, Padding):
        shown.renderable = shortened(shown.renderable)
    if not isinstance(shown, Fitting):
        return shown
    kept = {0}
    for column in shown.columns:
        cells = ["\n".join(texts(cell)) for cell in column.cells]
        lines = [max(map(len, cell.split("\n"))) for cell in cells]
        longest = [max(map(len, cell.split()), default=0) for cell in cells]
        kept |= {lines.index(max(lines)), longest.index(max(longest))} if cells else set()
    short = copy(shown)
    short.columns, short.rows = [column.copy() for column in shown.columns], []
    rows = zip(*(column.cells for column in shown.columns), strict=True)
    for i, (cells, row) in enumerate(zip(rows, shown.rows, strict=True)):
        if i in kept:
            short.add_row(*cells, style=row.style, end_section=row.end_section)
    return short


def texts(shown):
    """All that was put into a table, or into several and lines between them."""
    if isinstance(shown, Group):
        parts = shown.renderables
    elif isinstance(shown, Padding):
        parts = [shown.renderable]
    elif isinstance(shown, Table):
        columns = shown.columns
        cells = [part for column in columns for part in (column.header, *column.cells)]
        parts = [part for part in (shown.title, *cells, shown.caption) if part is not None]
    else:
        return [Text.from_markup(shown).plain if isinstance(shown, str) else shown.plain]
    return [text for part in parts for text in texts(part)]


def words(lines):
    return Counter(re.findall(r"[^\s─]+", "\n".join(lines)))
