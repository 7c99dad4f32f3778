"""What a derivative was said to hold under a memory limit, and what it holds.

``python -m tests.choosing.limits`` goes through functions of all kinds at sizes that matter; the
tests take small ones.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import admodes as ad
from admodes import forward, reverse
from admodes.measure import peak_bytes
from admodes.measure.words import duration, size

WITHIN = 0.15
"""Of the peak: how far from it a prediction may be."""
LONG = 60.0
"""Seconds of a derivative that is not made to see what it holds: it would take an hour."""
SHARES = (0.3, 0.7, 1.5, 20.0)
"""Limits, in terms of what plain reverse mode holds."""


@dataclass(frozen=True)
class Held:
    """A function under a limit."""

    name: str
    limit: float
    advice: ad.Recommendation
    peak: int | None  #: ``None`` where it would have taken too long

    @property
    def error(self) -> float:
        return 0.0 if self.peak is None else self.advice.peak_bytes / self.peak - 1

    @property
    def kept(self) -> bool:
        """Whether it was told right, and whether what was said to fit does."""
        if self.peak is None:
            return True
        fits = self.peak <= self.limit or not self.advice.fits
        return abs(self.error) <= WITHIN and fits

    def __str__(self) -> str:
        advice = self.advice
        how = f"{advice.mode}, {advice.chunk_size}{', checkpointed' * advice.checkpoint}"
        said = (
            size(advice.peak_bytes) if advice.fits else f"nothing fits, {size(advice.peak_bytes)}"
        )
        told = "–  " if self.peak is None else "ok " if self.kept else "OFF"
        held = f"not made: {duration(advice.seconds)}"
        if self.peak is not None:
            held = f"held {size(self.peak):>8s} ({self.error:+.1%})"
        return (
            f"{told} {self.name:24s} limit {size(self.limit):>8s}: {how:28s}"
            f" said {said:>22s}, {held}"
        )


def follow(advice: ad.Recommendation, f: Callable[..., Any]) -> Callable[..., Any]:
    """The derivative in the way that is recommended, as a user writes it."""
    g = ad.checkpoint(f, segments=True) if advice.checkpoint else f
    mode = {"forward": forward, "reverse": reverse}[advice.mode]
    derivative = mode.grad if advice.profile.scalar else mode.jacobian
    return derivative(g, chunk_size=advice.chunk_size)


def held(name: str, f: Callable[..., Any], x: Any, limit: float, **options: Any) -> Held:
    advice = ad.recommend(f, x, memory_limit=limit, **options)
    derivative = follow(advice, f)
    peak = None if advice.seconds > LONG else peak_bytes(lambda: derivative(x))
    return Held(name, limit, advice, peak)


def under_limits(name: str, f: Callable[..., Any], x: Any, **options: Any) -> Iterator[Held]:
    plain = peak_bytes(lambda: reverse.jacobian(f)(x))
    for share in SHARES:
        yield held(name, f, x, share * plain, **options)


# --- Functions ------------------------------------------------------------------------------------


def wave(u, steps):
    before = u
    for _ in range(steps):
        around = np.roll(u, 1) + np.roll(u, -1)
        u, before = 2.0 * u - before + 0.1 * (around - 2.0 * u) - 0.01 * np.sin(u), u
    return u


def chain(x, steps):
    for _ in range(steps):
        x = np.sin(x) * x
    return x


def heat(u, steps):
    for _ in range(steps):
        inner = u[1:-1] + 0.2 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        u = np.concatenate([u[:1], inner, u[-1:]])
    return u


def swing(state, steps):
    position, velocity = state
    for _ in range(steps):
        velocity = velocity - 0.01 * np.sin(position)
        position = position + 0.01 * velocity
    return position


def network(p):
    h = np.tanh(EXAMPLES @ p["in"] + p["bias"])
    return np.mean((h @ p["out"] - EXAMPLES) ** 2)


EXAMPLES = np.sin(np.arange(50.0 * 30)).reshape(50, 30)


def functions(n: int) -> dict[str, tuple[Callable[..., Any], Any]]:
    """Gradients and Jacobians of about `n` numbers, of few steps and of many."""
    rng = np.random.default_rng(0)
    x, few = rng.uniform(0.5, 1.5, n), rng.uniform(0.5, 1.5, max(n // 10, 3))
    side = max(int(n**0.5), 3)
    square = rng.standard_normal((side, side)) / side
    matrix = rng.standard_normal((few.size, few.size)) / np.sqrt(few.size)
    wide = rng.standard_normal((n, few.size))
    hidden = min(n // 10, 20)
    weights = {
        "in": rng.standard_normal((30, hidden)) / 6,
        "bias": np.zeros(hidden),
        "out": rng.standard_normal((hidden, 30)) / 5,
    }
    return {
        "squares": (lambda x: np.sum(x * x), x),
        "wave, energy": (lambda u: np.sum(wave(u, 60) ** 2), x),
        "wave, end": (lambda u: wave(u, 20), few),
        "chain, sum": (lambda x: np.sum(chain(x, 50)), x),
        "chain": (lambda x: chain(x, 10), few),
        "heat, sum": (lambda u: np.sum(heat(u, 30) ** 2), x),
        "heat": (lambda u: heat(u, 10), few),
        "swing": (lambda s: swing(s, 3 * n // 4), [0.3, 0.1]),
        "network": (network, weights),
        "determinant": (lambda a: np.linalg.det(a + np.eye(side)), square),
        "inverse": (np.linalg.inv, (square + np.eye(side))[:12, :12]),
        "recurrence": (lambda h: chain_of(matrix, h, 20), few),
        "recurrence, sum": (lambda h: np.sum(chain_of(matrix, h, 20)), few),
        "log-sum-exp": (lambda x: np.log(np.sum(np.exp(x))), x),
        "distances": (lambda p: np.sqrt(np.sum((p[:, None] - p) ** 2, -1) + 1e-3), square[:12, :3]),
        "curve": (lambda p: np.sin(p[0] * x) + p[1] * x, np.array([1.0, 2.0])),
        "residuals": (lambda p: np.tanh(wide @ p), few),
        "cumulative": (lambda x: np.cumsum(np.exp(-x)), few),
        "in single precision": (lambda x: np.sum(chain(x, 20)), x.astype(np.float32)),
        "reads": (lambda x: sum(x[i] * x[i + 1] for i in range(50)), x),
        "complex numbers": (lambda x: np.exp(1j * (wide @ x)), few),
        "several inputs": (lambda p: np.tanh(wide @ p["a"]) * p["b"], {"a": few, "b": few[0]}),
        "several outputs": (lambda x: [np.sum(x), x * x], few),
        "convolution": (lambda k: np.maximum(windows(x, 9) @ k, 0.0), rng.standard_normal(9)),
    }


def chain_of(matrix, h, steps):
    for _ in range(steps):
        h = np.tanh(matrix @ h)
    return h


def windows(x, width):
    return np.stack([x[i : x.size - width + 1 + i] for i in range(width)], axis=1)


def main() -> None:
    every = []
    for n in (200, 2000, 20_000):
        for name, (f, x) in functions(n).items():
            if n < 20_000 or not (isinstance(y := f(x), list) or np.ndim(y)):
                for found in under_limits(f"{name}, {n}", f, x):
                    print(found, flush=True)
                    every.append(found)
    made = [each for each in every if each.peak is not None]
    kept = sum(each.kept for each in made)
    print(f"{kept} of {len(made)} within {WITHIN:.0%} and within their limits")


if __name__ == "__main__":
    main()
