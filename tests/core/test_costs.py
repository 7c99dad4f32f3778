"""What each primitive costs, against closed forms that are worked out here, one by one."""

import importlib

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from admodes.core.costs import Cost
from admodes.core.declaring import PRIMITIVES, UFUNCS
from admodes.core.rules import Primitive
from admodes.counting import Counts, count, evaluation
from tests.cases import inside, normal, positive
from tests.helpers import together

M, K, N, STACK = 3, 5, 4, 2
ROW, TABLE = positive(N), positive(M, N)
SIGNED, ENTRIES = inside(M, N), M * N

# --- Entry by entry -------------------------------------------------------------------------------

#: ufunc -> additions, multiplications and nonlinear operations for each entry
OF_ONE = {
    (np.negative, np.absolute, np.fabs): (1, 0, 0),
    (np.positive,): (0, 0, 0),
    (np.square, np.degrees, np.rad2deg, np.radians, np.deg2rad): (0, 1, 0),
    (np.reciprocal, np.sqrt, np.cbrt): (0, 0, 1),
    (np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p): (0, 0, 1),
    (np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan): (0, 0, 1),
    (np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh): (0, 0, 1),
    (np.sinc,): (1, 2, 2),
    (np.i0,): (60, 31, 1),
}
OF_TWO = {
    (np.add, np.subtract, np.maximum, np.minimum, np.fmax, np.fmin): (1, 0, 0),
    (np.copysign, np.heaviside, np.nextafter): (1, 0, 0),
    (np.multiply,): (0, 1, 0),
    (np.divide,): (0, 1, 1),
    (np.remainder, np.fmod): (2, 2, 1),  # a division, a floor, a product, a difference
    (np.power, np.float_power, np.arctan2, np.hypot): (0, 0, 1),
    (np.logaddexp, np.logaddexp2): (3, 0, 2),
}
EACH = {
    ufunc: each for table in (OF_ONE, OF_TWO) for ufuncs, each in table.items() for ufunc in ufuncs
}
ONES = [ufunc for ufuncs in OF_ONE for ufunc in ufuncs]
TWOS = [ufunc for ufuncs in OF_TWO for ufunc in ufuncs]


def cost_of(f, *args):
    """That of a function which is one primitive."""
    _, counts = count(f, *args)
    assert counts.primitives == 1
    return counts.cost


def cost(moves, additions=0, multiplications=0, nonlinear=0):
    return Cost(moves, additions, multiplications, nonlinear)


def entries(each, count):
    return tuple(count * operations for operations in each)


@together
@pytest.mark.parametrize("ufunc", ONES, ids=lambda ufunc: ufunc.__name__)
def test_a_function_of_one_array(ufunc):
    x = 1 + TABLE if ufunc is np.arccosh else SIGNED
    x = np.abs(x) if ufunc in (np.sqrt, np.log, np.log2, np.log10) else x
    assert cost_of(ufunc, x) == cost(2 * ENTRIES, *entries(EACH[ufunc], ENTRIES))
    assert cost_of(ufunc, x[0, 0]) == cost(2, *EACH[ufunc])


@together
@pytest.mark.parametrize("ufunc", TWOS, ids=lambda ufunc: ufunc.__name__)
def test_a_function_of_two_arrays(ufunc):
    assert cost_of(ufunc, TABLE, TABLE) == cost(3 * ENTRIES, *entries(EACH[ufunc], ENTRIES))
    # Broadcast, an array is read once and an operation done for each entry of the result.
    for a, b, moves in ((TABLE, ROW, 28), (ROW, TABLE, 28), (ROW[0], TABLE, 25), (TABLE, 0.5, 25)):
        assert cost_of(ufunc, a, b) == cost(moves, *entries(EACH[ufunc], ENTRIES))


def test_ldexp_and_modf():
    assert cost_of(lambda x: np.ldexp(x, 3), TABLE) == cost(25, multiplications=12)
    assert cost_of(lambda x: np.modf(x)[0], TABLE) == cost(24, additions=12)


