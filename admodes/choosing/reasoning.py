"""A recommendation in words."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from admodes.checkpoints.schedules import RERUNS, default_snapshots
from admodes.choosing.model import ITEM, Model
from admodes.choosing.periods import Loop
from admodes.choosing.ways import Predicted
from admodes.measure.words import counted, duration, size

TIE = 1.25
"""Times the predicted time of the other mode's best way, up to which there is no telling."""
TIMED_TIE = 1.05
"""The same, where passes have been timed."""

CLEARLY_LESS = 0.8
"""Times what the best way holds."""


def reasoning(
    model: Model, ways: Sequence[Predicted], limit: float, fits: bool, spent: float | None
) -> str:
    """What each mode takes, and what follows from it.

    Parameters
    ----------
    model
        What the predictions come from.
    ways
        Those that fit, the quickest first; or, where none does, what needs least.
    limit
        Bytes.
    fits
        Whether that is so.
    spent
        Seconds of trials; ``None`` where none were asked for.
    """
    profile, best = model.profile, ways[0]
    sizes = f"{counted(profile.inputs, 'input')}, {counted(profile.outputs, 'output')}"
    found = f"{sizes} and {counted(profile.length, 'operation')}"
    first = {way.mode: way for way in reversed(ways)}
    parts = [
        taken(first[mode]) if mode in first else f"{mode} mode would not fit"
        for mode in ("forward", "reverse")
    ]
    sentences = [
        f"With {found}, {parts[0]}, and {parts[1]}.",
        _narrow(model, first),
        _choice(model, ways, limit, fits, spent is not None),
        _loop(model, best, limit, fits),
        _evaluation(model),
    ]
    if spent is not None:
        sentences.append(
            f"Timing single passes took {duration(spent)}."
            if spent
            else "No pass of either mode was timed: one way is clearly the quickest, or its whole"
            " is too short."
        )
    if model.machine.busy and not spent:
        sentences.append(
            "Other jobs ran while the costs of this machine were measured: the times may be off."
        )
    return " ".join(filter(None, sentences))


def _narrow(model: Model, first: Mapping[Any, Predicted]) -> str:
    """Where there is a narrow place, and going through it is worth a word."""
    narrow, own = model.profile.narrow, first.get("mixed")
    if narrow is None or own is None:
        return ""
    others = [way.seconds for way in first.values() if way is not own]
    if others and own.seconds > TIE * min(others):
        return ""
    place = counted(narrow.width, "number")
    return f"From their narrowest place, of {place}, to both ends, {taken(own)}."


def taken(way: Predicted) -> str:
    """How many passes of it there are, and how long they take."""
    noun, ending = ("sweep", "s") if way.mode == "reverse" else ("pass", "es")
    passes = f"one {noun}" if way.passes == 1 else counted(way.passes, noun, ending)
    most = "up to " * (way.passes > 1)  # the last pass may have fewer
    directions = f" of {most}{way.chunk_size:,} directions" if way.chunk_size > 1 else ""
    computes = "computes" if way.passes == 1 else "compute"
    recomputing = f" that {computes} values again" if way.checkpoint else ""
    low, high = map(duration, way.between)
    return (
        f"{way.mode} mode takes {passes}{directions}{recomputing}, about"
        f" {duration(way.seconds)} ({low} to {high})"
    )


def named(way: Predicted) -> str:
    directions = f", {way.chunk_size:,} directions a pass" if way.chunk_size > 1 else ""
    checkpoint = " over admodes.checkpoint(f, segments=True)" if way.checkpoint else ""
    return f"{way.mode} mode{checkpoint}{directions}"


def tied(ways: Sequence[Predicted]) -> Predicted | None:
    """The best way of the other mode, if there is no telling which one is quicker."""
    best = ways[0]
    other = next((way for way in ways if way.mode != best.mode), None)
    if other is None:
        return None
    near = TIMED_TIE if best.timed and other.timed else TIE
    return other if other.seconds <= near * best.seconds else None


def _choice(
    model: Model, ways: Sequence[Predicted], limit: float, fits: bool, measured: bool
) -> str:
    profile, best = model.profile, ways[0]
    if not fits:
        entries = ITEM * profile.entries
        alone = f"; the derivative alone is {size(entries)}" if entries > limit else ""
        return (
            f"Nothing that is known fits into {size(limit)}: the least is {size(best.bytes)}, by"
            f" {named(best)}{alone}."
        )
    other = tied(ways)
    if other:
        ask = "" if measured else " (measure=True may decide it)"
        chosen = f"That is a tie{ask}; one of the two is {named(best)}"
    else:
        chosen = f"So {named(best)}"
    if not isfinite(limit):
        tape = f"the tape holds {size(profile.tape_bytes)}"
        return f"{chosen}: {'it needs no tape' if best.mode == 'forward' else tape}."
    holds = f"it holds {size(best.bytes)} at most, of the {size(limit)} allowed"
    if profile.tape_bytes > limit:
        holds += f"; a tape of all operations would take {size(profile.tape_bytes)} alone"
    return f"{chosen}: {holds}."


def as_checkpoint(model: Model, loop: Loop, limit: float) -> tuple[str, int]:
    """How a loop is written as a checkpoint of its step, and about how many bytes that holds."""
    profile = model.profile
    # The derivative, and if it has several rows the parts that it is joined of; and the input.
    copies = 2 if profile.outputs > 1 else 1
    beside = ITEM * (copies * profile.entries + profile.inputs)
    default = snapshots = default_snapshots(loop.steps, "binomial")

    def held() -> int:
        return beside + loop.held(snapshots)

    while snapshots > 1 and held() > limit:
        snapshots -= 1
    if held() > limit:
        snapshots = default
    fewer = f", snapshots={snapshots}" if snapshots < default else ""
    return f"admodes.checkpoint(step, steps={loop.steps}{fewer})", held()


def _loop(model: Model, best: Predicted, limit: float, fits: bool) -> str:
    """Where memory is short: the loop that is in the recording, if that helps."""
    if not isfinite(limit) or (fits and best.mode != "forward" and not best.checkpoint):
        return ""
    loop = model.profile.loop
    if loop is None:
        return ""
    code, held = as_checkpoint(model, loop, limit)
    # A step is evaluated at most so often before it is recorded, and swept over once.
    seconds = (RERUNS + 1) * model.recording() + model.profile.outputs * model.sweep(1)
    if held > limit and held > CLEARLY_LESS * best.bytes:
        return ""
    return (
        f"{loop.steps:,} times in a row the recording has the same"
        f" {counted(loop.operations, 'operation')}: a loop of steps could be written as {code},"
        f" which would hold about {size(held)} and take about {duration(seconds)} in reverse mode."
    )


def _evaluation(model: Model) -> str:
    """Where most of the time goes past the operations that are differentiated."""
    if not model.beside or model.beside < model.passes["record"].once:
        return ""
    return (
        f"Of an evaluation, {duration(model.beside)} are spent beside the operations that"
        " derivatives go through, which each pass takes again."
    )
