"""How libraries look in figures: a row a case, in it a dot with its interval for each library."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from admodes.measure import Interval
from experiments.bench import plotting
from experiments.sides.libraries import COMPILED, HERE, PROGRAM

LOOKS = {
    HERE: (plotting.BLACK, "o"),
    PROGRAM: (plotting.BLACK, "d"),
    COMPILED: (plotting.BLACK, "*"),
    "autograd": (plotting.GREEN, "s"),
    "mygrad": (plotting.OLIVE, "^"),
    "torch": (plotting.PURPLE, "D"),
    "jax": (plotting.WINE, "v"),
    "jax.jit": (plotting.WINE, "P"),
}
IN_A_LINE = 5
"""Of a legend."""


def rows_height(rows: int, libraries: int) -> float:
    """Of so many rows, in inches."""
    return (0.24 + 0.05 * libraries) * rows


def lines_of(rows: Sequence[int], library: str, libraries: Sequence[str]) -> list[float]:
    """Where a library's dots are in these rows: each has a line of its own."""
    shift = 0.7 * ((libraries.index(library) + 0.5) / len(libraries) - 0.5)
    return [row + shift for row in rows]


def dots(
    axes: Axes,
    intervals: Sequence[Interval],
    y: Sequence[float],
    library: str,
    color: str | None = None,
) -> None:
    """A library's values, with their intervals; in its own colour, unless another is given."""
    own, marker = LOOKS[library]
    x = [each.value for each in intervals]
    bars = plotting.reaches(intervals)
    axes.errorbar(x, y, xerr=bars, color=color or own, fmt=marker, markersize=5, label=library)


def apart_by_lines(axes: Axes, rows: int) -> None:
    """Rows apart from one another; a logarithmic scale along them."""
    axes.set_xscale("log")
    for border in range(1, rows):
        axes.axhline(border - 0.5, color=plotting.GUIDE, linewidth=0.5, alpha=0.4)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def name_rows(axes: Axes, labels: Sequence[str]) -> None:
    """The labels, the first one on top."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
