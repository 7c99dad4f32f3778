"""What a checker of types is told of the operators and methods that are made at run time.

:mod:`admodes.modes.operators` makes them from tables, which no checker follows. Here each is
declared once; at run time nothing of it is there.
"""

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from admodes.core.values import Traced

if not TYPE_CHECKING:
    Typed = Traced
else:

    class Operators:
        def __neg__(self) -> Self:
            raise NotImplementedError

        def __pos__(self) -> Self:
            raise NotImplementedError

        def __abs__(self) -> Self:
            raise NotImplementedError

        def __add__(self, other: Any) -> Self:
            raise NotImplementedError

        def __radd__(self, other: Any) -> Self:
            raise NotImplementedError

        def __sub__(self, other: Any) -> Self:
            raise NotImplementedError

        def __rsub__(self, other: Any) -> Self:
            raise NotImplementedError

        def __mul__(self, other: Any) -> Self:
            raise NotImplementedError

        def __rmul__(self, other: Any) -> Self:
            raise NotImplementedError

        def __truediv__(self, other: Any) -> Self:
            raise NotImplementedError

        def __rtruediv__(self, other: Any) -> Self:
            raise NotImplementedError

        def __mod__(self, other: Any) -> Self:
            raise NotImplementedError

        def __rmod__(self, other: Any) -> Self:
            raise NotImplementedError

        def __rpow__(self, other: Any) -> Self:
            raise NotImplementedError

        # A plain truth value, or an array of them.
        def __lt__(self, other: Any) -> Any:
            raise NotImplementedError

        def __le__(self, other: Any) -> Any:
            raise NotImplementedError

        def __gt__(self, other: Any) -> Any:
            raise NotImplementedError

        def __ge__(self, other: Any) -> Any:
            raise NotImplementedError

        def __eq__(self, other: object) -> Any:
            raise NotImplementedError

        def __ne__(self, other: object) -> Any:
            raise NotImplementedError

        def clip(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def compress(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def conj(self) -> Self:
            raise NotImplementedError

        def conjugate(self) -> Self:
            raise NotImplementedError

        def copy(self, order: Any = ...) -> Self:
            raise NotImplementedError

        def cumprod(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def cumsum(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def diagonal(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def dot(self, other: Any) -> Self:
            raise NotImplementedError

        def fill(self, value: Any) -> None:
            raise NotImplementedError

        def flatten(self, order: Any = ...) -> Self:
            raise NotImplementedError

        def max(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def mean(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def min(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def partition(self, *args: Any, **options: Any) -> None:
            raise NotImplementedError

        def prod(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def put(self, *args: Any, **options: Any) -> None:
            raise NotImplementedError

        def ravel(self, order: Any = ...) -> Self:
            raise NotImplementedError

        def repeat(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def round(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def sort(self, *args: Any, **options: Any) -> None:
            raise NotImplementedError

        def squeeze(self, axis: Any = ...) -> Self:
            raise NotImplementedError

        def std(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def sum(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def swapaxes(self, axis1: int, axis2: int) -> Self:
            raise NotImplementedError

        def take(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def trace(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def var(self, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        # Of plain values, or an expression where the dtype has derivatives.
        def all(self, *args: Any, **options: Any) -> Any:
            raise NotImplementedError

        def any(self, *args: Any, **options: Any) -> Any:
            raise NotImplementedError

        def argmax(self, *args: Any, **options: Any) -> Any:
            raise NotImplementedError

        def argmin(self, *args: Any, **options: Any) -> Any:
            raise NotImplementedError

        def argpartition(self, *args: Any, **options: Any) -> Any:
            raise NotImplementedError

        def argsort(self, *args: Any, **options: Any) -> Any:
            raise NotImplementedError

        def astype(self, dtype: Any, *args: Any, **options: Any) -> Any:
            raise NotImplementedError

        def nonzero(self) -> Any:
            raise NotImplementedError

        def searchsorted(self, *args: Any, **options: Any) -> Any:
            raise NotImplementedError

    class Result(Operators, np.object_):  # type: ignore[misc]  # NumPy's object_ has wider operators
        """What ``np.sum(x)`` gives, to a checker: anything that an expression has."""

        def __getattr__(self, name: str) -> Any:
            raise NotImplementedError

    class Typed(Operators, Traced, np.generic):  # type: ignore[misc]  # so has its generic
        """A scalar of no number that NumPy has, whose array is one of objects.

        That is how NumPy's stubs say that an operation is left to its operand: ``array * x``,
        ``np.sin(x)`` and ``np.mean(x)`` are then no arrays of theirs.
        """

        def __new__(cls, *args: Any, **options: Any) -> Self:
            raise NotImplementedError

        def __array__(  # type: ignore[override]  # generic's gives another dtype
            self, *args: Any, **options: Any
        ) -> np.ndarray[Any, np.dtype[Result]]:
            raise NotImplementedError
