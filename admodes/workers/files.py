"""Modules of files that no import would find."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def module_of(name: str, file: str | Path) -> ModuleType:
    """Run a file as the module of this name, which is then found by it.

    Raises
    ------
    ImportError
        Where it is no Python file; and whatever the file raises.
    """
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses look for it
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
