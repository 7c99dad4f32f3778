"""What an operation costs, by count: numbers that no machine changes.

The measure is that of A. Griewank & A. Walther, *Evaluating Derivatives*, 2nd ed., section 2.5: how
many numbers are moved (read or written), and how many additions, multiplications and nonlinear
operations are done with them.

- A subtraction, a change of sign, a comparison or a rounding counts as an addition; a division as a
  reciprocal, which is nonlinear, and a multiplication.
- What the C library has as one function (``exp``, ``pow``, ``hypot``) is one nonlinear operation.
- An operation moves each number of its arguments and its result once. A view moves none.
- A complex number counts as one number, a condition or an index as none.

A cost is a function ``(y, args, params)`` of an operation's result, arguments and parameters. It
asks for their shapes, and a reshape for their layout in memory; never for values or dtypes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Cost:
    """A number of moves, additions, multiplications and nonlinear operations.

    >>> Cost(moves=3, additions=1) + Cost(moves=2, nonlinear=1) * 10
    Cost(moves=23, additions=1, multiplications=0, nonlinear=10)
    """

    moves: int = 0
    additions: int = 0
    multiplications: int = 0
    nonlinear: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.moves + other.moves,
            self.additions + other.additions,
            self.multiplications + other.multiplications,
            self.nonlinear + other.nonlinear,
        )

    def __mul__(self, times: int) -> "Cost":
        return Cost(
            self.moves * times,
            self.additions * times,
            self.multiplications * times,
            self.nonlinear * times,
        )

    def __sub__(self, other: "Cost") -> "Cost":
        return self + other * -1

    @property
    def operations(self) -> int:
        """Everything that is arithmetic."""
        return self.additions + self.multiplications + self.nonlinear

    def work(self, moves: int = 1) -> int:
        """One number for all: what each unit weighs, in additions.

        Griewank and Walther bound a tangent by 5/2 evaluations and a gradient by 4 (chapters 3 and
        4), where a move weighs no less than a multiplication, that no less than an addition, and a
        nonlinear operation at least two multiplications. These are the least such weights: 1, 1, 1
        and 2. With them a multiplication attains both bounds.

        Parameters
        ----------
        moves
            The weight of a move; 0 leaves arithmetic alone.

        Examples
        --------
        >>> Cost(moves=3, multiplications=1).work(), Cost(moves=2, nonlinear=1).work(moves=0)
        (4, 2)
        """
        return moves * self.moves + self.additions + self.multiplications + 2 * self.nonlinear


CostOf = Callable[[Any, Sequence[Any], dict[str, Any]], Cost]


def moves(y: Any, args: Sequence[Any]) -> int:
    """The numbers that an operation reads and writes where it touches each once."""
    return sum(map(np.size, args)) + np.size(y)


# --- Entry by entry -------------------------------------------------------------------------------


def per_entry(*, additions: int = 0, multiplications: int = 0, nonlinear: int = 0) -> CostOf:
    """So many operations for each entry of the result."""

    def cost(y: Any, args: Sequence[Any], params: dict[str, Any]) -> Cost:
        n = np.size(y)
        return Cost(moves(y, args), n * additions, n * multiplications, n * nonlinear)

    return cost


ADDITION = per_entry(additions=1)
MULTIPLICATION = per_entry(multiplications=1)
DIVISION = per_entry(multiplications=1, nonlinear=1)
REMAINDER = per_entry(additions=2, multiplications=2, nonlinear=1)
"""``a - b * floor(a / b)``."""
NONLINEAR = per_entry(nonlinear=1)
MOVE = per_entry()


def view(y: Any, args: Sequence[Any], params: dict[str, Any]) -> Cost:
    """Another look at the same memory: nothing is moved."""
    return Cost()


def view_or_copy(y: Any, args: Sequence[Any], params: dict[str, Any]) -> Cost:
    """A view, unless the layout in memory forces a copy; a single number is not worth the word."""
    shared = np.size(y) <= 1 or np.may_share_memory(y, args[0])
    return Cost() if shared else MOVE(y, args, params)


# --- Along axes -----------------------------------------------------------------------------------


def sum_up(y: Any, args: Sequence[Any], params: dict[str, Any]) -> Cost:
    """An addition for each entry that is not the first of its sum."""
    return Cost(moves(y, args), additions=max(sum(map(np.size, args)) - np.size(y), 0))


def multiply_up(y: Any, args: Sequence[Any], params: dict[str, Any]) -> Cost:
    """A multiplication for each entry that is not the first of its product."""
    return Cost(moves(y, args), multiplications=max(sum(map(np.size, args)) - np.size(y), 0))


def mean(y: Any, args: Sequence[Any], params: dict[str, Any]) -> Cost:
    """A sum and a division."""
    return sum_up(y, args, params) + Cost(multiplications=np.size(y), nonlinear=np.size(y))


def running_sum(y: Any, args: Sequence[Any], params: dict[str, Any]) -> Cost:
    """An addition for each entry but the first along the axis."""
    return Cost(moves(y, args), additions=_steps(y, params["axis"]))


def running_product(y: Any, args: Sequence[Any], params: dict[str, Any]) -> Cost:
    """A multiplication for each entry but the first along the axis."""
    return Cost(moves(y, args), multiplications=_steps(y, params["axis"]))


def _steps(y: Any, axis: int) -> int:
    return np.size(y) - np.size(y) // max(np.shape(y)[axis], 1)


# --- Products of arrays, matrices -----------------------------------------------------------------


def products(terms: int, factors: int, y: Any, args: Sequence[Any]) -> Cost:
    """A sum of products: so many terms in all, of so many factors each."""
    return Cost(
        moves(y, args),
        additions=max(terms - np.size(y), 0),
        multiplications=terms * max(factors - 1, 0),
    )


def factorisation(n: int) -> Cost:
    """An n × n matrix into triangular ones, without the moves.

    Gaussian elimination divides by n - 1 pivots, and compares the entries of a column to choose
    each (G. H. Golub, C. F. Van Loan, *Matrix Computations*, section 3.4).
    """
    thirds = (n**3 - n) // 3
    return Cost(additions=thirds, multiplications=thirds, nonlinear=max(n - 1, 0))


def substitution(n: int) -> Cost:
    """A right-hand side through both triangles of a factorised n × n matrix, without the moves."""
    return Cost(additions=n * n - n, multiplications=n * n, nonlinear=n)
