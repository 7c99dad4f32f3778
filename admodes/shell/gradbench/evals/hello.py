"""``hello``: a square, and its derivative."""

from typing import Any

from admodes.shell.gradbench.tasks import derivative, value


def square(x: float) -> float:
    """x².

    >>> square(3.0)
    9.0
    """
    return x * x


def read(x: Any) -> tuple[float]:
    return (float(x),)


FUNCTIONS = {"square": value(square, read), "double": derivative(square, read)}
