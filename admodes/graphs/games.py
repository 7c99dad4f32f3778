"""What a page needs to play elimination: the graph of numbers, and what known orders take."""

from typing import Any

from admodes.graphs.structure import Structure
from admodes.jacobians.elimination.accumulating import is_unit
from admodes.jacobians.elimination.eliminating import RULES
from admodes.jacobians.elimination.elimination import check_finite, links_of
from admodes.jacobians.elimination.links import multiplications
from admodes.jacobians.elimination.numbers import Expanding
from admodes.jacobians.elimination.searching import best

MOST = 150
"""The most numbers that anybody would click."""


def game(graph: Structure, seconds: float) -> dict[str, Any]:
    """The numbers, the slopes between them, and orders with their counts; or a reason why not.

    The best order is looked for as by :func:`admodes.eliminate`, for so many seconds at most.
    """
    count = sum(node.size for node in graph.nodes)
    if count > MOST:
        return {
            "reason": f"{graph.name} computes {count:,} numbers, entry by entry, too many to be "
            "clicked; admodes.eliminate counts them"
        }
    try:
        numbers = Expanding(graph.recording, MOST).expand()
        weights = numbers.weights(graph.recording.nodes)
        check_finite(numbers, weights)
    except (TypeError, ValueError) as error:  # complex, or not finite: it says so
        return {"reason": str(error)}
    if not numbers.names:
        return {"reason": f"no output of {graph.name} depends on a number: its arrays are empty"}
    links = links_of(numbers, weights)
    orders = {name: rule(links) for name, rule in RULES.items()}
    found = best(links, seconds, 0)
    orders["best"] = found.order
    return {
        "names": list(numbers.names),
        "inputs": numbers.inputs,
        "outputs": sorted({number for number in numbers.outputs if number >= 0}),
        "edges": [[*ends, float(weight), is_unit(weight)] for ends, weight in weights.items()],
        "orders": orders,
        "counts": {name: multiplications(links, order) for name, order in orders.items()},
        "proven": found.proven,
    }
