"""A function of the user's own at a point, as options name it, in place of the textbook's."""

import inspect
from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import click

from admodes.measure.words import counted
from experiments.functions import scalars
from experiments.functions.textbook import AT, TEXTBOOK, textbook


def at_point(function: str | None, at: Sequence[float]) -> tuple[Callable[..., Any], list[float]]:
    """The function of that name and its arguments; without a name the textbook's.

    ``click.UsageError`` where there is none, or it does not take such arguments.
    """
    try:
        f = textbook if function is None else scalars.load(function)[1]
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if function is not None and not at:
        raise click.UsageError("--function needs --at: a number for each of its arguments")
    point = list(at or AT)
    if not all(map(isfinite, point)):
        raise click.UsageError("--at must be finite numbers")
    try:
        inspect.signature(f).bind(*point)
    except TypeError as error:
        takes = function or TEXTBOOK
        given = counted(len(point), "number")
        raise click.UsageError(f"--at gives {given} to {takes}: {error}") from error
    except ValueError:  # it does not tell what it takes: it will be seen
        pass
    return f, point
