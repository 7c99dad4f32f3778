"""Derivatives by complex numbers, and of them: which there are, and of what they are put together.

docs/complex-numbers.md has the convention.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.values import is_floating, plain
from admodes.modes.arguments import Inputs, name

_INSTEAD = (
    "admodes.jvp and admodes.vjp take any function of complex numbers; or make the real and the "
    "imaginary part arguments and outputs of their own"
)


def is_complex(x: Any) -> bool:
    return np.iscomplexobj(plain(x))


def refuse_complex(inputs: Inputs, f: Callable[..., Any], what: str, instead: str = "") -> None:
    if any(map(is_complex, inputs.leaves)):
        raise TypeError(
            f"{what} of {name(f)}: the inputs must be real; {instead}make the real and the "
            "imaginary part arguments of their own"
        )


def check_kinds(
    f: Callable[..., Any], inputs: Sequence[Any], outputs: Sequence[Any], holomorphic: bool
) -> None:
    """Check that there is a Jacobian: one complex number for each output and input."""
    outputs = [y for y in outputs if is_floating(y)]
    if holomorphic:
        for what, leaves in (("input", inputs), ("output", outputs)):
            if not all(map(is_complex, leaves)):
                raise TypeError(
                    f"jacobian of {name(f)}: holomorphic=True is for complex inputs and outputs, "
                    f"and an {what} is real"
                )
    elif any(map(is_complex, inputs)) and any(map(is_complex, outputs)):
        raise TypeError(
            f"jacobian of {name(f)}: inputs and outputs are complex, and only of a holomorphic "
            f"function that is one number each: say holomorphic=True if it is one. {_INSTEAD}"
        )


def parts_of(outputs: Sequence[Any]) -> int:
    """Real numbers in an entry of a Jacobian by real inputs, which takes a sweep for each a row."""
    return 2 if any(map(is_complex, outputs)) else 1


def together(real: Any, imaginary: Any) -> Any:
    """A complex number by its parts; not known where one of these is not."""
    whole = 1j * imaginary
    whole += real  # in place, for either part is as large as a derivative
    missing = np.isnan(plain(whole))  # in either part
    return whole + np.where(missing, complex(np.nan, np.nan), 0) if np.any(missing) else whole


def random_directions(values: Sequence[Any]) -> list[Any]:
    """A real direction for each value, of the value's type and dtype."""
    rng = np.random.default_rng(0)
    return [_like(rng.uniform(0.5, 1.5, np.shape(x)), x) for x in map(plain, values)]


def times_i(directions: Sequence[Any]) -> list[Any]:
    return [_like(1j * t, t) for t in directions]


def _like(t: Any, x: Any) -> Any:
    return np.asarray(t, x.dtype) if isinstance(x, np.ndarray) else x.__class__(t)


def check_holomorphic(
    f: Callable[..., Any],
    blocks: Sequence[Sequence[Any]],
    directions: Sequence[Any],
    turned: Sequence[Any],
) -> None:
    """Check that the derivative along i is i times the one along 1 (Cauchy and Riemann).

    Parameters
    ----------
    blocks
        The derivatives, a row of arrays for each item of `turned`, in it one for each of the
        directions, whose axes are its last ones.
    directions
        Random real ones.
    turned
        The derivatives along i times `directions`; ``None`` is zero.
    """
    with np.errstate(all="ignore"):  # what is not finite is not looked at
        for row, found in zip(blocks, turned, strict=True):
            pairs = [(_matrix(m, t), np.ravel(t)) for m, t in zip(row, directions, strict=True)]
            expected = 1j * sum(m @ t for m, t in pairs)
            size = sum(np.abs(m) @ np.abs(t) for m, t in pairs)
            found = 0 if found is None else np.ravel(plain(found))
            apart = np.abs(found - expected)
            size = np.maximum(size, np.abs(found))
            if np.any(apart > size * np.finfo(size.dtype).eps ** (1 / 3)):
                raise ValueError(
                    f"jacobian of {name(f)}: the function is not holomorphic there, as "
                    "holomorphic=True says: its derivative along i is not i times the one along 1. "
                    + _INSTEAD
                )


def _matrix(block: Any, direction: Any) -> Any:
    block, columns = plain(block), np.size(direction)
    return np.reshape(block, (np.size(block) // max(columns, 1), columns))
