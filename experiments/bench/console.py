"""What the terminal shows: numbers as people write them, and a progress bar."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import floor, log10

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from admodes.measure import Interval

UNITS = (
    (2 * 86400.0, 86400.0, "d"),
    (2 * 3600.0, 3600.0, "h"),
    (2 * 60.0, 60.0, "min"),
    (1.0, 1.0, "s"),
    (1e-3, 1e-3, "ms"),
    (0.0, 1e-6, "µs"),
)


def terminal(stderr: bool = False) -> Console:
    """The console; wide enough for a table where it is a file or a pipe."""
    interactive = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, width=None if interactive else 120, highlight=False)


def number(value: float) -> str:
    """Three significant digits.

    >>> number(0.01234), number(1234567)
    ('0.0123', '1,230,000')
    """
    if value == 0:
        return "0"
    digits = 2 - floor(log10(abs(value)))
    return f"{round(value, digits):,.{max(digits, 0)}f}"


def counted(count: int, noun: str, ending: str = "s") -> str:
    """A number of things.

    >>> counted(1, "step"), counted(1500, "step")
    ('1 step', '1,500 steps')
    """
    return f"{count:,} {noun}{'' if count == 1 else ending}"


def duration(seconds: float) -> str:
    """A time, in the unit that suits it.

    >>> duration(0.0001234), duration(20000)
    ('123 µs', '5.56 h')
    """
    unit, name = next((unit, name) for start, unit, name in UNITS if seconds >= start)
    return f"{number(seconds / unit)} {name}"


def size(count: float) -> str:
    """So many bytes, in the unit that suits them.

    >>> size(96), size(180243), size(4_500_000)
    ('96 B', '180 kB', '4.5 MB')
    """
    if count < 1e3:
        return f"{count:.0f} B"
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def between(values: Sequence[float]) -> str:
    """The least of them and the most.

    >>> between([3.0, 2.0]), between([2.0])
    ('2.00 to 3.00', '2.00')
    """
    least, most = number(min(values)), number(max(values))
    return least if least == most else f"{least} to {most}"


def spread(interval: Interval) -> str:
    """How far an interval reaches from its value, relative to it."""
    reach = max(interval.high - interval.value, interval.value - interval.low)
    return f"±{reach / interval.value:.0%}"


def cells(interval: Interval, full: bool, write: Callable[[float], str]) -> tuple[str, str]:
    """What goes into the columns of measured and of estimated values."""
    return (
        (write(interval.value), "") if full else ("", f"{write(interval.value)} {spread(interval)}")
    )


def headed_table(name: str, words: str, *, padding: int = 1) -> Table:
    """A table to be filled, below a name and what there is to say of it."""
    return Table(
        title=Text.assemble((name, "bold"), "  ", words),
        title_style="",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, padding),
    )


class Remaining(ProgressColumn):
    """The time left, at the pace so far; before the first measurement, as planned."""

    def render(self, task: Task) -> Text:
        pace = (task.elapsed or 0.0) / task.completed if task.completed else 1.0
        left = pace * (task.remaining or 0.0)
        return Text(f"about {duration(left)} left" if left else "done")


@dataclass(frozen=True)
class Bar:
    """A progress bar that counts expected seconds.

    It is redrawn only when told to, between measurements: the thread that would otherwise keep it
    moving takes the interpreter's lock, and that would be measured too.
    """

    progress: Progress
    job: TaskID

    def begin(self, what: str) -> None:
        self.progress.update(self.job, description=what, refresh=True)

    def finish(self, seconds: float) -> None:
        self.progress.update(self.job, advance=seconds, refresh=True)


@contextmanager
def progress(seconds: float) -> Iterator[Bar]:
    """A progress bar on stderr, for work that should take `seconds`."""
    columns = (TextColumn("{task.description}"), BarColumn(), Remaining())
    console = terminal(stderr=True)
    disable = not console.is_terminal
    with Progress(
        *columns, console=console, auto_refresh=False, transient=True, disable=disable
    ) as shown:
        yield Bar(shown, shown.add_task("", total=seconds))
