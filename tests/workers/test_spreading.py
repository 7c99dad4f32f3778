"""What travels to workers, and what becomes of whatever goes wrong there."""

import errno
import gc
import importlib.util
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
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse, workers
from admodes.core.declaring import FUNCTIONS
from admodes.modes.arguments import Inputs
from admodes.modes.made import making_of
from admodes.modes.users import registering
from admodes.shell.targets import load
from admodes.workers import kinds, packing, performing, progress, sending, temporary
from admodes.workers.files import module_of
from admodes.workers.spreading import parts
from tests.workers import functions
from tests.workers.functions import AtOnce, X, energy


@pytest.fixture
def executor():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.workers.functions"])
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        yield pool


@pytest.fixture(autouse=True)
def nothing_is_left(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    assert not list(tmp_path.glob("admodes-*"))
    assert not performing.here


@pytest.fixture
def no_cloudpickle(monkeypatch):
    monkeypatch.setattr(packing, "_by_value", lambda: None)


def gradient(f, x=X, **options):
    return forward.grad(f, **{"chunk_size": 2, **options})(x)


# --- What travels ---------------------------------------------------------------------------------


def test_chunks_travel_and_no_single_directions():
    at_once = AtOnce()
    f = partial(np.dot, np.ones(1000))
    gradient(f, np.ones(1000), chunk_size=1, executor=at_once)
    assert len(at_once.parts) <= 48
    assert sum(at_once.parts) == 999  # and one pass was the caller's
    assert min(at_once.parts) >= 2
    assert max(at_once.sizes) < 3000  # the arrays are not among it
    assert not at_once.along


def test_parts_are_of_all_chunks_in_order():
    for count in (0, 1, 2, 3, 47, 48, 49, 1000):
        for width in (1, 2, 50):
            chunks = [range(i, i + width) for i in range(0, count * width, width)]
            found = parts(chunks)
            assert [chunk for part in found for chunk in part] == chunks
            assert len(found) <= 48
            assert all(len(part) * width >= 2 for part in found) or count * width < 2


@pytest.mark.slow
def test_a_function_travels_once_to_each_worker(executor, tmp_path):
    log = tmp_path / "log"
    log.touch()
    gradient(functions.Travels(str(log), np.ones(200)), np.ones(200), executor=executor)
    travelled = log.read_text(encoding="utf-8").split()
    assert len(travelled) == len(set(travelled)) == 2


def test_to_a_machine_without_the_callers_files_it_comes_along():
    far = AtOnce(far=True)
    expected = gradient(energy)
    np.testing.assert_array_equal(gradient(energy, executor=far), expected)
    assert far.along == 1  # to this worker once


def test_functions_that_faces_made_are_made_again(no_cloudpickle):
    for f in (
        reverse.grad(energy),
        forward.jacobian(reverse.grad(energy)),
        ad.hessian(energy),
        ad.grad(energy, mode="forward"),
        ad.grad(energy, compiled=True),
        ad.checkpoint(energy),
        ad.checkpoint(np.sin, steps=3),
    ):
        again = packing.unpacked(packing.packed(f, f, "it"))
        np.testing.assert_array_equal(again(X), f(X))
        assert again.__name__ == f.__name__


def test_what_wraps_such_a_function_is_not_taken_for_it():
    from functools import wraps

    own = reverse.grad(energy)

    @wraps(own)
    def twice(x):
        return 2 * own(x)

    assert making_of(own) is not None
    assert making_of(twice) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", ["losses", "random"])
def test_a_function_of_a_file_given_by_its_path(name, executor, tmp_path, monkeypatch):
    executor.submit(int).result()  # a worker there is before the file
    monkeypatch.setattr(sys, "path", [*sys.path])
    file = tmp_path / f"{name}.py"
    file.write_text(
        "def half(x):\n    return x / 2\n\ndef f(x):\n    return (half(x) ** 2).sum()\n"
    )
    module, f = load(f"{file}:f")
    try:
        np.testing.assert_array_equal(gradient(f, executor=executor), X / 2)
    finally:
        del sys.modules[module.__name__]


@pytest.mark.parametrize("kind", ["function", "module"])
@pytest.mark.parametrize("name", ["losses_by_path", "calendar"])  # the other one can be imported
def test_what_is_of_a_module_given_by_its_path(kind, name, tmp_path, monkeypatch):
    """It stands instead of another one of the same name, there as here."""
    file = tmp_path / f"{name}.py"
    file.write_text("def total(x):\n    return (x * x).sum()\n")
    monkeypatch.setitem(sys.modules, name, None)
    module = module_of(name, file)
    own = module if kind == "module" else module.total
    data = packing.packed(partial(functions.by, own), functions.by, "it")
    monkeypatch.undo()
    before = sys.modules.pop(name, None)
    try:
        if before is not None:
            sys.modules[name] = before
        assert packing.unpacked(data)(X) == np.sum(X * X)
        assert sys.modules[name].__file__ == str(file)
    finally:
        sys.modules.pop(name)
        if before is not None:
            sys.modules[name] = before


def test_what_is_of_the_program_travels_with_a_function_of_a_module(monkeypatch):
    """As an argument, or bound to it: no worker has it by its name."""
    pytest.importorskip("cloudpickle", reason="cloudpickle is not installed")

    def own(x):
        return np.sum(x * x)

    own.__module__, own.__qualname__ = "__main__", "own"
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "own", own, raising=False)
    data = packing.packed(partial(functions.by, own), functions.by, "it")
    monkeypatch.undo()
    assert packing.unpacked(data)(X) == np.sum(X * X)


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


