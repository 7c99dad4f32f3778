"""What was chosen, where a face chooses how a Jacobian is had."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from admodes.core.types import P
from admodes.measure.words import counted


class Choice(NamedTuple):
    """How a Jacobian is had. It prints as that, with the reason."""

    mode: str
    chunk_size: int | None  #: ``None``: as by default
    reason: str

    def __str__(self) -> str:
        k = self.chunk_size
        directions = f", {counted(k, 'direction')} a pass" if k else ""
        return f"{self.mode} mode{directions} ({self.reason})"


class Choosing(Protocol[P]):
    """What a checker of types knows of a Jacobian that chooses: a function that says what it took.

    Such a function has it among its attributes, where no checker looks.
    """

    __name__: str

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        raise NotImplementedError

    def choice(self) -> Choice:
        raise NotImplementedError


def choosing(jacobian: Callable[..., Any], latest: Sequence[Choice], function: str) -> Any:
    """That function, which says by ``.choice()`` what is `latest`."""
    # Not of itself: a function that refers to itself goes only when the collector comes.
    vars(jacobian)["choice"] = partial(latest_of, latest, function)
    return jacobian


def latest_of(latest: Sequence[Choice], function: str) -> Choice:
    """What the last call did.

    Raises
    ------
    RuntimeError
        Where there was none: the choice depends on the arguments.
    """
    if not latest:
        raise RuntimeError(
            f"jacobian of {function}: nothing is chosen before the first call, for it depends on "
            "the arguments: jacobian(x), then jacobian.choice()"
        )
    return latest[0]
