"""Memory order: values are NumPy's own for every layout of an argument, derivatives go along."""

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from tests.helpers import MODES, NESTINGS, named, together


def _turned(x):
    """Neither in C's order nor in Fortran's, with entries from the last to the first."""
    return np.reshape(x, (2, 2, 6)).swapaxes(0, 1)[:, :, ::-1]


#: what depends on the memory order of x or of what is computed from it, x a table of 4 × 6
READINGS = {
    'ravel("K")': lambda x: x.ravel("K"),
    'ravel("A")': lambda x: x.ravel("A"),
    'ravel("F")': lambda x: np.ravel(x, "F"),
    'flatten("K")': lambda x: x.flatten("K"),
    'flatten("A")': lambda x: x.flatten(order="A"),
    "flatten of a view": lambda x: x[:, ::2].flatten().reshape(4, 3).T.ravel("A"),
    'reshape(order="A")': lambda x: x.reshape(3, 8, order="A"),
    "reshape by a copy": lambda x: np.reshape(x, (8, 3), copy=True).ravel("K"),
    "of the transpose": lambda x: x.T.ravel("K"),
    "of a sum": lambda x: (x + 1.0).ravel("K"),
    "of a product with F": lambda x: (x * np.asfortranarray(np.ones((4, 6)))).ravel("K"),
    "of what is repeated": lambda x: np.broadcast_to(x, (2, 4, 6)).swapaxes(0, 1).ravel("K"),
    "of a repeated number": lambda x: (
        np.broadcast_to(x[0, 0], (4, 6)) * np.arange(24.0).reshape(6, 4).T
    ).ravel("K"),
    "of a sum over an axis": lambda x: np.sum(np.reshape(x, (4, 3, 2)), axis=0).ravel("K"),
    "of a gathered part": lambda x: x[:, [3, 0, 1]].ravel("K"),
    "of np.take": lambda x: np.take(x, [3, 0, 1], axis=1).ravel("K"),
    "of a diagonal": lambda x: np.diagonal(x.reshape(2, 2, 6), 0, 0, 1).ravel("A"),
    "of np.where": lambda x: np.where(x > 0, x, 0).ravel("K"),
    "of joined ones": lambda x: np.concatenate([x, x + 1.0]).ravel("K"),
    "of a stack of one": lambda x: np.stack([x]).ravel("K"),
    "of a sorted one": lambda x: np.sort(x, axis=0).ravel("K"),
    "of a product of matrices": lambda x: (x @ x.T).ravel("K"),
    "of an einsum": lambda x: np.einsum("ij,kj->ki", x, x).ravel("K"),
    "of np.copy": lambda x: np.copy(x).ravel("K"),
    "of x.copy()": lambda x: x.copy().ravel("K"),
    'of np.copy(order="F")': lambda x: np.copy(x, order="F").ravel("K"),
    "of astype": lambda x: x.astype(float).ravel("A"),
    'of astype(order="C")': lambda x: x.astype(np.longdouble, order="C").ravel("K"),
    "of astype without a copy": lambda x: x.astype(float, copy=False).ravel("A"),
    "of zeros like it": lambda x: (x + np.zeros_like(x)).ravel("K"),
    "of full_like": lambda x: (np.full_like(x, x[0, 0]) * np.arange(6.0)).ravel("K"),
    "of np.pad": lambda x: np.pad(x, 1).ravel("K"),
    "of np.tile": lambda x: np.tile(x.T, 2).ravel("K"),
    "of np.tile, once": lambda x: np.tile(x, (1, 1, 1)).ravel("K"),
    "of np.repeat": lambda x: np.repeat(x, [1, 2, 0, 1], axis=0).ravel("K"),
    "of np.flip": lambda x: np.flip(x, 1).ravel("K"),
    "of np.cumsum": lambda x: np.cumsum(x, axis=1).ravel("K"),
    "of np.gradient": lambda x: np.gradient(_turned(x), axis=1).ravel("K"),
    "of np.unwrap": lambda x: np.unwrap(3 * _turned(x), axis=0).ravel("K"),
    "of np.piecewise": lambda x: np.piecewise(_turned(x), [_turned(x) > 0], [np.sin, 0]).ravel("K"),
    "np.isfortran": lambda x: x * 2.0 if np.isfortran(x) else x * 3.0,
    "flags": lambda x: x * 2.0 if x.flags.c_contiguous else x * 3.0,
    "x.flat": lambda x: x.flat[3:9],
    "entries of x.flat": lambda x: np.stack([entry * i for i, entry in enumerate(x.flat)]),
}
_TABLE = np.random.default_rng(0).normal(size=(4, 6))
LAYOUTS = {
    "C": _TABLE,
    "Fortran": np.asfortranarray(_TABLE),
    "transposed": np.ascontiguousarray(_TABLE.T).T,
    "every second column": np.repeat(_TABLE, 2, axis=1)[:, ::2],
    "every second of Fortran order": np.repeat(_TABLE.T, 2, axis=0)[::2].T,
    "backwards": _TABLE[::-1].copy()[::-1],
    "a row repeated": np.broadcast_to(_TABLE[0], (4, 6)),
    "a column repeated": np.broadcast_to(_TABLE[:, :1], (4, 6)),
}
#: where each entry has a place of its own
DISTINCT = {name: x for name, x in LAYOUTS.items() if all(x.strides)}
layouts = pytest.mark.parametrize("x", LAYOUTS.values(), ids=LAYOUTS)


