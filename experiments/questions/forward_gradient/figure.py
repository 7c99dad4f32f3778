"""The figure of the experiment ``forward-gradient``."""

from collections.abc import Callable, Iterator, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from admodes.measure import Interval
from admodes.measure.words import duration, number
from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.forward_gradient.methods import CHECKPOINTED, REVERSE
from experiments.questions.forward_gradient.reading import Found, Trained, between, read

LOOKS = {"Gaussian": (plotting.PURPLE, "o"), "projection": (plotting.GREEN, "s")}
NAMES = {
    "Gaussian": "mean of k Gaussian directions",
    "projection": "projection on k directions",
    "whole": "forward mode: all directions",
    REVERSE: "reverse mode",
    CHECKPOINTED: "reverse mode, checkpointed",
}
WHOLE = (plotting.FORWARD_SEVERAL, "D")


def draw(results: Results) -> Figure:
    """Above, the losses, and the errors of estimates; below, what a training takes."""
    found, settings = read(results), results.header["settings"]
    target, budget = settings["target"], settings["budget"]
    figure = plotting.figure(height=7.6)
    figure.suptitle(headline(found))
    (losses, errors), (work, time) = figure.subplots(2, 2)
    draw_losses(losses, found, target)
    draw_errors(errors, found)
    draw_needed(work, found, lambda each: each.work, lambda each: budget)
    work.set_title(f"work until the loss is {target:g}")
    work.set_ylabel("evaluations of the loss, counted")
    work.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    draw_needed(
        time,
        found,
        lambda each: each.seconds,
        lambda each: budget / each.step.work * each.step.seconds.value,
    )
    time.set_title(f"time until the loss is {target:g}")
    plotting.time_ticks(time)
    handles, labels = work.get_legend_handles_labels()
    handles += explanations(found, target)
    labels += [str(handle.get_label()) for handle in handles[len(labels) :]]
    for axes in (losses, errors, work):
        axes.yaxis.set_minor_formatter(NullFormatter())
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def explanations(found: Found, target: float) -> Iterator[Line2D]:
    """What a legend says of trainings that did not come to the target, where there are any."""
    some = next((each for each in found.trained if each.reached < len(each.steps)), None)
    if some is not None:
        words = f"so many trainings came to\n{target:g}, the bar ends where others gave up"
        yield Line2D([], [], linestyle="", label=f"{share(some)}: {words}")
    if not all(each.usual for each in found.trained):
        yield plotting.hollow("most trainings gave up here")


def share(each: Trained) -> str:
    return f"{each.reached} of {len(each.steps)}"


def methods(found: Found) -> dict[str, tuple[Trained, str]]:
    """Those that are compared, by name, with their colours: of estimates the best ones."""
    named = {NAMES[REVERSE]: (found.reverse, plotting.REVERSE)}
    for name, (color, _) in LOOKS.items():
        best = found.best_of(name)
        named[f"{name}, k = {best.step.directions}"] = best, color
    named[f"forward mode, all {found.weights:,}"] = found.whole, WHOLE[0]
    return named


def draw_losses(axes: Axes, found: Found, target: float) -> None:
    """A line a training."""
    for label, (own, color) in methods(found).items():
        for number_, (steps, loss) in enumerate(own.curves):
            later = steps > 0
            work = steps[later] * own.step.work
            first = label if number_ == 0 else ""
            axes.plot(work, loss[later], color=color, linewidth=0.8, label=first)
    axes.axhline(target, color=plotting.GUIDE, linestyle="--", linewidth=1)
    axes.loglog()
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_title("the loss of each training")
    axes.set_xlabel("evaluations of the loss, counted")
    axes.set_ylim(bottom=target / 2)  # room for the legend
    axes.legend(loc="lower left", fontsize=8, ncols=2)


