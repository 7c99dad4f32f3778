"""What the experiment ``recommend`` found: as numbers, as a table, as a figure."""

from collections.abc import Sequence
from math import ceil

from rich.console import Group
from rich.table import Table

from admodes.measure import median
from admodes.measure.words import duration, number
from experiments.bench.console import headed_table
from experiments.bench.results import Record, Results, digits, interval_columns
from experiments.questions.recommend.reading import (
    SHARE,
    TARGET,
    Reading,
    Tried,
    error,
    read,
    scores,
)
from experiments.questions.recommend.sparsely import columns as sparse_columns
from experiments.questions.recommend.sparsely import sparse_table


def why(reading: Reading) -> str:
    """Which of the two predictions was off, and by how much."""
    chosen, best = reading.chosen, reading.best

    def said(way: Tried) -> str:
        return (
            f"{way.name} was predicted to take {duration(way.predicted)} and took"
            f" {duration(way.seconds or 0.0)} ({off(way)})"
        )

    errors = {way: error(way) for way in (chosen, best)}
    worse = max(errors, key=lambda way: max(errors[way], 1 / errors[way]))
    which = "the recommended way" if worse is chosen else "the quickest way"
    return f"{said(chosen)}; {said(best)}. The prediction for {which} was further off."


def off(way: Tried) -> str:
    factor = error(way)
    if max(factor, 1 / factor) < 1.05:
        return "as predicted"
    return f"{number(1 / factor)} times that" if factor < 1 else f"1 / {number(factor)} of that"


# Showing


def rows(results: Results) -> list[Record]:
    return [row(each, way) for each in read(results) for way in each.ways]


def row(reading: Reading, way: Tried) -> Record:
    columns = {
        "case": reading.case,
        "kind": reading.kind,
        "held_out": reading.held_out,
        "inputs": reading.n,
        "outputs": reading.m,
        "operations": reading.operations,
        "mode": way.mode,
        "directions_a_pass": way.chunk_size,
        "passes": way.passes,
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
        columns |= {} if reading.sparse is None else sparse_columns(reading.sparse)
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
    sparse = [each for each in readings if each.sparse is not None]
    return Group(
        *(kind_table(kind, [each for each in readings if each.kind == kind]) for kind in kinds),
        *(
            f"{each.case}, regret {number(each.regret.value)}: {why(each)}"
            for each in missed(readings)
        ),
        "",
        rules_table(readings),
        *([sparse_table(sparse)] if sparse else []),
        *summary(readings),
    )


def rules_table(readings: Sequence[Reading]) -> Table:
    """What following each rule costs, over all cases."""
    shown = headed_table("times the quickest way", "≥: some way was too slow to be run", padding=0)
    shown.add_column("rule", no_wrap=True)
    for heading in ("mean", "nine in ten", "worst"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("in", no_wrap=True)
    for each in scores(readings):
        at_least = "≥ " * each.bound
        shown.add_row(
            each.name,
            at_least + number(each.mean),
            number(each.ninth),
            at_least + number(each.worst),
            each.case,
        )
    return shown


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


def way_cells(way: Tried) -> tuple[str, str, str]:
    return way.name, duration(way.predicted), duration(way.seconds or 0.0)


def summary(readings: Sequence[Reading]) -> list[str]:
    lines = [f"{said_of(readings)} (target: {SHARE:.0%} of the cases)."]
    held_out = [each for each in readings if each.held_out]
    if held_out and len(held_out) < len(readings):
        lines.append(f"Held out: {said_of(held_out)}.")
    floors = sorted(each.floor for each in readings)
    lines.append(
        f"The quickest way against itself: at most {number(floors[ceil(0.9 * len(floors)) - 1])} in"
        " nine of ten cases, so much a regret may be by chance."
    )
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
