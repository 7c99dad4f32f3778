"""The experiment ``kinks``: its slopes, its column for admodes, its page, and what it claims."""

from math import inf, isinf, isnan, nan

import numpy as np
import pytest

from experiments.commands import EXPERIMENTS
from experiments.questions.kinks import apart, reading
from experiments.questions.kinks import experiment as kinks
from experiments.questions.kinks import page as kinks_page
from experiments.questions.kinks.cases import CASES, Case
from experiments.questions.kinks.reading import Cell, Verdict
from experiments.sides.libraries import HERE
from tests.experiments.helpers import assert_drawn_from_the_data_alone
from tests.helpers import together

NAMES = [case.name for case in CASES]


@pytest.fixture(scope="module")
def gradients():
    """By admodes, now."""
    return apart.measure(HERE)["gradients"]


@pytest.fixture(scope="module")
def cells(gradients):
    return {case.name: Cell(case, gradients[case.name]) for case in CASES}


@pytest.fixture(scope="module")
def found(run_once):
    """Without any other library."""
    return run_once("kinks", "--quick")


def test_pictures(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


def test_data_and_table(found):
    assert "admodes: NaN at" in found.out
    (record,) = found.data["measurements"]
    assert list(record["gradients"]) == NAMES
    rows = found.rows
    assert len(rows) == 2 * len(CASES)
    assert rows[0]["gradient"] == "0"


def test_a_library_that_is_not_installed_is_left_out(monkeypatch):
    monkeypatch.setattr(kinks, "installed", lambda name: name == "jax")
    assert EXPERIMENTS["kinks"].settled({})["libraries"] == [HERE, "jax"]


def test_what_it_refuses(experiments):
    code, out, err = experiments("kinks", "--points", "3")
    assert (code, out) == (2, "")
    assert "No such option '--points'" in err
    assert err.count("\n") == 1


# --- The cases ------------------------------------------------------------------------------------


def test_no_case_stands_twice():
    assert len(set(NAMES)) == len(NAMES) > 30


@together
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_slopes_are_those_of_the_function(case):
    """By one-sided differences; where these grow as the step shrinks, the slope is infinite."""
    x = np.asarray(case.at, dtype=float)
    assert len(case.slopes) == x.size
    for i, slopes in enumerate(case.slopes):
        for side, slope in zip((-1, 1), slopes, strict=True):
            small, smaller = (quotient(case, x, i, side * h) for h in (1e-4, 1e-12))
            if isnan(slope):
                assert not np.isfinite(small)
            elif isinf(slope):
                assert np.sign(small) == np.sign(smaller) == np.sign(slope)
                assert isinf(smaller) or abs(smaller) > 2 * abs(small)
            else:
                assert small == pytest.approx(slope, abs=0.02)


# What is infinite on the way has no difference: the same function without that.
FINITE = {"log(1 + exp(x)) at 1000": lambda x: np.logaddexp(x, 0)}


def quotient(case, x, i, h):
    f = FINITE.get(case.name, case.f)
    moved = x.copy()
    moved[(i,) if x.ndim else ()] += h
    with np.errstate(all="ignore"):
        return float((f(moved) - f(x)) / h)


@together
@pytest.mark.parametrize(
    ("value", "slopes", "verdict"),
    [
        (1.0, (1.0, 1.0), Verdict.DERIVATIVE),
        (inf, (nan, inf), Verdict.DERIVATIVE),
        (-inf, (nan, inf), Verdict.OTHER),
        (0.0, (nan, inf), Verdict.FINITE),
        (0.0, (-1.0, 1.0), Verdict.BETWEEN),
        (1.0, (1.0, 0.0), Verdict.BETWEEN),
        (2.0, (1.0, 0.0), Verdict.OTHER),
        (0.0, (1.0, 1.0), Verdict.OTHER),
        (nan, (0.0, 0.0), Verdict.NAN),
    ],
)
def test_verdicts(value, slopes, verdict):
    assert reading.judge(value, *slopes) == verdict


def test_a_cell_is_as_bad_as_its_worst_entry():
    case = Case("f", abs, (0.0, 0.0), [(0.0, 0.0), (0.0, 1.0)])
    cell = Cell(case, {"forward": ["0", "1"], "reverse": ["0", "nan"]})
    assert (cell.verdict, cell.agrees) == (Verdict.NAN, False)
    assert cell.words == "(0, 1) | (0, nan)"
    cell = Cell(case, dict.fromkeys(("forward", "reverse"), "TypeError: no"))
    assert (cell.verdict, cell.agrees, cell.words) == (Verdict.NONE, True, "no rule")


# --- The page, and our column ---------------------------------------------------------------------


def test_our_column_is_what_the_code_gives(gradients):
    """If not: ``make kinks``, then ``python -m experiments.questions.kinks.page``."""
    (ours,) = (each for each in kinks_page.committed().records if each["task"]["library"] == HERE)
    assert ours["gradients"] == gradients


def test_the_page_is_made_from_the_data():
    """If not: ``python -m experiments.questions.kinks.page``."""
    page = kinks_page.PAGE.read_text(encoding="utf-8")
    assert page == kinks_page.page(kinks_page.committed())
    assert "| `max(x)` at (2, 2) | 0 to 1 | (0.5, 0.5) ◇ |" in page


# --- The claim ------------------------------------------------------------------------------------


def test_the_modes_agree(cells):
    assert [name for name, cell in cells.items() if not cell.agrees] == []


def test_what_is_not_as_one_would_wish(cells):
    found = {name for name, cell in cells.items() if cell.verdict in (Verdict.OTHER, Verdict.NAN)}
    assert found == {
        "median(x) at (2, 2, 2)",
        "where(x == 0, 0, x log y) at (0, 2)",
        "log(1 + exp(x)) at 1000",
        "arctan2(y, x) at (0, 0)",
    }


def test_the_conventions(cells):
    given = {name: cell.words for name, cell in cells.items()}
    assert given["|x| at 0"] == given["minimum(x, -x) at 0"] == "0"
    assert given["maximum(x, x) at 1"] == "1"
    assert given["maximum(x, 0) at 0"] == "0.5"
    assert given["max(x) at (1, 2, 2)"] == "(0, 0.5, 0.5)"
    assert given["sort(x)[0] at (2, 2)"] == given["min(x) at (2, 2)"] == "(0.5, 0.5)"
    assert given["sort(x)[-1] at (1, 2, 2)"] == given["max(x) at (1, 2, 2)"]
    assert given["median(x) at (2, 2, 3)"] == "(0.5, 0.5, 0)"
    assert given["norm(x) at (0, 0)"] == given["hypot(x, y) at (0, 0)"] == "(0, 0)"
    assert given["std(x) at (2, 2, 2)"] == "(0, 0, 0)"
    assert given["where(x > 0, sqrt(x), 0) at 0"] == "0"
    assert given["0.0**x at 0"] == given["x**0.0 at 0"] == "0"
    assert given["prod(x) at (0, 3)"] == "(3, 0)"
