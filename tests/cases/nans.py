"""Reductions and accumulations that pass over NaN, some of which are among the numbers."""

import numpy as np

from tests.cases import case, normal

HOLES = np.array([[1.5, np.nan, -1.0, 0.5], [2.0, 0.25, np.nan, np.nan]])
SOME = np.array([True, True, True, False])
EQUAL = np.array([[0.5, np.nan, 0.5, 0.5], [2.0, 0.25, np.nan, np.nan]])


def among(f):
    """A function of numbers among which some are NaN."""
    return lambda x: f(np.where(np.isnan(HOLES), np.nan, x))


ALL = (np.nansum, np.nanprod, np.nanmean, np.nanvar, np.nanstd, np.nanmax, np.nanmin)
CASES = [
    *(case(f, among(f), normal(2, 4)) for f in ALL),
    *(case(f, among(lambda x, f=f: f(x, axis=1)), normal(2, 4)) for f in ALL),
    *(case(f, among(lambda x, f=f: f(x.T, axis=0, keepdims=True)), normal(2, 4)) for f in ALL),
    *(case(f, f, normal(4)) for f in (*ALL, np.nancumsum, np.nancumprod)),
    *(case(f, f, 1.5) for f in (np.nansum, np.nanmean, np.nanmax, np.nanprod)),
    *(
        case(f, among(lambda x, f=f: f(x, 1, where=SOME)), normal(2, 4))
        for f in (np.nanmean, np.nanvar, np.nanstd, np.nansum)
    ),
    *(
        case(f, among(lambda x, f=f: f(x, axis=1, where=SOME, initial=-9.0)), normal(2, 4))
        for f in (np.nansum, np.nanprod, np.nanmax)
    ),
    *(
        case(f, among(lambda x, f=f: f(x, axis=1, ddof=1)[0]), normal(2, 4))
        for f in (np.nanvar, np.nanstd)
    ),
    *(
        case(f, among(lambda x, f=f: f(x, 1, mean=x[:, :1])), normal(2, 4))
        for f in (np.nanvar, np.nanstd)
    ),
    *(case(f, among(f), normal(2, 4)) for f in (np.nancumsum, np.nancumprod)),
    *(case(f, among(lambda x, f=f: f(x, axis=0)), normal(2, 4)) for f in (np.nancumsum,)),
    case(np.nansum, lambda x: np.nansum(np.where(x > 0, x * x, np.nan)), normal(5)),
    case(np.nanvar, np.nanvar, normal(3) + 1j * normal(3, seed=1)),
    case(np.nanstd, lambda x: np.nanstd(x, axis=1), EQUAL, kink=True),
    case(np.nanmax, lambda x: np.nanmax(x, axis=1), np.nan_to_num(EQUAL), kink=True),
]
