"""What in a function has no derivative rule, or cannot be seen: all at once, before it is used.

:func:`screen` runs a function on numbers that note what they are refused (`running`) and reads its
source (`reading`). It is what ``admodes check`` shows.

Reading goes by ``calls``, by what is ``known`` of functions, and by what is told of ``values``;
``both`` puts the two looks together, as ``issues`` with their ``lines`` in the ``source``.
"""

from admodes.diagnosis.screening.both import screen
from admodes.diagnosis.screening.issues import KINDS, Issue, Screening

__all__ = ["KINDS", "Issue", "Screening", "screen"]
