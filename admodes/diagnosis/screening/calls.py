"""What a call gives, as far as reading tells, and what it would lose."""

import ast
import dataclasses
import functools
import itertools
import random
import types
from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np

from admodes.core.declaring import CONSTANTS, FUNCTIONS, REFUSED, SEEN_THROUGH, UFUNCS
from admodes.diagnosis.screening import known
from admodes.diagnosis.screening.issues import told
from admodes.diagnosis.screening.values import PLAIN, TRACED, UNKNOWN, Value, joined, listed
from admodes.modes.operators import METHODS
from admodes.modes.operators import REFUSED as REFUSED_METHODS
from admodes.primitives import MAKERS, no_rule
from admodes.primitives.other_packages import declare_rules

GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)


class Call(NamedTuple):
    """A call, with what is known of its function and its arguments."""

    scope: Any  #: see :mod:`admodes.diagnosis.screening.reading`, which is made of such calls
    node: ast.Call
    function: Value
    args: list[Value]
    kwargs: dict[str, Value]

    @property
    def all(self) -> list[Value]:
        return [*self.args, *self.kwargs.values()]

    @property
    def carries(self) -> bool:
        return any(x.carries for x in self.all)

    @property
    def name(self) -> str:
        return ast.unparse(self.node.func)

    def written(self, *more: str) -> str:
        """The call as it stands there, with more arguments."""
        own = [ast.unparse(each) for each in (*self.node.args, *self.node.keywords)]
        return f"{self.name}({', '.join([*own, *more])})"

    def note(self, kind: str, what: str, fix: str) -> None:
        self.scope.note(self.node, kind, what, fix)


def call(scope: Any, node: ast.Call) -> Value:
    """What is known of the result of a call."""
    args = [scope.value(arg) for arg in node.args]
    kwargs = {each.arg or "**": scope.value(each.value) for each in node.keywords}
    found = Call(scope, node, scope.value(node.func), args, kwargs)
    function = found.function
    if function.code is not None:
        return _within(found)
    if isinstance(node.func, ast.Attribute):
        of = scope.value(node.func.value)
        if of.carries or function.thing is UNKNOWN or isinstance(of.thing, np.ndarray):
            return _method(found, of, node.func)
        if isinstance(of.thing, np.ufunc):
            return _method_of_ufunc(found, of.thing, node.func.attr)
    if function.thing is UNKNOWN:
        return TRACED if found.carries or function.traced else PLAIN
    return _known(found, function.thing)


def _within(found: Call) -> Value:
    """A function that is written within the one that is read."""
    node, outer = found.function.code
    inner = type(outer)(found.scope.reading, node, outer.function, outer)
    held = tuple((name, x.traced, x.depth) for name, x in outer.names.items())
    key = (id(node), held, inner.key(found.args, found.kwargs))
    return found.scope.reading.within(key, inner, found.args, found.kwargs)


# --- Methods --------------------------------------------------------------------------------------


def _method(found: Call, of: Value, node: ast.Attribute) -> Value:
    name, scope, written = node.attr, found.scope, ast.unparse(node.value)
    if of.kind is not None:  # an object of a class of the user's
        method = getattr(of.kind, name, None)
        if method is not None and scope.reading.is_users(method):
            return scope.reading.enter(method, [of, *found.args], found.kwargs)
        return TRACED
    if of.traced and not of.depth:
        return _method_of_traced(found, name, written)
    if name in known.ADDING and found.carries and not of.array:
        added = listed(found.args) if name not in ("extend", "update") else joined(*found.args)
        scope.names[written] = dataclasses.replace(joined(of, added), items=None)
        return PLAIN
    if of.array and found.carries and name in known.ARRAY_METHODS:
        arguments = ", ".join(ast.unparse(arg) for arg in found.node.args)
        fix = known.ARRAY_METHODS[name].format(a=written, b=arguments, like=scope.like())
        found.note("plain", f"{written} is a plain array, whose {name}() makes another", fix)
        return TRACED
    if of.depth:
        if name in ("items", "enumerate"):
            return Value(depth=1, items=(Value(items=(PLAIN, of.element())),))
        return dataclasses.replace(of, items=None) if name in ("values", "copy") else of.element()
    if found.carries:
        return TRACED
    return Value(array=of.array, maker=of.maker if name == "copy" else None, depends=of.depends)


def _method_of_traced(found: Call, name: str, written: str) -> Value:
    if name in REFUSED_METHODS:
        found.note("plain", *told(f"{written} has no {name}(): {REFUSED_METHODS[name]}"))
        return listed([TRACED]) if name == "tolist" else TRACED
    if name in known.PLAIN_METHODS:
        return Value(depends=True)
    if name == "astype" and found.node.args:
        kind = found.args[0].thing
        if kind in (int, bool) or (isinstance(kind, type) and issubclass(kind, np.integer)):
            return Value(depends=True)
    if name not in METHODS and name == "dtype":
        return PLAIN
    return TRACED


