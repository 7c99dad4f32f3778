"""How figures look: one style, one palette; saved so that a redraw changes no byte idly."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib.style
from matplotlib.animation import PillowWriter
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from admodes.measure import Interval

#: Colours that the colour-blind can tell apart (M. Okabe, K. Ito, "Color Universal Design", 2008).
BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILLION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
GREY = "#7F7F7F"

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
#: Times to write at an axis, whose scale is logarithmic.
TIMES = {1e-6: "1 µs", 1e-3: "1 ms", 1.0: "1 s", 60.0: "1 min", 3600.0: "1 h", 86400.0: "1 day"}
WIDTH = 9.0  # inches
FRAMES_A_SECOND = 1
FRAME_DPI = 100  # of an animation, which a README shows as it is
HELD_FRAMES = 2
DPI = 150  # 1350 pixels wide: sharp where a README shows it 900 wide


def style() -> AbstractContextManager[None]:
    """Draw in this project's style, whatever the user's own settings are."""
    return matplotlib.style.context(["default", STYLE])


def figure(height: float) -> Figure:
    """An empty figure, `height` inches high, whose parts keep clear of each other."""
    return Figure(figsize=(WIDTH, height), layout="constrained")


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


def time_ticks(axes: Axes, times: dict[float, str] = TIMES) -> None:
    """Write the times of a logarithmic y axis, in seconds, as people do."""
    low, high = axes.get_ylim()
    ticks = [seconds for seconds in times if low <= seconds <= high]
    axes.set_yticks(ticks, [times[seconds] for seconds in ticks])
    axes.minorticks_off()


def hollow(label: str) -> Line2D:
    """What a legend says of hollow markers."""
    return Line2D([], [], color=GREY, marker="o", label=f"hollow: {label}", **HOLLOW)


def save(drawing: Figure, *paths: Path) -> None:
    """Write a figure in the format of each path's suffix, without a date."""
    for path in paths:
        dated = {"Date": None} if path.suffix == ".svg" else {}
        drawing.savefig(path, dpi=DPI, metadata=dated)


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
