"""Where zeros meet infinities: both modes, every face, the same numbers and no NaN."""

import warnings

import numpy as np
import pytest

import admodes as ad
from admodes import counting
from admodes.core.guessing import Guess
from admodes.modes.tape import Tape
from admodes.modes.variables import leaf
from admodes.transforms import NESTINGS
from tests.helpers import named, together

A = np.array([[1.0, 0.0], [0.0, 0.0]])

#: a function, a point, its gradient by the rule that zero absorbs
SINGULAR = {
    "infinite backward, then zero": (lambda x: np.sqrt(x * x), 0.0, 0.0),
    "of Python's power": (lambda x: (x * x) ** 0.5, 0.0, 0.0),
    "by a modulus": (lambda x: np.sqrt(np.abs(x)), 0.0, 0.0),
    "infinite forward, then zero": (lambda x: np.maximum(np.sqrt(x), 1.0), 0.0, 0.0),
    "then a float operation": (lambda x: (np.sqrt(x) * 2.0 - 1.0 + x) * x, 0.0, -1.0),
    "then an array operation": (lambda x: np.sum((3.0 - np.sqrt(x)) * x), [0.0, 1.0], [3.0, 1.5]),
    "a sum of squares": (lambda x: np.sqrt(np.sum(x**2)), [0.0, 0.0], [0.0, 0.0]),
    "a dot product": (lambda x: np.sqrt(x @ x), [0.0, 0.0], [0.0, 0.0]),
    "einsum": (lambda x: np.sqrt(np.einsum("i,i->", x, x)), [0.0, 0.0], [0.0, 0.0]),
    "entries read": (lambda x: np.sqrt(x[0] * x[0] + x[1] * x[1]), [0.0, 0.0], [0.0, 0.0]),
    "a matrix before": (lambda x: np.sum(np.sqrt(A @ x)), [0.0, 1.0], [np.inf, 0.0]),
    "a matrix after": (lambda x: np.sum(A @ np.sqrt(x)), [1.0, 0.0], [0.5, 0.0]),
    "a product": (lambda x: np.prod(np.sqrt(x)), [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]),
    "a variance": (lambda x: np.sqrt(np.var(x)), [1.0, 1.0], [0.0, 0.0]),
    "broadcast": (
        lambda x: np.sum(np.power(x * x, np.array([0.5, 1.5]))),
        [0.0],
        [0.0],
    ),
    "broadcast sums": (lambda x: np.sum(np.sqrt(x + np.zeros((4, 2)))), [0.0, 4.0], [np.inf, 1.0]),
    "broadcast sums, then zero": (
        lambda x: np.sum(np.sqrt(x * x + np.zeros((4, 2)))),
        [0.0, 2.0],
        [0.0, 4.0],
    ),
    "a maximum": (lambda x: np.max(np.sqrt(x)), [0.0, 4.0], [0.0, 0.25]),
    "nothing absorbs": (lambda x: 2.0 * np.sqrt(x), 0.0, np.inf),
    "infinities that cancel": (lambda x: np.sqrt(x) - np.sqrt(2.0 * x), 0.0, np.nan),
}
#: the same where a value is not used, though its slope is infinite
UNUSED = {
    "NaN": (lambda x: np.where(x[0] == 0, 0.0, x[0] * np.log(x[1])), [0.0, 0.0], [0.0, 0.0]),
    "overflow": (lambda x: np.where(x > 20.0, x, np.log1p(np.exp(x))), 1000.0, 1.0),
    "some entries": (lambda x: np.sum(np.where(x < 9.0, np.exp(x), 0.0)), [0.0, 1e3], [1.0, 0.0]),
    "differences": (
        lambda x: np.sum(np.where([True, False], np.diff(np.exp(x)), 0.0)),
        [0.0, 0.0, 1e3],
        [-1.0, 1.0, 0.0],
    ),
    "entries read": (
        lambda x: np.where(x[1] < 9.0, np.exp(x[1]), x[0]) + x[0],
        [0.0, 1e3],
        [2.0, 0.0],
    ),
}


