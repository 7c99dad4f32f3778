"""Products of arrays that are compositions of those in contractions.py."""

import numpy as np

from tests.cases import case, normal

A, B = normal(3, 4, seed=1), normal(4, 2, seed=2)
V, W = normal(3, seed=3), normal(4, seed=4)
STACK, STACKS = normal(2, 4, 3, seed=5), normal(2, 1, 3, 4, seed=6)

CASES = [
    case(np.dot, np.dot, A, B),
    case(np.dot, np.dot, V, A),
    case(np.dot, np.dot, A, W),
    case(np.dot, np.dot, V, V + 1),
    case(np.dot, lambda x: np.dot(x[0], x), V),
    case(np.dot, lambda x: np.dot(A, x), 2.0),
    case(np.dot, np.dot, A, STACK),
    case(np.dot, np.dot, STACK, A),
    case(np.dot, np.dot, W, STACK),
    case(np.dot, np.dot, STACK, STACKS[:, 0]),
    case(np.dot, lambda a: a.dot(W), A),
    case(np.dot, np.dot, A + 1j, B - 2j),
    case(np.inner, np.inner, V, V + 1),
    case(np.inner, np.inner, A, W),
    case(np.inner, np.inner, V, STACK),
    case(np.inner, np.inner, STACK, normal(2, 3)),
    case(np.inner, lambda x: np.inner(x[0], x), V),
    case(np.inner, np.inner, 2.0, 3.0),
    case(np.vdot, np.vdot, A, A + 1),
    case(np.vdot, np.vdot, V + 1j, V - 2j),
    case(np.vdot, np.vdot, 2.0, 3.0),
    case(np.outer, np.outer, V, W),
    case(np.outer, np.outer, A, B),
    case(np.outer, lambda x: np.outer(x[0], x), V),
    case(np.outer, lambda x: np.outer(x, x), V + 1j),
    case(np.outer, np.outer, V, normal(0)),
    case(np.kron, np.kron, V, W),
    case(np.kron, np.kron, A, B),
    case(np.kron, np.kron, V, A),
    case(np.kron, np.kron, STACK, V),
    case(np.kron, lambda x: np.kron(x[0], x), V),
    case(np.kron, lambda x: np.kron(np.eye(2), x), A),
    case(np.trace, lambda a: np.trace(a, dtype=np.float64), A),
    case(np.trace, lambda a: np.trace(a, dtype=int) * a[0], A),
    case(np.cross, np.cross, V, V * V),
    case(np.cross, np.cross, normal(4, 3), V),
    case(np.cross, lambda a, b: np.cross(a, b, axis=0), A, A + A * A),
    case(np.cross, lambda a, b: np.cross(a, b, axisa=0, axisb=-1, axisc=0), A, normal(4, 3)),
    case(np.trace, np.trace, A),
    case(np.trace, lambda x: np.trace(x, 1), A),
    case(np.trace, lambda x: np.trace(x, -2), A),
    case(np.trace, lambda x: np.trace(x, 7), A),
    case(np.trace, lambda x: np.trace(x, 1, -1, 0), STACK),
    case(np.trace, lambda x: np.trace(x, axis1=1, axis2=2), STACK),
    case(np.trace, lambda x: x.trace(), normal(0, 2)),
    case(np.trace, np.trace, A + 1j),
    case(np.linalg.trace, lambda x: np.linalg.trace(x, offset=-1), STACK),
    case(np.linalg.matmul, np.linalg.matmul, A, B),
    case(np.linalg.tensordot, lambda a, b: np.linalg.tensordot(a, b, axes=1), A, B),
    case(np.linalg.outer, np.linalg.outer, V, W),
    case(np.linalg.cross, np.linalg.cross, V, V * V),
    case(np.linalg.vecdot, np.linalg.vecdot, A, W),
    case(np.vecdot, np.vecdot, A, W),
    case(np.vecdot, np.vecdot, V + 1j, V - 2j),
    case(np.vecdot, lambda a, b: np.vecdot(a, b, axis=0), A, STACK[0].T),
    case(np.vecdot, lambda a, b: np.vecdot(a, b, axis=-2), A, STACKS),
]
if hasattr(np, "matvec"):
    CASES += [
        case(np.matvec, np.matvec, A, W),
        case(np.matvec, np.matvec, STACK, V),
        case(np.matvec, np.matvec, A, STACKS[:, 0]),
        case(np.matvec, np.matvec, A + 1j, W - 2j),
        case(np.vecmat, np.vecmat, V, A),
        case(np.vecmat, np.vecmat, STACK, A),
        case(np.vecmat, np.vecmat, W, STACK),
        case(np.vecmat, np.vecmat, V + 1j, A - 2j),
    ]
