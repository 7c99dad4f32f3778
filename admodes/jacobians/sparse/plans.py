"""A plan: which entries a derivative has, in which directions it is taken, where each is read."""

import functools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from admodes.core.values import Traced
from admodes.jacobians.sparse.passes import Forward, Reverse
from admodes.jacobians.sparse.reading import Sides, number_of
from admodes.measure.words import counted
from admodes.modes.arguments import Inputs
from admodes.modes.complex_derivatives import is_complex
from admodes.modes.evaluating import constants_of, on_copies, overwritten
from admodes.modes.units import chunk_size_of

if TYPE_CHECKING:
    from concurrent.futures import Executor

Signature = tuple[Any, ...]


class PatternChanged(ValueError):
    """A derivative has entries here that a plan, made at another point, does not know."""


class SparsePlan:
    """How a sparse derivative is taken: ``plan(x)`` takes it, at any point of the same shapes.

    Attributes
    ----------
    pattern
        The entries that there are, a ``scipy.sparse.csr_array`` of booleans. A row an output, a
        column an input, each counted over all leaves in order.
    mode
        ``"forward"``, ``"reverse"`` or ``"both"``; ``"forward-over-reverse"`` of a Hessian.
    directions
        How many products with directions hold all entries: colours of columns and of rows.
    passes
        How many passes of forward mode and sweeps of reverse mode a call takes: each carries
        `chunk_size` directions.
    chunk_size
        Of these, and the one that is drawn at random, at most.
    column_colours, row_colours
        The colour of each, from 0 on; -1 for none.

    The arrays of all of these are read-only.

    A call takes one direction more, drawn at random, and holds what it gives against the entries
    that were read. So a function that takes another branch at another point, and depends on more
    there, is noticed.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> products = ad.sparse_jacobian(lambda x: x[1:] * x[:-1], mode="forward")
    >>> plan = products.plan(np.ones(1000))
    >>> plan
    <SparsePlan: 999 × 1,000, 1,998 entries, 2 directions in forward mode>
    >>> print(plan(np.arange(1000.0))[:2, :3].toarray())
    [[1. 0. 0.]
     [0. 2. 1.]]
    """

    def __init__(
        self,
        function: Callable[..., Any],
        argnums: int | Sequence[int],
        inputs: Inputs,
        *,
        what: str,
        mode: str,
        chunk_size: int | None,
        executor: "Executor | None" = None,
        known: Any = None,
    ) -> None:
        from admodes.jacobians.sparse.making import made

        refuse(inputs, what)
        self._function, self._argnums = function, argnums
        self._what, self._asked_size, self._executor = what, chunk_size, executor
        self._signature = signature(inputs)
        own = on_copies(inputs)
        making = made(own, what, mode, known, lambda *way: self._parts(on_copies(inputs), *way))
        #: whether the function writes into what it is not differentiated by
        self.writes = bool(overwritten(constants_of(inputs), constants_of(own)))
        self.pattern, self.mode = making.pattern, making.mode
        self.column_colours, self.row_colours = making.sides
        # The plan goes on reading by these.
        for array in (*making.sides, self.pattern.data, self.pattern.indices, self.pattern.indptr):
            array.flags.writeable = False
        self.directions = making.sides.directions
        self.chunk_size = chunk_size_of(chunk_size, max(*making.pattern.shape, 1))
        counts = [number_of(colours) for colours in making.sides]
        counts[0 if counts[0] or not counts[1] else 1] += 1  # along the random direction
        self.passes = sum(math.ceil(count / self.chunk_size) for count in counts)
        self._places, self._dtype, self._rounding = making.places, making.dtype, making.rounding

    def __repr__(self) -> str:
        rows, columns = self.pattern.shape
        entries = f"{self.pattern.nnz:,} entr{'y' if self.pattern.nnz == 1 else 'ies'}"
        how = {"both": "in both modes", "forward": "in forward mode", "reverse": "in reverse mode"}
        return (
            f"<SparsePlan: {rows:,} × {columns:,}, {entries}, "
            f"{counted(self.directions, 'direction')} {how.get(self.mode, f'by {self.mode}')}>"
        )

    def _parts(
        self, inputs: Inputs, shape: tuple[int, int], sides: Sides
    ) -> list[Forward | Reverse]:
        """Passes, sweeps, or both; the last direction of the first kind is the random one."""
        parts: list[Forward | Reverse] = []
        by_columns, by_rows = (number_of(colours) for colours in sides)
        size = chunk_size_of(self._asked_size, max(*shape, 1))
        if by_columns or not by_rows:
            own = on_copies(inputs) if by_rows else inputs  # which the sweeps' recording may change
            parts.append(Forward(own, sides.columns, probe(shape[1]), size))
        if by_rows:
            along, shared = None if parts else probe(shape[0]), self._executor is not None
            parts.append(Reverse(inputs, sides.rows, along, size, shared))
        return parts

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The derivative at another point.

        Parameters
        ----------
        args, kwargs
            Arguments of the same containers, shapes and dtypes as those that the plan was made for.

        Returns
        -------
        A new ``scipy.sparse.csr_array`` with an entry for each of the pattern, 0 or not.

        Raises
        ------
        ValueError
            Where shapes or dtypes are others.
        PatternChanged
            Where there are other entries at this point.
        """
        inputs = Inputs(self._function, args, kwargs, self._argnums)
        refuse(inputs, self._what)
        if signature(inputs) != self._signature:
            raise ValueError(
                f"{self._what}: the plan is for inputs {words(self._signature)}, not "
                f"{words(signature(inputs))}: make one for these by .plan(...)"
            )
        return self._derivative(inputs)

    def _derivative(self, inputs: Inputs) -> Any:
        shape = rows, columns = self.pattern.shape
        flat, product, forwards = [], None, True
        for part in self._parts(inputs, shape, Sides(self.column_colours, self.row_colours)):
            is_forward = isinstance(part, Forward)
            if isinstance(part, Reverse) and not part.fits:
                raise self._changed(f"there are no longer {counted(rows, 'output')}")
            blocks = part.blocks(self._executor, self._what)
            if any(each.shape[1] != (rows if is_forward else columns) for each in blocks):
                raise self._changed(f"there are no longer {counted(rows, 'output')}")
            if product is None:
                product, forwards = blocks[-1][-1], is_forward
                blocks[-1] = blocks[-1][:-1]
            flat += [each.ravel() for each in blocks]
        found = flat[0] if len(flat) == 1 else np.concatenate(flat)
        if found.dtype.kind == "c":
            raise self._changed("an output is complex")
        data = found[self._places].astype(self._data_type(found), copy=False)
        indices, indptr = self.pattern.indices.copy(), self.pattern.indptr.copy()
        matrix = type(self.pattern)((data, indices, indptr), shape=shape)
        self._check(matrix if forwards else matrix.T.tocsr(), product, forwards)
        return matrix

    def _data_type(self, found: Any) -> Any:
        """The precision of the inputs and outputs, and not of what is in between."""
        return self._dtype if found.dtype.itemsize > self._dtype.itemsize else found.dtype

    def _check(self, matrix: Any, product: Any, forwards: bool) -> None:
        """That the random direction gives what it does by the entries of this matrix."""
        with np.errstate(all="ignore"):
            along = probe(matrix.shape[1]).astype(matrix.dtype)
            expected = matrix @ along
            eps = max(float(np.finfo(matrix.dtype).eps), self._rounding)
            if np.all(abs(product - expected) <= np.sqrt(eps) * abs(expected)):
                return  # as mostly: what is below allows more
            size = abs(matrix) @ abs(along)
            # What is lost where large numbers cancel on the way is not known: as much as elsewhere;
            # nor what is where all are so small that they have but a few digits.
            largest = np.max(size, initial=0.0, where=np.isfinite(size))
            lost = FLOOR * (eps * largest + np.finfo(matrix.dtype).smallest_normal)
            limit = np.sqrt(eps) * size + np.where(np.diff(matrix.indptr) > 0, lost, 0)
            wrong = np.isfinite(expected) & ~(abs(product - expected) <= limit)
        if wrong.any():
            line = f"{'output' if forwards else 'input'} {np.flatnonzero(wrong)[0]:,}"
            raise self._changed(
                f"along a random direction {line} has another derivative than its entries add up to"
            )

    def _changed(self, what: str) -> PatternChanged:
        return PatternChanged(
            f"{self._what}: {what}, so the plan does not hold at this point, where the function "
            "takes another branch, or depends on more inputs. Make another plan here; if that does "
            "not hold either, so much cancels on the way that admodes.jacobian is the one to ask"
        )


FLOOR = 64
"""Times the rounding of the largest entry, that any other may be off by."""


@functools.lru_cache(maxsize=8)
def probe(count: int) -> Any:
    """A random direction, always the same, so that a result is, too."""
    return np.random.default_rng(0).standard_normal(count)


def refuse(inputs: Inputs, what: str) -> None:
    """Raise where the inputs are such that there is no sparse derivative by them.

    Raises
    ------
    TypeError
        Where one is complex, or carries derivatives.
    """
    if any(isinstance(x, Traced) for x in inputs.leaves):
        raise TypeError(
            f"{what}: a sparse matrix carries no derivatives, so this cannot be differentiated in "
            "its turn; use admodes.jacobian, or give admodes.stop_gradient(x)"
        )
    if any(map(is_complex, inputs.leaves)):
        raise TypeError(
            f"{what}: the inputs must be real; make the real and the imaginary part arguments of "
            "their own, or use admodes.jacobian"
        )


def signature(inputs: Inputs) -> Signature:
    """What a plan depends on: the shape and the dtype of each leaf."""
    return tuple((np.shape(x), str(np.result_type(x))) for x in inputs.leaves)


def words(signature: Signature) -> str:
    return (
        ", ".join(f"of shape {shape} and {dtype}" for shape, dtype in signature) or "of no leaves"
    )
