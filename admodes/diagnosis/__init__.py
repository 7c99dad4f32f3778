"""Whether forward mode and reverse mode agree, with each other and with a third opinion.

:func:`agreement` looks at a function at one point. Where the sides differ, it names the first
operation at which they part, the line of the user's code that it stands in, and the cause.

``checks`` is the check, of what ``opinions`` and the ``third`` give; ``search`` finds the first
operation, among those of ``recording``, and ``operations`` looks at one alone; ``nearby``,
``origins`` and ``purity`` find causes, ``report`` tells them, with their ``lines``.
"""

from admodes.diagnosis.checks import KINDS, agreement
from admodes.diagnosis.report import Agreement, Finding, Gap

__all__ = ["KINDS", "Agreement", "Finding", "Gap", "agreement"]
