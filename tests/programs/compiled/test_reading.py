"""Compiled programs as one reads them: loop by loop, and what they do."""

import re

import numpy as np
import pytest

import admodes as ad
from admodes.programs.compiled.reading import LoopByLoop
from admodes.programs.source import runnable
from tests.programs.functions import log_sum_exp
from tests.programs.random_programs import MODES, cases, eager

X = np.linspace(0.1, 1, 4)


def valley(x):
    left, right = x[:-1], x[1:]
    valley = right - left**2
    return np.sum(100 * valley**2 + (1 - left) ** 2)


def text(f, *args, **options):
    p = ad.program(f, *args, **options)
    return LoopByLoop(p.variants[0].steps, "f").source()


def test_a_gradient_is_one_loop():
    assert (
        text(valley, X, mode="reverse")
        == """def f(x):
    # one loop over (3,), which stores x_bar
    left = x[:-1]  # left, right = x[:-1], x[1:]
    right = x[1:]
    valley = right - np.square(left)  # valley = right - left**2
    v = 1 - left  # return np.sum(100 * valley**2 + (1 - left) ** 2)
    v2 = -(v + v)  # back: return np.sum(100 * valley**2 + (1 - left) ** 2)
    valley_bar = 200.0 * valley
    v3 = v2 - valley_bar * (left + left)  # back: valley = right - left**2
    y = np.add.reduce(100 * np.square(valley) + np.square(v), axis=(-1,))\
  # return np.sum(100 * valley**2 + (1 - left) ** 2)
    x_bar = np.empty((4,))
    np.add(valley_bar, 0.0, out=x_bar[1:])
    x_bar[:1] = 0.0
    x_bar[:-1] += v3
    if y != y:
        raise Changed
    if has_nan(x_bar):
        raise Changed
    return (y, x_bar,)
"""
    )


def test_what_is_stored_computed_again_and_called():
    found = text(log_sum_exp, X)
    assert found.count("# one loop over (4,)") == 2
    assert "stores" not in found

    def f(x):
        e, d = np.exp(x), x * 2
        return np.sum((e - np.sum(e)) * (d - np.sum(d))) + np.sum(np.sort(e))

    found = text(f, X)
    assert "# one loop over (4,), which stores e\n" in found
    assert "# one loop over (4,), and computes d once more\n" in found
    assert re.search(r"# called as it is\n    \w+ = .*sort\w*\(e, ", found)


@pytest.mark.parametrize("seed", range(3))
def test_the_text_does_the_same(seed):
    for f, args in cases(seed):
        for mode in MODES:
            with np.errstate(all="ignore"):
                given, _ = eager(f, args, mode)
                p = ad.program(f, *args, mode=mode, argnums=tuple(range(len(args))))
            if not p.variants:
                continue
            steps = p.variants[0].steps
            inputs = [x for part in given for x in (part if isinstance(part, tuple) else (part,))]
            assert len(inputs) == len(steps.inputs)
            found = runnable(LoopByLoop(steps, "f"))(*inputs)
            for x, y in zip(found, p.variants[0].run(*inputs), strict=True):
                np.testing.assert_allclose(x, y, rtol=1e-13, atol=1e-13)


def test_the_back_end_says_what_is_printed():
    pytest.importorskip("llvmlite", reason='backend="compiled" needs llvmlite')
    p = ad.program(valley, X, mode="reverse", backend="compiled")
    assert str(p) == p.source == LoopByLoop(p.variants[0].steps, p.repeated.title).source()
    assert "one loop" not in ad.program(valley, X, mode="reverse").source