def _method_of_ufunc(found: Call, ufunc: np.ufunc, name: str) -> Value:
    if name == "at" and found.carries and found.args and found.args[0].array:
        into = ast.unparse(found.node.args[0])
        found.scope.plain_array(found.node, into, found.args[0])
        found.scope.names[into] = TRACED
        return PLAIN
    return _of_numpy(found, ufunc)


# --- Functions that are known ---------------------------------------------------------------------


def _known(found: Call, thing: Any) -> Value:
    reading = found.scope.reading
    module = getattr(thing, "__module__", None) or ""
    if isinstance(thing, known.CACHED) and found.carries:
        fix = "leave out functools.lru_cache: numbers with derivatives are no keys"
        found.note("plain", f"{found.name} keeps its results, by its arguments", fix)
    if isinstance(getattr(thing, "__self__", None), GENERATORS) or _draws(found, thing):
        fix = "draw them outside, and give them as an argument"
        found.note("random", f"{found.name} draws random numbers, others at every call", fix)
        return Value(array=True)
    if reading.is_users(thing):
        return reading.enter(thing, found.args, found.kwargs)
    if isinstance(thing, (types.FunctionType, types.BuiltinFunctionType, type)) and thing in (
        *known.PLAIN_FUNCTIONS,
        isinstance,
    ):
        return _of_python(found, thing)
    if isinstance(thing, np.vectorize) or thing is np.vectorize:
        return _vectorized(found, thing)
    if module in known.FLOATS:
        return _of_math(found, thing)
    if isinstance(thing, np.ufunc) or module.partition(".")[0] == "numpy" or thing in MAKERS:
        return _of_numpy(found, thing)
    if module.partition(".")[0] == "scipy":
        return _of_scipy(found, thing)
    return _of_python(found, thing)


def _draws(found: Call, thing: Any) -> bool:
    """Whether it makes a generator without a seed, or draws from one that is global."""
    module = getattr(thing, "__module__", None) or ""
    if thing is np.random.default_rng or thing in (np.random.RandomState, random.Random):
        return not found.all
    return module in ("random", "numpy.random") and not isinstance(thing, type)


def _vectorized(found: Call, thing: Any) -> Value:
    if thing is np.vectorize:
        return Value(thing=np.vectorize(lambda x: x))
    if found.carries:
        found.note("plain", *told(f"{found.name} {REFUSED[np.vectorize]}"))
        return TRACED
    return Value(array=True)


def _of_math(found: Call, thing: Any) -> Value:
    if not found.carries:
        return PLAIN
    name = thing.__name__
    found.note("plain", f"{found.name} makes a float", known.instead_of_math(name))
    return TRACED


def _of_scipy(found: Call, thing: Any) -> Value:
    functions = [
        x for x in found.all if x.code is not None or found.scope.reading.is_users(x.thing)
    ]
    carries = found.carries or any(
        x.code is not None and _reads_traced(found.scope, x.code[0]) for x in functions
    )
    if not carries:
        return Value(array=True)
    declare_rules()
    if thing in SEEN_THROUGH:
        return TRACED
    if thing in REFUSED:
        found.note("plain", *told(f"{found.name} {REFUSED[thing]}"))
        return TRACED
    what = f"{found.name} computes with plain floats, and calls back with such"
    if not functions:
        what = f"{found.name} makes plain arrays of its arguments"
    fix = "write it in NumPy's functions, or give it a rule by admodes.custom"
    found.note("plain", what, fix)
    return TRACED


def _reads_traced(scope: Any, node: ast.AST) -> bool:
    """Whether a function that is written within refers to what carries derivatives."""
    return any(isinstance(n, ast.Name) and scope.name(n.id).carries for n in ast.walk(node))


# --- NumPy ----------------------------------------------------------------------------------------


def _of_numpy(found: Call, thing: Any) -> Value:
    if thing in MAKERS:
        return _made(found)
    if isinstance(thing, type):
        return _converted(found, thing)
    if not found.carries:
        # As the first is once that is made like what carries derivatives.
        follows = thing in known.AS_THE_FIRST and bool(found.args)
        maker = found.args[0].maker if follows else None
        return Value(array=True, maker=maker, depends=any(x.depends for x in found.all))
    declare_rules()
    for node, out in _outs(found, thing):
        if out.array:
            found.scope.plain_array(found.node, ast.unparse(node), out)
            if isinstance(node, ast.Name):
                found.scope.names[node.id] = dataclasses.replace(out, traced=True)
    if thing in CONSTANTS:
        return Value(depends=True)
    if thing in REFUSED:
        found.note("no rule", *told(f"{found.name} {REFUSED[thing]}"))
        return TRACED
    handed = isinstance(thing, np.ufunc) or hasattr(thing, "_implementation")
    if handed and thing not in FUNCTIONS and thing not in UFUNCS:
        found.note("no rule", *told(str(no_rule(thing))))
        return TRACED
    return _of_lists(found, thing)


def _outs(found: Call, thing: Any) -> list[tuple[ast.expr, Value]]:
    """What a function is to write into: its ``out=``, or what a ufunc is given after its inputs."""
    if isinstance(thing, np.ufunc) and isinstance(found.function.thing, np.ufunc):
        first = thing.nin
        given = list(zip(found.node.args[first:], found.args[first:], strict=True))
    else:
        given = []
    return given + [
        (each.value, found.kwargs["out"]) for each in found.node.keywords if each.arg == "out"
    ]


