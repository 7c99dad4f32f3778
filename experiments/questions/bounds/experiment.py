"""What a tangent and a gradient cost by count, against the bounds of theory.

A. Griewank & A. Walther (*Evaluating Derivatives*, 2nd ed., section 2.5, chapters 3 and 4) count
moves, additions, multiplications and nonlinear operations. With a tangent, a multiplication takes
three and an addition; a nonlinear operation takes its derivative, which they take to be another
one, and a multiplication. With weights as in ``admodes.costs.Cost.work`` a tangent then costs 2 to
5/2 evaluations, a gradient 3 to 4, whatever the function. Of arithmetic alone, moves for nothing,
the same accounting gives 4 and 5; 5 is also the bound of A. Griewank, "On automatic
differentiation" (1989).

Here the primitives that a pass executes are counted, and every point beyond a bound is explained: a
primitive is beyond their accounting by the moves and the arithmetic that its derivative takes more
than that allows. No machine changes any of this.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import click
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from admodes import counting
from admodes.counting import Cost, Counts
from experiments.bench import plotting
from experiments.bench.console import headed_table
from experiments.bench.experiment import Experiment, Settings, Task
from experiments.bench.results import Record, Results, digits
from experiments.functions import scalars
from experiments.functions.scalars import Function
from experiments.questions.bounds.cases import collection

INPUTS, QUICK_INPUTS = 1000, 100
MODES = ("tangent", "gradient")
MEASURES = {"work": "Moves and arithmetic", "arithmetic": "Arithmetic alone"}
#: evaluations that a derivative may cost, by these measures
BOUNDS = {"tangent": (2.5, 4.0), "gradient": (4.0, 5.0)}

OPTIONS = (
    click.Option(
        ["--function"],
        multiple=True,
        metavar="NAME...",
        help="What to count: names from the table (default: all of them), or functions of your"
        " own, package.module:name, as for speedup.",
    ),
    click.Option(
        ["--inputs"],
        type=click.IntRange(min=1),
        metavar="N",
        help="The number of inputs; a function that cannot have it takes the nearest that it can."
        f"  [default: {INPUTS}, with --quick {QUICK_INPUTS}]",
    ),
)


def find(name: str) -> Function:
    """A function of the collection, or a user's own."""
    return collection().get(name) or scalars.find(name)


def settings(*, function: Sequence[str], inputs: int | None, quick: bool, seed: int) -> Settings:
    try:
        names = [find(name).name for name in function or collection()]
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return {
        "functions": list(dict.fromkeys(names)),
        "inputs": inputs or (QUICK_INPUTS if quick else INPUTS),
        "seed": seed,
    }


def plan(settings: Settings) -> list[Task]:
    return [{"function": name} for name in settings["functions"]]


def expect(task: Task, settings: Settings) -> float:
    """Some thousand operations are counted a second, of which loops have about one an input."""
    return 0.5


# Counting


def measure(task: Task, settings: Settings) -> Record:
    """The counts of an evaluation, a tangent and a gradient, and what each primitive adds."""
    function = find(task["function"])
    n = function.nearest(settings["inputs"])
    f, x = function.make(n, scalars.generator(settings["seed"], n, function.name))
    return {
        "inputs": int(np.size(x)),
        "evaluation": asdict(counting.evaluation(f, x)),
        "tangent": asdict(counting.tangent(f, x)),
        "gradient": asdict(counting.gradient(f, x)),
        "shares": {
            name: {part: asdict(counts) for part, counts in share._asdict().items()}
            for name, share in counting.shares(f, x).items()
        },
    }


# Reading


@dataclass(frozen=True)
class Excess:
    """What one cause puts on top of the accounting, in evaluations of the function."""

    cause: str
    """A primitive."""
    moves: float
    arithmetic: float

    @property
    def total(self) -> float:
        return self.moves + self.arithmetic

    @property
    def what(self) -> str:
        parts = {"moves": self.moves, "arithmetic": self.arithmetic}
        return " and ".join(part for part, excess in parts.items() if excess > 0)


@dataclass(frozen=True)
class Reading:
    """What a derivative costs by one measure, in evaluations, and what it may."""

    value: float
    bound: float
    accounted: float
    """By their accounting, for this function's own mix of operations."""
    excesses: Sequence[Excess]
    """Of each primitive; negative where its derivative costs less than it may. Together, the
    difference between `value` and `accounted`."""

    @property
    def beyond(self) -> bool:
        # As it is shown: a sum of n numbers has n - 1 additions, which is not worth a word.
        return round(self.value, 2) > self.bound

    @property
    def causes(self) -> list[Excess]:
        """The fewest primitives, the worst first, without whose excess it would be in bounds."""
        over, causes = self.value - self.bound, list[Excess]()
        for excess in sorted(self.excesses, key=lambda excess: -excess.total):
            if over <= 0 or excess.total <= 0:
                break
            causes.append(excess)
            over -= excess.total
        return causes


