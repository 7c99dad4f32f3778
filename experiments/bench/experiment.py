"""What an experiment is, and how one is run: measure, keep, show."""

import os
import re
import sysconfig
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import click
from matplotlib.figure import Figure
from rich.console import RenderableType

import admodes
import experiments
from admodes import measure
from admodes.measure import words
from experiments.bench import console, plotting
from experiments.bench.folders import arguments
from experiments.bench.results import Record, Results, State, Store
from experiments.bench.settings import Setting, Settings, Task
from experiments.bench.writing import Unwritable, alone, together

#: What is written in capitals in a question, being no function.
CAPITALS = {"place", "settings", "beside", "formats", "figures", "animations"}
LAST = 1000
#: How the names of the experiments' own files begin.
OURS = f"{Path(experiments.__file__).parent}{os.sep}"
#: How the names of files begin that no user wrote.
NOBODYS = (
    *(f"{sysconfig.get_path(name)}{os.sep}" for name in ("stdlib", "purelib")),
    f"{Path(admodes.__file__).parent}{os.sep}",
    OURS,
    "<",
)


@dataclass(frozen=True)
class Experiment:
    """A question, and the functions that answer it, as a folder of ``questions/`` has them.

    Tasks and records are JSON.
    """

    name: str
    question: str
    prose: Sequence[str]
    """What is measured and why, as paragraphs."""
    place: int
    """Where it stands in lists and on the page of all; those without one come last."""
    settings: Mapping[str, Setting]
    """All that decides the result."""
    plan: Callable[[Settings], Sequence[Task]]
    """What to measure, in order. May raise ``click.UsageError``."""
    expect: Callable[[Task, Settings], float]
    """About how many seconds a task takes: for the progress bar."""
    measure: Callable[..., Record]
    """``measure(task, settings)`` is the measurement of a task, with every sample. What it raises
    stops the run, in one line. Where there is a `start`, it is ``measure(task, settings, state)``,
    and puts into `state` what the next task goes on from."""
    rows: Callable[[Results], Sequence[Record]]
    """The results as tidy data, an observation a row: the ``.csv``."""
    table: Callable[[Results], RenderableType]
    draw: Callable[[Results], Figure] | None = None
    """``None`` where there is no picture, but a table alone."""
    slide: Callable[[Results], Figure] | None = None
    """The picture for a lecture: one message, one panel, as ``NAME-slide.png``."""
    settle: Callable[[Settings], Settings] = dict
    """What follows from the settings, put in their place; may raise ``click.UsageError``."""
    start: Callable[[Settings], State] | None = None
    """The state of the first task, where tasks go on from one another. It is kept on disk with each
    measurement, so a resumed run does what an uninterrupted one does."""
    keep: Callable[[State], State] = dict
    """What `table`, `rows` and `draw` need of the last state: ``Results.arrays``."""
    beside: Sequence[str] = ()
    """Experiments whose results, where they are in the same folder, are shown as well."""
    formats: Sequence[str] = ("png", "svg")
    """Of the pictures; photographs are left out of ``.svg``, where they take megabytes."""
    figures: Mapping[str, Callable[[Results], Figure]] = field(default_factory=dict)
    """Further figures, by the names of their files."""
    animations: Mapping[str, Callable[[Results], Iterable[Figure]]] = field(default_factory=dict)
    """Their frames, by the names of their files."""

    @classmethod
    def of(cls, package: str) -> "Experiment":
        """That of a folder: its name, the first line of ``experiment.py``, and what there is in
        ``experiment.py``, ``table.py`` and ``figure.py`` under the names of the fields above.

        A folder is a package of Python, whose name has no hyphen, but for each an underscore."""
        files = [f"{package}.{name}" for name in ("experiment", "table", "figure")]
        modules = [import_module(name) for name in files if find_spec(name)]
        own: dict[str, Any] = {"place": LAST}
        for each, module in product(fields(cls), modules):
            name = each.name.upper() if each.name in CAPITALS else each.name
            found = vars(module).get(name)
            if found is not None and not isinstance(found, ModuleType):
                own[each.name] = found
        own["name"] = package.rpartition(".")[2].replace("_", "-")
        own["question"], *own["prose"] = paragraphs(modules[0].__doc__ or "")
        lacking = [
            each.name
            for each in fields(cls)
            if each.name not in own and each.default is each.default_factory is MISSING
        ]
        if lacking:
            raise TypeError(f"{package} has no {', no '.join(lacking)}")
        return cls(**own)

    def settled(
        self, options: Mapping[str, Any], *, quick: bool = False, publish: bool = False
    ) -> Settings:
        """Their values, from what the options of the command line gave."""
        return self.settle(
            {
                name: each.resolved(options, quick=quick, publish=publish)
                for name, each in self.settings.items()
            }
        )

    def refuse_part(self, options: Mapping[str, Any], *, quick: bool) -> None:
        """``click.UsageError`` where a run with these options is not a whole one."""
        parts = ["--quick"] if quick else []
        for each in self.settings.values():
            own, whole = (
                each.resolved(given, quick=False, publish=True) for given in (options, {})
            )
            parts += [each.flag] if own != whole else []
        if parts:
            raise click.UsageError(
                f"only a whole run can be published: leave out {', '.join(parts)}"
            )


