"""Functions that are compiled from a few lines of source, as ``namedtuple`` does it.

With an operator and its partial derivatives in place, an operation on floats takes two thirds of
the time of one general function (``python -m experiments overhead``).
"""

import linecache
from typing import Any

FILE = "<admodes "
"""How the names of their files begin."""


def compiled(source: str, what: str, names: dict[str, Any]) -> dict[str, Any]:
    """`names` and what `source` defines in them; a traceback shows its lines."""
    file = f"{FILE}{what}>"
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    exec(compile(source, file, "exec"), names)
    return names
