"""The graphs that are recorded."""

from collections.abc import Callable
from typing import Any

import numpy as np

import admodes


def weighing(*weights: float) -> Callable[..., Any]:
    """A weighted sum as one operation: an edge for each of its arguments, even where all are X."""

    def weighed(*xs):
        return sum(weight * x for weight, x in zip(weights, xs, strict=True))

    return admodes.elementwise(weighed, *weights)


first, second = weighing(1.0, 2.0, 3.0), weighing(4.0, 5.0, 6.0)


def fan(X):
    Y = first(X, X, X)
    Z = second(Y, Y, Y)
    return Z


def chain(fans: int) -> Callable[[Any], Any]:
    """Fans one behind the other: 3 edges each, and 3 times as many paths with each."""

    def chained(x):
        for _ in range(fans):
            x = np.einsum(",,->", x, x, x)
        return x

    return chained


FAN, CHAIN = "fan", "chain of fans"
