"""``--executor``: which workers there are, and what is said where there are none."""

import os
import signal
import socket
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from experiments.bench import executors
from tests.experiments.helpers import assert_refused
from tests.helpers import together


@pytest.fixture(autouse=True)
def none_stay():
    executors.opened.cache_clear()
    yield
    executors.opened.cache_clear()


@together
@pytest.mark.parametrize(
    "where",
    [
        *("nope", "", "processes:0", "processes", "dask://host", "dask:0"),
        *("dask://host:0", "dask://host:65536", "dask://host:08786"),
    ],
)
def test_what_is_no_place_for_workers(where, experiments, tmp_path):
    words = f"dask://HOST:PORT, not '{where}'"
    assert_refused(("speedup", "--executor", where), words, experiments, tmp_path)


def test_threads_and_processes():
    with executors.opening("threads:2") as own:
        assert isinstance(own, ThreadPoolExecutor)


@pytest.mark.slow
def test_processes_have_begun():
    with executors.opening("processes:1") as own:
        assert isinstance(own, ProcessPoolExecutor)
        assert own.submit(abs, -1).result() == 1


@pytest.mark.slow
def test_ctrl_c_is_not_for_workers():
    with executors.opening("processes:1") as own:
        os.kill(own.submit(os.getpid).result(), signal.SIGINT)
        assert own.submit(abs, -1).result() == 1


def test_without_dask_that_is_said(monkeypatch, experiments, tmp_path):
    monkeypatch.setattr(executors, "find_spec", lambda name: None)
    arguments = ("speedup", "--executor", "dask://127.0.0.1:8786")
    assert_refused(arguments, "pip install 'admodes[cluster]'", experiments, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["speedup", "outputs", "crossover"])
def test_a_cluster_that_does_not_answer(name, monkeypatch, experiments, tmp_path):
    pytest.importorskip("distributed", reason="dask is not installed")
    monkeypatch.setattr(executors, "PATIENCE", 0.2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        where = f"dask://127.0.0.1:{free.getsockname()[1]}"
    words = f"experiments: --executor {where}: no Dask scheduler answers at tcp://"
    assert_refused((name, "--executor", where), words, experiments, tmp_path)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of an engine's own, in its own threads
def test_a_cluster_without_workers(experiments, tmp_path):
    distributed = pytest.importorskip("distributed", reason="dask is not installed")
    options = {"host": "127.0.0.1", "port": 0, "dashboard": False}
    scheduler = {"cls": distributed.Scheduler, "options": options}
    with distributed.SpecCluster({}, scheduler) as empty:
        where = empty.scheduler_address.replace("tcp://", "dask://")
        words = "has no workers: start some by 'dask worker tcp://"
        assert_refused(("speedup", "--executor", where), words, experiments, tmp_path)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("speedup", ("--function", "rosenbrock", "--inputs", "20")),
        ("outputs", ("--function", "curve", "--outputs", "20")),
        ("crossover", ("--function", "layer", "--inputs", "2", "--outputs", "3")),
    ],
)
def test_workers_share_the_passes(name, arguments, run_once):
    quick = ("--quick", "--budget", "0.02") if name != "crossover" else ("--quick",)
    run = run_once(name, *arguments, *quick, "--executor", "threads:2")
    assert run.data["run"]["settings"]["executor"] == "threads:2"
    assert "by threads:2" in run.words


def test_it_is_not_what_is_published(experiments, tmp_path):
    code, _, err = experiments("speedup", "--executor", "threads:2", "--publish")
    assert code == 2
    assert "--output" in err or "--executor" in err


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of an engine's own, in its own threads
def test_workers_of_a_cluster_of_its_own_keep_memory():
    pytest.importorskip(
        "distributed", reason="dask is not installed: pip install 'admodes[cluster]'"
    )
    with executors.opening("dask:1") as own:
        names = "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"
        found = [own.submit(os.getenv, name).result() for name in names]
    assert found == [str(1 << 27), str(1 << 25)]
