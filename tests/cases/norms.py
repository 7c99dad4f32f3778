"""Norms of vectors and matrices."""

import numpy as np

from tests.cases import case, inside, normal, positive

A, S, V = normal(3, 4, seed=1), normal(3, 4, 3, seed=3), normal(3, seed=5)
ZEROS = np.array([[0.0, 0, 0], [1.0, 0, -2], [3.0, 4, 0]])


def norm(x, kink=False, **options):
    return case(np.linalg.norm, lambda x: np.linalg.norm(x, **options), x, kink=kink)


CASES = [
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
    norm(A, ord=2),
    norm(A.T, ord=-2),
    norm(S, ord="nuc", axis=(2, 0), keepdims=True),
    norm(S, ord=2, axis=(0, 1)),
    norm(A * (1 + 2j) + 1j, ord="nuc"),
    norm(np.eye(3), ord=2, kink=True),
    norm(normal(0, 3), ord="nuc"),
    norm(np.outer([1.0, 2, 0], [0.0, 3, 4, 0]), ord=2),
    norm(np.diag([2.0, 1, 0]), ord="nuc", kink=True),
    norm(np.diag([2.0, 1, 0])[:, :2], ord=-2),
    norm(np.zeros((2, 3)), ord="nuc", kink=True),
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
    case(np.linalg.matrix_norm, lambda x: np.linalg.matrix_norm(x, ord="nuc", keepdims=True), S),
]
