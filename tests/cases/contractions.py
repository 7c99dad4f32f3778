"""``matmul``, ``tensordot``, ``einsum``."""

import numpy as np

from tests.cases import case, normal

A, B = normal(3, 4, seed=1), normal(4, 2, seed=2)
V, W = normal(3, seed=3), normal(4, seed=4)
STACK = normal(2, 4, 3, seed=5)


def einsum(subscripts, *args, **options):
    return case(np.einsum, lambda *xs: np.einsum(subscripts, *xs, **options), *args)


CASES = [
    case(np.matmul, lambda a, b: a @ b, A, B),
    case(np.matmul, lambda a, x: a @ x, A, W),
    case(np.matmul, lambda x, a: x @ a, V, A),
    case(np.matmul, lambda x, y: x @ y, V, normal(3)),
    case(np.matmul, lambda a: a @ W, A),
    case(np.matmul, lambda x: A @ x, W),
    case(np.matmul, lambda x: [V @ x, x @ V], normal(3)),
    case(np.matmul, lambda x: x @ x, normal(3, 3)),
    case(np.matmul, lambda x: x @ x, V),
    case(np.matmul, lambda x: x.T @ x, A),
    case(np.matmul, lambda a, x: a @ x, STACK, V),
    case(np.matmul, lambda x, a: x @ a, W, STACK),
    case(np.matmul, lambda a, b: a @ b, STACK, A),
    case(np.matmul, lambda a, b: a @ b, A, STACK),
    case(np.matmul, lambda a, b: a @ b, normal(5, 1, 3, 2), normal(2, 2, 1)),
    case(np.matmul, lambda a, b: a @ b, normal(1, 3, 2), normal(2, 2, 2)),
    case(np.matmul, lambda x: x @ [1.0, 2.0, 3.0], normal(2, 3)),
    case(np.matmul, lambda x: [[1.0, 2.0, 3.0]] @ x, V),
    case(np.matmul, lambda a, b: a @ b, normal(2, 0), normal(0, 3)),
    case(np.matmul, lambda a, x: a @ x, normal(2, 0, 3), V),
    case(np.matmul, lambda x, a: x @ a, normal(0), normal(2, 0, 3)),
    case(np.matmul, lambda a, b: a @ b, A + 1j, B - 2j),
    case(np.tensordot, lambda a, b: np.tensordot(a, b, 1), A, B),
    case(np.tensordot, lambda a, b: np.tensordot(a, b), A, A + 1),
    case(np.tensordot, lambda a, b: np.tensordot(a, b, 0), A, V),
    case(np.tensordot, lambda a, b: np.tensordot(a, b, axes=(0, -1)), A, STACK),
    case(np.tensordot, lambda a, b: np.tensordot(a, b, ([1, 0], [1, 2])), A, STACK),
    case(np.tensordot, lambda a, b: np.tensordot(a, b, ([0, -1], [-1, 1])), A, STACK),
    case(np.tensordot, lambda x: np.tensordot(x, x, ([0, 2], [2, 0])), normal(2, 3, 2)),
    case(np.tensordot, lambda x: np.tensordot(x, 2.0, 0), V),
    case(np.tensordot, lambda a, b: np.tensordot(a, b, 1), normal(2, 0), normal(0, 3)),
    case(np.tensordot, lambda a, b: np.tensordot(a, b, 1), A + 1j, B - 2j),
    einsum("ij,jk->ik", A, B),
    einsum("ij , jk", A, B),
    einsum("ba", A),
    einsum("ij->", A),
    einsum("ij->j", A),
    einsum("ii", normal(3, 3)),
    einsum("ii->i", normal(3, 3)),
    einsum("iji->j", normal(3, 2, 3)),
    einsum("iijj,j->ij", normal(2, 2, 3, 3), V),
    einsum("iii,i", normal(2, 2, 2), normal(2)),
    einsum("i,i,i->i", V, V + 1, V + 2),
    einsum("i,ij,j", V, A, W),
    einsum("i,ij,jk,k->", V, A, B, normal(2), optimize=True),
    einsum("i,ij,jk,k->", V, A, B, normal(2), optimize=["einsum_path", (0, 1), (0, 1), (0, 1)]),
    einsum("i,j->", V, W),
    einsum("i,jk->ij", V, A),
    einsum("i,j,->ji", V, W, 0.5),
    einsum("i,i->", normal(1), V),
    einsum("ij,ij->ij", normal(1, 4), A),
    einsum("ij,jk->ik", normal(3, 1), B),
    einsum("ij,jk", A, normal(4, 0)),
    einsum("...i,...i->...", STACK, normal(4, 3)),
    einsum("...ij,jk->...ik", STACK, A),
    einsum("i...,j...", normal(2, 1, 3), normal(3, 4, 1)),
    einsum("...,...", STACK, 2.0),
    einsum("ij...->...ji", STACK),
    einsum("...ii->...", normal(2, 3, 3)),
    einsum("ij,jk->ik", A + 1j, B - 2j),
    case(np.einsum, lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [2, 0]), A, B),
    case(np.einsum, lambda a, b: np.einsum(a, [..., 3], b, [3]), A, W),
    case(np.einsum, lambda x: np.einsum("ij,jk,kl->il", x, x, x), normal(3, 3)),
    case(np.einsum, lambda x: np.einsum("ij,j", A, x), W),
    case(
        np.einsum,
        lambda x: np.einsum("ij,j->i", x, [1.0, 2.0, 3.0], dtype=np.float64),
        normal(2, 3),
    ),
    case(np.einsum, lambda x: np.einsum("ij,j->ij", x, x[0], order="F"), normal(2, 3)),
    case(np.einsum, lambda x: np.einsum("ij,kj->ki", x, x, order="A"), normal(2, 3)),
]
