"""Objectives that people in the field differentiate, written from their published definitions.

Each is a row of :data:`WORKLOADS`. A function here is plain NumPy code of one array, its data bound
to it by keyword (``functools.partial``). It uses NumPy by the name ``np`` alone and calls no other
function of the module, so that its code also runs on another library's namespace, as those of
:mod:`experiments.functions.small` do. What its derivative must be says
:mod:`experiments.questions.workloads.checks`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import ceil, lgamma, log, pi
from typing import Any, Literal

import numpy as np
from numpy.random import Generator

from experiments.functions import scalars
from experiments.functions.scalars import FUNCTIONS

Objective = partial[Any]
"""A function of one array, with its data: ``objective.keywords``."""


@dataclass(frozen=True)
class Workload:
    """An objective of some sizes, with what a reader should know about it."""

    name: str
    sentence: str
    formula: str
    source: str
    make: Callable[[int, Generator], tuple[Objective, np.ndarray]]
    """``make(size, rng)`` gives the function, its data bound to it, and its input."""
    sizes: tuple[int, ...]
    counts: str  # what the size is the number of
    derivative: Literal["gradient", "Jacobian", "blocks"] = "gradient"
    """Of one output; of several; or the blocks that a sparse Jacobian consists of: of every column
    of outputs by the same column of inputs."""

    def input(self, size: int, seed: int) -> tuple[Objective, np.ndarray]:
        return self.make(size, scalars.generator(seed, size, self.name))


# Log-sum-exp


def make_log_sum_exp(size: int, rng: Generator) -> tuple[Objective, np.ndarray]:
    f, x = FUNCTIONS["log-sum-exp"].make(size, rng)
    return partial(f), x


# Linear least squares


def least_squares(x, matrix, right):
    residual = matrix @ x - right
    return 0.5 * np.sum(residual**2)


def make_least_squares(size: int, rng: Generator) -> tuple[Objective, np.ndarray]:
    """Twice as many equations as unknowns."""
    matrix = rng.standard_normal((2 * size, size))
    right = rng.standard_normal(2 * size)
    return partial(least_squares, matrix=matrix, right=right), rng.standard_normal(size)


# Gaussian mixture

POINTS, DIMENSIONS = 1000, 10
"""Of the benchmark's files data/gmm/1k/gmm_d10_K*.txt."""
GAMMA, DEGREES = 1.0, 0
"""The scale of the Wishart prior, and its further degrees of freedom, as in those files."""


def gaussian_mixture(x, points, positions, below, constant, gamma, degrees):
    """The logarithm of the posterior density of a mixture of normal distributions.

    A component has a weight, a mean and the Cholesky factor of its inverse covariance: the
    logarithms of the diagonal, then the columns below it. `positions` says where in these an entry
    of the matrix is, and `below` is 1 below the diagonal and 0 elsewhere.
    """
    count, dimensions = points.shape
    components = x.shape[0] // (1 + dimensions + dimensions * (dimensions + 1) // 2)
    weights = x[:components]
    means = x[components : components * (1 + dimensions)].reshape(components, dimensions)
    entries = x[components * (1 + dimensions) :].reshape(components, -1)

    logarithms = entries[:, :dimensions]
    diagonal = np.exp(logarithms)
    lower = entries[:, positions] * below
    centred = points - means[:, None, :]
    scaled = centred * diagonal[:, None, :] + centred @ np.swapaxes(lower, 1, 2)
    determinants = np.sum(logarithms, axis=1)
    terms = (weights + determinants)[:, None] - 0.5 * np.sum(scaled**2, axis=2)

    largest = np.amax(terms, axis=0)  # subtracted first, so that exp does not overflow
    likelihood = np.sum(largest + np.log(np.sum(np.exp(terms - largest), axis=0)))
    heaviest = np.amax(weights)
    normaliser = heaviest + np.log(np.sum(np.exp(weights - heaviest)))
    squares = np.sum(diagonal**2) + np.sum(lower**2)
    prior = 0.5 * gamma**2 * squares - degrees * np.sum(determinants)
    return likelihood - count * normaliser + prior + constant


