"""How often a winner is named where there is none, and how often one is found where there is one.

``python -m tests.measure.noise_floor --pairs 200``: every pair is a gradient against itself, by
either mode and of several lengths, as ``compare`` times its two quickest ways; then against itself
with a twentieth of its work more. It takes about a second a pair, and says what the machine is
like: on one that others use, the noise floor is higher than the slow-down.
"""

import argparse

import numpy as np

from admodes import forward, reverse
from admodes.measure import duel

WORK = 20
"""Gradients in a call: one more of them is 5 %."""
FALSE, FOUND = 0.05, 0.9
"""The most that may be named, and the fewest that must be."""


def energy(x):
    return np.sum((x[1:] - x[:-1] ** 2) ** 2)


def repeated(gradient, x, times):
    """A call that takes so many gradients."""

    def call():
        for _ in range(times):
            gradient(x)

    return call


CASES = [
    (mode.grad(energy), np.linspace(-1.0, 1.0, size))
    for mode, sizes in ((reverse, (10, 1000, 5000)), (forward, (10, 100)))
    for size in sizes
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=0.5, help="of a duel, as compare takes")
    options = parser.parse_args()
    named = found = 0
    floors, rounds = [], []
    for number in range(options.pairs):
        gradient, x = CASES[number % len(CASES)]
        same = [repeated(gradient, x, WORK) for _ in range(2)]
        against_itself = duel(*same, seconds=options.seconds)
        against_more = duel(same[0], repeated(gradient, x, WORK + 1), seconds=options.seconds)
        named += against_itself is not None and against_itself.winner is not None
        found += against_more is not None and against_more.winner == 0
        floors += [each.floor for each in (against_itself, against_more) if each]
        rounds += [each.rounds if each else 0 for each in (against_itself, against_more)]
    low, middle, high = np.quantile(floors, [0.1, 0.5, 0.9])
    print(f"noise floor: {middle:.1%} ({low:.1%} – {high:.1%}), {np.median(rounds):.0f} rounds")
    print(f"named where there is none: {named} of {options.pairs} (at most {FALSE:.0%})")
    print(f"found where it is 5 %: {found} of {options.pairs} (at least {FOUND:.0%})")
    return not (named < FALSE * options.pairs and found >= FOUND * options.pairs)


if __name__ == "__main__":
    raise SystemExit(main())
