import numpy as np

from tests.cases import case, normal, positive

BINARY = (np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.arctan2, np.hypot)
FOLDED = (np.subtract, np.divide, np.hypot, np.logaddexp, np.logaddexp2)

MASK = np.array([[True, False, True], [False, True, True]])

CASES = [
    *(case(f, lambda x, f=f: f.outer(x, x[:2]), positive(3)) for f in BINARY),
    *(
        case(f, lambda x, f=f: f.outer(np.array([1.0, 2.0], np.float32), x), positive(2, 3))
        for f in BINARY
    ),
    *(case(f, lambda x, f=f: f.outer(x, positive(2, 3).astype(np.float32)), 0.5) for f in BINARY),
    *(case(f, f.outer, positive(2), positive(2, 1, seed=1)) for f in BINARY),
    # reduce and accumulate run along the first axis unless told otherwise
    *(case(f, f.reduce, positive(3, 4)) for f in FOLDED),
    *(case(f, lambda x, f=f: f.reduce(x, axis=-1, keepdims=True), positive(3, 5)) for f in FOLDED),
    *(case(f, f.accumulate, positive(3, 2)) for f in (np.maximum, *FOLDED)),
    *(case(f, lambda x, f=f: f.accumulate(x, axis=-1), positive(2, 3)) for f in FOLDED),
    *(case(f, lambda x, f=f: f.reduce(x, axis=None), normal(2, 3)) for f in FOLDED[-3:]),
    *(case(f, lambda x, f=f: f.reduce(x, axis=(0, -1)), normal(3, 2, 2)) for f in FOLDED[-3:]),
    *(case(f, lambda x, f=f: np.exp(f.reduce(x)) + np.sum(x), normal(0)) for f in FOLDED[-3:]),
    *(case(f, f.reduce, normal(1, 3)) for f in FOLDED),
    *(case(f, f.reduce, positive(3, 2)) for f in (np.add, np.multiply, np.maximum, np.minimum)),
    *(
        case(f, lambda x, f=f: f.reduce(x, axis=None, keepdims=True), positive(3, 2))
        for f in (np.add, np.multiply, np.maximum, np.minimum)
    ),
    *(case(f, f.accumulate, positive(3, 2)) for f in (np.add, np.multiply)),
    # options at their default value
    case(np.sin, lambda x: np.sin(x, where=True, dtype=None, casting="same_kind"), normal(3)),
    # the dtype of the loop, and the layout of the result
    case(np.sin, lambda x: np.sin(x, dtype=np.float64), normal(3)),
    case(np.add, lambda x: np.add(x, 1, dtype=np.float64, order="F"), normal(2, 3)),
    case(np.multiply, lambda x: np.multiply(x, x, casting="no", subok=False), normal(2, 3)),
    case(np.multiply, lambda x: np.multiply(x, 2.5, signature="dd->d"), 0.5),
    case(np.add, lambda x: np.add(x, 0.5, casting="unsafe", dtype=int) * x, normal(3)),
    case(np.subtract, lambda x: np.subtract.outer(x, x, dtype=np.float64), normal(3)),
    case(np.modf, lambda x: np.modf(x, order="F"), normal(2, 3)),
    *(
        case(f, lambda x, f=f: f.reduce(x, axis=1, initial=x[0, 0]), positive(2, 3))
        for f in (*FOLDED, np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin)
    ),
    *(
        case(f, lambda x, f=f: f.reduce(x, axis=1, where=MASK, dtype=np.float64), positive(2, 3))
        for f in (*FOLDED[2:], np.add, np.multiply)
    ),
    *(
        case(f, lambda x, f=f: f.reduce(x, axis=1, where=MASK, initial=0.5), positive(2, 3))
        for f in (*FOLDED[2:], np.add, np.multiply, np.maximum)
    ),
    *(
        case(f, lambda x, f=f: f.reduceat(x, [0, 3, 1, 1], axis=1), positive(2, 4))
        for f in (*FOLDED, np.add, np.multiply, np.maximum, np.minimum, np.fmax)
    ),
    case(np.add, lambda x: np.add.reduceat(x, [1, 2]), positive(4, 2)),
    case(np.add, lambda x: np.add.reduceat(x, [0, 2], dtype=np.float64), positive(4)),
    case(np.add, lambda x: np.add.accumulate(x, dtype=np.float64), positive(4)),
    case(np.logaddexp, lambda x: np.logaddexp.accumulate(x, dtype=np.float64), positive(4)),
]
