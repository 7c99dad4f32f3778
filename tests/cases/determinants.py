"""``np.linalg``: determinants."""

import numpy as np

from tests.cases import case, normal

M, V = normal(3, 3, seed=2) + 2 * np.eye(3), normal(3, seed=5)
STACK = normal(2, 3, 3, seed=4) + 3 * np.eye(3)
#: of rank 2, rank 2 but for rounding errors, and rank 1
SINGULAR, ALMOST = np.outer(V, V) + np.diag([1.0, 0, 0]), np.arange(1.0, 10).reshape(3, 3) / 10
RANK_1 = np.diag([0.0, 2.0, 0.0])[:, ::-1]


CASES = [
    case(np.linalg.det, np.linalg.det, M),
    case(np.linalg.det, np.linalg.det, STACK),
    case(np.linalg.det, np.linalg.det, SINGULAR),
    case(np.linalg.det, np.linalg.det, ALMOST),
    case(np.linalg.det, lambda x: np.linalg.det(x) + x[0, 0], RANK_1),
    case(np.linalg.det, np.linalg.det, np.zeros((2, 2))),
    case(np.linalg.det, np.linalg.det, np.stack([M, RANK_1])),
    case(np.linalg.det, np.linalg.det, normal(1, 1)),
    case(np.linalg.det, np.linalg.det, normal(0, 0)),
    case(np.linalg.det, np.linalg.det, M + 1j),
    case(np.linalg.det, np.linalg.det, SINGULAR * (2 + 1j)),
    case(np.linalg.slogdet, np.linalg.slogdet, M),
    case(np.linalg.slogdet, lambda x: np.linalg.slogdet(x).logabsdet, STACK),
    case(np.linalg.slogdet, np.linalg.slogdet, M + 1j),
    case(np.linalg.slogdet, np.linalg.slogdet, STACK * (1 - 2j)),
    case(np.linalg.slogdet, lambda x: np.multiply(*np.linalg.slogdet(x)), M + 1j),
]
