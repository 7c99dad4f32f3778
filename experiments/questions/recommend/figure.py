"""The figure of the experiment ``recommend``."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.recommend.reading import (
    TARGET,
    Reading,
    read,
)
from experiments.questions.recommend.table import missed

LOOKS = {
    "forward": (plotting.FORWARD, "s"),
    "reverse": (plotting.REVERSE, "o"),
    "mixed": (plotting.MIXED, "^"),
}


MOST_NAMED = 6


LINE = 0.033  # of the height of the axes


def draw(results: Results) -> Figure:
    """On the left predicted against measured times; on the right the regret of every case."""
    readings = read(results)
    figure = plotting.figure(height=5.2)
    met = sum(not each.missed for each in readings)
    figure.suptitle(
        f"The recommended way takes at most {TARGET:.2f} times the quickest one in {met} of"
        f" {len(readings)} cases"
    )
    left, right = figure.subplots(1, 2)
    draw_predictions(left, readings)
    draw_regrets(right, readings)
    return figure


def draw_predictions(axes: Axes, readings: Sequence[Reading]) -> None:
    points = {
        mode: [
            (way.seconds, way.predicted)
            for each in readings
            for way in each.ways
            if way.mode == mode and way.timing and way.seconds
        ]
        for mode in LOOKS
    }
    every = [seconds for each in points.values() for point in each for seconds in point]
    low, high = min(every) / 1.5, max(every) * 1.5
    axes.fill_between(
        [low, high], [low / 1.5, high / 1.5], [low * 1.5, high * 1.5], color="#DDDDDD", zorder=0
    )
    axes.plot([low, high], [low, high], color=plotting.GUIDE, linestyle="--")
    for mode, (color, marker) in LOOKS.items():
        if points[mode]:
            axes.plot(
                *zip(*points[mode], strict=True),
                color=color,
                marker=marker,
                markersize=3.5,
                linestyle="",
                alpha=0.6,
                markeredgewidth=0,
                label=f"{mode} mode",
            )
    axes.loglog()
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    plotting.time_ticks(axes, also_x=True)
    axes.set_xlabel("measured")
    axes.set_ylabel("predicted")
    axes.set_title("a whole derivative, each way that was measured")
    axes.legend(loc="upper left", title="grey: within a factor of 1.5", title_fontsize=9)


def draw_regrets(axes: Axes, readings: Sequence[Reading], named: int = MOST_NAMED) -> None:
    ordered = sorted(readings, key=lambda each: (each.regret.value, each.case))
    places = {id(each): i + 1 for i, each in enumerate(ordered)}
    looks = (
        (False, plotting.GREEN, "o", "what the model was made with"),
        (True, plotting.BLACK, "D", "held out"),
    )
    for held_out, color, marker, label in looks:
        own = [each for each in ordered if each.held_out == held_out]
        if own:
            x = [places[id(each)] for each in own]
            y = [each.regret.value for each in own]
            axes.plot(x, y, color=color, marker=marker, markersize=4, linestyle="", label=label)
    axes.axhline(TARGET, color=plotting.GUIDE, linestyle="--", label=f"target, {TARGET:.2f}")
    low, high = axes.get_ylim()
    named_ones = missed(ordered)[:named][::-1]
    free = low
    for each in named_ones:  # from below, a line of text apart
        free = max(free, each.regret.value)
        axes.annotate(
            each.case,
            (places[id(each)], free),
            xytext=(-6, 0),
            textcoords="offset points",
            horizontalalignment="right",
            verticalalignment="center",
            fontsize=9,
        )
        free += LINE * (high - low)
    axes.set_xlabel("cases, by their regret")
    axes.set_ylabel("regret: recommended / quickest")
    axes.set_title("what following the recommendation costs")
    # Above the many, and below the names; or where the lowest of these is low, above them.
    is_high = not named_ones or named_ones[0].regret.value > (low + high) / 2
    axes.legend(loc="lower left", bbox_to_anchor=(0, 0.2 if is_high else 0.6))


def slide(results: Results) -> Figure:
    """What following the advice costs, case by case."""
    readings = read(results)
    met = sum(not each.missed for each in readings)
    figure, axes = plotting.slide(
        f"The recommended way is within {TARGET:.2f} of the quickest in {met} of {len(readings)}"
        " cases"
    )
    draw_regrets(axes, readings, named=0)
    axes.set_title("")
    return figure
