"""The tables of the experiment ``graph``."""

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table

from experiments.bench.console import headed_table
from experiments.bench.results import Record, Results
from experiments.questions.graph.cases import CHAIN


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