def test_operators_cost_what_their_functions_do():
    for a, b in ((TABLE, ROW), (0.5, 0.25)):
        assert cost_of(lambda a, b: a + b, a, b) == cost_of(np.add, a, b)
        assert cost_of(lambda a, b: a - b, a, b) == cost_of(np.subtract, a, b)
        assert cost_of(lambda a, b: a * b, a, b) == cost_of(np.multiply, a, b)
        assert cost_of(lambda a, b: a / b, a, b) == cost_of(np.divide, a, b)
        assert cost_of(lambda a, b: a % b, a, b) == cost_of(np.remainder, a, b)
        assert cost_of(lambda a, b: a**b, a, b) == cost_of(np.power, a, b)
        assert cost_of(lambda a: -a, a) == cost_of(np.negative, a)
        assert cost_of(lambda a: 1 - a, a) == cost_of(lambda a: np.subtract(1, a), a)
        assert cost_of(lambda a: a**2, a) == cost_of(np.square, a)
    assert cost_of(lambda a: abs(a), TABLE) == cost_of(np.absolute, TABLE)
    assert cost_of(lambda a: a**0.5, TABLE) == cost_of(np.sqrt, TABLE)


# --- Everything else ------------------------------------------------------------------------------

A, B = normal(M, K), normal(K, N)
SQUARE, STACKED = normal(N, N) + 4 * np.eye(N), normal(STACK, N, N) + 4 * np.eye(N)
SINGULAR, POSITIVE = np.ones((N, N)), np.ones((N, N)) + np.eye(N)
COMPLEX = normal(M, N) + 1j
ORDER = np.array([2, 0, 3, 1])
RUNS = {"starts": np.array([0, 1]), "lengths": np.array([1, 3]), "shape": (N,)}


def lu(n):
    """Additions, multiplications and reciprocals of a Gaussian elimination, step by step."""
    additions = multiplications = reciprocals = 0
    for k in range(n - 1):
        below = n - 1 - k
        additions += below  # comparisons, to choose the pivot
        reciprocals += 1
        multiplications += below  # the column
        for _ in range(below):  # a row less a multiple of the pivot's
            additions += below
            multiplications += below
    return np.array([additions, multiplications, reciprocals])


def both_triangles(n):
    """The same of one right-hand side."""
    additions = multiplications = reciprocals = 0
    for i in range(n):  # forward: the diagonal is 1
        additions += i
        multiplications += i
    for i in range(n):  # backward: and a division by the diagonal
        additions += i
        multiplications += i + 1
        reciprocals += 1
    return np.array([additions, multiplications, reciprocals])


def logs(n):
    """Signs, logarithms, and the sum of these."""
    return np.array([n + n - 1, 0, n])


def cholesky(n):
    """Additions, multiplications, and roots and reciprocals of the factor, column by column."""
    additions = multiplications = others = 0
    for k in range(n):
        for _ in range(k, n):  # an entry, less the product of what is left of it in two rows
            additions += k
            multiplications += k
        below = n - 1 - k
        others += 1 + (below > 0)
        multiplications += below
    return np.array([additions, multiplications, others])


def reflections(rows, columns, count):
    """Additions, and as many multiplications, of reflections: each of the part from i, i on."""
    each = [(rows - i) * (columns - i) for i in range(count)]
    return 2 * sum(each)  # the product with the vector, and the difference


def of(name, **params):
    """A primitive with several results in one vector, as it is called."""
    return lambda x: PRIMITIVES[name](x, **params)


