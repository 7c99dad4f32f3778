"""What a derivative takes as a sparse matrix, where few directions hold all of its entries."""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from math import ceil, inf
from time import perf_counter
from typing import Any, Literal, NamedTuple

import numpy as np

from admodes import measure
from admodes.choosing.task import Task
from admodes.choosing.ways import Measured, Predicted, Way
from admodes.jacobians.sparse import (
    PatternChanged,
    SparseDerivative,
    sparse_hessian,
    sparse_jacobian,
)
from admodes.jacobians.sparse.limits import Beyond, Limits, OutOfTime, within
from admodes.jacobians.sparse.plans import SparsePlan
from admodes.measure import Interval, Timing, words
from admodes.modes.arguments import Inputs
from admodes.modes.containers import leaves

SOONEST = 1e-3
"""Seconds of a derivative from which on it is looked at: reading entries takes Python that long."""
FEWER = 3
"""Times the directions of the sparse way, that the longer way has at least."""
WORTH = 1.5
"""From this ratio on it is worth being spoken of: it gives another kind of matrix."""
LOOKING, EVALUATIONS = 1e-4, 10
"""Seconds that finding a pattern takes for each operation, at least; and as how many evaluations it
is to be expected, with the passes that are tried and the first call."""
SAMPLE_SECONDS = 0.001
FEWEST = 6
"""Rounds."""
TIMING = 0.2
"""The share of the time that timing takes, where all is to be over soon."""
AGREE = 1e-6
"""Of the largest entry: by how much another may be off by rounding."""
INPUTS = {"forward": "forward mode", "reverse": "reverse mode", "both": "both modes"}


@dataclass(frozen=True, kw_only=True)
class Sparsely:
    """A derivative as a sparse matrix: what it takes to have it, by a plan that was timed.

    Attributes
    ----------
    face
        ``"sparse_jacobian"``, or ``"sparse_hessian"`` where the function is a gradient.
    code
        What to write in order to have it, of a function ``f``.
    mode
        ``"forward"``, ``"reverse"`` or ``"both"``; ``"forward-over-reverse"`` of a Hessian.
    shape
        Outputs by inputs.
    entries
        That may be other than 0.
    directions
        Products with so many hold them all.
    passes
        That these take, with one direction more which checks the others.
    chunk_size
        Directions a pass, at most.
    first_seconds
        What the first call takes, which finds a plan.
    seconds
        What each one after it takes.
    dense
        The name of the quickest way without.
    ratio
        How many times as long that takes.
    predicted
        Whether that is a prediction, or an estimate from a pass.
    peak_bytes
        The most that is held at once; ``None`` where it was not looked at.
    difference
        By how much an entry differs from that of the dense way, in terms of the largest entry;
        ``None`` where that was not run in full.
    """

    face: Literal["sparse_jacobian", "sparse_hessian"]
    code: str
    mode: str
    shape: tuple[int, int]
    entries: int
    directions: int
    passes: int
    chunk_size: int
    first_seconds: float
    seconds: Interval
    dense: str
    ratio: Interval
    predicted: bool
    peak_bytes: int | None = None
    difference: float | None = None

    @property
    def name(self) -> str:
        """In words, as tables have it."""
        return f"sparse, {words.counted(self.directions, 'direction')}"

    @property
    def pays_from(self) -> int:
        """How many calls it takes until the first, which finds the plan, is paid for."""
        each = self.seconds.value
        saved = each * (self.ratio.value - 1)
        return max(ceil((self.first_seconds - each) / saved), 1)

    @property
    def is_worth_it(self) -> bool:
        """Whether it is quicker by more than noise, or than a prediction may be off by."""
        return self.ratio.low >= WORTH

    @property
    def agrees(self) -> bool | None:
        """Whether its entries are those of the dense way; ``None`` where nobody knows."""
        return None if self.difference is None else self.difference <= AGREE

    def __str__(self) -> str:
        rows, columns = self.shape
        by = f"{INPUTS[self.mode]}" if self.mode in INPUTS else f"{self.mode} mode"
        about = "about " * self.predicted
        calls = "the first call" if self.pays_from == 1 else f"{self.pays_from:,} calls"
        text = (
            f"As a sparse matrix ({self.code}): {self.entries:,} of {rows * columns:,} entries"
            f" may be other than 0, and {words.counted(self.directions, 'direction')} in {by}"
            f" {'holds' if self.directions == 1 else 'hold'} them all. A call takes"
            f" {words.duration(self.seconds.value)}, {about}{words.number(self.ratio.value)} times"
            f" as fast as {self.dense}, after a first one of {words.duration(self.first_seconds)}"
            f" that finds the plan: it pays from {calls} on."
        )
        if self.peak_bytes is not None:
            text += f" It holds {words.size(self.peak_bytes)} at most."
        if self.difference is None:
            return f"{text} Each call is checked along a random direction."
        if not self.agrees:
            return (
                f"{text} But its entries are not those of {self.dense}: they differ by up to"
                f" {self.difference:.1g} of the largest one. Ask admodes.diagnosis.agreement first."
            )
        largest = (
            f"within {self.difference:.1g} of the largest" if self.difference else "bit by bit"
        )
        return f"{text} Its entries are those of {self.dense}, {largest}."


