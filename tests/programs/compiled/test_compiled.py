"""What the back end "compiled" gives, and when it lets the function answer."""

import gc
import pickle
import re
import sys
import threading
import tracemalloc
import weakref

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

import admodes as ad
from admodes.programs.compiled.driver import Driver
from tests.harness.points import flat
from tests.helpers import together
from tests.programs.functions import log_sum_exp, rosenbrock

pytest.importorskip("llvmlite", reason='backend="compiled" needs llvmlite')

as_written = pytest.mark.usefixtures("as_written")

X = np.array([0.5, -1.5, 2.0, 0.25])


def compiled(f, *args, **options):
    return ad.program(f, *args, backend="compiled", **options)


def close(found, expected, rtol=1e-12):
    for x, y in zip(flat(found), flat(expected), strict=True):
        assert type(x) is type(y)
        assert np.asarray(x).dtype == np.asarray(y).dtype
        np.testing.assert_allclose(x, y, rtol=rtol, atol=rtol)


# --- Numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [rosenbrock, log_sum_exp])
@pytest.mark.parametrize("n", [2, 3, 1023, 1024, 1025, 5000])
def test_both_modes(f, n, request):
    if n in (2, 1023, 1024):
        request.getfixturevalue("as_written")
    x = np.random.default_rng(n).normal(size=n)
    t = np.cos(x)
    value, forward = compiled(f, x), compiled(f, x, mode="forward")
    reverse = compiled(f, x, mode="reverse")
    for at in (x, x * 2, x[::-1].copy()):
        close(value(at), f(at))
        close(forward((at,), (t,)), ad.jvp(f, (at,), (t,)), 1e-10)
        close(reverse(at), ad.value_and_grad(f)(at))
    assert len(value.variants) == len(forward.variants) == len(reverse.variants) == 1


def test_single_precision():
    x = np.linspace(-1, 1, 50, dtype=np.float32)

    def f(x):
        return np.sum(np.exp(x) * np.tanh(x) / (2 + np.sin(x)))

    close(compiled(f, x, mode="reverse")(x / 2), ad.value_and_grad(f)(x / 2), 1e-5)
    close(
        compiled(f, np.float32(0.5), mode="reverse")(np.float32(1.5)),
        ad.value_and_grad(f)(np.float32(1.5)),
        1e-5,
    )


