"""What the experiment ``overhead`` found: numbers, table and figure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from admodes.measure import Interval, median, ratio
from experiments import plotting
from experiments.cases import CASES, MODES, Case
from experiments.console import duration, number, spread
from experiments.peers import HERE
from experiments.results import Record, Results, interval_columns, timing


@dataclass(frozen=True)
class Reading:
    """What was found of a case, as numbers to show."""

    case: Case
    size: int
    library: str
    mode: str
    ratio: Interval  # to what the kind of the case compares with
    target: float | None = None  # that the ratio should be at most
    seconds: Interval | None = None
    samples: int | None = None
    operations: int | None = None  # recorded in a pass, whatever the library
    slowdown: Interval | None = None  # of a peer, relative to admodes
    lead: float | None = None  # that the slowdown should be at least
    largest_difference: float | None = None  # from admodes' gradient
    version: str | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is; ``None`` where there is none."""
        if self.slowdown and self.lead:
            return self.slowdown.value >= self.lead
        return None if self.target is None else self.ratio.value <= self.target


def read(results: Results) -> list[Reading]:
    """All readings, by case, size, mode and library."""
    kinds: dict[str, Callable[[Case, Record], Iterator[Reading]]] = {
        "cost": read_cost,
        "growth": read_growth,
        "memory": read_memory,
    }
    readings = [
        reading
        for record in results.records
        for case in (CASES[record["task"]["case"]],)
        for reading in kinds[case.kind](case, record)
    ]
    cases, modes = list(CASES), ["f", *MODES, "recording", "peak"]
    return sorted(
        readings,
        key=lambda each: (cases.index(each.case.name), each.size, modes.index(each.mode)),
    )


def read_cost(case: Case, record: Record) -> Iterator[Reading]:
    size, library = record["task"]["size"], record["task"]["library"]
    timings = {name: timing(each) for name, each in record["timings"].items()}
    here = library == HERE
    for mode in ("f", *MODES):
        name = f"{library} {mode}"
        own = timings.get("f" if mode == "f" else name)
        if own is None or (mode == "f" and not here):
            continue
        yield Reading(
            case,
            size,
            "numpy" if mode == "f" else library,
            mode,
            ratio(own, timings["f"]),
            target=case.targets.get(mode, {}).get(size) if here else None,
            seconds=median(own.seconds),
            samples=len(own.seconds),
            operations=record["operations"],
            slowdown=None if here else ratio(own, timings[f"{HERE} {mode}"]),
            lead=case.leads.get(library, {}).get(size) if mode == "reverse" else None,
            largest_difference=record["largest_difference"].get(name),
            version=np.__version__ if mode == "f" else record["version"],
        )


def read_growth(case: Case, record: Record) -> Iterator[Reading]:
    """The cost of an operation, relative to that at the smallest size."""
    each_operation = {
        int(size): timing(own, 1 / record["operations"][size])
        for size, own in record["timings"].items()
    }
    for size, own in each_operation.items():
        operations = record["operations"][str(size)]
        yield Reading(
            case,
            size,
            HERE,
            "reverse",
            ratio(own, each_operation[min(each_operation)]),
            target=case.targets["reverse"].get(size),
            seconds=median(timing(record["timings"][str(size)]).seconds),
            samples=len(own.seconds),
            operations=operations,
        )


def read_memory(case: Case, record: Record) -> Iterator[Reading]:
    """Arrays a step: the bytes that further steps add, of which every step keeps as many."""
    fewer, more = map(int, record["bytes"])
    least, most = record["bytes"].values()
    for mode in case.targets:
        arrays = (most[mode] - least[mode]) / (more - fewer) / most["array"]
        exact = Interval(arrays, arrays, arrays, coverage=1.0)
        yield Reading(case, more, HERE, mode, exact, case.targets[mode][more])


# Showing


def rows(results: Results) -> list[Record]:
    return [row(reading) for reading in read(results)]


UNITS = {"cost": "f", "growth": "an operation at the smallest size", "memory": "an array a step"}


