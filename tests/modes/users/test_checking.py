"""What a user's rule gives is held against what it must be; the error says whose it is."""

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from admodes.diagnosis import agreement
from admodes.testing import check_derivatives, check_modes
from tests.helpers import MODES, NESTINGS, together
from tests.modes.users.rules import A

X3 = np.array([0.3, -1.2, 0.7])


def doubled(x):
    return 2 * x


def doubling(push=lambda r, t: 2 * t, pull=lambda r, ct: 2 * ct):
    return ad.custom(doubled, push=push, pull=pull)


def total(rule):
    return lambda x: np.sum(rule(x))


#: what a half may give in place of a derivative -> the error, and what it says after the rule
WRONG = {
    "a number": (np.sum, ValueError, r"gave shape \(\); it must be \(3,\)"),
    "a matrix": (lambda t: A * t, ValueError, r"gave shape \(3, 3\); it must be \(3,\)"),
    "one axis more": (lambda t: t[None], ValueError, r"gave shape \(1, 3\); it must be \(3,\)"),
    "an entry less": (lambda t: t[1:], ValueError, r"gave shape \(2,\); it must be \(3,\)"),
    "nothing": (lambda t: None, TypeError, r"gave None; it must give an array of shape \(3,\)"),
    "a name": (lambda t: "t", TypeError, r"gave a str; it must give an array of shape \(3,\)"),
    "complex": (lambda t: t + 0j, TypeError, "gave complex128; it must be float64: take np.real"),
    "integers": (lambda t: np.ones(3, int), TypeError, "gave int64; it must be float64: convert"),
    "booleans": (lambda t: t > 0, TypeError, "gave bool; it must be float64: convert"),
    "objects": (lambda t: t.astype(object), TypeError, "gave object; it must be float64: convert"),
    "a fault": (lambda t: t + np.ones(4), ValueError, ": operands could not be broadcast"),
}


@together
@pytest.mark.parametrize("chunk_size", [1, 2])
@pytest.mark.parametrize(("wrong", "error", "message"), WRONG.values(), ids=WRONG)
def test_push_and_pull(wrong, error, message, chunk_size):
    """The same error in both modes, and where the half stands alone."""
    push, pull = f"the push of `doubled`.*{message}", f"the pull of `doubled`.*{message}"
    half = {"push": lambda r, t: wrong(t), "pull": lambda r, ct: wrong(ct)}
    for rule in (doubling(push=half["push"]), ad.custom(doubled, push=half["push"])):
        with pytest.raises(error, match=push):
            forward.jacobian(rule, chunk_size=chunk_size)(X3)
    for rule in (doubling(pull=half["pull"]), ad.custom(doubled, pull=half["pull"])):
        with pytest.raises(error, match=pull):
            reverse.jacobian(rule, chunk_size=chunk_size)(X3)
    with pytest.raises(error, match=push):
        reverse.jacobian(ad.custom(doubled, push=half["push"]), chunk_size=chunk_size)(X3)
    with pytest.raises(error, match=pull):
        forward.jacobian(ad.custom(doubled, pull=half["pull"]), chunk_size=chunk_size)(X3)


@pytest.mark.parametrize("modes", NESTINGS)
def test_nested(modes):
    rule = doubling(push=lambda r, t: t[:2] * 2, pull=lambda r, ct: ct[:2] * 2)
    with pytest.raises(ValueError, match=r"of `doubled`.* gave shape \(2,\); it must be \(3,\)"):
        ad.hessian(lambda x: np.sum(rule(x) ** 2), modes=modes)(X3)


def test_every_face_passes_it_on():
    f = total(doubling(pull=lambda r, ct: np.sum(ct)))
    for face in (
        lambda: ad.vjp(f, X3)[1](1.0),
        lambda: ad.compare(f, X3),
        lambda: agreement(f, X3),
        lambda: check_modes(f, X3),
        lambda: check_derivatives(f, X3),
        lambda: f(ad.variable(X3)).backward(),
        lambda: ad.grad(ad.checkpoint(f))(X3),
    ):
        with pytest.raises(ValueError, match="pull of `doubled`, for argument 0, gave shape"):
            face()
    f = total(doubling(push=lambda r, t: np.sum(t)))
    for face in (
        lambda: ad.jvp(f, (X3,), (X3,)),
        lambda: ad.linearize(f, X3)[1](X3),
        lambda: ad.compare(f, X3),
        lambda: check_modes(f, X3),
    ):
        with pytest.raises(ValueError, match="push of `doubled` gave shape"):
            face()


