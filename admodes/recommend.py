"""Which mode for this function, how many directions a pass, and is it worth checkpointing?

The answer is a prediction, from counts that no machine changes (:mod:`admodes.profiling`: one
recorded evaluation) and from what each counted thing costs on this one
(:mod:`admodes.calibration`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any

from admodes.arguments import Inputs, check_callable, name, refuse_complex
from admodes.calibration import Machine, calibrate
from admodes.costs import Cost
from admodes.profiling import PRODUCTS, Operation, Profile, Work, profile

ITEM = 8  # bytes of a number
CLOSE = 1.05  # predictions so close are equal, and then what holds less is recommended
MAPPED = 1 << 25  # bytes: malloc maps larger arrays anew each time, page by page
LIVE = 3  # tangents of the widest value that are alive at once, beside those of the inputs


@dataclass(frozen=True)
class Candidate:
    """A way to the whole derivative, and what it should take."""

    mode: str
    """``"forward"`` or ``"reverse"``."""
    chunk_size: int
    """Directions a pass: inputs in forward mode, outputs in reverse mode."""
    checkpoint: bool
    """Whether the sweep computes again what it would otherwise have stored."""
    passes: int
    seconds: float
    """Predicted."""
    bytes: int
    """Predicted: what a pass holds beside the derivative itself, and the tape."""


@dataclass(frozen=True)
class Recommendation:
    """How to take a whole derivative, and why.

    It prints as its reasoning.
    """

    mode: str
    """``"forward"`` or ``"reverse"``."""
    chunk_size: int
    """Directions a pass."""
    checkpoint: bool
    """Differentiate ``admodes.checkpoint(f, segments=True)`` in place of `f`: the tape would not
    fit."""
    seconds: float
    """Predicted."""
    reasoning: str
    candidates: tuple[Candidate, ...]
    """All that were considered and fit into the memory, the quickest first."""
    inputs: int
    outputs: int
    operations: int
    """Recorded in one evaluation."""
    tape_bytes: int
    profile: Profile
    machine: Machine

    def __str__(self) -> str:
        return self.reasoning

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
        return candidate(self.profile, self.machine, mode, chunk_size, checkpoint).seconds


# --- The model ------------------------------------------------------------------------------------


def python(operation: Operation, machine: Machine, what: str) -> float:
    """Python's share of an operation that is recorded, pushed or pulled, and the NumPy calls."""
    overhead = getattr(machine.operations[operation.kind], what)
    return overhead + operation.calls(what) * machine.call


def arithmetic(operation: Operation, machine: Machine, cost: Cost, entries: float) -> float:
    """The share of numbers moved and computed, in arrays of so many entries."""
    move = machine.move(ITEM * entries)
    if operation.inner:  # a loop reads one or two numbers and writes one
        move += machine.row / (2 * operation.inner)
    nonlinear = machine.nonlinear.get(operation.name, machine.nonlinear[""])
    return cost.moves * move + cost.nonlinear * nonlinear


def flops(cost: Cost) -> int:
    """What a product of matrices or an elimination computes with numbers that it moves once."""
    return max(cost.additions + cost.multiplications - cost.moves, 0)


def along(operation: Operation, machine: Machine, work: Work, k: int, entries: int) -> float:
    """What each of `k` directions adds to a pass over an operation."""
    products = flops(work.each) * machine.product
    if operation.matrices and k > 1:
        times = work.each.multiplications / max(operation.value.multiplications, 1)
        products += operation.matrices * times * machine.matrix
        if work is operation.pull:
            products *= machine.transposed
    return arithmetic(operation, machine, work.each, entries * k) + products


def once(operation: Operation, machine: Machine, cost: Cost) -> float:
    """What a pass computes once, however many its directions: values, partial derivatives."""
    rate = machine.product if operation.name in PRODUCTS else machine.elimination
    return arithmetic(operation, machine, cost, operation.size) + flops(cost) * rate


def evaluation(operation: Operation, machine: Machine) -> float:
    """The value's share: NumPy's work where it is an array."""
    if operation.kind.endswith("number"):
        return 0.0
    return once(operation, machine, operation.value)


def forward_seconds(profile: Profile, machine: Machine, k: int) -> float:
    """A Jacobian by forward mode, `k` inputs a pass."""
    passes, what = ceil(profile.inputs / k), "pushes" if k > 1 else "push"
    each = direction = 0.0
    for operation, times in profile.operations:
        fixed = python(operation, machine, what) + evaluation(operation, machine)
        if not operation.kind.endswith("number") or k > 1:
            fixed += once(operation, machine, operation.push.fixed)
            direction += times * along(operation, machine, operation.push, k, operation.size)
        each += times * fixed
    frame = machine.forward
    return (
        frame.start
        + frame.containers * profile.has_containers
        + frame.leaf * (profile.input_leaves - 1)
        + passes * (frame.each + frame.output * (profile.output_leaves - 1) + each)
        + profile.inputs * direction
        + assembly(profile, machine, frame.block, profile.outputs * k)
    )


def reverse_seconds(profile: Profile, machine: Machine, r: int, checkpoint: bool = False) -> float:
    """A Jacobian by reverse mode, `r` outputs a sweep."""
    sweeps, what = ceil(profile.outputs / r), "pulls" if r > 1 else "pull"
    record = each = direction = 0.0
    for operation, times in profile.operations:
        record += times * (
            python(operation, machine, "record")
            + evaluation(operation, machine)
            + 2 * operation.copied * machine.move(ITEM * operation.copied)
        )
        fixed = python(operation, machine, what)
        if not operation.kind.endswith("number") or r > 1:
            fixed += once(operation, machine, operation.pull.fixed)
            direction += times * along(operation, machine, operation.pull, r, operation.widest)
            added = operation.added * machine.move(ITEM * operation.widest * r)
            direction += times * 3 * added
        each += times * fixed
    frame = machine.reverse
    # Checkpointed, a sweep evaluates twice: where values are stored, and between these.
    recordings = 1 + 2 * sweeps * checkpoint
    return (
        frame.start
        + frame.containers * profile.has_containers
        + frame.output * (profile.output_leaves - 1)
        + recordings * record
        + sweeps * (frame.each + frame.leaf * (profile.input_leaves - 1) + each)
        + profile.outputs * direction
        + assembly(profile, machine, frame.block, profile.inputs * r)
    )


