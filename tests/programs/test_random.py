"""Functions made at random: their programs differ in no bit from what they repeat."""

import pytest

from tests.programs.random_programs import differences


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 6, 3))
def test_random_programs(start):
    wrong = [where for seed in range(start, start + 3) for _, where in differences(seed) if where]
    assert not wrong
