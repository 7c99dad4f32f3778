"""How a row of the tables in tests/cases is checked: a ``check_…`` function for each thing.

Each takes one row and raises an ``AssertionError`` where its rule is wrong.
"""

import itertools
from contextlib import contextmanager
from types import CodeType, FunctionType

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from admodes.core.rules import Primitive
from admodes.modes import tape
from admodes.modes.arguments import Inputs, leaves, rebuild
from admodes.modes.expressions import Expression
from admodes.modes.operators import BINARY, METHODS
from admodes.testing import check_derivatives, check_modes, point, second_order

# --- Derivatives ----------------------------------------------------------------------------------


def check_first_order(row):
    """Both modes agree, one direction a pass and several, and are right unless at a kink."""
    if has_no_entries(row):
        with pytest.raises(ValueError, match="nothing was compared"):
            check_modes(row.f, *row.args)
        return
    check_modes(row.f, *row.args, rtol=1e-9)
    if not row.kink:
        check_derivatives(row.f, *row.args)


def check_second_order(row):
    """The four nestings agree, one direction a pass and several, and are right unless at a kink.

    That is what `order=2` adds to ``check_modes`` and to ``check_derivatives``: first derivatives
    are not compared once more.
    """
    if has_no_entries(row):
        return
    f, args = as_real(row)
    rtol = 1e-9 if row.kink else None
    second_order.check_second_order(judged(f, args, rtol), truth=not row.kink)


def judged(f, args, rtol=None):
    """A function at a point, as the checks of ``admodes.testing`` take it."""
    return point.Point("tests/cases", f, tuple(args), rtol, None, 0)


def check_float32(row):
    """float32 in, float32 out, and the derivatives of float64."""
    args = [narrow(arg) for arg in row.args]
    if not any(isinstance(arg, np.ndarray) for arg in args):
        args = [np.complex64(arg) if np.iscomplexobj(arg) else np.float32(arg) for arg in args]
    wide_args = [widen(arg) for arg in args]
    narrowed, wide = Point(row.f, args), Point(row.f, wide_args)
    plain = narrowed.only_floats(flat(row.f(*map(own, args))))
    for y, own_y in zip(narrowed.values, plain, strict=True):
        if isinstance(own_y, (np.ndarray, np.generic)):
            assert y.dtype == own_y.dtype, "the value has another dtype than in NumPy"
    check_dtypes(narrowed)
    if not row.kink:
        assert_same(narrowed.pushed, wide.pushed, rtol=1e-4)
        assert_same(narrowed.pulled, wide.pulled, rtol=1e-4)
    if not has_no_entries(row):
        check_modes(row.f, *args, rtol=1e-3)
        if not any(map(np.iscomplexobj, args)):
            expected = gradient_point(reverse, row.f, args if row.kink else wide_args)
            check_float32_twice(row.f, args, expected)


def check_float32_twice(f, args, expected):
    """All nestings keep float32, and have the second derivatives of float64.

    At a kink, where rounding decides, they agree with those of float32.
    """
    promotes = any(np.asarray(y).dtype == np.float64 for y in flat(f(*map(own, args))))
    for inner in (forward, reverse):
        found = gradient_point(inner, f, args)
        if not promotes:
            check_dtypes(found)
        assert_same(found.pushed, expected.pushed, rtol=1e-3, atol=1e-5)
        assert_same(found.pulled, expected.pulled, rtol=1e-3, atol=1e-5)


def gradient_point(mode, f, args):
    """The gradient of one number made of all outputs, at a point: by `mode`."""
    total = second_order.contraction(judged(f, args))
    return Point(mode.grad(total, tuple(range(len(args)))), args)


def check_dtypes(narrowed):
    """Of the derivatives at a point in float32; those by Python floats are float64."""
    if not any(isinstance(arg, (float, complex)) for arg in narrowed.args):
        for t, y in zip(narrowed.pushed, narrowed.values, strict=True):
            assert t.dtype == y.dtype, "the tangent has another dtype than the value"
    if all(y.dtype in (np.float32, np.complex64) for y in narrowed.values):
        for ct, arg in zip(narrowed.pulled, narrowed.args, strict=True):
            if not isinstance(arg, (float, complex)):
                assert ct.dtype == arg.dtype, "the cotangent has another dtype than the argument"


def check_layout(row):
    """Arrays that are not contiguous, as arguments, tangents and cotangents, change nothing."""
    plain = Point(row.f, row.args)
    for layout in (fortran, every_second):
        other = Point(row.f, row.args, layout)
        assert_same(other.pushed, plain.pushed)
        assert_same(other.pulled, plain.pulled)

    # Arguments are copied; what is read from them inside of the function is not.
    def f(*wide):
        return row.f(*map(narrowed, wide))

    def narrowed(x):
        return x[..., ::2] if np.ndim(x) else x

    view = Point(f, [np.repeat(arg, 2, axis=-1) if np.ndim(arg) else arg for arg in row.args])
    assert_same(view.values, plain.values)
    assert_same(
        view.push([np.repeat(t, 2, axis=-1) if t.ndim > 1 else t for t in plain.tangents]),
        plain.pushed,
    )
    assert_same([narrowed(ct) if ct.ndim > 1 else ct for ct in view.pulled], plain.pulled)


