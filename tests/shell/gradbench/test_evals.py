"""The functions of the evals, against other ways to the same numbers."""

import json
import math
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from admodes import jacobian
from admodes.shell.gradbench import descent
from admodes.shell.gradbench.evals import ba, det, gmm, ht, kmeans, lstm, ode, particle, saddle
from admodes.shell.gradbench.protocol import functions_of
from admodes.shell.gradbench.tasks import NESTINGS
from admodes.testing import check_derivatives, check_modes
from tests.helpers import MODES, together

RNG = np.random.default_rng(16)
SESSIONS = Path(__file__).parent / "sessions"


def arguments(name, function, nth=0):
    """What a recorded session gives a function."""
    lines = (SESSIONS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    messages = [json.loads(line)["message"] for line in lines[::2]]
    found = [each["input"] for each in messages if each.get("function") == function]
    return functions_of(name)[function].read(found[nth])


@together
@pytest.mark.parametrize(
    ("name", "function", "nth"),
    [
        ("lse", "primal", 0),
        ("llsq", "primal", 0),
        ("ode", "primal", 0),
        ("det", "primal", 1),
        ("gmm", "objective", 0),
        ("kmeans", "cost", 0),
        ("lstm", "objective", 0),
        ("ht", "objective", 0),
        ("ht", "objective", 1),
    ],
)
def test_modes_agree_with_each_other_and_with_differences(name, function, nth):
    f = functions_of(name)[function].by("auto")
    inputs, *constants = arguments(name, function, nth)
    check_modes(lambda x: f(x, *constants), inputs)
    check_derivatives(lambda x: f(x, *constants), inputs)


def test_a_posterior_by_its_definition():
    """Densities with inverses and determinants, of covariances."""
    parameters, x, m, gamma = arguments("gmm", "objective")
    weights = np.exp(parameters["alpha"]) / np.sum(np.exp(parameters["alpha"]))
    size = x.shape[1]
    freedom = size + m + 1
    scale = np.eye(size) / gamma**2
    densities, prior = 0.0, 1.0
    for k, weight in enumerate(weights):
        factor = np.diag(np.exp(parameters["q"][k]))
        factor[1, 0], factor[2, 0], factor[2, 1] = parameters["l"][k]
        precision = factor.T @ factor
        centred = x - parameters["mu"][k]
        exponents = -0.5 * np.sum(centred @ precision * centred, axis=1)
        normal = np.exp(exponents) / np.sqrt((2 * np.pi) ** size / np.linalg.det(precision))
        densities = densities + weight * normal
        gammas = math.pi ** (size * (size - 1) / 4) * math.prod(
            math.gamma((freedom - j) / 2) for j in range(size)
        )
        trace = np.trace(np.linalg.inv(scale) @ precision)
        prior *= np.linalg.det(precision) ** ((freedom - size - 1) / 2) * np.exp(-trace / 2)
        prior /= 2 ** (freedom * size / 2) * np.linalg.det(scale) ** (freedom / 2) * gammas
    expected = np.log(np.prod(densities) * prior)
    np.testing.assert_allclose(gmm.log_posterior(parameters, x, m, gamma), expected, rtol=1e-12)


@together
@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_determinant_of_any_size(size):
    a = RNG.standard_normal((size, size))
    for at_once in (2, 8):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(det, "AT_ONCE", at_once)
            np.testing.assert_allclose(det.determinant(a), np.linalg.det(a), rtol=1e-12)
            for mode in MODES:
                slopes = jacobian(det.determinant, mode=mode)(a)
                expected = np.linalg.det(a) * np.linalg.inv(a).T
                np.testing.assert_allclose(slopes, expected, rtol=1e-10)


def test_the_chain_of_equations_is_solved_by_powers_of_time():
    """The method is exact for polynomials up to the fourth degree, and close above."""
    x = np.array([0.5, 2.0, 1.0, 3.0, 1.0])
    degrees = np.arange(1, 6)
    exact = np.cumprod(x) * 2.0**degrees / [math.factorial(n) for n in degrees]
    np.testing.assert_allclose(ode.solution(x, 1)[:4], exact[:4], rtol=1e-14)
    errors = [abs(ode.solution(x, steps)[4] - exact[4]) for steps in (4, 8)]
    assert 14 < errors[0] / errors[1] < 18  # of the fourth order


def test_newtons_step_leads_to_the_means():
    """Of the points that are nearest: the cost is a parabola as long as they stay the same."""
    points = RNG.standard_normal((20, 3))
    centroids = points[:2] + 0.1
    nearest = np.argmin(np.sum((points[:, np.newaxis] - centroids) ** 2, axis=2), axis=1)
    means = np.stack([points[nearest == k].mean(axis=0) for k in range(2)])
    for mode in MODES:
        np.testing.assert_allclose(
            centroids - kmeans.direction(mode)(centroids, points), means, rtol=1e-12
        )


def scene(cameras=2, points=3, observations=5):
    return ba.Scene(
        cameras=RNG.uniform(2, 3, (cameras, ba.CAMERA)),
        points=RNG.uniform(-1, 0, (points, ba.POINT)),
        weights=RNG.uniform(0, 1, observations),
        features=RNG.uniform(-1, 1, (2, observations)),
        camera_of=np.arange(observations) % cameras,
        point_of=np.arange(observations) % points,
    )


@together
@pytest.mark.parametrize("mode", ["auto", *MODES])
def test_the_sparse_jacobian_of_errors_is_the_dense_one(mode):
    """With cameras and points that differ, which the eval's do not."""
    given = scene()
    rows, columns, entries = ba.sparse(mode)(given)
    height, width = len(rows) - 1, given.cameras.size + given.points.size + len(given.weights)
    found = np.zeros((height, width))
    for row, (first, end) in enumerate(pairwise(rows)):
        assert len(set(columns[first:end])) == end - first
        found[row, columns[first:end]] = entries[first:end]

    def errors(cameras, points, weights):
        changed = given._replace(cameras=cameras, points=points, weights=weights)
        seen_x, seen_y, of_weights = ba.objective(changed)
        return np.concatenate([np.stack([seen_x, seen_y], axis=1).ravel(), of_weights])

    parts = jacobian(errors, argnums=(0, 1, 2))(given.cameras, given.points, given.weights)
    dense = np.concatenate([part.reshape(height, -1) for part in parts], axis=1)
    np.testing.assert_allclose(found, dense, rtol=1e-12, atol=1e-14)


@pytest.mark.skipif(find_spec("scipy") is None, reason="SciPy, which is not installed")
def test_its_blocks_are_those_of_sparse_jacobian():
    from admodes import sparse_jacobian

    given = scene()
    inputs = given.observed()
    whole = sparse_jacobian(lambda x: ba.errors(x, given.features))(inputs).toarray()
    whole = whole.reshape(3, 5, ba.BLOCK, 5)
    found = ba.blocks(inputs, given.features, "reverse")
    expected = np.zeros_like(whole)
    for i in range(5):
        expected[:, i, :, i] = found[:, :, i]
    np.testing.assert_allclose(whole, expected, rtol=1e-12, atol=1e-14)


def test_a_rotation_by_nothing_has_the_derivative_of_a_small_one():
    rotation, point = np.zeros((3, 2)), RNG.standard_normal((3, 2))
    rotation[:, 1] = RNG.standard_normal(3)
    check_modes(ba.rotated, rotation, point)
    check_derivatives(ba.rotated, rotation, point)


def test_a_hand_that_is_seen_in_a_mirror():
    pose, us, hand = arguments("ht", "objective", 1)
    pose[:6] = 0.0
    left, right = (ht.residuals(pose, us, hand._replace(mirrored=side)) for side in (True, False))
    measured = hand.measured.ravel()
    seen = (measured - left).reshape(-1, 3) * [-1, 1, 1]
    np.testing.assert_allclose(seen, (measured - right).reshape(-1, 3), rtol=1e-14)
    check_derivatives(lambda x: ht.residuals(x, us, hand._replace(mirrored=True)), pose + 0.1)


def test_a_hand_that_is_not_turned():
    pose, us, hand = arguments("ht", "objective")
    pose[2:5] = 0.0
    almost = pose.copy()
    almost[2:5] = 1.01 * ht.SMALL / np.sqrt(3)
    difference = ht.residuals(pose, us, hand) - ht.residuals(almost, us, hand)
    assert 0 < np.max(np.abs(difference)) < 1e-2
    check_modes(lambda x: ht.residuals(x, us, hand), pose)


def test_a_network_that_predicts_nothing_loses_what_a_guess_does():
    """All weights are 0, and so is each prediction: of each bit, minus log(1 / (bits + 2))."""
    parameters = {"main": np.zeros((2, 2, 4, 3)), "extra": np.zeros((3, 3))}
    sequence = np.ones((4, 3))
    loss = lstm.loss(parameters, np.zeros((2, 2, 3)), sequence)
    np.testing.assert_allclose(loss, np.log(5.0))


@together
@pytest.mark.parametrize("name", NESTINGS)
def test_the_field_pulls_the_particle_the_same_way_in_all_nestings(name):
    outer, inner = NESTINGS[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(particle, "STEP", 1.0)  # a path of few steps
        slope = jacobian(lambda w: particle.missed(w, inner), mode=outer)(0.1)
        near = [particle.missed(0.1 + step, inner) for step in (-1e-5, 1e-5)]
    np.testing.assert_allclose(slope, (near[1] - near[0]) / 2e-5, rtol=1e-6)


@together
@pytest.mark.parametrize("name", NESTINGS)
def test_a_saddle_is_found_in_all_nestings(name):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(descent, "FIRST", 0.3)
        patch.setattr(descent, "NEAR", 1e-3)
        found = saddle.saddle(*NESTINGS[name])(np.array([1.0, -1.0]))
    assert found.shape == (4,)
    assert 0 < np.max(np.abs(found)) < 1e-2


def test_a_step_that_leads_up_is_not_taken():
    seen = []

    def f(x):
        seen.append(float(x[0])) if isinstance(x, np.ndarray) else None
        return np.sum(x**4)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(descent, "FIRST", 4.0)
        found = descent.argmin(f, np.array([1.1]), "reverse")
    assert abs(seen[1]) > abs(seen[0])  # tried, and left
    assert 0 < abs(found[0]) < 0.1


@pytest.mark.parametrize("mode", MODES)
def test_a_descent_ends_where_gradbench_expects_it(mode):
    """To all digits: both coordinates of both points of ``saddle`` are these."""
    found = descent.argmin(lambda x: np.sum(x * x), np.array([1.0, 1.0]), mode)
    np.testing.assert_allclose(found, np.full(2, 8.246324826140356e-06), rtol=1e-10)


def test_a_particle_that_flies_off_is_an_error(monkeypatch):
    monkeypatch.setattr(particle, "STEP", 1.0)
    monkeypatch.setattr(particle, "LONGEST", 100)
    with pytest.raises(ArithmeticError, match="not crossed the x axis after 100 steps"):
        particle.missed(-0.5, "reverse")


@together
@pytest.mark.parametrize("name", NESTINGS)
def test_the_particle_meets_the_origin(name):
    """On a path of a few long steps, and soon: with those of the eval it takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(descent, "FIRST", 5e-3)
        patch.setattr(particle, "STEP", 1.0)
        found = particle.FUNCTIONS[name].by("auto")(np.array([0.0]))
        assert particle.missed(0.0, "forward") > 0.1
        assert particle.missed(found, "forward") < 1e-8
