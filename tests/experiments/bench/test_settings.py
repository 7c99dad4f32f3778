"""What decides a result: by default, quick, published, or as an option has it."""

import click
import pytest

from experiments.bench.settings import Named, Positive, Setting, budget
from tests.helpers import together

ROUNDS = Setting(21, "--rounds N", "Samples.", quick=9, published=41)


@together
@pytest.mark.parametrize(
    ("options", "quick", "publish", "expected"),
    [
        ({}, False, False, 21),
        ({"rounds": None}, True, False, 9),
        ({}, False, True, 41),
        ({"rounds": 5}, False, False, 5),
        ({"rounds": 5}, True, False, 5),
        ({"rounds": 0}, True, False, 0),
    ],
)
def test_an_option_goes_before_all(options, quick, publish, expected):
    assert ROUNDS.resolved(options, quick=quick, publish=publish) == expected


def resolved(setting, quick=False, **options):
    return setting.resolved(options, quick=quick, publish=False)


def test_values_are_as_json_has_them():
    sizes = Setting((1, 2), "--sizes N...", quick=(1,))
    assert resolved(sizes) == [1, 2]
    assert resolved(sizes, quick=True) == [1]
    assert resolved(sizes, sizes=(7, 7)) == [7, 7]
    assert resolved(Setting(lambda: {"L2": 4})) == {"L2": 4}
    flag = Setting(False, "--peers", published=True)
    assert resolved(flag, peers=False) is False
    assert flag.resolved({"peers": False}, quick=False, publish=True) is True


def test_what_nobody_can_change_heeds_no_option():
    assert resolved(Setting(3), rounds=5) == 3


@together
@pytest.mark.parametrize(
    ("setting", "default"),
    [
        (ROUNDS, "21, with --quick 9"),
        (Setting((1, 2), "--sizes N..."), "1 2"),
        (Setting(8.0, "--seconds S"), "8"),
        (Setting((), "--at X...", shown="2 1"), "2 1"),
    ],
)
def test_the_help_says_the_default(setting, default):
    assert setting.click().help.endswith(f"[default: {default}]")


def test_a_flag_and_nothing_have_no_default_to_say():
    for value in (False, None):
        assert Setting(value, "--some", "Some.").click().help == "Some."


def test_one_option_can_leave_another_no_sense():
    own = budget(2.0, 1.0, "all")
    assert resolved(own["budget"], budget=3.0, exhaustive=False) == 3.0
    with pytest.raises(click.UsageError, match="--exhaustive has no --budget: give one of the two"):
        resolved(own["exhaustive"], budget=3.0, exhaustive=True)


def test_types_say_what_is_wrong():
    option = Setting(1.0, "--rate RATE", type=Positive(": try 1")).click()
    assert option.type.convert("2", option, None) == 2.0
    with pytest.raises(click.UsageError, match=r"^--rate must be finite: try 1$"):
        option.type.convert("nan", option, None)

    def find(name):
        raise ValueError(f"there is no {name}")

    with pytest.raises(click.UsageError, match="there is no wave"):
        Named(find).convert("wave", option, None)