def _of_lists(found: Call, thing: Any) -> Value:
    """A function of arrays, which makes an array of a list before anybody is asked."""
    for node, x in zip(found.node.args, found.args, strict=False):
        if x.depth and not x.traced and thing not in known.TAKES_LISTS:
            own, like = ast.unparse(node), found.scope.like()
            what = f"{found.name} makes a plain array of a list of numbers"
            found.note("plain", what, f"{found.name}(np.array({own}, like={like}))")
    return TRACED


def _made(found: Call) -> Value:
    like = found.kwargs.get("like")
    if like is not None:
        return TRACED if like.carries else Value(array=True)
    if found.carries:
        fix = found.written(f"like={found.scope.like()}")
        if found.args and found.args[0].traced and "asarray" in found.name:
            fix = ast.unparse(found.node.args[0])
        found.note("plain", f"{found.name} makes a plain array", fix)
        return TRACED
    return Value(array=True, maker=found.node)


def _converted(found: Call, kind: type) -> Value:
    if not found.carries:
        return Value(array=True, maker=found.node) if kind is np.ndarray else PLAIN
    if issubclass(kind, np.generic):
        own = ast.unparse(found.node.args[0])
        found.note("plain", f"{found.name} makes a plain number", f"{own}, or {own}.astype(dtype)")
        return Value(depends=True) if issubclass(kind, np.integer) else TRACED
    if kind in REFUSED:
        found.note("plain", *told(f"{found.name} {REFUSED[kind]}"))
    return TRACED


# --- Python ---------------------------------------------------------------------------------------


def _of_python(found: Call, thing: Any) -> Value:
    own = ast.unparse(found.node.args[0]) if found.node.args else ""
    first = found.args[0] if found.args else PLAIN
    if thing is isinstance:
        return _type_is_asked(found, own)
    if thing in known.PLAIN_FUNCTIONS:
        return PLAIN
    if thing in (float, complex) and found.carries:
        found.note("plain", f"{found.name}() makes a plain number", own)
        return TRACED
    if thing is int and found.carries:
        fix = f"np.trunc({own}), or int(admodes.stop_gradient({own})) for an index"
        found.note("plain", "int() makes a plain number", fix)
        return Value(depends=True)
    if thing is bool:
        return Value(depends=first.tells)
    if thing is range:
        if found.carries:
            fix = f"int(admodes.stop_gradient({own}))"
            found.note("plain", f"{found.written()} needs plain integers", fix)
        return Value(depends=any(x.depends for x in found.all))
    if thing in known.SAME_ITEMS and found.args:
        last = found.args[-1]
        return listed([last.element()]) if last.traced else dataclasses.replace(last, items=None)
    if thing is enumerate:
        return Value(items=(Value(items=(PLAIN, first.element())),))
    if thing in (zip, itertools.product):
        return Value(items=(Value(items=tuple(x.element() for x in found.args)),))
    if thing in (map, itertools.starmap, functools.reduce) and first is not PLAIN:
        parts = [x.element() for x in found.args[1:]]
        of_each = call_with(found, first, parts if thing is not functools.reduce else parts * 2)
        return of_each if thing is functools.reduce else dataclasses.replace(
            listed([of_each]), items=None
        )  # fmt: skip
    if isinstance(thing, type) and found.scope.reading.is_users(getattr(thing, "__init__", None)):
        return Value(traced=found.carries, kind=thing)
    if isinstance(thing, type) and dataclasses.is_dataclass(thing):
        return Value(traced=found.carries, kind=thing)
    return TRACED if found.carries else PLAIN


def call_with(found: Call, function: Value, args: list[Value]) -> Value:
    """A function that is handed on, called with these."""
    inner = found._replace(function=function, args=args, kwargs={})
    if function.code is not None:
        return _within(inner)
    if found.scope.reading.is_users(function.thing):
        return found.scope.reading.enter(function.thing, args, {})
    if not any(x.carries for x in args):
        return PLAIN
    if isinstance(function.thing, Hashable) and function.thing in MAKERS:
        maker = ast.unparse(found.node.args[0])
        found.note("plain", f"{maker} makes a plain array", "np.copy")
    return TRACED


def _type_is_asked(found: Call, own: str) -> Value:
    if len(found.args) != 2 or not found.args[0].carries or found.args[0].depth:
        return PLAIN
    asked = [found.args[1], *(found.args[1].items or ())]
    kinds = [x.thing for x in asked if isinstance(x.thing, type)]
    kinds += [k for x in asked if isinstance(x.thing, tuple) for k in x.thing]
    if any(k in known.ARRAY_TYPES or issubclass(k, np.generic) for k in kinds):
        fix = f"hasattr({own}, 'shape'), or np.ndim({own})"
        what = f"{own} is of another type where it carries derivatives: this is false"
        found.note("type", what, fix)
    return PLAIN
