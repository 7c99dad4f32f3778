"""A table of few columns as text that fits a terminal, whatever its width: nothing is lost."""

import shutil
import textwrap
from collections.abc import Sequence

GAP = 2
NARROWEST = 40


def width() -> int:
    """Characters in a line of the terminal; 80 where there is none."""
    return max(shutil.get_terminal_size(fallback=(80, 24)).columns, NARROWEST)


def wrapped(text: str, columns: int) -> str:
    """Every line of a text in lines of at most so many characters, broken between words alone.

    >>> print(wrapped("one two\\n  three four", 9))
    one two
      three
      four
    """
    lines = []
    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip()))
        lines += textwrap.wrap(
            line.strip(),
            columns,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(lines)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], columns: int) -> str:
    """Rows of a label and cells, under a head that is broken between words.

    Where the columns do not fit beside each other, the table goes on below itself, labels again in
    front.

    >>> print(table(["forward", "reverse, 8 directions"], [["passes", "10", "1,000"]], 40))
            forward   reverse, 8
                      directions
    passes       10        1,000
    """
    labels = max(len(label) for label, *_ in rows)
    cells = [max(len(row[i]) for row in rows) for i in range(1, len(head) + 1)]
    heads = [
        textwrap.wrap(text, max(size, 10, _longest(text)), break_on_hyphens=False)
        for text, size in zip(head, cells, strict=True)
    ]
    widths = [max(size, *map(len, lines)) for size, lines in zip(cells, heads, strict=True)]
    parts = []
    for first, last in _blocks(widths, columns - labels):
        height = max(len(lines) for lines in heads[first:last])
        every = [
            ["", *("" if k >= len(lines) else lines[k] for lines in heads[first:last])]
            for k in range(height)
        ]
        every += [[row[0], *row[first + 1 : last + 1]] for row in rows]
        parts.append(
            "\n".join(
                " ".join(
                    [
                        label.ljust(labels),
                        *(
                            " " * (GAP - 1) + cell.rjust(size)
                            for cell, size in zip(texts, widths[first:last], strict=True)
                        ),
                    ]
                ).rstrip()
                for label, *texts in every
            )
        )
    return "\n\n".join(parts)


def _longest(text: str) -> int:
    return max(map(len, text.split()))


def _blocks(widths: Sequence[int], room: int) -> list[tuple[int, int]]:
    """Which columns stand beside each other: as many as there is room for, at least one."""
    blocks, first, used = [], 0, 0
    for i, each in enumerate(widths):
        if i > first and used + GAP + each > room:
            blocks.append((first, i))
            first, used = i, 0
        used += GAP + each
    return [*blocks, (first, len(widths))]
