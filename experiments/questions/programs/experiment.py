"""What does each mode compute, as code?

Of the textbook's graph e = (a + b)·(b + 1), and of Rosenbrock's function. Each mode is recorded as
a program, straight lines of NumPy that are run again, and both programs are set side by side: at
each line of the function what either mode computes there, and then what reverse mode computes on
its way back. Below stands what a run takes: operations, numbers that they read and write, and bytes
of memory. A run of forward mode gives the derivative along one direction, a run of reverse mode the
derivatives by all inputs. Nothing is typed in: it is what `admodes.program` writes and runs, and
what it gives is held against both modes without a program.
"""

from typing import Any

import numpy as np

import admodes as ad
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.bench.results import Record
from experiments.bench.settings import Setting, Settings, Task
from experiments.questions.programs.cases import CASES, Case

PLACE = 95
#: There is nothing to choose, nothing is drawn at random, and nothing is timed.
SETTINGS: dict[str, Setting] = {}


def plan(settings: Settings) -> list[Task]:
    return [{"function": name} for name in CASES]


def expect(task: Task, settings: Settings) -> float:
    return 0.1


# Recording


def measure(task: Task, settings: Settings) -> Record:
    case = CASES[task["function"]]
    argnums = tuple(range(len(case.at)))
    program = ad.program(case.f, *case.at, mode="reverse", argnums=argnums)
    explained = program.explain()
    return {
        "inputs": case.inputs,
        "heads": explained.heads,
        "rows": [{"comment": row.comment, "lines": row.lines} for row in explained.rows],
        "counts": {mode: counts._asdict() for mode, counts in explained.counts.items()},
        "largest_difference": largest_difference(case, program, argnums),
    }


def largest_difference(case: Case, program: ad.Program, argnums: tuple[int, ...]) -> float:
    """Between the programs of both modes, and the modes themselves, relative.

    Raises :class:`Disagreement` above TOLERANCE.
    """
    tangents = tuple(np.ones_like(x) if np.ndim(x) else 1.0 for x in case.at)
    along = ad.program(case.f, *case.at, mode="forward", argnums=argnums)
    pairs = {
        "forward": (along(case.at, tangents), ad.jvp(case.f, case.at, tangents)),
        "reverse": (program(*case.at), ad.value_and_grad(case.f, argnums)(*case.at)),
    }
    largest = 0.0
    for mode, (found, expected) in pairs.items():
        for own, other in zip(numbers(found), numbers(expected), strict=True):
            difference = float(np.max(relative_difference(own, other, np.mean(np.abs(other)))))
            if not difference <= TOLERANCE:
                raise Disagreement(f"the program of {mode} mode", difference)
            largest = max(largest, difference)
    return largest


def numbers(result: Any) -> list[np.ndarray]:
    """A value and its derivatives, one array each."""
    value, derivatives = result
    several = derivatives if isinstance(derivatives, tuple) else (derivatives,)
    return [np.asarray(each) for each in (value, *several)]
