"""The first operation at which the sides part."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.diagnosis import origins
from admodes.diagnosis.nearby import (
    are_constants_constant,
    is_between_sides,
    kink_of_selection,
    lost_dependence,
    other_way,
)
from admodes.diagnosis.operations import (
    adjoint_gap,
    blame,
    blame_both,
    is_tie,
    pair,
    verdict,
    wrong_for_several,
    wrong_shape,
)
from admodes.diagnosis.opinions import Trouble, epsilon_of
from admodes.diagnosis.recording import Operation, Recording, Run
from admodes.diagnosis.report import UNTOLD, Finding, finding
from admodes.truth.certainty import SAFETY
from admodes.truth.directions import pairing
from admodes.truth.point import Point

#: operations that are compared with differences of their functions, half a millisecond each
MOST = 20_000


def explain(look: Point, trouble: Trouble) -> Finding:
    """Where the trouble begins, and its cause where that can be told."""
    recording = Recording(look.inputs, look.inputs.leaves, look.places)
    what = trouble.what
    if trouble.kind == "value not finite":
        return origins.of_value(recording, what)
    run = Run(recording, trouble.ts, trouble.cts)
    if trouble.kind == "forward mode":
        return origins.of_tangent(run, what)
    if trouble.kind == "reverse mode":
        return origins.of_cotangent(run, what)
    if trouble.kind == "shape":
        return _wrong_shape(run, what) or origins.unexplained(what)
    if trouble.kind == "modes":
        found = _between_modes(run, what) or _wrong_rule(run, what)[0]
    else:
        found = _against_opinion(look, run, trouble)
    if found is None and is_spoilt(look, run, trouble):
        found = _cancellation(run, trouble)
    if found is None and len(run.operations) > MOST:
        return finding(what, "unknown", f"none of the first {MOST:,} operations explains it")
    if found is None and trouble.kind == "opinion":
        found = other_way(look, run.recording, trouble)
    if found is None and trouble.kind == "opinion" and _is_by_parts(look, run, trouble):
        cause = "differences of the whole are poor: no operation is wrong by those of its own"
        return finding(what, UNTOLD, cause)
    return found or origins.unexplained(what)


def wrong_rule(look: Point, trouble: Trouble) -> Finding | None:
    """The first operation whose rule is wrong, where the whole function could not be judged."""
    recording = Recording(look.inputs, look.inputs.leaves, look.places)
    return _wrong_rule(Run(recording, trouble.ts, trouble.cts), trouble.what)[0]


def is_spoilt(look: Point, run: Run, trouble: Trouble) -> bool:
    """Whether rounding on the way moves the derivative by about as much as the sides differ."""
    ts, pushed = _stacked(trouble.ts), run.pushed()
    spread = look.spread(ts, [np.asarray(t)[None] for t in pushed])
    cts = [None if ct is None else np.abs(np.asarray(ct))[None] for ct in trouble.cts]
    return abs(trouble.missing) <= SAFETY * float(np.sum(pairing(cts, spread)))


def _is_by_parts(look: Point, run: Run, trouble: Trouble) -> bool:
    """Whether the derivative is the product of those of its operations, and no constant changes.

    Then it is right where these are, whatever differences of the whole are.
    """
    ts, cts = _stacked(trouble.ts), _stacked(trouble.cts)
    claimed = float(np.sum(pairing(cts, look.push(ts))))
    along = run.product()
    if math.isnan(along):  # zero times infinity, of which the tape makes what it means
        along = float(np.sum(pairing(cts, look.replay(ts))))
    if not abs(claimed - along) <= 1e-3 * abs(trouble.missing):
        return False
    return are_constants_constant(look, run.recording, trouble)


def _stacked(directions: Sequence[Any]) -> list[Any]:
    return [None if t is None else np.asarray(t)[None] for t in directions]


def _wrong_shape(run: Run, what: str) -> Finding | None:
    for op in run.operations:
        problem = wrong_shape(op, run)
        if problem is not None:
            return finding(what, "wrong rule", f"the rule of `{op.name}` is wrong: {problem}", op)
    return None


# --- Forward mode against reverse mode ------------------------------------------------------------


def _between_modes(run: Run, what: str) -> Finding | None:
    """An operation whose push and pull are not adjoint."""
    misshapen = _wrong_shape(run, what)
    if misshapen is not None:
        return misshapen
    for op in run.operations:
        gap, size = adjoint_gap(op, run)
        # (A branch not taken may hold what is not finite, and does no harm there.)
        if math.isfinite(gap) and abs(gap) > math.sqrt(epsilon_of(op.value)) * size:
            return finding(what, *blame(op, run), op)
    for op in run.operations:
        half = wrong_for_several(op, run)
        if half is not None:
            cause = (
                f"the {half} of `{op.name}` is wrong for several directions at once: leading axes "
                "of a tangent or a cotangent are directions"
            )
            return finding(what, "wrong rule", cause, op)
    return None


def _cancellation(run: Run, trouble: Trouble) -> Finding | None:
    """An operation where nearly equal numbers are subtracted, so that rounding is what is left."""
    for thing, condition_of in _CONDITIONS.items():
        conditions = [(condition_of(op, run) * epsilon_of(op.value), op) for op in run.operations]
        error, op = max(conditions, key=lambda each: each[0], default=(0.0, None))
        if op is not None and error > 1e-3 * trouble.gap:
            times = min(error, 1.0) / epsilon_of(op.value)
            cause = (
                f"cancellation: in `{op.name}` {thing} are {times:.1g} times as large as their sum "
                f"or difference, which has {_digits(error)} right"
            )
            return finding(trouble.what, "cancellation", cause, op)
    return None


def _digits(error: float) -> str:
    digits = math.floor(-math.log10(error)) if 0 < error < 1 else 0
    return f"no more than {digits} digits" if digits else "no digit"


def _of_numbers(op: Operation, run: Run) -> float:
    if op.name not in ("add", "subtract"):
        return 0.0
    return _ratio(np.maximum(*(np.abs(np.asarray(x)) for x in op.args)), np.abs(op.value))


def _of_tangents(op: Operation, run: Run) -> float:
    own = [x for x in run.of_args(op) if x is not None]
    if op.name not in ("add", "subtract", "sum", "mean") or not own:
        return 0.0
    terms = sum(float(np.mean(np.abs(x))) for x in own)
    return _ratio(terms, np.mean(np.abs(run.tangents[op.number])))


def _of_terms(op: Operation, run: Run) -> float:
    ct, t = run.cts.get(op.number), run.tangents.get(op.number)
    if ct is None or t is None:
        return 0.0
    total, size = pair(ct, t)
    return _ratio(size, abs(total))


#: what cancels -> by how much it is larger than what is left
_CONDITIONS = {
    "numbers": _of_numbers,
    "tangents": _of_tangents,
    "the terms of the derivative": _of_terms,
}


def _ratio(terms: Any, left: Any) -> float:
    """The largest of all ratios; zeros that leave zero cancel nothing."""
    with np.errstate(all="ignore"):
        ratios = np.asarray(terms, float) / np.asarray(left, float)
    return float(np.max(np.where(np.isnan(ratios), 0.0, ratios), initial=0.0))


# --- Both modes against a third opinion -----------------------------------------------------------


def _wrong_rule(run: Run, what: str) -> tuple[Finding | None, Finding | None]:
    """The first operation whose rule is wrong; or else the first that is at a kink."""
    at_kink = None
    for op in run.operations[:MOST]:
        found = verdict(op, run)
        if found is not None and found.wrong.any():
            return finding(what, *blame_both(op, run, found.wrong), op), None
        if found is not None and at_kink is None:
            at_kink = finding(what, *_kink(op, found.kinks), op)
    return None, at_kink


def _against_opinion(look: Point, run: Run, trouble: Trouble) -> Finding | None:
    """An operation whose rule is wrong or at a kink, or a lost dependence."""
    wrong, kink = _wrong_rule(run, trouble.what)
    if wrong is not None:
        return wrong
    kink = kink or kink_of_selection(look, run.recording, trouble)
    if kink is not None and is_between_sides(look, run, trouble):
        return kink
    return lost_dependence(look, run, trouble) or kink


def _kink(op: Operation, kinks: Any) -> tuple[str, str]:
    if is_tie(op, kinks):
        return "tie", (
            f"a tie: `{op.name}` chooses among equal numbers, and has a kink there; both modes "
            "give a derivative between those of its sides"
        )
    return "kink", (
        f"a kink: the derivatives of `{op.name}` from the right and from the left differ at "
        "exactly this point; both modes give one between them"
    )