#: the same where a value on the way is infinite, and the result is not
INFINITE = {
    "a clamped logarithm": (
        lambda x: np.sum(np.maximum(np.log(x), -5.0)),
        [0.0, 0.5],
        [0.0, 2.0],
    ),
    "a clipped one": (lambda x: np.sum(np.clip(np.log(x), -9, 0)), [0.0, 0.5], [0.0, 2.0]),
    "a clamped reciprocal": (lambda x: np.sum(np.minimum(1 / x, 3.0)), [0.0, 2.0], [0.0, -0.25]),
    "saturation": (lambda x: np.sum(np.tanh(1 / x)), [0.0], [0.0]),
    "an exponential of a logarithm": (lambda x: np.exp(np.log(x)), 0.0, 0.0),
}


def imperative(f):
    def gradient(x):
        leaf = ad.variable(x)
        f(leaf).backward()
        return leaf.grad

    return gradient


def linearized(f):
    def gradient(x):
        _, along = ad.linearize(f, x)
        return along(1.0) if np.ndim(x) == 0 else np.array([along(e) for e in np.eye(len(x))])

    return gradient


WAYS = {
    "forward": lambda f: ad.grad(f, mode="forward"),
    "forward, one by one": lambda f: ad.forward.grad(f, chunk_size=1),
    "reverse": lambda f: ad.grad(f, mode="reverse"),
    "rows": lambda f: ad.reverse.jacobian(
        lambda x: np.stack([f(x), 0.0 * x if np.ndim(x) == 0 else x[0]])
    ),
    "backward": imperative,
    "checkpoint": lambda f: ad.grad(ad.checkpoint(f)),
    "segments": lambda f: ad.grad(ad.checkpoint(f, segments=True)),
    "linearize": linearized,
}


def found(way, f, x):
    gradient = WAYS[way](f)(np.array(x) if isinstance(x, list) else x)
    return gradient[0] if way == "rows" else gradient


@pytest.mark.parametrize(("f", "x", "gradient"), SINGULAR.values(), ids=SINGULAR)
def test_zero_absorbs(f, x, gradient, subtests):
    """NumPy is asked to warn of whatever is not a number, and has nothing to warn of."""
    for way in WAYS:
        with named(subtests, way), warnings.catch_warnings():
            if np.isnan(gradient).any():
                warnings.simplefilter("ignore")
            np.testing.assert_array_equal(found(way, f, x), gradient)


@pytest.mark.parametrize(
    ("f", "x", "gradient"), [*UNUSED.values(), *INFINITE.values()], ids=[*UNUSED, *INFINITE]
)
def test_what_is_not_used_hands_on_nothing(f, x, gradient, subtests):
    for way in WAYS:
        with named(subtests, way), np.errstate(all="ignore"):
            np.testing.assert_array_equal(found(way, f, x), gradient)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_an_overflow_is_not_a_zero(mode):
    """The slope of log is zero at inf only because exp has overflowed: nobody knows."""
    with np.errstate(all="ignore"):
        assert np.isnan(ad.grad(lambda x: np.log(1.0 + np.exp(x)), mode=mode)(1000.0))


@together
@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("x", [0.0, np.float64(0.0), np.float32(0.0), np.zeros(2, np.float32)])
def test_types_stay(mode, x):
    def f(x):
        return np.sum(np.sqrt(x * x) * x + x) if np.ndim(x) else ((x * x) ** 0.5) * x + x

    value, gradient = ad.value_and_grad(f, mode=mode)(x)
    assert type(gradient) is type(x)
    assert np.asarray(gradient).dtype == np.asarray(x).dtype
    assert type(value) is type(f(x))


@pytest.mark.parametrize("inner", ["forward", "reverse"])
@pytest.mark.parametrize("outer", ["forward", "reverse"])
def test_second_order_elsewhere(outer, inner):
    """Entry 1 is at a singular point; the derivatives by entry 0 alone are what they were."""

    def f(x):
        return np.sqrt(x[0]) + np.sqrt(x[1] * x[1])

    gradient = ad.grad(f, mode=inner)
    second = ad.grad(lambda x0: gradient(np.stack([x0, 0.0]))[0], mode=outer)
    assert second(4.0) == pytest.approx(-1 / 32)


