"""What a user calls: ``pattern``, ``sparse_jacobian``, ``sparse_hessian``.

SciPy is imported where one of them is called, and not before.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from admodes import reverse
from admodes.jacobians.sparse.needed import check_installed
from admodes.jacobians.sparse.plans import PatternChanged, SparsePlan, signature
from admodes.modes.arguments import Inputs, check_callable, name
from admodes.modes.complex_derivatives import refuse_complex
from admodes.modes.evaluating import on_copies
from admodes.modes.units import chunk_size_of
from admodes.workers.giving import check

if TYPE_CHECKING:
    from concurrent.futures import Executor

MODES = ("auto", "forward", "reverse", "both")
KEPT = 8
"""Plans that are remembered of one derivative: those of the latest shapes."""


def pattern(f: Callable[..., Any], *args: Any, argnums: int | Sequence[int] | None = None) -> Any:
    """Which outputs of a function depend on which inputs.

    The function is evaluated once, on numbers that know the inputs that each of their entries
    depends on; every operation hands these on by its kind (A. Griewank & A. Walther, *Evaluating
    Derivatives*, 2nd ed., chapter 7, where these are index domains). An operation of which nothing
    is known is dense. So an entry that is not in the pattern is 0; one that is may be 0 as well.

    It holds where the function takes the same branches, and finds the same indices, as at `args`.

    Parameters
    ----------
    f
        A function of plain NumPy code; its output may be any array or nested container.
    args
        Its arguments: numbers, arrays of floats, nested containers of them.
    argnums
        The position of the argument, or a tuple of them, that counts as input; ``None`` for all.

    Returns
    -------
    A ``scipy.sparse.csr_array`` of booleans. A row an entry of the output, a column an entry of the
    inputs, each counted over all leaves in order.

    Raises
    ------
    ImportError
        Where SciPy is not installed: ``pip install scipy``.
    MemoryError
        Where the pattern, or that of something on the way, does not fit: it is not sparse.
    TypeError, ValueError
        As for :func:`admodes.jacobian`.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> print(ad.pattern(lambda x: x[1:] * x[:-1] + np.cumsum(x)[2], np.ones(4)).toarray() * 1)
    [[1 1 1 0]
     [1 1 1 0]
     [1 1 1 1]]
    """
    check_callable(f)
    check_installed()
    from admodes.jacobians.sparse.tracing import traced

    return traced(Inputs(f, args, {}, argnums))[0]


class SparseDerivative:
    """A sparse derivative of a function: what `sparse_jacobian` and `sparse_hessian` give."""

    def __init__(
        self,
        what: str,
        function: Callable[..., Any],
        argnums: int | Sequence[int],
        refuse: Callable[[Inputs], None] | None = None,
        **options: Any,
    ) -> None:
        self.__name__ = self.__qualname__ = what
        self._function, self._argnums = function, argnums
        self._options, self._refuse = options, refuse
        self._plans: dict[Any, SparsePlan] = {}

    def __repr__(self) -> str:
        return f"<{self.__name__}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The derivative at these arguments, by the plan for their shapes, made where needed."""
        plan = self.plan(*args, **kwargs)
        again = on_copies(self._inputs(args, kwargs)) if plan.writes else None
        try:
            return plan(*args, **kwargs)
        except PatternChanged:
            if again is not None:  # the caller's are changed by now, as by a call
                args, kwargs = tuple(again.args), again.kwargs
            plan = self._made(args, kwargs, plan.pattern)
            return plan(*args, **kwargs)

    def plan(self, *args: Any, **kwargs: Any) -> SparsePlan:
        """The plan for arguments of these shapes and dtypes, a :class:`SparsePlan`.

        The first is made at these arguments, and remembered.
        """
        found = self._plans.get(signature(self._inputs(args, kwargs)))
        return self._made(args, kwargs) if found is None else found

    def _inputs(self, args: Any, kwargs: Any) -> Inputs:
        inputs = Inputs(self._function, args, kwargs, self._argnums)
        if self._refuse is not None:
            self._refuse(inputs)
        return inputs

    def _made(self, args: Any, kwargs: Any, known: Any = None) -> SparsePlan:
        inputs = self._inputs(args, kwargs)
        plan = SparsePlan(
            self._function,
            self._argnums,
            inputs,
            what=self.__name__,
            known=known,
            **self._options,
        )
        sizes = signature(inputs)
        self._plans.pop(sizes, None)
        self._plans[sizes] = plan
        while len(self._plans) > KEPT:
            del self._plans[next(iter(self._plans))]
        return plan


