"""The pytest plugin, in suites of its own."""

import pytest

# The plugin imports them when it needs them; in a suite that runs here, it would do so every time.

pytestmark = pytest.mark.slow

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


@pytest.fixture
def suite(pytester):
    def run(tests, *options):
        pytester.makepyfile(functions=FUNCTIONS)
        pytester.makepyfile(test_it="from functions import *\n" + tests)
        pytester.syspathinsert()
        return pytester.runpytest("-p", "no:xdist", *WITHOUT, *options)

    return run


def test_a_marker_checks_before_the_test(suite):
    result = suite("""
@pytest.mark.admodes(loss, np.ones(3))
def test_right(): pass

@pytest.mark.admodes(wrong, np.full(3, 0.5))
def test_wrong(): raise SystemError("the body is not reached")
""")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*check_derivatives of wrong*", "*forward mode:*"])
    result.stdout.no_fnmatch_line("*SystemError*")


def test_the_fixture_checks_in_the_body(suite):
    result = suite("""
def test_right(admodes_check): admodes_check(loss, np.ones(3), order=2)

def test_wrong(admodes_check): admodes_check(wrong, np.full(3, 0.5))
""")
    result.assert_outcomes(passed=1, failed=1)


def test_a_failure_shows_what_compare_knows(suite):
    result = suite("""
@pytest.mark.admodes(wrong, np.full(3, 0.5))
def test_wrong(): pass
""")
    result.stdout.fnmatch_lines(
        ["*what admodes.compare knows*", "*functions.py:11:*return np.sum(tilted(x)*"]
    )


def test_several_markers_are_all_checked(suite):
    result = suite(
        """
@pytest.mark.admodes(loss, np.ones(3))
@pytest.mark.admodes(loss, np.ones((2, 2)), order=2)
def test_both(): pass
""",
        "--admodes-report",
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*test_both*loss*right*3*", "*test_both*loss*right*4*"])


def test_finite_differences_may_be_left_out(suite):
    result = suite("""
@pytest.mark.admodes(lambda x: np.sum(np.abs(x)), np.zeros(3), derivatives=False)
def test_at_a_kink(): pass
""")
    result.assert_outcomes(passed=1)


def test_the_report_collects_every_checked_function(suite):
    result = suite(
        """
@pytest.mark.admodes(loss, np.ones(3))
def test_right(): pass

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
            "*::test_complex *right *TypeError:*must be real*",
            "*::test_right *loss *right *3 *1 *",
            "*::test_wrong *wrong *WRONG *5 *1 *",
        ]
    )
    result.stdout.no_fnmatch_line("*test_other *")


def test_the_report_collects_from_processes_side_by_side(pytester):
    pytest.importorskip("xdist")
    pytester.makepyfile(functions=FUNCTIONS)
    pytester.makepyfile(
        test_it="from functions import *\n"
        "@pytest.mark.admodes(loss, np.ones(3))\ndef test_one(): pass\n"
        "@pytest.mark.admodes(loss, np.ones(4))\ndef test_two(): pass\n"
    )
    pytester.syspathinsert()
    result = pytester.runpytest_subprocess("-n", "2", *WITHOUT, "--admodes-report")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines_random(["*::test_one *loss *right *", "*::test_two *loss *right *"])


def test_a_suite_without_a_check_says_how_to_begin(suite):
    result = suite("def test_other(): pass", "--admodes-report")
    result.stdout.fnmatch_lines(["none: use @pytest.mark.admodes*"])


def test_no_report_unless_it_is_asked_for(suite):
    result = suite("@pytest.mark.admodes(loss, np.ones(3))\ndef test_right(): pass")
    result.stdout.no_fnmatch_line("*derivatives checked*")


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("@pytest.mark.admodes()", "*needs a function*"),
        ("@pytest.mark.admodes(loss, np.ones(3), ordre=2)", "*takes order,*not ordre*"),
    ],
)
def test_a_marker_that_is_wrong_says_so(suite, marker, message):
    result = suite(f"{marker}\ndef test_it(): pass")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([message])


def test_the_marker_is_registered(suite):
    result = suite(
        "@pytest.mark.admodes(loss, np.ones(3))\ndef test_right(): pass", "--strict-markers"
    )
    result.assert_outcomes(passed=1)
    suite("def test_other(): pass", "--markers").stdout.fnmatch_lines(["@pytest.mark.admodes(f, *"])
