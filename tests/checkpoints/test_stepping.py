"""``checkpoint(step, steps=n)``: a loop whose reverse sweep stores few of its states."""

import gc
import math
import weakref
from dataclasses import dataclass

import numpy as np
import pytest

import admodes as ad
from admodes import measure, reverse
from admodes.checkpoints.schedules import SCHEDULES, advances
from tests.helpers import MODES, NESTINGS, together

X = np.array([0.3, -1.2, 0.8])
each_schedule = pytest.mark.parametrize("schedule", SCHEDULES)


def bend(x, scale=1.0, shift=0.0):
    y = np.sin(x) * x + shift
    return np.tanh(y * y[0]) * scale + x * scale


def by_hand(step, n, numbered=False):
    def loop(state, *args, **kwargs):
        for i in range(n):
            state = step(state, *([i] if numbered else []), *args, **kwargs)
        return state

    return loop


def pair(state, scale):
    """Leapfrog: what was now is before next."""
    before, now = state
    return now, 2.0 * now - before - 0.01 * np.sin(now) * scale[0] * scale[1]


# Derivatives


@together
@each_schedule
@pytest.mark.parametrize("n", [1, 2, 3, 7, 20])
@pytest.mark.parametrize("snapshots", [None, 1, 2, 5, 50])
def test_the_same_gradient_to_the_last_bit(n, snapshots, schedule):
    loop = ad.checkpoint(bend, steps=n, snapshots=snapshots, schedule=schedule)
    plain = by_hand(bend, n)

    def gradients(loop):
        return reverse.value_and_grad(lambda *args: np.sum(loop(*args) ** 2), (0, 1, 2))

    found, expected = gradients(loop)(X, 0.9, 0.1), gradients(plain)(X, 0.9, 0.1)
    assert found[0] == expected[0]
    for each, other in zip(found[1], expected[1], strict=True):
        np.testing.assert_array_equal(each, other, strict=True)
        assert type(each) is type(other)


@each_schedule
def test_the_same_to_the_last_bit_with_containers(schedule):
    loop = ad.checkpoint(pair, steps=30, snapshots=4, schedule=schedule)
    arguments = (X, X + 0.1), np.array([0.5, 2.0])
    found, expected = (
        reverse.grad(lambda s, p, f=f: np.sum(f(s, p)[0] * f(s, p)[1][0]), (0, 1))(*arguments)
        for f in (loop, by_hand(pair, 30))
    )
    # (Parameters are used in two loops here: the sums over each are added, in another order.)
    for each, other in zip(found[0], expected[0], strict=True):
        np.testing.assert_allclose(each, other, rtol=1e-14)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-13)

    found, expected = (
        reverse.grad(lambda s, p, f=f: np.sum(f(s, p)[1] ** 2), (0, 1))(*arguments)
        for f in (loop, by_hand(pair, 30))
    )
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


@together
@each_schedule
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("chunk_size", [1, 2, None])
def test_jacobians_in_chunks(mode, chunk_size, schedule):
    loop = ad.checkpoint(bend, steps=9, snapshots=2, schedule=schedule)
    for argument in (0, 1, 2):
        np.testing.assert_allclose(
            ad.jacobian(loop, argument, mode=mode, chunk_size=chunk_size)(X, 0.9, X / 9),
            ad.jacobian(by_hand(bend, 9), argument)(X, 0.9, X / 9),
            rtol=1e-12,
            atol=1e-14,
        )


@together
@each_schedule
@pytest.mark.parametrize("modes", NESTINGS)
@pytest.mark.parametrize(
    "use",
    [
        lambda loop, x: loop(x, 0.9),
        lambda loop, x: loop(np.ones(3), x[0], x),
        lambda loop, x: loop(x * x, x[0], shift=np.sin(x)),
    ],
    ids=["state", "arguments", "both"],
)
def test_second_derivatives(modes, schedule, use):
    loop, plain = ad.checkpoint(bend, steps=7, snapshots=2, schedule=schedule), by_hand(bend, 7)
    np.testing.assert_allclose(
        ad.hessian(lambda x: np.sum(use(loop, x) ** 2), modes=modes)(X),
        ad.hessian(lambda x: np.sum(use(plain, x) ** 2))(X),
        rtol=1e-9,
        atol=1e-11,
    )
    t = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(
        ad.hvp(lambda x: np.sum(use(loop, x)), (X,), (t,), modes=modes)[0],
        ad.hvp(lambda x: np.sum(use(plain, x)), (X,), (t,))[0],
        rtol=1e-9,
        atol=1e-11,
    )


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_derivatives_by_different_arguments_inside_and_outside(outer, inner):
    def f(loop, scale):
        return ad.grad(lambda x: np.sum(loop(x, scale)), mode=inner)(X)[0] * scale

    loop, plain = ad.checkpoint(bend, steps=6, snapshots=2), by_hand(bend, 6)
    expected = ad.grad(lambda scale: f(plain, scale))(0.9)
    assert ad.grad(lambda scale: f(loop, scale), mode=outer)(0.9) == pytest.approx(expected)


