"""What :func:`admodes.compare` found, as a table, a figure and data."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admodes.choosing.ways import Measured
from admodes.counting import Counts
from admodes.diagnosis import Agreement
from admodes.measure import Interval, tables, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: a line of the table: what it is called, and what stands under a way
_LINES: dict[str, Callable[[Measured], str]] = {
    "passes": lambda way: f"{way.passes:,}",
    "directions a pass": lambda way: f"{way.chunk_size:,}",
    "primitives executed": lambda way: f"{way.counts.primitives:,}",
    "arithmetic operations": lambda way: f"{way.counts.cost.operations:,}",
    "numbers read and written": lambda way: f"{way.counts.cost.moves:,}",
    "tape, operations": lambda way: "–" if way.tape_length is None else f"{way.tape_length:,}",
    "tape": lambda way: "–" if way.tape_bytes is None else words.size(way.tape_bytes),
    "peak memory": lambda way: words.size(way.peak_bytes),
    "time of a pass": lambda way: words.duration(way.pass_seconds.value),
    "time in all": lambda way: "~ " * way.estimated + words.duration(way.seconds.value),
    "between": lambda way: words.interval(way.seconds),
    "× one evaluation": lambda way: words.number(way.ratio.value),
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
        What one evaluation executes and moves.
    ways
        What each way took, forward mode first.
    agreement
        Whether the modes agree, with each other and with a third opinion.
    machine
        On which it was measured, with the versions.
    """

    function: str
    inputs: int
    outputs: int
    evaluation: Interval
    evaluation_counts: Counts
    ways: tuple[Measured, ...]
    agreement: Agreement
    machine: dict[str, Any]

    @property
    def fastest(self) -> Measured:
        """The way that took least time in all."""
        return min(self.ways, key=lambda way: way.seconds.value)

    def __str__(self) -> str:
        title, table, *notes = self._text()
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(map(str.rjust, row, widths)) for row in table]
        return "\n".join([title, "", *lines, "", *notes])

    def _repr_html_(self) -> str:
        from html import escape

        title, (head, *rows), *notes, _ = self._text()
        table = tables.as_html(head, rows, left={0})
        text = "".join(f"<p>{escape(note)}</p>" for note in notes if note)
        return f"<p><b>{escape(title)}</b></p>{table}{text}{self.agreement._repr_html_()}"

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
            f"One evaluation: {words.duration(self.evaluation.value)}, "
            f"{words.counted(self.evaluation_counts.primitives, 'primitive')}."
        )
        kind = "gradient" if self.outputs == 1 else "Jacobian"
        title = f"{self.function}: the {kind} of {self.outputs:,} by {self.inputs:,} entries"
        return [title, table, *notes, str(self.agreement)]

    def plot(self) -> "Figure":
        """Time, memory and counts of each way, as a figure, which a notebook shows by itself."""
        from matplotlib.ticker import NullFormatter

        from admodes.graphs.figures import ShownFigure

        figure = ShownFigure(figsize=(9, 1.6 + 0.5 * len(self.ways)), layout="constrained")
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
            "ways": [{"name": way.name, **asdict(way)} for way in self.ways],
            "agreement": self.agreement.to_dict(),
        }

    def to_json(self, path: str | Path | None = None) -> str:
        """The same as text, which is also written to `path` where one is given."""
        text = json.dumps(self.to_dict(), indent=2)
        if path is not None:
            Path(path).write_text(text + "\n", encoding="utf-8")
        return text
