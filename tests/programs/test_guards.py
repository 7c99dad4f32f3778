"""When a program holds, and what it does where it does not: guards, and recording again."""

import array
import collections
import itertools

import numpy as np
import pytest

import admodes as ad
from admodes.modes.containers import map_leaves
from admodes.programs.program import Program
from admodes.programs.steps import bits
from tests.helpers import NESTINGS, together
from tests.programs.functions import X, bowl, same


def test_both_sides_of_a_branch_are_kept():
    p = ad.program(bowl, X, mode="reverse")
    for at in (X, -X, X, -X + 1):
        same(p(at), ad.value_and_grad(bowl)(at))
    assert len(p.variants) == 2


def test_no_more_than_the_latest_are_kept():
    p = ad.program(lambda x: np.sum(x[: int(x[0])]), np.full(9, 3.0), cache_size=2)
    for n in range(1, 6):
        assert p(np.full(9, float(n))) == n * n
    assert len(p.variants) == 2


@pytest.mark.parametrize("cache_size", [1, 3, 8])
def test_what_never_fits_is_recorded_ever_more_seldom(cache_size, monkeypatch):
    """Recording takes many evaluations, of which nothing would come."""
    recorded = []
    record = Program.record
    monkeypatch.setattr(
        Program, "record", lambda p, *args, **k: recorded.append(args) or record(p, *args, **k)
    )
    p = ad.program(np.sum, np.ones(1000), cache_size=cache_size)
    recorded.clear()
    for n in range(1, 100):
        assert p(np.ones(n)) == n
    twice = [cache_size * 2**i for i in range(1, 7) if cache_size * 2**i < 100]
    assert [len(x) for (x,) in recorded] == [*range(1, cache_size + 1), *twice]
    before = len(recorded)
    for _ in range(100):  # what is called from now on is recorded soon, and then repeated
        assert p(np.ones(500)) == 500
    assert [len(x) for (x,) in recorded[before:]] == [500]


def test_a_change_is_an_error_where_that_is_asked_for():
    p = ad.program(bowl, X, on_change="raise")
    same(p(X + 1), bowl(X + 1))
    with pytest.raises(ValueError, match="bowl: a value on which the function branches"):
        p(-X)
    with pytest.raises(ValueError, match=r"other shapes.*than ndarray of shape \(3,\)"):
        p(X[1:])


def test_a_mask_is_a_part_of_it():
    def f(x):
        return np.sum(np.where(x > 0, np.sqrt(np.abs(x)), x**2)) + np.sum(x[x < 1])

    p = ad.program(lambda x: np.where(x > 0, np.exp(x), x**2), X, mode="reverse")
    same(p((-X,), X), (np.where(-X > 0, np.exp(-X), X**2), (p.repeated((-X,), X)[1][0],)))
    assert len(p.variants) == 1
    p = ad.program(f, X, mode="reverse")
    for at in (X, -X, X + 3):  # by a mask as many are read as there are
        same(p(at), ad.value_and_grad(f)(at))


def test_what_is_read_by_a_number_is_read_anew():
    table = np.arange(10.0)
    p = ad.program(lambda x: x[np.argmax(x)] * table[np.argsort(x)], X)
    for at in (X, X[::-1].copy(), -X):
        same(p(at), at[np.argmax(at)] * table[np.argsort(at)])


@together
@pytest.mark.parametrize("modes", NESTINGS)
def test_what_is_read_of_a_constant_may_be_differentiated(modes):
    """By an index, or a mask, that follows from the input; by the constant."""
    outer, inner = modes.split("-over-")
    table = np.arange(1.0, 1 + len(X))
    reads = (lambda w, x: w[np.argsort(x)], lambda w, x: np.sum(w[x > 0]) * w)
    for read in reads:

        def f(x, read=read):
            return np.sum(x * ad.grad(lambda w: np.sum(read(w, x) ** 2 * table), mode=inner)(table))

        recorded = ad.grad(f, mode=outer, compiled=True)
        for at in (X, X[::-1].copy(), -X):
            same(recorded(at), ad.grad(f, mode=outer)(at))


