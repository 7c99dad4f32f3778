"""Products of a sparse derivative, made by a worker."""

from collections.abc import Sequence
from typing import Any

from admodes.modes.arguments import Inputs
from admodes.workers.work import Work


class Products(Work):
    """Passes, or sweeps over a recording that each worker makes once."""

    def begin(self, inputs: Inputs, kind: Any, colours: Any, probe: Any, size: int) -> None:
        self.part = kind(inputs, colours, probe, size)

    def run(self, chunk: range) -> tuple[Any, Sequence[Any]]:
        found: tuple[Any, Sequence[Any]] = self.part.block(chunk)
        return found
