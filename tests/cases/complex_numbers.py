import numpy as np

from tests.cases import case, normal, positive

SPIRAL = 0.5 + 2j

CASES = [
    case(np.real, lambda x: np.real(np.exp(SPIRAL * x)), normal(2, 3)),
    case(np.real, lambda x: np.real(np.exp(SPIRAL * x)), 0.5),
    case(np.real, lambda x: np.real(x) * x.real, normal(0, 3)),
    case(np.imag, lambda x: np.imag(np.exp(SPIRAL * x)), normal(2, 3)),
    case(np.imag, lambda x: (SPIRAL * x).imag + x.imag, normal()),
    # a real part that meets complex numbers again
    case(np.imag, lambda x: np.imag(np.imag(np.exp(SPIRAL * x)) * np.exp(1j * x)), normal(3)),
    case(np.real, lambda x: np.real(np.real(np.exp(SPIRAL * x)) * np.exp(1j * x)), normal(3)),
    case(np.conjugate, lambda x: np.conj(x) * x, normal(2, 3)),
    case(np.conjugate, lambda x: x.conj() * x, normal()),
    case(np.conjugate, lambda x: np.real(np.conj(np.exp(SPIRAL * x)) * SPIRAL), normal(2, 3)),
    case(np.conjugate, lambda x: np.imag((SPIRAL * x).conjugate() * np.exp(1j * x)), normal(3)),
    case(np.angle, lambda x: np.angle(x + 2j), normal(2, 3)),
    case(np.angle, lambda x: np.angle(np.exp(1j * x), deg=True), positive(3)),
    case(np.angle, lambda x: np.angle(x) * x, normal(3)),
    case(np.real_if_close, lambda x: np.real_if_close(x + 0j) * x, normal(3)),
    case(np.real_if_close, lambda x: np.abs(np.real_if_close(x + 1j)), normal(3)),
    # complex powers and quotients
    case(np.power, lambda x: np.real((x + 1j) ** 2.5), normal(3)),
    case(np.power, lambda x: np.imag((x + 1j) ** -2 / (x - 2j)), normal(3)),
    case(np.power, lambda x: np.imag(np.power(1 + 2j, x)), normal(3)),
]
