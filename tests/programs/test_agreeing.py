"""What is recorded gives what the function gives: where it goes another way, that is an error."""

import pickle

import numpy as np
import pytest

import admodes as ad
from tests.helpers import together
from tests.programs.functions import X, same


def of_arrays(x):
    return x * 2 if isinstance(x, np.ndarray) else x * 3


def of_floats(x):
    return x * 2 if type(x) is float else x * 3


def in_another_container(x):
    return (x, x) if isinstance(x, np.ndarray) else [x, x]


def in_another_shape(x):
    return x[:1] * 0 if isinstance(x, np.ndarray) else x[0] * 0


def with_a_text(x):
    try:
        return x * len(str(x))
    except TypeError:
        return x * 0


@together
@pytest.mark.parametrize(
    ("f", "x"),
    [
        (of_arrays, X),
        (of_floats, 2.0),
        (in_another_container, X),
        (in_another_shape, X),
        (lambda x: 1.0 if isinstance(x, float) else 2, 2.0),
    ],
)
def test_a_type_that_is_asked_for(f, x):
    with pytest.raises(ad.Unrepeatable, match=r"gives something else .*hasattr\(x, 'shape'\)"):
        ad.program(f, x)


def test_so_it_is_when_it_is_called():
    p = ad.program(lambda x: x * 2 if len(x) == 4 else of_arrays(x), X)
    with pytest.raises(ad.Unrepeatable, match="gives something else"):
        p(X[1:])
    same(p(X + 1), (X + 1) * 2)


def test_derivatives_are_those_of_the_mode():
    """Which has gone that way, too."""
    for of, x in ((of_arrays, X), (of_floats, 2.0)):

        def total(x, of=of):
            return np.sum(of(x))

        same(ad.program(total, x, mode="reverse")(x + 1), ad.value_and_grad(total)(x + 1))


@together
@pytest.mark.parametrize(
    ("use", "match"),
    [
        (str, "makes a text of it"),
        (pickle.dumps, "pickle"),
        (hash, "unhashable"),
        (lambda x: float(str(x[0])), "makes a text of it"),
    ],
)
def test_an_error_that_only_a_recording_raises_is_not_to_be_caught(use, match):
    """Where it makes no difference it may make one elsewhere."""

    def f(x):
        try:
            known = use(x)
        except (TypeError, pickle.PicklingError):
            known = None
        return x * 3 if known == "another" else x * 2

    with pytest.raises(ad.Unrepeatable, match=rf"f: it has caught an error and gone on: .*{match}"):
        ad.program(f, X)


def test_a_difference_in_the_last_digits_is_none():
    """A sweep copies a part or not by who else holds it, and sums are in the order of memory."""

    def f(x):
        y = x.copy()
        y[1:] *= y[:-1]
        y[::2] += np.sum(y) * x[::2]
        return np.sum(y * x) ** 2

    x = np.random.default_rng(0).normal(size=50)
    for mode in ("value", "reverse"):
        ad.program(f, x, mode=mode)
