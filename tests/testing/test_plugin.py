"""The pytest plugin, in suites of its own."""

from itertools import takewhile

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_samples")]

#: what a suite of its own does without: it takes longer to import than everything else
WITHOUT = ("-p", "no:hypothesispytest")
FUNCTIONS = """
    import numpy as np
    import pytest
    import admodes as ad

    tilted = ad.elementwise(lambda x: np.tanh(x), lambda y, x: 1 - y)

    def loss(x):
        return np.sum(np.sin(x) * x)

    def wrong(x):
        return np.sum(tilted(x) * 2)

"""
#: the fixture `few_samples`, for another process
FEW_SAMPLES = """
    from admodes.choosing import comparing
    comparing.SAMPLE_SECONDS, comparing.MOST = 1e-4, 8
"""


@pytest.fixture
def suite(pytester, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")

    def run(tests, *options):
        pytester.makepyfile(functions=FUNCTIONS)
        pytester.makepyfile(test_it="from functions import *\n" + tests)
        pytester.syspathinsert()
        return pytester.runpytest("-p", "no:xdist", *WITHOUT, *options)

    return run


def test_the_marker_checks_before_the_test_and_the_fixture_in_its_body(suite):
    result = suite("""
@pytest.mark.admodes(loss, np.ones(3))
def test_right(): pass

@pytest.mark.admodes(lambda x: np.sum(np.abs(x)), np.zeros(3), derivatives=False)
def test_at_a_kink_without_differences(): pass

def test_right_in_the_body(admodes_check): admodes_check(loss, np.ones(3), order=2)

@pytest.mark.admodes(wrong, np.full(3, 0.5))
def test_wrong(): raise SystemError("the body is not reached")

def test_wrong_in_the_body(admodes_check): admodes_check(wrong, np.full(3, 0.5))
""")
    result.assert_outcomes(passed=3, failed=2)
    known = "*what admodes.compare knows*", "*functions.py:11:*return np.sum(tilted(x)*"
    checked = "*check_derivatives of wrong*", "*forward mode:*"
    result.stdout.fnmatch_lines(["*_ test_wrong _*", *checked, *known])
    result.stdout.fnmatch_lines(["*_ test_wrong_in_the_body _*", *checked, *known])
    result.stdout.no_fnmatch_line("*SystemError*")
    result.stdout.no_fnmatch_line("*traceback entries are hidden*")


def test_the_report_collects_every_checked_function(suite):
    result = suite(
        """
@pytest.mark.admodes(loss, np.ones(3))
@pytest.mark.admodes(loss, np.ones((2, 2)), order=2)
def test_both(): pass

def test_wrong(admodes_check): admodes_check(wrong, np.full(5, 0.5))

def test_complex(admodes_check): admodes_check(lambda z: np.sum(np.abs(z) ** 2), np.ones(2) * 1j)

def test_other(): pass
""",
        "--admodes-report",
    )
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*admodes: derivatives checked*",
            "test *function *derivatives *inputs *outputs *operations *forward / f *reverse / f*",
            "*::test_both *loss *right *3 *1 *",
            "*::test_both *loss *right *4 *1 *",
            "*::test_complex *right *TypeError:*must be real*",
            "*::test_wrong *wrong *WRONG *5 *1 *",
        ]
    )
    result.stdout.no_fnmatch_line("*test_other *")


def test_a_direct_call_fails_with_the_line_and_the_cause_and_nothing_of_the_package(suite):
    result = suite("""
from admodes.testing import check_derivatives, check_modes
pull = ad.custom(lambda x: x**3, push=lambda r, t: 3 * r[1][0]**2 * t, pull=lambda r, ct: ct)

def cubes(x):
    return np.sum(pull(x))

def test_modes(): check_modes(cubes, np.full(5, 0.5))

def test_derivatives(): check_derivatives(wrong, np.full(5, 0.5))
""")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*because:*its pull is wrong*", "*line:*return np.sum(pull(x))"])
    result.stdout.fnmatch_lines(["*because:*", "*line:*functions.py:11: return np.sum(tilted(x)*"])
    assert not [line for line in result.outlines if "admodes/" in line or "def run" in line]
    assert len(result.outlines) < 60


