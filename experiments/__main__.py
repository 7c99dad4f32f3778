"""The command line: ``python -m experiments``."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Run a command line; the exit code.

    What it needs takes seconds to import, in which somebody may have thought better of it.
    """
    try:
        from experiments.commands import run_command

        return run_command(arguments)
    except KeyboardInterrupt:  # outside a measurement: nothing is lost
        print("python -m experiments: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