def sparse_jacobian(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    mode: Literal["auto", "forward", "reverse", "both"] = "auto",
    chunk_size: int | None = None,
    executor: "Executor | None" = None,
) -> SparseDerivative:
    """All first derivatives of a function, where most are 0: a few products hold them all.

    Columns that share no row are added up, and one forward pass gives their sum (A. Curtis, M.
    Powell, J. Reid, IMA J. Appl. Math. 13 (1974) 117); or one sweep the sum of rows. Which may be
    added up is a question of colouring a graph (A. H. Gebremedhin, F. Manne, A. Pothen, "What Color
    Is Your Jacobian?", SIAM Review 47 (2005) 629).

    Parameters
    ----------
    f
        A function of plain NumPy code; its output may be any array or nested container of real
        numbers.
    argnums
        The position of the argument, or a tuple of them, to differentiate by.
    mode
        ``"forward"``: colours for columns, a direction a colour. ``"reverse"``: for rows.
        ``"both"``: some rows, or columns, by one of the two, and all else by the other. ``"auto"``
        times a pass of each that may be the quickest, at the point that the plan is made at.
    chunk_size
        Directions a pass; ``None`` chooses half a megabyte of tangents.
    executor
        Workers that share the passes, as for :func:`admodes.forward.value_and_grad`. The plan is
        made without them.

    Returns
    -------
    A function of the same arguments that gives a ``scipy.sparse.csr_array``: a row an entry of the
    output, a column an entry of the inputs, each counted over all leaves in order. The first call
    makes a plan for the shapes and dtypes of its arguments; later ones use it. Where a call finds
    that the derivative has other entries at its point (see :class:`SparsePlan`), it makes a new
    plan, whose pattern has those of both. ``.plan(x)`` gives the plan.

    Raises
    ------
    ImportError, MemoryError
        As for :func:`pattern`.
    PatternChanged
        Where a plan that was just made at this point does not hold there.
    TypeError
        For complex inputs or outputs, and inside of another differentiation.
    ValueError
        Where `argnums`, `mode` or `chunk_size` is out of range.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> differences = ad.sparse_jacobian(lambda x: x[1:] ** 2 - x[:-1])
    >>> print(differences(np.arange(4.0)).toarray())
    [[-1.  2.  0.  0.]
     [ 0. -1.  4.  0.]
     [ 0.  0. -1.  6.]]
    >>> differences.plan(np.arange(4.0)).directions
    2
    """
    check_callable(f)
    chunk_size_of(chunk_size, 1)
    check(executor)
    if not isinstance(mode, str) or mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(map(repr, MODES))}, not {mode!r}")
    check_installed()
    what = f"sparse Jacobian of {name(f)}"
    return SparseDerivative(what, f, argnums, mode=mode, chunk_size=chunk_size, executor=executor)


def sparse_hessian(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    chunk_size: int | None = None,
    executor: "Executor | None" = None,
) -> SparseDerivative:
    """All second derivatives of a scalar function, where most are 0.

    Its pattern is that of the gradient, made symmetric; and as the matrix is symmetric, an entry
    can be read from its row or from its column, which takes fewer directions: a star colouring
    (T. F. Coleman, J. J. Moré, Math. Programming 28 (1984) 243). Each direction is one of forward
    mode over reverse mode.

    Parameters
    ----------
    f
        A function of plain NumPy code, with one real floating-point number as output.
    argnums, chunk_size, executor
        As for :func:`sparse_jacobian`.

    Returns
    -------
    As for :func:`sparse_jacobian`: a row and a column for each entry of the inputs, counted over
    all leaves in order. The matrix is symmetric, bit for bit.

    Raises
    ------
    As for :func:`sparse_jacobian` and :func:`admodes.grad`.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> f = lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    >>> print(ad.sparse_hessian(f)(np.ones(3)).toarray())
    [[ 802. -400.    0.]
     [-400. 1002. -400.]
     [   0. -400.  200.]]
    >>> ad.sparse_hessian(f).plan(np.ones(1000))
    <SparsePlan: 1,000 × 1,000, 2,998 entries, 3 directions by forward-over-reverse>
    """
    check_callable(f)
    chunk_size_of(chunk_size, 1)
    check(executor)
    check_installed()
    what = f"sparse Hessian of {name(f)}"
    gradient = reverse.grad(f, argnums)

    def refuse(inputs: Inputs) -> None:
        refuse_complex(inputs, f, "sparse Hessian")

    return SparseDerivative(
        what,
        gradient,
        argnums,
        refuse,
        mode="forward-over-reverse",
        chunk_size=chunk_size,
        executor=executor,
    )
