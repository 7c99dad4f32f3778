"""Where boxes, arrows and labels go: by Graphviz's ``dot``, which keeps them apart.

E. R. Gansner, E. Koutsofios, S. C. North, K.-P. Vo, "A Technique for Drawing Directed Graphs", IEEE
Trans. Software Eng. 19 (1993) 214: ``dot`` gives every edge label a place of its own among the
nodes. All sizes are in points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Point = tuple[float, float]
Size = tuple[float, float]

MISSING = (
    "laying out a graph takes pygraphviz, which is not installed: pip install 'pygraphviz>=2' (an "
    "extra of this package: 'admodes[graph]'); to_dot() and to_mermaid() do without"
)


@dataclass(frozen=True)
class Layout:
    """Positions, from the lower left corner."""

    size: Size
    boxes: Sequence[tuple[Point, Size]]
    """Their centres and sizes."""
    arrows: Sequence[tuple[Sequence[Point], Point]]
    """Each a cubic Bézier curve, of 3n + 1 points, and where the tip is of the arrow's head that
    begins at its end."""
    labels: Sequence[tuple[Point, Size]]
    """The centres and sizes of the arrows' labels."""


def graphviz() -> Any:
    """The module; ``ImportError`` with what to install where it is missing."""
    try:
        import pygraphviz
    except ImportError as error:
        raise ImportError(MISSING) from error
    return pygraphviz


def arrange(
    boxes: Sequence[Size],
    arrows: Sequence[tuple[int, int]],
    labels: Sequence[Size],
    rank_direction: str,
    back: bool = False,
) -> Layout:
    """A layout for boxes and labels of these sizes; arrows lead `back` to their sources."""
    graph = graphviz().AGraph(strict=False, directed=True)
    graph.graph_attr.update(rankdir=rank_direction, nodesep="0.25", ranksep="0.2")
    graph.node_attr.update(shape="box", fixedsize="true", label="")
    graph.edge_attr.update(arrowsize="0.6", dir="back" if back else "forward")
    for i, (width, height) in enumerate(boxes):
        graph.add_node(i, width=width / 72, height=height / 72)
    for i, ((source, target), (width, height)) in enumerate(zip(arrows, labels, strict=True)):
        # An empty table is of the size that it is told: no font of another program's matters.
        space = (
            f'<<TABLE BORDER="0" FIXEDSIZE="TRUE" WIDTH="{width:.0f}" HEIGHT="{height:.0f}">'
            "<TR><TD></TD></TR></TABLE>>"
        )
        graph.add_edge(source, target, key=i, label=space)
    graph.layout(prog="dot")
    left, bottom, right, top = numbers(graph.graph_attr["bb"])
    edges = [
        graph.get_edge(source, target, key=i).attr for i, (source, target) in enumerate(arrows)
    ]
    return Layout(
        (right - left, top - bottom),
        [(point(graph.get_node(i).attr["pos"]), size) for i, size in enumerate(boxes)],
        [curve(edge["pos"]) for edge in edges],
        [(point(edge["lp"]), size) for edge, size in zip(edges, labels, strict=True)],
    )


def numbers(text: str) -> list[float]:
    return [float(each) for each in text.split(",")]


def point(text: str) -> Point:
    x, y = numbers(text)
    return x, y


def curve(text: str) -> tuple[list[Point], Point]:
    """A spline as Graphviz writes it: ``e,x,y`` is the tip, then come the control points.

    Where it begins with ``s``, the tip is at their beginning.
    """
    tip, *points = text.replace("\\\n", "").split()
    where, _, place = tip.partition(",")
    return list(map(point, points[::-1] if where == "s" else points)), point(place)


DIRECTIONS = {"up": "BT", "right": "LR"}


def rank_direction(flow: str) -> str:
    if flow not in DIRECTIONS:
        raise ValueError(f"flow must be 'up' or 'right', not {flow!r}")
    return DIRECTIONS[flow]
