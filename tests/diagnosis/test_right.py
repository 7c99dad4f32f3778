"""What is right is found to be right; and how that is told."""

import json
import math
from typing import Any

import numpy as np
import pytest

import admodes as ad
from admodes.diagnosis import agreement
from tests import cases
from tests.cases import normal
from tests.diagnosis.helpers import X, place_of, through_several, through_sine
from tests.harness import new_kinds
from tests.helpers import together
from tests.testing.test_testing import RIGHT, RIGHT_COMPLEX

TABLES = cases.tables()


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES)
def test_the_cases(table):
    """Of every second function the first, and at kinks one of every kind, as its rule is used."""
    rows = dict(enumerate(TABLES[table]))
    firsts = {row.covers: i for i, row in reversed(rows.items())}.values()
    firsts = sorted(firsts)[:: 6 if table == "special" else 2]  # SciPy's are one operation each
    kinks = new_kinds({i: row for i, row in rows.items() if row.kink})
    for i in sorted({*firsts, *kinks}):
        row = rows[i]
        found = agreement(row.f, *row.args)
        assert found.ok, f"row {i}: {found}"
        if found.finding is not None:
            assert row.kink
            assert found.finding.kind in ("kink", "tie"), f"row {i}: {found}"


@together
@pytest.mark.parametrize(
    ("f", "args"), [(f, args) for f, *args in (RIGHT | RIGHT_COMPLEX).values()]
)
def test_right(f, args):
    kept = [np.copy(arg) if isinstance(arg, np.ndarray) else arg for arg in args]
    for seed in range(2):
        found = agreement(f, *args, seed=seed)
        assert found.ok, str(found)
        assert found.finding is None
        assert found.modes is None or found.modes.ulps < 100
    for before, arg in zip(kept, args, strict=True):
        if isinstance(arg, np.ndarray):
            np.testing.assert_array_equal(arg, before)


@together
@pytest.mark.parametrize(
    ("f", "args", "opinion"),
    [
        (lambda x: np.exp(x) * np.where(x > 0, x, 1), [X], "complex step"),
        (lambda x: np.linalg.solve(x, X), [normal(3, 3)], "complex step"),
        (lambda x: x * math.sqrt(2), [0.5], "complex step"),
        (lambda x: np.abs(x) * x, [X], "differences"),
        (lambda x: np.hypot(x, 1), [X], "differences"),
        (lambda x: x if x > 0 else -x, [0.5], "differences"),  # complex numbers have no order
        (lambda z: z * z, [1 + 1j], "differences"),
        (lambda x: np.exp(1j * x), [0.5], "differences"),
        (lambda x: np.real(x) * 2, [X], "differences"),
    ],
)
def test_which_opinion(f, args, opinion):
    found = agreement(f, *args)
    assert found.ok
    assert found.opinion == opinion
    assert opinion in str(found)
    assert found.third.relative < (1e-12 if opinion == "complex step" else 1e-7)
    assert found.unsure == 0


def test_a_quick_look_takes_a_few_evaluations_and_finds_what_is_wrong():
    evaluations = [0]

    def f(x):
        evaluations[0] += 1
        return np.sum(np.sin(x) * x)

    found = agreement(f, normal(50), quick=True)
    assert found.ok
    assert found.along == "random directions"
    assert evaluations[0] <= 10
    wrong = ad.elementwise(np.sin, lambda _y, x: -np.cos(x))
    assert not agreement(lambda x: np.sum(wrong(x) * x), normal(50), quick=True).ok


def test_a_large_input_takes_a_few_evaluations():
    evaluations = [0]

    def f(x):
        evaluations[0] += 1
        return np.sum(np.sin(x) * x)

    found = agreement(f, normal(20_000))
    assert found.ok
    assert found.along == "random directions"
    assert evaluations[0] <= 10

    def g(x):
        evaluations[0] += 1
        return np.abs(x) * np.sin(x)

    evaluations[0] = 0
    assert agreement(g, normal(20_000)).opinion == "differences"
    assert evaluations[0] <= 60


def test_nothing_to_compare():
    for f in (np.sum, lambda x: x * x):
        found = agreement(f, normal(0))
        assert found.ok
        assert found.compared == 0
        assert found.modes is found.third is found.finding is None
        assert "nothing to compare" in str(found)
        json.dumps(found.to_dict(), allow_nan=False)


def test_what_is_raised_comes_through():
    error = ValueError("mine")

    def f(x):
        raise error

    with pytest.raises(ValueError, match="mine") as caught:
        agreement(f, 1.0)
    assert caught.value is error
    with pytest.raises(NotImplementedError, match=r"np\.is_busday"):
        agreement(np.is_busday, X)
    with pytest.raises(ZeroDivisionError):
        agreement(lambda x: x / 0, 1.0)
    with pytest.raises(TypeError, match="not callable"):
        agreement(3.0, 1.0)
    with pytest.raises(TypeError, match="there is no argument to differentiate by"):
        agreement(lambda: 1.0)
    with pytest.raises(TypeError, match="no part of the output is a floating-point number"):
        agreement(np.argmax, X)


def test_a_function_that_raises_nearby():
    """There is no derivative to be had from where the function is not defined."""

    def f(x):
        if not np.all(np.real(x) >= 1):
            raise ValueError("outside")
        return np.sum(np.abs(x) ** 1.5)

    found = agreement(f, np.ones(2))
    assert found.ok
    assert found.unsure == 1
    assert found.third is None
    assert "no third opinion" in str(found)


def test_within_a_differentiation():
    def f(x):
        assert agreement(lambda y: np.exp(y) * x, x).ok
        return x * x

    assert ad.grad(f)(3.0) == 6.0


def test_the_same_again():
    def told(seed):
        return str(agreement(through_several, X, seed=seed))

    assert told(1) == told(1) != told(2)


def test_what_it_says():
    found = agreement(through_sine, X)
    finding, (file, line) = found.finding, place_of(through_sine)
    assert str(found).split("\n") == [
        "through_sine: something is wrong",
        f"  {finding.what}",
        f"  because {finding.cause}",
        "  at the operation sin, of shapes (3,)",
        f"  {file}:{line}: z = sine(y)  # here",
        f"  forward against reverse mode, every entry: {found.modes}",
        f"  both against the complex step: {found.third}",
    ]
    by_differences = agreement(lambda x: np.abs(x) * x, X)
    third = f"both against finite differences, which are inexact themselves: {by_differences.third}"
    assert third in str(by_differences)
    assert finding.what.startswith("forward mode gives ")
    assert "ulps (relative" in str(found.third)
    data: dict[str, Any] = found.to_dict()
    assert data["finding"]["operation"] == "sin"
    assert data["finding"]["line"] == line
    assert data["modes"]["relative"] < 1e-14 < data["third"]["relative"]
