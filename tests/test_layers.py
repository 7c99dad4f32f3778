"""The layers of docs/architecture.md: who may import whom, and what an import brings with it."""

import doctest
import graphlib
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import admodes
from admodes import testing
from tests.helpers import imports, together

ROOT = Path(__file__).parents[1]
#: The wings and faces: each imports only from those above it. Those on one line do not know each
#: other.
LAYERS = (
    {"core", "measure"},
    {"primitives"},
    {"modes"},
    {"workers"},
    {"checkpoints", "forward", "reverse"},
    {"counting", "imperative", "mixed", "programs", "scipy", "truth"},
    {"diagnosis", "jacobians"},
    {"graphs"},
    {"choosing"},
    {"transforms"},
    {"testing"},
    {"shell"},
    {"__main__"},
)
DEPTH = {name: depth for depth, layer in enumerate(LAYERS) for name in layer}
#: What a layer may import beside NumPy and the standard library.
THIRD_PARTY = {
    "choosing": {"matplotlib"},
    "graphs": {"matplotlib", "pygraphviz"},
    "jacobians": {"scipy"},
    "measure": {"rich", "threadpoolctl"},
    "programs": {"llvmlite"},
    "scipy": {"scipy"},
    "testing": {"pytest"},
    "shell": {"click"},
    "__main__": {"click", "matplotlib", "threadpoolctl"},
    "workers": {"cloudpickle", "rich", "threadpoolctl"},
}
#: The modules that the experiments see, and in them the names in `__all__`.
FACE = {
    "admodes",
    "admodes.counting",
    "admodes.forward",
    "admodes.graphs",
    "admodes.imperative",
    "admodes.measure",
    "admodes.measure.words",
    "admodes.mixed",
    "admodes.reverse",
    "admodes.shell.targets",
    "admodes.testing",
    "admodes.transforms",
    "admodes.truth",
    "admodes.workers",
}


def sources(folder):
    """The text of every module in a folder, by the module's full name."""
    paths = sorted((ROOT / folder).rglob("*.py"))
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    return {
        name.removesuffix(".__init__"): path.read_text(encoding="utf-8")
        for name, path in zip(names, paths, strict=True)
    }


PACKAGE = sources("admodes")
TOP = PACKAGE.pop("admodes")
EXPERIMENTS = sources("experiments")


def layer(module, name=None):
    """The name in LAYERS of what an import in the package refers to; None for its top."""
    parts = module.split(".")[1:]
    return parts[0] if parts else (name if name in DEPTH else None)


def upward(module, code):
    """What a module of the package imports that is not above it in LAYERS."""
    own = layer(module)
    for source, name in imports(code):
        if source.split(".")[0] in ("admodes", ""):
            other = layer(source, name)
            if other != own and DEPTH.get(other, len(LAYERS)) >= DEPTH[own]:
                yield source, name


def foreign(module, code):
    """The packages that it imports and may not."""
    known = {"admodes", "numpy", *sys.stdlib_module_names, *THIRD_PARTY.get(layer(module), ())}
    return {source.split(".")[0] for source, _ in imports(code)} - known


def behind_the_face(code):
    """What a module of the experiments imports from the package that is not public."""
    for source, name in imports(code):
        if source.split(".")[0] == "admodes" and f"{source}.{name}" not in FACE:
            public = source in FACE and getattr(importlib.import_module(source), "__all__", ())
            if source not in FACE or (name is not None and name not in public):
                yield source, name


def test_every_module_has_a_place():
    found = {layer(module) for module in PACKAGE}
    new, gone = sorted(found - set(DEPTH)), sorted(set(DEPTH) - found)
    assert not new, (
        f"new in admodes/: {', '.join(new)}. Give it a line in LAYERS (here) and in "
        "docs/architecture.md, below all that it imports and above all that may import it"
    )
    assert not gone, f"no longer in admodes/: {', '.join(gone)}. Take its line out of LAYERS"


def test_the_page_lists_them_all_and_names_files_that_are_there():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| (`[^|]*`) \|", page, re.MULTILINE)
    listed = re.findall(r"`([\w/]+?)(?:/|\.py)`", " ".join(lines))
    assert len(listed) == len(set(listed))
    assert {name for name in listed if "/" not in name} == set(DEPTH)
    assert not [name for name in listed if "/" in name and not (ROOT / "admodes" / name).is_dir()]
    files = re.findall(r"`((?!tests/)\w+/\w+\.py)`", page)
    assert files
    assert not [file for file in files if not (ROOT / "admodes" / file).exists()]


#: Folders that have a file per family, or per function, by whose name it is found.
FAMILIES = {"primitives", "scipy", "scipy/special", "shell/gradbench/evals"}


@together
@pytest.mark.parametrize(
    "folder",
    sorted(path.parent for path in (ROOT / "admodes").glob("*/**/__init__.py")),
    ids=lambda folder: folder.relative_to(ROOT).as_posix(),
)
def test_a_folder_says_what_each_file_in_it_is_for(folder):
    if folder.relative_to(ROOT / "admodes").as_posix() in FAMILIES:
        return
    text, _, _ = (folder / "__init__.py").read_text(encoding="utf-8").partition("\nfrom ")
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    unsaid = sorted(files - set(re.findall(r"`(\w+)`", text)))
    assert not unsaid, "say in __init__.py what it is for"


