"""``np.linalg``: triangular factors."""

import numpy as np

from tests.cases import case, normal

M, STACK = normal(3, 3, seed=2), normal(2, 3, 3, seed=4)
COMPLEX = M + 1j * STACK[0]
#: their other triangle is not read
POSITIVE, POSITIVES = (np.tril(x @ x.mT + np.eye(3)) + 2 * np.triu(x, 1) for x in (M, STACK))
HERMITIAN = COMPLEX @ np.conj(COMPLEX.T) + np.eye(3)
WIDE, TALL = normal(2, 4, seed=1), normal(4, 2, seed=7)


def upper(x):
    return np.linalg.cholesky(x, upper=True)


def complete(x):
    """With what of the columns that complete others does not depend on a basis."""
    q, r = np.linalg.qr(x, "complete")
    k = min(x.shape[-2:])
    others = q[..., k:]
    return q[..., :k], r, others @ np.conj(others.mT)


CASES = [
    case(np.linalg.cholesky, np.linalg.cholesky, POSITIVE),
    case(np.linalg.cholesky, np.linalg.cholesky, POSITIVES),
    case(np.linalg.cholesky, upper, POSITIVE.T),
    case(np.linalg.cholesky, np.linalg.cholesky, HERMITIAN),
    case(np.linalg.cholesky, upper, np.stack([HERMITIAN, HERMITIAN.T])),
    case(np.linalg.cholesky, lambda x: np.linalg.cholesky(x @ x.T + np.eye(3)), M),
    case(np.linalg.cholesky, np.linalg.cholesky, normal(0, 0)),
    case(np.linalg.qr, np.linalg.qr, M),
    case(np.linalg.qr, np.linalg.qr, WIDE),
    case(np.linalg.qr, np.linalg.qr, TALL),
    case(np.linalg.qr, np.linalg.qr, STACK[:, :2]),
    case(np.linalg.qr, np.linalg.qr, STACK[..., :2]),
    case(np.linalg.qr, np.linalg.qr, COMPLEX),
    case(np.linalg.qr, np.linalg.qr, TALL + 1j * WIDE.T),
    case(np.linalg.qr, np.linalg.qr, WIDE + 1j * TALL.T),
    case(np.linalg.qr, lambda x: np.linalg.qr(x, "complete"), STACK[..., :2]),
    case(np.linalg.qr, lambda x: np.linalg.qr(x, "complete"), WIDE),
    case(np.linalg.qr, complete, TALL),
    case(np.linalg.qr, complete, TALL + 1j * WIDE.T),
    case(np.linalg.qr, lambda x: np.linalg.qr(x, "r"), STACK),
]
