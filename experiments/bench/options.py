"""Options that several experiments have."""

from math import isfinite

import click


def size_options(noun: str, letter: str, default: str) -> list[click.Option]:
    """How many inputs, or outputs: ``--inputs`` and ``--max-inputs``."""
    return [
        click.Option(
            [f"--{noun}"],
            type=click.IntRange(min=1),
            multiple=True,
            metavar=f"{letter}...",
            help=f"Numbers of {noun}; a function that cannot have one takes the nearest that it"
            f" can.  [default: {default}]",
        ),
        click.Option(
            [f"--max-{noun}"],
            type=click.IntRange(min=1),
            metavar=letter,
            help="Leave out larger numbers.",
        ),
    ]


def budget_options(budget: float, quick_budget: float, what: str) -> list[click.Option]:
    return [
        click.Option(
            ["--budget"],
            type=click.FloatRange(min=0, min_open=True),
            metavar="SECONDS",
            help=f"Run {what} in full if it takes no longer than this; if it does, estimate it."
            f"  [default: {budget:g}, with --quick {quick_budget:g}]",
        ),
        click.Option(["--exhaustive"], is_flag=True, help="Run every pass, however long it takes."),
    ]


def check_budget(budget: float | None, exhaustive: bool) -> None:
    if exhaustive and budget is not None:
        raise click.UsageError("--exhaustive has no --budget: give one of the two")
    if budget is not None and not isfinite(budget):
        raise click.UsageError("--budget must be finite: --exhaustive sets no limit")
