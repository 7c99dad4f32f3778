"""What tests of ``admodes.scipy`` share."""

import numpy as np

import admodes as ad
from admodes.testing import check_derivatives, check_modes
from tests.helpers import NESTINGS


def check(f, *args, hessian=None, rtol=1e-7):
    """Both modes against each other and against differences, many directions, all nestings."""
    check_modes(f, *args)
    check_derivatives(f, *args)
    numbers = tuple(range(len(args)))
    by_modes = [
        ad.jacobian(f, numbers, mode=mode, chunk_size=size)(*args)
        for mode in ("forward", "reverse")
        for size in (1, None)
    ]
    for other in by_modes[1:]:
        for found, expected in zip(other, by_modes[0], strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)

    def total(*args):
        return np.sum(f(*args) ** 2)

    along = tuple(np.random.default_rng(0).normal(size=np.shape(x)) for x in args)
    along = tuple(t if np.ndim(t) else float(t) for t in along)
    first, *others = (ad.hvp(total, args, along, modes=modes) for modes in NESTINGS)
    step = 1e-5
    gradient = ad.grad(total, numbers)
    ahead, back = (
        gradient(*(x + s * step * t for x, t in zip(args, along, strict=True))) for s in (1, -1)
    )
    for k in numbers:
        for other in others:
            np.testing.assert_allclose(other[k], first[k], rtol=rtol, atol=1e-10)
        truth = (np.asarray(ahead[k]) - back[k]) / (2 * step)
        np.testing.assert_allclose(first[k], truth, rtol=1e-4, atol=1e-5 * np.max(np.abs(truth)))
