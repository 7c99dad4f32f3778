"""Whether a function's code can be differentiated at all."""

from collections.abc import Callable
from typing import Any

from admodes.diagnosis.screening import screen


def check_code(f: Callable[..., Any], *args: Any) -> None:
    """Check that nothing in the code of `f` would lose a derivative, or has no rule.

    All of it is found at once, with the lines and what to write: `f` is run once, and its source is
    read, with that of your own functions that it calls
    (:func:`admodes.diagnosis.screening.screen` says how, and ``admodes check`` shows the same in a
    shell). Whether derivatives are right is what :func:`check_derivatives` says.

    Parameters
    ----------
    f
        A function of plain NumPy code.
    args
        Its arguments, as it is called: numbers, arrays of floats, nested containers of them.

    Raises
    ------
    AssertionError
        Where something has to be changed, with all of it.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes.testing import check_code
    >>> check_code(lambda x: np.sum(np.sin(x)), np.ones(3))
    """
    screening = screen(f, *args)
    if not screening.ok:
        raise AssertionError(f"check_code of {screening}")
