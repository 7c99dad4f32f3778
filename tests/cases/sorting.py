"""Sorts and partitions."""

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

CASES = [*SORTED, *PARTITIONS]
