"""``np.linalg``."""

import numpy as np

from tests.cases import case, inside, normal, positive

A, M, S = normal(3, 4, seed=1), normal(3, 3, seed=2) + 2 * np.eye(3), normal(3, 4, 3, seed=3)
STACK = normal(2, 3, 3, seed=4) + 3 * np.eye(3)
V = normal(3, seed=5)
#: of rank 2, rank 2 but for rounding errors, and rank 1
SINGULAR, ALMOST = np.outer(V, V) + np.diag([1.0, 0, 0]), np.arange(1.0, 10).reshape(3, 3) / 10
RANK_1 = np.outer([1.0, 2, 3], [1.0, -1, 2])
ZEROS = np.array([[0.0, 0, 0], [1.0, 0, -2], [3.0, 4, 0]])


def norm(x, kink=False, **options):
    return case(np.linalg.norm, lambda x: np.linalg.norm(x, **options), x, kink=kink)


CASES = [
    case(np.linalg.solve, np.linalg.solve, M, V),
    case(np.linalg.solve, np.linalg.solve, M, A),
    case(np.linalg.solve, np.linalg.solve, STACK, V),
    case(np.linalg.solve, np.linalg.solve, STACK, A),
    case(np.linalg.solve, np.linalg.solve, M, normal(2, 3, 1)),
    case(np.linalg.solve, np.linalg.solve, STACK, normal(2, 1, 3, 2)),
    case(np.linalg.solve, lambda b: np.linalg.solve(M, b), V),
    case(np.linalg.solve, lambda b: np.linalg.solve(STACK, b), A),
    case(np.linalg.solve, lambda a: np.linalg.solve(a, V), STACK),
    case(np.linalg.solve, lambda a: np.linalg.solve(a, [1.0, 2.0, 3.0]), M),
    case(np.linalg.solve, lambda x: np.linalg.solve(x, x @ x), M),
    case(np.linalg.solve, np.linalg.solve, normal(0, 0), normal(0, 2)),
    case(np.linalg.solve, np.linalg.solve, M + 1j, V - 2j),
    case(np.linalg.inv, np.linalg.inv, M),
    case(np.linalg.inv, np.linalg.inv, STACK),
    case(np.linalg.inv, np.linalg.inv, M + 1j),
    case(np.linalg.inv, np.linalg.inv, normal(0, 0)),
    case(np.linalg.det, np.linalg.det, M),
    case(np.linalg.det, np.linalg.det, STACK),
    case(np.linalg.det, np.linalg.det, SINGULAR),
    case(np.linalg.det, np.linalg.det, ALMOST),
    case(np.linalg.det, np.linalg.det, RANK_1),
    case(np.linalg.det, np.linalg.det, np.zeros((2, 2))),
    case(np.linalg.det, np.linalg.det, np.stack([M, RANK_1])),
    case(np.linalg.det, np.linalg.det, normal(1, 1)),
    case(np.linalg.det, np.linalg.det, normal(0, 0)),
    case(np.linalg.det, np.linalg.det, M + 1j),
    case(np.linalg.det, np.linalg.det, SINGULAR * (1 + 1j)),
    case(np.linalg.slogdet, np.linalg.slogdet, M),
    case(np.linalg.slogdet, lambda x: np.linalg.slogdet(x).logabsdet, STACK),
    case(np.linalg.matrix_power, lambda x: np.linalg.matrix_power(x, 5), M),
    case(np.linalg.matrix_power, lambda x: np.linalg.matrix_power(x, 1), M),
    case(np.linalg.matrix_power, lambda x: np.linalg.matrix_power(x, -2), STACK),
    case(np.linalg.matrix_power, lambda x: np.linalg.matrix_power(x, 0) @ x, STACK),
    case(np.linalg.multi_dot, lambda *xs: np.linalg.multi_dot(xs), V, A, A.T, normal(3, 2)),
    case(np.linalg.multi_dot, lambda *xs: np.linalg.multi_dot(xs), A.T, M, V),
    case(np.linalg.multi_dot, lambda *xs: np.linalg.multi_dot(xs), A.T, M),
    norm(V),
    norm(A),
    norm(S),
    norm(2.0),
    norm(S, keepdims=True),
    norm(A, axis=0),
    norm(A, axis=-1, keepdims=True),
    norm(S, axis=(0, 2)),
    norm(S, axis=(2, 0), ord="fro", keepdims=True),
    norm(V, ord=1),
    norm(A, ord=2, axis=1),
    norm(A, ord=3, axis=1),
    norm(inside(3, 4), ord=1.5, axis=0, keepdims=True),
    norm(positive(4), ord=0.5),
    norm(positive(4), ord=-2),
    norm(ZEROS[1:], ord=3, axis=1),
    norm(V, ord=np.inf),
    norm(A, ord=-np.inf, axis=0),
    norm(V, ord=0),
    norm(A, ord=1),
    norm(A, ord=-1),
    norm(S, ord=np.inf, axis=(0, 1)),
    norm(S, ord=-np.inf, axis=(1, 0), keepdims=True),
    norm(V + 1j),
    norm(A + 1j, axis=0, ord=3),
    norm(normal(0)),
    norm(np.zeros(3), kink=True),
    norm(ZEROS, kink=True),
    norm(ZEROS, axis=1, kink=True),
    norm(ZEROS, axis=1, ord=1.5, kink=True),
    norm(ZEROS, axis=1, ord=3, kink=True),
    norm(ZEROS, axis=1, ord=0.5, kink=True),
    norm(ZEROS, axis=0, ord=np.inf, kink=True),
    norm(0.0, kink=True),
    case(np.linalg.vector_norm, np.linalg.vector_norm, S),
    case(np.linalg.vector_norm, lambda x: np.linalg.vector_norm(x, axis=(0, 2), ord=3), S),
    case(np.linalg.vector_norm, lambda x: np.linalg.vector_norm(x, axis=-1, keepdims=True), S),
    case(np.linalg.vector_norm, np.linalg.vector_norm, -2.0),
    case(np.linalg.matrix_norm, np.linalg.matrix_norm, S),
    case(np.linalg.matrix_norm, lambda x: np.linalg.matrix_norm(x, ord=1, keepdims=True), S),
]
