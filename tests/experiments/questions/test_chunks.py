"""``chunks``: what a pass of k directions costs each; its claim, by count."""

import numpy as np
import pytest

import admodes
from admodes import forward, reverse
from admodes.counting import count
from admodes.measure import Timing
from experiments.bench.agreement import Disagreement
from experiments.bench.results import Results
from experiments.questions.chunks import experiment as chunks
from experiments.questions.chunks import figure, reading
from experiments.sides import gradients
from experiments.sides.jacobians import by_reverse
from experiments.sides.libraries import HERE, OWN, PROGRAM, installed
from tests.experiments.helpers import assert_drawn_from_the_data_alone, assert_refused, set_to
from tests.helpers import together

WAYS = [way for way in OWN if installed(way)]
TASKS = [(mode, name) for mode, names in chunks.FUNCTIONS.items() for name in names]
each_task = pytest.mark.parametrize(("mode", "name"), TASKS)


@pytest.fixture(scope="module", autouse=True)
def little_time(module_patch):
    # The cache ends within the picture.
    set_to(module_patch, "chunks", rounds=3, budget=0.02, caches={"L2": 512})
    module_patch.setattr(chunks, "OWN", WAYS)


@pytest.fixture(scope="module")
def found(run_once):
    return run_once("chunks", "--sizes", "12", "--largest-k", "8", "--seed", "3")


def passes_of(mode, name, k):
    """What one pass of k directions, or one sweep of k rows, executes."""
    f, x = chunks.find(mode, name).make(16, np.random.default_rng(0))
    some = np.arange(k)
    if mode == "forward":
        return count(forward.partials(f, some, chunk_size=k), x)[1]
    return count(reverse.jacobian(lambda x: f(x)[some], chunk_size=k), x)[1]


# The claim


@together
@each_task
def test_by_count_k_directions_share_the_primitives_of_one_pass(mode, name):
    """Python's time goes with the primitives, so a direction's share of it is 1 / k; its share of
    the arithmetic stays."""
    two, eight, sixteen = (passes_of(mode, name, k) for k in (2, 8, 16))
    assert two.primitives == eight.primitives == sixteen.primitives
    # From 8 to 16 directions as much work comes as four times that from 2 to 4.
    more, most = (late.cost.work() - two.cost.work() for late in (eight, sixteen))
    assert most / more == pytest.approx(14 / 6, rel=0.05)


# What it measures


@together
@each_task
def test_the_default_is_what_a_pass_carries_where_nobody_asks(mode, name):
    for n in (1, 7, 1000):
        f, x = chunks.find(mode, name).make(chunks.find(mode, name).nearest(n), generator())
        size = np.size(x if mode == "forward" else f(x))
        k = chunks.default_k(mode, f, x)
        assert k == min(size, k)
        assert k == size if size < 100 else 1 < k < size


def generator():
    return np.random.default_rng(0)


@together
@pytest.mark.parametrize(
    ("n", "largest", "default", "expected"),
    [
        (1, 4096, 1, [1]),
        (10, 4096, 10, [1, 2, 4, 8, 10]),
        (1000, 4, 65, [1, 2, 4]),
        (2**22, 4096, 1, [1, 2]),
        (2**26, 4096, 1, [1]),
    ],
)
def test_k_is_at_most_n_and_what_memory_is_for(n, largest, default, expected):
    assert chunks.sizes_of_pass(n, largest, default) == expected


def test_the_recording_is_subtracted_before_directions_share_the_rest():
    once, own = Timing((3.0,) * 6, tuple(range(6))), Timing((5.0,) * 6, tuple(range(6)))
    assert reading.cost(own, 8, once).value == 0.25
    assert reading.cost(own, 8, None).value == 0.625


def test_caches_are_read_where_the_system_has_them(tmp_path):
    for index, (level, size) in enumerate([("1", "48K"), ("2", "2048K"), ("3", "odd")]):
        folder = tmp_path / f"index{index}"
        folder.mkdir()
        (folder / "level").write_text(f"{level}\n")
        (folder / "size").write_text(f"{size}\n")
    (tmp_path / "index9").mkdir()
    assert chunks.caches(tmp_path) == {"L2": 2**21}
    assert chunks.caches(tmp_path / "none") == {}


