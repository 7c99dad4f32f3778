"""Sorting, and what is read off from the sorted entries: partitions, medians, quantiles."""

import numpy as np

from tests.cases import case, normal

EQUAL = np.full(4, 0.1)
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
RUNS = np.array([2.0, 1.0, 2.0, 3.0, 1.0, 2.0])

SORTED = [
    case(np.sort, np.sort, normal(5)),
    case(np.sort, np.sort, normal(3, 4)),
    case(np.sort, lambda x: np.sort(x * x), normal(3, 4)),
    case(np.sort, lambda x: np.sort(x, axis=0), normal(3, 4)),
    case(np.sort, lambda x: np.sort(x, 1, "stable"), normal(2, 3, 4)),
    case(np.sort, lambda x: np.sort(x, axis=-3, stable=True), normal(3, 2, 2)),
    case(np.sort, lambda x: np.sort(x, axis=None), normal(2, 3)),
    case(np.sort, lambda x: np.sort(x, axis=None), normal()),
    case(np.sort, lambda x: np.sort(x, axis=None), 1.5),
    case(np.sort, np.sort, normal(1)),
    case(np.sort, np.sort, normal(0)),
    case(np.sort, lambda x: np.sort(x, axis=0), normal(0, 3)),
    case(np.sort, lambda x: np.sort(x)[::-1] ** 2, normal(5)),
    case(np.sort, np.sort, normal(4) + 1j * normal(4, seed=1)),
    case(np.sort, lambda x: np.cumsum(np.sort(x)) * x, normal(5)),
    case(np.sort, np.sort, EQUAL, kink=True),
    case(np.sort, np.sort, TIES, kink=True),
    case(np.sort, lambda x: np.sort(x, axis=0), TIES, kink=True),
    case(np.sort, lambda x: np.sort(x, axis=0), np.stack([TIES, TIES[::-1]]), kink=True),
    case(np.sort, lambda x: np.sort(x) ** 2 * x, RUNS, kink=True),
    case(np.sort, lambda x: np.sort(x, None) * np.sum(x), TIES, kink=True),
    # This has derivatives there, for it does not depend on the order of equal entries; but that is
    # not seen, and the second one is NaN.
    case(np.sort, lambda x: np.sort(x) @ np.ones(6) * np.sum(x), RUNS, kink=True),
]

PARTITIONS = [
    case(np.partition, lambda x: np.partition(x, 2), normal(7)),
    case(np.partition, lambda x: np.partition(x, (1, -1), axis=0), normal(5, 3)),
    case(np.partition, lambda x: np.partition(x, 3, axis=None), normal(2, 3)),
    case(np.partition, lambda x: np.sum(np.partition(x, 2)[:3] ** 2), normal(7)),
    case(np.partition, lambda x: np.partition(x, 1), TIES, kink=True),
]

MEDIANS = [
    case(np.median, np.median, normal(5)),
    case(np.median, np.median, normal(6)),
    case(np.median, lambda x: np.median(x * x), normal(2, 3)),
    case(np.median, lambda x: np.median(x, axis=0), normal(3, 4)),
    case(np.median, lambda x: np.median(x, axis=(0, -1), keepdims=True), normal(3, 2, 3)),
    case(np.median, lambda x: np.median(x, keepdims=True), normal(2, 3)),
    case(np.median, lambda x: np.median(x, axis=()), normal(2, 3)),
    case(np.median, np.median, normal()),
    case(np.median, np.median, 1.5),
    case(np.median, lambda x: np.median(np.abs(x - np.median(x))), normal(7)),
    case(np.median, lambda x: np.median(x, axis=1), normal(0, 3)),
    case(np.median, np.median, np.array([2.0, 3.0, 1.0, 2.0]), kink=True),  # of the second order
    case(np.median, np.median, EQUAL, kink=True),
    case(np.median, np.median, RUNS[:3], kink=True),
    case(np.median, lambda x: np.median(x, axis=1) ** 2, TIES, kink=True),
]

QUANTILES = [
    case(np.quantile, lambda x: np.quantile(x, 0.3), normal(5)),
    case(np.quantile, lambda x: np.quantile(x, [0.0, 0.5, 1.0]), normal(5)),
    case(np.quantile, lambda x: np.quantile(x * x, 0.77, axis=0), normal(4, 3)),
    case(np.quantile, lambda x: np.quantile(x, (0.1, 0.9), axis=(0, 2)), normal(3, 2, 4)),
    case(
        np.quantile,
        lambda x: np.quantile(x, [[0.1, 0.5], [0.25, 0.9]], axis=-1, keepdims=True),
        normal(2, 4),
    ),
    case(np.quantile, lambda x: np.quantile(x, 0.3, method="inverted_cdf"), normal(5)),
    case(np.quantile, lambda x: np.quantile(x, 0.3, method="median_unbiased"), normal(3, 5)),
    case(np.quantile, lambda x: np.quantile(x, 0.4, axis=0), normal(3, 0)),
    case(np.quantile, lambda x: np.quantile(x, 0.4, axis=1), normal(0, 3)),
    case(np.quantile, lambda x: np.quantile(x, 0.4), normal()),
    case(np.quantile, lambda x: np.quantile(x, 0.4), 1.5),
    case(np.quantile, lambda x: np.quantile(x, [0.25, 0.6]) ** 2, RUNS, kink=True),
    case(np.percentile, lambda x: np.percentile(x, 30), normal(5)),
    case(np.percentile, lambda x: np.percentile(x, [5.0, 95.0], 1, keepdims=True), normal(2, 5)),
    case(np.percentile, lambda x: np.percentile(x, 50, method="nearest"), normal(6)),
]

CASES = [*SORTED, *PARTITIONS, *MEDIANS, *QUANTILES]
