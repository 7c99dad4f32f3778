"""Reductions and accumulations: sums, products, extremes, variances, differences."""

import numpy as np

from admodes.primitives.indexing import found
from tests.cases import case, normal, positive

EQUAL = np.full(4, 0.1)  # its mean is not 0.1 in floating point
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
ONE_ZERO = np.array([2.0, 0.0, -3.0, 1.5])
TWO_ZEROS = np.array([2.0, 0.0, -3.0, 0.0, 1.5])
MIXED_ZEROS = np.array([[2.0, 0.0, -3.0], [1.0, 4.0, 0.5], [0.0, 0.0, 1.5]])

SUMS = [
    case(np.sum, np.sum, normal(5)),
    case(np.sum, np.sum, normal(3, 4)),
    case(np.sum, lambda x: np.sum(x * x), normal(3, 4)),
    case(np.sum, lambda x: x.sum(axis=-1, keepdims=True), normal(2, 3)),
    case(np.sum, lambda x: np.sum(x, axis=0), normal(3, 4)),
    case(np.sum, lambda x: np.sum(x, axis=(0, -1)), normal(2, 3, 4)),
    case(np.sum, lambda x: np.sum(x, axis=(2, 0), keepdims=True), normal(2, 3, 4)),
    case(np.sum, lambda x: np.sum(x, axis=()), normal(2, 3)),
    case(np.sum, lambda x: np.sum(x, keepdims=True), normal(2, 3)),
    case(np.sum, np.sum, normal()),
    case(np.sum, lambda x: np.sum(x, axis=-1), normal()),
    case(np.sum, np.sum, 1.5),
    case(np.sum, lambda x: np.sum(x * x), 1.5),
    case(np.sum, np.sum, normal(0)),
    case(np.sum, lambda x: np.sum(x, axis=0), normal(0, 3)),
    case(np.sum, lambda x: np.sum(x, axis=1), normal(0, 3)),
]

MEANS = [
    case(np.mean, np.mean, normal(5)),
    case(np.mean, lambda x: x.mean(), normal(2, 3)),
    case(np.mean, lambda x: np.mean(x, axis=1), normal(2, 3)),
    case(np.mean, lambda x: np.mean(x, axis=(0, -1), keepdims=True), normal(2, 3, 2)),
    case(np.mean, lambda x: np.mean(x, axis=1), normal(0, 3)),
    case(np.mean, np.mean, 1.5),
    case(np.average, np.average, normal(2, 3)),
    case(np.average, lambda x, w: np.average(x, weights=w), normal(2, 3), positive(2, 3)),
    case(np.average, lambda x, w: np.average(x, 1, w), normal(2, 3), positive(3)),
    case(
        np.average,
        lambda x, w: np.average(x, axis=-1, weights=w, keepdims=True),
        normal(2, 3),
        positive(3),
    ),
    case(
        np.average,
        lambda x, w: np.average(x, axis=(2, 0), weights=w),
        normal(2, 3, 4),
        positive(4, 2),
    ),
    case(np.average, lambda w: np.average(normal(2, 3), weights=w), positive(2, 3)),
    case(
        np.average,
        lambda x, w: np.average(x, 0, w, returned=True),
        normal(2, 3),
        positive(2),
    ),
]

VARIANCES = [
    case(np.var, np.var, normal(5)),
    case(np.var, lambda x: x.var(axis=1, ddof=1), normal(2, 3)),
    case(np.var, lambda x: np.var(x, axis=(0, 2), keepdims=True), normal(2, 3, 2)),
    case(np.var, lambda x: np.var(x, correction=1), normal(4)),
    case(np.var, lambda x, m: np.var(x, axis=1, mean=m), normal(2, 3), normal(2, 1, seed=1)),
    case(np.var, lambda x: np.var(x) + np.sum(x), EQUAL),
    case(np.var, np.var, 1.5),
    case(np.std, np.std, normal(5)),
    case(np.std, lambda x: x.std(axis=-1, ddof=1, keepdims=True), normal(2, 3)),
    case(np.std, lambda x: np.std(x, axis=(0, 2)), normal(2, 3, 2)),
    case(np.std, lambda x: np.std(x, axis=1, correction=1), normal(2, 3)),
    case(np.std, lambda x, m: np.std(x, axis=1, mean=m), normal(2, 3), normal(2, 1, seed=1)),
    case(np.std, lambda x: np.std(x * 1e-3 + 1), normal(5)),
    case(np.std, np.std, EQUAL, kink=True),
    case(np.std, np.std, 1.5, kink=True),
    case(
        np.std,
        lambda x: np.std(x, axis=1, keepdims=True),
        np.stack([EQUAL, normal(4)]),
        kink=True,
    ),
]

