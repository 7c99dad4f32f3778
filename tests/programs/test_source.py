"""How a program reads: the user's names and lines, and both modes side by side."""

import html
import pickle

import numpy as np
import pytest

import admodes as ad
from admodes.__main__ import main
from admodes.programs.expressions import Expressions, Text
from admodes.programs.steps import Step, Value
from tests.helpers import together

X = np.linspace(0.1, 1.0, 100)


def olah(a, b):
    c = a + b
    d = b + 1
    return c * d


def rosenbrock(x):
    a, b = x[:-1], x[1:]
    return np.sum(100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2)


def test_the_gradient_of_two_numbers():
    p = ad.program(olah, 2.0, 1.0, mode="reverse", argnums=(0, 1))
    assert (
        str(p)
        == p.source
        == """\
def gradient_of_olah(a, b):
    c = a + b  # c = a + b
    d = b + 1  # d = b + 1
    y = c * d  # return c * d
    if y != y:
        raise Changed
    b_bar = c + d  # back: c = a + b
    if d != d:
        raise Changed
    if b_bar != b_bar:
        raise Changed
    return (y, d, b_bar,)
"""
    )


def test_where_there_is_no_source_nothing_is_said_of_it():
    names = {"np": np}
    exec("def f(x):\n    return np.sin(x) * x\n", names)
    for mode, back in (("forward", 0), ("reverse", 1)):
        p = ad.program(names["f"], 2.0, mode=mode)
        assert p.source.count("#") == p.source.count("  # back\n") == back
    assert "# back\n" in str(p.explain())


def test_the_tangent_of_a_loop_over_numbers():
    """Python's numbers raise where a slope is infinite, so nothing has to be asked of them."""

    def fall(x):
        y = 1.0
        for _ in range(2):
            y = y - y / x
        return y

    assert (
        ad.program(fall, 2.0, mode="forward").source
        == """\
def tangent_of_fall(x, dx):
    v = 1.0 / x  # y = y - y / x
    v2 = dx * (v / x)
    v3 = 1.0 - v
    v4 = v3 / x
    y = v3 - v4
    dy = v2 - (v2 * (1 / x) - dx * (v4 / x))
    if dy != dy:
        raise Changed
    if y != y:
        raise Changed
    return (y, dy,)
"""
    )


def test_signs_end_in_differences():
    """A sign, or a factor of two, is not rounded: where it is does not matter to the last bit."""

    def valley(x):
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + 1 / x[1:])

    source = ad.program(valley, X, mode="reverse").source
    assert "negative" not in source
    assert "np.multiply(200.0, " in source
    assert source.count("x_bar[:-1] -= ") == 1
    found, expected = ad.program(valley, X, mode="reverse")(X + 1), ad.value_and_grad(valley)(X + 1)
    np.testing.assert_array_equal(found[1], expected[1])


@pytest.mark.parametrize("x", [np.array([0.0, -0.0, 1.0]), np.array([1e308, -1e308, 5e-324])])
def test_signs_of_zeros_and_numbers_at_the_ends_of_the_range(x):
    def f(x, y):
        a = -x * y - x + -(y * -x) - -(x / -3.0) * y
        return (a[:-1] - -(a[1:] * y[1:])) * 2.0 + 1.5 * (y[1:] + y[1:])

    with np.errstate(all="ignore"):
        for arguments in ((x, x[::-1].copy()), (x, -x)):
            found, expected = ad.program(f, *arguments)(*arguments), f(*arguments)
            np.testing.assert_array_equal(found, expected)
            signs = (np.where(np.isnan(y), 0.0, np.copysign(1.0, y)) for y in (found, expected))
            np.testing.assert_array_equal(*signs)


def test_a_constant_of_one_number():
    """It is written as a number, but not where the signs of its zeros differ."""

    def scaled(x, by):
        return x * by

    for by, written in ((np.full(3, 2.5), "2.5"), (np.array([0.0, -0.0, 0.0]), "c")):
        source = ad.program(lambda x, by=by: scaled(x, by), X[:3]).source
        assert f"y = x * {written} " in source


