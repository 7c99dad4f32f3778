"""``scipy.sparse``: products of sparse matrices, which are constants, with what is differentiated.

``A @ x`` of SciPy's asks nobody before it makes a plain array of `x`: write ``matmul(A, x)``.
"""

import math
from typing import Any

import numpy as np
from scipy import sparse

from admodes.core import costs
from admodes.core.declaring import declare
from admodes.core.kinds import array
from admodes.core.rules import Linear

__all__ = ["matmul"]


def _rows(x: Any, *, data: Any, indices: Any, indptr: Any, shape: Any, flipped: bool) -> Any:
    """``x @ A.T``, or ``x @ A`` where it is `flipped`: of any number of rows.

    A is given by its arrays, which a recording can hold.
    """
    matrix = sparse.csr_array((data, indices, indptr), shape=shape)
    rows = x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
    product = (matrix.T if flipped else matrix) @ rows.T
    return np.ascontiguousarray(product.T).reshape(*x.shape[:-1], len(product))


def _transposed(ct: Any, *, flipped: bool, **params: Any) -> Any:
    return _by_rows(ct, flipped=not flipped, **params)


def _cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """A product and a sum for each entry of the matrix, in each row."""
    count = np.size(args[0]) // max(np.shape(args[0])[-1], 1)
    terms = params["data"].size * count
    moved = costs.moves(y, args) + params["data"].size
    return costs.Cost(moved, max(terms - np.size(y), 0), terms)


_by_rows = declare(
    Linear("scipy.matmul", _rows, _transposed, holds=("data", "indices", "indptr")), cost=_cost
)


def matmul(a: Any, b: Any) -> Any:
    """``a @ b``, where one of the two is a sparse matrix or array of SciPy's: a constant.

    The other is a vector or a matrix, plain or carrying derivatives. The result is no sparse one.

    Raises
    ------
    TypeError
        Where neither is sparse, or both are.
    ValueError
        Where the shapes do not fit.

    Examples
    --------
    >>> import admodes as ad
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> from admodes.scipy.sparse import matmul
    >>> A = csr_array([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0]])
    >>> ad.grad(lambda x: np.sum(matmul(A, x)))(np.ones(3))
    array([2., 3., 1.])
    """
    if sparse.issparse(a) == sparse.issparse(b):
        raise TypeError("one of the two must be sparse; for two arrays write a @ b")
    on_the_left = sparse.issparse(a)
    matrix, x = (a, array(b)) if on_the_left else (b, array(a))
    axis = 0 if on_the_left else -1
    if x.ndim not in (1, 2) or x.shape[axis] != matrix.shape[1 if on_the_left else 0]:
        raise ValueError(f"shapes {a.shape} and {b.shape} do not fit: they are not aligned")
    rows = matrix.tocsr()
    params = {
        "data": rows.data,
        "indices": rows.indices,
        "indptr": rows.indptr,
        "shape": rows.shape,
        "flipped": not on_the_left,
    }
    if on_the_left and x.ndim == 2:
        return _by_rows(x.mT, **params).mT
    return _by_rows(x, **params)
