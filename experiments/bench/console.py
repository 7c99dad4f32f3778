"""What the terminal shows: numbers as people write them, and a progress bar."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.text import Text

from admodes.measure import Interval
from admodes.measure.words import duration, number
from experiments.bench.fitting import Fitting


def terminal(stderr: bool = False) -> Console:
    """The console; wide enough for a table where it is a file or a pipe."""
    interactive = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, width=None if interactive else WIDE, **PLAIN)


WIDE = 120
#: Names are shown as they are: with emoji=True, what stands between colons might be a picture.
PLAIN: dict[str, Any] = {"highlight": False, "emoji": False}


def between(values: Sequence[float]) -> str:
    """The least of them and the most.

    >>> between([3.0, 2.0]), between([2.0])
    ('2.00 to 3.00', '2.00')
    """
    least, most = number(min(values)), number(max(values))
    return least if least == most else f"{least} to {most}"


def spread(interval: Interval) -> str:
    """How far an interval reaches from its value, relative to it."""
    low, high = interval.low / interval.value, interval.high / interval.value
    if high > 2:  # a percentage of more than 100 says nothing of its lower end
        return f"{number(low)} to {number(high)} times that"
    return f"±{max(high - 1, 1 - low):.0%}"


def cells(interval: Interval, full: bool, write: Callable[[float], str]) -> tuple[str, str]:
    """What goes into the columns of measured and of estimated values."""
    return (
        (write(interval.value), "") if full else ("", f"{write(interval.value)} {spread(interval)}")
    )


def headed_table(name: str, words: str, *, padding: int = 1, keys: Sequence[str] = ()) -> Fitting:
    """A table to be filled, below a name and what there is to say of it.

    On a narrow terminal some columns stand below the others; the `keys`, by heading, are repeated.
    """
    return Fitting(
        keys=keys,
        title=Text.assemble((name, "bold"), "  ", words),
        title_style="",
        title_justify="left",
        caption_justify="left",
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
