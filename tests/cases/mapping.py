import numpy as np

from tests.cases import case, normal

CASES = [
    case(np.apply_along_axis, lambda x: np.apply_along_axis(np.sum, 0, x * x), normal(2, 3)),
    case(np.apply_along_axis, lambda x: np.apply_along_axis(np.sort, 1, x), normal(2, 3)),
    case(np.apply_along_axis, lambda x: np.apply_along_axis(np.diag, -2, x), normal(2, 2, 3)),
    case(
        np.apply_along_axis,
        lambda x: np.apply_along_axis(lambda t, a, b: np.cumsum(t)[:2] * a + b, 0, x, 2.0, b=x[0]),
        normal(3, 2)[:, :2],
    ),
    case(np.apply_along_axis, lambda x: np.apply_along_axis(np.max, 0, x), normal(4)),
    case(np.apply_over_axes, lambda x: np.apply_over_axes(np.sum, x, (0, -1)), normal(2, 3, 2)),
    case(np.apply_over_axes, lambda x: np.apply_over_axes(np.cumsum, x * x, 1), normal(2, 3)),
]
