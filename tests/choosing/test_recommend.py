"""recommend: the model with a machine of fixed costs, and what mode="auto" makes of it."""

import re
import tracemalloc
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module

import numpy as np
import pytest

import admodes as ad
from admodes.choosing import automatic, clock, peaks, trials
from admodes.choosing.machines import TYPICAL, Frame, Machine, Overhead
from admodes.choosing.profiling import KINDS
from admodes.choosing.task import Task
from admodes.measure import peak_bytes
from admodes.modes.arguments import Inputs
from tests.choosing import limits
from tests.helpers import chain

recommend_module = import_module(
    "admodes.choosing.recommending"
)  # the package has the function by this name

pytestmark = pytest.mark.usefixtures("little_garbage")

#: A number moved costs 1 ns, an operation 1 µs, a derivative and a pass 10 µs each.
ROUND = Machine(
    operations=dict.fromkeys(KINDS, Overhead(1e-6, 1e-6, 1e-6, 1e-6, 1e-6)),
    call=0.0,
    row=0.0,
    reduction=0.0,
    moves=((1e4, 1e-9),),
    nonlinear={"": 1e-9},
    product=1e-11,
    matrix=0.0,
    transposed=1.0,
    elimination=1e-10,
    forward=Frame(1e-5, 1e-5, 0.0, 0.0, 0.0, 0.0),
    reverse=Frame(1e-5, 1e-5, 0.0, 0.0, 0.0, 0.0),
    forward_gradient=Frame(1e-5, 1e-5, 0.0, 0.0, 0.0, 0.0),
    reverse_gradient=Frame(1e-5, 1e-5, 0.0, 0.0, 0.0, 0.0),
    forward_number=1e-5,
    reverse_number=1.5e-5,
)


def recommend(f, *args, **options):
    return ad.recommend(f, *args, **{"machine": ROUND, **options})


# --- The model ------------------------------------------------------------------------------------


def test_a_prediction_by_hand():
    advice = recommend(lambda x: np.sin(x), np.ones(100))
    entries = 100
    # A pass: the frame, an operation, a sine and its derivative, a cosine, each two moves and a
    # nonlinear function of every entry; and the derivative is read once more, by the product.
    each = 10e-6 + 1e-6 + (2 * (2 + 1) + 1) * entries * 1e-9
    # A direction: the product reads a tangent and writes one.
    direction = 2 * entries * 1e-9
    assembly = 4 * entries * entries * 1e-9
    for k, passes in ((1, 100), (30, 4), (100, 1)):
        expected = 10e-6 + passes * each + 100 * direction + assembly
        assert advice.predict("forward", k) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("f", "x", "mode"),
    [
        (lambda x: np.sum(x * x), np.ones(1000), "reverse"),
        (lambda x: x * np.ones(1000), 2.0, "forward"),
        (lambda x: np.sum(x) * np.ones(500), np.ones(3), "forward"),
        (chain, 0.5, "forward"),
        (lambda x: np.stack([np.sum(chain(x)), np.sum(x)]), np.ones(300), "reverse"),
        (lambda x: np.ones((2000, 2)) @ x, np.ones(2), "forward"),
        (lambda x: np.ones((2, 2000)) @ x, np.ones(2000), "reverse"),
    ],
)
def test_clear_cases(f, x, mode):
    for machine in (ROUND, TYPICAL):
        advice = ad.recommend(f, x, machine=machine)
        assert advice.mode == mode
        assert not advice.checkpoint