def test_linearize_and_the_imperative_face():
    loop, plain = ad.checkpoint(bend, steps=6, snapshots=2), by_hand(bend, 6)
    t = np.array([1.0, -2.0, 0.5])
    expected = ad.jvp(plain, (X,), (t,))[1]
    np.testing.assert_allclose(ad.linearize(loop, X)[1](t), expected, rtol=1e-12)
    x, scale = ad.variable(X), ad.variable(0.9)
    np.sum(loop(x, scale)).backward()
    expected = ad.grad(lambda x, scale: np.sum(plain(x, scale)), (0, 1))(X, 0.9)
    np.testing.assert_allclose(x.grad, expected[0], rtol=1e-12)
    np.testing.assert_allclose(scale.grad, expected[1], rtol=1e-12)


def test_a_pullback_may_be_called_again():
    _, pullback = ad.vjp(ad.checkpoint(bend, steps=12, snapshots=3), X, 0.9)
    _, plain = ad.vjp(by_hand(bend, 12), X, 0.9)
    for ct in (X, X, np.ones(3)):
        for each, other in zip(pullback(ct), plain(ct), strict=True):
            np.testing.assert_array_equal(each, other)


def test_within_a_checkpoint_and_around_one():
    inner = ad.checkpoint(bend, steps=3, snapshots=1)
    expected = ad.grad(lambda x: np.sum(by_hand(bend, 12)(x)))(X)
    for loop in (
        ad.checkpoint(inner, steps=4, snapshots=2),
        ad.checkpoint(ad.checkpoint(bend, steps=12)),
        ad.checkpoint(ad.checkpoint(bend, steps=12), segments=True),
        ad.checkpoint(ad.checkpoint(bend), steps=12),
    ):
        np.testing.assert_allclose(ad.grad(lambda x, f=loop: np.sum(f(x)))(X), expected, rtol=1e-12)


# The state and the arguments


@dataclass
class Weather:
    wind: np.ndarray
    time: float
    day: int


def blow(weather, number, gusts, *, damping):
    """The time is a number that nothing depends on: it stays one."""
    gust = math.sin(weather.time) * gusts["strength"][number % 2]
    wind = (weather.wind + gust * np.cos(weather.wind)) * damping
    return Weather(wind, weather.time + 0.5, weather.day + 1)


@each_schedule
@pytest.mark.parametrize("mode", MODES)
def test_containers_numbers_and_the_number_of_the_step(mode, schedule):
    loop = ad.checkpoint(blow, steps=11, snapshots=2, schedule=schedule, numbered=True)
    plain = by_hand(blow, 11, numbered=True)

    def total(loop):
        def f(wind, strength, damping):
            end = loop(Weather(wind, 0.0, 3), {"strength": strength}, damping=damping)
            assert (end.time, end.day) == (5.5, 14)
            return np.sum(end.wind**2)

        return f

    arguments = X, [0.1, np.array([0.2, 0.3, 0.4])], 0.95
    found = ad.grad(total(loop), (0, 1, 2), mode=mode)(*arguments)
    expected = ad.grad(total(plain), (0, 1, 2))(*arguments)
    for each, other in zip(found, expected, strict=True):
        for a, b in (
            zip(np.ravel(each[0]), np.ravel(other[0]), strict=True)
            if isinstance(each, list)
            else zip(np.ravel(each), np.ravel(other), strict=True)
        ):
            assert a == pytest.approx(b, rel=1e-12)


