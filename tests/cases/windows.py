import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from admodes.core.declaring import PRIMITIVES
from tests.cases import case, normal

PARAMS = {"window": (2,), "axes": (-1,), "own": (4,)}

CASES = [
    case(sliding_window_view, lambda x: sliding_window_view(x, 3), normal(5)),
    case(sliding_window_view, lambda x: sliding_window_view(x, (2, 2)), normal(3, 4)),
    case(sliding_window_view, lambda x: sliding_window_view(x, 2, axis=0), normal(3, 2)),
    case(sliding_window_view, lambda x: sliding_window_view(x, (2, 3), (1, 1)), normal(2, 5)),
    case(sliding_window_view, lambda x: np.median(sliding_window_view(x, 3), -1), normal(6)),
    case(
        PRIMITIVES["overlap-add"], lambda ct: PRIMITIVES["overlap-add"](ct, **PARAMS), normal(3, 2)
    ),
]
