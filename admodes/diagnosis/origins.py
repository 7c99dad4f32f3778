"""Where a number that is not finite comes from, and why it is not."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.rules import Elementwise
from admodes.diagnosis.operations import Entry, at_entry, entry_of, partials, slope, slopes
from admodes.diagnosis.opinions import first
from admodes.diagnosis.recording import Operation, Recording, Run
from admodes.diagnosis.report import Finding, finding

OTHER_CODE = "the function computes something else on expressions than on plain arrays"


def finite(x: Any) -> bool:
    return x is None or bool(np.isfinite(np.asarray(x)).all())


# --- Values ---------------------------------------------------------------------------------------


def of_value(recording: Recording, what: str, numbers: Sequence[int] | None = None) -> Finding:
    """Where the values of these nodes, or of the outputs, first were not finite."""
    if numbers is None:
        if all(map(finite, recording.values)):
            return finding(what, "other code", OTHER_CODE)
        numbers = [node[0] for node in recording.outputs if node is not None]
    origins = _ancestors(
        recording,
        [number for number in numbers if not finite(recording.value_of(number))],
        lambda op: [
            parent[0]
            for parent, x in zip(op.parents, op.args, strict=True)
            if parent is not None and not finite(x)
        ],
    )
    if not origins:
        return finding(what, "constant", "what it computes from constants alone is not finite")
    number = min(origins)
    if number < len(recording.inputs):
        return finding(what, "input", "an argument is not finite to begin with")
    op = recording.by_number[number]
    if not all(map(finite, op.args)):
        cause = f"a constant that goes into `{op.name}` is not finite"
        return finding(what, "constant", cause, op)
    return finding(what, *_not_finite_value(op), op)


def _ancestors(
    recording: Recording, start: Sequence[int], upwards: Callable[[Operation], list[int]]
) -> list[int]:
    """The nodes that are reached from `start` and lead no further up."""
    origins, seen, stack = [], set(start), list(start)
    while stack:
        number = stack.pop()
        op = recording.by_number.get(number)
        further = [] if op is None else upwards(op)
        if not further:
            origins.append(number)
        for each in further:
            if each not in seen:
                seen.add(each)
                stack.append(each)
    return origins


def _not_finite_value(op: Operation) -> tuple[str, str]:
    """Kind and cause, for a value that is not finite where all arguments are."""
    value, name = np.asarray(op.value), op.name
    dtype = value.dtype
    place = first(~np.isfinite(value))
    if not isinstance(op.base, Elementwise):
        if np.isnan(value).any():
            return "outside of its domain", f"`{name}` gives nan for finite numbers"
        return "overflow", f"the value of `{name}` is larger than {dtype} holds (overflow)"
    at = entry_of(op, place)
    if np.isnan(at.value):
        return "outside of its domain", f"{at} is not defined: it gives nan"
    function = at_entry(op)
    wide = [np.longdouble(x) if np.asarray(x).dtype.kind == "f" else x for x in at.args]
    if finite(function(*wide)) or not any(finite(function(*near)) for near in _near(at)):
        return "overflow", f"{at} is larger than {dtype} holds (overflow)"
    return "pole", f"{at} is infinite: a pole of `{name}`"


def _near(at: Entry) -> list[list[Any]]:
    """Arguments a little beside those of an entry."""
    args = [np.asarray(x) for x in at.args]
    return [
        [x + side * 1e-3 * np.maximum(abs(x), 1.0) if x.dtype.kind == "f" else x for x in args]
        for side in (1, -1)
    ]


# --- Tangents and cotangents ----------------------------------------------------------------------


def of_tangent(run: Run, what: str) -> Finding:
    """Where a tangent first was not finite, on the way forward."""
    recording = run.recording
    outputs = [node[0] for node in recording.outputs if node is not None]
    origins = _ancestors(
        recording,
        [number for number in outputs if not finite(run.tangents.get(number))],
        lambda op: [
            parent[0]
            for parent in op.parents
            if parent is not None and not finite(run.tangents.get(parent[0]))
        ],
    )
    found = [recording.by_number[number] for number in origins if number in recording.by_number]
    if not found:
        return unexplained(what)
    op = min(found, key=lambda op: op.number)
    return _explain(run, what, op, back=False)


def of_cotangent(run: Run, what: str) -> Finding:
    """Where a cotangent first was not finite, on the way back."""
    seen = {node[0] for node in run.recording.sources if not finite(run.cts.get(node[0]))}
    origins = []
    for op in run.recording.operations:  # from the inputs on: each after those it depends on
        handed = [
            parent is not None and parent[0] in seen and not finite(g)
            for parent, g in zip(op.parents, run.pulled.get(op.number, ()), strict=False)
        ]
        if any(handed):
            if finite(run.cts[op.number]):
                origins.append(op)
            else:
                seen.add(op.number)
    if not origins:
        return unexplained(what)
    return _explain(run, what, origins[-1], back=True)


def unexplained(what: str) -> Finding:
    return finding(what, "unknown", "no single operation explains it")


def _explain(run: Run, what: str, op: Operation, back: bool) -> Finding:
    """Why this operation makes of finite tangents (cotangents) some that are not finite."""
    if not all(map(finite, op.args)):
        numbers = [parent[0] for parent in op.parents if parent is not None]
        return of_value(run.recording, what, numbers)
    incoming = {
        i: run.cts[op.number] if back else run.of_args(op)[i]
        for i in op.active()
        if back or run.of_args(op)[i] is not None
    }
    for i, partial in partials(op):
        if i not in incoming:
            continue
        direction = np.broadcast_to(np.asarray(incoming[i]), np.shape(partial))
        with np.errstate(all="ignore"):
            product = direction * partial
        if not finite(product):
            place = first(~np.isfinite(product))
            entry = direction[place], partial[place]
            return finding(what, *_explain_entry(run, op, place, *entry, back), op)
    if not finite(op.value):
        return finding(what, *_not_finite_value(op), op)
    if _has_finite_slopes(op, run):
        cause = f"the rule of `{op.name}` is not finite where its function has a derivative"
        return finding(what, "wrong rule", cause, op)
    cause = f"the derivative of `{op.name}` is infinite here, or larger than its dtype holds"
    return finding(what, "infinite derivative", cause, op)


def _explain_entry(
    run: Run, op: Operation, place: tuple[int, ...], direction: Any, partial: Any, back: bool
) -> tuple[str, str]:
    """Kind and cause, for one entry of an elementwise operation."""
    at = entry_of(op, place)
    thing = "cotangent" if back else "tangent"
    if not finite(at.value):
        return _not_finite_value(op)
    if finite(partial):
        return "overflow", (
            f"the {thing} {direction:.3g} times the partial derivative {partial:.3g} of {at} "
            f"is larger than {np.asarray(op.value).dtype} holds (overflow)"
        )
    if _has_finite_slopes(op, run, place):
        return "wrong rule", (
            f"the partial derivative of {at} is {partial}, where its function has a finite one"
        )
    return "infinite derivative", (
        f"the derivative of {at} is infinite, or larger than its dtype holds"
    )


def _has_finite_slopes(op: Operation, run: Run, place: tuple[int, ...] | None = None) -> bool:
    """Whether the function of the operation has derivatives, from both sides at least."""
    ones = [
        np.ones(np.shape(op.args[i])) if i in op.active() else None for i in range(len(op.args))
    ]
    both = slope(op, ones), *slopes(op, ones)
    at = ... if place is None else place
    sure = [(e.doubt[at] <= 1e-4 * np.maximum(np.abs(e.value[at]), 1e-4)).all() for e in both]
    return bool(sure[0] or (sure[1] and sure[2]))
