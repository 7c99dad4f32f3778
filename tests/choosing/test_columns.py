import pytest

from admodes.choosing import columns

HEAD = ["forward", "forward, 1,024 directions", "reverse, 16 directions", "reverse, checkpointed"]
ROWS = [
    ["arithmetic operations", "3,999,760,000", "1,749,891,250", "219,988", "412,345"],
    ["wrapping", "12.3 ms, 15%", "–", "≈ 0", "123 µs, 100%"],
]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140])
def test_nothing_is_lost_or_broken_within_a_word(width):
    text = columns.table(HEAD, ROWS, width)
    assert max(map(len, text.splitlines())) <= width
    words = text.split()
    for cell in [*HEAD, *(cell for row in ROWS for cell in row)]:
        assert all(word in words for word in cell.split()), cell
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_what_does_not_fit_stands_below_with_its_labels():
    wide, narrow = columns.table(HEAD, ROWS, 140), columns.table(HEAD, ROWS, 60)
    assert wide.count("wrapping") == 1
    assert narrow.count("wrapping") > 1


def test_a_text_is_broken_between_words_and_keeps_its_indent():
    text = "one two three\n  a-long-word four\n\n" + "x" * 30
    lines = columns.wrapped(text, 12).split("\n")
    assert lines == ["one two", "three", "  a-long-word", "  four", "", "x" * 30]


def test_the_width_is_that_of_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert columns.width() == 100
    monkeypatch.setenv("COLUMNS", "3")
    assert columns.width() == columns.NARROWEST
