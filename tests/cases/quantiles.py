"""Medians and quantiles."""

import numpy as np

from tests.cases import case, normal

EQUAL = np.full(4, 0.1)
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
RUNS = np.array([2.0, 1.0, 2.0, 3.0, 1.0, 2.0])
WEIGHTS = np.array([0.5, 2.0, 0.0, 1.0])
CDF = {"method": "inverted_cdf"}

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
    case(np.quantile, np.quantile, normal(5), np.array([0.3, 0.77])),
    case(np.quantile, lambda x, q: np.quantile(x, q, axis=0, keepdims=True), normal(4, 3), 0.4),
    case(np.quantile, lambda q: np.quantile([3.0, 1.0, 7.0], q, method="weibull"), 0.4),
    case(np.quantile, lambda x, q: np.quantile(x, q, method="hazen"), normal(4), 0.05),
    case(np.quantile, lambda x, q: np.quantile(x, q, method="lower") * q, normal(4), 0.4),
    case(np.quantile, np.quantile, normal(5), np.array([0.25, 1.0]), kink=True),
    case(np.percentile, np.percentile, normal(2, 3), 40.0),
    case(np.quantile, lambda x: np.quantile(x, [0.3, 0.6], weights=WEIGHTS, **CDF), normal(4)),
    case(np.quantile, lambda x: np.quantile(x, 0.3, axis=1, weights=WEIGHTS, **CDF), normal(2, 4)),
    case(
        np.percentile,
        lambda x: np.percentile(x, 30, axis=(1, 0), weights=normal(4, 2) ** 2, **CDF),
        normal(2, 4),
    ),
]

HOLES = np.array([[1.5, np.nan, -1.0, 0.5], [2.0, 0.25, np.nan, np.nan]])


def with_holes(f, where=HOLES):
    """A function of numbers among which some are NaN."""
    return lambda x: f(np.where(np.isnan(where), np.nan, x))


NANS = [
    case(np.nanmedian, with_holes(np.nanmedian), normal(2, 4)),
    case(np.nanmedian, with_holes(lambda x: np.nanmedian(x, axis=1)), normal(2, 4)),
    case(
        np.nanmedian, with_holes(lambda x: np.nanmedian(x[:, :2], 0, keepdims=True)), normal(2, 4)
    ),
    case(np.nanmedian, np.nanmedian, normal(5)),
    case(np.nanmedian, np.nanmedian, 1.5),
    case(np.nanquantile, with_holes(lambda x: np.nanquantile(x, 0.3, axis=1)), normal(2, 4)),
    case(np.nanquantile, with_holes(lambda x: np.nanquantile(x, [0.1, 0.9])), normal(2, 4)),
    case(
        np.nanquantile,
        lambda x, q: np.nanquantile(
            np.where(np.isnan(HOLES), np.nan, x), q, axis=-1, keepdims=True
        ),
        normal(2, 4),
        np.array([0.3, 0.6]),
    ),
    case(
        np.nanquantile,
        with_holes(lambda x: np.nanquantile(x[0], 0.6, weights=WEIGHTS, **CDF)),
        normal(2, 4),
    ),
    case(np.nanpercentile, with_holes(lambda x: np.nanpercentile(x, 70, axis=1)), normal(2, 4)),
    case(np.nanpercentile, lambda x: np.nanpercentile(x, 25, method="nearest"), normal(6)),
]

CASES = [*MEDIANS, *QUANTILES, *NANS]
