"""Programs: both modes as code that one can read, and run again without the recording."""

from admodes.core.stand_ins import Unrepeatable
from admodes.programs.program import Program, program

__all__ = ["Program", "Unrepeatable", "program"]
