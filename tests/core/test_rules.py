"""How a partial derivative is sorted: a constant, an argument handed on, or a function."""

import numpy as np
import pytest

from admodes.core.declaring import custom, elementwise, linear
from admodes.core.rules import factor_of


def by_kind(_y, a, b):
    return a * 2 if isinstance(a, np.ndarray) else b


def by_size(_y, a, b):
    return b if np.size(a) < 2 else a + b


@pytest.mark.parametrize("partial", [by_kind, by_size])
def test_a_partial_that_hands_an_argument_on_only_at_times_is_called(partial):
    factor = factor_of(partial, 3)
    assert factor.position is None
    assert factor.function is partial


def test_a_partial_that_hands_an_argument_on_always_is_not():
    assert factor_of(lambda _y, _a, b: b, 3).position == 2
    assert factor_of(lambda y, _a: y, 2).position == 0


def test_a_ufunc_has_a_partial_for_each_argument():
    with pytest.raises(TypeError, match=r"arctan2 needs .* for each of its 2 arguments, not 1"):
        elementwise(np.arctan2, lambda _y, a: a)


def test_each_kind_is_called_by_a_name_of_its_own():
    def f(x):
        return 2 * x

    made = {
        "elementwise": elementwise(f, 2, name="a"),
        "linear": linear(f, transpose=f, name="a"),
        "custom": custom(f, push=lambda _, t: f(t), pull=f, residual=lambda y, x: None, name="a"),
    }
    for kind, primitive in made.items():
        assert repr(primitive) == f"<{kind} primitive a>"
