"""Measured time, on a clock that only the measured calls move: so nothing here depends on speed."""

import gc
from math import comb

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from admodes.measure import Interval, Timing, interleave, median, ratio, timing


class Clock:
    """Stands in for ``perf_counter``; its calls take as long as they say, and are logged."""

    def __init__(self):
        self.now = 0.0
        self.log = []

    def __call__(self):
        return self.now

    def call(self, name, seconds, first=0.0):
        """A call that takes `seconds`, and `first` more the first time."""

        def run():
            self.now += seconds + (first if name not in self.log else 0.0)
            self.log.append(name)

        return run


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timing, "perf_counter", clock)
    return clock


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([3.0], Interval(3.0, 3.0, 3.0, 0.0)),
        ([1.0, 3.0], Interval(2.0, 1.0, 3.0, 0.5)),
        ([5.0, 1.0, 2.0, 4.0, 3.0], Interval(3.0, 1.0, 5.0, 1 - 2 / 2**5)),
        (range(1, 9), Interval(4.5, 1.0, 8.0, 1 - 2 / 2**8)),
        (range(1, 10), Interval(5.0, 2.0, 8.0, 1 - 20 / 2**9)),
        ([7.0] * 30, Interval(7.0, 7.0, 7.0, 1 - 2 * sum(comb(30, j) for j in range(10)) / 2**30)),
    ],
)
def test_median(samples, expected):
    found = median(list(samples))
    assert (found.value, found.low, found.high) == (expected.value, expected.low, expected.high)
    assert found.coverage == pytest.approx(expected.coverage)


@pytest.mark.parametrize("n", [6, 9, 21])
def test_interval_covers_the_median_of_a_skewed_distribution(n):
    rng = np.random.default_rng(n)
    found = [median(rng.exponential(size=n)) for _ in range(2000)]
    share = np.mean([each.low <= np.log(2) <= each.high for each in found])
    assert found[0].coverage >= 0.95
    assert share == pytest.approx(found[0].coverage, abs=0.015)


def test_interval_of_thousands_of_samples():
    n = 2001
    found = median(np.arange(n))
    # About 1.96 standard deviations of a binomial on either side.
    assert found.value == n // 2
    assert found.high - found.low == pytest.approx(1.96 * np.sqrt(n), rel=0.02)
    assert 0.95 <= found.coverage < 0.953


def test_median_of_no_samples():
    with pytest.raises(ValueError, match="no samples"):
        median([])


def test_ratio_is_taken_pair_by_pair_so_a_drift_that_both_share_cancels():
    drift = np.array([1.0, 5.0, 2.0, 9.0, 3.0, 1.0])
    fast, slow = (Timing(tuple(drift * seconds), tuple(range(6))) for seconds in (1e-3, 4e-3))
    assert ratio(slow, fast) == Interval(4.0, 4.0, 4.0, 1 - 2 / 2**6)


def test_ratio_of_a_call_sampled_less_often_takes_the_nearest_sample():
    often = Timing((1.0, 1.0, 1.0, 2.0, 2.0, 2.0), (0, 1, 2, 3, 4, 5))
    seldom = Timing((10.0, 20.0), (1, 4))
    assert ratio(seldom, often) == Interval(10.0, 10.0, 10.0, 1 - 2 / 2**6)
    assert ratio(often, seldom).value == pytest.approx(0.1)


def test_calls_take_turns_and_every_other_round_goes_backwards(clock):
    calls = {name: clock.call(name, 0.01) for name in "abc"}
    found = interleave(calls, rounds=4, seconds=10.0)
    assert "".join(clock.log) == "aabbcc" + "abc" + "cba" + "abc" + "cba"
    for each in found.values():
        assert each.rounds == (0, 1, 2, 3)
        assert each.seconds == pytest.approx([0.01] * 4)


def test_a_sample_repeats_a_short_call_until_it_is_long_enough(clock):
    found = interleave({"short": clock.call("short", 1e-6)}, rounds=2, sample_seconds=0.005)
    assert 5000 <= found["short"].loops <= 50000
    assert found["short"].seconds == pytest.approx([1e-6] * 2)