EXTREMES = [
    case(function, call, x, kink=kink)
    for function in (np.max, np.min, np.amax, np.amin)
    for call, x, kink in [
        (function, normal(5), False),
        (function, normal(2, 3), False),
        (function, normal(), False),
        (function, 1.5, False),
        (lambda x, f=function: f(x, axis=0), normal(), False),
        (lambda x, f=function: f(x, axis=0), normal(3, 2), False),
        (lambda x, f=function: f(x, axis=-1, keepdims=True), normal(2, 3), False),
        (lambda x, f=function: f(x, keepdims=True), normal(2, 3), False),
        (lambda x, f=function: f(x, axis=(0, 2)), normal(2, 3, 4), False),
        (lambda x, f=function: f(x, axis=(-1, 0), keepdims=True), normal(2, 3, 4), False),
        (lambda x, f=function: f(x, axis=()), normal(2, 3), False),
        (lambda x, f=function: f(x, axis=1), normal(0, 3), False),
        (lambda x, f=function: f(x[:, ::-1] * x, axis=1), normal(2, 3), False),
        (function, EQUAL, True),
        (function, TIES, True),
        (lambda x, f=function: f(x, axis=1), TIES, True),
        (lambda x, f=function: f(x, axis=0, keepdims=True), TIES, True),
        (lambda x, f=function: f(x, axis=(0, 1)) * np.sum(x), TIES, True),
    ]
] + [
    case(np.max, lambda x: x.max(axis=1), normal(2, 3)),
    case(np.min, lambda x: x.min(), normal(2, 3)),
    case(np.max, lambda x: np.max(x) + np.log(np.sum(np.exp(x - np.max(x)))), normal(4)),
    case(np.ptp, np.ptp, normal(5)),
    case(np.ptp, lambda x: np.ptp(x, axis=1, keepdims=True), normal(2, 3)),
    case(np.ptp, np.ptp, EQUAL, kink=True),
    # What reads an extreme entry where every operation is watched, to be counted or drawn.
    case(np.max, lambda x: found(x * x, index=(2,), shape=x.shape), normal(4)),
    case(np.max, lambda x: found(x, index=(slice(1, 2), slice(2, 3)), shape=x.shape), normal(2, 3)),
]

PRODUCTS = [
    case(np.prod, np.prod, normal(5)),
    case(np.prod, lambda x: x.prod(axis=1), normal(2, 3)),
    case(np.prod, lambda x: np.prod(x, axis=(0, 2), keepdims=True), normal(2, 3, 2)),
    case(np.prod, lambda x: np.prod(x, axis=()), normal(2, 3)),
    case(np.prod, np.prod, ONE_ZERO),
    case(np.prod, lambda x: np.prod(x) + np.sum(x), TWO_ZEROS),
    case(np.prod, lambda x: np.prod(x, axis=1), MIXED_ZEROS),
    case(np.prod, lambda x: np.prod(x, axis=(1, 0)), np.stack([MIXED_ZEROS, normal(3, 3)])),
    case(np.prod, lambda x: np.prod(x, axis=0, keepdims=True), MIXED_ZEROS),
    case(np.prod, np.prod, 1.5),
    case(np.prod, np.prod, np.zeros(1)),
    case(np.prod, np.prod, normal(0)),
    case(np.prod, lambda x: np.prod(x, axis=0), normal(0, 3)),
]

ACCUMULATIONS = [
    case(np.cumsum, np.cumsum, normal(4)),
    case(np.cumsum, np.cumsum, normal(2, 3)),
    case(np.cumsum, lambda x: x.cumsum(axis=0), normal(2, 3)),
    case(np.cumsum, lambda x: np.cumsum(x, axis=-1), normal(2, 3)),
    case(np.cumsum, np.cumsum, normal()),
    case(np.cumsum, np.cumsum, 1.5),
    case(np.cumsum, np.cumsum, normal(0)),
    case(np.cumprod, np.cumprod, normal(5)),
    case(np.cumprod, lambda x: x.cumprod(axis=0), normal(3, 2)),
    case(np.cumprod, np.cumprod, ONE_ZERO),
    case(np.cumprod, np.cumprod, TWO_ZEROS),
    case(np.cumprod, lambda x: np.cumprod(x, axis=0), MIXED_ZEROS),
    case(np.cumprod, lambda x: np.cumprod(x, axis=-1), MIXED_ZEROS),
    case(np.cumprod, np.cumprod, MIXED_ZEROS),
    case(np.cumprod, np.cumprod, 1.5),
    case(np.cumprod, np.cumprod, normal(0)),
    case(np.diff, np.diff, normal(5)),
    case(np.diff, lambda x: np.diff(x, axis=0), normal(3, 2)),
    case(np.diff, lambda x: np.diff(x, n=2, axis=-2), normal(4, 2)),
    case(np.diff, lambda x: np.diff(x, n=0), normal(3)),
    case(np.diff, lambda x: np.diff(x, n=4), normal(3)),
    case(np.diff, np.diff, normal(1)),
    case(np.diff, np.diff, normal(0)),
    case(np.diff, lambda x: np.diff(x, prepend=0.0, append=x[:, -1:]), normal(2, 3)),
    case(np.diff, lambda x, p: np.diff(x, axis=0, prepend=p), normal(3, 2), 0.5),
    case(np.diff, lambda x, p: np.diff(x, n=2, append=p), normal(3), normal(2, seed=1)),
    case(np.diff, lambda p: np.diff(normal(3), prepend=p), normal(2)),
]

