"""A derivative as a program, beside the ways that `compare` has measured."""

import json
import sys
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from math import ceil
from types import SimpleNamespace

import numpy as np
import pytest

import admodes as ad
from admodes.choosing import comparing, recommending
from admodes.choosing import repeating as module
from admodes.choosing.machines import TYPICAL
from admodes.choosing.repeating import Repeating, repeating
from admodes.measure import Interval, Timing, median, ratio
from admodes.measure.timing import sample

X = np.linspace(0.1, 1, 20)
INSTALLED = ["numpy", "compiled"] if find_spec("llvmlite") else ["numpy"]


def total(x):
    return np.sum(np.sin(x) * x**2)


def interval(value):
    return Interval(value, value / 1.01, value * 1.01, 0.95)


def test_what_it_takes_and_from_where_on_it_pays():
    found = Repeating(
        way="reverse", recording_seconds=0.01, seconds=interval(1e-5), ratio=interval(5.0)
    )
    assert found.pays_from == 250
    assert str(found) == (
        "As a program (compiled=True) reverse takes 10.0 µs a call, and 50.0 µs without, timed in "
        "turns: 5.00 times as fast, after a first call of 10.0 ms. It pays from 250 calls on."
    )
    assert found.sentence((4e-5, 6e-5)) == str(found)
    for between, apart in (((1e-5, 4e-5), "more"), ((6e-5, 9e-5), "less")):
        assert f"50.0 µs without, timed in turns ({apart} than predicted): 5.00" in found.sentence(
            between
        )
    compiled = replace(found, backend="compiled")
    assert (found.name, compiled.name) == ("reverse, program", "reverse, compiled program")
    assert 'As a program (compiled=True, backend="compiled") reverse takes' in str(compiled)
    slower = Repeating(
        way="reverse", recording_seconds=0.01, seconds=interval(1e-5), ratio=interval(0.9)
    )
    assert slower.pays_from is None


@pytest.fixture
def steady(monkeypatch):
    """Programs are recorded, and timed on a machine that nothing disturbs."""
    taken = {"way": 20e-6, "numpy": 2e-6, "compiled": 1e-6}

    def interleave(calls, **options):
        for call in calls.values():
            call()
        return {name: Timing((taken[name],) * 9, tuple(range(9))) for name in calls}

    own = SimpleNamespace(interleave=interleave, median=median, ratio=ratio)
    monkeypatch.setattr(module, "measure", own)
    monkeypatch.setattr(recommending, "SOON_DONE", 60.0)
    monkeypatch.setattr(recommending, "AT_LEISURE", 60.0)


@pytest.mark.usefixtures("steady")
def test_by_each_back_end():
    every = found_for(ad.reverse.grad(chain), (2.0,))
    assert [each.backend for each in every] == INSTALLED
    assert [round(each.ratio.value) for each in every] == [10, 20][: len(every)]
    for found in every:
        assert found.pays_from == ceil(found.recording_seconds / (20e-6 - found.seconds.value))


@pytest.mark.usefixtures("steady")
def test_what_is_not_worth_it_is_left_out(monkeypatch):
    monkeypatch.setattr(module, "WORTH", 15.0)
    assert [each.backend for each in found_for(ad.reverse.grad(chain), (2.0,))] == INSTALLED[1:]


def test_a_loop_of_floats_is_quicker():
    """Twenty times, as it is timed."""
    derivative = ad.reverse.grad(chain)
    program = ad.grad(chain, compiled=True)
    program(2.0)
    taken = [min(sample(partial(f, 2.0), 20) for _ in range(9)) for f in (derivative, program)]
    assert taken[0] > 1.5 * taken[1]


def found_for(derivative, args, left=10.0):
    return repeating("reverse", derivative, args, 1e-4, lambda: 0.05, lambda: left)


@pytest.mark.usefixtures("steady")
def test_without_llvmlite_there_is_that_of_numpy(monkeypatch):
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    assert [each.backend for each in found_for(ad.reverse.grad(chain), (2.0,))] == ["numpy"]


@pytest.mark.usefixtures("steady")
def test_there_must_be_the_time_to_compile():
    """It is asked before it is begun."""
    every = found_for(ad.reverse.grad(chain), (2.0,), left=0.05)
    assert [each.backend for each in every] == ["numpy"]


def chain(x):
    for _ in range(50):
        x = x * 0.5 + 1.0
    return x


@pytest.mark.parametrize("f", [lambda x: print(x[0]) or total(x), lambda x: total(x) * draw()])
def test_what_cannot_be_a_program_has_none(f, capsys):
    assert found_for(ad.reverse.grad(f), (X,)) == ()


