"""Files that are written whole or not at all, and a folder that one run at a time writes into."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import click

LOCK = "running.lock"


class Unwritable(click.ClickException):
    """A file that cannot be written; nothing of it is there, or what was there before."""

    def __init__(self, path: Path, error: OSError, more: str = "") -> None:
        self.path, self.error = path, error
        super().__init__(f"cannot write {path}: {error.strerror or error}{more}")


Opener = Callable[[Path], AbstractContextManager[Path]]


@contextmanager
def together() -> Iterator[Opener]:
    """Files that are written all of them or none: gives a function to be used as :func:`whole` is.

    Only when all are on disk they take the places of what was there before.
    """
    drafts: dict[Path, Path] = {}

    @contextmanager
    def another(path: Path) -> Iterator[Path]:
        draft = drafts[path] = path.with_stem(f"{path.stem}.draft")
        with _named(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield draft
            with draft.open("rb+") as file:
                os.fsync(file.fileno())

    try:
        yield another
        for path, draft in drafts.items():
            with _named(path):
                draft.replace(path)
    finally:
        for draft in drafts.values():
            # On a disk that cannot be written, to ask for what is not there is an error already.
            if draft.exists():
                draft.unlink()


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unwritable(path, error) from error


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Another path, of the same suffix, to write to: what is there becomes `path`, on disk.

    Its folder is made where there is none. Where it cannot be written, :class:`Unwritable`;
    whatever is raised, `path` is as it was.
    """
    with together() as another, another(path) as draft:
        yield draft


def write(path: Path, text: str) -> None:
    with whole(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder, which is made where there is none.

    Two of them would take each other's files away, and each other's time. The lock of a process
    that is no more keeps nobody out. ``click.UsageError`` where there is another run, or the folder
    cannot be written to.
    """
    try:
        import filelock
    except ModuleNotFoundError:
        raise click.UsageError("this needs the package filelock: pip install filelock") from None
    lock = filelock.SoftFileLock(folder / LOCK, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        who = "another process" if lock.pid is None else f"process {lock.pid}"
        raise click.UsageError(
            f"{folder} is being written by {who}: wait for it, or choose another folder by "
            f"--output (if it runs no more, on another machine say, delete {folder / LOCK})"
        ) from None
    except OSError as error:
        raise click.UsageError(f"cannot write to {folder}: {error.strerror}") from error
    try:
        yield
    finally:
        lock.release()
