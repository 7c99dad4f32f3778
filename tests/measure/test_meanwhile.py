"""What happens beside a measurement: output is caught, a bar drawn."""

import io
import sys
import time

import pytest

from admodes.measure import meanwhile
from admodes.measure.meanwhile import Meanwhile


def test_output_is_caught_and_the_streams_come_back(capsys):
    before = sys.stdout, sys.stderr
    with Meanwhile(1.0) as context:
        print("to stdout")
        print("to stderr", file=sys.stderr)
    assert (sys.stdout, sys.stderr) == before
    assert context.heard.first == ["to stdout", "to stderr"]
    assert capsys.readouterr() == ("", "")


def test_what_was_printed_before_an_error_is_shown(capsys):
    def fails():
        with Meanwhile(1.0):
            print("a hint")
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert capsys.readouterr().err == "a hint\n"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def put(stream, monkeypatch, patience=0.0):
    """Put a stream in the place of stderr: within a test, for pytest puts its own there first."""
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(meanwhile, "PATIENCE", patience)
    monkeypatch.setenv("TERM", "xterm")  # one that can go back in a line
    return stream


def shown(terminal, what):
    deadline = time.monotonic() + 20
    while what not in terminal.getvalue() and time.monotonic() < deadline:
        time.sleep(0.01)
    return what in terminal.getvalue()


def test_who_waits_before_a_terminal_sees_how_far_it_is(monkeypatch):
    terminal = put(Terminal(), monkeypatch)
    with Meanwhile(1.0) as context:
        context.begin("one evaluation")
        assert shown(terminal, "one evaluation")
        context.begin("memory")
        assert shown(terminal, "memory")
    assert context._bar is None
    assert not context.heard.count


def test_none_is_drawn_where_all_is_over_soon(monkeypatch):
    terminal = put(Terminal(), monkeypatch, patience=100.0)
    with Meanwhile(1.0) as context:
        context.begin("one evaluation")
    assert terminal.getvalue() == ""


def test_none_is_drawn_into_a_file(monkeypatch):
    file = put(io.StringIO(), monkeypatch)
    with Meanwhile(1.0) as context:
        context.begin("one evaluation")
        time.sleep(0.05)
    assert file.getvalue() == ""


def test_none_is_drawn_while_it_must_not_be(monkeypatch):
    terminal = put(Terminal(), monkeypatch)
    context = Meanwhile(1.0)
    context.quiet.acquire()  # before there is anything that could draw
    with context:
        time.sleep(0.1)
        assert terminal.getvalue() == ""
        context.quiet.release()
        assert shown(terminal, "━")
