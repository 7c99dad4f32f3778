"""What ``crossover`` has found: cells, winners, predictions; as a table and as tidy data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, takewhile

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from admodes.measure import Interval, Timing, median, ratio
from experiments.bench import executors
from experiments.bench.console import headed_table
from experiments.bench.results import Record, Results, digits, interval_columns, timing
from experiments.functions.maps import FUNCTIONS
from experiments.questions.crossover.prediction import Constants, Work, abreast, executed, fit
from experiments.sides.readings import timing_of_all

FORMS = ("one direction a pass", "k directions a pass")
MODES = ("forward", "reverse")
TIE = "tie"

# Reading


@dataclass(frozen=True)
class Side:
    """A Jacobian by one mode."""

    mode: str
    k: int
    passes: int
    full: bool  # False: estimated from a sample of the passes
    samples: int
    seconds: Interval
    done: Work
    """What it executes."""
    predicted: float
    """Seconds."""


@dataclass(frozen=True)
class Cell:
    """A Jacobian at some size in one form, by both modes."""

    n: int
    m: int
    drawn: bool  # or a size at which constants were measured
    forward: Side
    reverse: Side
    ratio: Interval
    """The time of forward mode over that of reverse mode, pair by pair."""
    entries_compared: int
    largest_difference: float
    mixed: Interval | None = None
    """Seconds by mixed mode, where there is a narrow place."""
    gain: Interval | None = None
    """The time of the quicker mode over that, pair by pair."""

    @property
    def full(self) -> bool:
        return self.forward.full and self.reverse.full

    @property
    def winner(self) -> str:
        """The quicker mode; a tie where the interval of the ratio holds 1."""
        if self.ratio.low <= 1 <= self.ratio.high:
            return TIE
        return "reverse" if self.ratio.value > 1 else "forward"

    @property
    def is_mixed(self) -> bool:
        """Whether mixed mode is quicker than both."""
        return self.gain is not None and self.gain.low > 1

    @property
    def quickest(self) -> str:
        return "mixed" if self.is_mixed else self.winner

    @property
    def times(self) -> float:
        """How many times as fast the quicker mode is."""
        return max(self.ratio.value, 1 / self.ratio.value)

    @property
    def predicted_ratio(self) -> float:
        return self.forward.predicted / self.reverse.predicted

    @property
    def predicted_winner(self) -> str:
        return "reverse" if self.predicted_ratio > 1 else "forward"


@dataclass(frozen=True)
class Panel:
    """A function in one form."""

    function: str
    form: int
    every: Sequence[Cell]
    constants: dict[str, Constants]

    @cached_property
    def cells(self) -> list[Cell]:
        """Those that are drawn."""
        return [cell for cell in self.every if cell.drawn]

    @property
    def decided(self) -> list[Cell]:
        """Those that are no ties."""
        return [cell for cell in self.cells if cell.winner != TIE]

    def score(self) -> str:
        """In how many cells a prediction names the winner: from counts, and by n = m."""
        decided, unequal = self.decided, [cell for cell in self.decided if cell.n != cell.m]
        counts = sum(cell.predicted_winner == cell.winner for cell in decided)
        sizes = sum(
            ("reverse" if cell.n > cell.m else "forward") == cell.winner for cell in unequal
        )
        return (
            f"winners predicted from counts: {counts} of {len(decided)},"
            f" by n = m: {sizes} of {len(unequal)}"
        )

    def calibration(self) -> str:
        """Where the constants of the prediction are from."""
        others = [cell for cell in self.every if not cell.drawn]
        inputs, outputs = (
            ", ".join(f"{size:,}" for size in dict.fromkeys(sizes))
            for sizes in ([cell.n for cell in others], [cell.m for cell in others])
        )
        return f"predicted with what was measured at n = {inputs} and m = {outputs}, in seconds:"

    def costs(self) -> list[str]:
        """The constants, a line a mode."""
        return [
            f"  {mode}: {each.start:.1e} a Jacobian, {each.call:.1e} a primitive,"
            f" {each.unit:.1e} a unit of work"
            for mode, each in self.constants.items()
        ]

    def overtaken(self) -> Cell | None:
        """Of the fewest outputs, where reverse mode begins to win, and does not cease to."""
        fewest = min(cell.m for cell in self.cells)
        line = sorted((cell for cell in self.cells if cell.m == fewest), key=lambda cell: -cell.n)
        winning = list(takewhile(lambda cell: cell.winner == "reverse", line))
        return winning[-1] if winning else None


def read(results: Results) -> Iterator[Panel]:
    for name, group in groupby(results.records, lambda record: record["task"]["function"]):
        records = list(group)
        for form in range(len(FORMS)):
            constants = {mode: constants_of(records, mode, form) for mode in MODES}
            every = [read_cell(record, form, constants) for record in records]
            yield Panel(name, form, every, constants)


def directions(record: Record, mode: str) -> int:
    """Of all passes together."""
    return record["task"]["inputs" if mode == "forward" else "outputs"]


def seconds_of(record: Record, mode: str, form: int) -> Timing:
    once = timing(record["recording"]) if mode == "reverse" else None
    return timing_of_all(record[mode][form], directions(record, mode), once)


def constants_of(records: Sequence[Record], mode: str, form: int) -> Constants:
    """From the sizes that are not drawn."""
    measured = [record for record in records if record["task"]["part"] == "calibration"]
    done = [
        executed(each["counts"], mode, directions(each, mode), each[mode][form]["k"])
        for each in measured
    ]
    return fit(done, [median(seconds_of(each, mode, form).seconds).value for each in measured])


def read_cell(record: Record, form: int, constants: dict[str, Constants]) -> Cell:
    task = record["task"]
    n, m = task["inputs"], task["outputs"]
    timings = {mode: seconds_of(record, mode, form) for mode in MODES}
    sides = {}
    for mode in MODES:
        own, count = record[mode][form], directions(record, mode)
        assumed = 1 if form == 0 else abreast(n, m, count)
        sides[mode] = Side(
            mode,
            own["k"],
            own["passes"],
            own["full"],
            len(timings[mode].seconds),
            median(timings[mode].seconds),
            executed(record["counts"], mode, count, own["k"]),
            constants[mode].seconds(executed(record["counts"], mode, count, assumed)),
        )
    compared = [record[mode][form] for mode in MODES]
    through = record.get("mixed", [])  # there was none when older ones were measured
    mixed = timing(through[form]) if through else None
    quicker = min(MODES, key=lambda mode: sides[mode].seconds.value)
    return Cell(
        n,
        m,
        task["part"] == "grid",
        sides["forward"],
        sides["reverse"],
        ratio(timings["forward"], timings["reverse"]),
        min(each["entries_compared"] for each in compared),
        max(each["largest_difference"] for each in compared),
        None if mixed is None else median(mixed.seconds),
        None if mixed is None else ratio(timings[quicker], mixed),
    )


# Showing


def rows(results: Results) -> list[Record]:
    """Of each cell: both Jacobians, their ratio, and what was predicted; and that by mixed mode."""
    panels = list(read(results))
    has_mixed = any(cell.mixed for panel in panels for cell in panel.every)
    return [
        {
            "function": panel.function,
            "form": FORMS[panel.form],
            "inputs": cell.n,
            "outputs": cell.m,
            "part": "grid" if cell.drawn else "calibration",
            **columns(cell.forward),
            **columns(cell.reverse),
            **interval_columns("forward_over_reverse", cell.ratio, cell.full),
            "forward_over_reverse_predicted": digits(cell.predicted_ratio),
            "winner": cell.winner,
            "predicted_winner": cell.predicted_winner,
            "entries_compared": cell.entries_compared,
            "largest_relative_difference": cell.largest_difference,
            **(mixed_columns(cell) if has_mixed else {}),
        }
        for panel in panels
        for cell in panel.every
    ]


def mixed_columns(cell: Cell) -> Record:
    """Empty where there is no narrow place."""
    found: Record = {"quickest": cell.quickest}
    for name, interval, full in (
        ("mixed_seconds", cell.mixed, True),
        ("quicker_over_mixed", cell.gain, cell.full),
    ):
        empty = interval_columns(name, Interval(0.0, 0.0, 0.0, 0.0))
        found |= (
            dict.fromkeys(empty) if interval is None else interval_columns(name, interval, full)
        )
    return found


def columns(side: Side) -> Record:
    found = {
        "directions_a_pass": side.k,
        "passes": side.passes,
        "primitives": round(side.done.primitives),
        "work": round(side.done.work),
        "run": "in full" if side.full else "estimated",
        "samples": side.samples,
        **interval_columns("seconds", side.seconds, side.full),
        "seconds_predicted": digits(side.predicted),
    }
    return {f"{side.mode}_{name}": value for name, value in found.items()}


def table(results: Results) -> Group:
    note = executors.by(results.header["settings"])
    shared = [Padding(Text(f"Passes and sweeps{note}"), (0, 2))] if note else []
    return Group(*map(panel_table, read(results)), *shared)


def panel_table(panel: Panel) -> Table:
    """A line a number of outputs, a column a number of inputs."""
    case = FUNCTIONS[panel.function]
    shown = headed_table(
        f"{case.name}, {FORMS[panel.form]}",
        f"{case.formula}\n{case.sentence}\nF forward, R reverse: the quicker mode, and how many"
        " times as fast it is\nM mixed: how many times as fast as the quicker mode\n"
        "= no winner, ~ estimated, ! another winner predicted",
    )
    cells = {(cell.n, cell.m): cell for cell in panel.cells}
    shown.add_column("outputs", justify="right")
    for n in dict.fromkeys(n for n, _ in cells):
        shown.add_column(f"n =\n{n:,}", justify="right", no_wrap=True)
    inputs = list(dict.fromkeys(n for n, _ in cells))
    for m in dict.fromkeys(m for _, m in cells):
        shown.add_row(f"{m:,}", *(in_table(cells[n, m]) for n in inputs))
    lines = panel.score(), panel.calibration(), *panel.costs()
    shown.caption = "\n".join(lines)
    return shown


def in_table(cell: Cell) -> str:
    if cell.is_mixed:
        return f"M {in_short(cell)}"
    if cell.winner == TIE:
        return in_short(cell)
    missed = "!" if cell.predicted_winner != cell.winner else ""
    return f"{missed}{cell.winner[0].upper()} {in_short(cell)}"


def in_short(cell: Cell) -> str:
    """How many times as fast the winner is, in two digits or so; estimates with a tilde."""
    times = cell.times if cell.gain is None or not cell.is_mixed else cell.gain.value
    if cell.quickest == TIE:
        return "=" if cell.full else "~="
    number = f"{times:.1f}" if times < 9.95 else f"{float(f'{times:.2g}'):,.0f}"
    return number if cell.full else f"~{number}"
