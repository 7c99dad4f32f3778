"""Factorisations where their derivatives are known otherwise than by differences, or not at all."""

import functools

import numpy as np
import pytest

import admodes as ad
from admodes.transforms import NESTINGS
from tests.cases import normal
from tests.helpers import MODES, same, together

S = np.array([[2.0, 0.5], [0.5, -1.0]])
M, TALL = normal(3, 3, seed=2), normal(5, 3, seed=7)
Q, _ = np.linalg.qr(M)
V = normal(3, seed=5)
EQUAL = np.diag([1.0, 1, 2])
#: its equal eigenvalues differ by rounding errors, which LAPACK's are
TURNED = Q @ EQUAL @ Q.T
WEIGHTS = normal(3, 3, seed=9)


each_grad = pytest.mark.parametrize(
    "grad", [functools.partial(ad.grad, mode=mode) for mode in MODES], ids=MODES
)

# --- Closed forms ---------------------------------------------------------------------------------


def closed_eigenvalues(x):
    """Of a symmetric matrix of two rows, of which the lower triangle is read."""
    mean, half = (x[0, 0] + x[1, 1]) / 2, (x[0, 0] - x[1, 1]) / 2
    radius = np.sqrt(half**2 + x[1, 0] ** 2)
    return np.stack([mean - radius, mean + radius])


def closed_singular_values(x):
    """By the sum of their squares and by their product."""
    squares, product = np.sum(x**2), x[0, 0] * x[1, 1] - x[0, 1] * x[1, 0]
    total, difference = (
        np.sqrt(squares + 2 * np.abs(product)),
        np.sqrt(squares - 2 * np.abs(product)),
    )
    return np.stack([(total + difference) / 2, (total - difference) / 2])


def closed_polar_factor(x):
    """The rotation next to a matrix of two rows: what of it commutes with rotations, made unit."""
    c, s = x[0, 0] + x[1, 1], x[1, 0] - x[0, 1]
    size = np.hypot(c, s)
    return np.stack([np.stack([c, -s]), np.stack([s, c])]) / size


def polar_factor(x):
    u, _, vh = np.linalg.svd(x)
    return u @ vh


def closed_root(x):
    """Cholesky's factor of two rows."""
    a = np.sqrt(x[0, 0])
    b = x[1, 0] / a
    return np.stack([a, b, np.sqrt(x[1, 1] - b * b)])


def root(x):
    return np.linalg.cholesky(x)[np.tril_indices(2)]


def closed_projector(x):
    """On the eigenvector of the larger eigenvalue."""
    x = np.stack([np.stack([x[0, 0], x[1, 0]]), np.stack([x[1, 0], x[1, 1]])])
    low, high = closed_eigenvalues(x)
    return (x - low * np.eye(2)) / (high - low)


def projector(x):
    _, v = np.linalg.eigh(x)
    return np.outer(v[:, 1], v[:, 1])


def normal_equations(a):
    return np.linalg.solve(a.T @ a, a.T @ np.arange(5.0))


CLOSED = {
    "eigvalsh": (np.linalg.eigvalsh, closed_eigenvalues, S),
    "eigh": (lambda x: np.linalg.eigh(x)[0], closed_eigenvalues, S),
    "projector": (projector, closed_projector, S),
    "svdvals": (np.linalg.svdvals, closed_singular_values, S),
    "polar factor": (polar_factor, closed_polar_factor, S @ [[1, 0], [0, -1]]),
    "cholesky": (root, closed_root, S + 2 * np.eye(2)),
    "pinv": (np.linalg.pinv, lambda a: np.linalg.inv(a.T @ a) @ a.T, TALL),
    "lstsq": (lambda a: np.linalg.lstsq(a, np.arange(5.0))[0], normal_equations, TALL),
    "qr": (lambda a: np.linalg.qr(a)[0] @ np.linalg.qr(a)[1], lambda a: 1.0 * a, TALL),
    "r": (
        lambda a: np.abs(np.linalg.qr(a, "r")),
        lambda a: np.abs(np.linalg.cholesky(a.T @ a, upper=True)),
        TALL,
    ),
    "eigvals": (lambda x: np.sum(np.linalg.eigvals(x) ** 3).real, lambda x: np.trace(x @ x @ x), M),
    "nuc": (lambda x: np.linalg.norm(x, "nuc"), lambda x: np.sum(closed_singular_values(x)), S),
}


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("f", "closed", "x"), CLOSED.values(), ids=CLOSED)
def test_a_closed_form(f, closed, x, mode):
    np.testing.assert_allclose(f(x), closed(x), rtol=1e-10, atol=1e-12)
    found, wanted = (ad.jacobian(each, mode=mode)(x) for each in (f, closed))
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11)


