"""What the public face is called, and that it is one face in both modes."""

import inspect

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from tests.helpers import MODES, X, same, together


@together
@pytest.mark.parametrize("name", ["grad", "value_and_grad", "jacobian"])
def test_the_two_modules_have_one_face(name):
    assert inspect.signature(getattr(forward, name)) == inspect.signature(getattr(reverse, name))


def test_everything_public_is_there():
    for name in ad.__all__:
        assert getattr(ad, name) is not None


def test_jacfwd_and_jacrev_are_the_jacobians_of_the_modes():
    same(ad.jacfwd(np.sin)(X), np.diag(np.cos(X)))
    same(ad.jacrev(np.sin)(X), np.diag(np.cos(X)))


@pytest.mark.parametrize("mode", MODES)
def test_a_ufunc_can_be_differentiated_itself(mode):
    assert ad.grad(np.sin, mode=mode)(0.0) == 1.0
