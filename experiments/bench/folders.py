"""Where a run writes: what is published changes only where that is asked for."""

from pathlib import Path

import click

PUBLISHED = Path("figures")
LATEST = PUBLISHED / "latest"
"""Which git ignores."""


def folder(output: Path | None, publish: bool) -> Path:
    """Where to write, by the options ``--output`` and ``--publish``."""
    if output and publish:
        raise click.UsageError("--publish has no --output: give one of the two")
    if output and output.resolve() == PUBLISHED.resolve():
        raise click.UsageError(f"what is in {PUBLISHED} is published: --publish replaces it")
    return PUBLISHED if publish else output or LATEST


def arguments(folder: Path) -> str:
    """What a command needs, to write there.

    >>> arguments(LATEST), arguments(PUBLISHED), arguments(Path("mine"))
    ('', ' --publish', ' --output mine')
    """
    return {LATEST: "", PUBLISHED: " --publish"}.get(folder, f" --output {folder}")
