"""What is said of tangents and cotangents that do not fit."""

import itertools

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, NESTINGS, X, together

#: how a tangent for each primal can be given
WITH_TANGENT = {
    "jvp": lambda x, t: ad.jvp(np.sin, (x,), (t,)),
    "linearize": lambda x, t: ad.linearize(np.sin, x)[1](t),
    "vjp": lambda x, t: ad.vjp(np.sin, x)[1](t),
    **{
        f"hvp {modes}": lambda x, t, modes=modes: ad.hvp(
            lambda x: np.sum(x**3), (x,), (t,), modes=modes
        )
        for modes in NESTINGS
    },
}
tangents = pytest.mark.parametrize("give", WITH_TANGENT.values(), ids=WITH_TANGENT)


@together
@tangents
@pytest.mark.parametrize(
    ("x", "t"),
    [
        (X, np.ones(3)),
        (X, np.ones((1, 2))),
        (X, np.ones((5, 2))),
        (X, np.ones(())),
        (X, 1.0),
        (X, 1),
        (3.0, np.ones(1)),
        (np.array(3.0), np.ones(1)),
        (np.ones((2, 1)), np.ones((1, 2))),
        (np.zeros(0), np.zeros(1)),
    ],
)
def test_a_wrong_shape_is_a_value_error(give, x, t):
    with pytest.raises(ValueError, match="shape") as caught:
        give(x, t)
    assert str(np.shape(t)) in str(caught.value)
    assert str(np.shape(x)) in str(caught.value)


@together
@tangents
@pytest.mark.parametrize(
    ("x", "t"),
    [
        (X, np.ones(2, int)),
        (X, np.ones(2, bool)),
        (X, np.ones(2, np.float32)),
        (X, np.ones(2, complex)),
        (X.astype(np.float32), np.ones(2)),
        (np.float32(3), np.float64(1)),
        (3.0, 1j),
        (3.0, True),
        (3.0, "1"),
        (3.0, None),
        (X, np.array([None, None])),
    ],
)
def test_a_wrong_dtype_is_a_type_error(give, x, t):
    with pytest.raises(TypeError):
        give(x, t)


@together
@tangents
@pytest.mark.parametrize(
    ("x", "t"), [(X, [1.0, 2.0]), (X, (X,)), (X, {"a": X}), (3.0, [1.0]), (3.0, ())]
)
def test_a_container_for_an_array_is_a_value_error(give, x, t):
    with pytest.raises(ValueError, match="container"):
        give(x, t)


@together
@pytest.mark.parametrize("t", [X, [X, 1.0, 2.0], [X], {"x": X, "y": 1.0}, [X, [1.0]], [[X], 1.0]])
def test_another_container_is_a_value_error(t):
    x = [X, 2.0]
    for give in (
        lambda: ad.jvp(lambda x: x[0] * x[1], (x,), (t,)),
        lambda: ad.linearize(lambda x: x[0] * x[1], x)[1](t),
        lambda: ad.vjp(lambda x: [x * 2.0, 3.0], X)[1](t),
    ):
        with pytest.raises(ValueError, match="container"):
            give()
    for modes in NESTINGS:
        with pytest.raises(ValueError, match="container"):
            ad.hvp(lambda x: np.sum(x[0] * x[1]), (x,), (t,), modes=modes)


def test_the_number_of_tangents_is_that_of_the_primals():
    for t in ((), (1.0,), (1.0, 2.0, 3.0)):
        with pytest.raises(ValueError, match="2"):
            ad.jvp(lambda x, y: x * y, (1.0, 2.0), t)
        with pytest.raises(ValueError, match=r"2|container"):
            ad.linearize(lambda x, y: x * y, 1.0, 2.0)[1](*t)
        for modes in NESTINGS:
            with pytest.raises(ValueError, match=r"2|container"):
                ad.hvp(lambda x, y: x * y, (1.0, 2.0), t, modes=modes)


def test_primals_and_tangents_are_tuples():
    for primals, given in itertools.product((3.0, X, (X,), {"x": X}), repeat=2):
        if type(primals) is type(given) is tuple:
            continue
        with pytest.raises(TypeError, match="tuple"):
            ad.jvp(np.sin, primals, given)
        for modes in NESTINGS:
            with pytest.raises(TypeError, match="tuple"):
                ad.hvp(np.sum, primals, given, modes=modes)


def test_a_cotangent_of_a_constant_output_is_checked_too():
    _, pullback = ad.vjp(lambda x: (x, np.ones(3)), X)
    with pytest.raises(ValueError, match="shape"):
        pullback((X, np.ones(5)))


@pytest.mark.parametrize("mode", MODES)
def test_an_error_says_which_function_was_differentiated(mode):
    def somebody_s_loss(x):
        return x

    with pytest.raises(TypeError, match=r"somebody_s_loss.*shape"):
        ad.grad(somebody_s_loss, mode=mode)(X)
    with pytest.raises(ValueError, match=r"somebody_s_loss"):
        ad.jvp(somebody_s_loss, (X,), (np.ones(3),))
    with pytest.raises(ValueError, match=r"somebody_s_loss"):
        ad.vjp(somebody_s_loss, X)[1](np.ones(3))
