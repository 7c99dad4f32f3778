import numpy as np

from tests.cases import case, normal, positive

UNARY = (
    *((f, normal) for f in (np.exp, np.exp2, np.expm1)),
    *((f, positive) for f in (np.log, np.log2, np.log10, np.log1p)),
)
BINARY = (np.logaddexp, np.logaddexp2)
INFINITE = np.array([-np.inf, np.inf, 1.0], np.float32)

CASES = [
    *(case(f, f, values(2, 3)) for f, values in UNARY),
    *(case(f, f, values()) for f, values in UNARY),
    *(case(f, f, values(0, 3)) for f, values in UNARY),
    *(case(f, f, float(values())) for f, values in UNARY),
    *(case(f, f, normal(2, 3), normal(2, 3, seed=1)) for f in BINARY),
    *(case(f, f, normal(3), normal(2, 1, seed=1)) for f in BINARY),
    *(case(f, f, normal(2, 3), 0.5) for f in BINARY),
    *(case(f, f, 1.5, -0.5) for f in BINARY),
    *(case(f, lambda x, f=f: f(x, x), normal(3)) for f in BINARY),
    # weights that underflow, and infinities that stand still
    *(
        case(f, lambda x, f=f: f(x, np.array([-2000, 2000, 0], np.float32)), normal(3))
        for f in BINARY
    ),
    *(case(f, lambda x, f=f: f(INFINITE[:1], x), normal(3)) for f in BINARY),
    *(
        case(f, lambda x, f=f: np.exp(-f(x + INFINITE[1], INFINITE)), normal(3), kink=True)
        for f in BINARY
    ),
    *(
        case(f, lambda x, f=f: np.exp(f(x - INFINITE[1], INFINITE[0])), normal(3), kink=True)
        for f in BINARY
    ),
    # complex arguments
    case(np.exp, lambda x: np.imag(np.exp((0.5 + 2j) * x)), normal(3)),
    case(np.log, lambda x: np.real(np.log(x + 1j) ** 2), normal(3)),
]
