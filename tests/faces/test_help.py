"""What `help` says of what is public."""

import dataclasses
import inspect
import pydoc
import re

import pytest

import admodes as ad
from admodes.choosing.ways import Measured, Predicted
from admodes.modes.operators import METHODS, REFUSED
from tests.helpers import together

CLASSES = [getattr(ad, name) for name in ad.__all__ if inspect.isclass(getattr(ad, name))]
DATA = [each for each in (*CLASSES, Measured, Predicted) if dataclasses.is_dataclass(each)]


def text_of(thing):
    return pydoc.plain(pydoc.render_doc(thing))


def own_fields(kind):
    inherited = {field.name for base in kind.__bases__ if dataclasses.is_dataclass(base)
                 for field in dataclasses.fields(base)}  # fmt: skip
    return [field.name for field in dataclasses.fields(kind) if field.name not in inherited]


@together
@pytest.mark.parametrize("kind", DATA, ids=lambda kind: kind.__name__)
def test_every_field_is_told(kind):
    text = text_of(kind)
    _, _, attributes = inspect.getdoc(kind).partition("Attributes\n----------\n")
    assert re.findall(r"^(\w+)$", attributes, re.M) == own_fields(kind)
    assert "Attributes" in text


@together
@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_class_and_what_is_public_in_it_is_told(kind):
    assert inspect.getdoc(kind)
    for name, member in vars(kind).items():
        if not name.startswith("_") and (
            inspect.isfunction(member) or isinstance(member, property)
        ):
            assert inspect.getdoc(member), name


def test_results_are_of_public_classes():
    def f(x):
        return x * x

    comparison = ad.compare(f, 2.0, seconds=0.01)
    assert isinstance(comparison.agreement, ad.Agreement)
    assert all(isinstance(way, ad.Way) for way in comparison.ways)
    assert isinstance(ad.vjp(f, 2.0)[1], ad.Pullback)


@pytest.mark.parametrize("kind", [ad.Variable, ad.Dual])
def test_what_is_made_at_run_time_has_its_name(kind):
    text = text_of(kind)
    assert "= method(" not in text
    assert "= reflected(" not in text
    for name in ("__add__", "__radd__", "__neg__", "__lt__", *METHODS):
        method = getattr(kind, name)
        assert method.__name__ == name
        assert re.search(rf"^ \|  {name}\(", text, re.M), name
    for name, instead in REFUSED.items():
        assert f"Refused: {instead}." in inspect.getdoc(getattr(kind, name))
