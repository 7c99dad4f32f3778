"""``admodes.scipy.linalg`` and ``sparse``: of SciPy's names, on what carries derivatives."""

import numpy as np
from scipy import sparse

from admodes.scipy import linalg
from admodes.scipy.sparse import matmul
from tests.cases import case, normal

TALL = sparse.random_array((5, 3), density=0.6, rng=np.random.default_rng(0))
WIDE = sparse.csc_array(TALL.T)
#: away from singular in either triangle
SQUARE = normal(3, 3) + 4 * np.eye(3)
POSITIVE = SQUARE @ SQUARE.T


def triangular(**options):
    return lambda a, b: linalg.solve_triangular(a, b, **options)


CASES = [
    case(linalg.solve_triangular, triangular(), SQUARE, normal(3)),
    case(linalg.solve_triangular, triangular(lower=True), SQUARE, normal(3, 2)),
    case(linalg.solve_triangular, triangular(trans=1), SQUARE, normal(3, 2)),
    case(linalg.solve_triangular, triangular(trans="T", lower=True), SQUARE, normal(3)),
    case(linalg.solve_triangular, triangular(unit_diagonal=True), SQUARE, normal(3)),
    case(
        linalg.solve_triangular,
        triangular(trans="C", lower=True, unit_diagonal=True),
        SQUARE + 1j * normal(3, 3, seed=1),
        normal(3, 2) + 1j,
    ),
    case(linalg.solve_triangular, lambda b: linalg.solve_triangular(SQUARE, b), normal(3)),
    case(linalg.solve_triangular, lambda a: linalg.solve_triangular(a, SQUARE[0]), SQUARE),
    case(linalg.solve, linalg.solve, SQUARE, normal(3)),
    case(linalg.solve, lambda a, b: linalg.solve(a, b, transposed=True), SQUARE, normal(3, 2)),
    case(linalg.solve, lambda a, b: linalg.solve(a, b, assume_a="sym"), SQUARE, normal(3)),
    case(
        linalg.solve, lambda a, b: linalg.solve(a, b, True, assume_a="pos"), POSITIVE, normal(3, 2)
    ),
    case(linalg.cho_factor, lambda a: linalg.cho_factor(a)[0], POSITIVE),
    case(linalg.cho_factor, lambda a: linalg.cho_factor(a, lower=True)[0], POSITIVE),
    case(
        linalg.cho_solve,
        lambda a, b: linalg.cho_solve(linalg.cho_factor(a), b),
        POSITIVE,
        normal(3),
    ),
    case(
        linalg.cho_solve,
        lambda c, b: linalg.cho_solve((c, True), b),
        SQUARE,
        normal(3, 2),
    ),
    case(linalg.expm, linalg.expm, normal(3, 3)),
    case(linalg.expm, linalg.expm, normal(2, 2, 2)),
    case(linalg.expm, linalg.expm, np.zeros((2, 2))),
    case(linalg.expm, linalg.expm, normal(2, 2) + 1j * normal(2, 2, seed=1)),
    case(matmul, lambda x: matmul(TALL, x), normal(3)),
    case(matmul, lambda x: matmul(TALL, x), normal(3, 2)),
    case(matmul, lambda x: matmul(WIDE, x), normal(5, 2)),
    case(matmul, lambda x: matmul(x, TALL), normal(5)),
    case(matmul, lambda x: matmul(x, sparse.coo_array(TALL)), normal(2, 5)),
    case(matmul, lambda x: matmul(TALL, x), normal(3, 0)),
]
