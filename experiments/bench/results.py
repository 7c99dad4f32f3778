"""Results on disk: measurements as they come in, and the finished data.

``NAME.partial.jsonl`` holds an unfinished run: a header line (command, settings, machine), then a
line a measurement, each on disk before the next is begun. When all are there they become
``NAME.json``, and the partial file goes.

Where measurements go on from one another (the steps of a training), ``NAME.partial.N.npz`` holds
what the one after the first N begins with: arrays, too large for a line and to be kept to the last
bit. Of the last of them, what is to be shown is kept as ``NAME.npz``.
"""

import csv
import json
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np

from admodes.counting import Cost, Counts
from admodes.measure import Interval, Timing
from experiments.bench.folders import arguments
from experiments.bench.writing import Unwritable, together, whole, write

Record = dict[str, Any]
State = dict[str, np.ndarray]


@dataclass(frozen=True)
class Results:
    """A finished run: how it was made (command, settings, machine, times) and what it found."""

    header: Record
    records: Sequence[Record]
    arrays: State = field(default_factory=dict)
    """What the last measurement left to be shown, where measurements go on from one another."""
    beside: Mapping[str, "Results"] = field(default_factory=dict)
    """What is shown as well: of other experiments, by name, as far as the folder has them."""


class Store:
    """The files of one experiment in one folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name

    def path(self, suffix: str) -> Path:
        return self.folder / f"{self.name}.{suffix}"

    @property
    def partial(self) -> Path:
        return self.path("partial.jsonl")

    def state_path(self, count: int) -> Path:
        """Where the state after so many measurements is."""
        return self.path(f"partial.{count}.npz")

    def open(self, header: Record, *, resume: bool) -> list[Record]:
        """Begin a run, or go on with an unfinished one: the measurements that are there already.

        Raises ``click.UsageError`` where an unfinished run would be lost, or was made with other
        settings or on another machine.
        """
        if not self.partial.exists() or not self.records():
            write(self.partial, line(header))
            self.forget_states()
            return []
        if not resume:
            raise click.UsageError(
                f"{self.partial} is an unfinished run: add --resume to go on with it,"
                " or delete it to begin anew"
            )
        earlier, *records = self._read_partial()
        for key in ("settings", "machine"):
            if earlier[key] != header[key]:
                raise click.UsageError(
                    f"{self.partial} was made with {difference(earlier[key], header[key])}:"
                    f" go on with '{earlier['command']} --resume' where it was begun, or delete it"
                )
        # Without the line that a kill may have cut short.
        write(self.partial, "".join(map(line, (earlier, *records))))
        return records

    def append(self, record: Record, state: State | None = None) -> None:
        """Put a measurement on disk, and before it the state that it left."""
        count = len(self.records()) + 1 if state else 0
        if state:
            with whole(self.state_path(count)) as draft:
                save(draft, state)
        try:
            with self.partial.open("a", encoding="utf-8") as file:
                file.write(line(record))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Unwritable(self.partial, error) from error
        if state:
            self.forget_states(but=count)

    def state(self) -> State:
        """What the measurements that are there have left to go on from."""
        path = self.state_path(len(self.records()))
        try:
            return arrays(path)
        except FileNotFoundError:
            hint = f"delete {self.partial} to begin anew"
            raise click.UsageError(f"there is no {path}: {hint}") from None

    def forget_states(self, but: int | None = None) -> None:
        """Remove what earlier measurements left, and what a kill may have left of a later one."""
        for path in self.folder.glob(f"{self.name}.partial.*.npz*"):
            if but is None or path != self.state_path(but):
                path.unlink()

    def records(self) -> list[Record]:
        """The measurements of the unfinished run."""
        return self._read_partial()[1:]

    def close(self, shown: State | None = None) -> Results:
        """Turn the unfinished run into the finished data, with the arrays to be `shown`."""
        header, *records = self._read_partial()
        header["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
        measurements = ",\n".join(line(record).rstrip() for record in records)
        run = json.dumps(header, indent=1, ensure_ascii=False)
        with together() as another:
            if shown:
                with another(self.path("npz")) as draft:
                    save(draft, shown, np.savez_compressed)
            with another(self.path("json")) as draft:
                text = f'{{"run": {run},\n"measurements": [\n{measurements}\n]}}\n'
                draft.write_text(text, encoding="utf-8")
        self.partial.unlink()
        self.forget_states()
        return Results(header, records, shown or {})

    def load(self, with_arrays: bool = False) -> Results:
        """The finished data; ``click.UsageError`` where there is none."""
        path = self.path("json")
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            header, records = data["run"], data["measurements"]
            return Results(header, records, arrays(self.path("npz")) if with_arrays else {})
        except FileNotFoundError as error:
            hint = f"run 'python -m experiments {self.name}{arguments(self.folder)}' first"
            raise click.UsageError(f"there is no {error.filename}: {hint}") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise click.UsageError(f"cannot read {path}: {error}") from error

    def write_table(self, rows: Sequence[Record]) -> Path:
        """Write tidy data as ``.csv``, a column for each key that any row has."""
        path = self.path("csv")
        names = list(dict.fromkeys(key for row in rows for key in row))
        with whole(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def _read_partial(self) -> list[Record]:
        lines = self.partial.read_text(encoding="utf-8").splitlines(keepends=True)
        try:
            records = [json.loads(text) for text in lines if text.endswith("\n")]
            return [dict(record) for record in records]
        except (TypeError, ValueError) as error:
            raise click.UsageError(f"{self.partial} is damaged, delete it: {error}") from error


def samples(timing: Timing) -> Record:
    """Every sample of a timing, as JSON: seconds a call, to six digits."""
    return {
        "loops": timing.loops,
        "rounds": list(timing.rounds),
        "seconds": [digits(seconds) for seconds in timing.seconds],
    }


def timing(record: Record, factor: float = 1.0) -> Timing:
    """The timing with these :func:`samples`, or of something `factor` times as long."""
    seconds = (seconds * factor for seconds in record["seconds"])
    return Timing(tuple(seconds), tuple(record["rounds"]), record["loops"])


def counts_of(record: Record) -> Counts:
    """What was counted, of a record of it as a dictionary."""
    return Counts(record["primitives"], Cost(**record["cost"]))


def interval_columns(name: str, interval: Interval, measured: bool = True) -> Record:
    """An interval as columns of tidy data: what was measured and what was estimated are apart."""
    value = digits(interval.value)
    return {
        f"{name}_measured": value if measured else None,
        f"{name}_estimated": None if measured else value,
        f"{name}_low": digits(interval.low),
        f"{name}_high": digits(interval.high),
        f"{name}_coverage": digits(interval.coverage),
    }


def digits(value: float) -> float:
    """Six significant digits: what is beyond them is noise."""
    return float(f"{value:.6g}")


def line(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"


def difference(earlier: Record, now: Record) -> str:
    """The first entry that differs, in words."""
    key = next(key for key in {**earlier, **now} if earlier.get(key) != now.get(key))
    shown = [each.get(key, "none") for each in (earlier, now)]
    return f"{key} {shown[0]}, not {shown[1]}"


def save(path: Path, state: State, write: Callable[..., None] = np.savez) -> None:
    write(path, **state)


def arrays(path: Path) -> State:
    """The arrays in a file; ``click.UsageError`` where it is damaged."""
    try:
        with np.load(path) as file:
            return dict(file)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise click.UsageError(f"cannot read {path}: {error}") from error
