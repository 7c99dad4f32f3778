"""Arrays that are written into: what is a view of what, whose memory it is, and what it costs."""

import copy
import gc
import operator
import weakref

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from admodes.counting import evaluation
from admodes.modes import writing
from admodes.modes.tape import Tape
from admodes.modes.variables import leaf
from admodes.modes.views import views_of
from admodes.primitives.overwriting import overwrite
from tests.helpers import MODES, NESTINGS, together

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])


def complex_step(f, x):
    """The gradient, of a function that has no other operations than sums and products."""
    g = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        z = x.astype(complex)
        z[i] += 1e-100j
        g[i] = np.imag(f(z)) / 1e-100
    return g


def by_every_face(f, x):
    yield "forward", forward.value_and_grad(f)(x)
    yield "one direction a pass", forward.value_and_grad(f, chunk_size=1)(x)
    yield "reverse", reverse.value_and_grad(f)(x)
    yield "checkpoint", reverse.value_and_grad(ad.checkpoint(f))(x)
    yield "segments", reverse.value_and_grad(ad.checkpoint(f, segments=True))(x)
    y, pullback = ad.vjp(f, x)
    yield "vjp", (y, pullback(1.0)[0])
    yield "vjp again", (y, pullback(1.0)[0])
    y, pushforward = ad.linearize(f, x)
    units = np.eye(x.size).reshape(x.size, *x.shape)
    yield "linearize", (y, np.reshape([pushforward(unit) for unit in units], x.shape))
    variable = ad.variable(x)
    y = f(variable.copy())
    y.backward()
    yield "backward", (y.value, variable.grad)


def check(f, x=X):
    own = x.copy()
    value, truth = f(x.copy()), complex_step(f, x)
    for face, (y, g) in by_every_face(f, x):
        np.testing.assert_allclose(y, value, rtol=1e-12, err_msg=face)
        np.testing.assert_allclose(g, truth, rtol=1e-10, atol=1e-12, err_msg=face)
    np.testing.assert_array_equal(x, own)


# --- Views ----------------------------------------------------------------------------------------

VIEWS = {
    "a row": lambda u: u[1],
    "a slice": lambda u: u[:, 1:],
    "a slice of a slice": lambda u: u[:, 1:][:1],
    "reversed": lambda u: u[::-1, ::-1],
    "all of it": lambda u: u[...],
    "a new axis": lambda u: u[None],
    "an entry with no axes": lambda u: u[1, 2, ...],
    "T": lambda u: u.T,
    "mT": lambda u: u.mT,
    "transpose": lambda u: u.transpose(1, 0),
    "swapaxes": lambda u: u.swapaxes(0, 1),
    "moveaxis": lambda u: np.moveaxis(u, 0, 1),
    "reshape": lambda u: u.reshape(3, 2),
    "ravel": lambda u: u.ravel(),
    "ravel of a slice": lambda u: u[:, :2].ravel(),
    "reshape of a transpose": lambda u: u.T.reshape(6),
    "flatten": lambda u: u.flatten(),
    "expand_dims": lambda u: np.expand_dims(u, 1),
    "squeeze": lambda u: u[:1].squeeze(),
    "atleast_3d": np.atleast_3d,
    "flip": lambda u: np.flip(u, 1),
    "rot90": np.rot90,
    "split": lambda u: np.split(u, 3, axis=1)[1],
    "vsplit": lambda u: np.vsplit(u, 2)[0],
    "an iterated row": lambda u: list(u)[1],
    "a copy": lambda u: u.copy(),
    "np.copy": np.copy,
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "a mask": lambda u: u[u.real > 0],
    "integers": lambda u: u[[1, 0, 1]],
    "take": lambda u: np.take(u, [1, 0], 1),
    "a sum": lambda u: u + 0.0,
    "astype": lambda u: u.astype(u.dtype),
    "concatenate": lambda u: np.concatenate([u]),
    "stack": lambda u: np.stack([u]),
    "tile": lambda u: np.tile(u, 1),
    "repeat": lambda u: np.repeat(u, 1, 0),
    "where": lambda u: np.where(True, u, 0.0),
    "roll": lambda u: np.roll(u, 0),
    "asarray": lambda u: np.asarray(u, like=u),
    "array": lambda u: np.array(u, like=u),
}


