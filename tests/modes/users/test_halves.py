"""Of push and pull one is enough: the other is its transpose, and must have one."""

import numpy as np
import pytest

import admodes as ad
from admodes import counting, forward, reverse
from tests.helpers import MODES, NESTINGS, together
from tests.modes.users.rules import A

X3 = np.array([0.3, -1.2, 0.7])
MAPS = {
    "a square": lambda t: t * t,
    "a modulus": np.abs,
    "a positive part": lambda t: np.where(t > 0, t, 0.0),
    "the larger": lambda t: np.maximum(t, 0.0),
    "a branch": lambda t: t if np.sum(t) > 0 else 2 * t,
    "a shift": lambda t: t + 1.0,
    "a constant": lambda t: np.ones_like(t),
    "a product of entries": lambda t: t * t[0],
    "sorted": np.sort,
    "a middle": lambda t: np.median(t) + 0 * t,
    "a step of differences": lambda t: np.sin(X3 + t) - np.sin(X3),
}


def identity(x):
    return 1.0 * x


@together
@pytest.mark.parametrize("half", ["push", "pull"])
@pytest.mark.parametrize("nonlinear", MAPS.values(), ids=MAPS)
def test_what_is_not_linear_is_refused_in_both_modes(nonlinear, half):
    rule = ad.custom(identity, **{half: lambda r, t: nonlinear(t)})
    message = f"the {half} of `identity` is not linear"
    for _ in range(2):  # an error does not count as a trial
        for mode in (forward, reverse):
            for chunk_size in (1, 2, None):
                with pytest.raises(ValueError, match=message):
                    mode.jacobian(rule, chunk_size=chunk_size)(X3)
    for modes in NESTINGS:
        with pytest.raises((ValueError, NotImplementedError), match=f"{message}|median"):
            ad.hessian(lambda x: np.sum(rule(x) ** 2), modes=modes)(X3)


def test_numbers_too():
    for push in (lambda r, t: abs(t), lambda r, t: t * t, lambda r, t: 1.0, lambda r, t: max(t, 0)):
        for mode in MODES:
            with pytest.raises(ValueError, match="is not linear"):
                ad.grad(ad.custom(identity, push=push), mode=mode)(0.5)


def test_where_both_are_given_nothing_is_tried():
    """Then they are held against each other, by who checks them."""
    rule = ad.custom(identity, push=lambda r, t: np.abs(t), pull=lambda r, ct: ct)
    np.testing.assert_array_equal(forward.grad(lambda x: np.sum(rule(x)))(X3), np.ones(3))


@together
@pytest.mark.parametrize("kept", [lambda y, x: x, lambda y, x: {"x": (x, [y])}])
@pytest.mark.parametrize("half", ["push", "pull"])
def test_a_trial_is_not_counted(half, kept):
    def slope(r):
        x = r["x"][0] if isinstance(r, dict) else r
        return np.cos(x)

    alone = {half: lambda r, t: t * slope(r)}
    rule = ad.custom(np.sin, residual=kept, **alone)
    first, second = (counting.tangent(rule, X3) for _ in range(2))
    assert first == second
    assert first.cost.nonlinear == X3.size  # a cosine each


def test_a_sweep_tries_every_time():
    """It may be linear here and not there."""
    rule = ad.custom(identity, push=lambda r, t: t if r[1][0][0] > 0 else np.abs(t))
    f = ad.grad(lambda x: np.sum(rule(x)))
    for _ in range(5):
        np.testing.assert_array_equal(f(np.ones(3)), np.ones(3))
    with pytest.raises(ValueError, match="is not linear"):
        f(-np.ones(3))


def test_what_it_costs():
    """Three evaluations for a trial: one at the first use, then one in six directions."""
    calls = []
    rule = ad.custom(identity, push=lambda r, t: calls.append(t.shape) or 2 * t)

    def count(derive):
        calls.clear()
        derive()
        assert set(calls) == {(3,)}
        return len(calls)

    jvp = [count(lambda: ad.jvp(rule, (X3,), (X3,))) for _ in range(13)]
    assert jvp == [4, *[1] * 5, 4, *[1] * 5, 4]
    gradient = ad.grad(lambda x: np.sum(rule(x)))
    assert [count(lambda: gradient(X3)) for _ in range(3)] == [4, 4, 4]  # one is recorded
    assert count(lambda: reverse.jacobian(rule)(X3)) == 4  # for all rows


SLOPES = {
    "infinite": np.array([np.inf, 1.0, 2.0]),
    "not a number": np.array([np.nan, 1.0, 2.0]),
    "large": np.full(3, 1e308),
    "small": np.full(3, 1e-300),
    "zero": np.zeros(3),
    "of all sizes": np.array([1e-200, 1.0, 1e200]),
}


