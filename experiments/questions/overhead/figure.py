"""The figure of the experiment ``overhead``."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from experiments.bench import plotting
from experiments.bench.console import between
from experiments.bench.results import Results
from experiments.questions.overhead.table import MODE_NAMES, Reading, read
from experiments.sides.libraries import COMPILED, HERE, OWN, PROGRAM
from experiments.sides.libraries_figure import (
    IN_A_LINE,
    LOOKS,
    apart_by_lines,
    dots,
    lines_of,
    name_rows,
    rows_height,
)

PANELS = {
    "forward: one tangent, or whole gradient": (("forward", "forward gradient"), plotting.FORWARD),
    "reverse: value and gradient": (("reverse",), plotting.REVERSE),
}
"""The modes of each, and the colour of what admodes takes there: its ways are told by markers."""


def draw(results: Results) -> Figure:
    """Above, what is relative to f, a row a case; below, growth and memory."""
    readings = read(results)
    costs = [each for each in readings if each.case.kind == "cost" and each.mode != "f"]
    others = [each for each in readings if each.case.kind != "cost"]
    rows = len({label(each) for each in costs})
    parts = [
        (draw_costs, costs, 1.5 + rows_height(rows, len({each.library for each in costs}))),
        (draw_others, others, 2.9),
    ]
    parts = [part for part in parts if part[1]]
    heights = [height for _, _, height in parts]
    figure = plotting.figure(sum(heights) + 0.6)
    figure.suptitle(headline(costs))
    places = figure.subfigures(len(parts), 1, squeeze=False, height_ratios=heights).flat
    for (draw_part, shown, _), place in zip(parts, places, strict=True):
        draw_part(place, shown)
    return figure


def label(reading: Reading) -> str:
    return f"{reading.case.name}, {reading.size:,} {reading.case.counts}"


def draw_costs(place: SubFigure, readings: Sequence[Reading]) -> None:
    """A panel a mode, a row a case, a dot with its interval a library."""
    labels = list(dict.fromkeys(map(label, readings)))
    libraries = [name for name in LOOKS if any(each.library == name for each in readings)]
    panels = place.subplots(1, 2, sharex=True, sharey=True)
    for axes, (title, (modes, color)) in zip(panels, PANELS.items(), strict=True):
        shown = [each for each in readings if each.mode in modes]
        for library in libraries:
            own = [each for each in shown if each.library == library]
            y = lines_of([labels.index(label(each)) for each in own], library, libraries)
            if own:
                of_mode = color if library in OWN else None
                dots(axes, [each.ratio for each in own], y, library, of_mode)
        axes.axvline(1, color=plotting.FUNCTION, linewidth=1)
        axes.set_title(title)
        axes.set_xlabel("time relative to f")
        apart_by_lines(axes, len(labels))
    name_rows(panels[0], labels)
    handles = [mark(library) for library in libraries]
    columns = min(len(handles), IN_A_LINE)
    place.legend(handles=handles, loc="outside lower center", ncols=columns)


def mark(library: str) -> Line2D:
    """What the legend shows of it: of admodes no mode's colour."""
    color, marker = LOOKS[library]
    color = plotting.GUIDE if library in OWN else color
    return Line2D([], [], color=color, marker=marker, linestyle="", label=library)


def draw_others(place: SubFigure, readings: Sequence[Reading]) -> None:
    kinds = {"growth": draw_growth, "memory": draw_memory}
    drawn = [kind for kind in kinds if any(each.case.kind == kind for each in readings)]
    panels = place.subplots(1, len(drawn), squeeze=False, width_ratios=(3, 2)[: len(drawn)])
    for axes, kind in zip(panels.flat, drawn, strict=True):
        kinds[kind](axes, [each for each in readings if each.case.kind == kind])


def draw_growth(axes: Axes, readings: Sequence[Reading]) -> None:
    looks = ((plotting.REVERSE, "o"), (plotting.BLACK, "s"))
    names = dict.fromkeys(each.case.name for each in readings)
    for name, (color, marker) in zip(names, looks, strict=False):
        own = [each for each in readings if each.case.name == name]
        points = [(float(each.operations or 0), each.ratio, True) for each in own]
        plotting.curve(axes, points, name, color, marker)
    axes.set_title("reverse: an operation’s cost, by the length of the tape")
    axes.set_xlabel("operations recorded")
    axes.set_ylabel("relative to the shortest")
    axes.set_xscale("log")
    axes.set_ylim(0, 1.1 * axes.get_ylim()[1])
    axes.legend(loc="lower left", ncols=3)


def draw_memory(axes: Axes, readings: Sequence[Reading]) -> None:
    names = [MODE_NAMES[each.mode] for each in readings]
    axes.barh(names, [each.ratio.value for each in readings], color=plotting.REVERSE, height=0.3)
    axes.set_title("memory kept, arrays a step")
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.margins(x=0.2)
    axes.grid(visible=False, axis="y")


def headline(costs: Sequence[Reading]) -> str:
    """What a gradient by reverse mode costs here, and as a program."""
    said = []
    for library, words in WAYS.items():
        own = [each for each in costs if (each.library, each.mode) == (library, "reverse")]
        arrays = [each.ratio.value for each in own if each.case.name != "float-loop"]
        floats = [each.ratio.value for each in own if each.case.name == "float-loop"]
        parts = [f"{between(arrays)} × f on arrays"] if arrays else []
        parts += [f"{between(floats)} × f on Python floats"] if floats else []
        said += [f"{words} {', '.join(parts)}"] if parts else []
    return "\n".join(said)


WAYS = {
    HERE: "A gradient by reverse mode costs",
    PROGRAM: "as a program",
    COMPILED: "compiled",
}


def slide(results: Results) -> Figure:
    """What value and gradient cost here, a bar a case."""
    own = [
        each
        for each in read(results)
        if (each.case.kind, each.library, each.mode) == ("cost", HERE, "reverse")
    ]
    figure, axes = plotting.slide(headline(own) or "What a gradient costs, in evaluations of f")
    values = {label(each): each.ratio.value for each in own}
    plotting.bars(
        axes, values, [plotting.REVERSE], [f"{value:.1f} × f" for value in values.values()]
    )
    return figure
