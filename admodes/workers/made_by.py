"""Functions that faces have made, and of what: so they can be made again in another process."""

import functools
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any, NamedTuple, TypeVar, cast

from admodes.core.other_libraries import check_options

F = TypeVar("F", bound=Callable[..., Any])


class Making(NamedTuple):
    """By which call of a face a function was made."""

    code: CodeType | type  #: its own: what wraps it has its attributes, too, and another code
    maker: Callable[..., Any]
    args: tuple[Any, ...]
    options: dict[str, Any]


def made_again(maker: F) -> F:
    """A face that makes functions, each of which remembers how; but for an executor.

    An option that other libraries have by another name is refused with ours.
    """

    @functools.wraps(maker)
    def making(*args: Any, **options: Any) -> Any:
        check_options(maker.__name__, options)
        made = maker(*args, **options)
        kept = {key: value for key, value in options.items() if key != "executor"}
        made.__dict__["made_by"] = Making(_code(made), making, args, kept)
        return made

    return cast(F, making)


def making_of(function: Any) -> Making | None:
    """How a face has made this function; ``None`` of any other."""
    kept = getattr(function, "__dict__", None)
    making = kept.get("made_by") if isinstance(kept, dict) else None
    return making if isinstance(making, Making) and making.code is _code(function) else None


def _code(function: Any) -> CodeType | type:
    """That of a function, and of a program or a loop, which is an object, its class."""
    return function.__code__ if isinstance(function, FunctionType) else type(function)


def make(maker: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Once more."""
    return maker(*args, **options)