def test_the_report_has_calls_and_failures_and_errors_too(suite):
    result = suite(
        """
from admodes.testing import check_derivatives, check_modes

@pytest.fixture
def checked():
    check_modes(loss, np.ones(7))

def test_direct(checked):
    x = np.ones(3)
    check_modes(loss, x)
    check_derivatives(loss, x)
    with pytest.raises(AssertionError):
        check_derivatives(wrong, np.full(4, 0.5))

def test_fails(): check_derivatives(wrong, np.full(5, 0.5))

def test_kink(): check_derivatives(np.max, np.ones(3))

def raises(x): raise RuntimeError("mine\\nin two lines")

@pytest.mark.admodes(raises, np.ones(3))
def test_marked(): pass

def test_raises(): check_modes(raises, np.ones(3))
""",
        "--admodes-report",
        "-W",
        "always",
    )
    result.assert_outcomes(passed=2, failed=3, warnings=1)
    lines = [line.split() for line in result.outlines if line.startswith("test_it.py::")]
    found = [line[:4] for line in lines if len(line) > 4]
    assert found == [
        ["test_it.py::test_direct", "loss", "right", "7"],
        ["test_it.py::test_direct", "loss", "right", "3"],
        ["test_it.py::test_direct", "wrong", "WRONG", "4"],
        ["test_it.py::test_fails", "wrong", "WRONG", "5"],
        ["test_it.py::test_kink", "max", "open", "3"],
        ["test_it.py::test_marked", "raises", "error", "RuntimeError:"],
        ["test_it.py::test_raises", "raises", "error", "RuntimeError:"],
    ]
    result.stdout.fnmatch_lines(["*::test_raises *raises *error *RuntimeError: mine in two lines"])


def test_the_report_fits_a_terminal_of_100_columns(suite, monkeypatch):
    """And is no narrower in one of 80."""
    monkeypatch.setenv("COLUMNS", "80")
    result = suite(
        """
@pytest.mark.parametrize("a_parameter_of_many_words", [1.0])
@pytest.mark.admodes(loss, np.ones(3))
@pytest.mark.admodes(wrong, np.ones(3))
def test_with_a_name_that_says_what_it_is_about(a_parameter_of_many_words): pass

def test_other(admodes_check): admodes_check(loss, np.ones(4))
""",
        "--admodes-report",
    )
    # What follows it is pytest's own summary, which is of whole messages where CI is set.
    outlines = iter(result.outlines)
    next(line for line in outlines if "derivatives checked" in line)
    report = takewhile(lambda line: not line.startswith("==="), outlines)
    head, *rest = report
    assert head.split()[:5] == ["function", "derivatives", "inputs", "outputs", "operations"]
    assert head.endswith("modes differ by")
    rows = [line for line in rest if line.startswith("  ")]
    assert max(map(len, [head, *rows])) <= 100
    found = [row.split()[:3] for row in rows]
    assert found == [["loss", "right", "4"], ["loss", "right", "3"], ["wrong", "WRONG", "3"]]
    assert sum(line.startswith("test_it.py::test_with") for line in rest) == 1


def test_the_report_collects_from_other_processes(pytester, monkeypatch):
    pytest.importorskip("xdist")
    pytester.makepyfile(functions=FUNCTIONS)
    pytester.makepyfile(
        test_it="from functions import *\n"
        "@pytest.mark.admodes(loss, np.ones(3))\ndef test_one(): pass\n"
        "@pytest.mark.admodes(loss, np.ones(4))\ndef test_two(): pass\n"
    )
    pytester.makeconftest(FEW_SAMPLES)
    pytester.syspathinsert()
    monkeypatch.setenv("COLUMNS", "160")
    # One beside this does: pytest itself brings together what comes from several.
    result = pytester.runpytest_inprocess("-n", "1", *WITHOUT, "--admodes-report")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*::test_one *loss *right *", "*::test_two *loss *right *"])


def test_a_suite_without_a_check_says_how_to_begin(suite):
    result = suite("def test_other(): pass", "--admodes-report")
    result.stdout.fnmatch_lines(["none: use @pytest.mark.admodes*"])


def test_a_marker_that_is_wrong_says_so(suite):
    result = suite("""
@pytest.mark.admodes()
def test_no_function(): pass

@pytest.mark.admodes(loss, np.ones(3), ordre=2)
def test_no_option(): pass
""")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        ["*test_no_function: *needs a function*", "*test_no_option: *takes order,*not ordre*"]
    )


def test_the_marker_is_registered_and_reports_only_if_asked(suite):
    result = suite(
        "@pytest.mark.admodes(loss, np.ones(3))\ndef test_right(): pass", "--strict-markers"
    )
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*derivatives checked*")
    suite("def test_other(): pass", "--markers").stdout.fnmatch_lines(["@pytest.mark.admodes(f, *"])
