"""How much memory is free, by what a system tells; and that no more is taken."""

import os
import subprocess
import sys
import threading
from math import inf

import numpy as np
import pytest

from admodes.measure import free_memory

resource = pytest.importorskip("resource")
MB = 1_000_000


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A system that tells nothing, of which files may say more."""
    monkeypatch.setattr(free_memory, "ROOT", tmp_path)
    monkeypatch.setattr(free_memory, "SHARE", 1.0)
    monkeypatch.delattr(os, "sysconf")

    def tells(**files):
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return tells


def test_where_nothing_is_told_there_is_no_end(system):
    assert free_memory.free() == free_memory.physical() == inf
    with free_memory.within_memory():
        assert np.ones(10).sum() == 10


def test_what_the_machine_has_stands_in_for_what_is_free(system, monkeypatch):
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 100, "SC_PAGE_SIZE": 4096}.get, False)
    assert free_memory.free() == 409_600
    system(proc__meminfo="MemTotal:  900 kB\nMemAvailable:     300 kB\n")
    assert free_memory.free() == 307_200
    monkeypatch.setattr(free_memory, "SHARE", 0.5)
    assert free_memory.free() == 153_600


def test_a_container_has_less(system):
    system(
        proc__meminfo="MemAvailable: 9000 kB\n",
        proc__self__cgroup="0::/pod/one\n",
        sys__fs__cgroup__pod__one__memory_dot_max="max\n",
        sys__fs__cgroup__pod__one__memory_dot_current="70\n",
        sys__fs__cgroup__pod__memory_dot_max="1000\n",
        sys__fs__cgroup__pod__memory_dot_current="900\n",
        sys__fs__cgroup__pod__memory_dot_stat="anon 700\ninactive_file 200\n",
    )
    assert free_memory.free() == 1000 - 900 + 200


def test_a_container_that_sees_its_own_group_at_the_top(system):
    system(
        proc__self__cgroup="9:name=systemd:/\n4:cpu,memory:/docker/abc\n",
        sys__fs__cgroup__memory__memory_dot_limit_in_bytes="5000\n",
        sys__fs__cgroup__memory__memory_dot_usage_in_bytes="1000\n",
    )
    assert free_memory.free() == 4000


@pytest.mark.parametrize(("name", "field"), [("RLIMIT_AS", "VmSize"), ("RLIMIT_DATA", "VmData")])
def test_a_process_may_have_less(system, monkeypatch, name, field):
    system(proc__self__status=f"Name: python\n{field}:\t 3 kB\n")
    limits = {getattr(resource, name): (10_000, 20_000)}
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda which: limits.get(which, unlimited))
    assert free_memory.free() == 10_000 - 3 * 1024


@pytest.fixture
def little(monkeypatch):
    """A machine with 40 MB."""
    if not (free_memory.ROOT / "proc/self/status").exists():
        pytest.skip("this system has no limit that counts")
    free = free_memory.free
    monkeypatch.setattr(free_memory, "free", lambda: min(free(), 40 * MB))


ALONE = """
import resource

import numpy as np

from admodes.measure import free_memory

MB = 1_000_000
free = free_memory.free
free_memory.free = lambda: min(free(), 40 * MB)


def fits(n):
    try:
        return np.ones(n).nbytes == 8 * n
    except MemoryError:
        return False


before = resource.getrlimit(resource.RLIMIT_DATA)
with free_memory.within_memory():
    found = [fits(MB), fits(10 * MB)]
    with free_memory.within_memory():  # one in another does not give more
        pass
    found.append(fits(10 * MB))
print(found, resource.getrlimit(resource.RLIMIT_DATA) == before, fits(10 * MB))
"""


@pytest.mark.slow
def test_more_than_is_free_is_an_error_and_not_the_end(little):
    """In a process of its own: what others have freed is there to be used again, limit or not."""
    command = [sys.executable, "-c", ALONE]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert found.stdout == "[True, False, False] True True\n", found.stderr


def test_threads_that_overlap_leave_the_limit_as_it_was(little):
    before = resource.getrlimit(resource.RLIMIT_DATA)
    inside, leave = threading.Event(), threading.Event()

    def other():
        with free_memory.within_memory():
            inside.set()
            leave.wait(20)

    thread = threading.Thread(target=other)
    with free_memory.within_memory():
        thread.start()
        assert inside.wait(20)
    assert resource.getrlimit(resource.RLIMIT_DATA) != before
    leave.set()
    thread.join()
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


def test_the_error_says_what_did_not_fit_into_what():
    error = MemoryError("8 PB for an array")
    said = "one evaluation does not fit into the 2.00 GB of memory that are free: 8 PB for an array"
    assert str(free_memory.does_not_fit("one evaluation", 2e9, error)) == said
    assert "into the memory: 8 PB" in str(free_memory.does_not_fit("one evaluation", inf, error))
