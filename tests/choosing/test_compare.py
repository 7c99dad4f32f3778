"""``compare``: the ways to a derivative side by side."""

import json
import re
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import admodes as ad
from admodes import counting
from admodes.__main__ import main
from admodes.choosing import clock, comparing
from admodes.choosing.comparison import _directions
from admodes.choosing.machines import TYPICAL
from admodes.choosing.plans import Derivative
from admodes.choosing.subject import Subject
from admodes.diagnosis import agreement
from admodes.measure import Duel, Interval, peak_bytes, words
from admodes.measure.meanwhile import Meanwhile
from admodes.reverse import record

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("little_garbage", "few_samples")]

X = np.linspace(-1.0, 1.0, 12)


def energy(x):
    return np.sum((x[1:] - x[:-1] ** 2) ** 2)


@pytest.fixture(autouse=True, scope="module")
def patience():
    """Nothing is left out, however slow the machine is at the moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "GRACE", 1e6)
        yield


def quick(f, *args, **options):
    return ad.compare(f, *args, seconds=0.02, **options)


@pytest.fixture(scope="module")
def gradient():
    return quick(energy, X)


# --- What it knows --------------------------------------------------------------------------------


def test_a_gradient_takes_n_passes_or_one(gradient):
    passes = {way.name: way.passes for way in gradient.ways}
    assert passes["forward"] == 12
    assert passes["reverse"] == 1
    assert gradient.inputs == 12
    assert gradient.outputs == 1


def test_the_best_number_of_directions_is_one_of_those_that_fit(gradient):
    (several,) = (way for way in gradient.ways if "directions" in way.name)
    assert 1 < several.directions <= 12
    assert several.passes == -(-12 // several.directions)


def test_a_jacobian_of_many_outputs_takes_a_pass_per_output_or_per_input():
    matrix = np.arange(60.0).reshape(20, 3)
    comparison = quick(lambda x: matrix @ x, np.ones(3))
    assert (comparison.inputs, comparison.outputs) == (3, 20)
    assert [way.passes for way in comparison.ways if way.name == "forward"] == [3]
    (reverse,) = (way for way in comparison.ways if way.mode == "reverse")
    assert reverse.passes == -(-20 // reverse.directions)


def test_the_arguments_that_are_asked_for_are_the_inputs():
    def loss(parameters, x):
        return np.sum(np.tanh(parameters["w"] @ x) * parameters["b"])

    args = {"w": np.ones((2, 3)), "b": np.ones(2)}, np.ones(3)
    assert quick(loss, *args).inputs == 6 + 2
    assert quick(loss, *args, argnums=1).inputs == 3
    assert quick(loss, *args, argnums=(0, 1)).inputs == 6 + 2 + 3


def test_counts_are_those_of_all_passes(gradient):
    ways = {way.name: way for way in gradient.ways}
    one_pass = counting.tangent(energy, X, directions=1)
    assert ways["forward"].counts.primitives == 12 * one_pass.primitives
    assert ways["forward"].counts.cost.moves == 12 * one_pass.cost.moves
    assert ways["reverse"].counts == counting.gradient(energy, X)


def test_counts_of_several_sweeps_contain_one_evaluation():
    comparison = quick(lambda x: np.stack([x * x, np.exp(x)]), 0.5)
    (reverse,) = (way for way in comparison.ways if way.mode == "reverse")
    if reverse.directions == 1:
        sweep = counting.gradient(lambda x: np.stack([x * x, np.exp(x)]), 0.5)
        assert reverse.counts.primitives < 2 * sweep.primitives


def test_the_tape_is_that_of_the_recording(gradient):
    _, pullback = ad.vjp(energy, X)
    (reverse,) = (way for way in gradient.ways if way.mode == "reverse")
    assert reverse.tape_length == len(pullback.tape)
    assert reverse.tape_bytes == pullback.tape.nbytes
    assert all(way.tape_length is None for way in gradient.ways if way.mode == "forward")


def test_what_takes_too_long_is_estimated_and_marked():
    x = np.linspace(-1, 1, 20_000)
    comparison = quick(energy, x)
    forward, _, reverse = comparison.ways
    assert forward.estimated
    assert not reverse.estimated
    assert forward.seconds.value == pytest.approx(20_000 * forward.pass_seconds.value)
    assert "~" in str(comparison)
    assert "estimated" in str(comparison)
    assert comparison.fastest is reverse


def test_a_large_tape_brings_checkpointing_which_holds_less():
    # Two inputs, so that forward mode is quickly done, and 20,000 numbers in every step.
    def long(x):
        y = wide = x[:, None] * np.ones(10_000)
        for _ in range(120):
            y = y * wide
        return np.sum(y)

    *_, reverse, checkpointed = quick(long, np.ones(2)).ways
    assert checkpointed.name == "reverse, checkpointed"
    assert checkpointed.peak_bytes < reverse.peak_bytes / 3
    assert checkpointed.counts.primitives > reverse.counts.primitives


def test_the_modes_are_checked(gradient):
    assert gradient.agreement.ok


def test_checkpoints_that_save_nothing_are_not_shown(monkeypatch):
    monkeypatch.setattr(comparing, "LARGE_TAPE", 0)
    comparison = quick(energy, X)
    assert not any(way.checkpoint for way in comparison.ways)
    assert comparison.loop is None


def test_a_loop_of_steps_is_told_what_it_could_be(monkeypatch):
    monkeypatch.setattr(comparing, "LARGE_TAPE", 0)
    monkeypatch.setenv("COLUMNS", "200")

    def long(x):
        for _ in range(60):
            x = x + 0.1 * np.sin(x)
        return np.sum(x)

    comparison = quick(long, X)
    assert comparison.loop.steps == 60
    assert "a loop of 60 like steps of 3 operations" in str(comparison)
    assert "admodes.checkpoint(step, steps=60)" in str(comparison)


def test_the_parts_add_up(gradient):
    # As if each had been run in full: a busy machine may have had no time for all of them.
    ways = [replace(way, estimated=False) for way in gradient.ways]
    for way in ways:
        parts = way.passes * way.pass_seconds.value + way.face_seconds
        assert parts == pytest.approx(way.seconds.value)
    recorded = replace(ways[-1], recording_seconds=Interval(1.0, 1.0, 1.0, 0.95))
    assert recorded.face_seconds == pytest.approx(ways[-1].face_seconds - 1.0)
    assert replace(recorded, estimated=True).face_seconds is None


def test_a_recording_that_sweeps_share_has_a_line_of_its_own():
    subject = Subject(lambda x: np.sin(x), (X,), 0)
    subject.evaluate()
    derivative = Derivative(subject, record(subject.f, subject.inputs)[0], 3.0)
    plan = derivative._reverse(5)
    assert plan.way.passes == 3
    assert plan.predicted() == 3.0 + 3 * plan.pass_seconds
    assert len(plan.recording()[0].tape) == 1
    assert derivative._reverse(12).recording is None


@pytest.mark.parametrize(
    "make",
    [lambda each: each._forward(1), lambda each: each._forward(16), lambda each: each._reverse(8)],
)
@pytest.mark.parametrize("kind", ["an array", "containers", "complex numbers"])
def test_the_memory_of_an_estimated_way_is_that_of_the_whole(make, kind):
    matrix = np.random.default_rng(0).standard_normal((250, 200))

    def wide(x):
        if kind == "containers":
            return np.sin(matrix @ x["a"]) * np.sum(x["b"])
        return np.exp(1j * (matrix @ x)) if kind == "complex numbers" else np.sin(matrix @ x)

    x = {"a": np.ones(200), "b": np.ones(50)} if kind == "containers" else np.ones(200)
    subject = Subject(wide, (x,), 0)
    subject.evaluate()
    plan = make(Derivative(subject, record(wide, subject.inputs)[0], 1e-3))
    estimated = plan.whole_peak(peak_bytes(plan.alone))
    assert estimated == pytest.approx(peak_bytes(plan.whole), rel=0.15)


def test_the_last_of_several_passes_may_have_fewer_directions():
    assert [_directions(128, 1), _directions(128, 3), _directions(1, 3)] == ["128", "≤ 128", "1"]


def test_a_row_of_complex_outputs_takes_two_sweeps():
    """One for the real part and one for the imaginary part, over the same recording."""

    def turned(x):
        return np.exp(1j * x) * np.sum(x)

    (reverse,) = [way for way in quick(turned, X).ways if way.mode == "reverse"]
    assert reverse.passes == 2 * -(-12 // reverse.chunk_size)
    subject = Subject(turned, (X,), 0)
    subject.evaluate()
    derivative = Derivative(subject, record(turned, subject.inputs)[0], 3.0)
    assert derivative._reverse(5).way.passes == 6
    whole, evaluation = derivative._reverse(12), counting.evaluation(turned, X)
    sweep = counting.gradient(turned, X, rows=12) - evaluation
    assert derivative.counts(whole, evaluation) == evaluation + sweep * 2
    advice = ad.recommend(turned, X, machine=TYPICAL)
    ways = {(way.mode, way.chunk_size): way for way in advice.candidates}
    assert ways["reverse", 1].passes == 24
    assert ways["forward", 1].passes == 12
    assert "reverse mode takes 2 sweeps of up to 12" in str(advice)


# --- What it does to the function, and the function to it -----------------------------------------


def test_the_callers_arrays_stay_and_who_changes_them_is_named(monkeypatch):
    def alias(x):
        y = x
        y += 1.0
        return np.sum(x * y)

    x = np.array([1.0, 2.0, 3.0])
    comparison = quick(alias, x)
    np.testing.assert_array_equal(x, [1.0, 2.0, 3.0])
    assert comparison.changes == ("argument 0",)
    monkeypatch.setenv("COLUMNS", "200")
    assert "alias changes its argument 0" in str(comparison)
    assert comparison.agreement.ok


def test_what_it_prints_is_caught_and_shown_once(capsys, monkeypatch):
    def loud(x):
        print("looking at", x[:1])
        return np.sum(x * x)

    comparison = quick(loud, X)
    assert capsys.readouterr().out == ""
    assert comparison.printed == ("looking at [-1.]",)
    assert comparison.lines_printed > 10
    monkeypatch.setenv("COLUMNS", "200")
    assert f"loud printed {comparison.lines_printed:,} lines" in str(comparison)
    assert str(comparison).count("looking at") == 1


def test_a_slow_function_is_evaluated_a_few_times_and_what_is_left_out_is_said(monkeypatch):
    monkeypatch.setattr(comparing, "GRACE", 0.0)
    calls = []

    def slow(x):
        calls.append(x)
        time.sleep(0.1)
        return np.sum(x * x)

    comparison = quick(slow, X)
    assert len(calls) <= 6
    assert comparison.agreement is None
    assert all(way.counts is way.peak_bytes is None for way in comparison.ways)
    text = " ".join(str(comparison).split())
    assert "Whether the modes agree was not asked" in text
    assert "no time to look" in text
    assert json.loads(comparison.to_json())["agreement"] is None
    assert len(comparison.plot().axes) == 3


@pytest.mark.parametrize(
    ("seconds", "along"), [(500, None), (3000, "random directions"), (1e6, "every entry")]
)
def test_the_check_comes_first_and_is_as_thorough_as_there_is_time(monkeypatch, seconds, along):
    """Of a function that takes a hundred seconds, as far as anybody knows."""
    evaluate, begin, found = Subject.evaluate, Meanwhile.begin, []

    def long(self):
        evaluate(self)
        return 100.0

    class Timing(Exception):
        pass

    def until_then(self, what):
        if what == "timing":
            raise Timing
        begin(self, what)

    def looked(*args, **options):
        agreed = agreement(*args, **options)
        found.append(agreed.along)
        return agreed

    monkeypatch.setattr(comparing, "GRACE", 0.0)
    monkeypatch.setattr(comparing, "agreement", looked)
    monkeypatch.setattr(Subject, "evaluate", long)
    monkeypatch.setattr(Meanwhile, "begin", until_then)
    with pytest.raises(Timing):
        ad.compare(energy, X, seconds=seconds)
    assert found == ([along] if along else [])


def test_what_is_looked_on_for_longer_than_expected_is_expected_to_be():
    with Meanwhile(1.0) as meanwhile:
        one = comparing._Comparing(Subject(energy, (X,), 0), meanwhile)
        before = one._watched(1.0)
        with one._watching(1e-9):
            pass
        assert one._watched(1.0) > before
        after = one._watched(1.0)
        with one._watching(1e9):
            pass
        assert one._watched(1.0) == after


def test_a_check_that_takes_too_long_is_given_up():
    def f(x):
        return np.sum(x * x)

    limited = clock.until(f, time.perf_counter() + 1000)
    assert limited(X) == f(X)
    with pytest.raises(clock.OutOfTime):
        clock.until(f, time.perf_counter() - 1)(X)


@pytest.mark.parametrize("threads", [None, 1])
def test_blas_runs_as_asked(threads):
    seen = set()

    def product(x):
        seen.update(e["num_threads"] for e in threadpool_info() if e["user_api"] == "blas")
        return np.sum(x @ x)

    with threadpool_limits(2, user_api="blas"):
        before = {str(each) for each in threadpool_info()}
        comparison = quick(product, np.eye(3), threads=threads)
        assert {str(each) for each in threadpool_info()} == before
    assert comparison.threads in seen | {None}
    assert seen <= {threads or 2}


# --- Who is the quickest --------------------------------------------------------------------------


def timed(way, seconds, estimated=False):
    interval = Interval(seconds, seconds, seconds, 0.95)
    return replace(way, seconds=interval, estimated=estimated)


def between(ratio, floor, rounds=50):
    return Duel(Interval(ratio, ratio, ratio, 0.95), floor, rounds)


def test_a_winner_is_named_beyond_the_noise_floor_alone(gradient):
    one, *_, two = gradient.ways
    pair = timed(one, 1.0), timed(two, 1.04)
    won = replace(gradient, ways=pair, duel=between(1.04, 0.01))
    assert won.winner.mode == "forward"
    assert won.verdict == (
        "Quickest: forward. Next is reverse, in 1.04 times the time "
        "(timed in turns; the same way twice: within 1.0%)."
    )
    tie = replace(gradient, ways=pair, duel=between(1.04, 0.05))
    assert tie.winner is None
    assert tie.verdict.startswith("A tie within the noise: forward; reverse (")
    assert tie.to_dict()["winner"] is None


def test_the_duel_decides(gradient):
    one, *_, two = gradient.ways
    turned = replace(
        gradient, ways=(timed(one, 1.0), timed(two, 1.02)), duel=between(1 / 1.1, 0.01)
    )
    assert turned.winner.mode == turned.fastest.mode == "reverse"
    assert "Next is forward, in 1.10 times the time" in turned.verdict


def test_without_a_duel_only_the_obvious_is_said(gradient):
    one, *_, two = gradient.ways
    for duel in (None, between(1.2, 0.0, rounds=3)):
        close = replace(gradient, ways=(timed(one, 1.0), timed(two, 1.2)), duel=duel)
        assert close.winner is None
        assert close.verdict.startswith("Too close to tell")
        far = replace(gradient, ways=(timed(one, 9.0, estimated=True), timed(two, 1.0)), duel=duel)
        assert far.verdict == "Quickest: reverse. Next is forward, in about 9.00 times the time."


def test_a_scalar_function():
    comparison = quick(lambda x: x * x * x, 2.0)
    assert [way.passes for way in comparison.ways] == [1, 1]


# --- How it shows itself --------------------------------------------------------------------------


def test_it_prints_as_a_table(gradient):
    text = str(gradient)
    for word in ("energy", "passes", "numbers read, written", "peak memory", "reverse"):
        assert word in text
    assert len({line.index("12") for line in text.splitlines() if line.startswith("x")}) <= 1


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_it_fits_the_terminal(gradient, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    text = str(gradient)
    assert max(map(len, text.splitlines())) <= columns
    for row in gradient._text()[1]:
        assert all(word in text.split() for cell in row for word in cell.split())


def test_what_was_run_once_has_no_limits(gradient):
    first, *rest = (timed(way, 1.0) for way in gradient.ways)
    second = replace(first, seconds=Interval(1.0, 1.0, 1.0, 0.0))
    texts = [str(replace(gradient, ways=(each, *rest))) for each in (first, second)]
    limits = [re.findall(r"^  at (?:least|most) +(\S+)", text, re.MULTILINE) for text in texts]
    assert "–" not in limits[0]
    assert limits[1] == ["–", "–"]
    assert ["it was run once" in text for text in texts] == [False, True]


def test_it_shows_itself_in_a_notebook(gradient):
    html = gradient._repr_html_()
    table, _, rest = html.partition("</table>")
    assert table.count("<tr>") == table.count("</tr>") == 16
    assert "agree" in rest
    assert "energy" in html


def test_it_plots(gradient):
    figure = gradient.plot()
    assert len(figure.axes) == 3
    count, programs = len(gradient.ways), len(gradient.programs)
    of_time = count + programs + 1  # and `f`
    assert [len(axis.lines) for axis in figure.axes] == [of_time, count, count]
    written = {text.get_text() for axis in figure.axes for text in axis.texts}
    assert words.duration(gradient.fastest.seconds.value) in written
    assert gradient.verdict.split(".")[0] in figure.get_suptitle()


def test_it_writes_json(gradient, tmp_path):
    path = tmp_path / "comparison.json"
    text = gradient.to_json(path)
    assert json.loads(text) == json.loads(path.read_text(encoding="utf-8"))
    assert json.loads(text)["ways"][0]["passes"] == 12


# --- What it refuses ------------------------------------------------------------------------------


def test_errors_are_said():
    with pytest.raises(TypeError, match="not callable"):
        ad.compare(3.0, X)
    with pytest.raises(ValueError, match="seconds must be positive"):
        ad.compare(energy, X, seconds=0)
    with pytest.raises(ValueError, match="threads must be a positive integer"):
        ad.compare(energy, X, threads=0)
    with pytest.raises(ValueError, match="argnums=1"):
        ad.compare(energy, X, argnums=1)
    with pytest.raises(ValueError, match="needs an argument"):
        ad.compare(energy)
    with pytest.raises(ValueError, match="nothing to differentiate"):
        ad.compare(lambda x: 3, X)
    with pytest.raises(ValueError, match="nothing to differentiate"):
        ad.compare(lambda x: x, np.ones(0))
    with pytest.raises(TypeError, match="must be real"):
        ad.compare(lambda x: np.sum(np.abs(x)), np.ones(2) * 1j)


def test_an_exception_in_the_function_passes_through():
    def broken(x):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        ad.compare(broken, X)


def test_nothing_is_mutated():
    x = X.copy()
    quick(energy, x)
    np.testing.assert_array_equal(x, X)


# --- The command line -----------------------------------------------------------------------------


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "my_functions.py").write_text(
        "import numpy as np\n"
        "def loss(x):\n    return np.sum(x * x)\n"
        "def two(x, s):\n    return np.sum(x * s)\n"
        "def bad(x):\n    raise RuntimeError('mine')\n"
        "def make_input(rng):\n    return rng.standard_normal(5)\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("my_functions", None)


def test_the_shell_does_the_same(module, capsys):
    options = ["--seconds", "0.02", "--json", "out.json", "--plot", "out.png"]
    assert main(["compare", "my_functions:loss", "--shape", "7", *options]) == 0
    assert "1 by 7" in capsys.readouterr().out
    assert json.loads((module / "out.json").read_text(encoding="utf-8"))["inputs"] == 7
    assert (module / "out.png").stat().st_size > 1000


def test_inputs_come_from_shapes_files_or_the_module(module, capsys):
    np.save("x.npy", np.ones(4))
    quick = ["--seconds", "0.02"]
    assert main(["compare", "my_functions:loss", *quick]) == 0
    assert "1 by 5" in capsys.readouterr().out
    assert main(["compare", "my_functions:loss", "--npy", "x.npy", *quick]) == 0
    assert "1 by 4" in capsys.readouterr().out
    shapes = ["--shape", "3,2", "--shape", "scalar"]
    assert main(["compare", "my_functions:two", *shapes, *quick]) == 0
    assert "1 by 7" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["compare", "nothing"], 2, "not of the form package.module:function"),
        (["compare", "no_such_module:f"], 2, "cannot import"),
        (["compare", "my_functions:missing"], 2, "has no function 'missing'"),
        (["compare", "my_functions:loss", "--shape", "0"], 2, "is no shape"),
        (["compare", "my_functions:loss", "--shape", "two"], 2, "is no shape"),
        (["compare", "my_functions:loss", "--npy", "missing.npy"], 2, "does not exist"),
        (["compare", "my_functions:loss", "--shape", "3", "--npy", "my_functions.py"], 2, "both"),
        (["compare", "my_functions:loss", "--seconds", "0"], 2, "--seconds"),
        (["compare", "numpy:sum"], 2, "no input"),
        (["compare", "my_functions:bad", "--shape", "3"], 1, "RuntimeError: mine"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(module, capsys, arguments, code, message):
    assert main(arguments) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
