"""``nesting``: what it runs, compares, estimates and writes; its claims, by count."""

import numpy as np
import pytest

import admodes
from admodes.counting import count, gradient
from experiments.bench.agreement import Disagreement
from experiments.commands import EXPERIMENTS
from experiments.functions import scalars
from experiments.questions.nesting import cases
from experiments.questions.nesting.cases import BOUNDS, MANY_PASSES, NESTINGS, ONE_PASS
from experiments.questions.nesting.reading import MANY_FORMS
from tests.experiments.helpers import Run, assert_drawn_from_the_data_alone, set_to
from tests.helpers import together

each_function = pytest.mark.parametrize("name", scalars.FUNCTIONS)


@pytest.fixture(scope="module", autouse=True)
def little_time(module_patch):
    set_to(module_patch, "nesting", budget=0.1, rounds=3)


@pytest.fixture(scope="module")
def found(run_once):
    names = ("--function", "rosenbrock", "network")
    return run_once("nesting", *names, "--inputs", "5", "12", "--seed", "7", "--exhaustive")


@pytest.fixture
def hasty(monkeypatch):
    """Without what takes longer than all the rest: to collect garbage."""
    monkeypatch.setattr(cases, "peak_bytes", lambda call: 8)


def made(name, n):
    """A function, an input and a direction."""
    function = scalars.find(name)
    n = function.nearest(n)
    rng = scalars.generator(0, n, name)
    f, x = function.make(n, rng)
    return f, x, rng.standard_normal(x.size)


def work(name, n):
    """Moves and arithmetic of every kind of product, in evaluations of the function."""
    f, x, v = made(name, n)
    counts = cases.counts_of_products(f, x, v)
    counts[MANY_PASSES] = cases.counts_by_passes(f, x, v, 1)
    return {each: own.cost.work() / counts["f"].cost.work() for each, own in counts.items()}


# The claims


@together
@each_function
def test_a_product_is_a_few_evaluations_whatever_n_wherever_reverse_mode_takes_part(
    name,
):
    small, large = work(name, 1000), work(name, 8000)
    for nesting_name in ONE_PASS:
        assert 1 < large[nesting_name] < BOUNDS[nesting_name]
        # Of the network a part does not grow with the weights: its outputs, one an example.
        assert large[nesting_name] == pytest.approx(small[nesting_name], rel=0.1)
        f, x, v = made(name, 1000)
        assert cases.evaluations(f, product_of(x, v, nesting_name)) == 1


def product_of(x, v, nesting_name):
    return lambda f: cases.product(f, x, v, nesting_name)


