"""Functions that SciPy writes in Python, and that would make plain arrays of their arguments.

Of SciPy's names and signatures, but written in functions that have rules: on plain arrays too they
give what SciPy gives. ``from admodes.scipy.special import logsumexp`` takes the place of SciPy's.
"""

import math
from typing import Any

import numpy as np
from scipy import special

from admodes.core.kinds import array
from admodes.core.values import plain


def _shifted(x: Any, axis: Any, used: Any = True) -> tuple[Any, Any]:
    """The largest entry of those `used`, if it is finite, else 0; and x less that entry.

    It is a constant: whatever is taken off, the result is the same.
    """
    top = np.max(np.real(plain(x)), axis=axis, keepdims=True, where=used, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0).astype(np.result_type(np.real(plain(x))))
    return top, x - top


def logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """The logarithm of a sum of exponentials, as ``scipy.special.logsumexp``: without overflow.

    Parameters
    ----------
    a:
        An array, or an expression.
    axis:
        Over which to sum; all of them by default.
    b:
        Factors of the exponentials, which may be negative, and may carry derivatives too.
    keepdims:
        Whether the axes stay, of length 1.
    return_sign:
        Whether the result is a pair: the logarithm of the sum's absolute value, and its sign.

    Examples
    --------
    >>> import admodes as ad
    >>> import numpy as np
    >>> from admodes.scipy.special import logsumexp
    >>> ad.grad(logsumexp)(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    a = array(a)
    used: Any = True
    if b is not None:
        b = array(b)
        a, b = np.broadcast_arrays(a, b)
        used = plain(b) != 0
        a = np.where(used, a, 0.0)
    top, shifted = _shifted(a, axis, used)
    terms = np.exp(shifted) if b is None else b * np.exp(shifted)
    total = np.sum(terms, axis=axis, keepdims=keepdims)
    top = top if keepdims else np.squeeze(top, axis)
    if return_sign:
        return np.log(np.abs(total)) + top, np.sign(total)
    value = plain(total)
    if b is not None and not np.iscomplexobj(value) and np.any(value < 0):
        total = np.where(value < 0, np.nan, total)  # as SciPy has it
    return np.log(total) + top


def softmax(x: Any, axis: Any = None) -> Any:
    """Exponentials over their sum, as ``scipy.special.softmax``.

    Examples
    --------
    >>> import admodes as ad
    >>> import numpy as np
    >>> from admodes.scipy.special import softmax
    >>> ad.jacobian(softmax)(np.array([1000.0, 1000.0]))
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    terms = np.exp(_shifted(array(x), axis)[1])
    return terms / np.sum(terms, axis=axis, keepdims=True)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """The logarithm of :func:`softmax`, as ``scipy.special.log_softmax``.

    Examples
    --------
    >>> import admodes as ad
    >>> import numpy as np
    >>> from admodes.scipy.special import log_softmax
    >>> ad.grad(lambda x: log_softmax(x)[0])(np.array([0.0, 0.0]))
    array([ 0.5, -0.5])
    """
    shifted = _shifted(array(x), axis)[1]
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def polygamma(n: Any, x: Any) -> Any:
    """The n-th derivative of the digamma function, as ``scipy.special.polygamma``.

    Examples
    --------
    >>> import admodes as ad
    >>> from admodes.scipy.special import polygamma
    >>> ad.grad(lambda x: polygamma(0, x))(1.0)  # π² / 6
    1.644934
    """
    n, x = np.asarray(n), array(x)
    first = n == 0
    if np.all(first):
        return special.psi(x) + np.zeros(n.shape) if n.shape else special.psi(x)
    order = np.where(first, 1, n)
    higher = (-1.0) ** (order + 1) * special.gamma(order + 1.0) * special.zeta(order + 1.0, x)
    return np.where(first, special.psi(x), higher) if np.any(first) else higher


def multigammaln(a: Any, d: int) -> Any:
    """The logarithm of the multivariate gamma function, as ``scipy.special.multigammaln``.

    Raises
    ------
    ValueError
        Where ``a`` is not above ``(d - 1) / 2``.

    Examples
    --------
    >>> import admodes as ad
    >>> from admodes.scipy.special import multigammaln
    >>> ad.grad(lambda a: multigammaln(a, 1))(1.0)  # the digamma function at 1
    -0.577216
    """
    a = array(a)
    if np.any(plain(a) <= 0.5 * (d - 1)):
        raise ValueError(f"condition a > 0.5 * (d - 1) not met: a = {plain(a)}, d = {d}")
    total = 0.25 * d * (d - 1) * math.log(math.pi) + special.gammaln(a)
    for j in range(1, d):
        total = total + special.gammaln(a - 0.5 * j)
    return total


def _spherical(kind: str, n: Any, z: Any, derivative: bool) -> Any:
    suffix = "_d" if derivative else ""
    found: Any = getattr(special._ufuncs, f"_spherical_{kind}{suffix}")(n, array(z))
    return found


def spherical_jn(n: Any, z: Any, derivative: bool = False) -> Any:
    """The spherical Bessel function of the first kind, as ``scipy.special.spherical_jn``.

    Examples
    --------
    >>> import admodes as ad
    >>> from admodes.scipy.special import spherical_jn
    >>> ad.grad(lambda x: spherical_jn(0, x))(1.0)
    -0.301169
    """
    return _spherical("jn", n, z, derivative)


def spherical_yn(n: Any, z: Any, derivative: bool = False) -> Any:
    """The spherical Bessel function of the second kind, as ``scipy.special.spherical_yn``.

    Examples
    --------
    >>> import admodes as ad
    >>> from admodes.scipy.special import spherical_yn
    >>> ad.grad(lambda x: spherical_yn(0, x))(1.0)
    1.381773
    """
    return _spherical("yn", n, z, derivative)


def spherical_in(n: Any, z: Any, derivative: bool = False) -> Any:
    """The modified spherical function of the first kind, as ``scipy.special.spherical_in``.

    Examples
    --------
    >>> import admodes as ad
    >>> from admodes.scipy.special import spherical_in
    >>> ad.grad(lambda x: spherical_in(0, x))(1.0)
    0.367879
    """
    return _spherical("in", n, z, derivative)


def spherical_kn(n: Any, z: Any, derivative: bool = False) -> Any:
    """The modified spherical function of the second kind, as ``scipy.special.spherical_kn``.

    Examples
    --------
    >>> import admodes as ad
    >>> from admodes.scipy.special import spherical_kn
    >>> ad.grad(lambda x: spherical_kn(0, x))(1.0)
    -1.155727
    """
    return _spherical("kn", n, z, derivative)
