"""Discrete Fourier transforms, ``np.fft``.

Four are primitives: forward and back, of complex numbers and of real ones. All others are made of
them as NumPy makes them, in the same order, so that values are NumPy's to the last bit. Each of the
four is linear, and what it does to n numbers is a symmetric matrix; so its transpose is a
transform, too, and can be differentiated in its turn.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, linear, refuse
from admodes.core.rules import Primitive
from admodes.core.values import last_axes, plain, shape_of
from admodes.primitives.memory import array_of


def _cost(real: bool) -> costs.CostOf:
    """``n log2(n)`` additions and half as many multiplications, of complex numbers.

    In real ones that is ``5 n log2(n)``, by which transforms are commonly compared (C. Van Loan,
    *Computational Frameworks for the Fast Fourier Transform*, 1992), whatever n. One of real
    numbers takes half.
    """

    def cost(y: Any, args: Sequence[Any], params: dict[str, Any]) -> costs.Cost:
        n, axis = params["n"], params["axis"]
        steps = n * math.log2(n) / (2 if real else 1)
        each = costs.Cost(additions=round(steps), multiplications=round(steps / 2))
        count = np.size(y) // max(np.shape(y)[axis], 1)
        return costs.Cost(costs.moves(y, args)) + each * count

    return cost


def _resized(x: Any, length: int, axis: int) -> Any:
    """Cut, or filled up with zeros, to that length: the transpose of NumPy's doing so to `n`."""
    own = shape_of(x)[axis]
    if own > length:
        return x[(..., slice(length), *(slice(None),) * (-axis - 1))]
    if own == length:
        return x
    widths = [(0, 0)] * x.ndim
    widths[axis] = (0, length - own)
    return np.pad(x, widths)


