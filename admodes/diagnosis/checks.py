"""The check: all that is compared, in the order in which a finding is worth telling."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.values import Traced
from admodes.diagnosis.opinions import (
    Look,
    Trouble,
    Worst,
    WrongShape,
    compare_modes,
    not_finite,
    wrong_values,
)
from admodes.diagnosis.origins import OTHER_CODE
from admodes.diagnosis.purity import explain_irreproducible, is_reproducible
from admodes.diagnosis.report import HARMLESS, UNTOLD, Agreement, Finding, finding
from admodes.diagnosis.search import explain, wrong_rule
from admodes.diagnosis.third import Third, third_opinion
from admodes.modes.arguments import check_callable, name, stop_gradient
from admodes.modes.containers import leaves

#: ulps between the modes that make one ask whether digits were dropped on the way
MANY = 64
#: directions that are looked into operation by operation, while no operation is to blame
MOST = 16

KINDS = {
    "random": "two evaluations at the same point differ, by random numbers",
    "stateful": "they differ, by something that a call changes",
    "other code": "its value on expressions is not that on plain arrays",
    "input": "an argument is not finite to begin with",
    "constant": "a constant is not finite",
    "overflow": "a number is larger than its dtype holds",
    "pole": "a value is infinite at exactly this point",
    "outside of its domain": "a value is nan",
    "infinite derivative": "a derivative is infinite at exactly this point",
    "not adjoint": "the push and the pull of a rule are not transposes of each other",
    "wrong rule": "a rule is not the derivative of its function",
    "lost derivative": "a constant changes with the input: floor, stop_gradient",
    "branch": "at exactly this point the function does something else than on either side",
    "cancellation": "nearly equal numbers were subtracted, and rounding is what is left",
    "kink": "there is no derivative at exactly this point, but one on each side",
    "tie": "the same, because a choice is made among equal numbers",
    "poor differences": "no operation is wrong by differences of its own, as the whole seems to be",
    "unknown": "no single operation explains it",
}
"""The kinds of cause that a :class:`Finding` may have.

With a kink or a tie all is well; with poor differences nobody can tell.
"""


def agreement(f: Callable[..., Any], *args: Any, seed: int = 0, quick: bool = False) -> Agreement:
    """Whether the modes agree at a point, with each other and with a third opinion.

    Compared are forward mode with reverse mode, and both with the complex step, where `f` is
    analytic code that runs on complex numbers (this is tried, and confirmed by a difference), or
    else with extrapolated central differences, as far as these are sure of themselves. Every
    derivative is compared where inputs and outputs are few (64 of each); otherwise all inputs
    (outputs) move together along two random directions, for a few evaluations in all.

    Where the sides differ by more than rounding explains, or something is not finite, `f` is
    recorded once more and searched operation by operation for the first at which they part. Where
    there is none, and no constant on the way changes with the input, differences are to blame.

    Parameters
    ----------
    f
        A function of plain NumPy code; its output may be any array or nested container.
    args
        Where to look: numbers, arrays of floats (complex ones too), nested containers of them.
    seed
        Of the random directions.
    quick
        Look along these alone, even where inputs and outputs are few: for a function that takes
        its time.

    Returns
    -------
    An :class:`Agreement`: `ok`, the largest differences in ulps and relatively, and the `finding`,
    if there is any, with the operation, the line of the user's code and the cause. At a kink the
    opinions may differ, and nothing is wrong: `ok` is true, and the finding names it. Where the
    modes agree and no opinion is sure of anything, `verdict` is "cannot tell", and not "right".

    Raises
    ------
    TypeError
        Where `f` has no argument to differentiate by, or no floating-point output. What `f` itself
        raises comes through as it is.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> from admodes.diagnosis import agreement
    >>> agreement(lambda x: np.sum(np.exp(x) * x), np.linspace(0.0, 1.0, 5)).ok
    True
    >>> wrong = ad.elementwise(np.sin, lambda _y, x: -np.cos(x))
    >>> found = agreement(lambda x: wrong(x) * x, 1.0)
    >>> found.ok, found.finding.operation, found.finding.cause
    (False, 'sin', 'both modes agree but are wrong: the partial derivative of `sin`')
    """
    check_callable(f)
    args = tuple(
        stop_gradient(arg) if any(isinstance(x, Traced) for _, x in leaves(arg)) else arg
        for arg in args
    )
    with np.errstate(all="ignore"):
        return _agreement(f, args, seed, quick)


def _agreement(f: Callable[..., Any], args: tuple[Any, ...], seed: int, quick: bool) -> Agreement:
    look = Look(f, args, seed, quick)
    try:
        look.derive()
    except WrongShape as error:
        return _report(look, explain(look, Trouble("shape", str(error), *look.any_pair())))
    between, compared, third = _compared(look)
    apart = between.gap is not None and between.gap.ulps > MANY
    if (apart or between.troubles or (third and third.worst.troubles)) and look.is_coarser_within():
        between, compared, third = _compared(look)
    return _report(
        look, _first_finding(look, between.troubles, third), between.gap, compared, third
    )


def _compared(look: Look) -> tuple[Worst, int, Third | None]:
    between, compared = compare_modes(look)
    return between, compared, third_opinion(look) if compared else None


def _first_finding(
    look: Look, between: Sequence[Callable[[], Trouble]], third: Third | None
) -> Finding | None:
    """What is wrong, the most telling thing first."""
    if not look.same_again():
        return explain_irreproducible(look)
    for trouble in wrong_values(look):
        if trouble.kind == "value not finite":
            return explain(look, trouble)
        if not is_reproducible(look, calls=4):
            return explain_irreproducible(look)
        return finding(trouble.what, "other code", OTHER_CODE)
    for trouble in not_finite(look):
        return explain(look, trouble)
    if between:
        return explain(look, between[0]())
    found: Finding | None = None
    for trouble_of in [] if third is None else third.worst.troubles[:MOST]:
        found = explain(look, trouble_of())
        if found.kind != UNTOLD:
            return found
    for trouble_of in [] if third is None else third.untold[:MOST]:
        wrong = wrong_rule(look, trouble_of())
        if wrong is not None:
            return wrong
    if found is None and third is not None and third.afar.troubles:
        # What looks smooth from afar only may be so, or hide that something is left out.
        lost = explain(look, third.afar.troubles[0]())
        found = lost if lost.kind == "lost derivative" else None
    return found


def _report(
    look: Look,
    finding: Finding | None,
    modes: Any = None,
    compared: int = 0,
    third: Third | None = None,
) -> Agreement:
    return Agreement(
        name=name(look.f),
        ok=finding is None or finding.kind in HARMLESS,
        compared=compared,
        along=look.along,
        modes=modes,
        third=None if third is None else third.worst.gap,
        opinion="differences" if third is None else third.kind,
        unsure=0.0 if third is None else third.unsure / max(1, third.compared),
        finding=finding,
        changes=look.changes,
    )
