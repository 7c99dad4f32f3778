"""What does an operation cost in each mode, next to plain NumPy?

Each case, a function at some size, is measured by itself. The function alone and its derivatives in
each mode take turns, and ratios are taken pair by pair. So do derivatives that were recorded once:
as programs of NumPy, and compiled. Two cases ask how the cost of an operation
grows with the recording, and one asks what a step keeps in memory, in a run of its own. With
``--peers`` other libraries run the same code, each in a process of its own, where they take turns
with plain NumPy and with admodes.
"""

from functools import partial
from importlib import metadata

import admodes as ad
from admodes import reverse
from admodes.measure import interleave, peak_bytes
from experiments.bench.results import Record, samples
from experiments.bench.settings import SEED, Setting, Settings, Task, choice
from experiments.functions.small import CASES
from experiments.questions.overhead import apart
from experiments.sides.libraries import HERE, OWN, PEERS, distribution, those_installed

PLACE = 50
SETTINGS = {
    "cases": choice("--case NAME...", CASES, "What to measure"),
    "peers": Setting(
        False,
        "--peers",
        f"Measure other libraries too, where installed: {', '.join(PEERS)}.",
        published=True,
    ),
    "seconds": Setting(6.0, quick=1.0),
    "rounds": Setting(41, quick=9),
    "seed": SEED,
}


def settle(settings: Settings) -> Settings:
    peers = PEERS if settings.pop("peers") else ()
    return {**settings, "libraries": those_installed((*OWN, *peers))}


def plan(settings: Settings) -> list[Task]:
    """A task for each size where sizes are apart, and for each library where it takes part."""
    tasks: list[Task] = []
    for library in settings["libraries"]:
        for case in (CASES[name] for name in CASES if name in settings["cases"]):
            if case.kind == "cost":
                tasks += [{"case": case.name, "size": n, "library": library} for n in case.sizes]
            elif library == HERE:
                tasks.append({"case": case.name, "library": library})
    return tasks


def expect(task: Task, settings: Settings) -> float:
    """Small calls take 20 ms a round, large ones all the time there is; a process 2 s to start."""
    small = task.get("size", 10**6) < 10**6
    start = 0.0 if task["library"] in OWN else 2.0
    return start + (0.02 * settings["rounds"] if small else settings["seconds"])


# Measuring


def measure(task: Task, settings: Settings) -> Record:
    case = CASES[task["case"]]
    return {"cost": cost, "growth": growth, "memory": memory}[case.kind](task, settings)


def cost(task: Task, settings: Settings) -> Record:
    library = task["library"]
    here = library in OWN
    limits = {name: settings[name] for name in ("seed", "seconds", "rounds")}
    record = (apart.measure if here else apart.measure_apart)(**task, **limits)
    return {"version": metadata.version(distribution(library)), **record}


def growth(task: Task, settings: Settings) -> Record:
    """A reverse pass at every size, all of which take turns."""
    case = CASES[task["case"]]
    calls, operations = {}, {}
    for size in map(str, case.sizes):
        f, x = case.input(int(size), settings["seed"])
        _, pullback = ad.vjp(f, x)
        operations[size] = len(pullback.tape)
        calls[size] = partial(reverse.value_and_grad(f), x)
        del pullback
    timings = interleave(
        calls,
        seconds=settings["seconds"],
        rounds=settings["rounds"],
        sample_seconds=apart.SAMPLE_SECONDS,
    )
    return {
        "operations": operations,
        "timings": {size: samples(timing) for size, timing in timings.items()},
    }


def memory(task: Task, settings: Settings) -> Record:
    """Bytes at every size: what the tape says it holds, and the most that a gradient needs."""
    case = CASES[task["case"]]
    held: Record = {}
    for size in case.sizes:
        f, x = case.input(size, settings["seed"])
        _, pullback = ad.vjp(f, x)
        recording = pullback.tape.nbytes
        del pullback
        peak = peak_bytes(partial(reverse.value_and_grad(f), x))
        held[str(size)] = {"array": x.nbytes, "recording": recording, "peak": peak}
    return {"bytes": held}
