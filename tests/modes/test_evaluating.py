"""The plain function on copies: what it overwrites is named, and the caller's arrays stay."""

import copy

import numpy as np
import pytest

from admodes import forward, reverse
from admodes.modes import evaluating
from admodes.modes.arguments import Inputs
from admodes.modes.evaluating import Evaluation, overwritten
from tests.helpers import together


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


def scaled(x, buffer):
    """A function with a buffer of its caller's, in which it counts its calls."""
    buffer[0] += 1.0
    return x * buffer[0]


@together
@pytest.mark.parametrize("buffer", [np.zeros(2), [0.0]])
@pytest.mark.parametrize(
    "derivative",
    [
        forward.jacobian(scaled, chunk_size=1),
        forward.jacobian(scaled, chunk_size=2),
        reverse.jacobian(scaled, chunk_size=1),
        forward.grad(lambda x, buffer: np.sum(scaled(x, buffer)), chunk_size=1),
        forward.grad(lambda x, buffer: np.sum(scaled(x, buffer))),
        forward.partials(lambda x, buffer: np.sum(scaled(x, buffer)), [0, 1, 2], chunk_size=1),
    ],
)
def test_each_pass_finds_the_constants_as_the_first_one_did(derivative, buffer):
    own = copy.copy(buffer)
    found = derivative(np.arange(3.0), own)
    np.testing.assert_array_equal(found, np.eye(3) if found.ndim == 2 else np.ones(3))
    assert own[0] == 1.0  # what a call of the function makes of it


def test_passes_along_both_parts_of_complex_numbers_and_by_name():
    z, own = np.array([1.0 + 1j, 2.0]), np.zeros(1)
    jacobian = forward.jacobian(lambda z, *, buffer: scaled(np.abs(z) ** 2, buffer))
    np.testing.assert_allclose(jacobian(z, buffer=own), np.diag(2 * z.conj()))
    holomorphic = forward.jacobian(scaled, holomorphic=True)
    np.testing.assert_allclose(holomorphic(z, np.zeros(1)), np.eye(2))
    assert own[0] == 1.0


def test_one_pass_copies_nothing(monkeypatch):
    monkeypatch.setattr(evaluating, "fresh", None)
    assert forward.grad(lambda x, c: np.sum(x * c))(np.ones(3), np.ones(3)).tolist() == [1.0] * 3


def test_passes_find_what_the_first_one_found_by_position_and_by_name():
    def scribbles(x, scratch, log):
        y = np.sum(x * scratch)
        scratch += 1.0
        log.append(1.0)
        return y * len(log)

    for chunk_size in (1, 2, None):
        gradient = forward.grad(scribbles, chunk_size=chunk_size)
        for given in (((np.ones(5), []), {}), ((), {"scratch": np.ones(5), "log": []})):
            args, kwargs = given
            np.testing.assert_array_equal(gradient(np.arange(5.0), *args, **kwargs), np.ones(5))
            scratch, log = args or kwargs.values()
            assert scratch[0] == 2.0  # as by a call
            assert log == [1.0]
