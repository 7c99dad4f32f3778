"""What the derivatives of :mod:`experiments.functions.workloads` must be, by neither mode.

Each is written by hand from the formula of the objective, and knows nothing of this package.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from experiments.functions.workloads import PARAMETERS, Objective


def softmax(x: np.ndarray) -> np.ndarray:
    """The gradient of log-sum-exp."""
    terms = np.exp(x - x.max())
    return terms / terms.sum()


def normal_equations(x: np.ndarray, *, matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The gradient of least squares, Aᵀ (A x − b)."""
    return matrix.T @ (matrix @ x - right)


def gaussian_mixture(
    x: np.ndarray, *, points: np.ndarray, gamma: float, degrees: int, **_: Any
) -> np.ndarray:
    """As the benchmark has it by hand (``src/cpp/modules/manual/gmm_d.cpp``), by components.

    The gradient of a log-likelihood weighs that of each component's term by how likely the point is
    to be of this component.
    """
    count, dimensions = points.shape
    components = len(x) // (1 + dimensions + dimensions * (dimensions + 1) // 2)
    weights, means, entries = np.split(x, [components, components * (1 + dimensions)])
    means, entries = means.reshape(components, -1), entries.reshape(components, -1)
    column, row = np.triu_indices(dimensions, 1)

    factors = np.zeros((components, dimensions, dimensions))
    factors[:, row, column] = entries[:, dimensions:]
    diagonal = np.exp(entries[:, :dimensions])
    factors[:, range(dimensions), range(dimensions)] = diagonal
    centred = [points - mean for mean in means]
    scaled = [each @ factor.T for each, factor in zip(centred, factors, strict=True)]
    terms = weights + entries[:, :dimensions].sum(axis=1)
    terms = terms - 0.5 * np.stack([(each**2).sum(axis=1) for each in scaled], axis=1)
    likely = np.exp(terms - terms.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)

    by_weights = likely.sum(axis=0) - count * softmax(weights)
    by_means, by_entries = np.empty_like(means), np.empty_like(entries)
    for k in range(components):
        weighted = likely[:, k, None] * scaled[k]
        by_factor = gamma**2 * factors[k] - weighted.T @ centred[k]
        by_means[k] = (weighted @ factors[k]).sum(axis=0)
        by_entries[k, dimensions:] = by_factor[row, column]
        by_entries[k, :dimensions] = likely[:, k].sum() - degrees
        by_entries[k, :dimensions] += diagonal[k] * by_factor.diagonal()
    return np.concatenate([by_weights, by_means.ravel(), by_entries.ravel()])


def observations(parameters: np.ndarray, *, features: np.ndarray) -> np.ndarray:
    """The blocks of the Jacobian of bundle adjustment: 3 rows by 15 columns by observations.

    The rotation's derivative is a closed form of G. Gallego and A. Yezzi, J. Math. Imaging Vis. 51
    (2015) 378, which is not how the benchmark's own, by hand, is written.
    """
    count = parameters.shape[1]
    rotations, centres, points = (
        parameters[:3].T,
        parameters[3:6].T,
        parameters[11:14].T,
    )
    focal, first, second, weight = parameters[[6, 9, 10, 14]]
    offsets = points - centres

    matrices, by_rotations = rotation_matrices(rotations), np.empty((count, 3, 3))
    for i, (r, rotation, offset) in enumerate(zip(rotations, matrices, offsets, strict=True)):
        inner = np.outer(r, r) + (rotation.T - np.eye(3)) @ cross_matrix(r)
        by_rotations[i] = -rotation @ cross_matrix(offset) @ inner / (r @ r)

    x, y, depth = np.einsum("ijk,ik->ji", matrices, offsets)
    image = np.stack([x, y], axis=1) / depth[:, None]
    square = (image**2).sum(axis=1)
    stretch = 1 + first * square + second * square**2
    by_image = (2 * first + 4 * second * square)[:, None, None] * image[:, :, None] * image[:, None]
    by_image += stretch[:, None, None] * np.eye(2)
    by_seen = np.zeros((count, 2, 3))
    by_seen[:, 0, 0] = by_seen[:, 1, 1] = 1 / depth
    by_seen[:, :, 2] = -image / depth[:, None]
    by_seen = focal[:, None, None] * by_image @ by_seen

    blocks = np.zeros((count, 3, PARAMETERS))
    blocks[:, :2, :3] = by_seen @ by_rotations
    blocks[:, :2, 11:14] = by_seen @ matrices
    blocks[:, :2, 3:6] = -blocks[:, :2, 11:14]
    blocks[:, :2, 6] = image * stretch[:, None]
    blocks[:, :2, 7:9] = np.eye(2)
    blocks[:, :2, 9] = (focal * square)[:, None] * image
    blocks[:, :2, 10] = (focal * square**2)[:, None] * image
    projected = focal[:, None] * blocks[:, :2, 6] + parameters[7:9].T
    blocks[:, :2] *= weight[:, None, None]
    blocks[:, :2, 14] = projected - features.T
    blocks[:, 2, 14] = -2 * weight
    return np.moveaxis(blocks, 0, 2)


