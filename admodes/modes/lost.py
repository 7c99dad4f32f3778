"""Derivatives that would be lost without a word: the errors, and what to write in place of it.

Python, NumPy and functions in C ask for a plain number or array. What they then make of the error
may be another one, or nothing at all; :func:`called` says the first once more.
"""

import dis
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any, NoReturn

import numpy as np

from admodes.core.values import Traced, shape_of

#: what is asked for -> what to write in the user's own lines
INSTEAD = {
    "a plain array": (
        "Write A @ x, np.dot(A, x) or np.clip(A, x, y) in place of a method of a plain array, as "
        "in A.dot(x)\n"
        "np.asarray(s) * x in place of s * x, where s is no plain array (m.filled(0) * x for a "
        "masked one)\n"
        "x itself in place of np.asarray(x), np.copy(x, order) for np.asfortranarray(x), and "
        "hasattr(x, 'shape') for isinstance(x, np.ndarray)\n"
        "a loop over np.ravel(x), or x.flat, in place of np.nditer(x), np.ndenumerate(x) and "
        "np.vectorize\n"
        "np.concatenate([x, [1]]) in place of np.r_[x, 1]\n"
        "np.array([a, b], like=x), or np.stack, in place of np.array([a, b]), and of a list, as in "
        "np.sum([a, b]), where x is what carries derivatives"
    ),
    "a float": (
        "Write NumPy's functions in place of math's (np.sin for math.sin)\n"
        "f'{x:.3f}' for '%.3f' % x\n"
        "a rule (admodes.custom) for a function in C that calls back, such as "
        "scipy.optimize.brentq or scipy.integrate.quad, or the same written in NumPy\n"
        "np.array([a, b], like=x) in place of np.array([a, b], dtype=float), where x is what "
        "carries derivatives"
    ),
    "a complex": "Write x + 0j",
    "an int": (
        "Write np.floor, np.trunc or np.rint for int, math.floor, math.ceil and math.trunc\n"
        "f'{x:.0f}' for '%d' % x"
    ),
    "an index": "Write plain integers for an index, a length and range(n)",
    "a key (it is unhashable)": (
        "Write the function without functools.lru_cache, and keep numbers that carry derivatives "
        "in a list, not in a set or as keys of a dict"
    ),
    "a pickle": "Keep it in this process",
}
#: the module that asks -> what to write, where its arrays are the reason
_ASKED_BY = {
    "numpy.ma": (
        "Write m.filled(0) for the masked array, and np.where(mask, 0, x) with "
        "mask = np.ma.getmaskarray(m)"
    ),
    "numpy.matrixlib": "Write np.asarray(m) for the matrix",
    "pandas": "Write s.to_numpy() for the Series, the DataFrame or the Index",
    "scipy.sparse": "Write admodes.scipy.sparse.matmul(A, x)",
    "scipy": (
        "Write admodes.scipy for scipy where it has the function, write it with NumPy functions, "
        "or declare a rule for it: admodes.elementwise, admodes.linear, admodes.custom"
    ),
}
_MADE = (
    "It is written into a plain array. Join the numbers by np.stack, or make that array by "
    "np.zeros(shape, like=x), np.zeros_like(x) or x.copy(), where x is what carries derivatives"
)
_EVERYWHERE = "admodes check file.py:function lists each such line at once, and what to write there"
_OTHERWISE = "admodes.stop_gradient(x) where no derivative is wanted"


#: thread -> the error that was raised last within `called`: whoever has asked may not hand it on
_raised: dict[int, TypeError] = {}


def lost(x: Any, what: str) -> NoReturn:
    """Raise for what would make something plain of `x`, which has derivatives."""
    frame = sys._getframe(2)
    error = loss(x, what, frame)
    if _within_call(frame):
        _raised[threading.get_ident()] = error
    if hasattr(x._level, "refuse"):  # a program, of a function that has nothing to lose
        x._level.refuse(str(error).partition("\n")[0])
    raise error


def loss(x: Any, what: str, frame: FrameType) -> TypeError:
    """The error for it, where code in this frame has asked."""
    shape = shape_of(x)
    named = f"an array of shape {shape}" if shape else "a number"
    instead = f"{INSTEAD[what]}\n{_OTHERWISE}"
    if what in ("a plain array", "a float"):
        by_library = _by_library(frame)
        if _writes(frame):
            instead = _MADE
        elif by_library is not None:
            instead = f"{by_library}\n{_OTHERWISE}"
        else:  # the commonest is what is read last
            first, last = INSTEAD[what].rsplit("\n", 1)
            instead = f"{first}\n{_OTHERWISE}\n{last}"
        instead = f"{_EVERYWHERE}\n{instead}"
    return TypeError(
        f"{named} that carries derivatives cannot become {what}: its derivative would be lost.\n"
        f"{instead}"
    )