def test_a_function_that_cannot_travel(no_cloudpickle):
    with pytest.raises(TypeError, match=r"Define the function at the top of a module.*cloudpickle"):
        gradient(lambda x: np.sum(x), executor=AtOnce())
    with ThreadPoolExecutor(1) as threads:  # to which it need not
        np.testing.assert_array_equal(gradient(lambda x: np.sum(x), executor=threads), 0 * X + 1)


@pytest.mark.skipif(
    importlib.util.find_spec("cloudpickle") is None, reason="cloudpickle is not installed"
)
def test_a_lambda_travels_by_cloudpickle():
    f = packing.unpacked(packing.packed(lambda x: x + 1, lambda x: x, "it"))
    assert f(1) == 2


@pytest.fixture
def kolmogorov(monkeypatch):
    """A function of SciPy's without a rule, to which a test may give one."""
    function = pytest.importorskip("scipy.special").kolmogorov
    monkeypatch.delitem(FUNCTIONS, function, raising=False)
    yield function
    registering.REGISTERED.pop(function, None)
    FUNCTIONS.pop(function, None)


def test_a_rule_that_was_registered_here_travels(executor, kolmogorov, no_cloudpickle):
    """And what was registered for the same function before is no longer in a worker."""
    for slope in (functions.slope, functions.another_slope):
        ad.register_rule(kolmogorov, ad.elementwise(kolmogorov, slope))
        found = gradient(functions.of_kolmogorov, executor=executor)
        np.testing.assert_array_equal(found, slope(None, X))


def test_a_module_that_warns_when_it_is_asked_for_a_name_stops_no_rule(
    kolmogorov, no_cloudpickle, monkeypatch
):
    """As pickle asks all of them, in their order, for the name of a ufunc."""

    def asked(name):
        warnings.warn("this module is deprecated", DeprecationWarning, stacklevel=2)
        raise AttributeError(name)

    nosy = ModuleType("nosy")
    nosy.__getattr__ = asked
    monkeypatch.setitem(sys.modules, "nosy", nosy)
    for name in [each for each in sys.modules if each.startswith("scipy.special")]:
        sys.modules[name] = sys.modules.pop(name)  # behind it
    rule = ad.elementwise(kolmogorov, functions.slope)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DeprecationWarning):
            pickle.dumps(kolmogorov)
        assert packing._rule({}, (kolmogorov, rule)) is not None


def test_a_rule_that_cannot_travel_is_named(executor, kolmogorov, no_cloudpickle):
    ad.register_rule(kolmogorov, ad.elementwise(kolmogorov, lambda y, x: -y))
    with pytest.raises(NotImplementedError, match="kolmogorov") as caught:
        gradient(functions.of_kolmogorov, executor=executor)
    assert any("register_rule at the top of the module" in each for each in caught.value.__notes__)


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
