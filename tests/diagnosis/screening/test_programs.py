"""What is found in code as people write it: each line that has to be changed, and no other."""

import inspect
import re
import sys

import numpy as np
import pytest

import admodes as ad
from admodes.diagnosis.screening import KINDS, screen
from tests.diagnosis.screening import programs
from tests.helpers import together

X = np.array([0.3, 0.5, 0.9])
CALLS = {
    name: function
    for name, function in vars(programs).items()
    if inspect.isfunction(function) and list(inspect.signature(function).parameters)[:1] == ["x"]
}
#: functions that another one calls
INNER = {
    "looked_up": ("running",),
    "nested": (),
    "of_a_dataclass": ("Parameters",),
    "handed_on": (),
}


def expected(*things):
    """Line -> kind, of the comments in their source."""
    found = set()
    for thing in things:
        lines, first = inspect.getsourcelines(thing)
        for number, line in enumerate(lines, first):
            marked = re.search(r"  # ([a-z ]+)$", line)
            if marked:
                assert marked[1] in KINDS
                found.add((number, marked[1]))
    return found


def found(f, *args):
    return {
        (line, issue.kind)
        for issue in screen(f, *args).issues
        for line in (issue.line, *issue.again)
    }


@together
@pytest.mark.parametrize("name", CALLS)
def test_each_line_is_found_and_no_other(name):
    inner = [getattr(programs, each) for each in INNER.get(name, ())]
    assert found(CALLS[name], X) == expected(CALLS[name], *inner)


def test_an_object_that_is_called():
    assert found(programs.model, X) == expected(programs.Model)


def test_the_programs_are_many():
    assert len(CALLS) > 15


@together
@pytest.mark.parametrize("name", CALLS)
def test_what_is_said_to_be_right_can_be_differentiated(name):
    """And what is said to be wrong cannot, where a run has met it."""
    screening = screen(CALLS[name], X)
    if screening.ok:
        ad.grad(CALLS[name])(X)
    elif any(issue.seen and issue.is_wrong for issue in screening.issues):
        with pytest.raises((TypeError, ValueError, NotImplementedError)):
            ad.grad(CALLS[name])(X)


def test_the_argument_is_never_changed():
    def shifted(x):
        x += 1.0
        x[0] = 5.0
        np.exp(x, out=x)
        return np.sum(x)

    x = X.copy()
    assert screen(shifted, x).ok
    assert np.array_equal(x, X)


def fixes(f, *args):
    return {issue.fix for issue in screen(f, *args).issues}


@together
@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("filled", "np.zeros(3, like=x) in line"),
        ("of_lists", "np.std(np.array(means, like=x))"),
        ("of_lists", "np.array(means, like=x)"),
        ("plain_numbers", "np.sin"),
        ("plain_arrays", "A @ y"),
        ("plain_arrays", "np.concatenate([x, [1]])"),
        ("of_another_type", "hasattr(x, 'shape')"),
        ("bytes_of", "admodes.stop_gradient(x).tobytes()"),
        ("several", "np.empty(3, like=x)"),
    ],
)
def test_what_to_write(name, fix):
    assert any(each.startswith(fix) for each in fixes(CALLS[name], X)), fixes(CALLS[name], X)


def test_what_is_written_then_is_right():
    def mended(x):
        b = np.zeros(3, like=x)
        for i in range(3):
            b[i] = x[i]
        b[1:] += x[1:]
        return np.sum(b)

    assert screen(mended, X).issues == ()
    np.testing.assert_array_equal(ad.grad(mended)(X), [1.0, 2.0, 2.0])


def test_writes_into_one_array_are_one_thing_to_change():
    (issue,) = screen(programs.written_often, X).issues
    assert len(issue.again) == 9
    assert issue.fix == f"np.zeros(10, like=x) in line {issue.line - 1}"
    first, *rest = issue.again
    text = str(screen(programs.written_often, X))
    assert text.startswith("written_often: 1 thing to change\n")
    shown = ", ".join(map(str, [first, *rest[:5]]))
    assert f"so in lines {shown} and 3 more" in " ".join(text.split())
    (pair,) = screen(programs.filled, X).issues
    assert f"; so in line {pair.again[0]}" in str(screen(programs.filled, X))


