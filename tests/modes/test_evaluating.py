"""The plain function on copies: what it overwrites is named, and the caller's arrays stay."""

import numpy as np

from admodes.modes.arguments import Inputs
from admodes.modes.evaluating import Evaluation, overwritten


def test_an_evaluation_overwrites_copies_and_they_are_named():
    def f(x, weights):
        x += 1.0
        weights["b"][0] = 5.0
        return np.sum(x * weights["a"] * weights["b"])

    x, weights = np.ones(2), {"a": np.ones(2), "b": np.ones(2)}
    evaluation = Evaluation(Inputs(f, (x, weights)))
    assert evaluation.changes() == ()
    assert evaluation() == 12.0
    assert evaluation.changes() == ("argument 0", "argument 1['b']")
    np.testing.assert_array_equal([x, *weights.values()], np.ones((3, 2)))


def test_what_is_another_number_or_in_another_place_is_a_change():
    nan = np.array([np.nan, 1.0])
    assert overwritten([nan], [nan.copy()]) == ()
    assert overwritten([nan], [nan + 1]) == ("argument 0",)
    assert overwritten([[nan]], [[nan, nan]]) == ("argument 0[1]",)
    assert overwritten([[nan, 2.0]], [[nan]]) == ("argument 0[1]",)
    assert overwritten([{"a": np.arange(2)}], [{"a": np.arange(3)}]) == ("argument 0['a']",)
