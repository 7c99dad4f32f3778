"""What was chosen, where a face chooses how a Jacobian is had."""

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
