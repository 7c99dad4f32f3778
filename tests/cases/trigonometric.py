import numpy as np

from tests.cases import case, inside, normal, positive

UNARY = (
    *((f, normal) for f in (np.sin, np.cos, np.tan, np.arctan, np.sinh, np.cosh, np.tanh)),
    *((f, normal) for f in (np.arcsinh, np.degrees, np.rad2deg, np.radians, np.deg2rad, np.sinc)),
    *((f, inside) for f in (np.arcsin, np.arccos, np.arctanh)),
    (np.arccosh, lambda *shape: 1 + positive(*shape)),
)
BINARY = (np.arctan2, np.hypot)

CASES = [
    *(case(f, f, values(2, 3)) for f, values in UNARY),
    *(case(f, f, values()) for f, values in UNARY),
    *(case(f, f, values(0, 3)) for f, values in UNARY),
    *(case(f, f, float(values())) for f, values in UNARY),
    *(case(f, f, normal(2, 3), normal(2, 3, seed=1)) for f in BINARY),
    *(case(f, f, normal(3), normal(2, 1, seed=1)) for f in BINARY),
    *(case(f, f, normal(2, 3), 0.5) for f in BINARY),
    *(case(f, f, 1.5, -0.5) for f in BINARY),
    *(case(f, lambda x, f=f: f(x, 2.0) + f(2, x), normal(3)) for f in BINARY),
    *(case(f, lambda x, f=f: f(x, x), positive(3)) for f in BINARY),
    *(
        case(f, lambda x, f=f: f(x, np.array([[1.0], [2.0]], np.float32)), np.zeros(2))
        for f in BINARY
    ),
    # removable singularities, and the neighbourhood in which the difference cancels
    case(np.sinc, np.sinc, np.array([0.0, 1e-9, -1e-4, 0.15, 0.1592, 1.0, -3.0])),
    case(np.sinc, np.sinc, 0.0),
    # kinks, and infinite derivatives that nothing depends on
    case(np.hypot, np.hypot, np.zeros(2), np.zeros(2), kink=True),
    case(np.hypot, lambda x: np.hypot(x, 2 * x), np.array([0.0, 1.0]), kink=True),
    *(
        case(f, lambda x, f=f: np.where(x < 1, f(x), 0.0), np.array([0.5, 1.0]), kink=True)
        for f in (np.arcsin, np.arccos)
    ),
    case(
        np.arccosh, lambda x: np.where(x > 1, np.arccosh(x), 0.0), np.array([1.0, 2.0]), kink=True
    ),
    # complex arguments, on both sides of the branch cuts
    *(
        case(f, lambda x, f=f: np.real(f(x + 0.3j) * (1 + 2j)), np.array([-1.5, -0.5, 0.5, 1.5]))
        for f in (np.sin, np.tan, np.arcsin, np.arccos, np.arctan, np.tanh)
    ),
    *(
        case(f, lambda x, f=f: np.imag(f(x - 0.3j) * (1 + 2j)), np.array([-1.5, -0.5, 0.5, 1.5]))
        for f in (np.arcsinh, np.arccosh, np.arctanh, np.sinc)
    ),
    case(np.i0, np.i0, 5 * normal(2, 3)),
    case(np.i0, np.i0, 0.7),
    case(np.i0, np.i0, np.array([0.0, 40.0])),
]
