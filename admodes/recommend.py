"""Which mode for this function, how many directions a pass, and is it worth checkpointing?

The answer is a prediction, from counts that no machine changes (:mod:`admodes.profiling`: one
recorded evaluation) and from what each counted thing costs on this one
(:mod:`admodes.calibration`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil, sqrt
from typing import Any, NamedTuple

from admodes.calibration import Frame, Machine, Overhead, calibrate
from admodes.core.costs import Cost
from admodes.modes.arguments import Inputs, check_callable, name, refuse_complex
from admodes.profiling import PRODUCTS, Operation, Profile, profile

ITEM = 8  # bytes of a number
MAPPED = 1 << 25  # bytes: malloc maps larger arrays anew each time, page by page


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
    candidates: tuple[Candidate, ...] = field(repr=False)
    """All that were considered and fit into the memory, the quickest first."""
    inputs: int
    outputs: int
    operations: int
    """Recorded in one evaluation."""
    tape_bytes: int
    profile: Profile = field(repr=False)
    machine: Machine = field(repr=False)

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
        return Model(self.profile, self.machine).candidate(mode, chunk_size, checkpoint).seconds


# --- The model ------------------------------------------------------------------------------------


class Pass(NamedTuple):
    """What a pass over all operations takes, in seconds but for the numbers moved."""

    once: float  #: however many directions: Python's share, values, partial derivatives
    moves: float  #: numbers read and written for each direction
    rest: float  #: for each direction beside them


def a_pass(profile: Profile, machine: Machine, what: str) -> Pass:
    """Recording, or pushing or pulling along one or several directions (a field of Overhead)."""
    move = machine.move(in_use(profile, 1))
    once = moves = rest = 0.0
    for operation, times in profile.operations:
        number = operation.kind.endswith("number")
        python = getattr(machine.operations[operation.kind], what)
        python += operation.calls(what) * machine.call
        pulled = what.startswith("pull")
        values = Cost() if number or pulled else operation.value
        work = operation.pull if pulled else operation.push
        if what == "record":
            values += Cost(moves=2 * operation.copied)
        elif not number or what in ("pushes", "pulls"):
            values += work.fixed
            each = work.each + Cost(moves=3 * operation.added if pulled else 0)
            moves += times * each.moves
            rest += times * beside_moves(operation, machine, each, what)
        rate = machine.product if operation.name in PRODUCTS else machine.elimination
        python += values.moves * (move + loops(operation, machine, what))
        python += computed(operation, machine, values, rate)
        once += times * python
    return Pass(once, moves, rest)


def loops(operation: Operation, machine: Machine, what: str) -> float:
    """A number's share of NumPy's inner loops; a loop reads one or two and writes one."""
    if not operation.inner:
        return 0.0
    summed = operation.reduces
    if operation.kind == "broadcast":  # a pull of what was broadcast sums, after a product
        summed = what.startswith("pull")
        row = (machine.row + machine.reduction) / 2 if summed else machine.row
    else:
        row = machine.reduction if summed and not what.startswith("pull") else machine.row
    return row / (2 * operation.inner)


def computed(operation: Operation, machine: Machine, cost: Cost, rate: float) -> float:
    """Nonlinear functions, and what products and eliminations do with numbers moved once."""
    nonlinear = machine.nonlinear.get(operation.name, machine.nonlinear[""])
    beyond = max(cost.additions + cost.multiplications - cost.moves, 0)
    return cost.nonlinear * nonlinear + beyond * rate


def beside_moves(operation: Operation, machine: Machine, each: Cost, what: str) -> float:
    """What a direction takes in an operation, beside the numbers that it moves."""
    seconds = computed(operation, machine, each, machine.product)
    if operation.matrices and what in ("pushes", "pulls"):
        products = each.multiplications / max(operation.value.multiplications, 1)
        seconds += operation.matrices * products * machine.matrix
        if what == "pulls":
            seconds *= machine.transposed
    return seconds + each.moves * loops(operation, machine, what)


def in_use(profile: Profile, k: int) -> float:
    """Bytes of a pass along `k` directions that are in use at once: what the cache is to hold."""
    return ITEM * k * (profile.alive + 2 * profile.written)


class Model:
    """The times of a profile on a machine."""

    def __init__(self, profile: Profile, machine: Machine) -> None:
        self.profile, self.machine = profile, machine
        self.passes = {what: a_pass(profile, machine, what) for what in Overhead._fields}

    def forward(self, k: int) -> float:
        """A Jacobian by forward mode, `k` inputs a pass."""
        profile, frame = self.profile, self.machine.forward
        own = self.passes["pushes" if k > 1 else "push"]
        each = frame.each + frame.output * (profile.output_leaves - 1) + own.once
        return (
            frame.start
            + frame.leaf * (profile.input_leaves - 1)
            + ceil(profile.inputs / k) * each
            + profile.inputs * self.direction(own, k)
            + self.assembly(frame, profile.outputs * k)
        )

    def reverse(self, r: int, checkpoint: bool = False) -> float:
        """A Jacobian by reverse mode, `r` outputs a sweep."""
        profile, frame = self.profile, self.machine.reverse
        own = self.passes["pulls" if r > 1 else "pull"]
        each = frame.each + frame.leaf * (profile.input_leaves - 1) + own.once
        if checkpoint:  # evaluated twice more: where values are stored, and between these
            each += 2 * self.passes["record"].once
        return (
            frame.start
            + frame.output * (profile.output_leaves - 1)
            + self.passes["record"].once
            + ceil(profile.outputs / r) * each
            + profile.outputs * self.direction(own, r)
            + self.assembly(frame, profile.inputs * r)
        )

    def direction(self, own: Pass, k: int) -> float:
        """What one of `k` directions takes."""
        return own.moves * self.machine.move(in_use(self.profile, k)) + own.rest

    def assembly(self, frame: Frame, chunk: int) -> float:
        """Making a Jacobian of the chunks of it: each entry is copied twice."""
        profile, move = self.profile, self.machine.move
        entries = profile.inputs * profile.outputs
        blocks = frame.block * (profile.input_leaves * profile.output_leaves - 1)
        containers = frame.containers * profile.has_containers
        copies = 2 * entries * (move(2 * ITEM * chunk) + move(2 * ITEM * entries))
        return containers + blocks + copies

    def candidate(self, mode: str, k: int, checkpoint: bool = False) -> Candidate:
        count = self.profile.inputs if mode == "forward" else self.profile.outputs
        seconds = self.forward(k) if mode == "forward" else self.reverse(k, checkpoint)
        bytes_ = held(self.profile, mode, k, checkpoint)
        return Candidate(mode, k, checkpoint, ceil(count / k), seconds, bytes_)

    def candidates(self, checkpoint: bool) -> list[Candidate]:
        """Every way, at powers of two and at all directions in a pass; the quickest first."""
        profile = self.profile
        ways = [("forward", profile.inputs, False), ("reverse", profile.outputs, False)]
        ways += [("reverse", profile.outputs, True)] * checkpoint
        found = [
            self.candidate(mode, k, stored)
            for mode, count, stored in ways
            for k in sorted({min(2**i, max(count, 1)) for i in range(count.bit_length() + 1)})
            if k == 1 or ITEM * k * profile.widest <= MAPPED
        ]
        return sorted(found, key=lambda each: each.seconds)


def held(profile: Profile, mode: str, k: int, checkpoint: bool) -> int:
    """Bytes that a pass holds: tangents, or cotangents and the tape."""
    own = ceil(in_use(profile, k)) + ITEM * k * profile.inputs
    if mode == "forward":
        return own
    if not checkpoint:
        return own + profile.tape_bytes
    # About 2√n values of n are stored (admodes.memory.segments).
    return own + ceil(profile.tape_bytes * min(1.0, 2 / sqrt(max(profile.length, 1))))


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
        return "forward" if inputs <= max(FEWEST * outputs, FEWEST) else "reverse"
    if inputs * CLEAR <= outputs:
        return "forward"
    if outputs * CLEAR <= inputs:
        return "reverse"
    if inputs * outputs <= SMALL:
        return "forward" if inputs < 2 * outputs else "reverse"
    return None


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
