"""The command line: ``python -m admodes compare package.module:function --shape 1000``."""

import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from admodes.choosing.comparing import compare

PROGRAM = "python -m admodes"


def load(target: str) -> tuple[Any, Callable[..., Any]]:
    """The module and the function that ``package.module:function`` names."""
    module_name, _, function_name = target.partition(":")
    if not module_name or not function_name:
        raise click.BadParameter(f"{target!r} is not of the form package.module:function")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise click.BadParameter(f"cannot import {module_name!r}: {error}") from error
    function = getattr(module, function_name, None)
    if not callable(function):
        raise click.BadParameter(f"{module_name!r} has no function {function_name!r}")
    return module, function


def shape_of(text: str) -> tuple[int, ...]:
    """A shape from the command line.

    >>> shape_of("3,4"), shape_of("scalar")
    ((3, 4), ())
    """
    if text == "scalar":
        return ()
    try:
        shape = tuple(int(part) for part in text.split(","))
    except ValueError:
        shape = (-1,)
    if min(shape) < 1:
        raise click.BadParameter(f"{text!r} is no shape: write 1000, or 20,30, or scalar")
    return shape


def inputs_of(module: Any, shapes: Sequence[str], files: Sequence[Path], seed: int) -> list[Any]:
    """The arguments: from files, drawn at random, or from the module's ``make_input``."""
    rng = np.random.default_rng(seed)
    if shapes and files:
        raise click.UsageError("give --shape or --npy, not both")
    if files:
        return [_read(file) for file in files]
    if shapes:
        drawn = [rng.standard_normal(shape_of(text)) for text in shapes]
        return [x if x.ndim else float(x) for x in drawn]
    if not hasattr(module, "make_input"):
        raise click.UsageError(
            "no input: give --shape or --npy, or define make_input(rng) in the module"
        )
    made = module.make_input(rng)
    return list(made) if isinstance(made, tuple) else [made]


def _read(file: Path) -> Any:
    try:
        return np.load(file)
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"cannot read {file}: {error}") from error


@click.group()
def program() -> None:
    """Forward mode and reverse mode on plain NumPy code."""


@program.command(name="compare")
@click.argument("target", metavar="PACKAGE.MODULE:FUNCTION")
@click.option("--shape", "shapes", multiple=True, metavar="N,M", help="Of an argument; repeatable.")
@click.option(
    "--npy",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An argument from a file; repeatable.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), default=2.0, help="To measure."
)
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--plot", "plot_file", type=click.Path(dir_okay=False, path_type=Path))
def compare_command(
    target: str,
    shapes: Sequence[str],
    files: Sequence[Path],
    seed: int,
    seconds: float,
    json_file: Path | None,
    plot_file: Path | None,
) -> None:
    """What each mode costs for a function, and whether they agree."""
    module, function = load(target)
    args = inputs_of(module, shapes, files, seed)
    try:
        comparison = compare(function, *args, seconds=seconds, seed=seed)
    except Exception as error:  # a user's own function may raise anything
        what = " ".join(str(error).split())
        raise click.ClickException(f"{target}: {type(error).__name__}: {what}") from error
    click.echo(str(comparison))
    if json_file is not None:
        comparison.to_json(json_file)
    if plot_file is not None:
        comparison.plot().savefig(plot_file, dpi=150)


def main(arguments: Sequence[str]) -> int:
    """Run a command line; the exit code. What is wrong is said in one line on stderr."""
    try:
        program.main(list(arguments), prog_name=PROGRAM, standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"{PROGRAM}: {' '.join(error.format_message().split())}", err=True)
        return error.exit_code
    except click.Abort:
        click.echo(f"{PROGRAM}: interrupted", err=True)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