def _within_call(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code is not called.__code__:
        frame = frame.f_back
    return frame is not None


def _writes(frame: FrameType) -> bool:
    """Whether the instruction that has asked is an assignment: ``a[i] = x``."""
    return dis.opname[frame.f_code.co_code[frame.f_lasti]] in ("STORE_SUBSCR", "STORE_SLICE")


def _by_library(frame: FrameType | None) -> str | None:
    """What to write for a library whose function has asked."""
    module = frame.f_globals.get("__name__", "") if frame else ""
    for name, instead in _ASKED_BY.items():
        if module == name or module.startswith(f"{name}."):
            return instead
    return None


# --- What others make of the error ----------------------------------------------------------------


def called(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """The result of a function being differentiated, whose errors say what to write.

    Raises
    ------
    TypeError
        Where a function in C has asked for a plain number, been told that there is none, and gone
        on as if it had one.
    """
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        _explain(error)
        raise
    if _raised:
        known = _raised.pop(threading.get_ident(), None)
        if known is not None and _was_swallowed(known) and _asks_for_float(known):
            raise TypeError(*known.args)
    return result


def _explain(error: Exception) -> None:
    """Say what to write in the message of an error, or raise another one in its place."""
    known = _raised.pop(threading.get_ident(), None)
    if known is None:
        if isinstance(error, AttributeError) and isinstance(error.obj, Traced):
            if hasattr(np.ndarray, str(error.name)):
                raise TypeError(
                    f"{error}.\nOf the plain value it is admodes.stop_gradient(x).{error.name}"
                ) from error
            return
        _add(error, _hint(error))
    elif known not in _causes(error):
        if _was_swallowed(known):
            raise TypeError(*known.args) from error
    elif isinstance(error, SystemError):
        raise TypeError(*known.args) from error
    elif str(known) not in str(error):
        _add(error, str(known))


def _asks_for_float(error: TypeError) -> bool:
    """Whether a function in C has called back: it asks for a float, and may go on without."""
    return "cannot become a float" in error.args[0]


def _was_swallowed(error: TypeError) -> bool:
    """Whether no function in Python has seen it: what has asked is written in C, and dropped it."""
    trace = error.__traceback__  # None up to Python 3.11, where nobody has looked at it
    return trace is None or trace.tb_frame.f_globals["__name__"].startswith(_HERE)


_HERE = __name__.rpartition(".")[0]  # where ``__float__`` and its like are


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    stack: list[BaseException | None] = [error]
    while stack:
        one = stack.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            stack += [one.__cause__, one.__context__]


def _add(error: Exception, hint: str | None) -> None:
    """Make the hint what is read last of an error's message."""
    if hint and len(error.args) == 1 and error.args[0].__class__ is str:
        error.args = (f"{error.args[0]}\n{hint}",)


TAKEN_FOR_ARRAYS = re.compile(r"'(list|tuple)'|multiply sequence|cannot become a plain array")


def say_of_sequences(error: Exception, argnums: Sequence[int], trees: Sequence[Any]) -> None:
    """Where a function has taken a list of numbers for an array: that it is a container here."""
    if not TAKEN_FOR_ARRAYS.search(str(error)):
        return
    for i, tree in zip(argnums, trees, strict=True):
        if isinstance(tree, (list, tuple)) and tree and all(map(np.isscalar, tree)):
            kind = type(tree).__name__
            _add(
                error,
                f"Argument {i} is a {kind}, a container of numbers, each of which is an input: "
                f"give np.array of it, of floats, in place of the {kind}",
            )


def _hint(error: Exception) -> str | None:
    """What to write, for errors that Python and NumPy word themselves."""
    text = str(error)
    if isinstance(error, ValueError) and text.startswith("The truth value of an array"):
        return "Choose entry by entry: np.where(condition, a, b), np.maximum for max, & for and"
    if "which cannot be written back to" in text:
        return "Loop over np.ravel(x), or x.flat, in place of np.nditer(x)"
    if isinstance(error, TypeError) and re.search(rf"\b({'|'.join(_names())})\b", text):
        return None if _is_ours(error) else f"{_OTHERWISE}: a plain number is needed here"
    return None


def _is_ours(error: Exception) -> bool:
    """Whether it was raised in this package, which has said what to write."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals["__name__"].startswith("admodes.")


def _names() -> Iterator[str]:
    """What numbers that carry derivatives are called, in all modes."""
    kinds: list[type] = [Traced]
    for kind in kinds:
        kinds += kind.__subclasses__()
        yield kind.__name__
