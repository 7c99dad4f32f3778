"""What the derivative is at a corner or a singular point, by each mode and library.

At a corner no number is the derivative. What is fair to ask for is one between the slopes on either
side, the same one in both modes, and no NaN: after a step of a descent it would be in everything.
"""

from dataclasses import dataclass
from enum import IntEnum
from math import isclose, isinf, isnan
from typing import Any

import click
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.transforms import Bbox
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from experiments.bench import plotting
from experiments.bench.console import headed_table
from experiments.bench.experiment import Experiment, Settings, Task
from experiments.bench.results import Record, Results
from experiments.questions.kinks.apart import LIBRARIES, MODES, measure_apart, text
from experiments.questions.kinks.cases import CASES, Case, Slopes
from experiments.sides.libraries import HERE, installed

OPTIONS: tuple[click.Option, ...] = ()


def settings(*, quick: bool, seed: int) -> Settings:
    """Nothing is drawn at random here: the seed is as every experiment has it."""
    found = [name for name in LIBRARIES if name == HERE or (installed(name) and not quick)]
    return {"libraries": found, "seed": seed}


def plan(settings: Settings) -> list[Task]:
    return [{"library": name} for name in settings["libraries"]]


def expect(task: Task, settings: Settings) -> float:
    """Others are imported, and compile each case."""
    return 1.0 if task["library"] == HERE else 10.0


def measure(task: Task, settings: Settings) -> Record:
    return measure_apart(task["library"])


# Reading


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


# Showing


def rows(results: Results) -> list[Record]:
    return [
        {
            "function": cell.case.formula,
            "at": cell.case.point,
            "slopes": slopes_in_words(cell.case.slopes),
            "library": library,
            "version": versions(results)[library],
            "mode": mode,
            "gradient": written(cell.gradients[mode]),
            "verdict": cell.verdict_in(mode).name.lower(),
        }
        for library, cells in read(results).items()
        for cell in cells.values()
        for mode in MODES
    ]


#: of the terminal, and of the figure
COLORS: dict[Verdict, tuple[str, str]] = {
    Verdict.DERIVATIVE: ("", "#FFFFFF"),
    Verdict.BETWEEN: ("green", "#BFE6D9"),
    Verdict.FINITE: ("cyan", "#CDE8F8"),
    Verdict.OTHER: ("yellow", plotting.YELLOW),
    Verdict.NAN: ("bold red", "#F0A368"),
    Verdict.NONE: ("dim", "#D0D0D0"),
}
HEADINGS = ("function", "slopes, left to right")


def lines(results: Results) -> list[tuple[Case, list[Cell]]]:
    """The cells of each case, a library after another."""
    tables = list(read(results).values())
    return [(cell.case, [cells[name] for cells in tables]) for name, cell in tables[0].items()]


TWO = "; where the modes differ: forward | reverse"


def table(results: Results) -> Group:
    heading = f"derivatives at {len(lines(results))} corners and singular points{TWO}"
    shown = headed_table("kinks", heading, padding=0)
    for name in (*HEADINGS, *versions(results)):
        shown.add_column(name, no_wrap=True)
    for case, cells in lines(results):
        colored = [Text(cell.words, COLORS[cell.verdict][0]) for cell in cells]
        shown.add_row(case.name, slopes_in_words(case.slopes), *colored)
    ends: list[str | Text] = [
        f"{library}: {summary(cells)}" for library, cells in read(results).items()
    ]
    ends += ["", *(Text(WORDS[verdict], COLORS[verdict][0]) for verdict in Verdict)]
    return Group(shown, *(Padding(line, (0, 2)) for line in ends))


def draw(results: Results) -> Figure:
    """The table, coloured by what is to be thought of each cell."""
    found = lines(results)
    figure = plotting.figure(height=1.9 + 0.235 * len(found))
    counts = [f"{library}: {summary(cells)}" for library, cells in read(results).items()]
    title = f"Derivatives at {len(found)} corners and singular points{TWO}"
    figure.suptitle("\n".join([title, "; ".join(counts)]), fontsize=10)
    axes = figure.subplots()
    axes.set_axis_off()
    names = [f"{library} {version}" for library, version in versions(results).items()]
    cells: list[list[str]] = []
    colors: list[list[Any]] = []
    for case, own in found:
        first = [case.name, slopes_in_words(case.slopes)]
        cells.append([*first, *(cell.words for cell in own)])
        colors.append(["#FFFFFF"] * len(first) + [COLORS[cell.verdict][1] for cell in own])
    widths = [0.27, 0.19, *[0.54 / len(names)] * len(names)]
    drawn = axes.table(
        cells,
        cellColours=colors,
        colLabels=[*HEADINGS, *names],
        colWidths=widths,
        cellLoc="left",
        bbox=Bbox.from_bounds(0, 0, 1, 1),
    )
    drawn.auto_set_font_size(False)
    drawn.set_fontsize(8)
    for (line, _), cell in drawn.get_celld().items():
        cell.set_edgecolor("#D0D0D0")
        cell.PAD = 0.03
        if not line:
            cell.get_text().set_fontweight("bold")
    present = sorted({cell.verdict for _, own in found for cell in own})
    patches = [
        Patch(facecolor=COLORS[v][1], edgecolor=plotting.GREY, label=WORDS[v]) for v in present
    ]
    figure.legend(handles=patches, loc="outside lower center", ncols=2)
    return figure


EXPERIMENT = Experiment(
    name="kinks",
    question="What does each mode give at corners and singular points?",
    options=OPTIONS,
    settings=settings,
    plan=plan,
    expect=expect,
    measure=measure,
    rows=rows,
    table=table,
    draw=draw,
)
