"""Winners are named where there are any: on a drawn clock, since no test here judges by time."""

import numpy as np
import pytest

from admodes.measure import Interval, duel, duels, timing
from admodes.measure.duels import Duel, judge


def drawn(rng, rounds, slower, bursts=0.15):
    """Rounds of a noisy machine: jitter of 2 %, bursts of other work, a drift that all share."""
    taken = np.exp(rng.normal(0, 0.02, (rounds, 3)))
    burst = rng.random((rounds, 3)) < bursts
    taken *= np.where(burst, rng.uniform(1, 3, (rounds, 3)), 1)
    taken *= np.exp(np.cumsum(rng.normal(0, 0.01, rounds)))[:, None]
    taken[:, 1] *= slower
    return taken


@pytest.mark.parametrize("rounds", [6, 20, 60])
@pytest.mark.parametrize("bursts", [0.0, 0.3])
def test_noise_has_no_winner(rounds, bursts):
    rng = np.random.default_rng(rounds)
    found = [judge(drawn(rng, rounds, 1.0, bursts)).winner for _ in range(200)]
    assert sum(winner is not None for winner in found) < 0.05 * 200


def test_five_percent_are_found():
    rng = np.random.default_rng(1)
    assert sum(judge(drawn(rng, 60, 1.05)).winner == 0 for _ in range(200)) >= 0.9 * 200
    assert sum(judge(drawn(rng, 60, 1 / 1.05)).winner == 1 for _ in range(200)) >= 0.9 * 200


def test_no_winner_is_named_within_the_floor():
    clear = Interval(1.04, 1.03, 1.05, 0.95)
    assert Duel(clear, floor=0.01, rounds=20).winner == 0
    assert Duel(clear, floor=0.06, rounds=20).winner is None
    assert Duel(Interval(1.04, 0.99, 1.05, 0.95), floor=0.0, rounds=20).winner is None
    assert Duel(Interval(0.9, 0.8, 0.95, 0.95), floor=0.02, rounds=20).winner == 1


def test_few_rounds_name_nobody():
    assert judge(np.array([[1.0, 2.0, 1.0]] * 6)).winner == 0
    assert judge(np.array([[1.0, 2.0, 1.0]] * 5)).winner is None


class Clock:
    def __init__(self):
        self.now, self.log = 0.0, ""

    def __call__(self):
        return self.now

    def call(self, name, seconds):
        def run():
            self.now += seconds
            self.log += name

        return run


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timing, "perf_counter", clock)
    monkeypatch.setattr(duels, "perf_counter", clock)
    monkeypatch.setattr(timing, "resource", None)
    return clock


def test_the_first_call_is_timed_twice_a_round_in_changing_order(clock):
    turns = []

    def between():
        turns.append(clock.log)
        clock.log = ""

    seconds = 10.0 + 2 * (0.01 + 0.02)  # each is tried out before
    found = duel(clock.call("a", 0.01), clock.call("b", 0.02), seconds=seconds, between=between)
    assert found.rounds == 10 / 0.04
    assert {"".join(sorted(turn)) for turn in turns[1:]} == {"aab"}
    assert set(turns[1:]) == {"aab", "aba", "baa"}
    assert found.ratio.value == pytest.approx(2.0)
    assert found.floor == pytest.approx(0.0)
    assert found.winner == 0


def test_it_takes_no_more_than_its_time(clock):
    found = duel(clock.call("a", 0.1), clock.call("b", 0.1), seconds=2.3)
    assert found.rounds == 6
    assert clock.now == pytest.approx(2 * 0.1 + 2 * 0.1 + 6 * 0.3)
    assert duel(clock.call("a", 1.0), clock.call("b", 1.0), seconds=2.0) is None
    assert duel(clock.call("a", 1e-6), clock.call("b", 1e-6), rounds=7).rounds == 7


def test_a_sample_that_something_came_between_is_taken_again(clock, monkeypatch):
    class System:
        RUSAGE_SELF = 0
        counts = iter([0, 1, 1, 1])

        def getrusage(self, _):
            self.ru_nivcsw = next(self.counts)
            return self

    monkeypatch.setattr(timing, "resource", System())
    durations = iter([9e-3, 1e-3])

    def call():
        clock.now += next(durations)

    assert timing.undisturbed(call, 1) == pytest.approx(1e-3)


def test_a_long_sample_is_taken_once(clock, monkeypatch):
    counts = iter(range(100))
    monkeypatch.setattr(timing, "_preemptions", lambda: next(counts))
    assert timing.undisturbed(clock.call("a", 1.0), 1) == 1.0
    assert clock.log == "a"
    timing.undisturbed(clock.call("b", 1e-3), 1)
    assert clock.log == "a" + "b" * timing.TRIES
