"""What is compiled from a text that modes share is each one's own."""

import inspect

import pytest

from admodes import counting
from admodes.modes import compiling
from admodes.modes.duals import Dual
from admodes.modes.variables import Variable
from admodes.truth.shaking import Shaken


@pytest.mark.parametrize("mode", [Dual, Variable, Shaken, counting.Counted])
def test_an_operator_is_shown_as_that_of_its_mode(mode):
    for name in ("__add__", "__rmul__", "__isub__"):
        code = getattr(mode, name).__code__
        assert code.co_filename.endswith(f" of {mode.__module__}.{mode.__qualname__}>")
        assert inspect.getsource(code).startswith("def ")


def test_modes_of_one_text_share_no_code():
    """CPython adapts code to the types that it meets."""
    assert Shaken.__add__.__code__.co_code == counting.Counted.__add__.__code__.co_code
    assert Shaken.__add__.__code__ is not counting.Counted.__add__.__code__
    text = "def outer():\n    def inner():\n        return 1\n    return inner\n"
    one, other = (compiling.compiled(text, what, {})["outer"] for what in ("one", "other"))
    assert one().__code__.co_filename == "<admodes one>"
    assert other().__code__.co_filename == "<admodes other>"
    assert one()() == other()() == 1
