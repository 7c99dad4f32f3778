"""What cannot be followed says what to write, whoever has asked and whatever he made of it."""

import contextlib
import ctypes
import functools
import json
import math
import statistics
import struct
import sys
import threading

import numpy as np
import pytest

import admodes as ad
from admodes.modes import lost
from tests.helpers import MODES, together

X = np.array([0.3, 0.5, 0.9])
A = np.arange(9.0).reshape(3, 3)


def assign(array, index, value):
    array[index] = value
    return array


def either(x):
    if x > 0.4:
        return np.sum(x)
    return x[0]


#: what somebody writes -> what the message says to write, and the word that it is about
WRITTEN = {
    "A.dot(x)": (lambda x: A.dot(x), "np.dot"),
    "A.T.dot(x)": (lambda x: A.T.dot(x), " @ "),
    "A.clip(x, y)": (lambda x: A.clip(x[0], x[1]), "np.clip"),
    "A.searchsorted(x)": (lambda x: A[0].searchsorted(x), "method of a plain array"),
    "np.array of entries": (lambda x: np.array([x[0], x[1]]), "np.array([a, b], like=x)"),
    "np.array": (lambda x: np.array(x), "like=x"),
    "np.asfortranarray": (lambda x: np.asfortranarray(x), "np.copy(x, order)"),
    "np.mean of a list": (lambda x: np.mean([x, x]), "np.array([a, b], like=x)"),
    "a list times x": (lambda x: x * [x[0], x[1], x[2]], "np.array([a, b], like=x)"),
    "isinstance": (lambda x: x if isinstance(x, np.ndarray) else np.asarray(x), "isinstance"),
    "np.nditer": (lambda x: list(np.nditer(x)), "np.ravel"),
    "np.ndenumerate": (lambda x: [t for _, t in np.ndenumerate(x)], "x.flat"),
    "np.vectorize": (lambda x: np.vectorize(lambda t: 2 * t)(x), "np.vectorize"),
    "np.fromiter": (lambda x: np.fromiter(x, float), "like=x"),
    "an entry": (lambda x: assign(np.zeros(3), 0, x[0]), "np.zeros(shape, like=x)"),
    "a slice": (lambda x: assign(np.zeros(3), slice(None), x), "np.zeros(shape, like=x)"),
    "a key": (lambda x: {x[0]: 1}, "list"),
    "a set": (lambda x: {x[0]}, "list"),
    "lru_cache": (lambda x: functools.lru_cache(lambda t: t * t)(x[0]), "lru_cache"),
    "math.sin": (lambda x: math.sin(x[0]), "np.sin"),
    "math.fsum": (lambda x: math.fsum(x), "NumPy's functions"),
    "statistics.mean": (lambda x: statistics.mean(x), "stop_gradient"),
    "float": (lambda x: float(x[0]), "np.sin"),
    "int": (lambda x: int(x[0]), "np.floor"),
    "range": (lambda x: range(x[0]), "plain integers"),
    "np.zeros(x)": (lambda x: np.zeros(x[0]), "plain integers"),
    "np.arange(x)": (lambda x: np.arange(x[0]), "stop_gradient"),
    "%d": (lambda x: "%d" % x[0], "f'{x:"),  # noqa: UP031  # as users write it
    "%.3f": (lambda x: "%.3f" % x[0], "f'{x:"),  # noqa: UP031  # as users write it
    "json": (lambda x: json.dumps(x[0]), "stop_gradient"),
    "struct": (lambda x: struct.pack("d", x[0]), "stop_gradient"),
    "memoryview": (lambda x: memoryview(x), "stop_gradient"),
    "random numbers": (lambda x: np.random.default_rng(0).normal(x), "stop_gradient"),
    "if of an array": (either, "np.where"),
    "max of arrays": (lambda x: max(x, 1 - x), "np.maximum"),
    "and of arrays": (lambda x: x * ((x > 0) and (x < 1)), "& for and"),
    "strides": (lambda x: x.strides, "stop_gradient"),
    "x.data": (lambda x: x.data, "stop_gradient"),
    "x.shape = …": (lambda x: setattr(x, "shape", (3, 1)), "x.reshape"),
    "x.real = …": (lambda x: setattr(x, "real", 0.0), "1j"),
    "np.ma": (lambda x: np.ma.array(x, mask=[0, 1, 0]), "np.where"),
    "a masked array on the left": (lambda x: np.ma.array(X) + x, "m.filled"),
    "a masked array written into": (
        lambda x: np.ma.array(X).__iadd__(x),
        "m.filled",
    ),
    "a masked array's method": (lambda x: np.ma.array(X).dot(x), "m.filled"),
}


