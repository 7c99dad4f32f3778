"""A picture as text that others lay out: Graphviz's DOT, and Mermaid's."""

from admodes.graphs.layout import rank_direction
from admodes.graphs.pictures import Picture


def dot(picture: Picture, flow: str) -> str:
    """The picture in DOT, for ``dot -Tsvg``."""
    lines = [
        "digraph {",
        f"  rankdir={rank_direction(flow)};",
        *(["  edge [dir=back];"] if picture.mode == "reverse" else []),
        '  labelloc="t";',
        f"  label={quoted(picture.title, *picture.notes)};",
        '  node [shape=box, style=rounded, fontname="Helvetica"];',
        '  edge [fontname="Helvetica"];',
    ]
    for i, box in enumerate(picture.boxes):
        bold = ", penwidth=2" if box.kind == "output" else ""
        lines.append(f"  n{i} [label={quoted(*box.lines)}{bold}];")
    for arrow in picture.arrows:
        lines.append(f"  n{arrow.source} -> n{arrow.target} [label={quoted(arrow.label)}];")
    return "\n".join([*lines, "}"]) + "\n"


def quoted(*lines: str) -> str:
    escaped = [line.replace("\\", "\\\\").replace('"', '\\"') for line in lines if line]
    return '"' + "\\n".join(escaped) + '"'


def mermaid(picture: Picture, flow: str) -> str:
    """The picture in Mermaid, which GitHub and Jupyter draw in Markdown."""
    reverse = picture.mode == "reverse"
    lines = [f"flowchart {rank_direction(flow)[:: -1 if reverse else 1]}"]
    for i, box in enumerate(picture.boxes):
        left, right = ("[", "]") if box.kind == "operation" else ("([", "])")
        lines.append(f'  n{i}{left}"{entities(*box.lines)}"{right}')
    for arrow in picture.arrows:
        ends = arrow.source, arrow.target
        start, end = ends[::-1] if reverse else ends
        lines.append(f'  n{start} -->|"{entities(arrow.label)}"| n{end}')
    return "\n".join(lines) + "\n"


def entities(*lines: str) -> str:
    """Text within quotes: what Mermaid would read as its own is written as an entity."""
    return "<br/>".join(
        "".join(f"#{ord(c)};" if c in '#"<>*_`' else c for c in line) for line in lines if line
    )
