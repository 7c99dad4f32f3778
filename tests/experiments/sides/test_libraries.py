"""What measures libraries apart: the same code on another namespace, verified; a process."""

import math
import sys
import textwrap
from functools import partial
from types import ModuleType

import numpy as np
import pytest

import admodes as ad
from admodes import reverse
from experiments.bench.agreement import Disagreement
from experiments.bench.apart import Process
from experiments.functions import small
from experiments.functions.scalars import FUNCTIONS
from experiments.sides import libraries
from experiments.sides.libraries import on, runs, verify
from tests.helpers import together


class Shouting(ModuleType):
    """A library of three functions."""

    sum = staticmethod(lambda x: f"sum of {x}")
    sin = staticmethod(lambda x: 2)
    tanh = staticmethod(lambda x: 0)


SHOUTING = Shouting("shouting")


# --- Another namespace ----------------------------------------------------------------------------


def test_another_namespace_runs_the_same_code():
    assert on(SHOUTING, small.sine_square_tanh)(3) == "sum of 18"
    assert on(SHOUTING, partial(small.sine_chain, steps=1))(3) == "sum of 6"
    assert small.sine_square_tanh(np.zeros(2)) == 0  # the original is as it was


def outer(x, inner, data, power):
    return inner(x), data, power


def test_what_is_bound_to_a_function_goes_along():
    f = partial(outer, inner=small.sine_square_tanh, data=np.ones(2), power=2)
    assert on(SHOUTING, f, array=lambda data: "own array")(3) == ("sum of 18", "own array", 2)
    assert isinstance(f.keywords["data"], np.ndarray)


@together
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_functions_of_speedup_use_numpy_by_its_name_alone(name):
    """So a namespace that refuses everything is reached, wherever NumPy would be."""
    f, x = FUNCTIONS[name].make(10, np.random.default_rng(0))
    with pytest.raises(AttributeError, match="has no attribute"):
        on(ModuleType("empty"), f)(x)


# --- Verifying ------------------------------------------------------------------------------------


def cube(x):
    return np.sum(x**3)


X, TANGENT = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, -1.0])
VALUE, GRADIENT = cube(X), 3 * X**2
SLOPE = float(GRADIENT @ TANGENT)


def verified(mode, value, derivative):
    return verify({f"other {mode}": lambda: (value, derivative)}, cube, X, TANGENT)


def test_what_is_right_is_told_with_its_difference_and_its_first_time():
    found = verified("reverse", VALUE, GRADIENT * (1 + 1e-10))
    assert found["largest_difference"]["other reverse"] == pytest.approx(1e-10, rel=1e-3)
    assert found["first_seconds"]["other reverse"] >= 0
    assert found["failures"] == {}
    assert verified("forward", VALUE, SLOPE)["largest_difference"] == {"other forward": 0.0}
    assert verified("forward gradient", None, GRADIENT)["failures"] == {}


@together
@pytest.mark.parametrize(
    ("mode", "value", "derivative", "message"),
    [
        (
            "reverse",
            VALUE,
            np.array([3.0, 12.0, 27.1]),
            r"the gradient at \[2\], where x is 3.0, by other reverse is 27.1, and by admodes in"
            r" reverse mode 27.0: a relative difference of 0.0037",
        ),
        ("reverse", VALUE, GRADIENT * math.nan, r"gradient at \[0\].* is nan"),
        ("reverse", VALUE + 1, GRADIENT, r"the value by other reverse is 37.0, and by NumPy 36.0"),
        ("reverse", VALUE, GRADIENT[:, None], r"has shape \(3, 1\), not \(3,\)"),
        ("forward", VALUE, 7.0, r"the tangent by other forward is 7.0, .* mode -24.0"),
    ],
)
def test_what_is_wrong_is_told_with_function_input_and_both_values(
    mode, value, derivative, message
):
    with pytest.raises(Disagreement, match=message):
        verified(mode, value, derivative)


def test_what_cannot_be_done_is_told_and_stops_nothing():
    def no():
        raise NotImplementedError("no rule\nfor cube")

    calls = {
        "other forward": no,
        "other reverse": lambda: (VALUE, object()),
        "third reverse": lambda: (VALUE, GRADIENT),
    }
    found = verify(calls, cube, X, TANGENT)
    assert found["failures"]["other forward"] == "NotImplementedError: no rule for cube"
    assert found["failures"]["other reverse"].startswith("TypeError")
    assert set(found["largest_difference"]) == {"third reverse"}
    with pytest.raises(NotImplementedError):
        verify({"admodes reverse": no}, cube, X, TANGENT)


def test_runs_of_the_code_are_counted_on_whatever_namespace_and_restored():
    assert runs(lambda: [cube(X), on(np, cube)(X), ad.jvp(cube, (X,), (TANGENT,))], cube) == 3
    f = partial(small.sine_chain, steps=2)
    assert runs(lambda: reverse.grad(f)(X), f) == 1
    assert runs(lambda: np.sum(X), cube) == 0
    assert sys.getprofile() is None


def test_which_packages_are_missing(monkeypatch):
    monkeypatch.setattr(libraries, "PEERS", ("numpy", "no_such.jit", "no_such"))
    assert libraries.missing() == ["no_such"]


# --- A process ------------------------------------------------------------------------------------


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module to be run in a process of its own."""
    source = """
        import sys, time
        from experiments.bench.apart import serve

        def echo(**what):
            print("printed by a library")
            print("warned " * 20000, file=sys.stderr)
            return what

        def wait(seconds):
            time.sleep(seconds)
            return {}

        def leave():
            raise ValueError("a fault\\nin two lines")

        if __name__ == "__main__":
            serve({"echo": echo, "wait": wait, "leave": leave})
    """
    (tmp_path / "answering.py").write_text(textwrap.dedent(source), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "answering"


def test_a_process_answers_whatever_it_prints_and_tells_in_a_line_what_goes_wrong(module):
    with Process(module) as process:
        assert process.ask("echo", x=1) == {"x": 1}
        process.send("echo", x="µs")
        assert process.receive(within=30) == {"x": "µs"}
        assert process.ask("wait", within=30, seconds=0) == {}
        with pytest.raises(RuntimeError, match=r"^in two lines$"):
            process.ask("leave")


def test_a_process_that_takes_too_long_is_ended(module):
    with Process(module) as process:
        process.ask("wait", seconds=0)
        with pytest.raises(TimeoutError, match=r"^not within 0.2 s$"):
            process.ask("wait", within=0.2, seconds=60)
        with pytest.raises(RuntimeError, match="exit code"):
            process.ask("wait", seconds=0)
