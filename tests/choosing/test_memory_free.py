"""What does not fit into the memory that is free is left out, or refused in a line."""

import subprocess
import sys

import numpy as np
import pytest

import admodes as ad
from admodes.choosing import comparing, peaks, plans, recommending
from admodes.choosing.subject import Subject
from admodes.reverse import record

pytest.importorskip("resource")

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("little_garbage", "few_samples")]

X = np.linspace(0.5, 1.5, 3)
ROWS = 40_000


@pytest.fixture
def machine(monkeypatch):
    """A machine that says how many bytes are free."""

    def has(free):
        for module in (comparing, peaks, plans, recommending):
            monkeypatch.setattr(module, "free", lambda: free)

    return has


def squares(x):
    return np.sum(x * x)


def tall(x):
    """Three inputs, and many outputs."""
    return np.outer(np.ones(ROWS), x)[:, 0] * x[1]


def long(x):
    """A recording that is much larger than what a pass of forward mode holds."""
    y = wide = x[0] * np.ones(1000) + x[1]
    for _ in range(200):
        y = y * wide
    return np.sum(y)


def quick(f, *args):
    return ad.compare(f, *args, seconds=0.05)


# --- compare --------------------------------------------------------------------------------------


def test_a_mode_of_which_no_pass_fits_is_left_out_and_named(machine, monkeypatch):
    machine(1e6)
    monkeypatch.setenv("COLUMNS", "300")
    comparison = quick(long, X)
    assert {way.mode for way in comparison.ways} == {"forward"}
    assert comparison.agreement is None
    (left_out,) = comparison.left_out
    assert left_out.startswith("reverse mode (a pass takes 1.6")
    assert f"Left out, for want of memory: {left_out}." in str(comparison)
    assert comparison.to_dict()["left_out"] == [left_out]
    assert "for want of memory or time" in str(comparison)


def test_no_pass_is_wider_than_what_is_free(machine):
    machine(8 * 3.5 * ROWS)  # a value and a tangent fit, a value and three tangents do not
    (way,) = quick(tall, X).ways
    assert way.name == "forward"


def test_a_whole_is_made_where_there_is_memory_for_it(machine):
    subject = Subject(tall, (X,), 0)
    subject.evaluate()
    derivative = plans.Derivative(subject, record(tall, subject.inputs)[0], 1e-3)
    one, every = derivative._forward(1), derivative._forward(3)
    machine(8 * 10 * ROWS)  # the derivative is twice there while it is put together
    assert not one.is_made
    assert every.is_made  # as its pass was
    machine(8 * 20 * ROWS)
    assert one.is_made


def test_where_neither_mode_fits_it_is_refused(machine):
    machine(1000)
    with pytest.raises(MemoryError) as caught:
        quick(tall, X)
    assert str(caught.value) == (
        "compare(tall): a pass of either mode does not fit into the 1.00 kB of memory that are "
        "free: forward mode (a pass takes 640 kB more, at least); "
        "reverse mode (a pass takes 1.92 MB more, at least)"
    )


class Full:
    """A function for which there is no memory where something is true of its argument."""

    def __init__(self, where):
        self.where = where

    def __call__(self, x):
        if self.where(x):
            raise MemoryError("8 PB for an array")
        return squares(x)


def test_what_nobody_knew_a_pass_would_hold_is_left_out_too():
    comparison = quick(Full(lambda x: isinstance(x, ad.Dual)), X)
    assert comparison.left_out == ("forward mode",)
    assert [way.mode for way in comparison.ways] == ["reverse"]


def test_where_the_function_does_not_fit_it_is_refused():
    for where, what in (
        (lambda x: isinstance(x, ad.Variable), "a recording"),
        (lambda x: type(x) is np.ndarray, "one evaluation"),
    ):
        with pytest.raises(MemoryError, match=rf"Full.*: {what} does not fit .* 8 PB for an"):
            quick(Full(where), X)


