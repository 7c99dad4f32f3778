"""``ht``: hand tracking, how far the points of a posed hand are from those that were measured."""

from typing import Any, NamedTuple

import numpy as np

from admodes.shell.gradbench.tasks import derivative, value

FINGERS, BONES = 5, 4
"""Of a hand; the last three bones of each finger can be bent, the first of these sideways too."""
WRISTS = 1
"""Bones before those of the fingers; what comes after them does not move."""
SMALL = 1e-4
"""Below this angle, in radians, the hand as a whole counts as not turned."""


class Hand(NamedTuple):
    """A model of B bones and V vertices, and C points that were measured.

    `relatives` and `inverses` are of shape B × 4 × 4, `vertices` V × 4, `weights` V × B, `measured`
    C × 3. A point belongs to a vertex, or to a triangle of three: `corners` is of shape C or C × 3.
    """

    parents: Any
    relatives: Any
    inverses: Any
    vertices: Any
    weights: Any
    mirrored: bool
    measured: Any
    corners: Any


def residuals(parameters: Any, us: Any, hand: Hand) -> Any:
    """What was measured minus the posed hand: 3 C numbers.

    Parameters
    ----------
    parameters
        26 of them: by which axis and angle the hand is turned, where it is, and of each finger how
        the first bone is bent up and sideways, the second, the third. Where there are `us`, two
        more stand before these, and are added to each row of `us`: no point depends on the row of
        another, so one derivative by each holds those by all.
    us
        Of shape C × 2, where points are in triangles: barycentric coordinates.
    """
    pose = parameters[-6 - FINGERS * BONES :]
    turned, moved = pose[:3], pose[3:6]
    vertices = _placed(_skinned(pose[6:].reshape(FINGERS, BONES), hand), turned, moved)
    points = vertices[hand.corners]
    if len(us):
        u, v = (us + parameters[:2]).T[:, :, np.newaxis]
        points = u * points[:, 0] + v * points[:, 1] + (1 - u - v) * points[:, 2]
    return (hand.measured - points).ravel()


def _skinned(fingers: Any, hand: Hand) -> Any:
    """All vertices, each moved along with the bones, by weights: V × 3."""
    chain: list[Any] = []
    for parent, relative in zip(hand.parents, hand.relatives @ _bends(fingers, hand), strict=True):
        chain.append(relative if parent < 0 else chain[parent] @ relative)
    transforms = np.stack(chain) @ hand.inverses
    # Σ over bones of weight · transform · vertex, as one product of matrices.
    weighted = hand.weights[:, :, np.newaxis] * hand.vertices[:, np.newaxis]
    rows = np.swapaxes(transforms[:, :3], 1, 2)
    vertices = weighted.reshape(len(weighted), -1) @ rows.reshape(-1, 3)
    return vertices * [-1.0, 1.0, 1.0] if hand.mirrored else vertices


def _bends(fingers: Any, hand: Hand) -> Any:
    """By what each bone is turned against its parent: up, about x, and then sideways, about z."""
    bendable = WRISTS + 1 + BONES * np.arange(FINGERS)[:, np.newaxis] + np.arange(BONES - 1)
    up, sideways = (np.zeros(len(hand.parents), like=fingers) for _ in range(2))
    up[bendable] = fingers[:, [0, 2, 3]]
    sideways[bendable[:, 0]] = fingers[:, 1]
    cos_x, sin_x, cos_z, sin_z = np.cos(up), np.sin(up), np.cos(sideways), np.sin(sideways)
    bends = np.zeros((len(hand.parents), 4, 4), like=fingers)
    bends[:, 0, 0], bends[:, 0, 1], bends[:, 0, 2] = cos_z, -sin_z * cos_x, sin_z * sin_x
    bends[:, 1, 0], bends[:, 1, 1], bends[:, 1, 2] = sin_z, cos_z * cos_x, -cos_z * sin_x
    bends[:, 2, 1], bends[:, 2, 2] = sin_x, cos_x
    bends[:, 3, 3] = 1.0
    return bends


def _placed(vertices: Any, turned: Any, moved: Any) -> Any:
    angle = np.sqrt(np.sum(turned**2))
    if angle < SMALL:
        return vertices + moved
    x, y, z = axis = turned / angle
    zero = 0.0 * x
    crossing = np.stack([np.stack([zero, -z, y]), np.stack([z, zero, -x]), np.stack([-y, x, zero])])
    cosine = np.cos(angle)
    rotation = np.eye(3) * cosine + (1 - cosine) * np.outer(axis, axis) + np.sin(angle) * crossing
    return vertices @ rotation.T + moved


def read(given: Any) -> tuple[Any, Any, Hand]:
    data, us = given["data"], np.array(given["us"], dtype=float).reshape(-1, 2)
    model = data["model"]
    triangles = np.array(model["triangles"], dtype=int)
    corresponding = np.array(data["correspondences"], dtype=int)
    hand = Hand(
        parents=model["parents"],
        relatives=np.array(model["base_relatives"], dtype=float),
        inverses=np.array(model["inverse_base_absolutes"], dtype=float),
        vertices=np.array(model["base_positions"], dtype=float),
        weights=np.array(model["weights"], dtype=float),
        mirrored=model["is_mirrored"],
        measured=np.array(data["points"], dtype=float),
        corners=triangles[corresponding] if len(us) else corresponding,
    )
    theta = np.array(given["theta"], dtype=float)
    return (np.concatenate([np.zeros(2), theta]) if len(us) else theta), us, hand


FUNCTIONS = {
    "objective": value(residuals, read),
    "jacobian": derivative(residuals, read),
}
