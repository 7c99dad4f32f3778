"""The same derivatives by other libraries: by admodes, autograd, mygrad, torch and JAX.

Each library runs the code of a function in its own namespace (:mod:`experiments.sides.libraries`),
in a process of its own, together with NumPy's own function: a gradient by reverse mode, and one
tangent, in a random direction, by forward mode, both with the value, in double precision and on one
thread.

First each derivative is verified. Then the libraries take turns, and in a turn the function and
both derivatives do; every other time all libraries go in the reverse order. A time is relative to
that of NumPy's function in the same process and the same round, and libraries are compared by such
ratios of the same rounds.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from importlib import metadata

import click

from experiments.bench.apart import Process
from experiments.bench.experiment import Experiment, Settings, Task
from experiments.bench.results import Record
from experiments.questions.peers import figure, table
from experiments.questions.peers.apart import MODES
from experiments.questions.peers.cases import CASES, QUICK
from experiments.sides.libraries import HERE, PEERS, distribution, installed, installed_peers

SECONDS, QUICK_SECONDS = 6.0, 2.0
TURNS, QUICK_TURNS = 7, 3
ROUNDS, QUICK_ROUNDS = 3, 2
"""In a turn."""
PATIENCE = 30.0
"""Seconds for a first call: a library that compiles may take minutes, or never end."""

OPTIONS = (
    click.Option(
        ["--function"],
        type=click.Choice(list(CASES)),
        multiple=True,
        metavar="NAME...",
        help=f"What to differentiate: {', '.join(CASES)} (default: each of them; with"
        f" --quick {', '.join(QUICK)}, and one size alone).",
    ),
    click.Option(
        ["--library"],
        type=click.Choice(PEERS),
        multiple=True,
        metavar="NAME...",
        help=f"What to measure beside admodes: {', '.join(PEERS)} (default: each that is"
        " installed).",
    ),
)


def settings(
    *, function: Sequence[str], library: Sequence[str], quick: bool, seed: int
) -> Settings:
    absent = [name for name in library if not installed(name)]
    if absent:
        raise click.UsageError(f"{absent[0]} is not installed: 'make peers' installs it")
    chosen = [name for name in PEERS if name in library] if library else installed_peers()
    return {
        "functions": [name for name in CASES if name in (function or (QUICK if quick else CASES))],
        # With their versions: a run is not gone on with after one has changed.
        "libraries": {name: metadata.version(distribution(name)) for name in (HERE, *chosen)},
        "quick": quick,
        "seconds": QUICK_SECONDS if quick else SECONDS,
        "turns": QUICK_TURNS if quick else TURNS,
        "rounds": QUICK_ROUNDS if quick else ROUNDS,
        "seed": seed,
    }


def plan(settings: Settings) -> list[Task]:
    return [
        {"function": name, "size": size}
        for name in settings["functions"]
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


EXPERIMENT = Experiment(
    name="peers",
    question="What do the same derivatives cost in other libraries?",
    options=OPTIONS,
    settings=settings,
    plan=plan,
    expect=expect,
    measure=measure,
    rows=table.rows,
    table=table.table,
    draw=figure.draw,
)
