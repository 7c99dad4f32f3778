"""How anything here is measured: time, memory, and the machine that it was measured on."""

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