def test_a_guess_does_not_change_what_is_finite():
    def f(x):
        y = np.tanh(A @ x + x[::-1]) * np.sqrt(x)
        return np.sum(np.cumsum(y) / (1.0 + x[0] * x)) + np.prod(x) + np.max(y)

    x = np.array([0.3, 0.7])
    with Tape() as tape:
        leaves = [leaf(tape, x)]
        y = f(*leaves)
    source, output = leaves[0]._node, y._node

    def run(guess):
        (gradient,) = tape.pull_once([(output, 1.0)], [source], (), guess)
        return gradient, *tape.push_once([(source, np.ones(2))], [output], (), guess)

    for quick, guessed in zip(run(None), run(Guess()), strict=True):
        np.testing.assert_allclose(quick, guessed, rtol=1e-14)


@together
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("c", [1.5, 6.0, 100.0, 1000.0])
def test_an_infinity_is_larger_than_any_number(c, mode, dtype):
    """The derivative is ``u (2 v - c)``, or by its terms ``u v + v u - c u``."""

    def f(x):
        v = x ** dtype(-2)
        return np.sum(v * v - dtype(c) * v)

    with np.errstate(all="ignore"):
        gradient = ad.grad(f, mode=mode)(np.array([0.0, 1.0], dtype))
    np.testing.assert_array_equal(gradient, np.array([-np.inf, 2 * c - 4], dtype))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_of_two_infinities_none_is_the_larger_though_it_be_a_product(mode):
    def f(x):
        return np.sum(np.sqrt(x * x) + np.sqrt(np.sqrt(x)) - np.sqrt(3 * x))

    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(ad.grad(f, mode=mode)(np.zeros(3)), np.full(3, np.nan))


#: with a slope that is 0 for an overflow: a function of an array, a point, its gradient
FLAT = {
    "beside a known one": (lambda x: x**-2 - np.log(x**-2), 0.0, np.nan),
    "of one number": (lambda x: (lambda y: y - np.log(y))(x**-2), 0.0, -np.inf),
    "shared": (lambda x: np.minimum(np.log2(x), x) * x, np.inf, np.inf),
    "less than half": (lambda x: (lambda y: 0.5 * y - np.log2(y))(x * x), np.inf, np.inf),
    "times another": (lambda x: (lambda y: y - np.sqrt(x) * np.log(y))(x**-2), 0.0, np.nan),
    "times what has no sign": (lambda x: (np.log(x) - x) * np.log(x), np.inf, np.nan),
    "times another of these": (lambda x: np.log2(np.log2(x)) * x, np.inf, np.nan),
    "alone": (lambda x: np.log(1 + np.exp(x)), 1000.0, np.nan),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(("f", "x", "slope"), FLAT.values(), ids=FLAT)
def test_what_is_flat_at_infinity_is_smaller_than_any_number(f, x, slope, mode):
    with np.errstate(all="ignore"):
        gradient = ad.grad(lambda x: np.sum(f(x)), mode=mode)(np.array([x, 2.0]))
    np.testing.assert_array_equal(gradient[0], slope)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("times", [1.0, 3.0, 1e-3, 1e3])
def test_a_large_number_less_itself_leaves_only_the_rounding_of_what_it_is_added_to(times, mode):
    """``s w + c - c``, where c is larger than ``s w``, in reverse; 0 goes forward."""

    def f(x):
        v = np.log(x - x)
        return np.square(v + v * (times * x))

    with np.errstate(all="ignore"):
        assert ad.grad(f, mode=mode)(2.0) == np.inf


@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_among_few_infinities_each_is_asked_and_among_many_all_at_once(mode, count):
    def product(x):  # of three slopes at 0, less another
        return np.sum(np.sqrt(x * x) + np.sqrt(np.sqrt(np.sqrt(x))) - np.sqrt(3 * x))

    def rising(x):
        return np.sum(np.sqrt(x * x) + np.sqrt(x))

    with np.errstate(all="ignore"):
        nan = ad.grad(product, mode=mode)(np.zeros(count))
        np.testing.assert_array_equal(ad.grad(rising, mode=mode)(np.zeros(count)), np.inf)
    assert np.isnan(nan).all() if count == 1 else np.isnan(nan).mean() > 0.5


def test_of_an_overflow_that_an_operation_made_a_nan_nothing_is_known():
    with np.errstate(all="ignore"):
        gradient = ad.grad(lambda x: np.sum(np.log(x)))(np.full(9, -1e-308))
    np.testing.assert_array_equal(gradient, np.full(9, np.nan))


@pytest.mark.parametrize("beside", [1.0, np.nan])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_what_was_made_a_nan_is_unknown_times_a_slope_that_is_flat_at_infinity(mode, beside):
    """Of ``inf * 0`` the slopes are unknown; that of the logarithm is 0, to what is known."""

    def f(x):
        return np.log(x[0]) * x[1] + np.sin(x[2])

    with np.errstate(all="ignore"):
        gradient = ad.grad(f, mode=mode)(np.array([np.inf, 0.0, beside]))
    np.testing.assert_array_equal(gradient, [np.nan, np.nan, np.cos(beside)])


#: a function of (0, 1), or of (nan, 1); what is asked for beside the quick sweep
ASKED = {
    "everything known": (lambda x: np.sum(x * 2), np.nan, [{"made": 1, "flat": 1}]),
    "known": (lambda x: np.sum(np.sqrt(x * x)), 0.0, [{}, {"infinite": 1, "undefined": 1}]),
    "not used": (lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)), 0.0, [{}]),
    "multiplied by 0": (lambda x: np.sqrt(x[0]) * np.sqrt(x[0]) * x[1], 0.0, [{}]),
    "of no sign": (
        lambda x: np.sum(np.sin(x) * x),
        np.nan,
        [{}, {"infinite": 1, "undefined": 1, "made": 1}],
    ),
    "made": (
        lambda x: np.sum(x * np.log(x)),
        0.0,
        [{}, {"infinite": 1, "undefined": 1, "made": 1}, {"undefined": 1, "made": 1}],
    ),
    "of two signs": (
        lambda x: np.sum(np.sqrt(x) - np.sqrt(2 * x)),
        0.0,
        [{}, {"infinite": 1, "undefined": 1}, *({"infinite": i} for i in range(2, 5))],
    ),
}


