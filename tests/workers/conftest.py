"""What the tests of workers share."""

import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor

import pytest

from admodes.workers import packing, performing


@pytest.fixture
def executor():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.workers.functions"])
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        yield pool


@pytest.fixture
def nothing_is_left(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    assert not list(tmp_path.glob("admodes-*"))
    assert not performing.here


@pytest.fixture
def no_cloudpickle(monkeypatch):
    monkeypatch.setattr(packing, "_by_value", lambda: None)
