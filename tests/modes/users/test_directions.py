"""A user's rule sees one direction at a time, as textbooks have it, however many there are."""

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from admodes.diagnosis import agreement
from admodes.testing import check_derivatives, check_modes
from tests.helpers import MODES, NESTINGS, together
from tests.modes.users.rules import (
    ONE,
    TWO,
    X3,
    A,
    filled,
    pull_filled,
    push_filled,
)

RULES = [
    pytest.param(rule, plain, at, id=f"{name}, {way}")
    for name, (rules, plain, at) in ONE.items()
    for way, rule in rules.items()
]


def close(got, wanted):
    np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-12, strict=np.ndim(wanted) > 0)


@together
@pytest.mark.parametrize(("rule", "plain", "at"), RULES)
def test_jacobians(rule, plain, at):
    expected = forward.jacobian(plain)(at)
    for mode in (forward, reverse):
        for chunk_size in (1, 2, None):
            close(mode.jacobian(rule, chunk_size=chunk_size)(at), expected)


@together
@pytest.mark.parametrize("modes", NESTINGS)
@pytest.mark.parametrize(("rule", "plain", "at"), RULES)
def test_hessians(rule, plain, at, modes):
    def composed(f):
        return lambda x: np.sum(np.sin(f(x * x)) * f(x))

    close(ad.hessian(composed(rule), modes=modes)(at), ad.hessian(composed(plain))(at))


@together
@pytest.mark.slow
@pytest.mark.parametrize(("rule", "plain", "at"), RULES)
def test_all_other_faces(rule, plain, at):
    def f(x):
        return np.sum(np.sin(rule(x)))

    expected = forward.grad(lambda x: np.sum(np.sin(plain(x))))(at)
    _, pushforward = ad.linearize(f, at)
    close(pushforward(at), np.sum(expected * at))
    close(ad.jvp(f, (at,), (at,))[1], np.sum(expected * at))
    _, pullback = ad.vjp(f, at)
    for _ in range(2):
        close(pullback(1.0)[0], expected)
    close(ad.grad(ad.checkpoint(f))(at), expected)
    x = ad.variable(at)
    f(x).backward()
    close(x.grad, expected)
    check_modes(f, at)
    check_derivatives(f, at, order=2)
    assert agreement(f, at).ok


@together
@pytest.mark.parametrize("argnums", [0, 1, (0, 1)])
@pytest.mark.parametrize("way", TWO)
def test_two_arguments_of_which_one_may_be_a_constant(way, argnums):
    """A textbook's push knows of no constants: their tangents are zero."""
    rule = TWO[way]
    expected = forward.jacobian(lambda a, x: a @ x, argnums)(A, X3)
    for mode in (forward, reverse):
        for chunk_size in (1, 2, None):
            got = mode.jacobian(rule, argnums, chunk_size=chunk_size)(A, X3)
            for g, e in zip(
                *([got], [expected]) if argnums in (0, 1) else (got, expected), strict=1
            ):
                close(g, e)
    for modes in NESTINGS:
        got = ad.hessian(lambda a, x: np.sum(rule(a, x) ** 3), argnums, modes=modes)(A, X3)
        wanted = ad.hessian(lambda a, x: np.sum((a @ x) ** 3), argnums)(A, X3)
        if argnums != (0, 1):
            close(got, wanted)
        else:
            for i in argnums:
                for j in argnums:
                    close(got[i][j], wanted[i][j])


@pytest.mark.parametrize("mode", [forward, reverse])
def test_rules_that_fill_arrays(mode):
    rule = ad.custom(filled, push=push_filled, pull=pull_filled, residual=lambda y, x: x)
    for chunk_size in (1, 2, None):
        jacobian = mode.jacobian(rule, chunk_size=chunk_size)(X3)
        np.testing.assert_array_equal(jacobian, [[0.6, 0, 0], [1, 0, 1]])


@together
@pytest.mark.parametrize("modes", NESTINGS)
@pytest.mark.parametrize("halves", [("push", "pull"), ("push",), ("pull",)])
def test_rules_that_fill_arrays_have_no_second_derivative_and_say_so(halves, modes):
    given = {"push": push_filled, "pull": pull_filled}
    rule = ad.custom(filled, residual=lambda y, x: x, **{half: given[half] for half in halves})
    with pytest.raises(
        TypeError, match=r"(?s)the pu(sh|ll) of `filled`: .*np\.zeros\(shape, like=x\)"
    ):
        ad.hessian(lambda x: np.sum(rule(x) ** 2), modes=modes)(X3)


