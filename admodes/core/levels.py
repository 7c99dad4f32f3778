"""Levels: which differentiation an expression belongs to.

A level belongs to no mode: counting and checkpointing open one of their own as both modes do.
"""

import itertools
from typing import NoReturn, Self

_numbers = itertools.count(1)


def escaped() -> NoReturn:
    """Say that a value has outlived its differentiation."""
    raise RuntimeError(
        "a value was used after the differentiation it belongs to had ended: it had been stored "
        "outside the function that was differentiated. Return it from that function instead (with "
        "has_aux=True as auxiliary output), or store admodes.stop_gradient(value)"
    )


class Level:
    """One differentiation: what its expressions have in common, and nobody else's.

    Levels are numbered in the order in which they start, and no number is used twice: the
    differentiation that started last is the innermost one, and an operation belongs to the
    innermost differentiation that any of its arguments takes part in. Nothing is kept per thread or
    task: differentiations that run side by side share no expression, and so cannot meet.
    """

    __slots__ = ("__weakref__", "ended", "number", "quick", "single")

    def __init__(self) -> None:
        self.number = next(_numbers)
        self.ended = False
        #: whether a dual number of it need not look out: it has not ended, and nothing is infinite
        self.quick = True
        #: whether the tangents of dual numbers are sure to have no axes of directions
        self.single = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.ended = True
        self.quick = False
