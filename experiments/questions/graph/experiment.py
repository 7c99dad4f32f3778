"""What a gradient is: a function's graph, both modes' sweeps over it, and sums over paths.

Every operation of a function is a node, and on every edge stands the derivative of that operation
by one of its arguments. The derivative of an output by an input is the sum, over all paths between
them, of the products of the derivatives along each path. Forward mode follows one input through the
graph, and reverse mode starts from one output; both add up at every node what arrives there, and so
pay once for each edge, however many paths lead over it (C. Olah, "Calculus on Computational Graphs:
Backpropagation", 2015).

Three kinds of graph are recorded: the textbook's e = (a + b)·(b + 1), or a user's own function;
the fan, X to Y by three edges and Y to Z by three more; and chains of such fans, whose paths are
summed one by one where there are few enough. Nothing that is shown is typed in: it is what
`admodes.graph` finds on the tape.
"""

import inspect
from collections.abc import Callable, Sequence
from math import ceil, isfinite
from typing import Any

import click
import numpy as np
from rich.console import Group
from rich.table import Table

import admodes as ad
from admodes.graph import Sweep
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.bench.console import headed_table
from experiments.bench.experiment import Experiment, Settings, Task
from experiments.bench.results import Record, Results
from experiments.functions import scalars
from experiments.questions.graph import figure

CHAINS = tuple(range(2, 21))
QUICK_CHAINS = tuple(range(2, 11))
WALKED, QUICK_WALKED = 20_000, 1_000
"""Paths that are summed one by one; more are only counted."""
SWEEPS = 6
"""Of each mode: so many are drawn and walked. A table of all inputs is no picture."""
FRAMES = 40
"""The most steps of the animation, about; of longer sweeps it shows some."""


# The functions


def textbook(a, b):
    c = a + b
    d = b + 1
    e = c * d
    return e


def fan(X):
    # One operation of three arguments, and all three are X: an edge for each.
    Y = np.einsum(",,->", X, X, X)
    Z = np.einsum(",,->", Y, Y, Y)
    return Z


def chain(fans: int) -> Callable[[Any], Any]:
    """Fans one behind the other: 3 edges each, and 3 times as many paths with each."""

    def chained(x):
        for _ in range(fans):
            x = np.einsum(",,->", x, x, x)
        return x

    return chained


TEXTBOOK, FAN, CHAIN = "e = (a + b)(b + 1)", "fan", "chain of fans"
AT = (2.0, 1.0)

OPTIONS = (
    click.Option(
        ["--function"],
        metavar="NAME",
        help="What to draw instead of e = (a + b)·(b + 1): a function of your own,"
        " package.module:name, of numbers.",
    ),
    click.Option(
        ["--at"],
        type=float,
        multiple=True,
        metavar="X...",
        help="Where: a number for each of its arguments.  [default: 2 1, without --function]",
    ),
)


def settings(function: str | None, at: Sequence[float], quick: bool, seed: int) -> Settings:
    figure.require_layout()
    try:
        f = textbook if function is None else scalars.load(function)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if function is not None and not at:
        raise click.UsageError("--function needs --at: a number for each of its arguments")
    at = tuple(at) or AT
    if not all(map(isfinite, at)):
        raise click.UsageError("--at must be finite numbers")
    try:
        inspect.signature(f).bind(*at)
    except TypeError as error:
        takes = function or TEXTBOOK
        raise click.UsageError(f"--at gives {len(at)} numbers to {takes}: {error}") from error
    except ValueError:  # it does not tell what it takes: it will be seen
        pass
    return {
        "function": function,
        "at": list(at),
        "chains": list(QUICK_CHAINS if quick else CHAINS),
        "walked": QUICK_WALKED if quick else WALKED,
    }


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
    f = textbook if name is None else scalars.load(name)
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


# Showing


