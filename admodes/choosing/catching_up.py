"""How many workers forward mode takes to be as quick as one of reverse mode."""

from collections.abc import Sequence
from math import ceil

from admodes.choosing.ways import Measured
from admodes.measure import words


def workers_to_catch_up(ways: Sequence[Measured]) -> int | None:
    """Workers that share the passes of forward mode, from which on it is as quick as reverse mode.

    Each makes as many passes, one after another, as reverse mode's whole derivative takes time for.
    What it takes to reach a worker is not counted. ``None`` where a single pass takes longer, and
    where one of the modes was not measured.
    """
    reverse = [way.seconds.value for way in ways if way.mode == "reverse"]
    if not reverse:
        return None
    limit, found = min(reverse), []
    for way in ways:
        if way.mode == "forward":
            in_turn = int(limit / way.pass_seconds.value)
            if way.seconds.value <= limit:
                found.append(1)
            elif in_turn:
                found.append(ceil(way.passes / in_turn))
    return min(found, default=None)


def sentence(ways: Sequence[Measured]) -> str | None:
    """That in words; ``None`` where forward mode is quick enough alone, or there is only one."""
    modes = {way.mode for way in ways}
    count = workers_to_catch_up(ways)
    if not {"forward", "reverse"} <= modes or count == 1:
        return None
    if count is None:
        quickest = min(way.pass_seconds.value for way in ways if way.mode == "forward")
        return (
            "Forward mode catches up with no number of workers: one pass takes "
            f"{words.duration(quickest)}, longer than all of reverse mode."
        )
    return (
        f"Forward mode catches up at about {words.counted(count, 'worker')} (executor=...), what "
        "it takes to reach them left out."
    )
