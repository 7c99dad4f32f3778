"""An error in one line, and where in the user's code it was raised."""

import sys
import traceback

import click

from admodes.measure.words import in_one_line
from admodes.modes.observing import INSIDE, INSTALLED, STANDARD


class Failed(click.ClickException):
    """The function raised something, or cannot be differentiated."""

    exit_code = 1

    def __init__(self, target: str, error: BaseException) -> None:
        super().__init__(f"{target}: {one_line(error)}{location(error)}")


class TooLarge(click.ClickException):
    """What was typed takes more memory than there is."""

    exit_code = 2

    def __init__(self, target: str, error: MemoryError) -> None:
        super().__init__(f"{target}: {str(error) or 'out of memory'}")


def one_line(error: BaseException) -> str:
    """Its kind and what it says.

    >>> one_line(TypeError("write:\\n  np.sin\\n  np.stack")), one_line(KeyError())
    ('TypeError: write: np.sin; np.stack', 'KeyError')
    """
    what = in_one_line(str(error))
    return f"{type(error).__name__}: {what}" if what else type(error).__name__


def location(error: BaseException) -> str:
    """The last line that was on its way in the user's own code; nothing where none was.

    That of a package that is installed counts where there is no other.
    """
    if isinstance(error, SyntaxError):
        return ""  # it says so itself
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((*INSIDE, "<frozen"))
        and (frame.filename.startswith(INSTALLED) or not frame.filename.startswith(STANDARD))
    ]
    own = [frame for frame in frames if not frame.filename.startswith(INSTALLED)] or frames
    if not own:
        return ""
    last = own[-1]
    code = f": {last.line}" if last.line else ""
    return f" (in {last.name}, {last.filename}, line {last.lineno}{code})"


def print_traceback(error: BaseException | None) -> None:
    """The whole of it, on stderr."""
    if error is not None:
        traceback.print_exception(error, file=sys.stderr)
