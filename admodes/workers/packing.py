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
import pickle
import struct
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any, BinaryIO

from admodes.modes.arguments import name
from admodes.modes.made import make, making_of
from admodes.modes.users.registering import REGISTERED, register_rule
from admodes.workers.files import module_of

_END = struct.Struct("<Q")
"""Where the work ends, and what is said of its modules begins."""


class NotPortable(TypeError):
    """What is to travel to a worker cannot."""


def packed(work: Any, function: Callable[..., Any], what: str) -> bytes:
    """The work of a derivative, whose function is `function`, as bytes.

    Raises
    ------
    NotPortable
        A ``TypeError``, where it cannot be pickled, which says what to write.
    """
    by_value = _by_value() if _has_no_place(function) else None
    kinds = [by_value] if by_value else [pickle.Pickler, _by_value()]
    first: Exception | None = None
    for kind in kinds:
        if kind is None:
            continue
        try:
            return _packed(kind, work)
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


def _has_no_place(function: Any) -> bool:
    """Whether it is the program's own: a worker runs another program."""
    while True:
        making = making_of(function)
        if making is not None:
            function = making.args[0]
        elif isinstance(function, functools.partial):
            function = function.func
        else:
            break
    return getattr(function, "__module__", "__main__") == "__main__"


def _packed(kind: Any, work: Any) -> bytes:
    files: dict[str, str] = {}
    buffer = io.BytesIO()  # whose value is no other copy
    _dump(kind, buffer, files, work)
    end = buffer.tell()
    rules = [rule for rule in map(functools.partial(_rule, files), REGISTERED.items()) if rule]
    pickle.dump((files, sys.path, rules), buffer, protocol=5)
    buffer.write(_END.pack(end))
    return buffer.getvalue()


def _rule(files: dict[str, str], registered: tuple[Any, Any]) -> bytes | None:
    """A function and its rule; ``None`` where they cannot travel, for the work may not need them.

    By value where that can be: a rule may be of the program's own functions.
    """
    for kind in (_by_value(), pickle.Pickler):
        buffer = io.BytesIO()
        with contextlib.suppress(Exception):  # what a user's class raises may be anything
            _dump(kind, buffer, files, registered)
            return buffer.getvalue()
    return None


def _dump(kind: Any, buffer: BinaryIO, files: dict[str, str], thing: Any) -> None:
    """As `kind` pickles it, which notes of which files functions are.

    For a ufunc, which does not know its module, pickle asks every module that is loaded for its
    name; what one of them warns of then is no matter of the user's, and must not become an error.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        _pickler(kind, buffer, files).dump(thing)


def _pickler(kind: Any, buffer: BinaryIO, files: dict[str, str]) -> Any:
    """One that notes of which files functions are."""

    class Pickler(kind):
        def reducer_override(self, obj: Any) -> Any:
            making = making_of(obj)
            if making is not None:
                return make, making[1:]
            if isinstance(obj, (FunctionType, type)):
                file = getattr(sys.modules.get(obj.__module__), "__file__", None)
                if file is not None and obj.__module__ != "__main__":
                    files[obj.__module__] = file
            return super().reducer_override(obj) if kind is not pickle.Pickler else NotImplemented

    return Pickler(buffer, protocol=5)


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
            if module in files and module not in sys.modules:
                _import(module, files[module])
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
    for kind in (pickle, sys.modules.get("cloudpickle")):
        try:
            data: bytes = kind.dumps(thing)  # type: ignore[union-attr]  # None raises, too
            pickle.loads(data)
            return data
        except Exception:  # whatever its class does when it is pickled
            continue
    return None


def _import(module: str, file: str) -> None:
    """A module that may have been read from a file which no import would find."""
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if not module.startswith(str(error.name)) or not Path(file).is_file():
            raise
        module_of(module, file)
