"""The page to play with: ``python -m experiments page``."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

import admodes
from admodes.graphs import page
from experiments.bench.writing import write as write_whole
from experiments.functions.own import at_point
from experiments.functions.playground import layer, narrow, product, two_ways
from experiments.functions.textbook import AT, TEXTBOOK, textbook

NAME = "page.html"
TITLE = "Forward and reverse mode, step by step"
SECONDS = 20.0
"""For the best order of elimination: those that are shown here take a hundredth of it."""

W, B, X = np.array([[0.5, -1.0], [1.5, 0.25]]), np.array([0.1, -0.2]), np.array([1.0, 0.5])
EXAMPLES: dict[str, tuple[Callable[..., Any], Sequence[Any]]] = {
    TEXTBOOK: (textbook, AT),
    "a product of four inputs": (product, (1.5, 2.0, -0.5, 3.0)),
    "narrow: neither mode is best": (narrow, (1.0, 2.0, 3.0)),
    "a field: three outputs": (two_ways, (3.0, 4.0)),
    "a layer of neurons, on arrays": (layer, (W, B, X)),
}


def examples() -> str:
    """The page of all examples."""
    graphs = {title: admodes.graph(f, *args) for title, (f, args) in EXAMPLES.items()}
    return page(graphs, title=TITLE, seconds=SECONDS)


def own(function: str, at: Sequence[float]) -> str:
    """The page of a user's function; ``click.UsageError`` where there can be none."""
    f, point = at_point(function, at)
    try:
        return page({function: admodes.graph(f, *point)}, title=TITLE, seconds=SECONDS)
    except Exception as error:  # it runs the user's code, which may raise anything
        raise click.UsageError(f"{function}: {error}") from error


def write(function: str | None, at: Sequence[float], folder: Path) -> Path:
    """Write the page into a folder."""
    if function is None and at:
        raise click.UsageError("--at goes with --function: the examples have their own points")
    text = examples() if function is None else own(function, at)
    path = folder / NAME
    write_whole(path, text)
    return path