@pytest.mark.parametrize(
    ("pull", "message"),
    [
        (lambda r, ct: ct * r[1][1], "gave 1 cotangent; it must give 2, one for each argument"),
        (lambda r, ct: [ct * r[1][1]], "gave 1 cotangent; it must give 2"),
        (lambda r, ct: (ct, ct, ct), "gave 3 cotangents; it must give 2"),
        (lambda r, ct: (), "gave 0 cotangents; it must give 2"),
    ],
)
def test_the_number_of_cotangents(pull, message):
    def product(a, b):
        return a * b

    both = ad.custom(product, push=lambda r, s, t: s * r[1][1] + t * r[1][0], pull=pull)
    for rule in (both, ad.custom(product, pull=pull)):
        for argnums in (0, 1, (0, 1)):
            with pytest.raises(ValueError, match=f"the pull of `product` {message}"):
                reverse.grad(lambda a, b, rule=rule: np.sum(rule(a, b)), argnums)(X3, X3)
    with pytest.raises(ValueError, match=f"the pull of `product` {message}"):
        forward.grad(lambda a: np.sum(ad.custom(product, pull=pull)(a, X3)))(X3)


def test_what_stands_for_a_constant_is_ignored():
    rule = ad.custom(
        lambda a, b: a * b,
        push=lambda r, s, t: s * r[1][1] + t * r[1][0],
        pull=lambda r, ct: (ct * r[1][1], None),
    )
    np.testing.assert_array_equal(reverse.grad(lambda a: np.sum(rule(a, X3)))(X3), X3)
    with pytest.raises(TypeError, match="for argument 1, gave None"):
        reverse.grad(lambda a: np.sum(rule(X3, a)))(X3)


@together
@pytest.mark.parametrize("mode", [forward, reverse])
@pytest.mark.parametrize("value", [(X3, X3), None, "x", [1.0]])
def test_the_value_is_one_array(value, mode):
    def f(x):
        return value

    for rule in (
        ad.custom(f, push=lambda r, t: t, pull=lambda r, ct: ct),
        ad.linear(f, transpose=lambda ct: ct),
        ad.elementwise(f, 1),
    ):
        with pytest.raises(TypeError, match=r"`f` gave .*; it must give one array, or a number"):
            mode.grad(total(rule))(X3)


def test_linear_and_multilinear():
    for rule in (
        ad.linear(lambda x: 2 * x, transpose=lambda ct: np.sum(ct), name="twice"),
        ad.linear(lambda x: 2 * x, transpose=lambda ct: (ct, ct), name="twice"),
    ):
        with pytest.raises(ValueError, match=r"the transpose of `twice`.* gave .* it must"):
            reverse.grad(total(rule))(X3)

    def weigh(a, x):
        return a * x

    rule = ad.multilinear(weigh, transposes=(lambda ct, a, x: ct * x, lambda ct, a, x: ct * a))
    with pytest.raises(ValueError, match=r"`weigh`, for argument 0, gave shape \(3,\).*\(\)"):
        reverse.grad(lambda a: np.sum(rule(a, X3)))(2.0)
    few = ad.multilinear(weigh, transposes=(lambda ct, a, x: ct * x,))
    for mode in (forward, reverse):
        with pytest.raises(TypeError, match=r"`weigh` was called with 2 arguments; .* each of 1"):
            mode.grad(lambda x: np.sum(few(x, x)))(X3)

    def first(x):
        return x[0] if np.ndim(x) else x

    narrow = ad.linear(lambda x: np.sum(first(x)) * X3, transpose=lambda ct: ct, name="narrow")
    narrow.function = lambda x: X3 if np.shape(x) == (3,) and x[0] == 0.3 else np.sum(x)
    with pytest.raises(ValueError, match=r"the function of `narrow` gave shape \(\).*\(3,\)"):
        forward.grad(total(narrow))(X3)


