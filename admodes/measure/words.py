"""Measurements as people write them: three digits that mean something, in the unit that suits."""

import re
from collections.abc import Sequence
from math import floor, log10

from admodes.measure.timing import Interval

__all__ = ["counted", "duration", "in_one_line", "interval", "number", "printed", "size"]

#: from which size on, how much one is, its name
TIMES = (
    (2 * 86400.0, 86400.0, "d"),
    (2 * 3600.0, 3600.0, "h"),
    (2 * 60.0, 60.0, "min"),
    (1.0, 1.0, "s"),
    (1e-3, 1e-3, "ms"),
    (1e-6, 1e-6, "µs"),
    (0.0, 1e-9, "ns"),
)
BYTES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def number(value: float) -> str:
    """Three significant digits.

    >>> number(0.01234), number(1234567)
    ('0.0123', '1,230,000')
    """
    if value == 0:
        return "0"
    digits = 2 - floor(log10(abs(value)))
    return f"{round(value, digits):,.{max(digits, 0)}f}"


def printed(function: str, lines: int, first: Sequence[str]) -> str:
    """That a function printed so many lines, and the first ones.

    >>> print(printed("loss", 1000, ["step 1", "step 2"]))
    loss printed 1,000 lines while it was measured, beginning with:
      step 1
      step 2
    """
    shown = "".join(f"\n  {line}" for line in first)
    count = counted(lines, "line")
    return f"{function} printed {count} while it was measured, beginning with:{shown}"


def changed(function: str, place: str) -> str:
    """That a function changes an argument, and what that means.

    >>> changed("loss", "argument 0").split(":")[0]
    'loss changes its argument 0'
    """
    return (
        f"{function} changes its {place}: it ran on a copy at every call. Both modes leave an "
        "argument as it is, so write into a copy: y = x.copy()."
    )


def in_one_line(text: str) -> str:
    """Lines as one. They are mostly items of a list, which keep apart.

    >>> in_one_line("write:\\n  np.sin\\n  np.stack")
    'write: np.sin; np.stack'
    """
    return " ".join(re.sub(r"(?<=[^.,:;\s])\s*\n\s*(?=\S)", "; ", text).split())


def counted(count: int, noun: str, ending: str = "s") -> str:
    """A number of things.

    >>> counted(1, "step"), counted(1500, "step"), counted(2, "pass", "es")
    ('1 step', '1,500 steps', '2 passes')
    """
    return f"{count:,} {noun}{'' if count == 1 else ending}"


def duration(seconds: float) -> str:
    """A time, in the unit that suits it.

    >>> duration(0.0001234), duration(20000)
    ('123 µs', '5.56 h')
    """
    unit, name = next((unit, name) for start, unit, name in TIMES if seconds >= start)
    return f"{number(seconds / unit)} {name}"


def size(count: float) -> str:
    """So many bytes, in the unit that suits them.

    >>> size(96), size(180243), size(4_500_000)
    ('96 B', '180 kB', '4.50 MB')
    """
    for unit, name in BYTES:
        if count >= unit:
            return f"{number(count / unit)} {name}"
    return f"{count:.0f} B"


def interval(seconds: Interval) -> str:
    """The ends of an interval of times.

    >>> interval(Interval(2e-3, 1e-3, 3e-3, coverage=0.95))
    '1.00 ms – 3.00 ms'
    """
    return f"{duration(seconds.low)} – {duration(seconds.high)}"
