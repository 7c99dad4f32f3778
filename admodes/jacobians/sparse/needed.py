"""What sparse derivatives need beside NumPy, imported where one is asked for."""

import importlib.util


def check_installed() -> None:
    """Raise where something is missing.

    Raises
    ------
    ImportError
        It says what, and what to do.
    """
    if importlib.util.find_spec("scipy") is None:
        raise ImportError(
            "sparse derivatives need scipy, which is not installed: pip install scipy"
        )
