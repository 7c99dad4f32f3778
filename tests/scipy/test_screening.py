"""What `admodes check` says of SciPy's functions in code, before it is run in full."""

import numpy as np
import pytest

pytest.importorskip("scipy", reason="it tests what is said of SciPy, which is not installed")
from scipy import special

from admodes.scipy import special as own
from admodes.screening import screen

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