def test_a_module_imports_only_from_above():
    known = {module: code for module, code in PACKAGE.items() if layer(module) in DEPTH}
    found = {module: list(upward(module, code)) for module, code in known.items()}
    assert not {module: each for module, each in found.items() if each}


@together
@pytest.mark.parametrize("wing", sorted({layer(module) for module in PACKAGE}))
def test_no_wing_imports_in_a_circle(wing):
    inside = {
        module: {
            each
            for source, name in imports(code)
            for each in (source, f"{source}.{name}")
            if each in PACKAGE and not f"{module}.".startswith(f"{each}.")  # nor what it is in
        }
        for module, code in PACKAGE.items()
        if layer(module) == wing
    }
    graphlib.TopologicalSorter(inside).prepare()  # raises where there is one


def test_at_the_top_stand_faces_alone():
    """Every file there is one that a user is meant to import, and says what is in it."""
    at_top = {path.stem for path in (ROOT / "admodes").glob("*.py")} - {"__init__", "__main__"}
    new = {f"admodes.{name}" for name in at_top} - FACE
    assert not new, "a face: enter it in FACE (here). What no user imports goes into a wing"
    for module in FACE:
        assert getattr(importlib.import_module(module), "__all__", None), module


@together
@pytest.mark.parametrize("module", sorted(FACE))
def test_no_module_bears_the_name_of_a_public_function(module):
    """Where one does, ``import admodes.name`` gives whichever of the two came last."""
    face = importlib.import_module(module)
    public = [name for name in face.__all__ if not inspect.ismodule(getattr(face, name))]
    assert not [name for name in public if f"{module}.{name}" in PACKAGE]


def test_a_module_needs_numpy_alone():
    found = {module: foreign(module, code) for module, code in PACKAGE.items()}
    assert not {module: each for module, each in found.items() if each}


def test_an_experiment_uses_the_public_face():
    found = {module: list(behind_the_face(code)) for module, code in EXPERIMENTS.items()}
    assert not {module: each for module, each in found.items() if each}


@together
@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("admodes.forward", "from admodes.reverse import Tape"),
        ("admodes.reverse", "def f():\n    from admodes import forward"),
        ("admodes.core.rules", "from admodes import primitives"),
        ("admodes.core.rules", "import admodes.modes.expressions as e"),
        ("admodes.modes.arguments", "from admodes import grad"),
        ("admodes.modes.arguments", "import admodes"),
        ("admodes.primitives.linalg", "from admodes.modes.expressions import Expression"),
        ("admodes.transforms", "from . import testing"),
    ],
)
def test_an_import_from_below_is_noticed(module, code):
    assert list(upward(module, code))


def test_other_imports_are_noticed():
    assert foreign("admodes.forward", "import scipy.special, math") == {"scipy"}
    assert foreign("admodes.core.rules", "from threadpoolctl import threadpool_limits")
    for code in (
        "from admodes.reverse import Tape",
        "from admodes.core.rules import apply",
        "from admodes import rules",
        "import admodes.modes",
        "from admodes.measure.timing import median",
    ):
        assert list(behind_the_face(code)), code


@pytest.mark.slow
def test_importing_the_package_is_light():
    """It brings NumPy, and nothing that draws, prints or measures."""
    code = "import sys, admodes; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name for full in found.stdout.split() for name in (full, full.partition(".")[0])}
    assert {"admodes", "numpy"} <= loaded
    unwanted = {
        "IPython",
        "click",
        "concurrent.futures",
        "html",
        "llvmlite",
        "matplotlib",
        "pygraphviz",
        "pytest",
        "rich",
        "scipy",
    }
    unwanted |= {"threadpoolctl", "admodes.modes.tabling", "admodes.graphs.figures"}
    assert not loaded & unwanted


@pytest.mark.parametrize("module", [admodes, testing])
def test_every_public_function_has_an_example(module):
    functions = {name: getattr(module, name) for name in module.__all__}
    without = [
        name
        for name, function in functions.items()
        if callable(function) and not isinstance(function, type)
        if not doctest.DocTestParser().get_examples(function.__doc__ or "")
    ]
    assert functions
    assert not without


def test_the_package_shows_what_is_public():
    shown = {name for name in dir(admodes) if not name.startswith("_")}
    modules = {module.removeprefix("admodes.") for module in FACE if module.count(".") == 1}
    hidden = (modules | set(admodes.__all__)) - shown
    assert not hidden, "public, but not shown: enter the module in __dir__ of admodes/__init__.py"
    assert shown == modules | set(admodes.__all__)


def test_the_public_names_are_those_imported():
    imported = {name for source, name in imports(TOP) if source.startswith("admodes")}
    imported -= {"starting", "no_such"}  # by other names: they are there for what they do
    assert imported == set(admodes.__all__)
    assert list(admodes.__all__) == sorted(admodes.__all__)
