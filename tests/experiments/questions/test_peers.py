"""The experiment ``peers``: its protocol, what it claims, and what it says where admodes loses."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import admodes as ad
from admodes import reverse
from experiments.bench.apart import Process
from experiments.bench.results import Results
from experiments.questions.peers import apart, cases, figure, table
from experiments.questions.peers import experiment as peers
from experiments.questions.peers.cases import CASES
from experiments.sides import libraries
from experiments.sides.libraries import COMPILED, HERE, LIBRARIES, OWN, PEERS, PROGRAM
from tests.experiments.helpers import Run, assert_drawn_from_the_data_alone, set_to
from tests.helpers import together

WAYS = [way for way in OWN if libraries.installed(way)]
TINY = dict.fromkeys(CASES, (4,)) | {
    "denoising": (12,),
    "Gaussian mixture": (2,),
    "Runge-Kutta": (1,),
}
TURNS, ROUNDS = 2, 4


def other_calls(f, x, tangent):
    """A library that there is not: admodes itself, by another name, without a forward mode."""
    return {"reverse": partial(reverse.value_and_grad(f), x)}


class InProcess:
    """What a process would answer, without one."""

    def __init__(self, module):
        self.bench = apart.Bench()

    def send(self, what, **arguments):
        self.answer = getattr(self.bench, what)(**arguments)

    def receive(self, within=None):
        return self.answer

    def ask(self, what, *, within=None, **arguments):
        self.send(what, **arguments)
        return self.receive(within)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


@pytest.fixture(scope="module")
def tiny(module_patch):
    """Tiny sizes, little time, and one other library, in this process."""
    for name, case in CASES.items():
        module_patch.setitem(CASES, name, replace(case, sizes=TINY[name]))
    module_patch.setattr(apart, "SAMPLE_SECONDS", 1e-4)
    set_to(module_patch, "peers", seconds=2.0, turns=TURNS, rounds=ROUNDS)
    module_patch.setitem(LIBRARIES, "numpy", other_calls)
    for module in (libraries, peers):
        module_patch.setattr(module, "PEERS", ("numpy",))
    module_patch.setattr(peers, "OWN", WAYS)
    module_patch.setattr(peers, "Process", InProcess)


@pytest.fixture(scope="module")
def found(tiny, run_once):
    return run_once("peers", "--seed", "3")


def test_data_and_table(found):
    data, rows = found.data, found.rows
    versions = data["run"]["settings"]["libraries"]
    assert list(versions) == [*WAYS, "numpy"]
    assert (versions[HERE], versions[PROGRAM]) == (ad.__version__, ad.__version__)
    assert versions["numpy"] == np.__version__
    assert [record["task"]["function"] for record in data["measurements"]] == list(CASES)
    assert len(rows) == 2 * (len(WAYS) + 1) * len(CASES)  # in two modes
    for row in rows:
        assert (row["failure"] == "numpy has no forward mode") == (not row["seconds_measured"])
        assert row["version"]
    assert "numpy cannot: everywhere: numpy has no forward mode" in found.out
    assert "gradient by reverse mode: admodes" in found.out
    measured = {libraries.distribution(each): version for each, version in versions.items()}
    assert f"Measured: {', '.join(map(' '.join, measured.items()))}." in found.words


def test_every_sample_is_kept_and_rounds_are_counted_over_all_turns(found):
    for record in found.data["measurements"]:
        for library in record["libraries"].values():
            for own in library["timings"].values():
                # On a machine that is busy with other things a turn may be cut short.
                assert own["rounds"] == sorted(set(own["rounds"]) & set(range(TURNS * ROUNDS)))
                assert {each // ROUNDS for each in own["rounds"]} == set(range(TURNS))
                assert len(own["seconds"]) == len(own["rounds"])
                assert len(own["loops"]) == TURNS


def test_libraries_take_turns_and_go_backwards_every_other_time():
    asked = []

    class Recorded:
        def __init__(self, name):
            self.name = name

        def ask(self, what, *, rounds, seconds):
            asked.append(self.name)
            one = {"loops": 1, "rounds": [1], "seconds": [float(len(asked))]}
            return {"f": one}

    settings = {"turns": 3, "rounds": 2, "seconds": 1.0}
    found = peers.in_turns({name: Recorded(name) for name in "abc"}, settings)
    assert "".join(asked) == "abccbaabc"
    assert found["a"]["f"] == {"loops": [1, 1, 1], "rounds": [1, 3, 5], "seconds": [1, 6, 7]}


def test_the_code_runs_once_for_a_derivative_whatever_the_number_of_inputs(found):
    """The claim: in either mode a derivative is one run of the code, never one for each input."""
    runs = {}
    for row in found.rows:
        if not row["failure"]:
            runs.setdefault(row["library"], set()).add(row["runs_of_the_code_in_a_call"])
    programs = {way: {"0"} for way in WAYS if way != HERE}  # which no longer run it
    assert runs == {HERE: {"1"}, "numpy": {"1"}, **programs}


def test_programs_stand_in_columns_of_their_own_with_their_first_call(found):
    for row in found.rows:
        if not row["failure"]:
            assert all(float(row[f"relative_to_{way}_measured"]) > 0 for way in WAYS)
    programs = [row for row in found.rows if row["library"] in WAYS[1:]]
    assert len(programs) == 2 * len(WAYS[1:]) * len(CASES)
    # Recording and compiling take longer than what is recorded.
    assert all(
        float(row["first_call_seconds"]) > 2 * float(row["seconds_measured"]) for row in programs
    )
    assert "1st call" in found.words


def test_where_llvm_is_missing_that_column_is_and_a_line_says_so(
    tiny, experiments, monkeypatch, tmp_path
):
    monkeypatch.setattr(peers, "OWN", OWN)
    monkeypatch.setattr(libraries, "installed", lambda name: name != COMPILED)
    code, out, err = experiments("peers", "--function", "rosenbrock")
    assert (code, err) == (0, f"{COMPILED} is left out: llvmlite is not installed\n")
    assert "compiled" not in out
    found = {row["library"] for row in Run(tmp_path, "peers").rows}
    assert found == {HERE, PROGRAM, "numpy"}


def test_pictures(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


def test_without_any_other_library_it_measures_admodes(tiny, experiments, monkeypatch):
    monkeypatch.setattr(peers, "PEERS", ("no_such_library",))
    code, out, err = experiments("peers", "--function", "rosenbrock")
    assert code == 0
    assert err == "no_such_library is left out: no_such_library is not installed\n"
    assert "no_such_library" not in out


def test_a_wrong_derivative_stops_the_run(tiny, experiments, monkeypatch):
    def wrong(f, x, tangent):
        return {"reverse": lambda: (f(x), reverse.grad(f)(x) + 1)}

    monkeypatch.setitem(LIBRARIES, "numpy", wrong)
    code, out, err = experiments("peers", "--function", "least squares")
    assert (code, out) == (1, "")
    assert "function least squares, size 4, seed 0: Disagreement: the gradient at [" in err
    assert "where x is" in err
    assert "by numpy reverse is" in err
    assert err.count("\n") == 1


def test_a_first_call_that_takes_too_long_is_left_out(tiny, experiments, tmp_path, monkeypatch):
    class Slow(InProcess):
        def ask(self, what, *, within=None, **arguments):
            if what == "verify" and (arguments["mode"], self.bench.library) == ("reverse", "numpy"):
                raise TimeoutError(f"not within {within:g} s")
            return super().ask(what, within=within, **arguments)

    monkeypatch.setattr(peers, "Process", Slow)
    code, out, err = experiments("peers", "--function", "rosenbrock")
    assert (code, err) == (0, "")
    assert "> 30 s" in out
    assert "numpy cannot: rosenbrock (4 inputs, reverse): not within 30 s" in out
    rows = Run(tmp_path, "peers").rows
    assert rows[-1]["failure"] == "not within 30 s"


@together
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--function", "nope"], "'nope' is not one of"),
        (["--library", "nope"], "'nope' is not one of"),
        (["--rounds", "3"], "No such option '--rounds'"),
    ],
)
def test_what_it_refuses(arguments, message, experiments, tmp_path):
    code, out, err = experiments("peers", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_library_that_is_asked_for_but_not_installed_is_refused(experiments, monkeypatch):
    monkeypatch.setattr(peers, "installed", lambda name: False)
    code, _, err = experiments("peers", "--library", "torch")
    assert (code, err.count("\n")) == (2, 1)
    assert "torch is not installed: 'make peers' installs it" in err


# --- Words ----------------------------------------------------------------------------------------


def timing(*seconds):
    return {"loops": [1], "rounds": list(range(len(seconds))), "seconds": list(seconds)}


def library(f, **modes):
    """What is found of a library: times of NumPy's function and of each mode, or why not."""
    found = {"first_seconds": 1.0, "runs": 1, "largest_difference": 0.0}
    return {
        "version": "1",
        "inputs": 100,
        "modes": {
            mode: {"failure": own} if isinstance(own, str) else found for mode, own in modes.items()
        },
        "timings": {
            "f": timing(*f),
            **{mode: timing(*own) for mode, own in modes.items() if not isinstance(own, str)},
        },
    }


