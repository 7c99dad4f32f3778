"""python -m tests.programs.random_programs [COUNT] [START]: programs of functions made at random.

A program is compared bit for bit with the face that it repeats, at the point where it was recorded,
some of them special ones, and at others. What is `rounded` differs in the last digits, which only
sums over parts of arrays that are written into may: a sweep copies such parts, or does not, by who
else holds them, and NumPy adds up in the order in which they lie.
"""

import sys
from collections import Counter

import numpy as np

import admodes as ad
from admodes.core.standing import NotFinite
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


def differences(seed):
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
                    p = ad.program(f, *args, mode=mode, argnums=every)
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
    for x, y in zip(flat(p(*given)), flat(expected), strict=True):
        if type(x) is not type(y) or not np.array_equal(x, y, equal_nan=True):
            if f.__module__ == writing.__module__ and np.allclose(x, y, 1e-12, 1e-13):
                return "rounded", None
            return "differs", f"seed {seed}, {mode} at {args}: {x!r} and not {y!r}"
    return "same", None


if __name__ == "__main__":
    count, start = [*map(int, sys.argv[1:]), *(1000, 0)[len(sys.argv) - 1 :]]
    found: Counter[str] = Counter()
    for seed in range(start, start + count):
        for verdict, where in differences(seed):
            found[verdict] += 1
            if where is not None:
                print(where)
    print(f"{4 * count} functions, {12 * count} programs: {dict(found)}")
