"""Numbers as people write them."""

import pytest

from admodes.measure import words
from tests.helpers import together


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.0123456, "0.0123"), (1, "1.00"), (99.96, "100.0"), (1234567, "1,230,000")],
)
def test_number(value, text):
    assert words.number(value) == text


@together
@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (2.5e-7, "250 ns"),
        (1.234e-4, "123 µs"),
        (0.0999, "99.9 ms"),
        (1.5, "1.50 s"),
        (119, "119 s"),
        (180, "3.00 min"),
        (20_000, "5.56 h"),
        (1_000_000, "11.6 d"),
    ],
)
def test_duration(seconds, text):
    assert words.duration(seconds) == text