@together
@each_function
def test_by_forward_over_forward_it_is_n_passes(name):
    f, x, v = made(name, 12)
    by_passes = cases.by_passes
    for k in (1, 5, x.size):
        runs = cases.evaluations(f, lambda f, k=k: by_passes(f, x, v).whole(k)())
        assert runs == -(-x.size // k)
    small, large = work(name, 1000), work(name, 4000)
    assert large[MANY_PASSES] / small[MANY_PASSES] == pytest.approx(4, rel=0.15)


@together
@each_function
def test_reverse_over_forward_does_the_least(name):
    for n in (100, 1000):
        own = work(name, n)
        assert min(ONE_PASS, key=own.__getitem__) == "reverse-over-forward"
        # With the gradient, which it lacks, it is no longer so.
        assert own["reverse-over-forward"] + own["gradient"] > own["forward-over-reverse"]


def test_in_a_long_program_all_three_do_the_same():
    def logistic(x, steps):
        for _ in range(steps):
            x = 3.7 * x * (1 - x)
        return np.sum(x)

    x, v = np.random.default_rng(0).uniform(0.2, 0.8, (2, 50))
    apart = {}
    for steps in (1, 10, 100):
        found = cases.counts_of_products(lambda x, s=steps: logistic(x, s), x, v)
        least, *_, most = sorted(found[name].cost.work() for name in ONE_PASS)
        apart[steps] = most / least
    assert apart[1] > 1.3
    assert apart[1] > apart[10] > apart[100]
    assert apart[100] < 1.01


@together
@each_function
def test_a_hessian_is_n_times_as_much_where_the_inner_mode_is_forward(name):
    few, many = (cases.counts_of_hessians(*made(name, n)[:2]) for n in (16, 64))
    sizes = [made(name, n)[1].size for n in (16, 64)]
    more = {each: many[each].cost.work() / few[each].cost.work() for each in NESTINGS}
    grown, f_grown = sizes[1] / sizes[0], many["f"].cost.work() / few["f"].cost.work()
    for each in NESTINGS:
        power = 2 if cases.cubic(each) else 1  # of directions, each through a whole f
        assert more[each] / f_grown / grown**power == pytest.approx(1, abs=0.5)


def test_passes_of_a_hessian():
    f, x, _ = made("rosenbrock", 20)
    assert set(cases.passes_of_hessians(f, x).values()) == {1}  # all directions in one
    f, x, _ = made("rosenbrock", 1000)
    passes = cases.passes_of_hessians(f, x)
    assert passes == {"forward-over-reverse": -(-1000 // 65), "reverse-over-reverse": 1}


# What is counted and compared


@together
@each_function
@pytest.mark.parametrize("k", [1, 4, 12])
def test_passes_that_are_counted_once_add_up_to_the_whole(name, k):
    f, x, v = made(name, 12)
    counted = cases.counts_by_passes(f, x, v, k)
    whole = count(lambda x, v: cases.by_passes(f, x, v).whole(k)(), x, v)[1]
    assert counted.cost.operations == whole.cost.operations
    # Beyond them, the pieces are put together.
    assert 0 <= whole.cost.moves - counted.cost.moves <= 4 * x.size
    assert 0 <= whole.primitives - counted.primitives <= 4


@together
@each_function
def test_products_of_all_nestings_are_the_columns_of_all_hessians(name):
    f, x, v = made(name, 10)
    found = [cases.product(f, x, v, each) for each in NESTINGS]
    found += [hessian() @ v for hessian in cases.hessians(f, x).values()]
    found.append(cases.by_passes(f, x, v).whole(3)())
    assert len(found) == 9
    for each in found[1:]:
        np.testing.assert_allclose(each, found[0], rtol=1e-9, atol=1e-12)
    assert cases.beside_differences(f, x, v, found[0]) < 1e-8


def test_against_closed_forms():
    f, x, v = made("log-sum-exp", 9)
    p = np.exp(x) / np.sum(np.exp(x))
    expected = p * v - p * (p @ v)
    np.testing.assert_allclose(cases.product(f, x, v, ONE_PASS[0]), expected, rtol=1e-10)
    f, x, _ = made("rosenbrock", 6)
    diagonal = np.zeros(6)
    diagonal[:-1] += 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    diagonal[1:] += 200
    expected = np.diag(diagonal) + np.diag(-400 * x[:-1], 1) + np.diag(-400 * x[:-1], -1)
    np.testing.assert_allclose(admodes.hessian(f)(x), expected, rtol=1e-10)


def test_a_recording_of_each_nesting_holds_more_than_that_of_a_gradient():
    f, x, v = made("rosenbrock", 1000)
    found = cases.recordings(f, x, v)
    assert set(found) == {"gradient", *ONE_PASS}
    _, pullback = admodes.vjp(f, x)
    expected = {"operations": len(pullback.tape), "bytes": pullback.tape.nbytes}
    assert found["gradient"] == found["forward-over-reverse"] == expected
    for each in ONE_PASS[1:]:
        assert found[each]["operations"] > expected["operations"]
        assert found[each]["bytes"] > expected["bytes"]


def test_memory_is_that_of_the_calls():
    f, x, v = made("rosenbrock", 1000)
    product = product_of(x, v, ONE_PASS[0])
    found = cases.peaks({"f": lambda: f(x), "product": lambda: product(f)})
    assert x.nbytes < found["f"] < found["product"]


def test_a_nesting_that_is_wrong_stops_the_run(experiments, monkeypatch):
    hvp = admodes.hvp

    def wrong(f, primals, tangents, *, modes):
        (found,) = hvp(f, primals, tangents, modes=modes)
        return (found + 0.5 * (np.arange(found.size) == 2) * (modes == "reverse-over-reverse"),)

    monkeypatch.setattr(admodes, "hvp", wrong)
    code, out, err = experiments("nesting", "--function", "rosenbrock", "--inputs", "5")
    assert (code, out) == (1, "")
    assert "function rosenbrock, inputs 5, seed 0: Disagreement: entry 2 of the product" in err
    assert "by reverse over reverse and" in err
    assert err.count("\n") == 1


def test_all_nestings_wrong_alike_are_found_by_differences():
    f, x, v = made("rosenbrock", 5)
    right = cases.product(f, x, v, ONE_PASS[0])
    with pytest.raises(Disagreement, match=r"entry 1 of the product.*differences of the gradient"):
        cases.beside_differences(f, x, v, right * np.array([1, 1.001, 1, 1, 1]))
    with pytest.raises(Disagreement, match="rounding explains 1e-06"):
        cases.beside_differences(f, x, v, right * np.nan)


# The experiment


def test_data_and_table(found):
    for words in ("rosenbrock: product with a direction", "whole Hessian", "Why:"):
        assert words in found.out
    data, rows = found.data, found.rows
    assert data["run"]["settings"]["seed"] == 7
    tasks = [tuple(each["task"].values()) for each in data["measurements"]]
    assert tasks[:4] == [
        (derivative, "rosenbrock", n) for n in (5, 12) for derivative in ("product", "Hessian")
    ]
    assert [row["way"] for row in rows[:7]] == ["f", "gradient", *ONE_PASS, *MANY_FORMS]
    assert [row["way"] for row in rows[7:13]] == ["f", "gradient", *NESTINGS]
    assert {row["run"] for row in rows} == {"in full"}
    assert [row["passes"] for row in rows[2:6]] == ["1", "1", "1", "5"]
    f, x = scalars.find("rosenbrock").make(5, scalars.generator(7, 5, "rosenbrock"))
    assert int(rows[1]["primitives"]) == gradient(f, x).primitives


def test_pictures(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


def test_a_product_in_full_and_an_estimated_one_are_kept_apart(experiments, tmp_path, hasty):
    arguments = ("nesting", "--function", "log-sum-exp", "--inputs", "3", "4000")
    code, out, _ = experiments(*arguments, "--budget", "0.01")
    assert code == 0
    assert "~" in out
    rows = Run(tmp_path, "nesting").rows
    for row in rows:
        estimated = row["inputs"] == "4000" and row["way"] in MANY_FORMS
        assert row["run"] == ("estimated" if estimated else "in full")
        for name in ("seconds", "relative_to_f"):
            assert bool(row[f"{name}_estimated"]) == estimated
            assert bool(row[f"{name}_measured"]) == (not estimated)
    assert {row["derivative"] for row in rows if row["inputs"] == "4000"} == {"product"}


def test_exhaustive_runs_every_pass(experiments, tmp_path, hasty):
    arguments = (
        "nesting",
        "--function",
        "log-sum-exp",
        "--inputs",
        "300",
        "--exhaustive",
    )
    assert experiments(*arguments, "--quick")[0] == 0
    for form in Run(tmp_path, "nesting").data["measurements"][0][MANY_PASSES]:
        assert (form["full"], form["entries_compared"]) == (True, 300)


def test_a_function_of_ones_own(experiments, write_module, hasty):
    write_module("mine", "def f(x):\n    return (x * x * x).sum()")
    code, out, err = experiments("nesting", "--function", "mine:f", "--inputs", "4")
    assert (code, err) == (0, "")
    assert "mine:f, N = 4: a product takes" in " ".join(out.split())


@together
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--function", "nope"], "no function 'nope'"),
        (["--inputs", "0"], "0 is not in the range x>=1"),
        (
            ["--function", "rosenbrock", "--inputs", "9", "--max-inputs", "4"],
            "at most 4 inputs",
        ),
        (["--budget", "inf"], "--budget must be finite"),
        (["--budget", "1", "--exhaustive"], "give one of the two"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(arguments, message, experiments):
    code, out, err = experiments("nesting", *arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err


def test_it_asks_for_the_functions_and_sizes_of_speedup():
    own, other = (EXPERIMENTS[name].settings for name in ("nesting", "speedup"))
    # Which nesting does not measure.
    assert other.keys() - own.keys() == {"compiled", "executor", "threads"}
    assert {name: each.option for name, each in own.items()} == {
        name: other[name].option for name in own
    }
    assert [own[name].value for name in ("functions", "inputs")] == [
        other[name].value for name in ("functions", "inputs")
    ]
    assert own["inputs"].quick == tuple(n for n in other["inputs"].quick if n <= 100_000)


def test_how_far_hessians_go():
    assert cases.feasible("reverse-over-forward", 100)
    assert not cases.feasible("reverse-over-forward", 200)
    assert cases.feasible("forward-over-reverse", 2000)
    assert not cases.feasible("forward-over-reverse", 5000)
