"""Both modes side by side, on a user's own function: what each costs, and whether they agree."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from math import inf
from time import perf_counter
from typing import Any

from admodes import counting, measure
from admodes.choosing.clock import OutOfTime, until
from admodes.choosing.comparison import Comparison
from admodes.choosing.periods import Loop
from admodes.choosing.plans import SHARE, Derivative, Plan
from admodes.choosing.profiling import profile
from admodes.choosing.repeating import Repeating, expected, repeating
from admodes.choosing.sparsely import Found, Sparsely, Unseen, beside, looked_for
from admodes.choosing.subject import Subject
from admodes.choosing.timings import SPARSE, F, Key, measured
from admodes.choosing.ways import Measured
from admodes.counting import Counts
from admodes.diagnosis import Agreement, agreement
from admodes.measure import Duel, Timing
from admodes.measure.free_memory import does_not_fit, free, within_memory
from admodes.measure.machine import blas_threads as threads_of_blas
from admodes.measure.meanwhile import Meanwhile
from admodes.measure.timing import blas_threads
from admodes.measure.words import counted
from admodes.modes.arguments import check_callable, name
from admodes.modes.complex_derivatives import is_complex
from admodes.reverse import Pullback, record
from admodes.truth.directions import ENTRIES

LARGE_TAPE = 1 << 22
"""Bytes: from here on it is asked what checkpointing would save."""
WORTH = 0.8
"""The share of the memory that something else may take and still be worth showing."""
ROUNDS, DUEL, REPEATED = 0.4, 0.2, 0.1
"""Shares of the time: for timing all ways, for the two quickest alone, and for a program."""
WIDTHS, PLANNED, CHECKED, TIMED, LOOKED, ALL = 0.35, 0.5, 0.75, 0.85, 0.95, 1.0
"""Shares of the time, by which each part is over: the search for directions a pass, and for a
sparse plan, the check, timing, counts and memory, and the two quickest alone. What one leaves the
next ones have."""
LEAST = 0.05
"""Seconds for timing what is quick, however little was given or is left."""
MOST = 51
"""Rounds."""
SAMPLE_SECONDS = 0.001
"""Short, so that what else the machine does comes between in few samples."""
GRACE = 0.5
"""Seconds by which whatever is not timed may be over, however few were given."""
MUCH = 10
"""Times an evaluation, from which on a recording is made again: it was the first call of all."""
WATCHED = 1.2, 3e-5
"""What a run takes whose memory is traced or whose operations are counted: so many times its time,
and seconds for each operation recorded; about."""
EVALUATIONS = 8, 1000
"""Of the function, that a check takes at least and at most."""
WEIGHED = 1e-7
"""Seconds of each, beside the function's own, for each output, which are weighed in Python."""
CHECK = 0.4
"""The share of what is left, up to which every entry is checked, not random directions alone."""


