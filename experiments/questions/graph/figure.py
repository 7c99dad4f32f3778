"""What the experiment ``graph`` draws: graphs, sums over paths, and an animation of the sweeps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import zip_longest

import click
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from admodes.graphs import Picture, figure
from experiments.bench import plotting
from experiments.bench.results import Record, Results

COLUMNS = 2
SHOWN = 4
"""Derivatives in a line."""
GREEK = "αβγδεζ"


def require_layout() -> None:
    """Raises ``click.UsageError`` where what lays a graph out is missing."""
    if find_spec("pygraphviz") is None:
        raise click.UsageError(
            "pygraphviz, which lays graphs out, is missing: run make, or pip install"
            " 'pygraphviz>=2'"
        )


def picture(data: Record) -> Picture:
    return Picture.from_json(data)


# The graph and the sweeps over it


def draw(results: Results) -> Figure:
    """The graph with the local derivatives, and at every node what each sweep finds."""
    require_layout()
    record = results.records[0]
    whole = picture(record["picture"])
    whole = replace(whole, title=record["task"]["graph"], notes=(*whole.notes, *not_drawn(record)))
    panels = [whole, *map(picture, record["pictures"])]
    rows = [panels[i : i + COLUMNS] for i in range(0, len(panels), COLUMNS)]
    return figure(rows, flow=flow(results))


def flow(results: Results) -> str:
    return results.header["settings"].get("flow", "up")


def not_drawn(record: Record) -> list[str]:
    """What there is no room for."""
    left = len(record["sweeps"]) - len(record["pictures"])
    return [f"{left} more sweeps are in the table"] if left else []


@dataclass(frozen=True)
class Moment:
    """What one mode has done at some moment of the animation."""

    shown: Picture
    passes: int
    edges: int  # visited in all passes so far


def timeline(record: Record, mode: str) -> list[Moment]:
    """All passes of one mode, step by step, one after the other."""
    passes = [each for each in record["steps"] if each["mode"] == mode]
    moments: list[Moment] = []
    before = 0
    for i, each in enumerate(passes):
        for step in each["steps"][min(i, 1) :]:  # only the first begins with nothing done
            edges = before + step["edges"]
            title = f"{mode.capitalize()} mode: pass {i + 1} of {len(passes)}, from {each['seed']}"
            counter = f"edges visited: {edges}"
            shown = replace(picture(step["picture"]), title=title, notes=(counter,))
            moments.append(Moment(shown, i + 1, edges))
        before = moments[-1].edges
    last = moments[-1]
    many = f"{last.passes} pass{'es' * (last.passes > 1)}"
    done = f"{mode.capitalize()} mode: done, {many}"
    notes = (*last.shown.notes, ", ".join(gradient(record, mode)))
    return [*moments, replace(last, shown=replace(last.shown, title=done, notes=notes))]


def gradient(record: Record, mode: str) -> list[str]:
    """What all passes of a mode have found."""
    names = [node["name"] for node in record["nodes"]]
    ends = record["outputs" if mode == "forward" else "inputs"]
    found = []
    for sweep in record["sweeps"]:
        for end in ends if sweep["mode"] == mode else ():
            what = (end, sweep["seed"]) if mode == "forward" else (sweep["seed"], end)
            value = sweep["derivatives"][names.index(end)]
            found.append(f"∂{what[0]}/∂{what[1]} = {value:.4g}")
    return found if len(found) <= SHOWN else [*found[:SHOWN], "…"]


def animate(results: Results) -> Iterator[Figure]:
    """Both modes side by side, a node a step: one is done when the other begins its second pass."""
    require_layout()
    record = results.records[0]
    forward, reverse = timeline(record, "forward"), timeline(record, "reverse")
    every = [moment.shown for moment in (*forward, *reverse)]
    for left, right in zip_longest(forward, reverse):
        pair = (left or forward[-1]).shown, (right or reverse[-1]).shown
        yield figure([pair], like=every, width=plotting.WIDTH, flow=flow(results))


# Paths


def draw_paths(results: Results) -> Figure:
    """The fan, whose nine paths are one product of sums; below, what paths cost as graphs grow."""
    require_layout()
    fan = next(each for each in results.records if each["task"]["graph"] == "fan")
    chains = [each for each in results.records if "fans" in each["task"]]
    drawn = plotting.figure(height=7.2)
    drawn.suptitle(headline(chains))
    above, below = drawn.subfigures(2, 1, squeeze=False, height_ratios=(4.0, 3.2)).flat
    above.suptitle(product_of_sums(fan), fontsize=10.5, fontweight="normal")
    whole = replace(
        picture(fan["picture"]), title="The fan", notes=("the derivative on every edge",)
    )
    panels = list(map(with_letters, (whole, *map(picture, fan["pictures"]))))
    figure([panels], axes=above.subplots())
    draw_growth(below.subplots(), chains)
    return drawn


def with_letters(fan: Picture) -> Picture:
    """The fan's edges, called as in the textbook."""
    labelled = zip(fan.arrows, GREEK, strict=True)
    arrows = [replace(arrow, label=f"{letter} = {arrow.label}") for arrow, letter in labelled]
    return replace(fan, arrows=tuple(arrows))