def test_the_tangent_of_numpys_numbers():
    """NumPy would warn of what comes of an infinite slope: one question, and no error state."""
    source = ad.program(lambda x: np.sqrt(x) * x, 2.0, mode="forward").source
    assert "errstate" not in source
    assert source.count("isfinite(") == 1


def test_large_results_go_into_buffers():
    """The user's names on both sides of an assignment, and what lies where."""
    assert (
        ad.program(rosenbrock, X).source
        == """\
def rosenbrock(x, buffers):
    buffer, buffer2, = buffers
    a = x[:-1]  # a, b = x[:-1], x[1:]
    b = x[1:]
    v = np.square(a, out=buffer)  # return np.sum(100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2)
    v2 = np.subtract(b, v, out=buffer)
    v3 = np.square(v2, out=buffer)
    v4 = np.multiply(100.0, v3, out=buffer)
    v5 = np.subtract(1.0, a, out=buffer2)
    v6 = np.square(v5, out=buffer2)
    v7 = np.add(v4, v6, out=buffer)
    y = np.add.reduce(v7, axis=(-1,))
    return (y,)
"""
    )


def test_small_ones_are_written_as_a_person_would():
    source = ad.program(rosenbrock, X[:4]).source
    assert "v = np.add.reduce(100.0 * np.square(b - np.square(a)) + np.square(1.0 - a)" in (
        source.replace("y = ", "v = ")
    )


def test_what_is_quiet_and_what_is_let_go():
    def f(x):
        y = np.sort(x)
        return np.cumsum(y)

    source = ad.program(f, X, mode="forward").source
    assert "del " in source
    with np.errstate(all="ignore"):
        assert 'with np.errstate(all="ignore"):' in ad.program(f, X).source


def test_the_users_names_come_first():
    def f(buffer, v):
        v2 = np.sin(buffer) * v
        return np.cos(v2) * buffer

    p = ad.program(f, X, X)
    assert "def f(buffer, v, buffers):" in p.source
    assert "v2 = " in p.source
    np.testing.assert_array_equal(p(X + 1, X), f(X + 1, X))


@together
@pytest.mark.parametrize(
    "text",
    [
        "-a**2 + (-a)**2",
        "a - (b - a) - b",
        "a / (b * a) * b",
        "(a + b) * (a - b) ** 2",
        "2**a**b",
        "(2**a) ** b",
        "-(a + b)",
        "(a < b) * 2.0 + (b > a)",
        "abs(-1.5 * a) ** -0.5",
        "(a + b) @ b",
        "a // b % 3",
        "-1e-300 * a",
    ],
)
def test_parentheses_are_where_they_are_needed(text):
    f = eval(f"lambda a, b: {text}")
    rng = np.random.default_rng(0)
    args = rng.uniform(1, 2, 3), rng.uniform(1, 2, 3)
    p = ad.program(f, *args)
    more = rng.uniform(1, 2, 3), rng.uniform(1, 2, 3)
    np.testing.assert_array_equal(p(*more), f(*more))
    assert len(p.variants) == 1


@together
@pytest.mark.parametrize(
    "text", ["np.negative(a)", "np.add(a, b)", "np.multiply(2.0, a) + b", "-a"]
)
def test_a_ufunc_of_pythons_numbers_gives_one_of_numpys(text):
    f = eval(f"lambda a, b: {text}", {"np": np})
    p = ad.program(f, 2.0, 3.0)
    assert type(p(4.0, 5.0)) is type(f(4.0, 5.0))
    assert p(4.0, 5.0) == f(4.0, 5.0)