def rows(results: Results) -> list[Record]:
    """An observation a row: a node's value, an edge's derivative, a sweep's, a sum over paths."""
    found = []
    for each in results.records:
        name = each["task"]["graph"]
        fans = each["task"].get("fans")
        if fans is not None:
            found.append({"graph": name, "fans": fans, "what": "paths", **columns(each)})
            continue
        for node in each["nodes"]:
            found.append(
                {"graph": name, "what": "value", "of": node["name"], "value": node["value"]}
            )
        for edge in each["edges"]:
            found.append(
                {
                    "graph": name,
                    "what": "local derivative",
                    "of": edge["to"],
                    "by": edge["from"],
                    "value": edge["derivative"],
                }
            )
        for sweep in each["sweeps"]:
            forward = sweep["mode"] == "forward"
            for node, value in zip(each["nodes"], sweep["derivatives"], strict=True):
                ends = (node["name"], sweep["seed"]) if forward else (sweep["seed"], node["name"])
                found.append(
                    {
                        "graph": name,
                        "what": f"derivative by {sweep['mode']} mode",
                        "of": ends[0],
                        "by": ends[1],
                        "value": value,
                        "passes": sweep["passes"],
                        "edges": sweep["edges"],
                        "products_merged": sweep["products"],
                    }
                )
        found += [{"graph": name, "what": "paths", **columns(paths)} for paths in each["paths"]]
    return found


def columns(paths: Record) -> Record:
    return {
        "of": paths["to"],
        "by": paths["from"],
        "value": paths["derivative"],
        "edges": paths["edges"],
        "products_merged": paths["products_merged"],
        "paths": paths["paths"],
        "products_one_by_one": paths["products_one_by_one"],
        "walked": paths["walked"],
    }


def table(results: Results) -> Group:
    drawn = [each for each in results.records if "sweeps" in each]
    chains = [each for each in results.records if "sweeps" not in each]
    return Group(*map(graph_table, drawn), chain_table(chains))


def graph_table(record: Record) -> Table:
    size = f"{len(record['nodes']):,} nodes, {len(record['edges']):,} edges"
    shown = headed_table(record["task"]["graph"], size)
    for heading in ("", "passes", "edges visited", "products", "derivatives"):
        shown.add_column(heading, justify="left" if heading in ("", "derivatives") else "right")
    names = [node["name"] for node in record["nodes"]]
    for mode in ("forward", "reverse"):
        sweeps = [each for each in record["sweeps"] if each["mode"] == mode]
        for sweep in sweeps:
            of = dict(zip(names, sweep["derivatives"], strict=True))
            seed = sweep["seed"]
            if mode == "forward":
                found = [f"∂{end}/∂{seed} = {of[end]:.6g}" for end in record["outputs"]]
            else:
                found = [f"∂{seed}/∂{end} = {of[end]:.6g}" for end in record["inputs"]]
            counts = [f"{sweep[key]:,}" for key in ("passes", "edges", "products")]
            shown.add_row(f"{mode} mode from {seed}", *counts, ", ".join(found))
        if len(sweeps) > 1:
            sums = [sum(each[key] for each in sweeps) for key in ("passes", "edges", "products")]
            shown.add_row(f"{mode} mode, together", *(f"{each:,}" for each in sums), "")
    for paths in record["paths"]:
        count = paths["paths"]
        words = (
            f"{count:,} path{'s' * (count != 1)} from {paths['from']} to {paths['to']}, one by one"
        )
        total = f"sum {paths['derivative']:.6g}" if paths["walked"] else "counted"
        shown.add_row(words, "", "", f"{paths['products_one_by_one']:,}", total)
    return shown


def chain_table(records: Sequence[Record]) -> Table:
    shown = headed_table(CHAIN, "products, paths summed one by one and merged at nodes")
    headings = ("fans", "edges", "paths", "one by one,\nwalked", "one by one,\ncounted", "merged")
    for heading in headings:
        shown.add_column(heading, justify="right")
    for each in records:
        products = f"{each['products_one_by_one']:,}"
        both = (products, "") if each["walked"] else ("", products)
        shown.add_row(
            str(each["task"]["fans"]),
            str(each["edges"]),
            f"{each['paths']:,}",
            *both,
            str(each["products_merged"]),
        )
    return shown


EXPERIMENT = Experiment(
    name="graph",
    question="What is a gradient, and why do both modes merge paths?",
    options=OPTIONS,
    settings=settings,
    plan=plan,
    expect=expect,
    measure=measure,
    rows=rows,
    table=table,
    draw=figure.draw,
    figures={"paths": figure.draw_paths},
    animations={"sweeps": figure.animate},
)
