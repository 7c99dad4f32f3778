"""A derivative's work as bytes, and back: the user's function may be hard to find for a worker.

What pickle alone does not carry: functions that the faces made (``grad(f)``), which are made again
of what they were made of; functions of a file that was given by its path, of which the worker is
told the path; and the rules that were registered here, which a worker registers, too. Functions
without a place in a module travel where cloudpickle is installed.
"""

import contextlib
import functools
import importlib
import io
import os
import pickle
import struct
import sys
import warnings
from collections.abc import Callable
from importlib.machinery import PathFinder
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, BinaryIO

from admodes.modes.arguments import name
from admodes.modes.users.registering import REGISTERED, register_rule
from admodes.workers.files import module_of
from admodes.workers.made_by import make, making_of

_END = struct.Struct("<Q")
"""Where the work ends, and what is said of its modules begins."""


Place = tuple[str, bool]
"""The file of a module; and whether its name would import another one."""


class NotPortable(TypeError):
    """What is to travel to a worker cannot."""


class _OfTheProgram(Exception):
    """What is to travel is of the caller's own program: a worker runs another one."""


class _NoProgram(pickle.Pickler):
    """One that leaves what is of the caller's program to those that carry it along."""


def packed(work: Any, function: Callable[..., Any], what: str) -> bytes:
    """The work of a derivative, whose function is `function`, as bytes.

    Raises
    ------
    NotPortable
        A ``TypeError``, where it cannot be pickled, which says what to write.
    """
    by_value = _by_value()
    kinds = [_NoProgram, by_value, pickle.Pickler] if by_value else [pickle.Pickler]
    first: Exception | None = None
    for kind in kinds:
        try:
            return _packed(kind, work)
        except _OfTheProgram:
            continue
        except Exception as error:  # what a user's class raises when it is pickled may be anything
            first = first or error
    raise NotPortable(
        f"{what}: {name(function)}, or what it is bound to, cannot travel to a worker "
        f"({type(first).__name__}: {first}). Define the function at the top of a module, with the "
        "arrays that it needs bound by functools.partial or given as arguments; or pip install "
        "cloudpickle, which carries lambdas and functions within functions; or spread over threads"
    ) from first


def _by_value() -> Any:
    """The pickler that carries functions as such, if there is one."""
    try:
        import cloudpickle
    except ImportError:
        return None
    return cloudpickle.Pickler


def _packed(kind: Any, work: Any) -> bytes:
    files: dict[str, Place] = {}
    buffer = io.BytesIO()  # whose value is no other copy
    _dump(kind, buffer, files, work)
    end = buffer.tell()
    rules = [rule for rule in map(functools.partial(_rule, files), REGISTERED.items()) if rule]
    pickle.dump((files, sys.path, rules), buffer, protocol=5)
    buffer.write(_END.pack(end))
    return buffer.getvalue()


def _rule(files: dict[str, Place], registered: tuple[Any, Any]) -> bytes | None:
    """A function and its rule; ``None`` where they cannot travel, for the work may not need them.

    By value where that can be: a rule may be of the program's own functions.
    """
    for kind in (_by_value(), pickle.Pickler):
        buffer = io.BytesIO()
        with contextlib.suppress(Exception):  # what a user's class raises may be anything
            _dump(kind, buffer, files, registered)
            return buffer.getvalue()
    return None


def _dump(kind: Any, buffer: BinaryIO, files: dict[str, Place], thing: Any) -> None:
    """As `kind` pickles it, which notes of which files functions and modules are.

    For a ufunc, which does not know its module, pickle asks every module that is loaded for its
    name; what one of them warns of then is no matter of the user's, and must not become an error.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        _pickler(kind, buffer, files).dump(thing)


def _pickler(kind: Any, buffer: BinaryIO, files: dict[str, Place]) -> Any:
    """One that notes of which files functions and modules are."""

    class Pickler(kind):
        def reducer_override(self, obj: Any) -> Any:
            making = making_of(obj)
            if making is not None:
                return make, making[1:]
            if isinstance(obj, (FunctionType, type)):
                if kind is _NoProgram and obj.__module__ == "__main__":
                    raise _OfTheProgram
                _note(obj.__module__, files)
            elif isinstance(obj, ModuleType) and _note(obj.__name__, files):
                return _imported, (obj.__name__, *files[obj.__name__])
            return super().reducer_override(obj) if kind is _by_value() else NotImplemented

    return Pickler(buffer, protocol=5)


def _note(module: str, files: dict[str, Place]) -> bool:
    """Whether a module has a file, which is noted; not where cloudpickle is to carry it along."""
    if module not in files:
        file = getattr(sys.modules.get(module), "__file__", None)
        cloudpickle = sys.modules.get("cloudpickle")
        along = cloudpickle.list_registry_pickle_by_value() if cloudpickle else ()
        if file is None or module == "__main__" or module in along:
            return False
        files[module] = file, _is_another(module, file)
    return True


def _is_another(module: str, file: str) -> bool:
    """Whether an import by this name would find a file that is not the module's."""
    parent, _, _ = module.rpartition(".")
    path = getattr(sys.modules.get(parent), "__path__", None) if parent else None
    if parent and path is None:
        return False
    spec = PathFinder.find_spec(module, path)
    origin = getattr(spec, "origin", None)
    return origin is not None and not (os.path.exists(file) and os.path.samefile(origin, file))


def unpacked(data: bytes | BinaryIO) -> Any:
    """The work, in a worker, from bytes or a file, whose numbers are then in memory once.

    Raises
    ------
    NotPortable
        Where the worker does not find what belongs to the function.
    """
    opened = io.BytesIO(data) if isinstance(data, bytes) else data
    opened.seek(-_END.size, io.SEEK_END)
    (end,) = _END.unpack(opened.read())
    opened.seek(end)
    files, path, rules = pickle.load(opened)
    opened.seek(0)
    sys.path += [folder for folder in path if folder not in sys.path]

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            if module in files:
                _imported(module, *files[module])
            return super().find_class(module, name)

    try:
        work = Unpickler(opened).load()
        for each in rules:  # last, for a module registers its own when it is imported
            with contextlib.suppress(AttributeError, ImportError):  # one that is not needed, maybe
                register_rule(*Unpickler(io.BytesIO(each)).load())
        return work
    except (AttributeError, ImportError) as error:
        raise NotPortable(
            f"a worker does not find what belongs to the function ({error}): define that in a "
            "module, a file that this worker can import too; or pip install cloudpickle, which "
            "carries along what was typed in or is in the program's own file"
        ) from error


def homeward(thing: Any) -> bytes | None:
    """An error or a warning as bytes; ``None`` where they could not be undone at home.

    What cannot be put together again breaks a pool. A class without a place in a module may be the
    caller's own, which has come by cloudpickle and goes back by it.
    """
    for kind in filter(None, (pickle, sys.modules.get("cloudpickle"))):
        try:
            data: bytes = kind.dumps(thing)
            pickle.loads(data)
            return data
        except Exception:  # whatever its class does when it is pickled
            continue
    return None


def _imported(module: str, file: str, instead: bool) -> ModuleType:
    """A module that may have been read from a file which no import would find.

    It stands `instead` of one of the same name, here as at the caller.
    """
    there = sys.modules.get(module)
    if instead and Path(file).is_file():
        is_it = getattr(there, "__file__", None) == file
        return there if there is not None and is_it else module_of(module, file)
    try:
        return importlib.import_module(module) if there is None else there
    except ModuleNotFoundError as error:
        if not module.startswith(str(error.name)) or not Path(file).is_file():
            raise
        return module_of(module, file)
