"""Which mode for this function, how many directions a pass, and is it worth checkpointing?

The answer is a prediction, from counts that no machine changes (:mod:`admodes.choosing.profiling`:
one recorded evaluation) and from what each counted thing costs on this one
(:mod:`admodes.choosing.calibration`). Where it matters it is put right by what is seen: one
evaluation is timed; what must fit into a limit is looked at (:mod:`admodes.choosing.peaks`); and
passes are timed by request (:mod:`admodes.choosing.trials`). What a program of it takes is measured
where that is soon done (:mod:`admodes.choosing.repeating`): the counts say little about that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from numbers import Real
from typing import Any

from admodes.choosing.calibration import calibrate
from admodes.choosing.clock import timed
from admodes.choosing.machines import Machine
from admodes.choosing.model import Model
from admodes.choosing.peaks import Peaks, least, within
from admodes.choosing.periods import Loop
from admodes.choosing.profiling import Profile, profile
from admodes.choosing.reasoning import reasoning
from admodes.choosing.repeating import Repeating, repeating_soon, would_take
from admodes.choosing.sparsely import Sparsely, Unseen, sparsely_soon
from admodes.choosing.task import Task
from admodes.choosing.trials import SHARE, tried
from admodes.choosing.ways import Predicted
from admodes.core.types import JacobianMode
from admodes.core.values import fresh, plain
from admodes.measure import listening, tables, words
from admodes.measure.free_memory import does_not_fit, free, within_memory
from admodes.measure.words import counted, duration, size
from admodes.modes.arguments import Inputs, check_callable, name
from admodes.modes.complex_derivatives import refuse_complex
from admodes.modes.containers import map_leaves
from admodes.modes.evaluating import overwritten


@dataclass(frozen=True)
class Recommendation:
    """How to take a whole derivative, and why.

    It prints as its reasoning.

    Attributes
    ----------
    mode
        ``"forward"``, ``"reverse"``, or for a Jacobian ``"mixed"``: what its ``mode=`` is to be.
    chunk_size
        Directions a pass.
    checkpoint
        Differentiate ``admodes.checkpoint(f, segments=True)`` in place of `f`: the tape would not
        fit.
    seconds
        Of the whole derivative: predicted, or from passes that were timed.
    between
        Seconds: nine in ten take no less and no more.
    peak_bytes
        The most that is held at once, the derivative included: seen under a `memory_limit`, by
        estimate otherwise.
    fits
        Whether that is within the limit.
    reasoning
        Why, in a few sentences.
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
    trial_seconds
        That timing single passes took; 0 where none was.
    loop
        The steps that most of the recording consists of, if they are alike.
    model
        What the predictions come from.
    printed
        The first lines that the function wrote.
    lines_printed
        How many it wrote in all.
    changes
        The arguments that it changes: it was run on copies.
    programs
        The same derivative as a program, by each back end that is installed: those that are worth
        it, and that were looked at.
    sparse
        The same derivative as a sparse matrix, where that is worth it and was looked at.
    unrecorded
        Seconds that it would have taken to look at programs, where that was too long.
    unseen
        Why nobody saw whether it is sparse, where a sparse matrix might have been worth it.
    """

    mode: JacobianMode
    chunk_size: int
    checkpoint: bool
    seconds: float
    between: tuple[float, float]
    peak_bytes: int
    fits: bool
    reasoning: str
    candidates: tuple[Predicted, ...] = field(repr=False)
    inputs: int
    outputs: int
    operations: int
    tape_bytes: int
    trial_seconds: float
    loop: Loop | None = field(repr=False)
    model: Model = field(repr=False)
    printed: tuple[str, ...] = field(default=(), repr=False)
    lines_printed: int = field(default=0, repr=False)
    changes: tuple[str, ...] = field(default=(), repr=False)
    programs: tuple[Repeating, ...] = field(default=(), repr=False)
    sparse: Sparsely | None = field(default=None, repr=False)
    unrecorded: float | None = field(default=None, repr=False)
    unseen: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        changed = (words.changed("The function", place) for place in self.changes)
        sparse = () if self.sparse is None else (str(self.sparse),)
        programs = (program.sentence(self.between) for program in self.programs)
        lines = [self.reasoning, *programs, *sparse, *changed]
        if self.unrecorded is not None:
            lines.append(
                "As a program (compiled=True) it was not looked at: to record and time that may "
                f"take {duration(self.unrecorded)}"
                f"{f'; measure=True looks for up to {duration(AT_LEISURE)}' * self.soon_recorded}."
            )
        if self.unseen is not None:
            lines.append(self.unseen)
        if self.lines_printed:
            lines.append(words.printed("The function", self.lines_printed, self.printed))
        return "\n".join(lines)

    @property
    def soon_recorded(self) -> bool:
        """Whether programs that were not looked at would be, with ``measure=True``."""
        return self.unrecorded is not None and SOON_DONE < self.unrecorded <= AT_LEISURE

    def _repr_html_(self) -> str:
        """The reasoning, and the quickest candidates, with what is recommended first."""
        from html import escape

        rows = [
            (way.name, f"{way.passes:,}", f"~ {duration(way.seconds)}", f"~ {size(way.bytes)}")
            for way in self.candidates[:SHOWN]
        ]
        head = ("", "passes", "time in all, predicted", "memory, at most")
        table = tables.as_html(head, rows, left={0}, strong={0})
        more = len(self.candidates) - len(rows)
        rest = f"<p>{counted(more, 'slower way')} considered, too.</p>" if more else ""
        return f"<p>{escape(str(self))}</p>{table}{rest}"

    @property
    def profile(self) -> Profile:
        """What was counted."""
        return self.model.profile

    @property
    def machine(self) -> Machine:
        """What each thing that was counted costs."""
        return self.model.machine

    def predict(self, mode: str, chunk_size: int, checkpoint: bool = False) -> float:
        """The seconds that the whole derivative should take in this way.

        Raises
        ------
        ValueError
            For another `mode`, for ``"mixed"`` where there is no place narrower than inputs and
            outputs, or a `chunk_size` below 1.
        """
        if mode not in ("forward", "reverse", "mixed"):
            raise ValueError(f"mode must be 'forward', 'reverse' or 'mixed', not {mode!r}")
        if chunk_size < 1:
            raise ValueError(f"chunk_size must be a positive integer, not {chunk_size!r}")
        return self.model.seconds(mode, chunk_size, checkpoint)


# --- The face -------------------------------------------------------------------------------------


def recommend(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] = 0,
    memory_limit: float | None = None,
    measure: bool = False,
    machine: Machine | None = None,
    programs: bool = True,
    sparse: bool = True,
) -> Recommendation:
    """The quickest way to the whole derivative of `f`: mode, directions a pass, checkpointing.

    The derivative is the gradient by :func:`grad` where `f` gives one number, else the Jacobian by
    :func:`jacobian`. One recorded evaluation counts what the function is made of: P operations, n
    inputs, m outputs. A pass of k directions then takes ::

        frame + P · (python + calls · call) + moves · move(bytes) + flops · flop + nonlinear
              + k · (moves · move(k · bytes) + flops · flop)

    The first line is there once a pass, for values and partial derivatives, the second for tangents
    or cotangents; the counts are those of each operation's push (forward mode, which evaluates `f`
    in each of its ⌈n / k⌉ passes) or pull (reverse mode, ⌈m / k⌉ sweeps after one recording, twice
    as many where an output is complex; in mixed mode as many sweeps and passes as the narrowest
    place between inputs and outputs has numbers, each along a part of the operations, see
    :mod:`admodes.mixed`). What each of them costs is measured once a process, in a
    second: Python's share by the kind of operation, a number moved by the size of its array. The
    best k is sought among the powers of two and all. One plain evaluation is timed besides: what it
    takes beyond its operations is added to every pass.

    Parameters
    ----------
    f
        A function of plain NumPy code; its output may be any array or nested container.
    args
        Its arguments: numbers, arrays of floats, nested containers of them.
    argnums
        The position of the argument, or a tuple of them, to differentiate by.
    memory_limit
        Bytes that the derivative may hold at once: values, tangents or cotangents, the tape, and
        the derivative itself. What is recommended was looked at (``tracemalloc``): a derivative
        that is soon made in full, of a longer one a pass. Where the tape does not fit, forward
        mode is left, which has none, and reverse mode over ``admodes.checkpoint(f,
        segments=True)``, which evaluates `f` twice more a sweep; and where `f` is a loop of steps
        that are alike, it is said how it could be written as ``admodes.checkpoint(step, steps=)``.
        Fewer directions hold less, too. To find all this out, `f` is recorded once in full. What
        the machine has free is a limit, in any case.
    measure
        Time a pass of each way that the prediction leaves open, for a tenth of the predicted whole
        at most. Where less than a pass could be timed in that, the prediction stands.
    machine
        Its costs, if they are known; measured by default.
    programs
        Record what is recommended as a program, too (``compiled=True``), by each back end that is
        installed, and time it: then it is said from how many calls on that pays. Only where this
        should take no longer than a quarter of a second, or two seconds with `measure`; not for a
        `machine` that is given, nor within a `memory_limit`.
    sparse
        Look whether few directions hold all entries of a Jacobian (:func:`sparse_jacobian`; where
        `f` is ``grad(g)``, :func:`sparse_hessian` of `g`): a plan is found, and timed. That is
        given up as soon as it cannot pay, and takes about as long as programs at most, or a tenth
        of the predicted whole. Not for a `machine` that is given.

    Returns
    -------
    A :class:`Recommendation`, which prints as its reasoning.

    Raises
    ------
    ValueError
        Where there is no argument, `argnums` is out of range, or `memory_limit` is not positive.
    TypeError, NotImplementedError
        As for :func:`jacobian`.
    MemoryError
        Where one evaluation, recorded, and its counts do not fit into the memory that is free.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> advice = ad.recommend(lambda x: np.sum(x * x), np.ones(1000))
    >>> advice.mode, advice.chunk_size, advice.inputs, advice.operations
    ('reverse', 1, 1000, 2)
    >>> gradient = ad.grad(lambda x: np.sum(x * x), mode=advice.mode)(np.ones(1000))
    """
    check_callable(f)
    if not args:
        raise ValueError(f"recommend: {name(f)} needs an argument to differentiate by")
    if memory_limit is not None and not (isinstance(memory_limit, Real) and memory_limit > 0):
        raise ValueError(f"memory_limit must be a positive number of bytes, not {memory_limit!r}")
    given = args
    args = tuple(map_leaves(lambda x: fresh(plain(x)), args))  # f may overwrite what it gets
    inputs = Inputs(f, args, {}, argnums)
    refuse_complex(inputs, f, "recommendation")
    room = free()
    programs = programs and machine is None and memory_limit is None
    sparse = sparse and machine is None
    try:
        with listening() as heard, within_memory():
            found = profile(f, inputs)
            machine = machine or calibrate()
            task = Task(f, args, argnums, found.scalar)
            beside, changes = beside_operations(task, Model(found, machine))
            model = Model(found, machine, found.scalar, beside)
            advice = advise(task, model, memory_limit, measure)
            # What it is not differentiated by, it got as it was; of all else it overwrote copies.
            changes = tuple(sorted({*changes, *overwritten(given, args)}))
            if programs and not changes and not heard.count:
                best, limit = advice.candidates[0], AT_LEISURE if measure else SOON_DONE
                seconds = would_take(best, advice.operations)
                if best.checkpoint or seconds > limit:
                    advice = replace(advice, unrecorded=None if best.checkpoint else seconds)
                else:
                    repeated = repeating_soon(task, best, advice.operations, limit)
                    advice = replace(advice, programs=repeated)
            if sparse and not changes and found.parts == 1:
                try:
                    own = sparsely(task, advice, memory_limit, measure)
                    advice = replace(advice, sparse=own)
                except Unseen as unseen:
                    advice = replace(advice, unseen=str(unseen))
    except MemoryError as error:
        raise does_not_fit(f"recommend({name(f)}): what it counts", room, error) from error
    return replace(advice, printed=tuple(heard.first), lines_printed=heard.count, changes=changes)


def sparsely(
    task: Task, advice: Recommendation, memory_limit: float | None, measure: bool
) -> Sparsely | None:
    """What is recommended, as a sparse matrix; where no dense one fits, whatever else fits."""
    best, limit = advice.candidates[0], inf if memory_limit is None else memory_limit
    leisure, most = (AT_LEISURE, LONGEST) if measure else (SOON_DONE, LONG)
    seconds = min(max(leisure, SHARE * best.seconds), most)
    shape, evaluation = (advice.outputs, advice.inputs), advice.model.recording()
    try:
        return sparsely_soon(task, best, shape, advice.operations, evaluation, seconds, limit)
    except MemoryError:  # a pattern that is not sparse, or a matrix that is as large
        return None


def advise(
    task: Task, model: Model, memory_limit: float | None = None, measure: bool = False
) -> Recommendation:
    """The recommendation for a function of which one evaluation has been recorded."""
    every, room = model.candidates(checkpoint=memory_limit is not None), free()
    peaks = Peaks(task, model.profile)
    if memory_limit is None:
        every = [way for way in every if way.bytes <= room] or model.candidates(checkpoint=True)
        if every[0].bytes > room:  # nothing fits: what the machine has is a limit, too
            memory_limit = room
    limit = float("inf") if memory_limit is None else min(memory_limit, room)
    ways, spent = every, None
    if measure:
        possible = [way for way in every if max(peaks.at_least(way), way.bytes) <= limit]
        ways, spent = tried(task, model, possible) if possible else (every, 0.0)
    if memory_limit is not None:
        ways = within(ways, peaks, limit)
    fits = bool(ways)
    if not fits:  # what needs least
        ways = [least(every, peaks)]
    best = ways[0]
    profile = model.profile
    return Recommendation(
        mode=best.mode,
        chunk_size=best.chunk_size,
        checkpoint=best.checkpoint,
        seconds=best.seconds,
        between=best.between,
        peak_bytes=best.bytes,
        fits=fits,
        reasoning=reasoning(model, ways, limit, fits, spent),
        candidates=tuple(ways),
        inputs=profile.inputs,
        outputs=profile.outputs,
        operations=profile.length,
        tape_bytes=profile.tape_bytes,
        trial_seconds=spent or 0.0,
        loop=profile.loop,
        model=model,
    )


SOON_DONE, AT_LEISURE = 0.25, 2.0
"""Seconds for a look at programs, and for a sparse plan; and where trials are asked for."""
LONG, LONGEST = 5.0, 30.0
"""Seconds, up to which a sparse plan may take its share of a derivative that takes far longer."""
SOON = 0.1
"""Seconds: what takes no longer is timed again, for a first time it may have met with anything."""
NOTICED = 2e-4
"""Seconds of an evaluation from which on it is held against its operations."""
BEYOND = 3.0
"""Times the predicted recording, up to which that is taken for right."""


def beside_operations(task: Task, model: Model) -> tuple[float, tuple[str, ...]]:
    """Seconds of an evaluation that its recorded operations do not explain, and what it changes.

    A function may compute with constants, read a file, or wait: no derivative goes through that,
    and no count shows it, but each pass of forward mode does it again.
    """
    taken: list[float] = []
    while len(taken) < 3 and sum(taken) < SOON:
        evaluation = task.evaluation()
        taken.append(timed(evaluation).own)
    return unexplained(min(taken), model), evaluation.changes()


def unexplained(seconds: float, model: Model) -> float:
    """What an evaluation took beyond a recording, if that is more than predictions are off by."""
    known = model.passes["record"].once
    return seconds - known if seconds > max(NOTICED, BEYOND * known) else 0.0


SHOWN = 6
"""Candidates that a notebook shows."""
