"""What workers differentiate in tests, where they can import it; and what must hold of them all."""

import os
import pickle
import threading
import time
import warnings
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

import admodes as ad
from admodes import forward, reverse
from admodes.modes.containers import leaves

N = 24
WEIGHTS = np.random.default_rng(0).standard_normal((N, N)) / 5
X = np.linspace(-1.0, 1.0, N)


def energy(x, weights=WEIGHTS):
    return np.sum(np.tanh(weights @ np.sin(x)) ** 2)


def with_aux(x):
    y = np.cumsum(np.sin(x))
    return {"all": y, "last": y[-1]}, "aux"


def on_complex(z):
    return np.sum(np.abs(z) ** 2 * np.sin(np.real(z)))


def holomorphic(z):
    return z * np.sin(z)


def containers(tree):
    return tree["a"] * np.sum(tree["b"][0])


def scribbles(x, scratch):
    """It writes into an argument that is not differentiated by, and reads what it finds there."""
    y = np.sum(x * scratch)
    scratch += 1.0
    return y


def not_finite(x):
    return np.sum(np.where(x > 0, np.sqrt(np.maximum(x, 0.0)), 0.0))


def of_kolmogorov(x):
    import scipy.special  # which may be missing

    return np.sum(scipy.special.kolmogorov(x))


def slope(_y, x):
    return 2.0 * x


def another_slope(_y, x):
    return 3.0 * x


def with_a_pool(x):
    """It has workers of its own, and a derivative in it has."""
    with ProcessPoolExecutor(1) as pool:
        inner = forward.grad(energy, chunk_size=12, executor=pool)(X)
        return np.sum(x * x) * pool.submit(abs, -2.0).result() * inner[0]


Z = X + 1j * X[::-1]
TREE = {"a": X, "b": [np.arange(3.0)]}
DERIVATIVES = {
    "gradient": lambda e: forward.grad(energy, chunk_size=3, executor=e)(X),
    "gradient, a direction a pass": lambda e: forward.grad(energy, chunk_size=1, executor=e)(X),
    "value and gradient": lambda e: forward.value_and_grad(energy, chunk_size=5, executor=e)(X),
    "one chunk": lambda e: forward.grad(energy, executor=e)(X),
    "of nothing": lambda e: forward.grad(energy, executor=e)(X, weights=WEIGHTS),
    "of a number": lambda e: forward.grad(np.sin, executor=e)(2.0),
    "by complex numbers": lambda e: forward.grad(on_complex, chunk_size=7, executor=e)(Z),
    "of containers": lambda e: forward.jacobian(containers, chunk_size=4, executor=e)(TREE),
    "some entries": lambda e: forward.partials(energy, [5, 3, 8], chunk_size=1, executor=e)(X),
    "columns": lambda e: forward.jacobian(with_aux, has_aux=True, chunk_size=5, executor=e)(X),
    "rows": lambda e: reverse.jacobian(with_aux, has_aux=True, chunk_size=5, executor=e)(X),
    "holomorphic": lambda e: forward.jacobian(
        holomorphic, holomorphic=True, chunk_size=5, executor=e
    )(Z),
    "rows of complex numbers": lambda e: reverse.jacobian(
        lambda_free_curve, chunk_size=5, executor=e
    )(X),
    "either mode": lambda e: ad.jacobian(np.cumsum, chunk_size=5, executor=e)(X),
    "by mode=": lambda e: ad.grad(energy, mode="forward", chunk_size=5, executor=e)(X),
    "where slopes are infinite": lambda e: forward.grad(not_finite, chunk_size=4, executor=e)(
        np.arange(-8.0, 8.0)
    ),
    "scribbles": lambda e: forward.grad(scribbles, chunk_size=4, executor=e)(X, np.ones(N)),
    "scribbles, by a name": lambda e: forward.grad(scribbles, chunk_size=4, executor=e)(
        X, scratch=np.ones(N)
    ),
    "scribbles, by complex numbers": lambda e: forward.jacobian(
        complex_scribbles, chunk_size=4, executor=e
    )(Z, np.ones(N)),
    "hessian": lambda e: ad.hessian(partial(energy, weights=WEIGHTS[:9]), executor=e)(X),
    "hessian, in chunks": lambda e: in_chunks(e),
}


def lambda_free_curve(x):
    return np.exp(1j * x) * np.sum(x)


def in_chunks(executor):
    """Forward over reverse, as ``hessian`` does it, by several passes."""
    return forward.jacobian(reverse.grad(energy), chunk_size=5, executor=executor)(X)


