"""What holds for tests of the back end "compiled": most of their time is LLVM's."""

from functools import partial
from pathlib import Path

import pytest

from admodes.programs.compiled import machine

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Compiling takes its time: the short form of the suite has both modes of a few sizes alone."""
    for item in items:
        own = item.path.is_relative_to(FOLDER) and item.get_closest_marker("slow") is None
        if own and "test_both_modes" not in item.name:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.arithmetic)


@pytest.fixture
def as_written(monkeypatch):
    """Machine code of a text as it stands, in an eighth of the time that to optimise it takes.

    For tests of what the text says, in any loop: what LLVM may make of it, others ask.
    """
    monkeypatch.setattr(machine, "VERSION", f"{machine.VERSION}, as written")  # kept apart
    monkeypatch.setattr(machine, "optimised", machine.parsed)
    monkeypatch.setattr(machine, "target", partial(machine.target, 0))
