"""``np.linalg``: pseudoinverses, and solutions by least squares."""

import numpy as np

from tests.cases import case, normal

M, STACK = normal(3, 3, seed=2), normal(2, 3, 2, seed=4)
WIDE, TALL, B = normal(2, 4, seed=1), normal(4, 2, seed=7), normal(4, seed=5)
#: of rank 1, for which differences know no derivative: nearby its rank is another
RANK_1 = np.outer(B, M[0])


def hermitian(x):
    return np.linalg.pinv(x, hermitian=True)


CASES = [
    case(np.linalg.pinv, np.linalg.pinv, M),
    case(np.linalg.pinv, np.linalg.pinv, WIDE),
    case(np.linalg.pinv, np.linalg.pinv, TALL),
    case(np.linalg.pinv, np.linalg.pinv, STACK),
    case(np.linalg.pinv, np.linalg.pinv, STACK.mT + 1j),
    case(np.linalg.pinv, lambda x: np.linalg.pinv(x, rtol=1e-3), TALL + 1j * WIDE.T),
    case(np.linalg.pinv, np.linalg.pinv, normal(3, 0)),
    case(np.linalg.pinv, hermitian, normal(0, 3)),
    case(np.linalg.pinv, hermitian, M),
    case(np.linalg.pinv, hermitian, M + 1j * M.T),
    # all but the largest singular values are dropped
    case(np.linalg.pinv, lambda x: np.linalg.pinv(x, 0.5), normal(4, 3, seed=6)),
    case(np.linalg.pinv, lambda x: np.linalg.pinv(x @ np.diag([1.0, 0, 0]), 1e-3), M),
    case(np.linalg.pinv, lambda x: np.linalg.pinv(x, 1e-3), RANK_1, kink=True),
    case(np.linalg.lstsq, np.linalg.lstsq, TALL, B),
    case(np.linalg.lstsq, np.linalg.lstsq, TALL, normal(4, 3)),
    case(np.linalg.lstsq, np.linalg.lstsq, WIDE, normal(2)),
    case(np.linalg.lstsq, np.linalg.lstsq, M, normal(3, 2)),
    case(np.linalg.lstsq, lambda b: np.linalg.lstsq(TALL, b), B),
    case(np.linalg.lstsq, lambda a: np.linalg.lstsq(a, B), TALL),
    case(np.linalg.lstsq, np.linalg.lstsq, TALL + 1j * WIDE.T, B),
    case(np.linalg.lstsq, np.linalg.lstsq, TALL, B + 1j),
]
