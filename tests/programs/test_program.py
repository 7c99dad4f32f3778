"""What a program is called with, what it gives, and when it is recorded again."""

import dataclasses
import gc
import pickle
import threading
import tracemalloc
import weakref

import numpy as np
import pytest

import admodes as ad
from admodes.programs.program import Program
from tests.harness.points import flat
from tests.helpers import cube, together

X = np.array([0.5, -1.5, 2.0, 0.25])


def rosenbrock(x):
    a, b = x[:-1], x[1:]
    return np.sum(100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2)


def bowl(x):
    """A branch on a value."""
    return np.sum(x**2) if x[0] > 0 else np.sum(x**4)


def same(found, expected):
    for x, y in zip(flat(found), flat(expected), strict=True):
        assert type(x) is type(y)
        np.testing.assert_array_equal(x, y)


# --- What it gives --------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [X, X.astype(np.float32), np.asfortranarray(X)])
def test_of_a_value_and_of_both_modes(x):
    p = ad.program(rosenbrock, x)
    forward = ad.program(rosenbrock, x, mode="forward")
    reverse = ad.program(rosenbrock, x, mode="reverse")
    for at in (x, x * 2, x - 1):
        same(p(at), rosenbrock(at))
        same(forward((at,), (x,)), ad.jvp(rosenbrock, (at,), (np.array(x),)))
        same(reverse(at), ad.value_and_grad(rosenbrock)(at))
    assert len(p.variants) == len(forward.variants) == len(reverse.variants) == 1


def test_by_some_of_the_arguments():
    def f(a, x, n):
        return a * x**n + x

    forward = ad.program(f, 2.0, X, 3, mode="forward", argnums=1)
    same(forward((4.0, X + 1, 3), (X,)), ad.jvp(lambda x: f(4.0, x, 3), (X + 1,), (X,)))
    reverse = ad.program(lambda *args: np.sum(f(*args)), 2.0, X, 3, mode="reverse", argnums=(1, 0))
    expected = ad.value_and_grad(lambda *args: np.sum(f(*args)), argnums=(1, 0))
    for args in ((4.0, X + 1, 3), (5.0, X, 2)):
        same(reverse(*args), expected(*args))


def test_of_several_outputs():
    def f(x, y):
        return {"products": x * y, "sum": np.sum(x)}

    reverse = ad.program(f, X, 2.0, mode="reverse", argnums=(0, 1))
    ct = {"products": X, "sum": np.float64(3.0)}
    value, pullback = ad.vjp(f, X + 1, 4.0)
    found = reverse((X + 1, 4.0), ct)
    same(found, (value, pullback(ct)))
    assert found[0].keys() == value.keys()
    assert "back: " in str(reverse.explain())
    with pytest.raises(TypeError, match="a tuple of primals and a cotangent of the output"):
        reverse(X)


@pytest.mark.parametrize("count", [1, 3])
def test_along_several_directions(count):
    def f(x):
        return np.sin(x[1:]) * x[:-1]

    ts = np.random.default_rng(0).normal(size=(count, 4))
    _, dy = ad.program(f, X, mode="forward", directions=count)((X + 1,), (ts,))
    _, (g,) = ad.program(f, X, mode="reverse", directions=count)((X + 1,), ts[:, 1:])
    jacobian = ad.jacobian(f)(X + 1)
    np.testing.assert_allclose(dy, ts @ jacobian.T, rtol=1e-14)
    np.testing.assert_allclose(g, ts[:, 1:] @ jacobian, rtol=1e-14)


def test_of_second_derivatives():
    hessian = ad.program(ad.hessian(rosenbrock), X)
    same(hessian(X + 1), ad.hessian(rosenbrock)(X + 1))
    pushed = ad.program(ad.grad(rosenbrock), X, mode="forward")
    same(pushed((X + 1,), (X,))[1], ad.hvp(rosenbrock, (X + 1,), (X,))[0])


def test_of_python_numbers_and_containers():
    @dataclasses.dataclass
    class Point:
        x: float
        y: float

    def area(point):
        return point.x * point.y + point.x

    p = ad.program(area, Point(2.0, 3.0), mode="reverse")
    value, gradient = p(Point(4.0, 5.0))
    assert (value, gradient) == (24.0, Point(6.0, 4.0))
    assert type(value) is type(gradient.x) is float


