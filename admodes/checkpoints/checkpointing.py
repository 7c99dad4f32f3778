"""Recomputing in the sweep what would otherwise be stored: memory for time, in reverse mode."""

from collections.abc import Callable
from typing import Any, overload

import numpy as np

from admodes.checkpoints.recomputing import ClosesOver, Recomputed, is_operand
from admodes.checkpoints.schedules import SCHEDULES, default_snapshots
from admodes.checkpoints.stepping import Loop, Steps
from admodes.core.rules import apply
from admodes.core.types import P, R
from admodes.core.values import Traced
from admodes.modes.arguments import check_callable, name
from admodes.modes.containers import leaves
from admodes.modes.duals import Dual
from admodes.workers.made_by import made_again


@overload
def checkpoint(f: Callable[P, R], *, segments: bool = False) -> Callable[P, R]: ...


@overload
def checkpoint(
    f: Callable[..., R],
    *,
    segments: bool = False,
    steps: int | None,
    snapshots: int | None = None,
    schedule: str = "binomial",
    numbered: bool = False,
) -> Callable[..., R]: ...


@made_again
def checkpoint(
    f: Callable[..., Any],
    *,
    segments: bool = False,
    steps: int | None = None,
    snapshots: int | None = None,
    schedule: str = "binomial",
    numbered: bool = False,
) -> Callable[..., Any]:
    """The same function, recomputed in the reverse sweep instead of stored while recording.

    A recording keeps only the arguments of each call, and the sweep evaluates `f` once more: a
    chain of n checkpointed blocks of m operations holds n + m residuals in place of n·m, for one
    more evaluation (A. Griewank & A. Walther, *Evaluating Derivatives*, 2nd ed., chapter 12).
    Forward mode keeps nothing anyway, and evaluates `f` as it is.

    With `steps`, `f` is one step of a loop, and what is given back is the whole loop: a function of
    the first state that gives the last one. Reverse mode stores at most `snapshots` states of it
    and evaluates steps again from there, each at most c times where there are no more than
    C(snapshots + c, c) of them (A. Griewank & A. Walther, "Algorithm 799: revolve", ACM TOMS 26(1),
    2000: no schedule needs fewer evaluations). Its first derivatives are those of the loop as one
    would write it, bit for bit.

    Parameters
    ----------
    f
        A pure function of plain NumPy code: called again, it does the same. Its arguments and its
        output may be nested containers. Expressions that it uses without taking them as arguments
        are stored as if there were no checkpoint. With `steps`, it takes a state and gives the
        next one, of the same containers; further arguments, by position or by name, are the same
        for all steps, and have derivatives, too.
    segments
        Evaluated again, `f` is not recorded in full either: values are stored at about √n of its n
        operations and computed once more from there. For a long `f` as a whole, of which one need
        not know where to divide it.
    steps
        How many steps the loop has.
    snapshots
        How many states are stored at most, the first one among them. ``None``: so many that each
        step is evaluated at most three times before it is recorded, about 1.8 · steps^(1/3);
        √steps for the schedule ``"uniform"``.
    schedule
        ``"binomial"`` takes the fewest evaluations for these snapshots, and records one step at a
        time. ``"uniform"`` stores at equal distances, evaluates no step more than twice, and
        records all steps between two snapshots at once.
    numbered
        `f` also takes the number of the step, from 0 on, as its second argument.

    Returns
    -------
    A function of the same arguments (without the number).

    Raises
    ------
    ValueError
        Where `steps` is negative, `snapshots` less than 1, `schedule` another word; where they are
        given without `steps`, or `steps` with `segments`. By the loop, where a step gives a state
        of other containers than it took.

    Notes
    -----
    A second sweep over the same recording evaluates all steps once more. Where the reverse mode of
    a loop is itself differentiated by reverse mode, that one records every step.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> block = ad.checkpoint(lambda x: np.sin(np.exp(x)))
    >>> _, pullback = ad.vjp(lambda x: block(block(x)), np.ones(3))
    >>> len(pullback.tape)
    2

    A thousand steps of an oscillator, of which no more than 5 states are stored:

    >>> def step(state, stiffness):
    ...     position, velocity = state
    ...     velocity = velocity - 0.01 * stiffness * position
    ...     return position + 0.01 * velocity, velocity
    >>> swing = ad.checkpoint(step, steps=1000, snapshots=5)
    >>> ad.grad(lambda stiffness: swing((1.0, 0.0), stiffness)[0])(2.0)
    -3.537217266831693
    """

    check_callable(f)
    if steps is None:
        for option, given, default in (
            ("snapshots", snapshots, None),
            ("schedule", schedule, "binomial"),
            ("numbered", numbered, False),
        ):
            if given != default:
                raise ValueError(f"{option}={given!r} is for a loop: give steps=, too")
        function, make = f, lambda call, operands: Recomputed(name(f), f, call, segments)
    else:
        loop = _loop(f, segments, steps, snapshots, schedule, numbered)
        function, make = loop, lambda call, operands: Steps(loop, call, operands)

    def recomputed(*args: Any, **kwargs: Any) -> Any:
        operands = [x for _, x in leaves((args, kwargs)) if is_operand(x)]
        traced = [x for x in operands if isinstance(x, Traced)]
        if not traced or isinstance(max(traced, key=_level_number), Dual):
            return function(*args, **kwargs)
        if steps is not None and (steps == 0 or not args):  # nothing to do, or no state
            return function(*args, **kwargs)
        primitive = make((args, kwargs), operands)
        try:
            y = apply(primitive, operands, {})
        except ClosesOver:
            return function(*args, **kwargs)
        return primitive.unpack(y)

    recomputed.__name__ = f"checkpoint({name(function)})"
    recomputed.__doc__ = f.__doc__
    return recomputed


def _level_number(x: Traced) -> int:
    return x._level.number


def _loop(
    step: Callable[..., Any],
    segments: bool,
    steps: int,
    snapshots: int | None,
    schedule: str,
    numbered: bool,
) -> Loop:
    if segments:
        raise ValueError("segments=True is for a function as a whole, steps= for a loop: give one")
    if not _is_count(steps, 0):
        raise ValueError(f"steps must be an integer, 0 or more, not {steps!r}")
    if schedule not in SCHEDULES:
        raise ValueError(f"schedule must be one of {', '.join(SCHEDULES)}, not {schedule!r}")
    if snapshots is None:
        snapshots = default_snapshots(steps, schedule)
    if not _is_count(snapshots, 1):
        raise ValueError(f"snapshots must be a positive integer or None, not {snapshots!r}")
    return Loop(step, int(steps), int(snapshots), schedule, numbered)


def _is_count(x: Any, least: int) -> bool:
    return isinstance(x, (int, np.integer)) and not isinstance(x, bool) and int(x) >= least
