"""The derivative of a function of one number, in every way there is."""

import admodes as ad


def derivative(mode):
    return lambda f: ad.grad(f, mode=mode)


def by_linearize(f):
    return lambda x: ad.linearize(f, x)[1](1.0)


def by_jvp(f):
    return lambda x: ad.jvp(f, (x,), (1.0,))[1]


def by_vjp(f):
    return lambda x: ad.vjp(f, x)[1](1.0)[0]


EVERY_WAY = {
    "forward": derivative("forward"),
    "reverse": derivative("reverse"),
    "jvp": by_jvp,
    "vjp": by_vjp,
    "linearize": by_linearize,
}
