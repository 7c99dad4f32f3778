"""``compiled=True``: a program of a function that differentiates, made when it is called first."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from admodes.modes.arguments import argument_names, leaves, name, parameter_names
from admodes.programs.modes import Repeated
from admodes.programs.program import Program


class Keywords(dict[str, Any]):
    """The last argument of a program: those that are given by name."""


class Called(Repeated):
    """A derivative of `of`, which may be called by position and by name."""

    def __init__(self, function: Callable[..., Any], of: Callable[..., Any], title: str) -> None:
        self.function, self.of, self.title = function, of, title

    def __call__(self, *args: Any) -> Any:
        if args and args[-1].__class__ is Keywords:
            return self.function(*args[:-1], **args[-1])
        return self.function(*args)

    def names(self, args: Sequence[Any]) -> list[str]:
        options = args[-1] if args and args[-1].__class__ is Keywords else {}
        given = args[:-1] if options else args
        named = [*parameter_names(self.of, len(given)), *options]
        trees = [*given, *options.values()]
        return [own + path for own, x in zip(named, trees, strict=True) for path, _ in leaves(x)]


class CalledAlong(Called):
    """A derivative of `of`, which is called with a tuple of primals and one of tangents."""

    def names(self, args: Sequence[Any]) -> list[str]:
        primals, tangents = args
        directions = [f"d{name}" for name in argument_names(self.of, tangents)]
        return argument_names(self.of, primals) + directions


class Programmed:
    """A function that is recorded when it is called, and then repeated.

    Its `program` can be read once it has been called.
    """

    def __init__(self, function: Callable[..., Any], program: Program) -> None:
        functools.update_wrapper(self, function)
        self.program = program

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.program(*args, Keywords(kwargs)) if kwargs else self.program(*args)


def programmed(
    function: Callable[..., Any],
    of: Callable[..., Any],
    words: str,
    kind: type[Called] = Called,
) -> Programmed:
    """`function`, a derivative of another, as a program."""
    return Programmed(function, Program(kind(function, of, f"{words} of {name(of)}")))


@functools.lru_cache(maxsize=64)
def remembered(
    transform: Callable[..., Any], of: Callable[..., Any], words: str, **options: Any
) -> Programmed:
    """The same for ``transform(of, primals, tangents, **options)``, which is called at once.

    The latest are remembered: a program is not made anew for each call.
    """
    along = functools.partial(transform, of, **options)
    return programmed(along, of, words, CalledAlong)
