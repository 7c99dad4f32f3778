"""``np.linalg``: eigenvalues and eigenvectors."""

import numpy as np

from tests.cases import case, normal

M, STACK = normal(3, 3, seed=2), normal(2, 3, 3, seed=4)
SYMMETRIC = STACK + STACK.mT
#: of a real matrix with real eigenvalues, and of one with two that are no real numbers
REAL, TURNING = (
    M @ np.diag([1.0, 3, -2]) @ np.linalg.inv(M),
    np.array([[1.0, -2, 0], [1, 2, 1], [0, 1, 3]]),
)
COMPLEX = M + 1j * STACK[0]
#: two equal eigenvalues, also but for rounding errors
TWICE = np.diag([1.0, 1, 2])
TURNED = np.linalg.qr(M)[0] @ TWICE @ np.linalg.qr(M)[0].T


def without_phase(v):
    """What of complex vectors does not depend on the phase of each."""
    return v * np.conj(v[..., :1, :])


def eig(x):
    """In new memory: NumPy's own, where they are real, are every second number of complex ones."""
    return [np.copy(y, "C") for y in np.linalg.eig(x)]


def of_hermitian(x, letter="L"):
    w, v = np.linalg.eigh(x, letter)
    return w, without_phase(v), (v * w[..., None, :] ** 2) @ np.conj(v.mT)


CASES = [
    case(np.linalg.eigh, np.linalg.eigh, SYMMETRIC[0]),
    case(np.linalg.eigh, np.linalg.eigh, SYMMETRIC),
    case(np.linalg.eigh, lambda x: np.linalg.eigh(x, "U"), M),
    case(np.linalg.eigh, lambda x: np.linalg.eigh(x, "l"), STACK),
    case(np.linalg.eigh, of_hermitian, COMPLEX),
    case(np.linalg.eigh, lambda x: of_hermitian(x, "U"), STACK + 1j * STACK[::-1]),
    case(np.linalg.eigh, lambda x: np.linalg.eigh(x + 1j * STACK[0])[0], M),
    case(np.linalg.eigh, np.linalg.eigh, normal(1, 1)),
    case(np.linalg.eigh, np.linalg.eigh, normal(0, 0)),
    case(np.linalg.eigh, lambda x: np.linalg.eigh(x)[0], TWICE, kink=True),
    case(np.linalg.eigh, lambda x: np.sum(np.linalg.eigh(x)[0] ** 3), TWICE, kink=True),
    case(np.linalg.eigvalsh, np.linalg.eigvalsh, SYMMETRIC[0]),
    case(np.linalg.eigvalsh, np.linalg.eigvalsh, SYMMETRIC),
    case(np.linalg.eigvalsh, lambda x: np.linalg.eigvalsh(x, "U"), COMPLEX),
    case(np.linalg.eigvalsh, np.linalg.eigvalsh, normal(0, 0)),
    case(np.linalg.eigvalsh, np.linalg.eigvalsh, TWICE, kink=True),
    case(np.linalg.eigvalsh, np.linalg.eigvalsh, TURNED, kink=True),
    case(np.linalg.eigvalsh, np.linalg.eigvalsh, np.stack([TWICE, SYMMETRIC[0]]), kink=True),
    case(np.linalg.eigvalsh, np.linalg.eigvalsh, np.zeros((2, 2)), kink=True),
    case(np.linalg.eig, eig, REAL),
    case(np.linalg.eig, np.linalg.eig, TURNING),
    case(np.linalg.eig, np.linalg.eig, STACK),
    case(np.linalg.eig, np.linalg.eig, COMPLEX),
    case(np.linalg.eig, np.linalg.eig, STACK + 1j * STACK[::-1]),
    case(np.linalg.eig, lambda x: eig(x)[0], TWICE, kink=True),
    case(np.linalg.eigvals, np.linalg.eigvals, REAL),
    case(np.linalg.eigvals, np.linalg.eigvals, TURNING),
    case(np.linalg.eigvals, np.linalg.eigvals, STACK + 1j),
    case(np.linalg.eigvals, np.linalg.eigvals, normal(0, 0)),
    case(np.linalg.eig, np.linalg.eig, normal(2, 0, 0) + 1j),
    case(np.linalg.eigvals, np.linalg.eigvals, TWICE, kink=True),
    case(np.linalg.eigvals, lambda x: np.sum(np.linalg.eigvals(x)), TWICE * (1 + 1j), kink=True),
]
