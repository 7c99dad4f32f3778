import numpy as np

from tests.cases import case, inside, normal, positive

CASES = [
    *(
        case(f, f, x)
        for f in (np.emath.sqrt, np.emath.log, np.emath.log2, np.emath.log10)
        for x in (positive(3), normal(2, 3), normal(3) + 1j)
    ),
    *(
        case(f, f, x)
        for f in (np.emath.arccos, np.emath.arcsin, np.emath.arctanh)
        for x in (inside(3), 2 * normal(3) + 0.1, normal(2) + 1j)
    ),
    case(np.emath.sqrt, np.emath.sqrt, 1.5),
    case(np.emath.logn, np.emath.logn, positive(3) + 1, positive(3)),
    case(np.emath.logn, lambda x: np.emath.logn(2, x), normal(4)),
    case(np.emath.power, np.emath.power, positive(3), normal(3)),
    case(np.emath.power, lambda x: np.emath.power(x, 1.5), normal(4)),
    case(np.emath.power, lambda x: np.emath.power(x, -2), positive(2)),
    case(np.emath.power, lambda x: np.emath.power(x, [-2, 1]), normal(2)),
]
