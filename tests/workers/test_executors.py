"""The same derivative, by the workers of every engine there is."""

import functools
import multiprocessing
import os
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from admodes import forward
from tests.workers import functions
from tests.workers.functions import X, assert_the_same, energy, sparse

ROOT = Path(__file__).parents[2]
FEW = ("gradient", "value and gradient", "rows", "columns", "hessian, in chunks")


@contextmanager
def processes(method, workers=2):
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["tests.workers.functions"])
    with ProcessPoolExecutor(workers, mp_context=context) as executor:
        yield executor


@contextmanager
def of_loky():
    loky = pytest.importorskip("loky", reason="loky is not installed: pip install loky")
    with loky.ProcessPoolExecutor(2) as executor:
        yield executor


@contextmanager
def of_dask():
    why = "dask is not installed: pip install 'admodes[cluster]'"
    distributed = pytest.importorskip("distributed", reason=why)
    options = {"threads_per_worker": 1, "dashboard_address": None}
    with (
        distributed.LocalCluster(2, **options) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client.get_executor()


ENGINES = {
    "threads": functools.partial(ThreadPoolExecutor, 2),
    "spawn": functools.partial(processes, "spawn", 1),  # each of which imports all anew
    "forkserver": functools.partial(processes, "forkserver"),
    "loky": of_loky,
    "dask": of_dask,
}


@pytest.mark.parametrize(
    "engine",
    [name if name == "threads" else pytest.param(name, marks=pytest.mark.slow) for name in ENGINES],
)
@pytest.mark.filterwarnings("default")  # of an engine's own, in its own threads
def test_every_derivative_by_every_engine(engine):
    with ENGINES[engine]() as executor:
        assert_the_same(executor)


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_any_number_of_threads(workers):
    with ThreadPoolExecutor(workers) as executor:
        assert_the_same(executor, FEW)


@pytest.mark.slow
def test_any_number_of_processes():
    for workers in (1, 7):
        with processes("forkserver", workers) as executor:
            assert_the_same(executor, FEW)


def test_sparse_derivatives():
    pytest.importorskip("scipy", reason="SciPy is not installed: pip install 'admodes[sparse]'")
    with ThreadPoolExecutor(2) as executor:
        for found, expected in zip(sparse(executor), sparse(None), strict=True):
            assert found.tobytes() == expected.tobytes()


@pytest.mark.slow
def test_by_mpi():
    """An engine that begins with the program: which is this file."""
    pytest.importorskip("mpi4py", reason="mpi4py is not installed: pip install mpi4py")
    mpiexec = shutil.which("mpiexec")
    if mpiexec is None:
        pytest.skip("there is no mpiexec: install MPICH or Open MPI")
    command = [mpiexec, "-n", "3", sys.executable, "-m", "mpi4py.futures", __file__]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stdout) == (0, "the same\n"), done.stderr


def test_the_callers_thread_alone():
    """An executor may do its work at once, where it is asked to."""
    assert_the_same(functions.AtOnce(), FEW)
    np.testing.assert_array_equal(
        forward.grad(energy, chunk_size=3, executor=functions.AtOnce())(X),
        forward.grad(energy, chunk_size=3)(X),
    )


if __name__ == "__main__":
    from mpi4py.futures import MPIPoolExecutor

    with MPIPoolExecutor() as executor:
        assert_the_same(executor)
    print("the same")
