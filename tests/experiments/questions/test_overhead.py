"""The experiment ``overhead``: its cases, its peers, what it compares and what it shows."""

import io
import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from matplotlib.axes import Axes
from rich.console import Console

import admodes as ad
from admodes import reverse
from experiments.bench import plotting
from experiments.bench.apart import Process
from experiments.bench.results import Results
from experiments.functions import small
from experiments.questions.overhead import apart, figure, table
from experiments.questions.overhead import experiment as overhead
from experiments.sides import libraries
from tests.experiments.helpers import Run, assert_drawn_from_the_data_alone, set_to
from tests.helpers import together

COSTS = [case for case in small.CASES.values() if case.kind == "cost"]
WAYS = [way for way in libraries.OWN if libraries.installed(way)]
TINY = {
    "float-loop": (10,),
    "small-arrays": (3,),
    "rosenbrock": (2, 5),
    "sin-x2-tanh": (1, 4),
    "log-sum-exp": (1, 4),
    "whole-gradient": (6,),
    "long-tape": (10, 20),
    "reads": (4, 8),
    "memory": (2, 4),
}


def make_tiny(patch):
    """Every case at a tiny size, with targets that all are met."""
    for name, case in small.CASES.items():
        targets = {mode: dict.fromkeys(TINY[name][-1:], 1e9) for mode in case.targets}
        ways = {way: {TINY[name][-1]: 1e9} for way in case.programs}
        tiny_case = replace(case, sizes=TINY[name], targets=targets, programs=ways)
        patch.setitem(small.CASES, name, tiny_case)
    memory = small.CASES["memory"]
    make = partial(small.make_sine_chain, inputs=1000)
    patch.setitem(small.CASES, "memory", replace(memory, make=make))
    patch.setattr(apart, "SAMPLE_SECONDS", 1e-4)
    patch.setattr(overhead, "OWN", WAYS)
    set_to(patch, "overhead", rounds=3, seconds=0.02)


@pytest.fixture
def tiny(monkeypatch):
    make_tiny(monkeypatch)


@pytest.fixture(scope="module")
def found(run_once):
    with pytest.MonkeyPatch.context() as patch:
        make_tiny(patch)
        return run_once("overhead", "--seed", "7")


def needs(library):
    """A peer as a parameter: the extra `peers` is optional, and each in it may be there or not."""
    package = libraries.distribution(library)
    reason = f"{package} is not installed"
    return pytest.param(
        library, marks=pytest.mark.skipif(not libraries.installed(library), reason=reason)
    )


def test_data_and_table(tiny, found):
    data, rows = found.data, found.rows
    assert data["run"]["settings"]["seed"] == 7
    measured = dict.fromkeys((row["case"], int(row["size"])) for row in rows)
    expected = [(name, size) for name in TINY for size in TINY[name]]
    assert list(measured) == [each for each in expected if each != ("memory", 2)]
    for row in rows:
        low, value, high = (float(row[f"ratio_{name}"]) for name in ("low", "measured", "high"))
        assert 0 < low <= value <= high
        assert row["met"] == ("True" if row["at_most"] else "")
        assert "estimated" not in row
    for case in small.CASES.values():
        assert case.sentence in found.words
        modes = {row["mode"] for row in rows if row["case"] == case.name}
        assert modes == {*case.targets, *(["f"] if case.kind == "cost" else [])}


def test_every_sample_is_kept(found):
    own = [each for each in found.data["measurements"] if each["task"]["library"] == "admodes"]
    records = {each["task"]["case"]: each for each in own}
    loop, tape = records["float-loop"], records["long-tape"]
    assert set(loop["timings"]) == {"f", "admodes forward", "admodes reverse"}
    assert [len(each["seconds"]) for each in loop["timings"].values()] == [3, 3, 3]
    assert loop["operations"] == 9
    assert set(tape["timings"]) == {"10", "20"}
    assert tape["operations"] == {"10": 9, "20": 19}
    seconds = tape["timings"]["20"]["seconds"]
    (row,) = (row for row in found.rows if (row["case"], row["size"]) == ("long-tape", "20"))
    assert float(row["seconds_measured"]) == pytest.approx(np.median(seconds), rel=1e-5)


def test_programs_stand_beside_admodes_as_it_is(found):
    for case in COSTS:
        for mode in case.targets:
            own = [row for row in found.rows if (row["case"], row["mode"]) == (case.name, mode)]
            for size in map(str, TINY[case.name]):
                assert [row["library"] for row in own if row["size"] == size] == WAYS
    programs = [each for each in found.data["measurements"] if each["task"]["library"] in WAYS[1:]]
    for record in programs:  # they take turns with f, and with admodes as it is
        library = record["task"]["library"]
        modes = [
            mode for mode in small.MODES if mode in small.CASES[record["task"]["case"]].targets
        ]
        ways = [f"{way} {mode}" for way in (libraries.HERE, library) for mode in modes]
        assert set(record["timings"]) == {"f", *ways}
        assert record["failures"] == {}


