"""Lines of source files, as all that is found is told by."""

import linecache
from typing import NamedTuple


class Line(NamedTuple):
    """A line of a source file."""

    file: str
    number: int

    @property
    def text(self) -> str:
        return linecache.getline(self.file, self.number).strip()