@pytest.mark.parametrize("chunk_size", [1, 2])
def test_a_rule_does_not_overwrite_what_it_is_given(chunk_size):
    def in_place(r, t):
        t *= 2
        return t

    rule = doubling(in_place, in_place)
    for mode, half in ((forward, "push"), (reverse, "pull")):
        with pytest.raises(ValueError, match=f"the {half} of `doubled`.*: .* read-only"):
            mode.jacobian(lambda x: rule(x) + x, chunk_size=chunk_size)(X3)


# --- Precision ------------------------------------------------------------------------------------


@pytest.mark.parametrize("nested", [False, True])
def test_a_precision_is_converted(nested):
    wide = doubling(lambda r, t: np.float64(2) * t, lambda r, ct: np.full(ct.shape, 2.0) * ct)
    narrow = doubling(lambda r, t: np.float32(2) * t, lambda r, ct: (2 * ct).astype(np.float32))
    entry = ad.elementwise(lambda x: 2 * x, lambda _y, x: np.full(np.shape(x), 2.0))
    for rule, dtype in ((wide, np.float32), (narrow, np.float64), (entry, np.float32)):
        x = X3.astype(dtype)

        def f(x, rule=rule):
            return ad.grad(total(rule))(x) * x if nested else rule(x)

        for chunk_size in (1, 2):
            for mode in (forward, reverse):
                got = mode.jacobian(f, chunk_size=chunk_size)(x)
                np.testing.assert_array_equal(got, 2 * np.eye(3, dtype=dtype), strict=True)
        assert ad.jvp(f, (x,), (x,))[1].dtype == ad.vjp(f, x)[1](x)[0].dtype == dtype


def test_numbers_of_python():
    rule = ad.custom(lambda x: 3.0 * x, push=lambda r, t: 0, pull=lambda r, ct: 3)
    assert forward.grad(rule)(2.0) == 0.0
    assert reverse.grad(rule)(2.0) == 3.0


def test_the_cotangent_of_a_real_output_is_real():
    """Whatever comes behind it: a rule may fill an array of zeros with it."""

    def pull(residual, ct):
        filled = np.zeros_like(X3)
        filled[:] = A.T @ ct
        return filled

    rule = ad.custom(lambda x: A @ x, push=lambda r, t: A @ t, pull=pull)

    def f(x):
        return np.sum(np.abs(np.exp((0.3 + 1j) * rule(x)) + 1))

    np.testing.assert_allclose(reverse.grad(f)(X3), forward.grad(f)(X3))


def test_complex_numbers():
    z = np.array([1 + 2j, 0.5 - 1j])
    for halves in (("push",), ("pull",), ("push", "pull")):
        for function, push, pull in (
            (lambda z: z * z, lambda r, t: 2 * r[1][0] * t, lambda r, ct: 2 * r[1][0] * ct),
            (lambda z: 3 * np.real(z), lambda r, t: 3 * np.real(t), lambda r, ct: 3 * np.real(ct)),
        ):
            given = {"push": push, "pull": pull}
            rule = ad.custom(function, **{half: given[half] for half in halves})

            def f(z, rule=rule):
                return np.sum(np.abs((1 + 2j) * rule(z) * z) ** 2)

            for mode in MODES:
                expected = ad.grad(lambda z, function=function, f=f: f(z, function))(z)
                np.testing.assert_allclose(ad.grad(f, mode=mode)(z), expected, rtol=1e-12)


def test_a_value_of_integers_has_derivatives_of_floats():
    count = ad.custom(lambda x: np.sign(x).astype(int), push=lambda r, t: 0 * t)
    for mode in MODES:
        gradient = ad.grad(lambda x: np.sum(count(x) * x), mode=mode)(X3)
        np.testing.assert_array_equal(gradient, [1.0, -1.0, 1.0])


# --- Entry by entry -------------------------------------------------------------------------------


def scale(x):
    return A[0] * x


#: a partial derivative of `scale` at three numbers -> the error
PARTIALS = {
    "a matrix": (A, ValueError, r"gave shape \(3, 3\); it must be \(3,\)"),
    "one axis more": (A[:1], ValueError, r"gave shape \(1, 3\); it must be \(3,\)"),
    "an entry less": (A[0, 1:], ValueError, r"gave shape \(2,\); it must be \(3,\)"),
    "nothing": (None, TypeError, "gave None; it must give an array or a number"),
    "complex": (1j * A[0], TypeError, "is complex where the output is real: take np.real"),
}