@dataclass(frozen=True)
class Point:
    """A function in one mode."""

    function: str
    inputs: int
    mode: str
    evaluation: Counts
    counts: Counts
    work: Reading
    """Of moves and arithmetic."""
    arithmetic: Reading
    """Of arithmetic alone."""


def allowed(cost: Cost, mode: str) -> tuple[float, float]:
    """Moves and arithmetic, as work, that a derivative may take beyond an evaluation of this cost.

    Of an addition, a multiplication or a nonlinear operation, which have 3, 3 and 2 moves, they
    count with a tangent as many moves again, and in the sweep 6, 8 and 5: a cotangent is read and
    set to zero, and that of each argument is read and written.
    """
    a, m, n = cost.additions, cost.multiplications, cost.nonlinear
    if mode == "tangent":
        return cost.moves, a + 3 * m + 3 * n
    times = (6 / 3 * a + 8 / 3 * m + 5 / 2 * n) / cost.operations if cost.operations else 1
    return times * cost.moves, 2 * a + 4 * m + 4 * n


def read(results: Results) -> Iterator[Point]:
    """A point for each function and mode, the modes in turn."""
    for record in results.records:
        evaluation = counts_of(record["evaluation"])
        for mode in MODES:
            counts = counts_of(record[mode])
            over = {
                name: beyond(counts_of(share["evaluation"]).cost, counts_of(share[mode]).cost, mode)
                for name, share in record["shares"].items()
            }
            yield Point(
                record["task"]["function"],
                record["inputs"],
                mode,
                evaluation,
                counts,
                reading(counts.cost.work(), evaluation.cost.work(), BOUNDS[mode][0], over),
                reading(
                    counts.cost.work(moves=0),
                    evaluation.cost.work(moves=0),
                    BOUNDS[mode][1],
                    {name: (0.0, arithmetic) for name, (_, arithmetic) in over.items()},
                ),
            )


def beyond(evaluation: Cost, derivative: Cost, mode: str) -> tuple[float, float]:
    """The moves and the arithmetic of a primitive's derivative that are more than it may take."""
    moves, arithmetic = allowed(evaluation, mode)
    return derivative.moves - moves, derivative.work(moves=0) - arithmetic


def reading(work: int, whole: int, bound: float, over: dict[str, tuple[float, float]]) -> Reading:
    whole = max(whole, 1)
    excesses = [Excess(name, moves / whole, more / whole) for name, (moves, more) in over.items()]
    value = work / whole
    return Reading(value, bound, value - sum(each.total for each in excesses), excesses)


def counts_of(record: Record) -> Counts:
    return Counts(record["primitives"], Cost(**record["cost"]))


# Explaining


def explanation(point: Point) -> str:
    """A sentence or two, made from the counts, on a point that is beyond a bound; else nothing."""
    work, arithmetic, parts = point.work, point.arithmetic, []
    if work.beyond:
        accounted = f"{work.accounted:.2f} by their accounting"
        if work.accounted > work.bound:
            moves = point.evaluation.cost.moves / max(point.evaluation.cost.operations, 1)
            accounted += f" (it is for 2 or 3 moves an operation; the function has {moves:.2g})"
        parts.append(f"{work.value:.2f} evaluations, {accounted}; {listed(work.causes)}.")
    if arithmetic.beyond:
        parts.append(f"{arithmetic.value:.2f} of arithmetic alone; {listed(arithmetic.causes)}.")
    return f"{point.function}: a {point.mode} costs {' It costs '.join(parts)}" if parts else ""


def listed(causes: Sequence[Excess]) -> str:
    if not causes:
        return "no primitive takes more"
    return ", ".join(f"{each.cause} takes {each.total:.2f} more ({each.what})" for each in causes)


def headline(points: Sequence[Point], measure: str) -> str:
    """How many are within their bounds."""
    parts = []
    for mode in MODES:
        own: list[Reading] = [getattr(point, measure) for point in points if point.mode == mode]
        within = sum(not each.beyond for each in own)
        parts.append(f"{within} of {len(own)} {mode}s within {own[0].bound:g}")
    return ", ".join(parts)


# Showing


def rows(results: Results) -> list[Record]:
    return [
        {
            "function": point.function,
            "inputs": point.inputs,
            "mode": point.mode,
            "primitives": point.counts.primitives,
            **asdict(point.counts.cost),
            "evaluation_primitives": point.evaluation.primitives,
            **{f"evaluation_{name}": n for name, n in asdict(point.evaluation.cost).items()},
            **columns("work", point.work),
            **columns("arithmetic", point.arithmetic),
        }
        for point in read(results)
    ]


def columns(name: str, own: Reading) -> Record:
    return {
        f"{name}_in_evaluations": digits(own.value),
        f"{name}_at_most": own.bound,
        f"{name}_accounted": digits(own.accounted),
        f"{name}_beyond_by": "; ".join(f"{each.cause} {digits(each.total)}" for each in own.causes),
    }


