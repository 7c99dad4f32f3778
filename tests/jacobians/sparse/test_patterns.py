"""``pattern``: no entry is missing, and where the structure is known none is too many."""

import numpy as np
import pytest

import admodes as ad
from admodes import reverse
from admodes.modes.containers import leaves
from tests.faces.test_random_programs import BINARY, UNARY, run
from tests.helpers import together

pytest.importorskip("scipy")

from tests.cases import tables
from tests.jacobians.sparse.problems import brusselator


def flattened(derivative, outputs, inputs):
    """A Jacobian as one matrix."""
    blocks = iter([x for _, x in leaves(derivative)])
    rows = [
        np.concatenate([np.reshape(next(blocks), (np.size(y), np.size(x))) for x in inputs], axis=1)
        for y in outputs
    ]
    return np.concatenate(rows)


@pytest.mark.slow
@together
@pytest.mark.parametrize("name", sorted(tables()))
def test_no_primitive_loses_an_entry(name):
    """A part of the rows of the table of cases, among them one of each kind."""
    for case in tables()[name][::7]:
        found = ad.pattern(case.f, *case.args).toarray()
        if any(map(np.iscomplexobj, case.args)):
            continue
        numbers = tuple(range(len(case.args)))
        jacobian = ad.jacobian(case.f, numbers, mode="forward")(*case.args)
        outputs = [y for _, y in leaves(case.f(*case.args))]
        inputs = [x for _, x in leaves(case.args)]
        expected = flattened(jacobian, outputs, inputs) != 0
        assert not np.any(expected & ~found), case


def test_no_program_loses_an_entry():
    rng = np.random.default_rng(0)
    for _ in range(15):
        steps = rng.integers(0, (len(UNARY) + len(BINARY), 50, 50), (6, 3)).tolist()
        at = rng.normal(size=3)
        found = ad.pattern(lambda x, steps=steps: run(steps, x), at).toarray()
        gradient = reverse.grad(lambda x, steps=steps: np.sum(run(steps, x)))
        second = ad.pattern(gradient, at).toarray()
        for x in (at, at * rng.uniform(0.5, 1.5, 3)):
            f = lambda x, steps=steps: run(steps, x)  # noqa: E731  # it is handed on at once
            assert not np.any((ad.jacobian(f)(x) != 0) & ~found)
            hessian = ad.hessian(lambda x, f=f: np.sum(f(x)))(x)
            assert not np.any((hessian != 0) & ~(second | second.T))


BANDED = np.diag(np.ones(3), 1) + np.eye(4)
X = np.array([0.3, -0.7, 1.1, 0.4])
EYE, ONES = np.eye(4, dtype=int), np.ones((4, 4), int)
EXACT = {
    "entry by entry": (lambda x: np.sin(x) * x / (2 + x), EYE),
    "a number times": (lambda x: x[1] * x, EYE | ONES * (np.arange(4) == 1)),
    "moved": (lambda x: np.roll(x[::-1].reshape(2, 2).T.ravel(), 1), EYE[[0, 3, 1, 2]]),
    "joined": (lambda x: np.concatenate([x[2:], [0.0], x[:1]]), [*EYE[2:], 0 * X, EYE[0]]),
    "taken twice": (lambda x: x[[0, 0, 3]], EYE[[0, 0, 3]]),
    "both branches": (lambda x: np.where(x > 0, x, x[::-1]), EYE | EYE[::-1]),
    "sums": (lambda x: x.reshape(2, 2).sum(1), [[1, 1, 0, 0], [0, 0, 1, 1]]),
    "means": (lambda x: x.reshape(2, 2).mean(0), [[1, 0, 1, 0], [0, 1, 0, 1]]),
    "largest of some": (lambda x: x.reshape(2, 2).max(1), [[1, 1, 0, 0], [0, 0, 1, 1]]),
    "the largest": (np.max, [[1, 1, 1, 1]]),
    "running": (np.cumsum, np.tri(4)),
    "differences": (np.diff, (EYE | EYE[[1, 2, 3, 0]])[:3]),
    "sorted": (lambda x: np.sort(x.reshape(2, 2)).ravel(), np.kron(np.eye(2), np.ones((2, 2)))),
    "banded times": (lambda x: BANDED @ x, BANDED),
    "banded einsum": (lambda x: np.einsum("ij,j->i", BANDED, x), BANDED),
    "rows times columns": (
        lambda x: (x.reshape(2, 2) @ np.array([[1.0], [2.0]])).ravel(),
        [[1, 1, 0, 0], [0, 0, 1, 1]],
    ),
    "outer": (lambda x: np.outer(x[:2], x[2:]).ravel(),
              [[1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 0, 1]]),
    "convolved": (lambda x: np.convolve(x, [1.0, 0.0, 2.0], "valid"), [[1, 0, 1, 0], [0, 1, 0, 1]]),
    "a stack of matrices": (
        lambda x: np.linalg.det(np.stack([x[0] * np.eye(2), x[3] * np.eye(2)])),
        [[1, 0, 0, 0], [0, 0, 0, 1]],
    ),
    "written": (lambda x: written(x), [EYE[0], EYE[3], EYE[2], EYE[3]]),
    "a checkpoint": (ad.checkpoint(lambda x: x * x), EYE),
    "no input": (lambda x: np.ones(2), np.zeros((2, 4))),
}  # fmt: skip


def written(x):
    y = np.copy(x)
    y[1] = x[3] * 2
    return y


@together
@pytest.mark.parametrize("name", EXACT)
def test_a_kind_of_operation_is_exact(name):
    f, expected = EXACT[name]
    np.testing.assert_array_equal(ad.pattern(f, X).toarray(), np.array(expected, bool))


def test_what_is_not_known_is_dense():
    twice = ad.linear(lambda x: 2 * x, transpose=lambda ct: 2 * ct)
    assert ad.pattern(twice, X).toarray().all()
    read = ad.linear(lambda x: x[::-1], transpose=lambda ct: ct[::-1])
    read.name = "read"  # as one of this package's
    assert ad.pattern(read, X).toarray().all()


def test_containers_and_several_arguments():
    def f(w, b):
        return {"sum": w["a"] + b, "first": w["c"] * 1.0, "none": 3}

    found = ad.pattern(f, {"a": np.ones(2), "c": 2.0}, np.ones(2)).toarray() * 1
    expected = [[1, 0, 0, 1, 0], [0, 1, 0, 0, 1], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]]
    np.testing.assert_array_equal(found, expected)
    by_second = ad.pattern(f, {"a": np.ones(2), "c": 2.0}, np.ones(2), argnums=1)
    np.testing.assert_array_equal(by_second.toarray(), np.array(expected, bool)[:, 3:])


def test_brusselator():
    found = ad.pattern(lambda x: brusselator(x, 4), np.ones(32))
    assert found.nnz == 2 * 16 * 6  # five points, and the other species


def test_what_does_not_fit_says_so():
    with pytest.raises(MemoryError, match=r"1,000,000,000,000 entries.*Use admodes\.jacobian"):
        ad.pattern(lambda x: x / np.sum(x), np.ones(10**6))
