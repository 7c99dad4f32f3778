"""Rules with one mistake, on the rows of the tables in tests/cases: which checks notice?

A row's function is made a primitive whose rule is its Jacobian at the row's point. A mutant is that
with a mistake of one kind, in push and pull alike, or in one of them. It counts where the mistake
is larger than the check can know to be one: than what is allowed and the doubt of the differences.
"""

import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import admodes as ad
from admodes.diagnosis import agreement
from admodes.modes.containers import leaves
from admodes.testing import Undecided, check_derivatives, check_modes
from admodes.testing.point import Point
from admodes.truth.certainty import SAFETY
from admodes.truth.weighing import weigh
from tests import cases
from tests.harness import as_real, own

SIDES = ("both", "push", "pull")
MANY = 10_000


class Program(NamedTuple):
    """A function of real arrays and its derivative at a point."""

    name: str
    f: Callable[..., Any]  # one flat array of floats
    args: tuple[Any, ...]
    jacobian: list[Any]  # for each argument the derivatives, output first; or a diagonal
    diagonal: bool = False

    def primitive(self, pushed: list[Any], pulled: list[Any]) -> Callable[..., Any]:
        """The function with these two derivatives, the one by its push, the other by its pull."""

        def push(_: Any, *ts: Any) -> Any:
            return sum(self._push(j, t) for j, t in zip(pushed, ts, strict=True) if t is not None)

        def pull(_: Any, ct: Any) -> Any:
            return [self._pull(j, ct, x) for j, x in zip(pulled, self.args, strict=True)]

        return ad.custom(self.f, residual=lambda *_: None, push=push, pull=pull)

    def _push(self, j: Any, t: Any) -> Any:
        if self.diagonal:
            return t * j
        lead = t.shape[: t.ndim - (j.ndim - 1)]
        return t.reshape(*lead, -1) @ j.reshape(len(j), -1).T

    def _pull(self, j: Any, ct: Any, x: Any) -> Any:
        if self.diagonal:
            return ct * j
        return np.reshape(ct @ j.reshape(len(j), -1), (*ct.shape[:-1], *np.shape(x)))


def programs(every: int = 1) -> Iterator[Program]:
    """The rows without a kink as programs, all or every so manieth."""
    for name, rows in cases.tables().items():
        for i, row in list(enumerate(rows))[::every]:
            program = None if row.kink else _program(f"{name} {i}: {row}", row)
            if program is not None and any(j.any() for j in program.jacobian):
                yield program
        for i, row in list(enumerate(rows))[::every]:
            program = None if row.kink else _wide(f"{name} {i}: {row}, {MANY:,}", row)
            if program is not None:
                yield program


def _program(name: str, row: Any) -> Program | None:
    f, args = as_real(row)
    args = tuple(np.asarray(x, float) for x in args)

    def flat(*xs: Any) -> Any:
        ys = [y for _, y in leaves(f(*map(own, xs)))]
        parts = []
        for y in ys:
            kind = getattr(y, "dtype", np.asarray(y).dtype if isinstance(y, float) else None)
            if kind is not None and kind.kind in "fc":
                parts += [np.real(y), np.imag(y)] if kind.kind == "c" else [y]
        return np.concatenate([np.ravel(part) for part in parts])

    value = flat(*map(np.copy, args))
    if not value.size or not sum(x.size for x in args):
        return None
    jacobian = ad.jacobian(flat, tuple(range(len(args))), mode="reverse")(*args)
    return Program(name, lambda *xs: flat(*map(np.copy, xs)), args, list(jacobian))


def _wide(name: str, row: Any) -> Program | None:
    """An elementwise row on many entries, if it is one: of arrays of the output's shape."""
    shapes = {np.shape(x) for x in row.args}
    if len(shapes) != 1 or shapes == {()} or any(map(np.iscomplexobj, row.args)):
        return None
    rng = np.random.default_rng(0)
    args = tuple(np.resize(x, MANY) * rng.uniform(0.9, 1.0, MANY) for x in row.args)
    try:
        y = row.f(*args)
        if np.shape(y) != (MANY,) or np.asarray(y).dtype.kind != "f":
            return None
        ones = [np.ones(MANY)] * len(args)
        diagonal = list(ad.vjp(row.f, *args)[1](np.ones(MANY)))
        along = ad.jvp(row.f, args, tuple(ones))[1]
    except (ValueError, IndexError, TypeError, np.linalg.LinAlgError):
        return None  # of its own shape alone
    moved = row.f(args[0] * np.where(np.arange(MANY) == 7, 0.99, 1), *args[1:]) != y
    if np.flatnonzero(moved).tolist() not in ([], [7]) or not np.allclose(along, sum(diagonal)):
        return None
    return Program(name, row.f, args, diagonal, diagonal=True)


