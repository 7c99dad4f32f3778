"""The table of the experiment ``bounds``."""

from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from experiments.bench.console import headed_table
from experiments.bench.results import Record, Results, digits
from experiments.questions.bounds.reading import (
    MEASURES,
    MODES,
    Excess,
    Point,
    Reading,
    headline,
    read,
)


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
of an evaluation f, and of a tangent and a gradient relative to it (including f)
work: a move, an addition, a multiplication count 1, a nonlinear operation 2
red: beyond a bound, which is 2.5 (tangent) and 4 (gradient) for work, 4 and 5 for operations"""


WHY = (
    "Why some are beyond: theory keeps a local derivative, and the products that are added up, in"
    " registers, and NumPy writes each to memory and reads it again (moves). Some rules also do"
    " more than a derivative needs (arithmetic)."
)


COUNTED = ("primi-\ntives", "opera-\ntions", "moves")


def table(results: Results) -> Group:
    points = list(read(results))
    shown = headed_table("counts", WORDS, padding=0, keys=("function", "N"))
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
