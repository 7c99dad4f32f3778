"""From how many workers on forward mode is as quick as reverse mode."""

import numpy as np
import pytest

import admodes as ad
from admodes.choosing.catching_up import sentence, workers_to_catch_up
from admodes.choosing.ways import Measured
from admodes.measure import Interval


def way(mode, k, passes, one, whole=None):
    def of(value):
        return Interval(value, value, value, 0.95)

    return Measured(
        mode=mode,
        chunk_size=k,
        passes=passes,
        counts=None,
        tape_length=None,
        tape_bytes=None,
        peak_bytes=None,
        peak_estimated=False,
        recording_seconds=None,
        pass_seconds=of(one),
        seconds=of(passes * one if whole is None else whole),
        estimated=False,
        ratio=of(1.0),
    )


@pytest.mark.parametrize(
    ("forward", "reverse", "workers", "words"),
    [
        ([(1, 100, 1.0)], 10.0, 10, "at about 10 workers"),
        ([(1, 100, 1.0)], 10.9, 10, "at about 10 workers"),  # ten passes in turn, and no more
        ([(1, 100, 1.0)], 1.0, 100, "at about 100 workers"),
        ([(1, 100, 1.0), (50, 2, 10.0)], 10.0, 2, "at about 2 workers"),
        ([(1, 100, 1.0), (50, 2, 10.1)], 10.0, 10, "at about 10 workers"),
        ([(1, 100, 1.0)], 0.5, None, "no number of workers: one pass takes 1.00 s"),
        ([(1, 3, 1.0)], 3.0, 1, None),
        ([], 1.0, None, None),
    ],
)
def test_by_whole_passes_in_turn(forward, reverse, workers, words):
    ways = [way("forward", *each) for each in forward] + [way("reverse", 1, 1, reverse)]
    assert workers_to_catch_up(ways) == workers
    said = sentence(ways)
    assert said is None if words is None else words in said


def test_without_reverse_mode_nothing_is_said():
    assert workers_to_catch_up([way("forward", 1, 5, 1.0)]) is None
    assert sentence([way("forward", 1, 5, 1.0)]) is None


def test_compare_says_it(few_samples):
    found = ad.compare(lambda x: np.sum(np.sin(x) * x), np.ones(2000), seconds=0.3)
    assert "forward mode catches up" in str(found).lower().replace("\n", " ")
    assert found.to_dict()["workers_to_catch_up"] == found.workers_to_catch_up