def test_the_colour_is_that_of_the_mode_and_the_marker_tells_the_way(tiny, found):
    with plotting.style():
        drawing = figure.draw(Results(found.data["run"], found.data["measurements"]))
    panels = {axes.get_title(loc="left"): axes for axes in drawing.findobj(Axes)}
    for title, (_, color) in figure.PANELS.items():
        marks = [line for line in panels[title].get_lines() if line.get_marker() in "od*"]
        assert [line.get_marker() for line in marks] == list("od*")[: len(WAYS)]
        assert {line.get_color() for line in marks} == {color}
    said = figure.headline(table.read(Results(found.data["run"], found.data["measurements"])))
    assert len(said.splitlines()) == len(WAYS)
    assert said.splitlines()[1].startswith("as a program ")


def test_pictures(tiny, found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


@together
@pytest.mark.parametrize("name", TINY)
def test_each_case_alone_makes_a_table_and_a_figure(name, tiny, found):
    own = [each for each in found.data["measurements"] if each["task"]["case"] == name]
    results = Results(found.data["run"], own)
    console = Console(file=io.StringIO(), width=200)
    console.print(table.table(results))
    assert name in console.file.getvalue()
    assert "met" in console.file.getvalue()
    assert figure.draw(results).axes


def test_a_step_keeps_two_arrays(found):
    recording, peak = (row for row in found.rows if row["case"] == "memory")
    assert float(recording["ratio_measured"]) == 2.0
    assert float(peak["ratio_measured"]) == pytest.approx(2.0, abs=0.5)


def timing(*seconds):
    return {"loops": 1, "rounds": list(range(len(seconds))), "seconds": list(seconds)}


def readings(*records):
    return table.read(Results({}, records))


def rosenbrock(library, **timings):
    return {
        "task": {"case": "rosenbrock", "size": 100, "library": library},
        "version": "1",
        "operations": 11,
        "largest_difference": dict.fromkeys(timings, 0.0),
        "failures": {},
        "timings": timings,
    }


def test_ratios_are_taken_pair_by_pair_and_held_against_the_targets():
    forward, own = "admodes forward", "admodes reverse"
    here = {"f": timing(1, 10), forward: timing(4, 40), own: timing(3, 30)}
    there = {"f": timing(2, 2), own: timing(6, 6), "autograd reverse": timing(30, 42)}
    found = readings(rosenbrock("admodes", **here), rosenbrock("autograd", **there))
    assert [(each.library, each.mode, each.ratio.value, each.met) for each in found] == [
        ("numpy", "f", 1, None),
        ("admodes", "forward", 4, False),
        ("admodes", "reverse", 3, True),
        ("autograd", "reverse", 18, True),
    ]
    assert found[-1].slowdown.value == 6


def test_programs_have_targets_of_their_own():
    forward, own = f"{libraries.PROGRAM} forward", f"{libraries.PROGRAM} reverse"
    eager = {"admodes forward": timing(8, 8), "admodes reverse": timing(8, 8)}
    timings = {"f": timing(2, 2), **eager, forward: timing(3, 3), own: timing(4, 4)}
    found = readings(rosenbrock(libraries.PROGRAM, **timings))
    assert [(each.mode, each.ratio.value, each.target, each.met) for each in found] == [
        ("forward", 1.5, 1.5, True),
        ("reverse", 2, 1.5, False),
    ]
    assert [each.slowdown.value for each in found] == [0.375, 0.5]


def test_growth_is_that_of_an_operation():
    record = {
        "task": {"case": "long-tape", "library": "admodes"},
        "operations": {"1000": 1000, "10000": 10000},
        "timings": {"1000": timing(1, 2), "10000": timing(16, 32)},
    }
    assert [(each.ratio.value, each.met) for each in readings(record)] == [
        (1, None),
        (pytest.approx(1.6), False),
    ]


@together
@pytest.mark.parametrize("case", small.CASES.values(), ids=small.CASES)
def test_a_target_is_of_a_size_that_is_measured(case):
    for targets in (*case.targets.values(), *case.leads.values(), *case.programs.values()):
        assert set(targets) <= set(case.sizes)
    assert set(case.leads) <= set(libraries.PEERS)
    assert set(case.programs) <= set(libraries.BACKENDS)


@pytest.mark.parametrize("operations", [10**3, 10**5])
def test_the_float_loop_neither_overflows_nor_vanishes(operations):
    f, mass = small.CASES["float-loop"].input(operations, seed=0)
    value, derivative = reverse.value_and_grad(f)(mass)
    assert type(value) is type(derivative) is float
    assert abs(value) < 2
    assert 1e-3 < abs(derivative) < operations
    step = 1e-6
    assert derivative == pytest.approx((f(mass + step) - f(mass - step)) / (2 * step), rel=1e-4)


def test_small_arrays_neither_overflow_nor_vanish():
    f, x = small.CASES["small-arrays"].input(500, seed=0)
    value, gradient = reverse.value_and_grad(f)(x)
    assert 1 < value < 20
    assert np.all((abs(gradient) > 1e-3) & (abs(gradient) < 1e3))
    _, pullback = ad.vjp(f, x)
    assert len(pullback.tape) == 1001


# The peers


@pytest.mark.parametrize("library", list(map(needs, libraries.PEERS)))
def test_a_library_gives_the_derivatives_of_every_case(library):
    """In a process of its own; by admodes in each way they are those of the run above."""
    with Process("experiments.questions.overhead.apart") as process:
        for case in COSTS:
            request = {"case": case.name, "size": TINY[case.name][-1], "library": library}
            record = process.ask("measure", **request, seed=1, seconds=0.01, rounds=1)
            assert record["failures"] == {}
            found = {name for name in record["timings"] if name.startswith(f"{library} ")}
            assert f"{library} reverse" in found or case.name == "whole-gradient"
            assert found <= set(record["largest_difference"])


@pytest.mark.parametrize("library", [needs("autograd")])
def test_peers_are_in_data_table_and_pictures(library, tiny, experiments, tmp_path, monkeypatch):
    monkeypatch.setattr(overhead, "PEERS", (library,))
    code, out, err = experiments("overhead", "--peers", "--case", "rosenbrock")
    assert (code, err) == (0, "")
    assert library in out
    rows = Run(tmp_path, "overhead").rows
    own = [row for row in rows if row["library"] == library]
    assert {row["mode"] for row in own} == {"forward", "reverse"}
    assert all(float(row["relative_to_admodes_measured"]) > 0 for row in own)
    assert all(row["version"] for row in rows)


def test_a_peer_that_is_not_installed_is_left_out_in_a_line(tiny, experiments, monkeypatch):
    monkeypatch.setattr(overhead, "PEERS", ("no_such_library",))
    code, _, err = experiments("overhead", "--peers", "--case", "float-loop")
    assert code == 0
    assert err == "no_such_library is left out: no_such_library is not installed\n"


def test_a_peer_that_cannot_is_shown_and_does_not_stop_the_run(
    tiny, experiments, tmp_path, monkeypatch
):
    def broken(f, x, tangent):
        return {"reverse": lambda: 1 / 0, "forward": lambda: ad.jvp(f, (x,), (tangent,))}

    monkeypatch.setitem(libraries.LIBRARIES, "numpy", broken)
    monkeypatch.setattr(overhead, "PEERS", ("numpy",))
    monkeypatch.setattr(apart, "measure_apart", apart.measure)
    code, out, err = experiments("overhead", "--peers", "--case", "float-loop")
    assert (code, err) == (0, "")
    assert "numpy failed, ZeroDivisionError" in out
    rows = Run(tmp_path, "overhead").rows
    assert rows[-1]["failure"] == "ZeroDivisionError: division by zero"
    assert {row["mode"] for row in rows if row["library"] == "numpy" and row["ratio_measured"]} == {
        "f",
        "forward",
    }


@pytest.mark.parametrize("wrong", [1.5, math.nan])
def test_a_peer_that_disagrees_stops_the_run(wrong, tiny, experiments, monkeypatch):
    monkeypatch.setitem(
        libraries.LIBRARIES, "numpy", lambda f, x, tangent: {"reverse": lambda: (f(x), wrong)}
    )
    monkeypatch.setattr(overhead, "PEERS", ("numpy",))
    monkeypatch.setattr(apart, "measure_apart", apart.measure)
    code, out, err = experiments("overhead", "--peers", "--case", "float-loop")
    assert (code, out) == (1, "")
    assert "case float-loop, size 10, library numpy, seed 0: Disagreement" in err
    assert "by numpy reverse is" in err
    assert "by admodes in reverse mode" in err
    assert err.count("\n") == 1


def test_admodes_is_measured_in_a_process_of_its_own_as_well():
    request = {"case": "rosenbrock", "size": 5, "library": libraries.HERE, "seed": 0}
    record = apart.measure_apart(**request, seconds=0.01, rounds=1)
    assert record["failures"] == {}
    assert set(record["timings"]) == {"f", "admodes forward", "admodes reverse"}