@each_schedule
def test_what_comes_to_depend_on_an_input_late(schedule):
    """Which parts of the state do is found while it goes forward: here it changes at step 6."""

    def late(state, number, x):
        a, b = state
        return a * np.cos(a), b + (x * a if number == 6 else 1.0)

    def f(loop):
        return lambda x: np.sum(loop((0.5, np.ones(3)), x)[1])

    loop = ad.checkpoint(late, steps=10, snapshots=3, schedule=schedule, numbered=True)
    expected = ad.grad(f(by_hand(late, 10, numbered=True)))(X)
    np.testing.assert_array_equal(ad.grad(f(loop))(X), expected)
    assert np.all(expected != 0)


@pytest.mark.parametrize("mode", MODES)
def test_no_step_and_no_dependence(mode):
    nothing = ad.checkpoint(bend, steps=0)
    np.testing.assert_array_equal(ad.jacobian(nothing, mode=mode)(X), np.eye(3))
    constant = ad.checkpoint(lambda x: np.ones(3), steps=5)
    np.testing.assert_array_equal(ad.jacobian(constant, mode=mode)(X), np.zeros((3, 3)))
    assert ad.checkpoint(lambda k: k + 1, steps=5)(3) == 8
    growing = ad.checkpoint(lambda k, x: k + x, steps=5)  # an integer to begin with
    assert ad.grad(lambda x: growing(0, x), mode=mode)(2.0) == 5.0


@pytest.mark.parametrize("mode", MODES)
def test_dtypes_and_kinds_are_kept(mode):
    x = X.astype(np.float32)
    loop = ad.checkpoint(lambda s: (s[0] * s[1], s[1] * s[1]), steps=3, snapshots=1)

    def f(x):
        a, _ = loop((x, np.float32(1.5)))
        assert a.dtype == np.float32
        return np.sum(a)

    assert ad.grad(f, mode=mode)(x).dtype == np.float32
    assert type(ad.grad(ad.checkpoint(lambda x: x * x, steps=3), mode=mode)(1.1)) is float


def test_steps_that_overwrite_plain_arrays_spoil_nothing():
    def decay(state):
        u, age = state
        age += 1.0  # a plain array, as nothing depends on it
        u = u * age
        u += 1.0  # recorded this is another array, but not where values are computed again
        return u, age

    def f(loop):
        return lambda u: np.sum(loop((u, np.zeros(3)))[0] ** 2)

    x = X.copy()
    for n in (1, 2, 9):
        loop = ad.checkpoint(decay, steps=n, snapshots=2)
        _, pullback = ad.vjp(f(loop), x)
        expected = ad.grad(f(by_hand(decay, n)))(X)
        for _ in range(2):
            np.testing.assert_array_equal(pullback(1.0)[0], expected)
    np.testing.assert_array_equal(x, X)


@pytest.mark.parametrize("mode", MODES)
def test_closures_over_expressions_are_still_right(mode):
    def f(make):
        return lambda x: np.sum(make(lambda y: np.sin(y) * x)(np.ones(3)) * x)

    expected = ad.grad(f(lambda step: by_hand(step, 5)))(X)
    found = ad.grad(f(lambda step: ad.checkpoint(step, steps=5)), mode=mode)(X)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


# What it costs


@together
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(("n", "snapshots"), [(1, 1), (2, 1), (10, 3), (35, 4), (60, 5), (60, 70)])
def test_a_gradient_evaluates_a_step_as_often_as_the_schedule_says(n, snapshots, schedule):
    calls = 0

    def counted(x):
        nonlocal calls
        calls += 1
        return np.sin(x) * 1.1

    loop = ad.checkpoint(counted, steps=n, snapshots=snapshots, schedule=schedule)
    ad.grad(lambda x: np.sum(loop(x)))(X)
    if schedule == "binomial":
        assert calls == n + advances(n, snapshots)
    else:
        assert n <= calls < 2 * n
    calls = 0
    ad.jvp(loop, (X,), (X,))
    assert calls == n
    loop(X)
    assert calls == 2 * n


@pytest.mark.parametrize("snapshots", [1, 3, 8])
def test_no_more_states_are_alive_than_snapshots(snapshots):
    alive = most = 0

    def gone():
        nonlocal alive
        alive -= 1

    def step(x):
        nonlocal alive, most
        y = np.sin(x) * 1.1
        alive, most = alive + 1, max(most, alive + 1)
        weakref.finalize(y if isinstance(y, np.ndarray) else y._value, gone)
        return y

    loop = ad.checkpoint(step, steps=60, snapshots=snapshots)
    ad.grad(lambda x: np.sum(loop(x)))(X)
    assert alive == 0
    assert most <= snapshots + 2  # beside them the state before a step and the one after it


