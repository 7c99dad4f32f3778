"""The two checks: what each of them compares, and with what."""

from collections.abc import Callable
from typing import Any

from admodes.modes.arguments import check_callable, name
from admodes.testing.first_order import (
    check_adjoint,
    check_directions,
    check_truth,
    check_values,
)
from admodes.testing.listening import told
from admodes.testing.point import Point
from admodes.testing.purity import reproducible
from admodes.testing.second_order import check_second_order


@told
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
        As at the top of :mod:`admodes.testing`.
    seed
        Of the random directions.

    Raises
    ------
    AssertionError
        Where two sides differ, or a derivative is not finite; and where `f` itself is random or
        stateful, which is said with what changes from call to call.
    TypeError
        Where no part of the output is a floating-point number, or an argument has no derivative.
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
    at = _point("check_modes", f, args, order, rtol, atol, seed)
    with reproducible(at):
        check_values(at)
        check_directions(at)
        check_adjoint(at)
        if order == 2:
            check_second_order(at, truth=False)
    at.judge.finish()


@told
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

    Each difference has an error estimate, and adds it to what is allowed. Where the first ones
    contradict `f`'s derivatives or are unsure, they are taken again at all steps, with the rounding
    of `f` measured, in `np.longdouble` and by the complex step where `f` takes these, and then
    operation by operation: nothing fails that no operation is to blame for, and no dependence that
    is lost. What is still open then neither passes nor fails: at a kink, where there is no
    derivative to compare with, and where values cannot tell (a half of the steps lies outside of
    the domain, say). A warning of category :class:`admodes.testing.Undecided` says how much that
    is, and why; to have it fail, run pytest with ``-W error::admodes.testing.Undecided``.

    Arguments and errors are those of :func:`check_modes`, but for `order`: 2 checks second
    derivatives, of a fixed smooth function of the outputs, against differences of the gradient as
    well.

    Warns
    -----
    Undecided
        Where some derivatives, or all, could be neither confirmed nor contradicted.

    References
    ----------
    C. J. F. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", *Advances in Engineering
    Software* 4 (1982): central differences, extrapolated, with an estimate of their error. J. J.
    Moré, S. M. Wild, "Estimating computational noise", *SIAM J. Sci. Comput.* 33 (2011): the
    rounding of a function by differences of its values.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes.testing import check_derivatives
    >>> check_derivatives(lambda x, y: np.exp(x) * y, np.array([0.0, 1.0]), 2.0, order=2)
    """
    at = _point("check_derivatives", f, args, order, rtol, atol, seed)
    with reproducible(at):
        check_truth(at)
        if order == 2:
            check_second_order(at, truth=True)
    at.judge.finish()


def _point(
    face: str,
    f: Callable[..., Any],
    args: tuple[Any, ...],
    order: int,
    rtol: float | None,
    atol: float | None,
    seed: int,
) -> Point:
    if order not in (1, 2):
        raise ValueError(f"order must be 1 or 2, not {order!r}")
    check_callable(f)
    return Point(f"{face} of {name(f)}", f, args, rtol, atol, seed)
