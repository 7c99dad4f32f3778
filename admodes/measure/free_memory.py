"""How much memory is free, and that no more is taken.

A machine that is out of memory kills the process, which can say nothing any more. So what does not
fit is not begun, as far as that is known; and where it turns out on the way, an allocation fails:
a ``MemoryError``, that says what did not fit.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path

from admodes.measure.timing import resource
from admodes.measure.words import size

ROOT = Path("/")
"""Under which Linux shows what it knows of memory, as files."""
SHARE = 0.9
"""Of what is free, that may be taken: the system and other processes go on working."""


def free() -> float:
    """Bytes that may be taken now: of the machine's, of a container's, by the limits of a process.

    Where the system does not tell what is free it is what the machine has, and where it does not
    tell that either there is no end to it.

    >>> free() > 0
    True
    """
    available = _fields("proc/meminfo").get("MemAvailable", physical())
    machine = SHARE * min([available, *_left_to_containers()])
    return max(min([machine, *_left_to_the_process()]), 0.0)


def does_not_fit(what: str, room: float, error: MemoryError) -> MemoryError:
    """The error that says so, where so much was free."""
    into = f"the {size(room)} of memory that are free" if room < inf else "the memory"
    return MemoryError(f"{what} does not fit into {into}: {error}")


def physical() -> float:
    """Bytes of this machine; infinity where it does not tell."""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return inf


_lock = threading.Lock()
_depth = 0
_before = (-1, -1)


@contextmanager
def within_memory() -> Iterator[None]:
    """What would take more than is free now raises a ``MemoryError``.

    The limit is one of the process, for all of its threads; the first of several such contexts sets
    it, and the last one takes it back. Where the system has none that counts, nothing is done.
    """
    global _depth, _before
    with _lock:
        _depth += 1
        if _depth == 1:
            _before = _lowered()
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if not _depth and resource is not None:
                resource.setrlimit(resource.RLIMIT_DATA, _before)


def _lowered() -> tuple[int, int]:
    """Set the limit; what it was."""
    if resource is None:
        return -1, -1
    before = _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    taken, more = _fields("proc/self/status").get("VmData"), free()
    if taken is not None and more < inf:
        most = int(taken + more)
        own = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (own, hard))
    return before


def _left_to_the_process() -> Iterator[float]:
    taken = _fields("proc/self/status")
    for name, field in (("RLIMIT_AS", "VmSize"), ("RLIMIT_DATA", "VmData")):
        if resource is not None and hasattr(resource, name) and field in taken:
            limit, _ = resource.getrlimit(getattr(resource, name))
            if limit != resource.RLIM_INFINITY:
                yield limit - taken[field]


#: the control groups of Linux, of the second version and of the first: where they are, the files of
#: a limit and of what is taken, and how much of that is a cache, which gives way
GROUPS = {
    "": ("sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
    "memory": (
        "sys/fs/cgroup/memory",
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "total_inactive_file",
    ),
}


def _left_to_containers() -> Iterator[float]:
    for line in _lines("proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        for name in controllers.split(","):
            if name in GROUPS:
                yield from _left_to_groups(path.strip("/"), *GROUPS[name])


def _left_to_groups(path: str, top: str, limit: str, taken: str, cache: str) -> Iterator[float]:
    """Of a group, and of those that it is in; a container may see its own as the topmost one."""
    for group in (Path(path), *Path(path).parents):
        folder = f"{top}/{group}"
        words = [word for file in (limit, taken) for word in _lines(f"{folder}/{file}")]
        if len(words) == 2 and all(word.isdigit() for word in words):
            given, used = map(float, words)
            yield given - used + _fields(f"{folder}/memory.stat").get(cache, 0.0)


def _fields(file: str) -> dict[str, float]:
    """The numbers in a file of lines like ``MemFree: 100 kB``, or ``inactive_file 100``."""
    found = {}
    for line in _lines(file):
        name, *words = line.replace(":", " ").split()
        if words and words[0].isdigit():
            found[name] = float(words[0]) * (1024.0 if words[1:] == ["kB"] else 1.0)
    return found


def _lines(file: str) -> list[str]:
    try:
        return (ROOT / file).read_text(encoding="utf-8").splitlines()
    except OSError:  # another system, or one that hides it
        return []
