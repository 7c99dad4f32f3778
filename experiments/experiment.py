"""What an experiment is, and how one is run: measure, keep, show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from matplotlib.figure import Figure
from rich.console import RenderableType

from admodes import measure
from experiments import console, plotting
from experiments.results import Record, Results, Store

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
    measure: Callable[[Task, Settings], Record]
    """The measurement of a task, with every sample. What it raises stops the run, in one line."""
    rows: Callable[[Results], Sequence[Record]]
    """The results as tidy data, an observation a row: the ``.csv``."""
    table: Callable[[Results], RenderableType]
    draw: Callable[[Results], Figure]


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
    try:
        left = [task for task in tasks if task not in done]
        expected = [experiment.expect(task, settings) for task in left]
        with console.progress(sum(expected)) as bar:
            for task, seconds in zip(left, expected, strict=True):
                bar.begin(" ".join(map(str, task.values())))
                store.append({"task": task, **measured(experiment, task, settings)})
                bar.finish(seconds)
    except KeyboardInterrupt:
        raise Interrupted(
            f"interrupted: {len(store.records())} of {len(tasks)} measurements are in"
            f" {store.partial}; to go on: {command}{'' if resume else ' --resume'}"
        ) from None
    results = store.close()
    console.terminal().print(experiment.table(results))
    show(experiment, store, results)


def measured(experiment: Experiment, task: Task, settings: Settings) -> Record:
    """The measurement of a task; :class:`Failed`, which says of what, where it raises anything."""
    try:
        return experiment.measure(task, settings)
    except Exception as error:  # a user's own function may raise anything
        subject = {**task, "seed": settings.get("seed")}
        where = ", ".join(f"{key} {value}" for key, value in subject.items())
        what = " ".join(str(error).split())
        raise Failed(f"{where}: {type(error).__name__}: {what}") from error


def show(experiment: Experiment, store: Store, results: Results) -> None:
    """Write what is made from the results: tidy data and pictures."""
    tidy = store.write_table(experiment.rows(results))
    pictures = store.path("png"), store.path("svg")
    with plotting.style():
        plotting.save(experiment.draw(results), *pictures)
    console.terminal().print("wrote", store.path("json"), tidy, *pictures, soft_wrap=True)


def redraw(experiment: Experiment, *, output: Path) -> None:
    """Make tidy data and pictures again, from the results on disk."""
    store = Store(output, experiment.name)
    show(experiment, store, store.load())
