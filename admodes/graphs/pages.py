"""A page to play with: one HTML file that holds all that it needs, and asks nobody for anything.

What is shown of a graph is data, made here; what shows it is HTML, CSS and JavaScript, in ``web/``.
There is also what shows a function that is typed: it makes the same data of it, by rules of its
own. C. Pettitt's dagre lays out both (``web/vendor/``, under the MIT license).
"""

import html
import json
import linecache
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from admodes.graphs import pictures
from admodes.graphs.games import game
from admodes.graphs.pictures import FOLDED_FROM, MOST, arrows_of, groups_of, shortened, too_many
from admodes.graphs.structure import Structure, Sweep
from admodes.modes.recordings.parts import Edge, Node
from admodes.modes.recordings.source import Line

WEB = Path(__file__).parent / "web"
VENDORED = "dagre.min.js.LEGAL.txt", "dagre.min.js"
#: What a typed function is, and does; it knows nothing of a page.
CORE = ("operations", "parsing", "recording", "sweeps", "eliminating", "telling")
SCRIPTS = (*CORE, "drawing", "stepping", "game", "page")
MOST_STEPS = 10_000
"""Of all sweeps of a mode together: so many are 200 kB."""
MOST_BYTES = 2_000_000
SECONDS = 2.0
HEIGHT = "46rem"
"""Of the page within a notebook."""


class Page(str):
    """The text of a page. A notebook shows it where a cell ends in it."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """A frame, in which ids, styles and scripts are the page's own."""
        return frame(self, HEIGHT)


def frame(page: str, height: str) -> str:
    return (
        f'<iframe title="A page to play with" srcdoc="{html.escape(page)}" '
        f'style="width: 100%; height: {height}; border: 0"></iframe>'
    )


def page(
    graphs: Mapping[str, Structure] | Sequence[Structure],
    *,
    title: str | None = None,
    seconds: float = SECONDS,
) -> Page:
    """See :func:`admodes.graphs.page`."""
    named: list[tuple[str | None, Structure]]
    named = [*graphs.items()] if isinstance(graphs, Mapping) else [(None, each) for each in graphs]
    if not named:
        raise ValueError("a page takes at least one graph")
    with np.errstate(all="ignore"):  # what is not finite is shown
        data = [told(graph, name, seconds) for name, graph in named]
    text = Template(web("page.html")).substitute(
        title=html.escape(title or f"{data[0]['title']}: forward and reverse mode"),
        style=web("page.css"),
        data=escaped(data),
        layout="\n".join(map(vendored, VENDORED)),
        script="\n".join(web(f"{name}.js") for name in SCRIPTS),
    )
    size = len(text.encode())
    if size > MOST_BYTES:
        raise ValueError(
            f"the page would have {size / 1e6:.1f} MB, more than {MOST_BYTES / 1e6:.0f}: take "
            "fewer graphs, or a part of the function"
        )
    return Page(text)


def web(name: str) -> str:
    return (WEB / name).read_text(encoding="utf-8")


def vendored(name: str) -> str:
    """Without the line that says where its source map would be, which a browser might ask for."""
    lines = web(f"vendor/{name}").splitlines()
    return "\n".join(line for line in lines if not line.startswith("//# sourceMappingURL"))