def test_the_quickest_candidate_is_recommended():
    advice = recommend(lambda x: chain(x), np.ones(100))
    seconds = [each.seconds for each in advice.candidates]
    assert seconds == sorted(seconds)
    best = advice.candidates[0]
    assert (advice.mode, advice.chunk_size, advice.seconds) == (
        best.mode,
        best.chunk_size,
        best.seconds,
    )
    sizes = {each.chunk_size for each in advice.candidates if each.mode == "forward"}
    assert sizes == {1, 2, 4, 8, 16, 32, 64, 100}
    for each in advice.candidates:
        assert each.seconds == advice.predict(each.mode, each.chunk_size, each.checkpoint)
        assert each.passes == -(-100 // each.chunk_size)


def test_a_dear_cache_makes_for_fewer_directions():
    small = replace(ROUND, moves=((1e4, 1e-10), (1e5, 1e-7)))
    f, x = (lambda x: chain(x)), np.ones(1000)
    assert recommend(f, x, machine=small).chunk_size < recommend(f, x).chunk_size


def test_costs_between_known_sizes():
    machine = replace(ROUND, moves=((10.0, 1.0), (1000.0, 3.0)))
    assert [machine.move(size) for size in (1, 10, 100, 1000, 1e6)] == pytest.approx(
        [1.0, 1.0, 2.0, 3.0, 3.0]
    )


# --- Memory ---------------------------------------------------------------------------------------


def long(x):
    return np.sum(chain(x, steps=200))


def test_a_tape_that_does_not_fit_is_checkpointed():
    x = np.ones(1000)
    free = recommend(long, x)
    assert (free.mode, free.checkpoint) == ("reverse", False)
    assert free.tape_bytes > 1e6
    held = recommend(long, x, memory_limit=1e6)
    assert (held.mode, held.checkpoint) == ("reverse", True)
    assert held.seconds > free.seconds
    assert held.candidates[0].bytes <= 1e6
    assert "checkpoint" in held.reasoning
    # What it says is what is done.
    stored = ad.checkpoint(long, segments=True)
    gradient = ad.jacobian(stored, mode="reverse")(x)
    np.testing.assert_allclose(gradient, ad.jacobian(long, mode="reverse")(x))
    # What it says that this holds is what it holds.
    for f, advice, off in ((long, free, 0.3), (stored, held, limits.WITHIN)):
        peak = peak_bytes(partial(ad.grad(f), x))
        assert advice.peak_bytes == pytest.approx(peak, rel=off)


def test_forward_mode_needs_no_tape():
    def few(x):
        return chain(x, steps=1000) * np.ones(100)

    x = np.ones(1)
    advice = recommend(few, x, memory_limit=10_000)
    assert advice.tape_bytes > 10_000
    assert (advice.mode, advice.checkpoint) == ("forward", False)


def test_memory_limits_directions_too():
    f, x = (lambda x: np.ones((10, 1000)) @ chain(x, 2)), np.ones(1000)
    advice = recommend(f, x, memory_limit=3e5)
    assert all(each.bytes <= 3e5 for each in advice.candidates)
    assert advice.chunk_size < recommend(f, x).chunk_size


def test_where_nothing_fits_the_least_is_recommended():
    advice = recommend(lambda x: chain(x, 2), np.ones(100), memory_limit=10)
    assert not advice.fits
    assert advice.chunk_size == 1
    assert "Nothing that is known fits into 10 B: the least is " in advice.reasoning
    assert "; the derivative alone is 80.0 kB." in advice.reasoning


@pytest.mark.parametrize(
    ("name", "n"),
    [
        ("curve", 60),
        # Of which several passes are made.
        *(
            pytest.param(name, n, marks=pytest.mark.slow)
            for name, n in (
                ("heat", 60),
                ("several outputs", 60),
                ("network", 60),
                ("distances", 200),
                ("in single precision", 100),
            )
        ),
    ],
)
def test_a_limit_is_a_promise(name, n):
    f, x = limits.functions(n)[name]
    for found in limits.under_limits(name, f, x, machine=TYPICAL):
        assert found.kept, str(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["residuals", "chain", "complex numbers", "several inputs"])
def test_what_a_pass_holds_tells_what_all_hold(name, monkeypatch):
    """As of a Jacobian that is long in the making: its parts stay, and are joined at the end."""
    for limit in ("SOON", "SMALL_SOON", "SMALL"):
        monkeypatch.setattr(peaks, limit, 0)
    f, x = limits.functions(1000)[name]
    advice = recommend(f, x)
    task = Task(f, (x,), 0, advice.profile.scalar)
    for mode in ("forward", "reverse"):
        way = next(w for w in advice.candidates if w.mode == mode and 1 < w.passes <= 200)
        told = peaks.Peaks(task, advice.profile).of(way)
        assert told == pytest.approx(peak_bytes(task.whole(way)), rel=limits.WITHIN)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.0, 20.0])
