"""How a sweep hands a cotangent back through one operation, to the cotangents of its arguments.

What an elementwise primitive does there is compiled from its partial derivatives, as its operators
are (:mod:`admodes.modes.operators`): a loop over floats is swept in two thirds of the time. All
others pull as their rule says.
"""

from collections.abc import Callable, Sequence
from sys import getrefcount
from typing import Any

import numpy as np

from admodes.core.rules import Elementwise, Linear, Primitive
from admodes.core.stand_ins import Unrepeatable
from admodes.modes.compiling import compiled, filled
from admodes.modes.cotangents import (
    LARGE,
    UNSHARED,
    added,
    is_own,
    multiplied,
    parted,
    plain_part,
    with_part,
)
from admodes.primitives.indexing import read
from admodes.primitives.overwriting import overwrite

DTYPES: dict[type, np.dtype[Any]] = {
    kind: np.dtype(kind)
    for kind in (float, complex, np.float64, np.float32, np.complex128, np.complex64)
}
Back = Callable[..., None]
"""``back(primitive, residual, ct, parents, cts, directions)`` hands the cotangent `ct` of a node on
to its `parents`, whose cotangents stand in the list `cts` by the numbers of the nodes; ``None`` is
the parent of a constant. `directions` are the leading axes of all cotangents."""


def back_of(primitive: Primitive) -> Back:
    """The primitive's, from now on its attribute `back`."""
    if type(primitive) is Elementwise:
        primitive.back = by_factors(primitive)
    elif primitive is overwrite:
        primitive.back = through_a_write
    elif primitive.add is not None:
        primitive.back = into_a_slice if primitive.add is read.add else into_a_part
    else:
        primitive.back = by_transpose if type(primitive) is Linear else by_rule
    return primitive.back


def by_rule(
    primitive: Primitive,
    residual: Any,
    ct: Any,
    parents: Sequence[Any],
    cts: Any,
    directions: tuple[int, ...],
) -> None:
    """What the primitive's own `pull` gives, added up."""
    hand_on(primitive.pull(residual, ct, parents), parents, cts)


def by_transpose(
    primitive: Any,
    residual: Any,
    ct: Any,
    parents: Sequence[Any],
    cts: Any,
    directions: tuple[int, ...],
) -> None:
    """The same for a linear primitive, of which mostly the one argument's cotangent is the first
    to come: a sum over an array is swept in two thirds of the time.
    """
    pulled = primitive.transpose(ct, **residual[0])
    kind = pulled.__class__
    if kind is tuple or kind is list:
        hand_on(pulled, parents, cts)
    elif parents[0] is not None and cts[parents[0][0]] is None:
        cts[parents[0][0]] = pulled
    else:
        hand_on((pulled,), parents, cts)


def hand_on(gs: Sequence[Any], parents: Sequence[Any], cts: Any) -> None:
    """Add cotangents to those of the parents."""
    for parent, g in zip(parents, gs, strict=False):
        if parent is not None:
            to = parent[0]
            known = cts[to]
            if known is None:
                cts[to] = g
            elif known.__class__ is np.ndarray and known.nbytes >= LARGE:
                cts[to] = added(known, g)
            else:
                cts[to] = known + g


def into_a_part(
    primitive: Any,
    residual: Any,
    ct: Any,
    parents: Sequence[Any],
    cts: Any,
    directions: tuple[int, ...],
) -> None:
    """The cotangent of a read, added into the part of the array that was read, in place.

    So n reads of an array cost O(n), and not an array of zeros each.
    """
    parent = parents[0]
    if parent is None:
        return
    to = parent[0]
    known = cts[to]
    dtype = ct.dtype if type(ct) is np.ndarray else DTYPES.get(type(ct))
    if dtype is not None:
        if known is None:
            known = cts[to] = np.zeros(directions + residual[1], dtype)
        alone = getrefcount(known) == UNSHARED.result
        if alone and known.__class__ is np.ndarray and known.dtype is dtype and is_own(known):
            try:
                primitive.add(known, ct, **residual[0])
            except Unrepeatable:  # which part it is, a tracer tells
                cts[to] = with_part(known, ct, primitive, residual, directions)
            return
    cts[to] = with_part(known, ct, primitive, residual, directions)