def test_plain_values_are_a_part_of_it():
    def f(x):
        return np.sum(x * ad.stop_gradient(x)) + ad.stop_gradient(x)[0]

    p = ad.program(f, X, mode="reverse")
    same(p(X + 1), ad.value_and_grad(f)(X + 1))
    assert len(p.variants) == 1


def test_plain_views_are_a_part_of_it():
    p = ad.program(lambda x: np.sum(x) * np.max(x.value), X, mode="reverse")
    for at in (X, -X):
        same(p(at), ad.value_and_grad(lambda x: np.sum(x) * np.max(x.value))(at))
    assert len(p.variants) == 1


def test_whether_a_number_is_among_the_entries():
    def f(x):
        return np.sum(x) if 0.0 in x else np.sum(x * x)

    p = ad.program(f, X)
    for at in (X, X - X[0], X):
        same(p(at), f(at))


@together
@pytest.mark.parametrize(
    "f", [round, lambda x: round(x, 1) * x, lambda x: x**0.5, lambda x: x**x, lambda x: 2.0**x]
)
def test_what_python_makes_of_a_float(f):
    p = ad.program(f, 2.25)
    for at in (2.25, -1.5, 4.0, -1.5, -2.0, 0.5):
        same(p(at), f(at))
    with np.errstate(invalid="ignore"):
        p = ad.program(f, 2.25, mode="forward") if f is not round else None
        for at in (2.25, -1.5, 4.0) if p else ():
            same(p((at,), (1.0,)), ad.jvp(f, (at,), (1.0,)))


def test_an_angle_of_two_floats_to_the_last_digit():
    p = ad.program(np.arctan2, 0.3, 0.2, mode="reverse", argnums=(0, 1))
    rng = np.random.default_rng(0)
    for at in rng.normal(size=(300, 2)).tolist():
        same(p(*at), ad.value_and_grad(np.arctan2, (0, 1))(*at))
    assert len(p.variants) == 1


def test_the_sign_of_zero():
    def f(x):
        factor = np.zeros(4)
        y = x * factor
        factor *= -1.0
        return y, x * factor, x * np.float64(0.0), x * np.float64(-0.0)

    for found, expected in zip(ad.program(f, X)(-X), f(-X), strict=True):
        assert found.tobytes() == expected.tobytes()


def test_what_is_written_by_a_mask():
    def f(x):
        y, z = x.copy(), np.zeros(4, like=x)
        y[y < 0] = 0.0
        y[y > 1] *= x[0]
        part = z[1:]
        part[part < x[1:]] = x[0]
        np.putmask(y, y == x, np.array([1.0, 2.0]))
        return np.sum(y * x) + np.sum(z * x)

    p = ad.program(f, X, mode="reverse")
    for at in (X, -X, X[::-1].copy(), X + 3):
        same(p(at), ad.value_and_grad(f)(at))


def test_a_part_of_what_is_needed_as_a_whole():
    def f(x):
        return np.max(x) + np.median(x)

    p = ad.program(f, X, mode="reverse")
    same(p(-X), ad.value_and_grad(f)(-X))


def test_a_median_that_is_nan_is_a_number():
    p = ad.program(np.median, np.array([np.nan, 1.0]))
    same(p(np.array([2.0, np.nan])), np.median(np.array([2.0, np.nan])))


def test_other_shapes_dtypes_and_constants():
    p = ad.program(lambda x, n: x**n, X, 2)
    for args in ((X, 2), (X[1:], 2), (X.astype(np.float32), 2), (X, 3), (X[::-1], 2), (2.0, 2)):
        same(p(*args), args[0] ** args[1])
    places = np.array([0, 1])
    p = ad.program(lambda x, i: x[i], X, places)
    same(p(X, places), X[:2])
    places[0] = 3
    same(p(X, places), X[[3, 1]])


@pytest.mark.parametrize("kind", [int, np.int64, np.int32, np.bool_])
def test_an_integer_of_any_kind_is_a_constant_by_its_value(kind):
    p = ad.program(lambda x, n: x * n, X, kind(1))
    for n in (kind(1), kind(0), kind(1)):
        same(p(X, n), X * n)
    assert len(p.variants) == 2