def test_parts_of_a_gradient_are_counted_once(seconds, monkeypatch):
    """Whether of all passes one is made to look, or every one of them."""
    for limit in ("SOON", "SMALL_SOON"):
        monkeypatch.setattr(peaks, limit, seconds)
    f, x = limits.functions(500)["squares"]
    advice = recommend(f, x)
    task = Task(f, (x,), 0, advice.profile.scalar)
    way = next(w for w in advice.candidates if w.mode == "forward" and w.passes == x.size)
    told = peaks.Peaks(task, advice.profile).of(replace(way, seconds=100.0))
    assert told == pytest.approx(peak_bytes(task.whole(way)), rel=0.15)


@pytest.mark.slow
def test_a_loop_of_steps_is_said_to_be_one(monkeypatch):
    monkeypatch.setattr(peaks, "SMALL_SOON", 0.1)  # forward mode is none of its business

    def wave(u):
        return np.sum(limits.wave(u, 40) ** 2)

    x = np.linspace(0.0, 1.0, 1000)
    advice = recommend(wave, x, memory_limit=2e5)
    assert (advice.loop.steps, advice.loop.state) == (40, 16_000)
    assert "40 times in a row the recording has the same" in advice.reasoning
    code, said = re.search(
        r"admodes\.(checkpoint\(step, steps=40.*?\)), which would hold about (\S+) kB", str(advice)
    ).groups()

    # As it says, it is written; and it holds what it says.
    def step(state):
        u, before = state
        around = np.roll(u, 1) + np.roll(u, -1)
        return 2.0 * u - before + 0.1 * (around - 2.0 * u) - 0.01 * np.sin(u), u

    loop = eval(f"ad.{code}", {"ad": ad, "step": step})
    peak = peak_bytes(partial(ad.grad(lambda u: np.sum(loop((u, u))[0] ** 2)), x))
    assert float(said) * 1000 == pytest.approx(peak, rel=0.25)
    assert "steps=" not in str(recommend(wave, x))  # nothing is short
    assert "steps=" not in str(recommend(lambda x: np.sum(x * x), x[:100], memory_limit=500))


def test_what_is_no_loop_is_not_called_one():
    def one_by_one(x):
        for f in (np.sin, np.cos, np.tanh, np.exp, np.arctan, np.sinh, np.square, np.cosh):
            x = f(x)
        return np.sum(x)

    assert recommend(one_by_one, np.ones(3)).loop is None


def test_tracing_that_is_under_way_goes_on():
    tracemalloc.start()
    try:
        recommend(lambda x: np.sum(x * x), np.ones(50), memory_limit=1e6)
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


# --- What one evaluation takes --------------------------------------------------------------------


def test_what_an_evaluation_takes_beside_its_operations_is_seen(monkeypatch):
    def taking(seconds):
        taken = clock.Taken(seconds, seconds)
        monkeypatch.setattr(recommend_module, "timed", lambda evaluation: taken)

    taking(0.02)
    advice = recommend(lambda x: np.sum(x * x) * np.ones(3), np.ones(6))
    assert advice.seconds > 0.015
    assert advice.mode == "reverse" or advice.chunk_size == 6  # evaluated once
    assert advice.predict("forward", 1) > 6 * 0.015
    assert "are spent beside the operations" in advice.reasoning
    taking(1e-5)
    assert "beside" not in str(recommend(lambda x: np.ones(3), np.ones(2)))
    assert "beside" not in str(recommend(lambda x: np.sum(x * x), np.ones(6)))


def test_the_callers_arrays_stay():
    def alias(x, c):
        c += 1.0
        return np.sum(x * c)

    x, c = np.ones(3), np.ones(3)
    recommend(alias, x, c, memory_limit=1e9, measure=True)
    assert c.tolist() == x.tolist() == [1.0] * 3


