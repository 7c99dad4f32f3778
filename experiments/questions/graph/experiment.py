"""What is a gradient, and why do both modes merge paths?

Every operation of a function is a node, and on every edge stands the derivative of that operation
by one of its arguments. The derivative of an output by an input is the sum, over all paths between
them, of the products of the derivatives along each path. Forward mode follows one input through the
graph, and reverse mode starts from one output. Both add up what arrives at a node, and so use each
edge once, however many paths lead over it (C. Olah, "Calculus on Computational Graphs:
Backpropagation", 2015).

Three kinds of graph are recorded: the textbook's e = (a + b)·(b + 1), or a user's own function; the
fan, from X to Y by three edges and from Y to Z by three more; and chains of such fans, whose paths
are summed one by one where there are few enough. Nothing that is shown is typed in: it is what
`admodes.graph` finds on the tape.
"""

from collections.abc import Sequence
from math import ceil, isfinite
from typing import Any

import click
import numpy as np

import admodes as ad
from admodes.graphs import Sweep
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.bench.results import Record
from experiments.bench.settings import Setting, Settings, Task
from experiments.functions import scalars
from experiments.functions.own import at_point
from experiments.functions.textbook import TEXTBOOK, textbook
from experiments.questions.graph import figure
from experiments.questions.graph.cases import CHAIN, FAN, chain, fan

SWEEPS = 6
"""Of each mode: so many are drawn and walked. A table of all inputs is no picture."""
FRAMES = 40
"""The most steps of the animation, about; of longer sweeps it shows some."""


PLACE = 90
SETTINGS = {
    "function": Setting(
        None,
        "--function NAME",
        "What to draw instead of e = (a + b)·(b + 1): a function of your own,"
        " package.module:name or file.py:name, of numbers.",
    ),
    "at": Setting(
        (),
        "--at X...",
        "The point: a number for each of its arguments.",
        click.FLOAT,
        shown="2 1, without --function",
    ),
    "flow": Setting(
        "up",
        "--flow WAY",
        "Where data flows in the pictures: up, or right.",
        click.Choice(["up", "right"]),
    ),
    "chains": Setting(tuple(range(2, 21)), quick=tuple(range(2, 11))),
    # Paths that are summed one by one; more are only counted.
    "walked": Setting(20_000, quick=1_000),
}


def settle(settings: Settings) -> Settings:
    figure.require_layout()
    _, at = at_point(settings["function"], settings["at"])
    return {**settings, "at": at}


def plan(settings: Settings) -> list[Task]:
    chains = [{"graph": CHAIN, "fans": fans} for fans in settings["chains"]]
    return [{"graph": settings["function"] or TEXTBOOK}, {"graph": FAN}, *chains]


def expect(task: Task, settings: Settings) -> float:
    """From 10 µs a path, and most of a second for the pictures of an animation."""
    fans = task.get("fans", 0)
    return 0.01 + 1e-5 * fans * 3**fans if 3**fans <= settings["walked"] else 0.5


# Measuring


def measure(task: Task, settings: Settings) -> Record:
    if task["graph"] == CHAIN:
        graph = ad.graph(chain(task["fans"]), 1.0)
        return measure_paths(graph, [graph.forward()], [graph.reverse()], settings["walked"])[0]
    if task["graph"] == FAN:
        return measure_graph(ad.graph(fan, 2.0), settings["walked"])
    name = settings["function"]
    f = textbook if name is None else scalars.load(name)[1]
    return measure_graph(ad.graph(f, *settings["at"]), settings["walked"])


def measure_graph(graph: ad.Graph, walked: int) -> Record:
    """All that is shown of a graph."""
    forward = [graph.forward(node) for node in graph.inputs]
    reverse = [graph.reverse(node) for node in graph.outputs]
    drawn = [*forward[:SWEEPS], *reverse[:SWEEPS]]
    frames = FRAMES // min(SWEEPS, max(len(forward), len(reverse)))
    return {
        "inputs": [node.name for node in graph.inputs],
        "outputs": [node.name for node in graph.outputs],
        "nodes": [
            {"name": node.name, "expression": node.expression, "value": finite(node.value)}
            for node in graph.nodes
        ],
        "edges": [
            {
                "from": edge.source.name,
                "to": edge.target.name,
                "derivative": finite(edge.derivative),
            }
            for edge in graph.edges
        ],
        "sweeps": list(map(sweep_record, (*forward, *reverse))),
        "paths": measure_paths(graph, forward, reverse, walked),
        "picture": graph.picture().to_json(),
        "pictures": [graph.picture(sweep).to_json() for sweep in drawn],
        "steps": [
            {"mode": sweep.mode, "seed": sweep.seed.name, "steps": steps(graph, sweep, frames)}
            for sweep in drawn
        ],
    }


def sweep_record(sweep: Sweep) -> Record:
    return {
        "mode": sweep.mode,
        "seed": sweep.seed.name,
        "passes": sweep.passes,
        "edges": len(sweep.edges),
        "products": sweep.products,
        "derivatives": [finite(each) for each in sweep.derivatives],
    }


def steps(graph: ad.Graph, sweep: Sweep, frames: int) -> list[Record]:
    """A sweep as an animation shows it, node by node, with the edges that it has visited."""
    ends = [edge.target if sweep.mode == "forward" else edge.source for edge in sweep.edges]
    count = len(sweep.nodes)
    found = []
    for k in [*range(0, count, ceil(count / frames)), count]:
        reached = set(sweep.nodes[:k])
        edges = sum(end in reached for end in ends)
        found.append({"picture": graph.picture(sweep, step=k).to_json(), "edges": edges})
    return found


def measure_paths(
    graph: ad.Graph, forward: Sequence[Sweep], reverse: Sequence[Sweep], walked: int
) -> list[Record]:
    """The paths from every input to every output, summed one by one if there are few enough.

    Raises :class:`Disagreement` where such a sum, forward mode and reverse mode differ.
    """
    found = []
    for target, by_reverse in zip(graph.outputs, reverse, strict=True):
        for source, by_forward in zip(graph.inputs, forward, strict=True):
            paths = graph.paths(source, target)
            sums = [by_reverse[source], by_forward[target]]
            walk = paths.count <= walked
            if walk:
                sums.append(paths.total())
            typical = max(map(abs, sums))
            worst = float(np.max(relative_difference(np.array(sums), sums[0], typical)))
            if not worst <= TOLERANCE:
                what = f"d{target.name}/d{source.name} by reverse mode, forward mode and paths"
                raise Disagreement(f"{what}: {', '.join(map(str, sums))}", worst)
            found.append(
                {
                    "from": source.name,
                    "to": target.name,
                    "edges": len(graph.edges),
                    "paths": paths.count,
                    "walked": walk,
                    "products_one_by_one": paths.products,
                    "products_merged": paths.merged,
                    "derivative": finite(sums[0]),
                    "largest_difference": worst,
                }
            )
    return found


def finite(value: Any) -> float:
    """A number as JSON can hold it."""
    if np.ndim(value) or np.iscomplexobj(value):
        raise ValueError(
            f"an array of shape {np.shape(value)} or a complex number is in its graph,"
            " and this shows real numbers: draw it by admodes.graph(f, ...).draw()"
        )
    if not isfinite(value):
        raise ValueError(f"a value or a derivative in its graph is {value}: choose another --at")
    return float(value)
