"""Pictures as matplotlib figures.

All is drawn in points from a lower left corner, text too (as outlines), so that what keeps apart in
one size does so in every size.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from admodes.graphs.figures import ShownFigure
from admodes.graphs.layout import Layout, Point, Size, arrange, rank_direction
from admodes.graphs.pictures import Box, Picture

# Colours that the colour-blind can tell apart (M. Okabe, K. Ito, "Color Universal Design", 2008).
BLACK, GREY, PALE, WHITE = "#000000", "#6E6E6E", "#BDBDBD", "#FFFFFF"
COLOURS = {None: BLACK, "forward": "#B34700", "reverse": "#005F96"}  # darker: for small text
REACHED = {None: WHITE, "forward": "#FBE6D8", "reverse": "#DCEBF6"}
NOW = {None: WHITE, "forward": "#F2A873", "reverse": "#86BCE4"}
INPUT = "#F0F0F0"

TEXT, TITLE = 10.0, 11.0
LINE = 13.5  # from one line of text to the next
PADDING = 6.0  # of a box
GAP = 22.0  # between panels
MARGIN = 8.0  # around all


@lru_cache(maxsize=4096)
def outlined(text: str, size: float, weight: str = "normal") -> tuple[Path, float]:
    """The outline of a text, from its left end on the base line, and its width."""
    if not text.strip():
        return Path(np.empty((0, 2))), 0.0
    # The font that comes with matplotlib has all signs needed, whatever a reader's own settings.
    font = FontProperties(family="DejaVu Sans", weight=weight)
    path = TextPath((0, 0), text.replace("$", r"\$"), size=size, prop=font)
    return path, float(path.vertices[:, 0].max())  # its exact extent takes 100 times as long


def write(
    axes: Axes,
    text: str,
    at: Point,
    *,
    size: float = TEXT,
    color: str = BLACK,
    weight: str = "normal",
    centred: bool = True,
    gid: str | None = None,
) -> None:
    """A line of text around, or to the right of, the point `at` on its base line."""
    path, width = outlined(text, size, weight)
    x, y = at
    shift = Affine2D().translate(x - width / 2 if centred else x, y)
    axes.add_artist(
        PathPatch(shift.transform_path(path), facecolor=color, linewidth=0, zorder=4, gid=gid)
    )


def box_size(lines: Iterable[Sequence[str]]) -> Size:
    """The size of a box that has room for each of several texts."""
    own = list(lines)
    width = max(
        outlined(line, TEXT, "bold" if i else "normal")[1]
        for text in own
        for i, line in enumerate(text)
    )
    return width + 2 * PADDING, LINE * max(map(len, own)) + PADDING


def label_size(texts: Iterable[str]) -> Size:
    return max(outlined(text, TEXT, "bold")[1] for text in texts) + 8, LINE + 2


def shared_layout(pictures: Sequence[Picture], flow: str) -> Layout:
    """One layout for pictures of one graph."""
    first = pictures[0]
    return arrange(
        [box_size(picture.boxes[i].lines for picture in pictures) for i in range(len(first.boxes))],
        ends(first),
        [
            label_size(picture.arrows[i].label for picture in pictures)
            for i in range(len(first.arrows))
        ],
        rank_direction(flow),
        back=first.mode == "reverse",
    )


def ends(picture: Picture) -> list[tuple[int, int]]:
    return [(arrow.source, arrow.target) for arrow in picture.arrows]


@dataclass(frozen=True)
class Panel:
    """A picture with its title, and the size that they take together."""

    picture: Picture
    layout: Layout
    size: Size

    @property
    def lines(self) -> int:
        return 1 + len(self.picture.notes)

    def draw(self, axes: Axes, left: float, top: float, width: float) -> None:
        colour = COLOURS[self.picture.mode]
        write(
            axes,
            self.picture.title,
            (left, top - TITLE),
            size=TITLE,
            weight="bold",
            color=colour,
            centred=False,
        )
        for i, note in enumerate(self.picture.notes):
            write(axes, note, (left, top - TITLE - (i + 1) * LINE), color=GREY, centred=False)
        graph_width, _ = self.layout.size
        corner = left + (width - graph_width) / 2, top - self.size[1]
        draw_graph(axes, self.picture, self.layout, corner)


def panel(picture: Picture, like: Sequence[Picture], flow: str) -> Panel:
    """A panel with room for every one of the pictures in `like` that is of the same graph."""
    same = [each for each in like if ends(each) == ends(picture)]
    layout = shared_layout([picture, *same], flow)
    titles = [outlined(each.title, TITLE, "bold")[1] for each in same]
    notes = [outlined(note, TEXT)[1] for each in same for note in each.notes]
    lines = max(len(each.notes) for each in same)
    width = max(layout.size[0], *titles, *notes)
    return Panel(picture, layout, (width, layout.size[1] + TITLE + LINE * lines + 12))


def figure(
    rows: Sequence[Sequence[Picture]],
    *,
    flow: str = "up",
    like: Sequence[Picture] = (),
    width: float | None = None,
    axes: Axes | None = None,
) -> Any:
    """See :func:`admodes.graphs.figure`."""
    every = [picture for row in rows for picture in row] + list(like)
    panels = [[panel(picture, every, flow) for picture in row] for row in rows]
    columns = max(map(len, panels))
    widths = [max(row[i].size[0] for row in panels if i < len(row)) for i in range(columns)]
    heights = [max(each.size[1] for each in row) for row in panels]
    across = sum(widths) + GAP * (columns - 1) + 2 * MARGIN
    down = sum(heights) + GAP * (len(rows) - 1) + 2 * MARGIN
    if axes is None:
        scale = 1 / 72 if width is None else width / across
        made = ShownFigure(figsize=(across * scale, down * scale), facecolor=WHITE)
        axes = made.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, across)
    axes.set_ylim(0, down)
    axes.set_aspect("equal")
    top = down - MARGIN
    for row, height in zip(panels, heights, strict=True):
        left = MARGIN
        for each, own in zip(row, widths, strict=False):
            each.draw(axes, left, top, own)
            left += own + GAP
        top -= height + GAP
    return axes.figure


def draw_graph(axes: Axes, picture: Picture, layout: Layout, corner: Point) -> None:
    """Boxes and arrows, from the lower left `corner`."""

    def moved(point: Point) -> Point:
        return point[0] + corner[0], point[1] + corner[1]

    mode = picture.mode
    for i, (arrow, (curve, tip), (centre, size)) in enumerate(
        zip(picture.arrows, layout.arrows, layout.labels, strict=True)
    ):
        line = {"plain": BLACK, "waiting": PALE}.get(arrow.state, COLOURS[mode])
        heavy = {"now": 2.6, "reached": 1.6}.get(arrow.state, 1.0)
        draw_arrow(axes, list(map(moved, curve)), moved(tip), line, heavy)
        x, y = moved(centre)
        text = {"plain": BLACK, "waiting": GREY}.get(arrow.state, COLOURS[mode])
        weight = "bold" if arrow.state == "now" else "normal"
        # Its own arrow passes where the label's place ends: only what is behind text is covered.
        width, height = size[0] - 6, size[1] - 2
        axes.add_artist(
            Rectangle(
                (x - width / 2, y - height / 2),
                width,
                height,
                facecolor=WHITE,
                linewidth=0,
                zorder=2,
                gid=f"label {i}",
            )
        )
        base = y - 0.36 * TEXT
        write(axes, arrow.label, (x, base), color=text, weight=weight, gid=f"text in label {i}")
    for i, (box, (centre, size)) in enumerate(zip(picture.boxes, layout.boxes, strict=True)):
        draw_box(axes, box, moved(centre), size, mode, f"box {i}")


def draw_box(axes: Axes, box: Box, centre: Point, size: Size, mode: str | None, gid: str) -> None:
    x, y = centre
    face = {"reached": REACHED[mode], "now": NOW[mode]}.get(
        box.state, INPUT if box.kind == "input" and box.state == "plain" else WHITE
    )
    edge = {"waiting": PALE, "plain": BLACK}.get(box.state, COLOURS[mode])
    axes.add_artist(
        FancyBboxPatch(
            (x - size[0] / 2, y - size[1] / 2),
            *size,
            boxstyle="round,pad=0,rounding_size=5",
            facecolor=face,
            edgecolor=edge,
            linewidth=2.2 if box.kind == "output" else 1.0,
            zorder=3,
            gid=gid,
        )
    )
    lines = [line for line in box.lines if line]
    waiting = box.state == "waiting"
    for i, line in enumerate(lines):
        base = y + (len(lines) / 2 - 1 - i) * LINE + 0.36 * (LINE - TEXT) + 1.5
        colour = GREY if waiting else COLOURS[mode] if i else BLACK
        weight = "bold" if i and not waiting else "normal"
        write(axes, line, (x, base), color=colour, weight=weight, gid=f"text in {gid}")


def draw_arrow(axes: Axes, curve: Sequence[Point], tip: Point, colour: str, width: float) -> None:
    codes = [Path.MOVETO] + [Path.CURVE4] * (len(curve) - 1)
    axes.add_artist(
        PathPatch(Path(curve, codes), fill=False, edgecolor=colour, linewidth=width, zorder=1)
    )
    (x, y), (dx, dy) = curve[-1], (tip[0] - curve[-1][0], tip[1] - curve[-1][1])
    half = 0.35 + 0.06 * width  # of the head's width, in its lengths
    head = [tip, (x - half * dy, y + half * dx), (x + half * dy, y - half * dx)]
    axes.add_artist(Polygon(head, closed=True, facecolor=colour, linewidth=0, zorder=1))
