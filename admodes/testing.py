"""Checks of derivatives, for a test of your own: both modes against each other, and against truth.

Each check returns ``None``, or raises an ``AssertionError`` that names the function, what failed,
the worst entry and both values:

>>> import numpy as np
>>> from admodes.testing import check_derivatives, check_modes
>>> def energy(x):
...     return np.sum(np.sin(x) * x)
>>> check_modes(energy, np.linspace(0.0, 1.0, 5))
>>> check_derivatives(energy, np.linspace(0.0, 1.0, 5), order=2)

Two derivatives are compared by ``|a - b| <= atol + rtol * largest``, where `largest` is the largest
entry of the array that they stand in (the derivatives of one part of the output by one argument),
so that an entry that ought to be zero may be a rounding error. (For a sum over entries along a
random direction, it is the root of the sum of their squares.) By default `rtol` is the square root
of the machine epsilon of the coarsest dtype that takes part (1.5e-8; for float32 3.5e-4), and at
least 1e-6 where finite differences are one of the sides. By default `atol` is what rounding alone
may leave of a derivative that cancels to zero: 100 machine epsilons (2e-11 at least beside finite
differences) times the size of the output over that of the argument.

A derivative that is not finite fails every check, and so does a check that compared nothing.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np

from admodes import forward, reverse
from admodes.arguments import Inputs, check_callable, fresh, leaves, name
from admodes.rules import plain
from admodes.transforms import MODES

__all__ = ["check_derivatives", "check_modes"]

#: up to so many entries, every one has a direction of its own; above, directions are random
ENTRIES = 64
#: random directions, each of which moves all entries
RANDOM = 3


def check_modes(
    f: Callable[..., Any],
    *args: Any,
    order: int = 1,
    rtol: float | None = None,
    atol: float | None = None,
    seed: int = 0,
) -> None:
    """Check that forward mode and reverse mode give the same derivatives of `f`.

    Compared are the values with plain evaluation; one direction with several at once, in both
    modes; :func:`~admodes.jvp` with :func:`~admodes.linearize`; and both modes by the adjoint
    identity ⟨ct, J t⟩ = ⟨Jᵀ ct, t⟩, which holds for every tangent t and every cotangent ct exactly
    if one is the transpose of the other. Both are random; where there are at most 64 inputs (or
    outputs), they run over all unit directions too, which compares the Jacobians entry by entry.

    This shows that the modes agree, not that they are right: see :func:`check_derivatives`. It is
    the one to use where there is no derivative to compare with (at a kink), or no time for it.

    Parameters
    ----------
    f
        A function of plain NumPy code; its output may be any array or nested container. Its integer
        and boolean parts have no derivative and are not compared.
    args
        Where to check: numbers, arrays of floats (complex ones too), nested containers of them.
    order
        2 compares the four nestings of second derivatives with each other as well.
    rtol, atol
        As at the top of this module.
    seed
        Of the random directions.

    Raises
    ------
    AssertionError
        Where two sides differ, or a derivative is not finite.
    TypeError
        Where no part of the output is a floating-point number, an argument has no derivative, or
        arguments are complex and `order` is 2.
    ValueError
        Where `order` is neither 1 nor 2, or nothing was compared since all arrays are empty.

    References
    ----------
    A. Griewank, A. Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, section 3.3: the tangent
    and the adjoint of one evaluation satisfy this identity. In geophysics it is the dot-product
    test: J. F. Claerbout, *Earth Soundings Analysis: Processing versus Inversion*, 1992, chapter 5.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes.testing import check_modes
    >>> check_modes(lambda w: w["a"] * np.sin(w["b"]), {"a": np.ones(3), "b": 2.0})
    """
    _check_order(order)
    at = _Point("check_modes", f, args, rtol, atol, seed)
    at.check_values()
    at.check_directions()
    at.check_adjoint()
    if order == 2:
        at.check_second_order(truth=False)
    at.finish()


def check_derivatives(
    f: Callable[..., Any],
    *args: Any,
    order: int = 1,
    rtol: float | None = None,
    atol: float | None = None,
    seed: int = 0,
) -> None:
    """Check the derivatives of `f` by both modes against finite differences.

    The truth are central differences at steps from 1/64 of the argument's size downwards,
    extrapolated to step 0 in float64, for each entry with the steps that suit it; where `f` is
    smooth, ten digits are right. They are taken along every entry where there are at most 64, and
    along random directions otherwise. Forward mode is compared with them, and reverse mode with
    their products with cotangents (unit ones up to 64 outputs, random ones otherwise).

    Parameters
    ----------
    f
        A function of plain NumPy code; its output may be any array or nested container. Its integer
        and boolean parts have no derivative and are not compared.
    args
        Where to check: numbers, arrays of floats (complex ones too), nested containers of them.
        Not within 1e-6 of a kink, where differences see both sides.
    order
        2 checks second derivatives as well, of a fixed smooth function of the outputs: the four
        nestings against each other and against differences of the gradient.
    rtol, atol
        As at the top of this module.
    seed
        Of the random directions.

    Raises
    ------
    AssertionError
        Where a derivative and the differences differ, or one is not finite.
    TypeError
        Where no part of the output is a floating-point number, an argument has no derivative, or
        arguments are complex and `order` is 2.
    ValueError
        Where `order` is neither 1 nor 2, or nothing was compared since all arrays are empty.

    References
    ----------
    C. J. F. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", *Advances in Engineering
    Software* 4 (1982): central differences, extrapolated, with an estimate of their error.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes.testing import check_derivatives
    >>> check_derivatives(lambda x, y: np.exp(x) * y, np.array([0.0, 1.0]), 2.0, order=2)
    """
    _check_order(order)
    at = _Point("check_derivatives", f, args, rtol, atol, seed)
    at.check_truth()
    if order == 2:
        at.check_second_order(truth=True)
    at.finish()


def _check_order(order: int) -> None:
    if order not in (1, 2):
        raise ValueError(f"order must be 1 or 2, not {order!r}")


# --- Parts and directions -------------------------------------------------------------------------


class _Part(NamedTuple):
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


class _Directions(NamedTuple):
    """Several tangents of the arguments, or cotangents of the output."""

    names: list[str]
    leaves: list[Any]  #: an array of shape ``(len(names), *part.shape)`` a part; None for zeros
    natural: float  #: the change of the arguments (or the output) as a share of their size

    def one(self, k: int, parts: Sequence[_Part]) -> list[Any]:
        """Direction `k` alone: numbers for numbers, arrays for arrays."""
        return [
            t if t is None else _like(t[k], part.value)
            for t, part in zip(self.leaves, parts, strict=True)
        ]


def _like(t: Any, x: Any) -> Any:
    return np.asarray(t) if isinstance(x, np.ndarray) else type(x)(t)


def _largest(*arrays: Any) -> float:
    """The largest finite magnitude."""
    with np.errstate(all="ignore"):
        sizes = [float(np.max(np.abs(x), initial=0.0)) for x in arrays]
    return max((size for size in sizes if math.isfinite(size)), default=0.0)


def _count(parts: Sequence[_Part]) -> int:
    return sum(math.prod(part.shape) for part in parts)


def _directions(
    what: str, parts: Sequence[_Part], rng: np.random.Generator, dual: bool = False
) -> list[_Directions]:
    """Random directions through all parts; before them, unless they are many, every entry's own.

    Tangents are as large as their parts. Cotangents (`dual`) are as large as one over them, so that
    all parts weigh the same.
    """
    groups: list[_Directions] = []
    for i, part in enumerate(parts if _count(parts) <= ENTRIES else ()):
        units = np.eye(math.prod(part.shape), dtype=part.dtype)
        names = [part.entry(index) for index in np.ndindex(part.shape)]
        if part.complex:
            units = np.concatenate([units, 1j * units])
            names += [f"1j * {name}" for name in names]
        if names:
            along: list[Any] = [None] * len(parts)
            along[i] = units.reshape(len(names), *part.shape)
            groups.append(_Directions(names, along, part.size if dual else 1 / (part.size or 1)))
    along = []
    for part in parts:
        t = rng.standard_normal((RANDOM, *part.shape))
        if part.complex:
            t = t + 1j * rng.standard_normal(t.shape)
        size = part.size or 1.0
        along.append((t / size if dual else t * size).astype(part.dtype))
    names = [f"random {what} {k}" for k in range(RANDOM)]
    return [*groups, _Directions(names, along, float(len(parts)) if dual else 1.0)]


def _lead(directions: Sequence[Any], parts: Sequence[_Part]) -> tuple[int, ...]:
    """The leading axes of tangents or cotangents of these parts."""
    return next(
        np.shape(t)[: np.ndim(t) - len(part.shape)]
        for t, part in zip(directions, parts, strict=True)
        if t is not None
    )


def _pairing(cts: Sequence[Any], ts: Sequence[Any]) -> Any:
    """⟨ct, t⟩ for every ct with every t: the sum of products over all leaves and entries.

    For complex ones the real part of the product without conjugation: with respect to it, reverse
    mode is the transpose of forward mode.
    """
    return sum(np.real(rows @ columns.T) for rows, columns in _matrices(cts, ts))


def _pairing_size(cts: Sequence[Any], ts: Sequence[Any]) -> float:
    """The size of the largest such sum if the signs of its terms are random."""
    total = sum(np.abs(rows) ** 2 @ np.abs(columns.T) ** 2 for rows, columns in _matrices(cts, ts))
    return math.sqrt(_largest(total))


def _matrices(cts: Sequence[Any], ts: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    for ct, t in zip(cts, ts, strict=True):
        if ct is not None and t is not None:
            rows, columns = (_double(x).reshape(len(x), math.prod(x.shape[1:])) for x in (ct, t))
            yield rows, columns


# --- A function at a point ------------------------------------------------------------------------


class _Point:
    """A function at a point: its derivatives by both modes, and how they are compared."""

    def __init__(
        self,
        face: str,
        f: Callable[..., Any],
        args: tuple[Any, ...],
        rtol: float | None,
        atol: float | None,
        seed: int,
        arguments: str = "argument",
    ) -> None:
        check_callable(f)
        self.title = f"{face} of {name(f)}"
        self.f, self.args, self.rtol, self.atol, self.seed = f, args, rtol, atol, seed
        self.inputs = Inputs(f, args)
        self.pullback, _ = reverse.record(f, self.inputs)
        paths = [
            f"{arguments} {i}{path}" for i, tree in enumerate(args) for path, _ in leaves(tree)
        ]
        outputs = [(f"output{path}", plain(y)) for path, y in leaves(self.pullback.output)]
        #: which leaves of the output have derivatives
        self.places = [i for i, (_, y) in enumerate(outputs) if np.asarray(y).dtype.kind in "fc"]
        self.xs = [
            _Part(path, plain(x), _largest(plain(x)))
            for path, x in zip(paths, self.inputs.leaves, strict=True)
        ]
        self.ys = [_Part(path, y, _largest(y)) for path, y in (outputs[i] for i in self.places)]
        if not self.xs:
            raise TypeError(f"{self.title}: there is no argument to differentiate by")
        if not self.ys:
            found = ", ".join(str(np.asarray(y).dtype) for _, y in outputs) or "empty"
            raise TypeError(
                f"{self.title}: there is no derivative to check, for no part of the output is a "
                f"floating-point number (it is {found})"
            )
        self.epsilon = max(float(np.finfo(part.dtype).eps) for part in (*self.xs, *self.ys))
        self.compared = 0  # entries of derivatives
        rng = np.random.default_rng(seed)
        self.tangents = _directions("direction", self.xs, rng)
        self.cotangents = _directions("cotangent", self.ys, rng, dual=True)

    # Derivatives: an array of shape ``directions + part.shape`` for every part

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """The output's tangents by forward mode."""
        _, _, pairs = forward.run(self.inputs, tangents)
        found = [pairs[i][1] for i in self.places]
        return self.checked("forward mode", found, self.ys, _lead(tangents, self.xs))

    def replay(self, tangents: Sequence[Any]) -> list[Any]:
        """The output's tangents by pushing along the recording."""
        pushed = self.pullback.push(tangents)
        found = [pushed[i] for i in self.places]
        return self.checked("linearize", found, self.ys, _lead(tangents, self.xs))

    def pull(self, cotangents: Sequence[Any]) -> list[Any]:
        """The arguments' cotangents by reverse mode."""
        seeds: list[Any] = [None] * len(self.pullback.values)
        for i, ct in zip(self.places, cotangents, strict=True):
            seeds[i] = ct
        lead = _lead(cotangents, self.ys)
        return self.checked("reverse mode", self.pullback.pull(seeds, lead), self.xs, lead)

    def checked(
        self,
        mode: str,
        found: Sequence[Any],
        parts: Sequence[_Part],
        lead: tuple[int, ...],
    ) -> list[Any]:
        """Derivatives of the right shapes, finite, and zeros in place of ``None``."""
        result = []
        for derivative, part in zip(found, parts, strict=True):
            shape = lead + part.shape
            d = np.zeros(shape) if derivative is None else np.asarray(plain(derivative))
            if d.shape != shape:
                self.fail(
                    f"{mode} gives a derivative of the wrong shape",
                    {"at": part.path, "found": d.shape, "expected": shape},
                )
            if not np.isfinite(d).all():
                index = tuple(np.argwhere(~np.isfinite(d))[0].tolist())
                self.fail(
                    f"{mode} gives a derivative that is not finite",
                    {"at": part.entry(index[len(lead) :]), mode: d[index]},
                )
            result.append(d if part.complex else np.real(d))
        return result

    # Comparing

    def compare(
        self,
        what: str,
        left: tuple[str, Any],
        right: tuple[str, Any],
        at: Callable[[tuple[int, ...]], str],
        natural: float,
        truth: bool = False,
    ) -> None:
        """Fail where two arrays of derivatives differ; `at` says what an index stands for.

        `natural` is the size that such derivatives have where nothing cancels; with `truth`, one
        side are finite differences.
        """
        a, b = np.asarray(left[1]), np.asarray(right[1])
        self.compared += a.size
        place = self.worst(a, b, natural, _largest(a, b), truth)
        if place is not None:
            self.fail(what, {"at": at(place), **self.sides(left, right, place)})

    def worst(
        self, a: Any, b: Any, natural: float, largest: float, truth: bool = False
    ) -> tuple[int, ...] | None:
        """The index of the largest difference, if that is more than what is allowed."""
        if a.size == 0:
            return None
        rtol, atol = self.rtol, self.atol
        if rtol is None:
            rtol = max(math.sqrt(self.epsilon), 1e-6 if truth else 0.0)
        if atol is None:
            atol = max(100 * self.epsilon, 1e5 * _EPSILON if truth else 0.0) * natural
        with np.errstate(all="ignore"):
            gaps = np.asarray(np.abs(a - b))
        gaps = np.where(np.isnan(gaps), np.inf, gaps)
        worst = int(np.argmax(gaps))
        if gaps.flat[worst] <= atol + rtol * largest:
            return None
        return tuple(int(i) for i in np.unravel_index(worst, gaps.shape))

    def sides(
        self, left: tuple[str, Any], right: tuple[str, Any], place: tuple[int, ...]
    ) -> dict[str, Any]:
        a, b = left[1][place], right[1][place]
        return {left[0]: a, right[0]: b, "difference": f"{abs(a - b):.6g}"}

    def compare_parts(
        self,
        what: str,
        left: tuple[str, Sequence[Any]],
        right: tuple[str, Sequence[Any]],
        parts: Sequence[_Part],
        names: Sequence[str],
        naturals: Sequence[float],
        truth: bool = False,
    ) -> None:
        """The same for one array a part, whose first axis runs over directions of these names."""
        for a, b, part, natural in zip(left[1], right[1], parts, naturals, strict=True):

            def at(index: tuple[int, ...], part: _Part = part) -> str:
                return f"{part.entry(index[1:])}, along {names[index[0]]}"

            self.compare(what, (left[0], a), (right[0], b), at, natural, truth=truth)

    def fail(self, what: str, facts: dict[str, Any]) -> NoReturn:
        __tracebackhide__ = True
        width = max(map(len, facts)) + 1
        lines = [f"    {key + ':':{width}} {fact}" for key, fact in facts.items()]
        raise AssertionError("\n".join([f"{self.title}: {what}", *lines]))

    def finish(self) -> None:
        if not self.compared:
            raise ValueError(f"{self.title}: nothing was compared, for all its arrays are empty")

    # --- The checks -------------------------------------------------------------------------------

    def plain_output(self, values: Sequence[Any]) -> list[Any]:
        """The leaves of the output by plain NumPy, which may overwrite what it is given."""
        return [plain(y) for _, y in leaves(self.inputs.call(list(map(fresh, values))))]

    def check_values(self) -> None:
        """What the modes compute beside derivatives is what plain NumPy computes."""
        expected = self.plain_output([x.value for x in self.xs])
        random = self.tangents[-1]
        pairs = forward.run(self.inputs, random.one(0, self.xs))[2]
        for mode, found in (
            ("forward mode", [y for y, _ in pairs]),
            ("reverse mode", self.pullback.values),
        ):
            what = f"the value in {mode} is not plain NumPy's"
            if len(found) != len(expected):
                self.fail(what, {"parts": len(found), "expected": len(expected)})
            for i, y in zip(self.places, self.ys, strict=True):
                value, own = np.asarray(plain(found[i])), np.asarray(expected[i])
                same_dtype = value.dtype == own.dtype or isinstance(expected[i], (float, complex))
                if value.shape != own.shape or not same_dtype:
                    self.fail(
                        what,
                        {
                            "at": y.path,
                            mode: f"shape {value.shape}, dtype {value.dtype}",
                            "plain NumPy": f"shape {own.shape}, dtype {own.dtype}",
                        },
                    )
                finite = np.isfinite(own)
                if not np.array_equal(value[~finite], own[~finite], equal_nan=True):
                    finite = np.ones_like(finite)
                left, right = np.where(finite, own, 0), np.where(finite, value, 0)
                place = self.worst(left, right, y.size, y.size)
                if place is not None:
                    sides = self.sides(("plain NumPy", own), (mode, value), place)
                    self.fail(what, {"at": y.entry(place), **sides})

    def check_directions(self) -> None:
        """One direction against several, and forward mode against its replay on the recording."""
        ts, cts = self.tangents[-1], self.cotangents[-1]
        jvp = "jvp", self.one_by_one(self.push, ts, self.xs)
        vjp = "vjp", self.one_by_one(self.pull, cts, self.ys)
        sizes = [ts.natural * y.size for y in self.ys]
        alone = self.one_by_one(self.replay, ts, self.xs)
        for what, other in (
            ("forward mode differs for", ("several directions", self.push(ts.leaves))),
            ("linearize differs from jvp for", ("one direction", alone)),
            ("linearize differs from jvp for", ("several directions", self.replay(ts.leaves))),
        ):
            what = f"{what} {other[0]}"
            self.compare_parts(what, jvp, other, self.ys, ts.names, sizes)
        self.compare_parts(
            "reverse mode differs for several cotangents",
            vjp,
            ("several cotangents", self.pull(cts.leaves)),
            self.xs,
            cts.names,
            [cts.natural / (x.size or 1) for x in self.xs],
        )

    def one_by_one(
        self, derive: Callable[..., list[Any]], group: _Directions, parts: Sequence[_Part]
    ) -> list[Any]:
        found = [derive(group.one(k, parts)) for k in range(len(group.names))]
        return [np.stack(each) for each in zip(*found, strict=True)]

    def check_adjoint(self) -> None:
        """Reverse mode is the transpose of forward mode."""
        self.check_transpose(
            "forward mode and reverse mode disagree: ⟨ct, J t⟩ is not ⟨Jᵀ ct, t⟩",
            ("forward mode", [self.push(ts.leaves) for ts in self.tangents]),
            locate=True,
        )

    def check_truth(self) -> None:
        """Both modes give what finite differences give."""
        truth = [_differences(self.float_output, self.xs, ts, self.ys) for ts in self.tangents]
        for ts, expected in zip(self.tangents, truth, strict=True):
            self.compare_parts(
                "forward mode differs from finite differences",
                ("forward mode", self.push(ts.leaves)),
                ("differences", expected),
                self.ys,
                ts.names,
                [ts.natural * y.size for y in self.ys],
                truth=True,
            )
        self.check_transpose(
            "reverse mode differs from finite differences", ("differences", truth), truth=True
        )

    def float_output(self, values: Sequence[Any]) -> list[Any]:
        output = self.plain_output(values)
        return [output[i] for i in self.places]

    def check_transpose(
        self,
        what: str,
        other: tuple[str, list[list[Any]]],
        locate: bool = False,
        truth: bool = False,
    ) -> None:
        """⟨ct, J t⟩ = ⟨Jᵀ ct, t⟩ for all directions, with J t from the `other` side."""
        pulled = [self.pull(cts.leaves) for cts in self.cotangents]
        for ts, pushed in zip(self.tangents, other[1], strict=True):
            for cts, back in zip(self.cotangents, pulled, strict=True):
                shape = len(cts.names), len(ts.names)
                left = np.broadcast_to(_pairing(cts.leaves, pushed), shape)
                right = np.broadcast_to(_pairing(back, ts.leaves), shape)
                largest = max(_pairing_size(cts.leaves, pushed), _pairing_size(back, ts.leaves))
                natural = ts.natural * cts.natural
                place = self.worst(left, right, natural, largest, truth)
                self.compared += left.size if _count(self.xs) else 0
                if place is None:
                    continue
                if locate and ts is self.tangents[-1]:
                    self.locate(what, cts, *place)
                at = f"{cts.names[place[0]]}, along {ts.names[place[1]]}"
                sides = self.sides((other[0], left), ("reverse mode", right), place)
                self.fail(what, {"at": at, **sides})

    def locate(self, what: str, cts: _Directions, row: int, column: int) -> None:
        """Fail at one entry of the arguments where the modes disagree, if there is one.

        How far they disagree along a direction is the sum over its two halves: taking the worse
        half again and again ends at an entry.
        """
        ct = cts.one(row, self.ys)
        back = [np.asarray(g)[None] for g in self.pull(ct)]
        whole = [t[column] for t in self.tangents[-1].leaves]
        ends = np.cumsum([t.size for t in whole])

        def both(start: int, stop: int) -> tuple[float, float]:
            """Forward and reverse mode's derivative along some entries of the direction."""
            t = [np.zeros_like(own) for own in whole]
            for own, kept, end in zip(whole, t, ends, strict=True):
                inside = slice(*(max(0, i - int(end) + own.size) for i in (start, stop)))
                kept.reshape(-1)[inside] = own.reshape(-1)[inside]
            one = [_like(own, x.value) for own, x in zip(t, self.xs, strict=True)]
            pushed = [np.asarray(y)[None] for y in self.push(one)]
            forwards = _pairing([np.asarray(c)[None] for c in ct], pushed)
            backwards = _pairing(back, [own[None] for own in t])
            return float(np.sum(forwards)), float(np.sum(backwards))

        start, stop = 0, int(ends[-1])
        left, right = both(start, stop)
        while stop - start > 1:
            middle = (start + stop) // 2
            halves = {(start, middle): both(start, middle), (middle, stop): both(middle, stop)}
            (start, stop), (left, right) = max(
                halves.items(), key=lambda half: abs(half[1][0] - half[1][1])
            )
        if abs(left - right) <= math.sqrt(self.epsilon) * max(abs(left), abs(right)):
            return
        i = int(np.searchsorted(ends, start, side="right"))
        index = np.unravel_index(start - int(ends[i]) + whole[i].size, whole[i].shape)
        self.fail(
            f"{what}, for a random ct and a t that is zero but for one entry",
            {
                "at": self.xs[i].entry([int(k) for k in index]),
                "forward mode": left,
                "reverse mode": right,
                "difference": f"{abs(left - right):.6g}",
            },
        )

    # --- Second order -----------------------------------------------------------------------------

    def contraction(self, *args: Any) -> Any:
        """One real number from all outputs: a weighted sum of u + u²/2, u = y / (1 + |y|).

        It is curved, so that cotangents too depend on the point, and made of nothing but +, * and
        sum. (The denominator is a constant.)
        """
        output = [y for _, y in leaves(self.f(*args))]
        total: Any = 0.0
        for i, part, cts in zip(self.places, self.ys, self.cotangents[-1].leaves, strict=True):
            weight = _like(np.abs(cts[0]) * (part.size or 1), np.real(part.value))
            u = output[i] * (1 / (1 + abs(part.value)))
            for v in (np.real(u), np.imag(u)) if part.complex else (u,):
                term = weight * (v + 0.5 * (v * v))
                total = total + (np.sum(term) if part.shape else term)
        return total

    def check_second_order(self, truth: bool) -> None:
        """All second derivatives of the contraction, in all nestings."""
        if any(x.complex for x in self.xs):
            raise TypeError(
                f"{self.title}: order 2 needs real arguments; make the real and the imaginary part "
                "arguments of their own"
            )
        f, args, what = self.contraction, self.args, "argument"
        if _count(self.xs) > ENTRIES:
            # A gradient by forward mode would take too many passes: it is taken with respect to
            # how far to go along each of the random directions.
            f, args, what = self.along_directions, (np.float64(0),) * RANDOM, "random direction"
        at = _Point("", f, args, self.rtol, self.atol, self.seed, what)
        at.title = self.title
        at.check_nestings(truth)

    def along_directions(self, *steps: Any) -> Any:
        ts = self.tangents[-1].leaves
        moved = [
            x.value + sum(step * _like(t[k], x.value) for k, step in enumerate(steps))
            for x, t in zip(self.xs, ts, strict=True)
        ]
        return self.contraction(*self.inputs.like(moved))

    def check_nestings(self, truth: bool) -> None:
        """The four nestings against each other, and with `truth`, against differences."""
        every = tuple(range(len(self.args)))
        gradients = {inner: mode.grad(self.f, every) for inner, mode in MODES.items()}
        (y,) = self.ys
        for ts in self.tangents:
            naturals = [y.size * ts.natural / (x.size or 1) for x in self.xs]
            found = {
                f"{outer}-over-{inner}": product(ts.leaves)
                for inner, gradient in gradients.items()
                for outer, product in self.products(gradient).items()
            }
            if ts is self.tangents[-1]:
                for inner, mode in MODES.items():
                    gradient = mode.grad(self.f, every, chunk_size=1)
                    for outer, product in self.products(gradient).items():
                        nesting = f"{outer}-over-{inner}, one direction a pass"
                        found[nesting] = self.one_by_one(product, ts, self.xs)
            reference = ("reverse-over-reverse", found.pop("reverse-over-reverse"))
            for other in found.items():
                self.compare_parts(
                    "second derivatives differ between nestings",
                    reference, other, self.xs, ts.names, naturals,
                )  # fmt: skip
            if truth:
                expected = _differences(self.gradient_parts, self.xs, ts, self.xs)
                self.compare_parts(
                    "second derivatives differ from finite differences of the gradient",
                    reference, ("differences", expected), self.xs, ts.names, naturals, truth=True,
                )  # fmt: skip

    def gradient_parts(self, values: Sequence[Any]) -> list[Any]:
        gradient = reverse.grad(self.f, tuple(range(len(self.args))))
        return [g for _, g in leaves(gradient(*self.inputs.like(values)))]

    def products(self, gradient: Callable[..., Any]) -> dict[str, Callable[..., list[Any]]]:
        """The derivative of a gradient times directions, by either outer mode."""
        inputs = Inputs(gradient, self.args)
        pullback, _ = reverse.record(gradient, inputs)

        def pushed(ts: Sequence[Any]) -> list[Any]:
            found = [t for _, t in forward.run(inputs, ts)[2]]
            lead = _lead(ts, self.xs)
            return self.checked("forward mode over a gradient", found, self.xs, lead)

        def pulled(ts: Sequence[Any]) -> list[Any]:
            lead = _lead(ts, self.xs)
            found = pullback.pull(ts, lead)  # a Hessian is its own transpose
            return self.checked("reverse mode over a gradient", found, self.xs, lead)

        return {"forward": pushed, "reverse": pulled}


