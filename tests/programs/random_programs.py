"""python -m tests.programs.random_programs [COUNT] [START] [BACKEND]: programs of random functions.

A program is compared with the face that it repeats, at the point where it was recorded, some of
them special ones, and at others: bit for bit, or where it is compiled up to rounding. What is
`rounded` differs in the last digits, which only sums over parts of arrays that are written into
may: a sweep copies such parts, or does not, by who else holds them, and NumPy adds up in the order
in which they lie.
"""

import sys
from collections import Counter

import numpy as np

import admodes as ad
from admodes.core.stand_ins import NotFinite
from admodes.modes.arguments import Inputs
from admodes.truth.shaking import shaken
from tests.harness.points import flat
from tests.modes.test_writing import program as writing
from tests.sensitivity.programs import program as composed

MODES = ("value", "forward", "reverse")


def branching(seed):
    """What a random function does depends on whether its argument's sum is positive."""
    one, other = composed(seed, False), composed(seed + 7, False)

    def f(*args):
        first = args[0]
        return np.sum((one if np.sum(first) > 0 else other).f(*args))

    return f, one.args


def cases(seed):
    """Functions and where they are recorded."""
    special = composed(seed, True)
    plain = composed(seed, False)
    yield special.f, special.args
    yield plain.f, plain.args
    yield branching(seed)
    yield writing(seed), (np.random.default_rng(seed).uniform(-0.5, 0.5, (2, 3)),)


def moved(args, rng):
    return tuple(
        x + rng.normal(size=x.shape) if isinstance(x, np.ndarray) else float(x + rng.normal())
        for x in args
    )


def one(x):
    return np.ones_like(x) if isinstance(x, (np.ndarray, np.generic)) else 1.0


def eager(f, args, mode):
    """What the program of a mode is called with, and what it gives."""
    every = tuple(range(len(args)))
    if mode == "value":
        return args, f(*[x.copy() if isinstance(x, np.ndarray) else x for x in args])
    if mode == "forward":
        ts = tuple(map(one, args))
        return (args, ts), ad.jvp(f, args, ts)
    y, pullback = ad.vjp(f, *args)
    if np.ndim(y) == 0:
        return args, ad.value_and_grad(f, every)(*args)
    return (args, one(y)), (y, pullback(one(y)))


def differences(seed, backend="numpy"):
    """For each program of the seed what it has been found to be, and where it differs."""
    rng = np.random.default_rng(seed)
    for f, args in cases(seed):
        for mode in MODES:
            with np.errstate(all="ignore"):
                try:
                    eager(f, args, mode)
                except (ArithmeticError, TypeError, ValueError):
                    yield "no function of such arguments", None
                    continue
                try:
                    every = tuple(range(len(args)))
                    p = ad.program(f, *args, mode=mode, argnums=every, backend=backend)
                except NotFinite:
                    yield "not finite", None
                    continue
                for at in (args, moved(args, rng), moved(args, rng)):
                    yield compared(p, f, at, mode, seed)


def compared(p, f, args, mode, seed):
    try:
        given, expected = eager(f, args, mode)
    except (ArithmeticError, TypeError, ValueError):
        return "no function of such arguments", None
    found, expected = flat(p(*given)), flat(expected)
    if all(map(lambda x, y: type(x) is type(y) and alike(x, y, p.backend), found, expected)):
        return "same", None
    if f.__module__ == writing.__module__ and all(map(rounded, found, expected)):
        return "rounded", None
    if p.backend == "compiled" and as_rounding_may_do(f, args, mode, found, expected):
        return "as rounding may do", None
    return "differs", f"seed {seed}, {mode} at {args}: {found!r} and not {expected!r}"


def as_rounding_may_do(f, args, mode, found, expected):
    """Whether numbers differ by no more than where each operation is a little wrong."""
    inputs = Inputs(f, args, argnums=tuple(range(len(args))))
    value, *derivatives = map(np.asarray, expected)
    gaps = [np.zeros(np.shape(y)) for y in expected]
    with np.errstate(all="ignore"):
        for pullback in shaken(inputs, args):
            values = [*map(np.asarray, pullback.values)]
            gs = pullback.pull([one(y) for y in pullback.values], ())
            if mode == "forward":
                gs = [sum(np.sum(g) for g in gs)]
            others = [*values, *gs] if mode != "value" else values
            for gap, y, other in zip(gaps, [value, *derivatives], others, strict=True):
                np.maximum(gap, np.abs(np.asarray(other) - y), out=gap)
    near = zip(found, expected, gaps, strict=True)
    return all(bool(np.all(np.abs(np.asarray(x) - y) <= 100 * gap)) for x, y, gap in near)


def rounded(x, y):
    return type(x) is type(y) and np.allclose(x, y, 1e-12, 1e-13)


def alike(x, y, backend):
    """Whether they are the same, to as many digits as can be told where sums have another order."""
    if backend == "numpy":
        return np.array_equal(x, y, equal_nan=True)
    if np.shape(x) != np.shape(y):
        return False
    large = np.max(np.abs(y), initial=1.0, where=np.isfinite(y))
    error = 1e-4 if np.result_type(y).itemsize // (1 + np.iscomplexobj(y)) < 8 else 1e-10
    return np.allclose(x, y, rtol=error, atol=error * large, equal_nan=True)


if __name__ == "__main__":
    count, start, backend = [*sys.argv[1:], *("1000", "0", "numpy")[len(sys.argv) - 1 :]]
    found: Counter[str] = Counter()
    for seed in range(int(start), int(start) + int(count)):
        for verdict, where in differences(seed, backend):
            found[verdict] += 1
            if where is not None:
                print(where)
    print(f"{4 * int(count)} functions, {12 * int(count)} programs: {dict(found)}")
