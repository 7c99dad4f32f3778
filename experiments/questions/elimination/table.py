"""The tables of the experiment ``elimination``."""

from collections.abc import Sequence

from rich.console import Group
from rich.padding import Padding
from rich.table import Table

from admodes.measure import median
from admodes.measure.words import duration
from experiments.bench.console import headed_table, number, spread
from experiments.bench.results import Record, Results, interval_columns
from experiments.questions.elimination.cases import PUBLISHED
from experiments.questions.elimination.experiment import FREE, ORDERS
from experiments.questions.elimination.reading import Reading, fewer, quicker, read

HEADINGS = {
    "forward": "forward",
    "reverse": "reverse",
    "markowitz": "Marko-\nwitz",
    "markowitz-last": "…, last\nfirst",
    "best": "best",
    FREE: "best,\n±1 free",
}


def rows(results: Results) -> list[Record]:
    """An order of a function a row, then its times by each back end."""
    found = []
    for each in read(results):
        own = {"kind": each.kind, "function": each.name, **each.sizes}
        for order in ORDERS:
            best = order == "best"
            row = {
                **own,
                "order": order,
                "multiplications": each.multiplications[order],
                "nontrivial": each.nontrivial[order],
                "published": each.published.get(order),
                "proven": each.proven if best else None,
                "at_least": each.at_least if best else None,
            }
            found.append(row)
            for backend, times in each.times.items():
                columns = interval_columns("seconds", median(times[order].seconds))
                found.append({**own, "order": order, "backend": backend, **columns})
        if "learned" in each.published:
            learned = {"order": "learned", "published": each.published["learned"]}
            found.append({**own, **learned})
    return found


def table(results: Results) -> Group:
    readings = list(read(results))
    parts = [
        counts(readings, "multiplications", "by order of elimination; =: no order takes fewer"),
        counts(readings, "nontrivial", "the same without those by 1 and -1, which are free"),
        *clock(readings),
    ]
    notes = [f"{case.name}: {case.differs}" for case in PUBLISHED if case.differs]
    return Group(*parts, *(Padding(note, (0, 2)) for note in notes))


def counts(readings: Sequence[Reading], what: str, words: str) -> Table:
    shown = headed_table(what, words, keys=("function",))
    shown.add_column("function", no_wrap=True)
    whole = what == "multiplications"
    sizes = ("inner", "edges") if whole else ()
    more = ("learned", "at least") if whole else ()
    orders = [order for order in ORDERS if order != FREE or not whole]
    for heading in (*sizes, *(HEADINGS[order] for order in orders), *more):
        shown.add_column(heading, justify="right")
    for each in readings:
        own = each.multiplications if whole else each.nontrivial
        cells = [f"{each.sizes[size]:,}" for size in sizes]
        for order in orders:
            sure = "=" if whole and order == "best" and each.proven else ""
            cells.append(f"{sure}{own[order]:,}")
        if whole:
            cells += [f"{each.published.get('learned', '')}", f"{each.at_least:,}"]
        shown.add_row(each.name, *cells)
    return shown


def clock(readings: Sequence[Reading]) -> list[Table]:
    """The times of the programs, and what of the counts shows in them."""
    found: list[Table] = []
    for backend in dict.fromkeys(backend for each in readings for backend in each.times):
        shown = headed_table(
            f"programs, {backend}",
            "a whole Jacobian; then how many times as quick as the quicker mode, and by count",
            keys=("function",),
        )
        shown.add_column("function", no_wrap=True)
        headings = ("forward", "reverse", "best", "best,\n±1 free")
        for heading in (*headings, "best", "", "by count", "±1 free", "", "by count"):
            shown.add_column(heading, justify="right")
        for each in readings:
            times = each.times.get(backend)
            if times:
                cells = [
                    duration(median(times[order].seconds).value)
                    for order in ("forward", "reverse", "best", FREE)
                ]
                for order in ("best", FREE):
                    gain = quicker(times, order)
                    cells += [number(gain.value), spread(gain), f"{fewer(each, order):.2f}"]
                shown.add_row(each.name, *cells)
        found.append(shown)
    return found