# --- Finite differences ---------------------------------------------------------------------------

_EPSILON = float(np.finfo(float).eps)


def _differences(
    function: Callable[[Sequence[Any]], list[Any]],
    xs: Sequence[_Part],
    ts: _Directions,
    ys: Sequence[_Part],
) -> list[Any]:
    """Derivatives of `function` along each direction, an array per part of its output."""
    derivatives = []
    for k in range(len(ts.names)):

        def moved(h: float, k: int = k) -> Any:
            values = [
                _moved(x.value, 0.0 if t is None else t[k], h)
                for x, t in zip(xs, ts.leaves, strict=True)
            ]
            return np.concatenate([_double(y).reshape(-1) for y in function(values)])

        # The first step changes the arguments by 1/64 of their size.
        derivatives.append(_extrapolated(moved, 2.0**-6 / (ts.natural or 1.0)))
    ends = np.cumsum([math.prod(y.shape) for y in ys])[:-1]
    pieces = np.split(np.stack(derivatives), ends, axis=1)
    return [
        (piece if y.complex else np.real(piece)).reshape(len(ts.names), *y.shape)
        for piece, y in zip(pieces, ys, strict=True)
    ]


def _moved(x: Any, t: Any, h: float) -> Any:
    """`x` moved by `h` along `t`, in double precision."""
    moved = np.asarray(_double(x) + h * _double(t))
    if isinstance(x, (np.ndarray, np.generic)):
        return moved if isinstance(x, np.ndarray) else moved[()]
    return moved.item()


def _double(x: Any) -> Any:
    return np.asarray(x).astype(np.result_type(x, float))


def _extrapolated(function: Callable[[float], Any], h: float) -> Any:
    """The derivative of `function` at 0, entry by entry, by Ridders' method.

    Central differences at steps that shrink by 4 are extrapolated to step 0 (Neville's scheme in
    h²). Each entry takes the value of the scheme that its neighbours there confirm best, so that no
    one step has to suit all entries. Stops when all are sure to ten digits.
    """
    above: list[Any] = []
    best: Any = None
    doubt: Any = None
    with np.errstate(all="ignore"):
        for _ in range(12):
            row = [(function(h) - function(-h)) / (2 * h)]
            for j, previous in enumerate(above, start=1):
                row.append(row[-1] + (row[-1] - previous) / (16.0**j - 1))
                error = np.maximum(np.abs(row[j] - row[j - 1]), np.abs(row[j] - previous))
                error[np.isnan(error)] = np.inf
                if best is None:
                    best, doubt = row[j], error
                better = error < doubt
                best, doubt = np.where(better, row[j], best), np.where(better, error, doubt)
            above, h = row, h / 4
            if best is not None and (doubt <= 1e-10 * _largest(best)).all():
                break
    return best
