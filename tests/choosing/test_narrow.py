"""Where mixed mode is worth it: what recommend and compare make of a narrow place."""

import numpy as np
import pytest

import admodes as ad
from admodes import counting, mixed
from admodes.choosing.machines import TYPICAL
from admodes.choosing.profiling import profile
from admodes.modes.arguments import Inputs
from tests.helpers import chain

N, M, K = 400, 500, 3
RNG = np.random.default_rng(5)
ENCODER, DECODER = RNG.normal(size=(K, N)) / N, RNG.normal(size=(M, K))
X = np.linspace(0.0, 1.0, N)


def hourglass(x):
    return chain(DECODER @ (ENCODER @ chain(x, 5)), 5)


def wide(x):
    return chain(x, 5)


def recommend(f, x, **options):
    return ad.recommend(f, x, machine=TYPICAL, **options)


@pytest.fixture(scope="module")
def advice():
    return recommend(hourglass, X)


def test_the_place_is_that_of_the_mode(advice):
    place = mixed.recorded(Inputs(hourglass, (X,), {}, 0))[0].places.narrowest()
    narrow = advice.profile.narrow
    assert narrow.width == place.width == K
    for half, tape in ((narrow.before, place.before), (narrow.after, place.after)):
        assert sum(times for _, times in half) == len(tape.nodes)
    for f, x in ((wide, X), (np.sum, X), (chain, 2.0)):
        assert profile(f, Inputs(f, (x,), {}, 0)).narrow is None


def test_it_is_recommended_where_it_is_predicted_to_be_quicker(advice):
    assert (advice.mode, advice.chunk_size) == ("mixed", K)
    assert f"From their narrowest place, of {K} numbers, to both ends, mixed mode" in str(advice)
    assert "So mixed mode, 3 directions a pass: the tape holds" in str(advice)
    assert advice.seconds == advice.predict("mixed", K)
    assert advice.seconds < 0.5 * min(
        advice.predict(mode, k) for mode in ("forward", "reverse") for k in (16, 64, M)
    )
    jacobian = ad.jacobian(hourglass, mode=advice.mode, chunk_size=advice.chunk_size)
    np.testing.assert_allclose(jacobian(X), ad.jacrev(hourglass)(X), atol=1e-14)
    assert jacobian.choice().mode == "mixed"


def test_it_is_not_spoken_of_where_there_is_none():
    for f in (wide, np.sum):
        advice = recommend(f, X)
        assert advice.mode != "mixed"
        assert "mixed" not in str(advice)
        with pytest.raises(ValueError, match="no narrow place"):
            advice.predict("mixed", 1)


def test_within_a_limit(advice):
    derivative = 8 * N * M
    assert recommend(hourglass, X, memory_limit=3 * derivative).mode == "mixed"
    least = recommend(hourglass, X, memory_limit=1.2 * derivative)
    assert least.peak_bytes <= 1.2 * derivative or not least.fits


def test_auto_takes_one_of_the_two():
    jacobian = ad.jacobian(hourglass)
    jacobian(X)
    assert jacobian.choice().mode in ("forward", "reverse")


def test_a_comparison_has_a_column_of_it():
    comparison = ad.compare(hourglass, X, seconds=0.4)
    (way,) = [way for way in comparison.ways if way.mode == "mixed"]
    assert (way.name, way.passes) == ("mixed, 3 directions", 1)
    assert way.tape_length == len(ad.vjp(hourglass, X)[1].tape)
    assert "mixed" in str(comparison)
    assert all(way.mode != "mixed" for way in ad.compare(wide, X[:30], seconds=0.1).ways)


def test_it_is_counted_as_it_is_run():
    """Twice as many numbers there, and each half does twice the work."""

    def through(k):
        f = lambda x: np.sin(DECODER[:, :k] @ (ENCODER[:k] @ np.sin(x)))  # noqa: E731  # of k
        return counting.count(mixed.jacobian(f), X)[1].cost

    one, two, three = map(through, (1, 2, 3))
    assert two.multiplications > one.multiplications
    assert three.multiplications - two.multiplications > N * M
