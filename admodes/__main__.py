"""The command line: ``python -m admodes compare package.module:function --shape 1000``."""

import contextlib
import json
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from admodes.core.types import Backend, Mode
from admodes.measure.free_memory import within_memory
from admodes.measure.hearing import listening
from admodes.shell import starting
from admodes.shell.failures import Failed, TooLarge, print_traceback
from admodes.shell.inputs import inputs_of, refuse_count
from admodes.shell.targets import load

if TYPE_CHECKING:
    from admodes.choosing.comparison import Comparison

PROGRAM = starting.PROGRAM or starting.MODULE
WRONG = 1
"""The exit code where something is wrong with the derivatives, or the code."""
BROKEN_PIPE = 141
BOTH: tuple[Mode, Mode] = "forward", "reverse"


class Seconds(click.FloatRange):
    """A finite number above zero."""

    name = "number"

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        seconds = super().convert(value, param, ctx)
        if not isfinite(seconds):
            self.fail(f"{value!r} is not finite.", param, ctx)
        return seconds


class AtLeast(click.IntRange):
    name = "integer"


class Written(click.Path):
    """A file to be written at the end: that it can be is asked at the beginning."""

    def __init__(self, formats: Callable[[], Sequence[str]] | None = None) -> None:
        super().__init__(dir_okay=False)
        self.formats = formats

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if not path.parent.is_dir():
            self.fail(f"there is no folder {str(path.parent)!r}.", param, ctx)
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            self.fail(f"{str(path)!r} cannot be written to.", param, ctx)
        if self.formats is not None and path.suffix[1:] not in self.formats():
            known = ", ".join(f".{suffix}" for suffix in sorted(self.formats()))
            self.fail(f"{str(path)!r} must end in one of {known}.", param, ctx)
        return path


def picture_formats() -> list[str]:
    from matplotlib.figure import Figure

    return list(Figure().canvas.get_supported_filetypes())


# What every command asks for: the arguments of the function.
_shapes = click.option(
    "--shape",
    "shapes",
    multiple=True,
    metavar="N,M",
    help="Draw an argument of this shape at random: 1000, or 20,30, or scalar. Once an argument.",
)
_files = click.option(
    "--npy",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read an argument from a file that np.save has written. Once an argument.",
)
_seed = click.option(
    "--seed",
    type=AtLeast(0),
    metavar="SEED",
    default=0,
    show_default=True,
    help="Of what is drawn at random.",
)


@click.group(
    invoke_without_command=True,
    epilog="""\b
Examples:
  admodes compare my_package.losses:loss --shape 1000
  admodes compare path/to/losses.py:loss --npy weights.npy --check
  admodes check path/to/losses.py:loss --shape 1000

check says whether a function can be differentiated, compare --check whether its derivatives are
right. Each command has its own --help. Exit codes: 0, all is well, as far as was looked (compare
without --check may say that it had no time to); 1, the modes or the third opinion disagree, the
function is random, something is not finite, the function raised an error or has to be changed; 2,
what was typed is wrong, or does not fit into the memory; 130, interrupted.""",
)
@click.version_option(package_name="admodes", prog_name="admodes", message="%(prog)s %(version)s")
@click.pass_context
def program(context: click.Context) -> None:
    """Forward mode and reverse mode on plain NumPy code: what each costs, and whether they agree.

    Run it as admodes, or as python -m admodes.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@program.command(
    name="compare",
    short_help="What each mode costs for a function, and whether they agree.",
    epilog="""\b
Examples:
  admodes compare my_package.losses:loss --shape 1000
  admodes compare losses.py:loss --shape 20,30 --shape scalar --seconds 10
  admodes compare losses.py:loss --npy x.npy --json x.json --plot x.png
  admodes compare losses.py:loss --shape 1000 --check   # in CI: 1 if wrong
