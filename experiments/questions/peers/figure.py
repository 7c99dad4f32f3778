"""The figure of the experiment ``peers``."""

from collections.abc import Iterator, Sequence
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.peers.apart import MODES
from experiments.questions.peers.table import (
    DERIVATIVES,
    RIVAL,
    Reading,
    few_words,
    found,
    read,
    standing,
)
from experiments.sides.libraries import COMPILED, HERE, OWN, PROGRAM
from experiments.sides.libraries_figure import (
    IN_A_LINE,
    LOOKS,
    apart_by_lines,
    dots,
    lines_of,
    name_rows,
    rows_height,
)

WAYS = {HERE: "", PROGRAM: ",\nas a program", COMPILED: ",\ncompiled"}
NUMPY = "NumPy’s f alone"
CHARACTERS = 130
"""In a line of small print, across the figure."""


def draw(results: Results) -> Figure:
    """A panel a mode, a row a case, a dot a library: its time relative to that of admodes."""
    readings = read(results)
    labels = list(dict.fromkeys(map(label, readings)))
    libraries = [name for name in LOOKS if any(each.library == name for each in readings)]
    notes = fill(note(readings), CHARACTERS)
    lines = 1 + notes.count("\n")
    figure = plotting.figure(2.1 + 0.17 * lines + rows_height(len(labels), len(libraries)))
    figure.suptitle(headline(readings))
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, mode in zip(panels, MODES, strict=True):
        draw_mode(axes, [each for each in readings if each.mode == mode], labels, libraries)
        axes.set_title(f"{mode} mode: {DERIVATIVES[mode]}")
    name_rows(panels[0], labels)
    low, high = panels[0].get_xlim()
    for axes in panels:  # the part where admodes loses
        axes.axvspan(low, 1, color=plotting.GUIDE, alpha=0.12, linewidth=0)
        axes.set_xlim(low, high)
    legend = {
        name: handle
        for axes in panels
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    order = [name for name in (*LOOKS, NUMPY) if name in legend]
    handles = [legend[name] for name in order]
    figure.legend(
        handles,
        order,
        loc="outside lower center",
        ncols=min(len(order), IN_A_LINE),
        columnspacing=1.2,
        title=notes,  # where the small print keeps clear of all else
        title_fontsize=8,
        alignment="left",
    )
    return figure


def label(reading: Reading) -> str:
    return f"{reading.case.name}, {reading.size:,} {reading.case.counts}"


def draw_mode(
    axes: Axes, readings: Sequence[Reading], labels: Sequence[str], libraries: Sequence[str]
) -> None:
    for library in libraries:
        own = [each for each in readings if each.library == library and each.measured]
        y = lines_of([labels.index(label(each)) for each in own], library, libraries)
        if own:
            dots(axes, [each.relative for each in found(own)], y, library)
    here = [each for each in readings if each.library == HERE]
    axes.plot(
        [1 / each.cost.value for each in found(here)],
        [labels.index(label(each)) for each in here],
        color=plotting.FUNCTION,
        linestyle="",
        marker="|",
        markersize=14,
        label=NUMPY,
    )
    axes.axvline(1, color=plotting.BLACK, linewidth=1)
    axes.set_xlabel("time relative to admodes")
    apart_by_lines(axes, len(labels))


def headline(readings: Sequence[Reading]) -> str:
    """In how many cases a gradient by admodes is the quicker, against each library."""
    counts = [f"{library}’s in {of}" for library, way, of, _ in quicker(readings) if way == HERE]
    if not counts:
        return "Gradients by admodes alone: no other library is installed"
    said = [fill(f"A gradient by admodes is quicker than {', '.join(counts)} cases", 84)]
    programs = [f"{way} in {of}" for _, way, of, _ in quicker(readings) if way != HERE]
    if programs:
        said.append(f"Quicker than {RIVAL}’s: {', '.join(programs)}")
    return "\n".join(said)


def quicker(readings: Sequence[Reading]) -> Iterator[tuple[str, str, str, float]]:
    """A library, a way of admodes, in how many cases that has a gradient sooner, and their share.

    Programs are held against what compiles, too.
    """
    gradients = [each for each in readings if each.mode == "reverse" and each.measured]
    measured = {each.library for each in gradients}
    peers = [library for library in LOOKS if library in measured.difference(OWN)]
    programs = [(RIVAL, way) for way in OWN[1:] if {RIVAL, way} <= measured]
    for library, way in (*((library, HERE) for library in peers), *programs):
        own = [each for each in gradients if each.library == library]
        won, _, _ = standing(own, way)
        yield library, way, f"{len(won)} of {len(own)}", len(won) / len(own)


def note(readings: Sequence[Reading]) -> str:
    """How to read it, and what is not in it."""
    said = "Shaded, left of the line: quicker than admodes."
    absent: dict[str, dict[str, None]] = {}
    for each in readings:
        if each.failure:
            words = few_words(each.failure)
            what = f"no {each.mode} mode" if words == "no mode" else f"{each.case.name} ({words})"
            absent.setdefault(each.library, {})[what] = None
    gaps = [f"{library}: {', '.join(what)}" for library, what in absent.items()]
    return f"{said} Not there: {'; '.join(gaps)}." if gaps else said


def slide(results: Results) -> Figure:
    """Of each library, in how many cases admodes is the quicker."""
    figure, axes = plotting.slide("In how many cases is a gradient by admodes the quicker one?")
    shares, texts = {}, []
    for library, way, of, share in quicker(read(results)):
        shares[f"than {library}’s{WAYS[way]}"] = share
        texts.append(of)
    if shares:
        plotting.bars(axes, shares, [plotting.REVERSE], texts)
        axes.set_xlim(0, 1.15)
    else:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "no other library is installed", ha="center")
    return figure