@together
@pytest.mark.parametrize("modes", NESTINGS)
@pytest.mark.parametrize(
    "name", ["eigvalsh", "projector", "svdvals", "cholesky", "lstsq", "eigvals"]
)
def test_a_closed_form_twice(name, modes):
    f, closed, x = CLOSED[name]

    def curved(f):
        return lambda x: np.sum(np.sin(f(x)))

    found, wanted = (ad.hessian(curved(each), modes=modes)(x) for each in (f, closed))
    np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-9)


@each_grad
def test_eigenvalues_by_a_complex_step(grad):
    t, step = normal(3, 3, seed=3), 1e-20
    x = M @ np.diag([1.0, 3, -2]) @ np.linalg.inv(M)
    moved = np.sort_complex(np.linalg.eigvals(x + 1j * step * t))
    for i in range(3):
        slope = np.sum(grad(lambda x, i=i: np.sort(np.linalg.eigvals(x))[i])(x) * t)
        np.testing.assert_allclose(slope, moved[i].imag / step, rtol=1e-10)


VALUES = {
    "cholesky": (np.linalg.cholesky, TALL.T @ TALL),
    "qr": (np.linalg.qr, TALL),
    "qr, complete": (lambda x: np.linalg.qr(x, "complete"), TALL),
    "r": (lambda x: np.linalg.qr(x, "r"), TALL),
    "eigh": (np.linalg.eigh, M),
    "eigh, upper": (lambda x: np.linalg.eigh(x, "U"), M),
    "eigvalsh": (np.linalg.eigvalsh, M),
    "eig": (np.linalg.eig, M),
    "eigvals": (np.linalg.eigvals, M),
    "svd": (np.linalg.svd, TALL),
    "svd, hermitian": (lambda x: np.linalg.svd(x, hermitian=True), M),
    "svdvals": (np.linalg.svdvals, TALL),
    "pinv": (np.linalg.pinv, TALL),
    "slogdet": (np.linalg.slogdet, M + 1j),
    "cond": (np.linalg.cond, M),
    "cond, singular": (lambda x: np.linalg.cond(x, 1), np.ones((2, 2))),
}


@together
@pytest.mark.parametrize(("f", "x"), VALUES.values(), ids=VALUES)
def test_values_are_numpys_own_to_the_bit(f, x):
    value, wanted = ad.vjp(f, x)[0], f(x)
    assert type(value) is type(wanted)
    if not isinstance(value, tuple):
        value, wanted = [value], [wanted]
    for each, own in zip(value, wanted, strict=True):
        np.testing.assert_array_equal(each, own, strict=True)


# --- Equal values ---------------------------------------------------------------------------------

#: a function that does not mind the order of equal values, and its gradient
INVARIANT = {
    "trace": (lambda x: np.sum(np.linalg.eigvalsh(x)), np.eye(3)),
    "trace, of both": (lambda x: np.sum(np.linalg.eigh(x)[0]), np.eye(3)),
    "trace, of any matrix": (lambda x: np.sum(np.linalg.eigvals(x)).real, np.eye(3)),
    "powers": (lambda x: np.sum(np.linalg.eigh(x)[0] ** 3), np.diag([3.0, 3, 12])),
    "the square of a length": (lambda x: np.sum(np.linalg.svdvals(x) ** 2), 2 * EQUAL),
    "nuc": (lambda x: np.linalg.norm(x, "nuc"), np.eye(3)),
    "one that is alone": (lambda x: np.linalg.eigvalsh(x)[2], np.diag([0.0, 0, 1])),
    # Each of two gets half of what either would, as in `sort`.
    "one of two": (lambda x: np.linalg.eigvalsh(x)[0], np.diag([0.5, 0.5, 0])),
    "the least of two": (lambda x: np.min(np.linalg.svdvals(x)), np.diag([0.5, 0.5, 0])),
}


