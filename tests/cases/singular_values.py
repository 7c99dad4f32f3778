"""``np.linalg``: singular values and vectors, ranks, condition numbers."""

import numpy as np

from tests.cases import case, normal

M, WIDE, TALL = normal(3, 3, seed=2), normal(3, 4, seed=1), normal(4, 3, seed=7)
STACK, COMPLEX = normal(2, 3, 2, seed=4), 1j * normal(3, 4, seed=3)
EQUAL, SINGULAR = np.diag([2.0, 2, 1]), np.diag([2.0, 1, 0])


def reduced(x):
    return np.linalg.svd(x, full_matrices=False)


def without_phase(x, full_matrices=True):
    """What of complex vectors does not depend on the phases, nor on a basis of the others."""
    u, s, vh = np.linalg.svd(x, full_matrices)
    k = s.shape[-1]
    u, others = u[..., :k], u[..., k:]
    vh, other_rows = vh[..., :k, :], vh[..., k:, :]
    return (
        s,
        u * np.conj(u[..., :1, :]),
        (u * s[..., None, :] ** 2) @ vh,
        others @ np.conj(others.mT),
        np.conj(other_rows.mT) @ other_rows,
    )


def product(x):
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return (u * s) @ vh


CASES = [
    case(np.linalg.svd, np.linalg.svd, M),
    case(np.linalg.svd, np.linalg.svd, WIDE),
    case(np.linalg.svd, np.linalg.svd, TALL),
    case(np.linalg.svd, reduced, WIDE),
    case(np.linalg.svd, reduced, TALL),
    case(np.linalg.svd, reduced, normal(4, 2)),
    case(np.linalg.svd, np.linalg.svd, STACK),
    case(np.linalg.svd, reduced, STACK.mT),
    case(np.linalg.svd, without_phase, normal(4, 2)),
    case(np.linalg.svd, without_phase, M + 1j * M.T),
    case(np.linalg.svd, without_phase, WIDE + COMPLEX),
    case(np.linalg.svd, lambda x: without_phase(x, False), (WIDE + COMPLEX).T),
    case(np.linalg.svd, without_phase, STACK * (1 + 2j) + 1j),
    case(np.linalg.svd, product, TALL),
    case(np.linalg.svd, lambda x: np.linalg.svd(x, compute_uv=False), WIDE),
    case(np.linalg.svd, lambda x: np.linalg.svd(x, hermitian=True), M),
    case(np.linalg.svd, lambda x: np.linalg.svd(x, False, False, True), np.stack([M, M.T])),
    case(np.linalg.svd, np.linalg.svd, normal(1, 1)),
    case(np.linalg.svd, np.linalg.svd, normal(3, 0)),
    case(np.linalg.svd, reduced, normal(0, 2, 3)),
    case(np.linalg.svd, lambda x: np.linalg.svd(x)[1], EQUAL, kink=True),
    case(np.linalg.svd, lambda x: np.linalg.svd(x)[1], SINGULAR, kink=True),
    case(np.linalg.svd, product, SINGULAR, kink=True),
    case(np.linalg.svdvals, np.linalg.svdvals, M),
    case(np.linalg.svdvals, np.linalg.svdvals, STACK),
    case(np.linalg.svdvals, np.linalg.svdvals, STACK.mT + 1j),
    case(np.linalg.svdvals, np.linalg.svdvals, WIDE + COMPLEX),
    case(np.linalg.svdvals, np.linalg.svdvals, EQUAL, kink=True),
    case(np.linalg.svdvals, np.linalg.svdvals, np.stack([SINGULAR, M]), kink=True),
    case(np.linalg.svdvals, np.linalg.svdvals, SINGULAR[:, :2] * [0, 1], kink=True),
    case(np.linalg.svdvals, np.linalg.svdvals, np.zeros((2, 3)), kink=True),
    case(np.linalg.svdvals, np.linalg.svdvals, np.zeros((3, 2)) * 1j, kink=True),
    case(np.linalg.cond, np.linalg.cond, M),
    case(np.linalg.cond, lambda x: np.linalg.cond(x, -2), STACK),
    case(np.linalg.cond, lambda x: np.linalg.cond(x, "fro"), M),
    case(np.linalg.cond, lambda x: np.linalg.cond(x, 1), np.stack([M, M.T @ M])),
    case(np.linalg.cond, lambda x: np.linalg.cond(x, np.inf), M + 1j),
    case(np.linalg.cond, lambda x: np.linalg.cond(x, "nuc"), M),
]
