"""What things cost on a machine, in seconds; :mod:`admodes.choosing.calibration` measures it."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import NamedTuple


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
    """Python's share of an operation, by its kind (:data:`admodes.choosing.profiling.KINDS`)."""
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
    """Of a Jacobian."""
    reverse: Frame
    forward_gradient: Frame
    """Of a gradient, which has a face of its own."""
    reverse_gradient: Frame
    forward_number: float
    """Of a gradient by one of Python's numbers, in all beside its operations."""
    reverse_number: float
    busy: bool = False
    """Whether other jobs seem to have run while it was measured."""

    def frame(self, mode: str, gradient: bool, number: bool) -> Frame:
        """That of a whole derivative in this mode; a gradient may be by one of Python's numbers."""
        if number:
            start = self.forward_number if mode == "forward" else self.reverse_number
            return Frame(start, 0.0, 0.0, 0.0, 0.0, 0.0)
        frames = {
            ("forward", False): self.forward,
            ("reverse", False): self.reverse,
            ("forward", True): self.forward_gradient,
            ("reverse", True): self.reverse_gradient,
        }
        return frames[mode, gradient]

    def move(self, size: float) -> float:
        """Seconds a number moved with `size` bytes in use: between two known sizes, by log."""
        known = [each for each, _ in self.moves]
        i = bisect_right(known, size)
        if i == 0 or i == len(known):
            return self.moves[max(i - 1, 0)][1]
        (low, a), (high, b) = self.moves[i - 1], self.moves[i]
        return a + (b - a) * log(size / low) / log(high / low)


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
    forward_gradient=Frame(1.4e-05, 8e-06, 1.4e-05, 9e-06, 0.0, 0.0),
    reverse_gradient=Frame(1e-05, 0.0, 1.4e-05, 3.5e-06, 0.0, 0.0),
    forward_number=8e-06,
    reverse_number=9e-06,
)
"""What :func:`calibrate` found on an x86-64 server (AVX-512, Python 3.11, NumPy 2.4). It serves
where measuring would take longer than it saves, or where a choice must not depend on the hour."""
