"""Results on disk: nothing finished is lost, nothing different is mixed."""

import json

import click
import numpy as np
import pytest

from admodes.measure import Interval, Timing
from experiments.bench.results import Store, interval_columns, samples, timing

HEADER = {"command": "run", "settings": {"seed": 0}, "machine": {"cores": 2}}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "new" / "folder", "name")


def test_measurements_become_data_and_the_partial_file_goes(store):
    assert store.open(HEADER, resume=False) == []
    store.append({"task": 1})
    assert store.records() == [{"task": 1}]
    store.append({"task": 2, "text": "σ²"})
    results = store.close()
    assert results.records == [{"task": 1}, {"task": 2, "text": "σ²"}]
    assert store.load() == results
    assert [path.name for path in store.folder.iterdir()] == ["name.json"]


def test_resuming_gives_what_is_finished_without_a_line_cut_short(store):
    store.open(HEADER, resume=False)
    store.append({"task": 1})
    with store.partial.open("a") as file:
        file.write('{"task": 2, "sec')  # killed while writing
    assert store.open(HEADER, resume=True) == [{"task": 1}]
    store.append({"task": 2})
    assert store.close().records == [{"task": 1}, {"task": 2}]


def names(store):
    return sorted(path.name for path in store.folder.iterdir())


def test_what_measurements_go_on_from_is_kept_to_the_last_bit(store):
    store.open(HEADER, resume=False)
    store.append({"task": 1}, {"x": np.array([0.1, np.pi])})
    store.append({"task": 2}, {"x": np.array([1 / 3]), "n": np.array(7)})
    assert names(store) == ["name.partial.2.npz", "name.partial.jsonl"]
    assert store.open(HEADER, resume=True) == [{"task": 1}, {"task": 2}]
    state = store.state()
    assert set(state) == {"x", "n"}
    np.testing.assert_array_equal(state["x"], [1 / 3], strict=True)
    shown = {"picture": np.zeros((2, 2), np.uint8)}
    results = store.close(shown)
    assert names(store) == ["name.json", "name.npz"]
    loaded = store.load(with_arrays=True)
    assert (loaded.header, loaded.records) == (results.header, results.records)
    np.testing.assert_array_equal(loaded.arrays["picture"], shown["picture"], strict=True)


def test_a_kill_between_state_and_measurement_loses_that_measurement_alone(store):
    store.open(HEADER, resume=False)
    store.append({"task": 1}, {"x": np.array(1.0)})
    with store.partial.open("a") as file:
        file.write('{"task": 2, "sec')  # killed while writing: its state was on disk
    (store.folder / "name.partial.2.npz").write_bytes(b"")
    (store.folder / "name.partial.3.draft.npz").write_bytes(b"")
    assert store.open(HEADER, resume=True) == [{"task": 1}]
    assert store.state()["x"] == 1
    store.append({"task": 2}, {"x": np.array(2.0)})
    assert store.state()["x"] == 2
    assert names(store) == ["name.partial.2.npz", "name.partial.jsonl"]


def test_a_new_run_forgets_what_an_old_one_left(store):
    store.open(HEADER, resume=False)
    store.append({"task": 1}, {"x": np.array(1.0)})
    store.partial.unlink()  # as the message says, to begin anew
    store.open(HEADER, resume=False)
    assert names(store) == ["name.partial.jsonl"]


def test_a_state_that_is_lost_or_damaged(store):
    store.open(HEADER, resume=False)
    store.append({"task": 1}, {"x": np.array(1.0)})
    store.state_path(1).write_bytes(b"nonsense")
    with pytest.raises(click.UsageError, match="cannot read"):
        store.state()
    store.state_path(1).unlink()
    with pytest.raises(click.UsageError, match=r"delete .*name\.partial\.jsonl to begin anew"):
        store.state()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"settings": {"seed": 1}}, "made with seed 0, not 1:"),
        ({"settings": {"seed": 0, "new": 5}}, "made with new none, not 5:"),
        ({"machine": {"cores": 4}}, "made with cores 2, not 4:"),
    ],
)
def test_a_run_with_other_settings_or_machine_is_not_resumed(store, other, message):
    store.open(HEADER, resume=False)
    store.append({"task": 1})
    with pytest.raises(click.UsageError, match=message):
        store.open(HEADER | other, resume=True)
    assert store.records() == [{"task": 1}]


def test_an_unfinished_run_is_not_overwritten(store):
    store.open(HEADER, resume=False)
    store.append({"task": 1})
    with pytest.raises(click.UsageError, match="add --resume"):
        store.open(HEADER, resume=False)


@pytest.mark.parametrize(
    "text", ["[1]\n{}\n", "not json\n", '{"task": 1}\n{"task":\n{"task": 2}\n']
)
def test_a_damaged_partial_file(store, text):
    store.folder.mkdir(parents=True)
    store.partial.write_text(text)
    with pytest.raises(click.UsageError, match="damaged"):
        store.open(HEADER, resume=True)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"run": {}}'])
def test_damaged_data(store, text):
    store.folder.mkdir(parents=True)
    store.path("json").write_text(text)
    with pytest.raises(click.UsageError, match="cannot read"):
        store.load()


def test_no_data(store):
    with pytest.raises(click.UsageError, match="run 'python -m experiments name --output "):
        store.load()


def test_table_has_a_column_for_each_key_of_any_row(store):
    store.open(HEADER, resume=False)
    path = store.write_table([{"a": 1}, {"a": 2, "b": None}, {"b": "x, y"}])
    assert path.read_text() == 'a,b\n1,\n2,\n,"x, y"\n'


def test_samples_are_kept_to_six_digits():
    kept = samples(Timing((1.23456789e-5, 0.5), (0, 3), 100))
    assert json.loads(json.dumps(kept)) == kept
    assert timing(kept, 10) == Timing((1.23457e-4, 5.0), (0, 3), 100)


def test_measured_and_estimated_values_are_columns_apart():
    interval = Interval(2.0, 1.0, 3.0, 0.95)
    limits = {"t_low": 1.0, "t_high": 3.0, "t_coverage": 0.95}
    assert interval_columns("t", interval) == {"t_measured": 2.0, "t_estimated": None, **limits}
    assert interval_columns("t", interval, measured=False) == {
        "t_measured": None,
        "t_estimated": 2.0,
        **limits,
    }
