"""What is to be changed in a function, one by one, and how it is shown."""

import os
import re
import shutil
import textwrap
from dataclasses import asdict, dataclass
from typing import Any

from admodes.diagnosis.lines import Line
from admodes.measure import tables
from admodes.measure.words import counted

#: kind -> what it is. Those of `TO_KNOW` need no change.
KINDS = {
    "no rule": "a function without a derivative rule",
    "plain": "something plain is made, and the derivative would be lost",
    "written": "a plain array is written into",
    "type": "a type is asked for that numbers with derivatives do not have",
    "random": "random numbers are drawn",
    "error": "an error that plain arrays do not raise",
    "constant": "the result carries no derivative",
    "branch": "a branch on a value",
}
TO_KNOW = ("branch", "constant")
FEW = 6
"""Lines that are named one by one where they are one thing."""
SEEN_BY_A_RUN = ("no rule", "plain", "written")
"""What a run meets wherever it passes: reading alone has no say there."""


@dataclass(frozen=True)
class Issue:
    """One of them.

    Attributes
    ----------
    file, line
        Where, in the user's code; ``None`` where it is no line of theirs.
    text
        The line.
    kind
        See `KINDS`.
    what
        What is wrong.
    fix
        What to write.
    seen
        Whether a run has met it; otherwise it was read in the source.
    last
        The last line of what is said of, where it goes over several.
    again
        Further lines of which the same is to be said, and which the same change puts right.
    """

    file: str | None
    line: int | None
    text: str
    kind: str
    what: str
    fix: str
    seen: bool = False
    last: int | None = None
    again: tuple[int, ...] = ()

    @property
    def is_wrong(self) -> bool:
        """Whether the code must be changed; otherwise it is something to know."""
        return self.kind not in TO_KNOW

    def covers(self, line: Line | None) -> bool:
        if line is None or self.line is None:
            return line is None and self.line is None
        return line.file == self.file and self.line <= line.number <= (self.last or self.line)


@dataclass(frozen=True)
class Screening:
    """All that is to be changed in a function before it can be differentiated.

    Attributes
    ----------
    name
        Of the function.
    issues
        In the order of the source.
    note
        What was not looked at, if anything.
    """

    name: str
    issues: tuple[Issue, ...]
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing has to be changed."""
        return not any(issue.is_wrong for issue in self.issues)

    def _title(self) -> str:
        wrong = sum(issue.is_wrong for issue in self.issues)
        known = len(self.issues) - wrong
        change = f"{counted(wrong, 'thing')} to change" if wrong else "nothing to change"
        return f"{self.name}: {change}" + (f", {known} to know" if known else "")

    def __str__(self) -> str:
        """As wide as the terminal; 80 columns where there is none."""
        width = max(shutil.get_terminal_size((80, 24)).columns, 60)
        lines, file = [self._title()], None
        number = max((len(f"{issue.line or ''}") for issue in self.issues), default=1)
        for issue in self.issues:
            if issue.file != file:
                file = issue.file
                lines += ["", _short(file)]
            head = f"  {issue.line or '':>{number}}  "
            lines.append(head + tables.cut(issue.text, width - len(head)))
            indent = " " * len(head)
            own = "" if issue.seen or issue.kind not in SEEN_BY_A_RUN else " (read, not run)"
            lines += _filled(issue.what + _again(issue) + own, indent, width, "")
            lines += _filled(issue.fix, indent, width, "→ ")
        if self.note:
            lines += ["", *textwrap.wrap(self.note, width)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        rows = [
            (f"{issue.line or ''}", issue.text, issue.what + _again(issue), issue.fix)
            for issue in self.issues
        ]
        shown = tables.as_html(("line", "", "what", "write"), rows, left={1, 2, 3}, code={1})
        note = f"<p>{escape(self.note)}</p>" if self.note else ""
        return f"<p><b>{escape(self._title())}</b></p>{shown if rows else ''}{note}"

    def to_dict(self) -> dict[str, Any]:
        """Everything, of types that ``json.dumps`` takes."""
        issues = [asdict(issue) | {"wrong": issue.is_wrong} for issue in self.issues]
        return {"name": self.name, "ok": self.ok, "note": self.note, "issues": issues}


def told(message: str) -> tuple[str, str]:
    """What is wrong, and what to write, of an error's message."""
    for sign in ("\n", ". ", ": "):
        what, found, fix = message.partition(sign)
        if found:
            break
    fix = fix.partition(", where admodes.")[0]  # what makes a rule is told elsewhere
    fix = re.sub(r"^(use|write|Write|Make) (?!it |that )", "", "; ".join(fix.split("\n")))
    return what.removesuffix("."), fix


def _again(issue: Issue) -> str:
    """The other lines, of which a report names a few."""
    if not issue.again:
        return ""
    lines = [f"{number}" for number in issue.again[:FEW]]
    more = len(issue.again) - len(lines)
    last = [f"{more} more"] if more else [lines.pop()]
    word = "line" if len(issue.again) == 1 else "lines"
    return f"; so in {word} {' and '.join([', '.join(lines), *last] if lines else last)}"


def _short(file: str | None) -> str:
    if file is None:
        return "not at a line of yours"
    near = os.path.relpath(file) if os.path.isabs(file) else file
    return file if near.startswith(os.pardir) else near


def _filled(text: str, indent: str, width: int, first: str) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent + first,
        subsequent_indent=indent + " " * len(first),
        break_on_hyphens=False,
    )
