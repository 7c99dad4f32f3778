"""A user's function runs on copies."""

import numpy as np
import pytest

from admodes.choosing.subject import Subject


def overwrites(x):
    x += 1.0
    return np.sum(x * x)


def test_the_callers_array_stays_and_the_change_is_named():
    x = np.arange(3.0)
    subject = Subject(overwrites, (x,), 0)
    subject.evaluate()
    assert subject.changes == ("argument 0",)
    call = subject.call(overwrites)
    assert call() == call() == 4.0 + 9.0 + 1.0  # always at the same point
    np.testing.assert_array_equal(x, np.arange(3.0))


def test_an_argument_that_it_is_not_differentiated_by_is_looked_at_too():
    def counts(x, tables):
        tables["seen"][0] += 1
        return np.sum(x) * tables["seen"][0]

    seen = np.zeros(2, dtype=int)
    subject = Subject(counts, (np.ones(2), {"seen": seen}), 0)
    subject.evaluate()
    assert subject.changes == ("argument 1['seen']",)
    f, args = subject.by_its_inputs()
    assert len(args) == 1
    assert f(*args) == f(*args) == 2.0
    assert not seen.any()


def test_what_comes_and_goes_and_numbers_in_containers_are_changes_too():
    def refills(p):
        p["new"] = p["a"] * 2
        p["rate"] *= 0.5
        p["list"].append(p["list"].pop(0) * 2)
        p["list"].append(1.0)
        return np.sum(p["new"]) * p["rate"]

    given = {"a": np.ones(2), "rate": 0.5, "list": [np.ones(1)]}
    subject = Subject(refills, (given,), 0)
    subject.evaluate()
    assert sorted(subject.changes) == [
        "argument 0['list'][0]",
        "argument 0['list'][1]",
        "argument 0['new']",
        "argument 0['rate']",
    ]
    call = subject.call(refills)
    assert call() == call() == 1.0
    assert given.keys() == {"a", "rate", "list"}
    assert given["rate"] == 0.5
    assert len(given["list"]) == 1


def test_one_that_changes_nothing_is_called_as_it_is():
    x = np.array([1.0, np.nan])
    subject = Subject(np.sum, (x,), 0)
    subject.evaluate()
    assert subject.changes == ()
    assert subject.call(np.sum).func is np.sum
    assert subject.args[0] is not x
    assert subject.by_its_inputs()[0] is np.sum


def test_copies_are_laid_out_as_what_they_are_of():
    x = np.asfortranarray(np.ones((3, 4)))
    (copy,) = Subject(np.sum, (x,), 0).args
    assert copy.flags.f_contiguous
    assert copy is not x


@pytest.mark.parametrize(
    ("value", "expected"), [(1.0, True), (np.float64(1), True), ([1.0], False), (np.ones(1), False)]
)
def test_a_number_has_a_gradient(value, expected):
    subject = Subject(lambda x: value, (1.0,), 0)
    subject.evaluate()
    assert subject.is_scalar is expected
