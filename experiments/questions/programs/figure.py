"""The figures of the experiment ``programs``: both modes' code, side by side."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from admodes.measure.words import counted
from experiments.bench import plotting
from experiments.bench.results import Record, Results
from experiments.functions.textbook import TEXTBOOK
from experiments.questions.programs.table import BACK, directions

COLORS = {"forward": plotting.FORWARD, "reverse": plotting.REVERSE}
FONT = ["DejaVu Sans Mono", "monospace"]
ADVANCE = 0.602
"""From one letter to the next, of the size of the font."""
SPACING = 1.45
"""From one line to the next, likewise."""
LARGEST = 9.0
MARGIN = 0.3
"""Inches beside the columns, both together."""
ABOVE, BELOW = 1.9, 2.1
"""Lines that there is room for."""
INDENT = 4
GUARDS = "if ", "raise "
"""So lines begin that only look whether what was recorded still holds."""


class Line(NamedTuple):
    """A line across the figure: what each mode has beside the other, as code or as a comment."""

    texts: Mapping[str, str]
    is_comment: bool = False

    def shown(self, mode: str) -> str:
        return self.texts.get(mode, "")

    @property
    def is_computed(self) -> bool:
        """Whether it is part of the derivative, and neither a comment nor a guard."""
        guards = (text.lstrip().startswith(GUARDS) for text in self.texts.values())
        return not (self.is_comment or all(guards))


def lines_of(record: Record) -> Iterator[Line]:
    yield Line(record["heads"])
    for row in record["rows"]:
        code = row["lines"]
        if row["comment"]:
            yield Line({next(iter(code)): comment(row["comment"])}, is_comment=True)
        for i in range(max(map(len, code.values()))):
            yield Line({mode: " " * INDENT + own[i] for mode, own in code.items() if own[i:]})


def comment(line: str) -> str:
    """A line of the function, as it stands above what is computed of it."""
    if line.startswith(BACK):
        return f"# {line.removeprefix(BACK)}  (on the way back)"
    return f"# {line}"


def draw(results: Results) -> Figure:
    return draw_programs(TEXTBOOK, results)


def draw_programs(function: str, results: Results) -> Figure:
    record = record_of(function, results)
    lines = list(lines_of(record))
    size = min(LARGEST, widest_font(record, lines, plotting.WIDTH))
    figure = plotting.text_figure(height=0.5 + (len(lines) + ABOVE + BELOW) * size * SPACING / 72)
    figure.suptitle(headline(record))
    draw_lines(figure.subplots(), record, lines, size, plotting.WIDTH)
    return figure


def record_of(function: str, results: Results) -> Record:
    (record,) = (each for each in results.records if each["task"]["function"] == function)
    return record


def widest_font(record: Record, lines: list[Line], width: float) -> float:
    """With which the longest line has room in its column of a figure so many inches wide."""
    modes = record["heads"]
    shown = [line.shown(mode) for line in lines for mode in modes]
    longest = max(map(len, [*shown, *(each for mode in modes for each in takes(record, mode))]))
    column = (width - MARGIN) / len(modes)
    return 72 * column / (ADVANCE * (longest + 4))


def draw_lines(axes: Axes, record: Record, lines: list[Line], size: float, inches: float) -> None:
    """A line a unit of height, from the top; a column a mode, as text that can be selected."""
    axes.set_axis_off()
    axes.set_xlim(0, len(record["heads"]))
    axes.set_ylim(len(lines) + BELOW, -ABOVE)
    letter = ADVANCE * size / 72 * len(record["heads"]) / (inches - MARGIN)
    write = partial(axes.text, fontfamily=FONT, fontsize=size, va="center", in_layout=False)
    for column, mode in enumerate(record["heads"]):
        axes.axvspan(column, column + 0.985, color=COLORS[mode], alpha=0.07, linewidth=0)
        left = column + letter
        write(left, -1.1, f"{mode} mode", color=COLORS[mode], fontweight="bold")
        for y, line in enumerate(lines):
            text = line.shown(mode)
            code = text.lstrip()
            color = plotting.BLACK if line.is_computed else plotting.FUNCTION
            style = "italic" if line.is_comment else "normal"
            if code:
                indent = letter * (len(text) - len(code))
                write(left + indent, y, code, color=color, fontstyle=style)
        for y, words in enumerate(takes(record, mode), len(lines)):
            write(left, y + 0.4, words, color=COLORS[mode])
    for y, line in enumerate(lines):
        if line.is_comment:
            axes.axhline(y - 0.5, color=plotting.GUIDE, linewidth=0.4, alpha=0.5)
    axes.axhline(len(lines) - 0.3, color=plotting.GUIDE, linewidth=0.8)


def takes(record: Record, mode: str) -> tuple[str, str]:
    """What a run takes, and what it gives."""
    counts = record["counts"][mode]
    by, inputs = directions(record, mode), record["inputs"]
    every = "both" if inputs == 2 else f"all {inputs:,}"
    gives = f"the derivatives by {every} inputs" if by > 1 else "the derivative along one direction"
    buffers = f", in {counts['nbytes']:,} B of memory" if counts["nbytes"] else ""
    return (
        f"{counted(counts['operations'], 'operation')}, {counts['numbers']:,} numbers read or"
        " written",
        f"for {gives}{buffers}",
    )


def headline(record: Record) -> str:
    forward, reverse = (record["counts"][mode]["operations"] for mode in ("forward", "reverse"))
    return (
        f"{record['task']['function']}: {counted(record['inputs'], 'forward pass', 'es')} of"
        f" {counted(forward, 'operation')} each, or one reverse pass of {reverse:,}"
    )


def slide(results: Results) -> Figure:
    """The textbook's graph, without guards."""
    record = record_of(TEXTBOOK, results)
    lines = [line for line in lines_of(record) if line.is_comment or line.is_computed]
    drawing, axes = plotting.slide(headline(record))
    width, height = plotting.SLIDE
    fits = 72 * (height - 1.3) / SPACING / (len(lines) + ABOVE + BELOW)
    size = min(fits, widest_font(record, lines, width))
    draw_lines(axes, record, lines, size, width)
    return drawing


FIGURES = {"programs-rosenbrock": partial(draw_programs, "rosenbrock")}
