"""Tables as text and as HTML, for what shows itself in a terminal or in a notebook."""

from collections.abc import Collection, Sequence

__all__ = ["as_html", "as_text", "cut"]


def cut(text: str, width: int) -> str:
    """A text in so many columns; where it is longer, its end is left out.

    >>> cut("c = a + b", 20), cut("c = a + b", 6)
    ('c = a + b', 'c = a…')
    """
    return text if len(text) <= width else text[: max(width - 1, 0)].rstrip() + "…"


def as_text(rows: Sequence[Sequence[str]], left: Collection[int] = ()) -> list[str]:
    """Lines with aligned columns, those in `left` to the left and all others to the right.

    >>> for line in as_text([["no.", "operation"], ["10", "sin"]], left={1}):
    ...     print(line)
    no.  operation
     10  sin
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def as_html(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    left: Collection[int] = (),
    code: Collection[int] = (),
    strong: Collection[int] = (),
) -> str:
    """The same for a notebook, with every cell escaped.

    Columns in `code` are source, rows in `strong` are what to look at first. It sets no colours, so
    that it reads on a light page as on a dark one.

    >>> as_html(["a < b"], [["1"]]).count("a &lt; b")
    1
    """
    from html import escape  # only where something is shown

    def line(tag: str, row: Sequence[str], bold: bool = False) -> str:
        cells = []
        for i, cell in enumerate(row):
            align = "left" if i in left or i in code else "right"
            text = escape(cell)
            if i in code and tag == "td":
                text = f'<code style="background: none; color: inherit">{text}</code>'
            if bold:
                text = f"<b>{text}</b>"
            style = f"text-align: {align}; white-space: pre; padding: 0.1em 0.6em"
            cells.append(f'<{tag} style="{style}">{text}</{tag}>')
        return f"<tr>{''.join(cells)}</tr>"

    body = "".join(line("td", row, i in strong) for i, row in enumerate(rows))
    return f"<table><thead>{line('th', head)}</thead><tbody>{body}</tbody></table>"
