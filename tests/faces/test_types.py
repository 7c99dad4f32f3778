"""What checkers of types know: the code of README and `docs/`, what is kept, what is refused."""

import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from admodes.modes.expressions import Expression
from admodes.modes.operators import BINARY, COMPARISONS, METHODS, UNARY

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

#: What a page takes as imported; what else its lines speak of (`my_loss`) stands in its prose.
PREAMBLE = "import numpy as np\nimport admodes as ad\nfrom admodes import forward, reverse\n"

KEPT = """
from typing import Any, Callable, assert_type

import numpy as np
import admodes as ad
from admodes import imperative, mixed


def f(a: float, b: float = 1.0, *, scale: float = 1.0) -> float:
    return a * b * scale


ad.grad(f)(1.0, 2.0, scale=3.0)
ad.grad(f, mode="forward")(1.0)
ad.jacobian(f, mode="auto")(1.0, b=2.0)
ad.grad(f, compiled=True, backend="compiled")(1.0, scale=3.0)
assert_type(ad.value_and_grad(f, compiled=True)(1.0), tuple[float, Any])
assert_type(ad.jvp(f, (1.0,), (1.0,), compiled=True, backend="numpy"), tuple[float, float])
assert_type(ad.value_and_grad(f)(1.0), tuple[float, Any])
assert_type(ad.jvp(f, (1.0, 2.0), (1.0, 0.0)), tuple[float, float])
assert_type(ad.vjp(f, 1.0, 2.0), tuple[float, ad.reverse.Pullback])
assert_type(ad.linearize(f, 1.0)[0], float)
assert_type(ad.jacobian(f)(1.0), Any)
print(ad.jacobian(f).choice().mode, ad.jacobian(f, mode="mixed").choice().chunk_size)
print(ad.jacobian(f).__name__, mixed.jacobian(f).choice().reason)
along: Callable[[float], Any] = ad.jacobian(lambda a: a * 2.0)
advice = ad.recommend(f, 1.0)
ad.jacobian(f, mode=advice.mode, chunk_size=advice.chunk_size)(1.0)
ad.checkpoint(f)(1.0, scale=2.0)
ad.checkpoint(f, steps=10)(1.0)
ad.graph(f, 1.0).draw("reverse", flow="right")


@ad.no_grad()
def step(x: float) -> float:
    return x


step(1.0)
ones = np.ones((2, 2))
x, w = ad.variable(ones), ad.variable(ones)
for y in (x * w, 2.0 * x, 1 - x, -x, abs(x), x**2, x @ ones, x / w, np.float64(2) * x, x.sum()):
    assert_type(y, imperative.Variable)
assert_type(ad.Dual(3.0, 1.0) ** 2, ad.Dual)
(ones - x * w).backward(ones)
(ones @ x).backward(ones)
np.sum(x * x).backward()
np.mean((x @ w - ones) ** 2).backward()
np.sin(x[0, 0]).backward()
(np.sum(np.sin(x)) * 2 + 1).backward()
"""

WRONG = """
import admodes as ad


def f(a: float, b: float) -> float:
    return a * b


ad.grad(f, mode="backward")
ad.jacobian(f, mode="fastest")
ad.hessian(f, modes="forward")
ad.grad(f, compiled=True, backend="jit")
ad.grad(f)(1.0)
ad.grad(f)("a", 1.0)
ad.vjp(f, 1.0)
ad.variable(1.0).bakward()
ad.jacobian(f).choices()
ad.jacobian(f, mode="reverse").choice()
ad.jacobian(f)("a", 1.0)
"""


#: What this package imports, and none of its types are checked here: it takes as long as NumPy.
SETTINGS = """
[mypy]
check_untyped_defs = True
disable_error_code = name-defined
follow_imports = silent
ignore_missing_imports = True

[mypy-matplotlib.*,rich.*,click.*,filelock.*,pytest.*,_pytest.*]
follow_imports = skip
follow_imports_for_stubs = True
"""


def code_of(page):
    """What stands on it to be run: whole lines, and those behind the prompts of a session."""
    blocks = re.findall(r"^ *```(py\w+)\n(.*?)^ *```", page.read_text("utf-8"), re.M | re.S)
    code = (
        textwrap.dedent(block) if kind == "python" else "\n".join(_typed(textwrap.dedent(block)))
        for kind, block in blocks
    )
    return PREAMBLE + "\n\n".join(code)


def _typed(session):
    return re.findall(r"^(?:>>>|\.\.\.) ?(.*)", session, re.M)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("types")
    for page in PAGES:
        (folder / f"{page.stem.replace('-', '_').lower()}_page.py").write_text(code_of(page))
    (folder / "kept.py").write_text(KEPT)
    (folder / "wrong.py").write_text(WRONG)
    return folder


@pytest.fixture(scope="module")
def mypy(files, lasting_folder):
    """The lines of each file where it finds an error."""
    pytest.importorskip("mypy")
    (files / "mypy.ini").write_text(SETTINGS)
    command = [sys.executable, "-m", "mypy", "--config-file", str(files / "mypy.ini")]
    command += ["--no-error-summary", f"--cache-dir={lasting_folder('mypy')}"]
    done = subprocess.run(
        [*command, *map(str, sorted(files.glob("*.py")))], cwd=ROOT, capture_output=True, text=True
    )
    assert not done.stderr
    return errors(re.match(r"(.*?):(\d+): error: (.*)", line) for line in done.stdout.splitlines())


@pytest.fixture(scope="module")
def pyright(files):
    """The same of pyright, where it is installed."""
    if shutil.which("pyright") is None:
        pytest.skip("pyright is not installed")
    settings = {"reportUndefinedVariable": False, "extraPaths": [str(ROOT)]}
    (files / "pyrightconfig.json").write_text(json.dumps(settings))
    done = subprocess.run(
        ["pyright", "--pythonpath", sys.executable, "-p", str(files)],
        capture_output=True,
        text=True,
    )
    return errors(
        re.match(r"\s*(\S+):(\d+):\d+ - error: (.*)", line) for line in done.stdout.splitlines()
    )


def errors(matches):
    found = {}
    for match in filter(None, matches):
        found.setdefault(Path(match[1]).name, {})[int(match[2])] = match[3]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_code_of_every_page_and_what_is_kept(checker, request):
    found = request.getfixturevalue(checker)
    assert set(found) <= {"wrong.py"}, {name: found[name] for name in found if name != "wrong.py"}


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_what_cannot_be_right_is_told(checker, request):
    lines = WRONG.splitlines()
    calls = [i for i, line in enumerate(lines, 1) if line.startswith("ad.")]
    assert sorted(request.getfixturevalue(checker)["wrong.py"]) == calls


def test_pages_have_code():
    assert "x1 * w1" in code_of(ROOT / "docs" / "tutorial.md")


def test_every_operator_and_method_that_is_made_is_declared():
    """And none is declared that is not there."""
    source = (ROOT / "admodes" / "modes" / "typed.py").read_text("utf-8")
    operators = source[source.index("class Operators") : source.index("class Result")]
    declared = set(re.findall(r"def (\w+)\(", operators))
    made = {f"__{name}__" for name in (*UNARY, *BINARY, *COMPARISONS)}
    made |= {f"__r{name}__" for name in BINARY} | set(METHODS)
    assert made - declared <= {"__pow__"}  # which stands in Expression
    assert all(hasattr(Expression, name) or f"__{name.strip('_')}__" in made for name in declared)
    assert not declared - made
