"""What derivatives are taken of and by, and the directions that they are taken along."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

Function = Callable[[list[Any]], Sequence[Any]]
"""From a list of numbers and arrays to another one, always of the same shapes."""

#: of float64, in which all but the modes is computed
EPSILON = float(np.finfo(float).eps)
#: up to so many entries, every one has a direction of its own; above, directions are random
ENTRIES = 64
#: random directions, each of which moves all entries
RANDOM = 3
#: what is smaller is divided by as if it were this
SMALL = 1e-300


class Part(NamedTuple):
    """A leaf of the arguments or of the output that has derivatives."""

    path: str
    value: Any
    size: float  #: the largest magnitude in it

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.value)

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(getattr(self.value, "dtype", type(self.value)))

    @property
    def complex(self) -> bool:
        return self.dtype.kind == "c"

    def entry(self, index: Sequence[Any]) -> str:
        return f"{self.path}[{', '.join(map(str, index))}]" if index else self.path


class Directions(NamedTuple):
    """Several tangents of the arguments, or cotangents of the output."""

    names: list[str]
    leaves: list[Any]  #: an array of shape ``(len(names), *part.shape)`` a part; None for zeros
    natural: float  #: the change of the arguments (or the output) as a share of their size
    length: float  #: the largest magnitude in them

    @property
    def step(self) -> float:
        """How far to go for finite differences: it changes the arguments by 1/64 of their size."""
        return 2.0**-6 / (self.natural or 1.0)

    def shortened(self) -> "Directions":
        """The same, in none of which magnitudes add up to more than one."""
        sums = [np.abs(t).sum(axis=tuple(range(1, t.ndim))) for t in self.leaves if t is not None]
        total = max(largest(sum(sums, np.zeros(1))), 1.0)
        scale = 2.0 ** -math.ceil(math.log2(total))  # which changes no digit
        leaves = [None if t is None else t * scale for t in self.leaves]
        return Directions(self.names, leaves, self.natural * scale, self.length * scale)

    def one(self, k: int, parts: Sequence[Part]) -> list[Any]:
        """Direction `k` alone: numbers for numbers, arrays for arrays."""
        return [
            t if t is None else like(t[k], part.value)
            for t, part in zip(self.leaves, parts, strict=True)
        ]


def like(t: Any, x: Any) -> Any:
    """`t` as an array or a number, whichever `x` is."""
    return np.asarray(t) if isinstance(x, np.ndarray) else type(x)(t)


def count(parts: Sequence[Part]) -> int:
    """Their entries."""
    return sum(math.prod(part.shape) for part in parts)


def directions(
    what: str,
    parts: Sequence[Part],
    rng: np.random.Generator,
    dual: bool = False,
    others: Sequence[Part] = (),
) -> list[Directions]:
    """Random directions through all parts; before them, unless they are many, every entry's own.

    Tangents are as large as their parts. Cotangents (`dual`) are as large as one over them, so that
    all parts weigh the same. Random ones keep away from the ends of what a number may be, so that
    their products with derivatives do too: `others` are the parts at the other side of these.
    """
    groups: list[Directions] = []
    for i, part in enumerate(parts if count(parts) <= ENTRIES else ()):
        units = np.eye(math.prod(part.shape), dtype=part.dtype)
        names = [part.entry(index) for index in np.ndindex(part.shape)]
        scales = _scales(part).reshape(-1)
        if part.complex:
            units = np.concatenate([units, 1j * units])
            names += [f"1j * {name}" for name in names]
            scales = np.tile(scales, 2)
        for chosen in [[*range(len(names))]] if dual else _alike(scales):
            along: list[Any] = [None] * len(parts)
            along[i] = units[chosen].reshape(len(chosen), *part.shape)
            natural = part.size if dual else 1 / max(float(np.max(scales[chosen])), SMALL)
            groups.append(Directions([names[k] for k in chosen], along, natural, 1.0))
    along, shares = [], []
    for part in parts:
        t = rng.standard_normal((RANDOM, *part.shape))
        if part.complex:
            t = t + 1j * rng.standard_normal(t.shape)
        size = _moderate(part, dual, others)
        if not dual:  # entries that are small beside others move by as much less
            t = t * (_scales(part) / (part.size or 1.0))
        along.append((t * size).astype(part.dtype))
        shares.append(size * (part.size or 1.0) if dual else size / _size(part))
    names = [f"random {what} {k}" for k in range(RANDOM)]
    natural = sum(shares) if dual else max(shares, default=1.0)
    return [*groups, Directions(names, along, natural, largest(*along))]


def _scales(part: Part) -> Any:
    """By how much to move each entry: by the size of all, unless it is far smaller itself."""
    size = part.size or 1.0
    magnitude = np.fmin(np.abs(np.asarray(part.value)).astype(float), size)
    own = np.maximum(np.minimum(magnitude, size / 1e3) * 1e3, 1.0)
    return np.where(magnitude < size / 1e3, np.minimum(own, size), size)


def _alike(scales: Any) -> list[list[int]]:
    """The positions of entries that one step suits: within a factor of a million."""
    if not scales.size:
        return []
    with np.errstate(all="ignore"):
        classes = np.floor(np.log10(np.max(scales) / scales) / 6)
    return [np.flatnonzero(classes == each).tolist() for each in np.unique(classes)]


def _size(part: Part) -> float:
    """A size that may be divided by."""
    return max(part.size or 1.0, SMALL)


def _moderate(part: Part, dual: bool, others: Sequence[Part]) -> float:
    """How large random tangents (or cotangents) of a part are.

    Their products with a derivative that is as large as output over argument are in range too.
    """
    limits = np.finfo(part.dtype)
    low, high = float(limits.tiny) ** (1 / 3), float(limits.max) ** (1 / 3)
    size = 1 / _size(part) if dual else part.size or 1.0
    ends = [_size(other) for other in others] or [1.0]
    most = min(ends) / _size(part) if dual else _size(part) / max(ends)
    return max(min(max(size, low), high, high * most), low * low)


def lead(directions: Sequence[Any], parts: Sequence[Part]) -> tuple[int, ...]:
    """The leading axes of tangents or cotangents of these parts."""
    return next(
        np.shape(t)[: np.ndim(t) - len(part.shape)]
        for t, part in zip(directions, parts, strict=True)
        if t is not None
    )


def pairing(cts: Sequence[Any], ts: Sequence[Any]) -> Any:
    """⟨ct, t⟩ for every ct with every t: the sum of products over all leaves and entries.

    For complex ones the real part of the product without conjugation: with respect to it, reverse
    mode is the transpose of forward mode.
    """
    return sum(np.real(rows @ columns.T) for rows, columns in _matrices(cts, ts))


def pairing_size(cts: Sequence[Any], ts: Sequence[Any]) -> float:
    """The size of the largest such sum if the signs of its terms are random."""
    (a, cts), (b, ts) = _scaled(cts), _scaled(ts)  # so that no square is too large or too small
    squares = sum(
        np.abs(rows) ** 2 @ np.abs(columns.T) ** 2 for rows, columns in _matrices(cts, ts)
    )
    size = a * b * math.sqrt(largest(squares))
    return size if math.isfinite(size) else 0.0


def _scaled(leaves: Sequence[Any]) -> tuple[float, list[Any]]:
    """The largest magnitude in some leaves, and they divided by it."""
    size = largest(*(x for x in leaves if x is not None)) or 1.0
    return size, [x if x is None else double(x) / size for x in leaves]


def _matrices(cts: Sequence[Any], ts: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Each leaf's cotangents and tangents, a row each; none where either are zeros."""
    for ct, t in zip(cts, ts, strict=True):
        if ct is not None and t is not None:
            rows, columns = (double(x).reshape(len(x), math.prod(x.shape[1:])) for x in (ct, t))
            yield rows, columns