#: primitive -> rows of a function, its arguments, and the numbers that it should move, add, …
ROWS = {
    # what is written is read before, and nothing else is touched
    "overwrite": [
        (lambda a: a.__setitem__(0, 1.0) or a[()], (TABLE,), (2 * 4,)),
        (lambda a: a.fill(1.0) or a[()], (TABLE,), (2 * 12,)),
    ],
    "matmul": [
        (np.matmul, (A, B), (M * K + K * N + M * N, M * N * (K - 1), M * N * K)),
        (np.matmul, (A[0], B), (K + K * N + N, N * (K - 1), N * K)),
        (np.matmul, (A, B[:, 0]), (M * K + K + M, M * (K - 1), M * K)),
        (np.matmul, (A[0], B[:, 0]), (2 * K + 1, K - 1, K)),
        # stacks, of which one is broadcast
        (np.matmul, (normal(STACK, M, K), B), (2 * 15 + 20 + 2 * 12, 2 * 12 * 4, 2 * 12 * 5)),
        (np.matmul, (normal(STACK, 1, M, K), normal(7, K, N)), (30 + 140 + 168, 168 * 4, 168 * 5)),
    ],
    "dot": [(np.dot, (A, B), (15 + 20 + 12, 12 * 4, 12 * 5))],
    "dot of stacks": [(np.dot, (A, normal(2, K, N)), (15 + 40 + 24, 24 * 4, 24 * 5))],
    "dot with a number": [(np.dot, (np.array(2.0), A), (1 + 2 * 15, 0, 15))],
    "inner": [(np.inner, (A, B.T), (15 + 20 + 12, 12 * 4, 12 * 5))],
    "inner with a vector": [(np.inner, (A, A[0]), (15 + 5 + 3, 3 * 4, 15))],
    "inner with a number": [(np.inner, (np.array(2.0), A), (1 + 2 * 15, 0, 15))],
    "vecdot": [(np.linalg.vecdot, (A, A), (15 + 15 + 3, 3 * 4, 15))],
    "outer": [(np.outer, (ROW, A[0]), (4 + 5 + 20, 0, 20))],
    "tensordot": [
        (lambda a, b: np.tensordot(a, b, 1), (A, B), (15 + 20 + 12, 12 * 4, 12 * 5)),
        (lambda a, b: np.tensordot(a, b, 2), (A, A), (15 + 15 + 1, 14, 15)),
        (lambda a, b: np.tensordot(a, b, 0), (A, B), (15 + 20 + 300, 0, 300)),
    ],
    "einsum": [
        (lambda a, b: np.einsum("ij,jk", a, b), (A, B), (15 + 20 + 12, 12 * 4, 12 * 5)),
        (lambda a: np.einsum("ij->i", a), (A,), (15 + 3, 12)),
        (lambda a: np.einsum("ij->ji", a), (A,), (0,)),  # a view
        (lambda a: np.einsum("ii->i", a), (SQUARE,), (0,)),
        (lambda a: np.einsum("ii", a), (SQUARE,), (N + 1, N - 1)),
        # All three at once: for each of the M·K·N·M products two multiplications.
        (
            lambda a, b, c: np.einsum("ij,jk,kl->il", a, b, c),
            (A, B, B.T),
            (15 + 20 + 20 + 15, 3 * 5 * 4 * 5 - 15, 2 * 3 * 5 * 4 * 5),
        ),
        # Two at a time: (3×5 · 5×4) · 4×5, with the 3×4 between them written and read.
        (
            lambda a, b, c: np.einsum("ij,jk,kl->il", a, b, c, optimize="greedy"),
            (A, B, B.T),
            (15 + 20 + 12 + 12 + 20 + 15, 12 * 4 + 15 * 3, 12 * 5 + 15 * 4),
        ),
    ],
    # Every pair of entries meets; in the middle, only those that do not stick out.
    "convolve": [
        (np.convolve, (A[0], ROW), (5 + 4 + 8, 20 - 8, 20)),
        (lambda a, v: np.convolve(a, v, "valid"), (A[0], ROW), (5 + 4 + 2, 2 * 3, 2 * 4)),
        (lambda a, v: np.convolve(a, v, "same"), (ROW, A[0]), (5 + 4 + 5, 16 - 5, 16)),
        (np.correlate, (ROW, ROW), (4 + 4 + 1, 3, 4)),
    ],
    "trace": [
        (np.trace, (SQUARE,), (N + 1, N - 1)),
        (np.linalg.trace, (STACKED,), (STACK * (N + 1), STACK * (N - 1))),
    ],
    "solve": [
        (np.linalg.solve, (SQUARE, ROW), (16 + 4 + 4, *lu(N) + both_triangles(N))),
        (np.linalg.solve, (SQUARE, TABLE.T), (16 + 12 + 12, *lu(N) + M * both_triangles(N))),
        (np.linalg.solve, (STACKED, ROW), (32 + 4 + 8, *STACK * (lu(N) + both_triangles(N)))),
        (
            np.linalg.solve,  # as often as the right-hand sides are stacked
            (SQUARE, normal(STACK, N, M)),
            (16 + 24 + 24, *STACK * (lu(N) + M * both_triangles(N))),
        ),
    ],
    "inv": [
        (np.linalg.inv, (SQUARE,), (2 * 16, *lu(N) + N * both_triangles(N))),
        (np.linalg.inv, (STACKED,), (4 * 16, *STACK * (lu(N) + N * both_triangles(N)))),
    ],
    "slogdet": [
        (lambda a: np.linalg.slogdet(a).logabsdet, (SQUARE,), (16 + 1, *lu(N) + logs(N))),
        (lambda a: np.linalg.slogdet(a)[1], (STACKED,), (32 + 2, *STACK * (lu(N) + logs(N)))),
    ],
    "det": [(np.linalg.det, (SQUARE,), (16 + 1, *lu(N) + logs(N) + [0, 1, 1]))],
    "cofactors": [(PRIMITIVES["cofactors"], (SINGULAR,), (2 * 16, 672, 672))],  # 21 n³ in all
    "phase of the determinant": [
        (PRIMITIVES["phase of the determinant"], (SQUARE + 1j,), (16 + 1, *lu(N) + logs(N)))
    ],
    "cholesky": [
        (np.linalg.cholesky, (POSITIVE,), (2 * 16, *cholesky(N))),
        (np.linalg.cholesky, (np.stack([POSITIVE] * STACK),), (4 * 16, *STACK * cholesky(N))),
        (np.linalg.cholesky, (np.ones((1, 1)),), (2, 0, 0, 1)),
    ],
    "qr": [
        (of("qr", complete=False), (A.T,), (15 + 15 + 9, *[2 * reflections(5, 3, 3)] * 2)),
        (
            of("qr", complete=True),
            (A.T,),
            (15 + 25 + 15, *[reflections(5, 3, 3) + reflections(5, 5, 3)] * 2),
        ),
        (
            of("qr", complete=False),
            (A,),
            (15 + 9 + 15, *[reflections(3, 5, 3) + reflections(3, 3, 3)] * 2),
        ),
    ],
    # What Golub and Van Loan count, half of it additions: 9 n³, 4/3 n³, 25 n³, 10 n³.
    "eigh": [(of("eigh", lower=True), (SQUARE,), (16 + 4 + 16, 288, 288))],
    "eigvalsh": [
        (np.linalg.eigvalsh, (SQUARE,), (16 + 4, 42, 42)),
        (np.linalg.eigvalsh, (STACKED,), (2 * (16 + 4), 84, 84)),
    ],
    "eig": [(of("eig"), (POSITIVE,), (16 + 4 + 16, 800, 800))],
    "eigvals": [(np.linalg.eigvals, (POSITIVE,), (16 + 4, 320, 320))],
    # 4 · 5² · 3 + 8 · 5 · 3² + 9 · 3³, 14 · 5 · 3² + 8 · 3³, and 4 · 5 · 3² - 4/3 · 3³.
    "svd": [
        (of("svd", full=True), (A,), (15 + 9 + 3 + 25, 451, 451)),
        (of("svd", full=False), (A.T,), (15 + 15 + 3 + 9, 423, 423)),
    ],
    "svdvals": [(np.linalg.svdvals, (A,), (15 + 3, 72, 72))],
    # And the product of 5 × 3 and 3 × 3 numbers, of which the first are divided.
    "pinv": [(np.linalg.pinv, (A,), (15 + 15, 423 + 15 * 2, 423 + 15 * 3 + 15, 3))],
    # 4 · 5 · 3² + 8 · 3³, and two operations for each entry of a matrix.
    "lstsq": [
        (lambda a, b: PRIMITIVES["lstsq"](a, b, rcond=1e-15), (A.T, A[0]), (15 + 5 + 3, 213, 213))
    ],
    "norm": [
        (np.linalg.norm, (TABLE,), (12 + 1, 11, 12, 1)),
        (lambda x: np.linalg.norm(x, axis=1), (TABLE,), (12 + 3, 3 * 3, 12, 3)),
        (lambda x: np.linalg.norm(x, 3, axis=0), (TABLE,), (12 + 4, 12 + 4 * 2, 0, 12 + 4)),
    ],
    "sum": [
        (np.sum, (TABLE,), (12 + 1, 11)),
        (lambda x: np.sum(x, axis=0), (TABLE,), (12 + 4, 4 * 2)),
        (lambda x: np.sum(x, axis=1, keepdims=True), (TABLE,), (12 + 3, 3 * 3)),
        (np.sum, (np.zeros(0),), (1, 0)),
    ],
    "sum of some": [
        (lambda x: np.sum(x, where=SIGNED > 0), (TABLE,), (12 + 1, 11)),
        (lambda x: np.sum(x, axis=0, initial=2.0), (TABLE,), (12 + 1 + 4, 12)),
    ],
    # Of 0 to 2, of 2 alone, for the next one begins before it, and of 1 to the end.
    "sums of segments": [
        (lambda x: np.add.reduceat(x, [0, 2, 1]), (ROW,), (2 + 1 + 3 + 3, 1 + 0 + 2)),
        (lambda x: np.add.reduceat(x, [0, 1], axis=1), (TABLE,), (12 + 6, 3 * 2)),
    ],
    "mean": [
        (np.mean, (TABLE,), (12 + 1, 11, 1, 1)),
        (lambda x: np.mean(x, axis=1), (TABLE,), (12 + 3, 3 * 3, 3, 3)),
    ],
    "prod": [(np.prod, (TABLE,), (13, 0, 11)), (lambda x: np.prod(x, 0), (TABLE,), (16, 0, 8))],
    "max": [
        (lambda x: np.max(x, axis=0), (TABLE,), (12 + 4, 4 * 2)),
        (np.max, (np.ones(5),), (5 + 1, 4)),
    ],
    "min": [
        (lambda x: np.min(x, axis=1), (TABLE,), (12 + 3, 3 * 3)),
        (np.min, (np.ones(5),), (5 + 1, 4)),
    ],
    "extreme entry": [
        (np.max, (TABLE,), (12 + 1, 11)),
        (np.min, (ROW,), (4 + 1, 3)),
        (lambda x: np.max(x, keepdims=True), (TABLE,), (12 + 1, 11)),
    ],
    # Comparisons: none for the first entry, then 1, 2, 2, 3, 3: each finds its place by halves.
    "sort": [
        (np.sort, (positive(6),), (12, 1 + 2 + 2 + 3 + 3)),
        (lambda x: np.sort(x, axis=0), (TABLE,), (24, 4 * (1 + 2))),
        (np.sort, (np.ones(1),), (2,)),
        (np.sort, (np.zeros(0),), (0,)),
    ],
    "reorder": [(lambda x: PRIMITIVES["reorder"](x, order=ORDER, axis=-1), (ROW,), (2 * 4,))],
    "restore": [(lambda x: PRIMITIVES["restore"](x, order=ORDER, axis=-1), (ROW,), (2 * 4,))],
    # One alone, and three equal ones: two additions, and a product for each of the two.
    "share": [(lambda x: PRIMITIVES["share"](x, axis=-1, **RUNS), (ROW,), (2 * 4, 2, 2))],
    "cumsum": [
        (np.cumsum, (ROW,), (8, 3)),
        (lambda x: np.cumsum(x, axis=0), (TABLE,), (24, 4 * 2)),
        (np.cumsum, (np.zeros(0),), (0, 0)),
    ],
    "cumprod": [
        (np.cumprod, (ROW,), (8, 0, 3)),
        (lambda x: np.cumprod(x, axis=1), (TABLE,), (24, 0, 3 * 3)),
    ],
    "diff": [
        (np.diff, (TABLE,), (12 + 9, 9)),
        (lambda x: np.diff(x, axis=0), (TABLE,), (12 + 8, 8)),
    ],
    "spread_diff": [
        # Of each row: -a, a - b, b - c, …, and the last as it is.
        (lambda ct: PRIMITIVES["spread_diff"](ct, axis=-1), (TABLE,), (12 + 15, 12)),
    ],
    "astype": [(lambda x: x.astype(np.float32), (TABLE,), (24,))],
    "concatenate": [
        (lambda a, b: np.concatenate([a, b]), (ROW, A[0]), (4 + 5 + 9,)),
        (lambda a: np.concatenate([a, np.ones(2)]), (ROW,), (4 + 2 + 6,)),
    ],
    "stack": [(lambda a, b: np.stack([a, b]), (ROW, ROW), (4 + 4 + 8,))],
    "where": [
        (lambda a, b: np.where(SIGNED > 0, a, b), (TABLE, TABLE), (36,)),
        (lambda a: np.where(SIGNED > 0, a, 0.0), (TABLE,), (12 + 1 + 12,)),
    ],
    "memory order": [(lambda x: x.T.copy(), (TABLE,), (24,))],
    # The eigenvalues of a 3 × 3 matrix take 270 operations.
    "polynomial_roots": [(np.roots, (positive(4),), (4 + 3, 135, 135))],
    "windows": [(lambda x: sliding_window_view(x, 2), (ROW,), (0,))],
    # Four zeros, and six entries added to them.
    "overlap-add": [
        (
            lambda ct: PRIMITIVES["overlap-add"](ct, window=(2,), axes=(-1,), own=(N,)),
            (normal(3, 2),),
            (4 + 3 * 6, 6),
        )
    ],
    "roll": [(lambda x: np.roll(x, 1, axis=0), (TABLE,), (24,))],
    "gather": [
        (lambda x: x[[0, 0, 2]], (ROW,), (2 * 3,)),
        (lambda x: x[[1]], (normal(1000),), (2,)),  # however long the array
        (lambda x: x[TABLE > 0], (TABLE,), (2 * 12,)),
    ],
    "write": [
        # 10 zeros, then for each entry: two numbers read, their sum written.
        (lambda x: np.pad(x, (1, 5)), (ROW,), (10 + 3 * 4, 4)),
        (np.diag, (ROW,), (16 + 3 * 4, 4)),
    ],
    # n log2(n) additions and half as many products, the half of both where one side is real
    "fft": [
        (np.fft.fft, (ROW,), (4 + 4, 4 * 2, 4)),
        (lambda x: np.fft.fft(x, 8), (ROW,), (4 + 8, 8 * 3, 12)),
        (lambda x: np.fft.fft(x, axis=0), (normal(5, N),), (40, N * 12, N * 6)),  # 11.6, 5.8
        (lambda x: np.fft.fft(x, 1), (ROW,), (4 + 1,)),
    ],
    "ifft": [(np.fft.ifft, (COMPLEX,), (24, M * 8, M * 4))],
    "rfft": [(np.fft.rfft, (TABLE,), (12 + 9, M * 4, M * 2))],
    "irfft": [(np.fft.irfft, (normal(M, 5),), (15 + 24, M * 12, M * 6))],
    "conjugate": [(np.conjugate, (COMPLEX,), (24, 12))],
    "read": [
        (lambda x: x[1:], (TABLE,), (0,)),
        (lambda x: x[0, 1], (TABLE,), (0,)),
        (lambda x: x[..., None, ::-1], (TABLE,), (0,)),
    ],
    "phase": [(np.sign, (COMPLEX,), (24, 12, 12, 12))],
    "real": [(np.real, (COMPLEX,), (0,))],
    "imag": [(np.imag, (COMPLEX,), (0,))],
    "transpose": [(np.transpose, (TABLE,), (0,)), (lambda x: np.swapaxes(x, 0, 1), (TABLE,), (0,))],
    "diagonal": [(np.diagonal, (TABLE,), (0,))],
    "flip": [(np.flip, (TABLE,), (0,))],
    "reshape": [
        (np.ravel, (TABLE,), (0,)),
        (lambda x: np.reshape(x, (4, 3)), (TABLE,), (0,)),
        (lambda x: np.reshape(x, ()), (ROW[:1],), (0,)),
    ],
    "spread": [
        (lambda x: np.broadcast_to(x, (100, N)), (ROW,), (0,)),
        (lambda x: np.broadcast_to(x, (100, 100)), (0.5,), (0,)),
    ],
    "value": [(lambda x: PRIMITIVES["value"](x, at=x, value=x), (ROW,), (0,))],
}
if hasattr(np, "vecmat"):  # it depends on NumPy's version
    TWO = normal(2, K)
    ROWS["vecmat"] = [(np.vecmat, (A[0], B), (K + K * N + N, N * (K - 1), N * K))]
    ROWS["vecmat of stacks"] = [(np.vecmat, (TWO, B), (10 + 20 + 8, 8 * 4, 8 * 5))]
    ROWS["matvec"] = [(np.matvec, (A, A[0]), (15 + 5 + 3, 3 * 4, 15))]
    ROWS["matvec of stacks"] = [(np.matvec, (A, TWO), (15 + 10 + 6, 6 * 4, 6 * 5))]
