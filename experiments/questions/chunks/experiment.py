"""What does a direction cost when a pass carries k of them?

The k directions of a pass share the time that Python takes for an operation; they do not share the
arithmetic. So a direction gets cheaper as k grows, until the k · N numbers that every operation
makes outgrow the cache. Forward mode runs on functions of N inputs, reverse mode on functions of N
outputs. In reverse mode the recording, which is made once, is subtracted.

Programs carry k directions at a time, too, and leave out most of Python's time: NumPy's programs
take turns with the passes, and so do compiled ones. They get their directions, rows of the unit
matrix, as arguments, which are made before. A program in reverse mode evaluates the function anew
in each call, so nothing is subtracted there: its k rows share the evaluation.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import log
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

import admodes
from admodes import forward, reverse
from admodes.measure import Timing
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.bench.results import Record, samples
from experiments.bench.settings import SEED, Setting, Settings, Task, how_many
from experiments.functions import curves, scalars
from experiments.functions.scalars import Function
from experiments.sides import gradients, passes
from experiments.sides.jacobians import by_reverse
from experiments.sides.libraries import BACKENDS, HERE, OWN, those_installed

FUNCTIONS = {
    "forward": ("rosenbrock", "network"),
    "reverse": ("polynomials", "trajectory"),
}

LARGEST_BYTES = 2**26
"""Of the numbers that an operation makes: beyond, memory is all that is measured."""
LONGEST = 1000
"""Operations of a function, for programs of it: to make one takes milliseconds an operation."""
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")


def caches(folder: Path = CACHES) -> dict[str, int]:
    """The bytes of each cache beyond the first that a core can use, where the system says so."""
    found = {}
    for index in sorted(folder.glob("index*")):
        try:
            level, size = ((index / each).read_text().strip() for each in ("level", "size"))
            if int(level) > 1:
                found[f"L{level}"] = int(size.removesuffix("K")) * 1024
        except (OSError, ValueError):
            continue
    return found


PLACE = 40
SETTINGS = {
    "sizes": how_many(
        (100, 1000, 10_000, 100_000),
        "--sizes N...",
        "Numbers of inputs (outputs, in reverse mode); a function that cannot have one takes"
        " the nearest that it can.",
        quick=(100, 1000),
    ),
    "largest_k": how_many(
        4096, "--largest-k K", "Directions a pass, at most; the powers of two up to it are tried."
    ),
    "budget": Setting(8.0, quick=1.5),
    "rounds": Setting(21, quick=9),
    "caches": Setting(caches),
    "seed": SEED,
}


def settle(settings: Settings) -> Settings:
    return {**settings, "libraries": those_installed(OWN)}


def find(mode: str, name: str) -> Function:
    return (scalars if mode == "forward" else curves).find(name)


def plan(settings: Settings) -> list[Task]:
    return [
        {"mode": mode, "function": name, "size": n}
        for mode, names in FUNCTIONS.items()
        for name in names
        for n in sorted(set(map(find(mode, name).nearest, settings["sizes"])))
    ]


def expect(task: Task, settings: Settings) -> float:
    return settings["budget"] + 3


# Measuring


class Seen(Exception):
    """Ends a pass that has shown how many directions it carries."""

    def __init__(self, k: int) -> None:
        super().__init__(k)
        self.k = k


def default_k(mode: str, f: Callable[[Any], Any], x: Any) -> int:
    """The directions (rows) a pass where nobody asks for a number, as the first pass has them."""

    def of_tangent(x: Any) -> NoReturn:
        raise Seen(np.size(x.tangent) // np.size(x.value))

    def of_cotangent(rows: Any) -> NoReturn:
        raise Seen(np.size(rows) // size)

    try:
        if mode == "forward":
            forward.grad(of_tangent)(x)
        else:
            size = np.size(f(x))
            watched = admodes.linear(lambda y: y, transpose=of_cotangent, directions=True)
            reverse.jacobian(lambda x: watched(f(x)))(x)
    except Seen as seen:
        return seen.k
    raise AssertionError("no pass was made")


def sizes_of_pass(n: int, largest: int, default: int) -> list[int]:
    """Powers of two, and the default: no more than there are directions, or than memory is for."""
    most = min(n, largest, max(LARGEST_BYTES // (8 * n), 1))
    powers = [2**power for power in range(most.bit_length())]
    return sorted({*powers, min(default, most)})


def measure(task: Task, settings: Settings) -> Record:
    """Passes at each k, and programs, all of which take turns, with every sample.

    A call makes one pass; in reverse mode several, beside which the recording before them is short.
    """
    mode, n = task["mode"], task["size"]
    function = find(mode, task["function"])
    rng = scalars.generator(settings["seed"], n, function.name)
    f, x = function.make(n, rng)
    derivative = gradients.by_forward(f, x) if mode == "forward" else by_reverse(f, x)
    default = default_k(mode, f, x)
    count = passes.FEWEST_PASSES if derivative.once else 1
    sizes = sizes_of_pass(n, settings["largest_k"], default)
    eager: Calls = {
        k: partial(derivative.some, rng.choice(n, k * count, replace=k * count > n), k)
        for k in sizes
    }
    if derivative.once:
        eager[0] = derivative.once
    ways = {HERE: eager, **programs(task, f, x, derivative, sizes, settings["libraries"], rng)}
    calls = {(way, k): call for way, own in ways.items() for k, call in own.items()}
    timings = passes.by_turns(calls, {}, settings["budget"], settings["rounds"])
    found = {
        way: in_passes({k: timings[way, k] for k in own}, count if way == HERE else 1)
        for way, own in ways.items()
    }
    return {"size": derivative.n, "default_k": default, **found.pop(HERE), "programs": found}


Calls = dict[int, Callable[[], object]]
"""By their k; at 0 what they do once, beside all directions."""


def in_passes(timings: dict[int, Timing], count: int) -> Record:
    """The samples of a way, whose calls make so many passes each."""
    once = timings.pop(0, None)
    return {
        "once": samples(once) if once else None,
        "passes": [
            {"k": k, "directions_timed": k * count, **samples(each)} for k, each in timings.items()
        ],
    }


def programs(
    task: Task,
    f: Callable[[Any], Any],
    x: Any,
    derivative: passes.Derivative,
    sizes: Sequence[int],
    libraries: Sequence[str],
    rng: np.random.Generator,
) -> dict[str, Calls]:
    """Calls of programs by each back end, at every power of four among the sizes, and the largest.

    None of a function of more than :data:`LONGEST` operations. Each is held against a pass.
    """
    own = {library: BACKENDS[library] for library in libraries if library in BACKENDS}
    if len(admodes.vjp(f, x)[1].tape) > LONGEST:
        return {}
    found: dict[str, Calls] = {library: {} for library in own}
    for k in sorted({k for k in sizes if k == 4 ** round(log(k, 4))} | {sizes[-1]}):
        chosen = rng.choice(derivative.n, k, replace=False)
        expected = derivative.some(chosen, k)
        rows = np.zeros((k, derivative.n))
        rows[np.arange(k), chosen] = 1.0
        for library, backend in own.items():
            make = partial(admodes.program, f, x, directions=k, backend=backend)
            if task["mode"] == "forward":
                call = partial(make(mode="forward"), (x,), (rows,))
            else:
                call = partial(make(mode="reverse"), (x,), rows)
            difference = relative_difference(call()[1], expected, np.mean(np.abs(expected))).max()
            if not difference <= TOLERANCE:
                raise Disagreement(f"{library}, {k} directions a pass", float(difference))
            found[library][k] = call
    return found
