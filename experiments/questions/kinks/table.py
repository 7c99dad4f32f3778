"""The table of the experiment ``kinks``."""

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from experiments.bench.console import headed_table
from experiments.bench.results import Record, Results
from experiments.questions.kinks.apart import MODES
from experiments.questions.kinks.reading import (
    WORDS,
    Verdict,
    lines,
    read,
    slopes_in_words,
    summary,
    versions,
    written,
)


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
    Verdict.FINITE: ("cyan", "#EBD3E3"),
    Verdict.OTHER: ("yellow", "#F0E442"),
    Verdict.NAN: ("bold red", "#D9A0B6"),
    Verdict.NONE: ("dim", "#D0D0D0"),
}


HEADINGS = ("function", "slopes, left to right")


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