def test_half_a_rule_that_fills_arrays_says_that_it_is_recorded():
    rule = ad.custom(filled, push=push_filled, residual=lambda y, x: x)
    np.testing.assert_array_equal(forward.jacobian(rule)(X3), [[0.6, 0, 0], [1, 0, 1]])
    with pytest.raises(
        TypeError, match=r"(?s)push of `filled`: .*np\.zeros\(shape, like=x\).*half .* was left out"
    ):
        reverse.jacobian(rule)(X3)


def test_each_direction_is_a_call_of_its_own():
    seen = []

    def note(r, t):
        seen.append(t.shape)
        return 2 * t

    rule = ad.custom(lambda x: 2 * x, push=note, pull=note)
    for mode in (forward, reverse):
        mode.jacobian(rule, chunk_size=2)(X3)
        assert seen == [(3,)] * 3
        seen.clear()


def test_a_rule_may_take_several_directions():
    seen = []

    def note(r, t):
        seen.append(t.shape)
        return t @ A.T

    def back(r, ct):
        seen.append(ct.shape)
        return ct @ A

    for rule in (
        ad.custom(lambda x: A @ x, push=note, pull=back, directions=True),
        ad.custom(lambda x: A @ x, push=note, directions=True),
        ad.custom(lambda x: A @ x, pull=back, directions=True),
        ad.linear(
            lambda x: seen.append(np.shape(x)) or x @ A.T,
            transpose=lambda ct: back(None, ct),
            directions=True,
        ),
    ):
        np.testing.assert_allclose(forward.jacobian(rule)(X3), A)
        np.testing.assert_allclose(reverse.jacobian(rule)(X3), A)
        assert (3, 3) in seen
        seen.clear()
        for modes in NESTINGS:
            hessian = ad.hessian(lambda x, rule=rule: np.sum(rule(x) ** 2), modes=modes)(X3)
            np.testing.assert_allclose(hessian, 2 * A.T @ A)


@pytest.mark.parametrize("modes", NESTINGS)
def test_a_product_that_takes_several_directions_has_those_of_one_level_at_a_time(modes):
    rule = ad.multilinear(
        lambda a, x: np.einsum("...ij,...j->...i", a, x),
        transposes=(
            lambda ct, a, x: ct[..., :, None] * x[..., None, :],
            lambda ct, a, x: np.einsum("...ij,...i->...j", a, ct),
        ),
        directions=True,
    )

    def cube(product):
        return lambda a, x: np.sum(product(a, x) ** 3)

    found = ad.hessian(cube(rule), (0, 1), modes=modes)(A, X3)
    expected = ad.hessian(cube(np.matmul), (0, 1))(A, X3)
    for row, wanted in zip(found, expected, strict=True):
        for block, of_block in zip(row, wanted, strict=True):
            close(block, of_block)


def test_a_constant_of_a_rule_that_takes_several_directions_has_no_tangent():
    seen = []
    rule = ad.custom(
        lambda a, b: a * b,
        push=lambda r, s, t: seen.append((s, t)) or s * r[1][1],
        pull=lambda r, ct: (ct * r[1][1], None),
        directions=True,
    )
    assert forward.grad(rule)(2.0, 3.0) == reverse.grad(rule)(2.0, 3.0) == 3.0
    assert seen == [(1.0, None)]


def test_what_adds_in_place_takes_several_directions():
    added = []

    def add(buffer, ct):
        added.append(np.shape(ct))
        buffer[..., :2] += ct

    def transpose(ct):
        return np.concatenate([ct, np.zeros((*ct.shape[:-1], 1))], axis=-1)

    for directions in (False, True):
        first = ad.linear(lambda x: x[..., :2], transpose=transpose, add=add, directions=directions)
        for mode in MODES:
            jacobian = ad.jacobian(first, mode=mode)(X3)
            np.testing.assert_array_equal(jacobian, np.eye(3)[:2])
        assert added == [(2, 2)] * directions


def test_no_direction_at_all():
    rule = ad.custom(lambda x: A @ x, push=lambda r, t: A @ t, pull=lambda r, ct: A.T @ ct)
    dual = rule(ad.Dual(X3, np.zeros((0, 3))))
    assert dual.tangent.shape == (0, 3)
