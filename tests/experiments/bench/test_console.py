"""Numbers as people write them, and the progress bar."""

import io

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from admodes.measure import Interval
from experiments.bench import console, report


def test_spread_is_the_farther_limit():
    assert console.spread(Interval(10.0, 9.0, 10.5, 0.95)) == "±10%"


def test_a_spread_of_more_than_the_value_is_two_factors():
    assert console.spread(Interval(50.0, 25.0, 100.0, 0.95)) == "±100%"
    assert console.spread(Interval(59.3, 5.93, 1235.0, 0.95)) == "0.100 to 20.8 times that"


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


def test_a_name_between_colons_is_shown_as_it_is(capsys):
    console.terminal().print("module:star:f")
    assert capsys.readouterr().out == "module:star:f\n"
    assert report.terminal_html(Text("module:star:f")) == "module:star:f"
    assert report.terminal_html(Padding("module:star:f", 0)) == "module:star:f"


def test_progress_bar_says_nothing_to_a_file(capsys):
    with console.progress(1.0) as bar:
        bar.begin("rosenbrock 10")
        bar.finish(1.0)
    assert capsys.readouterr() == ("", "")