def product_of_sums(fan: Record) -> str:
    """The sum over the fan's paths, both ways, in numbers."""
    slopes = [edge["derivative"] for edge in fan["edges"]]
    first, second, (paths,) = sum(slopes[:3]), sum(slopes[3:]), fan["paths"]
    return (
        f"{paths['paths']} paths from X to Z:"
        f" αδ + αε + αζ + βδ + … + γζ = (α + β + γ)(δ + ε + ζ) = {first:g} · {second:g}"
        f" = {paths['derivative']:g}"
    )


def draw_growth(axes: Axes, chains: Sequence[Record]) -> None:
    fans = [each["task"]["fans"] for each in chains]
    one_by_one = [each["products_one_by_one"] for each in chains]
    axes.plot(fans, one_by_one, color=plotting.PURPLE, marker="s", label="paths one by one")
    counted = [each for each in chains if not each["walked"]]
    if counted:
        axes.plot(
            [each["task"]["fans"] for each in counted],
            [each["products_one_by_one"] for each in counted],
            color=plotting.PURPLE,
            marker="s",
            **plotting.HOLLOW,
        )
    merged = [each["products_merged"] for each in chains]
    axes.plot(fans, merged, color=plotting.GREEN, marker="o", label="paths merged at each node")
    axes.set_yscale("log")
    axes.set_xlabel("fans in a chain: three edges each, and three times as many paths with each")
    axes.set_ylabel("products")
    axes.set_xticks(fans[:: max(1, len(fans) // 10)])
    axes.set_title("What a derivative takes in a chain of such fans")
    handles, _ = axes.get_legend_handles_labels()
    if counted:
        handles.append(plotting.hollow("counted, not walked"))
    axes.legend(handles=handles, loc="upper left")


def headline(chains: Sequence[Record]) -> str:
    last = chains[-1]
    return (
        f"{last['edges']} edges: {in_words(last['products_one_by_one'])} products path by path,"
        f" {last['products_merged']} merged at each node"
    )


def in_words(count: int) -> str:
    """A large count as people say it.

    >>> in_words(66_248_903_619), in_words(531_441)
    ('66 billion', '531,441')
    """
    for size, name in ((10**9, "billion"), (10**6, "million")):
        if count >= size:
            return f"{float(f'{count / size:.2g}'):g} {name}"
    return f"{count:,}"


FIGURES = {"paths": draw_paths}
ANIMATIONS = {"sweeps": animate}


def slide(results: Results) -> Figure:
    """One sweep, with the sums that merge paths."""
    require_layout()
    record = results.records[0]
    reverse = next(each for each in map(picture, record["pictures"]) if each.mode == "reverse")
    count = len(record["inputs"])
    drawn, axes = plotting.slide(
        f"One reverse pass over the graph finds {'both' if count == 2 else f'all {count}'}"
        " derivatives"
        if count > 1
        else "One reverse pass over the graph"
    )
    reverse = replace(reverse, title=record["task"]["graph"])
    figure([[reverse]], axes=axes, flow=flow(results))
    return drawn
