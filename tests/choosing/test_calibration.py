"""What calibration times, and what of it counts."""

from functools import partial

import pytest

from admodes.choosing import calibration, clock
from admodes.choosing.machines import TYPICAL, Overhead
from admodes.choosing.profiling import KINDS

pytestmark = pytest.mark.usefixtures("little_garbage")


@pytest.mark.slow
def test_a_calibration_knows_every_cost():
    machine = calibration.calibrate()
    assert set(machine.operations) == set(KINDS) == set(TYPICAL.operations)
    assert set(machine.nonlinear) == set(TYPICAL.nonlinear)
    sizes = [size for size, _ in machine.moves]
    assert sizes == sorted(sizes) == [size for size, _ in TYPICAL.moves]
    for overhead in machine.operations.values():
        assert all(seconds > 0 for seconds in overhead)
    assert calibration.calibrate() is machine


def test_with_less_in_use_it_is_never_slower():
    size = 8 * (calibration.ALIVE + 2)  # of one number in each array
    seconds = [(size, 7e-8), (10 * size, 3.5e-7), (100 * size, 3.5e-6), (1000 * size, 7e-5)]
    found = calibration.moves(seconds)
    assert [each for each, _ in found] == [each for each, _ in seconds]
    assert [each for _, each in found] == pytest.approx([5e-9, 5e-9, 5e-9, 1e-8])


def test_a_turn_counts_that_another_one_confirms():
    calls = []
    turns = calibration.Quickest({"a": lambda: calls.append(1)}, rounds=3, least=1e-6)
    assert 0 < turns.seconds()["a"] < 1
    assert len(calls) >= 4
    assert calibration.confirmed([3.0, 1.0, 1.04, 9.0]) == 1.0
    assert calibration.confirmed([1.0]) is calibration.confirmed([1.0, 1.1]) is None


def test_what_other_jobs_take_is_not_counted(monkeypatch):
    clocks = {"perf_counter": iter([0.0, 3.0]), "thread_time": iter([0.0, 1.0])}
    for name, times in clocks.items():
        monkeypatch.setattr(clock, name, partial(next, times))
    monkeypatch.setattr(clock, "FINE", True)
    assert clock.timed(lambda: None) == (1.0, 3.0)
    for name, end in (("perf_counter", 30.0), ("thread_time", 1e-3)):  # it waits: that is its own
        monkeypatch.setattr(clock, name, partial(next, iter([0.0, end])))
    assert clock.timed(lambda: None) == (30.0, 30.0)


def test_one_disturbed_cost_does_not_stand():
    slow = {kind: Overhead(*(3 * each for each in own)) for kind, own in TYPICAL.operations.items()}
    found = calibration.plausible(slow | {"array": slow["array"]._replace(push=1e-8, pulls=1e-3)})
    assert found["other"] == pytest.approx(slow["other"])  # a slow machine is one
    assert slow["array"].push / 2.5 < found["array"].push < slow["array"].push
    assert slow["array"].pulls < found["array"].pulls < 2 * slow["array"].pulls
