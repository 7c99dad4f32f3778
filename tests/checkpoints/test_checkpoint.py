"""Checkpointing: the same derivatives, recomputed and not stored."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, NESTINGS, together

X = np.array([0.3, -1.2, 0.8])


def block(x, scale=1.0):
    y = np.sin(x) * x
    return np.tanh(y * y[0]) * scale + x


def chain(step):
    def f(x):
        for _ in range(3):
            x = step(x)
        return np.sum(x * x)

    return f


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("chunk_size", [1, 2, None])
def test_the_same_first_derivatives(mode, chunk_size):
    plain, stored = chain(block), chain(ad.checkpoint(block))
    assert stored(X) == plain(X)
    np.testing.assert_allclose(
        ad.grad(stored, mode=mode, chunk_size=chunk_size)(X), ad.grad(plain)(X), rtol=1e-12
    )
    np.testing.assert_allclose(
        ad.jacobian(ad.checkpoint(block), mode=mode, chunk_size=chunk_size)(X),
        ad.jacobian(block)(X),
        rtol=1e-12,
        atol=1e-14,
    )


@pytest.mark.parametrize("modes", NESTINGS)
def test_the_same_second_derivatives(modes):
    plain, stored = chain(block), chain(ad.checkpoint(block))
    np.testing.assert_allclose(
        ad.hessian(stored, modes=modes)(X), ad.hessian(plain)(X), rtol=1e-10, atol=1e-12
    )
    t = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(
        ad.hvp(stored, (X,), (t,), modes=modes)[0],
        ad.hvp(plain, (X,), (t,))[0],
        rtol=1e-10,
        atol=1e-12,
    )


def test_the_same_in_linearize():
    _, pushforward = ad.linearize(ad.checkpoint(block), X)
    t = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(pushforward(t), ad.jvp(block, (X,), (t,))[1], rtol=1e-12)


def test_checkpoints_inside_checkpoints():
    inner = ad.checkpoint(block)
    outer = ad.checkpoint(lambda x: inner(inner(x)) * x)

    def plain(x):
        return block(block(x)) * x

    for mode in MODES:
        np.testing.assert_allclose(
            ad.jacobian(outer, mode=mode)(X), ad.jacobian(plain)(X), rtol=1e-12, atol=1e-14
        )
    for modes in NESTINGS:
        np.testing.assert_allclose(
            ad.hessian(lambda x: np.sum(outer(x)), modes=modes)(X),
            ad.hessian(lambda x: np.sum(plain(x)))(X),
            rtol=1e-10,
            atol=1e-12,
        )


def test_numbers():
    stored = ad.checkpoint(lambda x: x * x * x)
    for mode in MODES:
        gradient = ad.grad(stored, mode=mode)(2.0)
        assert gradient == 12.0
        assert type(gradient) is float
    for modes in NESTINGS:
        assert ad.hvp(stored, (2.0,), (1.0,), modes=modes) == (12.0,)
    assert stored(2.0) == 8.0
    assert type(stored(2.0)) is float


def test_the_recording_holds_the_arguments_and_nothing_else():
    x = np.ones(1000)

    def f(x):
        for _ in range(10):
            x = np.sin(np.exp(np.tanh(x)))
        return x

    _, stored = ad.vjp(ad.checkpoint(f), x)
    _, plain = ad.vjp(f, x)
    assert len(stored.tape) == 1
    assert len(plain.tape) == 30
    assert stored.tape.nbytes == x.nbytes
    assert plain.tape.nbytes >= 20 * x.nbytes
    np.testing.assert_allclose(stored(x)[0], plain(x)[0], rtol=1e-12)
    np.testing.assert_array_equal(stored(x)[0], stored(x)[0])


def test_how_often_the_function_is_evaluated():
    calls = []

    def f(x):
        calls.append(1)
        return x * x

    stored = ad.checkpoint(f)
    ad.grad(stored)(3.0)
    assert len(calls) == 2  # once while recording, once in the sweep
    calls.clear()
    ad.jvp(stored, (3.0,), (1.0,))
    assert len(calls) == 1  # forward mode keeps nothing anyway
    calls.clear()
    stored(3.0)
    assert len(calls) == 1


@pytest.mark.parametrize("mode", MODES)
def test_containers_as_arguments_and_outputs(mode):
    def f(d, pair):
        return {"a": d["x"] * pair[0], "b": [np.sum(d["x"]) * pair[1], (d["x"][0],)]}

    def total(step):
        def g(x, s):
            out = step({"x": x}, (s, 2.0 * s))
            return np.sum(out["a"]) + out["b"][0] * out["b"][1][0]

        return g

    expected = ad.grad(total(f), (0, 1))(X, 3.0)
    result = ad.grad(total(ad.checkpoint(f)), (0, 1), mode=mode)(X, 3.0)
    np.testing.assert_allclose(result[0], expected[0], rtol=1e-12)
    assert result[1] == pytest.approx(expected[1], rel=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_outputs_keep_their_kind_and_dtype(mode):
    def f(x):
        return x * x, np.argmax(x), x > 0, 3, np.float64(2.0) * x[0]

    def g(x):
        square, best, positive, n, first = ad.checkpoint(f)(x)
        assert square.dtype == np.float32
        return square[best] + np.sum(square[positive]) + sum(square[i] for i in range(n)) + first

    x = X.astype(np.float32)
    gradient = ad.grad(g, mode=mode)(x)
    expected = 2 * x * (1 + (x > 0) + (np.arange(3) == np.argmax(x))) + 2 * (np.arange(3) == 0)
    np.testing.assert_allclose(gradient, expected, rtol=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_arguments_that_are_no_numbers_arrive_as_they_are(mode):
    def f(x, kind, n, nothing, function, options):
        assert type(kind) is str
        assert type(n) is int
        assert nothing is None
        assert options == {"deep": ["list"]}
        return function(x) * n

    stored = ad.checkpoint(f)
    gradient = ad.grad(lambda x: stored(x, "sine", 2, None, np.sin, {"deep": ["list"]}), mode=mode)(
        0.0
    )
    assert gradient == 2.0


@pytest.mark.parametrize("mode", MODES)
def test_keyword_arguments(mode):
    stored = ad.checkpoint(block)
    np.testing.assert_allclose(
        ad.jacobian(lambda x: stored(x, scale=3.0), mode=mode)(X),
        ad.jacobian(lambda x: block(x, scale=3.0))(X),
        rtol=1e-12,
    )
    # A keyword argument may be an expression too.
    assert ad.grad(lambda s: np.sum(stored(X, scale=s)), mode=mode)(3.0) == pytest.approx(
        ad.grad(lambda s: np.sum(block(X, s)))(3.0)
    )
    assert ad.grad(lambda s: np.sum(stored(X * s, scale=s)), mode=mode)(3.0) == pytest.approx(
        ad.grad(lambda s: np.sum(block(X * s, s)))(3.0)
    )


@pytest.mark.parametrize("mode", MODES)
def test_closures_over_expressions_are_still_right(mode):
    def f(x):
        outside = np.sin(x)
        stored = ad.checkpoint(lambda y: y * y * outside)
        return np.sum(stored(x)) + np.sum(stored(np.ones(3)))

    def plain(x):
        return np.sum(x * x * np.sin(x)) + np.sum(np.sin(x))

    np.testing.assert_allclose(ad.grad(f, mode=mode)(X), ad.grad(plain)(X), rtol=1e-12)
    for modes in NESTINGS:
        np.testing.assert_allclose(
            ad.hessian(f, modes=modes)(X), ad.hessian(plain)(X), rtol=1e-10, atol=1e-12
        )


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_closures_over_expressions_of_outer_levels_are_still_right(outer, inner):
    def f(x, wrap):
        stored = wrap(lambda y: y * y * x)
        return ad.grad(lambda y: stored(y) * x + stored(y * x), mode=inner)(x)

    expected = ad.grad(lambda x: f(x, lambda g: g), mode=outer)(1.3)
    assert ad.grad(lambda x: f(x, ad.checkpoint), mode=outer)(1.3) == pytest.approx(expected)


@pytest.mark.parametrize("mode", MODES)
def test_a_function_that_does_not_depend_on_its_argument(mode):
    stored = ad.checkpoint(lambda x: np.ones(3))
    np.testing.assert_array_equal(ad.jacobian(lambda x: stored(x) + x, mode=mode)(X), np.eye(3))
    constant = ad.checkpoint(lambda: 3.0)
    assert constant() == 3.0
    assert ad.grad(lambda x: constant() * x, mode=mode)(1.0) == 3.0


def test_arguments_that_are_overwritten_later():
    w = np.ones(3)
    stored = ad.checkpoint(lambda x, w: np.sin(x * w))
    _, pullback = ad.vjp(lambda x: stored(x, w), X)
    w[:] = 99.0
    np.testing.assert_allclose(pullback(np.ones(3))[0], np.cos(X))


def test_exceptions_pass_through():
    def fails(x):
        raise KeyError("mine")

    for mode in MODES:
        with pytest.raises(KeyError, match="mine"):
            ad.grad(ad.checkpoint(fails), mode=mode)(3.0)
    with pytest.raises(TypeError, match="output"):
        ad.grad(lambda x: ad.checkpoint(lambda y: "text")(x))(3.0)


def test_an_escaped_value_is_an_error():
    kept = []

    def f(x):
        kept.append(x * 1.0)
        return x * x

    ad.grad(ad.checkpoint(f))(3.0)
    for value in kept:
        if isinstance(value, ad.Expression):
            with pytest.raises(RuntimeError, match="had ended"):
                value + 1.0


def test_float32_stays_float32():
    x = X.astype(np.float32)
    for mode in MODES:
        assert ad.jacobian(ad.checkpoint(block), mode=mode)(x).dtype == np.float32
    stored = ad.checkpoint(lambda a, b: a * 2.0)  # b gets no cotangent
    _, pullback = ad.vjp(stored, x, x)
    assert [g.dtype for g in pullback(x)] == [np.float32, np.float32]


def test_it_keeps_name_and_documentation():
    def documented(x):
        """What it does."""
        return x

    stored = ad.checkpoint(documented)
    assert "documented" in stored.__name__
    assert stored.__doc__ == "What it does."
