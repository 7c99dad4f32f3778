"""Sparse derivatives: which entries there are, few directions that hold them all, and a plan that
reads them from these, point after point.

``asking`` is what one calls, ``plans`` what it gives, by ``making`` them within ``limits``;
``tracing`` finds the pattern in one evaluation, ``spreading`` and ``products`` by the kind of each
operation, as ``sets``; ``colouring``, ``sides`` and ``star`` give lines colours, ``reading``
verifies them, ``choice`` times a pass; ``passes`` makes them, or workers do (``by_workers``). What
SciPy is ``needed`` for is imported late.
"""

from admodes.jacobians.sparse.asking import (
    SparseDerivative,
    pattern,
    sparse_hessian,
    sparse_jacobian,
)
from admodes.jacobians.sparse.plans import PatternChanged, SparsePlan

__all__ = [
    "PatternChanged",
    "SparseDerivative",
    "SparsePlan",
    "pattern",
    "sparse_hessian",
    "sparse_jacobian",
]