def mixture_data(points: np.ndarray, components: int, gamma: float, degrees: int) -> dict[str, Any]:
    """What :func:`gaussian_mixture` takes beside its input."""
    count, dimensions = points.shape
    column, row = np.triu_indices(dimensions, 1)  # below the diagonal, column by column
    positions = np.zeros((dimensions, dimensions), dtype=np.intp)
    positions[row, column] = np.arange(dimensions, dimensions * (dimensions + 1) // 2)
    likelihood = -0.5 * count * dimensions * log(2 * pi)
    prior = log_wishart_constant(dimensions, gamma, degrees)
    return {
        "points": points,
        "positions": positions,
        "below": np.tri(dimensions, k=-1),
        "constant": likelihood - components * prior,
        "gamma": gamma,
        "degrees": degrees,
    }


def log_wishart_constant(dimensions: int, gamma: float, degrees: int) -> float:
    """What normalises the prior of a component, with the multivariate gamma function."""
    n = dimensions + degrees + 1
    gammas = sum(lgamma(0.5 * (n - i)) for i in range(dimensions))
    multivariate = 0.25 * dimensions * (dimensions - 1) * log(pi) + gammas
    return n * dimensions * (log(gamma) - 0.5 * log(2)) - multivariate


def make_gaussian_mixture(size: int, rng: Generator) -> tuple[Objective, np.ndarray]:
    """Drawn as the benchmark's ``gmm-data-gen.py`` does."""
    points = rng.standard_normal((POINTS, DIMENSIONS))
    weights = rng.standard_normal(size)
    means = rng.uniform(0, 1, size * DIMENSIONS)
    entries = rng.standard_normal(size * DIMENSIONS * (DIMENSIONS + 1) // 2)
    data = mixture_data(points, size, GAMMA, DEGREES)
    return partial(gaussian_mixture, **data), np.concatenate([weights, means, entries])


# Bundle adjustment

CAMERA, POINT = 11, 3  # parameters
PARAMETERS = CAMERA + POINT + 1  # of an observation, its weight the last
OBSERVATIONS_OF_A_CAMERA, OBSERVATIONS_OF_A_POINT = 20, 4
"""The benchmark's smallest file has 650 and 4; so few of a camera leave it some in a small one."""
FIRST = np.array(
    [
        *(-0.758453, -1.109613, -0.845551, 34.556073, 39.676747, 53.881673, 419.194514),
        *(
            5.864426,
            -8.518870,
            0.087812,
            0.002739,
            7.203245,
            0.001144,
            3.023326,
            0.417022,
        ),
    ]
)
"""Camera, point and weight in data/ba/ba1_n49_m7776_p31843.txt, where all are the same."""
FEATURE = np.array([271.760969, 834.209256])
"""And where that file says that the camera saw the point."""
SCATTER = 0.05
"""How far those here are from these, relative to them: so that no two are the same."""


def bundle_adjustment(x, features, places=None):
    """How far each point is from where a camera saw it, times its weight; and 1 − weight².

    A column an observation: two rows of residuals and one of the weights. A camera is a rotation
    (axis times angle), centre, focal length, principal point and two of radial distortion. `places`
    are where in `x` the parameters of an observation are, a column each; without, they are `x`.
    """
    parameters = x if places is None else x[places]
    rotation, centre, point = parameters[:3], parameters[3:6], parameters[11:14]
    focal, principal, weight = parameters[6], parameters[7:9], parameters[14]

    angle = np.sqrt(np.sum(rotation**2, axis=0))
    axis = rotation / angle
    a, b = axis, point - centre
    across = np.stack(
        [
            a[1] * b[2] - a[2] * b[1],
            a[2] * b[0] - a[0] * b[2],
            a[0] * b[1] - a[1] * b[0],
        ]
    )
    along = np.sum(a * b, axis=0) * (1 - np.cos(angle))
    seen = b * np.cos(angle) + across * np.sin(angle) + a * along  # Rodrigues' formula

    image = seen[:2] / seen[2]
    square = np.sum(image**2, axis=0)
    distorted = image * (1 + parameters[9] * square + parameters[10] * square**2)
    error = weight * (distorted * focal + principal - features)
    return np.stack([error[0], error[1], 1 - weight**2])


def scattered(base: np.ndarray, count: int, rng: Generator) -> np.ndarray:
    """Columns near `base`."""
    return base[:, None] * (1 + SCATTER * rng.standard_normal((len(base), count)))


def make_bundle_adjustment(size: int, rng: Generator) -> tuple[Objective, np.ndarray]:
    """All cameras, then all points, then all weights; the benchmark's observations, in turns."""
    cameras, points = (
        ceil(size / OBSERVATIONS_OF_A_CAMERA),
        ceil(size / OBSERVATIONS_OF_A_POINT),
    )
    camera, point, weight = np.split(FIRST, [CAMERA, CAMERA + POINT])
    parts = ((camera, cameras), (point, points), (weight, size))
    x = np.concatenate([scattered(base, count, rng).T.ravel() for base, count in parts])
    observation = np.arange(size)
    places = np.concatenate(
        [
            CAMERA * (observation % cameras) + np.arange(CAMERA)[:, None],
            CAMERA * cameras + POINT * (observation % points) + np.arange(POINT)[:, None],
            CAMERA * cameras + POINT * points + observation[None],
        ]
    )
    features = scattered(FEATURE, size, rng)
    return partial(bundle_adjustment, features=features, places=places), x


def make_observations(size: int, rng: Generator) -> tuple[Objective, np.ndarray]:
    """The parameters of each observation by themselves, a column each."""
    x = scattered(FIRST, size, rng)
    return partial(bundle_adjustment, features=scattered(FEATURE, size, rng)), x


# Runge-Kutta

DURATION, START = 5.0, (0.0, 1.0)


def controlled_oscillator(controls, duration, start):
    """The cost of steering a van der Pol oscillator: of its state and of the controls, over time.

    It is integrated by the classical Runge-Kutta method, as a third unknown; each of the four
    stages of a step has a control of its own.
    """

    def rates(position, velocity, control):
        acceleration = (1 - position**2) * velocity - position + control
        return velocity, acceleration, 0.5 * (position**2 + velocity**2 + control**2)

    position, velocity = start
    cost = 0.0
    h = duration / (len(controls) // 4)
    for i in range(0, len(controls), 4):
        p1, v1, c1 = rates(position, velocity, controls[i])
        p2, v2, c2 = rates(position + h / 2 * p1, velocity + h / 2 * v1, controls[i + 1])
        p3, v3, c3 = rates(position + h / 2 * p2, velocity + h / 2 * v2, controls[i + 2])
        p4, v4, c4 = rates(position + h * p3, velocity + h * v3, controls[i + 3])
        position = position + h / 6 * (p1 + 2 * p2 + 2 * p3 + p4)
        velocity = velocity + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
        cost = cost + h / 6 * (c1 + 2 * c2 + 2 * c3 + c4)
    return cost


def make_controlled_oscillator(size: int, rng: Generator) -> tuple[Objective, np.ndarray]:
    controls = rng.uniform(-1, 1, 4 * size)
    return partial(controlled_oscillator, duration=DURATION, start=START), controls


ADBENCH = (
    "F. Šrajer, Z. Kukelova, A. Fitzgibbon, Optim. Methods Softw. 33 (2018) 889; github.com/"
    "microsoft/ADBench"
)

WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload(
            name="log-sum-exp",
            sentence=FUNCTIONS["log-sum-exp"].sentence,
            formula=FUNCTIONS["log-sum-exp"].formula,
            source=FUNCTIONS["log-sum-exp"].source,
            make=make_log_sum_exp,
            sizes=(10, 100, 1000, 10**4, 10**5),
            counts="inputs",
        ),
        Workload(
            name="least squares",
            sentence="The residual of a system of twice as many equations as unknowns.",
            formula="½ ‖A x − b‖²",
            source="Å. Björck, Numerical Methods for Least Squares Problems (1996), section 1.1.",
            make=make_least_squares,
            sizes=(10, 30, 100, 300, 1000),
            counts="unknowns",
        ),
        Workload(
            name="Gaussian mixture",
            sentence=f"The log-posterior of a mixture, by its weights, means and covariances, for"
            f" {POINTS:,} points in {DIMENSIONS} dimensions.",
            formula="Σᵢ log Σₖ exp(αₖ + Σ qₖ − ½ ‖Qₖ (xᵢ − μₖ)‖²) − n log Σₖ exp αₖ + prior",
            source=f"{ADBENCH}, src/cpp/shared/gmm.h.",
            make=make_gaussian_mixture,
            sizes=(5, 10, 25, 50, 100),
            counts="components",
        ),
        Workload(
            name="Runge-Kutta",
            sentence="The cost of steering an oscillator, by the control at every stage of a step.",
            formula="½ ∫ (x² + v² + u²) dt,  dx/dt = v,  dv/dt = (1 − x²) v − x + u",
            source="W. W. Hager, Numer. Math. 87 (2000) 247; B. van der Pol, Phil. Mag. 2 (1926)"
            " 978.",
            make=make_controlled_oscillator,
            sizes=(10, 30, 100, 300, 1000),
            counts="steps",
        ),
        Workload(
            name="bundle adjustment",
            sentence="How far from where cameras saw points a model of them puts these points.",
            formula="wᵢ (f · distort(project(R (Xᵢ − C))) + u − seenᵢ),  1 − wᵢ²",
            source=f"{ADBENCH}, src/cpp/shared/ba.h.",
            make=make_bundle_adjustment,
            sizes=(10, 30, 100, 300, 1000),
            counts="observations",
            derivative="Jacobian",
        ),
        Workload(
            name="bundle adjustment, blocks",
            sentence="The same, but only the part of its Jacobian that is not 0:"
            f" {PARAMETERS} columns by 3 rows for each observation.",
            formula="wᵢ (f · distort(project(R (Xᵢ − C))) + u − seenᵢ),  1 − wᵢ²",
            source=f"{ADBENCH}, src/cpp/shared/ba.h.",
            make=make_observations,
            sizes=(10, 100, 1000, 10**4, 31843),
            counts="observations",
            derivative="blocks",
        ),
    )
}