@together
@each_grad
@pytest.mark.parametrize(("f", "gradient"), INVARIANT.values(), ids=INVARIANT)
def test_what_does_not_depend_on_a_basis_is_known(f, gradient, grad):
    np.testing.assert_allclose(grad(f)(EQUAL), gradient, rtol=1e-12, atol=1e-12)
    turned = grad(lambda x: f(Q @ x @ Q.T))(Q.T @ TURNED @ Q)
    symmetric, wanted = turned + turned.T, gradient + gradient.T
    np.testing.assert_allclose(symmetric, wanted, rtol=1e-9, atol=1e-9)


@each_grad
def test_a_vector_beside_equal_ones_is_known(grad):
    def f(x):
        v = np.linalg.eigh(x)[1][:, 2]
        return np.sum(WEIGHTS * np.outer(v, v))

    v = np.eye(3)[2]
    pulled = np.outer((WEIGHTS + WEIGHTS.T) @ v, v) * [[1.0], [1], [0]]  # (2 - 1)⁻¹ of it
    wanted = np.tril(pulled + pulled.T)
    np.testing.assert_allclose(grad(f)(EQUAL), wanted, atol=1e-12)


@each_grad
def test_equal_values_of_complex_matrices_share_too(grad):
    turn = np.linalg.qr(M + 1j * WEIGHTS)[0]
    x = turn @ EQUAL @ np.conj(turn.T)
    # Half of the square of the length, in which an entry that is read stands for two.
    gradient = grad(lambda x: np.sum(np.linalg.eigvalsh(x) ** 2) / 2)(x)
    np.testing.assert_allclose(gradient, np.conj(np.tril(x) + np.tril(x, -1)), atol=1e-12)
    np.testing.assert_allclose(
        grad(lambda x: np.sum(np.linalg.svdvals(x) ** 2) / 2)(x), np.conj(x), rtol=1e-10, atol=1e-12
    )


def of_vectors(x):
    _, v = np.linalg.eigh(x)
    return np.sum(WEIGHTS * v)


def product_of_factors(x):
    w, v = np.linalg.eigh(x)
    return np.sum(WEIGHTS * ((v * w) @ v.T))


def product_of_singular_factors(x):
    u, s, vh = np.linalg.svd(x)
    return np.sum(WEIGHTS * ((u * s) @ vh))


def of_any_vectors(x):
    _, v = np.linalg.eig(x)
    return np.sum(WEIGHTS * v)


@together
@pytest.mark.parametrize(
    "f", [of_vectors, product_of_factors, product_of_singular_factors, of_any_vectors]
)
@pytest.mark.parametrize("x", [EQUAL, TURNED], ids=["equal", "equal but for rounding"])
def test_how_the_vectors_of_equal_values_move_is_not_known(f, x):
    found = [ad.grad(f, mode=mode)(x) for mode in MODES]
    np.testing.assert_allclose(*found, rtol=1e-8, atol=1e-8)
    assert np.isnan(found[0]).any()


@together
@each_grad
@pytest.mark.parametrize("f", [product_of_factors, product_of_singular_factors])
def test_a_product_of_factors_is_the_matrix(f, grad):
    x = M + M.T
    gradient = grad(f)(x)
    np.testing.assert_allclose(gradient + gradient.T, WEIGHTS + WEIGHTS.T, rtol=1e-10)
    # Of rank 1: the other values are rounding errors, of which one is 0.
    gradient = grad(f)(np.outer(V, V))
    np.testing.assert_allclose(gradient + gradient.T, WEIGHTS + WEIGHTS.T, rtol=1e-9, atol=1e-9)


@together
@pytest.mark.parametrize("modes", NESTINGS)
@pytest.mark.parametrize("x", [np.eye(2), np.zeros((2, 2))], ids=["one", "zero"])
@pytest.mark.parametrize(
    "values",
    [np.linalg.eigvalsh, lambda x: np.linalg.eigh(x)[0], np.linalg.eigvals, np.linalg.svdvals],
    ids=["eigvalsh", "eigh", "eigvals", "svdvals"],
)
def test_a_mean_of_derivatives_is_no_second_derivative(values, x, modes):
    """It is smooth, and 0 would be wrong."""
    hessian = ad.hessian(lambda x: np.sum(values(x) ** 2).real, modes=modes)(x)
    assert np.isnan(hessian[1, 0, 1, 0]) or np.isnan(hessian[1, 0, 0, 1])
    assert np.isnan(hessian[0, 0, 0, 0])


