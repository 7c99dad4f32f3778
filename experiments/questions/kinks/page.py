"""``docs/kinks.md``, from the data in ``figures/``.

``python -m experiments.questions.kinks.page`` writes it.
"""

from experiments.bench.readme import FIGURES, README, markdown
from experiments.bench.results import Results, Store
from experiments.questions.kinks.reading import (
    WORDS,
    Cell,
    Verdict,
    lines,
    read,
    slopes_in_words,
    summary,
    versions,
)
from experiments.questions.kinks.table import HEADINGS

PAGE = README.parent / "docs" / "kinks.md"
SIGNS = {
    Verdict.DERIVATIVE: "",
    Verdict.BETWEEN: "◇",
    Verdict.FINITE: "○",
    Verdict.OTHER: "✗",
    Verdict.NAN: "✗",
    Verdict.NONE: "–",
}

TEXT = """\
# At corners and singular points

The table is made by `python -m experiments.questions.kinks.page` from `figures/kinks.json`, which
comes from `{command}`.

At a corner no number is the derivative. What one may ask for is a number between the slopes on
either side, the same one in both modes, and no NaN. The conventions of admodes: `abs`, `norm`,
`hypot` and `std` have 0 where they have a corner, ties share evenly, `x**0` and `0**x` have 0; and
zero times an infinite slope is zero, in whichever order a mode meets the two. What that means in
full, and for second derivatives, is [on a page of its own](not-finite.md).

In `where(x > 0, sqrt(x), 0)` the branch that is not taken is masked in forward mode, and in reverse
mode its cotangent is zero. In `sqrt(x²)` at 0 forward mode multiplies zero by infinity, and reverse
mode infinity by zero; in `maximum(sqrt(x), 1)` it is the other way round. Each is 0. It is a
convention: in `sqrt(x)²`, which is x, both modes give 0 at 0. Write `abs`, `norm` or `hypot` where
they are meant.

Equal numbers that are sorted share the derivative, as the average over all their orders has it, so
that `sort(x)[-1]` behaves like `max(x)`. Of three equal numbers, one that moves alone leaves the
median where it is, and all that move together take it along: no derivative is right for both. The
average is right for the latter.

Automatic differentiation sees the branch that is taken, not the function: at x = 0 the branch of
`where(x == 0, 0, x log y)` is a constant. And it sees numbers: in `log(1 + exp(x))` at 1000 the
`exp` is infinite; in `logaddexp(x, 0)` nothing is.

{table}

Where the modes differ, the table has forward | reverse. Slopes are those by one entry, the others
held fixed; (right) and (left) mark the only one that there is. A value without a sign is the
derivative. {legend}.

{counts}
"""


def page(results: Results) -> str:
    found = versions(results)
    head = [*HEADINGS, *(f"{library} {version}" for library, version in found.items())]
    body = [
        [f"`{case.formula}` at {case.point}", slopes_in_words(case.slopes), *map(marked, cells)]
        for case, cells in lines(results)
    ]
    table = markdown(head, [[text.replace("|", r"\|") for text in line] for line in body])
    signs = {sign: [v for v in SIGNS if SIGNS[v] == sign] for sign in SIGNS.values() if sign}
    legend = "; ".join(
        f"{sign} {' or '.join(WORDS[v] for v in verdicts)}" for sign, verdicts in signs.items()
    )
    counts = "\n".join(
        f"- {library}: {summary(cells)}, of {len(cells)} points."
        for library, cells in read(results).items()
    )
    command = results.header["command"]
    return TEXT.format(command=command, table=table, legend=legend, counts=counts)


def marked(cell: Cell) -> str:
    return f"{cell.words} {SIGNS[cell.verdict]}".strip()


def committed() -> Results:
    return Store(FIGURES, "kinks").load()


if __name__ == "__main__":
    PAGE.write_text(page(committed()), encoding="utf-8")
