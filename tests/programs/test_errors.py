"""Errors that a function catches, and what NumPy is told to do about them: branches, too."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import together
from tests.programs.test_program import same

MODES = ("value", "reverse")
BOWL, SADDLE = np.diag([1.0, 2.0, 3.0]), np.diag([1.0, 2.0, -0.0005])


def log_determinant(k):
    """As Gaussian processes have it: more is added to the diagonal until it is positive."""
    more = 0.0
    while True:
        try:
            return np.sum(np.log(np.diag(np.linalg.cholesky(k + more * np.eye(len(k))))))
        except np.linalg.LinAlgError:
            more = max(1e-3, 10 * more)


def quotient(x):
    try:
        return 1 / x
    except ZeroDivisionError:
        return x * 3.0


def rounded(x):
    try:
        return x * int(ad.stop_gradient(x))
    except (OverflowError, ValueError):
        return 1.0


def entry(x):
    try:
        return x[np.argmax(x) + 2] * x[0]
    except IndexError:
        return np.sum(x)


def logarithm(x):
    with np.errstate(all="raise"):
        try:
            return np.sum(np.log(x))
        except FloatingPointError:
            return np.sum(x * x)


CASES = {
    "cholesky": (log_determinant, BOWL, SADDLE),
    "a quotient": (quotient, 2.0, 0.0),
    "an integer": (rounded, 2.5, 1e400),
    "an entry": (entry, np.array([3.0, 2.0, 1.0]), np.array([1.0, 2.0, 3.0])),
    "told to raise": (logarithm, np.array([1.0, 2.0]), np.array([-1.0, 2.0])),
}


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_where_one_is_caught_the_function_is_on_another_branch(name, mode):
    f, *ats = CASES[name]
    expected = ad.value_and_grad(f) if mode == "reverse" else f
    for order in (ats, ats[::-1]):
        p = ad.program(f, order[0], mode=mode)
        for at in order * 2:
            same(p(at), expected(at))


@together
@pytest.mark.parametrize("name", CASES)
def test_so_it_is_when_it_is_compiled(name):
    pytest.importorskip("llvmlite")
    f, *ats = CASES[name]
    p = ad.program(f, ats[1], mode="value", backend="compiled")
    for at in ats * 2:
        np.testing.assert_allclose(p(at), f(at), rtol=1e-12)


def test_one_that_is_not_caught_is_raised():
    p = ad.program(lambda k: np.sum(np.linalg.inv(k)), BOWL)
    with pytest.raises(np.linalg.LinAlgError):
        p(0 * BOWL)


def test_what_is_asked_of_types_is_no_branch():
    p = ad.program(lambda x: np.sum(x[np.argsort(x)] * np.arange(3)), np.ones(3), mode="reverse")
    assert "raises" not in p.source  # operator.index of an array


def test_what_is_not_warned_of_is_written_out(recwarn):
    def f(x):
        with np.errstate(divide="ignore"):
            y = np.log(x)
        return np.where(x > 0, y, 0.0)

    p = ad.program(f, np.ones(3))
    same(p(np.array([0.0, 1.0, 2.0])), f(np.array([0.0, 1.0, 2.0])))
    assert 'with np.errstate(divide="ignore"):' in p.source
    assert not recwarn.list
