"""How a row of the tables in tests/cases is checked: a ``check_…`` function for each thing.

Each takes a `Recorded` row and raises an ``AssertionError`` where its rule is wrong. ``CHECKS`` at
the end lists them all.
"""

import itertools
from contextlib import contextmanager
from dataclasses import astuple
from functools import cached_property
from types import CodeType, FunctionType

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from admodes.core import singularities
from admodes.core.rules import Primitive
from admodes.core.values import plain
from admodes.counting import Counts, count, evaluation, gradient, shares, tangent
from admodes.modes import duals, sweep, tape
from admodes.modes.arguments import Inputs, leaves, map_leaves, rebuild
from admodes.modes.expressions import Expression
from admodes.modes.operators import BINARY, METHODS
from admodes.testing import check_modes, first_order, point, second_order


class Recorded:
    """A row, and what several checks need of it."""

    def __init__(self, row):
        self.row, self.f, self.args, self.kink = row, row.f, row.args, row.kink

    @cached_property
    def at(self):
        return Point(self.f, self.args)

    @cached_property
    def real(self):
        """The function and the arguments, complex ones as a real and an imaginary part."""
        return as_real(self.row)

    @cached_property
    def empty(self):
        return not sum(np.size(x) for x in (*self.args, *self.at.pullback.values))

    @cached_property
    def counts(self):
        return every_count(self.f, *self.args)

    @cached_property
    def evaluations(self):
        """How often a forward pass evaluates the function: twice where a slope is infinite."""
        calls = []
        tangent(lambda *args: (calls.append(args), self.f(*args))[1], *self.args)
        return len(calls)

    @cached_property
    def shares(self):
        return shares(self.f, *self.args)


# --- Derivatives ----------------------------------------------------------------------------------


def check_first_order(row):
    """Both modes agree, one direction a pass and several, and are right unless at a kink.

    The modes are compared entry by entry, and with differences along random directions.
    """
    if row.empty:
        with pytest.raises(ValueError, match="nothing was compared"):
            check_modes(row.f, *row.args)
        return
    check_modes(row.f, *row.args, rtol=1e-9)
    if not row.kink:
        first_order.check_truth(along(judged(row.f, row.args), 2))


def check_second_order(row):
    """The four nestings agree, one direction a pass and several, and are right unless at a kink."""
    if not row.empty:
        rtol = 1e-9 if row.kink else None
        f, args = row.real
        total = second_order.contraction(judged(f, args))
        second_order.check_nestings(along(judged(total, args, rtol), 1), truth=not row.kink)


def judged(f, args, rtol=None):
    """A function at a point, as the checks of ``admodes.testing`` take it."""
    return point.Point("tests/cases", f, tuple(args), rtol, None, 0)


def along(at, count):
    """The point with that many random directions, each of which moves all arguments."""
    *_, ts = at.tangents
    at.tangents = [ts._replace(names=ts.names[:count], leaves=[t[:count] for t in ts.leaves])]
    return at


def check_float32(row):
    """float32 in, float32 out, and the derivatives of float64."""
    args = in_float32(row.args)
    narrowed, wide = Point(row.f, args), Point(row.f, list(map(widen, args)))
    plain = narrowed.only_floats(flat(row.f(*map(own, args))))
    for y, own_y in zip(narrowed.values, plain, strict=True):
        if isinstance(own_y, (np.ndarray, np.generic)):
            assert y.dtype == own_y.dtype, "the value has another dtype than in NumPy"
    check_dtypes(narrowed)
    if not row.kink:
        assert_same(narrowed.pushed, wide.pushed, rtol=1e-4)
        assert_same(narrowed.pulled, wide.pulled, rtol=1e-4)
    if not row.empty:
        check_modes(row.f, *args, rtol=1e-3)


def check_float32_twice(row):
    """All nestings keep float32, and have the second derivatives of float64.

    At a kink, where rounding decides, they agree with those of float32.
    """
    f, args = row.f, in_float32(row.args)
    if row.empty or any(map(np.iscomplexobj, args)):
        return
    expected = gradient_point(reverse, f, args if row.kink else list(map(widen, args)))
    promotes = any(np.asarray(y).dtype == np.float64 for y in flat(f(*map(own, args))))
    for inner in (forward, reverse):
        found = gradient_point(inner, f, args)
        if not promotes:
            check_dtypes(found)
        assert_same(found.pushed, expected.pushed, rtol=1e-3, atol=1e-5)
        assert_same(found.pulled, expected.pulled, rtol=1e-3, atol=1e-5)


def in_float32(args):
    """Arrays in float32, and numbers beside them as they are; numbers alone become NumPy's."""
    if any(isinstance(arg, np.ndarray) for arg in args):
        return [narrow(arg) for arg in args]
    return [np.complex64(arg) if np.iscomplexobj(arg) else np.float32(arg) for arg in args]


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
    plain = row.at
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
    check_memory_of(row.f, row.args, row.at)
    if len(row.args) > 1:
        for i, arg in enumerate(row.args):
            others = [own(other) for other in row.args]

            def alone(x, f=row.f, i=i, others=others):
                return f(*others[:i], x, *others[i + 1 :])

            check_memory_of(alone, [arg], Point(alone, [arg]))


