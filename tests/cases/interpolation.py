import numpy as np

from tests.cases import case, normal

POINTS = np.array([-1.0, 0.25, 0.5, 2.0])
VALUES = np.array([1.0, 3.0, -2.0, 0.5])
BETWEEN = np.array([[0.3, 1.5, -0.7], [-3.0, 2.5, 0.4]])

CASES = [
    case(np.interp, lambda x: np.interp(x, POINTS, VALUES), BETWEEN),
    case(np.interp, lambda x, xp, fp: np.interp(x, xp, fp), BETWEEN, POINTS, VALUES),
    case(np.interp, lambda fp: np.interp(BETWEEN, POINTS, fp), VALUES),
    case(np.interp, lambda fp: np.interp(POINTS, POINTS, fp), VALUES),
    case(np.interp, lambda xp: np.interp([0.3, 1.0], xp, [1, 3, -2, 0]), POINTS),
    case(np.interp, lambda x, fp: np.interp(x, POINTS, fp), 0.3, VALUES),
    case(np.interp, lambda x: np.interp(x, POINTS, VALUES, x[0, 0], x[1, 2] ** 2), BETWEEN),
    case(
        np.interp,
        lambda x, xp, fp: np.interp(x, xp, fp, period=2.7),
        BETWEEN + 0.01,
        np.array([0.3, 5.0, 1.7]),
        normal(3),
    ),
    case(np.interp, lambda x: np.interp(x, POINTS, VALUES, period=x[0, 0] + 7), BETWEEN),
    case(
        np.interp,
        lambda x, fp: np.interp(x, POINTS, fp),
        BETWEEN,
        normal(4) + 1j * normal(4, seed=1),
    ),
    case(np.interp, lambda x, fp: np.interp(x, [1.0], fp), BETWEEN, normal(1)),
    case(np.interp, lambda x: np.interp(x, [0.0, 1.0, 1.0, 2.0], VALUES), BETWEEN),
    # where pieces meet, and at the ends
    case(np.interp, lambda x: np.interp(x, POINTS, VALUES), POINTS, kink=True),
    case(np.interp, lambda x, xp, fp: np.interp(x, xp, fp), POINTS, POINTS, VALUES, kink=True),
    case(np.interp, lambda x: np.interp(x, POINTS, VALUES, left=0, right=1), POINTS[1:], kink=True),
]