FLAT = [(name, *row) for name, rows in ROWS.items() for row in rows]


@together
@pytest.mark.parametrize(("name", "f", "args", "expected"), FLAT, ids=[row[0] for row in FLAT])
def test_a_closed_form(name, f, args, expected):
    asked, own = [], PRIMITIVES[name].cost
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PRIMITIVES[name], "cost", lambda *of: asked.append(of) or own(*of))
        assert evaluation(f, *args).cost == cost(*map(int, expected))
    assert len(asked) == 1


def test_a_reshape_that_has_to_copy_moves_every_number():
    _, counts = count(lambda x: np.reshape(x.T, -1), TABLE)
    assert counts == Counts(2, cost(24))


def test_a_norm_in_hand():
    """By the closed form of the power sum: |x|^p for each entry, the sum, its root."""
    n = 7
    for order, each in ((2, (0, n, 0)), (1.5, (n, 0, n))):
        additions, multiplications, nonlinear = each
        found = cost_of(lambda x, order=order: np.linalg.norm(x, order), positive(n))
        assert found == cost(n + 1, additions + n - 1, multiplications, nonlinear + 1)


def test_elimination_in_closed_form():
    for n in range(1, 9):
        thirds = (n**3 - n) // 3
        assert lu(n).tolist() == [thirds, thirds, n - 1]
        assert both_triangles(n).tolist() == [n * n - n, n * n, n]
        found = cost_of(np.linalg.inv, np.eye(n) + 1)
        assert found.multiplications == thirds + n**3


