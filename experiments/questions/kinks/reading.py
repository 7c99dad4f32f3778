"""What the experiment ``kinks`` found, and what is to be thought of it."""

from dataclasses import dataclass
from enum import IntEnum
from math import isclose, isinf, isnan

from experiments.bench.results import Results
from experiments.questions.kinks.apart import MODES, text
from experiments.questions.kinks.cases import CASES, Case, Slopes


class Verdict(IntEnum):
    """The worse, the larger."""

    DERIVATIVE = 0
    BETWEEN = 1
    FINITE = 2
    OTHER = 3
    NAN = 4
    NONE = 5


WORDS = {
    Verdict.DERIVATIVE: "the derivative",
    Verdict.BETWEEN: "there is none: a number between the slopes on either side",
    Verdict.FINITE: "a finite number, where the slope is infinite",
    Verdict.OTHER: "another number",
    Verdict.NAN: "NaN, in one mode at least",
    Verdict.NONE: "no rule: an error that says so",
}


def judge(value: float, left: float, right: float) -> Verdict:
    """
    >>> judge(0.5, 0.0, 1.0).name, judge(0.0, 1.0, 1.0).name, judge(0.0, float("nan"), -2e999).name
    ('BETWEEN', 'OTHER', 'FINITE')
    """
    if isnan(value):
        return Verdict.NAN
    sides = [slope for slope in (left, right) if not isnan(slope)]
    low, high = min(sides), max(sides)
    if low < high:
        return Verdict.BETWEEN if low <= value <= high else Verdict.OTHER
    if isclose(value, low, rel_tol=1e-3):  # four digits of it are kept
        return Verdict.DERIVATIVE
    return Verdict.FINITE if isinf(low) and not isinf(value) else Verdict.OTHER


@dataclass(frozen=True)
class Cell:
    """What a library gives in a case: entries by mode, or what it raised."""

    case: Case
    gradients: dict[str, list[str] | str]

    @property
    def verdict(self) -> Verdict:
        """The worst of all entries in both modes."""
        return max(self.verdict_in(mode) for mode in MODES)

    def verdict_in(self, mode: str) -> Verdict:
        found = self.gradients[mode]
        if isinstance(found, str):
            return Verdict.NONE
        pairs = zip(found, self.case.slopes, strict=True)
        return max(judge(float(entry), *slopes) for entry, slopes in pairs)

    @property
    def agrees(self) -> bool:
        """Whether both modes give the same."""
        forward, reverse = (self.gradients[mode] for mode in MODES)
        return forward == reverse

    @property
    def words(self) -> str:
        forward, reverse = (written(self.gradients[mode]) for mode in MODES)
        return forward if forward == reverse else f"{forward} | {reverse}"


def written(entries: list[str] | str) -> str:
    if isinstance(entries, str):
        return "no rule"
    return entries[0] if len(entries) == 1 else f"({', '.join(entries)})"


def slopes_in_words(slopes: Slopes) -> str:
    """Left and right, once where all entries have the same.

    >>> slopes_in_words([(-1.0, 1.0)]), slopes_in_words([(0.0, 0.0), (float("nan"), 2.0)])
    ('-1 to 1', '0; 2 (right)')
    """
    each = [slope_in_words(*pair) for pair in slopes]
    return each[0] if len(set(each)) == 1 else "; ".join(each)


def slope_in_words(left: float, right: float) -> str:
    if isnan(left) or isnan(right):
        return f"{text(right)} (right)" if isnan(left) else f"{text(left)} (left)"
    return text(left) if left == right else f"{text(left)} to {text(right)}"


def read(results: Results) -> dict[str, dict[str, Cell]]:
    """Cells by library and the name of the case, of the cases that the data have."""
    return {
        record["task"]["library"]: {
            case.name: Cell(case, record["gradients"][case.name])
            for case in CASES
            if case.name in record["gradients"]
        }
        for record in results.records
    }


def versions(results: Results) -> dict[str, str]:
    return {record["task"]["library"]: record["version"] for record in results.records}


def summary(cells: dict[str, Cell]) -> str:
    """In words, how many points have NaN, and at how many the modes differ."""
    nans = sum(cell.verdict == Verdict.NAN for cell in cells.values())
    differ = sum(not cell.agrees for cell in cells.values())
    return f"NaN at {nans}, modes differ at {differ}"


def lines(results: Results) -> list[tuple[Case, list[Cell]]]:
    """The cells of each case, a library after another."""
    tables = list(read(results).values())
    return [(cell.case, [cells[name] for cells in tables]) for name, cell in tables[0].items()]
