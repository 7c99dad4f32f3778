"""Passes by workers, and what becomes of whatever goes wrong there."""

import errno
import gc
import io
import multiprocessing
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse, workers
from admodes.modes.arguments import Inputs
from admodes.workers import kinds, packing, performing, progress, sending, temporary
from tests.workers import functions
from tests.workers.functions import AtOnce, X, energy, gradient

pytestmark = pytest.mark.usefixtures("nothing_is_left")


# --- What goes wrong ------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_goes_wrong_in_a_process(executor):
    with pytest.raises(ArithmeticError, match="not there") as caught:
        gradient(functions.Raises(), executor=executor)
    (note,) = caught.value.__notes__
    assert "raised in a worker" in note
    assert "Traceback" in note
    with pytest.raises(RuntimeError, match=r"a worker raised .*Unlike: this and that"):
        gradient(functions.RaisesUnlike(), executor=executor)
    with pytest.raises(RuntimeError, match="another value in a worker"):
        gradient(functions.Differs(), executor=executor)
    with pytest.warns(UserWarning, match="from afar"):
        gradient(functions.Warns(), executor=executor)
    warns = functions.WarnsOfItsOwn()
    with pytest.warns(functions.Aside) as warned:
        gradient(warns, executor=executor)
    assert {each.message.number for each in warned} == {7}
    for kind, options, count in (
        ("ignore", {"category": functions.Aside}, 0),
        ("ignore", {"module": "tests.workers"}, 0),
        ("default", {}, 1),  # once a line
    ):
        with warnings.catch_warnings(record=True) as caught_here:
            warnings.resetwarnings()
            warnings.filterwarnings(kind, **options)
            gradient(warns, executor=executor)
        assert len(caught_here) == count
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(
            reverse.jacobian(functions.by_caution, chunk_size=1, executor=executor)(np.arange(8.0)),
            2 * np.eye(8),
        )
    with (
        np.errstate(invalid="call"),
        pytest.raises(TypeError, match=r"errstate\(invalid='call'\) hands errors over"),
    ):
        gradient(energy, executor=executor)
    np.testing.assert_array_equal(gradient(energy, executor=executor), gradient(energy))
    with pytest.raises(workers.WorkersFailed, match="gradient of Dies: a worker has died"):
        gradient(functions.Dies(), executor=executor)
    with pytest.raises(workers.WorkersFailed, match="a worker has died"):  # the pool is no more
        gradient(energy, executor=executor)


@pytest.mark.slow
def test_a_function_with_workers_of_its_own(executor):
    x = X[:6]
    np.testing.assert_array_equal(
        gradient(functions.with_a_pool, x, executor=executor), gradient(functions.with_a_pool, x)
    )


def test_an_executor_that_is_none_or_is_shut_down():
    for face in (forward.grad, forward.jacobian, reverse.grad, reverse.jacobian, ad.hessian):
        with pytest.raises(TypeError, match=r"must be a concurrent.futures.Executor.*not an int"):
            face(energy, executor=2)
    threads = ThreadPoolExecutor(1)
    threads.shutdown()
    with pytest.raises(workers.WorkersFailed, match="has been shut down") as caught:
        gradient(energy, executor=threads)
    assert "admodes.workers.WorkersFailed: " in traceback.format_exception_only(caught.value)[0]
    assert type(pickle.loads(pickle.dumps(caught.value))) is workers.WorkersFailed


def test_what_takes_no_executor():
    with ThreadPoolExecutor(1) as threads:
        for face in (ad.grad, ad.value_and_grad, ad.jacobian, ad.hessian):
            with pytest.raises(ValueError, match="a program takes no executor"):
                face(energy, compiled=True, executor=threads)
        with pytest.raises(ValueError, match="mixed mode takes no executor"):
            ad.jacobian(energy, mode="mixed", executor=threads)


def test_derivatives_do_not_travel():
    with ThreadPoolExecutor(2) as threads:

        def by_argument(x):
            return np.sum(gradient(energy, x, executor=threads))

        def by_closure(x):
            return np.sum(gradient(lambda y: np.sum(y * y * x[0]), X, executor=threads))

        for mode in (forward, reverse):
            for f in (by_argument, by_closure):
                with pytest.raises(TypeError, match="give executor= to the outermost derivative"):
                    mode.grad(f)(X)