@together
@pytest.mark.parametrize(
    ("thing", "change"),
    [
        ({2.0}, lambda s: (s.clear(), s.add(3.0))),
        (collections.deque([2.0, 4.0]), lambda d: d.appendleft(3.0)),
        (bytearray(b"\x02"), lambda b: b.__setitem__(0, 3)),
        (array.array("d", [2.0]), lambda a: a.__setitem__(0, 3.0)),
        (np.array([2.0, 4.0], dtype=object), lambda a: a.__setitem__(0, 3.0)),
        (np.ma.array([2, 4]), lambda m: m.__setitem__(0, 3)),
        (np.ma.array([2, 3]), lambda m: m.__setitem__(0, np.ma.masked)),
        ({2.0: None}, lambda d: (d.clear(), d.update({3.0: None}))),
    ],
)
def test_a_constant_is_what_it_holds_now(thing, change):
    def f(x, thing):
        if isinstance(thing, np.ma.MaskedArray):
            return x * sum(thing.compressed())
        return x * float(next(iter(thing)))

    p = ad.program(f, X, thing)
    same(p(X, thing), f(X, thing))
    change(thing)
    same(p(X, thing), f(X, thing))
    assert len(p.variants) == 2


def test_zero_and_nan_among_constants():
    """``-0.0 == 0.0``, and ``nan != nan``."""
    p = ad.program(lambda x, things: x * next(iter(things)), X, {0.0})
    same(np.signbit(p(X, {-0.0})), np.signbit(-X))
    p = ad.program(lambda x, things: x if things else -x, X, {np.nan})
    for _ in range(2):
        p(X, {float("nan")})
    assert len(p.variants) == 1


def test_an_object_of_ones_own_is_that_object():
    class Scale:
        def __init__(self, factor):
            self.factor = factor

    p = ad.program(lambda x, scale: x * scale.factor, X, Scale(2.0))
    for factor in (3.0, 4.0, 5.0):  # each where the last one was in memory
        same(p(X, Scale(factor)), X * factor)


def test_what_is_not_finite_is_answered_by_the_function():
    def f(x):
        return np.sum(np.where(x > 0, x * np.log(x), 0.0))

    with np.errstate(all="ignore"):
        p = ad.program(f, X + 2, mode="reverse")
        for at in (np.zeros(4), np.array([0.0, 1, 2, 3]), X * np.inf, X + 2):
            same(p(at), ad.value_and_grad(f)(at))
        p = ad.program(f, np.zeros(4), mode="reverse")  # there is nothing to be recorded there
        with pytest.raises(ValueError, match=r"gradient of .*f is not recorded yet: call it first"):
            print(p)
        same(p(X + 2), ad.value_and_grad(f)(X + 2))
        assert len(p.variants) == 1


def test_what_python_raises_is_what_the_function_raises():
    p = ad.program(lambda x: 1.0 / x, 2.0, mode="reverse")
    with pytest.raises(ZeroDivisionError):
        p(0.0)
    same(p(4.0), (0.25, -0.0625))


def roots_and_quotients(x):
    y = x
    for _ in range(3):
        y = np.sqrt(y) + 1.0 / y
    return y * abs(x - 2.0) ** 0.5


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("kind", [float, np.float64])
@pytest.mark.parametrize("backend", ["numpy", "compiled"])
def test_numbers_where_a_slope_is_not_finite(kind, backend):
    if backend == "compiled":
        pytest.importorskip("llvmlite")
    p = ad.program(roots_and_quotients, kind(0.7), mode="forward", backend=backend)
    for at in (1.5, 0.0, -1.0, 2.0, 1e-320, 1e300, np.inf, np.nan):
        for along in (1.0, 0.0, 1e308, np.inf):
            primals, tangents = (kind(at),), (kind(along),)
            try:
                expected = ad.jvp(roots_and_quotients, primals, tangents)
            except ArithmeticError as error:
                with pytest.raises(type(error)):
                    p(primals, tangents)
            else:
                np.testing.assert_allclose(p(primals, tangents), expected, rtol=1e-14)


def test_two_questions_of_one_number():
    def f(x):
        return x * int(x) if x else x - 1.0

    p = ad.program(f, 2.5)
    for at in (2.5, 3.5, 0.0, 2.25):
        same(p(at), f(at))