""",
)
@click.argument("target", metavar="TARGET")
@_shapes
@_files
@_seed
@click.option(
    "--seconds",
    type=Seconds(),
    metavar="SECONDS",
    default=2.0,
    show_default=True,
    help="About how long to measure.",
)
@click.option(
    "--threads",
    type=AtLeast(1),
    metavar="N",
    help="How many threads BLAS may use.",
)
@click.option("--json", "json_file", type=Written(), help="Write all that was found to a file.")
@click.option(
    "--plot", "plot_file", type=Written(picture_formats), help="Draw it, as .png, .svg, .pdf."
)
@click.option(
    "--check", is_flag=True, help="Do not measure: only check the derivatives, and say no more."
)
@click.option("--traceback", is_flag=True, help="Show the whole traceback of an error.")
def compare_command(
    target: str,
    shapes: Sequence[str],
    files: Sequence[Path],
    seed: int,
    seconds: float,
    threads: int | None,
    json_file: Path | None,
    plot_file: Path | None,
    check: bool,
    traceback: bool,
) -> int:
    """What each mode costs for a function, and whether they agree.

    TARGET is package.module:function, or path/to/file.py:function. Its arguments come from
    --shape, from --npy, or from a function make_input(rng) beside it, which gives one argument or
    a tuple of them.
    """
    if check and (json_file or plot_file):
        raise click.UsageError("--check measures nothing: leave out --json and --plot")
    quiet = _quiet() if check else contextlib.nullcontext()
    with quiet, _user_code(target) as (function, args_of):
        args = args_of(shapes, files, seed)
        if check:
            agreed = _agreement(function, args, seed)
        else:
            comparison = _compare(function, args, seconds, seed, threads)
            agreed = comparison.agreement
    click.echo(str(agreed if check else comparison))
    if json_file is not None:
        _write(json_file, lambda: comparison.to_json(json_file))
    if plot_file is not None:
        _write(plot_file, lambda: comparison.plot().savefig(plot_file, dpi=150))
    return 0 if agreed is None or agreed.ok else WRONG


@program.command(
    name="check",
    short_help="What in a function has no rule, or cannot be seen: all of it at once.",
    epilog="""\b
Examples:
  admodes check my_package.losses:loss --shape 1000
  admodes check losses.py:loss --shape 20,30 --shape scalar --json found.json
""",
)
@click.argument("target", metavar="TARGET")
@_shapes
@_files
@_seed
@click.option("--json", "json_file", type=Written(), help="Write all that was found to a file.")
@click.option("--traceback", is_flag=True, help="Show the whole traceback of an error.")
def check_command(
    target: str,
    shapes: Sequence[str],
    files: Sequence[Path],
    seed: int,
    json_file: Path | None,
    traceback: bool,
) -> int:
    """What in a function has no rule, or cannot be seen: each line, and what to write.

    The function is run once, and its source is read, with those of your own that it calls. This
    says whether it can be differentiated; whether the derivatives are right is what compare --check
    says.

    TARGET is package.module:function, or path/to/file.py:function. Its arguments come from
    --shape, from --npy, or from a function make_input(rng) beside it, which gives one argument or
    a tuple of them.
    """
    with _quiet(), _user_code(target) as (function, args_of):
        from admodes.diagnosis.screening import screen

        screening = screen(function, *args_of(shapes, files, seed))
    click.echo(str(screening))
    if json_file is not None:
        text = json.dumps(screening.to_dict(), indent=2, ensure_ascii=False)
        _write(json_file, lambda: json_file.write_text(text + "\n", encoding="utf-8"))
    return 0 if screening.ok else WRONG


@program.command(
    name="program",
    short_help="Both modes of a function as lines of NumPy, side by side.",
    epilog="""\b
Examples:
  admodes program losses.py:loss --at 2.0 --at 1.0
  admodes program my_package.losses:loss --shape 100 --mode reverse
  admodes program losses.py:loss --shape 100 --backend compiled
""",
)
@click.argument("target", metavar="TARGET")
@click.option(
    "--at",
    "texts",
    multiple=True,
    metavar="X,Y",
    help="An argument: a number, or an array of several. Once an argument.",
)
@_shapes
@_files
@_seed
@click.option(
    "--mode",
    type=click.Choice(["value", "forward", "reverse"]),
    help="Only this one's program.",
)
@click.option(
    "--backend",
    type=click.Choice(["numpy", "compiled"]),
    default="numpy",
    show_default=True,
    help="compiled: also say how long compiling takes. What is printed does the same.",
)
@click.option("--traceback", is_flag=True, help="Show the whole traceback of an error.")
def program_command(
    target: str,
    texts: Sequence[str],
    shapes: Sequence[str],
    files: Sequence[Path],
    seed: int,
    mode: Literal["value", "forward", "reverse"] | None,
    backend: Backend,
    traceback: bool,
) -> None:
    """Both modes of a function as lines of NumPy, side by side, with what they take.

    TARGET is package.module:function, or path/to/file.py:function. Its arguments come from --at,
    from --shape, from --npy, or from a function make_input(rng) beside it, which gives one argument
    or a tuple of them. The derivatives are by all of them.
    """
    with _quiet(), _user_code(target) as (function, args_of):
        from admodes.programs import program

        args = args_of(shapes, files, seed, texts)
        every = tuple(range(len(args)))
        modes = (mode,) if mode else BOTH if backend == "compiled" else BOTH[:1]
        made = {
            each: program(function, *args, mode=each, argnums=every, backend=backend)
            for each in modes
        }
        text = str(made[mode]) if mode else str(made["forward"].explain())
    click.echo(text.rstrip())
    if backend == "compiled":
        each = ", ".join(f"{mode} in {p.compile_seconds:.2f} s" for mode, p in made.items())
        click.echo(f"\ncompiled: {each}")


@program.command(
    name="gradbench",
    short_help="A tool of GradBench's: answers its messages, a line of JSON each.",
    epilog="""\b
