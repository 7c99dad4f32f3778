"""Results on disk: measurements as they come in, and the finished data.

``NAME.partial.jsonl`` holds an unfinished run: a header line (command, settings, machine), then a
line a measurement, each on disk before the next is begun. When all are there they become
``NAME.json``, and the partial file goes.
"""

import csv
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from admodes.measure import Interval, Timing

Record = dict[str, Any]


@dataclass(frozen=True)
class Results:
    """A finished run: how it was made (command, settings, machine, times) and what it found."""

    header: Record
    records: Sequence[Record]


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

    def open(self, header: Record, *, resume: bool) -> list[Record]:
        """Begin a run, or go on with an unfinished one: the measurements that are there already.

        Raises ``click.UsageError`` where an unfinished run would be lost, or was made with other
        settings or on another machine, or where the folder cannot be written to.
        """
        if not self.partial.exists() or not self.records():
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                self.partial.write_text(line(header), encoding="utf-8")
            except OSError as error:
                raise click.UsageError(
                    f"cannot write to {self.folder}: {error.strerror}"
                ) from error
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
                    f"{self.partial} was made with another {difference(earlier[key], header[key])}:"
                    f" go on with '{earlier['command']} --resume' where it was begun, or delete it"
                )
        # Without the line that a kill may have cut short.
        replace(self.partial, "".join(map(line, (earlier, *records))))
        return records

    def append(self, record: Record) -> None:
        """Put a measurement on disk."""
        with self.partial.open("a", encoding="utf-8") as file:
            file.write(line(record))
            file.flush()
            os.fsync(file.fileno())

    def records(self) -> list[Record]:
        """The measurements of the unfinished run."""
        return self._read_partial()[1:]

    def close(self) -> Results:
        """Turn the unfinished run into the finished data."""
        header, *records = self._read_partial()
        header["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
        measurements = ",\n".join(line(record).rstrip() for record in records)
        run = json.dumps(header, indent=1, ensure_ascii=False)
        replace(self.path("json"), f'{{"run": {run},\n"measurements": [\n{measurements}\n]}}\n')
        self.partial.unlink()
        return Results(header, records)

    def load(self) -> Results:
        """The finished data; ``click.UsageError`` where there is none."""
        path = self.path("json")
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return Results(data["run"], data["measurements"])
        except FileNotFoundError:
            hint = f"run 'python -m experiments {self.name}' first"
            raise click.UsageError(f"there is no {path}: {hint}") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise click.UsageError(f"cannot read {path}: {error}") from error

    def write_table(self, rows: Sequence[Record]) -> Path:
        """Write tidy data as ``.csv``, a column for each key that any row has."""
        path = self.path("csv")
        names = list(dict.fromkeys(key for row in rows for key in row))
        with path.open("w", encoding="utf-8", newline="") as file:
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
    return f"{key} ({earlier.get(key)}, not {now.get(key)})"


def replace(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(path.name + ".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
