"""Programs: both modes as code that one can read, and run again without the recording."""

from admodes.programs.program import Program, program
from admodes.programs.tracers import Unrepeatable

__all__ = ["Program", "Unrepeatable", "program"]
