"""What the experiment ``denoise`` found, as numbers and as tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group
from rich.table import Table

from admodes.measure import Interval, Timing, median, ratio
from admodes.measure.words import counted, duration, number
from experiments.bench.console import cells, headed_table, spread
from experiments.bench.results import Record, Results, digits, interval_columns
from experiments.functions import scalars
from experiments.sides.readings import FormReading, Point, gradient_point, row

METHODS = {"gradient-descent": "gradient descent", "l-bfgs": "L-BFGS"}


@dataclass(frozen=True)
class Found:
    """All that was found."""

    shape: Sequence[int]
    method: str
    point: Point  # a gradient by each mode
    energies: Sequence[float]  # of the noisy picture, and after each iteration
    psnrs: Sequence[float]  # in dB, of the same
    seconds: Sequence[float]  # of each iteration
    gradients: int  # that all iterations took
    stopped: bool  # before the last iteration asked for: nothing more to gain
    program: "ByProgram | None"  # where it was done by one as well

    @property
    def iterations(self) -> int:
        return len(self.seconds)

    @property
    def iteration(self) -> Interval:
        """The time of one, with gradients by reverse mode."""
        return median(self.seconds)

    @property
    def quicker(self) -> FormReading:
        """The quicker form of forward mode."""
        return min(self.point.forms, key=lambda form: form.seconds.value)


@dataclass(frozen=True)
class ByProgram:
    """The same by a program of the gradient."""

    backend: str
    seconds: Sequence[float]  # of each iteration
    recording: float  # seconds of the first call
    difference: float  # the largest relative one of gradients
    speedup: Interval  # of an iteration

    @property
    def iteration(self) -> Interval:
        return median(self.seconds)


def by_program(settings: Record, blocks: Sequence[Record]) -> ByProgram | None:
    if "program" not in blocks[0]:
        return None
    own = [block["program"] for block in blocks]
    with_it, without = (
        [seconds for block in each for seconds in block["seconds"]] for each in (own, blocks)
    )
    return ByProgram(
        backend=settings["backend"],
        seconds=with_it,
        recording=own[0]["recording"],
        difference=max(each["difference"] for each in own),
        speedup=ratio(in_rounds(without), in_rounds(with_it)),
    )


def in_rounds(seconds: Sequence[float]) -> Timing:
    return Timing(tuple(seconds), tuple(range(len(seconds))))


def read(results: Results) -> Found:
    at_noisy, *blocks = results.records

    def joined(key: str) -> list[float]:
        return [value for block in blocks for value in block[key]]

    return Found(
        shape=at_noisy["shape"],
        method=METHODS[results.header["settings"]["method"]],
        point=gradient_point("denoise", at_noisy, at_noisy["forward"]),
        energies=[at_noisy["energy"], *joined("energies")],
        psnrs=[at_noisy["psnr"], *joined("psnrs")],
        seconds=joined("seconds"),
        gradients=sum(block["gradients"] for block in blocks),
        stopped=blocks[-1]["stopped"],
        program=by_program(results.header["settings"], blocks),
    )


def rows(results: Results) -> list[Record]:
    """A row for a gradient by each mode, then one for each iteration."""
    found = read(results)
    readings = found.point.f, found.point.one, *found.point.forms
    iterations = zip(found.energies, found.psnrs, [None, *found.seconds], strict=True)
    return [
        *({"what": "gradient", "unknowns": found.point.n, **row(r)} for r in readings),
        *(
            {
                "what": "iteration",
                "unknowns": found.point.n,
                "mode": "reverse",
                "iteration": i,
                "energy": energy,
                "psnr_db": digits(psnr),
                "seconds_measured": seconds,
            }
            for i, (energy, psnr, seconds) in enumerate(iterations)
        ),
        {
            "what": "iteration, median",
            "unknowns": found.point.n,
            "mode": "reverse",
            "samples": found.iterations,
            **interval_columns("seconds", found.iteration),
        },
        *(
            {
                "what": "iteration, median",
                "unknowns": found.point.n,
                "mode": "reverse, program",
                "samples": len(program.seconds),
                **interval_columns("seconds", program.iteration),
            }
            for program in [found.program]
            if program is not None
        ),
    ]


def table(results: Results) -> Group:
    found = read(results)
    return Group(pictures(found, results.header["settings"]), times(found))


def pictures(found: Found, settings: Record) -> Table:
    """What became of the picture."""
    rows, columns, colours = found.shape
    function = scalars.FUNCTIONS["denoising"]
    shown = headed_table(
        "denoise",
        f"{rows} × {columns} pixels of {colours} colours: {found.point.n:,} unknowns\n"
        f"{function.formula}, λ = {settings['weight']:g}, ε = {settings['epsilon']:g}, by"
        f" {found.method}",
    )
    shown.min_width = 80  # for the words above it
    for heading in ("", "energy", "PSNR"):
        shown.add_column(heading, justify="right" if heading else "left")
    ended = ", and nothing more to gain" if found.stopped else ""
    names = ("noisy", f"after {counted(found.iterations, 'iteration')}{ended}")
    for name, which in zip(names, (0, -1), strict=True):
        shown.add_row(name, number(found.energies[which]), f"{found.psnrs[which]:.1f} dB")
    return shown


COLUMNS = (
    "k",
    "passes",
    "time,\nmeasured",
    "time,\nestimated",
    "relative,\nmeasured",
    "relative,\nestimated",
    "diff.",
)


def times(found: Found) -> Table:
    """What a gradient takes by each mode, and an iteration."""
    point = found.point
    words = "by reverse mode, and by forward mode with k directions a pass"
    shown = headed_table("a gradient", words, padding=0)
    shown.add_column("mode")
    for heading in COLUMNS:
        shown.add_column(heading, justify="right")
    reverse = f"{duration(point.one.seconds.value)} {spread(point.one.seconds)}"
    shown.add_row("reverse", "", "1", reverse, "", "1")
    for form in point.forms:
        shown.add_row(
            "forward",
            f"{form.k:,}",
            f"{form.passes:,}",
            *cells(form.seconds, form.full, duration),
            *cells(form.speedup, form.full, number),
            f"{form.largest_difference:.0e}" if form.largest_difference else "0",
        )
    shown.caption = f"{iterations_by_reverse(found)}\n{iteration_by_forward(found)}"
    if found.program is not None:
        shown.caption += f"\n{iterations_by_program(found.program)}"
    return shown


def iterations_by_program(program: ByProgram) -> str:
    same = (
        "the same picture to the last bit"
        if program.backend == "numpy"
        else f"its gradients differ by {program.difference:.0e} at most"
        if program.difference
        else "no gradient looked at differs"
    )
    return (
        f"By a program of the gradient (compiled=True, backend={program.backend!r}) it takes"
        f" {duration(program.iteration.value)} ({spread(program.iteration)}),"
        f" {number(program.speedup.value)} ({spread(program.speedup)}) times as quick, after a"
        f" first call of {duration(program.recording)}: {same}."
    )


def iterations_by_reverse(found: Found) -> str:
    iteration = found.iteration
    return (
        f"With gradients by reverse mode an iteration takes {duration(iteration.value)}"
        f" ({spread(iteration)}): {number(1 / iteration.value)} a second. All {found.iterations:,}"
        f" of them took {duration(sum(found.seconds))} and {found.gradients:,} gradients."
    )


def iteration_by_forward(found: Found) -> str:
    form = found.quicker
    how, would = ("measured", "takes") if form.full else ("estimated", "would take")
    return (
        f"By forward mode the gradient of one iteration {would} {duration(form.seconds.value)}"
        f" ({how}, {spread(form.seconds)}); those of all of them"
        f" {duration(found.gradients * form.seconds.value)} (estimated)."
    )
