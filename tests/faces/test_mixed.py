"""Mixed mode: the same derivatives through every place of a recording, and which place it takes."""

import numpy as np
import pytest

import admodes as ad
from admodes import forward, mixed, reverse
from admodes.modes.arguments import Inputs
from admodes.modes.containers import leaves
from tests.helpers import MODES, X, together
from tests.modes.test_writing import program as writing
from tests.sensitivity.programs import program as composed

N, M = 6, 9
INPUT = np.linspace(0.4, 1.3, N)
RNG = np.random.default_rng(3)
ENCODER, DECODER = RNG.normal(size=(2, N)), RNG.normal(size=(M, 2))


def hourglass(x):
    return np.tanh(DECODER @ np.sin(ENCODER @ np.sin(x)))


def equal(found, expected):
    for (_, a), (_, b) in zip(leaves(found), leaves(expected), strict=True):
        size = np.max(np.abs(b), initial=1.0, where=np.isfinite(b))
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-10 * size, strict=True)


def at_every_place(f, *args, argnums=0, step=1, **options):
    """How many places the Jacobian was had through, and the mode that is taken: all give the same.

    Of a long recording each `step`-th place.
    """
    expected = reverse.jacobian(f, argnums, **options)(*args)
    whole, _ = mixed.recorded(Inputs(f, args, {}, argnums), **options)
    through = 0
    for place in map(whole.places.at, range(0, len(whole.places.widths), step)):
        found = whole.through(place)
        if found is not None:
            equal(found, expected)
            through += 1
    equal(whole.by_columns(), forward.jacobian(f, argnums, **options)(*args))
    jacobian = mixed.jacobian(f, argnums, **options)
    equal(jacobian(*args), expected)
    return through, jacobian.choice().mode


# --- Every kind of function -----------------------------------------------------------------------


def depends(x):
    """At its narrowest place a is alive beside b, which is made of it."""
    a = np.sum(x)
    b = a * a
    return np.arange(float(M)) * b + a


def written(x):
    y = np.zeros((2, 2), like=x)
    y[0] = np.sum(x)
    view = y.T[1]
    view *= 3.0
    y[1, 1] = np.prod(x)
    return np.reshape(y[1:] * np.arange(1.0, 10.0)[:, None], (3, 6))


def through_complex(x):
    return np.abs(np.fft.ifft(np.fft.fft(x)[:1], 8)) * np.arange(8.0)


def parts(p, q):
    h = np.sum(p["a"]) * q[0] + p["b"]
    return {"u": h * np.arange(5.0), "v": (np.sin(h), [p["b"]]), "w": np.ones(2)}


def entries(x):
    """By numbers one by one, as a loop reads and makes them."""
    total = 0.0
    for i in range(N):
        total = total + x[i] * x[i - 1]
    return np.stack([np.sin(total * i) for i in range(M)])


Z = INPUT + 1j * INPUT[::-1]
KINDS = {
    "hourglass": (hourglass, (INPUT,), {}),
    "one of the other": (depends, (INPUT,), {}),
    "writing": (written, (INPUT,), {}),
    "numbers": (entries, (INPUT,), {}),
    "containers": (parts, ({"a": INPUT, "b": 2.0}, (3.0, X)), {"argnums": (0, 1)}),
    "some arguments": (lambda a, b: hourglass(a * b), (INPUT, 2.0 * INPUT), {"argnums": 1}),
    "float32": (lambda x: np.sum(x) * np.ones(9, "f"), (INPUT.astype("f"),), {}),
    "complex between": (through_complex, (INPUT,), {}),
    "complex outputs": (lambda x: np.exp(1j * np.sum(x) * np.arange(9.0)), (INPUT,), {}),
    "complex inputs": (lambda z: np.abs(np.sum(z * z)) * np.arange(13.0), (Z,), {}),
    "holomorphic": (lambda z: np.exp(0.1 * np.sum(z * z) * DECODER), (Z,), {"holomorphic": True}),
    "checkpoint": (lambda x: np.sin(DECODER @ ad.checkpoint(np.tanh)(ENCODER @ x)), (INPUT,), {}),
}


