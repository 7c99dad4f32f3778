"""What things cost on this machine: how long Python, NumPy and this package take for each.

:func:`calibrate` measures it in a fraction of a second, by tiny programs that are run in both
modes, and by a few array operations; :mod:`admodes.recommend` predicts from that how long a
derivative takes. All that is timed takes turns, and the quickest turn counts: what else the machine
does comes and goes.
"""

import gc
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from math import log
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from admodes import forward, reverse
from admodes.modes.arguments import Inputs
from admodes.profiling import Profile, profile


class Overhead(NamedTuple):
    """Python's share of one operation, in seconds, without that of the NumPy calls in it."""

    record: float
    push: float  #: along one direction
    pushes: float  #: along several
    pull: float
    pulls: float


class Frame(NamedTuple):
    """What a whole derivative costs around its operations, in seconds."""

    start: float  #: once
    each: float  #: for each pass, or sweep
    containers: float  #: once, where there are any
    leaf: float  #: for each further input leaf in forward mode, once; in reverse mode a sweep
    output: float  #: for each further output leaf in forward mode, a pass; in reverse mode once
    block: float  #: for each further pair of an input leaf and an output leaf


@dataclass(frozen=True)
class Machine:
    """The costs of one machine, in seconds."""

    operations: Mapping[str, Overhead]
    """Python's share of an operation, by its kind (:data:`admodes.profiling.KINDS`)."""
    call: float
    """A call of NumPy for small arrays."""
    row: float
    """An inner loop of NumPy's, of which a result of two axes may have one each row."""
    reduction: float
    """An inner loop of a sum."""
    moves: Sequence[tuple[float, float]]
    """Of a number that is read or written, where so many bytes are in use at once: pairs of bytes,
    ascending, and seconds."""
    nonlinear: Mapping[str, float]
    """Of an entry of a nonlinear function beyond its moves, by name; ``""`` is any other one."""
    product: float
    """An addition or a multiplication in a product of matrices."""
    matrix: float
    """Each matrix of a stack that is multiplied."""
    transposed: float
    """How many times that, and the arithmetic, products of such stacks take in a pull."""
    elimination: float
    """An addition or a multiplication in the solution of equations."""
    forward: Frame
    reverse: Frame

    def move(self, size: float) -> float:
        """Seconds a number moved with `size` bytes in use: between two known sizes, by log."""
        known = [each for each, _ in self.moves]
        i = bisect_right(known, size)
        if i == 0 or i == len(known):
            return self.moves[max(i - 1, 0)][1]
        (low, a), (high, b) = self.moves[i - 1], self.moves[i]
        return a + (b - a) * log(size / low) / log(high / low)


Call = Callable[[], object]
Taken = Mapping[Any, float]


@lru_cache(maxsize=1)
def calibrate() -> Machine:
    """The costs of the machine that this runs on, measured once a process."""
    np.empty(31 * 2**20, dtype=np.uint8)  # see admodes.measure.timing.settle_allocator
    programs = {
        (kind, steps): program(step, steps, x)
        for kind, (step, x) in STEPS.items()
        for steps in (SHORT, LONG)
    }
    calls: dict[Any, Call] = {**array_calls()}
    for name, each in programs.items():
        calls |= {(*name, what): each.call(what) for what in Overhead._fields}
    for mode in (forward, reverse):
        calls |= {(mode, *name): call for name, call in frame_calls(mode).items()}
    taken = quickest(calls, rounds=6)
    large = quickest(large_calls(), rounds=6)
    call = taken["call"]
    operations = overheads(programs, taken, call)
    row = max(taken["rows"] - call, 0.0) / 1024
    around = 3 * (call + ROWS * row)  # two products and a sum
    costs = [(size, {**taken, **large}[size] / ALIVE - around) for size in IN_USE]
    return Machine(
        operations=operations,
        call=call,
        row=row,
        reduction=max(taken["sums"] - call, 0.0) / 1024,
        moves=moves(costs),
        nonlinear={
            name: max(taken["nonlinear", name] - taken["negative"], 0.0) / ENTRIES
            for name in (*FUNCTIONS, "gather")
        },
        product=taken["product"] / (2 * 96**3),
        matrix=max(taken["matrices"] - call, 0.0) / 64,
        transposed=max((taken["matrices"] + taken["transposed"]) / (2 * taken["matrices"]), 1.0),
        elimination=taken["elimination"] / (2 / 3 * 64**3),
        forward=frame(forward, taken, operations["array"].pushes + 2 * call),
        reverse=frame(reverse, taken, operations["array"].pulls + call),
    )


