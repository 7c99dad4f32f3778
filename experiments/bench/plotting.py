"""How figures look: one style, one palette; saved so that a redraw changes no byte idly."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from math import ceil, floor, log10
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib as mpl
import matplotlib.style
from matplotlib.animation import PillowWriter
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from admodes.measure import Interval

# Colours that the colour-blind can tell apart (M. Okabe, K. Ito, "Color Universal Design", 2008;
# the last two of the others, and that of mixed mode, are of P. Tol's "muted"). One meaning a
# colour: a mode, or a mode with several directions a pass, is shown in its own in every figure, and
# nothing else is shown in that.
FORWARD, FORWARD_SEVERAL = "#D55E00", "#E69F00"
REVERSE, REVERSE_SEVERAL = "#0072B2", "#56B4E9"
MIXED = "#117733"
FUNCTION = "#7F7F7F"
OTHERS = BLACK, GREEN, PURPLE, OLIVE, WINE = "#000000", "#009E73", "#CC79A7", "#999933", "#882255"
MARKERS = "o", "s", "^", "D", "v", "P"
COMPILED = "D"
"""The marker of a mode that runs as a compiled program, in the mode's own colour."""
GUIDE = "#404040"
"""Of a line to compare with, and of notes."""

STYLE = {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "figure.titlesize": 12,
    "figure.titleweight": "bold",
    "font.size": 10,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.5,
    "lines.markersize": 5,
    "svg.hashsalt": "admodes",
}
#: Keywords of a marker for what was estimated, not measured.
HOLLOW: dict[str, Any] = {"linestyle": "", "markerfacecolor": "white", "zorder": 3}
SLIDE_STYLE = STYLE | {
    "axes.titlesize": 18,
    "figure.titlesize": 26,
    "font.size": 18,
    "legend.fontsize": 17,
    "lines.linewidth": 3.0,
    "lines.markersize": 9,
}
SLIDE = (12.8, 7.2)  # inches, as wide to high as a projector
SLIDE_DPI = 100
CHARACTERS = 52  # in a line of a slide's title
WIDTH = 9.0  # inches
FRAMES_A_SECOND = 1
FRAME_DPI = 100  # of an animation, which a README shows as it is
HELD_FRAMES = 2
DPI = 150  # 1350 pixels wide: sharp where a README shows it 900 wide


def style(slide: bool = False) -> AbstractContextManager[None]:
    """Draw in this project's style, whatever the user's own settings are."""
    return matplotlib.style.context(["default", SLIDE_STYLE if slide else STYLE])


def figure(height: float) -> Figure:
    """An empty figure, `height` inches high, whose parts keep clear of each other."""
    return Figure(figsize=(WIDTH, height), layout="constrained")


class TextFigure(Figure):
    """A figure of text, which can be selected in its ``.svg``: letters there, and not outlines."""

    def savefig(self, *args: Any, **kwargs: Any) -> None:
        with mpl.rc_context({"svg.fonttype": "none"}):
            super().savefig(*args, **kwargs)


def text_figure(height: float) -> Figure:
    """As :func:`figure`, for text."""
    return TextFigure(figsize=(WIDTH, height), layout="constrained")


def slide(message: str) -> tuple[Figure, Axes]:
    """A picture of one panel that says one thing, to be read from the last row."""
    drawing = Figure(figsize=SLIDE, layout="constrained")
    drawing.suptitle(fill(message, CHARACTERS))
    return drawing, drawing.subplots()


def bars(
    axes: Axes, values: Mapping[str, float], colors: Sequence[str], texts: Sequence[str]
) -> None:
    """Lying bars, the first on top, each with a text at its end; the axis says nothing else."""
    drawn = axes.barh(list(values), list(values.values()), color=colors, height=0.55)
    axes.bar_label(drawn, texts, padding=8)
    axes.invert_yaxis()
    axes.margins(x=0.2)
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.set_xticks([], minor=False)
    axes.minorticks_off()
    axes.spines["bottom"].set_visible(False)


def curve(
    axes: Axes, points: Sequence[tuple[float, Interval, bool]], label: str, color: str, marker: str
) -> None:
    """A line through points (x, interval, measured): solid where measured, hollow where estimated.

    A bar shows the interval, where it is larger than the marker.
    """
    x = [x for x, _, _ in points]
    y = [interval.value for _, interval, _ in points]
    axes.plot(x, y, color=color, marker=marker, label=label)
    axes.errorbar(x, y, reaches([each for _, each, _ in points]), color=color, fmt="none")
    estimated = [(x, interval.value) for x, interval, measured in points if not measured]
    if estimated:
        axes.plot(*zip(*estimated, strict=True), color=color, marker=marker, **HOLLOW)


def reaches(intervals: Sequence[Interval]) -> tuple[list[float], list[float]]:
    """How far intervals reach below and above their values, for ``errorbar``."""
    below = [interval.value - interval.low for interval in intervals]
    above = [interval.high - interval.value for interval in intervals]
    return below, above


def time_ticks(axes: Axes, *, also_x: bool = False) -> None:
    """Write the times of a logarithmic y axis, in seconds, as people do: one in ten, or in 1000.

    Where that is fewer than three, 2 and 5 times as much, too.
    """
    for axis in (axes.yaxis, axes.xaxis) if also_x else (axes.yaxis,):
        low, high = axis.get_view_interval()
        powers = range(ceil(log10(low)), floor(log10(high)) + 1)
        named = [(1, power) for power in powers if len(powers) <= MOST_TIMES or power % 3 == 0]
        if len(powers) < FEWEST_TIMES:
            decades = range(floor(log10(low)), floor(log10(high)) + 1)
            every = [(first, power) for power in decades for first in (1, 2, 5)]
            named = [each for each in every if low <= each[0] * 10.0 ** each[1] <= high]
        ticks = [first * 10.0**power for first, power in named]
        axis.set_ticks(ticks, [time_of(power, first) for first, power in named])
        axis.set_ticks([10.0**power for power in powers], minor=True)
        axis.set_minor_formatter(NullFormatter())


MOST_TIMES, FEWEST_TIMES = 7, 3


def time_of(power: int, first: int = 1) -> str:
    """So many seconds, as a power of ten, or a few times that.

    >>> time_of(-5), time_of(-1), time_of(4), time_of(-2, first=2)
    ('10 µs', '100 ms', '10,000 s', '20 ms')
    """
    unit = max(-3, min(power // 3, 0))
    return f"{first * 10 ** (power - 3 * unit):,} {('s', 'ms', 'µs', 'ns')[-unit]}"


def hollow(label: str) -> Line2D:
    """What a legend says of hollow markers."""
    return Line2D([], [], color=GUIDE, marker="o", label=f"hollow: {label}", **HOLLOW)


def save(drawing: Figure, *paths: Path, dpi: int = DPI) -> None:
    """Write a figure in the format of each path's suffix, without a date."""
    for path in paths:
        dated = {"Date": None} if path.suffix == ".svg" else {}
        drawing.savefig(path, dpi=dpi, metadata=dated)


def save_animation(frames: Iterable[Figure], path: Path) -> None:
    """Write figures of one size as an animated ``.gif``, its last frame held; it begins anew."""
    writer = PillowWriter(fps=FRAMES_A_SECOND)
    begun = False
    for frame in frames:
        if not begun:
            writer.setup(frame, path, dpi=FRAME_DPI)
            begun = True
        writer.fig = frame
        writer.grab_frame()
    for _ in range(HELD_FRAMES):
        writer.grab_frame()
    writer.finish()