def test_a_keyword_is_no_name():
    names = Expressions({})
    assert [names.fresh(wish) for wish in ("lambda", "x[0]", "x[0]", "1", "np")] == [
        "v_lambda",
        "x_0",
        "x_02",
        "v_1",
        "np2",
    ]
    value = Value(float)
    names.texts[value] = Text("a + b", 11)
    assert names.text([value, (value,), {"k": slice(value, None)}]) == (
        "[a + b, (a + b,), {'k': slice(a + b, None, None)}]"
    )
    assert names.expression(Step(value, np.exp, (value,), {}, None)).text == "np.exp(a + b)"


EXPLAINED = """\
forward                                          | reverse
def tangent_of_olah(a, b, da, db):               | def gradient_of_olah(a, b):
# c = a + b
c = a + b                                        | c = a + b
dc = da + db                                     |
# d = b + 1
d = b + 1                                        | d = b + 1
# return c * d
y = c * d                                        | y = c * d
dy = dc * d + db * c                             |
if dy != dy:                                     | if y != y:
    raise Changed                                |     raise Changed
if y != y:                                       |
    raise Changed                                |
return (y, dy,)                                  |
# back: c = a + b
                                                 | b_bar = c + d
                                                 | if d != d:
                                                 |     raise Changed
                                                 | if b_bar != b_bar:
                                                 |     raise Changed
                                                 | return (y, d, b_bar,)

7 operations; 20 numbers read or written         | 4 operations; 11 numbers read or written
"""


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
def test_what_is_printed_runs(backend):
    if backend == "compiled":
        pytest.importorskip("llvmlite")
    weights, table = np.linspace(-1, 1, 1000).reshape(10, 100), X[::2].copy()

    def f(x):
        y = np.tanh(weights @ x) * 2.5
        return np.sum(y) + np.sum(x[::2] * table) ** 2 + np.sum(np.maximum(x, -np.inf))

    p = ad.program(f, X, mode="reverse", backend=backend)
    exec(p.source, names := p.names)
    buffers = [names["buffers"]] if "buffers" in names else []
    value, gradient = names["gradient_of_f"](X + 1, *buffers)
    for found, expected in zip((value, gradient), ad.value_and_grad(f)(X + 1), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13)
    with np.errstate(invalid="ignore"), pytest.raises(names["Changed"]):
        names["gradient_of_f"](X * np.nan, *buffers)
    assert "-np.inf" in p.source


def half(x):
    y = np.sqrt(x) if x > 1 else x / 2
    return y * x


def test_both_sides_are_of_the_same_branch():
    """That which was recorded last."""

    def sides(p):
        rows = p.explain().rows
        return [str([row.lines.get(mode) for row in rows]) for mode in ("forward", "reverse")]

    p = ad.program(half, 4.0, mode="forward")
    assert all("np.sqrt(x)" in side for side in sides(p))
    p((0.5,), (1.0,))
    for same in (p, pickle.loads(pickle.dumps(p))):
        assert not any("np.sqrt(x)" in side for side in sides(same))


def test_where_a_slope_is_not_finite():
    """Nothing is recorded there; from a call at another point on there is something to be shown."""
    with np.errstate(all="ignore"):
        p = ad.program(lambda x: np.where(x > 0, np.log(x), 0.0), 0.0, mode="reverse")
        with pytest.raises(
            ad.Unrepeatable, match=r"gradient of .*: a slope on the way is not finite"
        ):
            p.explain()
    with pytest.raises(ValueError, match="call it first, at arguments where no slope is infinite"):
        print(p)
    assert "no steps" in p._repr_html_()
    p(2.0)
    assert "dy = " in str(p.explain())


def test_what_is_quiet_stands_with_what_it_is_for():
    def f(x):
        with np.errstate(divide="ignore"):
            y = np.log(x)
        return y * x

    shown = ad.program(f, X, mode="forward").explain()
    assert "with np.errstate" in str(shown)
    for row in shown.rows:
        assert not [lines for lines in row.lines.values() if lines[-1].startswith("with ")]