def paragraphs(text: str) -> list[str]:
    """Of a docstring, each as one line, without what is markup.

    >>> paragraphs("Why?\\n\\nAs :mod:`a.b` and\\n``c * d`` say, in *their book*.")
    ['Why?', 'As b and c * d say, in their book.']
    """
    plain = re.sub(r":\w+:`~?(?:[\w.]+\.)?(\w+)`|`+([^`]*)`+|\*(\S[^*]*)\*", r"\1\2\3", text)
    return [" ".join(each.split()) for each in plain.split("\n\n")]


def found() -> dict[str, Experiment]:
    """Every experiment there is, by name, in the order of lists: each folder of ``questions/``."""
    folders = (Path(__file__).parents[1] / "questions").glob("*/experiment.py")
    every = [Experiment.of(f"experiments.questions.{path.parent.name}") for path in folders]
    return {each.name: each for each in sorted(every, key=lambda each: (each.place, each.name))}


class Failed(click.ClickException):
    """A measurement that cannot be had, or must not be believed."""

    exit_code = 1


class Interrupted(click.ClickException):
    """Ctrl-C."""

    exit_code = 130


def run(
    experiment: Experiment, settings: Settings, store: Store, *, resume: bool, command: str
) -> None:
    """Measure what is not on disk yet, then print the table and write data and figures.

    Where something cannot be written, :class:`Unwritable`, which says how to go on.
    """
    tasks = experiment.plan(settings)
    header = {
        "experiment": experiment.name,
        "question": experiment.question,
        "command": command,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": settings,
        "machine": measure.describe(("admodes", "numpy", "threadpoolctl")),
    }
    with alone(store.folder):
        carry_out(experiment, tasks, header, store, resume=resume)


def carry_out(
    experiment: Experiment,
    tasks: Sequence[Task],
    header: Record,
    store: Store,
    *,
    resume: bool,
) -> None:
    """As :func:`run`, in a folder that nobody else writes into."""
    settings, command = header["settings"], header["command"]
    again = f"{command} --resume"
    done = [record["task"] for record in store.open(header, resume=resume)]
    state = begin(experiment, settings, store, resumed=bool(done))
    try:
        left = [task for task in tasks if task not in done]
        expected = [experiment.expect(task, settings) for task in left]
        with console.progress(sum(expected)) as bar, measure.listening(stderr=False) as heard:
            for task, seconds in zip(left, expected, strict=True):
                bar.begin(" ".join(map(str, task.values())))
                record = measured(experiment, task, settings, state)
                store.append({"task": task, **record}, state)
                bar.finish(seconds)
        results = store.close(experiment.keep(state) if state is not None else None)
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted: {kept(store, tasks)}; to go on: {again}") from None
    except Unwritable as error:
        more = f" ({kept(store, tasks)}; to go on: {again})"
        raise Unwritable(error.path, error.error, more) from error
    results = with_others(experiment, store, results)
    console.terminal().print(experiment.table(results))
    if heard.count:
        said = words.printed("The function", heard.count, heard.first)
        console.terminal().print(said, markup=False)
    try:
        show(experiment, store, results)
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted: {undrawn(experiment, store)}") from None
    except Unwritable as error:
        more = f" ({undrawn(experiment, store)})"
        raise Unwritable(error.path, error.error, more) from error


def kept(store: Store, tasks: Sequence[Task]) -> str:
    """What of an unfinished run is on disk."""
    return f"{len(store.records())} of {len(tasks)} measurements are in {store.partial}"


def undrawn(experiment: Experiment, store: Store) -> str:
    """What of a finished run is on disk, where what is made from its data could not be written."""
    new = store.path("json").stat().st_mtime_ns
    made = [store.path("csv"), *pictures(experiment, store)]
    older = [path.name for path in made if path.exists() and path.stat().st_mtime_ns < new]
    of_earlier = f"of an earlier run are {', '.join(older)}; " if older else ""
    draw = f"python -m experiments plot {experiment.name}{arguments(store.folder)}"
    return f"the data are in {store.path('json')}; {of_earlier}to draw them: {draw}"