@pytest.mark.parametrize(("f", "x", "asked"), ASKED.values(), ids=ASKED)
def test_no_more_is_asked_than_what_was_met_can_tell(f, x, asked, monkeypatch):
    once, guesses = Tape.pull_once, []

    def watched(tape, seeds, sources, directions=(), guess=None):
        guesses.append(guess)
        return once(tape, seeds, sources, directions, guess)

    monkeypatch.setattr(Tape, "pull_once", watched)
    with np.errstate(all="ignore"):
        ad.grad(f)(np.array([x, 1.0]))
    careful = [each for each in guesses if each is not None]
    assert len(careful) == len(asked)
    for guess, changes in zip(careful, asked, strict=True):
        asks = {k: v for k, v in vars(guess).items() if v and k not in ("met", "infinite_at")}
        assert asks == changes


def test_counts_of_a_regular_point_are_of_one_sweep():
    def f(x):
        return np.sum(np.sqrt(x * x))

    at_one = counting.gradient(f, np.ones(3)).cost.operations
    assert counting.gradient(f, np.zeros(3)).cost.operations > at_one


def test_an_input_that_is_not_a_number_stays_one():
    assert np.isnan(ad.grad(lambda x: x * x)(np.nan))
    with np.errstate(all="ignore"):
        _, pullback = ad.vjp(lambda x: x * x, np.array([1.0, 2.0]))
        np.testing.assert_array_equal(pullback(np.array([np.nan, 1.0]))[0], [np.nan, 4.0])


def clipped_cross_entropy(x):
    return -np.sum(
        x * np.clip(np.log(x), -100, None) + (1 - x) * np.clip(np.log(1 - x), -100, None)
    )


@pytest.mark.parametrize("modes", NESTINGS)
def test_second_order_where_a_clip_absorbs(modes):
    with np.errstate(divide="ignore"):
        x, v = np.array([0.0, 0.5]), np.ones(2)
        np.testing.assert_array_equal(
            ad.hvp(clipped_cross_entropy, (x,), (v,), modes=modes)[0], [-1.0, -4.0]
        )