@pytest.mark.parametrize("n", [3, 1500])
@pytest.mark.parametrize("count", [2, 8, 11, 16])
def test_rows_that_share_what_they_need(count, n, request):
    if count != 11:  # which is eight abreast, and three more
        request.getfixturevalue("as_written")
    rng = np.random.default_rng([count, n])
    x, rows = rng.normal(size=n), rng.normal(size=(count, n))
    window = as_strided(np.eye(1, 2 * n + count, n)[0, count:], (count, n), (-8, 8))

    def f(x, rows):
        y = np.cos(x) * rows
        return np.sum(y, axis=1), np.max(y - x, axis=1), np.prod(1 + y / 50, axis=1), np.sum(y)

    forward = compiled(rosenbrock, x, mode="forward", directions=count)
    for each in (rows, np.asfortranarray(rows) if count % 8 else window):  # so few: it takes time
        close(compiled(f, x, each)(x / 2, each), f(x / 2, each), 1e-10)
        _, found = forward((x,), (each,))
        np.testing.assert_allclose(found, each @ ad.grad(rosenbrock)(x), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("count", [1, 5])
def test_directions_abreast(count):
    def f(x):
        return np.sin(x[1:]) * x[:-1] / np.sqrt(1 + x[1:] ** 2)

    ts = np.random.default_rng(0).normal(size=(count, 4))
    _, dy = compiled(f, X, mode="forward", directions=count)((X + 1,), (ts,))
    _, (g,) = compiled(f, X, mode="reverse", directions=count)((X + 1,), ts[:, 1:])
    jacobian = ad.jacobian(f)(X + 1)
    np.testing.assert_allclose(dy, ts @ jacobian.T, rtol=1e-13)
    np.testing.assert_allclose(g, ts[:, 1:] @ jacobian, rtol=1e-13)


#: ways in which an array of three axes lies in memory
LOOKS = [
    lambda x: x,
    lambda x: x.T,
    lambda x: x[::2, ::-1],
    np.asfortranarray,
    lambda x: x[:, :1],
    lambda x: np.broadcast_to(x[:, :1], x.shape),
]
#: what is computed of it along several of its axes
ALONG_AXES = [
    lambda x: np.exp(x) * x.T[:1, ..., :1].T + np.sum(x, axis=(0, 2), keepdims=True),
    lambda x: (x - x.mean(axis=-1)[..., None]).max(axis=0) * x[0],
    lambda x: np.cumsum(x, axis=1)[:, ::-1] * np.broadcast_to(x[:, :1], x.shape),
    lambda x: np.sum(np.where(x > 0.5, x, 2 * x), axis=1).T,
    lambda x: np.prod(x, axis=0) + np.min(x, axis=(0, 1)),
    lambda x: np.concatenate([x * 2, x[:1]]) - np.stack([x[0]] * (len(x) + 1)),
]
ARRAY = np.random.default_rng(0).normal(size=(7, 6, 5))


@as_written
@together
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("f", ALONG_AXES)
def test_arrays_however_they_lie_in_memory(f, look):
    p = compiled(f, look(ARRAY))
    at = look(ARRAY + 1)
    close(p(at), f(at), 1e-11)
    assert p(at).strides == f(at).strides
    assert len(p.variants) == 1


@pytest.mark.parametrize("i", range(len(ALONG_AXES)))
def test_gradients_by_arrays_however_they_lie_in_memory(i, request):
    """Of each function by two: compiling takes its time."""
    if i % 2:
        request.getfixturevalue("as_written")

    def total(x):
        return np.sum(ALONG_AXES[i](x) ** 2)

    for look in (LOOKS[i], LOOKS[i - 1]):
        at = look(ARRAY + 1)
        found = compiled(total, look(ARRAY), mode="reverse")(at)
        close(found, ad.value_and_grad(total)(at), 1e-10)


def test_a_float_loop_is_one_function():
    def swing(mass):
        position, velocity = 1.0, 0.0
        for _ in range(100):
            velocity = velocity - 0.01 * position / mass
            position = position + 0.01 * velocity
        return position

    p = compiled(swing, 1.3, mode="reverse")
    close(p(1.7), ad.value_and_grad(swing)(1.7), 1e-11)
    assert type(p(1.7)[0]) is type(p(1.7)[1]) is float


@as_written
@pytest.mark.parametrize("dtype", [">f8", "f2", "g", "c16", "c8"])
def test_dtypes_that_are_numpys_to_compute(dtype):
    x = np.linspace(0.5, 1, 6).astype(dtype)

    def f(x):
        return np.sum(np.exp(x[1:]) * x[:-1]) + np.abs(x[0]) ** 2, x * 2

    p = compiled(f, x)
    at = (np.linspace(0.5, 1, 6) * 1.25).astype(dtype)
    close(p(at), f(at), 1e-5)
    assert len(p.variants) == 1


def test_memory_that_is_not_aligned():
    memory = np.zeros(8 * 50 + 1, np.uint8)
    x = memory[1:].view(np.float64)
    x[:] = np.linspace(0, 1, 50)
    p = compiled(log_sum_exp, np.ones(50), mode="reverse")
    close(p(x), ad.value_and_grad(log_sum_exp)(x))
    close(compiled(np.exp, np.array(0.5))(np.array(1.5)), np.exp(np.array(1.5)))


@as_written
def test_nothing_is_nothing():
    empty = np.zeros((0, 3))
    f = compiled(lambda x: (np.sum(x * 2), np.sum(np.exp(x), axis=0), np.any(x > 0)), empty)
    close(f(empty), (np.float64(0), np.zeros(3), np.bool_(False)))


def test_a_product_is_taken_in_order():
    x = np.tile([1e100, 1e-100, 3.0, 1 / 3], 1000)
    x[2500:2600] = 1e200
    x[5] = 0
    for f in (np.prod, lambda x: np.prod(x.reshape(-1, 4), axis=0)):
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(compiled(f, np.ones(4000))(x), f(x), rtol=1e-12)


def test_what_is_not_compiled_is_called():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(4, 4)) + 4 * np.eye(4)

    def f(x):
        y = np.linalg.solve(a * x[0], np.sort(np.exp(x)))
        return np.sum(np.tanh(a @ y) ** 2) + np.cumsum(y)[-1]

    p = compiled(f, X, mode="reverse")
    for at in (X, X[::-1].copy(), X * 1.1):
        close(p(at), ad.value_and_grad(f)(at), 1e-11)


