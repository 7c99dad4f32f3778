"""What can have no derivative rule, with the reason: what errors say, and ``docs/coverage.md``.

Either the function means nothing for numbers that carry derivatives, or NumPy makes a plain array
of its argument before anybody is asked.
"""

import numpy as np
from numpy.polynomial import polynomial

from admodes.core.declaring import refused

# --- Which mean nothing for floats ----------------------------------------------------------------

refused(
    "takes no floats: convert by admodes.stop_gradient(x).astype(int)",
    *(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.bitwise_count),
    *(np.left_shift, np.right_shift, np.gcd, np.lcm, np.isnat),
    *(np.packbits, np.unpackbits, np.ravel_multi_index, np.unravel_index),
)
refused(
    "is of dates, which have no derivative: give it plain ones",
    *(np.busday_count, np.busday_offset, np.is_busday, np.datetime_as_string),
)

# --- Which hand numbers on to where no derivative can follow --------------------------------------

refused(
    "writes to a file, which keeps no derivatives: give it admodes.stop_gradient(x)",
    *(np.save, np.savetxt, np.savez, np.savez_compressed),
)
refused(
    "makes a text of a plain number: give it admodes.stop_gradient(x)",
    *(np.format_float_positional, np.format_float_scientific),
)
refused(
    "shares the memory of a plain array, which has no derivatives: use x itself",
    *(np.from_dlpack, np.lib.stride_tricks.as_strided),
)

# --- Which make a plain array of their argument, unasked ------------------------------------------

refused(
    "makes a plain array, and asks nobody: use x itself, and np.isfinite(x) to check it",
    np.asarray_chkfinite,
)
refused("makes a np.matrix, whose rules would be lost: use np.block", np.bmat)
refused("makes a np.matrix, whose rules would be lost: use x itself", np.asmatrix)
refused("loops over a plain array: loop over x.flat, or np.ravel(x)", np.nditer, np.ndenumerate)
refused("loops over plain arrays: write loops over x.flat, or np.ravel(x)", np.nested_iters)
refused("loops over plain arrays: give it np.empty(np.shape(x))", np.broadcast)
refused(
    "calls the function on plain numbers: call it on the array, or join results by np.array([...], "
    "like=x)",
    np.vectorize,
)
refused("makes a plain array: write np.concatenate([x, [1]])", np.r_)
refused("makes a plain array: write np.column_stack([x, y])", np.c_)
refused("makes a plain array of the coefficients: use np.polyval(c, x)", np.poly1d)
refused(
    "makes a plain array of its parameter: write the window as a formula of np.arange(n)",
    *(np.bartlett, np.blackman, np.hamming, np.hanning, np.kaiser),
)

# --- The power basis, whose functions NumPy hands over to nobody ----------------------------------

_COEFFICIENTS = "makes plain arrays of the coefficients, and asks nobody: "
for _name in ("add", "sub", "mul", "div", "der", "int"):
    refused(
        f"{_COEFFICIENTS}np.poly{_name} takes them in the reverse order, c[::-1]",
        getattr(polynomial, f"poly{_name}"),
    )
refused(
    f"{_COEFFICIENTS}write np.concatenate([np.zeros(1), c])",
    polynomial.polymulx,
)
refused(f"{_COEFFICIENTS}multiply by np.convolve", polynomial.polypow)
refused(f"{_COEFFICIENTS}write np.array([off, scl], like=x)", polynomial.polyline)
refused(f"{_COEFFICIENTS}write c[:n]", polynomial.polytrim)
refused(f"{_COEFFICIENTS}np.roots takes them in the reverse order", polynomial.polyroots)
refused(
    f"{_COEFFICIENTS}write into np.eye(n, k=-1, like=c)",
    polynomial.polycompanion,
)
refused(
    "makes a plain array of the roots, and asks nobody: np.poly(roots)[::-1]",
    polynomial.polyfromroots,
)
refused(
    "makes plain arrays of the points, and asks nobody: np.vander(x, n + 1, increasing=True), "
    "of which np.linalg.lstsq makes a fit",
    polynomial.polyvander,
    polynomial.polyfit,
)
refused(
    "makes plain arrays of the points, and asks nobody: multiply np.vander(x, n + 1, "
    "increasing=True) by that of y",
    polynomial.polyvander2d,
    polynomial.polyvander3d,
)
refused(
    "makes plain arrays of the points, and asks nobody: sum powers over axes by np.einsum",
    *(polynomial.polyval2d, polynomial.polyval3d),
    *(polynomial.polygrid2d, polynomial.polygrid3d),
)
refused(
    "makes a plain array of the coefficients, and asks nobody: np.polyval(c[::-1], x)",
    np.polynomial.Polynomial,
)
