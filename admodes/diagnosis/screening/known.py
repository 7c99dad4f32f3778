"""What is known of functions that are not the user's: what they make of their arguments."""

import functools
import math
from typing import Any

import numpy as np

#: of an array: plain, whatever it carries
ATTRIBUTES = frozenset(
    ("shape", "ndim", "size", "dtype", "itemsize", "nbytes", "flags", "value", "__len__")
)
#: methods that give plain values, and functions of Python's that do
PLAIN_METHODS = frozenset(
    ("all", "any", "argmax", "argmin", "argpartition", "argsort", "nonzero", "searchsorted")
)
PLAIN_FUNCTIONS: tuple[Any, ...] = (len, print, repr, str, format, type, id, hasattr, callable)
#: methods of a plain array that make plain arrays of their arguments, and what to write
ARRAY_METHODS = {
    "choose": "np.choose({a}, {b})",
    "clip": "np.clip({a}, {b})",
    "dot": "{a} @ {b}",
    "fill": "{a} = np.full(np.shape({a}), {b}, like={like})",
    "put": "{a} = np.array({a}, like={like}), and {a}.put({b}) then",
    "searchsorted": "np.searchsorted({a}, {b})",
}
#: methods of a list, a set or a dict that put something into it
ADDING = frozenset(("add", "append", "appendleft", "extend", "insert", "setdefault", "update"))
#: functions of Python's that give a list, or something to loop over, of what they are given
SAME_ITEMS: tuple[Any, ...] = (list, tuple, sorted, reversed, iter, filter)

#: function of `math` -> what NumPy calls it, where that is another name
_MATH = {
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "dist": "linalg.norm",
    "fsum": "sum",
    "pow": "power",
}
_INSTEAD_OF_MATH = {
    "gamma": "scipy.special.gamma",
    "lgamma": "scipy.special.gammaln",
    "erf": "scipy.special.erf",
    "erfc": "scipy.special.erfc",
}


def instead_of_math(name: str) -> str:
    """What to write for a function of `math` or `cmath`."""
    own = _MATH.get(name, name)
    if name in _INSTEAD_OF_MATH:
        return _INSTEAD_OF_MATH[name]
    if hasattr(np, own.partition(".")[0]):
        return f"np.{own}"
    return f"the formula of {name} in NumPy's functions"


#: functions of NumPy's that hand lists of arrays over to the arrays
TAKES_LISTS = frozenset(
    getattr(module, name)
    for module, names in (
        (
            np,
            "concatenate stack hstack vstack dstack column_stack block select choose piecewise "
            "lexsort broadcast_arrays meshgrid ix_ einsum gradient unstack apply_along_axis "
            "histogramdd where",
        ),
        (np.linalg, "multi_dot"),
    )
    for name in names.split()
    if hasattr(module, name)
)
#: functions whose result carries derivatives where their first argument does, whatever is in it
AS_THE_FIRST = frozenset((np.copy, np.empty_like, np.full_like, np.ones_like, np.zeros_like))
#: types that no number with derivatives is of
ARRAY_TYPES = (np.ndarray, np.generic, float, int, complex)
CACHED = type(functools.lru_cache(lambda: None))
FLOATS = (math.__name__, "cmath")
