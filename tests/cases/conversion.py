import numpy as np

from tests.cases import case, inside, normal

NOT_FINITE = np.array([np.nan, np.inf, -np.inf, 0.0], np.float32)

CASES = [
    case(np.copy, lambda x: np.copy(x) * x.copy(), normal(2, 3)),
    case(np.copy, lambda x: x.T.copy() * np.copy(np.tile(x, (2, 1)).T[:, ::2], "F"), normal(2, 3)),
    case(np.astype, lambda x: np.exp(x).T.astype(np.longdouble, order="C"), normal(2, 3)),
    case(np.astype, lambda x: np.astype(x, np.float64) * x.astype(float), normal(2, 3)),
    case(np.astype, lambda x: np.real(x.astype(complex) * np.exp(1j * x)), normal(2, 3)),
    case(np.astype, lambda x: np.abs(x.astype(np.complex128) + 1j), normal()),
    case(np.astype, lambda x: 5 * x * (5 * x).astype(int), inside(2, 3)),
    case(np.astype, lambda x: np.longdouble(3) * x.astype(np.longdouble), normal()),
    case(np.nan_to_num, lambda x: np.nan_to_num(x) * x, normal(2, 3)),
    case(np.nan_to_num, lambda x: np.nan_to_num(x + NOT_FINITE, posinf=1, neginf=0), normal(4)),
    case(np.nan_to_num, lambda x: np.nan_to_num(x + NOT_FINITE[:1], nan=x[0]), normal(3)),
    case(np.nan_to_num, lambda x: np.real(np.nan_to_num(np.exp(1j * x))), normal(3)),
]
