"""The figure of the experiment ``bounds``."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.bounds.reading import MEASURES, MODES, Reading, headline, read

LOOKS = {"tangent": (plotting.FORWARD, "o", -0.14), "gradient": (plotting.REVERSE, "s", 0.14)}


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


def slide(results: Results) -> Figure:
    """What a gradient costs by count, of every function, and the bound."""
    gradients = [point for point in read(results) if point.mode == "gradient"]
    own = sorted((point.work.value for point in gradients), reverse=True)
    bound = gradients[0].work.bound
    within = sum(value <= bound for value in own)
    figure, axes = plotting.slide(
        f"Theory: a gradient costs at most {bound:g} evaluations. By count: {within} of {len(own)}"
        " programs keep to it"
    )
    axes.bar(range(1, len(own) + 1), own, color=plotting.REVERSE)
    axes.axhline(bound, color=plotting.GUIDE, linestyle="--")
    axes.set_xlabel("programs, the dearest first")
    axes.set_ylabel("evaluations, by count")
    axes.grid(visible=False, axis="x")
    return figure
