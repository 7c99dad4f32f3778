"""A gradient by both modes as compiled programs, every forward pass dense, on all cores.

The directions are the rows of the unit matrix. A row is a window over zeros with a single one among
them, and another row is the same window, some places further: so memory holds no matrix, and yet
each pass reads dense rows, and carries out every product with them. In a pass the rows either
follow one another or lie apart, whichever is quicker: that decides in which order the compiled
loops go through them.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.util import find_spec
from math import ceil, log2
from operator import truediv

import click
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.random import Generator
from threadpoolctl import threadpool_limits

import admodes
from admodes import reverse
from admodes.measure import Timing, interleave, median
from experiments.bench.results import Record, Results, digits, samples
from experiments.bench.steps import in_turns
from experiments.functions.scalars import Scalar
from experiments.sides import passes
from experiments.sides.gradients import describe
from experiments.sides.readings import Point, gradient_point

NEED = "need llvmlite: pip install llvmlite"
MOST_ABREAST = 256
NUMBERS = 2**21
"""In the tangents of a pass, at most: to record it takes several arrays of so many."""
ABREAST = 16
"""Directions that go together all the same: what they share is read once for all of them."""
GUESSED = 2e-9
"""Seconds a number that a pass moves: for the progress bar."""
SHARED_FROM = 1e-3
"""Seconds of work from which on it is worth to be shared among threads."""


def available() -> bool:
    return find_spec("llvmlite") is not None


def require() -> None:
    """``click.UsageError`` where nothing can be compiled."""
    if not available():
        raise click.UsageError(f"compiled passes {NEED}")


@dataclass(frozen=True)
class Forward:
    """A program of a forward pass of `k` directions at `x`, `apart` one from the next."""

    x: np.ndarray
    k: int
    apart: int
    program: admodes.Program

    @classmethod
    def of(cls, f: Scalar, x: np.ndarray, k: int, apart: int) -> "Forward":
        program = admodes.program(f, x, mode="forward", directions=k, backend="compiled")
        own = cls(x, k, apart, program)
        program.record((x,), (own.rows[0],))  # which lie otherwise in memory
        return own

    @cached_property
    def rows(self) -> np.ndarray:
        """The rows of the unit matrix that a pass reads, by the first; below it there are zeros.

        >>> Forward(np.ones(4), 2, 3, None).rows[0]
        array([[1., 0., 0., 0.],
               [0., 0., 0., 1.]])
        """
        n = self.x.size
        one = n + self.k * self.apart
        zeros = np.zeros(one + n)
        zeros[one] = 1.0
        shape, strides = (n, self.k, n), (-8, -8 * self.apart, 8)
        return as_strided(zeros[one:], shape, strides, writeable=False)

    def directions(self, firsts: Sequence[int]) -> np.ndarray:
        """Of passes, one after another."""
        return np.add.outer(firsts, self.apart * np.arange(self.k)).ravel()

    def starts(self, block: range) -> range:
        """The first direction of each pass that a block of directions takes."""
        if self.apart == 1:
            return range(block.start, block.stop, self.k)
        return range(block.start, min(block.start + self.apart, block.stop))

    def run(self, firsts: Sequence[int]) -> np.ndarray:
        """Passes: the derivatives along their directions."""
        program, x, rows = self.program, self.x, self.rows
        found = [program((x,), (rows[first],))[1] for first in firsts]
        return found[0] if len(found) == 1 else np.concatenate(found)


def candidates(n: int, block: int, numbers: int) -> list[tuple[int, int]]:
    """Directions a pass worth trying, and how far apart: close together, and spread.

    From as many as the cache holds tangents of, to as many as are so many `numbers`.
    """
    most = max(min(MOST_ABREAST, max(numbers // n, ABREAST), block), 1)
    least = min(2 ** max(round(log2(passes.TANGENT_BYTES / (8 * n))), 0), most)
    middle = min(2 ** round(log2(most * least) / 2), most)
    return [
        (k, apart)
        for k in sorted({least, middle, most})
        for apart in sorted({1, ceil(block / k) if k > 1 else 1})
    ]


@dataclass(frozen=True)
class Compiled:
    """A function at a point, with both modes as compiled programs."""

    f: Scalar
    x: np.ndarray
    gradient: np.ndarray  # as reverse mode has it without being compiled
    reverse: admodes.Program
    forward: Forward
    cost: float  # seconds a direction, on one core
    threads: int

    @classmethod
    @threadpool_limits.wrap(limits=1, user_api="blas")
    def of(
        cls,
        f: Scalar,
        x: np.ndarray,
        threads: int,
        block: int | None = None,
        numbers: int = NUMBERS,
    ) -> "Compiled":
        """With the quickest pass for blocks of so many directions, or for all as one."""
        every = [Forward.of(f, x, *each) for each in candidates(x.size, block or x.size, numbers)]
        calls = {i: partial(each.run, (0,)) for i, each in enumerate(every)}
        found = interleave(
            calls, seconds=passes.TRIAL_SECONDS, rounds=5, fewest=3, sample_seconds=1e-3
        )
        costs = [median(found[i].seconds).value / each.k for i, each in enumerate(every)]
        best = int(np.argmin(costs))
        backward = admodes.program(f, x, mode="reverse", backend="compiled")
        return cls(f, x, reverse.grad(f)(x), backward, every[best], costs[best], threads)

    @property
    def seconds(self) -> float:
        """Of all forward passes, as expected."""
        return self.cost * self.x.size / self.threads

    def run(self, firsts: Sequence[int]) -> np.ndarray:
        """Passes, shared by the threads: the derivatives along their directions."""
        work = len(firsts) * self.forward.k * self.cost
        if self.threads == 1 or len(firsts) == 1 or work < SHARED_FROM:
            return self.forward.run(firsts)
        # In portions, so that none of the threads is long alone at the end.
        size = max(len(firsts) // (8 * self.threads), 1)
        portions = [firsts[i : i + size] for i in range(0, len(firsts), size)]
        with ThreadPoolExecutor(self.threads) as pool:
            return np.concatenate(list(pool.map(self.forward.run, portions)))

    def form(self, block: range, full: bool, rng: Generator) -> passes.Form:
        """The passes of a block of directions, or as a sample some of them.

        These follow one another, from one on that is drawn at random: as in a whole run, where one
        pass finds in the cache what the last has read.
        """
        starts: Sequence[int] = self.forward.starts(block)
        k = self.forward.k
        if not full:
            count = max(ceil(passes.SAMPLE_SECONDS / (k * self.cost)), 2 * self.threads)
            first = int(rng.integers(max(len(starts) - count, 0) + 1))
            starts = starts[first : first + count]
        indices = self.forward.directions(starts)
        own = indices < block.stop  # what the last pass has beyond them is left
        found: list[tuple[np.ndarray, np.ndarray]] = []

        def call() -> None:
            found[:] = [(indices[own], self.run(starts)[own])]

        directions = int(np.sum(own))
        seconds = directions * self.cost / self.threads
        return passes.Form(k, full, directions, seconds, call, found)

    def time(
        self, forms: Mapping[str, passes.Form], budget: float, rounds: int
    ) -> dict[str, Timing]:
        """The function, the reverse pass, and forward passes, in turns."""
        calls = {"f": partial(self.f, self.x), "reverse": partial(self.reverse, self.x)}
        return passes.by_turns(calls, forms, budget, rounds)

    def one_pass(self, timings: Mapping[str, Timing]) -> Record:
        """The function, and its one reverse pass, which is compared first."""
        n = self.x.size
        _, gradient = self.reverse(self.x)
        form = passes.Form(1, True, n, 0.0, lambda: None, [(np.arange(n), gradient)])
        compared = passes.compare(
            form,
            self.gradient,
            lambda index, _, own, eager: (
                f"entry {index} of the gradient, where x is {self.x[index]}, is {own} by the"
                f" compiled reverse pass and {eager} in reverse mode"
            ),
        )
        return {
            "inputs": n,
            "threads": self.threads,
            "apart": self.forward.apart,
            "compile_seconds": digits(self.forward.program.compile_seconds),
            "f": samples(timings["f"]),
            "reverse": samples(timings["reverse"]),
            "reverse_difference": compared["largest_difference"],
        }


# Measuring


def measure(own: Compiled, rng: Generator, *, limit: float, budget: float, rounds: int) -> Record:
    """The function, its gradient by one compiled reverse pass, and by forward passes, in turns.

    All of these are run where they should take no longer than `limit`, or else a sample.
    """
    form = own.form(range(own.x.size), own.seconds <= limit, rng)
    forms = {"forward": form}
    timings = own.time(forms, budget, rounds)
    forward = passes.form_records(forms, timings, own.gradient, describe(own.x))
    return {**own.one_pass(timings), "forward": forward}


def measure_block(own: Compiled, block: range, *, full: bool, rng: Generator) -> Record:
    """The forward passes of a block of directions, or a sample of them."""
    form = own.form(block, full, rng)
    (seconds,) = in_turns({"passes": form.call}, rounds=1)["passes"].seconds
    return {
        "k": form.k,
        "apart": own.forward.apart,
        "full": full,
        "directions_timed": form.directions,
        "seconds": digits(seconds),
        **passes.compare(form, own.gradient, describe(own.x)),
    }


# Reading


def by_function(results: Results) -> dict[str, list[Record]]:
    """The measurements of ``million``: of each function the reverse pass, and then the blocks."""
    found: dict[str, list[Record]] = {}
    for record in sorted(results.records, key=lambda record: "reverse" not in record):
        found.setdefault(record["task"]["function"], []).append(record)
    return found


def read_blocks(function: str, records: Sequence[Record]) -> Point:
    """A point from the measurements of blocks, each of which is a sample where not all was run."""
    one, *blocks = records
    n = one["inputs"]
    timed = [block["directions_timed"] for block in blocks]
    seconds = [block["seconds"] for block in blocks]
    full = all(block["full"] for block in blocks)
    form = {
        "k": blocks[0]["k"],
        "passes": ceil(n / blocks[0]["k"]),
        "full": full,
        "directions_timed": n if full else 1,
        "seconds": [sum(seconds)] if full else list(map(truediv, seconds, timed)),
        "rounds": [0] if full else list(range(len(blocks))),
        "loops": 1,
        "entries_compared": sum(block["entries_compared"] for block in blocks),
        "largest_difference": max(block["largest_difference"] for block in blocks),
    }
    return gradient_point(function, one, [form], compiled=True)
