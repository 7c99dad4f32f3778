"""What holds for all tests."""

import gc

import pytest

# What the assertions of the harness compare is shown where they fail, as for those in tests.
pytest.register_assert_rewrite("tests.harness")


def pytest_collection_finish():
    """What is there before the first test stays; no collection of garbage looks through it."""
    gc.freeze()