# --- Of everything --------------------------------------------------------------------------------


def test_every_primitive_states_its_cost():
    without = [name for name, primitive in PRIMITIVES.items() if is_fallback(primitive)]
    assert not without, "declare(..., cost=...): an addition an entry is only what others' cost is"


def is_fallback(primitive):
    return primitive.cost is Primitive.cost and "cost" not in vars(primitive)


def test_a_fallback_is_noticed():
    assert is_fallback(Primitive("new", np.sort))
    assert not is_fallback(UFUNCS[np.add])
    assert not is_fallback(UFUNCS[np.exp])


def test_every_cost_is_checked_here():
    tested = {ufunc.__name__ for ufunc in EACH} | {*ROWS, "ldexp", "fractional_part"}
    declared = {name for name in PRIMITIVES if not name.startswith(("special.", "scipy."))}
    untested, gone = sorted(declared - tested), sorted(tested - declared)
    assert not untested, "give it a row in OF_ONE, OF_TWO or ROWS (here): what it costs, worked out"
    assert not gone, "no longer declared: take its row out"


def test_special_functions_cost_one_operation_for_each_entry_of_their_output():
    pytest.importorskip("scipy", reason="it tests those of SciPy, which is not installed")
    importlib.import_module("admodes.scipy.special")
    found = {name: each for name, each in PRIMITIVES.items() if name.startswith("special.")}
    assert len(found) > 190
    for name, primitive in found.items():
        each = (2, 3, 0) if name == "special.radian" else (0, 0, 1)
        wanted = entries(each, ENTRIES)
        got = primitive.cost(TABLE, (TABLE,), {})
        assert (got.additions, got.multiplications, got.nonlinear) == wanted, name
    _, counts = count(scipy_special().airy, ROW)
    assert counts.cost.nonlinear == 4 * N