@together
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
@pytest.mark.parametrize("into", ["the view", "the array", "both"])
def test_what_is_a_view_in_numpy_is_one(view, into):
    def f(x):
        u = x * x
        v = view(u)
        w = u[:, ::2]
        if into != "the array":
            v[...] = v * x[0, 1]
        if into != "the view":
            u[0] = u[1] * x[0]
            u[1, 2] *= 3.0
        weights = np.arange(1.0, v.size + 1).reshape(v.shape)
        return np.sum(weights * v) + 2.0 * np.sum(u * x) + np.sum(w * w)

    check(f)


@pytest.mark.parametrize("base", [lambda u: u, lambda u: u.T, lambda u: u[:, ::2]])
def test_a_flat_array(base):
    def f(x):
        u = x * x
        v = base(u)
        v.flat[1] = x[0, 0]
        v.flat[2:4] = 2.0 * v.flat[:2]
        u[0] *= x[1]
        return np.sum(v.flat[1:] * v.flat[0]) + np.sum(u * x)

    check(f)


def test_views_of_real_numbers():
    def f(x):
        u = x * x
        np.real(u)[0] = x[1]
        u.real[1] *= x[0]
        return np.sum(u * x)

    own = f(X.copy())
    for mode in MODES:
        assert ad.value_and_grad(f, mode=mode)(X)[0] == own


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "view",
    [
        lambda x: np.broadcast_to(x, (300, *x.shape)),
        lambda x: np.broadcast_to(x[0, 0], (300,)),
        lambda x: (x + 1j).real,
        lambda x: (x + 1j).imag,
        np.diagonal,
    ],
)
def test_what_is_read_only_in_numpy_or_here_is_refused(mode, view):
    def f(x):
        view(x)[0] = 1.0
        return np.sum(x)

    with pytest.raises(ValueError, match=r"x\.copy\(\)"):
        ad.grad(f, mode=mode)(X)


def test_what_was_read_before_stays_what_it_was():
    def f(x):
        u = x.copy()
        before, product = u + 0.0, u * x
        u[:] = 7.0
        return np.sum(before * product) + np.sum(u * x)

    check(f)


def test_two_names_are_one_array():
    def f(x):
        u = v = x * 2.0
        v += x
        u *= v
        return np.sum(u * v)

    check(f)


def test_an_argument_is_changed_inside_alone():
    def f(x):
        x[0] = x[1] * x[0]
        x += 1.0
        x.T[0] *= x[0, 1]
        return np.sum(x * x)

    check(f)


@pytest.mark.parametrize("copied", [lambda a: a, np.copy, lambda a: a.copy()])
def test_an_array_that_is_written_into_itself(copied):
    def f(x):
        a = x * 2.0
        b = copied(a)
        b[...] = a
        return np.sum(b * b * x)

    check(f)


def test_values_that_overlap_what_they_are_written_into():
    def f(x):
        u = np.ravel(x * x)
        u[1:] = u[:-1]
        u[:3] += u[3:][::-1]
        u[::-1] = u * u[0]
        return np.sum(u * np.arange(6.0))

    check(f)


@pytest.mark.parametrize("index", [[0, 0, 1], ((0, 0, 1), (2, 2, 0)), (slice(None), [1, 1])])
def test_of_entries_that_are_named_twice_the_last_remains(index):
    def f(x):
        u = x * x
        part = u[index]
        u[index] = part * np.arange(1.0, part.size + 1).reshape(part.shape)
        return np.sum(u * x)

    check(f)


