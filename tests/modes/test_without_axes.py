"""Arrays without axes, which may be written into, and numbers, which may not: NumPy has both."""

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from tests.helpers import MODES, together

X = np.array([1.5, -0.5])


def by_every_face(f, x):
    yield "forward", forward.value_and_grad(f)(x)
    yield "one direction a pass", forward.value_and_grad(f, chunk_size=1)(x)
    yield "reverse", reverse.value_and_grad(f)(x)
    yield "checkpoint", reverse.value_and_grad(ad.checkpoint(f))(x)
    for mode in MODES:
        yield f"program of {mode}", ad.value_and_grad(f, mode=mode, compiled=True)(x)
    variable = ad.variable(x)
    y = f(variable.copy())
    y.backward()
    yield "backward", (y.value, variable.grad)


def like(x):
    """An array without axes that depends on x, made by a write."""
    s = np.zeros((), x.dtype, like=x)
    s[...] = np.sum(x * x)
    return s


WRITES = {
    "+= number": lambda s, x: s.__iadd__(x[1]),
    "*= itself": lambda s, x: s.__imul__(s),
    "+= twice": lambda s, x: s.__iadd__(x[1]).__imul__(x[0]),
    "[...]": lambda s, x: s.__setitem__(..., x[1] * s),
    "[()]": lambda s, x: s.__setitem__((), x[1] * s),
    "[None]": lambda s, x: s.__setitem__(None, x[1]),
    "a mask": lambda s, x: s.__setitem__(np.array(True), x[1]),
    "fill": lambda s, x: s.fill(x[1]),
    "flat[0]": lambda s, x: s.flat.__setitem__(0, x[1]),
    "flat": lambda s, x: setattr(s, "flat", x[1] * 2),
    "a view of one axis": lambda s, x: np.ravel(s).__setitem__(0, x[1]),
    "a view without axes": lambda s, x: s[...].__iadd__(x[0]),
    "put": lambda s, x: np.put(s, 0, x[1]),
    "put twice at a place": lambda s, x: np.put(s, [0, 0], x),
    "place": lambda s, x: np.place(s, True, x[1:]),
    "putmask": lambda s, x: np.putmask(s, True, x[1:]),
    "copyto": lambda s, x: np.copyto(s, x[1] * s),
    "add.at": lambda s, x: np.add.at(s, (), x[1]),
    "out= of a ufunc": lambda s, x: np.multiply(s, x[1], out=s),
    "out= of a ufunc, somewhere": lambda s, x: np.multiply(s, x[1], out=s, where=True),
    "out= of a reduction": lambda s, x: np.prod(x, out=s),
    "out= of a method of a ufunc": lambda s, x: np.multiply.reduce(x, out=s),
    "out= of a product": lambda s, x: np.dot(x, 2 * x, out=s),
}


@together
@pytest.mark.parametrize("once", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("before", [False, True], ids=("first", "after +="))
def test_an_array_without_axes_is_written_into(once, before):
    def f(x):
        s = like(x)
        if before:
            s += x[0]
        once(s, x)
        return s * x[1]

    value = f(X)
    truth = [np.imag(f(X + step)) / 1e-100 for step in 1e-100j * np.eye(2)]
    for face, (y, g) in by_every_face(f, X):
        np.testing.assert_allclose(y, value, rtol=1e-12, err_msg=face)
        np.testing.assert_allclose(g, truth, rtol=1e-12, err_msg=face)


@together
@pytest.mark.parametrize(
    "once",
    [
        lambda s, x: s.flat.__setitem__(0, x[1]),
        lambda s, x: np.multiply(s, 2.0, out=s),
        lambda s, x: np.multiply(s, 2.0, out=s, where=False),
        lambda s, x: np.prod(x, out=s),
        lambda s, x: np.put(s, 0, x[1]),
    ],
    ids=("flat", "out= of a ufunc", "out= nowhere", "out= of a reduction", "put"),
)
@pytest.mark.parametrize("mode", MODES)
def test_a_number_is_not_written_into(once, mode):
    """NumPy raises, or writes into a copy that nobody sees."""

    def f(x):
        once(s := np.sum(x), x)
        return s

    with pytest.raises(TypeError, match="a number cannot be written into"):
        ad.grad(f, mode=mode)(X)


@together
@pytest.mark.parametrize(
    "of", [np.zeros_like, np.copy, lambda x: np.zeros((), like=x)], ids=("zeros", "copy", "like")
)
def test_what_is_made_of_a_constant_without_axes_can_be_written_into(of):
    """By forward mode, in which it has a tangent only from then on."""

    def f(x, y):
        s = of(x)
        s[...] = x * 2.0
        return s * y[0]

    x, y = np.array(0.5), np.array([3.0, 4.0])
    assert forward.jvp(of, (x,), (np.array(1.0),))[1].shape == ()
    for size in (1, 2, None):
        a, b = forward.grad(f, (0, 1), chunk_size=size)(x, y)
        np.testing.assert_array_equal(a, 6.0)
        np.testing.assert_array_equal(b, [1.0, 0.0])


@together
@pytest.mark.parametrize(
    "f",
    [
        lambda y: y.copy().__iadd__(y[...]) * 2,
        lambda y: (v := y.copy(), v.__setitem__(v > 0, v * 3), v * 1)[-1],
        lambda y: (v := y.copy(), v[...].__imul__(2), v.__iadd__(y), v * y)[-1],
    ],
    ids=("a sum", "a mask", "a view"),
)
@pytest.mark.parametrize("backend", ["numpy", "compiled"])
def test_programs_of_an_argument_without_axes(f, backend):
    if backend == "compiled":
        pytest.importorskip("llvmlite")
    program = ad.value_and_grad(f, compiled=True, backend=backend)
    for y in (np.array(0.7), np.array(1.2), np.array(-0.5)):
        np.testing.assert_allclose(program(y), ad.value_and_grad(f)(y), rtol=1e-12)