# --- Memory ---------------------------------------------------------------------------------------


def check_memory(row):
    """What goes in stays as it is, may be overwritten afterwards, and what comes out is one's own.

    The arguments are differentiated by all together, and one by one with the others as constants.
    """
    check_memory_of(row.f, row.args)
    if len(row.args) > 1:
        for i, arg in enumerate(row.args):
            others = [own(other) for other in row.args]

            def alone(x, f=row.f, i=i, others=others):
                return f(*others[:i], x, *others[i + 1 :])

            check_memory_of(alone, [arg])


def check_memory_of(f, args):
    point = Point(f, args)
    for large in (tape.LARGE, 1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tape, "LARGE", large)  # bytes from which on memory is used again
            check_memory_at(point, f, args)


def check_memory_at(point, f, args):
    args, before = [own(arg) for arg in args], [own(arg) for arg in args]
    tangents, cotangent = point.first_tangents(), point.first_cotangent()
    pushed, pulled = [t[0] for t in point.pushed], [ct[0] for ct in point.pulled]

    def assert_pushed(tangent):
        assert_same(point.only_floats(flat(tangent)), pushed)

    def assert_pulled(cotangents):
        assert_same(flat(cotangents), pulled)

    jvp = ad.jvp(f, tuple(args), tangents)
    with arrays_given_by(f) as constants:
        value, pullback = ad.vjp(f, *args)
        _, pushforward = ad.linearize(f, *args)
    vjp = value, pullback(cotangent)
    assert_pushed(jvp[1])
    assert_pulled(vjp[1])
    assert_fresh([jvp, vjp], [args, tangents, cotangent])
    assert_same(args, before)
    assert_same(tangents, point.first_tangents())
    assert_same(flat(cotangent), flat(point.first_cotangent()))

    with overwritten([jvp, vjp, args, constants]):
        again = pushforward(*tangents), pullback(cotangent)
    assert_pushed(again[0])
    assert_pulled(again[1])
    assert_fresh(again, [jvp, vjp, args, tangents, cotangent])


def flat(tree):
    return [leaf for _, leaf in leaves(tree)]


def assert_fresh(results, others):
    """Arrays that may be written into and share no memory with anything else."""
    results = list(arrays_in(results))
    for array in results:
        assert array.flags.writeable, "a result is read-only"
    for a, b in itertools.chain(
        itertools.combinations(results, 2), itertools.product(results, arrays_in(others))
    ):
        assert not np.shares_memory(a, b), "a result shares memory with something else"


@contextmanager
def overwritten(tree):
    """All arrays in `tree` with other contents, for a while."""
    arrays = {id(array): array for array in arrays_in(tree) if array.flags.writeable}.values()
    contents = [array.copy() for array in arrays]
    for array in arrays:
        if array.dtype.kind in "fc":
            array[...] = np.nan
        elif array.dtype.kind == "b":
            np.logical_not(array, array)
        elif array.dtype.kind in "iu":
            array[...] = 0 if array.any() else 1
    try:
        yield
    finally:
        for array, content in zip(arrays, contents, strict=True):
            array[...] = content


@contextmanager
def arrays_given_by(f):
    """Collects the arrays that `f` has at hand, and those that it gives to NumPy or a primitive."""
    found, depth = list(arrays_in(f)), 0

    def watched(method):
        def call(*args, **kwargs):
            nonlocal depth
            if depth == 0:  # the user's call, not one that a rule makes
                found.extend(arrays_in([args, kwargs]))
            depth += 1
            try:
                return method(*args, **kwargs)
            finally:
                depth -= 1

        return call

    doors = {"__array_function__", "__array_ufunc__", "__call__", "__getitem__", *METHODS}
    doors |= {f"__{side}{name}__" for name in (*BINARY, "matmul") for side in ("", "r")}
    with pytest.MonkeyPatch.context() as patch:
        for kind in (Expression, ad.Dual, ad.Variable, Primitive):
            for name in doors & set(vars(kind)):
                patch.setattr(kind, name, watched(vars(kind)[name]))
        yield found


def arrays_in(tree, seen=()):
    """The arrays in containers, and those that a function refers to."""
    if isinstance(tree, np.ndarray):
        yield tree
    elif isinstance(tree, dict):
        yield from arrays_in(list(tree.values()), seen)
    elif isinstance(tree, (list, tuple)):
        for part in tree:
            yield from arrays_in(part, seen)
    elif isinstance(tree, FunctionType) and tree not in seen:
        names = {name for code in codes_in(tree.__code__) for name in code.co_names}
        cells = [cell.cell_contents for cell in tree.__closure__ or ()]
        at_hand = [tree.__globals__.get(name) for name in names], cells, tree.__defaults__
        yield from arrays_in(at_hand, (*seen, tree))


