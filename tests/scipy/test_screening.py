"""What `admodes check` says of SciPy's functions in code, before it is run in full."""

import numpy as np
import pytest

pytest.importorskip("scipy", reason="it tests what is said of SciPy, which is not installed")
from scipy import special

from admodes.diagnosis.screening import screen
from admodes.scipy import special as own

X = np.array([0.3, 0.5, 0.9])


def right(x):
    y = special.erf(x) + special.zeta(2.5, x) + special.jvp(0.5, x)
    return own.logsumexp(y) + np.sum(special.softplus(x))


def wrong(x):
    y = special.logsumexp(x)
    return y + np.sum(special.zetac(x))


def test_what_is_differentiated_is_no_finding():
    assert not screen(right, X).issues


def test_what_is_refused_is_found_with_what_to_write():
    first, second = sorted(screen(wrong, X).issues, key=lambda issue: issue.line)
    assert "admodes.scipy.special.logsumexp" in str(first)
    assert first.kind == "plain"
    assert "zeta function by the exponent" in str(second)
    assert second.kind == "no rule"


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda x: special.jv(x, 1.0), "special.jv has no derivative by its argument 0"),
        (lambda x: special.gammainc(2 * x, x), "by its argument 0"),
        (lambda x: special.airye(x + 1j)[0], "at complex numbers"),
    ],
    ids=("an order", "of two", "complex"),
)
def test_an_argument_without_a_derivative_is_found_and_the_run_goes_on(call, reason):
    def f(x):
        y = call(x)
        return np.real(y) + special.zetac(x)

    by_argument, by_function = sorted(screen(f, X).issues, key=lambda issue: issue.line)
    assert reason in str(by_argument).replace("\n", " ")
    assert by_argument.kind == by_function.kind == "no rule"


def test_an_argument_that_is_constant_needs_no_derivative():
    assert screen(lambda x: special.jv(0.5, x) + special.gammainc(np.ones(3), x), X).ok