def compare(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] = 0,
    seconds: float = 2.0,
    seed: int = 0,
    threads: int | None = None,
) -> Comparison:
    """What forward mode and reverse mode cost for this function at this point, side by side.

    The task is the whole derivative as a user has it: ``grad`` where `f` gives one number, else
    ``jacobian``, of either mode. Each way to it is timed, counted, and its memory measured in a run
    of its own; the modes are checked against each other and against a third opinion. Which way is
    the quickest is found by timing the two quickest in turns, one of them twice: within what comes
    out between that one and itself, none is named. It is also recorded as a program
    (``compiled=True``), by each back end that is installed: one that pays has a column of its own,
    which says what its first call takes, and from how many on it does. So has mixed mode, which
    goes through the narrowest place between inputs and outputs (:mod:`admodes.mixed`), where it is
    worth trying; and the derivative as a sparse matrix (:func:`sparse_jacobian`, or where `f` is
    ``grad(g)`` :func:`sparse_hessian` of `g`), where few directions hold all of its entries, and
    that pays. Its entries are held against the dense ones.

    `f` runs on copies of `args`, and what it prints is caught.

    Parameters
    ----------
    f
        A function of plain NumPy code.
    args
        Its arguments: real numbers, arrays of floats, and nested containers of them.
    argnums
        Which of them to differentiate by, as in :func:`grad`: the first, unless otherwise said.
        :func:`recommend` takes the same.
    seconds
        About how long to take in all. One evaluation, one pass of each mode and one recording are
        made however long they take; a whole derivative that would take too long is estimated from
        a pass, and marked so; what there is no time for is left out, and said to be. Where less
        than half a second is given, the check, counts and memory may take as long.
    seed
        Of the directions in which the modes are checked.
    threads
        Of BLAS. ``None`` measures as this process runs; 1 is what counts arithmetic alone.

    Returns
    -------
    A :class:`Comparison`: prints as a table; ``.plot()``, ``.to_dict()``, ``.to_json()``.

    Raises
    ------
    TypeError, ValueError
        Where `f` cannot be differentiated at `args`: complex inputs, no entries; where `seconds` or
        `threads` is not positive, or `argnums` names no argument.
    MemoryError
        Where one evaluation, recorded, does not fit into the memory that is free, or no pass of
        either mode does. A mode of which none fits is left out, and said to be.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> comparison = ad.compare(lambda x: np.sum(x * x), np.ones(20), seconds=0.1)
    >>> first, *_, last = comparison.ways
    >>> first.name, first.passes, last.name, last.passes
    ('forward', 20, 'reverse', 1)
    """
    check_callable(f)
    if not seconds > 0:
        raise ValueError(f"seconds must be positive, not {seconds!r}")
    if threads is not None and (isinstance(threads, bool) or not threads >= 1):
        raise ValueError(f"threads must be a positive integer or None, not {threads!r}")
    if not args:
        raise ValueError(f"compare: {name(f)} needs an argument to differentiate by")
    subject = Subject(f, args, argnums)
    meanwhile, room = Meanwhile(seconds), free()
    try:
        with meanwhile, blas_threads(threads), within_memory():
            comparison = _Comparing(subject, meanwhile).compare(seed)
    except MemoryError as error:
        raise does_not_fit(f"compare({name(f)}): {meanwhile.what}", room, error) from error
    heard = meanwhile.heard
    return replace(comparison, printed=tuple(heard.first), lines_printed=heard.count)


