"""Rules as a textbook has them, in every way to give one, next to the same in plain NumPy code."""

import numpy as np

import admodes as ad

A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 10.0]])
X3 = np.array([0.3, -1.2, 0.7])
B3 = np.array([0.5, 1.5, -0.4])


def filled(x):
    y = np.zeros(2)
    y[0], y[1] = x[0] ** 2, x[0] + x[2]
    return y


def push_filled(x, t):
    s = np.empty(2)
    s[0], s[1] = 2 * x[0] * t[0], t[0] + t[2]
    return s


def pull_filled(x, ct):
    s = np.zeros(3)
    s[0] = 2 * x[0] * ct[0] + ct[1]
    s[2] = ct[1]
    return s


def softmax(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


def ways(function, push, pull, residual=None):
    """The same rule with both halves and with either alone."""
    options = {} if residual is None else {"residual": residual}
    return {
        "push and pull": ad.custom(function, push=push, pull=pull, **options),
        "push": ad.custom(function, push=push, **options),
        "pull": ad.custom(function, pull=pull, **options),
    }


#: name -> (the rules, the same function in plain NumPy code, where)
ONE = {
    "matrix times vector": (
        ways(lambda x: A @ x, lambda r, t: A @ t, lambda r, ct: A.T @ ct)
        | {"linear": ad.linear(lambda x: A @ x, transpose=lambda ct: A.T @ ct)},
        lambda x: A @ x,
        X3,
    ),
    "matrix times matrix": (
        ways(lambda x: A @ x, lambda r, t: A @ t, lambda r, ct: A.T @ ct)
        | {"linear": ad.linear(lambda x: A @ x, transpose=lambda ct: A.T @ ct)},
        lambda x: A @ x,
        A[:, :2] / 3,
    ),
    "softmax": (
        ways(
            softmax,
            lambda y, t: y * (t - np.dot(y, t)),
            lambda y, ct: y * (ct - np.dot(y, ct)),
            lambda y, x: softmax(x),  # which can be differentiated in its turn
        ),
        softmax,
        X3,
    ),
    "sum of squares": (
        ways(
            lambda x: x @ x,
            lambda x, t: 2 * (x @ t),
            lambda x, ct: 2 * x * ct,
            lambda y, x: x,
        ),
        lambda x: np.sum(x * x),
        X3,
    ),
    "outer product": (
        ways(
            lambda x: np.outer(x, x),
            lambda x, t: np.outer(x, t) + np.outer(t, x),
            lambda x, ct: ct @ x + x @ ct,
            lambda y, x: x,
        ),
        lambda x: x[:, None] * x,
        X3,
    ),
    "a number": (
        ways(
            lambda x: x**3,
            lambda r, t: 3 * r[1][0] ** 2 * t,
            lambda r, ct: 3 * r[1][0] ** 2 * ct,
        ),
        lambda x: x * x * x,
        0.7,
    ),
}
TWO = ways(
    lambda a, x: a @ x,
    lambda r, s, t: s @ r[1][1] + r[1][0] @ t,
    lambda r, ct: (np.outer(ct, r[1][1]), r[1][0].T @ ct),
) | {
    "multilinear": ad.multilinear(
        lambda a, x: a @ x,
        transposes=(lambda ct, a, x: np.outer(ct, x), lambda ct, a, x: a.T @ ct),
    )
}
