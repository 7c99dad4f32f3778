"""Neither mode: the derivative by other orders than those of the two, and the best of them.

Forward mode and reverse mode multiply the same local derivatives, and differ in the order only in
which they merge the paths over the inner nodes of the graph. Any other order gives the same
Jacobian, and some take fewer multiplications than both modes do.

``eliminating`` is what one calls, ``elimination`` what it gives; ``numbers`` is a recording entry
by entry, with its ``slopes``; ``links`` what an order costs, ``orders`` by a rule, ``searching``
for a shorter one, ``proving`` that there is none; ``accumulating`` multiplies, and ``repeating`` is
for other arguments.
"""

from admodes.jacobians.elimination.eliminating import eliminate
from admodes.jacobians.elimination.elimination import Elimination, Step

__all__ = ["Elimination", "Step", "eliminate"]