def sparse(executor):
    """Sparse derivatives, by passes and by sweeps."""
    found = [
        ad.sparse_jacobian(neighbours, mode=mode, chunk_size=1, executor=executor)(X)
        for mode in ("forward", "reverse", "both")
    ]
    found.append(ad.sparse_hessian(valley, chunk_size=1, executor=executor)(X))
    return [each.toarray() for each in found]


def neighbours(x):
    return x[1:] * x[:-1] ** 2


def valley(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def assert_the_same(executor, names=DERIVATIVES):
    """Every derivative has the same bits, types and containers as without workers."""
    for name in names:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found, expected = (leaves(DERIVATIVES[name](each)) for each in (executor, None))
            for (path, a), (other, b) in zip(found, expected, strict=True):
                assert path == other, name
                assert type(a) is type(b), name
                if isinstance(a, np.ndarray):
                    assert a.dtype == b.dtype, name
                    assert a.shape == b.shape, name
                    assert a.tobytes() == b.tobytes(), name
                else:
                    assert a == b, name


class Home:
    """Functions that do something else in another process than in the one that made them."""

    def __init__(self):
        self.process = os.getpid()

    def is_away(self):
        return os.getpid() != self.process


class Dies(Home):
    def __call__(self, x):
        if self.is_away():
            os._exit(3)
        return np.sum(x * x)


class Raises(Home):
    def __call__(self, x):
        if self.is_away():
            raise ArithmeticError("not there")
        return np.sum(x * x)


class Unlike(Exception):
    """One that cannot be put together again from what it was pickled to."""

    def __init__(self, one, other):
        super().__init__(f"{one} and {other}")


class RaisesUnlike(Home):
    def __call__(self, x):
        if self.is_away():
            raise Unlike("this", "that")
        return np.sum(x * x)


class Differs(Home):
    def __call__(self, x):
        return np.sum(x * x) * (2 if self.is_away() else 1)


class Warns(Home):
    def __call__(self, x):
        if self.is_away():
            warnings.warn("from afar", stacklevel=2)
        return np.sum(x * x)


class Travels:
    """It notes each time that it has travelled, in a file."""

    def __init__(self, file, data):
        self.file, self.data = file, data

    def __setstate__(self, state):
        self.__dict__ |= state
        with Path(self.file).open("a", encoding="utf-8") as opened:
            opened.write(f"{os.getpid()}\n")

    def __call__(self, x):
        time.sleep(0.001)  # so that no worker makes all passes alone
        return np.sum(x * self.data)


class AtOnce(Executor):
    """It runs what it is given, as it would arrive in another process; and notes how large it is.

    What it runs is `far` away, if so: on a machine that has none of the caller's files.
    """

    def __init__(self, far=False):
        self.far, self.sizes, self.parts, self.along = far, [], [], 0

    def submit(self, fn, /, order, chunks, *data):
        self.sizes.append(len(pickle.dumps((order, chunks))))
        self.along += len(data)
        if self.far:
            order = order._replace(number=f"far {order.number}", file="/nowhere/at/all")
        future = Future()
        future.set_result(fn(order, chunks, *data))
        if not self.far or data:
            self.parts.append(sum(len(indices) for indices, _ in chunks))
        return future


class Aside(UserWarning):
    """Of a user's own."""

    def __init__(self, number):
        super().__init__(f"aside {number}")
        self.number = number


class WarnsOfItsOwn(Home):
    def __call__(self, x):
        if self.is_away():
            warnings.warn(Aside(7), stacklevel=1)
        return np.sum(x * x)


class Slightly(Home):
    """Another value in a worker: by little, in another order, or where the caller has a NaN."""

    def __init__(self, how):
        super().__init__()
        self.how, self.thread = how, threading.get_ident()

    def is_away(self):
        return super().is_away() or threading.get_ident() != self.thread

    def __call__(self, x):
        y = np.exp(x)
        if self.how == "little":
            return y * (1 + 1e-5 * self.is_away())
        if self.how == "order":
            return y[::-1] if self.is_away() else y
        return np.log(y - 2 * y[0] * (not self.is_away()))


CELL = compile("import warnings; warnings.warn('of a cell')", "<cell>", "exec")


def warns_in_a_cell(x):
    """As code of a notebook does: its file is that of no module."""
    exec(CELL, {})
    return np.sum(x)


def by(f, x):
    """What it is given may be whatever has a sum."""
    return f.total(x) if hasattr(f, "total") else f(x)


def complex_scribbles(z, scratch):
    y = np.abs(z) ** 2 * scratch
    scratch += 1.0
    return y


def by_caution(x):
    """It asks NumPy for errors, and does something else where it gets one."""
    try:
        return np.log(x)
    except FloatingPointError:
        return x * 2


def gradient(f, x=X, **options):
    return forward.grad(f, **{"chunk_size": 2, **options})(x)
