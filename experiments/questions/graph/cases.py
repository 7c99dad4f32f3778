"""The graphs that are recorded."""

from collections.abc import Callable
from typing import Any

import numpy as np


def textbook(a, b):
    c = a + b
    d = b + 1
    e = c * d
    return e


def fan(X):
    # One operation of three arguments, and all three are X: an edge for each.
    Y = np.einsum(",,->", X, X, X)
    Z = np.einsum(",,->", Y, Y, Y)
    return Z


def chain(fans: int) -> Callable[[Any], Any]:
    """Fans one behind the other: 3 edges each, and 3 times as many paths with each."""

    def chained(x):
        for _ in range(fans):
            x = np.einsum(",,->", x, x, x)
        return x

    return chained


TEXTBOOK, FAN, CHAIN = "e = (a + b)(b + 1)", "fan", "chain of fans"
