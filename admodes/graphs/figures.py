"""Figures that a notebook shows by themselves, whichever way it draws matplotlib's."""

import io

import matplotlib as mpl
from matplotlib.figure import Figure


class ShownFigure(Figure):
    """A figure of matplotlib's that is shown where a notebook's cell ends in it.

    IPython shows others only after ``%matplotlib inline``. SVG is sharp at every size; PNG is for
    what can show no SVG.
    """

    def _repr_svg_(self) -> str:
        return svg(self)

    def _repr_png_(self) -> bytes:
        drawn = io.BytesIO()
        self.savefig(drawn, format="png", dpi=144)
        return drawn.getvalue()


def svg(made: Figure) -> str:
    """A figure as SVG text: the same for the same figure."""
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "admodes"}):
        made.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()
