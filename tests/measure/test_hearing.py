"""What a function prints is caught: of its thread alone, and the streams come back."""

import sys
import threading
from contextlib import redirect_stdout
from io import StringIO

import pytest

from admodes.measure.hearing import LINES, WIDEST, Heard, listening


def test_the_first_lines_are_kept_and_all_counted():
    heard = Heard()
    for i in range(1000):
        print("line", i, file=heard)
    print("the last", end="", file=heard)
    heard.end()
    assert heard.first == [f"line {i}" for i in range(LINES)]
    assert heard.count == 1001


def test_no_more_are_kept_once_enough_is_known():
    heard = Heard()
    print("plain", file=heard)
    heard.keeps = False
    print("again", file=heard)
    assert (heard.first, heard.count) == (["plain"], 2)


def test_a_line_without_end_takes_no_memory():
    heard = Heard()
    for _ in range(1000):
        heard.write("x" * 1000)
    heard.end()
    assert heard.count == 1
    assert heard.first == ["x" * WIDEST]


def test_both_streams_are_listened_to_or_one(capsys):
    with listening(stderr=False) as heard:
        print("to stdout")
        print("to stderr", file=sys.stderr)
    assert heard.first == ["to stdout"]
    assert capsys.readouterr() == ("", "to stderr\n")


def test_an_error_may_leave_it_unsaid(capsys):
    def fails():
        with listening(repeat=False):
            print("a hint")
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert capsys.readouterr() == ("", "")


def test_threads_that_overlap_hear_their_own_and_leave_the_streams_as_they_were(capsys):
    before = sys.stdout, sys.stderr
    first_in, second_in, first_out = (threading.Event() for _ in range(3))
    heard = {}

    def first():
        with listening() as heard["first"]:
            print("first")
            first_in.set()
            second_in.wait()
        first_out.set()

    def second():
        first_in.wait()
        with listening() as heard["second"]:
            second_in.set()
            first_out.wait()
            print("second")

    threads = [threading.Thread(target=each) for each in (first, second)]
    for thread in threads:
        thread.start()
    first_in.wait()
    print("nobody listens to this")
    for thread in threads:
        thread.join()
    assert {name: each.first for name, each in heard.items()} == {
        "first": ["first"],
        "second": ["second"],
    }
    assert capsys.readouterr() == ("nobody listens to this\n", "")
    assert (sys.stdout, sys.stderr) == before


def test_what_a_function_puts_in_the_place_of_a_stream_has_its_output():
    own = StringIO()
    with listening() as heard:
        print("one")
        with redirect_stdout(own):
            print("two")
            with listening() as inner:
                print("three")
            print("four")
        print("five")
    assert (heard.first, inner.first) == (["one", "five"], ["three"])
    assert own.getvalue() == "two\nfour\n"


def test_where_there_is_no_stream_nothing_is_written(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)  # as pythonw has it
    with listening() as heard:
        print("heard", flush=True)
    assert heard.first == ["heard"]
    assert sys.stdout is None