def test_sparse_products_triangular_systems_and_exponentials():
    pytest.importorskip("scipy", reason="it tests those of SciPy, which is not installed")
    sparse, linalg = (
        importlib.import_module(f"admodes.scipy.{name}") for name in ("sparse", "linalg")
    )
    matrix = importlib.import_module("scipy.sparse").csr_array(np.array([[1.0, 0, 2], [0, 0, 3]]))
    found = cost_of(lambda x: sparse.matmul(matrix, x), np.ones(3))
    assert found == cost(3 + 2 + 3, additions=1, multiplications=3)
    a = np.tril(np.ones((N, N)))
    found = cost_of(lambda a: linalg.solve_triangular(a, np.ones((N, 2)), lower=True), a)
    each = 2 * (N * (N - 1) // 2)
    assert found == cost(N * N + 4 * N, each, each, 2 * N)
    # 6 products of matrices, and one system of as many sides
    _, counts = count(linalg.expm, a)
    thirds = (N**3 - N) // 3
    assert counts.cost.multiplications == 6 * N**3 + thirds + N**3


def scipy_special():
    return importlib.import_module("scipy.special")


def test_only_what_gives_a_view_or_is_told_its_value_is_free():
    free = {name for name, rows in ROWS.items() if not any(sum(row[2]) for row in rows)}
    assert free == {
        "diagonal",
        "flip",
        "imag",
        "read",
        "real",
        "reshape",
        "spread",
        "transpose",
        "value",
        "windows",
    }


def test_arithmetic_of_costs():
    one = Cost(moves=1, additions=2, multiplications=3, nonlinear=4)
    assert one + one == one * 2
    assert one * 3 - one == one * 2
    assert one.operations == 9
    assert one.work() == 1 + 2 + 3 + 2 * 4
    assert one.work(moves=0) == 2 + 3 + 2 * 4
