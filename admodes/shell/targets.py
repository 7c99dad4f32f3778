"""A function of the user's, from ``package.module:function`` or ``path/to/file.py:function``."""

import difflib
import functools
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from admodes.shell.failures import location, one_line
from admodes.workers.files import module_of

__all__ = ["load"]

FORM = "package.module:function or path/to/file.py:function"


def load(target: str) -> tuple[ModuleType, Callable[..., Any]]:
    """The module and the function that a target names."""
    place, _, function_name = target.rpartition(":")
    if not place or place.endswith(":") or not function_name or "/" in function_name:
        raise _bad_target(f"{target!r} is not of the form {FORM}")
    if not place.endswith(".py"):
        _importable_from(Path.cwd())
        module = _imported(place, functools.partial(importlib.import_module, place))
    elif not Path(place).is_file():
        raise _bad_target(f"there is no file {place!r}")
    else:
        module = _imported(place, functools.partial(_run_file, Path(place).resolve()))
    function: Any = module
    for part in function_name.split("."):
        function = getattr(function, part, None)
    if not callable(function):
        raise _bad_target(
            f"{place!r} has no function {function_name!r}{_instead(module, function_name)}"
        )
    return module, function


def _imported(place: str, imported: Callable[[], ModuleType]) -> ModuleType:
    try:
        return imported()
    except (Exception, SystemExit) as error:  # the user's own module may raise anything
        message = f"cannot import {place!r}: {one_line(error)}{location(error)}"
        raise _bad_target(message) from error


def _run_file(path: Path) -> ModuleType:
    """A file as Python would run it: what lies beside it can be imported, or its own package."""
    package = [parent.name for parent in _packages(path)]
    root = path.parents[len(package)]
    _importable_from(root)
    if package and path.stem != "__init__":
        return importlib.import_module(".".join([*package[::-1], path.stem]))
    if getattr(sys.modules.get(path.stem), "__file__", None) == str(path):
        return sys.modules[path.stem]
    # Not in the place of a module that has the same name: random.py, say.
    taken = path.stem in sys.modules
    name = f"{path.stem} ({path})".replace(".", "_") if taken else path.stem  # no package
    return module_of(name, path)


def _packages(path: Path) -> list[Path]:
    """The folders that make it a module of a package, the innermost first."""
    found = []
    for parent in path.parents:
        if not (parent / "__init__.py").is_file():
            break
        found.append(parent)
    return found


def _importable_from(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _instead(module: ModuleType, name: str) -> str:
    functions = [key for key, each in vars(module).items() if callable(each) and key[0] != "_"]
    near = difflib.get_close_matches(name, functions, n=3)
    return f"; did you mean {' or '.join(near)}?" if near else ""


_bad_target = functools.partial(click.BadParameter, param_hint="'TARGET'")
