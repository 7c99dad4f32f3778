"""Both looks at a function, put together: a run of it, and its source."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from admodes.diagnosis.lines import Line
from admodes.diagnosis.screening.issues import SEEN_BY_A_RUN, Issue, Screening, told
from admodes.diagnosis.screening.lines import Users
from admodes.diagnosis.screening.reading import Reading, read
from admodes.diagnosis.screening.running import Run, Sight, run
from admodes.diagnosis.screening.source import unwrapped
from admodes.modes.arguments import check_callable, name


def screen(f: Callable[..., Any], *args: Any) -> Screening:
    """What in a function, and in the user's functions that it calls, has to be changed.

    It is run once, on numbers that note what they are refused and go on; and its source is read, as
    are the functions of the user's that it calls, for what that run does not pass, or cannot see.
    Reading follows names, not values: it may take something for an array that carries derivatives
    which does not. So what the run has passed without being refused is no issue.

    Parameters
    ----------
    f
        A function of plain NumPy code.
    args
        Its arguments, as it is called: numbers, arrays of floats, nested containers of them.

    Returns
    -------
    The issues, in the order of the source, each with its line and what to write.

    Raises
    ------
    Exception
        Whatever `f` raises for plain arguments.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes.diagnosis.screening import screen
    >>> screen(lambda x: np.sum(x * x), np.ones(3)).ok
    True
    """
    check_callable(f)
    code = getattr(unwrapped(f)[0], "__code__", None)
    users = Users("" if code is None else code.co_filename)
    seen = run(f, args, users)
    if code is None:
        return Screening(name(f), tuple(_of_run(seen, [])), "Its source cannot be read.")
    found = read(f, args, users, seen.calls)
    own = list(found.issues.values())
    issues = [*_of_reading(seen, own), *_of_run(seen, own)]
    issues.sort(key=lambda issue: (issue.file is None, issue.file != code.co_filename,
                                   issue.file or "", issue.line or 0))  # fmt: skip
    return Screening(name(f), tuple(_once(issues)), " ".join(_notes(seen, found)))


def _once(issues: Sequence[Issue]) -> Iterator[Issue]:
    """What the same change in the same line puts right is one thing to change."""
    same: dict[Any, list[Issue]] = {}
    for issue in issues:
        one = (issue.file, issue.fix) if " in line " in issue.fix else id(issue)
        same.setdefault(one, []).append(issue)
    for first, *others in same.values():
        again = tuple(issue.line for issue in others if issue.line is not None)
        seen = any(issue.seen for issue in (first, *others))
        yield dataclasses.replace(first, again=again, seen=seen)


def _of_reading(seen: Run, found: Sequence[Issue]) -> Iterator[Issue]:
    """What was read, where the run does not know better."""
    lost = seen.ended is not None or any(sight.lost for sight in seen.sights)
    for issue in found:
        met = any(issue.covers(sight.line) for sight in seen.sights)
        if issue.kind not in SEEN_BY_A_RUN or met:
            yield dataclasses.replace(issue, seen=met and issue.is_wrong)
        elif lost or not any(map(issue.covers, seen.passed)):
            yield issue


def _of_run(seen: Run, found: Sequence[Issue]) -> Iterator[Issue]:
    """What the run has met, and was not read."""
    known = [issue for issue in found if issue.kind in SEEN_BY_A_RUN]
    told = set()
    for sight in seen.sights:
        if not any(issue.covers(sight.line) for issue in known):
            issue = _issue(sight)
            # Asked for an array, NumPy asks for a float next.
            if (issue.file, issue.line, issue.kind) not in told:
                told.add((issue.file, issue.line, issue.kind))
                yield issue
    if seen.ended is not None:
        message = f"{type(seen.ended).__name__}: {seen.ended}"
        yield _at(seen.line, "error", message, "what both plain arrays and expressions do")
    elif not seen.carries and not any(sight.lost for sight in seen.sights):
        what = "what the function returns carries no derivatives: all of them are zero"
        yield _at(None, "constant", what, "return what is computed from the arguments")


def _issue(sight: Sight) -> Issue:
    return _at(sight.line, sight.kind, *told(sight.message))


def _at(line: Line | None, kind: str, what: str, fix: str) -> Issue:
    if line is None:
        return Issue(None, None, "", kind, what, fix, seen=True)
    return Issue(line.file, line.number, line.text, kind, what, fix, seen=True)


def _notes(seen: Run, found: Reading) -> Iterator[str]:
    if seen.ended is not None:
        yield "The run ended there; what comes after was read, not run."
    if found.unread:
        yield f"The source of {', '.join(sorted(found.unread))} cannot be read."
