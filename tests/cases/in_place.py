import numpy as np

from tests.cases import case, normal

MASK = np.array([[True, False, True], [False, True, True]])


def after(write):
    """A function of the array x*x, after something was written into it, and of x."""

    def f(x):
        b = x * x
        write(b, x)
        return b * b

    return f


def sorted_in_place(b, x):
    b.sort()
    b[1] *= x[0]


CASES = [
    case(np.copyto, after(lambda b, x: np.copyto(b, x[0])), normal(2, 3)),
    case(np.copyto, after(lambda b, x: np.copyto(b, x, where=MASK)), normal(2, 3)),
    case(np.put, after(lambda b, x: np.put(b, [1, -1, 1], x[0])), normal(2, 3)),
    case(np.put, after(lambda b, x: b.put([0, 7], x[0, :1], "wrap")), normal(2, 3)),
    case(np.place, after(lambda b, x: np.place(b, MASK, x[1, :2])), normal(2, 3)),
    case(np.putmask, after(lambda b, x: np.putmask(b, MASK, x[1, :2])), normal(2, 3)),
    case(
        np.put_along_axis,
        after(lambda b, x: np.put_along_axis(b, np.array([[2], [0]]), x[:, 1:2], 1)),
        normal(2, 3),
    ),
    case(np.fill_diagonal, after(lambda b, x: np.fill_diagonal(b, x[0, 1])), normal(3, 3)),
    case(np.fill_diagonal, after(lambda b, x: np.fill_diagonal(b, x[0], True)), normal(5, 2)),
    case(np.add, after(lambda b, x: np.add.at(b, [0, 0, 1], x)), normal(3, 2)),
    case(np.add, after(lambda b, x: np.add.at(b, ([0, 2], [1, 1]), x[0])), normal(3, 2)),
    case(np.subtract, after(lambda b, x: np.subtract.at(b, [0, 0, 1], x)), normal(3)),
    case(np.multiply, after(lambda b, x: np.multiply.at(b, [0, 0, 1], x)), normal(3)),
    case(np.negative, after(lambda b, x: np.negative.at(b, [0, 0, 1])), normal(3)),
    case(np.sin, after(lambda b, x: np.sin.at(b, [0, 1])), normal(3)),
    case(np.add, after(lambda b, x: np.add(x, b, out=b)), normal(3)),
    case(np.multiply, after(lambda b, x: np.multiply(x, b, b, where=MASK)), normal(2, 3)),
    case(np.modf, after(lambda b, x: np.modf(x, out=(b, None))), normal(3)),
    case(np.cumsum, after(lambda b, x: np.cumsum(x * b, out=b)), normal(3)),
    case(np.sum, after(lambda b, x: np.sum(x, 0, out=b[1])), normal(2, 3)),
    case(np.sort, after(sorted_in_place), normal(4)),
    case(np.partition, after(lambda b, x: b.partition(1)), normal(4)),
    case(np.sort, after(lambda b, x: b.fill(x[0])), normal(3)),
]
