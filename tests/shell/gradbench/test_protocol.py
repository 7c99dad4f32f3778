"""``python -m admodes gradbench``: each message gets its answer.

The sessions beside this file are recorded: the inputs are ours, the outputs are what GradBench
holds those of tools against, its code in C++ whose derivatives are written by hand.
"""

import io
import json
import subprocess
import sys
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from admodes.__main__ import main
from admodes.shell.gradbench import protocol
from admodes.shell.gradbench.protocol import EVALS, NotAMessage, answers, functions_of, timed
from admodes.shell.gradbench.tasks import MODES
from tests.helpers import together

ROOT = Path(__file__).parents[3]
SESSIONS = {path.stem: path for path in Path(__file__).parent.glob("sessions/*.jsonl")}
START = {"id": 0, "kind": "start", "eval": "lse"}
GIVEN = {"x": [0.0, 1.0], "min_runs": 2, "min_seconds": 0}


def session(name):
    """The messages, and the answers that were recorded."""
    lines = [json.loads(line) for line in SESSIONS[name].read_text(encoding="utf-8").splitlines()]
    return [line["message"] for line in lines[::2]], [line["response"] for line in lines[1::2]]


def talk(*messages, mode="auto"):
    return [json.loads(line) for line in answers(map(json.dumps, messages), mode)]


def evaluate(function, given, module="lse", number=7):
    kind = {"id": number, "kind": "evaluate", "module": module, "function": function}
    return kind if given is None else kind | {"input": given}


