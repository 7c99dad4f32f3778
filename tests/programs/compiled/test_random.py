"""Functions made at random: compiled programs give what they repeat, up to rounding."""

import pytest

from tests.programs.random_programs import differences

pytest.importorskip("llvmlite", reason='backend="compiled" needs llvmlite')
pytestmark = pytest.mark.usefixtures("as_written")


@pytest.mark.slow
def test_random_programs():
    found = [each for seed in range(2) for each in differences(seed, "compiled")]
    assert not [where for _, where in found if where]
    assert sum(verdict == "same" for verdict, _ in found) > 40
