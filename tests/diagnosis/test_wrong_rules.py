"""Rules that are wrong, in one mode or in both alike: the primitive is named."""

import numpy as np
import pytest

import admodes as ad
from admodes.core import declaring
from tests.cases import normal
from tests.diagnosis.helpers import HALF_LINE, X, disagreement, sine, through_several, through_sine
from tests.helpers import cube, together

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]

product = ad.elementwise(np.multiply, lambda _y, _a, b: b, lambda _y, a, _b: a + 1)
doubled = ad.linear(lambda x: 2 * x, transpose=lambda ct: 3 * ct, name="doubled")
crooked = ad.linear(lambda x: x + x**2, transpose=lambda ct: ct, name="crooked")
scaling = ad.multilinear(
    lambda a, x: a * x, transposes=(lambda ct, a, x: ct * x, lambda ct, a, x: 2 * ct * a)
)
wrong_pull = cube(pull=lambda x, ct: 3.01 * x * x * ct)
wrong_push = cube(push=lambda x, t: 3.01 * x * x * t)
wrong_in_both = cube(residual=lambda y, x: 1.001 * x)
wrong_shape = cube(pull=lambda x, ct: (3 * x * x * ct)[None])
forgetful = declaring.custom(
    lambda a, b: a * b,
    residual=lambda y, a, b: (a, b),
    push=lambda kept, s, t: (0 if s is None else s * kept[1]) + (0 if t is None else t * kept[0]),
    pull=lambda kept, ct: [ct * kept[1]],
)
magnitude = ad.elementwise(np.abs, lambda _y, x: np.where(x == 0, np.nan, np.sign(x)))
no_ct = cube(pull=lambda x, ct: 3 * x * x)
no_tangent = cube(push=lambda x, t: 3 * x * x)
bent = cube(pull=lambda x, ct: 3 * x * x * np.abs(ct) ** 1.5)
flat = ad.elementwise(np.abs, lambda _y, x: 0 * x)
steep = ad.elementwise(np.abs, lambda _y, x: np.where(x == 0, 5.0, np.sign(x)))


def through_product(x, y):
    return product(x, np.exp(y))  # here


def through_doubled(x):
    return np.exp(doubled(x))  # here


def through_crooked(x):
    return np.sum(crooked(np.exp(x)))  # here


def through_scaling(a, x):
    y = np.exp(x)
    return scaling(a, y) ** 2  # here


def through_wrong_pull(x):
    y = np.exp(x)
    return np.sum(wrong_pull(y))  # here


def through_wrong_push(x):
    y = np.exp(x)
    return np.sum(wrong_push(y))  # here


def through_both(x):
    y = np.exp(x)
    return np.sum(wrong_in_both(y))  # here


def through_wrong_shape(x):
    return np.sum(wrong_shape(x))  # here


def through_no_ct(x):
    return np.sum(no_ct(x) * x)  # here


def through_no_tangent(x):
    return np.sum(no_tangent(x) * x)  # here


def through_bent(x):
    return np.sum(bent(x) * x)  # here


def through_forgetful(x, y):
    return np.sum(forgetful(x, y) * x)  # here


def through_magnitude(x):
    return np.sum(magnitude(x - 1) * x)  # here


def through_flat(x):
    return np.sum(flat(x * x))  # here


def through_steep(x):
    return np.sum(steep(x - 1))  # here