@pytest.mark.slow
def test_memory_is_that_of_the_snapshots_whatever_the_number_of_steps():
    x = np.linspace(1.0, 1.2, 10_000)

    def states(loop):
        return measure.peak_bytes(lambda: ad.grad(lambda x: np.sum(loop(x)))(x)) / x.nbytes

    def step(x):
        return np.sin(x) * 1.1

    few, many = (states(ad.checkpoint(step, steps=n, snapshots=5)) for n in (10, 100))
    assert few == pytest.approx(many, abs=0.5)
    assert many < 5 + 7
    assert states(by_hand(step, 100)) > 100
    # √n states, and the recording of √n steps, each of which keeps one.
    uniform = states(ad.checkpoint(step, steps=100, schedule="uniform"))
    assert uniform < 2 * math.sqrt(100) + 10


def test_the_tape_tells_what_is_held():
    x = np.ones(1000)
    _, pullback = ad.vjp(ad.checkpoint(np.sin, steps=50, snapshots=4), x)
    assert len(pullback.tape) == 1
    # The first state is the argument; and the last step keeps the state before it.
    assert pullback.tape.nbytes == 5 * x.nbytes
    pullback(x)
    assert pullback.tape.nbytes == x.nbytes


@each_schedule
def test_nothing_is_left_behind(schedule):
    seen = []

    def step(x):
        y = np.sin(x)
        seen.append(weakref.ref(y))
        return y

    loop = ad.checkpoint(step, steps=20, snapshots=3, schedule=schedule)
    gc.disable()
    try:
        ad.grad(lambda x: np.sum(loop(x)))(X)
        _, pullback = ad.vjp(loop, X)
        del pullback
        ad.hessian(lambda x: np.sum(loop(x)))(X)
        ad.variable(X) + loop(ad.variable(X))
        with ad.no_grad():
            loop(ad.variable(X))
        assert all(reference() is None for reference in seen)
    finally:
        gc.enable()


# Errors


@together
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": -1}, "steps must be an integer, 0 or more, not -1"),
        ({"steps": 2.0}, "steps must be an integer, 0 or more, not 2.0"),
        ({"steps": True}, "not True"),
        ({"steps": 3, "snapshots": 0}, "snapshots must be a positive integer or None, not 0"),
        ({"steps": 3, "snapshots": "2"}, "snapshots must be a positive integer or None, not '2'"),
        ({"steps": 3, "schedule": "revolve"}, "one of binomial, uniform, not 'revolve'"),
        ({"steps": 3, "segments": True}, "give one"),
        ({"snapshots": 3}, "snapshots=3 is for a loop: give steps="),
        ({"schedule": "uniform"}, "schedule='uniform' is for a loop"),
        ({"numbered": True}, "numbered=True is for a loop"),
    ],
)
def test_a_wrong_option_is_one_clear_line(options, message):
    with pytest.raises(ValueError, match=message) as error:
        ad.checkpoint(bend, **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("mode", MODES)
def test_a_state_that_changes_its_containers_is_an_error(mode):
    def step(state):
        return [*state, state[0]]

    loop = ad.checkpoint(step, steps=3)
    with pytest.raises(ValueError, match=r"step: step 0 gave a state of .* \(\[0\], \[1\]\), not"):
        ad.grad(lambda x: np.sum(loop([x])[0]), mode=mode)(X)


@pytest.mark.parametrize("mode", MODES)
def test_exceptions_pass_through(mode):
    with pytest.raises(TypeError, match="state"):
        ad.grad(lambda x: ad.checkpoint(bend, steps=3)(scale=x), mode=mode)(2.0)
    calls = []

    def step(x):
        calls.append(1)
        if len(calls) == 12:  # in the sweep, by reverse mode
            raise RuntimeError("mine")
        return np.sin(x)

    loop = ad.checkpoint(step, steps=8, snapshots=1)
    if mode == "reverse":
        with pytest.raises(RuntimeError, match="mine"):
            ad.grad(lambda x: np.sum(loop(x)), mode=mode)(X)
    else:
        ad.grad(lambda x: np.sum(loop(x)), mode=mode, chunk_size=3)(X)
    with pytest.raises(TypeError, match="callable"):
        ad.checkpoint(3, steps=4)


def test_it_is_named_after_its_step():
    assert ad.checkpoint(bend, steps=7).__name__ == "checkpoint(bend, steps=7)"
