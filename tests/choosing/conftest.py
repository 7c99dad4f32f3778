"""Collections of garbage are short: there is one before each look at what a derivative holds."""

import gc

import pytest


@pytest.fixture(scope="module", autouse=True)
def little_garbage():
    gc.collect()
    gc.freeze()
