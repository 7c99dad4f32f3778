"""Where few directions hold a whole derivative: what recommend and compare make of it."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import admodes as ad
from admodes import forward

pytest.importorskip("scipy")

from admodes.choosing import comparing, recommending
from admodes.choosing import sparsely as module
from admodes.choosing.machines import TYPICAL
from admodes.choosing.sparsely import Sparsely, beside, differs, looked_for
from admodes.choosing.task import Task
from admodes.jacobians.sparse import asking, limits, tracing
from admodes.jacobians.sparse.limits import Beyond, Limits, within
from admodes.measure import Interval, Timing, median, peak_bytes, ratio
from admodes.modes.arguments import Inputs
from tests.helpers import chain

X = np.linspace(0.1, 1.0, 60)
SHAPE = (58, 60)
RNG = np.random.default_rng(3)


def stencil(u):
    return u[1:-1] + 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2]) - np.sin(u[1:-1]) ** 3


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def arrow(x):
    return np.concatenate([np.sum(np.sin(x))[None], x[1:] ** 2 + x[0] ** 3])


def dense(x):
    return np.tanh(MATRIX @ np.sin(x))


MATRIX = RNG.normal(size=(60, 60))


def task(f, x=X, argnums=0):
    return Task(f, (x,), argnums, False)


def look(f, x=X, shape=SHAPE, operations=9, evaluation=0.0, dense=1.0, seconds=60.0):
    return looked_for(task(f, x), shape, operations, evaluation, dense, seconds)


@pytest.fixture
def steady(monkeypatch):
    """Plans are made and called, and timed on a machine that nothing disturbs."""
    taken = {"dense": 1e-3, "sparse": 1e-4}

    def interleave(calls, **options):
        for call in calls.values():
            call()
        return {name: Timing((taken[name],) * 9, tuple(range(9))) for name in calls}

    own = SimpleNamespace(interleave=interleave, median=median, ratio=ratio, peak_bytes=peak_bytes)
    monkeypatch.setattr(module, "measure", own)
    monkeypatch.setattr(module, "SOONEST", 0.0)
    monkeypatch.setattr(recommending, "SOON_DONE", 60.0)
    monkeypatch.setattr(recommending, "LONG", 60.0)
    return taken


# --- In words -------------------------------------------------------------------------------------

FOUND = Sparsely(
    face="sparse_jacobian",
    code="admodes.sparse_jacobian(f)",
    mode="forward",
    shape=(100, 200),
    entries=300,
    directions=3,
    passes=1,
    chunk_size=4,
    first_seconds=9.5e-3,
    seconds=Interval(1e-3, 0.9e-3, 1.1e-3, 0.95),
    dense="reverse",
    ratio=Interval(4.0, 3.5, 4.5, 0.95),
    predicted=False,
    difference=0.0,
)


def test_what_it_takes_and_from_where_on_it_pays():
    assert FOUND.pays_from == 3  # after 11.5 ms, where the other takes 12 ms
    assert str(FOUND) == (
        "As a sparse matrix (admodes.sparse_jacobian(f)): 300 of 20,000 entries may be other than "
        "0, and 3 directions in forward mode hold them all. A call takes 1.00 ms, 4.00 times as "
        "fast as reverse, after a first one of 9.50 ms that finds the plan: it pays from 3 calls "
        "on. Its entries are those of reverse, bit by bit."
    )
    soon = replace(FOUND, first_seconds=3.9e-3, predicted=True, difference=None, peak_bytes=1000)
    assert soon.pays_from == 1
    assert "about 4.00 times" in str(soon)
    assert str(soon).endswith(
        "from the first call on. It holds 1.00 kB at most. Each call is checked along a random "
        "direction."
    )
    other = replace(FOUND, difference=0.1)
    assert (FOUND.agrees, soon.agrees, other.agrees) == (True, None, False)
    assert "But its entries are not those of reverse: they differ by up to 0.1" in str(other)


def test_nothing_within_the_noise_is_worth_it():
    assert FOUND.is_worth_it
    assert not replace(FOUND, ratio=Interval(4.0, 1.4, 9.0, 0.95)).is_worth_it


# --- Looking --------------------------------------------------------------------------------------


def test_a_plan_is_found_for_each_side_and_for_a_hessian():
    for f, face, mode in (
        (stencil, "sparse_jacobian", None),
        (arrow, "sparse_jacobian", "both"),
        (ad.grad(rosenbrock), "sparse_hessian", "forward-over-reverse"),
        (ad.forward.grad(rosenbrock, 0), "sparse_hessian", "forward-over-reverse"),
        (ad.grad(rosenbrock, compiled=True), "sparse_hessian", "forward-over-reverse"),
    ):
        found = look(f)
        assert found.face == face
        assert found.plan.directions == 3
        assert found.plan.mode == mode or mode is None
        assert face in found.code
        expected = ad.jacobian(f)(X)
        np.testing.assert_allclose(found.derivative(X).toarray(), expected, rtol=1e-12)
        assert found.first_seconds > found.call_seconds > 0


def test_the_code_says_by_which_argument():
    assert "admodes.sparse_jacobian(f, argnums=1)" in module._asked(task(stencil, argnums=1))[1]
    # The Jacobian by one argument of the gradient by another is no Hessian.
    assert module._asked(task(ad.grad(rosenbrock), argnums=1))[0] == "sparse_jacobian"
    assert not hasattr(ad.grad(rosenbrock, has_aux=True), "gradient_of")


def test_what_cannot_pay_is_not_looked_at(monkeypatch):
    """Neither a derivative that takes no time, nor a small one, nor a gradient, nor a long loop."""
    monkeypatch.setattr(module, "_asked", lambda task: pytest.fail("it was looked at"))
    for options in (
        {"dense": 1e-4},
        {"shape": (58, 2)},
        {"operations": 10**6},
        {"evaluation": 7.0},
    ):
        assert look(stencil, **options) is None
    assert looked_for(Task(rosenbrock, (X,), 0, True), (1, 60), 9, 0.0, 1.0, 60.0) is None


def test_looking_ends_where_it_cannot_pay(monkeypatch):
    """A dense pattern, one that is too large on the way, and no time: before any colouring."""
    assert look(dense, shape=(60, 60)) is None
    started = []
    monkeypatch.setattr(tracing, "spread", lambda *args: started.append(1) or spread(*args))
    spread = module.importlib.import_module("admodes.jacobians.sparse.spreading").spread
    assert look(stencil) is not None
    many = len(started)
    large = np.ones(2000)
    started.clear()
    assert look(lambda x: chain(np.cumsum(x), 9), large, (2000, 2000)) is None
    assert len(started) <= 2
    started.clear()
    seconds = iter(range(1000))
    monkeypatch.setattr(limits, "perf_counter", lambda: next(seconds))
    assert look(lambda x: chain(x, 9), shape=(60, 60), operations=0, seconds=5) is None
    assert 0 < len(started) < many


def test_limits():
    with pytest.raises(Beyond), within(Limits(-1.0, 5, (9, 9))):
        ad.sparse_jacobian(stencil).plan(X)
    pattern = ad.pattern(arrow, X)
    Limits(9.0, 3, (60, 60)).judge(pattern, symmetric=False)
    with pytest.raises(Beyond):
        Limits(9.0, 2, (60, 60)).judge(pattern, symmetric=False)
    Limits(9.0, 2, (60, 60)).judge(pattern, symmetric=True)
    assert ad.sparse_jacobian(stencil).plan(X).directions == 3  # and no longer


def test_what_takes_longer_than_there_is_time_for_is_not_begun(monkeypatch):
    """One step may make so many entries that it takes seconds, and one call so many passes."""
    monkeypatch.setattr(limits, "perf_counter", lambda: 0.0)
    own = Limits(1.0, 10**5, (10**5, 10**5))
    own.look(10**7)
    with pytest.raises(Beyond), within(own):
        ad.pattern(lambda x: np.convolve(x, x[:1000]), np.ones(30_000))
    with pytest.raises(Beyond):
        own.look(10**9)  # which is less than a tenth of all that there are
    f, passes = (lambda x: np.tanh(blocks @ x.reshape(4, 25, 1)).ravel()), []
    blocks = RNG.normal(size=(4, 25, 25))
    monkeypatch.setattr(limits, "perf_counter", lambda: float(len(passes)))
    run = forward.run
    monkeypatch.setattr(forward, "run", lambda *args: passes.append(1) or run(*args))
    derivative = ad.sparse_jacobian(f, mode="forward", chunk_size=1)
    monkeypatch.setattr(module, "_asked", lambda task: ("sparse_jacobian", "", derivative))
    assert look(f, np.ones(100), (100, 100), seconds=7.0) is None
    assert len(passes) == 8
    passes.clear()
    assert look(f, np.ones(100), (100, 100), seconds=60.0) is not None
    assert len(passes) == 26


def test_what_swallows_exceptions_is_ended_too():
    def careless(x):
        try:
            return np.cumsum(np.cumsum(x))
        except Exception:
            return x

    assert look(careless, np.ones(2000), (2000, 2000)) is None


# --- Held against the dense one -------------------------------------------------------------------


def test_by_how_much_it_differs():
    f = lambda a, b: {"y": np.outer(a, a[:2]), "z": (b["w"] ** 2, b["w"][:2] * a[:2])}  # noqa: E731  # of two
    a, b = X[:4], {"w": X[4:7].copy()}
    inputs = Inputs(f, (a, b), {}, (0, 1))
    sparse = ad.sparse_jacobian(f, (0, 1))(a, b)

    def whole():
        return ad.jacobian(f, (0, 1))(a, b)

    assert differs(whole(), sparse, inputs) == 0.0
    largest = max(np.max(np.abs(sparse.data)), 0)
    sparse.data[3] += 0.5
    assert differs(whole(), sparse, inputs) == pytest.approx(0.5 / largest)
    missing = whole()
    missing["z"][0][0][0, 1] = 0.25  # where the pattern has nothing
    sparse.data[3] -= 0.5
    assert differs(missing, sparse, inputs) == pytest.approx(0.25 / largest)
    missing["y"][0][0, 0, 0] = np.nan
    assert differs(missing, sparse, inputs) == np.inf
    assert differs([], sparse, inputs) is None


# --- recommend ------------------------------------------------------------------------------------


def test_recommend_says_what_to_write(steady):
    advice = ad.recommend(stencil, X, programs=False)
    found = advice.sparse
    assert (found.directions, found.entries, found.shape) == (3, 174, SHAPE)
    assert found.ratio.value == pytest.approx(10)
    assert not found.predicted
    assert found.difference <= 1e-15  # the mode is timed, and rounds in its own way
    assert found.peak_bytes is None
    text = str(advice)
    assert "As a sparse matrix (admodes.sparse_jacobian(f)): 174 of 3,480 entries" in text
    steady["sparse"] = 0.8e-3
    assert ad.recommend(stencil, X, programs=False).sparse is None
    assert ad.recommend(stencil, X, programs=False, sparse=False).sparse is None


def test_recommend_of_a_gradient_names_the_hessian(steady):
    advice = ad.recommend(ad.grad(rosenbrock), X, programs=False)
    assert advice.sparse.face == "sparse_hessian"
    assert "admodes.sparse_hessian(f), of the f that has this gradient" in str(advice)


def test_what_takes_too_long_is_held_against_its_prediction(steady, monkeypatch):
    monkeypatch.setattr(module, "TIMING", 0.0)
    advice = ad.recommend(stencil, X, programs=False)
    low = advice.between[0]
    for sparse, found in ((low / 1.4, False), (low / 1.6, True)):
        steady["sparse"] = sparse
        monkeypatch.setattr(recommending, "calibrate", lambda: advice.machine)
        monkeypatch.setattr(recommending, "unexplained", lambda *args: 0.0)
        own = ad.recommend(stencil, X, programs=False).sparse
        assert (own is not None) == found
    assert own.predicted
    assert own.difference is None


def test_within_a_limit(steady):
    """The plan is made within it, too; a matrix that does not fit is not spoken of."""
    advice = ad.recommend(stencil, X, memory_limit=1e7)
    assert 0 < advice.sparse.peak_bytes < 1e7
    assert ad.recommend(stencil, X, memory_limit=advice.sparse.peak_bytes // 2).sparse is None


@pytest.mark.usefixtures("steady")
def test_nothing_is_measured_for_another_machine_nor_of_what_has_no_sparse_one():
    assert ad.recommend(stencil, X, machine=TYPICAL).sparse is None
    assert ad.recommend(dense, X, programs=False).sparse is None
    assert ad.recommend(rosenbrock, X, programs=False).sparse is None
    assert ad.recommend(lambda x: stencil(x) * 1j, X, programs=False).sparse is None

    def overwrites(x):
        x[0] = 1.0
        return stencil(x)

    assert ad.recommend(overwrites, X.copy(), programs=False).sparse is None


# --- compare --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def comparison():
    patch = pytest.MonkeyPatch()
    with patch.context() as patched:
        patched.setattr(module, "SOONEST", 0.0)
        patched.setattr(module, "WORTH", 0.0)
        return ad.compare(stencil, X, seconds=0.4)


def test_a_comparison_has_a_column_of_it(comparison):
    found = comparison.sparse
    assert (found.directions, found.passes, found.chunk_size) == (3, 1, 4)
    assert found.dense in {way.name for way in comparison.ways}
    assert found.difference is None or found.difference <= 1e-12
    _title, (head, *rows), *notes = comparison._text()
    assert head[-1] == "sparse, 3 directions"
    cells = {label: cell for label, *_, cell in rows}
    assert cells["passes"] == "1"
    assert cells["the first call"] != "–"
    assert cells["numbers moved"] == "–"
    assert str(found) in notes
    assert json.loads(comparison.to_json())["sparse"]["directions"] == 3


def test_its_picture(comparison):
    axes = comparison.plot().axes[0]
    assert axes.get_yticklabels()[-1].get_text() == "sparse, 3 directions"
    assert [line.get_marker() for line in axes.lines].count("D") == 1


def test_none_where_it_does_not_pay():
    comparison = ad.compare(stencil, X[:6], seconds=0.1)
    assert comparison.sparse is None
    assert "sparse" not in str(comparison)
    assert json.loads(comparison.to_json())["sparse"] is None


def test_it_is_timed_in_the_same_rounds_as_the_quickest(comparison):
    (way,) = [way for way in comparison.ways if way.name == comparison.sparse.dense]
    assert way.seconds.value == min(each.seconds.value for each in comparison.ways)
    found, own = look(stencil), Timing((1e-4,) * 9, tuple(range(9)))
    whole = Timing((1e-3,) * 9, tuple(range(9)))
    made = []

    def peak():
        made.append("peak")
        return 7

    def other():
        made.append("dense")
        return ad.jacobian(stencil)(X)

    said = beside(found, task(stencil), way, (whole, own), peak, other)
    assert (said.ratio.value, said.peak_bytes, said.difference < 1e-15) == (
        pytest.approx(10),
        7,
        True,
    )
    assert not said.predicted
    assert beside(found, task(stencil), way, (own, own), peak, other) is None
    assert made == ["peak", "dense"]  # and no more for what is not worth it
    estimated = replace(way, seconds=Interval(1e-3, 5e-4, 2e-3, 0.0))
    said = beside(found, task(stencil), estimated, (None, own), lambda: None, lambda: None)
    assert (said.ratio.low, said.predicted) == (pytest.approx(5), True)
    assert said.difference is None


def test_scipy_is_not_needed(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    monkeypatch.setattr(asking, "check_installed", lambda: pytest.fail("it was asked for"))
    assert look(stencil) is None
    assert comparing.looked_for is looked_for