def codes_in(code):
    """A function's code and that of the functions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes_in(constant)


# --- Points ---------------------------------------------------------------------------------------


class Point:
    """A row's function at a point, and its derivatives along two random directions, as they come.

    `layout` is how arguments, tangents and cotangents lie in memory.
    """

    def __init__(self, f, args, layout=np.asarray):
        self.args, self.layout = args, layout
        self.inputs = Inputs(f, [lie(arg, layout) for arg in args])
        self.pullback, _ = reverse.record(f, self.inputs)
        #: which leaves of the output have derivatives
        self.floats = [np.asarray(y).dtype.kind in "fc" for y in self.pullback.values]
        self.values = [np.asarray(y) for y in self.only_floats(self.pullback.values)]
        rng = np.random.default_rng(0)
        self.cotangents = [
            random(rng, y) if has_derivative else None
            for y, has_derivative in zip(self.pullback.values, self.floats, strict=True)
        ]
        self.tangents = [random(rng, arg) for arg in args]
        self.pushed = self.push(self.tangents)
        pulled = self.pullback.pull([lie(ct, layout) for ct in self.cotangents], (2,))
        self.pulled = with_zeros(pulled, args)

    def push(self, tangents):
        pairs = forward.run(self.inputs, [lie(t, self.layout) for t in tangents])[2]
        return with_zeros(self.only_floats([t for _, t in pairs]), self.values)

    def only_floats(self, each):
        return list(itertools.compress(each, self.floats))

    def first_tangents(self):
        return tuple(first(t, arg) for t, arg in zip(self.tangents, self.args, strict=True))

    def first_cotangent(self):
        """In the containers of the output."""
        cts = [
            y if ct is None else first(ct, y)
            for ct, y in zip(self.cotangents, self.pullback.values, strict=True)
        ]
        return rebuild(self.pullback.output, iter(cts))


def with_zeros(derivatives, like):
    """Zeros for ``None``; of a real value the real part counts (see `as_derivative`)."""
    like = map(np.asarray, like)
    return [
        np.zeros((2, *x.shape), x.dtype)
        if d is None
        else (np.asarray(d) if x.dtype.kind == "c" else np.real(d))
        for d, x in zip(derivatives, like, strict=False)
    ]


def random(rng, like):
    """Two normal directions, as one array."""
    dtype = np.asarray(like).dtype
    t = rng.normal(size=(2, *np.shape(like)))
    return (t + 1j * rng.normal(size=t.shape) if dtype.kind == "c" else t).astype(dtype)


def first(t, like):
    """The first direction, as an array or a number like the one that it belongs to."""
    return t[0, ...].copy() if isinstance(like, np.ndarray) else type(like)(t[0])


def own(x):
    return x.copy() if isinstance(x, np.ndarray) else x


def lie(x, layout):
    return layout(x) if isinstance(x, np.ndarray) else x


def fortran(x):
    """The same array, the first axis varying fastest."""
    return np.array(x, order="F")


def every_second(x):
    """The same array, spread over twice the memory."""
    return np.repeat(x, 2, axis=-1)[..., ::2] if x.ndim else x


def narrow(x):
    if not isinstance(x, np.ndarray):
        return x
    return x.astype(np.complex64 if x.dtype.kind == "c" else np.float32)


def widen(x):
    if isinstance(x, np.ndarray):
        return x.astype(complex if x.dtype.kind == "c" else float)
    return complex(x) if np.iscomplexobj(x) else float(x)


def as_real(row):
    """The row's function with the real and the imaginary parts as arguments of their own."""
    if not any(np.iscomplexobj(arg) for arg in row.args):
        return row.f, row.args
    parts = [(x.real, x.imag) if np.iscomplexobj(x) else (x,) for x in row.args]

    def f(*trees):
        return row.f(*(tree[0] + 1j * tree[1] if len(tree) == 2 else tree[0] for tree in trees))

    return f, parts


def has_no_entries(row):
    outputs = [y for _, y in leaves(row.f(*map(own, row.args)))]
    return not sum(np.size(x) for x in (*row.args, *outputs))


def assert_same(found, expected, rtol=1e-10, atol=0.0):
    """Equal but for rounding, measured by the largest entry."""
    for a, b in zip(found, expected, strict=True):
        assert np.shape(a) == np.shape(b)
        largest = np.max(np.abs(b), initial=0.0, where=np.isfinite(b))
        np.testing.assert_allclose(a, b, rtol=rtol, atol=max(atol, rtol * largest))
