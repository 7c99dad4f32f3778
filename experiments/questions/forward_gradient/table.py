"""The table of the experiment ``forward-gradient``."""

from math import isfinite

from rich.console import Group
from rich.padding import Padding

from admodes.measure import Interval
from admodes.measure.words import counted, duration, number, size
from experiments.bench.console import headed_table
from experiments.bench.results import Record, Results, digits, interval_columns
from experiments.questions.forward_gradient.reading import Found, Trained, between, read


def rows(results: Results) -> list[Record]:
    """A row for each method that trains, and one for each error of an estimate."""
    found = read(results)
    return [
        *(training_row(each) for each in found.trained),
        *(
            {
                "part": "error",
                "method": each.method,
                "directions": each.directions,
                **interval_columns("squared_error", each.mean),
                "squared_error_by_law": digits(each.law),
            }
            for each in found.errors
        ),
    ]


def training_row(each: Trained) -> Record:
    step = each.step
    return {
        "part": "training",
        "method": step.method,
        "directions": step.directions,
        "rate": each.rate,
        "work_of_a_step": digits(step.work),
        **interval_columns("seconds_of_a_step", step.seconds),
        "peak_bytes": step.peak,
        "trainings": len(each.steps),
        "reached": each.reached,
        "tuning_work": digits(each.tuning_work),
        "accuracy": digits(each.accuracy),
        **columns("work", each.work),
        **columns("work_relative_to_reverse", each.work_ratio),
        **columns("seconds", each.seconds),
        **columns("time_relative_to_reverse", each.time_ratio),
    }


def columns(name: str, interval: Interval) -> Record:
    """None for what is infinite: most trainings, or several, were given up."""
    return {
        key: each if isfinite(each or 0.0) else None
        for key, each in interval_columns(name, interval).items()
    }


def table(results: Results) -> Group:
    found, settings = read(results), results.header["settings"]
    shown = headed_table(
        "forward-gradient",
        f"{found.weights:,} weights, trained until the loss is {settings['target']:g}, by k random"
        f" directions a step\nwork in evaluations of the loss; × reverse: from the same first"
        f" weights, {counted(settings['runs'], 'training')}",
        padding=0,
        keys=("method", "k"),
    )
    for heading in ("method", "k", "rate"):
        shown.add_column(heading, justify="left" if heading == "method" else "right")
    for heading in ("work of\na step", "time of\na step", "peak", "reached", "work", "× reverse"):
        shown.add_column(heading, justify="right")
    for heading in ("time", "× reverse", "tuning", "correct"):
        shown.add_column(heading, justify="right")
    for each in found.trained:
        step = each.step
        shown.add_row(
            step.method,
            f"{step.directions:,}" if step.directions else "",
            f"{each.rate:g}",
            number(step.work),
            duration(step.seconds.value),
            size(step.peak),
            f"{each.reached} of {len(each.steps)}",
            *(cells(each) if each.usual else ("–",) * 4),
            number(each.tuning_work),
            f"{each.accuracy:.1%}",
        )
    return Group(shown, *(Padding(line, (0, 2)) for line in (*words(found), "", *laws(found))))


def cells(each: Trained) -> tuple[str, ...]:
    """The work and the time of a training, in themselves and relative to reverse mode."""
    return (
        number(each.work.value),
        f"{number(each.work_ratio.value)} ({between(each.work_ratio)})",
        duration(each.seconds.value),
        number(each.time_ratio.value),
    )


def words(found: Found) -> list[str]:
    whole = found.whole.step.directions
    return [
        f"projection on all {whole:,} directions is forward mode's own gradient, along the unit"
        " directions: nothing is drawn. reached: trainings that came to the target; the others were"
        " given up, and the median counts them as endless. tuning: the work of the trainings that"
        " found the rate."
    ]


def laws(found: Found) -> list[str]:
    """Each error beside what it is in the mean."""
    lines = ["The square of the error relative to that of the gradient, and by the law:"]
    for each in found.errors:
        lines.append(
            f"{each.method}, k = {each.directions:,}: {each.mean.value:.3g}"
            f" ({each.mean.low:.3g} to {each.mean.high:.3g}), {each.law:.3g}"
        )
    return lines