@pytest.mark.parametrize("options", [{}, {"measure": True}, {"memory_limit": 1e9}])
def test_what_it_changes_is_named(options):
    def f(x, table):
        x += 1.0
        table["seen"][0] += 1
        return np.sum(x * x)

    x, table = np.ones(3), {"seen": np.zeros(2, dtype=int)}
    advice = recommend(f, x, table, machine=ROUND, **options)
    assert advice.changes == ("argument 0", "argument 1['seen']")
    assert "The function changes its argument 0: it ran on a copy" in str(advice)
    assert (x == 1).all()
    assert not table["seen"].any()
    assert recommend(np.sum, x, machine=ROUND).changes == ()


@pytest.mark.parametrize("options", [{}, {"measure": True}])
def test_what_it_prints_is_caught_and_shown_once(options, capsys):
    def loud(x):
        print("looking at", type(x).__name__)
        return np.sum(x * x)

    advice = recommend(loud, np.ones(50), machine=ROUND, **options)
    assert capsys.readouterr() == ("", "")
    assert advice.lines_printed > len(advice.printed) == 3
    said = f"The function printed {advice.lines_printed:,} lines while it was measured"
    assert said in str(advice)
    assert said in advice._repr_html_()
    assert str(advice).count("looking at") == 3
    assert str(advice).startswith(advice.reasoning)


# --- Trials ---------------------------------------------------------------------------------------


def open_case():
    """As many inputs as outputs, and enough of them for a tenth to be several passes."""
    return (lambda x: chain(x, 10)), np.linspace(0.0, 1.0, 400)


def test_a_trial_costs_a_tenth_at_most(monkeypatch):
    f, x = open_case()

    def timed(call):
        call()
        return clock.Taken(1e-3, 1e-3)

    monkeypatch.setattr(trials, "timed", timed)
    machine = replace(ROUND, moves=((1e4, 1e-7),))  # a whole of 4 s
    advice = recommend(f, x, machine=machine, measure=True)
    assert 0 < advice.trial_seconds <= 0.1 * recommend(f, x, machine=machine).seconds
    assert advice.candidates[0].timed
    assert "Timing single passes took" in advice.reasoning


def test_trials_put_a_wrong_prediction_right(monkeypatch):
    f, x = open_case()
    predicted = recommend(f, x)

    assert predicted.mode == "forward"

    def timed(call):  # a direction takes three times as long as predicted, and a sweep nothing
        call()
        k = call.args[0] if isinstance(call, partial) else 0
        return clock.Taken(*[1e-6 + 3 * k * predicted.seconds / 400] * 2)

    monkeypatch.setattr(trials, "timed", timed)
    monkeypatch.setattr(trials, "SHARE", 0.5)
    advice = recommend(f, x, measure=True)
    assert advice.mode == "reverse"
    assert advice.candidates[0].timed


def test_nothing_is_timed_where_nothing_is_open():
    advice = recommend(lambda x: np.sum(x * x), np.ones(1000), measure=True)
    assert advice.trial_seconds == 0
    assert not any(way.timed for way in advice.candidates)
    assert "No pass of either mode was timed" in advice.reasoning


