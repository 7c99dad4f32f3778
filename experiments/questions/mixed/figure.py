"""The figure of the experiment ``mixed``: gains against the width, and times against the size."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from admodes.measure.words import duration, number
from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.mixed.reading import Point, read

COLORS = {
    "forward": plotting.FORWARD,
    "reverse": plotting.REVERSE,
    "mixed": plotting.MIXED,
}
MARKERS = {"forward": "s", "reverse": "o", "mixed": "^"}
SIZES = tuple(zip((plotting.PURPLE, plotting.OLIVE, plotting.WINE), ("o", "s", "v"), strict=True))
FAMILY = "hourglass"
COUNTED: dict[str, Any] = {"linestyle": (0, (2, 2)), "linewidth": 1.2}
ONE_COUNT: dict[str, Any] = {
    "color": plotting.BLACK,
    "marker": "_",
    "markersize": 12,
    "markeredgewidth": 1.2,
    "linestyle": "",
}
BELOW: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.13), "ncols": 2}


def family(points: Sequence[Point]) -> list[Point]:
    return [point for point in points if point.function == FAMILY]


def draw(results: Results) -> Figure:
    points = read(results)
    figure = plotting.figure(height=5.4)
    best = max(points, key=lambda point: point.gain.value)
    about = "" if best.full else "about "
    figure.suptitle(
        f"Through its narrowest place a Jacobian is up to {about}{number(best.gain.value)} times as"
        f" fast{but(points)}"
    )
    left, right = figure.subplots(1, 2)
    draw_gains(left, points)
    draw_times(right, points)
    return figure


def but(points: Sequence[Point]) -> str:
    """The sizes at which mixed mode is the slower one, whatever the width."""
    sizes = sorted({point.size for point in family(points)})
    slower = [
        f"{size:,}"
        for size in sizes
        if all(point.gain.high < 1 for point in family(points) if point.size == size)
    ]
    return f", and slower at n = {' and '.join(slower)}" if slower else ""


def draw_gains(axes: Axes, points: Sequence[Point]) -> None:
    """Measured with markers, and by count without: a colour a size."""
    sizes = sorted({point.size for point in family(points)})
    looks = {size: SIZES[i % len(SIZES)] for i, size in enumerate(sizes)}
    for size, (color, marker) in looks.items():
        own = [point for point in family(points) if point.size == size]
        plotting.curve(
            axes,
            [(point.width, point.gain, point.full) for point in own],
            f"n = {size:,}",
            color,
            marker,
        )
        axes.plot([p.width for p in own], [p.counted for p in own], color=color, **COUNTED)
    for point in points:
        if point.function != FAMILY:
            plotting.curve(
                axes,
                [(point.width, point.gain, point.full)],
                f"{point.function}, n = {point.size:,}",
                plotting.BLACK,
                "D",
            )
            axes.plot(point.width, point.counted, **ONE_COUNT)
    axes.axhline(1, color=plotting.GUIDE, linewidth=1, label="1: below it mixed mode is slower")
    axes.loglog()
    widths = sorted({point.width for point in points})
    axes.xaxis.set_major_locator(FixedLocator(widths))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda k, _: f"{k:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda times, _: f"{times:,.4g}"))
    axes.set_xlabel("k, numbers that all goes through (the narrow place)")
    axes.set_ylabel("times as fast as the quicker mode")
    axes.set_title("gain: markers measured, dashes by count")
    handles, labels = axes.get_legend_handles_labels()
    handles.append(Line2D([], [], color=plotting.GUIDE, **COUNTED))
    labels.append("by count of numbers that\nare computed, read, written")
    for function in dict.fromkeys(p.function for p in points if p.function != FAMILY):
        handles.append(Line2D([], [], **ONE_COUNT))
        labels.append(f"{function}, by count")
    if not all(point.full for point in points):
        handles.append(plotting.hollow("estimated"))
        labels.append(str(handles[-1].get_label()))
    axes.legend(handles, labels, **BELOW)


def draw_times(axes: Axes, points: Sequence[Point]) -> None:
    """Of one width: the three that is measured at the most sizes, and the narrowest of these."""
    own = of_one_width(family(points))
    for mode, color in COLORS.items():
        curve = [(p.size, p.sides[mode].seconds, p.sides[mode].full) for p in own]
        plotting.curve(axes, curve, f"{mode} mode", color, MARKERS[mode])
    axes.loglog()
    axes.xaxis.set_major_locator(FixedLocator([point.size for point in own]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda n, _: f"{n:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    plotting.time_ticks(axes)
    axes.set_xlabel("n, inputs and outputs")
    axes.set_ylabel("time of a Jacobian")
    axes.set_title(f"the hourglass: n numbers → {own[0].width:,} → n numbers")
    axes.legend(**BELOW)


def of_one_width(points: Sequence[Point]) -> list[Point]:
    """Those through 3 numbers, or else through the fewest."""
    widths = {point.width for point in points}
    width = 3 if 3 in widths else min(widths)
    return [point for point in points if point.width == width]


def slide(results: Results) -> Figure:
    """One size, at which the gain is clear: as many bars as ways."""
    own = of_one_width(family(read(results)))
    point = next((each for each in own if each.size == 1000), own[-1])
    about = "" if point.full else "about "
    n, k = f"{point.size:,}", f"{point.width:,}"
    figure, axes = plotting.slide(
        f"{n} numbers become {k}, and these {n} others: mixed mode"
        f" is {about}{number(point.gain.value)} times as fast as the quicker mode"
    )
    names = {f"{mode} mode": mode for mode in COLORS}
    sides = {name: point.sides[mode] for name, mode in names.items()}
    plotting.bars(
        axes,
        {name: side.seconds.value for name, side in sides.items()},
        [COLORS[mode] for mode in names.values()],
        [f"{'' if s.full else 'about '}{duration(s.seconds.value)}" for s in sides.values()],
    )
    return figure