def _weights(inner: float, n: int, axis: int, like: Any) -> Any:
    """1 for the ends of half a spectrum, `inner` for the rest, which counts for the other half."""
    weights = np.full(n // 2 + 1, inner, np.real(plain(like)).dtype)
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    return np.reshape(weights, (-1,) + (1,) * (-axis - 1))


# --- Along one axis -------------------------------------------------------------------------------

# `length` is how many numbers are given along the axis, of which NumPy takes or makes `n`.


def _fft(a: Any, *, n: int, axis: int, norm: Any, length: int) -> Any:
    return np.fft.fft(a, n, axis, norm)


def _ifft(a: Any, *, n: int, axis: int, norm: Any, length: int) -> Any:
    return np.fft.ifft(a, n, axis, norm)


def _rfft(a: Any, *, n: int, axis: int, norm: Any, length: int) -> Any:
    return np.fft.rfft(a, n, axis, norm)


def _irfft(a: Any, *, n: int, axis: int, norm: Any, length: int) -> Any:
    return np.fft.irfft(a, n, axis, norm)


def _fft_transposed(ct: Any, *, n: int, axis: int, norm: Any, length: int) -> Any:
    return _resized(np.fft.fft(ct, n, axis, norm), length, axis)


def _ifft_transposed(ct: Any, *, n: int, axis: int, norm: Any, length: int) -> Any:
    return _resized(np.fft.ifft(ct, n, axis, norm), length, axis)


def _rfft_transposed(ct: Any, *, n: int, axis: int, norm: Any, length: int) -> Any:
    halved = ct * _weights(0.5, n, axis, ct)
    return _resized(np.fft.hfft(halved, n, axis, norm), length, axis)


def _irfft_transposed(ct: Any, *, n: int, axis: int, norm: Any, length: int) -> Any:
    spectrum = np.fft.ihfft(np.real(ct), n, axis, norm)
    return _resized(spectrum * _weights(2, n, axis, ct), length, axis)


fft = declare(linear(_fft, transpose=_fft_transposed, name="fft"), cost=_cost(real=False))
ifft = declare(linear(_ifft, transpose=_ifft_transposed, name="ifft"), cost=_cost(real=False))
rfft = declare(linear(_rfft, transpose=_rfft_transposed, name="rfft"), cost=_cost(real=True))
irfft = declare(linear(_irfft, transpose=_irfft_transposed, name="irfft"), cost=_cost(real=True))


def _along_an_axis(function: Callable[..., Any], primitive: Primitive) -> None:
    def transform(a, n=None, axis=-1, norm=None, out=None):
        refuse(function, out=out)
        (axis,) = last_axes(axis, a.ndim)
        length = a.shape[axis]
        if n is None:
            n = 2 * (length - 1) if primitive is irfft else length
        return primitive(a, n=n, axis=axis, norm=norm, length=length)

    implements(function)(transform)


_along_an_axis(np.fft.fft, fft)
_along_an_axis(np.fft.ifft, ifft)
_along_an_axis(np.fft.rfft, rfft)
_along_an_axis(np.fft.irfft, irfft)

_OTHER = {None: "forward", "backward": "forward", "forward": "backward"}
"""Of a direction the other's norm; ``"ortho"`` is both's."""


@implements(np.fft.hfft)
def hfft(a, n=None, axis=-1, norm=None, out=None):
    refuse(np.fft.hfft, out=out)
    return np.fft.irfft(np.conjugate(a), n, axis, _OTHER.get(norm, norm))


@implements(np.fft.ihfft)
def ihfft(a, n=None, axis=-1, norm=None, out=None):
    refuse(np.fft.ihfft, out=out)
    return np.conjugate(np.fft.rfft(a, n, axis, _OTHER.get(norm, norm)))


# --- Along several axes ---------------------------------------------------------------------------


def _sizes(
    shape: Sequence[int], s: Sequence[int] | None, axes: Sequence[int] | None, halved: bool = False
) -> list[tuple[int | None, int]]:
    """``n`` and ``axis`` of each transform, in NumPy's order; an axis may be named twice.

    `halved` is for those that give as many real numbers as half a spectrum is of.
    """
    if axes is None:
        axes = range(-len(shape if s is None else s), 0)
    if s is None:
        sizes: list[int | None] = [shape[axis] for axis in axes]
        if halved:
            sizes[-1] = None
    else:
        sizes = list(s)
    if len(sizes) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    return [(shape[i] if n == -1 else n, i) for n, i in zip(sizes, axes, strict=True)]


def _fftn(a: Any, s: Any, axes: Any, norm: Any) -> Any:
    for n, axis in reversed(_sizes(a.shape, s, axes)):
        a = np.fft.fft(a, n, axis, norm)
    return a


def _ifftn(a: Any, s: Any, axes: Any, norm: Any) -> Any:
    for n, axis in reversed(_sizes(a.shape, s, axes)):
        a = np.fft.ifft(a, n, axis, norm)
    return a


def _rfftn(a: Any, s: Any, axes: Any, norm: Any) -> Any:
    *others, (n, axis) = _sizes(a.shape, s, axes)
    a = np.fft.rfft(a, n, axis, norm)
    for n, axis in reversed(others):
        a = np.fft.fft(a, n, axis, norm)
    return a


def _irfftn(a: Any, s: Any, axes: Any, norm: Any) -> Any:
    *others, last = _sizes(a.shape, s, axes, halved=True)
    for n, axis in others:
        a = np.fft.ifft(a, n, axis, norm)
    return np.fft.irfft(a, *last, norm)


def _along_axes(
    function: Callable[..., Any], transforms: Callable[..., Any], own_axes: tuple[int, int] | None
) -> None:
    def transform(a, s=None, axes=own_axes, norm=None, out=None):
        refuse(function, out=out)
        return transforms(array_of(a), s, axes, norm)

    implements(function)(transform)


for _nd, _two, _transforms in (
    (np.fft.fftn, np.fft.fft2, _fftn),
    (np.fft.ifftn, np.fft.ifft2, _ifftn),
    (np.fft.rfftn, np.fft.rfft2, _rfftn),
    (np.fft.irfftn, np.fft.irfft2, _irfftn),
):
    _along_axes(_nd, _transforms, None)
    _along_axes(_two, _transforms, (-2, -1))


# --- The zero frequency in the middle -------------------------------------------------------------


def _halves(x: Any, axes: Any) -> tuple[Any, Any]:
    """Half the length of each axis, and the axes."""
    if axes is None:
        axes = tuple(range(x.ndim))
    if isinstance(axes, (int, np.integer)):
        axes = (axes,)
    return tuple(x.shape[axis] // 2 for axis in axes), tuple(axes)


@implements(np.fft.fftshift)
def fftshift(x, axes=None):
    shifts, axes = _halves(x, axes)
    return np.roll(x, shifts, axes)


@implements(np.fft.ifftshift)
def ifftshift(x, axes=None):
    shifts, axes = _halves(x, axes)
    return np.roll(x, [-shift for shift in shifts], axes)
