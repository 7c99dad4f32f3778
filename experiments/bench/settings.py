"""What decides a result: settings, and the options of the command line that change them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from importlib.util import find_spec
from math import isfinite
from typing import Any

import click

Settings = dict[str, Any]
"""Their values by name, as JSON."""
Task = dict[str, Any]
"""What is measured, and kept on disk, by itself, as JSON."""


@dataclass(frozen=True)
class Setting:
    """A value, what it is with ``--quick``, and the option that changes it, if any does.

    >>> Setting(21, "--rounds N", "Samples of each.", quick=9).click().help
    'Samples of each.  [default: 21, with --quick 9]'
    """

    value: Any
    """A tuple where there may be several; a function is called when a run begins."""
    option: str = ""
    """As its help begins: ``"--inputs N..."``."""
    help: str = ""
    """The default is added to it."""
    type: click.ParamType | None = None
    _: KW_ONLY
    quick: Any = None
    """``None``: the same."""
    published: Any = None
    """As it is published, where that is more than what a run has otherwise."""
    shown: str | None = None
    """The default in words, where the help says it in other ones than by its value."""
    instead_of: str = ""
    """The option that this one leaves no sense."""

    @property
    def flag(self) -> str:
        return self.option.partition(" ")[0]

    @property
    def parameter(self) -> str:
        """As click calls its option."""
        return self.flag.lstrip("-").replace("-", "_")

    def click(self) -> click.Option:
        return click.Option(
            [self.flag],
            type=self.type,
            multiple=isinstance(self.value, tuple),
            is_flag=isinstance(self.value, bool) or None,
            metavar=self.option.partition(" ")[2] or None,
            help=self.help + self._default(),
        )

    def _default(self) -> str:
        words = self.shown
        if words is None and not isinstance(self.value, bool) and self.value is not None:
            words = as_typed(self.value)
            if self.quick is not None:
                words += f", with --quick {as_typed(self.quick)}"
        return f"  [default: {words}]" if words else ""

    def resolved(self, options: Mapping[str, Any], *, quick: bool, publish: bool) -> Any:
        """As JSON, from what the options gave, and whether it is to be quick, or published."""
        given = options.get(self.parameter) if self.option else None
        if given is None or given is False or given == ():
            other = self.quick if quick else self.published if publish else None
            given = self.value if other is None else other
        elif self.instead_of and options.get(self.instead_of.lstrip("-")) is not None:
            raise click.UsageError(f"{self.flag} has no {self.instead_of}: give one of the two")
        value = given() if callable(given) else given
        return list(value) if isinstance(value, tuple) else value


def as_typed(value: Any) -> str:
    """
    >>> as_typed((1, 2)), as_typed(8.0)
    ('1 2', '8')
    """
    values = value if isinstance(value, tuple) else (value,)
    return " ".join(f"{each:g}" if isinstance(each, float) else str(each) for each in values)


class Positive(click.FloatRange):
    """A finite number above zero; `hint` is added to what is said where it is infinite."""

    def __init__(self, hint: str = "") -> None:
        super().__init__(min=0, min_open=True)
        self.hint = hint

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        number = super().convert(value, param, ctx)
        if not isfinite(number):
            raise click.UsageError(f"{param.opts[0]} must be finite{self.hint}")
        return number


class Named(click.ParamType):
    """The name of something that `find` finds, or raises a ``ValueError`` that says why not."""

    name = "name"

    def __init__(self, find: Callable[[str], Any]) -> None:
        self.find = find

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        try:
            return self.find(value).name
        except ValueError as error:
            raise click.UsageError(str(error)) from error


SEED = Setting(
    0,
    "--seed SEED",
    "For what is drawn at random: inputs, and passes where only some are run.",
    click.IntRange(min=0),
)


def how_many(value: Any, option: str, help: str, **more: Any) -> Setting:
    """A number of things, one at least, or several such numbers."""
    return Setting(value, option, help, click.IntRange(min=1), **more)


def by_programs(what: str) -> dict[str, Setting]:
    """Whether `what` is done by programs as well, and by which back end."""
    return {
        "compiled": Setting(
            False,
            "--compiled",
            f"{what} by programs as well, which repeat what was recorded once; they take turns.",
            published=True,
        ),
        "backend": Setting(
            "numpy",
            "--backend NAME",
            "Of the programs: numpy gives the same numbers, compiled the same up to rounding.",
            click.Choice(["numpy", "compiled"]),
        ),
    }


def settle_programs(settings: Settings) -> Settings:
    """``click.UsageError`` where there is a back end for no program, or none of that name here."""
    backend = settings["backend"]
    if backend != "numpy" and not settings["compiled"]:
        raise click.UsageError(f"--backend {backend} is that of programs: add --compiled")
    if backend == "compiled" and find_spec("llvmlite") is None:
        raise click.UsageError(
            "--backend compiled needs llvmlite, which is not installed: pip install llvmlite"
        )
    return settings


def choice(
    option: str,
    names: Iterable[str],
    what: str = "What to differentiate",
    *,
    quick: Iterable[str] = (),
    shown: str = "each of them",
) -> Setting:
    """Some of what there is: all, unless the option says which."""
    every = tuple(names)
    listed = ("; " if any("," in name for name in every) else ", ").join(every)
    return Setting(
        every,
        option,
        f"{what}: {listed}.",
        click.Choice(every),
        quick=tuple(quick) or None,
        shown=shown,
    )


def sizes(
    noun: str, letter: str, values: Sequence[int], quick: Sequence[int]
) -> dict[str, Setting]:
    """How many inputs, or outputs: ``--inputs`` and ``--max-inputs``."""
    return {
        noun: how_many(
            tuple(values),
            f"--{noun} {letter}...",
            f"Numbers of {noun}; a function that cannot have so many takes the nearest number.",
            quick=tuple(quick),
            shown=f"{as_typed(tuple(values[:4]))} ... {values[-1]}",
        ),
        f"max_{noun}": how_many(None, f"--max-{noun} {letter}", "Leave out larger numbers."),
    }


def budget(seconds: float, quick: float, what: str) -> dict[str, Setting]:
    """How long `what` may take before it is estimated: ``--budget`` and ``--exhaustive``."""
    return {
        "budget": Setting(
            seconds,
            "--budget SECONDS",
            f"Run {what} in full if that takes no longer than this; otherwise estimate it.",
            Positive(": --exhaustive sets no limit"),
            quick=quick,
        ),
        "exhaustive": Setting(
            False, "--exhaustive", "Run every pass, however long it takes.", instead_of="--budget"
        ),
    }
