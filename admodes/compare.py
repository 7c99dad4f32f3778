"""Both modes side by side, on a user's own function: what each costs, and whether they agree."""

import functools
import json
import math
import operator
import timeit
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from admodes import counting, forward, reverse
from admodes.core.values import is_floating, plain
from admodes.counting import Counts
from admodes.diagnosis import Agreement, agreement
from admodes.memory.checkpointing import checkpoint
from admodes.modes.arguments import Inputs, check_callable, name, refuse_complex
from admodes.modes.units import Units, chunk_size_of
from admodes.reverse import record

# `measure` is imported where it is used: ``import admodes`` brings NumPy and nothing else.
if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from admodes.measure import Interval

LARGE_TAPE = 1 << 24  # bytes: from here on, checkpointing is worth a row
WIDEST = 1 << 26  # bytes of tangents or cotangents that a pass may carry
LARGEST = 1 << 30  # bytes of a derivative that is made in full


@dataclass(frozen=True)
class Way:
    """One way to the whole derivative, and what it costs."""

    name: str
    mode: str
    """``"forward"`` or ``"reverse"``."""
    directions: int
    """Directions a pass: inputs in forward mode, outputs in reverse mode."""
    passes: int
    counts: Counts
    """Of the whole derivative: primitives executed, numbers moved, operations."""
    tape_length: int | None
    """Operations recorded; ``None`` in forward mode, which records nothing."""
    tape_bytes: int | None
    peak_bytes: int
    """The most memory held at once: by the whole derivative, or by one pass where estimated."""
    pass_seconds: "Interval"
    seconds: "Interval"
    """Of the whole derivative."""
    estimated: bool
    """Whether `seconds` is one pass times the number of passes, and not a run in full."""
    ratio: "Interval"
    """Of the whole derivative to one evaluation of the function."""


def _bytes(n: float | None) -> str:
    if n is None:
        return "–"
    for unit in ("B", "kB", "MB", "GB"):
        if n < 1000 or unit == "GB":
            return f"{n:.3g} {unit}"
        n /= 1000
    raise AssertionError


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:,.3g} {unit}" if seconds < 1000 else f"{seconds:,.0f} s"
    return f"{seconds / 1e-9:.3g} ns"


def _interval(interval: "Interval") -> str:
    return f"{_time(interval.low)} – {_time(interval.high)}"


def _number(n: float) -> str:
    return f"{n:.3g}" if n < 1000 else f"{float(f'{n:.3g}'):,.0f}"


#: a line of the table: what it is called, and what stands under a way
_LINES: dict[str, Callable[["Way"], str]] = {
    "passes": lambda way: f"{way.passes:,}",
    "directions a pass": lambda way: f"{way.directions:,}",
    "primitives executed": lambda way: f"{way.counts.primitives:,}",
    "arithmetic operations": lambda way: f"{way.counts.cost.operations:,}",
    "numbers read and written": lambda way: f"{way.counts.cost.moves:,}",
    "tape, operations": lambda way: "–" if way.tape_length is None else f"{way.tape_length:,}",
    "tape": lambda way: _bytes(way.tape_bytes),
    "peak memory": lambda way: _bytes(way.peak_bytes),
    "time of a pass": lambda way: _time(way.pass_seconds.value),
    "time in all": lambda way: "~ " * way.estimated + _time(way.seconds.value),
    "between": lambda way: _interval(way.seconds),
    "× one evaluation": lambda way: _number(way.ratio.value),
}


