"""Sparse derivatives: which entries there are, few directions that hold them all, and a plan that
reads them from these, point after point.
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
