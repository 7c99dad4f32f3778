import numpy as np

from tests.cases import case, normal

WIDTHS = ((1, 2), (3, 0))
CASES = [
    case(np.pad, lambda x: np.pad(x, 2), normal(3)),
    case(np.pad, lambda x: np.pad(x, (1, 2)), normal(2, 3)),
    case(np.pad, lambda x: np.pad(x, ((0, 1), (2, 0)), constant_values=1.5), normal(2, 3)),
    case(np.pad, lambda x: np.pad(x, ((1,), (2,))), normal(2, 3)),
    *(
        case(np.pad, lambda x, mode=mode: np.pad(x, ((1, 2), (5, 0)), mode=mode), normal(2, 3))
        for mode in ("edge", "reflect", "symmetric", "wrap")
    ),
    *(
        case(np.pad, lambda x, m=mode, o=options: np.pad(x, WIDTHS, m, **o), normal(3, 4))
        for mode, options in (
            ("linear_ramp", {}),
            ("linear_ramp", {"end_values": ((1.0, 2.0), (3.0, 4.0))}),
            *((mode, {}) for mode in ("maximum", "minimum", "mean", "median")),
            *((mode, {"stat_length": 2}) for mode in ("maximum", "minimum", "mean", "median")),
            ("mean", {"stat_length": ((1, 3), (2, 9))}),
            ("reflect", {"reflect_type": "odd"}),
            ("symmetric", {"reflect_type": "odd"}),
        )
    ),
    *(
        case(np.pad, lambda x, mode=mode: np.pad(x, (7, 5), mode, reflect_type="odd"), normal(n))
        for mode in ("reflect", "symmetric")
        for n in (3, 1)
    ),
    case(np.pad, lambda x: np.pad(x, 2, constant_values=(x[0], x[1] ** 2)), normal(3)),
    case(np.pad, lambda x: np.pad(x, WIDTHS, constant_values=x[0, 0]), normal(2, 3)),
    case(np.pad, lambda x: np.pad(x, WIDTHS, constant_values=x[:, :2]), normal(2, 3)),
    case(np.pad, lambda x: np.pad(x, 2, "linear_ramp", end_values=[(x[1], 0)]), normal(3)),
    case(np.pad, lambda x: np.pad(x, (2, 1), "empty")[2:-1], normal(3)),
    case(np.pad, lambda x: np.pad(x, {-1: (1, 0)}, "mean"), normal(2, 3)),
]