def row(reading: Reading) -> Record:
    columns = {
        "case": reading.case.name,
        "size": reading.size,
        "size_counts": reading.case.counts,
        "mode": reading.mode,
        "library": reading.library,
        "version": reading.version,
        "operations": reading.operations,
        "samples": reading.samples,
        **columns_of("seconds", reading.seconds),
        "relative_to": UNITS[reading.case.kind],
        **columns_of("ratio", reading.ratio),
        "at_most": reading.target,
        **columns_of("relative_to_admodes", reading.slowdown),
        "relative_to_admodes_at_least": reading.lead,
        "met": reading.met,
        "largest_relative_difference": reading.largest_difference,
    }
    return {name: value for name, value in columns.items() if value is not None}


def columns_of(name: str, interval: Interval | None) -> Record:
    return interval_columns(name, interval) if interval else {}


def table(results: Results) -> Group:
    readings = read(results)
    names = dict.fromkeys(reading.case.name for reading in readings)
    return Group(
        *(case_table([each for each in readings if each.case.name == name]) for name in names)
    )


HEADINGS = {"cost": "× f", "growth": "× smallest", "memory": "arrays a step"}
MODE_NAMES = {
    "f": "the function",
    **MODES,
    "recording": "tape.nbytes",
    "peak": "peak of a gradient",
}


