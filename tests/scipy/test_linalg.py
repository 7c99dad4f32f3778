"""Linear algebra of SciPy's names: its values, and what it refuses."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, together

pytest.importorskip("scipy", reason="it tests derivatives of SciPy, which is not installed")
from scipy import linalg as own
from scipy import sparse

from admodes.scipy import linalg
from admodes.scipy.sparse import matmul

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(4, 4)) + 4 * np.eye(4), RNG.normal(size=(4, 2))
Z = A + 1j * RNG.normal(size=(4, 4))
MATRIX = sparse.random_array((5, 4), density=0.5, rng=RNG)


@together
@pytest.mark.parametrize("a", [A, Z])
@pytest.mark.parametrize("trans", [0, 1, 2, "N", "T", "C"])
@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("unit", [False, True])
def test_triangular_systems(a, trans, lower, unit):
    for b in (B, B[:, 0]):
        expected = own.solve_triangular(a, b, trans, lower, unit)
        found = linalg.solve_triangular(a, b, trans, lower, unit)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("a", [A @ A.T, Z @ Z.conj().T])
def test_other_systems(a, lower):
    """Of one triangle, the other is not read."""
    half = np.where(np.tril(np.ones((4, 4))) if lower else np.triu(np.ones((4, 4))), a, 99.0)
    expected = np.linalg.solve(a, B)
    factor = linalg.cho_factor(half, lower)
    np.testing.assert_allclose(linalg.cho_solve(factor, B), expected, rtol=1e-9)
    own_factor = own.cho_factor(half, lower)[0]
    part = np.tril if lower else np.triu
    np.testing.assert_allclose(factor[0], part(own_factor), rtol=1e-12, atol=1e-14)
    for assume in ("her", "pos"):
        np.testing.assert_allclose(linalg.solve(half, B, lower, assume_a=assume), expected, 1e-9)
    np.testing.assert_allclose(linalg.solve(a, B, transposed=True), np.linalg.solve(a.T, B), 1e-9)


def test_the_exponential():
    np.testing.assert_allclose(linalg.expm(A), own.expm(A), rtol=1e-13)
    _, along = ad.jvp(linalg.expm, (A,), (B @ B.T,))
    np.testing.assert_allclose(along, own.expm_frechet(A, B @ B.T, compute_expm=False), rtol=1e-12)


@together
@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "dia", "lil", "dok", "bsr"])
def test_sparse_products(kind):
    matrix = MATRIX.asformat(kind)
    for other in (matrix, sparse.csr_matrix(matrix) if kind == "csr" else matrix):
        np.testing.assert_allclose(matmul(other, A), MATRIX.toarray() @ A)
        np.testing.assert_allclose(matmul(B.T, other.T), B.T @ MATRIX.toarray().T)
        found = ad.jacobian(lambda x, m=other: matmul(m, x))(A[0])
        np.testing.assert_allclose(found, MATRIX.toarray())


def test_a_matrix_that_is_overwritten_changes_no_derivative():
    matrix = sparse.csr_array(MATRIX)
    _, pullback = ad.vjp(lambda x: matmul(matrix, x), A[0])
    before = pullback(np.ones(5))[0]
    matrix.data[:] = 0
    np.testing.assert_array_equal(pullback(np.ones(5))[0], before)


@pytest.mark.parametrize("mode", MODES)
def test_an_operator_of_scipys_says_what_to_write(mode):
    matrix = sparse.csr_array(MATRIX)
    with pytest.raises(TypeError, match=r"admodes\.scipy\.sparse\.matmul\(A, x\)"):
        ad.grad(lambda x: np.sum(x @ matrix.T), mode=mode)(A[0])
    with pytest.raises(TypeError, match="carries derivatives"):
        ad.grad(lambda x: np.sum(matrix @ x), mode=mode)(A[0])


@together
@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: matmul(A, A), TypeError),
        (lambda: matmul(MATRIX, MATRIX.T), TypeError),
        (lambda: matmul(MATRIX, np.ones(5)), ValueError),
        (lambda: matmul(np.ones((2, 4)), MATRIX), ValueError),
        (lambda: linalg.solve_triangular(A[:3], B), ValueError),
        (lambda: linalg.solve_triangular(A, B[:3]), ValueError),
        (lambda: linalg.solve_triangular(A, B, trans="X"), ValueError),
        (lambda: linalg.solve(A, B, assume_a="banded"), NotImplementedError),
    ],
)
def test_what_does_not_fit(call, error):
    with pytest.raises(error):
        call()
