"""``workers``: what is measured, what is simulated from that, and that the two are kept apart."""

import numpy as np
import pytest

from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.workers import cases, figure, reading
from experiments.questions.workers import experiment as workers
from experiments.questions.workers.reading import Costs, break_even
from experiments.sides import passes
from tests.experiments.helpers import assert_drawn_from_the_data_alone, assert_refused, set_to


@pytest.fixture(scope="module")
def found(run_once, module_patch):
    """By threads, which are there at once; and a short rod."""
    module_patch.setattr(cases, "POINTS", 500)
    module_patch.setattr(workers, "MEASURED", ("threads:1", "threads:2"))
    module_patch.setattr(workers, "starting", lambda: 0.25)
    module_patch.setattr(workers, "EMPTY", 10)
    module_patch.setattr(passes, "TRIAL_SECONDS", 0.02)
    set_to(
        module_patch, "workers", seconds=0.05, sizes={"rod": [4], "rosenbrock": [40, 80]}, rounds=6
    )
    return run_once("workers")


def test_data_and_table(found):
    assert "whose passes workers share" in found.words
    assert "250 ms to start, which is not counted" in found.words
    measured = [row for row in found.rows if row["by"] == "threads:2"]
    assert [(row["function"], row["inputs"], row["workers"]) for row in measured] == [
        ("rod", "4", "2"),
        ("rosenbrock", "40", "2"),
        ("rosenbrock", "80", "2"),
    ]
    assert all(
        float(row["seconds_measured"]) > 0 and not row["seconds_estimated"] for row in measured
    )


def test_more_workers_are_estimated(found):
    simulated = [row for row in found.rows if row["by"] == "simulated"]
    assert {row["workers"] for row in simulated if row["function"] == "rod"} == {"4", "8"}
    assert all(row["seconds_estimated"] and not row["seconds_measured"] for row in simulated)


def test_the_picture_has_them_hollow(found):
    results = Results(found.data["run"], found.data["measurements"])
    drawn = figure.draw(results)
    for point, axes in zip(reading.read(results)[:1], drawn.axes[:1], strict=True):
        hollow = [each for each in axes.lines if each.get_markerfacecolor() == "white"]
        assert [list(line.get_xdata()) for line in hollow] == [
            [workers for workers, _ in reading.simulated(point)]
        ]
        reverse = [each for each in axes.lines if each.get_color() == plotting.REVERSE]
        assert reverse


def test_beside_it_is_how_near_to_reverse_it_comes_whether_it_catches_up_or_not(found):
    results = Results(found.data["run"], found.data["measurements"])
    points = reading.read(results)
    nearest = figure.draw(results).axes[1::2]
    for axes, name in zip(nearest, ("rod", "rosenbrock"), strict=True):
        shown = [list(line.get_ydata()) for line in axes.lines]
        for way in ("alone", "least", "least_by_passes"):
            times = [getattr(point, way) for point in points if point.function == name]
            own = [point.reverse.value for point in points if point.function == name]
            assert [t / r for t, r in zip(map(seconds_of, times), own, strict=True)] in shown
    never = [
        each | {"reverse": each["f"] | {"seconds": [1e-9] * 6}}
        for each in found.data["measurements"]
    ]
    assert "forward mode takes" in figure.slide(Results(found.data["run"], never)).get_suptitle()


def seconds_of(time):
    return getattr(time, "value", time)


def test_it_is_drawn_again(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


def test_break_even_by_passes_and_in_all():
    costs = Costs(n=100, directions={1: 1.0, 10: 0.5}, reach=0.5, send=0.01)
    assert costs.passes_alone(1) == 50.0  # ten passes of ten directions
    assert costs.passes_alone(100) == 1.0
    numbers = costs.numbers()
    assert break_even(costs.passes_alone, 50.0, numbers) == 1
    assert break_even(costs.passes_alone, 5.0, numbers) == 10
    assert break_even(costs.passes_alone, 1.0, numbers) == 100
    assert break_even(costs.passes_alone, 0.9, numbers) is None
    # the caller makes the first pass
    assert costs.simulated(1) == pytest.approx(0.5 + 45.0 + 0.01)
    assert costs.simulated(100) == pytest.approx(0.5 + 1.0 + 0.01)  # parts go out meanwhile
    assert break_even(costs.simulated, 1.5, numbers) is None
    slow = Costs(n=100, directions={1: 1.0}, reach=0.0, send=0.1)
    assert slow.simulated(100) == pytest.approx(9.9)  # one caller sends one part after another


def test_the_least_number_of_workers_is_exact_and_no_more_than_there_are_passes():
    rng = np.random.default_rng(0)
    for n in (1, 2, 7, 60, 95):
        for reach, send in ((0.0, 0.0), (0.3, 0.01), (2.0, 0.1)):
            sizes = {1, *map(int, rng.integers(1, n + 1, 2))}
            costs = Costs(n, {k: rng.uniform(0.5, 1) / k**0.5 for k in sizes}, reach, send)
            assert max(costs.numbers()) == n
            for seconds in (costs.passes_alone, costs.simulated):
                every = range(1, 2 * n + 1)
                least = min(map(seconds, every))
                assert min(map(seconds, costs.numbers())) == least
                for limit in (least, 1.3 * least, 3 * least, 0.9 * least):
                    expected = break_even(seconds, limit, every)
                    assert break_even(seconds, limit, costs.numbers()) == expected


def test_one_pass_is_the_callers():
    costs = Costs(n=10, directions={10: 0.5}, reach=0.5, send=0.01)
    assert costs.simulated(1) == costs.simulated(8) == 5.0


def test_a_pass_costs_what_it_costs_in_whole_gradients(found):
    """Not what a short trial before them said, when the machine was warm or others were at work."""
    record = found.data["measurements"][-1]
    dearer = record | {"cost_of_direction": {k: 3 * c for k, c in costs_of(record).items()}}
    point, same = map(reading.point_of, (record, dearer))
    n, k = record["task"]["inputs"], record["k"]
    assert n * point.costs.directions[k] == pytest.approx(point.alone.value)
    assert same.costs.directions == pytest.approx(point.costs.directions)


def costs_of(record):
    return record["cost_of_direction"]


def test_what_it_refuses(experiments, tmp_path):
    assert_refused(("workers", "--function", "nope"), "'nope' is not one of", experiments, tmp_path)