@pytest.mark.slow
@pytest.mark.parametrize("f", READINGS.values(), ids=READINGS)
def test_values_are_numpy_s_and_derivatives_belong_to_their_entries(f, subtests):
    for layout, x in LAYOUTS.items():
        with named(subtests, layout):
            check_reading(f, x)


def check_reading(f, x):
    expected = f(x)
    ct = np.random.default_rng(2).normal(size=expected.shape).astype(expected.dtype)
    value, pullback = ad.vjp(f, x)
    np.testing.assert_array_equal(value, expected)
    # Row by row, by NumPy alone: all readings here are piecewise linear or quadratic.
    t = np.asfortranarray(np.random.default_rng(1).normal(size=x.shape))
    for layout in (np.asarray, np.asfortranarray):
        value, tangent = ad.jvp(f, (x,), (layout(t),))
        np.testing.assert_array_equal(value, expected)
        (g,) = pullback(layout(ct))
        np.testing.assert_allclose(float(np.sum(ct * tangent)), float(np.sum(g * t)), rtol=1e-9)
    np.testing.assert_allclose(forward.jacobian(f)(x), reverse.jacobian(f)(x), rtol=1e-12)


@together
@pytest.mark.parametrize("x", DISTINCT.values(), ids=DISTINCT)
@pytest.mark.parametrize("order", "CFAK")
def test_a_reading_has_the_derivatives_of_what_it_reads(x, order):
    """With distinct weights no two entries can be mistaken for each other."""
    weights = np.arange(24.0)
    places = np.zeros(x.shape)  # which weight an entry meets: by NumPy's own reading
    for i in range(24):
        unit = np.zeros(24)
        unit[i] = 1.0
        like = np.ndarray(x.shape, float, np.zeros(2000).data, 500 * 8, x.strides)
        like[...] = unit.reshape(x.shape)
        places.flat[i] = np.sum(like.ravel(order) * weights)
    for mode in MODES:
        found = ad.grad(lambda x: np.sum(np.ravel(x, order) * weights), mode=mode)(x)
        np.testing.assert_array_equal(found, places)
    for modes in NESTINGS:
        found = ad.hessian(lambda x: np.sum(np.ravel(x, order) ** 2 * weights), modes=modes)(x)
        np.testing.assert_allclose(found.reshape(24, 24), np.diag(2 * places.ravel()), atol=1e-12)