def moved_along(
    values: Sequence[Any],
    tangents: Sequence[Any],
    k: int,
    h: float | complex,
    precision: Any = float,
) -> list[Any]:
    """`values` moved by `h` along their k-th directions, in double `precision` or a higher one."""
    return Ray(values, tangents, k, precision)(h)


class Ray:
    """Values as they are at any distance along their k-th directions."""

    def __init__(
        self, values: Sequence[Any], tangents: Sequence[Any], k: int, precision: Any = float
    ) -> None:
        self.parts = [
            (x, double(x, precision), double(0.0 if t is None else t[k], precision))
            for x, t in zip(values, tangents, strict=True)
        ]

    def __call__(self, h: float | complex) -> list[Any]:
        return [_moved(x, start + h * t) for x, start, t in self.parts]


def direction_count(tangents: Sequence[Any]) -> int:
    return next(len(t) for t in tangents if t is not None)


def _moved(x: Any, moved: Any) -> Any:
    """An array for an array, a number for a number."""
    if isinstance(x, np.ndarray):
        return np.asarray(moved)
    return moved if isinstance(x, np.generic) else moved.item()


def double(x: Any, precision: Any = float) -> Any:
    """An array in double precision at least, itself if it is; what is complex stays complex."""
    if precision is float and x.__class__ is np.ndarray and x.dtype == float:
        return x
    return np.asarray(x).astype(np.result_type(x, precision), copy=False)


def largest(*arrays: Any) -> float:
    """The largest finite magnitude."""
    with np.errstate(all="ignore"):
        sizes = [float(np.maximum.reduce(np.abs(x), axis=None, initial=0.0)) for x in arrays]
    return max((size for size in sizes if math.isfinite(size)), default=0.0)
