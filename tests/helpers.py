"""What several files of tests need."""

import ast
import functools
import inspect
import itertools
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


def together(test):
    """The parametrisations of a test, in one test: each is a subtest where it fails (see `named`).

    For those that are many. Fixtures, and other marks, are those of the one test: all share them.
    """
    marks = {True: [], False: []}
    for mark in test.pytestmark:
        marks[mark.name == "parametrize"].append(mark)
    tables = [list(_cases(*mark.args, **mark.kwargs)) for mark in marks[True]]
    chosen_for = {name for mark in marks[True] for name in _names(mark.args[0])}

    def all_of_them(subtests, **fixtures):
        for chosen in itertools.product(*tables):
            with named(subtests, "-".join(name for name, _ in chosen)):
                rows = (row for _, row in chosen)
                test(**fixtures, **{name: x for row in rows for name, x in row.items()})

    found = functools.update_wrapper(all_of_them, test)
    own = inspect.signature(found, follow_wrapped=False).parameters["subtests"]
    others = inspect.signature(test).parameters.values()
    found.__signature__ = inspect.Signature([own, *(x for x in others if x.name not in chosen_for)])
    found.pytestmark = marks[False]
    return found


def _names(names):
    return [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)


def _cases(names, rows, ids=()):
    """What `pytest.mark.parametrize` says: a name for each row, as pytest has it, and arguments."""
    names, rows = _names(names), list(rows)
    ids = map(ids, rows) if callable(ids) else ids
    for i, (row, name) in enumerate(itertools.zip_longest(rows, ids)):
        if isinstance(row, type(pytest.param())):
            assert not row.marks, "a mark is for a test of its own"
            name, values = row.id, row.values
        else:
            values = row if len(names) > 1 else [row]
        if name is None:
            shown = (_shown(value, f"{own}{i}") for own, value in zip(names, values, strict=True))
            name = "-".join(shown)
        yield str(name), dict(zip(names, values, strict=True))


def _shown(value, otherwise):
    if value is None or isinstance(value, (str, int, float, complex)):
        return str(value)
    name = getattr(value, "__name__", None)
    return name if isinstance(name, str) and name != "<lambda>" else otherwise


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
