"""How anything here is measured: time, memory, and the machine that it was measured on."""

# ``timing`` has calibration, interleaving and intervals; ``duels`` says which of two calls is
# quicker, if that can be told; ``memory`` is what a call needs, ``free_memory`` what there is;
# ``hearing`` catches what is printed meanwhile, and ``meanwhile`` says how far it is; ``machine``
# says on what it was measured, ``words`` and ``tables`` show numbers.

from admodes.measure.duels import Duel, duel
from admodes.measure.hearing import Heard, listening
from admodes.measure.machine import describe
from admodes.measure.memory import peak_bytes
from admodes.measure.timing import Interval, Timing, interleave, median, ratio

__all__ = [
    "Duel",
    "Heard",
    "Interval",
    "Timing",
    "describe",
    "duel",
    "interleave",
    "listening",
    "median",
    "peak_bytes",
    "ratio",
]