@together
@pytest.mark.parametrize(
    ("f", "args", "kind", "operation", "cause"),
    [
        (through_sine, [X], "wrong rule", "sin", "both modes agree but are wrong: the partial"),
        (through_sine, [np.float32(X)], "wrong rule", "sin", "the partial derivative of `sin`"),
        (through_product, [X, X + 1], "wrong rule", "multiply", "`multiply` by argument 1"),
        (through_product, [normal(2, 3), X], "wrong rule", "multiply", "`multiply` by argument 1"),
        (through_doubled, [X], "not adjoint", "doubled", "its transpose is wrong"),
        (through_crooked, [X], "not adjoint", "crooked", "both are wrong"),
        (through_crooked, [X], "not adjoint", "crooked", "its push is not linear in the tangent"),
        (through_scaling, [X + 1, X], "not adjoint", "<lambda>", "one of its transpo"),
        (through_wrong_pull, [X], "not adjoint", "<lambda>", "its pull is wrong"),
        (through_wrong_pull, [X + 1j], "not adjoint", "<lambda>", "its pull is wrong"),
        (through_wrong_pull, [normal(500)], "not adjoint", "<lambda>", "its pull is wrong"),
        (through_wrong_pull, [0.5], "not adjoint", "<lambda>", "its pull is wrong"),
        (through_wrong_push, [X], "not adjoint", "<lambda>", "its push is wrong"),
        (through_no_ct, [X], "not adjoint", "<lambda>", "its pull forgets ct: of twice as much"),
        (through_no_tangent, [X], "not adjoint", "<lambda>", "its push forgets the tangent: of"),
        (through_bent, [X], "not adjoint", "<lambda>", "its pull is not linear in ct"),
        (through_both, [X], "wrong rule", "<lambda>", "both modes agree but are wrong: the rule"),
        (through_both, [normal(500)], "wrong rule", "<lambda>", "the rule of `<lambda>`"),
        (through_several, [X], "wrong rule", "<lambda>", "for several directions at once"),
        (through_wrong_shape, [X], "wrong rule", "<lambda>", "shape (1, 3) for an argument of"),
        (through_forgetful, [X, X], "wrong rule", "<lambda>", "no cotangent for argument 1"),
        (through_magnitude, [HALF_LINE], "wrong rule", "absolute", "is nan, where its function"),
        # The complex step loses the same, and would agree with it.
        (through_flat, [X], "wrong rule", "absolute", "both modes agree but are wrong"),
        (through_flat, [np.float32(X)], "wrong rule", "absolute", "both modes agree but are wrong"),
        # At a kink, a derivative that is not between those of its sides is none.
        (through_steep, [HALF_LINE], "wrong rule", "absolute", "at entry [1] of its value"),
    ],
)
def test_a_wrong_rule(f, args, kind, operation, cause):
    disagreement(f, *args, kind=kind, operation=operation, cause=cause)


def test_a_primitive_is_called_by_its_name():
    def softplus(x):
        return np.log1p(np.exp(x))

    wrong = ad.elementwise(softplus, lambda _y, x: 1 / (1 + np.exp(x)))

    def f(w):
        return np.sum(wrong(w["a"]) * w["b"][0])  # here

    found = disagreement(f, {"a": X, "b": [2.0]}, kind="wrong rule", operation="softplus")
    assert found.finding.shapes == ((3,),)
    assert found.finding.shape == (3,)
    assert "please report" not in found.finding.cause


def test_a_wrong_rule_of_our_own(monkeypatch):
    monkeypatch.setattr(declaring.PRIMITIVES["cumsum"], "transpose", lambda ct, **_: ct)

    def f(x):
        return np.cumsum(x * x)  # here

    cause = "its transpose is wrong, by differences of its function (a rule of admodes: please"
    disagreement(f, X, kind="not adjoint", operation="cumsum", cause=cause)


@pytest.mark.parametrize("entry", [0, 499])
def test_one_wrong_entry_among_many(entry):
    wrong = cube(pull=lambda x, ct: 3 * x * x * ct * (1 + 0.5 * (np.arange(x.size) == entry)))

    def f(x):
        return np.sum(wrong(x))  # here

    disagreement(f, normal(500), kind="not adjoint", operation="<lambda>")


def test_the_first_of_several():
    def f(x):
        a = np.tanh(x)
        b = sine(a)  # here
        c = wrong_in_both(b)
        return np.sum(sine(c))

    disagreement(f, X, kind="wrong rule", operation="sin")


def test_lines_within_checkpoints_and_derivatives():
    @ad.checkpoint
    def block(x):
        return np.exp(sine(x))

    def through_block(x):
        return np.sum(block(x))  # here

    disagreement(through_block, X, kind="wrong rule", operation="checkpoint(" + block_name(block))

    def through_gradient(x):
        slope = ad.grad(lambda y: np.sum(y**3 * x))(x)
        return np.sum(sine(slope))  # here

    disagreement(through_gradient, X, kind="wrong rule", operation="sin")


def block_name(block):
    return block.__name__.removeprefix("checkpoint(")
