"""Numbers as people write them, and the progress bar."""

import io

import pytest
from rich.console import Console

from admodes.measure import Interval
from experiments.bench import console


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.0123456, "0.0123"), (1, "1.00"), (99.96, "100.0"), (1234567, "1,230,000")],
)
def test_number(value, text):
    assert console.number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (2.5e-7, "0.250 µs"),
        (1.234e-4, "123 µs"),
        (0.0999, "99.9 ms"),
        (1.5, "1.50 s"),
        (119, "119 s"),
        (180, "3.00 min"),
        (20_000, "5.56 h"),
        (1_000_000, "11.6 d"),
    ],
)
def test_duration(seconds, text):
    assert console.duration(seconds) == text


def test_spread_is_the_farther_limit():
    assert console.spread(Interval(10.0, 9.0, 10.5, 0.95)) == "±10%"


def test_progress_bar_estimates_the_time_left_from_the_pace_so_far(monkeypatch):
    now = 0.0
    shown = Console(file=io.StringIO(), force_terminal=True, width=80, get_time=lambda: now)
    monkeypatch.setattr(console, "terminal", lambda stderr: shown)
    with console.progress(60.0) as bar:
        bar.begin("rosenbrock 10")
        now = 20.0  # for what should take 10
        bar.finish(10.0)
        bar.begin("rosenbrock 20")
    text = shown.file.getvalue()
    assert "rosenbrock 10" in text
    assert "about 60.0 s left" in text
    assert "about 100 s left" in text


def test_progress_bar_says_nothing_to_a_file(capsys):
    with console.progress(1.0) as bar:
        bar.begin("rosenbrock 10")
        bar.finish(1.0)
    assert capsys.readouterr() == ("", "")
