"""What the experiment ``recommend`` found: as numbers, as a table, as a figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Group
from rich.table import Table

from admodes.measure import Interval, Timing, median, ratio
from experiments.bench import plotting
from experiments.bench.console import duration, headed_table, number
from experiments.bench.results import Record, Results, digits, interval_columns, timing

TARGET = 1.10
SHARE = 0.95


@dataclass(frozen=True)
class Way:
    """One way to a derivative."""

    mode: str
    chunk_size: int
    predicted: float
    timing: Timing | None
    trial: float | None = None
    at_least: float | None = None

    @property
    def seconds(self) -> float | None:
        """Measured; ``None`` where it was not run."""
        return median(self.timing.seconds).value if self.timing else self.trial

    @property
    def name(self) -> str:
        return f"{self.mode} {self.chunk_size:,}"


@dataclass(frozen=True)
class Reading:
    """What was found of a case."""

    case: str
    kind: str
    held_out: bool
    n: int
    m: int
    operations: int
    chosen: Way
    best: Way
    ways: Sequence[Way]
    regret: Interval
    auto: Interval  # time of mode="auto", its decision included, over that of the quickest
    recommending: float  # seconds, where the operations are known

    @property
    def missed(self) -> bool:
        return self.regret.value > TARGET


def read(results: Results) -> list[Reading]:
    return list(map(reading, results.records))


def reading(record: Record) -> Reading:
    ways = [
        Way(
            each["mode"],
            each["chunk_size"],
            each["predicted"],
            timing(each) if "seconds" in each else None,
            each.get("trial"),
            each.get("at_least"),
        )
        for each in record["ways"]
    ]
    sampled = {way: way.timing for way in ways if way.timing}
    best = min(sampled, key=lambda way: way.seconds or 0.0)
    chosen = next(w for w in ways if [w.mode, w.chunk_size] == record["chosen"])
    return Reading(
        case=record["task"]["case"],
        kind=record["kind"],
        held_out=record["held_out"],
        n=record["inputs"],
        m=record["outputs"],
        operations=record["operations"],
        chosen=chosen,
        best=best,
        ways=ways,
        regret=ratio(sampled[chosen], sampled[best]),
        auto=ratio(timing(record["auto"]), sampled[best]),
        recommending=record["recommend_seconds"]["again"],
    )


def why(reading: Reading) -> str:
    """Which of the two predictions was off, and by how much."""
    chosen, best = reading.chosen, reading.best

    def said(way: Way) -> str:
        return (
            f"{way.name} was predicted to take {duration(way.predicted)} and took"
            f" {duration(way.seconds or 0.0)} ({off(way)})"
        )

    errors = {way: error(way) for way in (chosen, best)}
    worse = max(errors, key=lambda way: max(errors[way], 1 / errors[way]))
    which = "the recommended way" if worse is chosen else "the quickest way"
    return f"{said(chosen)}; {said(best)}. The prediction for {which} was further off."


def error(way: Way) -> float:
    """The predicted time over the measured one."""
    return way.predicted / (way.seconds or way.predicted)


def off(way: Way) -> str:
    factor = error(way)
    if max(factor, 1 / factor) < 1.05:
        return "as predicted"
    return f"{number(1 / factor)} times that" if factor < 1 else f"1 / {number(factor)} of that"


# Showing


def rows(results: Results) -> list[Record]:
    return [row(each, way) for each in read(results) for way in each.ways]


def row(reading: Reading, way: Way) -> Record:
    columns = {
        "case": reading.case,
        "kind": reading.kind,
        "held_out": reading.held_out,
        "inputs": reading.n,
        "outputs": reading.m,
        "operations": reading.operations,
        "mode": way.mode,
        "directions_a_pass": way.chunk_size,
        "passes": ceil((reading.n if way.mode == "forward" else reading.m) / way.chunk_size),
        "recommended": way is reading.chosen,
        "quickest": way is reading.best,
        "seconds_predicted": way.predicted,
    }
    if way.timing:
        columns |= {
            "samples": len(way.timing.seconds),
            **interval_columns("seconds", median(way.timing.seconds)),
        }
    columns |= {
        "seconds_of_one_trial": way.trial,
        "seconds_at_least": way.at_least,
    }
    if way is reading.chosen:
        columns |= interval_columns("regret", reading.regret)
        columns |= {f"auto_{name}": value for name, value in auto_columns(reading).items()}
    return columns


def auto_columns(reading: Reading) -> Record:
    return {
        "relative_to_quickest": digits(reading.auto.value),
        "low": digits(reading.auto.low),
        "high": digits(reading.auto.high),
        "recommendation_seconds": reading.recommending,
    }


COLUMNS = (
    "case",
    "n",
    "m",
    "operations",
    "recommended",
    "predicted",
    "measured",
    "quickest",
    "predicted",
    "measured",
    "regret",
    "auto",
)


def table(results: Results) -> Group:
    readings = read(results)
    kinds = dict.fromkeys(each.kind for each in readings)
    return Group(
        *(kind_table(kind, [each for each in readings if each.kind == kind]) for kind in kinds),
        *(
            f"{each.case}, regret {number(each.regret.value)}: {why(each)}"
            for each in missed(readings)
        ),
        "",
        *summary(readings),
    )


def missed(readings: Sequence[Reading]) -> list[Reading]:
    return sorted((each for each in readings if each.missed), key=lambda each: -each.regret.value)


def kind_table(kind: str, readings: Sequence[Reading]) -> Table:
    shown = headed_table(kind, "* held out: the model was finished before", padding=0)
    for heading in COLUMNS:
        left = heading in ("case", "recommended", "quickest")
        shown.add_column(heading, justify="left" if left else "right", no_wrap=True)
    for each in readings:
        regret = number(each.regret.value)
        shown.add_row(
            each.case + "*" * each.held_out,
            f"{each.n:,}",
            f"{each.m:,}",
            f"{each.operations:,}",
            *way_cells(each.chosen),
            *(way_cells(each.best) if each.best is not each.chosen else ("the same", "", "")),
            f"[bold red]{regret}[/]" if each.missed else regret,
            number(each.auto.value),
        )
    return shown


def way_cells(way: Way) -> tuple[str, str, str]:
    return way.name, duration(way.predicted), duration(way.seconds or 0.0)


def summary(readings: Sequence[Reading]) -> list[str]:
    lines = [f"{said_of(readings)} (target: {SHARE:.0%} of the cases)."]
    held_out = [each for each in readings if each.held_out]
    if held_out and len(held_out) < len(readings):
        lines.append(f"Held out: {said_of(held_out)}.")
    factors = sorted(
        max(error(way), 1 / error(way)) for each in readings for way in each.ways if way.timing
    )
    within = factors[ceil(0.9 * len(factors)) - 1]
    lines.append(
        f"Of {len(factors):,} ways measured, nine in ten took within a factor of"
        f" {number(within)} of the prediction."
    )
    return lines


def said_of(readings: Sequence[Reading]) -> str:
    worst = max(readings, key=lambda each: each.regret.value)
    met = sum(not each.missed for each in readings)
    return (
        f"Regret at most {TARGET:.2f} in {met} of {len(readings)} cases,"
        f" the largest {number(worst.regret.value)} ({worst.case})"
    )


# Drawing

LOOKS = {"forward": (plotting.VERMILLION, "s"), "reverse": (plotting.BLUE, "o")}
TIMES = {1e-5: "10 µs", 1e-4: "100 µs", 1e-3: "1 ms", 1e-2: "10 ms", 1e-1: "0.1 s", 1.0: "1 s"}


MOST_NAMED = 6
LINE = 0.033  # of the height of the axes


def draw(results: Results) -> Figure:
    """On the left predicted against measured times; on the right the regret of every case."""
    readings = read(results)
    figure = plotting.figure(height=5.2)
    met = sum(not each.missed for each in readings)
    figure.suptitle(
        f"The recommended way takes at most {TARGET:.2f} times the quickest one in {met} of"
        f" {len(readings)} cases"
    )
    left, right = figure.subplots(1, 2)
    draw_predictions(left, readings)
    draw_regrets(right, readings)
    return figure


def draw_predictions(axes: Axes, readings: Sequence[Reading]) -> None:
    points = {
        mode: [
            (way.seconds, way.predicted)
            for each in readings
            for way in each.ways
            if way.mode == mode and way.timing and way.seconds
        ]
        for mode in LOOKS
    }
    every = [seconds for each in points.values() for point in each for seconds in point]
    low, high = min(every) / 1.5, max(every) * 1.5
    axes.fill_between(
        [low, high], [low / 1.5, high / 1.5], [low * 1.5, high * 1.5], color="#DDDDDD", zorder=0
    )
    axes.plot([low, high], [low, high], color=plotting.GREY, linestyle="--")
    for mode, (color, marker) in LOOKS.items():
        if points[mode]:
            axes.plot(
                *zip(*points[mode], strict=True),
                color=color,
                marker=marker,
                markersize=3.5,
                linestyle="",
                alpha=0.6,
                markeredgewidth=0,
                label=f"{mode} mode",
            )
    axes.loglog()
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    ticks = [seconds for seconds in TIMES if low <= seconds <= high]
    axes.set_xticks(ticks, [TIMES[seconds] for seconds in ticks])
    axes.set_yticks(ticks, [TIMES[seconds] for seconds in ticks])
    axes.minorticks_off()
    axes.set_xlabel("measured")
    axes.set_ylabel("predicted")
    axes.set_title("a whole derivative, each way that was measured")
    axes.legend(loc="upper left", title="grey: within a factor of 1.5", title_fontsize=9)


def draw_regrets(axes: Axes, readings: Sequence[Reading]) -> None:
    ordered = sorted(readings, key=lambda each: (each.regret.value, each.case))
    places = {id(each): i + 1 for i, each in enumerate(ordered)}
    looks = (
        (False, plotting.GREEN, "o", "what the model was made with"),
        (True, plotting.BLACK, "D", "held out"),
    )
    for held_out, color, marker, label in looks:
        own = [each for each in ordered if each.held_out == held_out]
        if own:
            x = [places[id(each)] for each in own]
            y = [each.regret.value for each in own]
            axes.plot(x, y, color=color, marker=marker, markersize=4, linestyle="", label=label)
    axes.axhline(TARGET, color=plotting.GREY, linestyle="--", label=f"target, {TARGET:.2f}")
    low, high = axes.get_ylim()
    free = low
    for each in missed(ordered)[MOST_NAMED - 1 :: -1]:  # from below, a line of text apart
        free = max(free, each.regret.value)
        axes.annotate(
            each.case,
            (places[id(each)], free),
            xytext=(-6, 0),
            textcoords="offset points",
            horizontalalignment="right",
            verticalalignment="center",
            fontsize=9,
        )
        free += LINE * (high - low)
    axes.set_xlabel("cases, by their regret")
    axes.set_ylabel("regret: recommended / quickest")
    axes.set_title("what following the recommendation costs")
    axes.legend(loc="center left")