def test_ctrl_c_leaves_nothing_running():
    here, running = threading.get_ident(), []

    def f(x):
        if threading.get_ident() == here:
            time.sleep(0.05)
            raise KeyboardInterrupt
        running.append(time.perf_counter())
        time.sleep(0.01)
        return np.sum(x)

    with ThreadPoolExecutor(2) as threads:
        with pytest.raises(KeyboardInterrupt):
            gradient(f, np.ones(1000), executor=threads)
        ended = time.perf_counter()
        threads.submit(int).result()  # comes next
    assert running
    assert max(running) < ended


def test_parts_that_begin_after_the_end_do_nothing(tmp_path):
    """A pool may have taken them already, so that they cannot be cancelled."""
    file = tmp_path / "file"
    order = performing.Order("a number", str(file), {}, None)
    work = kinds.Gradient("it", Inputs(energy, (X,), {}, 0))
    file.write_bytes(packing.packed(work, energy, "it"))
    chunks = [(range(2), 1)]
    assert isinstance(performing.perform(order, chunks), performing.Done)
    file.unlink()
    assert isinstance(performing.perform(order, chunks), performing.Stopped)
    assert isinstance(
        performing.perform(order._replace(number="another"), chunks), performing.Missing
    )
    assert "a number" not in performing._own.works  # what is over is forgotten


def test_threads_keep_nothing():
    class Function:
        def __call__(self, x):
            return np.sum(x * x)

    function = Function()
    gone = weakref.ref(function)
    with ThreadPoolExecutor(2) as threads:
        gradient(function, executor=threads)
        reverse.jacobian(function, executor=threads)(X)
        del function
        gc.collect()
        assert gone() is None


def test_an_error_of_the_callers_own_pass_comes_first():
    with (
        ThreadPoolExecutor(2) as threads,
        pytest.raises(TypeError, match=r"of shape \(24,\)|shape"),
    ):
        forward.grad(np.sin, chunk_size=1, executor=threads)(X)


def test_floating_point_errors_are_as_the_caller_has_them():
    def f(x):
        return np.sum(np.log(x)) if threading.get_ident() != here else np.sum(x)

    here = threading.get_ident()
    with (
        ThreadPoolExecutor(1) as threads,
        np.errstate(all="raise"),
        pytest.raises(FloatingPointError, match="divide by zero"),
    ):
        gradient(f, np.zeros(8), executor=threads)


def test_what_numpy_calls_is_called_by_threads():
    heard = []
    before = np.seterrcall(lambda *error: heard.append(threading.get_ident()))
    try:
        with ThreadPoolExecutor(1) as threads, np.errstate(divide="call"):
            gradient(lambda x: np.sum(np.log(x)), np.arange(8.0), executor=threads)
    finally:
        np.seterrcall(before)
    assert len(set(heard)) == 2


@pytest.mark.parametrize("how", ["little", "order", "nan"])
def test_a_value_that_differs_a_little_is_seen(how):
    with (
        ThreadPoolExecutor(1) as threads,
        np.errstate(all="ignore"),
        pytest.raises(RuntimeError, match="another value in a worker"),
    ):
        forward.jacobian(functions.Slightly(how), chunk_size=2, executor=threads)(X)


def test_a_function_that_has_its_own_passes_made_by_the_same_executor():
    def f(x):
        inner = gradient(energy, chunk_size=1, executor=threads)
        return np.sum(x * inner)

    with ThreadPoolExecutor(1) as threads:
        np.testing.assert_array_equal(
            gradient(f, chunk_size=1, executor=threads), gradient(energy, chunk_size=1)
        )


def test_a_derivative_that_the_threads_of_its_executor_take():
    """Each may be waiting for the others: `executor.map` of a derivative with the same executor."""
    own = gradient(energy, chunk_size=1)
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(gradient, energy, chunk_size=1, executor=threads)
        np.testing.assert_array_equal(future.result(timeout=60), own)


