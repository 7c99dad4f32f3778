"""Statistics, filters, economics."""

import numpy as np

from tests.public_code.program import program


def cubed(t):
    t2 = t * t
    t *= t2


def tricube(t):
    t[:] = np.absolute(t)
    cubed(t)
    t[:] = np.negative(t)
    t += 1
    cubed(t)


def bisquare(t):
    t *= t
    t[:] = np.negative(t)
    t += 1
    t *= t


@program(
    "a robust local regression (LOWESS)",
    "statsmodels/statsmodels, statsmodels/nonparametric/smoothers_lowess_old.py (BSD-3-Clause)",
    lambda rng: (np.sort(rng.random(5)), rng.random(5)),
)
def lowess(x, y, k=4):
    n = len(x)
    weights = np.zeros((n, k), like=x)  # was: weights = np.zeros((n, k))
    X = np.ones((k, 2), like=x)  # was: X = np.ones((k, 2))
    fitted = np.zeros(n, like=x)  # was: fitted = np.zeros(n)
    robust = np.ones(n)
    for again in range(2):
        left = 0
        for i in range(n):
            while left + k < n and x[left + k] - x[i] < x[i] - x[left]:
                left += 1
            near = slice(left, left + k)
            if again == 0:
                row = weights[i, :]
                row[:] = x[near]
                row -= x[i]
                row /= 1.1 * max(x[i] - x[left], x[left + k - 1] - x[i])
                tricube(row)
                weights[i, :] = np.sqrt(weights[i, :])
            total = weights[i, :] * np.sqrt(robust[near])
            X[:, 1] = x[near]
            beta = np.linalg.lstsq(total.reshape(k, 1) * X, total * y[near], rcond=-1)[0]
            fitted[i] = beta[0] + beta[1] * x[i]
        robust = np.copy(y)
        robust -= fitted
        robust = np.absolute(robust)
        robust /= 6 * np.median(robust)
        too_big = robust >= 1
        bisquare(robust)
        robust[too_big] = 0
    return fitted


@program(
    "likelihood of a GARCH(1, 1) process",
    "Andrea21R/Econometrics-Course, maxlik/likelihood/likelihood.py (licence not known)",
    lambda rng: (np.array([0.1, 0.2, 0.3, 0.5]), rng.standard_normal(8)),
)
def garch(parameters, data):
    mu, omega, alpha, beta = parameters
    sig2 = np.zeros(len(data), like=parameters)  # was: sig2 = np.zeros(len(data))
    sig2[0] = (data[0] - mu) ** 2
    epsilon = data - mu
    for i in range(1, len(data)):
        sig2[i] = omega + alpha * epsilon[i - 1] ** 2 + beta * sig2[i - 1]
    lik = np.zeros(len(data), like=parameters)  # was: lik = np.zeros(len(data))
    for i in range(len(data)):
        lik[i] = -0.5 * (np.log(2 * np.pi) + np.log(sig2[i]) + epsilon[i] ** 2 / sig2[i])
    return np.sum(lik)


class Filter:
    def __init__(self, x, P, Q, R):
        self.x, self.P, self.Q, self.R = x, P, Q, R
        self.F = np.array([[1.0, 0.5], [0.0, 1.0]])
        self.H = np.array([[1.0, 0.0]])

    def predict(self):
        self.x = np.dot(self.F, self.x)
        self.P = np.dot(np.dot(self.F, self.P), self.F.T) + self.Q

    def update(self, z):
        y = z - np.dot(self.H, self.x)
        PHT = np.dot(self.P, self.H.T)
        S = np.dot(self.H, PHT) + self.R
        K = np.dot(PHT, np.linalg.inv(S))
        self.x = self.x + np.dot(K, y)
        I_KH = np.eye(2) - np.dot(K, self.H)
        self.P = np.dot(np.dot(I_KH, self.P), I_KH.T) + np.dot(np.dot(K, self.R), K.T)


@program(
    "Kalman's filter, an object",
    "rlabbe/filterpy, filterpy/kalman/kalman_filter.py (MIT)",
    lambda rng: (rng.random(4), np.eye(2) + 0.1, 0.1 * np.eye(2), np.eye(1)),
)
def kalman(measured, P, Q, R):
    own = Filter(np.zeros((2, 1)), P, Q, R)
    means = np.zeros((4, 2), like=measured)  # was: means = np.zeros((4, 2))
    for i, z in enumerate(measured):
        own.predict()
        own.update(z)
        means[i] = own.x[:, 0]
    return means, own.P


@program(
    "points for an unscented filter, and their spread",
    "rlabbe/filterpy, filterpy/kalman/sigma_points.py (MIT)",
    lambda rng: (rng.random(2), np.array([[2.0, 0.3], [0.3, 1.0]])),
)
def unscented(x, P, kappa=1.0):
    n = np.size(x)
    # was: P = np.asarray(P)
    U = np.linalg.cholesky((n + kappa) * P).T
    sigmas = np.zeros((2 * n + 1, n), like=x)  # was: sigmas = np.zeros((2 * n + 1, n))
    sigmas[0] = x
    for k in range(n):
        sigmas[k + 1] = np.subtract(x, -U[k])
        sigmas[n + k + 1] = np.subtract(x, U[k])
    W = np.full(2 * n + 1, 0.5 / (n + kappa))
    W[0] = kappa / (n + kappa)
    seen = np.hypot(sigmas[:, 0], sigmas[:, 1])
    mean = np.dot(W, seen)
    return mean, np.dot(W, (seen - mean) ** 2)