@together
@pytest.mark.parametrize(("f", "words"), WRITTEN.values(), ids=WRITTEN)
def test_what_cannot_be_followed_says_what_to_write_in_every_face(f, words):
    messages = []
    for differentiate in (
        lambda: ad.grad(f, mode="forward")(X),
        lambda: ad.grad(f, mode="reverse")(X),
        lambda: ad.jacobian(f, mode="forward")(X),
        lambda: ad.vjp(f, X),
        lambda: ad.testing.check_modes(f, X),
        lambda: ad.compare(f, X),
    ):
        with pytest.raises((TypeError, ValueError, NotImplementedError)) as caught:
            differentiate()
        *_, last = str(caught.value).split("\n", 1)
        assert words in last
        messages.append(str(caught.value).replace("Dual", "Variable"))
    assert len({*messages[:4]}) == 1, "the modes say different things"


@pytest.mark.parametrize("mode", MODES)
def test_code_that_only_looks_goes_on(mode):
    """Asking, and taking the answer, is no error."""

    def f(x):
        for ask in (float, np.asarray, hash):
            with contextlib.suppress(TypeError):
                ask(x)
        return x * x if not hasattr(x, "strides") else x

    assert ad.grad(f, mode=mode)(3.0) == 6.0
    assert not lost._raised


@pytest.mark.parametrize("mode", MODES)
def test_another_error_after_one_that_was_taken_stays_what_it_is(mode):
    def f(x):
        with contextlib.suppress(TypeError):
            float(x)
        raise KeyError("another")

    with pytest.raises(KeyError) as caught:
        ad.grad(f, mode=mode)(3.0)
    assert caught.value.args == ("another",)


@pytest.mark.parametrize("mode", MODES)
def test_a_wrong_name_stays_an_attribute_error(mode):
    with pytest.raises(AttributeError, match="no_such_thing"):
        ad.grad(lambda x: x.no_such_thing, mode=mode)(3.0)


# --- Functions in C that call back ----------------------------------------------------------------

_DOUBLE = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)


@pytest.mark.parametrize("mode", MODES)
def test_a_call_back_from_c_cannot_lose_a_derivative(mode, monkeypatch):
    """ctypes prints the error and goes on with 0.0: nobody else would say so."""
    ignored = []
    monkeypatch.setattr(sys, "unraisablehook", lambda told: ignored.append(told.exc_type))
    with pytest.raises(TypeError, match="in C that calls back"):
        ad.grad(lambda x: _DOUBLE(lambda t: t * x)(2.0) + x, mode=mode)(3.0)
    assert ignored == [TypeError]
    assert ad.grad(lambda x: _DOUBLE(lambda t: t * 2.0)(2.0) * x, mode=mode)(3.0) == 4.0


class Solver:
    """As brentq in reverse mode: Python found that C had gone on in spite of an error."""

    def __init__(self, error):
        self.error = error

    def __call__(self, function):
        try:
            float(function(0.0))
        except TypeError as error:
            raise self.error from error


@pytest.mark.parametrize("mode", MODES)
def test_a_system_error_is_the_type_error_that_it_came_from(mode):
    solve = Solver(SystemError("returned a result with an exception set"))
    with pytest.raises(TypeError, match="cannot become a float") as caught:
        ad.grad(lambda x: solve(lambda t: t - x) * x, mode=mode)(3.0)
    assert isinstance(caught.value.__cause__, SystemError)


@pytest.mark.parametrize("mode", MODES)
def test_an_error_of_another_s_that_ours_caused_says_ours_last(mode):
    with pytest.raises(ValueError, match=r"no root\n.*cannot become a float(.|\n)*stop_gradient"):
        ad.grad(lambda x: Solver(ValueError("no root"))(lambda t: t - x), mode=mode)(3.0)


def test_errors_of_another_thread_are_its_own():
    """One thread loses a derivative, and takes the answer, while another one differentiates."""
    inside, done = threading.Event(), threading.Event()

    def f(x):
        with contextlib.suppress(TypeError):
            float(x)
        inside.set()
        done.wait(10)
        return x * x

    thread = threading.Thread(target=lambda: ad.grad(f)(3.0))
    thread.start()
    inside.wait(10)
    with pytest.raises(ValueError, match=r"^of f$"):
        ad.grad(lambda x: exec("raise ValueError('of f')"))(3.0)
    done.set()
    thread.join(10)
    assert not lost._raised
