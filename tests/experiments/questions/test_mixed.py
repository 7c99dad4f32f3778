"""``mixed``: what it measures beside what it counts, and that its functions are narrow."""

import numpy as np
import pytest

from admodes import counting, forward, mixed, reverse
from experiments.functions import narrow
from experiments.functions.narrow import FUNCTIONS
from experiments.questions.mixed import experiment as question
from experiments.questions.mixed import reading
from tests.experiments.helpers import assert_drawn_from_the_data_alone, assert_refused, set_to
from tests.helpers import together

each_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)


@pytest.fixture(scope="module", autouse=True)
def small(module_patch):
    set_to(module_patch, "mixed", rounds=3)
    module_patch.setattr(narrow, "LAYERS", (12, 8))
    for name, value in (("SECONDS", 0.02), ("PICTURE", 16), ("CODE", 2)):
        module_patch.setattr(question, name, value)


def made(function, n, k):
    return function.make(n, k, np.random.default_rng(0))


@each_function
def test_its_jacobian_goes_through_k_numbers(function):
    f, x = made(function, 16, 3)
    assert f(x).shape == x.shape == (16,)
    jacobian = mixed.jacobian(f)
    expected = forward.jacobian(f)(x)
    assert np.linalg.matrix_rank(expected) == 3
    np.testing.assert_allclose(jacobian(x), expected, rtol=1e-9, atol=1e-13)
    assert jacobian.choice().reason == "3 numbers between 16 inputs and 16 outputs"
    assert function.sentence.endswith(".")
    assert function.source.endswith(".")


@together
@pytest.mark.parametrize("k", [1, 4, 7])
@pytest.mark.parametrize("mode", [forward, reverse])
def test_the_work_of_a_mode_is_that_of_its_jacobian(mode, k):
    """But for its unit directions and putting it together, which are not counted."""
    f, x = made(FUNCTIONS["hourglass"], 16, 3)
    name = mode.__name__.rpartition(".")[2]
    whole = counting.count(mode.jacobian(f, chunk_size=k), x)[1].cost
    assert question.work(name, f, x, 16, k) == pytest.approx(whole.work(), rel=0.1)


@pytest.fixture(scope="module")
def found(run_once):
    return run_once("mixed", "--size", "20", "--width", "3", "1", "30", "--seed", "7")


def test_data_and_table(found):
    assert "how many times as fast" in found.words
    assert "by count" in found.words
    sizes = [(row["function"], row["inputs"], row["narrowest"]) for row in found.rows]
    family = [("hourglass", "20", k) for k in ("1", "3")]
    assert sizes == [*family, ("autoencoder", "16", "2")]
    for row in found.rows:
        assert float(row["gain_low"]) <= float(row["gain_measured"] or row["gain_estimated"])
        assert float(row["mixed_seconds_measured"]) > 0
        assert row["entries_compared"] == str(int(row["inputs"]) ** 2)
        work = [float(row[f"{mode}_work"]) for mode in ("forward", "reverse")]
        assert float(row["gain_counted"]) == pytest.approx(
            min(work) / float(row["mixed_work"]), rel=1e-5
        )
    one, three, _ = (float(row["gain_counted"]) for row in found.rows)
    assert one > three > 1  # the narrower, the more


def test_a_gain_is_that_over_the_quicker_mode(found):
    for record in found.data["measurements"]:
        point = reading.point(record)
        seconds = {mode: side.seconds.value for mode, side in point.sides.items()}
        assert point.quicker == min(reading.MODES, key=seconds.__getitem__)


def test_pictures(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


def test_a_wrong_jacobian_stops_the_run(experiments, monkeypatch):
    through = mixed.Whole.through

    def wrong(self, place):
        return through(self, place) + 1e-3

    monkeypatch.setattr(mixed.Whole, "through", wrong)
    code, out, err = experiments("mixed", "--size", "12", "--width", "3")
    assert (code, out) == (1, "")
    assert "in mixed mode" in err


def test_what_it_refuses(experiments, tmp_path):
    arguments = ("mixed", "--width", "0")
    assert_refused(arguments, "0 is not in the range x>=1", experiments, tmp_path)