@pytest.mark.parametrize("mode", ["value", "forward", "reverse"])
def test_both_modes_side_by_side(mode):
    p = ad.program(olah, 2.0, 1.0, mode=mode, argnums=(0, 1))
    assert f"{p.explain()}\n" == EXPLAINED
    assert repr(p.explain()) == str(p.explain())


def test_a_loop_comes_to_its_line_again_and_again():
    def power(x):
        y = x
        for _ in range(3):
            y = y * x
        return y

    text = str(ad.program(power, 2.0, mode="reverse").explain())
    assert text.count("# y = y * x\n") == text.count("# back: y = y * x\n") == 1


def test_in_a_notebook():
    text = ad.program(lambda a, b: (a < b) * a, 1.0, 2.0, mode="forward")._repr_html_()
    assert text.startswith("<table>")
    assert "a &lt; b" in text


def test_what_has_no_other_side():
    p = ad.grad(olah, compiled=True)
    p(2.0, 1.0)
    with pytest.raises(TypeError, match="gradient of olah is shown beside nothing"):
        p.program.explain()
    assert p.program._repr_html_() == f"<pre>{html.escape(p.program.source)}</pre>"
    assert repr(p.program) == "<Program gradient of olah: 5 steps>"


def test_from_the_command_line(tmp_path, capsys):
    file = tmp_path / "olah.py"
    file.write_text("def olah(a, b):\n    c = a + b\n    d = b + 1\n    return c * d\n")
    assert main(["program", f"{file}:olah", "--at", "2", "--at", "1"]) == 0
    assert capsys.readouterr().out == EXPLAINED
    assert main(["program", f"{file}:olah", "--at", "2", "--at", "1", "--mode", "value"]) == 0
    assert capsys.readouterr().out.startswith("def olah(a, b):\n    c = a + b")


@together
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--at", "2", "--at", "x"], "--at 'x': give a number, or several: 2.0, or 1,2.5"),
        (["--at", "2", "--shape", "3"], "give --at, --shape or --npy, not both"),
        (["--at", "2"], "takes (a, b), not 1 argument"),
        (["--at", "2", "--at", "1", "--mode", "both"], "'both' is not one of"),
        (["--at", "2", "--at", "1", "--backend", "jit"], "'jit' is not one of"),
    ],
)
def test_wrong_options(tmp_path, capsys, options, message):
    file = tmp_path / "olah.py"
    file.write_text("def olah(a, b):\n    return a * b\n")
    assert main(["program", f"{file}:olah", *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_several_outputs_have_their_own_names():
    def f(x):
        return {"a": 2 * x, "b": np.sum(x)}

    x = np.ones(3)
    heads = {
        "value": ("def f(x):", "return (y_a, y_b,)"),
        "forward": ("def tangent_of_f(x, dx):", "return (y_a, y_b, dy_a, dy_b,)"),
        "reverse": ("def cotangent_of_f(x, y_a_bar, y_b_bar):", "return (y_a, y_b, x_bar,)"),
    }
    for mode, (head, last) in heads.items():
        lines = str(ad.program(f, x, mode=mode)).splitlines()
        assert (lines[0], lines[-1].strip()) == (head, last)


@pytest.mark.parametrize("number", [np.float64(2.5), np.float32(-2.5), np.float64(1e-300)])
def test_a_number_of_numpys_is_written_out(number):
    p = ad.program(lambda x: x * number, np.ones(3))
    assert f"np.{type(number).__name__}({number.item()!r})" in str(p)
    np.testing.assert_array_equal(p(np.arange(3.0)), np.arange(3.0) * number)


def test_a_notebook_shows_a_program_of_what_has_no_derivative():
    """`explain` says why there are no two modes; what a notebook asks for is shown without them."""

    def f(x):
        return x[int(x[0])] * 2

    p = ad.program(f, np.array([1.0, 2.0]))
    with pytest.raises(TypeError, match="cannot become an int"):
        p.explain()
    assert p._repr_html_() == f"<pre>{html.escape(p.source)}</pre>"