@together
@pytest.mark.parametrize("mode", [forward, reverse])
@pytest.mark.parametrize(("partial", "error", "message"), PARTIALS.values(), ids=PARTIALS)
def test_partial_derivatives(partial, error, message, mode):
    for function in (lambda _y, _x: partial, lambda y, x: partial):
        rule = ad.elementwise(scale, function)
        for derive in (mode.grad(total(rule)), mode.jacobian(rule, chunk_size=2)):
            with pytest.raises(error, match=f"partial derivative 0 of `scale` {message}"):
                derive(X3)
    rule = ad.elementwise(lambda a, b: a * b, lambda _y, _a, b: b, lambda _y, a, _b: A)
    with pytest.raises(ValueError, match=r"partial derivative 1 of .* gave shape \(3, 3\)"):
        mode.grad(lambda x: np.sum(rule(2.0, x) + rule(x, np.ones((2, 3)))))(X3)


def scaling(slope):
    return ad.elementwise(lambda x: slope * x, lambda _y, _x: slope)


@pytest.mark.parametrize("mode", [forward, reverse])
def test_a_partial_derivative_may_spread_to_the_output(mode):
    x = np.ones((2, 3))
    for slope in (A[0], A[:1], 2.0, np.float64(2)):
        rule = scaling(slope)
        expected = np.broadcast_to(slope, (2, 3))
        np.testing.assert_array_equal(mode.grad(total(rule))(x), expected)
        jacobian = np.diag(expected.ravel()).reshape(2, 3, 2, 3)
        np.testing.assert_array_equal(mode.jacobian(rule)(x), jacobian)


@pytest.mark.parametrize("mode", [forward, reverse])
def test_a_constant_that_broadcasts_is_an_argument(mode):
    rule = ad.elementwise(scale, lambda _y, _x: A[0])
    with pytest.raises(ValueError, match=r"`scale` gave shape \(3,\) for arguments of shapes \(\)"):
        mode.grad(total(rule))(np.array(1.0))
    with pytest.raises(ValueError, match=r"it must be \(2, 1\)"):
        mode.grad(total(rule))(np.ones((2, 1)))
    both = ad.elementwise(lambda a, x: a * x, lambda _y, _a, x: x, lambda _y, a, _x: a)
    assert mode.grad(lambda x: np.sum(both(A[0], x)))(np.array(1.0)) == 6.0
    with pytest.raises(ValueError, match=r"`sum` gave shape \(\) .* it must be \(3,\)"):
        mode.grad(ad.elementwise(np.sum, 1))(X3)


def test_as_many_partial_derivatives_as_arguments():
    rule = ad.elementwise(lambda a, b=2.0: a * b, lambda _y, _a: 2.0)
    for mode in (forward, reverse):
        with pytest.raises(TypeError, match=r"partial derivatives, 1, by position; .* with 2"):
            mode.grad(lambda x, rule=rule: np.sum(rule(x, x)))(X3)
        with pytest.raises(TypeError, match="with 1 by position and b by name"):
            mode.grad(lambda x, rule=rule: np.sum(rule(x, b=3.0)))(X3)


def test_what_a_partial_derivative_may_be():
    for wrong in (np.cos, lambda x: x, lambda y, x, z: x):
        with pytest.raises(TypeError, match=r"partial derivative .*\(y, \*args\), 2 parameters"):
            ad.elementwise(np.sin, wrong)
    for wrong in (None, [1.0], np.ones(2), "x"):
        with pytest.raises(TypeError, match=r"0 of `sin` must be a function .* or a number, not"):
            ad.elementwise(np.sin, wrong)
    for mode in (forward, reverse):
        with pytest.raises(TypeError, match="0 of `sin` is complex where the output is real"):
            mode.grad(total(ad.elementwise(np.sin, 1j)))(X3)
        turned = ad.elementwise(lambda x: 1j * x, 1j)
        gradient = mode.grad(lambda x, turned=turned: np.sum(np.abs(turned(x)) ** 2))(X3)
        np.testing.assert_allclose(gradient, 2 * X3)
    single = ad.elementwise(lambda x: 2 * x, np.float64(2))
    x = X3.astype(np.float32)
    assert ad.jvp(single, (x,), (x,))[1].dtype == np.float32