def test_auto_times_passes_where_it_pays():
    f, x = open_case()
    for pays, said in ((0.0, "passes were timed"), (1e9, "predicted")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(automatic, "PAYS", pays)
            patch.setattr(trials, "SHARE", 1.0)
            choice = automatic.predicted(f, Inputs(f, (x,), {}, 0), False, None)
        assert said in str(choice)


# --- What it says ---------------------------------------------------------------------------------


def test_the_reasoning_has_the_numbers():
    advice = recommend(lambda x: np.sum(x * x), np.ones(1000))
    assert str(advice) == advice.reasoning
    time = r"[\d.]+ [mµ]?s"
    about = rf"about {time} \({time} to {time}\)"
    assert re.fullmatch(
        r"With 1,000 inputs, 1 output and 2 operations, forward mode takes one pass of 1,000"
        rf" directions, {about}, and reverse mode takes one sweep, {about}\."
        r" So reverse mode: the tape holds 8\.00 kB\.",
        advice.reasoning,
    )
    forward = recommend(lambda x: x * np.ones(50), 1.0)
    assert forward.reasoning.endswith("So forward mode: it needs no tape.")


# --- Arguments and outputs ------------------------------------------------------------------------


@dataclass
class Weights:
    first: np.ndarray
    second: float


def test_containers_and_several_outputs():
    def f(weights, scale):
        y = np.sum(weights.first) * weights.second * scale
        return {"a": y, "b": [weights.first, y]}

    advice = recommend(f, Weights(np.ones((2, 3)), 2.0), 3.0)
    assert (advice.inputs, advice.outputs) == (7, 8)
    assert (advice.profile.input_leaves, advice.profile.output_leaves) == (2, 3)


def test_by_which_arguments():
    def f(a, x, b):
        return a * np.sum(x) * b

    args = 2.0, np.ones(5), np.ones(3)
    counts = {argnums: recommend(f, *args, argnums=argnums).inputs for argnums in (0, 1, (1, 2))}
    assert counts == {0: 1, 1: 5, (1, 2): 8}


def test_numbers():
    advice = recommend(lambda x: x**3 + x, 2.0)
    assert (advice.mode, advice.chunk_size, advice.inputs, advice.outputs) == ("forward", 1, 1, 1)


@pytest.mark.parametrize("shape", [(0,), (0, 3)])
def test_nothing_to_differentiate_by(shape):
    assert recommend(lambda x: np.sum(x), np.ones(shape)).inputs == 0
    assert recommend(lambda x: x[:0], np.ones(3)).outputs == 0


def test_a_constant_has_no_operations():
    advice = recommend(lambda x: np.ones(3), np.ones(2))
    assert (advice.operations, advice.outputs) == (0, 3)


def test_inside_of_another_differentiation():
    def f(x):
        assert recommend(lambda y: np.sum(y * x), x).mode in ("forward", "reverse")
        return np.sum(x * x)

    np.testing.assert_allclose(ad.grad(f)(np.arange(3.0)), [0, 2, 4])


def test_own_primitives():
    cube = ad.custom(
        lambda x: x * x * x,
        residual=lambda y, x: 3 * x * x,
        push=lambda slope, t: slope * t,
        pull=lambda slope, ct: slope * ct,
    )
    assert recommend(lambda x: np.sum(cube(x)), np.ones(400)).mode == "reverse"


@pytest.mark.parametrize(
    ("args", "options", "error", "message"),
    [
        ((3,), {}, TypeError, "not callable"),
        ((np.sum,), {}, ValueError, "needs an argument"),
        ((np.sum, np.ones(2)), {"argnums": 1}, ValueError, "argnums=1"),
        ((np.sum, np.ones(2)), {"memory_limit": "5 MB"}, ValueError, "number of bytes, not '5 MB'"),
        ((np.sum, np.ones(2)), {"memory_limit": 0}, ValueError, "memory_limit"),
        ((np.sum, np.ones(2)), {"memory_limit": float("nan")}, ValueError, "memory_limit"),
        ((np.sum, np.ones(2, int)), {}, TypeError, "int"),
        ((np.sum, np.ones(2, complex)), {}, TypeError, "must be real"),
        ((np.is_busday, np.ones(2)), {}, NotImplementedError, "np.is_busday"),
        ((lambda x: "y", np.ones(2)), {}, TypeError, "part of type str"),
    ],
)
def test_errors(args, options, error, message):
    with pytest.raises(error, match=message):
        ad.recommend(*args, **options, machine=ROUND)


def test_errors_of_a_prediction():
    advice = recommend(np.sum, np.ones(2))
    with pytest.raises(ValueError, match="mode must be"):
        advice.predict("auto", 1)
    with pytest.raises(ValueError, match="chunk_size must be"):
        advice.predict("forward", 0)