@pytest.mark.slow
def test_a_forked_worker_is_no_thread_of_the_callers():
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("nothing forks here")
    code = """if True:
        import multiprocessing, warnings
        from concurrent.futures import ProcessPoolExecutor
        from admodes import forward
        from tests.workers import functions
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(1, mp_context=context) as pool, warnings.catch_warnings(
            record=True
        ) as caught:
            warnings.simplefilter("always")
            forward.grad(functions.Warns(), chunk_size=2, executor=pool)(functions.X)
        assert any("from afar" in str(each.message) for each in caught), caught
    """
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize("how", ["no room", "no folder", "no permission"])
def test_no_room_for_what_workers_read(how, monkeypatch, tmp_path):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    def refused(**options):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path))

    if how == "no room":
        (tmp_path / "admodes-full").touch()
        monkeypatch.setattr(sending, "new_file", lambda: (Full(), str(tmp_path / "admodes-full")))
    elif how == "no permission":
        monkeypatch.setattr(tempfile, "mkstemp", refused)
    else:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(workers.WorkersFailed, match=r"gradient of energy: .*Set .*TMPDIR"):
        gradient(energy, executor=AtOnce())
    with ThreadPoolExecutor(1) as threads:  # they need none
        np.testing.assert_array_equal(gradient(energy, executor=threads), gradient(energy))


@pytest.mark.skipif(temporary.fcntl is None, reason="files cannot be locked here")
def test_what_a_process_leaves_that_is_killed_goes_when_another_begins(tmp_path):
    code = """if True:
        import os, signal, sys, tempfile
        from admodes.workers.temporary import new_file
        tempfile.tempdir = sys.argv[1]
        kept = new_file()
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = tmp_path.glob("admodes-*")
    not_ours = tmp_path / "admodes-notes.work"
    not_ours.touch()
    opened, file = temporary.new_file()
    temporary.remove_left.cache_clear()
    other, another = temporary.new_file()
    assert not left.exists()
    assert {str(path) for path in tmp_path.iterdir()} == {file, another, str(not_ours)}
    opened.close()
    other.close()
    for path in tmp_path.iterdir():
        path.unlink()


class Broken:
    """It can be pickled, and not put together again."""

    def __reduce__(self):
        return int, ("nothing",)


def test_what_has_no_place_in_a_module_comes_home(monkeypatch):
    class Local(Exception):
        pass

    assert type(pickle.loads(packing.homeward(ValueError(1)))) is ValueError
    assert packing.homeward(Broken()) is None
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    assert packing.homeward(Local()) is None
    monkeypatch.undo()
    pytest.importorskip("cloudpickle", reason="cloudpickle is not installed")
    assert type(pickle.loads(packing.homeward(Local()))) is Local


def test_an_error_in_a_thread_is_that_very_error():
    """Whatever it is, for it need not travel; and with its cause."""
    here, raised = threading.get_ident(), []

    class Holding(Exception):
        def __init__(self, *, lock):
            super().__init__("held")
            self.lock = lock

    def f(x):
        if threading.get_ident() != here:
            raised.append(Holding(lock=threading.Lock()))
            raise raised[-1] from ValueError("why")
        return np.sum(x)

    with ThreadPoolExecutor(2) as threads, pytest.raises(Holding, match="held") as caught:
        gradient(f, executor=threads)
    assert caught.value in raised
    assert isinstance(caught.value.__cause__, ValueError)
    assert "raised in a worker" in caught.value.__notes__[0]


def test_warnings_of_code_that_belongs_to_no_module_come_home():
    counts = []
    for executor in (None, AtOnce(far=True)):
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            gradient(functions.warns_in_a_cell, executor=executor)
        counts.append(sum(str(each.message) == "of a cell" for each in warned))
    assert counts == [12, 12]


# --- The bar --------------------------------------------------------------------------------------


def test_a_bar_where_somebody_watches(monkeypatch, capsys):
    class Terminal:
        def __init__(self):
            self.text = ""

        def write(self, text):
            self.text += text
            return len(text)

        def flush(self):
            pass

        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(progress.sys, "stderr", terminal)
    with ThreadPoolExecutor(2) as threads:
        expected = gradient(energy, executor=threads)
        assert not terminal.text
        watched = workers.with_progress(threads)
        assert workers.with_progress(watched) is watched
        np.testing.assert_array_equal(gradient(energy, executor=watched), expected)
    assert "gradient of energy" in terminal.text
    assert "22/22" in terminal.text
    with pytest.raises(TypeError, match="must be a concurrent"):
        workers.with_progress(None)


def test_no_bar_where_there_is_no_terminal(capsys):
    with ThreadPoolExecutor(2) as threads:
        gradient(energy, executor=workers.with_progress(threads))
    assert capsys.readouterr() == ("", "")


def test_names_of_the_wing():
    assert sorted(workers.__all__) == ["WorkersFailed", "with_progress"]
    assert issubclass(workers.WorkersFailed, RuntimeError)
    with pytest.raises(AttributeError, match="no attribute 'pool'"):
        _ = workers.pool
