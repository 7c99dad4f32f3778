"""What an experiment is, and how one is run: measure, keep, show."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from matplotlib.figure import Figure
from rich.console import RenderableType

from admodes import measure
from experiments.bench import console, plotting
from experiments.bench.results import Record, Results, State, Store

Settings = dict[str, Any]
Task = dict[str, Any]


@dataclass(frozen=True)
class Experiment:
    """A question, and the functions that answer it. Settings, tasks and records are JSON."""

    name: str
    question: str
    options: Sequence[click.Option]
    """Beside those that every experiment has (``__main__.py``)."""
    settings: Callable[..., Settings]
    """All that decides the result, from the options by keyword, `quick` and `seed` among them; may
    raise ``click.UsageError``."""
    plan: Callable[[Settings], Sequence[Task]]
    """What to measure, in order. Each task is measured, and kept on disk, by itself."""
    expect: Callable[[Task, Settings], float]
    """About how many seconds a task takes: for the progress bar."""
    measure: Callable[..., Record]
    """``measure(task, settings)`` is the measurement of a task, with every sample. What it raises
    stops the run, in one line. Where there is a `start`, it is ``measure(task, settings, state)``,
    and puts into `state` what the next task goes on from."""
    rows: Callable[[Results], Sequence[Record]]
    """The results as tidy data, an observation a row: the ``.csv``."""
    table: Callable[[Results], RenderableType]
    draw: Callable[[Results], Figure] | None
    """``None`` where there is no picture, but a table alone."""
    start: Callable[[Settings], State] | None = None
    """The state of the first task, where tasks go on from one another. It is kept on disk with each
    measurement, so a resumed run does what an uninterrupted one does."""
    keep: Callable[[State], State] = dict
    """What `table`, `rows` and `draw` need of the last state: ``Results.arrays``."""
    formats: Sequence[str] = ("png", "svg")
    """Of the pictures; photographs are left out of ``.svg``, where they take megabytes."""
    figures: Mapping[str, Callable[[Results], Figure]] = field(default_factory=dict)
    """Further figures, by the names of their files."""
    animations: Mapping[str, Callable[[Results], Iterable[Figure]]] = field(default_factory=dict)
    """Their frames, by the names of their files."""


class Failed(click.ClickException):
    """A measurement that cannot be had, or must not be believed."""

    exit_code = 1


class Interrupted(click.ClickException):
    """Ctrl-C."""

    exit_code = 130


def run(
    experiment: Experiment, options: dict[str, Any], *, output: Path, resume: bool, command: str
) -> None:
    """Measure what is not on disk yet, then print the table and write data and figures."""
    settings = experiment.settings(**options)
    tasks = experiment.plan(settings)
    store = Store(output, experiment.name)
    header = {
        "experiment": experiment.name,
        "question": experiment.question,
        "command": command,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": settings,
        "machine": measure.describe(("admodes", "numpy", "threadpoolctl")),
    }
    done = [record["task"] for record in store.open(header, resume=resume)]
    state = begin(experiment, settings, store, resumed=bool(done))
    try:
        left = [task for task in tasks if task not in done]
        expected = [experiment.expect(task, settings) for task in left]
        with console.progress(sum(expected)) as bar:
            for task, seconds in zip(left, expected, strict=True):
                bar.begin(" ".join(map(str, task.values())))
                record = measured(experiment, task, settings, state)
                store.append({"task": task, **record}, state)
                bar.finish(seconds)
    except KeyboardInterrupt:
        raise Interrupted(
            f"interrupted: {len(store.records())} of {len(tasks)} measurements are in"
            f" {store.partial}; to go on: {command}{'' if resume else ' --resume'}"
        ) from None
    results = store.close(experiment.keep(state) if state is not None else None)
    console.terminal().print(experiment.table(results))
    show(experiment, store, results)


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
        what = " ".join(str(error).split())
        raise Failed(f"{where}: {type(error).__name__}: {what}") from error


def show(experiment: Experiment, store: Store, results: Results) -> None:
    """Write what is made from the results: tidy data and pictures."""
    tidy = store.write_table(experiment.rows(results))
    pictures: list[Path] = []
    with plotting.style():
        figures = {} if experiment.draw is None else {experiment.name: experiment.draw}
        for name, draw in {**figures, **experiment.figures}.items():
            paths = [store.folder / f"{name}.{suffix}" for suffix in experiment.formats]
            plotting.save(draw(results), *paths)
            pictures += paths
        for name, animate in experiment.animations.items():
            path = store.folder / f"{name}.gif"
            plotting.save_animation(animate(results), path)
            pictures.append(path)
    arrays = [store.path("npz")] if results.arrays else []
    written = store.path("json"), *arrays, tidy, *pictures
    console.terminal().print("wrote", *written, soft_wrap=True)


def redraw(experiment: Experiment, *, output: Path) -> None:
    """Make tidy data and pictures again, from the results on disk."""
    store = Store(output, experiment.name)
    show(experiment, store, store.load(with_arrays=experiment.start is not None))
