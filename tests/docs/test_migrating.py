"""docs/migrating.md: each line of its tables prints what stands there."""

import re

import numpy as np
import pytest

import admodes as ad
from admodes.core.other_libraries import INSTEAD
from tests.docs.pages import blocks, read
from tests.helpers import together

PAGE = read("docs/migrating.md")
NAMES = {"ad": ad, "np": np}
exec(next(blocks("docs/migrating.md", PAGE)).code, NAMES)


#: What can be called, and is not an attribute such as `ad.variable`.
CALL = re.compile(r"`((?:ad\.|str|pullback|pushforward|backward|frozen|stepped|)[^` ]*\([^`]*)`")


def rows():
    """The code under "here", and what it prints, of each line of the tables."""
    for line in PAGE.splitlines():
        if not line.startswith("| ") or line.endswith(("| prints |", "| |")):
            continue
        *_, here, prints = line.strip("|").split(" | ")
        codes = [*CALL.findall(here.partition("and then")[2] or here)]
        results = re.findall("`(.+?)`", prints)
        yield (
            here,
            list(zip(codes, results * (len(codes) if len(results) == 1 else 1), strict=True)),
        )


ROWS = list(rows())


def printed(value):
    return " ".join(re.sub(r"\[ +", "[", str(value)).split())


def test_the_tables_are_found():
    lines = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert len(ROWS) == len(lines) - 4 - 1  # two heads, and a line that only refers
    assert len(ROWS) > 30


@together
@pytest.mark.parametrize(("here", "pairs"), ROWS, ids=[here for here, _ in ROWS])
def test_a_line(here, pairs):
    assert pairs, here
    for code, result in pairs:
        assert printed(eval(code, NAMES)) == printed(result), code


def test_a_name_from_elsewhere_is_explained():
    for name, instead in INSTEAD.items():
        with pytest.raises(AttributeError, match=re.escape(instead)) as raised:
            getattr(ad, name)
        assert (raised.value.name, raised.value.obj) == (name, ad)
    with pytest.raises(AttributeError, match=r"^module 'admodes' has no attribute 'gard'$"):
        ad.gard
    assert not hasattr(ad, "vmap")


@together
@pytest.mark.parametrize("name", ["grad", "value_and_grad", "jacobian", "hessian"])
@pytest.mark.parametrize("module", [ad, ad.forward, ad.reverse])
def test_an_option_from_elsewhere_is_explained(module, name):
    if hasattr(module, name):
        with pytest.raises(TypeError, match=rf"^{name}\(\) has no argument 'argnum'.*argnums="):
            getattr(module, name)(np.sum, argnum=1)


def test_what_is_written_instead_is_there():
    """What begins like a call of this package is one of its functions."""
    assert not set(INSTEAD) & set(ad.__all__)
    calls = [re.match(r"(?:testing\.)?(\w+)\(", instead) for instead in INSTEAD.values()]
    for call in filter(None, calls):
        assert call[1] in {*ad.__all__, *ad.testing.__all__}, call[1]
