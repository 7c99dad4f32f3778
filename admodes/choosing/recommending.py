"""Which mode for this function, how many directions a pass, and is it worth checkpointing?

The answer is a prediction, from counts that no machine changes (:mod:`admodes.choosing.profiling`:
one recorded evaluation) and from what each counted thing costs on this one
(:mod:`admodes.choosing.calibration`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from admodes.choosing.calibration import calibrate
from admodes.choosing.machines import Machine
from admodes.choosing.model import Model
from admodes.choosing.profiling import Profile, profile
from admodes.choosing.ways import Predicted
from admodes.core.names import Mode
from admodes.measure import tables
from admodes.measure.words import counted, duration, size
from admodes.modes.arguments import Inputs, check_callable, name, refuse_complex


@dataclass(frozen=True)
class Recommendation:
    """How to take a whole derivative, and why.

    It prints as its reasoning.

    Attributes
    ----------
    mode
        ``"forward"`` or ``"reverse"``.
    chunk_size
        Directions a pass.
    checkpoint
        Differentiate ``admodes.checkpoint(f, segments=True)`` in place of `f`: the tape would not
        fit.
    seconds
        Predicted, for the whole derivative.
    reasoning
        Why, in two sentences.
    candidates
        All that were considered and fit into the memory, the quickest first.
    inputs
        Numbers that it is differentiated by.
    outputs
        Numbers that the function gives.
    operations
        Recorded in one evaluation.
    tape_bytes
        Held by the tape of reverse mode.
    profile
        What was counted.
    machine
        What each thing that was counted costs.
    """

    mode: Mode
    chunk_size: int
    checkpoint: bool
    seconds: float
    reasoning: str
    candidates: tuple[Predicted, ...] = field(repr=False)
    inputs: int
    outputs: int
    operations: int
    tape_bytes: int
    profile: Profile = field(repr=False)
    machine: Machine = field(repr=False)

    def __str__(self) -> str:
        return self.reasoning

    def _repr_html_(self) -> str:
        """The reasoning, and the quickest candidates, with what is recommended first."""
        from html import escape

        rows = [
            (way.name, f"{way.passes:,}", f"~ {duration(way.seconds)}", f"~ {size(way.bytes)}")
            for way in self.candidates[:SHOWN]
        ]
        head = ("", "passes", "time in all, predicted", "memory beside the derivative")
        table = tables.as_html(head, rows, left={0}, strong={0})
        more = len(self.candidates) - len(rows)
        rest = f"<p>{counted(more, 'slower way')} considered, too.</p>" if more else ""
        return f"<p>{escape(self.reasoning)}</p>{table}{rest}"

    def predict(self, mode: str, chunk_size: int, checkpoint: bool = False) -> float:
        """The seconds that the whole derivative should take in this way.

        Raises
        ------
        ValueError
            For another `mode`, or a `chunk_size` below 1.
        """
        if mode not in ("forward", "reverse"):
            raise ValueError(f"mode must be 'forward' or 'reverse', not {mode!r}")
        if chunk_size < 1:
            raise ValueError(f"chunk_size must be a positive integer, not {chunk_size!r}")
        return Model(self.profile, self.machine).seconds(mode, chunk_size, checkpoint)


# --- The face -------------------------------------------------------------------------------------


def recommend(
    f: Callable[..., Any],
    *args: Any,
    memory_limit: float | None = None,
    machine: Machine | None = None,
) -> Recommendation:
    """The quickest way to the whole derivative of `f`: mode, directions a pass, checkpointing.

    The derivative is the gradient or the Jacobian by the first argument. One recorded evaluation
    counts what the function is made of: P operations, n inputs, m outputs. A pass of k directions
    then takes ::

        frame + P · (python + calls · call) + moves · move(bytes) + flops · flop + nonlinear
              + k · (moves · move(k · bytes) + flops · flop)

    The first line is there once a pass, for values and partial derivatives, the second for tangents
    or cotangents; the counts are those of each operation's push (forward mode, which evaluates `f`
    in each of its ⌈n / k⌉ passes) or pull (reverse mode, ⌈m / k⌉ sweeps after one recording). What
    each of them costs is measured once a process, in half a second: Python's share by the
    kind of operation, a number moved by the size of its array. The best k is sought among the
    powers of two and all.

    Parameters
    ----------
    f
        A function of plain NumPy code; its output may be any array or nested container.
    args
        Its arguments: numbers, arrays of floats, nested containers of them.
    memory_limit
        Bytes that a pass may hold beside the derivative itself. Where the tape would exceed it,
        forward mode, which has none, is left, and reverse mode over ``admodes.checkpoint(f,
        segments=True)``, which evaluates `f` twice more a sweep. Fewer directions hold less, too.
    machine
        Its costs, if they are known; measured by default.

    Returns
    -------
    A :class:`Recommendation`, which prints as its reasoning, in two sentences.

    Raises
    ------
    ValueError
        Where there is no argument, or `memory_limit` is not positive.
    TypeError, NotImplementedError
        As for :func:`jacobian`.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> advice = ad.recommend(lambda x: np.sum(x * x), np.ones(1000))
    >>> advice.mode, advice.chunk_size, advice.inputs, advice.operations
    ('reverse', 1, 1000, 2)
    >>> gradient = ad.jacobian(lambda x: np.sum(x * x), mode=advice.mode)(np.ones(1000))
    """
    check_callable(f)
    if not args:
        raise ValueError(f"recommend: {name(f)} needs an argument to differentiate by")
    if memory_limit is not None and not memory_limit > 0:
        raise ValueError(f"memory_limit must be a positive number of bytes, not {memory_limit!r}")
    inputs = Inputs(f, args, {}, 0)
    refuse_complex(inputs, f)
    return advise(profile(f, inputs), machine or calibrate(), memory_limit)


def advise(profile: Profile, machine: Machine, memory_limit: float | None = None) -> Recommendation:
    """The recommendation for a function of which one evaluation has been recorded."""
    every = Model(profile, machine).candidates(checkpoint=memory_limit is not None)
    limit = float("inf") if memory_limit is None else memory_limit
    fitting = [each for each in every if each.bytes <= limit]
    # Where nothing fits, what needs least.
    considered = fitting or [min(every, key=lambda each: each.bytes)]
    best = considered[0]
    return Recommendation(
        mode=best.mode,
        chunk_size=best.chunk_size,
        checkpoint=best.checkpoint,
        seconds=best.seconds,
        reasoning=_reasoning(profile, best, considered, limit, bool(fitting)),
        candidates=tuple(considered),
        inputs=profile.inputs,
        outputs=profile.outputs,
        operations=profile.length,
        tape_bytes=profile.tape_bytes,
        profile=profile,
        machine=machine,
    )


def rule_of_thumb(inputs: int, outputs: int) -> str | None:
    """The mode where sizes alone decide, or all is over too soon for more; ``None`` elsewhere."""
    if inputs <= FEW:  # Python's time decides, and a recording costs about a pass
        return "forward" if inputs <= max(FEWEST * outputs, FEWEST) else "reverse"
    if inputs * CLEAR <= outputs:
        return "forward"
    if outputs * CLEAR <= inputs:
        return "reverse"
    if inputs * outputs <= SMALL:
        return "forward" if inputs < 2 * outputs else "reverse"
    return None


SHOWN = 6
"""Candidates that a notebook shows."""
FEWEST = 8
FEW = 32
MANY = 256
"""With more inputs than this there are several passes, and reverse mode is the likelier one."""
CLEAR = 16
SMALL = 200_000
"""Entries of a derivative that is made about as soon as a recommendation for it."""


# --- In words -------------------------------------------------------------------------------------


def _reasoning(
    profile: Profile,
    best: Predicted,
    considered: list[Predicted],
    limit: float,
    fits: bool,
) -> str:
    """Two sentences."""
    sizes = f"{counted(profile.inputs, 'input')}, {counted(profile.outputs, 'output')}"
    found = f"{sizes} and {counted(profile.length, 'operation')}"
    ways = []
    for mode in ("forward", "reverse"):
        way = next((each for each in considered if each.mode == mode), None)
        ways.append(_way(way) if way else f"{mode} mode would not fit")
    first = f"With {found}, {ways[0]}, and {ways[1]}."
    chosen = f"{best.mode} mode, {counted(best.chunk_size, 'direction')} a pass"
    tape = f"the tape holds {size(profile.tape_bytes)}"
    if not fits:
        return f"{first} Nothing fits into {size(limit)}: {chosen} needs least."
    if best.checkpoint:
        kept = f"of which checkpoints keep about {size(best.bytes)}"
        return f"{first} So {chosen}: {tape}, {kept}."
    if profile.tape_bytes > limit:
        return f"{first} So {chosen}: {tape}, more than the {size(limit)} allowed."
    second = f"{first} So {chosen}"
    return f"{second}: {tape}." if best.mode == "reverse" else f"{second}: it needs no tape."


def _way(way: Predicted) -> str:
    passes = counted(way.passes, *(("sweep",) if way.mode == "reverse" else ("pass", "es")))
    recomputing = " that compute values again" if way.checkpoint else ""
    return (
        f"{way.mode} mode takes {passes} of {way.chunk_size:,}{recomputing},"
        f" about {duration(way.seconds)}"
    )