def draw_errors(axes: Axes, found: Found) -> None:
    """Measured, on the lines that the laws say."""
    for name, (color, marker) in LOOKS.items():
        own = [each for each in found.errors if each.method == name and each.law > 0]
        k = [each.directions for each in own]
        axes.plot(k, [each.law for each in own], color=plotting.GUIDE, linestyle="--", linewidth=1)
        intervals = [each.mean for each in own]
        axes.errorbar(
            k,
            [each.value for each in intervals],
            plotting.reaches(intervals),
            color=color,
            marker=marker,
            linestyle="",
        )
    n = found.weights
    axes.loglog()
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.set_title("(error of the estimate / gradient)²")
    axes.set_xlabel("k, directions a step")
    axes.annotate(
        f"dashed: (n + 1)/k and 1 − k/n, n = {n}",
        (0.97, 0.95),
        xycoords="axes fraction",
        ha="right",
        color=plotting.GUIDE,
        fontsize=9,
    )


def draw_needed(
    axes: Axes,
    found: Found,
    of: Callable[[Trained], Interval],
    given_up: Callable[[Trained], float],
) -> None:
    """Against the number of directions; lines where there are none.

    Where trainings were given up an interval ends where that was, and their share stands beside it.
    """
    for method, style in ((REVERSE, "-"), (CHECKPOINTED, ":")):
        level = of(found.of(method)[0]).value
        axes.axhline(level, color=plotting.REVERSE, linestyle=style, label=NAMES[method])
    for name, (color, marker) in LOOKS.items():
        own = [each for each in found.of(name) if not found.is_whole(each.step)]
        draw_points(axes, own, of, given_up, NAMES[name], color, marker)
    draw_points(axes, [found.whole], of, given_up, NAMES["whole"], *WHOLE)
    axes.loglog()
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_xlabel("k, directions a step")


def draw_points(
    axes: Axes,
    own: Sequence[Trained],
    of: Callable[[Trained], Interval],
    given_up: Callable[[Trained], float],
    label: str,
    color: str,
    marker: str,
) -> None:
    points = []
    for each in own:
        interval, end, k = of(each), given_up(each), each.step.directions or 0
        value, low, high = (min(x, end) for x in (interval.value, interval.low, interval.high))
        points.append((float(k), Interval(value, low, high, interval.coverage), each.usual))
        if each.reached < len(each.steps):
            axes.annotate(
                share(each),
                (k, value),
                (5, 5 if marker == "o" else -12),  # clear of those of the other estimate
                textcoords="offset points",
                color=color,
                fontsize=8,
            )
    plotting.curve(axes, points, label, color, marker)


def headline(found: Found) -> str:
    """The answer, as far as there is one."""
    best, whole = found.best, found.whole
    if not best.usual:
        return f"Forward mode alone does not train {found.weights:,} weights by random directions"
    words = (
        f"Forward mode alone trains {found.weights:,} weights, for {number(best.work_ratio.value)}"
        f" times ({between(best.work_ratio)}) the work of\nreverse mode by {of_directions(best)} a"
        " step"
    )
    if whole.usual:
        words += f", and {number(whole.work_ratio.value)} times by all of them"
    return words


def of_directions(each: Trained) -> str:
    k = each.step.directions
    return "one random direction" if k == 1 else f"{k:,} random directions"


def slide(results: Results) -> Figure:
    """The work of a training, by reverse mode and by the best of either estimate."""
    found = read(results)
    answer = "Can forward mode alone train?"
    if found.best.usual:
        answer += f" Yes, for {number(found.best.work_ratio.value)} times the work of reverse mode"
    figure, axes = plotting.slide(answer)
    named = methods(found)
    checkpointed = found.of(CHECKPOINTED)[0], plotting.REVERSE
    shown = {NAMES[REVERSE]: named[NAMES[REVERSE]], "with a checkpoint": checkpointed, **named}
    shown = {label: (each, color) for label, (each, color) in shown.items() if each.usual}
    plotting.bars(
        axes,
        {label: each.work.value for label, (each, _) in shown.items()},
        [color for _, color in shown.values()],
        [
            f"{number(each.work.value)} evaluations, {duration(each.seconds.value)}"
            for each, _ in shown.values()
        ],
    )
    axes.margins(x=0.8)  # the texts are long
    return figure
