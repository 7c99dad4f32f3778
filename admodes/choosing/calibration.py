"""What things cost on this machine: how long Python, NumPy and this package take for each.

:func:`calibrate` measures it in a fraction of a second, by tiny programs that are run in both
modes, and by a few array operations; :func:`admodes.recommend` predicts from that how long a
derivative takes. All that is timed takes turns, and the quickest turn counts that another one
confirms: what else the machine does comes and goes. What scatters is timed again; where it goes on
to, the machine is said to be busy.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from admodes import forward, reverse
from admodes.choosing.clock import timed
from admodes.choosing.machines import TYPICAL, Frame, Machine, Overhead
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
    calls |= gradient_calls()
    turns = [Quickest(calls, rounds=6), Quickest(large_calls(), rounds=6)]
    taken, large = (each.seconds() for each in turns)
    call = taken["call"]
    operations = plausible(overheads(programs, taken, call))
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
        product=max(taken["product"] - call, 0.0) / (2 * SQUARE**3),
        matrix=max(taken["matrices"] - call, 0.0) / 64,
        transposed=max((taken["matrices"] + taken["transposed"]) / (2 * taken["matrices"]), 1.0),
        elimination=taken["elimination"] / (2 / 3 * 64**3),
        forward=frame(forward, taken, operations["array"].pushes + 2 * call),
        reverse=frame(reverse, taken, operations["array"].pulls + call),
        forward_gradient=gradient_frame(forward, taken),
        reverse_gradient=gradient_frame(reverse, taken),
        forward_number=number_seconds(forward, taken, operations["number"]),
        reverse_number=number_seconds(reverse, taken, operations["number"]),
        busy=sum(each.wall for each in turns) > BUSY * sum(each.own for each in turns),
    )


CONFIRMED = 1.05
"""Times the quickest sample that the next one takes, where nothing disturbs either."""
AGAIN = 4
"""Further rounds for what is not confirmed."""
BUSY = 1.2
"""Times its own time that all has taken, from which on other jobs share the machine."""


class Quickest:
    """Seconds that each call takes where nothing disturbs it: the quickest of its turns.

    A turn counts that another one confirms; where none is, a call has further turns. A turn begins
    with a call that is not timed, which finds the caches full of others' things.
    """

    def __init__(self, calls: Mapping[Any, Call], rounds: int, least: float = 2e-4) -> None:
        self.calls, self.least = calls, least
        #: in all: what the turns took, and what of it was their own
        self.wall = self.own = 0.0
        self.samples: dict[Any, list[float]] = {name: [] for name in calls}
        collecting = gc.isenabled()
        gc.disable()
        try:
            for _ in range(rounds + 1):
                self._round(calls)
            for _ in range(AGAIN):
                self._round(self.unsure())
        finally:
            if collecting:
                gc.enable()

    def _round(self, names: Iterable[Any]) -> None:
        for name in names:
            call, samples = self.calls[name], self.samples[name]
            best = min(samples, default=self.least)
            if samples and best < 1e-3:
                call()
            loops = max(1, min(int(self.least / max(best, 1e-9)), 1000))
            taken = timed(call, loops)
            samples.append(taken.own)
            self.wall += loops * taken.wall
            self.own += loops * taken.own

    def unsure(self) -> set[Any]:
        """The calls of which no turn is confirmed."""
        return {name for name, own in self.samples.items() if confirmed(own) is None}

    def seconds(self) -> dict[Any, float]:
        return {name: confirmed(own) or min(own) for name, own in self.samples.items()}


def confirmed(samples: Sequence[float]) -> float | None:
    """The least of them, if it is no accident: the next one is about as small.

    >>> confirmed([3.0, 1.02, 1.0]), confirmed([3.0, 1.0, 2.0])
    (1.0, None)
    """
    first, *others = sorted(samples)
    return first if others and others[0] <= CONFIRMED * first else None


# --- Arrays ---------------------------------------------------------------------------------------

ENTRIES = 512
ROWS = 64
SQUARE = 60
"""Rows of matrices that are multiplied: of so few that BLAS does it in one thread, for several wait
for each other where other jobs run, a hundred times as long as they work."""
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
    square = np.ones((SQUARE, SQUARE))
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


SPREAD = 1.7
"""Python's costs differ no more than that between machines, from one to the next."""
CLOCK = 2e-7
"""Seconds that a difference of two times may be off."""


def plausible(found: Mapping[str, Overhead]) -> dict[str, Overhead]:
    """The costs that were found, none of them far from what the others suggest.

    All are Python's, which is quicker on one machine and slower on another one as a whole. Each is
    a difference of two times, so that one disturbed time makes it several times too large, or 0.
    """
    ratios = [
        seconds / typical
        for kind, own in found.items()
        for seconds, typical in zip(own, TYPICAL.operations[kind], strict=True)
        if typical > CLOCK
    ]
    speed = float(np.median(ratios))

    def near(seconds: float, typical: float) -> float:
        low, high = speed * typical / SPREAD - CLOCK, speed * typical * SPREAD + CLOCK
        return min(max(seconds, low, 1e-8), high)

    return {
        kind: Overhead(*map(near, own, TYPICAL.operations[kind])) for kind, own in found.items()
    }


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


def gradient_calls() -> dict[Any, Call]:
    """Gradients of a sum, or of a sum's sum, by one leaf or many, in one pass or four."""

    def one(x: Any) -> Any:
        return np.sum(x)

    def two(x: Any) -> Any:
        return np.sum(np.sum(x, keepdims=True))

    def first(xs: Any) -> Any:
        return np.sum(xs[0])

    def double(x: float) -> float:
        return x * 2.0

    x = np.ones(8)
    calls: dict[Any, Call] = {}
    for mode in (forward, reverse):
        calls |= {
            (mode, "gradient", "one"): partial(mode.grad(one, chunk_size=8), x),
            (mode, "gradient", "two"): partial(mode.grad(two, chunk_size=8), x),
            (mode, "gradient", "four"): partial(mode.grad(one, chunk_size=2), x),
            (mode, "gradient", "listed"): partial(mode.grad(first), [x]),
            (mode, "gradient", "many"): partial(mode.grad(first), [x] * MANY),
            (mode, "gradient", "number"): partial(mode.grad(double), 1.0),
        }
    return calls


def gradient_frame(mode: Any, taken: Taken) -> Frame:
    """What a gradient takes beside its operations."""
    one, two, four, listed, many = (
        taken[mode, "gradient", name] for name in ("one", "two", "four", "listed", "many")
    )
    operation = max(two - one, 0.0)
    each = max((four - one) / 3 - operation, 0.0) if mode is forward else 0.0
    start = max(one - each - operation, 0.0)
    leaf = max(many - listed, 0.0) / (MANY - 1)
    return Frame(start, each, max(listed - one, 0.0), leaf, 0.0, 0.0)


def number_seconds(mode: Any, taken: Taken, number: Overhead) -> float:
    """The same by one of Python's numbers, which the faces take as it is."""
    operation = number.push if mode is forward else number.record + number.pull
    return max(taken[mode, "gradient", "number"] - operation, 0.0)