# The experiment


def test_data_and_table(found):
    assert "network" in found.out
    assert [tuple(each["task"].values())[:2] for each in found.data["measurements"]] == TASKS
    rows = found.rows
    own = [row for row in rows if row["library"] == HERE]
    tried = [row["directions_a_pass"] for row in own if row["function"] == "rosenbrock"]
    assert tried == ["1", "2", "4", "8"]
    assert {row["bytes_of_directions"] for row in rows[:1]} == {str(8 * 12)}
    alone = [row["relative_to_one_alone"] for row in rows if row["directions_a_pass"] == "1"]
    assert alone == ["1.0"] * 4 * len(WAYS)


def test_programs_carry_as_many_directions(found):
    for mode, name in TASKS:
        for way in WAYS[1:]:
            own = [row for row in found.rows if (row["function"], row["library"]) == (name, way)]
            assert [row["directions_a_pass"] for row in own] == ["1", "4", "8"]
            assert all(float(row["seconds_a_direction_measured"]) > 0 for row in own)
            assert {row["default"] for row in own} == {"False"}
        (record,) = (
            each for each in found.data["measurements"] if each["task"]["function"] == name
        )
        assert list(record["programs"]) == WAYS[1:]
        assert (record["once"] is None) == (mode == "forward")
        for each in record["programs"].values():  # a program evaluates anew in each call
            assert each["once"] is None
            assert [own["directions_timed"] for own in each["passes"]] == [1, 4, 8]


@each_task
def test_a_wrong_program_stops_the_run(mode, name, monkeypatch):
    program = admodes.program

    def wrong(*args, **more):
        made = program(*args, **more)
        return lambda *given: (made(*given)[0], np.add(made(*given)[1], 1e-3))

    f, x = chunks.find(mode, name).make(12, generator())
    derivative = gradients.by_forward(f, x) if mode == "forward" else by_reverse(f, x)
    given = ({"mode": mode}, f, x, derivative, [1, 2, 4, 7], [PROGRAM])
    found = chunks.programs(*given, generator())[PROGRAM]
    assert sorted(found) == [1, 4, 7]
    monkeypatch.setattr(admodes, "program", wrong)
    with pytest.raises(Disagreement, match=r"admodes\.program, 1 directions a pass"):
        chunks.programs(*given, generator())


def test_of_a_long_function_there_is_no_program(monkeypatch):
    monkeypatch.setattr(chunks, "LONGEST", 20)
    f, x = chunks.find("reverse", "trajectory").make(12, generator())
    given = ({"mode": "reverse"}, f, x, by_reverse(f, x), [1, 2], WAYS)
    assert chunks.programs(*given, generator()) == {}


def test_each_way_has_a_panel_beside_the_others_in_one_scale(found):
    results = Results(found.data["run"], found.data["measurements"])
    axes = figure.draw(results).axes
    assert len(axes) == len(TASKS) * len(WAYS)
    for row in (axes[i : i + len(WAYS)] for i in range(0, len(axes), len(WAYS))):
        assert len({each.get_ylim() for each in row}) == 1
        assert all(each.get_lines() for each in row)
    curves = list(reading.read(results))
    assert figure.headline(curves).count("of that same one, 1/") == 2
    assert all((curve.default_k is None) == (curve.library != HERE) for curve in curves)


def test_earlier_data_without_programs_are_drawn_too(found):
    records = [
        {key: own for key, own in each.items() if key != "programs"}
        for each in found.data["measurements"]
    ]
    results = Results(found.data["run"], records)
    assert {curve.library for curve in reading.read(results)} == {HERE}
    assert all(curve.default_k == 12 for curve in reading.read(results))
    assert len(figure.draw(results).axes) == len(TASKS)


def test_pictures(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sizes", "0"], "0 is not in the range x>=1"),
        (["--largest-k", "0"], "0 is not in the range x>=1"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(arguments, message, experiments, tmp_path):
    assert_refused(("chunks", *arguments), message, experiments, tmp_path)