def test_rows_are_views():
    def f(x):
        u = np.zeros_like(x)
        for i, row in enumerate(u):
            row[:] = x[i] * x[0]
            row[1] += 2.0 * row[0]
        for a, b in zip(u, x, strict=True):
            a -= b
        return np.sum(u * u)

    check(f)


# --- Random programs ------------------------------------------------------------------------------


def program(seed):
    """A function that makes, views, reads and writes arrays at random."""
    draws = np.random.default_rng(seed).random(300).tolist()

    def f(x):
        left = iter(draws)

        def upto(n):
            return int(next(left) * n)

        arrays = [x * x, x, np.zeros_like(x), np.full((3, 2), x[0, 0], x.dtype, like=x)]

        def value(shape):
            other = arrays[upto(len(arrays))].reshape(-1)
            choices = (
                lambda: 1.5,
                lambda: x[upto(2), upto(3)],
                lambda: other[upto(other.size)],
                lambda: np.reshape(other[np.arange(int(np.prod(shape))) % other.size], shape),
                lambda: np.broadcast_to(x[0, 1] * x[1, 1], shape),
            )
            return choices[upto(len(choices))]()

        for _ in range(12):
            a = arrays[upto(len(arrays))]
            some = np.array([upto(len(a)) for _ in range(3)])
            choices = (
                lambda a: arrays.append(a[::-1]),
                lambda a: arrays.append(a[1:] if len(a) > 1 else a[...]),
                lambda a: arrays.append(a.T),
                lambda a: arrays.append(a.reshape(-1)),
                lambda a: arrays.append(a.copy()),
                lambda a: arrays.append(a * x[0, 2]),
                lambda a: operator.setitem(a, ..., value(a.shape)),
                lambda a: operator.setitem(a, len(a) - 1, value(a[0].shape)),
                lambda a: operator.iadd(a, 0.5 * value(a.shape)),
                lambda a, some=some: operator.setitem(a, some, value(a[some].shape)),
                lambda a, some=some: np.add.at(a, some, value(a[some].shape)),
                lambda a: operator.imul(a[len(a) // 2 :], 0.75),
                lambda a: operator.setitem(a, np.arange(len(a)) % 2 == 0, x[1, 0]),
            )
            choices[upto(len(choices))](a)
        return sum((i + 1.0) * np.sum(a * a) for i, a in enumerate(arrays))

    return f


@pytest.mark.parametrize(
    "seed", [*range(10), *(pytest.param(i, marks=pytest.mark.slow) for i in range(10, 40))]
)
def test_random_programs(seed):
    check(program(seed), 0.5 * X)


@together
@pytest.mark.parametrize("seed", range(100, 112))
def test_second_derivatives_of_random_programs(seed):
    f = program(seed)
    hessians = [ad.hessian(f, modes=modes)(0.5 * X) for modes in NESTINGS]
    for hessian in hessians:
        np.testing.assert_allclose(hessian, hessians[0], rtol=1e-10, atol=1e-9)
    matrix = hessians[0].reshape(6, 6)
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-10, atol=1e-9)


# --- Levels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("inner", [forward, reverse])
@pytest.mark.parametrize("outer", [forward, reverse])
def test_an_inner_number_written_into_an_outer_array(outer, inner):
    """The array belongs to the inner differentiation from then on, and so do its views."""

    def filled(x):
        def f(y):
            u = x * x
            v = u[1]
            u[0] = y[0] * x[0]
            u += y
            return np.sum(u * u) + np.sum(v)

        return inner.grad(f)(x)

    def stacked(x):
        def f(y):
            u = np.stack([y[0] * x[0], x[1] * x[1]]) + y
            return np.sum(u * u) + np.sum(u[1])

        return inner.grad(f)(x)

    got, wanted = outer.jacobian(filled)(X), outer.jacobian(stacked)(X)
    np.testing.assert_allclose(got, wanted, rtol=1e-12)


@pytest.mark.parametrize("inner", MODES)
def test_an_outer_array_that_became_an_inner_one_has_ended_with_it(inner):
    def f(x):
        u = x * x

        def g(y):
            u[0] = y[0]
            return np.sum(u * y)

        ad.grad(g, mode=inner)(X)
        return np.sum(u)

    with pytest.raises(RuntimeError, match="after the differentiation it belongs to had ended"):
        ad.grad(f)(X)


def test_a_number_of_another_face_is_not_written_into_a_variable():
    u = ad.variable(X) * 2.0
    with pytest.raises(TypeError, match="like=value"):
        ad.grad(lambda y: operator.setitem(u, 0, y[0]) or np.sum(y))(X)


# --- Memory and cost ------------------------------------------------------------------------------


def fill(x):
    """One by one, each by the one before."""
    b = np.zeros(x.size, like=x)
    b[0] = x[0]
    for i in range(1, x.size):
        b[i] = 0.5 * b[i - 1] + x[i] * x[i]
    return b


def counting_copies(monkeypatch):
    """How many entries have been copied so far, in a list."""
    entries = [0]
    overwrite = writing.overwrite
    copying = overwrite.function

    def function(x, value, **params):
        entries[0] += x.size
        return copying(x, value, **params)

    monkeypatch.setattr(overwrite, "function", function)
    return entries


@pytest.mark.parametrize(
    "derive",
    [
        lambda f, x: forward.grad(lambda x: np.sum(f(x)), chunk_size=None)(x[:60]),
        lambda f, x: ad.jvp(f, (x,), (x,)),
        lambda f, x: reverse.grad(lambda x: np.sum(f(x)))(x),
        lambda f, x: reverse.grad(lambda x: np.sum(np.sqrt(f(x) * 0.0)))(x),  # the careful way
        lambda f, x: ad.linearize(f, x)[1](x),
        lambda f, x: np.sum(f(ad.variable(x))).backward(),
        lambda f, x: ad.hvp(lambda x: np.sum(f(x)), (x,), (x,)),
    ],
)
def test_an_array_that_nobody_else_holds_is_written_in_place(derive, monkeypatch):
    copied = counting_copies(monkeypatch)
    x = np.linspace(0.1, 0.2, 400)
    derive(fill, x)
    assert copied[0] <= 12 * x.size  # n copies would be n times as many


def test_rows_and_their_array_are_written_in_place(monkeypatch):
    def by_rows(x):
        b = np.zeros((x.size, x.size), like=x)
        for i, row in enumerate(b):
            row[:] = x[i] * x
        return np.sum(b * b)

    copied = counting_copies(monkeypatch)
    x = np.linspace(0.1, 0.2, 30)
    reverse.grad(by_rows)(x)
    assert copied[0] <= 4 * x.size**2


def test_what_a_rule_keeps_is_copied_before_a_write():
    def f(x):
        u = x * x
        kept = np.sin(u)
        u[0] = 5.0
        return np.sum(kept) + np.sum(u * x)

    expected = np.cos(X * X) * 2 * X + np.stack([np.full(3, 5.0), 3 * X[1] ** 2])
    for mode in MODES:
        np.testing.assert_allclose(ad.grad(f, mode=mode)(X), expected, rtol=1e-12)


def test_indices_and_values_may_be_overwritten_afterwards():
    def f(x):
        u, index, value = x * x, np.array([1, 0]), np.ones(3)
        u[index, 1] = x[:, 0]
        u[0] += value
        index[:] = 1
        value[:] = np.nan
        return np.sum(u * u)

    check(f)


def test_views_that_have_died_are_forgotten():
    with Tape() as tape:
        x = reverse.Variable.__new__(reverse.Variable)
        x._value, x._node, x._level = np.zeros(100), (0, None, None, ()), tape
        kept = x[3:]
        for i in range(1000):
            x[i % 10 :]
        assert len(x._views) < 80
        assert views_of(x) == [kept] or views_of(x)[0] is kept


@pytest.mark.parametrize("mode", [forward, reverse])
def test_an_array_and_its_views_are_no_cycle(mode):
    seen = []

    def f(x):
        u = x * x
        v = u[1:]
        v[...] = x[0]
        seen.append(weakref.ref(u))
        return np.sum(u) + np.sum(v)

    gc.disable()
    try:
        mode.grad(f)(X)
        assert all(ref() is None for ref in seen)
    finally:
        gc.enable()


def test_a_write_costs_what_is_written():
    few = evaluation(lambda x: operator.setitem(x, 0, 1.0) or x, np.zeros((100, 2))).cost
    assert few.moves == 4


# --- out=, and what is written at once ------------------------------------------------------------


def divided(x):
    y = np.zeros_like(x)
    np.divide(1.0, x, out=y, where=x != 0)
    np.log(x[:2], where=[True, False], out=y[:2])
    np.add(x, y, out=y, where=False)
    return y


def by_methods(x):
    y = np.empty_like(x)
    x.dot(x, out=y)
    x.mean(axis=0, out=y[0])
    total = np.empty(2, like=x)
    assert x.sum(0, out=total) is total
    y[1] *= total
    return y


def filled_at_once(x):
    y = x * x
    y.flat = x[0]
    y.T.flat = y[1, 0] * y
    return y


def mended(x):
    y = np.log(x - x[0, 0] + [[1, 1], [-9, 1]]) * x
    assert np.nan_to_num(y, copy=False, nan=2.0) is y
    return y * y


@pytest.mark.parametrize("f", [by_methods, filled_at_once], ids=lambda f: f.__name__)
def test_out_of_methods_and_a_flat_array(f):
    x = np.array([[1.0, 2.0], [3.0, 5.0]])
    ad.testing.check_derivatives(f, x)
    ad.testing.check_modes(f, x)
    np.testing.assert_array_equal(ad.vjp(f, x)[0], f(x.copy()))


@pytest.mark.parametrize("mode", MODES)
def test_what_is_not_asked_for_is_not_computed(mode):
    """So it raises no warning, and spoils no other entry."""
    x = np.array([2.0, -1.0, 0.0, 4.0])
    np.testing.assert_array_equal(
        ad.jacobian(divided, mode=mode)(x), np.diag([0.5, -1.0, 0.0, -1 / 16])
    )
    np.testing.assert_array_equal(ad.vjp(divided, x)[0], divided(x))


@pytest.mark.parametrize("mode", MODES)
def test_what_is_no_number_is_replaced_in_place(mode):
    x = np.array([[1.0, 2.0], [3.0, 5.0]])
    with np.errstate(invalid="ignore"):
        found = ad.jacobian(mended, mode=mode)(x).reshape(4, 4)
        assert mended(x)[1, 0] == 4.0
    assert np.all(found[2] == 0)
    assert np.all(np.isfinite(found))


@pytest.mark.parametrize("index", [1, (slice(None), 2), ..., X > 0, ([0, 0, 1], [2, 2, 0])])
def test_the_rule_of_a_write_by_itself(index):
    """Its pull is the transpose of its push, as where one operation of a recording is checked."""
    value = np.full(X[index].shape, 3.0)
    with Tape() as tape:
        x, written = leaf(tape, X), leaf(tape, value)
        x = x.copy()
        x[index] = written
        _, primitive, residual, parents = tape.nodes[-1]
    assert primitive is overwrite
    rng = np.random.default_rng(0)
    tangents = [rng.normal(size=np.shape(each)) for each in (X, value)]
    ct = rng.normal(size=X.shape)
    pulled = primitive.pull(residual, ct, parents)
    along = sum(np.sum(t * g) for t, g in zip(tangents, pulled, strict=True))
    np.testing.assert_allclose(along, np.sum(ct * primitive.push(residual, tangents)), rtol=1e-14)