def cross_matrix(a: np.ndarray) -> np.ndarray:
    """The matrix that takes b to a × b."""
    return np.array([[0, -a[2], a[1]], [a[2], 0, -a[0]], [-a[1], a[0], 0]])


def rotation_matrices(rotations: np.ndarray) -> np.ndarray:
    """exp of the cross matrix of axis times angle, by Rodrigues' formula for matrices."""
    angles = np.sqrt((rotations**2).sum(axis=1))[:, None, None]
    cross = np.stack([cross_matrix(r) for r in rotations]) / angles
    return np.eye(3) + np.sin(angles) * cross + (1 - np.cos(angles)) * cross @ cross


def bundle_adjustment(x: np.ndarray, *, features: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The whole Jacobian: the blocks of :func:`observations`, each where its parameters are."""
    blocks = observations(x[places], features=features)
    count = places.shape[1]
    jacobian = np.zeros((3, count, x.size))
    jacobian[:, np.arange(count), places] = blocks
    return jacobian


def controlled_oscillator(
    controls: np.ndarray, *, duration: float, start: tuple[float, float]
) -> np.ndarray:
    """By the adjoint equation: the stages of each step backwards, as Hager derives it.

    The state is position, velocity and cost; `adjoint` is the derivative of the final cost by it.
    """
    h = duration / (len(controls) // 4)
    ahead, weights = h * np.array([0, 0.5, 0.5, 1]), h / 6 * np.array([1, 2, 2, 1])
    state, stages = np.array([*start, 0.0]), []
    for step in controls.reshape(-1, 4):
        rate, rates = np.zeros(3), []
        for length, control in zip(ahead, step, strict=True):
            stage = state + length * rate
            rate = rates_of(stage, control)
            stages.append(stage)
            rates.append(rate)
        state = state + weights @ np.array(rates)

    gradient = np.empty(len(controls))
    adjoint = np.array([0.0, 0.0, 1.0])
    for end in range(len(controls), 0, -4):
        later, total = np.zeros(3), adjoint
        for s in (3, 2, 1, 0):
            i = end - 4 + s
            by_rate = weights[s] * adjoint + (ahead[s + 1] * later if s < 3 else 0)
            later = slopes_of(stages[i]).T @ by_rate
            gradient[i] = by_rate[1] + controls[i] * by_rate[2]
            total = total + later
        adjoint = total
    return gradient


def rates_of(state: np.ndarray, control: float) -> np.ndarray:
    x, v, _ = state
    return np.array([v, (1 - x * x) * v - x + control, (x * x + v * v + control * control) / 2])


def slopes_of(state: np.ndarray) -> np.ndarray:
    """The Jacobian of :func:`rates_of` by the state."""
    x, v, _ = state
    return np.array([[0, 1, 0], [-2 * x * v - 1, 1 - x * x, 0], [x, v, 0]])


CHECKS: dict[str, Callable[..., np.ndarray]] = {
    "log-sum-exp": softmax,
    "least squares": normal_equations,
    "Gaussian mixture": gaussian_mixture,
    "Runge-Kutta": controlled_oscillator,
    "bundle adjustment": bundle_adjustment,
    "bundle adjustment, blocks": observations,
}
"""By the name of the workload."""


def derivative(workload: str, f: Objective, x: np.ndarray) -> np.ndarray:
    """What the derivative of `f` at `x` must be."""
    return CHECKS[workload](x, **f.keywords)
