"""A comparison as a figure: what each way takes, in numbers, and which is the quickest."""

from collections.abc import Callable, Sequence
from textwrap import fill

from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from admodes.choosing.repeating import Repeating
from admodes.choosing.sparsely import Sparsely
from admodes.choosing.ways import Measured
from admodes.graphs.figures import ShownFigure
from admodes.measure import words

GREY = "#777777"
TIME, PEAK = "time", "peak memory"
COLORS = {"forward": "#D55E00", "reverse": "#0072B2", "mixed": "#117733"}
OTHER = "#000000"
"""Where neither mode does it alone."""
#: a panel: what is shown of a way, if it is known; how it is written; whether it is an estimate
PANELS: dict[
    str,
    tuple[Callable[[Measured], float | None], Callable[[float], str], Callable[[Measured], bool]],
] = {
    TIME: (lambda way: way.seconds.value, words.duration, lambda way: way.estimated),
    PEAK: (lambda way: way.peak_bytes, words.size, lambda way: way.peak_estimated),
    "numbers read, written": (
        lambda way: None if way.counts is None else way.counts.cost.moves,
        words.number,
        lambda way: False,
    ),
}


def draw(
    title: str,
    verdict: str,
    ways: Sequence[Measured],
    programs: Sequence[Repeating],
    sparse: Sparsely | None,
    evaluation: float,
) -> ShownFigure:
    """The figure; `evaluation` is the time of the function itself, in seconds.

    Of programs the time of a call is shown, as squares; of a sparse matrix what it holds as well,
    as diamonds.
    """
    rows: list[Measured | Repeating | Sparsely] = [*ways, *programs]
    rows += [] if sparse is None else [sparse]
    figure = ShownFigure(figsize=(9, 2.0 + 0.5 * len(rows)), layout="constrained")
    for axis, (label, (of, write, guessed)) in zip(
        figure.subplots(1, len(PANELS), sharey=True), PANELS.items(), strict=True
    ):
        if label == TIME:
            axis.axvline(evaluation, color=GREY, linestyle="--", linewidth=1)
            axis.annotate("f", (evaluation, -0.5), (3, 0), textcoords="offset points", color=GREY)
        for i, way in enumerate(rows):
            value, hollow, marker = None, False, "o"
            if isinstance(way, Measured):
                value, hollow, color = of(way), guessed(way), COLORS[way.mode]
            elif isinstance(way, Sparsely):
                value = {TIME: way.seconds.value, PEAK: way.peak_bytes}.get(label)
                marker, color = "D", COLORS.get(way.mode, OTHER)
            elif label == TIME:
                value, marker, color = way.seconds.value, "s", COLORS[way.way.split(",")[0]]
            if value is None:
                axis.text(0.5, i, "not measured", transform=axis.get_yaxis_transform(), ha="center")
                continue
            face = "white" if hollow else color
            axis.plot(value, i, marker, color=color, markerfacecolor=face)
            axis.annotate(
                "~ " * hollow + write(value),
                (value, i),
                (0, 6),
                textcoords="offset points",
                ha="center",
                fontsize="small",
            )
        axis.set_xscale("log")
        low, high = axis.get_xlim()
        room = max(4.0, (high / low) ** 0.25)  # for two ticks with a label, and for the numbers
        axis.set_xlim(low / room, high * room)
        axis.xaxis.set_major_locator(LogLocator(numticks=4))
        if write is not words.number:  # whose powers of ten are best written as such
            axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _, write=write: _tick(write(x))))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.set_xlabel(label)
        axis.grid(axis="x", alpha=0.3)
        axis.spines[["top", "right"]].set_visible(False)
    axes = figure.axes
    axes[0].set_yticks(range(len(rows)), [each.name for each in rows])
    axes[0].set_ylim(len(rows) - 0.5, -0.7)
    note = " Hollow, ~: estimated." if any(way.estimated for way in ways) else ""
    figure.suptitle(f"{title}\n{fill(verdict + note, 110)}", fontsize="medium")
    return figure


def _tick(text: str) -> str:
    """A power of ten without the digits that say nothing: ``10 µs``, not ``10.0 µs``."""
    number, _, unit = text.partition(" ")
    return f"{number.partition('.')[0]} {unit}".rstrip()
