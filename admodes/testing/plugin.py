"""A pytest plugin: derivatives checked in one line, and a report of all that a suite checked.

It is there wherever admodes is installed. A marker checks a function before the test's own body::

    @pytest.mark.admodes(loss, np.ones(3))
    def test_loss(): ...

and the fixture `admodes_check` checks one in the body: ``admodes_check(loss, weights, order=2)``.
What differences cannot tell neither passes nor fails: it is an `admodes.testing.Undecided` warning.
A failure shows, beside the entry that is wrong, what :func:`admodes.compare` knows: where the modes
part, in which line, and why. ``pytest --admodes-report`` closes with a table of all functions that
were checked, also by a call of `check_modes` or `check_derivatives`, with what each mode costs.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from admodes.testing.listening import Checked

LEAST_WIDTH = 100  # of the report
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
    if config.getoption("--admodes-report"):
        config.pluginmanager.register(Report())


Check = Callable[..., None]


@pytest.fixture
def admodes_check(request: pytest.FixtureRequest) -> Check:
    """``admodes_check(f, *args, order=1, derivatives=True)``: as the marker does, in the body."""

    def check(f: Callable[..., Any], *args: Any, **options: Any) -> None:
        __tracebackhide__ = True
        _check(request.node, f, args, options)

    return check


def _hidden(excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
    """Of a failure no line is shown anyhow, and where all are hidden pytest says that they are."""
    return not excinfo.errisinstance(pytest.fail.Exception)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    __tracebackhide__ = _hidden
    for marker in reversed(list(item.iter_markers("admodes"))):  # the outermost comes last
        if not marker.args:
            raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.admodes needs a function")
        f, *args = marker.args
        _check(item, f, args, marker.kwargs)


def _check(item: pytest.Item, f: Callable[..., Any], args: Sequence[Any], options: Any) -> None:
    """Check, note it for the report, and say in a failure what is known beyond the worst entry."""
    __tracebackhide__ = True
    from admodes.testing import check_derivatives, check_modes

    unknown = set(options) - set(OPTIONS)
    if unknown:
        raise pytest.UsageError(
            f"{item.nodeid}: admodes takes {', '.join(OPTIONS)}, not {', '.join(sorted(unknown))}"
        )
    options = dict(options)
    derivatives = options.pop("derivatives", True)
    failure = None
    try:
        check_modes(f, *args, **options)
        if derivatives:
            check_derivatives(f, *args, **options)
    except AssertionError as error:
        failure = str(error)
    if failure is not None:
        item.add_report_section("call", "what admodes.compare knows", _known(f, args, options))
        pytest.fail(failure, pytrace=False)


def _known(f: Callable[..., Any], args: Sequence[Any], options: dict[str, Any]) -> str:
    """Where the sides part and why; or why that cannot be said."""
    from admodes.diagnosis import agreement

    try:
        return str(agreement(f, *args, seed=options.get("seed", 0)))
    except Exception as error:  # f may raise anything at the points nearby; the check has failed
        return f"nothing more: {type(error).__name__}: {error}"


# --- The report -----------------------------------------------------------------------------------


class Report:
    """Listens to the checks of each test, and writes what they were into its reports."""

    def __init__(self) -> None:
        self.heard: list[Checked] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Iterator[None]:
        from admodes.testing.listening import listening

        with ExitStack() as stack:
            stack.enter_context(listening(self.hear))
            return (yield)

    def hear(self, checked: "Checked") -> None:
        """Several checks of one function at one point are one entry, by what the worst has said."""
        above = self.heard[-1] if self.heard else None
        if above and above.function is checked.function and _same(above.args, checked.args):
            self.heard[-1] = checked._replace(
                undecided=above.undecided or checked.undecided, error=above.error or checked.error
            )
        else:
            self.heard.append(checked)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        """The report of a test's teardown, which each has, carries the checks of all its phases."""
        try:
            return (yield)
        finally:
            heard, self.heard = self.heard, []
            item.user_properties += [(PROPERTY, _entry(item, each)) for each in heard]


def _same(args: Sequence[Any], others: Sequence[Any]) -> bool:
    return len(args) == len(others) and all(map(lambda a, b: a is b, args, others))


def _entry(item: pytest.Item, checked: "Checked") -> dict[str, Any]:
    """A function that was checked, as data that a report can carry between processes."""
    from admodes.modes.arguments import name

    f, args, error = checked.function, checked.args, checked.error
    entry = {"test": item.nodeid, "function": name(f) if callable(f) else repr(f)}
    if error is not None and not isinstance(error, AssertionError):
        return {**entry, "verdict": "error", "note": _one_line(error)}
    entry["verdict"] = "WRONG" if error is not None else "open" if checked.undecided else "right"
    try:
        from admodes.choosing.comparing import compare

        every = tuple(range(len(args)))
        comparison = compare(f, *args, argnums=every, seconds=SECONDS)
    except Exception as error:  # complex inputs, say: the check is the test's, the table is extra
        return {**entry, "note": _one_line(error)}
    reverse = next(way for way in comparison.ways if way.mode == "reverse")
    gap = None if comparison.agreement is None else comparison.agreement.modes
    return {
        **entry,
        "inputs": comparison.inputs,
        "outputs": comparison.outputs,
        "operations": reverse.tape_length,
        "forward": min(way.ratio.value for way in comparison.ways if way.mode == "forward"),
        "reverse": min(way.ratio.value for way in comparison.ways if way.mode == "reverse"),
        "gap": None if gap is None else gap.relative,
    }


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


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
        if getattr(report, "when", None) == "teardown"
        for key, value in report.user_properties
        if key == PROPERTY
    ]
    entries.sort(key=lambda entry: entry["test"])  # pytest has them by outcome
    terminalreporter.section("admodes: derivatives checked")
    if not entries:
        terminalreporter.line("none: use @pytest.mark.admodes(f, x), or the fixture admodes_check")
        return
    width = max(terminalreporter.config.get_terminal_writer().fullwidth, LEAST_WIDTH)
    for line in _lines(entries, width):
        terminalreporter.line(line)


def _lines(entries: Sequence[dict[str, Any]], width: int) -> Iterator[str]:
    """The table; where it is wider than the terminal, a test stands above what it has checked."""
    rows = [list(COLUMNS), *map(_cells, entries)]
    beside = list(_aligned(rows))
    # A note stands over the columns that it replaces, and may be longer than all of them.
    if all(len(line) <= width for line, row in zip(beside, rows, strict=True) if len(row) > 4):
        yield from beside
        return
    below = list(_aligned([row[1:] for row in rows]))
    yield f"  {below[0]}"
    above = None
    for entry, line in zip(entries, below[1:], strict=True):
        if entry["test"] != above:
            above = entry["test"]
            yield above
        yield f"  {line}"


def _cells(entry: dict[str, Any]) -> list[str]:
    known = list(COLUMNS.values())
    if "note" in entry:
        return [*(of(entry) for of in known[:3]), entry["note"]]
    return [of(entry) for of in known]


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Words to the left, numbers to the right; the words of a note widen no column."""
    columns = len(rows[0])
    words = columns - 6
    whole = [row for row in rows if len(row) == columns]
    widths = [max(len(row[i]) for row in (rows if i < words else whole)) for i in range(columns)]
    for row in rows:
        cells = [
            cell.ljust(width) if i < words or len(row) < columns else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        yield "  ".join(cells).rstrip()
