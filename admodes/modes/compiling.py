"""Functions that are compiled from a few lines of source, as ``namedtuple`` does it.

With an operator and its partial derivatives in place, an operation on floats takes two thirds of
the time of one general function (``python -m experiments overhead``).
"""

import functools
import linecache
import re
import textwrap
from types import CodeType
from typing import Any

FILE = "<admodes "
"""How the names of their files begin."""


def compiled(source: str, what: str, names: dict[str, Any]) -> dict[str, Any]:
    """`names` and what `source` defines in them; a traceback shows its lines."""
    file = f"{FILE}{what}>"
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    exec(_named(_code(source), file), names)
    return names


@functools.cache
def _code(source: str) -> CodeType:
    """Nine modes have the same text: to compile it for each was a fifth of ``import admodes``."""
    return compile(source, FILE, "exec")


def _named(code: CodeType, file: str) -> CodeType:
    """The same code as that of another file, which shares nothing with it that CPython adapts."""
    constants = (_named(x, file) if isinstance(x, CodeType) else x for x in code.co_consts)
    return code.replace(co_filename=file, co_consts=tuple(constants))


@functools.cache
def filled(text: str, **lines: str) -> str:
    """`text` with lines in place of each ``{hole}``, as far to the right as that is."""

    def fill(hole: re.Match[str]) -> str:
        return textwrap.indent(lines[hole[2]].strip(), hole[1])

    return re.sub(r"( *)\{(\w+)\}", fill, text)