def case_table(readings: Sequence[Reading]) -> Table:
    case = readings[0].case
    shown = Table(
        title=Text.assemble((case.name, "bold"), "  ", case.sentence),
        title_style="",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    shown.add_column(case.counts, justify="right", no_wrap=True)
    shown.add_column("mode", no_wrap=True)
    shown.add_column("library", no_wrap=True)
    for heading in ("time", "an operation", HEADINGS[case.kind], "", "× admodes", "target"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("")
    last = None
    for each in readings:
        first = each.size != last
        last = each.size
        shown.add_row(
            f"{each.size:,}" if first else "",
            MODE_NAMES[each.mode],
            each.library,
            *times(each),
            number(each.ratio.value),
            spread(each.ratio) if each.mode != "f" and each.seconds else "",
            number(each.slowdown.value) if each.slowdown else "",
            target(each),
            verdict(each),
        )
    return shown


def times(reading: Reading) -> tuple[str, str]:
    """The time, and what it is for each operation."""
    if not (reading.seconds and reading.operations):
        return "", ""
    each = reading.seconds.value / reading.operations * 1e9
    return duration(reading.seconds.value), f"{number(each)} ns"


def target(reading: Reading) -> str:
    if reading.lead:
        return f"≥ {number(reading.lead)} × admodes"
    return f"≤ {number(reading.target)}" if reading.target else ""


def verdict(reading: Reading) -> Text:
    if reading.met is None:
        return Text()
    return Text("met", "green") if reading.met else Text("missed", "bold red")


# The figure

LOOKS = {
    HERE: (plotting.BLUE, "o"),
    "autograd": (plotting.ORANGE, "s"),
    "mygrad": (plotting.GREEN, "^"),
    "torch": (plotting.VERMILLION, "D"),
    "jax": (plotting.PURPLE, "v"),
    "jax.jit": (plotting.SKY, "P"),
}
PANELS = {
    "forward: one tangent, or whole gradient": ("forward", "forward gradient"),
    "reverse: value and gradient": ("reverse",),
}
TARGET = {"color": plotting.BLACK, "marker": "|", "markersize": 13, "markeredgewidth": 2}


def draw(results: Results) -> Figure:
    """Above, what is relative to f, a row a case; below, growth and memory."""
    readings = read(results)
    costs = [each for each in readings if each.case.kind == "cost" and each.mode != "f"]
    others = [each for each in readings if each.case.kind != "cost"]
    rows = len({label(each) for each in costs})
    row_height = 0.24 + 0.05 * len({each.library for each in costs})
    parts = [
        (draw_costs, costs, 1.3 + row_height * rows),
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
    """A panel a direction, a row a case, a dot with its interval a library."""
    labels = list(dict.fromkeys(map(label, readings)))
    libraries = [name for name in LOOKS if any(each.library == name for each in readings)]
    panels = place.subplots(1, 2, sharex=True, sharey=True)
    for axes, (title, modes) in zip(panels, PANELS.items(), strict=True):
        shown = [each for each in readings if each.mode in modes]
        for i, library in enumerate(libraries):
            own = [each for each in shown if each.library == library]
            shift = 0.7 * ((i + 0.5) / len(libraries) - 0.5)
            y = [labels.index(label(each)) + shift for each in own]
            dots(axes, [each.ratio for each in own], y, library, *LOOKS[library])
        aims = [(each.target, labels.index(label(each))) for each in shown if each.target]
        axes.plot(*zip(*aims, strict=True) if aims else ([], []), ls="", label="target", **TARGET)
        axes.axvline(1, color=plotting.GREY, linewidth=1)
        axes.set_title(title)
        axes.set_xlabel("time relative to f")
        axes.set_xscale("log")
        for border in range(1, len(labels)):
            axes.axhline(border - 0.5, color=plotting.GREY, linewidth=0.5, alpha=0.4)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
    panels[0].set_yticks(range(len(labels)), labels)
    panels[0].set_ylim(len(labels) - 0.5, -0.5)
    handles, names = panels[0].get_legend_handles_labels()
    place.legend(handles, names, loc="outside lower center", ncols=len(names))


def dots(
    axes: Axes, intervals: Sequence[Interval], y: Sequence[float], name: str, color: str, mark: str
) -> None:
    x = [each.value for each in intervals]
    below = [each.value - each.low for each in intervals]
    above = [each.high - each.value for each in intervals]
    axes.errorbar(x, y, xerr=(below, above), color=color, fmt=mark, markersize=4.5, label=name)


def draw_others(place: SubFigure, readings: Sequence[Reading]) -> None:
    growing, keeping = place.subplots(1, 2, width_ratios=(3, 2))
    looks = ((plotting.BLUE, "o"), (plotting.VERMILLION, "s"))
    growths = [each for each in readings if each.case.kind == "growth"]
    for name, look in zip(dict.fromkeys(each.case.name for each in growths), looks, strict=False):
        own = [each for each in growths if each.case.name == name]
        points = [(float(each.operations or 0), each.ratio, True) for each in own]
        plotting.curve(growing, points, name, *look)
    for aim in sorted({each.target for each in growths if each.target}):
        growing.axhline(aim, color=plotting.BLACK, linestyle="--", label="target")
    growing.set_title("reverse: an operation's cost, by the length of the tape")
    growing.set_xlabel("operations recorded")
    growing.set_ylabel("relative to the shortest")
    growing.set_xscale("log")
    growing.set_ylim(bottom=0)
    growing.legend(loc="lower left", ncols=3)

    kept = [each for each in readings if each.case.kind == "memory"]
    names = [MODE_NAMES[each.mode] for each in kept]
    keeping.barh(names, [each.ratio.value for each in kept], color=plotting.BLUE, height=0.4)
    for place_of, each in enumerate(kept):
        keeping.plot(each.target, place_of, label="target", **{**TARGET, "markersize": 30})
    keeping.set_title("memory, arrays a step")
    keeping.grid(visible=False, axis="y")


def headline(costs: Sequence[Reading]) -> str:
    """What a gradient costs by reverse mode here, and how far behind the peers are."""
    gradients = [each for each in costs if each.library == HERE and each.mode == "reverse"]
    arrays = [each.ratio.value for each in gradients if each.case.name != "float-loop"]
    floats = [each.ratio.value for each in gradients if each.case.name == "float-loop"]
    parts = [f"{between(arrays)} f on arrays"] if arrays else []
    parts += [f"{between(floats)} f on Python floats"] if floats else []
    return f"A gradient by reverse mode costs {', '.join(parts)}" if parts else "Overhead"


def between(values: Sequence[float]) -> str:
    least, most = number(min(values)), number(max(values))
    return least if least == most else f"{least} to {most} times"