def test_a_slow_first_run_does_not_count(clock):
    found = interleave({"cold": clock.call("cold", 1e-4, first=1.0)}, sample_seconds=0.005)
    assert found["cold"].loops >= 50
    assert found["cold"].seconds == pytest.approx([1e-4] * 21)


def test_a_slow_call_is_sampled_in_fewer_rounds_evenly_spread(clock):
    calls = {"slow": clock.call("slow", 1.0), "fast": clock.call("fast", 0.01)}
    found = interleave(calls, rounds=12, seconds=3.2, fewest=1)
    # Three seconds: more than half of the time, since the fast one does not need its half.
    assert found["slow"].rounds == (2, 6, 10)
    assert found["fast"].rounds == tuple(range(12))


def test_the_slowest_call_has_the_fewest_samples_that_make_an_interval(clock):
    calls = {"slow": clock.call("slow", 100.0), "fast": clock.call("fast", 1.0)}
    found = interleave(calls, seconds=1.0)
    assert [len(each.seconds) for each in found.values()] == [6, 6]
    assert median(found["slow"].seconds).coverage > 0.95


def test_a_call_known_to_be_long_is_not_tried_out_and_sampled_once(clock):
    calls = {"long": clock.call("long", 100.0), "short": clock.call("short", 0.01)}
    found = interleave(calls, rounds=7, seconds=1.0, expected={"long": 90.0, "short": 1e-9})
    assert clock.log.count("long") == 1
    assert found["long"] == Timing((100.0,), (3,))
    assert len(found["short"].seconds) == 7


def test_what_takes_longer_than_expected_is_not_sampled_on_and_on(clock):
    calls = {"a": clock.call("a", 10.0), "b": clock.call("b", 10.0)}
    expected = dict.fromkeys(calls, 1.0)
    found = interleave(calls, rounds=7, seconds=24.0, expected=expected, within=24.0)
    assert [len(each.seconds) for each in found.values()] == [1, 1]
    assert [each.rounds for each in found.values()] == [(0,), (0,)]
    # By what the first one took, the other would not be over in time.
    found = interleave(calls, rounds=7, seconds=14.0, expected=expected, within=14.0)
    assert list(found) == ["a"]


def test_garbage_is_not_collected_and_blas_has_one_thread_within_a_sample():
    seen = []

    def call():
        blas = [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]
        seen.append((gc.isenabled(), set(blas)))

    with threadpool_limits(2, user_api="blas"):
        before = threadpool_info()
        interleave({"call": call}, rounds=1, seconds=1e-3, sample_seconds=1e-6)
        assert set(map(str, seen)) <= {"(False, {1})", "(False, set())"}
        assert gc.isenabled()
        assert threadpool_info() == before


def test_an_interrupted_sample_leaves_the_collector_as_it_was():
    def call():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interleave({"call": call})
    assert gc.isenabled()


def test_blas_is_left_as_it_is_set_where_nobody_asks_for_threads():
    seen = []

    def call():
        seen.append(str(threadpool_info()))

    with threadpool_limits(2, user_api="blas"):
        before = str(threadpool_info())
        interleave({"call": call}, rounds=1, seconds=1e-3, sample_seconds=1e-6, threads=None)
    assert set(seen) == {before}


def test_something_may_be_done_between_samples(clock):
    done = []
    calls = {name: clock.call(name, 0.01) for name in "ab"}
    interleave(calls, rounds=3, seconds=10.0, between=lambda: done.append(len(clock.log)))
    assert done == [5, 6, 7, 8, 9, 10]  # after two runs of each to calibrate


def test_samples_that_something_came_between_are_taken_again_where_asked(clock, monkeypatch):
    counts = iter(range(1000))
    monkeypatch.setattr(timing, "_preemptions", lambda: next(counts))
    call = {"a": clock.call("a", 0.01)}
    interleave(call, rounds=1, seconds=10.0)
    assert len(clock.log) == 3
    interleave(call, rounds=1, seconds=10.0, again=True)
    assert len(clock.log) == 3 + 2 + timing.TRIES
