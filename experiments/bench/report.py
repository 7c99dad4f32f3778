"""One page that shows every experiment: ``python -m experiments report``.

The page is made from what is in the folder, and the page to play with from small functions, so
making it again changes no byte. It holds all that it shows (figures as data URIs, which also keeps
the ids of one SVG apart from those of another), and loads nothing. An SVG is an eighth of its size
when compressed, which the page undoes; of a ``.csv`` it makes a table when that is looked at, since
all their cells together are half a million elements.
"""

import base64
import csv
import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from io import StringIO
from pathlib import Path
from string import Template

import click
from rich.console import Console, RenderableType
from rich.segment import Segment

from admodes.measure.words import counted, duration, size
from experiments.bench.console import PLAIN, WIDE
from experiments.bench.experiment import Experiment, finished
from experiments.bench.folders import arguments
from experiments.bench.results import Record, Results, Store
from experiments.bench.writing import write as write_whole

TEMPLATE = Path(__file__).with_suffix(".html")
NAME = "report.html"
TITLE = "Forward and reverse mode, measured"

#: What a gradient is comes before what one costs.
FIRST = "graph"
#: Tables with more lines are folded up at first.
SHORT = 20
TYPES = {".png": "image/png", ".gif": "image/gif"}
#: How an SVG begins: its width and its height, in points.
SIZE, HEAD = re.compile(r'width="([\d.]+)pt" height="([\d.]+)pt"'), 1000
COLORS = {"red", "green", "yellow"}


@dataclass(frozen=True)
class Finished:
    """An experiment that has data, and its data."""

    experiment: Experiment
    results: Results
    folder: Path

    @property
    def name(self) -> str:
        return self.experiment.name


def write(
    experiments: Iterable[Experiment], folder: Path, *, command: str, play: Callable[[], str]
) -> Path:
    """Write the page of all that has data in the folder; ``click.UsageError`` where nothing has.

    `play` makes another page, which is shown within it, to play with.
    """
    experiments = sorted(experiments, key=lambda each: each.name != FIRST)
    found, missing = list[Finished](), list[Experiment]()
    for experiment in experiments:
        store = Store(folder, experiment.name)
        if store.path("json").exists():
            found.append(Finished(experiment, finished(experiment, store), folder))
        else:
            missing.append(experiment)
    if not found:
        names = ", ".join(experiment.name for experiment in experiments)
        raise click.UsageError(
            f"there is no data in {folder}: run 'python -m experiments NAME{arguments(folder)}'"
            f" first, NAME one of {names}"
        )
    path = folder / NAME
    write_whole(path, page(found, missing, command, play()))
    return path