# --- Mistakes -------------------------------------------------------------------------------------


def mistakes(program: Program) -> Iterator[tuple[str, list[Any]]]:
    """What kind of mistake, and the derivative with it."""
    j = program.jacobian
    if program.diagonal:
        entry = int(np.argmax(np.abs(j[0]) > 0))
        one = np.arange(MANY) == (entry + 4321 if j[0][(entry + 4321) % MANY] else entry)
        yield "one entry in 10⁴", [j[0] * np.where(one, 1.5, 1.0), *j[1:]]
        return
    yield "a sign", [-own for own in j]
    yield "a factor 1 + 1e-3", [1.001 * own for own in j]
    yield "a factor 1 - 1e-3", [0.999 * own for own in j]
    for i, own_j in enumerate(j):
        if len(j) > 1:
            yield "a term left out", [own * (k != i) for k, own in enumerate(j)]
        elif own_j.size > 1:
            # The share of one entry of the argument.
            used = np.flatnonzero(own_j.reshape(len(own_j), -1).any(axis=0))
            left = own_j.reshape(len(own_j), -1).copy()
            left[:, used[0]] = 0
            yield "a term left out", [left.reshape(own_j.shape)]
        # An entry that goes into several outputs hands back the cotangent of the first alone.
        columns = own_j.reshape(len(own_j), -1).copy()
        for column in columns.T:
            used = np.flatnonzero(column)
            column[used[1:]] = 0
        if not np.array_equal(columns, own_j.reshape(columns.shape)):
            changed = [columns.reshape(own_j.shape) if k == i else own for k, own in enumerate(j)]
            yield "an axis not summed", changed


def is_noticeable(program: Program, wrong: list[Any]) -> bool:
    """Whether a derivative is off by more than what can be told, along any direction tried."""
    f = program.primitive(program.jacobian, program.jacobian)
    at = Point("mutants", f, program.args, None, None, 0)
    other = program.primitive(wrong, wrong)
    off = Point("mutants", other, program.args, None, None, 0)
    for ts in at.tangents:
        claimed, changed = at.push(ts.leaves), off.push(ts.leaves)
        naturals = [ts.natural * y.size for y in at.ys]
        sizes = [y.size for y in at.ys]

        def tolerances(natural: float, largest: float) -> tuple[float, float]:
            return at.judge.tolerances(natural, largest, truth=True)

        values = [x.value for x in at.xs]
        (weighed,) = weigh(
            at.nearby, values, ts, at.tangents[-1], claimed, naturals, tolerances, sizes
        )
        for a, b, each in zip(claimed, changed, weighed, strict=True):
            if (np.abs(a - b) > 2 * (each.allowed + SAFETY * each.known.doubt)).any():
                return True
    return False


def caught(f: Callable[..., Any], args: tuple[Any, ...]) -> dict[str, bool]:
    """Which of the checks notice that something is wrong."""
    found = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", Undecided)
        for check in (check_modes, check_derivatives):
            try:
                check(f, *args)
                found[check.__name__] = False
            except AssertionError:
                found[check.__name__] = True
        found["compare"] = not agreement(f, *args).ok
    return found


class Tried(NamedTuple):
    """A mutant and who noticed it."""

    program: str
    mistake: str
    side: str
    caught: dict[str, bool]


def tried(program: Program) -> Iterator[Tried]:
    """Every mutant of a program that can be noticed."""
    for mistake, wrong in mistakes(program):
        if not is_noticeable(program, wrong):
            continue
        right = program.jacobian
        for side, pushed, pulled in zip(
            SIDES, (wrong, wrong, right), (wrong, right, wrong), strict=True
        ):
            f = program.primitive(pushed, pulled)
            yield Tried(program.name, mistake, side, caught(f, program.args))
