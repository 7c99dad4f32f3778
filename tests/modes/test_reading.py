"""What a tape says of itself: a row an operation, as text and as HTML."""

import linecache
import re

import numpy as np
import pytest

import admodes as ad

WIDTHS = (80, 100, 140)


def polynomial(a, b):
    c = a + b
    return c * (b + 1.0)


def network(w, x):
    hidden = np.tanh(w["first"] @ x + w["bias"])
    total_of_squares_of_all_hidden_units = np.sum(hidden**2) * 3.0 + np.std(hidden)
    return total_of_squares_of_all_hidden_units / x[0]


def loop(x, steps=300):
    for _ in range(steps):
        x = np.sin(x) * x + 0.1
    return x


NETWORK = ({"first": np.ones((3, 2)), "bias": np.zeros(3)}, np.ones(2))


def tape_of(f, *args):
    return ad.vjp(f, *args)[1].tape


def rows(text):
    """The cells of a printed tape that has no empty ones, by the operation's number."""
    found = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()[2:]]
    return {int(cells[0]): cells[1:] for cells in found if cells[0].isdigit()}


def test_number_operation_operands_shape_what_is_kept_and_the_line():
    text = str(tape_of(polynomial, 2.0, 1.0))
    first = polynomial.__code__.co_firstlineno
    assert rows(text) == {
        0: ["input", "a", "()"],
        1: ["input", "b", "()"],
        2: ["add", "#0, #1", "()", "–", "–", f"{first + 1}: c = a + b"],
        3: ["add", "#1, 1", "()", "–", "–", f"{first + 2}: return c * (b + 1.0)"],
        4: ["multiply", "#2, #3", "()", "#2, #3", "16 B", f"{first + 2}: return c * (b + 1.0)"],
    }
    assert text.startswith("tape of polynomial: 3 operations, 16 B kept\n")
    assert "line of test_reading.py" in text


def test_every_row_is_what_the_tape_holds(monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    tape = tape_of(network, *NETWORK)
    text = str(tape)
    shown = rows(text)
    assert len(shown) == 3 + len(tape)
    for number, primitive, _, parents in tape.nodes:
        operation, operands, *_ = shown[number]
        assert operation == primitive.name
        for parent in parents:
            assert parent is None or f"#{parent[0]}" in operands.split(", ")
    assert shown[0] == ["input", "w['first']", "(3, 2)"]
    assert shown[2] == ["input", "x", "(2,)"]
    assert f"{tape.nbytes} B kept" in text
    added = [cells[4] for cells in shown.values() if len(cells) > 3]
    assert sum(int(cell.split()[0]) for cell in added if cell != "–") == tape.nbytes


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("f", "args"), [(network, NETWORK), (loop, (0.3,))])
def test_it_fits_and_is_aligned(monkeypatch, width, f, args):
    monkeypatch.setenv("COLUMNS", str(width))
    _, _, head, *lines = str(tape_of(f, *args)).splitlines()
    assert max(map(len, [head, *lines])) <= width
    start = head.index("line of")
    of_operations = [line for line in lines if len(line) > start]
    assert len(of_operations) >= 20
    for line in of_operations:
        if "between" not in line:
            assert line[start - 2 : start] == "  "
            assert re.match(r"\d+: \S", line[start:])
    assert "operands" in head
    assert "keeps" in head


def test_a_long_one_is_folded():
    tape = tape_of(loop, 0.3)
    lines = str(tape).splitlines()
    assert len(lines) < 40
    shown = rows("\n".join(lines))
    assert list(shown) == [*range(15), *range(886, 901)]
    (between,) = [line.strip() for line in lines if "between" in line]
    assert between.startswith("… 871 rows between, which add ")
    assert "871 rows between" in tape._repr_html_()


def test_many_inputs_are_folded_too():
    lines = str(tape_of(lambda xs: sum(xs), [1.0] * 100)).splitlines()
    assert len(lines) < 40
    assert "xs[0]" in lines[3]


def test_recording_asks_for_no_line(monkeypatch):
    """What a table shows is looked for when one is printed."""
    asked = []
    monkeypatch.setattr(linecache, "getline", lambda *args: asked.append(args) or "")
    tape = tape_of(polynomial, 2.0, 1.0)
    assert not asked
    str(tape)
    assert asked


def test_a_tape_holds_what_it_shows():
    """Also where nobody keeps the pullback that it came with."""
    _, pullback = ad.vjp(polynomial, 2.0, 1.0)
    assert len(tape_of(polynomial, 2.0, 1.0)) == len(pullback.tape) == 3


def test_printing_evaluates_once_more_and_repr_does_not():
    calls = []

    def f(x):
        calls.append(x)
        return x * x

    tape = tape_of(f, 2.0)
    assert repr(tape).startswith("<Tape of test_printing")
    assert len(calls) == 1
    str(tape)
    assert len(calls) == 2


def test_what_the_function_prints_is_not_said_again(capsys):
    def f(x):
        print("evaluated")
        return np.log(x)  # warns

    with pytest.warns(RuntimeWarning):
        tape = tape_of(f, 0.0)
    assert capsys.readouterr().out == "evaluated\n"
    assert "log" in str(tape)
    assert capsys.readouterr().out == ""


def test_a_function_that_does_something_else_the_second_time_is_told():
    calls = []

    def f(x):
        calls.append(x)
        return np.sin(x) if len(calls) == 1 else np.cos(x) * x

    text = str(tape_of(f, 2.0))
    assert "the function made other operations" in " ".join(text.split())
    assert rows(text)[1] == ["sin", "#0", "?", "#0", "8 B", "?"]


def test_a_second_evaluation_that_raises_is_told():
    calls = []

    def f(x):
        calls.append(x)
        if len(calls) > 1:
            raise LookupError("the file is gone")
        return 3.0 * x

    text = " ".join(str(tape_of(f, 2.0)).split())
    assert "raised LookupError: the file is gone" in text
    assert "multiply constant, #0 ?" in text


def test_an_argument_that_was_overwritten_shows_as_it_was():
    x = np.ones(3)
    tape = tape_of(lambda x: np.sum(x[x > 0] * 2.0), x)
    x[:] = -1.0
    assert "(3,)" in str(tape).split("read")[1]


def test_html_is_a_table_with_every_cell_escaped():
    def f(x):
        return np.where(x < 1, x, x * 2)  # "<" is in the line

    html = tape_of(f, np.ones(2))._repr_html_()
    assert html.count("<tr>") == html.count("</tr>") == 4
    assert "x &lt; 1" in html
    assert "x < 1" not in html
    assert not re.search(r"color:\s*+(?!inherit)", html)  # it reads on a light page and a dark one


def test_a_tape_within_another_differentiation():
    texts = []

    def outer(x):
        _, pullback = ad.vjp(lambda y: np.sin(y) * y, x)
        texts.append(str(pullback.tape))
        return pullback(1.0)[0]

    assert ad.grad(outer)(2.0) == pytest.approx(2 * np.cos(2.0) - 2.0 * np.sin(2.0))
    assert rows(texts[0])[2][:2] == ["multiply", "#1, #0"]


def test_one_that_checkpoints_or_depends_on_nothing():
    step = ad.checkpoint(lambda x: np.sin(x) * x)
    assert "0 operations" in str(tape_of(lambda x: 3.0, 1.0))
    text = str(tape_of(lambda x: step(x) + 1.0, np.ones(3)))
    assert rows(text)[2][:2] == ["add", "#1, 1"]
