"""Jacobians by complex numbers and of them: real outputs, real inputs, holomorphic functions.

What is true is told by real and imaginary parts as arguments and outputs of their own.
"""

import numpy as np
import pytest

import admodes as ad
from tests.cases import normal
from tests.helpers import MODES, NESTINGS, X, same, together

EVERY = (*MODES, "mixed", "auto")
Z = X + 1j * np.array([0.8, -0.4])


def by_parts(f, z):
    """∂u/∂x, ∂u/∂y, ∂v/∂x, ∂v/∂y of f = u + iv at z = x + iy."""

    def parts(x, y):
        w = f(x + 1j * y)
        return np.real(w), np.imag(w)

    (ux, uy), (vx, vy) = ad.jacobian(parts, (0, 1))(np.real(z), np.imag(z))
    return ux, uy, vx, vy


def several(z):
    return np.stack([z[0] * z[1], np.exp(z[0]) / z[1], np.sqrt(z[1])])


def sizes(z):
    return np.abs(several(z)) * np.imag(z[0] * z[1] ** 2)


@pytest.mark.parametrize("chunk_size", [None, 1])
@pytest.mark.parametrize("mode", EVERY)
class TestEach:
    def test_of_complex_outputs_by_real_inputs(self, mode, chunk_size):
        jacobian = ad.jacobian(lambda x: several(x + 0.5j), mode=mode, chunk_size=chunk_size)
        ux, _, vx, _ = by_parts(several, X + 0.5j)
        same(jacobian(X), ux + 1j * vx)

    def test_of_real_outputs_by_complex_inputs(self, mode, chunk_size):
        ux, uy, _, _ = by_parts(sizes, Z)
        same(ad.jacobian(sizes, mode=mode, chunk_size=chunk_size)(Z), ux - 1j * uy)

    def test_of_a_holomorphic_function(self, mode, chunk_size):
        ux, uy, vx, vy = by_parts(several, Z)
        same(ux, vy)  # Cauchy and Riemann
        same(uy, -vx)
        found = ad.jacobian(several, mode=mode, chunk_size=chunk_size, holomorphic=True)(Z)
        same(found, ux + 1j * vx)


@together
@pytest.mark.parametrize("mode", EVERY)
def test_a_row_of_a_jacobian_is_a_gradient(mode):
    rows = ad.jacobian(sizes, mode=mode)(Z)
    for i, row in enumerate(rows):
        same(row, ad.grad(lambda z, i=i: sizes(z)[i])(Z))


@together
@pytest.mark.parametrize("mode", EVERY)
def test_real_and_complex_leaves_together(mode):
    def f(x, z):
        return {"real": x * np.abs(z), "whole": 3, "one": np.sum(np.imag(z * z))}

    found = ad.jacobian(f, (0, 1), mode=mode)(X, Z)
    same(found["real"][0], np.diag(np.abs(Z)))
    same(found["real"][1], np.diag(X * np.conj(Z) / np.abs(Z)))
    same(found["one"][0], np.zeros(2))
    same(found["one"][1], -2j * Z)
    assert not np.any(found["whole"][0])
    assert found["real"][0].dtype == found["one"][0].dtype == float

    def g(x, y):
        return {"complex": x * np.exp(1j * y), "real": x * y}

    found = ad.jacobian(g, (0, 1), mode=mode)(X, 0.5)
    same(found["complex"][0], np.exp(0.5j) * np.eye(2))
    same(found["complex"][1], 1j * X * np.exp(0.5j))
    same(found["real"][0], 0.5 * np.eye(2))
    assert found["real"][0].dtype == float


@together
@pytest.mark.parametrize("mode", EVERY)
def test_of_numbers_containers_and_nothing(mode):
    assert ad.jacobian(lambda z: z**3, mode=mode, holomorphic=True)(1 + 2j) == 3 * (1 + 2j) ** 2
    assert ad.jacobian(lambda z: np.abs(z) ** 2, mode=mode)(1 + 2j) == pytest.approx(2 - 4j)
    found = ad.jacobian(lambda x: np.exp(1j * x), mode=mode)(0.5)
    assert found == pytest.approx(1j * np.exp(0.5j))
    found = ad.jacobian(lambda p: [p["a"] * p["b"], p["b"]], mode=mode, holomorphic=True)(
        {"a": Z, "b": 2j}
    )
    same(found[0]["a"], 2j * np.eye(2))
    same(found[0]["b"], Z)
    same(found[1]["a"], np.zeros(2, complex))
    for f, holomorphic in ((np.exp, True), (np.abs, False)):
        found = ad.jacobian(f, mode=mode, holomorphic=holomorphic)(np.zeros(0, complex))
        same(found, np.zeros((0, 0), complex))


@together
@pytest.mark.parametrize("mode", EVERY)
def test_single_precision_is_kept(mode):
    x, z = X.astype(np.float32), Z.astype(np.complex64)
    for f, at, holomorphic in (
        (several, z, True),
        (sizes, z, False),
        (lambda x: several(x + np.complex64(0.5j)), x, False),
    ):
        found = ad.jacobian(f, mode=mode, holomorphic=holomorphic)(at)
        assert found.dtype == np.complex64
        wide = at.astype(complex if at.dtype.kind == "c" else float)
        expected = ad.jacobian(f, mode=mode, holomorphic=holomorphic)(wide)
        np.testing.assert_allclose(found, expected, rtol=1e-5)


