"""Differences, gradients and integrals on a grid; phases without jumps."""

import numpy as np

from tests.cases import case, normal, positive

GRID = np.array([0.0, 0.5, 0.75, 1.5, 2.0])

CASES = [
    case(np.ediff1d, np.ediff1d, normal(5)),
    case(np.ediff1d, np.ediff1d, normal(2, 3)),
    case(np.ediff1d, lambda x, a, b: np.ediff1d(x, a, b), normal(4), 0.5, normal(2, seed=1)),
    case(np.ediff1d, lambda a: np.ediff1d([1.0, 2.5], to_begin=a), normal(2)),
    case(np.ediff1d, lambda x: np.ediff1d(x, to_end=[1, 2]), 1.5),
    case(np.trapezoid, np.trapezoid, normal(5)),
    case(np.trapezoid, lambda y, x: np.trapezoid(y, x), normal(2, 5), GRID),
    case(np.trapezoid, lambda y, x: np.trapezoid(y, x, axis=0), normal(5, 3), normal(5, 3, seed=1)),
    case(np.trapezoid, lambda y, x: np.trapezoid(y, x, axis=0), normal(5, 3), normal(5, seed=1)),
    case(np.trapezoid, lambda y, h: np.trapezoid(y, dx=h, axis=1), normal(2, 4, 2), 0.3),
    case(np.trapezoid, lambda y: np.trapezoid(y, [0, 1, 3]), normal(3)),
    case(np.trapezoid, lambda x: np.trapezoid([1, 4, 2], x), normal(3)),
    case(np.trapezoid, np.trapezoid, normal(1)),
    case(np.gradient, np.gradient, normal(5)),
    case(np.gradient, np.gradient, normal(3, 4)),
    case(np.gradient, lambda x: np.gradient(x, 2, axis=0), normal(3, 4)),
    case(np.gradient, lambda x: np.gradient(x, edge_order=2), normal(5)),
    case(np.gradient, lambda x: np.gradient(x, GRID, edge_order=2, axis=-1), normal(2, 5)),
    case(np.gradient, lambda x, h: np.gradient(x, h, GRID), normal(3, 5), 0.7),
    case(np.gradient, lambda x, h: np.gradient(x, h, edge_order=2), normal(4), 0.7),
    case(np.gradient, lambda x, g: np.gradient(x, g), normal(5), GRID),
    case(np.gradient, lambda x, g: np.gradient(x, g, edge_order=2), normal(4), positive(4)),
    case(np.gradient, lambda g: np.gradient([1, 5, 2], g), np.array([0.0, 1.0, 2.0])),
    case(np.gradient, lambda x: np.gradient(x, np.arange(4)), normal(4)),
    case(np.gradient, lambda x: np.gradient(x, axis=(1, 0)), normal(3, 2)),
    case(np.gradient, np.gradient, normal(2)),
    case(np.unwrap, np.unwrap, 4 * normal(6)),
    case(np.unwrap, lambda x: np.unwrap(x, axis=0), 4 * normal(4, 3)),
    case(np.unwrap, lambda x: np.unwrap(x, discont=4.0), 4 * normal(6)),
    case(np.unwrap, lambda x: np.unwrap(x, period=4), 4 * normal(2, 5)),
    case(np.unwrap, lambda x: np.unwrap(x, period=3.7 + x[0] ** 2 / 20), 4 * normal(6)),
]
