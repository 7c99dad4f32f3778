"""What several files of tests need."""

import ast
import functools
from contextlib import contextmanager

import numpy as np
import pytest

from admodes.core import declaring

MODES = ("forward", "reverse")
NESTINGS = tuple(f"{outer}-over-{inner}" for outer in MODES for inner in MODES)
X = np.array([0.3, -1.2])


def same(a, b):
    """Equal, and of equal shape and dtype."""
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14, strict=True)


@contextmanager
def named(subtests, name):
    """A subtest where it fails: one that passes is no more than a call, of which a test has many.

    A test of its own for each takes longer to collect, start and report than most take to run.
    """
    try:
        yield
    except (Exception, pytest.fail.Exception):
        with subtests.test(name):
            raise


def sine(x):
    return np.sin(x[0] * x[1])


SINE_GRADIENT = np.cos(X[0] * X[1]) * X[::-1]
SINE_HESSIAN = np.cos(X[0] * X[1]) * np.array([[0.0, 1.0], [1.0, 0.0]]) - np.sin(
    X[0] * X[1]
) * np.outer(X[::-1], X[::-1])


def cube(**changes):
    """A primitive x³ as the package declares its own, with something done otherwise.

    Mostly it is a rule that is wrong, and nothing but what is tested with it notices.
    """
    rule = {
        "residual": lambda y, x: x,
        "push": lambda x, t: 3 * x * x * t,
        "pull": lambda x, ct: 3 * x * x * ct,
    }
    return declaring.custom(lambda x: x * x * x, **rule | changes)


def chain(x, steps=40):
    for _ in range(steps):
        x = np.sin(x) * x
    return x


@functools.cache
def imports(code):
    """What a module imports, anywhere in it: pairs of a module and a name in it (or None)."""
    found, statements = [], [*ast.parse(code).body]
    for node in statements:  # and no expressions, which are most of a module
        for block in ("body", "orelse", "handlers", "finalbody", "cases"):
            statements += getattr(node, block, ())
        if isinstance(node, ast.Import):
            found += [(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # Written in full, so that it can be found: from admodes.core.rules import apply
            module = node.module if not node.level else "." * node.level
            found += [(module, alias.name) for alias in node.names]
    return found
