"""``scipy.linalg``: what it has of linear algebra that NumPy has not, of SciPy's names.

``from admodes.scipy import linalg`` takes the place of ``from scipy import linalg``. SciPy's own
functions make plain arrays of their arguments, and ask nobody.

The exponential's derivatives are exponentials of a matrix twice as large (N. J. Higham, *Functions
of Matrices*, 2008, equation 10.43).
"""

from typing import Any

import numpy as np
from scipy import linalg

from admodes.core import costs
from admodes.core.declaring import declare
from admodes.core.kinds import array
from admodes.core.rules import Custom
from admodes.core.values import shape_of

__all__ = ["cho_factor", "cho_solve", "expm", "solve", "solve_triangular"]

# --- Triangular systems ---------------------------------------------------------------------------


def _solve_triangle(a: Any, b: Any, *, lower: bool, transposed: bool, unit: bool) -> Any:
    """Of matrices; what is on the other side of the diagonal of `a` is not read."""
    return linalg.solve_triangular(
        a, b, trans=int(transposed), lower=lower, unit_diagonal=unit, check_finite=False
    )


def _along(a: Any, right: Any, params: dict[str, Any], transposed: bool) -> Any:
    """A solution for each direction: their columns are solved for together."""
    n = shape_of(right)[-2]
    columns = np.moveaxis(right, -2, 0)
    solved = _triangle(a, np.reshape(columns, (n, -1)), **params | {"transposed": transposed})
    return np.moveaxis(np.reshape(solved, shape_of(columns)), 0, -2)


def _part(x: Any, params: dict[str, Any]) -> Any:
    """What is read of a matrix, and varies: a diagonal of ones does not."""
    k = int(params["unit"])
    return np.tril(x, -k) if params["lower"] else np.triu(x, k)


def _push_triangle(kept: Any, ta: Any, tb: Any) -> Any:
    a, y, params = kept
    right = tb
    if ta is not None:
        moved = _part(ta, params)
        moved = (moved.mT if params["transposed"] else moved) @ y
        right = -moved if right is None else right - moved
    return _along(a, right, params, params["transposed"])


def _pull_triangle(kept: Any, ct: Any) -> Any:
    a, y, params = kept
    cb = _along(a, ct, params, not params["transposed"])
    ca = -(y @ cb.mT if params["transposed"] else cb @ y.mT)
    return _part(ca, params), cb


def _cost_of_triangle(y: Any, args: Any, params: Any) -> costs.Cost:
    """One of the two triangles that a whole system goes through."""
    n, columns = np.shape(y)
    multiplications = columns * (n * n - n) // 2
    return costs.Cost(
        costs.moves(y, args), multiplications, multiplications, 0 if params["unit"] else columns * n
    )


_triangle = declare(
    Custom(
        "scipy.solve_triangular",
        _solve_triangle,
        _push_triangle,
        _pull_triangle,
        lambda y, a, b, **params: (a, y, params),
    ),
    cost=_cost_of_triangle,
)


def solve_triangular(
    a: Any,
    b: Any,
    trans: int | str = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
) -> Any:
    """Solve ``a @ x == b`` for a triangular matrix, as ``scipy.linalg.solve_triangular``.

    Parameters
    ----------
    a:
        A square matrix, of which only one triangle is read: it alone has derivatives.
    b:
        A vector, or a matrix of several right-hand sides.
    trans:
        ``0`` or ``"N"``; ``1`` or ``"T"`` for the transpose of `a`; ``2`` or ``"C"`` for its
        conjugate.
    lower:
        Whether it is the lower triangle.
    unit_diagonal:
        Whether the diagonal is taken to be of ones, and not read.

    Examples
    --------
    >>> import admodes as ad
    >>> import numpy as np
    >>> from admodes.scipy.linalg import solve_triangular
    >>> a, b = np.array([[2.0, 9.0], [1.0, 4.0]]), np.array([2.0, 5.0])
    >>> ad.grad(lambda a: solve_triangular(a, b, lower=True)[1])(a)
    array([[ 0.125,  0.   ],
           [-0.25 , -0.25 ]])
    """
    a, b = array(a), array(b)
    of_a, of_b = shape_of(a), shape_of(b)
    if len(of_a) != 2 or of_a[0] != of_a[1]:
        raise ValueError(f"a square matrix is needed, not an array of shape {of_a}")
    if len(of_b) not in (1, 2) or of_b[0] != of_a[0]:
        raise ValueError(f"right-hand sides of shape {of_b} do not fit a matrix of shape {of_a}")
    if trans not in _TRANSPOSED:
        raise ValueError(f"trans must be 0, 1 or 2, or 'N', 'T' or 'C', not {trans!r}")
    if trans in (2, "C"):
        a = np.conj(a)
    matrix = b[:, np.newaxis] if len(of_b) == 1 else b
    params = {"lower": bool(lower), "transposed": _TRANSPOSED[trans], "unit": bool(unit_diagonal)}
    x = _triangle(a, matrix, **params)
    return x[:, 0] if len(of_b) == 1 else x


_TRANSPOSED: dict[int | str, bool] = {
    0: False,
    1: True,
    2: True,
    "N": False,
    "T": True,
    "C": True,
}

# --- Systems, whole and factorised ----------------------------------------------------------------