def assert_same(found, expected, where=""):
    """Of one structure, with the same integers and texts, and numbers up to rounding."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), where
        for name, part in expected.items():
            assert_same(found[name], part, f"{where}.{name}")
    elif isinstance(expected, list):
        assert isinstance(found, list), where
        assert len(found) == len(expected), where
        for i, part in enumerate(expected):
            assert_same(found[i], part, f"{where}[{i}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12), where
    else:
        assert (found, type(found)) == (expected, type(expected)), where


def test_every_eval_has_a_session_or_is_slow_to_run():
    assert {*SESSIONS, "particle", "saddle"} == set(EVALS)


@together
@pytest.mark.parametrize("name", sorted(SESSIONS))
@pytest.mark.parametrize("mode", MODES)
def test_a_recorded_session(name, mode):
    messages, recorded = session(name)
    assert {message["function"] for message in messages if "function" in message} == set(
        functions_of(name)
    )
    found = talk(*messages, mode=mode)
    timings = [answer.pop("timings", None) for answer in found]
    assert found[0].pop("config") == {"mode": mode}
    assert_same(found, recorded)
    for message, spent in zip(messages, timings, strict=True):
        if message["kind"] == "evaluate":
            runs = 1 if name == "hello" else message["input"]["min_runs"]
            assert [each["name"] for each in spent] == ["prepare", *["evaluate"] * runs]
            assert all(type(each["nanoseconds"]) is int for each in spent)
            assert all(each["nanoseconds"] > 0 for each in spent)
        else:
            assert spent is None


def test_a_wrong_number_is_noticed():
    with pytest.raises(AssertionError, match=r"\.a\[1\]"):
        assert_same({"a": [1.0, 2.0]}, {"a": [1.0, 2.1]})
    with pytest.raises(AssertionError):
        assert_same({"a": 1.0}, {"a": 1})


def test_what_is_neither_define_nor_evaluate_is_answered_by_its_number():
    analysis = {"id": 9, "kind": "analysis", "of": 2, "valid": False, "error": "wrong"}
    assert talk(analysis, {"id": 10, "kind": "of the future"}) == [{"id": 9}, {"id": 10}]


def test_an_unknown_module_or_function_is_an_answer_and_the_session_goes_on():
    found = talk(
        {"id": 1, "kind": "define", "module": "protocol"},
        evaluate("primal", GIVEN, module="unheard-of"),
        evaluate("third", GIVEN),
        evaluate("primal", GIVEN, number="a text"),
    )
    assert [answer["success"] for answer in found] == [False, False, False, True]
    assert [answer["id"] for answer in found] == [1, 7, 7, "a text"]
    first, second, third, _ = (answer.get("error") for answer in found)
    assert first.startswith("there is no module 'protocol' here. There are: ba, det, gmm,")
    assert "'unheard-of'" in second
    assert third == "lse has no function 'third'. It has: primal, gradient"


def test_what_a_message_does_not_have_is_said_in_a_line():
    whole = evaluate("primal", GIVEN)
    for name in ("module", "function", "input"):
        (found,) = talk({key: each for key, each in whole.items() if key != name})
        assert found == {"id": 7, "success": False, "error": f"the message has no {name!r}"}
    (found,) = talk(whole | {"function": ["primal"]})
    assert found["error"] == "lse has no function ['primal']. It has: primal, gradient"


@together
@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, "KeyError: 'x'"),
        (GIVEN | {"x": ["a"]}, "ValueError: could not convert string to float"),
        (GIVEN | {"x": []}, "ValueError: zero-size array"),
        (GIVEN | {"x": [float("nan")]}, "ValueError: Out of range float values are not JSON"),
        (GIVEN | {"min_runs": "many"}, "TypeError: "),
        (GIVEN | {"min_seconds": float("inf")}, "min_seconds must be finite"),
    ],
)
def test_an_error_is_an_answer_with_its_traceback(given, error):
    failed, next_one = talk(evaluate("primal", given), evaluate("primal", GIVEN, number=8))
    assert failed.keys() == {"id", "success", "error"}
    assert (failed["id"], failed["success"]) == (7, False)
    assert failed["error"].startswith("Traceback")
    assert error in failed["error"]
    assert next_one["success"]


def test_runs_and_seconds_are_both_lower_bounds(monkeypatch):
    fifth = 200_000_000  # of a second passes each time the clock is read
    monkeypatch.setattr(protocol, "perf_counter_ns", count(fifth, fifth).__next__)
    assert timed(lambda: None, 3, 0.0)[1] == [fifth] * 3
    assert len(timed(lambda: None, 1, 1.0)[1]) == 5
    assert len(timed(lambda: None, 7, 1.0)[1]) == 7
    assert len(timed(lambda: None, 0, 0.0)[1]) == 1


def test_what_a_call_has_beside_it_does_not_grow_with_their_number(monkeypatch):
    class Nanoseconds(int):
        added = 0

        def __sub__(self, other):
            return Nanoseconds(int(self) - int(other))

        def __radd__(self, other):
            Nanoseconds.added += 1
            return other + int(self)

    clock = count()
    monkeypatch.setattr(protocol, "perf_counter_ns", lambda: Nanoseconds(next(clock)))
    assert len(timed(lambda: None, 1, 1e-6)[1]) == 1000
    assert Nanoseconds.added == 1000


@together
@pytest.mark.parametrize(
    "line",
    [
        *("", "no JSON", "[1]", '{"kind": "start"}', b"\xff", "[" * 100_000),
        *('{"id": null}', '{"id": NaN}', '{"id": [1]}'),
    ],
    ids=lambda line: repr(line[:20]),
)
def test_a_line_that_has_no_number_cannot_be_answered(line):
    good = json.dumps(START)
    found = answers([good, line])
    next(found)
    with pytest.raises(NotAMessage, match=r"^line 2 is no (JSON|message)"):
        next(found)


def test_a_number_may_have_any_size():
    assert talk({"id": 10**400}) == [{"id": 10**400}]


def test_the_command(monkeypatch, capsys):
    lines = "".join(json.dumps(each) + "\n" for each in (START, evaluate("gradient", GIVEN)))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
    assert main(["gradbench", "--mode", "reverse", "--threads", "2"]) == 0
    out, err = capsys.readouterr()
    first, second = map(json.loads, out.splitlines())
    assert first == {"id": 0, "tool": "admodes", "config": {"mode": "reverse"}}
    np.testing.assert_allclose(second["output"], np.exp([0, 1]) / np.exp([0, 1]).sum())
    assert err == ""


def test_the_command_says_what_is_no_message(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"id": 0}\nhello\n')))
    assert main(["gradbench"]) == 2
    out, err = capsys.readouterr()
    assert out == '{"id": 0}\n'
    assert err.endswith("line 2 is no JSON: Expecting value: line 1 column 1 (char 0)\n")
    assert err.count("\n") == 1
    assert main(["gradbench", "--mode", "sideways"]) == 2


@pytest.mark.parametrize("closed", ["stdin", "stdout"])
def test_the_command_says_what_is_closed(monkeypatch, capsys, closed):
    monkeypatch.setattr(sys, closed, None)
    assert main(["gradbench"]) == 2
    assert capsys.readouterr().err.endswith("is what it speaks by, and closed\n")


@pytest.mark.slow
def test_a_full_disk_is_said_in_a_line():
    command = [sys.executable, "-m", "admodes", "--help"]
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert done.stderr == b"python -m admodes: cannot write: No space left on device\n"


@pytest.mark.slow
def test_each_answer_is_there_before_the_next_message():
    """As in a real session: what is not flushed would leave both sides waiting."""
    command = [sys.executable, "-m", "admodes", "gradbench"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe) as tool:
        for message in (START, evaluate("primal", GIVEN), {"id": 8, "kind": "analysis"}):
            tool.stdin.write(json.dumps(message).encode() + b"\n")
            tool.stdin.flush()
            assert json.loads(tool.stdout.readline())["id"] == message["id"]
        out, err = tool.communicate(timeout=60)
        assert (out, err, tool.returncode) == (b"", b"", 0)
