"""The figure of the experiment ``crossover``: winners as heat maps, and the boundaries."""

from collections.abc import Iterable, Sequence
from math import log10, sqrt
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke

from admodes.measure.words import number
from experiments.bench import executors, plotting
from experiments.bench.results import Results
from experiments.questions.crossover.table import FORMS, TIE, Cell, Panel, in_short, read

#: Forward mode as red as it is in other figures, reverse mode as blue.
COLORS = LinearSegmentedColormap.from_list("modes", [plotting.FORWARD, "white", plotting.REVERSE])
MIXED = LinearSegmentedColormap.from_list("mixed", ["white", plotting.MIXED])
TICKS = (2, 5, 20, 100, 1000)
DARK = 0.18
"""Luminance below which white letters are read better than black ones (WCAG 2.2, contrast)."""
TIED: dict[str, Any] = {"facecolor": "#EDEDED", "edgecolor": "#BBBBBB", "hatch": "////"}


def draw(results: Results) -> Figure:
    """A row of panels a function, a column a form."""
    panels = list(read(results))
    rows = len(panels) // len(FORMS)
    figure = plotting.figure(height=1.9 + 4.1 * rows)
    figure.suptitle(headline(panels) + executors.by(results.header["settings"]))
    grid = figure.subplots(rows, len(FORMS), squeeze=False, sharex=True, sharey=True)
    largest = reach(cell for panel in panels for cell in panel.cells)
    for axes, panel in zip(grid.flat, panels, strict=True):
        draw_cells(axes, panel.cells, largest)
        draw_boundaries(axes, panel.cells)
        axes.set_title(f"{panel.function}, {FORMS[panel.form]}\n", fontsize=11)
        axes.text(0, 1.02, panel.score(), transform=axes.transAxes, fontsize=8)
    for axes in grid[-1]:
        axes.set_xlabel("n, inputs")
    for axes in grid[:, 0]:
        axes.set_ylabel("m, outputs")
    colour_bar(figure, grid, largest)
    figure.legend(handles=handles(panels), loc="outside lower center", ncols=2)
    return figure


# Colours


def reach(cells: Iterable[Cell]) -> float:
    """The largest of all ratios that colours tell."""
    return max([10.0, *(max(cell.times, cell.gain.value if cell.gain else 1) for cell in cells)])


def shade(ratio: float) -> float:
    """A place on the scale: 0 where both modes take as long, and small differences spread out."""
    return float(np.sign(log10(ratio)) * sqrt(abs(log10(ratio))))


def colour_bar(figure: Figure, grid: np.ndarray, largest: float) -> None:
    end = shade(largest)
    scale = ScalarMappable(Normalize(-end, end), COLORS)
    bar = figure.colorbar(scale, ax=grid, location="bottom", aspect=45, fraction=0.04, pad=0.015)
    times = [each for each in TICKS if each <= largest]
    places = [-shade(each) for each in reversed(times)], [shade(each) for each in times]
    names = [f"{each:,}" for each in reversed(times)], [f"{each:,}" for each in times]
    bar.set_ticks([*places[0], 0, *places[1]], labels=[*names[0], "1", *names[1]])
    bar.set_label("← forward mode is so many times as fast          reverse mode is →")
    bar.ax.grid(visible=False)


# Cells


def luminance(color: Any) -> float:
    """Of a colour, from 0 for black to 1 for white, as WCAG 2.2 defines it."""
    parts = np.array(to_rgb(color))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def color_of(cell: Cell, largest: float) -> Any:
    """Of the quickest mode, the stronger the more it wins by."""
    if cell.gain is not None and cell.is_mixed:
        return MIXED(shade(cell.gain.value) / shade(largest))
    place = shade(cell.ratio.value) / shade(largest)
    return COLORS((place + 1) / 2)


def edges(sizes: Sequence[int]) -> np.ndarray:
    """Where cells end on a logarithmic axis: in the middle between sizes."""
    logs = np.log10(sizes)
    if len(logs) == 1:
        return np.array([logs[0] - 0.5, logs[0] + 0.5])
    middles = (logs[1:] + logs[:-1]) / 2
    return np.concatenate([[2 * logs[0] - middles[0]], middles, [2 * logs[-1] - middles[-1]]])


