"""Temporary files, and what a process leaves of them that is killed.

Each is locked by the process that made it, as long as it is open there. The system lets go of a
lock when a process ends, however it does. So one that nobody holds is nobody's, and goes when
somebody needs a file next: also where processes see one another by other numbers, in containers
say. Where files cannot be locked, as on Windows, none is taken away.
"""

import functools
import os
import re
import tempfile
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import BinaryIO

fcntl = import_module("fcntl") if find_spec("fcntl") else None  # which Windows has not

_PREFIX, _SUFFIX = "admodes-", ".work"
_NAME = re.compile(rf"{_PREFIX}[a-z0-9_]{{8}}\{_SUFFIX}")
"""As :func:`tempfile.mkstemp` makes them, and hardly anybody else."""


def new_file() -> tuple[BinaryIO, str]:
    """A file of this process's own, open to be written, and its path."""
    remove_left(tempfile.gettempdir())
    while True:
        handle, file = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX)
        opened = os.fdopen(handle, "wb")
        if fcntl is not None:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(handle, fcntl.LOCK_EX)
        if os.path.exists(file):
            return opened, file
        opened.close()  # before it was locked, another process has taken it for one that was left


@functools.cache
def remove_left(folder: str) -> None:
    """Take away what processes that were killed have left there; a process does so once."""
    if fcntl is None:
        return
    for entry in os.scandir(folder):
        if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
            with suppress(OSError), open(entry.path, "rb+") as opened:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(entry.path)
