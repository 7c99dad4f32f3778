"""The figure of the experiment ``denoise``."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from admodes.measure.words import counted, duration, number
from experiments.bench import plotting
from experiments.bench.console import spread
from experiments.bench.results import Results
from experiments.functions.scalars import generator, noisy_photograph
from experiments.questions.denoise.table import Found, read
from experiments.sides.readings import FormReading, Reading

FORMATS = ("png",)


def draw(results: Results) -> Figure:
    """Above, the pictures; below, the energy and the time of a gradient."""
    found, settings = read(results), results.header["settings"]
    rng = generator(settings["seed"], settings["unknowns"], "denoising")
    photograph, noisy = noisy_photograph(settings["unknowns"], rng)
    figure = plotting.figure(height=8.0)
    figure.suptitle(headline(found))
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.35, 1)).flat
    found_picture, took = results.arrays["picture"], counted(found.iterations, "iteration")
    pictures = {
        f"noisy: PSNR {found.psnrs[0]:.1f} dB": np.clip(noisy, 0, 1),
        f"after {took}: {found.psnrs[-1]:.1f} dB": found_picture,
        "the photograph": photograph,
    }
    panels = above.subplots(1, 3)
    for axes, (title, picture) in zip(panels, pictures.items(), strict=True):
        axes.imshow(picture)
        axes.set_title(title)
        axes.set_axis_off()
    left, right = below.subplots(1, 2, width_ratios=(1, 1.15))
    draw_energy(left, found)
    draw_times(right, found)
    return figure


def draw_energy(axes: Axes, found: Found) -> None:
    axes.plot(found.energies, color=plotting.REVERSE)
    axes.set_title(f"energy, by {found.method}")
    axes.set_xlabel("iteration")
    axes.set_ylim(0, 1.05 * found.energies[0])
    axes.yaxis.set_major_formatter("{x:,.0f}")
    a_second = (
        f"{number(1 / found.iteration.value)} iterations a second,\ngradients by reverse mode"
    )
    if found.program is not None:
        a_second += f"\n(by a program of it: {number(1 / found.program.iteration.value)})"
    axes.text(
        0.97,
        0.95,
        a_second,
        transform=axes.transAxes,
        horizontalalignment="right",
        verticalalignment="top",
    )


def draw_times(axes: Axes, found: Found) -> None:
    """A mark for each mode: solid where the gradient was run in full, hollow where estimated."""
    readings = (found.point.one, *found.point.forms)
    looks = ((plotting.REVERSE, "o"), (plotting.FORWARD, "s"), (plotting.FORWARD_SEVERAL, "^"))
    for x, (reading, (color, marker)) in enumerate(zip(readings, looks, strict=True)):
        plotting.curve(axes, [(x, reading.seconds, reading.full)], name(reading), color, marker)
        axes.annotate(
            written(reading),
            (x, reading.seconds.value),
            xytext=(0, 9 if x == 0 else -9),
            textcoords="offset points",
            horizontalalignment="center",
            verticalalignment="bottom" if x == 0 else "top",
        )
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.set_ylim(low / 2, high * 2)
    plotting.time_ticks(axes)
    axes.set_ylabel("time")
    axes.set_xticks(range(len(readings)), [name(reading) for reading in readings])
    axes.set_xlim(-0.5, len(readings) - 0.5)
    estimated = not all(reading.full for reading in readings)
    axes.set_title(f"one gradient{' (hollow: from a sample of passes)' if estimated else ''}")


def name(reading: Reading) -> str:
    if not isinstance(reading, FormReading):
        return "reverse mode\n1 pass"
    passes, directions = counted(reading.passes, "pass", "es"), counted(reading.k or 1, "direction")
    return f"forward mode\n{passes}\nof {directions}"


def written(reading: Reading) -> str:
    """Its time, with its interval, and where it is from."""
    how = "measured" if reading.full else "estimated"
    return f"{duration(reading.seconds.value)} {spread(reading.seconds)}\n{how}"


def headline(found: Found) -> str:
    form = found.quicker
    would = "takes" if form.full else "would take"
    estimated = "" if form.full else " (estimated)"
    return (
        f"{found.point.n:,} unknowns, denoised in {duration(sum(found.seconds))} with gradients by"
        f" reverse mode;\nby forward mode one gradient {would}"
        f" {duration(form.seconds.value)}{estimated}"
    )


def slide(results: Results) -> Figure:
    """The picture before and after."""
    found, settings = read(results), results.header["settings"]
    rng = generator(settings["seed"], settings["unknowns"], "denoising")
    _, noisy = noisy_photograph(settings["unknowns"], rng)
    figure, axes = plotting.slide(headline(found).replace("\n", " "))
    before = (255 * np.clip(noisy, 0, 1)).astype(np.uint8)
    axes.imshow(np.concatenate([before, results.arrays["picture"]], axis=1))
    axes.set_axis_off()
    return figure
