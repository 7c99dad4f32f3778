"""``chunks``: what a pass of k directions costs each; its claim, by count."""

import numpy as np
import pytest

from admodes import forward, reverse
from admodes.counting import count
from admodes.measure import Timing
from experiments.questions.chunks import experiment as chunks
from experiments.questions.chunks import reading
from tests.experiments.helpers import assert_drawn_from_the_data_alone, assert_refused, set_to

TASKS = [(mode, name) for mode, names in chunks.FUNCTIONS.items() for name in names]
each_task = pytest.mark.parametrize(("mode", "name"), TASKS)


@pytest.fixture(scope="module", autouse=True)
def little_time(module_patch):
    # The cache ends within the picture.
    set_to(module_patch, "chunks", rounds=6, budget=0.02, caches={"L2": 512})


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
    tried = [row["directions_a_pass"] for row in rows if row["function"] == "rosenbrock"]
    assert tried == ["1", "2", "4", "8"]
    assert {row["bytes_of_directions"] for row in rows[:1]} == {str(8 * 12)}
    alone = [row["relative_to_one_alone"] for row in rows if row["directions_a_pass"] == "1"]
    assert alone == ["1.0"] * 4


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