def draw(rng=np.random.default_rng(0)):  # noqa: B008  # shared by its calls
    return rng.normal()


def test_compare_has_a_column_for_each(monkeypatch):
    asked = []
    every = tuple(
        Repeating(
            way="reverse",
            backend=backend,
            recording_seconds=0.01,
            seconds=interval(seconds),
            ratio=interval(1e-4 / seconds),
        )
        for backend, seconds in (("numpy", 1e-5), ("compiled", 5e-6))
    )
    monkeypatch.setattr(comparing, "expected", lambda *args: 0.0)
    monkeypatch.setattr(comparing, "repeating", lambda *args: asked.append(args) or every)
    found = ad.compare(chain, 2.0, seconds=0.3)
    ((way, derivative, args, *_),) = asked
    assert way in [each.name for each in found.ways]
    assert derivative(*args) == 0.5**50
    assert found.programs == every
    (head, *rows), text = found._text()[1], " ".join(str(found).split())
    assert head[-2:] == ["reverse, program", "reverse, compiled program"]
    assert all(len(row) == len(head) for row in rows)
    own = {label: cells[-2:] for label, *cells in rows}
    assert own["pays from, calls"] == ["112", "106"]
    assert own["the first call"] == ["10.0 ms", "10.0 ms"]
    assert own["time in all"] == ["10.0 µs", "5.00 µs"]
    assert own["passes"] == ["–", "–"]
    assert text.count("As a program (compiled=True") == 2
    time, *others = found.plot().axes
    assert [label.get_text() for label in time.get_yticklabels()] == head[1:]
    assert sum(line.get_marker() == "s" for line in time.lines) == 2
    assert not any(line.get_marker() == "s" for axis in others for line in axis.lines)
    kept = json.loads(found.to_json())["programs"]
    assert [each["pays_from"] for each in kept] == [112, 106]


def test_where_none_pays_there_is_no_column():
    found = replace(ad.compare(total, X, seconds=0.1), programs=())
    assert "pays from" not in str(found)
    assert "As a program" not in str(found)


def test_not_of_a_function_that_changes_its_argument():
    def f(x):
        x += 1.0
        return np.sum(x * x)

    assert ad.compare(f, X, seconds=0.3).programs == ()


@pytest.mark.usefixtures("steady")
@pytest.mark.parametrize("options", [{}, {"measure": True}])
def test_recommend_says_from_how_many_calls_on(options):
    advice = ad.recommend(chain, 2.0, **options)
    assert [each.backend for each in advice.programs] == INSTALLED
    assert all(each.way == advice.candidates[0].name for each in advice.programs)
    lines = str(advice).splitlines()
    programs = [each.sentence(advice.between) for each in advice.programs]
    assert lines == [advice.reasoning, *programs]


def noisy(x):
    print("looking at", type(x).__name__)
    return chain(x)


def changing(x, seen):
    seen[0] += 1
    return chain(x)


@pytest.mark.usefixtures("steady")
@pytest.mark.parametrize(
    ("f", "args", "options"),
    [
        pytest.param(chain, (2.0,), {"programs": False}, id="not asked for"),
        pytest.param(chain, (2.0,), {"machine": TYPICAL}, id="another machine"),
        pytest.param(chain, (2.0,), {"memory_limit": 1e9}, id="a limit"),
        pytest.param(noisy, (2.0,), {}, id="it prints"),
        pytest.param(changing, (2.0, np.zeros(1)), {}, id="it changes an argument"),
        pytest.param(lambda x: total(x) * draw(), (X,), {}, id="it is random"),
    ],
)
def test_where_recommend_does_not_look(f, args, options):
    assert ad.recommend(f, *args, **options).programs == ()


def test_nor_where_recording_takes_long():
    assert ad.recommend(lambda x: chain(chain(chain(x))), 2.0).programs == ()


def test_what_was_not_looked_at_is_said():
    def loop(x):
        for _ in range(1000):
            x = np.sin(x)
        return x

    advice = ad.recommend(loop, 0.5)
    assert advice.programs == ()
    assert advice.unrecorded > 1
    assert "As a program (compiled=True) it was not looked at: to record" in str(advice)
    leisure = "; measure=True looks for up to 2.00 s."
    for seconds, soon in ((0.3, True), (1.9, True), (2.1, False)):
        assert (leisure in str(replace(advice, unrecorded=seconds))) is soon
    assert ad.recommend(np.sin, 0.5).unrecorded is None