@pytest.mark.parametrize("count", [3, 10_000])
def test_large_slopes_are_no_warning(count):
    """Whether they are finite is asked of the sum of their squares."""
    p = ad.program(np.log, np.ones(count), mode="forward")
    at, along = np.full(count, 1e-200), np.ones(count)
    same(p((at,), (along,)), ad.jvp(np.log, (at,), (along,)))
    at[-1] = 0.0
    with np.errstate(all="ignore"):
        same(p((at,), (along,)), ad.jvp(np.log, (at,), (along,)))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_power_that_would_be_complex(mode):
    """Python's power of a negative number is complex; that of a number with a derivative, NaN."""

    def f(x):
        return 1.0 / x + 0.0 * (x - 1.0) ** 0.5 if x < 3 else (-x) ** (x - 1.0)

    for first in (1.5, 4.0):
        p = ad.program(f, first, mode=mode)
        for at in (0.5, 2.0, 4.0, 4.5):
            if mode == "forward":
                same(p((at,), (1.0,)), ad.jvp(f, (at,), (1.0,)))
            else:
                same(p(at), ad.value_and_grad(f)(at))


def filled_up(x, byte):
    """The same long doubles with another number in what only fills up their memory, on x86."""
    x = np.asarray(x, np.longdouble)
    raw = bytearray(x.tobytes())
    if np.finfo(x.dtype).nmant == 63:
        for start in range(0, len(raw), x.itemsize):
            raw[start + 10 : start + x.itemsize] = bytes([byte]) * (x.itemsize - 10)
    return np.frombuffer(bytes(raw), x.dtype)


@pytest.mark.parametrize("mode", ["value", "forward", "reverse"])
def test_long_doubles(mode):
    """What fills up their memory is any number, and no part of them."""
    count = itertools.count()

    def f(x, c):
        tenth = filled_up([0.1, 0.2, 0.3], next(count))
        return np.sum(np.abs(x * x) * 2 + np.sin(x) * tenth) * np.sum(c)

    x = np.arange(1, 4, dtype=np.longdouble) / 3
    p = ad.program(f, x, x, mode=mode)
    if mode == "value":
        found, expected = p(2 * x, x), f(2 * x, x)
    elif mode == "forward":
        found = p((2 * x, x), (x,))
        expected = ad.jvp(lambda y: f(y, x), (2 * x,), (x,))
    else:
        found, expected = p(2 * x, x), ad.value_and_grad(f)(2 * x, x)
    assert p.misses == 0
    same(found, expected)


def test_a_long_double_that_is_a_constant_is_looked_at():
    numbers = np.array([0.1, -0.0, 3.0])
    assert (
        bits(filled_up(numbers, 1)) == bits(filled_up(numbers, 2)) != bits(filled_up(-numbers, 1))
    )
    third = np.array([2, 1 + 2j], dtype=np.clongdouble) / 3
    assert bits(third) == bits(np.array([*third])) != bits(np.conj(third))


W = [0.5, 2.0, -1.0]
#: a function of an array and of floats in containers that it makes arrays of, and these floats
LISTS = {
    "a list": (lambda x, w: np.sum(np.sin(x) * w), W),
    "a tuple": (lambda x, w: np.sum(np.sin(x) * np.array(w)), tuple(W)),
    "rows": (lambda x, w: np.sum(np.array(w) @ np.sin(x)), [W, W]),
    "in a dict": (lambda x, w: np.sum(np.sin(x) * w["w"]) * w["c"], {"w": W, "c": 3.0}),
}


@pytest.mark.parametrize(("f", "w"), LISTS.values(), ids=LISTS)
def test_a_list_of_floats_is_taken_for_an_array_as_elsewhere(f, w):
    x = np.array([0.3, 0.5, 0.9])
    other = map_leaves(lambda t: -2 * t, w)
    for made in (f, ad.grad(f, mode="forward"), ad.grad(f)):
        p = ad.program(made, x, w)
        recorded = p.variants[0]
        for args in ((x, w), (2 * x, w), (x, other), (x, w)):
            np.testing.assert_array_equal(p(*args), made(*args))
        assert recorded in p.variants