def page(shown: Sequence[Finished], missing: Sequence[Experiment], command: str, play: str) -> str:
    template = Template(TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute(
        title=TITLE,
        lead=lead(shown),
        contents="\n".join(map(entry, shown)),
        missing=still_missing(missing, shown[0].folder),
        play=escape(play),
        sections="\n".join(map(section, shown)),
        command=escape(command),
    )


def lead(shown: Sequence[Finished]) -> str:
    """What is shown, and of when: the words come from the data."""
    days = sorted({moment(each.results.header["started"]).date().isoformat() for each in shown})
    when = f"on {days[0]}" if len(days) == 1 else f"from {days[0]} to {days[-1]}"
    machines = {json.dumps(each.results.header["machine"]) for each in shown}
    where = "one machine" if len(machines) == 1 else "more than one machine or set of versions"
    return (
        "The same functions, the same rules, the same arrays: only the direction in which local"
        f" derivatives are multiplied differs. {counted(len(shown), 'experiment')}, run {when}"
        f" on {where}. Click a figure to enlarge it, or a heading of a table to sort by it."
    )


def entry(each: Finished) -> str:
    name = escape(each.name)
    return (
        f'<li><a href="#{name}">{name}</a> <small>{escape(each.experiment.question)}</small></li>'
    )


def code(command: str) -> str:
    """A command in a line of text, which may be broken, but not after the hyphens of an option."""
    words = escape(command).split(" ")
    shown = [f'<span class="option">{each}</span>' if each[:1] == "-" else each for each in words]
    return f"<code>{' '.join(shown)}</code>"


def still_missing(missing: Sequence[Experiment], folder: Path) -> str:
    if not missing:
        return ""
    lines = "\n".join(
        f"<li>{code(f'python -m experiments {each.name}{arguments(folder)}')}"
        f" <small>{escape(each.question)}</small></li>"
        for each in missing
    )
    return f'<div id="missing"><h3>Not run yet</h3>\n<ul>\n{lines}\n</ul></div>'


def section(each: Finished) -> str:
    name = escape(each.name)
    parts = (
        f'<section id="{name}" aria-labelledby="{name}-question">',
        f'<h2 id="{name}-question"><span class="name">{name}:</span>'
        f" {escape(each.experiment.question)}</h2>",
        *(f"<p>{escape(text)}</p>" for text in each.experiment.prose),
        *figures(each),
        printed(each),
        data(each),
        origin(each),
        "</section>",
    )
    return "\n".join(parts)


# Figures


def figures(each: Finished) -> Iterator[str]:
    """Every picture of an experiment: as a vector graphic where it has one."""
    experiment = each.experiment
    suffix = "svg" if "svg" in experiment.formats else experiment.formats[0]
    drawn = [] if experiment.draw is None else [experiment.name]
    names = [f"{name}.{suffix}" for name in (*drawn, *experiment.figures)]
    for name in (*names, *(f"{name}.gif" for name in experiment.animations)):
        path = each.folder / name
        yield figure(path, experiment.question) if path.exists() else lacking(each, path)


def figure(path: Path, question: str) -> str:
    name, content = escape(path.name), path.read_bytes()
    if path.suffix == ".svg":
        source = f'data-packed="{encoded(gzip.compress(content, mtime=0))}"'
        if found := SIZE.search(content[:HEAD].decode()):  # nothing moves when it is there
            source += f' style="aspect-ratio: {found[1]} / {found[2]}"'
    else:
        source = f'src="data:{TYPES[path.suffix]};base64,{encoded(content)}"'
    drawn = "" if path.suffix == ".png" else ' class="drawn"'  # what is not may be a photograph
    return (
        f'<figure><button type="button" class="zoomable" title="Enlarge {name}">'
        f'<img {source} alt="{name}: {escape(question)}" data-name="{name}"{drawn}>'
        "</button>\n"
        f"<figcaption>{name}, {size(len(content))}</figcaption></figure>"
    )


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def lacking(each: Finished, path: Path) -> str:
    command = f"python -m experiments plot {each.name}{arguments(each.folder)}"
    return (
        f'<p class="note">There is no {escape(path.name)}: {code(command)}'
        " makes it from the data.</p>"
    )


# Tables


def printed(each: Finished) -> str:
    """The table as the command prints it."""
    text = terminal_html(each.experiment.table(each.results))
    lines = text.count("\n") + 1
    return folded(
        f"As the command prints it ({counted(lines, 'line')})",
        f'<pre class="scroll" {reachable(f"{each.name}, as printed")}>{text}</pre>',
        shown=lines <= 2 * SHORT or each.experiment.draw is None,
    )


def terminal_html(table: RenderableType) -> str:
    """What the terminal would show, its bold and coloured words as such."""
    console = Console(file=StringIO(), width=WIDE, **PLAIN)
    text = "".join(map(segment_html, console.render(table)))
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def segment_html(segment: Segment) -> str:
    text, style = escape(segment.text, quote=False), segment.style
    if style is None or segment.control or not text.strip():
        return "" if segment.control else text
    color = style.color.name if style.color else ""
    classes = [*([color] if color in COLORS else []), *(["dim"] if style.dim else [])]
    if classes:
        text = f'<span class="{" ".join(classes)}">{text}</span>'
    return f"<b>{text}</b>" if style.bold else text


def data(each: Finished) -> str:
    """The tidy data, an observation a row: as text, of which the page makes a table."""
    path = Store(each.folder, each.name).path("csv")
    if not path.exists():
        return lacking(each, path)
    text = path.read_text(encoding="utf-8")
    names, *rows = csv.reader(StringIO(text))
    return folded(
        f"Data: {counted(len(rows), 'row')}, {counted(len(names), 'column')} ({path.name})",
        f'<div class="scroll" {reachable(path.name)}>'
        f'<pre data-csv="{escape(path.name)}">{escape(text, quote=False)}</pre></div>',
        shown=len(rows) <= SHORT,
    )


def folded(summary: str, content: str, *, shown: bool) -> str:
    opened = " open" if shown else ""
    return f"<details{opened}><summary>{escape(summary)}</summary>\n{content}\n</details>"


def reachable(label: str) -> str:
    """What lets a box that scrolls be reached, and scrolled, by the keyboard."""
    return f'tabindex="0" role="region" aria-label="{escape(label)}"'


# Where it is from


def origin(each: Finished) -> str:
    """Command, date, seed, machine and versions."""
    header = each.results.header
    settings = json.dumps(header["settings"], ensure_ascii=False)
    began, ended = moment(header["started"]), moment(header["finished"])
    took = (ended - began).total_seconds()
    entries = {
        "date": f"{began:%Y-%m-%d %H:%M} UTC"
        + (f", finished {duration(took)} later" if took else ""),
        "seed": str(header["settings"].get("seed", "none: nothing is drawn at random")),
        "machine": machine(header["machine"]),
        "versions": versions(header["machine"]),
    }
    lines = "\n".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in entries.items())
    command = escape(header["command"])
    return (
        f'<h3>How it was made</h3>\n<pre class="command wrapped">{command}</pre>\n'
        f"<dl>\n{lines}\n<dt>settings</dt><dd><code>{escape(settings)}</code></dd>\n</dl>"
    )


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def machine(record: Record) -> str:
    variables = [f"{name}={value}" for name, value in record["environment"].items()]
    cores = counted(record["cores"], "core")
    return ", ".join((record["processor"], cores, record["system"], *variables))


def versions(record: Record) -> str:
    packages = [f"{name} {version}" for name, version in record["packages"].items() if version]
    blas = [" ".join(filter(None, library.values())) for library in record["blas"]]
    return ", ".join((record["python"], *packages, *blas))
