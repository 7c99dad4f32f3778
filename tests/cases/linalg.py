"""``np.linalg``: systems of equations, inverses, powers, chains of products."""

import numpy as np

from tests.cases import case, normal

A, M, V = normal(3, 4, seed=1), normal(3, 3, seed=2) + 2 * np.eye(3), normal(3, seed=5)
STACK = normal(2, 3, 3, seed=4) + 3 * np.eye(3)
BLOCK = normal(1, 2, 2, seed=6)

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
    case(np.linalg.tensorsolve, np.linalg.tensorsolve, normal(2, 3, 6), normal(2, 3, seed=1)),
    case(np.linalg.tensorsolve, lambda a, b: np.linalg.tensorsolve(a, b, (0, 2)), BLOCK, V[:2]),
    case(np.linalg.tensorinv, np.linalg.tensorinv, normal(2, 3, 3, 2)),
    case(np.linalg.tensorinv, lambda x: np.linalg.tensorinv(x, 1), normal(4, 2, 2) + 1j),
    case(np.linalg.diagonal, lambda x: np.linalg.diagonal(x, offset=1), STACK),
    case(np.linalg.matrix_transpose, np.linalg.matrix_transpose, STACK),
    case(np.linalg.matrix_power, lambda x: np.linalg.matrix_power(x, 5), M),
    case(np.linalg.matrix_power, lambda x: np.linalg.matrix_power(x, 1), M),
    case(np.linalg.matrix_power, lambda x: np.linalg.matrix_power(x, -2), STACK),
    case(np.linalg.matrix_power, lambda x: np.linalg.matrix_power(x, 0) @ x, STACK),
    case(np.linalg.multi_dot, lambda *xs: np.linalg.multi_dot(xs), V, A, A.T, normal(3, 2)),
    case(np.linalg.multi_dot, lambda *xs: np.linalg.multi_dot(xs), A.T, M, V),
    case(np.linalg.multi_dot, lambda *xs: np.linalg.multi_dot(xs), A.T, M),
]
