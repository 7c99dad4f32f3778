"""What holds for all tests."""

import gc
import os
import signal
import sys
from functools import partial

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