def refuse_fewer_libraries(settings: Settings, store: Store) -> None:
    """``click.UsageError`` where finished data have other libraries than this run will have."""
    if not store.path("json").exists():
        return
    earlier = store.load().header["settings"].get("libraries", ())
    gone = [library for library in earlier if library not in settings["libraries"]]
    if gone:
        raise click.UsageError(
            f"{store.path('json')} also has {', '.join(gone)}, not installed here: 'make peers'"
            " installs what it needs"
        )


def begin(
    experiment: Experiment, settings: Settings, store: Store, *, resumed: bool
) -> State | None:
    """What the first task still to be measured goes on from; None where each is by itself."""
    if experiment.start is None:
        return None
    return store.state() if resumed else experiment.start(settings)


def measured(experiment: Experiment, task: Task, settings: Settings, state: State | None) -> Record:
    """The measurement of a task; :class:`Failed`, which says of what, where it raises anything."""
    try:
        return experiment.measure(task, settings, *([] if state is None else [state]))
    except Exception as error:  # a user's own function may raise anything
        subject = {**task, **{key: settings[key] for key in ("seed",) if key in settings}}
        where = ", ".join(f"{key} {value}" for key, value in subject.items())
        what = words.in_one_line(str(error))
        raise Failed(f"{where}: {type(error).__name__}: {what}{location(error)}") from error


def location(error: BaseException) -> str:
    """The last line on its way that is a user's: of no package that is installed, nor of ours.

    Where there is none, a line of the experiments that has raised without meaning to.
    """
    way = traceback.extract_tb(error.__traceback__)
    last = [each for each in way if not each.filename.startswith(NOBODYS)][-1:]
    if not last and way[-1].filename.startswith(OURS) and not str(way[-1].line).startswith("raise"):
        last = way[-1:]
    return "".join(f" (in {at.name}, {at.filename}, line {at.lineno}: {at.line})" for at in last)


def show(experiment: Experiment, store: Store, results: Results) -> None:
    """Write what is made from the results: tidy data and pictures."""
    tidy = store.write_table(experiment.rows(results))
    arrays = [store.path("npz")] if results.arrays else []
    written = store.path("json"), *arrays, tidy, *draw_pictures(experiment, store, results)
    console.terminal().print("wrote", *written, soft_wrap=True)


def pictures(experiment: Experiment, store: Store) -> list[Path]:
    """The files that :func:`draw_pictures` writes."""
    names = [] if experiment.draw is None else [experiment.name]
    return [
        *(
            store.folder / f"{name}.{suffix}"
            for name in [*names, *experiment.figures]
            for suffix in experiment.formats
        ),
        *([] if experiment.slide is None else [slide_path(experiment, store)]),
        *(store.folder / f"{name}.gif" for name in experiment.animations),
    ]


def slide_path(experiment: Experiment, store: Store) -> Path:
    return store.folder / f"{experiment.name}-slide.png"


def draw_pictures(experiment: Experiment, store: Store, results: Results) -> list[Path]:
    """All of them, or none: what there is shows the same data."""
    with plotting.style(), together() as another:
        figures = {} if experiment.draw is None else {experiment.name: experiment.draw}
        for name, draw in {**figures, **experiment.figures}.items():
            drawing = draw(results)
            for suffix in experiment.formats:
                with another(store.folder / f"{name}.{suffix}") as path:
                    plotting.save(drawing, path)
        if experiment.slide is not None:
            with another(slide_path(experiment, store)) as path, plotting.style(slide=True):
                plotting.save(experiment.slide(results), path, dpi=plotting.SLIDE_DPI)
        for name, animate in experiment.animations.items():
            with another(store.folder / f"{name}.gif") as path:
                plotting.save_animation(animate(results), path)
    return pictures(experiment, store)


def with_others(experiment: Experiment, store: Store, results: Results) -> Results:
    """Results, and those of other experiments that are shown beside them."""
    others = {name: Store(store.folder, name) for name in experiment.beside}
    beside = {name: each.load() for name, each in others.items() if each.path("json").exists()}
    return replace(results, beside=beside)


def finished(experiment: Experiment, store: Store) -> Results:
    """What is on disk to be shown; ``click.UsageError`` where there is none."""
    own = store.load(with_arrays=experiment.start is not None)
    return with_others(experiment, store, own)


def redraw(experiment: Experiment, store: Store) -> None:
    """Make tidy data and pictures again, from the results on disk."""
    results = finished(experiment, store)
    with alone(store.folder):
        show(experiment, store, results)