@pytest.mark.parametrize("along", [1e200, np.inf])
@pytest.mark.parametrize("mode", [ad.jvp, lambda f, x, t: (0, ad.linearize(f, *x)[1](*t))])
def test_a_look_at_what_is_finite_warns_of_nothing(mode, along):
    for x in (np.ones(3), np.float64(1.0)):
        with np.errstate(all="raise"):
            _, t = mode(np.sqrt, (x,), (x * along,))
        np.testing.assert_array_equal(t, x * along / 2)


def test_the_function_is_recorded_where_forward_mode_finds_nan_and_its_handlers_see_nothing():
    calls = []

    def f(x):
        calls.append(x)
        try:
            return np.sqrt(x * x) * 1.0
        except BaseException:
            return x * 5.0

    assert ad.jvp(f, (1.0,), (1.0,)) == (1.0, 1.0)
    assert list(map(type, calls)) == [ad.Dual]
    assert ad.jvp(f, (0.0,), (1.0,)) == (0.0, 0.0)
    assert list(map(type, calls)) == [ad.Dual, ad.Dual, ad.Variable]


def test_a_function_that_is_never_the_same_keeps_what_was_found():
    rng = np.random.default_rng(0)
    _, t = ad.jvp(lambda x: np.sqrt(x * x) + rng.random(), (0.0,), (1.0,))
    assert np.isnan(t)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_value_that_is_no_number_spoils_no_other_argument(mode):
    def f(a, b):
        return np.sum(a * a) + np.sum(b / b)

    with np.errstate(invalid="ignore"):
        gradient = ad.grad(f, mode=mode)(np.array([1.0, 2.0]), np.array([0.0, 1.0]))
    np.testing.assert_array_equal(gradient, [2.0, 4.0])


@pytest.mark.parametrize("x", [0.0, np.float64(0.0), np.zeros(()), np.zeros(1)])
def test_what_zero_absorbs_is_recorded_all_the_same(x):
    leaf = ad.variable(x)
    np.sum(np.where(leaf > 0, np.sqrt(leaf), 0.0)).backward(create_graph=True)
    gradient, leaf.grad = leaf.grad, None
    np.sum(gradient * gradient).backward()
    assert leaf.grad == 0.0


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_constant_slope_may_be_infinite(mode):
    steep = ad.elementwise(lambda x: x * 1.0, np.inf)
    assert ad.grad(steep, mode=mode)(1.0) == np.inf


def test_no_power_of_a_negative_number_turns_complex():
    with np.errstate(invalid="ignore"):
        for face in (ad.forward, ad.reverse):
            gradient = face.grad(lambda x: x[0] ** (1 / 3))(np.array([-8.0, 2.0]))
            np.testing.assert_array_equal(gradient, [np.nan, 0.0])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.mean(x[:0]) + np.sum(x),
        lambda x: np.var(x[:1], ddof=1) + np.sum(x),
    ],
    ids=["mean", "var"],
)
def test_a_mean_of_nothing_spoils_no_entry(f, mode):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        np.testing.assert_array_equal(ad.grad(f, mode=mode)(np.ones(2))[1:], [1.0])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_of_an_inverse_with_a_nan_nothing_is_known_but_the_rest_is(mode):
    x = np.array([[1.0, np.nan], [0.0, 1.0]])
    gradient = ad.grad(lambda x, y: np.sum(np.linalg.inv(x)) + y, (0, 1), mode=mode)(x, 2.0)
    np.testing.assert_array_equal(gradient[0], np.full((2, 2), np.nan))
    assert gradient[1] == 1.0


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_product_with_an_infinity_and_a_zero(mode):
    with np.errstate(invalid="ignore"):
        gradient = ad.grad(lambda x: np.sum(np.prod(x, axis=1)), mode=mode)
        found = gradient(np.array([[2.0, np.inf, 0.0], [1.0, 2.0, 3.0]]))
    np.testing.assert_array_equal(found, [[np.nan, 0.0, np.inf], [6.0, 3.0, 2.0]])


