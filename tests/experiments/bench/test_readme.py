"""The README's tables are those of the committed data."""

import pytest

from experiments.bench import readme


def test_tables_are_made_from_the_data_beside_the_figures():
    text = readme.README.read_text(encoding="utf-8")
    assert readme.filled(text) == text, "run: python -m experiments.bench.readme"


def test_missing_place_for_a_table_is_said():
    with pytest.raises(ValueError, match="no place for the table speedup"):
        readme.filled("nothing here")