#: what makes an array of another layout, of any that has an axis
STEPS = (
    lambda y: y.T,
    lambda y: np.swapaxes(y, 0, -1),
    lambda y: y[::-1],
    lambda y: y[..., ::2],
    lambda y: y[1:] if len(y) > 1 else y,
    lambda y: np.expand_dims(y, 1),
    lambda y: y[..., None] * np.ones(2),
    lambda y: np.broadcast_to(y, (2, *y.shape)),
    lambda y: np.sum(y, axis=0, keepdims=True),
    lambda y: y - np.mean(y, axis=-1, keepdims=True),
    lambda y: y * np.asfortranarray(np.ones(y.shape)),
    lambda y: np.where(y > 0, y, 0),
    lambda y: np.concatenate([y, y + 1.0], axis=-1),
    lambda y: np.stack([y, 2.0 * y], axis=1),
    lambda y: np.take(y, [0, -1], axis=-1),
    lambda y: np.repeat(y, 2, axis=-1),
    lambda y: np.roll(y, 1, axis=0),
    lambda y: np.sort(y, axis=0),
    lambda y: np.cumsum(y, axis=0),
    lambda y: np.pad(y, 1),
    lambda y: np.diagonal(y, 0, 0, -1) if y.ndim > 1 else y,
    lambda y: y.reshape(y.shape[-1], -1, order="A"),
    lambda y: y.reshape(y.shape[-1], -1, order="F"),
    lambda y: y.reshape(-1, *y.shape[1:]),
    lambda y: y.copy(),
    lambda y: y.copy("A"),
    lambda y: np.copy(y, "F"),
    lambda y: y.astype(float),
    lambda y: y.ravel("K"),
    lambda y: y.flatten("A"),
)


def test_a_program_of_many_layouts_has_numpy_s_value(subtests):
    for seed in range(100):
        with named(subtests, f"seed {seed}"):
            check_program(seed)


def check_program(seed):
    rng = np.random.default_rng(seed)
    steps = [STEPS[i] for i in rng.integers(len(STEPS), size=rng.integers(2, 7))]
    x = list(LAYOUTS.values())[rng.integers(len(LAYOUTS))][:3, :4]

    def f(x):
        for step in steps:
            x = step(x) if x.size < 1000 else x[0]
        return x.ravel("CFAK"[seed % 4])

    value, tangent = ad.jvp(f, (x,), (np.asfortranarray(np.cos(x)),))
    np.testing.assert_array_equal(value, f(x))
    value, pullback = ad.vjp(f, x)
    np.testing.assert_array_equal(value, f(x))
    ct = rng.normal(size=value.shape)
    assert np.sum(ct * tangent) == pytest.approx(np.sum(pullback(ct)[0] * np.cos(x)), 1e-9, 1e-9)


@together
@layouts
def test_what_is_handed_out_keeps_the_order(x):
    for value in (
        ad.value_and_grad(lambda x: (np.sum(x), x), has_aux=True)(x)[0][1],
        ad.vjp(lambda x: x, x)[0],
        ad.jvp(lambda x: x, (x,), (np.ones(x.shape),))[0],
        ad.variable(x).value,
        ad.variable(x, requires_grad=False).value,
        ad.stop_gradient(ad.variable(x)),
    ):
        for order in "KA":
            np.testing.assert_array_equal(value.ravel(order), x.ravel(order))


@together
@layouts
@pytest.mark.parametrize("function", [ad.checkpoint, lambda f: ad.checkpoint(f, segments=True)])
def test_what_is_recomputed_is_read_in_the_same_order(x, function):
    weights = np.arange(24.0)

    def f(x):
        return np.sum(np.sin(x).ravel("K") * weights)

    assert reverse.value_and_grad(function(f))(x)[0] == f(x)
    np.testing.assert_allclose(
        reverse.grad(function(f))(x), forward.grad(f)(x), rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("mode", MODES)
def test_a_wrong_order_is_numpy_s_error(mode):
    for f in (
        lambda x: x.ravel("X"),
        lambda x: x.flatten("X"),
        lambda x: x.copy("X"),
        lambda x: x.reshape(-1, order="X"),
        lambda x: x.reshape(-1, order="K"),
        lambda x: x.astype(float, order="X"),
    ):
        with pytest.raises(ValueError, match="order"):
            f(_TABLE)
        with pytest.raises(ValueError, match="order"):
            ad.jacobian(f, mode=mode)(_TABLE)


@pytest.mark.parametrize("mode", MODES)
def test_a_reshape_that_may_not_copy(mode):
    f = ad.jacobian(lambda x: np.reshape(x, (24,), copy=False), mode=mode)
    assert f(_TABLE).shape == (24, 4, 6)
    with pytest.raises(ValueError, match="copy"):
        f(np.asfortranarray(_TABLE))