WORDS = """\
of an evaluation f, and of a tangent and a gradient relative to it (f included)
work: a move, an addition, a multiplication count 1, a nonlinear operation 2
red: beyond a bound; of work 2.5 (tangent) and 4 (gradient), of its operations alone 4 and 5"""
WHY = (
    "Why beyond: their accounting has a local derivative, and the products that are added up, in"
    " registers. NumPy writes each to memory and reads it again: moves. Where a rule does more than"
    " a derivative needs, it is arithmetic."
)
COUNTED = ("primi-\ntives", "opera-\ntions", "moves")


def table(results: Results) -> Group:
    points = list(read(results))
    shown = headed_table("counts", WORDS, padding=0)
    shown.add_column("\n\nfunction", no_wrap=True)
    shown.add_column("\n\nN", justify="right", no_wrap=True)
    for name, headings in (("f", COUNTED), *((mode, (*COUNTED, "work")) for mode in MODES)):
        for i, heading in enumerate(headings):
            words = "" if i else name, *("", heading)["\n" in heading :]  # three lines
            shown.add_column("\n".join(words), justify="right", no_wrap=True, min_width=7)
    for tangent, gradient in zip(points[::2], points[1::2], strict=True):
        of_f = tangent.evaluation
        numbers = tangent.inputs, of_f.primitives, of_f.cost.operations, of_f.cost.moves
        cells: list[str | Text] = [f"{number:,}" for number in numbers]
        shown.add_row(tangent.function, *cells, *ratios(tangent), *ratios(gradient))
    lines = [f"{words}: {headline(points, name)} evaluations" for name, words in MEASURES.items()]
    lines += ["", WHY, "", *filter(None, map(explanation, points))]
    return Group(shown, *(Padding(line, (0, 2)) for line in lines))


def ratios(point: Point) -> list[str | Text]:
    of_f, own = point.evaluation, point.counts
    return [
        ratio(own.primitives, of_f.primitives),
        marked(ratio(own.cost.operations, of_f.cost.operations), point.arithmetic),
        ratio(own.cost.moves, of_f.cost.moves),
        marked(f"{point.work.value:.2f}", point.work),
    ]


def ratio(own: int, other: int) -> str:
    return f"{own / other:.2f}" if other else "–"


def marked(text: str, own: Reading) -> Text:
    return Text(text, "bold red" if own.beyond else "")


LOOKS = {"tangent": (plotting.VERMILLION, "o", -0.14), "gradient": (plotting.BLUE, "s", 0.14)}


def draw(results: Results) -> Figure:
    """Every function in a line: evaluations that a tangent and a gradient cost, and the bounds."""
    points = list(read(results))
    pairs = list(zip(points[::2], points[1::2], strict=True))
    pairs.sort(key=lambda pair: pair[0].work.value)
    figure = plotting.figure(height=2.4 + 0.26 * len(pairs))
    figure.suptitle("Evaluations that a derivative costs, by count, and the bounds of theory")
    panels = figure.subplots(1, len(MEASURES), sharey=True)
    for axes, (measure, words) in zip(panels, MEASURES.items(), strict=True):
        draw_panel(axes, [[getattr(point, measure) for point in pair] for pair in pairs])
        axes.set_title(f"{words}:\n{headline(points, measure)}", fontsize=9)
        axes.set_xlabel("cost in evaluations of the function")
    panels[0].set_yticks(range(len(pairs)), [pair[0].function for pair in pairs])
    panels[0].set_ylim(len(pairs) - 0.4, -0.6)
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=4,
        title="beside what is beyond its bound: the primitives that put it there",
        title_fontsize=9,
    )
    return figure


def draw_panel(axes: Axes, lines: Sequence[Sequence[Reading]]) -> None:
    """Beside what is beyond its bound, the primitives that put it there."""
    for mode, own in zip(MODES, zip(*lines, strict=True), strict=True):
        color, marker, offset = LOOKS[mode]
        x, y = [each.value for each in own], [line + offset for line in range(len(own))]
        axes.plot(x, y, color=color, marker=marker, linestyle="", zorder=3, label=mode)
        axes.axvline(own[0].bound, color=color, linestyle="--", label=f"bound of a {mode}")
    for line, pair in enumerate(lines):
        causes = dict.fromkeys(each.cause for own in pair if own.beyond for each in own.causes)
        if causes:
            axes.annotate(
                ", ".join(causes),
                (max(own.value for own in pair), line),
                (8, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            )
    largest = max(own.value for pair in lines for own in pair)
    axes.set_xlim(0.9, max(1.25 * largest, 5.5))


EXPERIMENT = Experiment(
    name="bounds",
    question="How many evaluations does a derivative cost, by count?",
    options=OPTIONS,
    settings=settings,
    plan=plan,
    expect=expect,
    measure=measure,
    rows=rows,
    table=table,
    draw=draw,
)