@together
@pytest.mark.parametrize("chunk_size", [None, 1])
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_through_every_place(kind, chunk_size):
    f, args, options = KINDS[kind]
    step = 1 if chunk_size is None else 3
    through, mode = at_every_place(f, *args, chunk_size=chunk_size, step=step, **options)
    assert through >= 2 // step
    assert mode == "mixed"


@together
@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: x, INPUT),
        (lambda x: (x, x, np.sum(x) * x), INPUT),
        (lambda x: np.ones((2, 3)), INPUT),
        (lambda x: (x.astype(int), np.cumsum(x)), INPUT),
        (lambda x: x * x, 3.0),
        (lambda x: np.sum(x) * np.ones(0), INPUT),
        (lambda x: np.sum(x) * np.ones(3), np.zeros(0)),
        (lambda x: x * np.ones((2, 1)), np.array(0.5)),
    ],
)
def test_where_there_is_nothing_to_gain(f, x):
    through, mode = at_every_place(f, x)
    assert through
    assert mode in MODES


def narrow(g, count=14):
    """Many outputs by way of one number that `g` gives."""

    def f(*args):
        y = np.sum(g(*args))
        return y * np.arange(1.0, count), np.sin(1e-3 * y)

    return f


@together
@pytest.mark.parametrize("seed", range(4))
def test_random_programs_that_write(seed):
    x = np.random.default_rng(seed).uniform(-0.5, 0.5, (2, 3))
    through, mode = at_every_place(narrow(writing(seed)), x, step=5)
    assert through > 4
    assert mode == "mixed"


@together
@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_random_programs(seed, special):
    f, args = composed(seed, special)[1:]
    with np.errstate(all="ignore"):
        for g in (f, narrow(f)):
            at_every_place(g, *args, argnums=tuple(range(len(args))))


# --- Which place, and what is said of it ----------------------------------------------------------


def test_the_choice_and_why():
    jacobian = ad.jacobian(hourglass, mode="mixed")
    with pytest.raises(
        RuntimeError, match=r"nothing is chosen before the first call.*jacobian\(x\)"
    ):
        jacobian.choice()
    jacobian(INPUT)
    assert str(jacobian.choice()) == "mixed mode (2 numbers between 6 inputs and 9 outputs)"
    for n, m, mode in ((3, 8, "forward"), (8, 3, "reverse"), (5, 5, "reverse")):
        matrix = RNG.normal(size=(m, n))
        jacobian = ad.jacobian(lambda x, matrix=matrix: matrix @ np.sin(x), mode="mixed")
        equal(jacobian(np.ones(n)), matrix * np.cos(1.0))
        assert jacobian.choice().mode == mode
        assert jacobian.choice().reason == f"no narrow place between {n} inputs and {m} outputs"


@pytest.mark.parametrize("chunk_size", [None, 1])
def test_as_many_directions_as_the_place_is_wide(chunk_size):
    seen = {"push": 0, "pull": 0}

    def counted(half):
        def rule(kept, t):
            seen[half] += 1 if t.ndim == 1 else len(t)
            return 2.0 * t

        return rule

    rules = {half: counted(half) for half in seen}
    twice = ad.custom(lambda x: 2.0 * x, directions=True, **rules)
    jacobian = mixed.jacobian(
        lambda x: twice(DECODER @ (ENCODER @ twice(x))), chunk_size=chunk_size
    )
    equal(jacobian(INPUT), 4.0 * DECODER @ ENCODER)
    assert seen == {"push": 2, "pull": 2}


def test_the_function_is_evaluated_once():
    calls = []

    def f(x):
        calls.append(1)
        return np.sum(x) * np.ones(5), "aux"

    for n in (2, 9):
        jacobian, aux = mixed.jacobian(f, has_aux=True)(np.ones(n))
        np.testing.assert_array_equal(jacobian, np.ones((5, n)))
        assert aux == "aux"
    assert len(calls) == 2


# --- Not finite -----------------------------------------------------------------------------------


