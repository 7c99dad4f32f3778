"""Rules of the users' own are recorded as any others are, whichever half of them is given."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, NESTINGS, together
from tests.modes.users.rules import ONE, TWO, X3, A
from tests.programs.functions import same

RULES = {
    f"{name}: {way}": (rule, (x,))
    for name, (ways, _, x) in ONE.items()
    for way, rule in ways.items()
} | {f"of two: {way}": (rule, (A, X3)) for way, rule in TWO.items()}


HALVES = [name for name in RULES if name.endswith((": push", ": pull"))]


def rows(names):
    """A number of what each rule gives, in which its entries weigh differently."""
    for rule, args in map(RULES.get, names):
        shape = np.shape(rule(*args))
        weights = 1.0 + np.arange(np.prod(shape)).reshape(shape)
        yield lambda *xs, rule=rule, weights=weights: np.sum(np.sin(rule(*xs)) * weights), args


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("f", "args"), rows(RULES), ids=RULES)
def test_a_gradient(f, args, mode):
    which = tuple(range(len(args)))
    recorded = ad.grad(f, which, mode=mode, compiled=True)
    for scale in (1.0, 1.1, 0.9):
        xs = tuple(scale * x for x in args)
        same(recorded(*xs), ad.grad(f, which, mode=mode)(*xs))
    assert recorded.program.misses == 1


@together
@pytest.mark.parametrize("modes", NESTINGS)
@pytest.mark.parametrize(("f", "args"), rows(HALVES), ids=HALVES)
def test_a_hessian(f, args, modes):
    recorded, last = ad.hessian(f, len(args) - 1, modes=modes, compiled=True), args[-1]
    for x in (last, 1.1 * last):
        same(recorded(*args[:-1], x), ad.hessian(f, len(args) - 1, modes=modes)(*args[:-1], x))


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("half", ["push", "pull"])
def test_the_trial_of_a_half_leaves_no_line(half, mode):
    """Each use is tried while it is recorded, and a program does not repeat that."""
    options = {half: lambda x, t: np.cos(x) * t}
    sine = ad.custom(np.sin, residual=lambda y, x: x, **options)
    both = ad.custom(np.sin, residual=lambda y, x: x, push=options[half], pull=options[half])

    def lines(rule):
        gradient = ad.grad(lambda x: np.sum(rule(rule(x))), mode=mode, compiled=True)
        gradient(X3)
        return len(gradient.program.source.splitlines())

    assert lines(sine) <= lines(both) + 3  # what is made of a half may be written otherwise


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("half", ["push", "pull"])
def test_one_that_is_not_linear_is_refused(half, mode):
    rule = ad.custom(np.sin, residual=lambda y, x: x, **{half: lambda x, t: np.cos(x) * t * t})
    with pytest.raises(ValueError, match=f"the {half} of `sin` is not linear"):
        ad.grad(lambda x: np.sum(rule(x)), mode=mode, compiled=True)(X3)


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("half", ["push", "pull"])
def test_a_half_that_reads_by_numbers_of_the_input(half, mode):
    maps = {"push": lambda order, t: t[order], "pull": lambda order, ct: ct[np.argsort(order)]}
    rule = ad.custom(np.sort, residual=lambda y, x: np.argsort(x), **{half: maps[half]})
    gradient = ad.grad(lambda x: np.sum(rule(x) * np.arange(3.0)), mode=mode, compiled=True)
    for x in (X3, -X3, X3[::-1].copy()):
        same(gradient(x), np.argsort(np.argsort(x)).astype(float))


def test_a_half_that_cannot_be_recorded_in_a_program_says_so():
    def push(order, t):
        result = np.zeros_like(t)
        np.add.at(result, order, t)
        return result

    inverse = ad.custom(
        lambda x: x[np.argsort(np.argsort(x))], residual=lambda y, x: np.argsort(x), push=push
    )

    def f(x):
        return np.sum(inverse(x) * np.arange(3.0))

    with pytest.raises(ad.Unrepeatable, match="the half of the rule that was left out"):
        ad.grad(f, mode="reverse", compiled=True)(X3)
    assert ad.recommend(f, X3).mode in MODES  # which is no error where nobody asked for a program