def readings(**others):
    here = library([1, 10], forward=[3, 30], reverse=[6, 60])
    record = {
        "task": {"function": "rosenbrock", "size": 100},
        "operations": 11,
        "libraries": {HERE: here, **others},
    }
    return table.read(Results({}, [record]))


def test_libraries_are_compared_by_their_ratios_to_numpy_in_the_same_round():
    found = readings(other=library([2, 5], forward=[3, 7.5], reverse=[48, 120]))
    by = {(each.library, each.mode): each.measured for each in found}
    assert by[HERE, "reverse"].cost.value == 6
    assert by["other", "reverse"].cost.value == 24
    assert by["other", "reverse"].relative.value == 4
    assert by["other", "forward"].relative.value == 0.5
    assert table.sentences(found) == [
        "one tangent by forward mode: admodes loses to other in 1 of 1: on rosenbrock by 2.00 ×"
        " (100 inputs); it wins none.",
        "gradient by reverse mode: admodes never loses to other; it wins 1 of 1, by 4.00 ×.",
    ]


def test_where_intervals_hold_one_neither_wins():
    found = readings(other=library([1, 1], forward="other has no forward mode", reverse=[3, 12]))
    (said,) = table.sentences(found)
    assert said.endswith(
        "admodes never loses to other; it wins 0 of 1; no winner within the noise in 1."
    )


