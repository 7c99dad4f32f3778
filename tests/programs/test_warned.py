"""What a function warns of by itself, no program does; what its steps do, it does again."""

import sys
import threading
import warnings

import numpy as np
import pytest

import admodes as ad
from tests.programs.functions import X, same


def worried(x):
    warnings.warn("there may be a minimum beside this one", stacklevel=1)
    return np.sum(x**2)


def table(x):
    warnings.warn("beyond the table", RuntimeWarning, stacklevel=1)
    return np.sin(x)


looked_up = ad.elementwise(table, lambda y, x: np.cos(x))


@pytest.mark.parametrize("action", ["default", "always", "module"])
def test_its_own_warning_is_an_error(action):
    """Each time, and not only where Python would show it for the first time."""
    shown = warnings.showwarning
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(action)
        for mode in ("value", "forward"):
            with pytest.raises(ad.Unrepeatable, match=r"worried: it warns.*there may be a minimum"):
                ad.program(worried, X, mode=mode)
        assert not caught
        gradient = ad.grad(worried, compiled=True)
        for _ in range(2):
            with pytest.raises(ad.Unrepeatable, match="it warns"):
                gradient(X)
        assert len(caught) == 2  # of the function itself, which had been called
        worried(X)
        assert len(caught) == 3
    assert warnings.showwarning is shown


def test_one_that_nobody_would_see_is_none():
    def f(x):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            worried(x)
        return x * len(caught)

    same(ad.program(f, X)(X + 1), X + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(ad.program(worried, X)(X + 1), worried(X + 1))


@pytest.mark.parametrize(
    ("f", "at", "match"),
    [
        (lambda x: np.where(x > 0, np.log(x), 0.0), np.array([0.0, 1.0]), "divide by zero"),
        (looked_up, X, "beyond the table"),
    ],
)
def test_what_a_step_warns_of_it_warns_of_in_each_call(f, at, match):
    with pytest.warns(RuntimeWarning, match=match):
        p = ad.program(f, at)
    for _ in range(2):
        with pytest.warns(RuntimeWarning, match=match):
            p(at)
    assert len(p.variants) == 1


def test_what_another_thread_warns_of_is_shown():
    def f(x):
        thread = threading.Thread(target=warnings.warn, args=("from beside",))
        thread.start()
        thread.join()
        return x * 2

    with pytest.warns(UserWarning, match="from beside"):
        p = ad.program(f, X)
    same(p(X), X * 2)


def test_to_print_to_another_stream_is_to_print():
    def f(x):
        print("here", file=sys.stderr)
        return x * 2

    with pytest.raises(ad.Unrepeatable, match="f: it prints, which a program does not: 'here'"):
        ad.program(f, X)
