"""A pass of forward mode: a function evaluated on dual numbers, along one direction or several."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.core.layout import copied
from admodes.core.levels import Level
from admodes.core.values import has_nan, leading_axes, no_tangent, plain, shape_of
from admodes.modes.arguments import (
    Inputs,
    Outputs,
    as_own,
    at_level,
    name,
    numeric,
    scalar,
    value_of,
    with_auxiliary,
)
from admodes.modes.duals import Dual, dual
from admodes.modes.expressions import Expression
from admodes.modes.tape import Tape
from admodes.modes.variables import leaf

_ROW = 1024  # entries in NumPy's buffer
_WIDE = 1 << 12  # entries of tangents from which that saves more than it costs to set it


def _evaluate(
    inputs: Inputs, tangents: Sequence[Any], level: Level, has_aux: bool
) -> tuple[Any, Any]:
    """The function's output on dual numbers, and aux.

    An input without a tangent is a constant to this pass, which costs nothing. But what is made of
    a constant cannot be written into by numbers that carry derivatives, and in another pass it can:
    so where the function raises, all inputs get a tangent, from then on.
    """
    if len(tangents) > 1 and not inputs.all_carry and any(t is None for t in tangents):
        try:
            return _on_duals(inputs, tangents, level, has_aux)
        except Exception:
            inputs.all_carry = True
    if inputs.all_carry:
        lead = leading_axes(tangents, inputs.leaves)
        pairs = zip(inputs.leaves, tangents, strict=True)
        tangents = [no_tangent(plain(x), lead) if t is None else t for x, t in pairs]
    return _on_duals(inputs, tangents, level, has_aux)


def _constant(x: Any) -> Any:
    """An input without a tangent, which the function may write into: the next pass has its own."""
    if x.__class__ is np.ndarray:
        return copied(x)
    return x.copy("K") if isinstance(x, Expression) and x.ndim else x


def _on_duals(
    inputs: Inputs, tangents: Sequence[Any], level: Level, has_aux: bool
) -> tuple[Any, Any]:
    values, wide = [], 0
    level.single = True
    for x, t in zip(inputs.leaves, tangents, strict=True):
        values.append(_constant(x) if t is None else dual(x, t, level))
        if t is not None and shape_of(t) != shape_of(x):
            wide += np.size(plain(t))
            level.single = False
    if wide < _WIDE:
        output = inputs.call(values)
    else:
        # Rows of tangents are multiplied by one row of values, which NumPy copies into a buffer
        # first where rows are shorter than that. A short buffer saves up to a third.
        before = np.setbufsize(_ROW)
        try:
            output = inputs.call(values)
        finally:
            np.setbufsize(before)
    return with_auxiliary(output, inputs.function, level) if has_aux else (output, None)


def run(
    inputs: Inputs, tangents: Sequence[Any], has_aux: bool = False
) -> tuple[Any, Any, list[tuple[Any, Any]]]:
    """One pass: the output, aux, and for each of the output's leaves the value and the tangent.

    An input whose tangent is ``None`` is a constant; an output that depends on no direction has the
    tangent ``None``. Tangents may have a leading axis, of directions.
    """
    with Level() as level:
        output, aux = _evaluate(inputs, tangents, level, has_aux)
        values, found = values_and_tangents(inputs, output, level)
    if are_open(values, found):
        found = along_a_recording(inputs, tangents, has_aux, values, found)
    return output, aux, list(zip(values, found, strict=True))


def values_and_tangents(inputs: Inputs, output: Any, level: Level) -> tuple[list[Any], list[Any]]:
    """The values and the tangents of the output's leaves, as dual numbers have them."""
    if isinstance(output, Dual) and output._level is level:  # as mostly, at half the time
        return [value_of(numeric(output, inputs.function), level)], [output._tangent]
    outputs = Outputs(output, inputs.function, level)
    return outputs.values(), outputs.tangents()


def are_open(values: list[Any], tangents: list[Any]) -> bool:
    """Whether a NaN in a tangent, or in a value that has one, asks for a second look."""
    pairs = zip(values, tangents, strict=True)
    return any(t is not None and (has_nan(t) or has_nan(y)) for y, t in pairs)


def along_a_recording(
    inputs: Inputs,
    tangents: Sequence[Any],
    has_aux: bool,
    values: Sequence[Any],
    found: list[Any],
) -> list[Any]:
    """The outputs' tangents, of which some are `found` to be NaN, by all that is known of them.

    Dual numbers have forgotten where from. So the function is evaluated once more, and recorded;
    and if it gives other values now, or raises, what was found stays.
    """
    try:
        tape, sources, nodes, again = _recorded(inputs, tangents, has_aux)
    except Exception as error:  # it has given a value before, so there is an answer, if a poor one
        warnings.warn(
            f"{name(inputs.function)} raised {error!r} when forward mode evaluated it once more to "
            "find out where a NaN comes from: the NaN stays",
            stacklevel=4,
        )
        return found
    if len(again) != len(values) or not all(map(_same, values, again)):
        return found
    undefined = any(map(has_nan, values))
    return tape.push(sources, nodes, leading_axes(tangents, inputs.leaves), undefined)


def _recorded(
    inputs: Inputs, tangents: Sequence[Any], has_aux: bool
) -> tuple[Tape, list[Any], list[Any], list[Any]]:
    """The recording of an evaluation, the nodes of inputs with tangents, and those of outputs.

    The others are recorded, too: what is known of 0 times infinity depends on whether one of the
    two is a constant, and must not depend on which inputs have a direction in the same pass.
    """
    with Tape() as tape:
        leaves: list[Any] = [leaf(tape, x) for x in inputs.leaves]
        sources = [(x._node, t) for x, t in zip(leaves, tangents, strict=True) if t is not None]
        output = inputs.call(leaves)
        if has_aux:
            output, _ = with_auxiliary(output, inputs.function, tape)
        outputs = Outputs(output, inputs.function, tape)
    return tape, sources, outputs.nodes(), outputs.values()


def _same(x: Any, y: Any) -> bool:
    return np.array_equal(plain(x), plain(y), equal_nan=True)


def scalar_pass(
    inputs: Inputs, tangents: Sequence[Any], count: int, has_aux: bool
) -> tuple[Any, Any]:
    """The value (with aux) and the `count` derivatives of one pass, as an array of one axis."""
    with Level() as level:
        output, aux = _evaluate(inputs, tangents, level, has_aux)
        scalar(output, inputs.function, "forward-mode gradient")
        value = value_of(output, level)
        depends = at_level(output, level)
        t = output._tangent if depends else np.zeros(count)
    if depends and (has_nan(t) or has_nan(value)):
        (t,) = along_a_recording(inputs, tangents, has_aux, [value], [t])
        t = np.zeros(count) if t is None else t  # where inputs without a direction carried zeros
    # A copy, for the tangents that went in are used again.
    t = np.reshape(t, (-1,)) if isinstance(t, Expression) else as_own(t).reshape(-1)
    return (value, aux) if has_aux else value, t
