"""The figure of the experiment ``million``."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from admodes.measure import words
from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.million.reading import Reading, read


def draw(results: Results) -> Figure:
    """The time that forward passes take, one after another, and that of one reverse pass."""
    own = read(results)
    figure = plotting.figure(height=4.4)
    figure.suptitle(headline(own))
    draw_panel(figure.subplots(), own)
    return figure


def slide(results: Results) -> Figure:
    own = read(results)
    figure, axes = plotting.slide(headline(own))
    draw_panel(axes, own)
    return figure


def headline(own: Reading) -> str:
    return (
        f"{own.n:,} forward passes, run in full: {words.duration(own.seconds)}. "
        f"One reverse pass: {words.duration(own.reverse.value)}"
    )


def draw_panel(axes: Axes, own: Reading) -> None:
    axes.plot(
        own.passes,
        own.elapsed,
        color=plotting.FORWARD_SEVERAL,
        marker="o",
        markersize=3,
        label=f"forward mode, compiled, {own.abreast} directions abreast, {own.threads} cores",
    )
    axes.plot(
        [1],
        [own.reverse.value],
        color=plotting.REVERSE,
        marker="s",
        linestyle="",
        label="reverse mode, compiled: all derivatives by one pass",
    )
    axes.axhline(own.reverse.value, color=plotting.REVERSE, linestyle=":")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(0.7, 1.5 * own.n)
    axes.set_xlabel(f"passes made, of {own.n:,}, one for each input of {own.function}")
    axes.set_ylabel("time")
    plotting.time_ticks(axes)
    axes.legend(loc="upper left")