if hasattr(np, "cumulative_sum"):  # NumPy 2.1
    ACCUMULATIONS += [
        case(np.cumulative_sum, np.cumulative_sum, normal(4)),
        case(np.cumulative_sum, lambda x: np.cumulative_sum(x, axis=0), normal(3, 2)),
        case(
            np.cumulative_sum,
            lambda x: np.cumulative_sum(x, axis=1, include_initial=True),
            normal(3, 2),
        ),
        case(np.cumulative_prod, np.cumulative_prod, normal(4)),
        case(
            np.cumulative_prod,
            lambda x: np.cumulative_prod(x, axis=0, include_initial=True),
            MIXED_ZEROS,
        ),
    ]

MASK = np.array([[True, False, True], [False, True, True]])

OF_SOME = [
    case(np.sum, lambda x: np.sum(x, where=MASK), normal(2, 3)),
    case(np.sum, lambda x: np.sum(x, axis=0, where=MASK, keepdims=True), normal(2, 3)),
    case(np.sum, lambda x: np.sum(x, axis=1, where=[True, False, True]), normal(2, 3)),
    case(np.sum, lambda x: np.sum(x, initial=2.5), normal(4)),
    case(np.sum, lambda x: x.sum(axis=0, initial=x[0, 0] ** 2, where=MASK), normal(2, 3)),
    case(np.sum, lambda x: np.sum(x, axis=1, initial=x[0, 0], keepdims=True), normal(2, 3)),
    case(np.sum, lambda x: np.sum(x, dtype=np.float64), normal(2, 3)),
    case(np.sum, lambda x: np.sum(x, dtype=np.complex128), normal(3)),
    case(np.sum, lambda x: np.sum(x, dtype=int) * x, normal(3)),
    case(np.sum, lambda x: np.sum(x, where=x > 0), 1.5),
    case(np.mean, lambda x: np.mean(x, where=MASK), normal(2, 3)),
    case(np.mean, lambda x: np.mean(x, axis=0, where=MASK, keepdims=True), normal(2, 3)),
    case(np.mean, lambda x: x.mean(dtype=np.float64, axis=(0, 1)), normal(2, 3)),
    *(
        case(f, call, normal(2, 3))
        for f in (np.var, np.std)
        for call in (
            lambda x, f=f: f(x, where=MASK),
            lambda x, f=f: f(x, axis=1, where=MASK, keepdims=True),
            lambda x, f=f: f(x, axis=0, dtype=np.float64),
            lambda x, f=f: f(x[:, :2], axis=1, dtype=np.float64, ddof=1),
        )
    ),
    case(np.std, lambda x: np.std(x, axis=1, where=MASK), TIES, kink=True),
    *(
        case(f, call, normal(2, 3))
        for f in (np.max, np.min, np.prod)
        for call in (
            lambda x, f=f: f(x, initial=0.3),
            lambda x, f=f: f(x, axis=0, initial=x[0, 0] / 2),
            lambda x, f=f: f(x, axis=1, where=MASK, initial=0.5, keepdims=True),
            lambda x, f=f: f(x, where=MASK, initial=0.1, keepdims=True),
        )
    ),
    case(np.max, lambda x: np.max(x, axis=1, initial=3.0), TIES, kink=True),
    case(np.max, lambda x: np.max(x, axis=1, initial=2.0), normal(0, 3)),
    case(np.max, lambda x: np.max(x, initial=2.0), 1.5),
    case(np.prod, lambda x: np.prod(x, where=MASK), normal(2, 3)),
    case(np.prod, lambda x: np.prod(x, axis=0, dtype=np.float64), normal(2, 3)),
    case(np.prod, lambda x: np.prod(x, dtype=int) * x, normal(3)),
    case(np.cumsum, lambda x: np.cumsum(x, dtype=np.float64), normal(3)),
    case(np.cumprod, lambda x: np.cumprod(x, axis=1, dtype=np.float64), normal(2, 3)),
    case(np.cumsum, lambda x: np.cumsum(x, dtype=int) * x, normal(3)),
]

CASES = [*SUMS, *MEANS, *VARIANCES, *EXTREMES, *PRODUCTS, *ACCUMULATIONS, *OF_SOME]
