"""What the faces are asked under ``compiled=True``: kinds of arguments, and functions."""

from typing import NamedTuple

import numpy as np
import pytest

import admodes as ad
from tests.programs.functions import X


class Pair(NamedTuple):
    first: float
    second: float


def squares(x):
    """Convex, and with a kink where the slope is one by convention."""
    return np.sum(np.abs(x) ** 2)


def product(pair):
    return pair[0] * pair[1] + np.sin(pair[0])


def tree(w):
    return np.sum(w["a"] * w["b"][0]) + w["b"][1]["c"] ** 2


def branching(x):
    return np.sum(x**2) if np.sum(x) > 0 else np.sum(x**3)


def masked(x):
    """Its slopes are known from comparisons alone."""
    return np.sum(np.where(x > 0, x, -x)) + np.sum(np.clip(x, 0.0, 1.0))


def partly(x):
    """With a solution and a sort, which no back end compiles."""
    return np.sum(np.linalg.solve(np.outer(x, x) + np.eye(len(x)), np.sort(x)))


def logs(x):
    return np.sum(np.log(x))


#: a name, a function, and what it is called with, one after another
CASES = [
    ("floats", squares, [2.0, -3.0]),
    ("integers", squares, [2, 3.0, 2, 4]),
    ("scalars of NumPy", squares, [np.float64(2), np.float32(3), np.float32(2)]),
    ("arrays of no axes", squares, [np.array(2.0), np.array(3.0, np.float32)]),
    ("arrays", squares, [X, X * 2, X[:2], X.astype(np.float32), X[::-1]]),
    ("empty arrays", squares, [np.zeros(0), np.zeros((2, 0))]),
    ("pairs", product, [[1.0, 2.0], (3.0, -2.0), Pair(1.0, 4.0), [2, 3], (2.0, 5)]),
    (
        "containers",
        tree,
        [{"a": X * k, "b": (2.0 * k, {"c": np.float32(k)})} for k in (1, 2)],
    ),
    ("a branch", branching, [X, -X, X * 2, -X * 3]),
    ("masks", masked, [X, -X, X * 2]),
    ("calls between loops", partly, [X, X + 1, X[:3]]),
    ("results that are not finite", logs, [X**2, np.array([0.0, 1.0]), np.array([np.nan, 1.0])]),
]
#: those of them that are the same to a back end as others: what differs is outside of the programs
OUTSIDE = {
    "integers",
    "scalars of NumPy",
    "arrays of no axes",
    "empty arrays",
    "pairs",
    "containers",
}
#: and those that second derivatives are not taken of
COMPLEX = [("complex numbers", squares, [1 + 2j, np.complex128(2 - 1j), X * 1j, X * 1j + 1])]


def parametrized(rows):
    return pytest.mark.parametrize(
        ("f", "points"), [pytest.param(*each, id=n) for n, *each in rows]
    )


cases, with_complex = parametrized(CASES), parametrized(CASES + COMPLEX)
inside = parametrized([each for each in CASES if each[0] not in OUTSIDE])
inside_with_complex = parametrized([e for e in CASES + COMPLEX if e[0] not in OUTSIDE])
outside = parametrized([each for each in CASES if each[0] in OUTSIDE])
quietly = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def both(x):
    """``1.0`` for each number in it."""
    if isinstance(x, dict):
        return {key: both(part) for key, part in x.items()}
    if isinstance(x, (tuple, list)):
        parts = [both(part) for part in x]
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    return x * 0 + type(x)(1) if not isinstance(x, np.ndarray) else np.ones_like(x)


def with_values(mode, **options):
    def faces(f):
        yield ad.value_and_grad(f, mode=mode, **options)

    return faces


def first_derivatives(mode, **options):
    def faces(f):
        yield ad.grad(f, mode=mode, **options)
        yield from with_values(mode, **options)(f)
        if mode == "forward":
            yield lambda x: ad.jvp(f, (x,), (both(x),), **options)

    return faces


def second_derivatives(mode, **options):
    def faces(f):
        yield ad.hessian(f, modes=f"{mode}-over-{mode}", **options)
        yield lambda x: ad.hvp(f, (x,), (both(x),), modes=f"forward-over-{mode}", **options)

    return faces


def check(faces, f, points, backend, same):
    """What is recorded, and what is repeated, is what the same face gives without a program."""
    for quick, eager in zip(faces(compiled=True, backend=backend)(f), faces()(f), strict=True):
        for x in points:
            expected = eager(x)
            for _ in range(2):
                same(quick(x), expected)


def alike(found, expected, same_leaf):
    """Of the same containers and types, and `same_leaf` for each number or array."""
    assert type(found) is type(expected)
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, part in expected.items():
            alike(found[key], part, same_leaf)
    elif isinstance(expected, (tuple, list)):
        for one, other in zip(found, expected, strict=True):
            alike(one, other, same_leaf)
    else:
        assert np.shape(found) == np.shape(expected)
        assert np.asarray(found).dtype == np.asarray(expected).dtype
        same_leaf(found, expected)