@together
@pytest.mark.parametrize("mode", [forward, reverse])
@pytest.mark.parametrize("slope", SLOPES.values(), ids=SLOPES)
def test_no_false_alarm_by_slopes(slope, mode):
    finite = np.isfinite(slope)
    for half in ("push", "pull"):
        rule = ad.custom(lambda x: x, **{half: lambda r, t: slope * t})
        with np.errstate(all="ignore"):
            found = mode.jacobian(rule)(X3).diagonal()
        np.testing.assert_array_equal(found[finite], slope[finite])


def hilbert(n):
    return 1 / (np.arange(n)[:, None] + np.arange(n) + 1)


ROUNDED = {
    "centred": lambda t: t - np.mean(t),
    "nothing but rounding": lambda t: (t * 0.1 + t * 0.2) - t * 0.3,
    "ill-conditioned": lambda t: np.linalg.solve(hilbert(t.size), t),
    "ill-conditioned, by the inverse": lambda t: np.linalg.inv(hilbert(t.size)) @ t,
    "differences of large sums": lambda t: np.diff(np.cumsum(1e8 * t), append=0.0) * 1e-8,
}


@together
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("linear", ROUNDED.values(), ids=ROUNDED)
def test_no_false_alarm_by_rounding(linear, dtype):
    n = 12 if dtype is np.float64 else 5
    rule = ad.custom(lambda x: linear(x), push=lambda r, t: linear(t))
    x = np.ones(n, dtype)
    by_forward, by_reverse = [mode.jacobian(rule)(x) for mode in (forward, reverse)]
    assert np.linalg.norm(by_forward - by_reverse) <= 0.1 * np.linalg.norm(by_forward) + 1e-6


@pytest.mark.parametrize("half", ["push", "pull"])
def test_an_argument_that_has_no_part_in_it(half):
    rule = ad.custom(
        lambda a, b: 2 * a,
        **{
            "push": {"push": lambda r, s, t: 2 * s},
            "pull": {"pull": lambda r, ct: (2 * ct, 0 * ct)},
        }[half],
    )
    for mode in (forward, reverse):
        gradients = mode.grad(lambda a, b: np.sum(rule(a, b)), (0, 1))(X3, X3)
        np.testing.assert_array_equal(gradients, [2 * np.ones(3), np.zeros(3)])
    dropped = ad.custom(lambda x: A @ x, **{half: lambda r, t: np.zeros(3)})
    for mode in (forward, reverse):
        jacobian = mode.jacobian(lambda x: np.sin(dropped(x)))(X3)
        np.testing.assert_array_equal(jacobian, np.zeros((3, 3)))


@pytest.mark.parametrize("half", ["push", "pull"])
def test_what_depends_on_no_input_has_nothing_to_transpose(half):
    rule = ad.custom(lambda x: A @ x, **{half: lambda r, t: (A if half == "push" else A.T) @ t})

    def f(x):
        return np.sum(rule(np.zeros_like(x))) + np.sum(np.sqrt(x))

    for mode in MODES:
        for x in ([1.0, 4.0, 0.25], [1.0, 4.0, np.nan]):
            x = np.array(x)
            np.testing.assert_allclose(ad.grad(f, mode=mode)(x), 0.5 / np.sqrt(x))


def test_other_rules_of_the_users_within():
    inner = ad.custom(np.sin, push=lambda r, t: np.cos(r[1][0]) * t)
    outer = ad.custom(
        lambda x: inner(x) ** 2,
        residual=lambda y, x: x,
        push=lambda x, t: 2 * inner(x) * np.cos(x) * ad.custom(identity, pull=lambda r, ct: ct)(t),
    )
    for modes in NESTINGS:
        hessian = ad.hessian(lambda x: np.sum(outer(x)), modes=modes)(X3)
        np.testing.assert_allclose(hessian, np.diag(2 * np.cos(2 * X3)), rtol=1e-12, atol=1e-14)


def test_parameters():
    shift = ad.custom(
        lambda x, *, w: x * w,
        residual=lambda y, x, w: w,
        push=lambda w, t: t * w,
    )
    w = np.array([2.0, 3.0, 4.0])
    _, pullback = ad.vjp(lambda x: shift(x, w=w), X3)
    w[:] = 99.0
    np.testing.assert_array_equal(pullback(np.ones(3))[0], [2.0, 3.0, 4.0])


def test_one_of_them_is_needed():
    with pytest.raises(TypeError, match="`identity` needs a push, a pull, or both"):
        ad.custom(identity)
