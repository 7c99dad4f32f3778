"""What the measurements of the experiment ``million`` say, all together."""

from dataclasses import dataclass

import numpy as np

from admodes.measure import Interval, median
from experiments.bench.results import Results


@dataclass(frozen=True)
class Reading:
    """All forward passes, and one reverse pass."""

    function: str
    n: int
    abreast: int
    threads: int
    passes: np.ndarray  # so many have been made
    elapsed: np.ndarray  # seconds, by then
    evaluation: Interval
    reverse: Interval
    largest_error: float
    compile_seconds: float

    @property
    def seconds(self) -> float:
        """Of all forward passes."""
        return float(self.elapsed[-1])

    @property
    def ratio(self) -> float:
        """All forward passes, to one reverse pass."""
        return self.seconds / self.reverse.value


def read(results: Results) -> Reading:
    settings = results.header["settings"]
    (one,) = [record for record in results.records if record["task"]["mode"] == "reverse"]
    blocks = [record for record in results.records if record["task"]["mode"] == "forward"]
    return Reading(
        settings["function"],
        settings["inputs"],
        settings["abreast"],
        settings["threads"],
        np.cumsum([block["passes"] for block in blocks]),
        np.cumsum([block["seconds"] for block in blocks]),
        median(one["evaluation"]["seconds"]),
        median(one["gradient"]["seconds"]),
        max(block["largest_error"] for block in blocks),
        one["compile_seconds"],
    )
