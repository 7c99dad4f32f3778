"""Covariances, correlations, and weights that are summed up by bins."""

import numpy as np

from tests.cases import case, normal, positive

COMPLEX = normal(2, 4) + 1j * normal(2, 4, seed=1)
FREQUENT = [1, 2, 1, 3]
NUMBERS = np.array([0.3, 1.7, -0.4, 1.1, 0.9, 3.0])
EDGES = np.array([-0.5, 0.5, 1.0, 3.0])

CASES = [
    case(np.cov, np.cov, normal(3, 5)),
    case(np.cov, np.cov, normal(5)),
    case(np.cov, np.cov, normal(4), normal(4, seed=1)),
    case(np.cov, lambda x: np.cov(x, rowvar=False, bias=True), normal(5, 2)),
    case(np.cov, lambda x, y: np.cov(x, y, rowvar=False, ddof=0), normal(5, 2), normal(5, 1)),
    case(np.cov, lambda x: np.cov(x, [1, 3, 2, 2]), normal(4)),
    case(np.cov, lambda x, w: np.cov(x, aweights=w), normal(2, 4), positive(4)),
    case(
        np.cov,
        lambda x, w: np.cov(x, fweights=FREQUENT, aweights=w, ddof=2),
        normal(2, 4),
        positive(4),
    ),
    case(np.cov, lambda x: np.cov(x, fweights=FREQUENT), normal(2, 4)),
    case(np.cov, lambda x: np.cov(x, fweights=FREQUENT, ddof=0), normal(2, 4)),
    case(np.cov, np.cov, COMPLEX),
    case(np.corrcoef, np.corrcoef, normal(3, 5)),
    case(np.corrcoef, np.corrcoef, normal(5), normal(5, seed=1)),
    case(np.corrcoef, lambda x: np.corrcoef(x, rowvar=False), normal(5, 2)),
    case(np.corrcoef, np.corrcoef, COMPLEX),
    case(np.corrcoef, lambda x: np.corrcoef(x), normal(5)),
    case(np.bincount, lambda w: np.bincount([0, 2, 2, 1, 0, 4], w), normal(6)),
    case(np.bincount, lambda w: np.bincount(np.array([1, 1]), w * w, minlength=4), normal(2)),
    case(np.histogram, lambda w: np.histogram(NUMBERS, 4, weights=w), normal(6)),
    case(np.histogram, lambda w: np.histogram(NUMBERS, EDGES, weights=w), normal(6)),
    case(np.histogram, lambda w: np.histogram(NUMBERS, EDGES, None, True, w), positive(6)),
    case(np.histogram, lambda x: np.histogram(x, 3, density=True), normal(5)),
    case(np.histogram, lambda x: np.histogram(x, "sturges"), normal(5)),
    case(np.histogram, lambda x, w: np.histogram(x, 3, (-1, 1), weights=w), NUMBERS, normal(6)),
    case(np.histogram, lambda x, b: np.histogram(x, b, density=True), NUMBERS, EDGES[::2] - 0.2),
    case(np.histogram, lambda x: np.histogram(x, 2), 0.5),
    case(np.histogram_bin_edges, lambda x: np.histogram_bin_edges(x, "auto"), normal(6)),
    case(np.histogram_bin_edges, lambda x: np.histogram_bin_edges(x * x, 2), normal(2, 3)),
    case(np.histogram_bin_edges, lambda e: np.histogram_bin_edges([1, 2], e), EDGES),
    case(np.histogram2d, lambda x, y: np.histogram2d(x, y, 3), normal(6), normal(6, seed=1)),
    case(np.histogram2d, lambda w: np.histogram2d(NUMBERS, NUMBERS, EDGES, weights=w), normal(6)),
    case(
        np.histogram2d,
        lambda x, w: np.histogram2d(x, NUMBERS, (2, EDGES), density=True, weights=w),
        normal(6),
        positive(6),
    ),
    case(np.histogramdd, lambda x: np.histogramdd(x, 2, density=True), normal(5, 3)),
    case(np.histogramdd, lambda x: np.histogramdd(x, [2], [(-1, 1)]), normal(5, 1)),
    case(np.histogramdd, lambda w: np.histogramdd([NUMBERS, NUMBERS], 3, weights=w), normal(6)),
]
