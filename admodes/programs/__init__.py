"""Programs: both modes as code that one can read, and run again without the recording.

``program`` is what one calls, of what ``modes`` says; ``tracers``, ``recording`` and ``places``
(the user's lines and names) watch one evaluation, and ``steps`` is what they write down;
``simplifying`` and ``signs`` make it less, ``buffers`` plans the memory, ``expressions`` and
``source`` write the lines, ``explaining`` sets both modes side by side. ``keys`` says when a
program holds, ``warned`` and ``agreeing`` when there can be none; ``remembering`` is
``compiled=True``.
"""

from admodes.core.stand_ins import Unrepeatable
from admodes.programs.program import Program, program

__all__ = ["Program", "Unrepeatable", "program"]
