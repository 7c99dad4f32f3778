"""What a function does at points nearby, beside its values: which constants it takes there.

To both modes, what is taken from an expression without a derivative is a constant: the result of
``np.floor``, of a comparison, of ``admodes.stop_gradient``. If it changes with the input, its part
of the derivative is lost.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from admodes.core.values import plain
from admodes.diagnosis.lines import Line
from admodes.diagnosis.operations import pair
from admodes.diagnosis.opinions import Trouble
from admodes.diagnosis.recording import Operation, Recording, Run, Taken
from admodes.diagnosis.report import Finding, finding
from admodes.measure.words import counted
from admodes.truth.directions import like, moved_along, pairing
from admodes.truth.finite_differences import estimates
from admodes.truth.point import Point

#: steps, as shares of a good first one for differences, from which a change of a constant is seen
STEPS = tuple(2.0**-k for k in (30, 24, 18, 12, 6, 0))


def record_at(look: Point, trouble: Trouble, h: float) -> Recording | None:
    """The recording at a point nearby; ``None`` where the function raises."""
    ts = [None if t is None else np.asarray(t)[None] for t in trouble.ts]
    moved = moved_along(look.points, ts, 0, h)
    values = [like(np.asarray(x), own) for x, own in zip(moved, look.points, strict=True)]
    try:
        return Recording(look.inputs, values, look.places)
    except Exception:  # outside of its domain
        return None


def both_sides(
    look: Point, trouble: Trouble, share: float
) -> tuple[Recording, Recording, float] | None:
    h = trouble.step * share
    right, left = record_at(look, trouble, h), record_at(look, trouble, -h)
    return None if right is None or left is None else (right, left, h)


# --- Kinks ----------------------------------------------------------------------------------------


def kink_of_selection(look: Point, recording: Recording, trouble: Trouble) -> Finding | None:
    """What the function chooses otherwise to the right and to the left of this very point."""
    sides = both_sides(look, trouble, STEPS[0])
    if sides is None:
        return None
    right, left, _ = sides
    for here, a, b in zip(recording.log, right.log, left.log, strict=False):
        if a.name != b.name or a.line != b.line:
            break  # it went another way, for a reason that nothing here tells
        if isinstance(here, Taken) and isinstance(a, Taken) and isinstance(b, Taken):
            if _is_choice(a) and not same(a.result, b.result):
                return finding(trouble.what, *_choice(here), name=here.name, line=here.line)
        elif (
            isinstance(here, Operation)
            and isinstance(a, Operation)
            and isinstance(b, Operation)
            and not same(a.params, b.params)
        ):
            return finding(trouble.what, *_selection(here), here)
    return None


def _is_choice(taken: Taken) -> bool:
    """Whether it tells of an order, not of a size: truths and indices."""
    return all(np.asarray(x).dtype.kind in "biu" for x in _flat(taken.result))


def _choice(taken: Taken) -> tuple[str, str]:
    of = np.asarray(taken.of)
    orders = all(np.asarray(x).dtype.kind in "iu" for x in _flat(taken.result))
    if orders and np.unique(of).size < of.size:
        return "tie", (
            f"a tie: `{taken.name}` puts equal numbers in order, and another order has another "
            "derivative; both modes follow the order taken"
        )
    return "kink", (
        f"a kink: the result of `{taken.name}` changes at exactly this point, and the function "
        "takes another branch there, with another derivative; both modes follow the branch taken"
    )


def _selection(op: Operation) -> tuple[str, str]:
    values = np.asarray(op.args[0])
    if np.unique(values).size < values.size:
        return "tie", (
            f"a tie: what `{op.name}` selects among equal numbers changes at exactly this point; "
            "both modes follow the one selected"
        )
    return "kink", f"a kink: what `{op.name}` selects changes at exactly this point"


def other_way(look: Point, recording: Recording, trouble: Trouble) -> Finding | None:
    """What the function does at exactly this point alone: on either side it does something else.

    A loop that is left at a zero, say. It has a derivative all the same, and not that of what it
    does here.
    """
    sides = both_sides(look, trouble, STEPS[0])
    if sides is None:
        return None
    here, right, left = (
        [op.line and op.line.number for op in each.operations] for each in (recording, *sides[:2])
    )
    if right != left or right == here:
        return None  # (of equal numbers NumPy's functions may be made of other operations)
    i = next((i for i, (a, b) in enumerate(zip(here, right, strict=False)) if a != b), len(here))
    op = recording.operations[min(i, len(here) - 1)]
    cause = (
        "at exactly this point the function takes another way than on either side of it, after "
        f"{counted(i, 'operation')}; both modes follow the way taken, and miss what the other "
        "would add"
    )
    return finding(trouble.what, "branch", cause, op)


def is_between_sides(look: Point, run: Run, trouble: Trouble) -> bool:
    """Whether the derivatives on the two sides differ, and that of the modes lies between them."""
    ts = [None if t is None else np.asarray(t)[None] for t in trouble.ts]
    cts = [None if ct is None else np.asarray(ct)[None] for ct in trouble.cts]

    def function(values: list[Any]) -> list[Any]:
        return [np.reshape(pairing(cts, [np.asarray(y)[None] for y in look.nearby(values)]), ())]

    (right,), (left,) = (
        estimates(function, look.points, ts, trouble.step, side) for side in (1, -1)
    )
    low, high = sorted((float(right.value[0]), float(left.value[0])))
    allowed = 1e-6 * max(abs(low), abs(high)) + 10 * float(right.doubt[0] + left.doubt[0])
    return high - low > allowed and low - allowed <= run.product() <= high + allowed


# --- Lost dependences -----------------------------------------------------------------------------


class Lost(NamedTuple):
    """A constant that changes with the input, and what it would have given to the derivative."""

    value: Any
    share: float
    op: Operation | None  #: that it goes into; ``None`` for an output


def lost_dependence(look: Point, run: Run, trouble: Trouble) -> Finding | None:
    """The constant through which the derivative that both modes miss would come.

    It must change at the same rate over two steps: what jumps to another branch does not.
    """
    missing = abs(trouble.missing)
    before: dict[Any, float] = {}
    for share in STEPS:
        sides = both_sides(look, trouble, share)
        if sides is None:
            continue
        groups: dict[Any, list[Lost]] = {}
        for lost in _lost(run, trouble, *sides):
            groups.setdefault(_key(lost.value), []).append(lost)
        shares = {key: sum(each.share for each in group) for key, group in groups.items()}
        steady = [
            key
            for key, share in shares.items()
            if 0.2 * missing < abs(share) and 1 / 3 < before.get(key, 0.0) / share < 3
        ]
        if steady:
            best = min(steady, key=lambda key: abs(abs(shares[key]) - missing))
            changed = _changed(run.recording, *sides[:2])
            return _lost_finding(run, trouble, groups[best], changed)
        before = shares
    return None


def are_constants_constant(look: Point, recording: Recording, trouble: Trouble) -> bool:
    """Whether the operations that are the same to either side of the point have the same constants.

    Truths and whole numbers are no constants: what they depend on has no slope.
    """
    sides = both_sides(look, trouble, STEPS[0])
    if sides is None:
        return False
    own = _by_place(recording.operations)
    for side in sides[:2]:
        for key, other in _by_place(side.operations).items():
            op = own.get(key)
            if op is not None and not all(
                parent is not None or np.asarray(x).dtype.kind not in "fc" or same(x, y)
                for x, y, parent in zip(op.args, other.args, op.parents, strict=False)
            ):
                return False
        outputs = zip(recording.outputs, recording.values, side.values, strict=True)
        if not all(node is not None or same(x, y) for node, x, y in outputs):
            return False
    return True


def _lost(
    run: Run, trouble: Trouble, right: Recording, left: Recording, h: float
) -> Iterator[Lost]:
    others = [_by_place(recording.operations) for recording in (right, left)]
    for key, op in _by_place(run.recording.operations).items():
        a, b = (other.get(key) for other in others)
        if a is None or b is None:
            continue  # the function goes another way there
        ct = run.cts.get(op.number)
        for i, parent in enumerate(op.parents):
            if parent is None and ct is not None and not same(a.args[i], b.args[i]):
                change = _change(a.args[i], b.args[i], h)
                if change is not None:
                    share = _given(op, ct, i, change)
                    yield Lost(op.args[i], share, op)
    outputs = zip(
        run.recording.outputs, run.recording.values, right.values, left.values, trouble.cts,
        strict=True,
    )  # fmt: skip
    for node, value, x, y, ct in outputs:
        change = _change(x, y, h) if node is None and ct is not None else None
        if change is not None and change.any():
            yield Lost(value, pair(ct, change)[0], None)


def _by_place(operations: Sequence[Operation]) -> dict[Any, Operation]:
    """Operations by name and line and which of those it is, to find them in another recording."""
    seen: dict[Any, int] = {}
    found = {}
    for op in operations:
        place = op.name, op.line
        seen[place] = seen.get(place, 0) + 1
        found[(*place, seen[place])] = op
    return found


def _change(a: Any, b: Any, h: float) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.dtype.kind not in "fcbiu":
        return None
    return (a.astype(np.result_type(a, float)) - b) / (2 * h)


def _given(op: Operation, ct: Any, i: int, change: Any) -> float:
    """What a constant argument would have given to the derivative, had it been none."""
    active = tuple([0] * len(op.args))
    try:
        primitive = op.base.between(op.value, op.args, active)
        residual = primitive.residual(op.value, op.args, op.params, active)
        return pair(primitive.pull(residual, ct, active)[i], change)[0]
    except Exception:  # a rule of a user's may not foresee an active argument there
        return 0.0


def _lost_finding(run: Run, trouble: Trouble, group: list[Lost], changed: list[Taken]) -> Finding:
    value, _, op = group[0]
    made = _equal_value(run.recording, value)
    same_result = [t for t in changed if any(same(x, value) for x in _flat(t.result))]
    # What was computed on from it is another number, and plain: it is not on record.
    taken = next(iter(same_result or ([] if made else changed)), None)
    if taken is not None:
        return finding(
            trouble.what,
            "lost derivative",
            f"the result of `{taken.name}` is a constant to both modes, but changes with the input",
            name=taken.name,
            line=taken.line,
        )
    of = f"the value of {made}" if made else "a value computed from plain numbers"
    into = "the output" if op is None else f"`{op.name}`"
    return finding(
        trouble.what,
        "lost derivative",
        f"{of} goes into {into} as a constant (admodes.stop_gradient, or a plain value kept), but "
        "changes with the input: that part of the derivative is left out",
        op,
    )


def _changed(recording: Recording, right: Recording, left: Recording) -> list[Taken]:
    """What was taken that differs between two points nearby: sizes before orders."""
    rows = zip(recording.log, right.log, left.log, strict=False)
    changed = [
        each
        for each, a, b in rows
        if isinstance(each, Taken) and isinstance(a, Taken) and isinstance(b, Taken)
        if not same(a.result, b.result)
    ]
    return sorted(changed, key=_is_choice)


def _equal_value(recording: Recording, value: Any) -> str | None:
    for i, x in enumerate(recording.inputs):
        if same(x, value):
            return f"the argument {i}" if len(recording.inputs) > 1 else "the argument"
    for op in recording.operations:
        if same(op.value, value):
            return f"`{op.name}`" + _in_line(op.line)
    return None


def _in_line(line: Line | None) -> str:
    return "" if line is None else f" (line {line.number})"


# --- Comparing what is plain ----------------------------------------------------------------------


def _flat(x: Any) -> list[Any]:
    if isinstance(x, (tuple, list)):
        return [each for part in x for each in _flat(part)]
    if isinstance(x, dict):
        return [each for part in x.values() for each in _flat(part)]
    return [x]


def same(a: Any, b: Any) -> bool:
    """Whether two plain values, or containers of them, are equal; nan equals nan."""
    left, right = _flat(a), _flat(b)
    return len(left) == len(right) and all(map(_equal, left, right))


def _equal(a: Any, b: Any) -> bool:
    a, b = plain(a), plain(b)
    try:
        x, y = np.asarray(a), np.asarray(b)
        if x.dtype.kind in "fc" or y.dtype.kind in "fc":
            return x.shape == y.shape and bool(np.array_equal(x, y, equal_nan=True))
        return x.shape == y.shape and bool(np.array_equal(x, y))
    except Exception:  # things that cannot be compared are no numbers
        return a is b


def _key(value: Any) -> Any:
    array = np.asarray(value)
    return array.shape, array.tobytes()
