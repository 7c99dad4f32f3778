"""Both modes side by side, on a user's own function: what each costs, and whether they agree."""

import functools
import math
import operator
import timeit
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from admodes import counting, forward, measure, reverse
from admodes.choosing.comparison import Comparison
from admodes.choosing.ways import Measured, Way, widths
from admodes.core.values import is_floating, plain
from admodes.counting import Counts
from admodes.diagnosis import agreement
from admodes.measure import Interval
from admodes.memory.checkpointing import checkpoint
from admodes.modes.arguments import Inputs, check_callable, name, refuse_complex
from admodes.modes.units import Units, chunk_size_of
from admodes.reverse import record

LARGE_TAPE = 1 << 24  # bytes: from here on, checkpointing is worth a row
WIDEST = 1 << 26  # bytes of tangents or cotangents that a pass may carry
LARGEST = 1 << 30  # bytes of a derivative that is made in full


def compare(f: Callable[..., Any], *args: Any, seconds: float = 2.0, seed: int = 0) -> Comparison:
    """What forward mode and reverse mode cost for this function at this point, side by side.

    The task is the whole derivative by all arguments: the gradient where `f` gives one number, else
    the Jacobian. Each way to it is timed, counted, and its memory measured in a run of its own; the
    results are checked against each other and against a third opinion.

    Parameters
    ----------
    f
        A function of plain NumPy code.
    args
        Its arguments: real numbers, arrays of floats, and nested containers of them.
    seconds
        About how long to measure. A way that would take longer is estimated from its passes, and
        marked so.
    seed
        Of the directions in which the modes are checked.

    Returns
    -------
    A :class:`Comparison`: prints as a table; ``.plot()``, ``.to_dict()``, ``.to_json()``.

    Raises
    ------
    TypeError, ValueError
        Where `f` cannot be differentiated at `args`: complex inputs, no entries, `seconds` not
        positive.

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
    inputs = Inputs(f, args)
    refuse_complex(inputs, f)
    pullback, _ = record(f, inputs)
    columns, rows = Units(inputs.leaves), Units(list(filter(is_floating, pullback.values)))
    if not columns.count or not rows.count:
        raise ValueError(
            f"compare({name(f)}): nothing to differentiate: {columns.count} inputs, "
            f"{rows.count} floating-point outputs"
        )
    task = _Task(f, args, columns.count, rows.count)
    plans = [*task.forward(), *task.reverse()]
    if pullback.tape.nbytes >= LARGE_TAPE:
        plans.append(task.checkpointed(plans[-1].way.chunk_size))
    calls: dict[Any, Callable[[], object]] = {"f": lambda: f(*args)}
    for plan in plans:
        calls[plan.way, "pass"] = plan.one
        if plan.runs(seconds) and plan.whole is not plan.one:
            calls[plan.way, "whole"] = plan.whole
    timings = measure.interleave(calls, seconds=seconds)
    evaluation = counting.evaluation(f, *args)
    return Comparison(
        function=name(f),
        inputs=columns.count,
        outputs=rows.count,
        evaluation=measure.median(timings["f"].seconds),
        evaluation_counts=evaluation,
        ways=tuple(plan.measured(timings, evaluation) for plan in plans),
        agreement=agreement(f, *args, seed=seed),
        machine=measure.describe(),
    )


class _Task:
    """The whole derivative of a function at a point, and the ways to it."""

    def __init__(self, f: Callable[..., Any], args: Any, inputs: int, outputs: int) -> None:
        self.f, self.args, self.inputs, self.outputs = f, args, inputs, outputs
        self.argnums = tuple(range(len(args)))
        value = plain(f(*args))
        self.scalar = (
            outputs == 1 and np.shape(value) == () and not isinstance(value, (list, tuple, dict))
        )

    def forward(self) -> list["_Plan"]:
        one = self._forward(1)
        several = self._widths(self.inputs, self.outputs)
        if not several:
            return [one]
        return [one, min(map(self._forward, several), key=_Plan.predicted)]

    def reverse(self) -> list["_Plan"]:
        several = [] if self.scalar else self._widths(self.outputs, self.inputs)
        return [min(map(self._reverse, [1, *several]), key=_Plan.predicted)]

    def checkpointed(self, k: int) -> "_Plan":
        return self._reverse(k, checkpoint(self.f, segments=True), checkpointed=True)

    @staticmethod
    def _widths(count: int, other: int) -> list[int]:
        """Numbers of directions that a pass may carry, beside one."""
        most = max(1, WIDEST // (8 * max(count, other)))
        default = chunk_size_of(None, max(count, other))
        return [k for k in {*widths(count, most, 4), default} if 1 < k <= min(count, most)]

    def _forward(self, k: int) -> "_Plan":
        inputs = Inputs(self.f, self.args)
        units = Units(inputs.leaves)
        tangents = units.along(range(min(k, self.inputs)))
        derivative = forward.value_and_grad if self.scalar else forward.jacobian
        return _Plan(
            task=self,
            function=self.f,
            way=Way(mode="forward", chunk_size=k, passes=math.ceil(self.inputs / k)),
            one=lambda: forward.run(Inputs(self.f, self.args), tangents),
            whole=functools.partial(derivative(self.f, self.argnums, chunk_size=k), *self.args),
        )

    def _reverse(
        self, k: int, f: Callable[..., Any] | None = None, checkpointed: bool = False
    ) -> "_Plan":
        f = f or self.f
        derivative = reverse.value_and_grad if self.scalar else reverse.jacobian
        whole = functools.partial(derivative(f, self.argnums, chunk_size=k), *self.args)
        pullback, _ = record(f, Inputs(f, self.args))
        units = Units([y for y in pullback.values if is_floating(y)])
        rows = units.along(range(min(k, self.outputs)))
        floating = iter(rows)
        cts = [next(floating) if is_floating(y) else None for y in pullback.values]
        directions = (k,) if k > 1 else ()
        return _Plan(
            task=self,
            function=f,
            way=Way(
                mode="reverse",
                chunk_size=k,
                passes=math.ceil(self.outputs / k),
                checkpoint=checkpointed,
            ),
            one=whole if self.outputs == 1 else lambda: pullback.pull(cts, directions),
            whole=whole,
            pullback=pullback,
        )


class _Plan:
    """One way, before it is measured."""

    def __init__(
        self,
        *,
        task: _Task,
        function: Callable[..., Any],
        way: Way,
        one: Callable[[], object],
        whole: Callable[[], object],
        pullback: Any = None,
    ) -> None:
        self.task, self.function, self.way = task, function, way
        self.one, self.whole, self.pullback = one, whole, pullback
        one()
        self.pass_seconds = min(timeit.repeat(one, number=1, repeat=2))

    def predicted(self) -> float:
        """Seconds for the whole derivative, from those of a pass."""
        return self.pass_seconds * self.way.passes

    def runs(self, seconds: float) -> bool:
        """Whether the whole derivative can be had in that time, and in memory."""
        return self.predicted() <= seconds and 8 * self.task.inputs * self.task.outputs <= LARGEST

    def counts(self, evaluation: Counts) -> Counts:
        """Of the whole derivative: of its passes of full width, and of the one that is left."""
        task, k = self.task, self.way.chunk_size
        forwards = self.way.mode == "forward"
        of = counting.tangent if forwards else counting.gradient
        width = "directions" if forwards else "rows"
        passes, rest = divmod(task.inputs if forwards else task.outputs, k)
        parts = [(passes, k), (1, rest)] if rest else [(passes, k)]
        counted = [of(self.function, *task.args, **{width: each}) * n for n, each in parts if n]
        total = functools.reduce(operator.add, counted)
        if forwards:
            return total
        # The evaluation was recorded once; each further sweep goes over the same recording.
        return total - evaluation * (self.way.passes - 1)

    def measured(self, timings: Any, evaluation: Counts) -> Measured:
        whole = timings.get((self.way, "pass" if self.whole is self.one else "whole"))
        one = measure.median(timings[self.way, "pass"].seconds)
        f = timings["f"]
        if whole is not None:
            seconds, ratio = measure.median(whole.seconds), measure.ratio(whole, f)
        else:
            seconds = _scaled(one, self.way.passes)
            ratio = _scaled(measure.ratio(timings[self.way, "pass"], f), self.way.passes)
        tape = self.pullback.tape if self.pullback is not None else None
        return Measured(
            **asdict(self.way),
            counts=self.counts(evaluation),
            tape_length=None if tape is None else len(tape),
            tape_bytes=None if tape is None else tape.nbytes,
            peak_bytes=measure.peak_bytes(self.one if whole is None else self.whole),
            pass_seconds=one,
            seconds=seconds,
            estimated=whole is None,
            ratio=ratio,
        )


def _scaled(interval: Interval, factor: float) -> Interval:
    value, low, high = interval.value * factor, interval.low * factor, interval.high * factor
    return replace(interval, value=value, low=low, high=high)
