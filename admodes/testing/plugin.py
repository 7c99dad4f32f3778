"""A pytest plugin: derivatives checked in one line, and a report of all that a suite checked.

It is there wherever admodes is installed. A marker checks a function before the test's own body::

    @pytest.mark.admodes(loss, np.ones(3))
    def test_loss(): ...

and the fixture `admodes_check` checks one in the body: ``admodes_check(loss, weights, order=2)``.
What differences cannot tell neither passes nor fails: it is an `admodes.testing.Undecided` warning.
A failure shows, beside the entry that is wrong, what :func:`admodes.compare` knows: where the modes
part, in which line, and why. ``pytest --admodes-report`` closes with a table of all functions that
were checked, with what each mode costs.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import pytest

SECONDS = 0.05  # of measuring a function for the report
PROPERTY = "admodes"  # reports carry what was checked under this name, also from xdist's workers
OPTIONS = ("order", "rtol", "atol", "seed", "derivatives")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("admodes").addoption(
        "--admodes-report",
        action="store_true",
        help="Close with a table of the functions whose derivatives were checked.",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "admodes(f, *args, order=1, derivatives=True, rtol=None, atol=None, seed=0): check the"
        " derivatives of f at args, by both modes against each other and against finite"
        " differences, before the test runs; derivatives=False leaves the differences out.",
    )


Check = Callable[..., None]


@pytest.fixture
def admodes_check(request: pytest.FixtureRequest) -> Check:
    """``admodes_check(f, *args, order=1, derivatives=True)``: as the marker does, in the body."""

    def check(f: Callable[..., Any], *args: Any, **options: Any) -> None:
        __tracebackhide__ = True
        _check(request.node, f, args, options)

    return check


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    __tracebackhide__ = True
    for marker in reversed(list(item.iter_markers("admodes"))):  # the outermost comes last
        if not marker.args:
            raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.admodes needs a function")
        f, *args = marker.args
        _check(item, f, args, marker.kwargs)


def _check(item: pytest.Item, f: Callable[..., Any], args: Sequence[Any], options: Any) -> None:
    """Check, note it for the report, and say in a failure what is known beyond the worst entry."""
    __tracebackhide__ = True
    from admodes.testing import check_modes

    unknown = set(options) - set(OPTIONS)
    if unknown:
        raise pytest.UsageError(
            f"{item.nodeid}: admodes takes {', '.join(OPTIONS)}, not {', '.join(sorted(unknown))}"
        )
    options = dict(options)
    derivatives = options.pop("derivatives", True)
    failure, judged = None, True
    try:
        check_modes(f, *args, **options)
        if derivatives:
            judged = _derivatives(f, args, options)
    except AssertionError as error:
        failure = str(error)
        item.add_report_section("call", "what admodes.compare knows", _known(f, args, options))
    if item.config.getoption("--admodes-report"):
        item.user_properties.append((PROPERTY, _entry(item, f, args, failure, judged)))
    if failure is not None:
        pytest.fail(failure, pytrace=False)


def _derivatives(f: Callable[..., Any], args: Sequence[Any], options: dict[str, Any]) -> bool:
    """Check them; whether all could be judged. What the check warns of comes through."""
    __tracebackhide__ = True
    from admodes.testing import Undecided, check_derivatives

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_derivatives(f, *args, **options)
    for each in caught:
        warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    return not any(issubclass(each.category, Undecided) for each in caught)


def _known(f: Callable[..., Any], args: Sequence[Any], options: dict[str, Any]) -> str:
    """Where the sides part and why; or why that cannot be said."""
    from admodes.diagnosis import agreement

    try:
        return str(agreement(f, *args, seed=options.get("seed", 0)))
    except Exception as error:  # f may raise anything at the points nearby; the check has failed
        return f"nothing more: {type(error).__name__}: {error}"


# --- The report -----------------------------------------------------------------------------------


def _entry(
    item: pytest.Item,
    f: Callable[..., Any],
    args: Sequence[Any],
    failure: str | None,
    judged: bool,
) -> dict[str, Any]:
    """A function that was checked, as data that a report can carry between processes."""
    from admodes.modes.arguments import name

    entry = {"test": item.nodeid, "function": name(f), "verdict": "right"}
    if failure is not None or not judged:
        entry["verdict"] = "open" if failure is None else "WRONG"
    try:
        from admodes.choosing.comparing import compare

        comparison = compare(f, *args, seconds=SECONDS)
    except Exception as error:  # complex inputs, say: the check is the test's, the table is extra
        return {**entry, "note": f"{type(error).__name__}: {error}"}
    reverse = next(way for way in comparison.ways if way.mode == "reverse")
    gap = comparison.agreement.modes
    return {
        **entry,
        "inputs": comparison.inputs,
        "outputs": comparison.outputs,
        "operations": reverse.tape_length,
        "forward": min(way.ratio.value for way in comparison.ways if way.mode == "forward"),
        "reverse": min(way.ratio.value for way in comparison.ways if way.mode == "reverse"),
        "gap": None if gap is None else gap.relative,
    }


COLUMNS: dict[str, Callable[[dict[str, Any]], str]] = {
    "test": lambda entry: entry["test"],
    "function": lambda entry: entry["function"],
    "derivatives": lambda entry: entry["verdict"],
    "inputs": lambda entry: f"{entry['inputs']:,}",
    "outputs": lambda entry: f"{entry['outputs']:,}",
    "operations": lambda entry: f"{entry['operations']:,}",
    "forward / f": lambda entry: f"{entry['forward']:,.3g}",
    "reverse / f": lambda entry: f"{entry['reverse']:,.3g}",
    "modes differ by": lambda entry: "–" if entry["gap"] is None else f"{entry['gap']:.1e}",
}


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not config.getoption("--admodes-report"):
        return
    entries = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for key, value in report.user_properties
        if key == PROPERTY
    ]
    entries.sort(key=lambda entry: entry["test"])  # pytest has them by outcome
    terminalreporter.section("admodes: derivatives checked")
    if not entries:
        terminalreporter.line("none: use @pytest.mark.admodes(f, x), or the fixture admodes_check")
        return
    table = [list(COLUMNS)]
    for entry in entries:
        known = len(COLUMNS) if "note" not in entry else 3
        table.append([of(entry) for of in list(COLUMNS.values())[:known]])
        if "note" in entry:
            table[-1] += [entry["note"]] + [""] * (len(COLUMNS) - known - 1)
    # A note stands over the columns that it replaces, and does not widen them.
    widths = [
        max(
            len(row[i])
            for row, entry in zip(table, [{}, *entries], strict=True)
            if i < 3 or "note" not in entry
        )
        for i in range(len(COLUMNS))
    ]
    for row in table:
        line = "  ".join(
            cell.ljust(width) if i < 3 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        terminalreporter.line(line.rstrip())
