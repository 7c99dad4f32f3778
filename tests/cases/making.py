import numpy as np

from tests.cases import case, normal


def filled(b, *values):
    """What is made is there to be filled."""
    for i, value in enumerate(values):
        b[i] = value
    return b


CASES = [
    case(np.zeros_like, lambda x: filled(np.zeros_like(x), x[1] * x[0]), normal(2, 3)),
    case(np.zeros_like, lambda x: x * np.zeros_like(x), normal(2, 3)),
    case(np.ones_like, lambda x: filled(np.ones_like(x), x[1] * x[0]), normal(2, 3)),
    case(np.ones_like, lambda x: filled(np.ones_like(x, shape=(3,)), x) * x, normal()),
    case(np.empty_like, lambda x: filled(np.empty_like(x.T), *x.T) * x.T, normal(2, 3)),
    case(np.empty_like, lambda x: filled(np.empty_like(prototype=x), *x) * x, normal(3)),
    case(np.full_like, lambda x: np.full_like(x, x[1, 2]) * x, normal(2, 3)),
    case(np.full_like, lambda x: np.full_like(x, x * x, shape=(2, 2)), normal(2)),
    case(np.full_like, lambda x: np.full_like(x, 2.0) * x, normal(2, 3)),
    case(np.zeros, lambda x: filled(np.zeros(3, x.dtype, like=x), x[1] * x[0]), normal(2)),
    case(np.zeros, lambda x: filled(np.zeros((3, 2), like=x), x, x * x), normal(2)),
    case(np.ones, lambda x: np.ones((2, 2), x.dtype, like=x) @ x, normal(2)),
    case(np.empty, lambda x: filled(np.empty((2, 3), x.dtype, like=x), x, x * x), normal(3)),
    case(np.full, lambda x: np.full((2, 2), x[0], x.dtype, like=x) * x, normal(2)),
    case(np.full, lambda x: np.full((3, 2), x * x, like=x), normal(2)),
    case(np.full, lambda x: filled(np.full(2, 3.0, like=x), x[1] * x[1]) * x, normal(2)),
    case(np.arange, lambda x: filled(np.arange(3.0, like=x), x[0] * x[0]), normal(2)),
    case(np.eye, lambda x: filled(np.eye(2, like=x), x[0] * x), normal(2)),
    case(np.identity, lambda x: filled(np.identity(2, like=x), x[0] * x), normal(2)),
    case(np.tri, lambda x: filled(np.tri(2, like=x), x[0] * x), normal(2)),
    case(np.array, lambda x: np.array([x[0], 2.0, x[1] * x[0]], like=x), normal(2)),
    case(np.array, lambda x: np.array([[x[0], x[1]], [1, x[0] * x[1]]], like=x), normal(2)),
    case(np.array, lambda x: np.array([x, x * x, np.ones(2)], order="F", like=x), normal(2)),
    case(np.array, lambda x: filled(np.array(x, like=x), x[1] * x[0]) * x, normal(2)),
    case(np.array, lambda x: filled(np.array([1.0, 2.0], like=x), x[1] * x[0]), normal(2)),
    case(np.asarray, lambda x: np.asarray([x[0], x[1] * x[0]], like=x), normal(2)),
    case(np.asarray, lambda x: np.asarray(x, like=x) * x, normal(2)),
    case(np.asanyarray, lambda x: np.asanyarray((x[0], x[1] * x[0]), like=x), normal(2)),
    case(np.ascontiguousarray, lambda x: np.ascontiguousarray(x.T, like=x) ** 2, normal(2, 3)),
    case(np.asfortranarray, lambda x: np.asfortranarray(x, like=x) ** 2, normal(2, 3)),
    case(np.require, lambda x: np.require(x, requirements="F", like=x) ** 2, normal(2, 3)),
    case(np.fromiter, lambda x: np.fromiter((t * t for t in x), x.dtype, like=x), normal(2)),
    case(np.fromiter, lambda x: np.fromiter(iter(x), float, 2, like=x) * x[:2], normal(3)),
    case(np.fromfunction, lambda x: np.fromfunction(lambda i: i * x, (2,), like=x), normal(2)),
]
