"""The source of a function, as a tree, and the names that it sees."""

import ast
import builtins
import functools
import linecache
import types
from collections.abc import Callable, Iterator
from typing import Any

from admodes.diagnosis.screening.values import UNKNOWN

Code = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@functools.lru_cache(maxsize=64)
def _tree(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except SyntaxError:  # a notebook's cell with a magic command, say
        return None


def node_of(function: types.FunctionType) -> Code | None:
    """The node that defines a function, or ``None`` where its source is not to be had."""
    code = function.__code__
    tree = _tree("".join(linecache.getlines(code.co_filename, function.__globals__)))
    found = [] if tree is None else [node for node in _functions(tree) if _is_of(node, code)]
    # Of several lambdas in a line, that with the same parameters.
    names = list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    return next((node for node in found if parameters(node) == names), None)


def _functions(tree: ast.AST) -> Iterator[Code]:
    for node in ast.walk(tree):
        if isinstance(node, Code):
            yield node


def _is_of(node: Code, code: types.CodeType) -> bool:
    if isinstance(node, ast.Lambda):
        return code.co_name == "<lambda>" and node.lineno == code.co_firstlineno
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    return node.name == code.co_name and first == code.co_firstlineno


def parameters(node: Code) -> list[str]:
    """The names of the parameters, without those of ``*args`` and ``**kwargs``."""
    args = node.args
    return [arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)]


def name_in(function: types.FunctionType, name: str) -> Any:
    """The object that a name of a function's source refers to from outside of it."""
    code = function.__code__
    for own, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        if own == name:
            try:
                return cell.cell_contents
            except ValueError:  # not yet assigned
                return UNKNOWN
    found = function.__globals__.get(name, UNKNOWN)
    return getattr(builtins, name, UNKNOWN) if found is UNKNOWN else found


def unwrapped(function: Callable[..., Any]) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """A Python function, with the arguments that are bound to it already."""
    if isinstance(function, functools.partial):
        inner, args, kwargs = unwrapped(function.func)
        return inner, args + function.args, kwargs | function.keywords
    if isinstance(function, types.MethodType):
        return function.__func__, (function.__self__,), {}
    if hasattr(function, "__wrapped__") and not isinstance(function, types.FunctionType):
        return unwrapped(function.__wrapped__)
    if not isinstance(function, (types.FunctionType, type)):
        call = vars(type(function)).get("__call__")
        if isinstance(call, types.FunctionType):
            return call, (function,), {}
    return function, (), {}