def quickest(calls: Mapping[Any, Call], rounds: int, least: float = 2e-4) -> dict[Any, float]:
    """Seconds that each call takes where nothing disturbs it: the quickest of its turns.

    A turn begins with a call that is not timed, which finds the caches full of others' things.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        best = {name: sample(call, 1) for name, call in calls.items()}
        for _ in range(rounds):
            for name, call in calls.items():
                loops = max(1, min(int(least / max(best[name], 1e-9)), 1000))
                if best[name] < 1e-3:
                    call()
                best[name] = min(best[name], sample(call, loops))
        return best
    finally:
        if collecting:
            gc.enable()


def sample(call: Call, loops: int) -> float:
    start = perf_counter()
    for _ in range(loops):
        call()
    return (perf_counter() - start) / loops


# --- Arrays ---------------------------------------------------------------------------------------

ENTRIES = 512
ROWS = 64
ALIVE = 6
#: Bytes that are in use at once: of the arrays that are alive, and of two that are being made.
IN_USE = (2**19, 2**20, 2**21, 2**22, 2**23, 2**24, 2**26)
LARGE = 2**22

FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "exp": lambda x, positive: np.exp(x),
    "log": lambda x, positive: np.log(positive),
    "sin": lambda x, positive: np.sin(x),
    "cos": lambda x, positive: np.cos(x),
    "tanh": lambda x, positive: np.tanh(x),
    "sqrt": lambda x, positive: np.sqrt(positive),
    "divide": lambda x, positive: 1.0 / x,
    "power": lambda x, positive: x**3.0,  # of negative numbers too, which take their time
    "": lambda x, positive: np.arctan(x),
}


def array_calls() -> dict[Any, Call]:
    order = np.arange(ENTRIES // 8) * 7 % (ENTRIES // 8)
    table, added = np.zeros((2, 8, ENTRIES // 8))
    scatter: Any = np.add.at

    a, b = np.ones(8), np.ones(8)
    x = np.linspace(-1.5, 1.5, ENTRIES)
    rows, short = np.ones((1024, 4)), np.ones(4)
    square = np.ones((96, 96))
    stack, matrix = np.ones((64, 6, 6)), np.ones((6, 6))
    equations, right = np.eye(64) + 1.0, np.ones(64)

    def short_rows() -> None:
        before = np.setbufsize(1024)  # as forward mode has it
        rows * short
        np.setbufsize(before)

    return {
        "call": lambda: a * b,
        "rows": short_rows,
        "sums": lambda: np.add.reduce(rows, -1),
        "negative": lambda: np.negative(x),
        **{("nonlinear", name): partial(f, x, x + 2.0) for name, f in FUNCTIONS.items()},
        ("nonlinear", "gather"): lambda: scatter(table, (slice(None), order), added),
        "product": lambda: square @ square,
        "matrices": lambda: stack @ matrix,
        # Of the two products in a pull one has a matrix transposed, which NumPy copes with less.
        "transposed": lambda: stack @ matrix.T,
        "elimination": lambda: np.linalg.solve(equations, right),
        **{size: pushes(size) for size in IN_USE if size < LARGE},
    }


def large_calls() -> dict[Any, Call]:
    return {size: pushes(size) for size in IN_USE if size >= LARGE}


def pushes(size: int) -> Call:
    """Products and sums of arrays, as operations along several directions make them."""
    array = size // (ALIVE + 2)
    x = np.full(array // (8 * ROWS), 0.5)
    alive = [np.ones((ROWS, x.size)) for _ in range(ALIVE)]

    def push() -> None:
        for i in range(ALIVE):
            alive[i] = alive[i] * x + alive[i - 1] * x

    return push


def moves(seconds: Sequence[tuple[int, float]]) -> list[tuple[float, float]]:
    """Of each number, from the seconds of two products and a sum: seven moves.

    With less in use it is never slower: where it seems so, something else took its time.
    """
    costs: list[tuple[float, float]] = []
    least = float("inf")
    for size, taken in reversed(seconds):
        numbers = size / (ALIVE + 2) / 8
        least = min(least, max(taken, 0.0) / (7 * numbers))
        costs.insert(0, (float(size), least))
    return costs


# --- Operations -----------------------------------------------------------------------------------

MATRIX = np.ones((8, 8)) / 9


def multiply(y: Any, x: Any) -> Any:
    return y * x + x


def divide(y: Any, x: Any) -> Any:
    return x / (x / y)


def read(y: Any, x: Any) -> Any:
    return y[0:][:8]


def broadcast(y: Any, x: Any) -> Any:
    return y * x[:1] + x[0]


def others(y: Any, x: Any) -> Any:
    y = np.concatenate([np.reshape(MATRIX @ y, (8,)), np.sum(y, keepdims=True)])
    return np.where(MATRIX[0] > 0, y[:8], 0.0)


#: For each kind the step of a program that is made of it, or else of kinds above it; and the input.
STEPS: dict[str, tuple[Callable[[Any, Any], Any], Any]] = {
    "number": (multiply, 1.0),
    "singular number": (divide, 1.0),
    "array": (multiply, np.ones(8)),
    "singular array": (divide, np.ones(8)),
    "read": (read, np.ones(8)),
    "broadcast": (broadcast, np.ones(8)),
    "other": (others, np.ones(8)),
}
SHORT, LONG = 2, 10


class Program(NamedTuple):
    """A function of one input."""

    inputs: Inputs
    profile: Profile

    def call(self, what: str) -> Call:
        """Record it, or push or pull through it."""
        x = self.inputs.leaves[0]
        lead = (2,) if what in ("pushes", "pulls") else ()
        if what == "record":
            return lambda: reverse.record(self.inputs.function, self.inputs)
        if what in ("push", "pushes"):
            tangents = [np.ones(lead + np.shape(x)) if lead or np.shape(x) else 1.0]
            return lambda: forward.run(self.inputs, tangents)
        pullback, _ = reverse.record(self.inputs.function, self.inputs)
        (y,) = pullback.values
        ct = np.ones(lead + np.shape(y)) if lead or np.shape(y) else 1.0
        return lambda: pullback.pull([ct], lead)


def program(step: Callable[[Any, Any], Any], steps: int, x: Any) -> Program:
    def repeated(x: Any) -> Any:
        y = x
        for _ in range(steps):
            y = step(y, x)
        return y

    inputs = Inputs(repeated, (x,), {}, 0)
    return Program(inputs, profile(repeated, inputs))


def overheads(
    programs: Mapping[tuple[str, int], Program], taken: Taken, call: float
) -> dict[str, Overhead]:
    """By two programs of each kind, a short and a long one: what more the long one takes."""
    known: dict[str, Overhead] = {}
    for kind in STEPS:
        counts = Counter(dict(programs[kind, LONG].profile.operations))
        counts.subtract(dict(programs[kind, SHORT].profile.operations))
        own = sum(times for each, times in counts.items() if each.kind == kind)
        overhead = []
        for i, what in enumerate(Overhead._fields):
            left = taken[kind, LONG, what] - taken[kind, SHORT, what]
            for each, times in counts.items():
                left -= times * each.calls(what) * call
                if each.kind != kind:
                    left -= times * known[each.kind][i]
            overhead.append(max(left / own, 1e-8))
        known[kind] = Overhead(*overhead)
    return known


# --- What is around the operations ----------------------------------------------------------------

MANY = 9


def frame_calls(mode: Any) -> dict[Any, Call]:
    """Functions that do next to nothing: of one leaf or many, in one pass or four."""

    def derivative(inputs: int, outputs: int) -> Call:
        def nothing(xs: Any) -> Any:
            y = xs[0] * 2.0
            return [y] * outputs

        return partial(mode.jacobian(nothing), [np.ones(8)] * inputs)

    def double(x: Any) -> Any:
        return x * 2.0

    return {
        ("one",): partial(mode.jacobian(double), np.ones(8)),
        ("four",): partial(mode.jacobian(double, chunk_size=2), np.ones(8)),
        **{(n, m): derivative(n, m) for n in (1, MANY) for m in (1, MANY)},
    }


def frame(mode: Any, taken: Taken, operation: float) -> Frame:
    one, more = taken[mode, "one"], MANY - 1
    each = max((taken[mode, "four"] - one) / 3 - operation, 0.0)
    few, many = taken[mode, 1, 1], taken[mode, MANY, MANY]
    block = (many - taken[mode, MANY, 1] - taken[mode, 1, MANY] + few) / more**2
    leaf, output = (
        (taken[(mode, *sizes)] - few) / more - block for sizes in ((MANY, 1), (1, MANY))
    )
    costs = (one - each - operation, each, few - one, leaf, output, block)
    return Frame(*(max(cost, 0.0) for cost in costs))


# --- Without measuring ----------------------------------------------------------------------------

TYPICAL = Machine(
    operations={
        "number": Overhead(5e-07, 3.3e-07, 4.8e-07, 4.3e-07, 6.4e-07),
        "singular number": Overhead(5.2e-07, 4.9e-07, 2e-06, 5.5e-07, 1.5e-06),
        "array": Overhead(6.3e-07, 3.7e-07, 8.6e-07, 4.3e-07, 1e-06),
        "singular array": Overhead(6.9e-07, 7.7e-06, 8.9e-06, 7.3e-06, 8.6e-06),
        "read": Overhead(5.3e-07, 1e-08, 1.3e-06, 8.5e-07, 1.1e-06),
        "broadcast": Overhead(1.8e-06, 4.8e-06, 6.6e-06, 5.5e-06, 7.7e-06),
        "other": Overhead(1e-05, 1.1e-05, 1.3e-05, 3e-06, 3.3e-06),
    },
    call=3.8e-07,
    row=9.8e-09,
    reduction=1.7e-08,
    moves=(
        (524288.0, 2.1e-10),
        (1048576.0, 2.1e-10),
        (2097152.0, 2.1e-10),
        (4194304.0, 3.3e-10),
        (8388608.0, 3.5e-10),
        (16777216.0, 3.5e-10),
        (67108864.0, 3.5e-10),
    ),
    nonlinear={
        "exp": 8.6e-10,
        "log": 9.8e-10,
        "sin": 6.6e-09,
        "cos": 5.4e-09,
        "tanh": 1.5e-09,
        "sqrt": 9.7e-10,
        "divide": 9.9e-10,
        "power": 6.4e-08,
        "": 1.4e-09,
        "gather": 1.2e-08,
    },
    product=1.4e-11,
    matrix=5e-08,
    transposed=1.8,
    elimination=1.9e-10,
    forward=Frame(3.6e-05, 1.8e-05, 1.2e-05, 1.1e-05, 1e-05, 2.6e-06),
    reverse=Frame(4e-05, 1.4e-05, 1.5e-05, 5.8e-06, 1.4e-05, 2e-06),
)
"""What :func:`calibrate` found on an x86-64 server (AVX-512, Python 3.11, NumPy 2.4). It serves
where measuring would take longer than it saves, or where a choice must not depend on the hour."""
