"""GradBench's protocol, from the side of the tool: a line of JSON in, a line of JSON out.

The protocol is described in GradBench's CONTRIBUTING.md, under "Protocol". An eval sends messages
of four kinds, and each is answered before the next: ``start``; ``define``, whether there is a
module of this name; ``evaluate``, one of its functions at an input; ``analysis``, what the eval
thinks of an answer.
"""

import json
import traceback
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from math import isfinite
from time import perf_counter_ns
from typing import Any

import numpy as np

from admodes.shell.gradbench.tasks import Mode, Task

TOOL = "admodes"
EVALS = (
    "ba",
    "det",
    "gmm",
    "hello",
    "ht",
    "kmeans",
    "llsq",
    "lse",
    "lstm",
    "ode",
    "particle",
    "saddle",
)

Answer = dict[str, Any]


class NotAMessage(ValueError):
    """A line that no answer can be given to: it is no JSON, or has no number."""


def answers(lines: Iterable[str | bytes], mode: Mode = "auto") -> Iterator[str]:
    """A line of JSON for each message.

    Parameters
    ----------
    lines
        The messages, each a line of JSON. The next one is read when its answer is asked for.
    mode
        By which derivatives are made. ``particle`` and ``saddle`` say so themselves.

    Raises
    ------
    NotAMessage
        Where a line is no message. Whatever else goes wrong is an answer.

    Examples
    --------
    >>> for line in answers(['{"id": 0, "kind": "start"}', '{"id": 1, "kind": "define",'
    ...                      ' "module": "unheard-of"}'], mode="forward"):
    ...     print(line)
    {"id": 0, "tool": "admodes", "config": {"mode": "forward"}}
    {"id": 1, "success": false, "error": "there is no module 'unheard-of' here. ..."}
    """
    for number, line in enumerate(lines, 1):
        message = _message(number, line)
        given = {"id": message["id"]}
        try:
            answer = json.dumps(given | _answer(message, mode), allow_nan=False)
        except Exception as error:  # any is an answer: the eval goes on with its next input
            answer = json.dumps(given | _failure(error))
        yield answer


def _message(number: int, line: str | bytes) -> Any:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:  # no JSON, no UTF-8, or nested too deeply
        raise NotAMessage(f"line {number} is no JSON: {error}") from error
    if not isinstance(message, dict) or "id" not in message:
        raise NotAMessage(f'line {number} is no message of GradBench\'s: it has no "id"')
    given = message["id"]
    if not isinstance(given, (int, float, str)) or (
        isinstance(given, float) and not isfinite(given)
    ):
        raise NotAMessage(f'line {number} is no message of GradBench\'s: its "id" is no number')
    return message


def _answer(message: Any, mode: Mode) -> Answer:
    match message.get("kind"):
        case "start":
            return {"tool": TOOL, "config": {"mode": mode}}
        case "define":
            functions_of(_part(message, "module"))
            return {"success": True}
        case "evaluate":
            functions = functions_of(_part(message, "module"))
            return _evaluated(_task(functions, message), _part(message, "input"), mode)
        case _:
            return {}


def _part(message: Any, name: str) -> Any:
    if name not in message:
        raise Unknown(f"the message has no {name!r}")
    return message[name]


def _failure(error: Exception) -> Answer:
    """What is asked for and not there is said in a line; else the eval's log has the traceback."""
    known = isinstance(error, Unknown)
    text = str(error) if known else "".join(traceback.format_exception(error))
    return {"success": False, "error": text}


class Unknown(LookupError):
    """A module, or a function in it, that is not here; or a part of a message."""


def functions_of(module: str) -> dict[str, Task]:
    """The functions of an eval's module.

    >>> sorted(functions_of("saddle"))
    ['ff', 'fr', 'rf', 'rr']
    """
    if module not in EVALS:
        raise Unknown(f"there is no module {module!r} here. There are: {', '.join(EVALS)}")
    functions: dict[str, Task] = import_module(f"admodes.shell.gradbench.evals.{module}").FUNCTIONS
    return functions


def _task(functions: dict[str, Task], message: Any) -> Task:
    name = _part(message, "function")
    if not isinstance(name, str) or name not in functions:
        known = ", ".join(functions)
        raise Unknown(f"{message['module']} has no function {name!r}. It has: {known}")
    return functions[name]


def _evaluated(task: Task, given: Any, mode: Mode) -> Answer:
    runs = given if isinstance(given, dict) else {}  # of ``hello`` it is a number
    least = runs.get("min_runs", 1), runs.get("min_seconds", 0.0)
    if not all(map(isfinite, least)):
        raise ValueError("min_runs and min_seconds must be finite")
    began = perf_counter_ns()
    arguments, function = task.read(given), task.by(mode)
    prepared = perf_counter_ns() - began
    result, spent = timed(lambda: function(*arguments), *least)
    timings = [("prepare", prepared), *(("evaluate", each) for each in spent)]
    return {
        "success": True,
        "output": task.write(result),
        "timings": [{"name": name, "nanoseconds": each} for name, each in timings],
    }


def timed(run: Callable[[], Any], runs: int, seconds: float) -> tuple[Any, list[int]]:
    """What a function gives, and the nanoseconds of each call.

    It is called at least `runs` times, and at least once; and until all calls together have taken
    `seconds`.

    >>> result, spent = timed(lambda: 2 + 2, runs=3, seconds=0.0)
    >>> result, len(spent)
    (4, 3)
    """
    spent: list[int] = []
    total = 0  # kept, for of a short function there are tens of thousands of calls to add up
    while len(spent) < max(runs, 1) or total < seconds * 1e9:
        began = perf_counter_ns()
        # Floating-point warnings would be lines on the terminal of whoever started the eval; what
        # is not finite cannot be sent, and is an error of its own.
        with np.errstate(all="ignore"):
            result = run()
        spent.append(perf_counter_ns() - began)
        total += spent[-1]
    return result, spent