@together
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sqrt(np.sum(x * x)) * np.arange(9.0),
        lambda x: np.sum(np.sqrt(x)) * np.arange(9.0),
        lambda x: np.log(np.sum(x) * np.arange(9.0)),
        lambda x: np.stack([np.sqrt(np.sum(x)), np.sum(x)])[np.arange(9) % 2] ** 2,
        lambda x: 1e200 * (np.sum(1e200 * x) * np.arange(9.0)),
    ],
)
@pytest.mark.parametrize("x", [np.zeros(N), np.array([0.0, 1.0, 4.0, np.inf, 1.0, np.nan])])
def test_where_a_slope_is_not_finite_the_modes_answer(f, x):
    with np.errstate(all="ignore"):
        expected = {mode: ad.jacobian(f, mode=mode)(x) for mode in MODES}
        jacobian = mixed.jacobian(f)
        found = jacobian(x)
    equal(expected["forward"], expected["reverse"])
    equal(found, expected["reverse"])
    assert jacobian.choice().mode == "forward"
    assert jacobian.choice().reason == "a slope is not finite"


def test_a_product_that_would_overflow():
    def f(x):
        return 1e-300 * (1e200 * np.sum(1e200 * x) * np.ones(9))

    with np.errstate(all="ignore"):
        equal(mixed.jacobian(f)(1e-200 * INPUT), reverse.jacobian(f)(1e-200 * INPUT))


# --- Nested, and as a program ---------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_a_derivative_of_a_mixed_jacobian(mode):
    weights = np.arange(float(N * M)).reshape(M, N)

    def of(jacobian):
        return lambda x: np.sum(jacobian(hourglass)(x) ** 2 * weights)

    taken = mixed.jacobian(hourglass)
    equal(
        ad.grad(lambda x: np.sum(taken(x) ** 2 * weights), mode=mode)(INPUT),
        ad.grad(of(reverse.jacobian))(INPUT),
    )
    assert taken.choice().mode == "mixed"


@pytest.mark.parametrize("mode", MODES)
def test_a_mixed_jacobian_of_a_gradient(mode):
    def f(x):
        y = np.sum(x) * np.linspace(0.0, 0.3, N)
        return ad.grad(lambda y: np.sum(hourglass(y)), mode=mode)(y)

    through, taken = at_every_place(f, INPUT)
    assert through > 2
    assert taken == "mixed"


@together
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.abs(np.sum(x)) * np.arange(9.0),
        lambda x: np.abs(np.sum(x)) ** 2 * np.arange(9.0),
        lambda x: np.maximum(np.sum(x) * np.arange(9.0), 0) ** 2,
        lambda x: np.sum(np.sort(x) * np.arange(4.0)) * np.arange(9.0),
        lambda x: np.where(np.sum(x) > 0, np.sqrt(np.sum(x)), 0) * np.arange(9.0),
    ],
)
def test_second_derivatives_at_corners_are_unknown_where_those_of_the_modes_are(f):
    x = np.array([1.0, -1.0, 0.0, 0.0])
    jacobian = mixed.jacobian(f)
    for outer in (forward, reverse):
        equal(outer.jacobian(jacobian)(x), outer.jacobian(reverse.jacobian(f))(x))
        assert jacobian.choice().mode == "mixed"


def test_mixed_of_mixed():
    equal(
        mixed.jacobian(mixed.jacobian(hourglass))(INPUT),
        forward.jacobian(reverse.jacobian(hourglass))(INPUT),
    )


def test_as_a_program():
    jacobian = ad.jacobian(hourglass, mode="mixed", compiled=True)
    for x in (INPUT, INPUT + 0.3):
        equal(jacobian(x), mixed.jacobian(hourglass)(x))
    assert "matmul" in str(jacobian.program)


def test_errors_are_those_of_the_modes():
    with pytest.raises(TypeError, match="say holomorphic=True"):
        mixed.jacobian(lambda z: np.sum(z) * np.ones(9))(Z)
    with pytest.raises(ValueError, match="not holomorphic there"):
        mixed.jacobian(lambda z: np.conj(np.sum(z)) * np.ones(9), holomorphic=True)(Z)
    with pytest.raises(ValueError, match="chunk_size must be"):
        mixed.jacobian(hourglass, chunk_size=0)
    with pytest.raises(TypeError, match="not callable"):
        mixed.jacobian(3)