def escaped(data: Any) -> str:
    """As JSON within a script, which nothing in it can end."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


# --- A graph as data ------------------------------------------------------------------------------


def told(graph: Structure, title: str | None, seconds: float) -> dict[str, Any]:
    """All that is shown of a graph: see ``web/telling.js``, which makes the same."""
    groups = groups_of(graph, len(graph.nodes) > FOLDED_FROM)
    if len(groups) > MOST:
        raise ValueError(too_many(graph, len(groups), "", "or look at graph.draw(most=...)"))
    whole = pictures.picture(graph, None, None, None, None, None, MOST)
    lines = lines_of(graph)
    place = {(line.file, line.number): i for i, line in enumerate(lines)}
    steps = Steps(graph, groups)
    forward = [sweep_from(graph, "forward", node) for node in graph.inputs[:MOST]]
    reverse = [sweep_from(graph, "reverse", node) for node in graph.outputs[:MOST]]
    sweeps = {"forward": steps.told(forward), "reverse": steps.told(reverse)}
    ends = {"forward": graph.inputs, "reverse": graph.outputs}
    return {
        "title": title or shortened(graph.name.replace("<lambda>", "a lambda")),
        "boxes": [
            {
                "heading": box.lines[0],
                "value": box.lines[1],
                "kind": box.kind,
                "line": -1 if own.line is None else place[own.line.file, own.line.number],
                "span": span(own),
            }
            for box, (own, *_) in zip(whole.boxes, groups, strict=True)
        ],
        "arrows": [
            {"source": arrow.source, "target": arrow.target, "label": arrow.label}
            for arrow in whole.arrows
        ],
        "lines": [{"number": line.number, "text": source(line)} for line in lines],
        "file": ", ".join(dict.fromkeys(Path(line.file).name for line in lines)),
        "sweeps": sweeps,
        "left": {mode: len(ends[mode]) - len(sweeps[mode]) for mode in ends},
        "notes": list(whole.notes),
        "game": game(graph, seconds),
    }


def sweep_from(graph: Structure, mode: str, node: Node) -> tuple[Sweep, str]:
    """Derivatives at every node, and what to say where they are along one direction, as where all
    are too many."""
    walk: Any = graph.forward if mode == "forward" else graph.reverse
    try:
        return walk(node), ""
    except (TypeError, ValueError):
        ones = np.ones(node.shape)[()]
        why = (
            "complex numbers have no single derivative"
            if np.iscomplexobj(node.value)
            else "all derivatives are too many"
        )
        return walk(node, **{"tangent" if mode == "forward" else "cotangent": ones}), (
            f"along ones in every entry, for {why}"
        )


class Steps:
    """Sweeps step by step, as boxes and arrows."""

    def __init__(self, graph: Structure, groups: Sequence[Sequence[Node]]) -> None:
        self.graph = graph
        self.box = {node: i for i, group in enumerate(groups) for node in group}
        edges = arrows_of(graph, groups).values()
        self.arrow = {edge: i for i, group in enumerate(edges) for edge in group}

    def told(self, sweeps: Sequence[tuple[Sweep, str]]) -> list[dict[str, Any]]:
        """As many as are not too long."""
        found: list[dict[str, Any]] = []
        count = 0
        for sweep, note in sweeps:
            count += len(sweep.nodes)
            if found and count > MOST_STEPS:
                break
            whole = pictures.picture(self.graph, sweep, None, None, len(sweep.nodes), None, MOST)
            found.append(
                {
                    "seed": shortened(sweep.seed.name),
                    "passes": sweep.passes,
                    "note": note,
                    "texts": [box.lines[1] for box in whole.boxes],
                    "steps": self.steps(sweep),
                }
            )
        return found

    def steps(self, sweep: Sweep) -> list[tuple[int, list[int], int, int]]:
        """Of each the box, the arrows, the edges visited and the multiplications."""
        forward = sweep.mode == "forward"
        visited: dict[Node, list[Edge]] = {node: [] for node in sweep.nodes}
        for edge in sweep.edges:
            visited[edge.target if forward else edge.source].append(edge)
        found = []
        for node, edges in visited.items():
            arrows = sorted({self.arrow[edge] for edge in edges})
            beyond = [e for e in edges if (e.source if forward else e.target) is not sweep.seed]
            found.append((self.box[node], arrows, len(edges), len(beyond)))
        return found


# --- Its source -----------------------------------------------------------------------------------


def lines_of(graph: Structure) -> list[Line]:
    """The lines of source that made nodes, those of a file together and in its order."""
    lines = {(node.line.file, node.line.number): node.line for node in graph.nodes if node.line}
    files = list(dict.fromkeys(file for file, _ in lines))
    return [lines[key] for key in sorted(lines, key=lambda key: (files.index(key[0]), key[1]))]


def source(line: Line) -> str:
    """A line with its indentation, if it is still there as it was recorded."""
    text = linecache.getline(line.file, line.number).rstrip()
    return text if text.strip() == line.text else line.text


def span(node: Node) -> tuple[int, int] | None:
    """From which character to which of its line the operation is written, if it is within one."""
    if node.line is None or len(node.place[1]) != 4:
        return None
    first, last, start, stop = node.place[1]
    text = source(node.line).encode()
    if first != last or stop > len(text):
        return None
    # CPython counts bytes, and JavaScript units of UTF-16.
    return units_before(text, start), units_before(text, stop)


def units_before(text: bytes, place: int) -> int:
    return len(text[:place].decode(errors="replace").encode("utf-16-le")) // 2