@dataclass(frozen=True)
class Comparison:
    """What each mode costs for one function at one point; made by :func:`compare`."""

    function: str
    inputs: int
    outputs: int
    evaluation: "Interval"
    """Seconds."""
    evaluation_counts: Counts
    ways: tuple[Way, ...]
    agreement: Agreement
    machine: dict[str, Any]

    @property
    def fastest(self) -> Way:
        return min(self.ways, key=lambda way: way.seconds.value)

    def __str__(self) -> str:
        title, table, *notes = self._text()
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(map(str.rjust, row, widths)) for row in table]
        return "\n".join([title, "", *lines, "", *notes])

    def _repr_html_(self) -> str:
        from html import escape

        title, (head, *rows), *notes = self._text()

        def line(tag: str, row: list[str]) -> str:
            return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in row)}</tr>"

        table = "".join([line("th", head), *(line("td", row) for row in rows)])
        text = "".join(f"<p>{escape(note)}</p>" for note in notes if note)
        return f"<p><b>{escape(title)}</b></p><table>{table}</table>{text}"

    def _text(self) -> list[Any]:
        """A title, a table, and what is to be said of it."""
        ways = {way.name: way for way in self.ways}
        table = [["", *ways]]
        for label, of in _LINES.items():
            table.append([label, *map(of, ways.values())])
        others = [way for way in self.ways if way is not self.fastest]
        notes = []
        if others:
            second = min(others, key=lambda way: way.seconds.value)
            times = second.seconds.value / self.fastest.seconds.value
            notes.append(f"Fastest: {self.fastest.name}, by {times:.3g} × ({second.name}).")
        if any(way.estimated for way in self.ways):
            notes.append("~ estimated: the time of one pass, times the passes.")
        notes.append(
            f"One evaluation: {_time(self.evaluation.value)}, "
            f"{self.evaluation_counts.primitives:,} primitives."
        )
        kind = "gradient" if self.outputs == 1 else "Jacobian"
        title = f"{self.function}: the {kind} of {self.outputs:,} by {self.inputs:,} entries"
        return [title, table, *notes, str(self.agreement)]

    def plot(self) -> "Figure":
        """Time, memory and counts of each way, as a figure."""
        from matplotlib.figure import Figure
        from matplotlib.ticker import NullFormatter

        figure = Figure(figsize=(9, 1.6 + 0.5 * len(self.ways)), layout="constrained")
        panels = {
            "time relative to one evaluation": lambda way: way.ratio.value,
            "peak memory, bytes": lambda way: way.peak_bytes,
            "numbers moved": lambda way: way.counts.cost.moves,
        }
        axes = figure.subplots(1, len(panels), sharey=True)
        colors = {"forward": "#D55E00", "reverse": "#0072B2"}
        for axis, (label, of) in zip(axes, panels.items(), strict=True):
            for i, way in enumerate(self.ways):
                hollow = way.estimated and label.startswith("time")
                color = colors[way.mode]
                axis.plot(
                    of(way), i, "o", color=color, markerfacecolor="white" if hollow else color
                )
            axis.set_xscale("log")
            low, high = axis.get_xlim()
            axis.set_xlim(low / 3, high * 3)  # room for two ticks with a label
            axis.xaxis.set_minor_formatter(NullFormatter())
            axis.set_xlabel(label)
            axis.grid(axis="x", alpha=0.3)
            axis.spines[["top", "right"]].set_visible(False)
        axes[0].set_yticks(range(len(self.ways)), [way.name for way in self.ways])
        axes[0].set_ylim(len(self.ways) - 0.5, -0.5)
        note = "; hollow: estimated" if any(way.estimated for way in self.ways) else ""
        figure.suptitle(f"{self.function}, {self.inputs:,} → {self.outputs:,}{note}")
        return figure

    def to_dict(self) -> dict[str, Any]:
        """Everything, in types that JSON has."""
        kept = ("function", "inputs", "outputs", "machine")
        return {
            **{key: getattr(self, key) for key in kept},
            "evaluation": asdict(self.evaluation),
            "evaluation_counts": asdict(self.evaluation_counts),
            "ways": [asdict(way) for way in self.ways],
            "agreement": self.agreement.to_dict(),
        }

    def to_json(self, path: str | Path | None = None) -> str:
        """The same as text, which is also written to `path` where one is given."""
        text = json.dumps(self.to_dict(), indent=2)
        if path is not None:
            Path(path).write_text(text + "\n", encoding="utf-8")
        return text


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
    >>> [(way.name, way.passes) for way in comparison.ways]
    [('forward', 20), ('forward, 20 abreast', 1), ('reverse', 1)]
    """
    from admodes import measure

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
        plans.append(task.checkpointed(plans[-1].directions))
    calls: dict[Any, Callable[[], object]] = {"f": lambda: f(*args)}
    for plan in plans:
        calls[plan.name, "pass"] = plan.one
        if plan.runs(seconds) and plan.whole is not plan.one:
            calls[plan.name, "whole"] = plan.whole
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
        widths = self._widths(self.inputs, self.outputs)
        if not widths:
            return [one]
        return [one, min(map(self._forward, widths), key=_Plan.predicted)]

    def reverse(self) -> list["_Plan"]:
        widths = [] if self.scalar else self._widths(self.outputs, self.inputs)
        return [min(map(self._reverse, [1, *widths]), key=_Plan.predicted)]

    def checkpointed(self, directions: int) -> "_Plan":
        plan = self._reverse(directions, checkpoint(self.f, segments=True))
        plan.name += ", checkpointed"
        return plan

    @staticmethod
    def _widths(count: int, other: int) -> list[int]:
        """Numbers of directions that a pass may carry, beside one."""
        most = max(1, WIDEST // (8 * max(count, other)))
        widths = {4**i for i in range(1, 11)} | {count, chunk_size_of(None, max(count, other))}
        return sorted(k for k in widths if 1 < k <= min(count, most))

    def _forward(self, k: int) -> "_Plan":
        inputs = Inputs(self.f, self.args)
        units = Units(inputs.leaves)
        tangents = units.along(np.arange(min(k, self.inputs)))
        derivative = forward.value_and_grad if self.scalar else forward.jacobian
        return _Plan(
            task=self,
            function=self.f,
            name="forward" if k == 1 else f"forward, {k:,} abreast",
            mode="forward",
            directions=k,
            passes=math.ceil(self.inputs / k),
            one=lambda: forward.run(Inputs(self.f, self.args), tangents),
            whole=functools.partial(derivative(self.f, self.argnums, chunk_size=k), *self.args),
        )

    def _reverse(self, k: int, f: Callable[..., Any] | None = None) -> "_Plan":
        f = f or self.f
        derivative = reverse.value_and_grad if self.scalar else reverse.jacobian
        whole = functools.partial(derivative(f, self.argnums, chunk_size=k), *self.args)
        pullback, _ = record(f, Inputs(f, self.args))
        units = Units([y for y in pullback.values if is_floating(y)])
        rows = units.along(np.arange(min(k, self.outputs)))
        floating = iter(rows)
        cts = [next(floating) if is_floating(y) else None for y in pullback.values]
        directions = (k,) if k > 1 else ()
        return _Plan(
            task=self,
            function=f,
            name="reverse" if k == 1 else f"reverse, {k:,} abreast",
            mode="reverse",
            directions=k,
            passes=math.ceil(self.outputs / k),
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
        name: str,
        mode: str,
        directions: int,
        passes: int,
        one: Callable[[], object],
        whole: Callable[[], object],
        pullback: Any = None,
    ) -> None:
        self.task, self.name, self.mode, self.directions = task, name, mode, directions
        self.passes, self.one, self.whole, self.pullback = passes, one, whole, pullback
        self.function = function
        one()
        self.pass_seconds = min(timeit.repeat(one, number=1, repeat=2))

    def predicted(self) -> float:
        """Seconds for the whole derivative, from those of a pass."""
        return self.pass_seconds * self.passes

    def runs(self, seconds: float) -> bool:
        """Whether the whole derivative can be had in that time, and in memory."""
        return self.predicted() <= seconds and 8 * self.task.inputs * self.task.outputs <= LARGEST

    def counts(self, evaluation: Counts) -> Counts:
        """Of the whole derivative: of its passes of full width, and of the one that is left."""
        task, k = self.task, self.directions
        forwards = self.mode == "forward"
        of = counting.tangent if forwards else counting.gradient
        width = "directions" if forwards else "rows"
        passes, rest = divmod(task.inputs if forwards else task.outputs, k)
        parts = [(passes, k), (1, rest)] if rest else [(passes, k)]
        counted = [of(self.function, *task.args, **{width: each}) * n for n, each in parts if n]
        total = functools.reduce(operator.add, counted)
        if forwards:
            return total
        # The evaluation was recorded once; each further sweep goes over the same recording.
        return total - evaluation * (self.passes - 1)

    def measured(self, timings: Any, evaluation: Counts) -> Way:
        from admodes import measure

        whole = timings.get((self.name, "pass" if self.whole is self.one else "whole"))
        one = measure.median(timings[self.name, "pass"].seconds)
        f = timings["f"]
        if whole is not None:
            seconds, ratio = measure.median(whole.seconds), measure.ratio(whole, f)
        else:
            seconds = _scaled(one, self.passes)
            ratio = _scaled(measure.ratio(timings[self.name, "pass"], f), self.passes)
        tape = self.pullback.tape if self.pullback is not None else None
        return Way(
            name=self.name,
            mode=self.mode,
            directions=self.directions,
            passes=self.passes,
            counts=self.counts(evaluation),
            tape_length=None if tape is None else len(tape),
            tape_bytes=None if tape is None else tape.nbytes,
            peak_bytes=measure.peak_bytes(self.one if whole is None else self.whole),
            pass_seconds=one,
            seconds=seconds,
            estimated=whole is None,
            ratio=ratio,
        )


def _scaled(interval: "Interval", factor: float) -> "Interval":
    value, low, high = interval.value * factor, interval.low * factor, interval.high * factor
    return replace(interval, value=value, low=low, high=high)
