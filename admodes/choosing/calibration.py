"""What things cost on this machine: how long Python, NumPy and this package take for each.

:func:`calibrate` measures it in a fraction of a second, by tiny programs that are run in both
modes, and by a few array operations; :func:`admodes.recommend` predicts from that how long a
derivative takes. All that is timed takes turns, and the quickest turn counts: what else the machine
does comes and goes.
"""

import gc
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from admodes import forward, reverse
from admodes.choosing.machines import Frame, Machine, Overhead
from admodes.choosing.profiling import Profile, profile
from admodes.modes.arguments import Inputs

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