def assembly(profile: Profile, machine: Machine, block: float, chunk: int) -> float:
    """Making a Jacobian of the chunks of it: each entry is copied twice."""
    entries = profile.inputs * profile.outputs
    moves = machine.move(ITEM * chunk) + machine.move(ITEM * entries)
    return block * (profile.input_leaves * profile.output_leaves - 1) + 2 * entries * moves


def held(profile: Profile, mode: str, k: int, checkpoint: bool) -> int:
    """Bytes that a pass holds: tangents, or cotangents and the tape."""
    own = k * ITEM * (profile.inputs + LIVE * profile.widest)
    if mode == "forward":
        return own
    if not checkpoint:
        return own + profile.tape_bytes
    # About 2√n values of n are stored (admodes.segments).
    return own + ceil(profile.tape_bytes * min(1.0, 2 / sqrt(max(profile.length, 1))))


def candidate(
    profile: Profile, machine: Machine, mode: str, k: int, checkpoint: bool = False
) -> Candidate:
    if mode == "forward":
        seconds = forward_seconds(profile, machine, k)
        passes = ceil(profile.inputs / k)
    else:
        seconds = reverse_seconds(profile, machine, k, checkpoint)
        passes = ceil(profile.outputs / k)
    return Candidate(mode, k, checkpoint, passes, seconds, held(profile, mode, k, checkpoint))


def candidates(profile: Profile, machine: Machine) -> list[Candidate]:
    """Every way, at powers of two and at all directions in one pass; the quickest first."""
    ways = [("forward", profile.inputs, False), ("reverse", profile.outputs, False)]
    ways.append(("reverse", profile.outputs, True))
    found = [
        candidate(profile, machine, mode, k, checkpoint)
        for mode, count, checkpoint in ways
        for k in sorted({min(2**power, max(count, 1)) for power in range(count.bit_length() + 1)})
        if k == 1 or ITEM * k * profile.widest <= MAPPED
    ]
    return sorted(found, key=lambda each: each.seconds)


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
    each of them costs is measured once a process, in a quarter of a second: Python's share by the
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
    every = candidates(profile, machine)
    limit = float("inf") if memory_limit is None else memory_limit
    fitting = [each for each in every if each.bytes <= limit]
    # Where nothing fits, what needs least.
    considered = fitting or [min(every, key=lambda each: each.bytes)]
    close = [each for each in considered if each.seconds <= CLOSE * considered[0].seconds]
    best = min(close, key=lambda each: each.bytes)
    return Recommendation(
        mode=best.mode,
        chunk_size=best.chunk_size,
        checkpoint=best.checkpoint,
        seconds=best.seconds,
        reasoning=_reasoning(profile, best, considered, memory_limit, bool(fitting)),
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
        return "forward" if inputs <= 8 * outputs or inputs <= 1 else "reverse"
    if inputs * CLEAR <= outputs:
        return "forward"
    if outputs * CLEAR <= inputs:
        return "reverse"
    if inputs <= ONE_PASS:
        return "forward" if inputs <= 2 * outputs else "reverse"
    return None


FEW = 32
ONE_PASS = 256
"""So many inputs go through one pass: a recommendation would take as long as the derivative."""
CLEAR = 16


# --- In words -------------------------------------------------------------------------------------


def _reasoning(
    profile: Profile,
    best: Candidate,
    considered: list[Candidate],
    memory_limit: float | None,
    fits: bool,
) -> str:
    """Two sentences."""
    sizes = f"{_number(profile.inputs, 'input')}, {_number(profile.outputs, 'output')}"
    found = f"{sizes} and {_number(profile.length, 'operation')}"
    ways = []
    for mode in ("forward", "reverse"):
        way = next((each for each in considered if each.mode == mode), None)
        ways.append(_way(way) if way else f"{mode} mode would not fit")
    first = f"With {found}, {ways[0]}, and {ways[1]}."
    chosen = f"{best.mode} mode, {_number(best.chunk_size, 'direction')} a pass"
    tape = f"the tape holds {_bytes(profile.tape_bytes)}"
    if not fits:
        return f"{first} Nothing fits into {_bytes(memory_limit)}: {chosen} needs least."
    if best.checkpoint:
        kept = f"of which checkpoints keep about {_bytes(best.bytes)}"
        return f"{first} So {chosen}: {tape}, {kept}."
    if memory_limit is not None and profile.tape_bytes > memory_limit:
        return f"{first} So {chosen}: {tape}, more than the {_bytes(memory_limit)} allowed."
    second = f"{first} So {chosen}"
    return f"{second}: {tape}." if best.mode == "reverse" else f"{second}: it needs no tape."


def _way(way: Candidate) -> str:
    passes = _number(way.passes, "sweep" if way.mode == "reverse" else "pass")
    recomputing = " that compute values again" if way.checkpoint else ""
    return (
        f"{way.mode} mode takes {passes} of {way.chunk_size:,}{recomputing},"
        f" about {_time(way.seconds)}"
    )


def _number(count: int, what: str) -> str:
    plural = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{count:,} {what if count == 1 else plural}"


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def _bytes(count: float | None) -> str:
    size = float(count or 0)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"
