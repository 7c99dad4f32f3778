"""What the experiment ``network`` found, as numbers and as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from rich.table import Table

from admodes.measure import Interval, Timing, median, ratio
from admodes.measure.words import counted, duration, number
from experiments.bench.agreement import TOLERANCE
from experiments.bench.console import headed_table, spread
from experiments.bench.results import Record, Results, digits, interval_columns, timing

MODES = ("reverse", "forward")
PROGRAM = ", program"
"""Ends the name of a training by programs of that mode's gradients."""


@dataclass(frozen=True)
class Steps:
    """Some steps of the training with gradients of one mode."""

    mode: str  # or a program of it
    directions: int | None  # a pass; None where there are none
    passes: int  # a gradient
    first: int
    last: int
    losses: Sequence[float]  # before each step
    loss_after: float
    accuracy: float
    accuracy_held_out: float
    timing: Timing

    @property
    def seconds(self) -> Interval:
        """Of a step."""
        return median(self.timing.seconds)


@dataclass(frozen=True)
class OneDirection:
    """A gradient by forward mode with one direction a pass, as the textbook counts.

    No training is done with it: only the gradient at the first weights is measured.
    """

    passes: int
    seconds: Interval
    slowdown: Interval  # relative to a gradient by reverse mode


@dataclass(frozen=True)
class Found:
    """All that was found."""

    weights: int
    directions_tried: Sequence[int]
    one_direction: OneDirection
    blocks: Sequence[Steps]  # of both modes in turn, and of programs if there are any
    whole: dict[str, Steps]  # by mode
    slowdowns: dict[str, Interval]  # of a step, relative to one by reverse mode
    speedups: dict[str, Interval]  # of a step by a program, relative to one without
    recording: dict[str, float]  # seconds of the first call of a program
    of_programs: float  # the largest relative difference of gradients that programs make
    of_gradients: float  # the largest relative difference of the modes, at the same weights
    of_losses: float

    @property
    def slowdown(self) -> Interval:
        """Of a step by forward mode."""
        return self.slowdowns["forward"]


def read(results: Results) -> Found:
    gradients, *records = results.records
    weights, directions = gradients["weights"], gradients["directions_a_pass"]
    names = list(records[0]["losses"])
    blocks = [steps(name, weights, directions, record) for record in records for name in names]
    whole = {name: joined([each for each in blocks if each.mode == name]) for name in names}
    repeated = {name: name.removesuffix(PROGRAM) for name in names if name.endswith(PROGRAM)}
    timings = {name: timing(each) for name, each in gradients["gradients"].items()}
    return Found(
        weights=weights,
        directions_tried=sorted(int(name) for name in timings if name != "reverse"),
        one_direction=OneDirection(
            weights, median(timings["1"].seconds), ratio(timings["1"], timings["reverse"])
        ),
        blocks=blocks,
        whole=whole,
        slowdowns={
            name: ratio(each.timing, whole["reverse"].timing) for name, each in whole.items()
        },
        speedups={
            name: ratio(whole[own].timing, whole[name].timing) for name, own in repeated.items()
        },
        recording=records[0]["recording"] if repeated else {},
        of_programs=max(
            (record["differences_of_programs"][name] for record in records for name in repeated),
            default=0.0,
        ),
        of_gradients=max(record["largest_difference_of_gradients"] for record in records),
        of_losses=max(record["largest_difference_of_losses"] for record in records),
    )


def steps(mode: str, weights: int, directions: int, record: Record) -> Steps:
    """A block, from its record."""
    forward = mode.removesuffix(PROGRAM) == "forward"
    return Steps(
        mode=mode,
        directions=directions if forward else None,
        passes=ceil(weights / directions) if forward else 1,
        first=record["task"]["first"],
        last=record["task"]["last"],
        losses=record["losses"][mode],
        loss_after=record["loss_after"][mode],
        accuracy=record["accuracy"][mode],
        accuracy_held_out=record["accuracy_held_out"][mode],
        timing=timing(record["timings"][mode]),
    )


