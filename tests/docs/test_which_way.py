"""docs/which-way.md: each line of its table runs, and gives the derivative that it is said to."""

import re
from importlib.util import find_spec

import numpy as np
import pytest

import admodes as ad
from tests.docs.pages import blocks, read
from tests.helpers import named

PAGE = read("docs/which-way.md")
LINES = re.findall(
    r"^\| (?!what you have)(?!-)(.+?) \| .+? \| `(.+)` \| .+ \|$", PAGE, re.MULTILINE
)


def test_every_line_of_the_table_runs_and_is_right(subtests):
    names = {}
    next(iter(blocks("docs/which-way.md", PAGE))).run(names)
    x, p = names["x"], names["p"]

    def stepped(y):
        for _ in range(100):
            y = names["oscillate"](y)
        return np.sum(y)

    expected = {
        "energy": ad.forward.grad(names["energy"])(x),
        "curve": ad.reverse.jacobian(names["curve"])(p),
        "diffusion": ad.forward.jacobian(names["diffusion"])(x),
        "hourglass": ad.forward.jacobian(names["hourglass"])(x),
        "oscillate": ad.grad(stepped)(x),
        "eliminate": np.array([[2.0, 5.0]]),
        "sparse_hessian": ad.hessian(names["energy"])(x),
    }
    assert len(LINES) >= 10
    for situation, code in LINES:
        with named(subtests, situation):
            if "sparse" in code and find_spec("scipy") is None:
                pytest.skip("its code needs SciPy, which is not installed")
            if "compiled" in code and "backend" in code and find_spec("llvmlite") is None:
                pytest.skip("its code needs llvmlite, which is not installed")
            found = eval(code, names)
            found = found.toarray() if hasattr(found, "toarray") else found
            key = next(key for key in reversed(expected) if key in code)
            np.testing.assert_allclose(found, expected[key], rtol=1e-9, atol=1e-9)


def test_the_functions_are_what_their_comments_say():
    names = {}
    next(iter(blocks("docs/which-way.md", PAGE))).run(names)
    jacobian = ad.jacobian(names["hourglass"], mode="mixed")
    jacobian(names["x"])
    assert jacobian.choice().mode == "mixed"
    pytest.importorskip("scipy")
    for face, f in ((ad.sparse_jacobian, "diffusion"), (ad.sparse_hessian, "energy")):
        assert face(names[f]).plan(names["x"]).directions == 3


def test_each_way_has_its_page():
    for page in ("sparse", "mixed", "programs", "compiled", "elimination", "choosing", "tutorial"):
        assert f"({page}.md)" in PAGE
