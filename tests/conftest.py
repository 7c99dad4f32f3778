"""What holds for all tests."""

import gc
import importlib
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from admodes.choosing import comparing
from tests.browsing import chromium

# What a terminal, or a service that has none, asks of everything that prints: the tests read what
# is printed, and set the width where it matters.
for name in ("CI", "BUILD_NUMBER", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "PY_COLORS"):
    os.environ.pop(name, None)

# Every process that a test starts, and every worker, would compile the whole package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# BLAS has one thread, in this process and in those that a test starts: the matrices are small, and
# where every core runs tests, several threads wait for each other longer than they compute.
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # for what is loaded from here on
threadpool_limits(1, user_api="blas")  # for what is loaded

# What a shell starts in the background ignores Ctrl-C, and so would the processes that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What the assertions of the harness compare is shown where they fail, as for those in tests.
pytest.register_assert_rewrite("tests.harness")


def pytest_collection(session):
    """Of all tests, each worker imports some before the others, which it finds compiled by then.

    To compile the tests takes as long as to run a tenth of them, and every worker imports them all.
    """
    config = session.config
    worker = getattr(config, "workerinput", None)
    if worker is None or config.args_source is not config.ArgsSource.TESTPATHS:
        return
    folder = Path(__file__).parent
    files = sorted(folder.rglob("test_*.py"))
    for file in files[int(worker["workerid"].removeprefix("gw")) :: worker["workercount"]]:
        name = ".".join(file.relative_to(folder.parent).with_suffix("").parts)
        with suppress(Exception, pytest.skip.Exception):  # which it raises where it is collected
            importlib.import_module(name)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file():
    """Tests alone: there are no examples in docstrings here to be looked for."""
    found = yield
    return [each for each in found if type(each) is pytest.Module]


@pytest.fixture(scope="module")
def little_garbage():
    """Where a collection comes before every look at memory, it is short, whatever ran before."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def few_samples():
    """`compare` times everything that it would, for those who do not ask how well it does: each in
    a few rounds of short samples, however much of its 50 ms is left then.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "SAMPLE_SECONDS", 1e-4)
        patch.setattr(comparing, "MOST", 8)
        patch.setattr(comparing.measure, "duel", partial(comparing.measure.duel, rounds=8))
        yield


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium, where there is one."""
    with chromium() as found:
        yield found


def pytest_collection_finish():
    """What is there before the first test stays; no collection of garbage looks through it."""
    gc.freeze()


@pytest.fixture
def no_collector():
    """Without the cyclic collector, what is in a reference cycle stays."""
    before = gc.isenabled()
    gc.disable()
    yield
    if before:
        gc.enable()
