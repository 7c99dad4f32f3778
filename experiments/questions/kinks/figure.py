"""The figure of the experiment ``kinks``."""

from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.transforms import Bbox

from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.kinks.reading import (
    WORDS,
    Verdict,
    lines,
    read,
    slopes_in_words,
    summary,
    versions,
)
from experiments.questions.kinks.table import COLORS, HEADINGS, TWO


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
        Patch(facecolor=COLORS[v][1], edgecolor=plotting.GUIDE, label=WORDS[v]) for v in present
    ]
    figure.legend(handles=patches, loc="outside lower center", ncols=2)
    return figure


def slide(results: Results) -> Figure:
    """At how many points a library gives NaN."""
    counts = {
        library: sum(cell.verdict == Verdict.NAN for cell in cells.values())
        for library, cells in read(results).items()
    }
    points = len(lines(results))
    figure, axes = plotting.slide(
        f"Corners and singular points: where is the derivative NaN? ({points} points)"
    )
    plotting.bars(axes, counts, [plotting.WINE], [str(count) for count in counts.values()])
    axes.set_xlim(0, 1.2 * max(1, *counts.values()))
    return figure