@pytest.mark.parametrize("modes", NESTINGS)
def test_a_second_derivative_beside_equal_values_is_right_or_unknown(modes):
    def f(x):
        return np.sum(WEIGHTS[:, 2] * np.linalg.eigh(x)[1][:, 2])

    along = np.diag([1.0, 0, 0])  # by which the two part
    (found,) = ad.hvp(f, (EQUAL,), (along,), modes=modes)
    sign = np.sign(np.linalg.eigh(EQUAL)[1][2, 2])
    wanted = np.zeros((3, 3))
    wanted[2, 0] = sign * WEIGHTS[0, 2]
    np.testing.assert_allclose(found[~np.isnan(found)], wanted[~np.isnan(found)], atol=1e-12)


@together
@each_grad
@pytest.mark.parametrize("modes", NESTINGS)
def test_a_singular_value_of_0_is_a_corner(modes, grad):
    x = np.diag([2.0, 0])
    np.testing.assert_allclose(grad(lambda x: np.linalg.norm(x, "nuc"))(x), np.diag([1.0, 0]))
    tall = np.array([[2.0, 0], [0, 0], [0, 0]])
    hessian = ad.hessian(lambda x: np.sum(np.linalg.svdvals(x) ** 2), modes=modes)(tall)
    assert np.isnan(hessian[1, 1, 1, 1])
    assert np.isnan(hessian[2, 1, 2, 1])


# --- What there is no derivative of ---------------------------------------------------------------


@each_grad
def test_a_column_that_depends_on_others_leaves_its_own_unknown(grad):
    x = np.array([[1.0, 1], [0, 0], [0, 0]])
    assert np.isnan(grad(lambda x: np.sum(np.linalg.qr(x)[0]))(x)).any()
    # What is at right angles to an unknown column is unknown, too.
    first = np.array([[0.0, 1], [0, 1], [0, 2]])
    assert np.isnan(grad(lambda x: np.linalg.qr(x)[0][0, 1])(first)).any()
    # Of two rows there is one direction left, whatever the second column.
    found = grad(lambda x: np.linalg.qr(x)[0][1, 1])(np.array([[3.0, 6], [4, 8]]))
    np.testing.assert_allclose(found, [[0.128, 0], [-0.096, 0]], atol=1e-12)


@each_grad
def test_too_few_eigenvectors_leave_theirs_unknown(grad):
    jordan = np.array([[1.0, 1], [0, 1]])
    found = grad(lambda x: np.sum(np.arange(1, 5) * np.ravel(np.linalg.eig(x)[1])))(jordan)
    assert np.isnan(found).any()
    trace = grad(lambda x: np.sum(np.linalg.eigvals(x)))(jordan)
    np.testing.assert_allclose(trace, np.eye(2), atol=1e-12)


@each_grad
def test_a_triangle_that_is_not_read_has_derivative_0(grad):
    x = M @ M.T + np.eye(3)
    for f in (np.linalg.cholesky, np.linalg.eigvalsh, lambda x: np.linalg.pinv(x, hermitian=True)):
        assert not np.triu(grad(lambda x, f=f: np.sum(f(x)))(x), 1).any()
    for f in (lambda x: np.linalg.cholesky(x, upper=True), lambda x: np.linalg.eigvalsh(x, "U")):
        assert not np.tril(grad(lambda x, f=f: np.sum(f(x)))(x), -1).any()


@each_grad
def test_what_is_dropped_stays_0(grad):
    """By the singular values and vectors that are kept."""
    x = TALL @ np.diag([1.0, 1, 0.1])

    def kept(x):
        u, s, vh = np.linalg.svd(x, full_matrices=False)
        return vh[:2].T @ (u[:, :2] / s[:2]).T

    def pinv(x):
        return np.linalg.pinv(x, 0.5)

    np.testing.assert_allclose(pinv(x), kept(x), rtol=1e-12, atol=1e-14)
    weights = normal(3, 5, seed=8)
    found, wanted = (grad(lambda x, f=f: np.sum(weights * f(x)))(x) for f in (pinv, kept))
    np.testing.assert_allclose(found, wanted, rtol=1e-10)
    found, wanted = (ad.hessian(lambda x, f=f: np.sum(weights * f(x)))(x) for f in (pinv, kept))
    np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-9)