Example, in a clone of github.com/gradbench/gradbench:
  gradbench run --eval "gradbench repo eval gmm" --tool "python -m admodes gradbench"
""",
)
@click.option(
    "--mode",
    type=click.Choice(["auto", "forward", "reverse"]),
    default="auto",
    show_default=True,
    help="By which derivatives are made. auto: as admodes.jacobian chooses.",
)
@click.option(
    "--threads",
    type=AtLeast(1),
    metavar="N",
    default=1,
    show_default=True,
    help="How many threads BLAS may use. GradBench's own tools take one.",
)
def gradbench_command(mode: Literal["auto", "forward", "reverse"], threads: int) -> None:
    """A tool of GradBench's: it answers the messages of an eval, until there are no more.

    Messages are read from standard input and answered on standard output, a line of JSON each. All
    twelve evals are there: docs/gradbench.md.
    """
    from admodes.measure.timing import blas_threads
    from admodes.shell.gradbench.protocol import NotAMessage, answers

    for name, stream in (("input", sys.stdin), ("output", sys.stdout)):
        if stream is None:  # as a shell's <&- and >&- leave it
            raise click.UsageError(f"standard {name} is what it speaks by, and closed")
    with blas_threads(threads), within_memory():
        try:
            for answer in answers(sys.stdin.buffer, mode):
                click.echo(answer)  # which also flushes
        except NotAMessage as error:
            raise click.UsageError(str(error)) from error


@contextlib.contextmanager
def _user_code(target: str) -> Any:
    """A function of the user's and what reads its arguments; whatever they raise is told."""
    with within_memory():
        module, function = load(target)

        def args_of(
            shapes: Sequence[str], files: Sequence[Path], seed: int, texts: Sequence[str] = ()
        ) -> list[Any]:
            args = inputs_of(module, shapes, files, seed, texts)
            refuse_count(target, function, args)
            return args

        try:
            yield function, args_of
        except click.ClickException:
            raise
        except MemoryError as error:
            raise TooLarge(target, error) from error
        except (Exception, SystemExit) as error:  # a user's own function may raise anything
            raise Failed(target, error) from error


@contextlib.contextmanager
def _quiet() -> Any:
    """What the user's module and function print, and what they warn of, is not shown."""
    with listening(stderr=False, repeat=False), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _agreement(function: Callable[..., Any], args: Sequence[Any], seed: int) -> Any:
    from admodes.diagnosis import agreement

    return agreement(function, *args, seed=seed)


def _compare(
    function: Callable[..., Any],
    args: Sequence[Any],
    seconds: float,
    seed: int,
    threads: int | None,
) -> "Comparison":
    from admodes.choosing.comparing import compare

    every = tuple(range(len(args)))
    return compare(function, *args, argnums=every, seconds=seconds, seed=seed, threads=threads)


def _write(path: Path, write: Callable[[], object]) -> None:
    try:
        write()
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror or error}") from error


def _write_no_more() -> None:
    """Nobody reads on, or a disk is full: what is still to be written would raise at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; the exit code. What is wrong is said in one line on stderr."""
    starting.over()
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        with program.make_context(PROGRAM, given) as context:
            code = program.invoke(context)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.exceptions.Exit as done:  # --help and --version
        return done.exit_code
    except click.ClickException as error:
        if "--traceback" in given:
            print_traceback(error.__cause__)
        click.echo(f"{PROGRAM}: {' '.join(error.format_message().split())}", err=True)
        return error.exit_code
    except (KeyboardInterrupt, EOFError):
        click.echo(f"{PROGRAM}: interrupted", err=True)
        return starting.INTERRUPTED
    except BrokenPipeError:
        _write_no_more()
        return BROKEN_PIPE
    except OSError as error:
        if error.filename is not None:
            raise
        _write_no_more()
        click.echo(f"{PROGRAM}: cannot write: {error.strerror or error}", err=True)
        return 1
    return int(code or 0)


if __name__ == "__main__":
    sys.exit(main())