def check_memory_of(f, args, point):
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


# --- The other ways -------------------------------------------------------------------------------


def check_careful(row):
    """Where zeros meet infinities another sweep or pass is made, which elsewhere gives the same.

    By one direction and by several; where some numbers are infinite, the shapes are the same.
    """
    f, args = row.real
    inputs = Inputs(f, args)
    pullback, _ = reverse.record(f, inputs)
    values = list(map(plain, pullback.values))
    for lead in ((), (3,)):
        rng = np.random.default_rng(1)
        cts, tangents = (
            [directions(rng, lead, x) for x in each] for each in (values, map(plain, inputs.leaves))
        )

        quick = derivatives(inputs, pullback, cts, tangents, lead)
        with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
            patch.setattr(sweep, "sweep", sweep.careful)
            patch.setattr(tape, "by_rule", singularities.push)
            patch.setattr(duals, "spoilt", lambda t, y: True)
            careful = derivatives(inputs, pullback, cts, tangents, lead)
            cts, tangents = ([infinite(rng, t) for t in each] for each in (cts, tangents))
            shapes = derivatives(inputs, pullback, cts, tangents, lead)
        for x, y, z in zip(quick, careful, shapes, strict=True):
            if x is not None:
                np.testing.assert_allclose(plain(y), plain(x), rtol=1e-9, atol=1e-12)
                assert np.shape(z) == np.shape(x)


def derivatives(inputs, pullback, cts, tangents, lead):
    """By a sweep, along the recording, and by a forward pass."""
    _, _, pairs = forward.run(inputs, tangents)
    passed = [t for _, t in pairs]
    return [*pullback.pull(cts, lead), *pullback.push(tangents), *passed]


def directions(rng, lead, like):
    return rng.normal(size=lead + np.shape(like)) if np.result_type(like).kind in "fc" else None


def infinite(rng, x):
    """Half of the entries made infinite."""
    return None if x is None else np.where(rng.random(np.shape(x)) < 0.5, np.inf, x)


def check_backward(row):
    """``backward()`` gives the cotangents of `vjp`, whether or not they are recorded."""
    variables = [ad.variable(arg) for arg in row.args]
    outputs = flat(row.f(*variables))
    for y, value in zip(outputs, row.at.pullback.values, strict=True):
        np.testing.assert_array_equal(ad.stop_gradient(y), value)
    depends = [isinstance(y, ad.Variable) and y.requires_grad for y in outputs]
    outputs, cts = (
        list(itertools.compress(each, depends))
        for each in (outputs, flat(row.at.first_cotangent()))
    )
    for create_graph in (True, False):
        for x in variables:
            x.grad = None
        ad.backward(outputs, cts, create_graph=create_graph)
        grads = list(map(zeros_for_none, variables))
        assert_same([ad.stop_gradient(g) for g in grads], [ct[0] for ct in row.at.pulled])
    for grad, arg in zip(grads, row.args, strict=True):
        assert type(grad) is type(arg)
        assert np.result_type(grad) == np.result_type(arg)


def check_backward_twice(row):
    """``create_graph`` gives the second derivatives of `hvp`."""
    f, args = row.real
    if row.empty or not any(row.at.floats):
        return
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=np.shape(y)) for y in row.at.pullback.values]
    tangents = tuple(map_leaves(lambda x: first(random(rng, x), x), args))

    def total(*trees):
        ys = flat(f(*trees))
        return sum(np.sum(np.real(y) * w) for y, w in zip(ys, weights, strict=True))

    expected = ad.hvp(total, tuple(args), tangents, modes="reverse-over-reverse")
    trees = map_leaves(ad.variable, list(args))
    variables = flat(trees)
    y = total(*trees)
    if isinstance(y, ad.Variable) and y.requires_grad:
        y.backward(create_graph=True)
    slopes = [
        np.sum(x.grad * t)
        for x, t in zip(variables, flat(tangents), strict=True)
        if isinstance(x.grad, ad.Variable) and x.grad.requires_grad
    ]
    for x in variables:
        x.grad = None
    ad.backward(slopes)
    assert_same(list(map(zeros_for_none, variables)), flat(expected), rtol=1e-9)


def zeros_for_none(x):
    return np.zeros_like(x.value) if x.grad is None else x.grad


# --- Counts ---------------------------------------------------------------------------------------


def check_counting(row):
    """Counting applies the same operations; only sums made in place may round otherwise."""

    def both(args, tangents, cotangents):
        inputs = Inputs(row.f, args)
        pushed = [t for _, t in forward.run(inputs, tangents)[2]]
        pullback, _ = reverse.record(row.f, inputs)
        return pullback.values, pushed, pullback.pull(cotangents, (2,))

    given = row.args, row.at.tangents, row.at.cotangents
    counted, counts = count(both, *given)
    assert counts.primitives or counts == Counts()
    for found, plainly in zip(flat(counted), flat(both(*given)), strict=True):
        if plainly is None:
            assert found is None
        else:
            assert_same([found], [plainly], rtol=4e-16 * max(np.size(plainly), 16))
            assert np.asarray(found).dtype == np.asarray(plainly).dtype


