"""What the tests of the imperative face share."""

import gc

import pytest

from admodes.imperative import Node


@pytest.fixture
def nodes():
    """How many recorded operations and leaves are alive that were not at the start of the test.

    What is frozen is not looked through, and the objects of a whole suite are many.
    """
    gc.freeze()
    return lambda: sum(type(each) is Node for each in gc.get_objects())
