"""``compiled=True``: a program of a function that differentiates, made when it is called first."""

import functools
from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any

from admodes.modes.arguments import argument_names, name, parameter_names
from admodes.modes.containers import leaves
from admodes.programs.modes import Repeated, floats_in
from admodes.programs.program import Program, check_name


class Keywords(dict[str, Any]):
    """The last argument of a program: those that are given by name."""


class Called(Repeated):
    """A derivative of `of`, by arguments of these numbers; called by position and by name."""

    def __init__(
        self,
        function: Callable[..., Any],
        of: Callable[..., Any],
        title: str,
        argnums: int | Sequence[int] = (),
    ) -> None:
        self.function, self.of, self.title, self.argnums = function, of, title, argnums

    def __call__(self, *args: Any) -> Any:
        given, options = _apart(args)
        return self.function(*given, **options)

    def names(self, args: Sequence[Any]) -> list[str]:
        given, options = _apart(args)
        named = [*parameter_names(self.of, len(given)), *options]
        trees = [*given, *options.values()]
        return [own + path for own, x in zip(named, trees, strict=True) for path, _ in leaves(x)]

    def promoted(self, args: Sequence[Any]) -> Sequence[Any]:
        given, options = _apart(args)
        return *floats_in(given, self.argnums), *([options] if options else [])


def _apart(args: Sequence[Any]) -> tuple[Sequence[Any], dict[str, Any]]:
    """Those given by position, and those given by name."""
    if args and args[-1].__class__ is Keywords:
        return args[:-1], args[-1]
    return args, {}


class CalledAlong(Called):
    """A derivative of `of`, which is called with a tuple of primals and one of tangents."""

    def names(self, args: Sequence[Any]) -> list[str]:
        primals, tangents = args
        directions = [f"d{name}" for name in argument_names(self.of, tangents)]
        return argument_names(self.of, primals) + directions

    def promoted(self, args: Sequence[Any]) -> Sequence[Any]:
        return floats_in(args)


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
    argnums: int | Sequence[int] = (),
    backend: str = "numpy",
    kind: type[Called] = Called,
) -> Programmed:
    """`function`, a derivative of another by arguments of these numbers, as a program."""
    repeated = kind(function, of, f"{words} of {name(of)}", argnums)
    return Programmed(function, Program(repeated, backend=backend))


def remembered(
    transform: Callable[..., Any],
    of: Callable[..., Any],
    words: str,
    backend: str = "numpy",
    **options: Any,
) -> Programmed:
    """The same for ``transform(of, primals, tangents, **options)``, which is called at once.

    The latest are remembered: a program is not made anew for each call.
    """
    return _remembered(transform, _Itself(of), words, backend, **options)


class _Itself:
    """Equal to what is of the very same function; another one may be equal, and compute another."""

    def __init__(self, of: Callable[..., Any]) -> None:
        self.of = of

    def __hash__(self) -> int:
        return hash(self.of) if isinstance(self.of, MethodType) else id(self.of)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Itself):
            return False
        if isinstance(self.of, MethodType):  # made anew when it is asked for, of the same object
            return self.of == other.of
        return self.of is other.of


@functools.lru_cache(maxsize=64)
def _remembered(
    transform: Callable[..., Any], itself: _Itself, words: str, backend: str, **options: Any
) -> Programmed:
    along = functools.partial(transform, itself.of, **options)
    return programmed(along, itself.of, words, backend=backend, kind=CalledAlong)


def refuse_backend(face: str, backend: str) -> None:
    """Only a program, which is what ``compiled=True`` asks for, has a back end."""
    check_name(backend)
    if backend != "numpy":
        raise ValueError(
            f"backend={backend!r} is that of a program: write "
            f"admodes.{face}(..., compiled=True, backend={backend!r})"
        )
