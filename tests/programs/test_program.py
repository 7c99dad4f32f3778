"""What a program is called with, what it gives and refuses, and what it holds."""

import dataclasses
import gc
import pickle
import threading
import tracemalloc
import weakref

import numpy as np
import pytest

import admodes as ad
from tests.helpers import cube, together
from tests.programs.functions import X, rosenbrock, same

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


def test_by_one_of_two_numbers_of_pythons():
    """The other one is a constant of the derivative, and an input of the program."""

    def f(a, b):
        return (a * b - b / a) ** a

    for at in ((2.0, 3.0), (1.5, 4.0)):
        p = ad.program(f, 2.0, 3.0, mode="reverse", argnums=-1)
        same(p(*at), ad.value_and_grad(f, -1)(*at))
        assert "np.multiply" not in p.source  # which gives a number of NumPy's
        p = ad.program(f, 2.0, 3.0, mode="forward", argnums=(0,))
        same(p(at, (1.0,)), ad.jvp(lambda a, b=at[1]: f(a, b), at[:1], (1.0,)))


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


@pytest.mark.parametrize("segments", [False, True])
def test_what_a_checkpoint_evaluates_again_is_repeated(segments):
    def f(x):
        for _ in range(20):
            x = np.sin(x) * x + 1
        return np.sum(x)

    checkpointed = ad.checkpoint(f, segments=segments)
    program, plain = (ad.program(g, X, mode="reverse") for g in (checkpointed, f))
    y, gradient = program(X + 0.1)
    assert y == f(X + 0.1)
    np.testing.assert_array_equal(gradient, ad.grad(f)(X + 0.1))
    assert program.source.count("np.sin") > plain.source.count("np.sin")


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


def test_of_containers_with_nothing_in_them():
    for nothing in ((), [], {}, ((), [])):
        assert ad.program(lambda _, nothing=nothing: nothing, 1.0)(2.0) == nothing


def test_inside_another_differentiation():
    p = ad.program(rosenbrock, X)
    same(ad.grad(p)(X), ad.grad(rosenbrock)(X))
    both = ad.program(lambda x: p(x) * x[0], X, mode="reverse")
    same(both(X + 1), ad.value_and_grad(lambda x: rosenbrock(x) * x[0])(X + 1))


def test_one_that_is_made_inside_another_differentiation():
    def f(x):
        return ad.program(np.sum, x)(x)

    for derive in (ad.grad(f), lambda x: ad.program(f, x)):
        with pytest.raises(TypeError, match="sum: a program is recorded for plain arguments"):
            derive(X)


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


# --- What it refuses ------------------------------------------------------------------------------


def longer(calls, x):
    """It does more from call to call."""
    calls.append(x)
    for _ in calls:
        x = np.sin(x)
    return np.sum(x)


def test_random_numbers():
    rng = np.random.default_rng(0)
    with pytest.raises(ad.Unrepeatable, match=r"lambda.: recorded again .* draws random numbers"):
        ad.program(lambda x: x * rng.normal(), 1.0)

    def noisy(x):
        y = np.sin(x)
        return y + rng.normal(size=4)

    for f in (noisy, ad.grad(lambda x: np.sum(noisy(x) ** 2))):
        with pytest.raises(ad.Unrepeatable, match=r"first in .*\.py, line \d+: return y \+ rng\."):
            ad.program(f, X)
    calls = []
    with pytest.raises(ad.Unrepeatable, match=r"first in .* x = np\.sin\(x\)"):
        ad.program(lambda x: longer(calls, x), X)

    def seeded(x):
        return x * np.random.default_rng(0).normal(size=4)

    same(ad.program(seeded, X)(X + 1), seeded(X + 1))


@together
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


@together
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
    with pytest.raises(
        TypeError, match="primals must be a tuple of arguments, not an array of float64"
    ):
        p(X, (X,))
    with pytest.raises(ValueError, match=r"shape \(3,\), but its primal has shape \(4,\)"):
        p((X,), (X[1:],))


def test_zeros_have_the_sign_that_they_have_without_a_program():
    """A part is added to a cotangent, and not both to zeros, which plus -0.0 are 0.0."""

    def f(x):
        return ad.grad(lambda y: np.sum(y**3) * y[0])(x)

    x = np.array([1.0, -1.0, 0.0, -1.0])
    p = ad.program(f, x, mode="reverse")
    for sign in (1.0, -1.0):
        for point in (x, np.zeros(4)):
            y, pullback = ad.vjp(f, point)
            ct = sign * np.arange(1.0, 5)
            found, (g,) = p((point,), ct)
            for one, other in ((found, y), (g, pullback(ct)[0])):
                np.testing.assert_array_equal(np.signbit(one), np.signbit(other))
                np.testing.assert_array_equal(one, other)
