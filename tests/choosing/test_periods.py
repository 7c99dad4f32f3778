"""Loops of like steps, seen in a recording."""

import numpy as np
import pytest

import admodes as ad
from admodes.choosing.periods import periodic
from admodes.choosing.profiling import profile
from admodes.measure import peak_bytes
from admodes.modes.arguments import Inputs

pytestmark = [pytest.mark.slow]

X = np.linspace(-1.0, 1.0, 10_000)


def found(f, *args):
    return profile(f, Inputs(f, args)).loop


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [
        ("ab" * 8, (0, 2, 8)),
        ("xyz" + "abc" * 20 + "uv", (3, 3, 20)),
        ("abc" * 7, None),
        ("abcdefghijklmnopqrstuvwxyz", None),
        ("a" * 8 + "bcdefghijklmnop", None),
        ("", None),
    ],
)
def test_what_repeats_itself(sequence, expected):
    assert periodic(list(map(ord, sequence))) == expected


def test_a_loop_has_its_steps_and_the_memory_that_checkpoints_would_take():
    def step(u):
        return u + 0.1 * (np.roll(u, 1) - 2 * u + np.roll(u, -1)) - 0.01 * u * u * u

    def heat(u):
        for _ in range(60):
            u = step(u)
        return np.sum(u * u)

    loop = found(heat, X)
    assert loop.steps == 60
    rewritten = ad.grad(lambda u: np.sum(ad.checkpoint(step, steps=60)(u) ** 2))
    assert loop.held() == pytest.approx(peak_bytes(lambda: rewritten(X)), rel=0.2)
    assert loop.held() < peak_bytes(lambda: ad.grad(heat)(X)) / 2


def test_a_state_of_several_arrays():
    def wave(u):
        v = 0 * u
        for _ in range(60):
            v = v + 0.1 * np.sin(u)
            u = u + 0.1 * v
        return np.sum(u * u)

    loop = found(wave, X)
    assert (loop.steps, loop.operations) == (60, 5)
    assert 2 * 2 * X.nbytes < loop.held()


def test_what_is_no_loop():
    assert found(lambda x: np.sum(np.sin(np.exp(x)) * x), X) is None
    assert found(lambda x: sum(np.sum(x[: 100 + i] ** 2) for i in range(30)), X) is None
