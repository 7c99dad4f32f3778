"""A function by NumPy and by one library, in a process of its own: verified first, then timed."""

from functools import partial
from importlib import metadata
from typing import Any

import numpy as np

import admodes as ad
from admodes.measure import interleave
from experiments.bench.apart import serve
from experiments.bench.results import Record, samples
from experiments.functions.scalars import Scalar
from experiments.questions.peers.cases import CASES
from experiments.sides.libraries import LIBRARIES, Call, distribution, runs, verify

MODES = ("forward", "reverse")
SAMPLE_SECONDS = 0.005
LONG = 0.02
"""Seconds from which on a call need not be warmed up again at each turn: its work is arithmetic."""


class Bench:
    """What the process keeps from one request to the next."""

    f: Scalar
    x: Any
    library: str
    tangent: Any
    calls: dict[str, Call]
    """Those that can be had, by their modes."""
    timed: dict[str, Call]
    """NumPy's function, and those of the calls that were verified."""
    long: dict[str, float]

    def prepare(self, *, case: str, size: int, library: str, seed: int) -> Record:
        """Load the library, and convert what has to be."""
        self.library = library
        self.f, self.x = CASES[case].input(size, seed)
        self.tangent = np.random.default_rng(seed).standard_normal(self.x.shape)
        self.calls = LIBRARIES[library](self.f, self.x, self.tangent)
        self.timed, self.long = {"f": partial(self.f, self.x)}, {}
        package = distribution(library)
        return {"version": metadata.version(package), "inputs": int(np.size(self.x))}

    def verify(self, *, mode: str) -> Record:
        """Call it twice: first for its derivative and its time, then to count runs of the code."""
        if mode not in self.calls:
            return {"failure": f"{self.library} has no {mode} mode"}
        name, call = f"{self.library} {mode}", self.calls[mode]
        found = verify({name: call}, self.f, self.x, self.tangent)
        if found["failures"]:
            return {"failure": found["failures"][name]}
        self.timed[mode] = call
        return {
            "largest_difference": found["largest_difference"][name],
            "first_seconds": found["first_seconds"][name],
            "runs": runs(call, self.f),
        }

    def turn(self, *, rounds: int, seconds: float) -> Record:
        """Samples of all calls, which take turns in their turn."""
        timings = interleave(
            self.timed,
            seconds=seconds,
            rounds=rounds,
            fewest=1,
            sample_seconds=SAMPLE_SECONDS,
            expected=self.long,
        )
        quickest = {name: min(timing.seconds) for name, timing in timings.items()}
        self.long = {name: each for name, each in quickest.items() if each >= LONG}
        return {name: samples(timing) for name, timing in timings.items()}

    def recording(self) -> Record:
        """What admodes records of the function."""
        tape = ad.vjp(self.f, self.x)[1].tape
        return {"operations": len(tape), "tape_bytes": tape.nbytes}


if __name__ == "__main__":
    bench = Bench()
    serve(
        {each.__name__: each for each in (bench.prepare, bench.verify, bench.turn, bench.recording)}
    )