class Unseen(Exception):
    """Whether few directions hold a derivative, which may well be, nobody has seen: why not."""

    def __str__(self) -> str:
        return f"As a sparse matrix it was not looked at: {super().__str__()}."


class Found(NamedTuple):
    """A plan, and what finding it took."""

    face: Literal["sparse_jacobian", "sparse_hessian"]
    code: str
    derivative: SparseDerivative
    plan: SparsePlan
    first_seconds: float
    #: of a call by the plan
    call_seconds: float


def looked_for(
    task: Task,
    shape: tuple[int, int],
    operations: int,
    evaluation: float,
    dense: float,
    seconds: float,
) -> Found | None:
    """A plan for a derivative of this shape, made at the task's arguments and called once.

    ``None`` where it could not pay, which is mostly seen without looking, or while there is little
    of it: a derivative that takes no time, or is dense.

    Parameters
    ----------
    task
        A function with real inputs and outputs.
    shape
        Outputs by inputs.
    operations
        That one evaluation records.
    evaluation
        Seconds of it.
    dense
        Seconds of the quickest way to the whole derivative.
    seconds
        That looking may take.

    Raises
    ------
    Unseen
        Where it might pay, but SciPy is not installed, or there was too little time to find out.
    """
    most = min(shape) / FEWER
    expected = LOOKING * operations + EVALUATIONS * evaluation
    if task.scalar or most < 1 or dense < SOONEST:
        return None
    if find_spec("scipy") is None:
        raise Unseen("that needs SciPy (pip install scipy)")
    if expected > seconds:
        raise Unseen(f"to find a plan may take {words.duration(expected)}")
    # SciPy, once a process: no part of looking
    importlib.import_module("admodes.jacobians.sparse.making")
    face, code, derivative = _asked(task)
    start = perf_counter()
    try:
        with within(Limits(seconds, most, shape)):
            plan = derivative.plan(*task.args, **task.kwargs)
            if plan.directions > most:
                return None
            begin = perf_counter()
            plan(*task.args, **task.kwargs)
    except OutOfTime:
        raise Unseen(f"no plan was found within {words.duration(seconds)}") from None
    except (Beyond, PatternChanged):  # which the user has not asked for
        return None
    end = perf_counter()
    return Found(face, code, derivative, plan, end - start, end - begin)


def _asked(
    task: Task,
) -> tuple[Literal["sparse_jacobian", "sparse_hessian"], str, SparseDerivative]:
    """Which face is asked, and how that is written; of a gradient the Hessian's."""
    by = "" if task.argnums == 0 else f", argnums={task.argnums!r}"
    function, argnums = getattr(task.f, "gradient_of", (None, None))
    if function is not None and argnums == task.argnums:
        code = f"admodes.sparse_hessian(f{by}), of the f that has this gradient"
        return "sparse_hessian", code, sparse_hessian(function, task.argnums)
    return (
        "sparse_jacobian",
        f"admodes.sparse_jacobian(f{by})",
        sparse_jacobian(task.f, task.argnums),
    )


def described(
    found: Found,
    seconds: Interval,
    dense: Way,
    ratio: Interval,
    predicted: bool,
    peak_bytes: int | None = None,
    difference: float | None = None,
) -> Sparsely:
    """What there is to be said of a plan that was timed."""
    plan = found.plan
    return Sparsely(
        face=found.face,
        code=found.code,
        mode=plan.mode,
        shape=plan.pattern.shape,
        entries=plan.pattern.nnz,
        directions=plan.directions,
        passes=plan.passes,
        chunk_size=min(plan.chunk_size, plan.directions + 1),
        first_seconds=found.first_seconds,
        seconds=seconds,
        dense=dense.name,
        ratio=ratio,
        predicted=predicted,
        peak_bytes=peak_bytes,
        difference=difference,
    )