def joined(blocks: Sequence[Steps]) -> Steps:
    """Blocks in a row as one."""
    last = blocks[-1]
    return Steps(
        mode=last.mode,
        directions=last.directions,
        passes=last.passes,
        first=blocks[0].first,
        last=last.last,
        losses=[loss for block in blocks for loss in block.losses],
        loss_after=last.loss_after,
        accuracy=last.accuracy,
        accuracy_held_out=last.accuracy_held_out,
        timing=Timing(
            tuple(seconds for block in blocks for seconds in block.timing.seconds),
            tuple(range(sum(len(block.timing.seconds) for block in blocks))),
        ),
    )


def rows(results: Results) -> list[Record]:
    """A row for each block of steps of each mode, then one for all steps of each."""
    found = read(results)
    return [
        {
            "mode": each.mode,
            "directions_a_pass": each.directions,
            "passes": each.passes,
            "first_step": each.first,
            "last_step": each.last,
            "loss_before": each.losses[0],
            "loss_after": each.loss_after,
            "accuracy": digits(each.accuracy),
            "accuracy_held_out": digits(each.accuracy_held_out),
            "samples": len(each.timing.seconds),
            **interval_columns("seconds_a_step", each.seconds),
        }
        for each in (*found.blocks, *found.whole.values())
    ]


COLUMNS = (
    "mode",
    "k",
    "passes",
    "a step",
    "relative",
    "all\nsteps",
    "last\nloss",
    "correct",
    "correct,\nheld out",
)


def table(results: Results) -> Table:
    found, settings = read(results), results.header["settings"]
    steps = settings["steps"]
    shown = headed_table(
        "network",
        f"2–{settings['hidden']}–{settings['hidden']}–3, tanh, softmax cross-entropy:"
        f" {found.weights:,} weights\n{counted(steps, 'step')} of gradient descent, rate"
        f" {settings['rate']:g}, on {settings['points']} points; {settings['held_out']} held"
        " out",
        padding=0,
    )
    for heading in COLUMNS:
        shown.add_column(heading, justify="left" if heading == "mode" else "right")
    for each in found.whole.values():
        relative = found.slowdowns[each.mode] if each.mode != "reverse" else None
        shown.add_row(
            each.mode,
            f"{each.directions:,}" if each.directions else "",
            f"{each.passes:,}",
            f"{duration(each.seconds.value)} {spread(each.seconds)}",
            f"{number(relative.value)} {spread(relative)}" if relative else "1",
            duration(sum(each.timing.seconds)),
            number(each.loss_after),
            f"{each.accuracy:.1%}",
            f"{each.accuracy_held_out:.1%}",
        )
    one = found.one_direction
    tried = ", ".join(map(str, found.directions_tried))
    shown.caption = (
        f"Largest relative difference of the modes, over all steps: {found.of_losses:.0e} of the"
        f" losses, {found.of_gradients:.0e} of the gradients at the same weights (rounding explains"
        f" up to {TOLERANCE:.0e}).\n"
        f"k, directions a pass: {'the quickest ' if not settings['chunk_size'] else ''}of {tried}."
        f" With one, a gradient takes {duration(one.seconds.value)}, {number(one.slowdown.value)}"
        f" ({spread(one.slowdown)}) times as long as one by reverse mode."
    )
    if found.recording:
        shown.caption += f"\n{of_programs(found, settings['backend'])}"
    return shown


def of_programs(found: Found, backend: str) -> str:
    """What repeating a step saves, and what that costs at first."""
    same = (
        "takes the same steps to the last bit"
        if not found.of_programs
        else f"has gradients that differ by {found.of_programs:.0e} at most"
    )
    each = "; ".join(
        f"{name.removesuffix(PROGRAM)}, {number(gain.value)} ({spread(gain)}) times as quick after"
        f" a first call of {duration(found.recording[name])}"
        for name, gain in found.speedups.items()
    )
    return f"A program (compiled=True, backend={backend!r}) {same}. A step by it: {each}."
