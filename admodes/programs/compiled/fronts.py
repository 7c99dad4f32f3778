"""Parts of an array that a loop puts together, and the zeros around them.

Where the first part to be put reaches farther than all others there is nothing before it yet, so
that no zeros are needed but where no part of it comes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from admodes.programs.compiled.code import Code, moved
from admodes.programs.compiled.entries import Access, Entries
from admodes.programs.compiled.fusing import Put
from admodes.programs.compiled.kinds import dtype_of
from admodes.programs.steps import Value


@dataclass
class Front:
    """Of an array the part that is written first, and how much of a row is around it."""

    first: Put
    access: Access
    before: int  #: in bytes, as all
    length: int
    after: int

    def begin(self, code: Code) -> None:
        """The zeros there."""
        for start, nbytes in ((-self.before, self.before), (self.length, self.after)):
            if nbytes:
                pointer = moved(code, self.access.row, start)
                code.externals["llvm.memset.p0.i64"] = MEMSET
                given = f"ptr {pointer}, i8 0, i64 {nbytes}, i1 false"
                code.do(f"call void @llvm.memset.p0.i64({given})")


MEMSET = "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)"


def fronts_of(
    entries: Entries, lengths: Sequence[int], order: Sequence[Sequence[int]]
) -> dict[Value, Front]:
    """Of each array that begins with such a part, that part, which is put before all others.

    `lengths` are those of the loops, and `order` says how far each moves in each access.
    """
    puts, found = entries.puts, {}
    places = {access: k for k, access in enumerate(entries.accesses.values())}
    for array in entries.kernel.begun:
        own = [each for each in puts if each[0].array is array and each[0].adds]
        if not own:
            continue
        steps = {tuple(axis[places[access]] for axis in order) for _, _, access in own}
        size = dtype_of(array).itemsize
        *outer, inner = next(iter(steps))
        width = width_of(outer, lengths, array, size)
        if len(steps) > 1 or inner != size or width is None:
            continue
        first = max(own, key=lambda each: each[2].offset)
        last, _, access = first
        length = lengths[-1] * size
        reach = last.place.offset + length
        if last.place.offset < 0 or reach > width:
            continue
        puts.remove(first)
        puts.insert(0, first)
        found[array] = Front(last, access, last.place.offset, length, width - reach)
    return found


def width_of(outer: Sequence[int], lengths: Sequence[int], array: Value, size: int) -> int | None:
    """Bytes of a row of the array, of whose rows each gets parts."""
    total = math.prod(array.shape) * size
    if not outer:
        return total
    width = outer[-1]
    expected = width
    for stride, length in zip(outer[::-1], lengths[-2::-1], strict=True):
        if stride != expected:
            return None
        expected *= length
    return width if expected == total else None
