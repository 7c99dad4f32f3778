"""``compiled=True``: each face gives what it gives without a program, bit for bit."""

import functools

import numpy as np
import pytest

import admodes as ad
from tests.programs import faces
from tests.programs.faces import X, squares

same = functools.partial(faces.alike, same_leaf=np.testing.assert_array_equal)


@faces.quietly
@faces.with_complex
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_first_derivatives(f, points, mode):
    made = functools.partial(faces.first_derivatives, mode)
    faces.check(made, f, points, "numpy", same)


@pytest.mark.slow
@faces.quietly
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
