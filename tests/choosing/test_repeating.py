"""A derivative as a program, beside the ways that `compare` has measured."""

import json
import sys
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

import admodes as ad
from admodes.choosing.machines import TYPICAL
from admodes.choosing.repeating import Repeating, repeating
from admodes.measure import Interval
from admodes.measure.words import duration

X = np.linspace(0.1, 1, 20)


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
        "As a program (compiled=True) reverse takes 10.0 µs a call, 5.00 times as fast, after a "
        "first call of 10.0 ms: it pays from 250 calls on."
    )
    compiled = replace(found, backend="compiled")
    assert (found.name, compiled.name) == ("reverse, program", "reverse, compiled program")
    assert 'As a program (compiled=True, backend="compiled") reverse takes' in str(compiled)
    slower = Repeating(
        way="reverse", recording_seconds=0.01, seconds=interval(1e-5), ratio=interval(0.9)
    )
    assert slower.pays_from is None


def test_of_a_loop_of_floats():
    every = found_for(ad.reverse.grad(chain), (2.0,))
    installed = ["numpy", "compiled"] if find_spec("llvmlite") else ["numpy"]
    assert [each.backend for each in every] == installed
    for found in every:
        assert found.ratio.value > 1.1  # twenty times: a busy machine takes it for no less
        assert found.pays_from > 1


def found_for(derivative, args, left=10.0):
    return repeating("reverse", derivative, args, 1e-4, lambda: 0.05, lambda: left)


def test_without_llvmlite_there_is_that_of_numpy(monkeypatch):
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    assert [each.backend for each in found_for(ad.reverse.grad(chain), (2.0,))] == ["numpy"]


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


def draw(rng=np.random.default_rng(0)):  # noqa: B008
    return rng.normal()


def test_compare_has_a_column_for_each():
    """Where it pays: a busy machine may hide that of NumPy, but twenty times as fast is seen."""
    found = ad.compare(chain, 2.0, seconds=1.0)
    assert found.programs
    table, text = str(found), " ".join(str(found).split())
    head, rows = found._text()[1][0], {row[0]: row[1:] for row in found._text()[1][1:]}
    assert head[-len(found.programs) :] == [each.name for each in found.programs]
    assert text.count("As a program (compiled=True") == len(found.programs)
    for i, each in enumerate(found.programs, -len(found.programs)):
        assert rows["pays from, calls"][i] == f"{each.pays_from:,}"
        assert rows["time in all"][i] == duration(each.seconds.value)
        assert rows["passes"][i] == "–"
    assert all(len(row) == len(head) - 1 for row in rows.values())
    assert "pays from, calls" in table
    kept = json.loads(found.to_json())["programs"]
    assert [each["pays_from"] for each in kept] == [each.pays_from for each in found.programs]


def test_where_none_pays_there_is_no_column():
    found = replace(ad.compare(total, X, seconds=0.1), programs=())
    assert "pays from" not in str(found)
    assert "As a program" not in str(found)


def test_not_of_a_function_that_changes_its_argument():
    def f(x):
        x += 1.0
        return np.sum(x * x)

    assert ad.compare(f, X, seconds=0.3).programs == ()


@pytest.mark.parametrize("options", [{}, {"measure": True}])
def test_recommend_says_from_how_many_calls_on(options):
    advice = ad.recommend(chain, 2.0, **options)
    assert advice.programs
    assert all(each.way == advice.candidates[0].name for each in advice.programs)
    lines = str(advice).splitlines()
    assert lines == [advice.reasoning, *map(str, advice.programs)]


def noisy(x):
    print("looking at", type(x).__name__)
    return chain(x)


def changing(x, seen):
    seen[0] += 1
    return chain(x)


@pytest.mark.parametrize(
    ("f", "args", "options"),
    [
        pytest.param(chain, (2.0,), {"programs": False}, id="not asked for"),
        pytest.param(chain, (2.0,), {"machine": TYPICAL}, id="another machine"),
        pytest.param(chain, (2.0,), {"memory_limit": 1e9}, id="a limit"),
        pytest.param(noisy, (2.0,), {}, id="it prints"),
        pytest.param(changing, (2.0, np.zeros(1)), {}, id="it changes an argument"),
        pytest.param(lambda x: total(x) * draw(), (X,), {}, id="it is random"),
        pytest.param(lambda x: chain(chain(chain(x))), (2.0,), {}, id="it takes too long"),
    ],
)
def test_where_recommend_does_not_look(f, args, options):
    assert ad.recommend(f, *args, **options).programs == ()