def test_inside_another_differentiation():
    p = ad.program(rosenbrock, X)
    same(ad.grad(p)(X), ad.grad(rosenbrock)(X))
    both = ad.program(lambda x: p(x) * x[0], X, mode="reverse")
    same(both(X + 1), ad.value_and_grad(lambda x: rosenbrock(x) * x[0])(X + 1))


# --- Memory ---------------------------------------------------------------------------------------


def test_results_are_nobody_elses():
    x = X.copy()
    p = ad.program(lambda x: (x, x[1:], np.ones(3), x * 2), x)
    first = p(x)
    kept = [y.copy() for y in first]
    for y in first:
        y[...] = 7
    same(p(x), tuple(kept))
    same(x, X)


def test_a_gradient_that_is_one_number_throughout_is_written_out():
    p = ad.program(lambda x: np.sum(x) ** 2, X, mode="reverse")
    gradient = p(X)[1]
    gradient[0] = 7.0
    same(gradient[1:], np.full(3, 2 * np.sum(X)))
    same(p(X)[1], np.full(4, 2 * np.sum(X)))


def test_large_results_go_where_others_were():
    x = np.linspace(0.1, 1, 100_000)
    p = ad.program(rosenbrock, x, mode="reverse")
    eager = ad.value_and_grad(rosenbrock)

    def peak(f):
        f(x)
        tracemalloc.start()
        f(x)
        made = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return made

    assert peak(p) <= 1.1 * x.nbytes  # the gradient; the rest is there already
    _, buffers = p.writer().plan, p.writer().plan.nbytes
    assert peak(p) + buffers <= peak(eager)


def test_what_is_not_needed_any_more_is_let_go():
    def chain(x):
        for _ in range(20):
            x = np.sort(x)[::-1] + 1
        return x

    x = np.linspace(0, 1, 10_000)
    p = ad.program(chain, x)
    tracemalloc.start()
    p(x)
    made = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert made < 4 * x.nbytes


def test_it_goes_when_nobody_refers_to_it():
    p = ad.program(rosenbrock, X, mode="reverse")
    p(X)
    gone = weakref.ref(p)
    gc.disable()
    try:
        del p
        assert gone() is None
    finally:
        gc.enable()


def test_by_many_threads_at_once():
    x = np.linspace(0.1, 1, 500)
    p = ad.program(rosenbrock, x, mode="reverse")
    expected = [ad.value_and_grad(rosenbrock)(x + i) for i in range(8)]
    wrong = []

    def work(i):
        for _ in range(50):
            value, gradient = p(x + i)
            if value != expected[i][0] or not np.array_equal(gradient, expected[i][1]):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_function_that_calls_its_own_program():
    def f(x, depth):
        return x * np.sum(p(x / 2, depth - 1)) if depth else np.sum(x**2)

    p = ad.program(lambda x, depth: np.sum(x**2), X, 0)
    p = ad.program(f, X, 0)
    same(p(X, 3), f(X, 3))
    same(p(X + 1, 3), f(X + 1, 3))


def test_a_pickle_of_it_is_recorded_again():
    p = pickle.loads(pickle.dumps(ad.program(rosenbrock, X, mode="reverse")))
    assert not p.variants
    same(p(X), ad.value_and_grad(rosenbrock)(X))
    assert len(p.variants) == 1


# --- Guards ---------------------------------------------------------------------------------------


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
        Program, "record", lambda p, *args: recorded.append(args) or record(p, *args)
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


# --- What it refuses ------------------------------------------------------------------------------


def test_random_numbers():
    rng = np.random.default_rng(0)
    with pytest.raises(ad.Unrepeatable, match=r"lambda.: recorded again .* draws random numbers"):
        ad.program(lambda x: x * rng.normal(), 1.0)

    def seeded(x):
        return x * np.random.default_rng(0).normal(size=4)

    same(ad.program(seeded, X)(X + 1), seeded(X + 1))