def test_programs_are_held_against_what_compiles_too():
    compiled = library([1, 10], forward=[1, 10], reverse=[0.5, 5])
    jit = library([2, 5], forward=[1, 2.5], reverse=[4, 10])
    found = readings(**{COMPILED: compiled, "jax.jit": jit})
    by = {(each.library, each.mode): each.measured.relatives for each in found}
    assert by["jax.jit", "reverse"][HERE].value == pytest.approx(1 / 3)
    assert by["jax.jit", "reverse"][COMPILED].value == 4
    said = table.sentences(found)
    assert (
        f"gradient by reverse mode: {COMPILED} never loses to jax.jit; it wins 1 of 1, by"
        in (said[-1])
    )
    assert f"one tangent by forward mode: {COMPILED} loses to jax.jit in 1 of 1" in said[2]
    assert "by 2.00 × (100 inputs); it wins none." in said[2]
    headline = figure.headline([each for each in found if each.mode == "reverse"])
    assert headline.splitlines() == [
        "A gradient by admodes is quicker than jax.jit’s in 0 of 1 cases",
        f"Quicker than jax.jit’s: {COMPILED} in 1 of 1",
    ]


def test_a_gap_is_told_in_the_table_and_below_it():
    found = readings(
        other=library([1, 1], forward="other has no forward mode", reverse="not within 9 s")
    )
    assert [table.cell(each) for each in found] == [
        "3.00 ±0%",
        "no mode",
        "6.00 ±0%",
        "> 9 s",
    ]
    assert table.missing(found) == [
        "other cannot: everywhere: other has no forward mode",
        "other cannot: rosenbrock (100 inputs, reverse): not within 9 s",
    ]


# --- The libraries that are installed -------------------------------------------------------------


# The extra `peers` is optional, and each library in it may be there or not.
@pytest.mark.parametrize(
    "names",
    [
        WAYS[1:],
        *(
            pytest.param(
                [name],
                marks=pytest.mark.skipif(
                    not libraries.installed(name),
                    reason=f"{libraries.distribution(name)} is not installed",
                ),
            )
            for name in PEERS
        ),
    ],
    ids=" ".join,
)
def test_a_library_gives_the_derivative_in_a_process_of_its_own(names, tmp_path, monkeypatch):
    """The ways of admodes may share one."""
    monkeypatch.setenv("ADMODES_CACHE", str(tmp_path))
    with Process("experiments.questions.peers.apart") as bench:
        for name in names:
            about = bench.ask("prepare", case="least squares", size=30, library=name, seed=1)
            assert about["inputs"] == 30
            found = {mode: bench.ask("verify", mode=mode) for mode in apart.MODES}
            timings = bench.ask("turn", rounds=1, seconds=0.01)
            possible = [mode for mode, each in found.items() if "failure" not in each]
            assert possible == (["reverse"] if name == "mygrad" else list(apart.MODES))
            assert list(timings) == ["f", *possible]
            # What was traced, or recorded, is no longer run by Python.
            assert {found[mode]["runs"] for mode in possible} == {0 if name in table.TRACED else 1}
    assert not list(tmp_path.iterdir())  # where another first call would find what it compiles


def test_what_is_quick_is_some_of_the_cases():
    assert set(cases.QUICK) < set(CASES)