def test_an_array_is_made_like_an_array_and_not_like_a_number():
    def powers(t, n=3):
        y = 1.0 + 2 * t
        b = np.zeros(n)
        b[:1] = y
        return b

    (issue,) = screen(powers, 0.5).issues
    assert issue.fix.startswith("np.zeros(n, like=np.ravel(t)) in line")
    assert np.zeros(2, like=np.ravel(0.5)).shape == (2,)
    np.testing.assert_array_equal(
        ad.jacobian(lambda t: np.array([t, t * t], like=np.ravel(t)))(2.0), [1.0, 4.0]
    )
    (issue,) = screen(powers, X[:1]).issues
    assert "like=t)" in issue.fix


def test_two_arrays_are_two_things_to_change():
    assert len(screen(programs.two_arrays, X).issues) == 2


def test_a_function_that_no_name_leads_to_is_read_as_the_run_has_called_it():
    issues = screen(programs.looked_up, X).issues
    assert [issue.fix.partition(" in line")[0] for issue in issues] == [
        "np.empty(len(y), like=y)",
        "np.cos",
    ]
    assert issues[0].seen
    assert not issues[1].seen


def test_an_error_that_plain_arrays_raise_too_is_the_functions_own():
    with pytest.raises(ValueError, match="could not be broadcast"):
        screen(lambda x: float(x[0]) + np.sum(x + np.ones(5)), X)


def test_functions_without_a_rule_are_all_found():
    softplus = np.frompyfunc(lambda t: np.log1p(np.exp(t)), 1, 1)
    square = np.frompyfunc(lambda t: t * t, 1, 1)

    def both(x):
        y = softplus(x).astype(float)
        return np.sum(y) + np.sum(square(x[1:]).astype(float))

    screening = screen(both, X)
    assert [issue.kind for issue in screening.issues] == ["no rule"] * 2
    assert all(issue.seen for issue in screening.issues)
    assert all("register_rule" in issue.fix for issue in screening.issues)


def test_an_error_that_plain_arrays_do_not_raise_ends_the_run_alone():
    def picky(x):
        if type(x) is not np.ndarray:
            raise KeyError("not mine")
        return math_of(x)

    screening = screen(picky, X)
    kinds = {issue.kind for issue in screening.issues}
    assert {"error", "plain"} == kinds
    assert "KeyError" in str(screening)
    assert "The run ended there" in screening.note


def math_of(x):
    return float(x[0])


def test_what_carries_no_derivative_is_told():
    screening = screen(lambda x: np.argmax(x), X)
    assert screening.ok
    assert [issue.kind for issue in screening.issues] == ["constant"]


def test_source_that_is_not_there():
    names = {"np": np}
    exec("def f(x):\n    return float(x[0]) + np.sum(x)\n", names)
    screening = screen(names["f"], X)
    assert not screening.ok
    assert "cannot be read" in screening.note
    assert screen(np.sin, X).ok


def test_the_run_knows_better_than_names():
    """By its name `y` may be an array that carries derivatives; the run shows that it does not."""

    def f(x):
        y = x
        for i in range(2):
            y = np.sin(x) if i > 5 else np.zeros(3)
            float(y[0])
        return np.sum(x)

    assert screen(f, X).issues == ()


def test_a_trace_of_others_is_put_back():
    def trace(*args):
        return None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        screen(np.sin, X)
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_it_fits_the_terminal(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    for f in CALLS.values():
        assert max(map(len, str(screen(f, X)).splitlines())) <= width


def test_it_shows_itself_in_a_notebook():
    html = screen(programs.filled, X)._repr_html_()
    assert "b[i] = x[i]" in html
    assert "like=x" in html