@pytest.mark.parametrize(
    ("speak", "match"),
    [
        (lambda x: print("here"), "prints, which a program does not: 'here'"),
        (lambda x: print(x), "prints|text of it"),
        (lambda x: f"{x[0]}", "text of it"),
        (lambda x: pickle.dumps(x), "pickle"),
    ],
)
def test_what_a_program_does_not_do(speak, match, capsys):
    def f(x):
        speak(x)
        return x * 2

    with pytest.raises((ad.Unrepeatable, TypeError), match=match):
        ad.program(f, X)
    assert not capsys.readouterr().out


def test_a_write_into_a_plain_array():
    table = np.zeros(4)

    def f(x):
        table[0] = x[0]
        return table * x

    with pytest.raises(ValueError, match="It is written into a plain array"):
        ad.program(f, X)
    same(table, np.zeros(4))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"mode": "backward"}, "mode must be 'value', 'forward' or 'reverse', not 'backward'"),
        ({"on_change": "ignore"}, "on_change must be 'rerecord' or 'raise', not 'ignore'"),
        ({"cache_size": 0}, "cache_size must be a positive integer, not 0"),
        ({"threads": 0}, "threads must be a positive integer, not 0"),
        ({"directions": 1.5, "mode": "forward"}, "directions must be a positive integer, not 1.5"),
    ],
)
def test_wrong_options(options, match):
    with pytest.raises(ValueError, match=match):
        ad.program(cube, 1.0, **options)


def test_wrong_directions():
    p = ad.program(lambda x: x**3, X, mode="forward")
    with pytest.raises(TypeError, match="primals must be a tuple of arguments, not a ndarray"):
        p(X, (X,))
    with pytest.raises(ValueError, match=r"shape \(3,\), but its primal has shape \(4,\)"):
        p((X,), (X[1:],))


# --- compiled=True --------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_the_faces_by_programs(mode):
    def total(x, scale=1.0):
        return rosenbrock(x) * scale

    def several(x):
        return np.sin(x[1:]) * x[0]

    for make in (
        lambda **options: ad.grad(total, mode=mode, **options),
        lambda **options: ad.value_and_grad(total, mode=mode, **options),
        lambda **options: ad.jacobian(several, mode=mode, **options),
        lambda **options: ad.jacobian(several, **options),
        lambda **options: ad.hessian(total, modes=f"{mode}-over-{mode}", **options),
        lambda **options: lambda x: ad.hvp(total, (x,), (X,), **options),
        lambda **options: lambda x: ad.jvp(total, (x,), (X,), **options),
    ):
        quick, eager = make(compiled=True), make()
        for at in (X, X + 1, X[:3] * 1):
            if at.shape == X.shape or hasattr(quick, "program"):
                same(quick(at), eager(at))
    gradient = ad.grad(total, mode=mode, compiled=True)
    same(gradient(X, scale=3.0), ad.grad(total, mode=mode)(X, scale=3.0))
    same(gradient(X), ad.grad(total, mode=mode)(X))
    assert "def gradient_of_total(x" in gradient.program.source


@together
@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(
    "x",
    [2.0, np.float64(2.0), np.float32(2.0), np.array(2.0), 1 + 2j, np.complex128(1 + 2j), X * 1j],
)
def test_every_kind_of_number(x, mode):
    def f(x):
        return np.sum(np.abs(x) ** 2)

    quick, eager = ad.grad(f, mode=mode, compiled=True), ad.grad(f, mode=mode)
    for at in (x, x * 3, x):
        same(quick(at), eager(at))


def test_an_auxiliary_output():
    def f(x):
        return np.sum(x**2), {"twice": x * 2, "name": "f", "n": 3, "none": None, "ok": True}

    compiled = ad.grad(f, has_aux=True, compiled=True)
    for at in (X, X + 1):
        gradient, aux = compiled(at)
        own, expected = ad.grad(f, has_aux=True)(at)
        same((gradient, aux.pop("twice")), (own, expected.pop("twice")))
        assert aux == expected


def test_programs_of_a_function_are_remembered():
    calls = []

    def f(x):
        calls.append(1)
        return x * x

    ad.jvp(f, (X,), (X,), compiled=True)
    before = len(calls)
    ad.jvp(f, (X + 1,), (X,), compiled=True)
    assert len(calls) == before
