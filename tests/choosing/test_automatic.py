"""What mode="auto" makes of a recommendation, and the rule of thumb before it."""

import sys

import numpy as np
import pytest

import admodes as ad
from admodes.choosing import automatic
from admodes.choosing.automatic import choose
from admodes.choosing.machines import TYPICAL
from admodes.modes.arguments import Inputs
from admodes.modes.chosen import Choice
from tests.helpers import chain


@pytest.mark.parametrize(
    ("inputs", "outputs", "mode"),
    [
        (1, 1, "forward"),
        (1, 0, "forward"),
        (10, 10, "forward"),
        (10, 1, "reverse"),
        (30, 5, "forward"),
        (10**4, 1, "reverse"),
        (10**4, 300, "reverse"),
        (100, 10**4, "forward"),
        (100, 80, "forward"),
        (200, 40, "reverse"),
        (1000, 1000, None),
        (3000, 1000, None),
        (1000, 3000, None),
    ],
)
def test_the_rule_of_thumb(inputs, outputs, mode):
    assert ad.rule_of_thumb(inputs, outputs) == mode


def chosen(f, *args):
    choice, _ = choose(f, Inputs(f, args, {}, 0))
    return choice


def test_where_no_rule_decides_the_model_does(monkeypatch):
    monkeypatch.setattr(automatic, "PAYS", float("inf"))

    def wide(x):  # many inputs meet in few numbers, of which there are many outputs
        return np.outer(np.ones(400), x[:3])[:, :2] * np.sum(x)

    mode, size, _ = chosen(chain, np.ones(1000))
    advice = ad.recommend(chain, np.ones(1000), machine=TYPICAL)
    assert (mode, size) == (advice.mode, advice.chunk_size)
    assert chosen(chain, np.ones(1000))[:2] == (mode, size)  # and always the same
    mode, size, _ = chosen(wide, np.ones(1600))
    assert mode in ("forward", "reverse")
    assert size >= 1


def test_the_choice_is_made_once_for_the_same_sizes(monkeypatch):
    made = []
    monkeypatch.setattr(
        automatic,
        "choose",
        lambda *args: (made.append(1) or Choice("forward", None, "as asked"), None),
    )
    jacobian = ad.jacobian(lambda x: x * x)
    for n in (3, 3, 4, 3):
        np.testing.assert_array_equal(jacobian(np.ones(n)), 2 * np.eye(n))
    assert len(made) == 2
    with pytest.raises(RuntimeError, match="nothing is chosen before the first call"):
        ad.jacobian(lambda x: x).choice()
    assert str(jacobian.choice()) == "forward mode (as asked)"
    ad.jacobian(jacobian.__wrapped__)(np.ones(4))  # it is the function's, not that of the face
    assert len(made) == 2
    jacobian(np.ones(4, np.float32))
    assert len(made) == 3


def test_a_choice_is_forgotten_with_its_function():
    def f(x):
        return x * x

    alive = len(automatic._choices)
    ad.jacobian(f)(np.ones(3))
    assert len(automatic._choices) == alive + 1
    del f
    assert len(automatic._choices) == alive


def test_a_function_that_cannot_be_remembered():
    class Squares:
        __hash__ = None

        def __call__(self, x):
            return x * x

    jacobian = ad.jacobian(Squares())
    np.testing.assert_array_equal(jacobian(np.ones(2)), 2 * np.eye(2))
    assert jacobian.choice().mode == "forward"


@pytest.mark.parametrize(
    ("n", "m"),
    [
        *((1, 1), (3, 7), (7, 3), (50, 2), (300, 200)),
        pytest.param(800, 400, marks=pytest.mark.slow),
    ],
)
def test_auto_gives_the_same_as_both_modes(n, m):
    matrix = np.sin(np.arange(m * n).reshape(m, n))

    def f(x):
        return np.tanh(matrix @ x) * x[0]

    x = np.linspace(0.1, 1.0, n)
    auto = ad.jacobian(f)(x)
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(auto, ad.jacobian(f, mode=mode)(x), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("n", "m", "most"), [(1, 1, 1), (5, 100, 1), (20, 1, 2), (500, 2, 1)])
def test_auto_evaluates_the_function_no_more_than_it_must(n, m, most):
    calls = []

    def f(x):
        calls.append(1)
        return np.sum(x * x) * np.ones(m)

    jacobian = ad.jacobian(f)
    x = np.linspace(0.1, 1.0, n)
    np.testing.assert_allclose(jacobian(x), np.broadcast_to(2 * x, (m, n)))
    assert len(calls) <= most
    jacobian(x)
    assert len(calls) <= most + 1


def test_what_a_choice_needs_to_know_prints_nothing(monkeypatch, capsys):
    monkeypatch.setattr(automatic, "PAYS", 0.0)

    def loud(x):
        print("looking")
        print("a warning", file=sys.stderr)
        return chain(x, 10)

    automatic.predicted(loud, Inputs(loud, (np.ones(400),), {}, 0), False, None)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "a warning" in printed.err  # which would be given no more


def test_auto_refuses_what_jacobian_does():
    for x, error in ((np.ones(50, complex), TypeError), (np.ones(50, int), TypeError)):
        with pytest.raises(error):
            ad.jacobian(lambda x: x * x)(x)
    for chunk_size in (0, 1.5):
        with pytest.raises(ValueError, match="chunk_size"):
            ad.jacobian(np.sum, chunk_size=chunk_size)


def test_auto_with_containers_aux_and_chunks():
    def f(p, scale):
        y = np.concatenate([p["a"] * p["b"], np.reshape(p["b"], (1,))]) * scale
        return [y, np.sum(y)], "aux"

    p = {"a": np.ones(400), "b": 2.0}
    auto, aux = ad.jacobian(f, has_aux=True, chunk_size=7)(p, 3.0)
    by_hand, _ = ad.jacobian(f, has_aux=True, mode="reverse")(p, 3.0)
    assert aux == "aux"
    for mine, theirs in zip(auto, by_hand, strict=True):
        np.testing.assert_allclose(mine["a"], theirs["a"])
        np.testing.assert_allclose(mine["b"], theirs["b"])


def test_auto_inside_of_another_differentiation():
    def f(x):
        return np.sum(ad.jacobian(lambda y: y * y * y)(x) ** 2)

    x = np.linspace(1.0, 2.0, 300)
    np.testing.assert_allclose(ad.grad(f)(x), 36 * x**3)


@pytest.mark.parametrize("n", [3, 9, 200, 2000])
def test_what_is_looked_at_to_choose_is_no_call(n):
    """A function may write into arguments: a derivative finds them as the caller gave them."""

    def scribbles(x, buffer, *, log):
        buffer += 1.0
        log.append(1.0)
        return x[:9] * buffer * len(log)

    jacobian = ad.jacobian(scribbles)
    for _ in range(2):  # the second time it has chosen
        buffer, log = np.zeros(1), []
        found = jacobian(np.ones(n), buffer, log=log)
        np.testing.assert_array_equal(found, np.eye(n)[:9])
        assert buffer[0] == len(log) == 1
