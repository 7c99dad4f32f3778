"""The commands of ``python -m experiments``: one for each question, and what shows the answers."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from admodes.measure.words import in_one_line
from experiments import page
from experiments.bench import report
from experiments.bench.experiment import (
    Experiment,
    found,
    redraw,
    refuse_fewer_libraries,
    run,
)
from experiments.bench.folders import LATEST, PUBLISHED, folder
from experiments.bench.results import Store
from experiments.bench.settings import SEED

EXPERIMENTS = found()
PROGRAM = "python -m experiments"


class Command(click.Command):
    """A command whose repeatable options take several values at once: ``--inputs 1 10 100``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        repeatable = {
            name
            for option in self.params
            if isinstance(option, click.Option) and option.multiple
            for name in option.opts
        }
        return super().parse_args(ctx, repeat_options(args, repeatable))


def repeat_options(arguments: Sequence[str], repeatable: set[str]) -> list[str]:
    """Write an option before each of its values.

    >>> repeat_options(["--inputs", "1", "10", "--quick"], {"--inputs"})
    ['--inputs', '1', '--inputs', '10', '--quick']
    """
    repeated: list[str] = []
    option = None
    for argument in arguments:
        if argument.startswith("--"):
            name = argument.partition("=")[0]
            option = name if name in repeatable else None
        elif option and repeated[-1] != option:
            repeated.append(option)
        repeated.append(argument)
    return repeated


QUICK = click.Option(["--quick"], is_flag=True, help="Measure less: a minute or two.")
FOLDER = click.Path(file_okay=False, path_type=Path)
OUTPUT = click.Option(
    ["--output"],
    type=FOLDER,
    help=f"Folder for the figures and their data.  [default: {LATEST}]",
)
PUBLISH = click.Option(
    ["--publish"], is_flag=True, help=f"Replace what is published, in {PUBLISHED}."
)
RESUME = click.Option(["--resume"], is_flag=True, help="Continue an unfinished run, if any.")


@click.group(invoke_without_command=True, epilog="Each command has its own --help.")
@click.pass_context
def program(context: click.Context) -> None:
    """Measure what forward and reverse mode cost."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def add_command(experiment: Experiment) -> None:
    @click.pass_obj
    def measure(
        arguments: Sequence[str],
        /,
        quick: bool,
        output: Path | None,
        publish: bool,
        resume: bool,
        **options: Any,
    ) -> None:
        words = [word for word in arguments if word != "--resume"]
        command = f"{PROGRAM} {shlex.join(words)}"
        store = Store(folder(output, publish), experiment.name)
        if publish:
            experiment.refuse_part(options, quick=quick)
        settings = experiment.settled(options, quick=quick, publish=publish)
        if publish:
            refuse_fewer_libraries(settings, store)
        run(experiment, settings, store, resume=resume, command=command)

    own = [each.click() for each in experiment.settings.values() if each.option and each != SEED]
    question = experiment.question
    program.add_command(
        Command(
            experiment.name,
            callback=measure,
            params=[*own, QUICK, SEED.click(), OUTPUT, PUBLISH, RESUME],
            help=question,
            short_help=question,
        )
    )


for each in EXPERIMENTS.values():
    add_command(each)


@program.command(params=[OUTPUT, PUBLISH])
@click.argument("experiment", metavar="EXPERIMENT", type=click.Choice(list(EXPERIMENTS)))
def plot(experiment: str, output: Path | None, publish: bool) -> None:
    """Draw the figures of an experiment again, from its data."""
    redraw(EXPERIMENTS[experiment], Store(folder(output, publish), experiment))


@program.command("report", short_help="Show all experiments on one page.")
@click.option(
    "--output",
    type=FOLDER,
    default=PUBLISHED,
    show_default=True,
    help="Folder of the figures and their data.",
)
@click.pass_obj
def make_report(arguments: Sequence[str], /, output: Path) -> None:
    """Show every experiment that has data on one page: report.html, beside the data."""
    command = f"{PROGRAM} {shlex.join(arguments)}"
    path = report.write(EXPERIMENTS.values(), output, command=command, play=page.examples)
    click.echo(f"wrote {path} ({report.size(path.stat().st_size)})")


@program.command(
    "page",
    cls=Command,
    short_help="Make a page to play with: both modes step by step.",
    params=[
        click.Option(
            ["--function"],
            metavar="NAME",
            help="In place of the examples: your own, package.module:name or file.py:name, of "
            "numbers.",
        ),
        click.Option(
            ["--at"],
            type=click.FLOAT,
            multiple=True,
            metavar="X...",
            help="The point: a number for each of its arguments.",
        ),
        OUTPUT,
        PUBLISH,
    ],
)
def make_page(
    function: str | None, at: tuple[float, ...], output: Path | None, publish: bool
) -> None:
    """Make one page to play with: page.html, which holds all that it needs.

    Both modes go step by step through a graph, and its numbers are eliminated in any order. In the
    page itself other functions can be typed.
    """
    path = page.write(function, at, folder(output, publish))
    click.echo(f"wrote {path} ({report.size(path.stat().st_size)})")


def run_command(arguments: Sequence[str]) -> int:
    """Run a command line; the exit code. What is wrong is said in one line on stderr."""
    try:
        program.main(list(arguments), prog_name=PROGRAM, standalone_mode=False, obj=arguments)
    except click.ClickException as error:
        click.echo(f"{PROGRAM}: {in_one_line(error.format_message())}", err=True)
        return error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    return 0
