"""What was chosen, where a face chooses how a Jacobian is had."""

from collections.abc import Sequence
from typing import NamedTuple

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
