"""Schedules of steps that are evaluated, stored and reversed: within their means, and optimal."""

import functools

import pytest

from admodes.checkpoints.schedules import (
    RERUNS,
    SCHEDULES,
    advances,
    binomial,
    default_snapshots,
    reach,
    reruns,
    uniform,
)
from tests.helpers import together

each_schedule = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)


class Seen:
    """What a schedule does, checked on the way."""

    def __init__(self, actions, steps, snapshots):
        self.runs, self.stores, self.longest = [0] * steps, 0, 0
        stored, now, end = set(), 0, steps
        for kind, begin, stop in actions:
            if kind == "store":
                assert now == begin
                assert begin not in stored
                stored.add(begin)
                self.stores += 1
            elif kind in ("copy", "take"):
                assert begin in stored
                now = begin
                stored -= {begin} if kind == "take" else set()
            elif kind == "advance":
                assert now == begin < stop < end
                for step in range(begin, stop):
                    self.runs[step] += 1
                now = stop
            else:
                assert kind == "reverse"
                assert now == begin < stop == end
                self.longest = max(self.longest, stop - begin)
                end = begin
            assert len(stored) <= snapshots
        assert end == 0
        assert not stored


@functools.cache
def fewest(n, s):
    """t(n, s) by its recursion: the best place for the next snapshot, found by trying them all."""
    if n <= 1:
        return 0
    if s == 1:
        return n * (n - 1) // 2
    return min(m + fewest(m, s) + fewest(n - m, s - 1) for m in range(1, n))


@together
@pytest.mark.parametrize("s", range(1, 9))
def test_no_schedule_takes_fewer_evaluations_than_the_binomial_one(s):
    for n in range(1, 61):
        seen = Seen(binomial(n, s), n, s)
        assert sum(seen.runs) == fewest(n, s) == advances(n, s)
        assert max(seen.runs) == reruns(n, s)
        assert seen.longest == 1


@together
@pytest.mark.parametrize("s", range(1, 9))
@pytest.mark.parametrize("c", range(6))
def test_c_runs_of_a_step_reach_that_many_steps_and_no_more(s, c):
    n = reach(s, c)
    assert reruns(n, s) == c
    assert reruns(n + 1, s) == c + 1
    assert max(Seen(binomial(n, s), n, s).runs) == c


def test_it_stores_as_often_as_revolve():
    """Counted in a run of the authors' own code, as pyrevolve 2.2.8 has it."""
    revolve = {(60, 8): 36, (60, 3): 21, (50, 5): 29, (35, 4): 20, (20, 2): 5, (9, 8): 8}
    for (n, s), stores in revolve.items():
        assert Seen(binomial(n, s), n, s).stores == stores


@together
@pytest.mark.parametrize("s", [1, 2, 3, 7, 20])
def test_the_uniform_one_evaluates_no_step_more_than_twice(s):
    for n in range(1, 61):
        seen = Seen(uniform(n, s), n, s)
        assert max(seen.runs) <= 1
        assert seen.longest == -(-n // (s + 1))


@each_schedule
def test_no_steps_take_no_derivatives(schedule):
    assert [kind for kind, begin, end in schedule(0, 3) if begin != end] == []


@together
@pytest.mark.parametrize("n", [0, 1, 2, 10, 99, 100, 101, 10_000])
def test_the_snapshots_that_there_are_by_default(n):
    s = default_snapshots(n, "binomial")
    assert reruns(n, s) <= RERUNS
    assert s == 1 or reruns(n, s - 1) > RERUNS
    s = default_snapshots(n, "uniform")
    assert s >= 1
    assert abs((s + 1) ** 2 - n) <= 2 * (s + 1) + 3