def into_a_slice(
    primitive: Any,
    residual: Any,
    ct: Any,
    parents: Sequence[Any],
    cts: Any,
    directions: tuple[int, ...],
) -> None:
    """The same for a basic index, of one direction: what `add` does, at half the time."""
    parent = parents[0]
    kind = type(ct)
    if parent is None or directions or (kind is not np.ndarray and kind is not np.float64):
        return into_a_part(primitive, residual, ct, parents, cts, directions)
    to = parent[0]
    known = cts[to]
    if known is None:
        known = cts[to] = np.zeros(residual[1], ct.dtype)
    elif (
        type(known) is not np.ndarray
        or getrefcount(known) != UNSHARED.result
        or known.dtype is not ct.dtype
        or not is_own(known)
    ):
        del known  # which would be one reference more
        return into_a_part(primitive, residual, ct, parents, cts, directions)
    index = residual[0]["index"]
    part = known[index]
    if part.__class__ is np.ndarray:
        np.add(part, ct, part)
    else:
        known[index] = part + ct


def through_a_write(
    primitive: Any,
    residual: Any,
    ct: Any,
    parents: Sequence[Any],
    cts: Any,
    directions: tuple[int, ...],
) -> None:
    """The cotangent of an array in which a part was overwritten: that part's goes to the value.

    The rest goes to the array that was there before, in place: so n writes cost O(n).
    """
    owned = ct.__class__ is np.ndarray and getrefcount(ct) == UNSHARED.argument and is_own(ct)
    array, value = parents
    alone = array is not None and (value is None or value[0] != array[0])  # no a[...] = a
    # What stands for an array, in a program, cannot be written into after a part of it was read.
    if type(ct) is np.ndarray and owned and alone and cts[array[0]] is None:
        index = plain_part(residual, ct)
        if index is not None:  # what follows does the same, at three times the time
            if value is not None:
                part = ct[index]
                g = part.copy() if part.__class__ is np.ndarray else part
                known = cts[value[0]]
                cts[value[0]] = g if known is None else known + g
            ct[index] = 0.0
            cts[array[0]] = ct
            return
    for parent, g in zip(parents, parted(residual, ct, parents, owned), strict=True):
        if parent is not None:
            known = cts[parent[0]]
            cts[parent[0]] = g if known is None else known + g


# --- Compiled -------------------------------------------------------------------------------------

_BACK = """
def back(primitive, residual, ct, parents, cts, directions):
    {parents}, = parents
    {values}
    if ct.__class__ is ndarray and ct.nbytes >= LARGE:
        {large}
    else:
        {small}
"""
_TO_PARENT = """
if {parent} is not None:
    {product}
    to = {parent}[0]
    known = cts[to]
    cts[to] = g if known is None else {total}
"""
_PRODUCT = """
factor = {factor}
g = multiplied(ct, factor, {last}) if factor.__class__ is ndarray else ct * factor
"""


def by_factors(primitive: Elementwise) -> Back:
    """A product with each partial derivative, written out.

    What goes back to a parent is as large as the cotangent, so that is asked once.
    """
    factors: Sequence[Any] = primitive.factors
    values = ["y", *(f"x{i}" for i in range(len(factors)))]
    parents = [f"parent{i}" for i in range(len(factors))]
    large, small = "", ""
    for i, factor in enumerate(factors):
        if factor.constant is not None:
            signs = {1: "g = ct", -1: "g = -ct"}
            careful = quick = signs.get(factor.constant, f"g = ct * constant{i}")
        else:
            slope = f"partial{i}({', '.join(values)})"
            if factor.position is not None:
                slope = values[factor.position]
            careful = _PRODUCT.format(factor=slope, last=i == len(factors) - 1)
            quick = f"g = ct * {slope}"
        large += filled(_TO_PARENT, parent=parents[i], product=careful, total="added(known, g)")
        small += filled(_TO_PARENT, parent=parents[i], product=quick, total="known + g")
    kept = any(factor.constant is None for factor in factors)
    source = filled(
        _BACK,
        parents=", ".join(parents),
        values=f"{', '.join(values)}, = residual" if kept else "pass",
        large=large,
        small=small,
    )
    names = {
        "LARGE": LARGE,
        "added": added,
        "multiplied": multiplied,
        "ndarray": np.ndarray,
        **{f"partial{i}": factor.function for i, factor in enumerate(factors)},
        **{f"constant{i}": factor.constant for i, factor in enumerate(factors)},
    }
    return compiled(source, f"pull of {primitive.name}", names)["back"]
