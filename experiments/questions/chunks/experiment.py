"""The cost of a direction against k, the directions (or rows) that a pass carries, in both modes.

What Python takes for an operation is shared by the k directions of a pass; the arithmetic is not.
So a direction gets cheaper with k, until the k · N numbers that every operation makes outgrow the
cache. Forward mode is run on functions of N inputs, reverse mode on functions of N outputs; of
the latter the recording, which is made once, is subtracted.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from rich.table import Table

import admodes
from admodes import forward, reverse
from admodes.measure import Interval, Timing, interleave, median
from experiments.bench import plotting
from experiments.bench.console import counted, duration, headed_table, number
from experiments.bench.experiment import Experiment, Settings, Task
from experiments.bench.results import Record, Results, digits, interval_columns, samples, timing
from experiments.functions import curves, scalars
from experiments.functions.scalars import Function
from experiments.sides import gradients, passes
from experiments.sides.jacobians import by_reverse

FUNCTIONS = {
    "forward": ("rosenbrock", "network"),
    "reverse": ("polynomials", "trajectory"),
}
SIZES, QUICK_SIZES = (100, 1000, 10_000, 100_000), (100, 1000)
LARGEST_K = 4096
LARGEST_BYTES = 2**26
"""Of the numbers that an operation makes: beyond, memory is all that is measured."""
BUDGET, QUICK_BUDGET = 4.0, 1.0
ROUNDS, QUICK_ROUNDS = 21, 9
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")

OPTIONS = (
    click.Option(
        ["--sizes"],
        type=click.IntRange(min=1),
        multiple=True,
        metavar="N...",
        help="Numbers of inputs (outputs, in reverse mode); a function that cannot have one takes"
        f" the nearest that it can.  [default: {' '.join(map(str, SIZES))}]",
    ),
    click.Option(
        ["--largest-k"],
        type=click.IntRange(min=1),
        default=LARGEST_K,
        show_default=True,
        metavar="K",
        help="Directions a pass, at most; the powers of two up to it are tried.",
    ),
)


def caches(folder: Path = CACHES) -> dict[str, int]:
    """The bytes of each cache beyond the first that a core can use, where the system says so."""
    found = {}
    for index in sorted(folder.glob("index*")):
        try:
            level, size = ((index / each).read_text().strip() for each in ("level", "size"))
            if int(level) > 1:
                found[f"L{level}"] = int(size.removesuffix("K")) * 1024
        except (OSError, ValueError):
            continue
    return found


def settings(*, sizes: Sequence[int], largest_k: int, quick: bool, seed: int) -> Settings:
    return {
        "sizes": list(sizes or (QUICK_SIZES if quick else SIZES)),
        "largest_k": largest_k,
        "budget": QUICK_BUDGET if quick else BUDGET,
        "rounds": QUICK_ROUNDS if quick else ROUNDS,
        "caches": caches(),
        "seed": seed,
    }


def find(mode: str, name: str) -> Function:
    return (scalars if mode == "forward" else curves).find(name)


def plan(settings: Settings) -> list[Task]:
    return [
        {"mode": mode, "function": name, "size": n}
        for mode, names in FUNCTIONS.items()
        for name in names
        for n in sorted(set(map(find(mode, name).nearest, settings["sizes"])))
    ]


def expect(task: Task, settings: Settings) -> float:
    return settings["budget"] + 1


# Measuring


class Seen(Exception):
    """Ends a pass that has shown how many directions it carries."""

    def __init__(self, k: int) -> None:
        super().__init__(k)
        self.k = k


def default_k(mode: str, f: Callable[[Any], Any], x: Any) -> int:
    """The directions (rows) a pass where nobody asks for a number, as the first pass has them."""

    def of_tangent(x: Any) -> NoReturn:
        raise Seen(np.size(x.tangent) // np.size(x.value))

    def of_cotangent(rows: Any) -> NoReturn:
        raise Seen(np.size(rows) // size)

    try:
        if mode == "forward":
            forward.grad(of_tangent)(x)
        else:
            size = np.size(f(x))
            watched = admodes.linear(lambda y: y, transpose=of_cotangent)
            reverse.jacobian(lambda x: watched(f(x)))(x)
    except Seen as seen:
        return seen.k
    raise AssertionError("no pass was made")


def sizes_of_pass(n: int, largest: int, default: int) -> list[int]:
    """Powers of two, and the default: no more than there are directions, or than memory is for."""
    most = min(n, largest, max(LARGEST_BYTES // (8 * n), 1))
    powers = [2**power for power in range(most.bit_length())]
    return sorted({*powers, min(default, most)})


def measure(task: Task, settings: Settings) -> Record:
    """Passes at each k, which take turns, with every sample.

    A call makes one; in reverse mode several, beside which the recording before them is short.
    """
    mode, n = task["mode"], task["size"]
    function = find(mode, task["function"])
    rng = scalars.generator(settings["seed"], n, function.name)
    f, x = function.make(n, rng)
    derivative = gradients.by_forward(f, x) if mode == "forward" else by_reverse(f, x)
    default = default_k(mode, f, x)
    count = passes.FEWEST_PASSES if derivative.once else 1
    calls: dict[int, Callable[[], object]] = {
        k: partial(derivative.some, rng.choice(n, k * count, replace=k * count > n), k)
        for k in sizes_of_pass(n, settings["largest_k"], default)
    }
    if derivative.once:
        calls[0] = derivative.once
    timings = interleave(
        calls,
        seconds=settings["budget"],
        rounds=settings["rounds"],
        sample_seconds=passes.SAMPLE_SECONDS,
    )
    return {
        "size": derivative.n,
        "default_k": default,
        "once": samples(timings.pop(0)) if derivative.once else None,
        "passes": [
            {"k": k, "directions_timed": k * count, **samples(each)} for k, each in timings.items()
        ],
    }


# Reading


@dataclass(frozen=True)
class Curve:
    """The seconds a direction at each k, of a function of some size."""

    mode: str
    function: str
    n: int
    default_k: int
    costs: dict[int, Interval]
    samples: dict[int, int]

    @property
    def best_k(self) -> int:
        return min(self.costs, key=lambda k: self.costs[k].value)

    @property
    def gain(self) -> float:
        """How many times cheaper than alone a direction gets."""
        return self.costs[1].value / self.costs[self.best_k].value

    def at(self, k: float) -> float:
        """The cost at a `k` that was not measured, between its neighbours."""
        tried = list(self.costs)
        values = [each.value for each in self.costs.values()]
        return float(np.exp(np.interp(np.log(k), np.log(tried), np.log(values))))


def read(results: Results) -> Iterator[Curve]:
    for record in results.records:
        once = timing(record["once"]) if record["once"] else None
        task, tried = record["task"], {each["k"]: timing(each) for each in record["passes"]}
        directions = {each["k"]: each["directions_timed"] for each in record["passes"]}
        yield Curve(
            task["mode"],
            task["function"],
            record["size"],
            record["default_k"],
            {k: cost(each, directions[k], once) for k, each in tried.items()},
            {k: len(each.seconds) for k, each in tried.items()},
        )


def cost(own: Timing, directions: int, once: Timing | None) -> Interval:
    """Seconds a direction, without what is done once."""
    before = once.near(own.rounds) if once else np.zeros(len(own.rounds))
    # Where noise has the difference below nothing, a hundredth is left: it is drawn on a log scale.
    seconds = np.maximum(np.array(own.seconds) - before, np.array(own.seconds) / 100)
    return median(seconds / directions)


# Showing


def rows(results: Results) -> list[Record]:
    return [
        {
            "mode": curve.mode,
            "function": curve.function,
            "size": curve.n,
            "directions_a_pass": k,
            "bytes_of_directions": 8 * k * curve.n,
            "default": k == curve.default_k,
            "samples": curve.samples[k],
            **interval_columns("seconds_a_direction", each),
            "relative_to_one_alone": digits(each.value / curve.costs[1].value),
        }
        for curve in read(results)
        for k, each in curve.costs.items()
    ]


def table(results: Results) -> Table:
    shown = headed_table(
        "chunks",
        "a direction (in reverse mode a row) by k of them a pass\none alone, at the best k, and at"
        " the k that is chosen where nobody asks for one",
    )
    for heading in ("mode", "function"):
        shown.add_column(heading, no_wrap=True)
    for heading in ("N", "k = 1", "best\nk", "\ntime", "default\nk", "\ntime", "cheaper,\nat best"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for curve in read(results):
        best, default = curve.best_k, curve.default_k
        shown.add_row(
            curve.mode,
            curve.function,
            f"{curve.n:,}",
            duration(curve.costs[1].value),
            f"{best:,}",
            duration(curve.costs[best].value),
            f"{default:,}",
            duration(curve.costs[default].value) if default in curve.costs else "–",
            f"{number(curve.gain)} ×",
        )
    sizes = results.header["settings"]["caches"]
    if sizes:
        shown.caption = "caches: " + ", ".join(
            f"{name} {mebi(size)}" for name, size in sizes.items()
        )
        shown.caption_justify = "left"
    return shown


def mebi(size: int) -> str:
    return f"{number(size / 2**20)} MiB"


LOOKS = (
    (plotting.BLACK, "o"),
    (plotting.BLUE, "s"),
    (plotting.GREEN, "^"),
    (plotting.ORANGE, "D"),
    (plotting.PURPLE, "v"),
    (plotting.VERMILLION, "P"),
)
NOUNS = {"forward": "inputs", "reverse": "outputs"}
WORDS = {"forward": "k, directions a pass", "reverse": "k, rows a sweep"}
CACHE_LINES = {"L2": "|", "L3": "x"}


def draw(results: Results) -> Figure:
    """A row of panels a mode, a panel a function: the cost of a direction against k, by size."""
    curves = list(read(results))
    panels: dict[tuple[str, str], list[Curve]] = {}
    for curve in curves:
        panels.setdefault((curve.mode, curve.function), []).append(curve)
    figure = plotting.figure(height=7.6)
    figure.suptitle(headline(curves))
    grid = figure.subplots(2, 2, sharex=True)
    sizes = results.header["settings"]["caches"]
    drawn = set[str]()
    for axes, ((mode, name), own) in zip(grid.flat, panels.items(), strict=True):
        drawn |= draw_panel(axes, own, sizes)
        axes.set_title(f"{mode} mode: {name}")
        axes.set_xlabel(WORDS[mode])
        axes.set_ylabel("time a direction" if mode == "forward" else "time a row")
    marks = [mark("o", "default k", markersize=11, markeredgewidth=1.5)]
    marks += [
        mark(
            CACHE_LINES[name],
            f"k · N numbers fill {name} ({mebi(sizes[name])})",
            markersize=13,
            markeredgewidth=2.5,
        )
        for name in CACHE_LINES
        if name in drawn
    ]
    figure.legend(handles=marks, loc="outside lower center", ncols=3)
    return figure


def mark(marker: str, label: str, **look: Any) -> Line2D:
    return Line2D(
        [],
        [],
        color=plotting.GREY,
        marker=marker,
        markerfacecolor="none",
        linestyle="",
        label=label,
        **look,
    )


def draw_panel(axes: Axes, curves: Sequence[Curve], sizes: dict[str, int]) -> set[str]:
    """The curves of one function; the names of the caches whose ends are in the picture."""
    drawn = set[str]()
    for curve, (color, marker) in zip(curves, LOOKS * len(curves), strict=False):
        points = [(k, each, True) for k, each in curve.costs.items()]
        plotting.curve(axes, points, f"N = {curve.n:,}", color, marker)
        look: dict[str, Any] = {"color": color, "markerfacecolor": "none", "linestyle": ""}
        k = curve.default_k
        if k in curve.costs:
            axes.plot(k, curve.at(k), marker="o", markersize=11, markeredgewidth=1.5, **look)
        for name, symbol in CACHE_LINES.items():
            k_full = sizes.get(name, 0) / (8 * curve.n)
            if 1 <= k_full <= max(curve.costs):
                axes.plot(
                    k_full,
                    curve.at(k_full),
                    marker=symbol,
                    markersize=14,
                    markeredgewidth=2.5,  # no bar of an interval
                    **look,
                )
                drawn.add(name)
    axes.loglog(base=10)
    axes.set_xscale("log", base=2)
    ticks = [4**power for power in range(7) if 4**power <= axes.get_xlim()[1]]
    axes.set_xticks(ticks, [f"{k:,}" for k in ticks])
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 6)  # room for the legend
    plotting.time_ticks(axes, TIMES)
    axes.legend(loc="upper right", ncols=2)
    return drawn


TIMES = {
    factor * unit: f"{factor} {name}"
    for unit, name in ((1e-6, "µs"), (1e-3, "ms"))
    for factor in (1, 10, 100)
} | {1e-7: "0.1 µs", 1.0: "1 s"}


def headline(curves: Sequence[Curve]) -> str:
    """Where k directions a pass gain most in each mode."""
    lines = []
    for mode, noun in NOUNS.items():
        own = max((curve for curve in curves if curve.mode == mode), key=lambda curve: curve.gain)
        lines.append(
            f"{mode} mode, {own.function}, {counted(own.n, noun[:-1])}: by {own.best_k:,} at once,"
            f" each costs 1/{number(own.gain)} of one alone"
        )
    return "\n".join(lines)


EXPERIMENT = Experiment(
    name="chunks",
    question="What does a direction cost when a pass carries k of them?",
    options=OPTIONS,
    settings=settings,
    plan=plan,
    expect=expect,
    measure=measure,
    rows=rows,
    table=table,
    draw=draw,
)
