"""What do the same derivatives cost in other libraries?

Each library (autograd, mygrad, torch and JAX beside admodes) runs the code of a function in its own
namespace, in a process of its own, together with NumPy's own function: a gradient by reverse mode,
and one tangent, in a random direction, by forward mode. Both come with the value, in double
precision and on one thread. admodes runs three times: as it is, and as programs of either back end.

First each derivative is verified. This first call is where jax.jit and programs trace, record and
compile, and it is timed by itself. Then the libraries take turns, and within a turn so do the
function and both derivatives; every other time the libraries go in reverse order. A time is
relative to that of NumPy's function in the same process and the same round, and libraries are
compared by such ratios of the same rounds.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from importlib import metadata

import click

from experiments.bench.apart import Process
from experiments.bench.results import Record
from experiments.bench.settings import SEED, Setting, Settings, Task, choice
from experiments.questions.peers.apart import MODES
from experiments.questions.peers.cases import CASES, QUICK
from experiments.sides.libraries import (
    HERE,
    OWN,
    PEERS,
    distribution,
    installed,
    those_installed,
)

PATIENCE = 30.0
"""Seconds for a first call: a library that compiles may take minutes, or never end."""

PLACE = 170
SETTINGS = {
    "functions": choice(
        "--function NAME...",
        CASES,
        quick=QUICK,
        shown=f"each of them; with --quick {', '.join(QUICK)}, and one size alone",
    ),
    "libraries": Setting(
        (),
        "--library NAME...",
        f"What to measure beside admodes: {', '.join(PEERS)}.",
        click.Choice(PEERS),
        shown="each that is installed",
    ),
    "quick": Setting(False, quick=True),
    "seconds": Setting(6.0, quick=2.0),
    "turns": Setting(7, quick=3),
    # In a turn.
    "rounds": Setting(3, quick=2),
    "seed": SEED,
}


def settle(settings: Settings) -> Settings:
    asked_for = settings["libraries"]
    absent = [name for name in asked_for if not installed(name)]
    if absent:
        raise click.UsageError(f"{absent[0]} is not installed: 'make peers' installs it")
    peers = [name for name in PEERS if not asked_for or name in asked_for]
    chosen = those_installed((*OWN, *peers))
    # With their versions: a run is not gone on with after one has changed.
    versions = {name: metadata.version(distribution(name)) for name in chosen}
    return {**settings, "libraries": versions}


def plan(settings: Settings) -> list[Task]:
    return [
        {"function": name, "size": size}
        for name in CASES
        if name in settings["functions"]
        for size in CASES[name].sizes[: 1 if settings["quick"] else None]
    ]


def expect(task: Task, settings: Settings) -> float:
    """A process takes a second to start and to verify."""
    return 1.2 * len(settings["libraries"]) + 0.7 * settings["seconds"]


# Measuring


def measure(task: Task, settings: Settings) -> Record:
    with ExitStack() as stack:
        start = partial(prepare, task, settings["seed"], stack)
        benches = {library: start(library) for library in settings["libraries"]}
        # All have loaded before the first is timed.
        found = {library: bench.receive() for library, bench in benches.items()}
        for library in benches:
            benches[library], found[library]["modes"] = verify(library, benches[library], start)
        recording = benches[HERE].ask("recording")
        for library, timings in in_turns(benches, settings).items():
            found[library]["timings"] = timings
    return {**recording, "libraries": found}


def prepare(task: Task, seed: int, stack: ExitStack, library: str) -> Process:
    """A process for a library, which begins to load; its first answer is still to be received."""
    bench = stack.enter_context(Process("experiments.questions.peers.apart"))
    bench.send("prepare", case=task["function"], size=task["size"], library=library, seed=seed)
    return bench


def verify(
    library: str, bench: Process, start: Callable[[str], Process]
) -> tuple[Process, dict[str, Record]]:
    """What was found of each mode; and the process, a new one where a first call took too long."""
    modes: dict[str, Record] = {}
    for mode in MODES:
        try:
            modes[mode] = bench.ask("verify", within=PATIENCE, mode=mode)
        except TimeoutError as error:
            bench = start(library)
            bench.receive()
            for earlier in [name for name, found in modes.items() if "failure" not in found]:
                bench.ask("verify", mode=earlier)
            modes[mode] = {"failure": str(error)}
    return bench, modes


def in_turns(benches: Mapping[str, Process], settings: Settings) -> dict[str, dict[str, Record]]:
    """All samples of every library: of each call, a record as
    :func:`experiments.bench.results.samples`.

    Rounds are counted over all turns, so those of the same number are neighbours in time.
    """
    turns, rounds = settings["turns"], settings["rounds"]
    seconds = settings["seconds"] / turns / len(benches)
    found: dict[str, dict[str, Record]] = {library: {} for library in benches}
    order = list(benches)
    for turn in range(turns):
        for library in order:
            answer = benches[library].ask("turn", rounds=rounds, seconds=seconds)
            for name, own in answer.items():
                all_of = found[library].setdefault(name, {"loops": [], "rounds": [], "seconds": []})
                all_of["loops"].append(own["loops"])
                all_of["rounds"] += [turn * rounds + each for each in own["rounds"]]
                all_of["seconds"] += own["seconds"]
        order.reverse()
    return found
