"""What :func:`admodes.compare` found, as a table, a figure and data."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import exp, log
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admodes.choosing import columns
from admodes.choosing.catching_up import sentence, workers_to_catch_up
from admodes.choosing.periods import Loop
from admodes.choosing.repeating import Repeating
from admodes.choosing.sparsely import Sparsely
from admodes.choosing.ways import Measured
from admodes.counting import Counts
from admodes.diagnosis import Agreement
from admodes.measure import Duel, Interval, tables, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CLEAR = 1.5
"""From this ratio on a way is called the quicker one without having been timed against it again."""
ALIKE = 0.05
"""Shares of a time that are not told apart where three ways or more are close."""


def _count(of: Callable[[Counts], int]) -> Callable[[Measured], str]:
    return lambda way: "–" if way.counts is None else f"{of(way.counts):,}"


def _wrapping(way: Measured) -> str:
    seconds = way.face_seconds
    if seconds is None:
        return "–"
    share = seconds / way.seconds.value
    return "≈ 0" if seconds <= 0 else f"{words.duration(seconds)}, {share:.0%}"


def _peak(way: Measured) -> str:
    if way.peak_bytes is None:
        return "–"
    return "~ " * way.peak_estimated + words.size(way.peak_bytes)


def _recording(way: Measured) -> str:
    return "–" if way.recording_seconds is None else words.duration(way.recording_seconds.value)


def _directions(most: int, passes: int) -> str:
    """The last pass may have fewer than the others."""
    return f"≤ {most:,}" if most > 1 and passes > 1 else f"{most:,}"


def _limit(way: Measured, seconds: float) -> str:
    return "–" if _ran_once(way) else words.duration(seconds)


def _end(sparse: Sparsely, seconds: float) -> str:
    return "–" if sparse.seconds.coverage == 0.0 else words.duration(seconds)


def _ran_once(way: Measured) -> bool:
    return way.seconds.coverage == 0.0


RECORDING = "recording"
#: a line of the table: what it is called, and what stands under a way
_LINES: dict[str, Callable[[Measured], str]] = {
    "passes": lambda way: f"{way.passes:,}",
    "directions a pass": lambda way: _directions(way.chunk_size, way.passes),
    "primitives executed": _count(lambda counts: counts.primitives),
    "arithmetic operations": _count(lambda counts: counts.cost.operations),
    "numbers read, written": _count(lambda counts: counts.cost.moves),
    "operations on tape": lambda way: "–" if way.tape_length is None else f"{way.tape_length:,}",
    "tape": lambda way: "–" if way.tape_bytes is None else words.size(way.tape_bytes),
    "peak memory": _peak,
    RECORDING: _recording,
    "a pass": lambda way: words.duration(way.pass_seconds.value),
    "passes × a pass": lambda way: words.duration(way.passes_seconds),
    "wrapping": _wrapping,
    "time in all": lambda way: "~ " * way.estimated + words.duration(way.seconds.value),
    "  at least": lambda way: _limit(way, way.seconds.low),
    "  at most": lambda way: _limit(way, way.seconds.high),
    "× one evaluation": lambda way: words.number(way.ratio.value),
}
FIRST, PAYS = "the first call", "pays from, calls"
#: the same of a program, from it and the seconds of one evaluation
_OF_PROGRAMS: dict[str, Callable[[Repeating, float], str]] = {
    "time in all": lambda program, f: words.duration(program.seconds.value),
    "  at least": lambda program, f: words.duration(program.seconds.low),
    "  at most": lambda program, f: words.duration(program.seconds.high),
    "× one evaluation": lambda program, f: words.number(program.seconds.value / f),
    FIRST: lambda program, f: words.duration(program.recording_seconds),
    PAYS: lambda program, f: f"{program.pays_from or 0:,}",
}
#: the same of a sparse matrix
_OF_SPARSE: dict[str, Callable[[Sparsely, float], str]] = {
    "passes": lambda sparse, f: f"{sparse.passes:,}",
    "directions a pass": lambda sparse, f: (
        f"{sparse.directions:,} + a check"
        if sparse.passes == 1
        else _directions(sparse.chunk_size, sparse.passes)
    ),
    "peak memory": lambda sparse, f: (
        "–" if sparse.peak_bytes is None else words.size(sparse.peak_bytes)
    ),
    "time in all": lambda sparse, f: words.duration(sparse.seconds.value),
    "  at least": lambda sparse, f: _end(sparse, sparse.seconds.low),
    "  at most": lambda sparse, f: _end(sparse, sparse.seconds.high),
    "× one evaluation": lambda sparse, f: words.number(sparse.seconds.value / f),
    FIRST: lambda sparse, f: words.duration(sparse.first_seconds),
    PAYS: lambda sparse, f: f"{sparse.pays_from:,}",
}


@dataclass(frozen=True)
class Comparison:
    """What each mode costs for one function at one point; made by :func:`admodes.compare`.

    Attributes
    ----------
    function
        Its name.
    inputs
        Numbers that it is differentiated by.
    outputs
        Floating-point numbers that it gives.
    evaluation
        Seconds of one evaluation of the function.
    evaluation_counts
        What one evaluation executes and moves; ``None`` where there was no time to count.
    ways
        What each way took, forward mode first.
    duel
        The two quickest ways, timed in turns; ``None`` where not both could be run in full.
    programs
        The quickest way as a program, by each back end that is installed: those that are worth it,
        and that there was time to look at.
    sparse
        The derivative as a sparse matrix, where that is worth it and there was time to look.
    agreement
        Whether the modes agree, with each other and with a third opinion; ``None`` where there was
        no time for it, or no memory.
    threads
        That BLAS had; ``None`` where none is found.
    loop
        Of like steps, where the recording is large and is one.
    changes
        The arguments that the function changes: it was run on copies.
    machine
        On which it was measured, with the versions.
    printed
        The first lines that the function wrote in an evaluation.
    lines_printed
        How many it wrote in all.
    left_out
        What there was no memory for.
    unseen
        Why nobody saw whether it is sparse, where a sparse matrix might have been worth it.
    """

    function: str
    inputs: int
    outputs: int
    evaluation: Interval
    evaluation_counts: Counts | None
    ways: tuple[Measured, ...]
    duel: Duel | None
    programs: tuple[Repeating, ...]
    sparse: Sparsely | None
    agreement: Agreement | None
    threads: int | None
    loop: Loop | None
    changes: tuple[str, ...]
    machine: dict[str, Any]
    printed: tuple[str, ...] = ()
    lines_printed: int = 0
    left_out: tuple[str, ...] = ()
    unseen: str | None = None

    @property
    def fastest(self) -> Measured:
        """The way that took least; see `winner` for whether that means anything."""
        return self._ranked[0]

    @property
    def winner(self) -> Measured | None:
        """The quickest way; ``None`` where noise may be all there is between it and the next."""
        ranked = self._ranked
        if len(ranked) < 2:
            return ranked[0]
        if self._have_fought:
            return None if self.duel is None or self.duel.winner is None else ranked[0]
        return ranked[0] if self._times(ranked[1]) >= CLEAR else None

    @property
    def workers_to_catch_up(self) -> int | None:
        """From how many workers on forward mode is as quick as reverse mode, if from any.

        They share its passes (``executor=``); what it takes to reach them is not counted.
        """
        return workers_to_catch_up(self.ways)

    @property
    def noise_floor(self) -> float | None:
        """By how much one way, timed twice in the same rounds, may differ from itself."""
        return None if self.duel is None else self.duel.floor

    @property
    def verdict(self) -> str:
        """Which way is the quickest, by how much, or that it cannot be told, in a sentence."""
        ranked = self._ranked
        if len(ranked) < 2:
            return f"Measured: {ranked[0].name} alone."
        first, second = ranked[:2]
        floor = self.noise_floor if self._have_fought else None
        noise = (
            "" if floor is None else f" (timed in turns; the same way twice: within {floor:.1%})"
        )
        if self.winner is not None:
            times = words.number(self._times(second))
            about = "about " * any(self._are_estimated)
            next_one = f"Next is {second.name}, in {about}{times} times the time{noise}."
            dense = "" if self.sparse is None else " of the dense ways"
            return f"Quickest{dense}: {first.name}. {next_one}"
        close = [way for way in ranked[1:] if self._times(way) <= 1 + max(floor or 0.0, ALIKE)]
        names = "; ".join(way.name for way in [first, *(close or [second])])
        if not self._have_fought:
            return f"Too close to tell from so few runs: {names}. Give it more seconds."
        return f"A tie within the noise: {names}{noise}."

    @property
    def _ranked(self) -> list[Measured]:
        """The quickest first; of the two quickest that were run in full the duel decides."""
        ranked = sorted(self.ways, key=lambda way: way.seconds.value)
        if self.duel is not None and self.duel.winner == 1:
            first, second = [i for i, way in enumerate(ranked) if not way.estimated][:2]
            ranked[first], ranked[second] = ranked[second], ranked[first]
        return ranked

    @property
    def _have_fought(self) -> bool:
        """Whether the two quickest were timed in turns, in rounds enough to say anything."""
        return self.duel is not None and self.duel.enough and not any(self._are_estimated)

    @property
    def _are_estimated(self) -> list[bool]:
        return [way.estimated for way in self._ranked[:2]]

    def _times(self, way: Measured) -> float:
        """How many times the quickest's time it takes: by the duel, if they fought one."""
        first, second = self._ranked[:2]
        if self.duel is not None and self._have_fought and way is second:
            return exp(abs(log(self.duel.ratio.value)))
        return way.seconds.value / first.seconds.value

    def __str__(self) -> str:
        width = columns.width()
        title, (head, *rows), *notes = self._text()
        notes += [] if self.agreement is None else [str(self.agreement)]
        parts = [columns.wrapped(title, width), "", columns.table(head[1:], rows, width), ""]
        return "\n".join([*parts, *(columns.wrapped(note, width) for note in notes)])

    def _repr_html_(self) -> str:
        from html import escape

        title, (head, *rows), *notes = self._text()
        table = tables.as_html(head, rows, left={0})
        text = "".join(f"<p>{escape(note)}</p>" for note in notes)
        agreed = "" if self.agreement is None else self.agreement._repr_html_()
        return f"<p><b>{escape(title)}</b></p>{table}{text}{agreed}"

    def _text(self) -> list[Any]:
        """A title, a table, and what is to be said of it."""
        beside: list[Repeating | Sparsely] = [*self.programs]
        beside += [] if self.sparse is None else [self.sparse]
        table = [["", *(w.name for w in self.ways), *(each.name for each in beside)]]
        sweeps = any(way.recording_seconds is not None for way in self.ways)
        for label, of in _LINES.items():
            if label != RECORDING or sweeps:
                more = [self._cell(label, each) for each in beside]
                table.append([label, *map(of, self.ways), *more])
        for label in (FIRST, PAYS) if beside else ():
            more = [self._cell(label, each) for each in beside]
            table.append([label, *("–" for _ in self.ways), *more])
        kind = "gradient" if self.outputs == 1 else "Jacobian"
        entries = "entry" if self.outputs == self.inputs == 1 else "entries"
        title = f"{self.function}: the {kind} of {self.outputs:,} by {self.inputs:,} {entries}"
        return [title, table, *self._notes(sweeps)]

    def _cell(self, label: str, of: Repeating | Sparsely) -> str:
        """What stands under a program, or a sparse matrix."""
        f = self.evaluation.value
        if isinstance(of, Sparsely):
            return _OF_SPARSE[label](of, f) if label in _OF_SPARSE else "–"
        return _OF_PROGRAMS[label](of, f) if label in _OF_PROGRAMS else "–"

    def _notes(self, sweeps: bool) -> list[str]:
        notes = [self.verdict]
        if (more := sentence(self.ways)) is not None:
            notes.append(more)
        parts = "recording + " * sweeps + "passes × a pass + wrapping"
        notes.append(
            f"Time in all = {parts}, which is to take arguments apart, to make unit directions "
            "and to put the result together."
        )
        if any(way.chunk_size > 1 for way in self.ways):
            notes.append("Directions a pass: the quickest of those tried; others may be as quick.")
        if any(way.estimated or way.peak_estimated for way in self.ways):
            notes.append("~ estimated from a pass: time without wrapping, memory with the result.")
        if any(way.counts is None or way.peak_bytes is None for way in self.ways):
            notes.append(
                "– also stands where there was no memory or no time to look."
                if self.left_out
                else "– also stands where there was no time to look: give it more seconds."
            )
        if any(map(_ran_once, self.ways)):
            notes.append("– at least, at most: it was run once, which has no limits.")
        one = f"One evaluation: {words.duration(self.evaluation.value)}"
        if self.evaluation_counts is not None:
            one += f", {words.counted(self.evaluation_counts.primitives, 'primitive')}"
        if self.threads is not None:
            one += f"; BLAS: {words.counted(self.threads, 'thread')}"
            one += " (threads=1 measures with one)" * (self.threads > 1)
        notes.append(f"{one}.")
        notes += map(str, self.programs)
        notes += [str(each) for each in (self.sparse, self.unseen) if each is not None]
        if self.loop is not None:
            notes.append(self._advice(self.loop))
        for place in self.changes:
            notes.append(words.changed(self.function, place))
        if self.lines_printed:
            notes.append(words.printed(self.function, self.lines_printed, self.printed))
        if self.left_out:
            notes.append(f"Left out, for want of memory: {'; '.join(self.left_out)}.")
        if self.agreement is None:
            more = "time: give it more seconds, or call admodes.diagnosis.agreement"
            want = "memory or time" if self.left_out else more
            notes.append(f"Whether the modes agree was not asked, for want of {want}.")
        return notes

    def _advice(self, loop: Loop) -> str:
        return (
            f"The recording is a loop of {loop.steps:,} like steps of "
            f"{words.counted(loop.operations, 'operation')}: with the step as a function of its "
            f"own, admodes.checkpoint(step, steps={loop.steps}) would hold about "
            f"{words.size(loop.held())}."
        )

    def plot(self) -> "Figure":
        """Time, memory and counts of each way, with their numbers and the verdict, as a figure.

        A notebook shows it by itself.
        """
        from admodes.choosing.figure import draw

        title = f"{self.function}, {self.inputs:,} → {self.outputs:,}"
        evaluation = self.evaluation.value
        return draw(title, self.verdict, self.ways, self.programs, self.sparse, evaluation)

    def to_dict(self) -> dict[str, Any]:
        """Everything, in types that JSON has."""
        kept = (
            "function",
            "inputs",
            "outputs",
            "machine",
            "threads",
            "unseen",
            "verdict",
            "noise_floor",
            "workers_to_catch_up",
        )
        winner = self.winner
        return {
            **{key: getattr(self, key) for key in kept},
            "winner": None if winner is None else winner.name,
            "evaluation": asdict(self.evaluation),
            "evaluation_counts": _as_dict(self.evaluation_counts),
            "ways": [
                {"name": way.name, **asdict(way), "face_seconds": way.face_seconds}
                for way in self.ways
            ],
            "duel": _as_dict(self.duel),
            "programs": [
                {"name": each.name, **asdict(each), "pays_from": each.pays_from}
                for each in self.programs
            ],
            "sparse": None
            if self.sparse is None
            else {
                "name": self.sparse.name,
                **asdict(self.sparse),
                "pays_from": self.sparse.pays_from,
            },
            "loop": _as_dict(self.loop),
            "changes": list(self.changes),
            "left_out": list(self.left_out),
            "printed": list(self.printed),
            "lines_printed": self.lines_printed,
            "agreement": None if self.agreement is None else self.agreement.to_dict(),
        }

    def to_json(self, path: str | Path | None = None) -> str:
        """The same as text, which is also written to `path` where one is given."""
        text = json.dumps(self.to_dict(), indent=2)
        if path is not None:
            Path(path).write_text(text + "\n", encoding="utf-8")
        return text


def _as_dict(found: Any) -> dict[str, Any] | None:
    return None if found is None else asdict(found)
