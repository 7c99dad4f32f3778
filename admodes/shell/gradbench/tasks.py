"""What an eval asks for: a function, what it is called with, and what its result becomes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from admodes.core import types
from admodes.transforms import jacobian

Mode = Literal["auto", "forward", "reverse"]
MODES: tuple[Mode, ...] = "auto", "forward", "reverse"

Arguments = tuple[Any, ...]


def as_json(result: Any) -> Any:
    """Arrays as lists, NumPy's numbers as Python's.

    >>> as_json({"a": np.eye(2), "b": (np.float64(1), np.arange(2))})
    {'a': [[1.0, 0.0], [0.0, 1.0]], 'b': [1.0, [0, 1]]}
    """
    if isinstance(result, Mapping):
        return {name: as_json(part) for name, part in result.items()}
    if isinstance(result, tuple):
        return [as_json(part) for part in result]
    return result.tolist() if isinstance(result, (np.ndarray, np.generic)) else result


@dataclass(frozen=True)
class Task:
    """A function of an eval.

    Parameters
    ----------
    read
        Of the ``input`` of a message makes the arguments. It is not timed.
    by
        What is called with them, by this mode. Each call is timed.
    write
        Of what that returns makes what can be sent. It is not timed.
    """

    read: Callable[[Any], Arguments]
    by: Callable[[Mode], Callable[..., Any]]
    write: Callable[[Any], Any] = as_json


def value(f: Callable[..., Any], read: Callable[[Any], Arguments]) -> Task:
    """The function itself, which is the same in every mode."""
    return Task(read, lambda mode: f)


def derivative(
    f: Callable[..., Any],
    read: Callable[[Any], Arguments],
    write: Callable[[Any], Any] = as_json,
) -> Task:
    """All its first derivatives by its first argument: the gradient, where it gives one number."""
    return Task(read, lambda mode: jacobian(f, mode=mode), write)


NESTINGS: dict[str, tuple[types.Mode, types.Mode]] = {
    "ff": ("forward", "forward"),
    "fr": ("forward", "reverse"),
    "rf": ("reverse", "forward"),
    "rr": ("reverse", "reverse"),
}
"""What evals call a derivative in a derivative: the mode outside, and the mode inside."""


def nested(
    f: Callable[[types.Mode, types.Mode], Callable[..., Any]],
    read: Callable[[Any], Arguments],
) -> dict[str, Task]:
    """A function in all four nestings. No other mode is asked for."""

    def task(outer: types.Mode, inner: types.Mode) -> Task:
        return Task(read, lambda mode: f(outer, inner))

    return {name: task(*modes) for name, modes in NESTINGS.items()}
