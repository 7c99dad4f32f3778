"""LLVM's language to machine code, and that to what Python can call; kept on disk meanwhile."""

import contextlib
import ctypes
import functools
import hashlib
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

MISSING = 'backend="compiled" needs llvmlite, which is not installed: pip install llvmlite'


def binding() -> Any:
    """llvmlite.

    Raises
    ------
    ImportError
        Where it is not installed; what to do is said.
    """
    try:
        import llvmlite.binding as llvm
    except ImportError as error:
        raise ImportError(MISSING) from error
    return llvm


@functools.cache
def ready() -> None:
    llvm = binding()
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    if platform.libc_ver()[0] == "glibc":
        llvm.load_library_permanently("libm.so.6")


@functools.cache
def host() -> tuple[str, str]:
    """This processor and what it can do: to ask for that takes longer than to read a small file."""
    llvm = binding()
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def target(level: int = 1) -> Any:
    """This machine; its code at a level above which it takes longer and becomes no quicker."""
    name, features = host()
    found = binding().Target.from_default_triple()
    return found.create_target_machine(opt=level, cpu=name, features=features)


def object_code(text: str) -> bytes:
    """What a text compiles to: made anew, or as it was kept."""
    llvm = binding()
    parts = text, *host()
    version = (*llvm.llvm_version_info, sys.platform)
    key = hashlib.sha256("\0".join((*parts, str(version), VERSION)).encode()).hexdigest()
    place = folder()
    if place is None:
        return compiled(text)
    kept = place / f"{key}.o"
    with contextlib.suppress(OSError):
        code = kept.read_bytes()
        digest, rest = code[:32], code[32:]
        if hashlib.sha256(rest).digest() == digest:  # and not half of it
            with contextlib.suppress(OSError):  # in a folder of somebody else's, say
                os.utime(kept)  # what is used is kept longest
            return rest
    code = compiled(text)
    keep(kept, hashlib.sha256(code).digest() + code)
    return code


VERSION = "1"
"""Another one where the same text is compiled otherwise."""


def compiled(text: str) -> bytes:
    machine = target()
    return machine.emit_object(optimised(text, machine))


def parsed(text: str, machine: Any) -> Any:
    """A module of that text, as it is."""
    llvm = binding()
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = llvm.get_default_triple(), str(machine.target_data)
    module.verify()
    return module


def optimised(text: str, machine: Any) -> Any:
    """A module of that text, its loops made of vectors."""
    llvm, module = binding(), parsed(text, machine)
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = True
    options.slp_vectorization = options.loop_unrolling = False  # which take time and gain none
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return module


# --- On disk --------------------------------------------------------------------------------------

KEPT = 512
"""Files that are kept; when there are more, half of them go: those that were used longest ago."""


def folder() -> Path | None:
    """Where machine code is kept: the user's folder for what can be made again, if there is one."""
    named = os.environ.get("ADMODES_CACHE")
    if named:
        return Path(named)
    variable, *below = {
        "win32": ("LOCALAPPDATA", "AppData", "Local"),
        "darwin": ("", "Library", "Caches"),
    }.get(sys.platform, ("XDG_CACHE_HOME", ".cache"))
    base = os.environ.get(variable)
    if not base:
        try:
            base = str(Path.home().joinpath(*below))
        except RuntimeError:  # a user whom the system does not know, as in many a container
            return None
    return Path(base) / "admodes"


def keep(path: Path, content: bytes) -> None:
    """Write a file, all of it at once, so that other processes find it whole or not at all.

    Where it cannot be written nothing is kept, and the next process compiles again.
    """
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
        tidied(path.parent)


def tidied(place: Path) -> None:
    kept = [*place.glob("*.o"), *place.glob("*.part")]  # of a process that was killed, maybe
    if len(kept) > KEPT:
        kept.sort(key=lambda path: path.stat().st_mtime)
        for path in kept[: len(kept) // 2]:
            path.unlink(missing_ok=True)


# --- To be called ---------------------------------------------------------------------------------


class _Method(ctypes.Structure):
    """CPython's ``PyMethodDef``."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


FASTCALL = 0x80
"""``METH_FASTCALL``: arguments as an array of objects."""


class Held:
    """What a function needs as long as there is one: its code, and what CPython knows of it."""

    def __init__(self, code: bytes) -> None:
        llvm = binding()
        self.engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target())
        self.engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self.engine.finalize_object()
        self.methods: list[_Method] = []

    def function(self, name: str) -> Callable[..., int]:
        method = _Method(name.encode(), self.engine.get_function_address(name), FASTCALL, None)
        self.methods.append(method)
        new = ctypes.PYFUNCTYPE(
            ctypes.py_object, ctypes.POINTER(_Method), ctypes.py_object, ctypes.c_void_p
        )(("PyCFunction_NewEx", ctypes.pythonapi))
        return new(ctypes.byref(method), self, None)  # it holds this, its ``self``


def functions(text: str, names: Sequence[str]) -> list[Callable[..., int]]:
    """Functions of that text, to be called with objects: they return 0, or 1 for "changed"."""
    ready()
    held = Held(object_code(text))
    return [held.function(name) for name in names]
