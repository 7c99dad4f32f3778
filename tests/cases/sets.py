import numpy as np

from tests.cases import case, normal

SOME = np.array([2.0, -1.0, 0.5, 3.0, -2.5])
OTHERS = np.array([0.5, 4.0, -1.0])
EQUAL = np.array([[2.0, 1.0, 2.0], [1.0, 3.0, 2.0]])
ROWS = np.array([[2.0, 1.0], [1.0, 3.0], [2.0, -1.0]])


CASES = [
    case(np.unique, np.unique, SOME),
    case(np.unique, lambda x: np.unique(x, True, True, True), normal(2, 3)),
    case(np.unique, lambda x: np.unique(x, sorted=False), normal(2, 3)),
    case(np.unique, lambda x: np.unique(x, axis=0), ROWS),
    case(np.unique, lambda x: np.unique(x, axis=1, return_inverse=True), ROWS),
    case(np.unique, lambda x: np.unique(x, axis=0), SOME),
    case(np.unique, np.unique, 1.5),
    case(np.unique, np.unique, EQUAL, kink=True),
    case(np.unique_all, lambda x: tuple(np.unique_all(x)), SOME),
    case(np.unique_counts, lambda x: tuple(np.unique_counts(x)), EQUAL, kink=True),
    case(np.unique_inverse, lambda x: tuple(np.unique_inverse(x)), SOME),
    case(np.unique_values, np.unique_values, SOME),
    case(np.unique_values, np.unique_values, EQUAL, kink=True),
    case(np.union1d, np.union1d, SOME, OTHERS[1:2]),
    case(np.union1d, np.union1d, SOME, OTHERS, kink=True),
    case(np.union1d, lambda x: np.union1d([1, 2], x), np.array([0.5, 1.5])),
    case(np.intersect1d, np.intersect1d, SOME, OTHERS, kink=True),
    case(np.intersect1d, lambda x: np.intersect1d(x, OTHERS, True, True), SOME, kink=True),
    case(np.intersect1d, lambda x: np.intersect1d(OTHERS, x), SOME, kink=True),
    case(np.setdiff1d, lambda x: np.setdiff1d(x, OTHERS), SOME),
    case(np.setdiff1d, lambda x: np.setdiff1d(x, OTHERS, assume_unique=True), SOME),
    case(np.setxor1d, np.setxor1d, SOME, OTHERS, kink=True),
    case(np.setxor1d, lambda x: np.setxor1d(x, [7, 8], assume_unique=True), SOME),
    case(np.sort_complex, np.sort_complex, SOME),
    case(np.sort_complex, np.sort_complex, normal(3) + 1j),
]