class _Comparing:
    """One comparison, while it is made."""

    def __init__(self, subject: Subject, meanwhile: Meanwhile) -> None:
        self.subject, self.meanwhile = subject, meanwhile
        self.f_seconds = 0.0
        self.operations = 0
        #: why nobody saw whether the derivative is sparse
        self.unseen: str | None = None
        #: times as long as expected that a run takes which is watched
        self.slower = 1.0

    def compare(self, seed: int) -> Comparison:
        meanwhile, subject = self.meanwhile, self.subject
        derivative = self._derivative()
        plans = self._plans(derivative)
        if not plans:
            meanwhile.begin("a pass of either mode")
            raise MemoryError("; ".join(derivative.left_out))
        planned = self._sparse_plan(derivative, plans)
        agreed = self._agreement(derivative, plans, seed)
        meanwhile.begin("timing")
        timings = self._timings(plans, planned)
        found = self._measured(derivative, plans, timings)
        duel = self._duel(plans, timings)
        programs = self._programs(derivative, plans, timings)
        ways = [each for each in found.values() if each is not None]
        sparse = self._sparsely(derivative, found, timings, planned)
        return Comparison(
            function=name(subject.f),
            inputs=derivative.inputs,
            outputs=derivative.outputs,
            evaluation=measure.median(timings[F].seconds),
            evaluation_counts=self.evaluation,
            ways=tuple(ways),
            duel=duel,
            programs=programs,
            sparse=sparse,
            unseen=self.unseen,
            agreement=agreed,
            threads=threads_of_blas(),
            loop=self._loop(derivative),
            left_out=tuple(derivative.left_out),
            changes=subject.changes,
            machine=measure.describe(),
        )

    # --- What there is to be measured -------------------------------------------------------------

    def _derivative(self) -> Derivative:
        meanwhile, subject = self.meanwhile, self.subject
        meanwhile.begin("a recording")
        # First of all: its errors say what to write, and whatever a first call does once is done.
        pullback, seconds = self._recorded()
        meanwhile.begin("one evaluation")
        meanwhile.heard.first.clear()
        self.f_seconds = subject.evaluate()
        meanwhile.heard.keeps = (
            not meanwhile.heard.first
        )  # what it prints of plain numbers says all
        if MUCH * self.f_seconds < seconds <= SHARE * self._allowed(WIDTHS):
            pullback, seconds = self._recorded()
        self.operations = len(pullback.tape)
        derivative = Derivative(subject, pullback, seconds)
        if not derivative.inputs or not derivative.outputs:
            raise ValueError(
                f"compare({name(subject.f)}): nothing to differentiate: "
                f"{counted(derivative.inputs, 'input')}, "
                f"{counted(derivative.outputs, 'floating-point output')}"
            )
        return derivative

    def _recorded(self) -> tuple[Pullback, float]:
        start = perf_counter()
        pullback, _ = record(self.subject.f, self.subject.inputs)
        return pullback, perf_counter() - start

    def _plans(self, derivative: Derivative) -> list[Plan]:
        def allowed() -> float:
            return self._allowed(WIDTHS)

        self.meanwhile.begin("a pass of mixed mode")  # which takes little, if there is one
        through = derivative.mixed(allowed)
        self.meanwhile.begin("a pass of forward mode")
        plans = derivative.forward(allowed)
        self.meanwhile.begin("a pass of reverse mode")
        plans += derivative.reverse(allowed)
        if plans and plans[-1].way.mode == "reverse" and self._is_large(derivative):
            reverse = plans[-1]
            # All is evaluated once more.
            again = 3 * (derivative.recording_seconds + reverse.pass_seconds)
            if self._watched(again) <= allowed():
                plans += derivative.in_segments(reverse.way.chunk_size)
        return plans + through if plans else plans

    @staticmethod
    def _is_large(derivative: Derivative) -> bool:
        return derivative.pullback.tape.nbytes >= LARGE_TAPE

    def _loop(self, derivative: Derivative) -> Loop | None:
        expected = self._watched(derivative.recording_seconds)
        if not self._is_large(derivative) or expected > self._allowed(ALL):
            return None
        self.meanwhile.begin("looking for a loop")
        tape = derivative.pullback.tape.nbytes
        with derivative.where_it_fits("looking for a loop"):
            loop = profile(self.subject.inputs.function, self.subject.inputs).loop
            return loop if loop is not None and loop.held() <= WORTH * tape else None
        return None

    def _allowed(self, end: float) -> float:
        """Seconds for what is not timed, and is to be over by that share of the time."""
        return self.meanwhile.until(max(end * self.meanwhile.seconds, GRACE))

    def _watched(self, seconds: float) -> float:
        """What a run of so many seconds takes while it is looked on."""
        times, each = WATCHED
        return self.slower * (times * seconds + each * self.operations)

    @contextmanager
    def _watching(self, expected: float) -> Iterator[None]:
        """Such a run, which says how long the next ones take."""
        start = perf_counter()
        yield
        self.slower *= max((perf_counter() - start) / expected, 1.0)

    def _for_timing(self, share: float, end: float) -> float:
        """Seconds: so much of the time, as far as that is left."""
        seconds = self.meanwhile.seconds
        return max(min(share * seconds, self.meanwhile.until(end * seconds)), LEAST)

    # --- Time -------------------------------------------------------------------------------------

    def _timings(self, plans: Sequence[Plan], planned: Found | None) -> dict[Key, Timing]:
        """Of the function, of each way's pass and recording, and of its whole if it can be had; and
        of a sparse plan.

        What takes longer than its share of the time is not repeated: its first run is its timing.
        """
        meanwhile, subject = self.meanwhile, self.subject
        calls: dict[Key, Callable[[], object]] = {F: subject.call(subject.f)}
        durations: dict[Key, float] = {F: self.f_seconds}
        seconds = self._for_timing(ROUNDS, TIMED)
        if planned is not None:
            calls[SPARSE], durations[SPARSE] = (
                subject.call(planned.derivative),
                planned.call_seconds,
            )
        for plan in plans:
            calls[plan.way, "pass"], durations[plan.way, "pass"] = plan.one, plan.pass_seconds
            if plan.recording is not None:
                calls[plan.way, "recording"] = plan.recording
                durations[plan.way, "recording"] = plan.recording_seconds
            if plan.predicted() <= seconds / 2 and plan.is_made:
                calls[plan.way, "whole"], durations[plan.way, "whole"] = (
                    plan.whole,
                    plan.predicted(),
                )
        affordable, left = [], seconds
        for served, key in enumerate(sorted(calls, key=durations.__getitem__)):
            if durations[key] <= left / (len(calls) - served):
                affordable.append(key)
                left -= durations[key]
        timings = measure.interleave(
            {key: call for key, call in calls.items() if key in affordable},
            seconds=seconds,
            rounds=MOST,
            sample_seconds=SAMPLE_SECONDS,
            expected={key: durations[key] for key in affordable},
            threads=None,
            between=meanwhile.between,
            again=True,
            within=seconds,
        )
        once = {key: Timing((durations[key],), (0,)) for key in calls if key[1] != "whole"}
        return once | timings

    def _duel(self, plans: Sequence[Plan], timings: Mapping[Key, Timing]) -> Duel | None:
        """Between the two ways that seem quickest, the quicker one first."""
        run = [plan for plan in plans if (plan.way, "whole") in timings]
        if len(run) < 2:
            return None
        taken = {plan: measure.median(timings[plan.way, "whole"].seconds).value for plan in run}
        first, second = sorted(run, key=taken.__getitem__)[:2]
        seconds = self._for_timing(DUEL, ALL)
        if 4 * taken[first] + 3 * taken[second] > seconds:  # each twice, and a round
            return None
        self.meanwhile.begin("the two quickest")
        return measure.duel(
            first.whole,
            second.whole,
            seconds=seconds,
            threads=None,
            between=self.meanwhile.between,
        )

    def _programs(
        self, derivative: Derivative, plans: Sequence[Plan], timings: Mapping[Key, Timing]
    ) -> tuple[Repeating, ...]:
        """The quickest way as a program, where there is time to record it."""
        run = [p for p in plans if (p.way, "whole") in timings and not p.way.checkpoint]
        if not run or self.subject.changes:
            return ()
        quickest = min(run, key=lambda p: measure.median(timings[p.way, "whole"].seconds).value)
        one = quickest.predicted()
        if expected(self.operations * quickest.way.passes, one) > self._left():
            return ()
        self.meanwhile.begin("the quickest as a program")
        whole = derivative.task.derivative(quickest.way)
        with derivative.where_it_fits("the quickest as a program"):
            args, timing = self.subject.args, self._for_programs
            return repeating(quickest.way.name, whole, args, one, timing, self._left)
        return ()

    def _sparse_plan(self, derivative: Derivative, plans: Sequence[Plan]) -> Found | None:
        """Where few directions hold all entries, what finding them takes, and how it is done."""
        if self.subject.changes or any(is_complex(y) for y in derivative.rows.values):
            return None
        self.meanwhile.begin("is it sparse?")
        shape, quickest = (derivative.outputs, derivative.inputs), min(map(Plan.predicted, plans))
        allowed = self._allowed(PLANNED)
        with derivative.where_it_fits("a sparse derivative"):
            one = self.f_seconds
            try:
                return looked_for(derivative.task, shape, self.operations, one, quickest, allowed)
            except Unseen as unseen:
                self.unseen = str(unseen)
        return None

    def _sparsely(
        self,
        derivative: Derivative,
        measured: Mapping[Plan, Measured | None],
        timings: Mapping[Key, Timing],
        planned: Found | None,
    ) -> Sparsely | None:
        """The plan beside the quickest way, if it is worth it."""
        if planned is None:
            return None
        self.meanwhile.begin("the sparse derivative")
        ways = {plan: way for plan, way in measured.items() if way is not None}
        plan = min(ways, key=lambda plan: ways[plan].seconds.value)
        way, call = ways[plan], self.subject.call(planned.derivative)
        both = timings.get((plan.way, "whole")), timings[SPARSE]

        def peak() -> int | None:
            if self._watched(planned.call_seconds) > self._allowed(ALL):
                return None
            with self.meanwhile.quiet:
                return measure.peak_bytes(call, warm=True)

        def dense() -> Any:
            is_soon = plan.predicted() + planned.call_seconds <= self._allowed(ALL)
            return plan.whole() if plan.is_made and is_soon else None

        with derivative.where_it_fits("the sparse derivative beside a dense one"):
            return beside(planned, derivative.task, way, both, peak, dense)
        return None

    def _left(self) -> float:
        """Seconds, of those that were given, for what may be left out."""
        return self.meanwhile.until(self.meanwhile.seconds)

    def _for_programs(self) -> float:
        """Seconds for timing these."""
        return min(REPEATED * self.meanwhile.seconds, self._left())

    # --- Memory, counts, the check ----------------------------------------------------------------

    def _measured(
        self, derivative: Derivative, plans: Sequence[Plan], timings: Mapping[Key, Timing]
    ) -> dict[Plan, Measured | None]:
        """What each way costs; ``None`` for checkpoints that save nothing."""
        self.meanwhile.begin("counts")
        f, args = self.subject.by_its_inputs()
        may = self._watched(self.f_seconds) <= self._allowed(LOOKED)
        self.evaluation = None
        with derivative.where_it_fits("counts"):
            self.evaluation = counting.evaluation(f, *args) if may else None
        counts = {plan: self._counts(derivative, plan) for plan in plans}
        found: dict[Plan, Measured | None] = dict.fromkeys(plans)
        peak, estimated = None, False
        # Reverse mode first: what it holds is what most will ask.
        order = sorted(plans, key=lambda plan: plan.way.mode != "reverse")
        for number, plan in enumerate(order):
            self.meanwhile.begin(f"memory of {plan.way.name}")
            share = self._allowed(LOOKED) / (len(order) - number)
            before, peak = peak, None
            with derivative.where_it_fits(f"memory of {plan.way.name}"):
                peak, estimated = self._peak(plan, timings, share)
            if plan.way.checkpoint and before and peak and peak > WORTH * before:
                continue
            found[plan] = measured(plan, timings, counts[plan], peak, estimated)
        return found

    def _counts(self, derivative: Derivative, plan: Plan) -> Counts | None:
        passes = min(plan.way.passes, 2)  # one of full width, and the last
        expected = self._watched(plan.recording_seconds + passes * plan.pass_seconds)
        if self.evaluation is None or expected > self._allowed(LOOKED):
            return None
        with derivative.where_it_fits(f"counts of {plan.way.name}"):
            return derivative.counts(plan, self.evaluation)
        return None

    def _peak(
        self, plan: Plan, timings: Mapping[Key, Timing], seconds: float
    ) -> tuple[int | None, bool]:
        """What it holds at most: seen in full where that takes no longer, or else in a pass.

        And whether it is worked out from that.
        """
        whole = plan.way.passes * self._watched(plan.pass_seconds)
        if (plan.way, "whole") in timings and whole <= seconds:
            with self.meanwhile.quiet, self._watching(whole):
                return measure.peak_bytes(plan.whole, warm=True), False
        alone = self._watched(plan.pass_seconds + plan.recording_seconds)
        if alone > self._allowed(LOOKED):
            return None, False
        with self.meanwhile.quiet, self._watching(alone):
            peak = measure.peak_bytes(plan.alone, warm=True)
        return plan.whole_peak(peak), plan.way.passes > 1 and plan.way.mode != "mixed"

    def _agreement(
        self, derivative: Derivative, plans: Sequence[Plan], seed: int
    ) -> Agreement | None:
        """Whether the modes agree; ``None`` where there is no time, or no memory, to find out."""
        f, args = self.subject.by_its_inputs()
        each_takes = self.f_seconds + WEIGHED * derivative.outputs
        least, most = (count * each_takes for count in EVALUATIONS)
        least += 2 * sum(plan.pass_seconds for plan in (plans[0], plans[-1]))
        allowed = self._allowed(CHECKED)
        if least > allowed or len({plan.way.mode for plan in plans}) < 2:
            return None
        self.meanwhile.begin("do the modes agree?")
        if most <= allowed:
            allowed = inf
        each = derivative.inputs if max(derivative.inputs, derivative.outputs) <= ENTRIES else 0
        quick = least + 2 * each * self.f_seconds > CHECK * allowed
        with suppress(OutOfTime), derivative.where_it_fits("whether the modes agree"):
            found = agreement(until(f, perf_counter() + allowed), *args, seed=seed, quick=quick)
            return replace(found, changes=())  # the comparison says so itself
        return None
