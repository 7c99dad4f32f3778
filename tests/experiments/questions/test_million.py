"""``million``: every forward pass is run, and each derivative is reverse mode's."""

import numpy as np
import pytest

from admodes import reverse
from experiments.functions import scalars
from experiments.questions.million import experiment as million
from tests.experiments.helpers import assert_drawn_from_the_data_alone, assert_refused

OPTIONS = ("--inputs", "300", "--abreast", "16", "--block", "64")


@pytest.fixture(scope="module")
def llvm():
    pytest.importorskip("llvmlite", reason="compiled passes need llvmlite")


@pytest.fixture(scope="module")
def found(llvm, run_once):
    return run_once("million", *OPTIONS)


def test_all_passes_are_run(found):
    backward, *forward = found.rows
    assert (backward["mode"], backward["passes"]) == ("reverse", "1")
    assert sum(int(row["passes"]) for row in forward) == 300
    assert [int(row["first"]) for row in forward] == list(range(0, 300, 64))
    assert all(float(row["largest_error"]) < 1e-14 for row in found.rows)
    one, *blocks = found.data["measurements"]
    assert one["task"]["mode"] == "reverse"
    assert len(blocks) == 5
    assert "300 passes were run, 16 abreast" in found.words
    assert "Nothing is estimated" in found.words


def test_drawn_from_the_data_alone(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (5, 2), (6, 6)])
def test_windows_are_the_rows_of_the_unit_matrix(n, k):
    window = million.zeros_around_one(n, k)
    for first in range(n - k + 1):
        rows = million.unit_rows(window, n, first, k)
        np.testing.assert_array_equal(rows, np.eye(n)[first : first + k])
        assert np.shares_memory(rows, window)
        assert not rows.flags.writeable


def test_a_wrong_derivative_is_told(llvm):
    """The largest error is that of the worst entry, wherever it is; all entries are looked at."""
    own = million.case("rosenbrock", 50, 8, 0)
    assert max(million.largest_error(own, first, 8) for first in range(0, 50, 8)) < 1e-14
    for wrong in (0, 21, 49):
        gradient = own.gradient.copy()
        gradient[wrong] += 1.0
        worse = own._replace(gradient=gradient)
        assert max(million.largest_error(worse, first, 8) for first in range(0, 50, 8)) > 1e-6


def test_the_gradient_is_that_of_the_function(llvm):
    own = million.case("rosenbrock", 50, 8, 3)
    f, x = scalars.find("rosenbrock").make(50, scalars.generator(3, 50, "rosenbrock"))
    np.testing.assert_array_equal(own.gradient, reverse.grad(f)(x))


def test_without_llvm_it_says_what_to_install(monkeypatch, experiments, tmp_path):
    monkeypatch.setattr(million, "find_spec", lambda name: None)
    assert_refused(("million",), "pip install 'admodes[compiled]'", experiments, tmp_path)


@pytest.mark.parametrize("option", ["--inputs", "--abreast", "--block"])
def test_wrong_arguments(option, llvm, experiments, tmp_path):
    assert_refused(("million", option, "0"), "0 is not in the range", experiments, tmp_path)