def draw_cells(axes: Axes, cells: Sequence[Cell], largest: float, fontsize: float = 7) -> None:
    """Each in the winner's colour, the stronger the more it wins by; hollow where estimated."""
    x, y = ({size: place for place, size in enumerate(each)} for each in sizes_of(cells))
    right, up = edges(list(x)), edges(list(y))
    for cell in cells:
        i, j = x[cell.n], y[cell.m]
        width, height = right[i + 1] - right[i], up[j + 1] - up[j]
        color = color_of(cell, largest)
        tied = cell.quickest == TIE
        look = {**TIED, "linewidth": 0} if tied else {"facecolor": color, "edgecolor": "white"}
        axes.add_patch(Rectangle((right[i], up[j]), width, height, **look))
        if not cell.full:
            inner = right[i] + 0.12 * width, up[j] + 0.12 * height
            axes.add_patch(Rectangle(inner, 0.76 * width, 0.76 * height, facecolor="white"))
        behind = "#EDEDED" if tied else color if cell.full else "white"
        axes.text(
            right[i] + width / 2,
            up[j] + height / 2,
            in_short(cell),
            horizontalalignment="center",
            verticalalignment="center",
            fontsize=fontsize,
            color="white" if luminance(behind) < DARK else "black",
            fontweight="bold" if tied else "normal",
            # A line may run through it.
            bbox={"facecolor": behind, "edgecolor": "none", "pad": 0.6},
            zorder=4,
        )
    axes.set_xlim(right[0], right[-1])
    axes.set_ylim(up[0], up[-1])
    axes.set_xticks(np.log10(list(x)), [f"{n:,}" for n in x])
    axes.set_yticks(np.log10(list(y)), [f"{m:,}" for m in y])
    axes.tick_params(length=0, labelsize=9)
    axes.grid(visible=False)


def sizes_of(cells: Sequence[Cell]) -> tuple[list[int], list[int]]:
    """Of inputs and of outputs."""
    return sorted({cell.n for cell in cells}), sorted({cell.m for cell in cells})


# Boundaries

PREDICTED: dict[str, Any] = {"color": "black", "linewidth": 1.8}
TEXTBOOK: dict[str, Any] = {"color": "black", "linewidth": 1.2, "linestyle": (0, (4, 3))}


def draw_boundaries(axes: Axes, cells: Sequence[Cell]) -> None:
    """Where both modes are predicted to take as long, and where there are as many of both."""
    halo = [withStroke(linewidth=3.4, foreground="white")]
    limits = [*axes.get_xlim(), *axes.get_ylim()]
    axes.plot(limits[:2], limits[:2], path_effects=halo, scalex=False, scaley=False, **TEXTBOOK)
    inputs, outputs = sizes_of(cells)
    if min(len(inputs), len(outputs)) < 2:
        return  # a line has no place
    predicted = {(cell.n, cell.m): log10(cell.predicted_ratio) for cell in cells}
    heights = [[predicted[n, m] for n in inputs] for m in outputs]
    lines = axes.contour(
        np.log10(inputs),
        np.log10(outputs),
        heights,
        levels=[0.0],
        colors=PREDICTED["color"],
        linewidths=PREDICTED["linewidth"],
    )
    lines.set_path_effects([withStroke(linewidth=4.0, foreground="white")])


def handles(panels: Sequence[Panel]) -> list[Line2D | Patch]:
    found: list[Line2D | Patch] = [
        Line2D(
            [],
            [],
            label="boundary predicted, from counts and constants of other sizes",
            **PREDICTED,
        ),
        Line2D([], [], label="n = m", **TEXTBOOK),
        Patch(label="=  no winner: the interval of the ratio holds 1", **TIED),
    ]
    if any(cell.is_mixed for panel in panels for cell in panel.cells):
        label = "mixed mode is so many times as fast as either"
        found.append(Patch(facecolor=plotting.MIXED, label=label))
    if any(not cell.full for panel in panels for cell in panel.cells):
        label = "~  hollow: estimated from a sample of the passes"
        found.append(Patch(facecolor="white", edgecolor=plotting.REVERSE, linewidth=2, label=label))
    return found


def headline(panels: Sequence[Panel]) -> str:
    """How much the choice of the mode is worth."""
    most = max((cell for panel in panels for cell in panel.cells), key=lambda cell: cell.times)
    about = "" if most.full else "about "
    return f"The quicker mode of a Jacobian: up to {about}{number(most.times)} times as fast"


def slide(results: Results) -> Figure:
    """One function with one direction a pass, where the boundary is a diagonal."""
    panel = next(each for each in read(results) if each.form == 0)
    figure, axes = plotting.slide(
        "More inputs than outputs: reverse mode. More outputs than inputs: forward mode."
    )
    largest = reach(panel.cells)
    draw_cells(axes, panel.cells, largest, fontsize=13)
    draw_boundaries(axes, panel.cells)
    axes.tick_params(labelsize=15)
    axes.set_xlabel(f"n, inputs of {panel.function}")
    axes.set_ylabel("m, outputs")
    colour_bar(figure, np.array([axes]), largest)
    return figure
