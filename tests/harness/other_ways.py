"""The ways to a derivative beside the two modes: the careful one, and ``backward()``."""

import itertools

import numpy as np

import admodes as ad
from admodes import reverse
from admodes.core import singularities
from admodes.core.values import plain
from admodes.modes.arguments import Inputs
from tests.harness.points import (
    assert_same,
    flat,
)


def check_careful(row):
    """Where slopes are not finite guesses are made, which elsewhere give what the quick way does.

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

        def run(guess, pullback=pullback, cts=cts, tangents=tangents, lead=lead):
            return derivatives(pullback, cts, tangents, lead, guess)

        with np.errstate(all="ignore"):
            quick = run(None)
            nothing = [None if x is None else np.full_like(x, np.nan) for x in quick]
            careful, _ = singularities._careful(run, nothing, undefined=False)
            cts, tangents = ([infinite(rng, t) for t in each] for each in (cts, tangents))
            shapes = derivatives(pullback, cts, tangents, lead, None)
        for x, y, z in zip(quick, careful, shapes, strict=True):
            if x is not None:
                known = ~np.isnan(x)
                np.testing.assert_allclose(
                    np.asarray(y)[known], np.asarray(x)[known], rtol=1e-9, atol=1e-12
                )
                assert np.shape(z) == np.shape(x)


def derivatives(pullback, cts, tangents, lead, guess):
    """By a sweep, and along the recording."""
    tape, nodes, sources = pullback.tape, pullback._nodes, pullback.sources
    given = [(n, ct) for n, ct in zip(nodes, cts, strict=True) if n is not None and ct is not None]
    pulled = tape.pull_once(given, sources, lead, guess)
    return [*pulled, *tape.push_once(list(zip(sources, tangents, strict=True)), nodes, lead, guess)]


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
    """``create_graph`` gives the second derivatives that nested modes give."""
    if not row.has_second:
        return
    second = row.second
    variables = list(map(ad.variable, second.args))
    outputs = [
        (y, ct[0])
        for y, ct in zip(second.f(*variables), second.cts, strict=True)
        if has_gradient(y)
    ]
    if outputs:
        ad.backward(*map(list, zip(*outputs, strict=True)), create_graph=True)
    slopes = [
        (x.grad, t[0]) for x, t in zip(variables, second.ts, strict=True) if has_gradient(x.grad)
    ]
    for x in variables:
        x.grad = None
    if slopes:
        ad.backward(*map(list, zip(*slopes, strict=True)))
    found = list(map(zeros_for_none, variables))
    assert_same(found, [product[0] for product in second.pulled[0]], rtol=1e-9)


def has_gradient(x):
    return isinstance(x, ad.Variable) and x.requires_grad


def zeros_for_none(x):
    return np.zeros_like(x.value) if x.grad is None else x.grad