@program(
    "forward probabilities of a hidden Markov model, scaled",
    "LW068/holbertonschool-machine_learning, unsupervised_learning/hmm/3-forward.py (licence not "
    "known)",
    lambda rng: (rng.random((3, 2)) + 0.1, rng.random((3, 3)) + 0.1, rng.random(3) + 0.1),
)
def hidden(emission, transition, initial):
    seen = np.array([0, 1, 1, 0])
    F = np.zeros((3, 4), like=emission)  # was: F = np.zeros((3, 4))
    scale = np.zeros(4, like=emission)  # was: scale = np.zeros(4)
    F[:, 0] = initial * emission[:, seen[0]]
    scale[0] = F[:, 0].sum()
    F[:, 0] /= scale[0]
    for t in range(1, 4):
        for n in range(3):
            F[n, t] = np.sum(F[:, t - 1] * transition[:, n] * emission[n, seen[t]])
        scale[t] = F[:, t].sum()
        F[:, t] /= scale[t]
    return np.log(scale).sum()


@program(
    "optimal transport, Sinkhorn and Knopp",
    "PythonOT/POT, ot/bregman.py (MIT)",
    lambda rng: (np.array([0.3, 0.7]), np.array([0.2, 0.5, 0.3]), rng.random((2, 3))),
)
def transport(a, b, M, reg=0.5):
    # was: a = np.asarray(a, dtype=np.float64)
    # was: b = np.asarray(b, dtype=np.float64)
    # was: M = np.asarray(M, dtype=np.float64)
    u = np.ones(len(a)) / len(a)
    K = np.empty(M.shape, dtype=M.dtype, like=a)  # was: K = np.empty(M.shape, dtype=M.dtype)
    np.divide(M, -reg, out=K)
    np.exp(K, out=K)
    tmp = np.empty(b.shape, dtype=M.dtype, like=a)  # was: tmp = np.empty(b.shape, dtype=M.dtype)
    Kp = (1 / a).reshape(-1, 1) * K
    for step in range(21):
        KtransposeU = np.dot(K.T, u)
        v = np.divide(b, KtransposeU)
        u = 1.0 / np.dot(Kp, v)
        if np.any(KtransposeU == 0) or np.any(np.isnan(u)) or np.any(np.isinf(v)):
            break
        if step % 10 == 0:
            np.einsum("i,ij,j->j", u, K, v, out=tmp)
            if np.linalg.norm(tmp - b) < 1e-9:
                break
    return u.reshape((-1, 1)) * K * v.reshape((1, -1))


@program(
    "an American put on a binomial tree",
    "kartik1205/FITE7405-Assignment-3, BinomialTreeAmericanOption.py (licence not known)",
    lambda rng: (np.array([0.3]), np.array([41.0])),
)
def american(sigma, strike, S=40.0, r=0.05, N=4):
    dt = 0.25
    u = np.exp(sigma[0] * np.sqrt(dt))
    d = 1 / u
    p = (np.exp(r * dt) - d) / (u - d)
    prices = np.zeros((N + 1, N + 1), like=sigma)  # was: prices = np.zeros((N + 1, N + 1))
    prices[0, 0] = S
    for i in range(1, N + 1):
        prices[i, 0] = prices[i - 1, 0] * u
        for j in range(1, i + 1):
            prices[i, j] = prices[i - 1, j - 1] * d
    value = np.zeros((N + 1, N + 1), like=sigma)  # was: value = np.zeros((N + 1, N + 1))
    for j in range(N + 1):
        value[N, j] = max(0, strike[0] - prices[N, j])
    for i in range(N - 1, -1, -1):
        for j in range(i + 1):
            value[i, j] = (p * value[i + 1, j] + (1 - p) * value[i + 1, j + 1]) / np.exp(r * dt)
            value[i, j] = max(value[i, j], strike[0] - prices[i, j])
    return value[0, 0]


@program(
    "means over rings of a detector, by masks",
    "silx-kit/pyFAI, as in spcl/npbench, npbench/benchmarks/azimint_naive/azimint_naive_numpy.py "
    "(CC BY 3.0)",
    lambda rng: (rng.random(20),),
)
def rings(data, npt=4):
    radius = np.linspace(0.1, 1.0, len(data))
    rmax = radius.max()
    res = np.zeros(npt, dtype=float, like=data)  # was: res = np.zeros(npt, dtype=float)
    for i in range(npt):
        inside = np.logical_and(rmax * i / npt <= radius, radius < rmax * (i + 1) / npt)
        res[i] = data[inside].mean()
    return res


@program(
    "correlations of columns, row by row",
    "spcl/npbench, npbench/benchmarks/polybench/correlation/correlation_numpy.py (BSD-3-Clause)",
    lambda rng: (rng.random((6, 3)),),
)
def correlations(data):
    mean = np.mean(data, axis=0)
    stddev = np.std(data, axis=0)
    stddev[stddev <= 0.1] = 1.0
    data -= mean
    data /= np.sqrt(len(data)) * stddev
    corr = np.eye(3, dtype=data.dtype, like=data)  # was: corr = np.eye(3, dtype=data.dtype)
    for i in range(2):
        corr[i + 1 :, i] = corr[i, i + 1 :] = data[:, i] @ data[:, i + 1 :]
    return corr
