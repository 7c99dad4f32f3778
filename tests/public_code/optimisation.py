"""Test functions of optimisers, as SciPy keeps them.

In SciPy's repository are 213 functions for global optimisation; all but those after which `cola`,
`deceptive`, `pinter` and `truncated` were written, and one that calls ``scipy.optimize.rosen``, run
as they are. The 53 least-squares problems of Moré and Wild all need one line, ``fvec =
np.zeros(m, like=x)``.
"""

import numpy as np

from tests.public_code.program import program

GLOBAL = "scipy/scipy, benchmarks/benchmarks/go_benchmark_functions"
MORE_WILD = "scipy/scipy, benchmarks/benchmarks/cutest/dfovec.py (BSD-3-Clause)"


@program(
    "distances between ten cities, their places put into two arrays",
    f"{GLOBAL}/go_funcs_C.py (BSD-3-Clause)",
    lambda rng: (1 + rng.random(9),),
)
def cola(x):
    d = 1.0 + np.tri(6)
    xi = np.asarray([0.0, x[0], *x[1::2]], like=x)  # was: xi = np.asarray([0.0, x[0], *x[1::2]])
    xi = np.atleast_2d(xi)
    xj = np.repeat(xi, np.size(xi, 1), axis=0)
    xi = xi.T
    yi = np.asarray([0.0, 0.0, *x[2::2]], like=x)  # was: yi = np.asarray([0.0, 0.0, *x[2::2]])
    yi = np.atleast_2d(yi)
    yj = np.repeat(yi, np.size(yi, 1), axis=0)
    yi = yi.T
    inner = (np.sqrt((xi - xj) ** 2 + (yi - yj) ** 2) - d) ** 2
    return np.sum(np.sum(np.tril(inner, -1), axis=1))


@program(
    "a function in pieces, chosen entry by entry",
    f"{GLOBAL}/go_funcs_D.py (BSD-3-Clause)",
    lambda rng: (np.array([0.1, 0.55, 0.9]),),
)
def deceptive(x, beta=2.0):
    n = len(x)
    alpha = np.arange(1.0, n + 1.0) / (n + 1.0)
    g = np.zeros((n,), like=x)  # was: g = np.zeros((n,))
    for i in range(n):
        if x[i] <= 0.0:
            g[i] = x[i]
        elif x[i] < 0.8 * alpha[i]:
            g[i] = -x[i] / alpha[i] + 0.8
        elif x[i] < alpha[i]:
            g[i] = 5.0 * x[i] / alpha[i] - 4.0
        elif x[i] < (1.0 + 4 * alpha[i]) / 5.0:
            g[i] = 5.0 * (x[i] - alpha[i]) / (alpha[i] - 1.0) + 1.0
        elif x[i] <= 1.0:
            g[i] = (x[i] - 1.0) / (1.0 - alpha[i]) + 4.0 / 5.0
        else:
            g[i] = x[i] - 1.0
    return -(((1.0 / n) * np.sum(g)) ** beta)


@program(
    "neighbours in a ring, in an array that is two longer",
    f"{GLOBAL}/go_funcs_P.py (BSD-3-Clause)",
    lambda rng: (rng.standard_normal(4),),
)
def pinter(x):
    i = np.arange(len(x)) + 1
    xx = np.zeros(len(x) + 2, like=x)  # was: xx = np.zeros(len(x) + 2)
    xx[1:-1] = x
    xx[0] = x[-1]
    xx[-1] = x[0]
    A = xx[0:-2] * np.sin(xx[1:-1]) + np.sin(xx[2:])
    B = xx[0:-2] ** 2 - 2 * xx[1:-1] + 3 * xx[2:] - np.cos(xx[1:-1]) + 1
    return np.sum(i * x**2) + np.sum(20 * i * np.sin(A) ** 2) + np.sum(i * np.log10(1 + i * B**2))


@program(
    "a function of whole numbers",
    f"{GLOBAL}/go_funcs_M.py (BSD-3-Clause)",
    lambda rng: (np.array([3.4, -2.7]),),
)
def truncated(x):
    x1, x2 = np.trunc(x[0]), np.trunc(x[1])  # was: x1, x2 = int(x[0]), int(x[1])
    return ((x1 + x2) - x1 * x2) ** 2.0 + 0.0 * np.sum(x)


def rosenbrock(fvec, x):
    fvec[0] = 10 * (x[1] - x[0] * x[0])
    fvec[1] = 1 - x[0]


def watson(fvec, x):
    n = len(x)
    for i in range(29):
        div = (i + 1) / 29.0
        s1, dx = 0, 1
        for j in range(1, n):
            s1 = s1 + j * dx * x[j]
            dx = div * dx
        s2, dx = 0, 1
        for j in range(n):
            s2 = s2 + dx * x[j]
            dx = div * dx
        fvec[i] = s1 - s2 * s2 - 1
    fvec[29] = x[0]
    fvec[30] = x[1] - x[0] * x[0] - 1


def chebyquad(fvec, x):
    n, m = len(x), len(fvec)
    for j in range(n):
        t1 = 1
        t2 = 2 * x[j] - 1
        t = 2 * t2
        for i in range(m):
            fvec[i] = fvec[i] + t2
            th = t * t2 - t1
            t1 = t2
            t2 = th
    iev = -1
    for i in range(m):
        fvec[i] = fvec[i] / n
        if iev > 0:
            fvec[i] = fvec[i] + 1 / ((i + 1) ** 2 - 1)
        iev = -iev


def almost_linear(fvec, x):
    n = len(x)
    total1 = -(n + 1)
    prod1 = 1
    for j in range(n):
        total1 = total1 + x[j]
        prod1 = x[j] * prod1
    for i in range(n - 1):
        fvec[i] = x[i] + total1
    fvec[n - 1] = prod1 - 1


@program("Rosenbrock's residuals", MORE_WILD, lambda rng: (np.array([-1.2, 1.0]),))
def rosenbrock_residuals(x):
    fvec = np.zeros(2, like=x)  # was: fvec = np.zeros(2)
    rosenbrock(fvec, x)
    return fvec


@program("Watson's residuals", MORE_WILD, lambda rng: (0.5 * np.ones(6),))
def watson_residuals(x):
    fvec = np.zeros(31, like=x)  # was: fvec = np.zeros(31)
    watson(fvec, x)
    return fvec


@program("Chebyshev's quadrature", MORE_WILD, lambda rng: (np.arange(1, 6) / 6.0,))
def chebyquad_residuals(x):
    fvec = np.zeros(7, like=x)  # was: fvec = np.zeros(7)
    chebyquad(fvec, x)
    return fvec


@program("Brown's almost linear residuals", MORE_WILD, lambda rng: (0.5 * np.ones(5),))
def almost_linear_residuals(x):
    fvec = np.zeros(5, like=x)  # was: fvec = np.zeros(5)
    almost_linear(fvec, x)
    return fvec