def check_counts_in_float32(row):
    if row.row.covers is not np.astype and any(isinstance(arg, np.ndarray) for arg in row.args):
        found = shares(row.f, *map(narrow, row.args))
        assert without_casts(found) == without_casts(row.shares)


def without_casts(found):
    """A float32 array that meets float64 is converted, which is a primitive of its own."""
    return {name: share for name, share in found.items() if name != "astype"}


def check_counts_elsewhere(row):
    """Other values count the same, but for those that decide which way the program takes."""
    if not row.kink and not has_special_entries(row.args):
        assert every_count(row.f, *(arg * (1 + 2.0**-40) for arg in row.args)) == row.counts


def has_special_entries(args):
    values = np.concatenate([np.ravel(arg) for arg in args])
    return bool(np.any(values == np.rint(values)))


def check_counts_of_directions(row):
    """Every further direction does the same work: that of local derivatives is done once."""
    evaluated, *both = row.counts
    for of, kind, one in zip((tangent, gradient), ("directions", "rows"), both, strict=True):
        two, three = (of(row.f, *row.args, **{kind: k}).cost for k in (2, 3))
        second, third = two - one.cost, three - two
        if str(row.row) not in BY_SIZE:
            assert arithmetic(second) == arithmetic(third)
            assert min(arithmetic(one.cost - second - evaluated.cost)) >= 0


#: rows where NumPy chooses an order of contraction by the sizes, of which the directions are one
BY_SIZE = {"einsum(3,),(3,4),(4,2),(2,)"}


def arithmetic(cost):
    return astuple(cost)[1:]


def check_shares(row):
    """They add up."""
    evaluated, passed, swept = row.counts
    found = row.shares.values()
    own = sum((share.evaluation for share in found), Counts())
    assert own == evaluated
    assert own + sum((share.gradient for share in found), Counts()) == swept
    pushed = own + sum((share.tangent for share in found), Counts())
    # A forward pass also pushes along what nothing uses, which a recording has dropped by then, and
    # is made once more where a slope is infinite.
    assert pushed.primitives <= passed.primitives
    assert pushed.cost.operations <= passed.cost.operations
    unused = any(name in str(row.row) for name in ("divmod", "frexp", "astype"))
    if row.evaluations == 1 and not unused:
        assert pushed.cost.operations == passed.cost.operations


def every_count(f, *args):
    return [of(f, *args) for of in (evaluation, tangent, gradient)]


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


def assert_same(found, expected, rtol=1e-10, atol=0.0):
    """Equal but for rounding, measured by the largest entry."""
    for a, b in zip(found, expected, strict=True):
        assert np.shape(a) == np.shape(b)
        if np.array_equal(a, b):  # at a tenth of the time of what follows
            continue
        largest = np.max(np.abs(b), initial=0.0, where=np.isfinite(b))
        np.testing.assert_allclose(a, b, rtol=rtol, atol=max(atol, rtol * largest))


# --- All of them ----------------------------------------------------------------------------------

#: of every row
CHECKS = {
    "first order": check_first_order,
    "float32": check_float32,
    "layout": check_layout,
    "memory": check_memory,
    "careful": check_careful,
    "backward": check_backward,
    "counting": check_counting,
    "counts in float32": check_counts_in_float32,
    "counts elsewhere": check_counts_elsewhere,
    "counts of directions": check_counts_of_directions,
    "shares": check_shares,
}
#: of the rows that `new_kinds` chooses
SECOND_ORDER = {
    "second order": check_second_order,
    "float32, twice": check_float32_twice,
    "backward, twice": check_backward_twice,
}


def new_kinds(rows):
    """The names of rows that record what none before them does: a primitive, or a kind of shape.

    A rule may go its own way for numbers, vectors and matrices, for what is broadcast, for each of
    its switches, but hardly for each axis and length. All else is composition of rules, which is
    right to second order where they are.
    """
    chosen, seen = set(), set()
    for name, row in rows.items():
        f, args = as_real(row)
        pullback, _ = reverse.record(f, Inputs(f, args))
        kinds = {(p.name, type(p), kind(kept), row.kink) for _, p, kept, _ in pullback.tape.nodes}
        if not kinds <= seen:
            chosen.add(name)
        seen |= kinds
    return chosen


def kind(kept):
    """What a residual is made of, without its numbers."""
    if isinstance(kept, (np.ndarray, np.generic)):
        return kept.dtype.kind, kept.ndim, not kept.size
    if isinstance(kept, (tuple, list)):
        if all(type(part) is int for part in kept):  # axes or a shape
            return len(kept), 0 in kept
        return tuple(map(kind, kept))
    if isinstance(kept, dict):
        return tuple((name, kind(part)) for name, part in kept.items())
    return kept if isinstance(kept, (bool, str)) else type(kept).__name__