@as_written
@pytest.mark.parametrize("mode", ["value", "reverse"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_entries_at_places_that_are_known(mode, dtype):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(7, 40)).astype(dtype)
    some, table = rng.integers(-7, 7, 90), rng.integers(-40, 40, (3, 5))

    def f(x):
        y = np.sin(x)
        rows, entries = y[some] * x[some], (y * 2)[:, table]
        return (
            np.sum(rows**2) + np.sum(entries * x[::-1, ::2][:, table // 2]) + np.sum(y[..., some])
        )

    error = 1e-12 if dtype is np.float64 else 1e-4
    for form in (x, np.asfortranarray(x)):
        p = compiled(f, form, mode=mode)
        at = np.asfortranarray(x / 2) if form is not x else x / 2
        close(p(at), f(at) if mode == "value" else ad.value_and_grad(f)(at), error)


def test_tangents_at_places_that_are_known():
    places = np.array([3, -1, 0, 0, 2, 1])
    p = compiled(lambda x: np.cos(x)[places] * 2, X, mode="forward", directions=3)
    ts = np.arange(12.0).reshape(3, 4)
    _, found = p((X,), (ts,))
    np.testing.assert_allclose(found, ts @ ad.jacobian(lambda x: np.cos(x)[places] * 2)(X).T)
    made = Driver(p.variants[0].steps, "f")
    assert not made.fusing.calls
    for outside in (np.array([0, 4]), np.array([0, -5])):
        with pytest.raises(IndexError):
            compiled(lambda x, outside=outside: x[outside] * 2, X)


# --- Memory ---------------------------------------------------------------------------------------


@as_written
def test_results_are_nobody_elses():
    x = X.copy()
    p = compiled(lambda x: (x, x[1:], np.ones(3), x * 2, (x + 1)[1:]), x)
    first = p(x)
    kept = [y.copy() for y in first]
    for y in first:
        y[...] = 7
    close(p(x), tuple(kept))
    np.testing.assert_array_equal(x, X)


def test_no_more_memory_than_numpy_takes():
    x = np.linspace(0.1, 1, 100_000)
    p = compiled(log_sum_exp, x, mode="reverse")
    p(x)
    tracemalloc.start()
    p(x)
    made = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert made <= 1.1 * x.nbytes  # the gradient
    shared = Driver(p.variants[0].steps, "shared").memory.nbytes
    assert shared <= p.writer().plan.nbytes


@as_written
def test_it_goes_when_nobody_refers_to_it():
    p = compiled(rosenbrock, X, mode="reverse")
    p(X)
    gone, run = weakref.ref(p), weakref.ref(p.variants[0].run)
    gc.disable()
    try:
        del p
        assert gone() is None
        assert run() is None
    finally:
        gc.enable()


def test_by_many_threads_at_once():
    x = np.linspace(0.1, 1, 60_000)  # so many that others go on meanwhile
    p = compiled(log_sum_exp, x, mode="reverse")
    expected = [p(x + i) for i in range(4)]
    wrong = []

    def work(i):
        for _ in range(10):
            value, gradient = p(x + i)
            if value != expected[i][0] or not np.array_equal(gradient, expected[i][1]):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i % 4,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@as_written
@pytest.mark.parametrize("shape", [(200_001,), (3, 70_000), (70_000, 3), (500, 1000)])
def test_by_several_threads_of_its_own(shape):
    def f(x):
        y = np.exp(x - np.max(x)) * (x > 0.5)
        return np.sum(y), np.any(y > 2), y / np.sum(y), np.sum(x, axis=0), np.argmin(x)

    x = np.random.default_rng(0).normal(size=shape)
    for form in (x, np.asfortranarray(x)):
        four = compiled(f, form, threads=4)
        close(four(form), f(form), 1e-11)
        shared = Driver(four.variants[0].steps, "shared", 4)
        assert shared.assembly().count("_thread(ptr %frame)") >= 2


@pytest.mark.parametrize("shape", [(200_001,), (500, 1000)])
def test_a_gradient_by_several_threads_of_its_own(shape):
    def f(x):
        return np.sum(np.sin(x) * x)

    x = np.random.default_rng(0).normal(size=shape)
    close(compiled(f, x, mode="reverse", threads=3)(x), ad.value_and_grad(f)(x), 1e-11)


@as_written
def test_a_pickle_of_it_is_compiled_again():
    p = pickle.loads(pickle.dumps(compiled(rosenbrock, X, mode="reverse")))
    assert not p.variants
    close(p(X), ad.value_and_grad(rosenbrock)(X))
    assert len(p.variants) == 1
    assert p.backend == "compiled"


# --- Guards ---------------------------------------------------------------------------------------


@as_written
def test_both_sides_of_a_branch_are_kept():
    def bowl(x):
        return np.sum(x**2) if x[0] > 0 else np.sum(x**4)

    p = compiled(bowl, X, mode="reverse")
    for at in (X, -X, X, -X + 1):
        close(p(at), ad.value_and_grad(bowl)(at))
    assert len(p.variants) == 2
    p = compiled(bowl, X, on_change="raise")
    with pytest.raises(ValueError, match="a value on which the function branches"):
        p(-X)


@as_written
def test_a_size_that_depends_on_numbers():
    p = compiled(lambda x: np.sum(x[: int(x[0])] * 2), np.full(9, 3.0))
    for n in (3, 4, 3, 9):
        assert p(np.full(9, float(n))) == 2 * n * n
    positive = compiled(lambda x: x[x > 0] * 2, X)
    for at in (X, -X, X + 9):
        close(positive(at), at[at > 0] * 2)


@as_written
def test_an_error_of_what_is_called_before_its_branch():
    """NumPy is called as soon as there is all that it needs."""

    def f(x):
        if np.sort(x)[0] > 0:
            return np.linalg.cholesky(x * np.eye(4))
        return x * np.eye(4)

    p = compiled(f, np.abs(X))
    for at in (np.abs(X) + 1, X, np.abs(X)):
        close(p(at), f(at))
    assert len(p.variants) == 2


@as_written
def test_an_entry_that_is_read_by_a_number():
    def f(x, i):
        return x[np.argmax(x)] * 2 + x.reshape(2, 2)[np.argmin(x) // 4, 0] + np.argmin(x * 2)

    p = compiled(f, X, 0)
    for at in (X, X[::-1].copy(), -X, np.array([1.0, 1, 1, 1])):
        close(p(at, 0), f(at, 0))


def test_an_entry_whose_place_is_an_array_without_axes():
    place = np.array(1)

    def f(x):
        return x[place] * np.take(x, place) + x[np.array(-1)]

    close(compiled(f, X)(X), f(X))
    close(ad.grad(f, compiled=True, backend="compiled")(X), ad.grad(f)(X))


@as_written
def test_a_place_outside_of_an_array_is_an_error():
    p = compiled(lambda x: x[np.argmax(x) + np.argmin(x)] * 2, X)  # 2 + 1
    close(p(X), X[3] * 2)
    with pytest.raises(IndexError):
        p(np.array([0.0, 0.0, -1.0, 1.0]))  # 3 + 2


def test_extremes_of_nan_and_of_equals():
    p = compiled(lambda x: (np.max(x), np.argmax(x), np.argmin(x)), X)
    for at in (np.array([1.0, np.nan, 3, np.nan]), np.array([1.0, 2, 2, 1]), np.full(4, -np.inf)):
        found = [f(at) for f in (np.max, np.argmax, np.argmin)]
        for x, y in zip(p(at), found, strict=True):
            np.testing.assert_equal(x, y)


def test_where_the_first_nan_is():
    def f(x):
        return np.argmax(x) + 10 * np.argmin(x)

    at = np.array([1.0, np.nan, 3.0, np.nan])
    for x in (at, at.astype(np.float32)):
        assert compiled(f, np.nan_to_num(x))(x) == f(x) == 11


@as_written
@pytest.mark.parametrize("large", [2**53 + 1, 10**400])
def test_integers_that_no_floating_point_number_is(large):
    def f(x):
        return np.where(x < large, 1.0, 2.0) + np.where(x == large, 1.0, 2.0)

    p = compiled(f, 2.0)
    assert p(2.0**53) == f(2.0**53) == 3.0


@as_written
@pytest.mark.parametrize("called", [np.array_equal, np.allclose])
def test_truth_values_of_functions_that_are_called(called):
    def f(x, y):
        return np.where(called(x, y), x * 2, y)

    p = compiled(f, X, X)
    for y in (X + 1, X):
        close(p(X, y), f(X, y))
    source = Driver(p.variants[0].steps, "f").source()
    assert re.search(r"segment0\(.*, \w+\(v\),", source)  # NumPy's, which is a byte in memory


@as_written
def test_what_is_called_makes_something_else():
    """Compiled code reads memory as it was when it was recorded, and not beyond its end."""
    parts = {
        "shorter": lambda x: x[1:] if x[0] > 0 else x,
        "single": lambda x: x.astype(np.float32) if x[0] > 0 else x,
        "a number": lambda x: float(x[1]) if x[0] > 0 else x[1],
    }
    for part in parts.values():
        chosen = ad.custom(part, pull=lambda residual, ct: ct)
        p = compiled(lambda x, chosen=chosen: np.sum(chosen(x) * 2), -X)
        for at in (X, X * 2, -X):
            close(p(at), np.sum(part(at) * 2), 1e-6)


@as_written
def test_views_of_views():
    def f(x):
        for _ in range(sys.getrecursionlimit()):
            x = x[::-1]
        return np.sum(x * x[:1]), x

    close(compiled(f, X)(X * 2), f(X * 2))


def test_many_entries_are_read_one_by_one():
    """The text grows with them, and not with their square."""

    def f(x):
        return sum(x[i] * x[i + 1] for i in range(x.size - 1))

    few, many = (
        Driver(ad.program(f, np.ones(n), mode="reverse").variants[0].steps, "f") for n in (30, 120)
    )
    assert len(many.assembly()) < 5 * len(few.assembly())
    p, x = compiled(f, X, mode="reverse"), X[::-1].copy()
    close(p(x), ad.value_and_grad(f)(x))


@as_written
def test_of_many_questions_none_is_forgotten():
    def f(x):
        return sum(1.0 / (x - i) for i in range(40))

    p = compiled(f, 0.5)
    close(p(40.5), f(40.5))
    for i in range(40):
        with pytest.raises(ZeroDivisionError):
            p(float(i))


def test_what_is_not_finite_is_answered_by_the_function():
    def f(x):
        return np.sum(np.where(x > 0, x * np.log(x), 0.0))

    with np.errstate(all="ignore"):
        p = compiled(f, X + 2, mode="reverse")
        for at in (np.zeros(4), np.array([0.0, 1, 2, 3]), X + 2):
            close(p(at), ad.value_and_grad(f)(at))
        p = compiled(lambda x: np.sum(np.sqrt(x[1:]) * x[:-1]), X + 2, mode="reverse")
        expected = ad.value_and_grad(lambda x: np.sum(np.sqrt(x[1:]) * x[:-1]))(np.zeros(4))
        close(p(np.zeros(4)), expected)
        assert not np.isnan(expected[1]).any()


@as_written
@pytest.mark.parametrize(
    ("f", "at", "error"),
    [
        (lambda x: 1.0 / x, 0.0, ZeroDivisionError),
        (lambda x: x**-1.5, 0.0, ZeroDivisionError),
        (lambda x: x**300.0, 1e200, OverflowError),
    ],
)
def test_what_python_raises_is_what_the_function_raises(f, at, error):
    p = compiled(f, 2.0)
    with pytest.raises(error):
        p(at)
    close(p(4.0), f(4.0))


# --- What is said ---------------------------------------------------------------------------------


@as_written
def test_how_long_it_took_to_compile():
    p = compiled(rosenbrock, X)
    assert p.compile_seconds > 0
    assert "compiled in 0." in repr(p)
    assert ad.program(rosenbrock, X).compile_seconds == 0
    assert "def rosenbrock(x" in p.source


def test_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    with pytest.raises(ImportError, match=r"llvmlite.*pip install llvmlite"):
        compiled(rosenbrock, X)
    with pytest.raises(ImportError, match=r"llvmlite.*pip install llvmlite"):
        ad.grad(rosenbrock, compiled=True, backend="compiled")


def test_no_other_back_end():
    with pytest.raises(ValueError, match="backend must be 'numpy' or 'compiled', not 'jax'"):
        ad.program(rosenbrock, X, backend="jax")
