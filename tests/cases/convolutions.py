import numpy as np

from tests.cases import case, normal

MODES = ("full", "same", "valid")
COMPLEX = normal(4, seed=2) + 1j * normal(4, seed=3)

CASES = [
    case(f, lambda a, v, f=f, mode=mode: f(a, v, mode), normal(n), normal(m, seed=1))
    for f in (np.convolve, np.correlate)
    for n, m in ((5, 3), (2, 5), (4, 4), (1, 3))
    for mode in MODES
] + [
    case(np.convolve, lambda a: np.convolve(a, [1, 2, 3]), normal(4)),
    case(np.convolve, lambda v: np.convolve(np.arange(5), v, "same"), normal(2)),
    case(np.convolve, lambda a: np.convolve(a, a), normal(4)),
    case(np.convolve, np.convolve, COMPLEX, normal(3)),
    case(np.convolve, lambda a: np.convolve(a, 2.0), 1.5),
    case(np.correlate, np.correlate, normal(6), COMPLEX),
    case(np.correlate, lambda a: np.correlate(a, a, "full"), COMPLEX),
    case(np.correlate, lambda a: np.correlate([1.0, 2.0, 5.0], a), normal(2)),
]
