"""Random programs at special points: all faces against one another, and against the definition."""

import functools

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from admodes.modes.recordings import source
from admodes.transforms import NESTINGS
from tests.core import reference

SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -8.0, 3.0, np.inf, -np.inf, np.nan)
EXTREME = (5e-324, 1e308, -1e-308)

UNARY = {
    **{
        f.__name__: f
        for f in (
            np.abs,
            np.arccos,
            np.arccosh,
            np.arcsin,
            np.arcsinh,
            np.arctan,
            np.arctanh,
            np.cbrt,
            np.cos,
            np.cosh,
            np.exp,
            np.exp2,
            np.expm1,
            np.log,
            np.log10,
            np.log1p,
            np.log2,
            np.negative,
            np.reciprocal,
            np.sin,
            np.sinc,
            np.sinh,
            np.sqrt,
            np.square,
            np.tan,
            np.tanh,
            np.fabs,
            np.degrees,
            np.cumsum,
            np.sort,
            np.diff,
            np.nan_to_num,
        )
    },
    "reversed": lambda a: a[::-1],
    "sum": lambda a: a - np.sum(a),
    "mean": np.mean,
    "max": np.max,
    "min": np.min,
    "prod": np.prod,
    "cumprod": np.cumprod,
    "norm": np.linalg.norm,
    "entry": lambda a: a[0] * np.ones(3),
    "root": lambda a: a**0.5,
    "cube root": lambda a: a ** (1 / 3),
    "cube": lambda a: a**3,
    "inverse": lambda a: a**-1.0,
    "bump": lambda a: np.exp(-((1 / a) ** 2)),
    "positive part": lambda a: np.where(a > 0, a, 0.0),
    "clip": lambda a: np.clip(a, -1.0, 1.0),
    "matrix": lambda a: MATRIX @ a,
    "std": np.std,
}
BINARY = {
    f.__name__: f
    for f in (
        np.add,
        np.subtract,
        np.multiply,
        np.divide,
        np.power,
        np.maximum,
        np.minimum,
        np.fmax,
        np.fmin,
        np.arctan2,
        np.hypot,
        np.logaddexp,
        np.dot,
        np.outer,
    )
} | {
    "where": lambda a, b: np.where(a < b, a, b),
    "masked": lambda a, b: (a > 0) * b,
    "product": lambda a, b: np.stack([a, b]) @ a,
}
MATRIX = np.array([[1.0, 0.0, -1.0], [0.0, 0.0, 0.0], [0.0, 2.0, 1.0]])
OPERATIONS = [*UNARY, *BINARY]


def made(seed):
    """A program, of up to five operations, and a point: every operation is as likely as another."""
    rng = np.random.default_rng(seed)
    names = rng.choice(OPERATIONS, rng.integers(1, 6))
    program = [(str(name), *map(int, rng.integers(10, size=2))) for name in names]
    return program, rng.choice(SPECIAL * 2 + EXTREME, 3)


def run(program, x):
    """A number, from a list of values that operations make of two before them."""
    values = [x, np.array([0.0, 1.0, -2.0])]
    for name, i, j in program:
        a, b = values[-1 - i % len(values)], values[-1 - j % len(values)]
        value = UNARY[name](a) if name in UNARY else BINARY[name](a, b)
        if np.shape(value) != (3,):
            value = np.sum(value) * np.ones(3)
        values.append(value)
    unused = np.where(np.zeros(3, bool), x, 0.0)  # so that there is something to record
    return np.sum(values[-1] * np.array([1.0, 0.5, 1.0])) + np.sum(unused)


def backward(f, x):
    leaf = ad.variable(x)
    y = f(leaf)
    if not isinstance(y, ad.Variable) or not y.requires_grad:
        return np.zeros(3)
    y.backward()
    return np.zeros(3) if leaf.grad is None else leaf.grad


def one_by_one(f, x):
    return np.array([ad.jvp(f, (x,), (unit,))[1] for unit in np.eye(3)])


def linearized(f, x):
    _, along = ad.linearize(f, x)
    return np.array([along(unit) for unit in np.eye(3)])


def twice(f, x):
    y, pullback = ad.vjp(f, x)
    pullback(y * 0 + 2.0)
    return pullback(y * 0 * 0 + 1.0)[0] if np.isfinite(y) else pullback(np.float64(1.0))[0]


def rows(f, x):
    return reverse.jacobian(lambda x: np.stack([np.sum(x), f(x)]))(x)[1]


FACES = {
    "forward": lambda f, x: forward.grad(f)(x),
    "forward, 1": lambda f, x: forward.grad(f, chunk_size=1)(x),
    "forward, 2": lambda f, x: forward.grad(f, chunk_size=2)(x),
    "jvp": one_by_one,
    "linearize": linearized,
    "reverse": lambda f, x: reverse.grad(f)(x),
    "rows": rows,
    "vjp twice": twice,
    "backward": backward,
    "checkpoint": lambda f, x: ad.grad(ad.checkpoint(f))(x),
    "segments": lambda f, x: ad.grad(ad.checkpoint(f, segments=True))(x),
}


@pytest.fixture(scope="module", autouse=True)
def read_once():
    """The graph of a program tells its lines, of this file, which is the same for all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "File", functools.cache(source.File))
        yield


def check(program, x, faces=tuple(FACES)):
    def f(x):
        return run(program, x)

    with np.errstate(all="ignore"):
        expected, doubtful = reference.gradient(f, x)
        for name in faces:
            found = np.where(doubtful, expected, FACES[name](f, x))
            np.testing.assert_allclose(
                found, expected, rtol=1e-6, atol=1e-9, err_msg=f"{name} of {program} at {x}"
            )


def check_second(program, x):
    """Hessian-vector products by the four nestings: what is known by two is the same by both."""
    along = np.array([1.0, -0.7, 0.4])

    def f(x):
        return run(program, x)

    with np.errstate(all="ignore"):
        found = {modes: ad.hvp(f, (x,), (along,), modes=modes)[0] for modes in NESTINGS}
    if reference.is_doubtful_to_second_order(f, x):
        return
    for modes, product in found.items():
        other = found["reverse-over-reverse"]
        missing = np.isnan(product) | np.isnan(other)
        np.testing.assert_allclose(
            np.where(missing, 0, product),
            np.where(missing, 0, other),
            rtol=1e-6,
            atol=1e-9,
            err_msg=f"{modes} of {program} at {x}",
        )


@pytest.mark.slow
def test_random_programs_at_special_points():
    """By every other face, a tenth of them to second order."""
    for seed in range(160):
        program, x = made(seed)
        check(program, x, list(FACES)[seed % 2 :: 2])
        if seed % 10 == 0:
            check_second(program, x)
