"""The figure of the experiment ``network``."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from admodes.measure.words import counted, duration, number
from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.functions.classifier import Points, Weights, data, probabilities, unmarked
from experiments.questions.network.table import PROGRAM, Found, read

COLORS = (plotting.PURPLE, plotting.OLIVE, plotting.GREEN)
MARKERS = ("o", "^", "s")
LOOKS = {"reverse": plotting.REVERSE, "forward": plotting.FORWARD_SEVERAL}
"""Of a mode, as it is and as a program."""
GRID = 241
"""Points along each axis of the background."""


def draw(results: Results) -> Figure:
    """The data with what the network makes of them, the losses, the time of each step."""
    found = read(results)
    figure = plotting.figure(height=4.1)
    figure.suptitle(headline(found))
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.15, 1, 1))
    points, held_out = data(results.header["settings"]["seed"])
    draw_points(left, points, held_out, unmarked(results.arrays, "reverse"))
    right_answers = found.whole["reverse"]
    left.set_xlabel(
        f"filled: trained on, {right_answers.accuracy:.1%} correct\n"
        f"hollow: held out, {right_answers.accuracy_held_out:.1%} correct"
    )
    draw_losses(middle, found)
    draw_times(right, found)
    return figure


def draw_points(axes: Axes, points: Points, held_out: Points, weights: Weights) -> None:
    """In the background, the probabilities; lines where two spirals are as likely."""
    reach = 1.08 * abs(np.concatenate([points.positions, held_out.positions])).max()
    along = np.linspace(-reach, reach, GRID)
    grid = np.stack(np.meshgrid(along, along), axis=-1)
    likely = probabilities(weights, grid.reshape(-1, 2)).reshape(GRID, GRID, -1)
    shades = likely @ np.array([to_rgb(color) for color in COLORS])
    extent = (-reach, reach, -reach, reach)
    axes.imshow(0.65 + 0.35 * shades, extent=extent, origin="lower", interpolation="bilinear")
    for spiral in range(likely.shape[-1]):
        others = np.delete(likely, spiral, axis=-1).max(axis=-1)
        lead = likely[..., spiral] - others
        if lead.min() < 0 < lead.max():
            axes.contour(along, along, lead, levels=[0.0], colors=plotting.BLACK, linewidths=0.7)
    for spiral, (color, marker) in enumerate(zip(COLORS, MARKERS, strict=True)):
        for shown, face in ((points, color), (held_out, "white")):
            x, y = shown.positions[shown.spirals == spiral].T
            axes.plot(
                x,
                y,
                color=color,
                linestyle="",
                marker=marker,
                markerfacecolor=face,
                markersize=3,
                markeredgewidth=0.7,
            )
    axes.set_title("three spirals, classified")
    axes.set_anchor("N")
    axes.set_xticks([])
    axes.set_yticks([])


def draw_losses(axes: Axes, found: Found) -> None:
    """Both: the one as a broad line, the other as dashes on it."""
    for mode, width, style in (("reverse", 4.5, "-"), ("forward", 1.5, (0, (4, 3)))):
        each = found.whole[mode]
        axes.plot(
            range(len(each.losses) + 1),
            [*each.losses, each.loss_after],
            color=LOOKS[mode],
            linestyle=style,
            linewidth=width,
            label=f"{mode} mode",
        )
    axes.set_title("loss")
    axes.set_xlabel("step")
    axes.set_yscale("log")
    axes.legend(title=f"largest relative\ndifference {found.of_losses:.0e}")


def draw_times(axes: Axes, found: Found) -> None:
    """A dot a step, and the median as a line."""
    for mode, each in found.whole.items():
        steps = range(each.first, each.last + 1)
        axes.plot(
            steps,
            each.timing.seconds,
            color=look(mode),
            linestyle="",
            marker="d" if mode.endswith(PROGRAM) else ".",
            markersize=2,
            rasterized=True,  # thousands of dots would make a large .svg
        )
        axes.axhline(each.seconds.value, color=plotting.BLACK, linewidth=0.8)
    axes.set_yscale("log")
    times = [seconds for each in found.whole.values() for seconds in each.timing.seconds]
    low, high = min(times), max(times)
    room = (high / low) ** (0.4 if found.recording else 0.25)  # for words above and below the dots
    axes.set_ylim(low / room, high * room)
    plotting.time_ticks(axes)
    place: dict[str, Any] = {"transform": axes.transAxes, "horizontalalignment": "center"}
    axes.text(0.5, 0.98, name("forward", found), verticalalignment="top", **place)
    axes.text(0.5, 0.03, name("reverse", found), verticalalignment="bottom", **place)
    axes.set_title("time of a step")
    axes.set_xlabel("step")


def look(mode: str) -> str:
    return LOOKS[mode.removesuffix(PROGRAM)]


def name(mode: str, found: Found) -> str:
    """A mode, with its passes and its median."""
    steps = found.whole[mode]
    median = duration(steps.seconds.value)
    if steps.directions is None:
        words = f"reverse mode: 1 pass\n{median}"
    else:
        passes = counted(steps.passes, "pass", "es")
        words = f"forward mode: {passes}\nof {counted(steps.directions, 'direction')}, {median}"
    program = found.whole.get(f"{mode}{PROGRAM}")
    return f"{words}\nby a program: {duration(program.seconds.value)}" if program else words


def headline(found: Found) -> str:
    times = number(found.slowdown.value)
    return (
        f"A network of {found.weights:,} weights, trained by the gradients of either mode:\n"
        f"the same losses; a step takes {times} times as long by forward mode"
    )


def slide(results: Results) -> Figure:
    """What a step takes by either mode."""
    found = read(results)
    figure, axes = plotting.slide(
        f"Training {counted(found.weights, 'weight')}: the same losses, and a step takes"
        f" {number(found.slowdown.value)} times as long by forward mode"
    )
    times = {
        f"{mode.removesuffix(PROGRAM)} mode{PROGRAM * mode.endswith(PROGRAM)}": each.seconds.value
        for mode, each in found.whole.items()
    }
    colors = list(map(look, found.whole))
    plotting.bars(axes, times, colors, [duration(each) for each in times.values()])
    return figure