def test_a_function_that_raises_when_it_is_called_once_more_keeps_what_was_found():
    calls = iter([1])

    def f(x):
        next(calls)
        return np.sum(np.sqrt(x * x))

    with pytest.warns(UserWarning, match=r"f raised StopIteration\(\) when .* once more"):
        gradient = ad.forward.grad(f)(np.array([0.0, 2.0]))
    np.testing.assert_array_equal(gradient, [np.nan, np.nan])


def test_second_derivatives_by_a_rule_of_ones_own_at_a_singular_point():
    root = ad.custom(np.sqrt, push=lambda r, t: t * 0.5 / r[0], pull=lambda r, ct: ct * 0.5 / r[0])
    with np.errstate(all="ignore"):
        for modes in NESTINGS:
            assert ad.hessian(lambda x: root(x @ x), modes=modes)(np.zeros(2)).shape == (2, 2)


@pytest.mark.parametrize("mode", [ad.forward, ad.reverse])
def test_a_number_that_meets_an_array_has_a_slope_for_each_entry(mode):
    x = np.array([0.5, np.nan, 2.0])

    def softmax(x):
        powers = np.exp(x - np.max(x))
        return powers / np.sum(powers)

    assert np.isnan(mode.jacobian(softmax)(x)).all()
    of_first = mode.jacobian(lambda x: x / x[0])(x)
    np.testing.assert_array_equal(np.isnan(of_first), [[0, 0, 0], [1, 0, 0], [0, 0, 0]])
    assert of_first[1, 1] == 2
    with np.errstate(invalid="ignore"):  # as NumPy warns of the value
        inf = mode.jacobian(lambda x: x / x[0])(np.array([np.inf, np.inf, 2.0]))
    np.testing.assert_array_equal(inf, [[np.nan, 0, 0], [np.nan, np.nan, 0], [0, 0, 0]])


def test_a_norm_of_many_rows_is_spoilt_in_one_of_them():
    x = np.random.default_rng(0).normal(size=(3000, 3))
    x[7, 1], x[8] = np.nan, np.inf

    def f(x):
        return np.sum(np.where(np.arange(3000) == 8, 0, np.linalg.norm(x, axis=1)))

    with np.errstate(invalid="ignore"):
        expected = x / np.linalg.norm(x, axis=1)[:, None]
        expected[8] = 0
        np.testing.assert_allclose(ad.reverse.grad(f)(x), expected, rtol=1e-14)
        rows = ad.jvp(lambda x: np.linalg.norm(x, axis=1), (x,), (np.ones_like(x),))[1]
    np.testing.assert_allclose(np.delete(rows, 8), np.sum(np.delete(expected, 8, 0), axis=1))


@together
@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(
    ("f", "slopes"),
    [
        (lambda x: np.maximum(x[0], x[1]), [0, 0]),
        (lambda x: np.clip(x[0], x[1], None), [0, 0]),
        (np.max, [1, 0]),
        (lambda x: np.sort(x)[-1], [1, 0]),
        (lambda x: np.fmax(x[0], x[1]), [0, 1]),
        (lambda x: np.fmin(x[1], x[0]), [0, 1]),
        (lambda x: np.fmax(x[0], x[0] * 1.0), [0, 0]),
    ],
)
def test_a_nan_is_neither_larger_nor_smaller_but_may_be_the_entry_that_is_found(f, slopes, mode):
    np.testing.assert_array_equal(ad.grad(f, mode=mode)(np.array([np.nan, 1.0])), slopes)


@together
@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (lambda x: x / 0, 1.0, np.inf),
        (lambda x: x * 0 + 1 / (x - 1), 1.0, -np.inf),
        (lambda x: 0 / (x - 1), 2.0, 0.0),
        (lambda x: np.power(x, 0.5), -np.inf, np.nan),
        (lambda x: x**0.5, -np.inf, 0.0),
        (lambda x: np.log(x - x) ** 0.5, 1.0, 0.0),
    ],
)
def test_numbers_of_numpy_are_divided_and_raised_as_numpy_does(f, x, slope, mode):
    """``x / 0`` is infinite; of -inf, `np.power` and ``**`` are not the same."""
    x = np.float64(x)
    with np.errstate(all="ignore"):
        value, found = ad.value_and_grad(f, mode=mode)(x)
        np.testing.assert_array_equal(value, f(x))
    np.testing.assert_array_equal(found, slope)
