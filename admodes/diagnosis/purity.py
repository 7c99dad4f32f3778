"""Whether a function gives the same twice, and what changes between two calls where it does not."""

import functools
import itertools
import pickle
import random
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from admodes.diagnosis.nearby import same
from admodes.diagnosis.opinions import Look
from admodes.diagnosis.recording import Operation, Recording
from admodes.diagnosis.report import Finding, finding
from admodes.truth.point import Point

GENERATORS = (np.random.Generator, np.random.RandomState, np.random.BitGenerator, random.Random)


def is_reproducible(at: Point, calls: int = 2) -> bool:
    """Whether several calls at the same point give the same numbers."""
    first, *others = [at.float_output(at.points) for _ in range(calls)]
    return all(at.repeats(first, other) for other in others)


def explain_irreproducible(look: Look) -> Finding:
    """What changes from call to call, and the first operation that it changes."""
    what = "two evaluations at the same point differ"
    kind, cause = _cause(look)
    first, second = (Recording(look.inputs, look.inputs.leaves, look.places) for _ in range(2))
    op = _first_difference(first, second)
    return finding(what, kind, cause, op)


def _first_difference(first: Recording, second: Recording) -> Operation | None:
    """The first operation that has other constants or another value in a second recording."""
    for a, b in itertools.zip_longest(first.operations, second.operations):
        if a is None or b is None or a.base.name != b.base.name or a.line != b.line:
            return a or b
        if not same((a.args, a.params, a.value), (b.args, b.params, b.value)):
            return a
    return None


def _cause(look: Look) -> tuple[str, str]:
    for restore, name in _global_generators():
        before = look.float_output(look.points)
        restore()
        if look.repeats(before, look.float_output(look.points)):
            return "random", (
                f"a random function: it draws numbers from {name}, new ones at every call; draw "
                "them outside and give them as arguments, or seed a generator inside"
            )
    changed = _changed(look)
    generators = [name for name, value in changed if isinstance(value, GENERATORS)]
    if generators:
        return "random", (
            f"a random function: it draws numbers from the generator `{generators[0]}`, others at "
            "every call; draw them outside and give them as arguments"
        )
    if changed:
        return "stateful", (
            f"a stateful function: a call changes `{changed[0][0]}`, and the next one depends on it"
        )
    return "random", (
        "a random function: nothing that it refers to has changed between two calls, so it draws "
        "random numbers from a new generator, or reads a clock or a file"
    )


def _global_generators() -> Iterator[tuple[Callable[[], Any], str]]:
    """What sets a global generator back to its state now, and its name."""
    state = random.getstate()
    yield lambda: random.setstate(state), "Python's `random`"
    # The generator behind `np.random.rand` and the like, which a user's function may still call.
    numpys = np.random.mtrand.get_state()
    yield lambda: np.random.mtrand.set_state(numpys), "NumPy's global generator"


# --- What a function refers to --------------------------------------------------------------------


def _changed(look: Look) -> list[tuple[str, Any]]:
    """What a call of the function changes, of all that it refers to."""
    things = list(_referred(look.f))
    resting = [(_snapshot(value), _snapshot(value)) for _, value in things]
    look.plain_output(look.points)
    again = [(name, value) for name, value in _referred(look.f)]
    changed = [
        (name, value)
        for (name, value), (one, two) in zip(again, resting, strict=False)
        if one == two and _snapshot(value) != two
    ]
    # The most telling first: a generator would be named only after what holds it.
    return sorted(changed, key=lambda each: not isinstance(each[1], GENERATORS))


def _snapshot(value: Any) -> Any:
    """Something that differs when the value does."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pickle.dumps(value)
    except Exception:  # not everything can be pickled
        return repr(value)


def _referred(function: Any, seen: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Names and values of the globals, closures, defaults and attributes of a function.

    Of those of other functions that it refers to, too.
    """
    if isinstance(function, functools.partial):
        yield from _parts([("an argument of the partial", x) for x in function.args], seen)
        yield from _parts(function.keywords.items(), seen)
        function = function.func
    if isinstance(function, types.MethodType):
        yield type(function.__self__).__name__, function.__self__
        function = function.__func__
    if not isinstance(function, types.FunctionType):
        if not isinstance(function, (type, types.BuiltinFunctionType, np.ufunc)):
            yield type(function).__name__, function
        return
    if any(function is each for each in seen):
        return
    seen = (*seen, function)
    if function.__dict__:
        yield function.__name__, dict(function.__dict__)
    yield from _parts(_names(function), seen)


def _names(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    code = function.__code__
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not yet assigned
            continue
    for name in _global_names(code):
        if name in function.__globals__:
            yield name, function.__globals__[name]
    yield from zip(
        itertools.repeat("a default of " + function.__name__), function.__defaults__ or ()
    )
    yield from (function.__kwdefaults__ or {}).items()


def _global_names(code: types.CodeType) -> Iterator[str]:
    """The names in a function and in those that are written in it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _global_names(constant)


def _parts(named: Any, seen: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    for name, value in named:
        if isinstance(value, types.ModuleType):
            continue
        if isinstance(value, (types.FunctionType, types.MethodType, functools.partial)):
            yield from _referred(value, seen)
        elif not isinstance(value, (type, types.BuiltinFunctionType, np.ufunc)):
            yield name, value
