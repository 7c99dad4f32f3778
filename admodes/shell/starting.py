"""Ctrl-C while a command is still being imported: one line and exit code 130, as later on.

Python imports a package before its ``__main__``, so nothing in there is in time to catch it. The
package imports this first of all, which does nothing where it is not the command that was started.
"""

import sys
from collections.abc import Sequence
from pathlib import PurePath

SCRIPT, MODULE = "admodes", "python -m admodes"
INTERRUPTED = 130


def command(argv: Sequence[str], given: Sequence[str]) -> str | None:
    """What a process was started as, where that is the command line of this package.

    Parameters
    ----------
    argv
        ``sys.argv``, which begins with ``-m`` while Python looks for the module after it.
    given
        ``sys.orig_argv``: what was typed.

    Examples
    --------
    >>> command(["/usr/bin/admodes", "compare"], ["python3", "/usr/bin/admodes", "compare"])
    'admodes'
    >>> command(["-m", "compare"], ["python3", "-m", "admodes", "compare"])
    'python -m admodes'
    >>> command(["-m", "admodes"], ["python3", "-m", "pytest", "admodes"])
    """
    if PurePath(argv[0]).stem == SCRIPT:
        return SCRIPT
    is_module = argv[0] == "-m" and given[-len(argv)] in ("admodes", "-madmodes")
    return MODULE if is_module else None


def watch() -> None:
    """From now on Ctrl-C ends the process, where it would have raised ``KeyboardInterrupt``."""
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)


def over() -> None:
    """All is imported: what runs is to catch it."""
    import signal

    if signal.getsignal(signal.SIGINT) is _stop:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _stop(*_: object) -> None:
    print(f"{PROGRAM}: interrupted", file=sys.stderr)
    raise SystemExit(INTERRUPTED)


PROGRAM = command(sys.argv or [""], sys.orig_argv)
if PROGRAM is not None:
    watch()