def sparsely_soon(
    task: Task,
    way: Predicted,
    shape: tuple[int, int],
    operations: int,
    evaluation: float,
    seconds: float,
    limit: float,
) -> Sparsely | None:
    """The same for what is recommended, as far as that is worth it, within so many `seconds`.

    Where the dense way takes too long to be timed beside it, it is held against its prediction, at
    the end of the interval that favours it. Where no more than `limit` bytes may be held, it is
    seen what making the plan and a call hold. Raises :class:`Unseen` as :func:`looked_for` does.
    """
    found = looked_for(task, shape, operations, evaluation, way.seconds, seconds)
    if found is None:
        return None
    args, kwargs = task.args, task.kwargs
    sparse = partial(found.derivative, *args, **kwargs)
    calls: dict[str, Callable[[], object]] = {"sparse": sparse}
    allowed = TIMING * seconds
    is_timed = way.seconds * (FEWEST + 1) <= allowed and not way.checkpoint
    if is_timed:
        calls["dense"] = task.whole(way)
    is_long = found.call_seconds * (FEWEST + 1) > allowed  # then its first call may be its timing
    timings = {"sparse": Timing((found.call_seconds,), (0,))} | measure.interleave(
        calls,
        seconds=allowed,
        fewest=FEWEST,
        sample_seconds=SAMPLE_SECONDS,
        expected={"sparse": found.call_seconds} if is_long else None,
        threads=None,
        within=allowed,
    )
    each = measure.median(timings["sparse"].seconds)
    difference = None
    if is_timed:
        ratio = measure.ratio(timings["dense"], timings["sparse"])
        if ratio.low >= WORTH:
            difference = differs(calls["dense"](), sparse(), task.inputs())
    else:
        low, high = way.between
        ratio = Interval(way.seconds / each.value, low / each.high, high / each.low, each.coverage)
    peak = None
    if limit < inf:
        anew = _asked(task)[2]
        peak = measure.peak_bytes(lambda: anew(*args, **kwargs), warm=True)
        if peak > limit:
            return None
    own = described(found, each, way, ratio, not is_timed, peak, difference)
    return own if own.is_worth_it else None


def beside(
    found: Found,
    task: Task,
    way: Measured,
    both: tuple[Timing | None, Timing],
    peak: Callable[[], int | None],
    dense: Callable[[], Any],
) -> Sparsely | None:
    """The same for the quickest `way` that was measured, timed in the same rounds.

    Parameters
    ----------
    found, task
        The plan, and what it is of.
    way
        The quickest one without.
    both
        What that took in full, ``None`` where it was not run; and what the plan took.
    peak
        The bytes that a call by the plan holds, where there is time to see.
    dense
        The derivative by that way, where it can be had; ``None`` elsewhere.
    """
    whole, own = both
    each = measure.median(own.seconds)
    if whole is not None:
        ratio = measure.ratio(whole, own)
    else:
        ends = way.seconds.low / each.high, way.seconds.high / each.low
        ratio = Interval(way.seconds.value / each.value, *ends, way.seconds.coverage)
    if ratio.low < WORTH:
        return None
    held, other = peak(), dense()
    difference = None
    if other is not None:
        difference = differs(other, found.plan(*task.args, **task.kwargs), task.inputs())
    return described(found, each, way, ratio, whole is None, held, difference)


def differs(dense: Any, sparse: Any, inputs: Inputs) -> float | None:
    """By how much a sparse matrix differs from a dense derivative, over its largest entry.

    ``None`` where the derivative has other blocks than one for each output and each input. The
    arrays of `dense` are written into.

    >>> import numpy as np, admodes as ad
    >>> from admodes.modes.arguments import Inputs
    >>> x, f = np.ones(3), lambda x: x[1:] * x[:-1]
    >>> differs(ad.jacobian(f)(x), ad.sparse_jacobian(f)(x), Inputs(f, (x,), {}, 0))
    0.0
    """
    whole = as_matrix([block for _, block in leaves(dense)], [np.size(x) for x in inputs.leaves])
    if whole is None or whole.shape != sparse.shape:
        return None
    finite = np.isfinite(whole)
    largest = float(np.max(np.abs(whole), initial=0.0, where=finite))
    rows = np.repeat(np.arange(sparse.shape[0]), np.diff(sparse.indptr))
    there = whole[rows, sparse.indices]
    same = (there == sparse.data) | (np.isnan(there) & np.isnan(sparse.data))
    whole[rows, sparse.indices] = 0  # what is left, the pattern says is 0
    with np.errstate(invalid="ignore"):
        apart = np.abs(np.where(same, 0, there - sparse.data))
    worst = float(max(np.max(apart, initial=0.0), np.max(np.abs(whole), initial=0.0)))
    if not worst:
        return 0.0
    return worst / largest if largest and worst == worst else inf


def as_matrix(blocks: Sequence[Any], sizes: Sequence[int]) -> Any | None:
    """The blocks of a Jacobian, those of an output one after another, as one matrix."""
    if not sizes or not blocks or len(blocks) % len(sizes) or not all(sizes):
        return None
    rows = []
    for start in range(0, len(blocks), len(sizes)):
        own = [np.asarray(each) for each in blocks[start : start + len(sizes)]]
        if any(each.size % size for each, size in zip(own, sizes, strict=True)):
            return None
        parts = [each.reshape(-1, size) for each, size in zip(own, sizes, strict=True)]
        if len({len(part) for part in parts}) > 1:
            return None
        rows.append(parts[0] if len(parts) == 1 else np.hstack(parts))
    return rows[0] if len(rows) == 1 else np.vstack(rows)
