"""What is told of an agreement or a disagreement, to read and as data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from admodes.diagnosis.lines import Line
from admodes.diagnosis.recording import Operation
from admodes.measure import tables, words

#: the kind of finding with which nobody can tell whether anything is wrong
UNTOLD = "poor differences"
#: kinds that are in the nature of the function at this point, or of differences: nobody's mistake
HARMLESS = ("kink", "tie", UNTOLD)


class Gap(NamedTuple):
    """The largest difference between two sides.

    It is measured by the largest number of its block. A block holds the derivatives of one part of
    the output by one argument, entry by entry, so that an entry that ought to be zero is measured
    by those that are not. Along random directions it holds the products ⟨ct, J t⟩, and the number
    is the root of the sum of the squares of their terms. Where a block holds nothing but rounding,
    the number is what derivatives are where nothing cancels: the size of the output over that of
    the argument.
    """

    ulps: float  #: in units in the last place of that number, in the coarsest dtype of all
    relative: float  #: as a share of that number
    where: str  #: the entry of the output and the argument, or the directions

    def __str__(self) -> str:
        if self.relative == 0:
            return "no difference"
        if not math.isfinite(self.relative):
            return "a number is not finite"
        unit = "ulp" if f"{self.ulps:.3g}" == "1" else "ulps"
        return f"the largest difference is {self.ulps:.3g} {unit} (relative {self.relative:.2g})"

    def cells(self) -> tuple[str, str, str]:
        """The same for a table: ulps, relative, where."""
        if not math.isfinite(self.relative):
            return "not finite", "not finite", self.where
        return f"{self.ulps:.3g}", f"{self.relative:.2g}", self.where

    def to_dict(self) -> dict[str, Any]:
        finite = math.isfinite(self.relative)
        return {
            "ulps": self.ulps if finite else None,
            "relative": self.relative if finite else None,
            "where": self.where,
        }


#: what stands before a fact in a text
_LEADS = {"operation": "at the operation ", "line": ""}


@dataclass(frozen=True)
class Finding:
    """Where the sides part, and why."""

    what: str  #: what was noticed, in a sentence
    kind: str  #: the cause in a word or two: see `admodes.diagnosis.KINDS`
    cause: str  #: the cause in a sentence
    operation: str | None = None  #: the name of the first operation at which they part
    shapes: tuple[tuple[int, ...], ...] = ()  #: of its arguments
    shape: tuple[int, ...] | None = None  #: of its value
    file: str | None = None  #: of the user's code, with the line that made the operation
    line: int | None = None
    text: str = ""

    def __str__(self) -> str:
        because, *rest = self.facts().items()
        return "\n".join(
            [self.what, " ".join(because), *(_LEADS[key] + each for key, each in rest)]
        )

    @property
    def blames(self) -> bool:
        """Whether something is wrong, and this says what."""
        return self.kind not in ("unknown", "cancellation", *HARMLESS)

    def facts(self) -> dict[str, str]:
        """The cause, the operation and the line, as far as they are known."""
        facts = {"because": self.cause}
        if self.operation is not None:
            shapes = f", of shapes {shown(self.shapes)}" if self.shapes else ""
            facts["operation"] = f"{self.operation}{shapes}"
        if self.file is not None:
            code = f": {self.text}" if self.text else ""  # nobody has kept what was typed
            facts["line"] = f"{self.file}:{self.line}{code}"
        return facts

    def to_dict(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "kind": self.kind,
            "cause": self.cause,
            "operation": self.operation,
            "shapes": [list(shape) for shape in self.shapes],
            "shape": None if self.shape is None else list(self.shape),
            "file": self.file,
            "line": self.line,
            "text": self.text,
        }


def shown(shapes: Sequence[tuple[int, ...]]) -> str:
    return " and ".join(str(shape) for shape in shapes)


def finding(
    what: str,
    kind: str,
    cause: str,
    op: Operation | None = None,
    *,
    name: str | None = None,
    line: Line | None = None,
) -> Finding:
    """A finding at an operation, or at a `line` where something else was done."""
    line = line or (None if op is None else op.line)
    return Finding(
        what,
        kind,
        cause,
        operation=name or (None if op is None else op.name),
        shapes=() if op is None else tuple(np.shape(x) for x in op.args),
        shape=None if op is None else np.shape(op.value),
        file=None if line is None else line.file,
        line=None if line is None else line.number,
        text="" if line is None else line.text,
    )


_VERDICTS = {
    "right": "agree",
    "wrong": "something is wrong",
    "cannot tell": "nothing is known to be wrong; differences cannot tell here what is right",
}
_OPINIONS = {
    "complex step": "the complex step",
    "differences": "finite differences, which are inexact themselves",
}


@dataclass(frozen=True)
class Agreement:
    """Whether forward mode, reverse mode and a third opinion agree at one point.

    Attributes
    ----------
    name
        Of the function.
    ok
        Nothing is wrong that can be told; a kink, where modes are free to choose, is nothing wrong.
    compared
        Derivatives of the two modes that were compared; 0: all arrays are empty.
    along
        How: ``"every entry"`` or ``"random directions"``.
    modes
        The gap of forward mode against reverse mode.
    third
        That of the mode farther from the third opinion, where that is sure.
    opinion
        ``"complex step"`` or ``"differences"``.
    unsure
        The share of its derivatives that the third opinion is not sure of.
    finding
        Where the sides part, and why; ``None`` where they do not.
    changes
        The arguments that the function changes: it was run on copies.
    """

    name: str
    ok: bool
    compared: int
    along: str
    modes: Gap | None
    third: Gap | None
    opinion: str
    unsure: float
    finding: Finding | None
    changes: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """ "right", "wrong", or "cannot tell": nothing was found wrong, and nothing is sure."""
        if not self.ok:
            return "wrong"
        if self.finding is not None:
            return "cannot tell" if self.finding.kind == UNTOLD else "right"
        return "right" if not self.compared or self.third is not None else "cannot tell"

    def _title(self) -> str:
        verdict = _VERDICTS[self.verdict]
        if not self.compared and self.ok:
            verdict = "nothing to compare, for all arrays of the input or the output are empty"
        return f"{self.name}: {verdict}"

    def _sides(self) -> list[tuple[str, Gap | None]]:
        """What was held against what, and the gap."""
        sides: list[tuple[str, Gap | None]] = []
        if self.modes is not None:
            sides.append((f"forward against reverse mode, {self.along}", self.modes))
        if self.third is not None:
            doubt = f" (unsure of {self.unsure:.0%})" if self.unsure else ""
            sides.append((f"both against {_OPINIONS[self.opinion]}{doubt}", self.third))
        elif self.modes is not None:
            unsure = f"{self.opinion} are unsure of all derivatives here"
            sides.append((f"no third opinion: {unsure}", None))
        return sides

    def _notes(self) -> list[str]:
        return [words.changed(self.name, place) for place in self.changes]

    def __str__(self) -> str:
        lines = [] if self.finding is None else str(self.finding).split("\n")
        lines += [what if gap is None else f"{what}: {gap}" for what, gap in self._sides()]
        lines += self._notes()
        return "\n".join([self._title(), *(f"  {line}" for line in lines)])

    def _repr_html_(self) -> str:
        from html import escape

        parts = [f"<p><b>{escape(self._title())}</b></p>"]
        if self.finding is not None:
            lines = map(escape, str(self.finding).split("\n"))
            parts.append(f"<p>{'<br>'.join(lines)}</p>")
        rows = [
            (what, *(("", "", "") if gap is None else gap.cells())) for what, gap in self._sides()
        ]
        if rows:
            head = ("", "largest difference, ulps", "relative", "at")
            parts.append(tables.as_html(head, rows, left={0, 3}))
        return "".join([*parts, *(f"<p>{escape(note)}</p>" for note in self._notes())])

    def to_dict(self) -> dict[str, Any]:
        """Everything, of types that ``json.dumps`` takes."""
        return {
            "name": self.name,
            "ok": self.ok,
            "verdict": self.verdict,
            "compared": self.compared,
            "along": self.along,
            "modes": None if self.modes is None else self.modes.to_dict(),
            "third": None if self.third is None else self.third.to_dict(),
            "opinion": self.opinion,
            "unsure": self.unsure,
            "finding": None if self.finding is None else self.finding.to_dict(),
            "changes": list(self.changes),
        }
