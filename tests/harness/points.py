"""A function at a point by both modes, arrays in other layouts and dtypes, and what is the same."""

import copy
import itertools
from functools import cached_property

import numpy as np

from admodes import forward, reverse
from admodes.modes.arguments import Inputs
from admodes.modes.containers import leaves, rebuild


def flat(tree):
    return [leaf for _, leaf in leaves(tree)]


class Point:
    """A row's function at a point, and its derivatives along two directions, as they come.

    `layout` is how arguments, tangents and cotangents lie in memory. The directions are random, or
    those of another point.
    """

    def __init__(self, f, args, layout=np.asarray, beside=None):
        self.f, self.args, self.layout = f, args, layout
        self.inputs = Inputs(f, [lie(arg, layout) for arg in args])
        self.pullback, _ = reverse.record(f, self.inputs)
        self.see()
        if beside is None:
            rng = np.random.default_rng(0)
            self.cotangents = [
                random(rng, y) if has_derivative else None
                for y, has_derivative in zip(self.pullback.values, self.floats, strict=True)
            ]
            self.tangents = [random(rng, arg) for arg in args]
        else:
            self.cotangents = like(beside.cotangents, self.pullback.values)
            self.tangents = like(beside.tangents, args)

    def see(self):
        #: which leaves of the output have derivatives
        self.floats = [np.asarray(y).dtype.kind in "fc" for y in self.pullback.values]
        self.values = [np.asarray(y) for y in self.only_floats(self.pullback.values)]

    @cached_property
    def pushed(self):
        return self.push(self.tangents)

    @cached_property
    def pulled(self):
        cotangents = [lie(ct, self.layout) for ct in self.cotangents]
        return with_zeros(self.pullback.pull(cotangents, (2,)), self.args)

    def push(self, tangents):
        pairs = forward.run(self.inputs, [lie(t, self.layout) for t in tangents])[2]
        return with_zeros(self.only_floats([t for _, t in pairs]), self.values)

    def by_one(self, i):
        """The same by the i-th argument alone, of a row; by all together was seen to be right."""
        other = copy.copy(self)
        other.args, other.tangents = [self.args[i]], [self.tangents[i]]
        other.pulled = [self.pulled[i]]
        others = [None] * len(self.args)
        other.pushed = self.push([*others[:i], self.tangents[i], *others[i + 1 :]])
        return other

    def along_one(self):
        """Along the first direction alone: by a forward pass, along the recording, by a sweep.

        Also the values that come with the pass.
        """
        tangents = self.first_tangents()
        pairs = self.only_floats(forward.run(self.inputs, tangents)[2])
        replayed = self.only_floats(self.pullback.push(tangents))
        pulled = self.pullback.pull(
            [
                None if ct is None else first(ct, y)
                for ct, y in zip(self.cotangents, self.pullback.values, strict=True)
            ]
        )
        return (
            [np.asarray(y) for y, _ in pairs],
            with_zeros([t for _, t in pairs], self.values, ()),
            with_zeros(replayed, self.values, ()),
            with_zeros(pulled, self.args, ()),
        )

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


class AtJudged(Point):
    """The point of the first checks: what was recorded and derived there is not done again."""

    def __init__(self, judged):
        self.f, self.args, self.layout, self.judged = judged.f, judged.args, np.asarray, judged
        self.inputs, self.pullback = judged.inputs, judged.pullback
        self.see()
        self.tangents = first_two(judged.tangents[-1].leaves)
        cotangents = iter(first_two(judged.cotangents[-1].leaves))
        self.cotangents = [next(cotangents) if floats else None for floats in self.floats]

    @cached_property
    def pushed(self):
        return first_two(self.judged.push(self.judged.tangents[-1].leaves))

    @cached_property
    def pulled(self):
        return first_two(self.judged.pull(self.judged.cotangents[-1].leaves))


class EverySecond(Point):
    """A point of arrays that are not contiguous, of which the function reads every second entry."""

    def __init__(self, at):
        def f(*wide):
            return at.f(*map(narrowed, wide))

        wide = [np.repeat(x, 2, axis=-1) if np.ndim(x) else x for x in at.args]
        super().__init__(f, wide, every_second, beside=at)
        self.tangents = [np.repeat(t, 2, axis=-1) if t.ndim > 1 else t for t in self.tangents]

    @cached_property
    def pulled(self):
        return [narrowed(ct) if ct.ndim > 1 else ct for ct in super().pulled]


def narrowed(x):
    return x[..., ::2] if np.ndim(x) else x


def with_zeros(derivatives, like, directions=(2,)):
    """Zeros for ``None``; of a real value the real part counts (see `as_derivative`)."""
    like = map(np.asarray, like)
    return [
        np.zeros((*directions, *x.shape), x.dtype)
        if d is None
        else (np.asarray(d) if x.dtype.kind == "c" else np.real(np.asarray(d)))
        for d, x in zip(derivatives, like, strict=False)
    ]


def random(rng, like):
    """Two normal directions, as one array."""
    dtype = np.asarray(like).dtype
    t = rng.normal(size=(2, *np.shape(like)))
    return (t + 1j * rng.normal(size=t.shape) if dtype.kind == "c" else t).astype(dtype)


def first_two(derivatives):
    return [each[:2] for each in derivatives]


def like(directions, leaves):
    """The same directions, in the dtypes of these."""
    return [
        t if t is None else t.astype(np.asarray(x).dtype, copy=False)
        for t, x in zip(directions, leaves, strict=True)
    ]


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


def as_real(row):
    """The row's function with the real and the imaginary parts as arguments of their own."""
    if not any(np.iscomplexobj(arg) for arg in row.args):
        return row.f, row.args
    parts = [(x.real, x.imag) if np.iscomplexobj(x) else (x,) for x in row.args]

    def f(*xs):
        left = iter(xs)
        own = [[next(left) for _ in part] for part in parts]
        return row.f(*(x[0] + 1j * x[1] if len(x) == 2 else x[0] for x in own))

    return f, list(itertools.chain(*parts))


def assert_same(found, expected, rtol=1e-10, atol=0.0):
    """Equal but for rounding, measured by the largest entry."""
    for a, b in zip(found, expected, strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert a.shape == b.shape
        if (a == b).all():
            continue
        size = np.abs(b)
        largest = np.max(size, initial=0.0, where=np.isfinite(size))
        allowed = max(atol, rtol * largest)
        # The same as what follows at a tenth of its time, but for words and for what is not finite.
        if not (
            b.dtype.kind in "fc"
            and np.isfinite(size).all()
            and (np.abs(a - b) <= allowed + rtol * size).all()
        ):
            np.testing.assert_allclose(a, b, rtol=rtol, atol=allowed)