@together
@pytest.mark.parametrize("mode", EVERY)
def test_a_general_function_is_refused_with_what_to_write(mode):
    for f in (several, np.conj, lambda z: [np.abs(z), z * np.conj(z)]):
        with pytest.raises(TypeError, match=r"holomorphic=True if it is one.*jvp.*real and the im"):
            ad.jacobian(f, mode=mode)(Z)
    for f in (np.abs, lambda z: [z, np.real(z)]):
        with pytest.raises(TypeError, match="an output is real"):
            ad.jacobian(f, mode=mode, holomorphic=True)(Z)
    with pytest.raises(TypeError, match="an input is real"):
        ad.jacobian(lambda x, z: x * z, (0, 1), mode=mode, holomorphic=True)(X, Z)


@together
@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize(
    "f",
    [
        np.conj,
        lambda z: z * np.conj(z),
        lambda z: np.abs(z) * z,
        lambda z: np.stack([z[0] ** 2, np.real(z[1]) + 0j]),
        lambda z: (np.exp(z), 1e-3 * np.conj(z)),
    ],
)
def test_what_is_not_holomorphic_is_noticed(f, mode):
    with pytest.raises(ValueError, match=r"not holomorphic there.*jvp"):
        ad.jacobian(f, mode=mode, holomorphic=True)(Z)


@together
@pytest.mark.parametrize("mode", EVERY)
def test_holomorphic_by_way_of_what_is_not(mode):
    """Conjugated twice, and where large numbers cancel: rounding makes nothing of it."""
    z = normal(5) + 1j * normal(5, seed=1)
    found = ad.jacobian(lambda z: np.conj(np.conj(z) ** 3), mode=mode, holomorphic=True)(z)
    same(found, np.diag(3 * z**2))
    found = ad.jacobian(lambda z: (z + 1e8) ** 2 - 1e16, mode=mode, holomorphic=True)(z)
    np.testing.assert_allclose(found, np.diag(2 * (z + 1e8)))


@together
@pytest.mark.parametrize("mode", EVERY)
def test_an_unknown_part_makes_a_number_unknown_and_no_other(mode):
    with np.errstate(all="ignore"):
        found = ad.jacobian(np.sqrt, mode=mode, holomorphic=True)(np.array([0, 4j]))
        angles = ad.jacobian(np.angle, mode=mode)(np.array([0, 1 + 1j]))
    assert found[1, 1] == pytest.approx(0.5 / np.sqrt(4j))
    assert found[0, 1] == found[1, 0] == 0
    assert np.isnan(angles[0, 0].real)
    assert np.isnan(angles[0, 0].imag)
    np.testing.assert_allclose(angles[1], [0, -0.5 - 0.5j])


@together
@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_a_second_complex_derivative(outer, inner):
    first = ad.jacobian(lambda z: z**3 * np.exp(z), mode=inner, holomorphic=True)
    z = 0.5 + 0.25j
    second = ad.jacobian(first, mode=outer, holomorphic=True)(z)
    assert second == pytest.approx((6 * z + 6 * z**2 + z**3) * np.exp(z))


# --- Second derivatives of real functions ---------------------------------------------------------


def energy(z):
    return np.sum(np.abs(z) ** 3) + np.real(z[0] * z[1] ** 2) + np.sum(np.angle(z))


def by_parts_twice(f, z, t):
    def split(x, y):
        return f(x + 1j * y)

    parts, ts = (np.real(z), np.imag(z)), (np.real(t), np.imag(t))
    hx, hy = ad.hvp(split, parts, ts)
    return hx - 1j * hy


T = normal(2) + 1j * normal(2, seed=3)


@together
@pytest.mark.parametrize("modes", NESTINGS)
def test_a_product_with_the_hessian_of_a_real_function(modes):
    same(ad.hvp(energy, (Z,), (T,), modes=modes)[0], by_parts_twice(energy, Z, T))


@together
@pytest.mark.parametrize("modes", NESTINGS)
def test_a_real_argument_beside_a_complex_one(modes):
    def f(x, z):
        return np.sum(x**3 * np.abs(z) ** 2)

    hx, hz = ad.hvp(f, (X, Z), (X, T), modes=modes)
    along = np.real(np.conj(Z) * T)
    same(hx, 6 * X**2 * np.abs(Z) ** 2 + 3 * X**2 * 2 * along)
    same(hz, 2 * X**3 * np.conj(T) + 3 * X**2 * X * 2 * np.conj(Z))


def test_the_same_by_backward():
    z = ad.variable(Z)
    energy(z).backward(create_graph=True)
    slope = np.sum(np.real(z.grad * T))
    z.grad = None
    slope.backward()
    same(z.grad, by_parts_twice(energy, Z, T))


@together
@pytest.mark.parametrize("modes", NESTINGS)
def test_the_same_along_a_line(modes):
    """Complex numbers in between alone: all second derivatives are real."""

    def moved(steps):
        return energy(Z + steps[0] * T + steps[1] * 1j * T)

    found = ad.hessian(moved, modes=modes)(np.zeros(2))
    for i, t in enumerate((T, 1j * T)):
        product = by_parts_twice(energy, Z, t)
        same(found[i], np.stack([np.real(np.sum(product * s)) for s in (T, 1j * T)]))


@together
@pytest.mark.parametrize("modes", NESTINGS)
def test_a_hessian_by_complex_numbers_says_what_to_write(modes):
    with pytest.raises(TypeError, match=r"hessian of energy: .*hvp.*real and the imaginary part"):
        ad.hessian(energy, modes=modes)(Z)
    same(
        ad.hessian(lambda x, z: np.sum(x**2) * np.abs(z), modes=modes)(X, 3j),
        6 * np.eye(2),
    )
