"""The command line: ``python -m experiments``."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from experiments.bench import report
from experiments.bench.experiment import Experiment, Interrupted, redraw, run
from experiments.questions.accuracy import experiment as accuracy
from experiments.questions.backward import experiment as backward
from experiments.questions.bounds import experiment as bounds
from experiments.questions.chunks import experiment as chunks
from experiments.questions.crossover import experiment as crossover
from experiments.questions.denoise import experiment as denoise
from experiments.questions.graph import experiment as graph
from experiments.questions.kinks import experiment as kinks
from experiments.questions.memory import experiment as memory
from experiments.questions.nesting import experiment as nesting
from experiments.questions.network import experiment as network
from experiments.questions.outputs import experiment as outputs
from experiments.questions.overhead import experiment as overhead
from experiments.questions.peers import experiment as peers
from experiments.questions.recommend import experiment as recommend
from experiments.questions.speedup import experiment as speedup
from experiments.questions.workloads import experiment as workloads

#: Every experiment there is: a new one is named here.
EXPERIMENTS = {
    each.name: each
    for each in (
        speedup.EXPERIMENT,
        outputs.EXPERIMENT,
        crossover.EXPERIMENT,
        chunks.EXPERIMENT,
        overhead.EXPERIMENT,
        backward.EXPERIMENT,
        network.EXPERIMENT,
        denoise.EXPERIMENT,
        graph.EXPERIMENT,
        recommend.EXPERIMENT,
        bounds.EXPERIMENT,
        memory.EXPERIMENT,
        nesting.EXPERIMENT,
        accuracy.EXPERIMENT,
        kinks.EXPERIMENT,
        workloads.EXPERIMENT,
        peers.EXPERIMENT,
    )
}

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


QUICK = click.Option(["--quick"], is_flag=True, help="Measure less: under a minute.")
SEED = click.Option(
    ["--seed"],
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="SEED",
    help="Of what is drawn at random: inputs, and passes where only some are run.",
)
OUTPUT = click.Option(
    ["--output"],
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("figures"),
    show_default=True,
    help="Folder for the figures and their data.",
)
RESUME = click.Option(["--resume"], is_flag=True, help="Go on with an unfinished run, if any.")


@click.group(invoke_without_command=True, epilog="Each command has its own --help.")
@click.pass_context
def program(context: click.Context) -> None:
    """Measure what forward and reverse mode cost."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def add_command(experiment: Experiment) -> None:
    @click.pass_obj
    def measure(arguments: Sequence[str], /, output: Path, resume: bool, **options: Any) -> None:
        words = [word for word in arguments if word != "--resume"]
        command = f"{PROGRAM} {shlex.join(words)}"
        run(experiment, options, output=output, resume=resume, command=command)

    question = experiment.question
    options: list[click.Parameter] = [*experiment.options, QUICK, SEED, OUTPUT, RESUME]
    program.add_command(
        Command(
            experiment.name, callback=measure, params=options, help=question, short_help=question
        )
    )


for each in EXPERIMENTS.values():
    add_command(each)


@program.command(params=[OUTPUT])
@click.argument("experiment", type=click.Choice(list(EXPERIMENTS)))
def plot(experiment: str, output: Path) -> None:
    """Draw the figures of an experiment again, from its data."""
    redraw(EXPERIMENTS[experiment], output=output)


@program.command("report", params=[OUTPUT], short_help="Show them all on one page.")
@click.pass_obj
def make_report(arguments: Sequence[str], /, output: Path) -> None:
    """Show every experiment that has data on one page: report.html, beside the data."""
    command = f"{PROGRAM} {shlex.join(arguments)}"
    path = report.write(EXPERIMENTS.values(), output, command=command)
    click.echo(f"wrote {path} ({report.size(path.stat().st_size)})")


def main(arguments: Sequence[str]) -> int:
    """Run a command line; the exit code. What is wrong is said in one line on stderr."""
    try:
        program.main(list(arguments), prog_name=PROGRAM, standalone_mode=False, obj=arguments)
    except click.ClickException as error:
        message = " ".join(error.format_message().split())
        click.echo(f"{PROGRAM}: {message}", err=True)
        return error.exit_code
    except click.Abort:  # Ctrl-C outside a measurement: nothing is lost
        click.echo(f"{PROGRAM}: interrupted", err=True)
        return Interrupted.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
