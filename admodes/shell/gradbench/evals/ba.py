"""``ba``: bundle adjustment, how wrongly cameras see points, and its sparse Jacobian."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from admodes.reverse import vjp
from admodes.shell.gradbench.tasks import Mode, Task, value
from admodes.transforms import jacobian

CAMERA, POINT = 11, 3
"""Numbers of a camera (a rotation, a centre, the focal length, the principal point, two
coefficients of distortion), and of a point."""
BLOCK = CAMERA + POINT + 1
"""Inputs of an observation: its camera, its point, its weight."""
SHOWN = 2 * BLOCK
"""Entries of the Jacobian that are sent, beside the last one."""


class Scene(NamedTuple):
    """Cameras (n × 11), points (m × 3), and p observations: weights, features (2 × p), indices."""

    cameras: Any
    points: Any
    weights: Any
    features: Any
    camera_of: Any
    point_of: Any

    def observed(self) -> Any:
        """The inputs of each observation: a column each."""
        cameras, points = self.cameras[self.camera_of], self.points[self.point_of]
        return np.concatenate([cameras.T, points.T, self.weights[np.newaxis]])


def errors(inputs: Any, features: Any) -> Any:
    """Of p observations: two of where the point is seen, and one of the weight, as rows: 3 × p."""
    rotation, centre, focal = inputs[:3], inputs[3:6], inputs[6]
    principal, distortion, point = inputs[7:9], inputs[9:11], inputs[11:14]
    weight = inputs[14]
    x, y, z = rotated(rotation, point - centre)
    seen = np.stack([x / z, y / z])
    squared = np.sum(seen**2, axis=0)
    seen = seen * (1 + distortion[0] * squared + distortion[1] * squared**2)
    projected = seen * focal + principal
    return np.concatenate([weight * (projected - features), (1 - weight**2)[np.newaxis]])


def rotated(rotation: Any, point: Any) -> Any:
    """Points turned about axes, by angles that are the axes' lengths: O. Rodrigues' formula.

    >>> quarter = np.array([[0.0], [0.0], [np.pi / 2]])
    >>> np.round(rotated(quarter, np.array([[1.0], [0.0], [2.0]])), 12).ravel()
    array([0., 1., 2.])
    """
    squared = np.sum(rotation**2, axis=0)
    turns = squared > 0
    angle = np.sqrt(np.where(turns, squared, 1.0))
    axis = rotation / angle
    cosine, sine = np.cos(angle), np.sin(angle)
    along = np.sum(axis * point, axis=0) * (1 - cosine)
    turned = point * cosine + _cross(axis, point) * sine + axis * along
    return np.where(turns, turned, point + _cross(rotation, point))


def _cross(a: Any, b: Any) -> Any:
    return np.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def objective(scene: Scene) -> Any:
    return errors(scene.observed(), scene.features)


def blocks(inputs: Any, features: Any, mode: Mode) -> Any:
    """The derivatives of each observation's errors by its own inputs: 3 × 15 × p.

    No observation depends on the inputs of another. So in forward mode a pass moves one input of
    all observations together, 15 passes; in reverse mode a sweep takes one error of all, 3 sweeps.
    """
    if mode == "forward":
        moved = jacobian(lambda step: errors(inputs + step[:, np.newaxis], features), mode=mode)
        return np.swapaxes(moved(np.zeros(BLOCK)), 1, 2)
    found, pull = vjp(lambda given: errors(given, features), inputs)
    ones = np.zeros((3, *found.shape))
    for k, seed in enumerate(ones):
        seed[k] = 1.0
    return np.stack([pull(seed)[0] for seed in ones])


def sparse(mode: Mode) -> Callable[[Scene], Any]:
    """The Jacobian in compressed rows: where each begins, the columns, the entries.

    Its rows are the two errors of each observation, and then those of the weights; its columns the
    cameras, the points, the weights. Each block is full, also where an entry is always 0.
    """

    def compressed(scene: Scene) -> Any:
        entries = blocks(scene.observed(), scene.features, mode)
        observations = np.arange(len(scene.weights))
        first_point = scene.cameras.size
        first_weight = first_point + scene.points.size
        columns = np.concatenate(
            [
                CAMERA * scene.camera_of[:, np.newaxis] + np.arange(CAMERA),
                first_point + POINT * scene.point_of[:, np.newaxis] + np.arange(POINT),
                first_weight + observations[:, np.newaxis],
            ],
            axis=1,
        )
        seen = BLOCK * np.arange(2 * len(observations) + 1)
        return (
            np.concatenate([seen, seen[-1] + 1 + observations]),
            np.concatenate([np.repeat(columns, 2, axis=0).ravel(), columns[:, -1]]),
            np.concatenate([entries[:2].transpose(2, 0, 1).ravel(), entries[2, -1]]),
        )

    return compressed


def read(given: Any) -> tuple[Scene]:
    """The eval sends one camera, one point and so on, to be repeated."""
    n, m, p = given["n"], given["m"], given["p"]
    return (
        Scene(
            cameras=np.tile(np.array(given["cam"], dtype=float), (n, 1)),
            points=np.tile(np.array(given["x"], dtype=float), (m, 1)),
            weights=np.full(p, given["w"], dtype=float),
            features=np.tile(np.array(given["feat"], dtype=float)[:, np.newaxis], (1, p)),
            camera_of=np.arange(p) % n,
            point_of=np.arange(p) % m,
        ),
    )


def write_errors(found: Any) -> Any:
    """Those of the first observation, and how many there are."""
    count = found.shape[1]
    return {
        "reproj_error": {"elements": found[:2, 0].tolist(), "repeated": count},
        "w_err": {"element": float(found[2, 0]), "repeated": count},
    }


def write_sparse(found: Any) -> Any:
    """The first entries, and the last one, of each of the three arrays."""
    names = "rows", "cols", "vals"
    return {
        name: [*part[:SHOWN].tolist(), part[-1].item()]
        for name, part in zip(names, found, strict=True)
    }


FUNCTIONS = {
    "objective": Task(read, value(objective, read).by, write_errors),
    "jacobian": Task(read, sparse, write_sparse),
}
