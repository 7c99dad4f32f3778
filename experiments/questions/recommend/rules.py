"""Rules of thumb: the mode by the numbers of inputs and outputs alone, as others have published it.

Each gives a mode, and how many directions a pass where it says; else that is what the modes take
by themselves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from admodes import rule_of_thumb


@dataclass(frozen=True)
class Rule:
    """A published rule."""

    name: str
    source: str
    forward: Callable[[int, int], bool]
    """Whether `n` inputs and `m` outputs are for forward mode."""
    chunk_size: int | None = None

    def way(self, n: int, m: int, default: tuple[int, int]) -> tuple[str, int]:
        """Mode and directions a pass, where by default there are so many of them in each mode."""
        forward = self.forward(n, m)
        own = default[0 if forward else 1] if self.chunk_size is None else self.chunk_size
        return ("forward", min(own, max(n, 1))) if forward else ("reverse", min(own, max(m, 1)))


def ours(n: int, m: int) -> bool:
    """By :func:`admodes.rule_of_thumb`; where that leaves it open, the smaller number."""
    return (rule_of_thumb(n, m) or ("forward" if n <= m else "reverse")) == "forward"


RULES: Sequence[Rule] = (
    Rule("forward if n < m", "textbooks", lambda n, m: n < m),
    Rule("forward if n ≤ m", "CoDiPack", lambda n, m: n <= m),
    Rule("reverse unless m > n", "JAX's guide, as it is commonly read", lambda n, m: m > n),
    Rule("forward if n < 100 or n ≤ 1.5 m", "lineax", lambda n, m: n < 100 or n <= 1.5 * m),
    # A row is taken to cost twice a column.
    Rule("forward if 0.33 n ≤ 0.67 m", "CasADi", lambda n, m: 0.33 * n <= 0.67 * m),
    Rule("forward if n ≤ m, 12 a pass", "ForwardDiff's chunk", lambda n, m: n <= m, 12),
    Rule("forward if n ≤ m, 16 a pass", "a chunk that is a power of two", lambda n, m: n <= m, 16),
    Rule("admodes.rule_of_thumb", "this package, mode='auto'", ours),
)
