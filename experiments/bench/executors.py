"""Workers for the passes of an experiment: ``--executor processes:2``, ``dask://HOST:PORT``.

They are started once, when the first measurement asks for them, and go when the program does.
"""

import atexit
import multiprocessing
import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import click

from experiments.bench.settings import Setting, Settings

FORMS = "processes:N, threads:N, dask:N (a cluster of its own) or dask://HOST:PORT"
NEED = "needs dask, which is not installed: pip install 'admodes[cluster]'"
LAST_PORT = 65535
PATIENCE = 10.0
"""Seconds for a cluster to answer."""
START = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"

_SPAWNED = "distributed.nanny.pre-spawn-environ"
KEEPING = {
    f"{_SPAWNED}.MALLOC_TRIM_THRESHOLD_": 1 << 27,
    f"{_SPAWNED}.MALLOC_MMAP_THRESHOLD_": 1 << 25,
}
"""Dask has its workers give back memory from 64 kB on (its configuration says so). Then each array
of a pass is made of new pages, which takes up to three times as long as the pass."""


class Where(click.ParamType):
    """Which workers."""

    name = "where"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        if re.fullmatch(r"(processes|threads|dask):[1-9]\d{0,3}", value):
            return str(value)
        address = re.fullmatch(r"dask://[^\s/:]+:([1-9]\d{0,4})", value)
        if address and int(address[1]) <= LAST_PORT:
            return str(value)
        raise click.UsageError(f"--executor is {FORMS}, not {value!r}")


def executor(what: str) -> Setting:
    """The option of an experiment that lets workers share `what`."""
    return Setting(
        None,
        "--executor WHERE",
        f"Let workers share {what}: {FORMS}. Each has one thread for BLAS.",
        Where(),
    )


def require(settings: Settings) -> Settings:
    """The settings; ``click.UsageError`` where these workers need what is not there.

    That is known before anything is measured or written: a cluster is asked at once.
    """
    where = settings["executor"]
    if where is None or not where.startswith("dask"):
        return settings
    if find_spec("distributed") is None:
        raise click.UsageError(f"--executor {where} {NEED}")
    if where.startswith("dask://"):
        try:
            opened(where)
        except ConnectionError as error:
            raise click.UsageError(f"--executor {where}: {error}") from error
    return settings


def of(settings: Settings) -> Executor | None:
    """The workers that the settings name; ``None`` for none."""
    where = settings.get("executor")
    return None if where is None else opened(where)


@lru_cache
def opened(where: str) -> Executor:
    """These workers, which stay until the program ends.

    Raises
    ------
    ConnectionError
        Where no cluster answers.
    """
    stack = opening(where)
    own = stack.__enter__()
    atexit.register(stack.__exit__, None, None, None)
    return own


@contextmanager
def opening(where: str) -> Iterator[Executor]:
    """These workers, for a block."""
    if where.startswith("dask://"):
        with cluster(where.replace("dask://", "tcp://")) as own:
            yield own
        return
    kind, _, count = where.partition(":")
    if kind == "dask":
        from dask import config
        from distributed import LocalCluster

        options: dict[str, Any] = {"threads_per_worker": 1, "dashboard_address": None}
        with (
            config.set(KEEPING),
            LocalCluster(int(count), **options) as local,
            cluster(local) as own,
        ):
            yield own
        return
    with ThreadPoolExecutor(int(count)) if kind == "threads" else processes(int(count)) as own:
        yield own


def processes(count: int) -> Executor:
    """All of which have begun, and have imported what passes need."""
    context = multiprocessing.get_context(START)
    own = ProcessPoolExecutor(count, mp_context=context, initializer=prepare)
    wait([own.submit(os.getpid) for _ in range(count)])
    return own


def prepare() -> None:
    """What a worker does before its first pass.

    A terminal gives Ctrl-C to workers, too, but whom it stops is the caller, who lets them go.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from admodes.workers import WorkersFailed  # noqa: F401  # which brings along all the rest


@contextmanager
def cluster(address: str | Any) -> Iterator[Executor]:
    """The workers of a Dask cluster, by the address of its scheduler, or as an object."""
    from distributed import Client

    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except OSError as error:
        raise ConnectionError(
            f"no Dask scheduler answers at {address}: start it by 'dask scheduler', and workers by "
            f"'dask worker {address} --nthreads 1' (docs/cluster.md)"
        ) from error
    with client:
        if not client.scheduler_info(n_workers=-1)["workers"]:
            raise ConnectionError(
                f"the Dask scheduler at {address} has no workers: start some by 'dask worker "
                f"{address} --nthreads 1' (docs/cluster.md)"
            )
        yield client.get_executor()


def by(settings: Settings) -> str:
    """In words, after what the workers share; nothing where there are none.

    >>> by({"executor": "processes:2"}), by({"executor": None})
    (', by processes:2', '')
    """
    where = settings.get("executor")
    return "" if where is None else f", by {where}"
