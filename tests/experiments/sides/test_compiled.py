"""All passes of forward mode as compiled programs: which rows they read, and what they give."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.bench.agreement import Disagreement
from experiments.functions import scalars
from experiments.sides import compiled
from experiments.sides.readings import gradient_point
from tests.helpers import together


def forward(n, k, apart):
    """Without a program."""
    return compiled.Forward(np.ones(n), k, apart, None)


@together
@pytest.mark.parametrize(("n", "k", "apart"), [(1, 1, 1), (5, 2, 1), (5, 2, 3), (6, 6, 1)])
def test_windows_are_the_rows_of_the_unit_matrix(n, k, apart):
    own = forward(n, k, apart)
    padded = np.vstack([np.eye(n), np.zeros((k * apart, n))])
    for first in range(n):
        rows = own.rows[first]
        np.testing.assert_array_equal(rows, padded[first : first + k * apart : apart])
        assert np.shares_memory(rows, own.rows)
        assert not rows.flags.writeable


@together
@pytest.mark.parametrize("block", [range(5), range(5, 12), range(10, 12)])
@pytest.mark.parametrize(("k", "apart"), [(1, 1), (2, 1), (4, 2), (3, 3), (12, 1), (8, 1)])
def test_the_passes_of_a_block_have_each_direction_once(block, k, apart):
    if k * apart < len(block) and apart > 1:
        pytest.skip("so few are not spread over so large a block")
    own = forward(12, k, apart)
    directions = own.directions(own.starts(block))
    assert sorted(directions[directions < block.stop]) == list(block)


@together
@pytest.mark.parametrize("n", [1, 2, 3, 10, 99, 1000, 10**5, 10**6])
def test_what_is_tried_fits_the_block_and_the_memory(n):
    for block in (n, min(n, 12_800)):
        tried = compiled.candidates(n, block, 2**21)
        assert tried
        assert len(tried) == len(set(tried)) <= 6
        for k, apart in tried:
            assert 1 <= k <= block
            assert k <= compiled.ABREAST or k * n <= 2**21
            assert apart == 1 or k * apart >= block


@pytest.fixture(scope="module")
def own():
    pytest.importorskip("llvmlite", reason="compiled passes need llvmlite")
    f, x = scalars.find("denoising").make(99, np.random.default_rng(0))
    return compiled.Compiled.of(f, x, 2)


def measured(own, limit):
    rng = np.random.default_rng(0)
    return compiled.measure(own, rng, limit=limit, budget=0.02, rounds=6)


def test_all_passes_give_the_gradient(own, monkeypatch):
    monkeypatch.setattr(compiled, "SHARED_FROM", 0.0)  # by threads, too
    form = own.form(range(99), True, np.random.default_rng(0))
    form.call()
    ((indices, entries),) = form.found
    assert sorted(indices) == list(range(99))
    np.testing.assert_allclose(entries, own.gradient[indices], rtol=1e-9, atol=1e-12)


def test_in_full_or_as_a_sample(own):
    (form,) = measured(own, limit=1e9)["forward"]
    assert form["full"]
    assert form["directions_timed"] == form["entries_compared"] == 99
    (form,) = measured(own, limit=0.0)["forward"]
    assert not form["full"]
    assert form["directions_timed"] == form["entries_compared"] <= 99


def test_both_modes_are_compared_with_what_is_not_compiled(own):
    record = measured(own, limit=1e9)
    assert 0 <= record["reverse_difference"] < 1e-12
    point = gradient_point("denoising", record, record["forward"], compiled=True)
    assert (point.n, point.compiled, point.one.mode) == (99, True, "reverse")
    wrong = replace(own, reverse=lambda x: (0.0, own.gradient + 1.0))
    with pytest.raises(Disagreement, match=r"entry \d+ of the .* by the compiled reverse pass"):
        measured(wrong, limit=1e9)