def solve(
    a: Any,
    b: Any,
    lower: bool = False,
    *,
    assume_a: str | None = None,
    transposed: bool = False,
) -> Any:
    """Solve ``a @ x == b``, as ``scipy.linalg.solve``.

    Parameters
    ----------
    a:
        A square matrix, or a stack of them.
    b:
        A vector, or a matrix of several right-hand sides.
    lower:
        Which triangle is read of a matrix that is assumed to be symmetric or Hermitian.
    assume_a:
        ``"sym"``, ``"her"`` or ``"pos"``: one triangle is read, the other follows from it, in
        derivatives too. Otherwise all of `a` counts.
    transposed:
        Whether to solve for the transpose of `a`.

    Examples
    --------
    >>> import admodes as ad
    >>> import numpy as np
    >>> from admodes.scipy.linalg import solve
    >>> ad.grad(lambda b: solve(np.array([[2.0, 1.0], [0.0, 4.0]]), b)[0])(np.array([1.0, 2.0]))
    array([ 0.5  , -0.125])
    """
    a, b = array(a), array(b)
    if assume_a in _OF_ONE_TRIANGLE:
        own = np.tril(a, -1) if lower else np.triu(a, 1)
        other = own.mT if assume_a == "sym" or assume_a == "symmetric" else np.conj(own.mT)
        a = own + other + np.tril(np.triu(a))
    elif assume_a not in _WHOLE:
        raise NotImplementedError(
            f"admodes.scipy.linalg.solve: assume_a={assume_a!r} has no derivative rule in either "
            "mode; leave it out, or use solve_triangular for a triangular matrix"
        )
    if transposed:
        a = a.mT
    return np.linalg.solve(a, b)


_OF_ONE_TRIANGLE = {
    *("sym", "symmetric", "her", "hermitian"),
    *("pos", "positive definite"),
}
_WHOLE = {None, "gen", "general"}


def cho_factor(a: Any, lower: bool = False) -> tuple[Any, bool]:
    """The Cholesky factor of a matrix for :func:`cho_solve`, as ``scipy.linalg.cho_factor``.

    What SciPy leaves undefined, on the other side of the diagonal, is 0 here.

    Examples
    --------
    >>> import admodes as ad
    >>> import numpy as np
    >>> from admodes.scipy.linalg import cho_factor, cho_solve
    >>> f = lambda a: cho_solve(cho_factor(a), np.array([1.0, 0.0]))[0]  # an entry of the inverse
    >>> ad.grad(f)(np.diag([2.0, 4.0]))
    array([[-0.25,  0.  ],
           [ 0.  ,  0.  ]])
    """
    return np.linalg.cholesky(array(a), upper=not lower), lower


def cho_solve(c_and_lower: tuple[Any, bool], b: Any) -> Any:
    """Solve ``a @ x == b`` for what :func:`cho_factor` made of `a`, as ``scipy.linalg.cho_solve``.

    Examples
    --------
    >>> import admodes as ad
    >>> import numpy as np
    >>> from admodes.scipy.linalg import cho_factor, cho_solve
    >>> factor = cho_factor(np.diag([2.0, 4.0]))
    >>> ad.grad(lambda b: cho_solve(factor, b)[1])(np.array([1.0, 2.0]))
    array([0.  , 0.25])
    """
    c, lower = c_and_lower
    # a = c @ cᴴ where c is the lower triangle, and cᴴ @ c where it is the upper one.
    first, second = (0, 2) if lower else (2, 0)
    return solve_triangular(c, solve_triangular(c, b, first, lower), second, lower)


# --- The exponential of a matrix ------------------------------------------------------------------


def _push_expm(a: Any, t: Any) -> Any:
    """The block on the right of ``expm([[a, t], [0, a]])``."""
    n = shape_of(a)[-1]
    both = np.broadcast_to(a, shape_of(t))
    above = np.concatenate([both, t], axis=-1)
    below = np.concatenate([np.zeros_like(t), both], axis=-1)
    return _expm(np.concatenate([above, below], axis=-2))[..., :n, n:]


def _cost_of_expm(y: Any, args: Any, params: Any) -> costs.Cost:
    """Of the approximation of degree 13, without squarings: 6 products, and a system of n sides.

    (N. J. Higham, "The Scaling and Squaring Method for the Matrix Exponential Revisited", SIAM J.
    Matrix Anal. Appl. 26, 2005.)
    """
    n = np.shape(y)[-1]
    count = np.size(y) // max(n * n, 1)
    products = costs.Cost(additions=6 * (n**3 - n * n), multiplications=6 * n**3)
    system = costs.factorisation(n) + costs.substitution(n) * n
    return (products + system) * count + costs.Cost(moves=costs.moves(y, args))


_expm = declare(
    Custom(
        "scipy.expm",
        lambda a: linalg.expm(a),
        _push_expm,
        lambda a, ct: _push_expm(a.mT, ct),
        lambda _y, a: a,
    ),
    cost=_cost_of_expm,
)


def expm(A: Any) -> Any:
    """The exponential of a matrix, or of each in a stack, as ``scipy.linalg.expm``.

    Examples
    --------
    >>> import admodes as ad
    >>> import numpy as np
    >>> from admodes.scipy.linalg import expm
    >>> turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    >>> ad.jvp(lambda angle: expm(angle * turn), (0.0,), (1.0,))[1]
    array([[ 0., -1.],
           [ 1.,  0.]])
    """
    return _expm(array(A))