def test_counts_and_memory_for_which_there_is_none_are_left_out(monkeypatch):
    def fails(*_, **__):
        raise MemoryError

    monkeypatch.setattr(comparing.measure, "peak_bytes", fails)
    monkeypatch.setattr(comparing.counting, "evaluation", fails)
    monkeypatch.setattr(comparing, "agreement", fails)
    monkeypatch.setattr(comparing, "GRACE", 1e6)
    comparison = quick(squares, X)
    assert {"counts", "memory of forward", "whether the modes agree"} <= set(comparison.left_out)
    assert all(way.peak_bytes is way.counts is None for way in comparison.ways)


# --- recommend ------------------------------------------------------------------------------------


def test_what_the_machine_has_is_a_limit(machine):
    x = np.linspace(0.5, 1.5, 2000)
    before = ad.recommend(chain, x)
    assert before.mode == "reverse"
    assert not before.checkpoint
    machine(before.tape_bytes / 2)
    advice = ad.recommend(chain, x)
    assert advice.fits
    assert advice.peak_bytes <= before.tape_bytes / 2
    assert advice.mode == "forward" or advice.checkpoint


def chain(x):
    for _ in range(50):
        x = np.sin(x) * x
    return np.sum(x)


def test_where_nothing_fits_into_the_machine_that_is_said(machine):
    machine(1000)
    advice = ad.recommend(tall, X)
    assert not advice.fits
    assert "Nothing that is known fits into 1.00 kB" in str(advice)
    assert "the derivative alone is 960 kB" in str(advice)


def test_what_does_not_fit_into_the_machine_is_left_out_without_a_look(machine, monkeypatch):
    def fails(*_):
        raise AssertionError

    everything = ad.recommend(long, X).candidates
    machine(1e6)
    monkeypatch.setattr(peaks.Peaks, "_look", fails)
    advice = ad.recommend(long, X)
    assert advice.fits
    assert all(way.bytes <= 1e6 for way in advice.candidates)
    assert len(advice.candidates) < len(everything)


def test_what_does_not_fit_is_not_timed(monkeypatch):
    timed = []

    def tried(task, model, ways):
        timed.extend(ways)
        return ways, 0.0

    monkeypatch.setattr(recommending, "tried", tried)
    ad.recommend(long, X, memory_limit=1e6, measure=True)
    assert timed
    assert all(way.bytes <= 1e6 for way in timed)
    assert not any(way.mode == "reverse" and not way.checkpoint for way in timed)


def test_a_derivative_larger_than_the_machine_is_never_begun(machine, monkeypatch):
    def fails(*_):
        raise AssertionError

    machine(1000)
    monkeypatch.setattr(peaks.Peaks, "_look", fails)
    assert not ad.recommend(tall, X, memory_limit=1e12).fits


def test_a_look_that_runs_out_of_memory_saw_that_it_does_not_fit(machine, monkeypatch):
    def fails(*_):
        raise MemoryError

    machine(1e7)
    monkeypatch.setattr(peaks.Peaks, "_look", fails)
    advice = ad.recommend(squares, X, memory_limit=1e6)
    assert not advice.fits
    assert advice.peak_bytes == 1e7


def test_a_function_that_does_not_fit_has_no_recommendation():
    with pytest.raises(MemoryError, match=r"recommend\(.*\): .* does not fit .*: 8 PB"):
        ad.recommend(Full(lambda x: True), X)


# --- The command line -----------------------------------------------------------------------------


FEW = """
import resource, sys
from admodes.__main__ import main

resource.setrlimit(resource.RLIMIT_DATA, (500_000_000, 500_000_000))
shapes = ["--shape", "30000", "--shape", "30000"]
sys.exit([main(["compare", "numpy:outer", *shapes, *options]) for options in ([], ["--check"])])
"""


def test_what_is_larger_than_the_machine_is_one_line_and_exit_code_2():
    done = subprocess.run([sys.executable, "-c", FEW], capture_output=True, text=True)
    assert done.stdout == ""
    *lines, codes = done.stderr.splitlines()
    assert codes == "[2, 2]"
    assert len(lines) == 2
    assert all("Unable to allocate 6.71 GiB" in line for line in lines)