@each_grad
def test_the_shortest_solution_is_the_pseudoinverse_times_b(grad):
    x, b = np.outer(np.arange(1.0, 6), V), np.arange(5.0)
    found, wanted = (
        grad(lambda x, f=f: np.sum(V**2 * f(x)))(x)
        for f in (lambda x: np.linalg.lstsq(x, b, 1e-3)[0], lambda x: np.linalg.pinv(x, 1e-3) @ b)
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


@each_grad
def test_a_rank_is_plain(grad):
    assert grad(lambda x: np.sum(x) * np.linalg.matrix_rank(x))(M).tolist() == [[3.0] * 3] * 3


@each_grad
def test_vectors_of_a_plane_have_a_cross_product_with_numpys_warning(grad):
    a, b = np.array([1.0, 2]), np.array([3.0, 4])
    with pytest.warns(DeprecationWarning, match="2-dimensional"):
        same(grad(lambda a: np.cross(a, b))(a), np.array([4.0, -3]))
    with pytest.warns(DeprecationWarning, match="2-dimensional"):
        same(grad(lambda a: np.sum(np.cross(a, V)))(a), V[[2, 0]] * [-1, -1] + [V[1], V[2]])
    with pytest.raises(ValueError, match="incompatible dimensions"):
        grad(lambda a: np.sum(np.cross(a, np.ones(4))))(a)
    with pytest.raises(ValueError, match="3 components, not of 2 and 2"):
        grad(lambda a: np.linalg.cross(a, b))(a)


@each_grad
def test_an_infinite_condition_number_has_an_unknown_derivative(grad):
    assert np.isnan(grad(lambda x: np.linalg.cond(x, 1))(np.ones((2, 2)))).all()
    with pytest.raises(np.linalg.LinAlgError, match="empty"):
        grad(np.linalg.cond)(np.zeros((0, 2)))


@each_grad
def test_reflections_are_refused(grad):
    with pytest.raises(NotImplementedError, match=r"np\.linalg\.qr: mode='raw' .*reduced"):
        grad(lambda x: np.sum(np.linalg.qr(x, "raw")[0]))(M)
    with pytest.raises(ValueError, match="Unrecognized mode"):
        grad(lambda x: np.sum(np.linalg.qr(x, "none")))(M)
    with pytest.raises(ValueError, match="UPLO"):
        grad(lambda x: np.sum(np.linalg.eigvalsh(x, "x")))(M)


@pytest.mark.parametrize("mode", MODES)
def test_the_gauges_that_docstrings_name(mode):
    t = normal(3, 3, seed=3)
    tangent = ad.jvp(np.linalg.eigh, (M + 1j * WEIGHTS,), (t + 1j * t.T,))
    (_, v), (_, dv) = tangent
    same(np.sum(np.conj(v) * dv, axis=0), np.zeros(3, complex))
    (_, v), (_, dv) = ad.jvp(np.linalg.eig, (M + 1j * WEIGHTS,), (t + 1j * t.T,))
    largest = np.argmax(np.abs(v), axis=0), np.arange(3)
    same(dv[largest].imag, np.zeros(3))
    same(np.sum(np.conj(v) * dv, axis=0).real, np.zeros(3))
    (q, _), (dq, _) = ad.jvp(lambda x: np.linalg.qr(x, "complete"), (TALL,), (normal(5, 3),))
    same(q[:, 3:].T @ dq[:, 3:], np.zeros((2, 2)))
    u, du = (each.U for each in ad.jvp(np.linalg.svd, (TALL,), (normal(5, 3),)))
    same(u[:, 3:].T @ du[:, 3:], np.zeros((2, 2)))
    same(u.T @ du + du.T @ u, np.zeros((5, 5)))


# --- Where an entry is not finite, or a matrix has no inverse -------------------------------------

STACK = np.stack([V[0] * np.eye(2) + [[3.0, 1.0], [0.5, 4.0]] for _ in range(3)])
UNFIT = {
    "NaN": np.full((2, 2), np.nan),
    "one NaN": np.array([[2.0, np.nan], [1.0, 2.0]]),
    "infinite": np.array([[np.inf, 1.0], [1.0, 2.0]]),
    "zeros": np.zeros((2, 2)),
    "rank 1": np.array([[1.0, 2.0], [2.0, 4.0]]),
}
OF_STACKS = {
    "det": np.linalg.det,
    "slogdet": lambda a: np.linalg.slogdet(a)[1],
    "inv": np.linalg.inv,
    "solve": lambda a: np.linalg.solve(a, [[1.0], [2.0]]),
    "cholesky": np.linalg.cholesky,
    "qr": lambda a: np.linalg.qr(a).R,
    "eigvalsh": np.linalg.eigvalsh,
    "eigh": lambda a: np.abs(np.linalg.eigh(a)[1]),
    "eigvals": lambda a: np.real(np.linalg.eigvals(a)),
}


@together
@each_grad
@pytest.mark.parametrize("f", OF_STACKS.values(), ids=OF_STACKS)
def test_a_matrix_that_is_not_used_spoils_no_other(f, grad):
    def used(a):
        y = f(a)
        is_used = np.reshape([True, False, True], (3,) + (1,) * (y.ndim - 1))
        return np.sum(np.where(is_used, y, 0))

    expected, tried = grad(used)(STACK), 0
    assert not expected[1].any()
    for unfit in UNFIT.values():
        a = STACK.copy()
        a[1] = unfit
        with np.errstate(all="ignore"):
            try:
                used(a)
            except np.linalg.LinAlgError:
                continue
            np.testing.assert_allclose(grad(used)(a), expected, rtol=1e-12)
        tried += 1
    assert tried > 1


@together
@each_grad
@pytest.mark.parametrize("infinite", [np.inf, -np.inf, np.nan])
def test_of_a_determinant_that_is_not_finite_nothing_is_known(infinite, grad):
    """Its cofactors by singular values would not come to an end."""
    for place in np.ndindex(3, 3):
        a = np.diag([0.0, 1, 2])
        a[place] = infinite
        with np.errstate(all="ignore"):
            assert np.isnan(grad(np.linalg.det)(a)).all()


@each_grad
def test_a_logarithm_of_no_determinant_is_not_known(grad):
    with np.errstate(all="ignore"):
        gradient = grad(lambda a: np.sum(np.linalg.slogdet(a)[1]))(
            np.stack([STACK[0], UNFIT["rank 1"]])
        )
    np.testing.assert_allclose(gradient[0], np.linalg.inv(STACK[0]).T)
    assert np.isnan(gradient[1]).all()


@each_grad
def test_a_solution_that_is_no_number_has_no_derivative(grad):
    """Its matrix has pivots, but its transpose has none."""
    a = np.array([[-8, np.inf, np.nan], [0, 1, 0], [0, 0, 1]])
    with np.errstate(all="ignore"):
        gradient = grad(lambda a: np.sum(np.linalg.solve(a, [1.0, 2.0, 3.0])))(a)
    assert np.isnan(gradient).any()


@each_grad
def test_the_pseudoinverse_of_zeros_stays_0(grad):
    for x in (np.zeros((3, 2)), np.stack([TALL, 0 * TALL])):
        gradient = grad(lambda x: np.sum(np.linalg.pinv(x) * x.mT) + np.sum(np.linalg.pinv(x)))(x)
        assert not np.any(gradient[x == 0])


def test_singular_values_of_infinities_come_to_an_end():
    """As NumPy has them, which is NaN; with vectors LAPACK would go on for ever."""
    stack = np.stack([np.diag([3.0, 2.0, 1.0]), np.eye(3)])
    stack[1, 0, 0] = np.inf
    for mode in (ad.forward, ad.reverse):
        found = mode.jacobian(np.linalg.svdvals)(stack)
        np.testing.assert_array_equal(found[0, 0, 0], np.diag([1.0, 0.0, 0.0]))
        assert np.isnan(found[1, :, 1]).all()
        assert not found[0, :, 1].any()
        values = lambda a: np.linalg.svd(a, compute_uv=False)  # noqa: E731  # of one matrix
        assert np.isnan(mode.jacobian(values)(stack[1])).all()
