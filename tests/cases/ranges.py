import numpy as np

from tests.cases import case, normal, positive

CASES = [
    case(np.linspace, lambda a, b: np.linspace(a, b, 5), 0.3, 1.7),
    case(np.linspace, lambda a: np.linspace(a, 2), 0.3),
    case(np.linspace, lambda a, b: np.linspace(a, b, 4, False), normal(3), normal(2, 3, seed=1)),
    case(np.linspace, lambda a, b: np.linspace(a, b, 3, retstep=True, axis=-1), normal(3), 2.5),
    case(np.linspace, lambda a, b: np.linspace(a, b, 1, retstep=False), normal(2), 2.5),
    case(np.linspace, lambda a: np.linspace(a, a * a, 3), normal(2) + 1j),
    case(np.linspace, lambda a: np.linspace(a, a, 3), 0.5),
    case(np.linspace, lambda b: np.linspace(0, b, 4, dtype=np.float64), 0.7),
    case(np.logspace, lambda a, b: np.logspace(a, b, 5), 0.3, 1.2),
    case(np.logspace, lambda a, b: np.logspace(0.5, a, 3, base=b), 1.5, 2.5),
    case(np.logspace, lambda a, b: np.logspace(a, 2, 3, base=b), normal(2), positive(2)),
    case(np.logspace, lambda a: np.logspace(a, [1.0, 2.0], 3, False, axis=1), normal(2)),
    case(np.geomspace, lambda a, b: np.geomspace(a, b, 5), 0.3, 1.7),
    case(np.geomspace, lambda a, b: np.geomspace(-a, -b, 4, axis=-1), positive(3), 2.5),
    case(np.geomspace, lambda a: np.geomspace(a, 8, 3, endpoint=False), 0.3),
    case(np.geomspace, lambda b: np.geomspace(1, b, 1), 0.3),
    case(np.geomspace, lambda a: np.geomspace(a, 3j, 3), 0.5 + 1j),
]
