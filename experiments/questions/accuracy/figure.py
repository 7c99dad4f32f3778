"""The figure of the experiment ``accuracy``."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.accuracy.reading import Outcome, headline, read

# Those that have no truncation error lie on one another: the wide ones are drawn first.
LOOKS: dict[str, dict[str, Any]] = {
    "forward": {"color": plotting.FORWARD, "linewidth": 7},
    "complex step": {"color": plotting.GREEN, "linewidth": 4},
    "reverse": {"color": plotting.REVERSE, "linewidth": 2},
    "central": {"color": plotting.PURPLE, "linewidth": 1.5},
    "one-sided": {"color": plotting.OLIVE, "linewidth": 1.5},
}


LINES = {"float32": (0, (4, 2)), "float64": "-"}


LOWEST, HIGHEST = 1e-18, 1e4  # relative errors that are drawn


def draw(results: Results) -> Figure:
    """A panel a function: error against step, of float32 above and of float64 below."""
    outcomes = list(read(results))
    names = list(dict.fromkeys(outcome.case.name for outcome in outcomes))
    columns = min(len(names), 2)
    height = -(-len(names) // columns)
    figure = plotting.figure(height=1.6 + 2.7 * height)
    figure.suptitle(headline(outcomes) or "Relative error of derivatives")
    panels = figure.subplots(height, columns, sharex=True, sharey=True, squeeze=False)
    for axes, name in zip(panels.flat, names, strict=False):
        draw_panel(axes, [outcome for outcome in outcomes if outcome.case.name == name])
    for axes in panels.flat[len(names) :]:
        axes.set_axis_off()
    for axes in panels[:, 0]:
        axes.set_ylabel("relative error")
    for axes in panels.flat[max(len(names) - columns, 0) : len(names)]:
        axes.set_xlabel("step, relative to x")
        axes.tick_params(labelbottom=True)
    handles, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(
        handles[-len(LOOKS) :],
        labels[-len(LOOKS) :],
        loc="outside lower center",
        ncols=len(LOOKS),
        title="solid: float64; dashed: float32. Each is the median over the points",
        title_fontsize=9,
    )
    return figure


def draw_panel(axes: Axes, outcomes: Sequence[Outcome], width: float = 1.0) -> None:
    for outcome in outcomes:
        everywhere = [each.step for each in next(iter(outcome.stepped.values()))]
        for method, look in LOOKS.items():
            if method in outcome.modes:
                typical = [outcome.modes[method].typical] * len(everywhere)
            else:
                typical = [each.typical for each in outcome.stepped[method]]
            # An error of nothing at all has no logarithm: it goes to the lower edge.
            shown = np.maximum(np.where(np.isfinite(typical), typical, np.nan), LOWEST)
            own = look | {"linewidth": width * look["linewidth"]}
            axes.plot(everywhere, shown, linestyle=LINES[outcome.precision], **own, label=method)
    case = outcomes[0].case
    axes.set_title(f"{case.formula}: {case.group}", fontsize=10)
    axes.loglog()
    axes.set_ylim(LOWEST, HIGHEST)


def slide(results: Results) -> Figure:
    """The first function: what has a step, and what has none."""
    outcomes = list(read(results))
    own = [
        each
        for each in outcomes
        if each.case.name == outcomes[0].case.name and each.precision == "float64"
    ]
    figure, axes = plotting.slide("Both modes keep all digits; differences lose some")
    draw_panel(axes, own, width=2)
    axes.set_title(own[0].case.formula)
    axes.set_xlabel("step, relative to x")
    axes.set_ylabel("relative error")
    axes.legend(loc="center left")
    return figure
