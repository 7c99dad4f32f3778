"""Which tests of the back end "compiled" the short form of the suite leaves out."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Compiling takes its time: the short form of the suite has both modes of a few sizes alone."""
    for item in items:
        own = item.path.is_relative_to(FOLDER) and item.get_closest_marker("slow") is None
        if own and "test_both_modes" not in item.name:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.arithmetic)
