"""Whose arrays are whose: no result is an alias, and nothing that was recorded changes."""

import itertools
from contextlib import contextmanager
from types import CodeType, FunctionType

import numpy as np
import pytest

import admodes as ad
from admodes.core.declaring import PRIMITIVES
from admodes.core.rules import Primitive
from admodes.modes import pulling, tape
from admodes.modes.expressions import Expression
from admodes.modes.operators import AUGMENTED, BINARY, METHODS
from tests.harness.points import (
    assert_same,
    flat,
    own,
)


def check_memory(row):
    """What goes in stays as it is, may be overwritten afterwards, and what comes out is one's own.

    Where memory is used again, whatever its size: what is shared too early is seen there.
    """
    with every_array_large():
        check_memory_at(row.at, row.f, row.args)


def check_memory_of_each(row):
    """The same where small arrays are copied; and by one argument, with the others as constants."""
    check_memory_at(row.at, row.f, row.args)
    for i, arg in enumerate(row.args if len(row.args) > 1 else ()):
        others = [own(other) for other in row.args]

        def alone(x, f=row.f, i=i, others=others):
            return f(*others[:i], x, *others[i + 1 :])

        at = row.at.by_one(i)
        with every_array_large():
            check_memory_at(at, alone, [arg])


@contextmanager
def every_array_large():
    """Whatever its size, an array's memory is used again: copies are shared, sums made in place."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (tape, pulling):
            patch.setattr(module, "LARGE", 1)
        exchange_backs()
        try:
            yield
        finally:
            exchange_backs()


#: the primitives' ways back where what is large has its other meaning
OTHER_BACKS = dict.fromkeys(PRIMITIVES.values())


def exchange_backs():
    """Those that are compiled know what is large: each primitive has one for either meaning."""
    for primitive, back in OTHER_BACKS.items():
        if back is not primitive.back:  # as all are that no sweep has met
            OTHER_BACKS[primitive], primitive.back = primitive.back, back


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


class Watch:
    """Collects the arrays that a user's function gives to NumPy or to a primitive."""

    def __init__(self):
        self.found, self.depth = [], 0

    def on(self, method):
        def call(*args, **kwargs):
            if self.depth == 0:  # the user's call, not one that a rule makes
                self.found.extend(arrays_in([args, kwargs]))
            self.depth += 1
            try:
                return method(*args, **kwargs)
            finally:
                self.depth -= 1

        return call


NAMES = {"__array_function__", "__array_ufunc__", "__call__", *METHODS}
NAMES |= {"__getitem__", "__setitem__"}
NAMES |= {f"__{side}{name}__" for name in (*BINARY, *AUGMENTED) for side in ("", "r", "i")}
#: the methods by which arrays come to NumPy and to primitives
DOORS = [
    (kind, name, method)
    for kind in (Expression, ad.Dual, ad.Variable, Primitive)
    for name, method in vars(kind).items()
    if name in NAMES
]
WATCH = Watch()
WATCHED = [(kind, name, WATCH.on(method)) for kind, name, method in DOORS]


@contextmanager
def arrays_given_by(f):
    """Collects the arrays that `f` has at hand, and those that it gives away."""
    WATCH.found = list(arrays_in(f))
    for door in WATCHED:
        setattr(*door)
    try:
        yield WATCH.found
    finally:
        for door in DOORS:
            setattr(*door)


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
