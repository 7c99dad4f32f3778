"""Public NumPy code that nobody wrote for differentiation, a file per field.

Each program is written anew after its source, in its source's NumPy style: arrays that are made and
filled, updates in place, slices, masks, loops, ``out=``. A line that had to be changed ends in
``# was:``, and the line as it stood before; a line that had to go has left that comment alone.
"""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

PROGRAMS: dict[str, "Program"] = {}
CHANGED = re.compile(r"^( *)(?:(\S.*?)  )?# was: (.*)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Program:
    """One of them.

    Attributes
    ----------
    function
        As it is differentiated.
    what, source
        What it does, in a few words; repository, file and licence of what it was written after.
    arguments
        What it is called with, of a generator of random numbers.
    """

    function: Callable[..., Any]
    what: str
    source: str
    arguments: Callable[[Any], tuple[Any, ...]]

    @property
    def field(self) -> str:
        return self.function.__module__.rpartition(".")[2]


def program(what: str, source: str, arguments: Callable[[Any], tuple[Any, ...]]) -> Any:
    """A decorator: the function is one of the programs."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        PROGRAMS[function.__name__] = Program(function, what, source, arguments)
        return function

    return declare
