"""``compiled=True``: each face gives what it gives without a program, bit for bit."""

import dataclasses
import functools

import numpy as np
import pytest

import admodes as ad
from tests.helpers import together
from tests.programs import faces
from tests.programs.faces import squares
from tests.programs.functions import X, rosenbrock

same = functools.partial(faces.alike, same_leaf=np.testing.assert_array_equal)


@faces.quietly
@together
@faces.with_complex
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_first_derivatives(f, points, mode):
    made = functools.partial(faces.first_derivatives, mode)
    faces.check(made, f, points, "numpy", same)


@pytest.mark.slow
@faces.quietly
@together
@faces.cases
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_second_derivatives(f, points, mode):
    made = functools.partial(faces.second_derivatives, mode)
    faces.check(made, f, points, "numpy", same)


def test_an_integer_is_a_number_and_not_a_constant():
    """What it is differentiated by is a float, so one recording is of all of them."""

    def power(x, n):
        return x**n

    gradient = ad.grad(power, compiled=True)
    for x in (2, 3, 4.0, 5):
        same(gradient(x, 3), ad.grad(power)(x, 3))
    assert len(gradient.program.variants) == 1
    same(gradient(2, 4), 32.0)  # the other one stays what it is
    assert len(gradient.program.variants) == 2
    p = ad.program(lambda x, y: x * y, 2, 3, mode="reverse", argnums=(0, -1))
    for x, y in ((2, 3), (4, 5), (6.0, 7)):
        same(p(x, y), (float(x * y), (float(y), float(x))))
    assert len(p.variants) == 1


def test_containers_of_the_same_parts_are_not_one_another():
    """A recording is of the containers that it was made for."""
    found = ad.program(lambda x, rest: (x, rest), 1.0, [2.0])
    for rest in ([2.0], (2.0,), {0: 2.0}, [], {}, ()):
        same(found(3.0, rest), (3.0, rest))


@together
@pytest.mark.parametrize(
    ("face", "call"),
    [
        ("grad", lambda **options: ad.grad(squares, **options)),
        ("value_and_grad", lambda **options: ad.value_and_grad(squares, **options)),
        ("jacobian", lambda **options: ad.jacobian(squares, **options)),
        ("hessian", lambda **options: ad.hessian(squares, **options)),
        ("hvp", lambda **options: ad.hvp(squares, (X,), (X,), **options)),
        ("jvp", lambda **options: ad.jvp(squares, (X,), (X,), **options)),
    ],
)
def test_a_back_end_is_one_of_a_program(face, call):
    line = rf"write admodes\.{face}\(\.\.\., compiled=True, backend=\'compiled\'\)"
    with pytest.raises(ValueError, match=line):
        call(backend="compiled")
    for compiled in (False, True):
        with pytest.raises(ValueError, match="backend must be 'numpy' or 'compiled', not 'jax'"):
            call(compiled=compiled, backend="jax")


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_the_faces_by_programs(mode):
    def total(x, scale=1.0):
        return rosenbrock(x) * scale

    def several(x):
        return np.sin(x[1:]) * x[0]

    for make in (
        lambda **options: ad.grad(total, mode=mode, **options),
        lambda **options: ad.value_and_grad(total, mode=mode, **options),
        lambda **options: ad.jacobian(several, mode=mode, **options),
        lambda **options: ad.jacobian(several, **options),
        lambda **options: ad.hessian(total, modes=f"{mode}-over-{mode}", **options),
        lambda **options: lambda x: ad.hvp(total, (x,), (X,), **options),
        lambda **options: lambda x: ad.jvp(total, (x,), (X,), **options),
    ):
        quick, eager = make(compiled=True), make()
        for at in (X, X + 1, X[:3] * 1):
            if at.shape == X.shape or hasattr(quick, "program"):
                same(quick(at), eager(at))
    gradient = ad.grad(total, mode=mode, compiled=True)
    same(gradient(X, scale=3.0), ad.grad(total, mode=mode)(X, scale=3.0))
    same(gradient(X), ad.grad(total, mode=mode)(X))
    assert "def gradient_of_total(x" in gradient.program.source


@together
@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(
    "x",
    [2.0, np.float64(2.0), np.float32(2.0), np.array(2.0), 1 + 2j, np.complex128(1 + 2j), X * 1j],
)
def test_every_kind_of_number(x, mode):
    def f(x):
        return np.sum(np.abs(x) ** 2)

    quick, eager = ad.grad(f, mode=mode, compiled=True), ad.grad(f, mode=mode)
    for at in (x, x * 3, x):
        same(quick(at), eager(at))


def test_an_auxiliary_output():
    def f(x):
        return np.sum(x**2), {"twice": x * 2, "name": "f", "n": 3, "none": None, "ok": True}

    compiled = ad.grad(f, has_aux=True, compiled=True)
    for at in (X, X + 1):
        gradient, aux = compiled(at)
        own, expected = ad.grad(f, has_aux=True)(at)
        same((gradient, aux.pop("twice")), (own, expected.pop("twice")))
        assert aux == expected


def test_programs_of_a_function_are_remembered():
    calls = []

    def f(x):
        calls.append(1)
        return x * x

    ad.jvp(f, (X,), (X,), compiled=True)
    before = len(calls)
    ad.jvp(f, (X + 1,), (X,), compiled=True)
    assert len(calls) == before


def test_a_function_is_itself_and_not_one_that_is_equal():
    @dataclasses.dataclass(frozen=True)
    class Scaled:
        name: str
        factor: float = dataclasses.field(compare=False)

        def __call__(self, x):
            return x * self.factor

        def method(self, x):
            return self(x)

    one, other = Scaled("f", 2.0), Scaled("f", 3.0)
    assert one == other
    for f, g in ((one, other), (one.method, other.method)):
        for each, factor in ((f, 2.0), (g, 3.0), (f, 2.0)):
            same(ad.jvp(each, (X,), (X,), compiled=True), (X * factor, X * factor))

    class Unhashable(list):
        def __call__(self, x):
            return x * self[0]

    same(ad.jvp(Unhashable([4.0]), (X,), (X,), compiled=True), (X * 4, X * 4))


def test_a_method_is_the_same_each_time():
    class Square:
        calls = 0

        def of(self, x):
            self.calls += 1
            return x * x

    square = Square()
    ad.jvp(square.of, (X,), (X,), compiled=True)
    before = square.calls
    ad.jvp(square.of, (X,), (X,), compiled=True)
    assert square.calls == before
