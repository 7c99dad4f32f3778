"""python -m tests.sensitivity mutants [EVERY] | programs [COUNT] [SPECIAL]: what checks notice.

The first tries every mistake on every so manieth row, the second programs that are right, some of
them at special points. Both print a table; docs/checking.md has one of each.
"""

import sys
import time
from collections import Counter

from tests.sensitivity.mutants import SIDES, programs, tried
from tests.sensitivity.programs import outcomes

CHECKS = ("check_modes", "check_derivatives", "compare")


def mutants(every: int = 1) -> None:
    count: Counter[tuple[str, ...]] = Counter()
    for program in programs(every):
        for mutant in tried(program):
            count[mutant.mistake, mutant.side] += 1
            for check, noticed in mutant.caught.items():
                count[mutant.mistake, mutant.side, check] += noticed
                if not noticed and (check != "check_modes" or mutant.side != "both"):
                    print(f"missed by {check}: {mutant.mistake}, {mutant.side}: {mutant.program}")
    print("| mistake | in | mutants |", " | ".join(CHECKS), "|")
    print("|" + " --- |" * (3 + len(CHECKS)))
    for mistake in dict.fromkeys(key[0] for key in count):
        for side in SIDES:
            found = " | ".join(str(count[mistake, side, check]) for check in CHECKS)
            print(f"| {mistake} | {side} | {count[mistake, side]} | {found} |")


def right(count: int = 8000, special: int = 2000) -> None:
    for number, at_special in ((count, False), (special, True)):
        totals: Counter[str] = Counter()
        for outcome in outcomes(number, at_special):
            totals.update(list(outcome.alarms))
            totals["open"] += outcome.open
            totals["cancellation"] += outcome.cancels
            for check, text in outcome.alarms.items():
                print(f"{check}: {outcome.program.name} at {outcome.program.args}: {text}")
        print(f"{number} programs{' at special points' * at_special}: {dict(totals)}")


if __name__ == "__main__":
    started = time.perf_counter()
    {"mutants": mutants, "programs": right}[sys.argv[1]](*map(int, sys.argv[2:]))
    print(f"{time.perf_counter() - started:.0f} s")