def test_an_argument_that_is_not_used_is_not_kept():
    rule = ad.elementwise(np.exp, lambda y, _x: 1.0 * y)
    used = ad.elementwise(np.exp, lambda y, x: y + 0 * x)
    pullbacks = [ad.vjp(total(each), np.ones(1000))[1] for each in (rule, used)]
    assert [pullback.tape.nbytes for pullback in pullbacks] == [8000, 16000]


# --- Names ----------------------------------------------------------------------------------------


def test_a_lambda_is_named_by_its_place():
    rule = ad.custom(lambda x: x, push=lambda r, t: None, pull=lambda r, ct: None)
    line = test_a_lambda_is_named_by_its_place.__code__.co_firstlineno + 1
    for mode in (forward, reverse):
        with pytest.raises(TypeError, match=rf"`<lambda>` \(test_checking\.py, line {line}\)"):
            mode.grad(rule)(1.0)


def test_what_somebody_waits_for_keeps_its_kind():
    def push(r, t):
        return np.linalg.solve(np.zeros((3, 3)), t)

    with pytest.raises(np.linalg.LinAlgError):
        forward.grad(total(doubling(push=push)))(X3)

    def divide(r, t):
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        forward.grad(doubling(push=divide))(1.0)


def test_a_rule_that_declares_several_directions_is_told_how_many():
    rule = ad.custom(
        lambda x: A[:2] @ x,
        push=lambda r, t: A[:2] @ t,
        pull=lambda r, ct: ct @ A[:2],
        directions=True,
    )
    message = r"push of `<lambda>` .*, given directions \(2,\) in front: matmul"
    with pytest.raises(ValueError, match=message):
        forward.jacobian(rule, chunk_size=2)(X3)


# --- What is refused at once ----------------------------------------------------------------------


@together
@pytest.mark.parametrize(
    ("function", "partials", "message"),
    [
        (np.sin, [], r"`sin` needs .* not none: .*elementwise\(np\.sin, lambda y, x: \.\.\.\)"),
        (np.i0, [], r"elementwise\(np\.i0, lambda y, x: \.\.\.\)"),
        (
            np.hypot,
            [1.0],
            r"not 1: .*\(np\.hypot, lambda y, a, b: \.\.\., lambda y, a, b: \.\.\.\)",
        ),
        (np.sin, [1.0, 1.0], "not 2"),
        (doubled, [], r"elementwise\(doubled, lambda y, x: \.\.\.\)"),
        (lambda u, v: u * v, [1.0], r"elementwise\(f, lambda y, u, v: \.\.\., lambda y, u, v"),
        (lambda u: u, [1.0, 2.0], r"not 2: .*\(f, lambda y, u: \.\.\.\)"),
        (abs, [], "`abs` needs"),
        (2.0, [1.0], "not of a float"),
    ],
)
def test_a_partial_derivative_for_each_argument(function, partials, message):
    with pytest.raises(TypeError, match=message):
        ad.elementwise(function, *partials)


def test_a_parameter_with_a_default_is_no_argument():
    assert ad.grad(ad.elementwise(lambda x, n=2: x**n, lambda y, x: 2 * x))(3.0) == 6.0
    assert ad.grad(ad.elementwise(np.vectorize(abs), 1.0))(3.0) == 1.0


@pytest.mark.parametrize(
    "rule",
    [
        ad.elementwise(lambda x: np.sum(x), 1.0, name="mine"),
        ad.linear(lambda x: x, transpose=lambda ct: ct[1:], name="mine"),
        ad.multilinear(lambda x: x, transposes=[lambda ct, x: ct[1:]], name="mine"),
        ad.custom(lambda x: x, pull=lambda r, ct: ct[1:], name="mine"),
        ad.custom(lambda x: x, push=lambda r, t: t, pull=lambda r, ct: ct[1:], name="mine"),
    ],
    ids=lambda rule: type(rule).__name__,
)
def test_errors_call_a_rule_by_the_name_that_it_was_given(rule):
    assert rule.name == "mine"
    assert repr(rule).endswith(" primitive mine>")
    with pytest.raises(ValueError, match="`mine`"):
        reverse.jacobian(rule)(X3)
