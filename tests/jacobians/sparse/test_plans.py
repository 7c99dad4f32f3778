"""``sparse_jacobian``, ``sparse_hessian``: right at every point, or an error that says why not."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import admodes as ad

pytest.importorskip("scipy")

from scipy import sparse

from admodes.jacobians.sparse import choice, making
from admodes.jacobians.sparse.reading import Sides, number_of
from tests.helpers import together
from tests.jacobians.sparse.problems import brusselator, rosenbrock

MODES = ("auto", "forward", "reverse", "both")
RNG = np.random.default_rng(0)


def bent(x):
    """A full row, a full column, and the diagonal."""
    return np.concatenate([np.sum(np.sin(x))[None], x[1:] ** 2 + x[0] ** 3])


@together
@pytest.mark.parametrize("mode", MODES)
def test_jacobians(mode):
    functions = {6: bent, 32: lambda x: brusselator(x, 4), 5: lambda x: np.outer(x, x[:2])}
    for n, f in functions.items():
        plan = ad.sparse_jacobian(f, mode=mode, chunk_size=3).plan(np.ones(n))
        for x in RNG.normal(size=(2, n)):
            found, expected = plan(x), ad.jacobian(f, mode="forward")(x)
            assert isinstance(found, sparse.csr_array)
            np.testing.assert_allclose(
                found.toarray(), np.reshape(expected, (-1, n)), rtol=1e-12, atol=1e-13
            )


def test_few_directions():
    x = RNG.normal(size=50)
    directions = {mode: ad.sparse_jacobian(bent, mode=mode).plan(x).directions for mode in MODES}
    assert directions == {"auto": 3, "forward": 50, "reverse": 50, "both": 3}
    assert ad.sparse_hessian(lambda x: np.sum(x * x * x[0])).plan(x).directions == 2
    assert ad.sparse_hessian(rosenbrock).plan(x).directions == 3


def test_hessians():
    hessian = ad.sparse_hessian(rosenbrock)
    for x in RNG.normal(size=(2, 20)):
        found = hessian(x)
        np.testing.assert_allclose(found.toarray(), ad.hessian(rosenbrock)(x), rtol=1e-12)
        assert (found != found.T).nnz == 0
    assert len(hessian._plans) == 1
    plan = ad.sparse_hessian(ad.checkpoint(rosenbrock)).plan(x)  # what is in it is seen
    assert plan.directions == 3
    np.testing.assert_allclose(plan(x).toarray(), found.toarray(), rtol=1e-12)


@pytest.mark.parametrize(
    ("times", "mode"),
    [
        ([2.0, 1.0], "reverse"),
        ([1.0, 2.0], "forward"),
        ([1.0, 0.9], "forward"),  # could be noise: forward mode has no recording to make
    ],
)
def test_the_quicker_mode_by_the_time_of_a_pass(monkeypatch, times, mode):
    monkeypatch.setattr(choice, "seconds", lambda parts, ways: times)
    assert ad.sparse_jacobian(np.diff).plan(np.ones(9)).mode == mode


def test_the_time_of_all_passes_by_the_first(monkeypatch):
    """The ways in turn, within a budget; the quickest turn counts."""
    now, chunks, order = [0.0], 3, []
    monkeypatch.setattr(choice, "perf_counter", lambda: now[0])

    class Part:
        def __init__(self, sides):
            order.append("reverse" if number_of(sides.rows) else "forward")
            self.each, self.chunks = 1e-3 * len(order), range(chunks)
            now[0] += 2e-3

        def __iter__(self):
            for _ in self.chunks:
                now[0] += self.each
                yield

    some, none = np.zeros(2, int), np.full(2, -1)
    ways = [Sides(some, none), Sides(none, some), Sides(some, some)]
    taken = choice.seconds(lambda sides: [Part(sides)], ways)
    assert order == ["forward", "reverse"] * 4  # after two turns 52 ms, more than the budget
    np.testing.assert_allclose(taken, [5e-3, 8e-3, 4e-3 + 3 * 7e-3])


def test_dtypes_and_containers():
    x = np.linspace(1, 2, 4, dtype=np.float32)
    for mode in MODES:
        found = ad.sparse_jacobian(np.diff, mode=mode)(x)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found.toarray(), np.diff(np.eye(4), axis=0))

    def f(w, scale, b):
        return {"a": w["a"] * scale, "b": b[0] ** 2, "n": 3}

    w = {"a": np.array([1.0, 2.0])}
    for mode in MODES:
        found = ad.sparse_jacobian(f, argnums=(0, 2), mode=mode)(w, 3.0, [0.5])
        np.testing.assert_array_equal(found.toarray(), [[3, 0, 0], [0, 3, 0], [0, 0, 1], [0, 0, 0]])
    assert ad.sparse_hessian(lambda x: x**3)(2.0).toarray() == 12
    assert ad.sparse_jacobian(lambda x: x * x)(np.zeros(0)).shape == (0, 0)


@together
@pytest.mark.parametrize("mode", MODES)
def test_less_precise_numbers_on_the_way(mode):
    """The random direction is rounded as they are, and that is not another branch."""

    def rough(x):
        return (np.float32(2) * x.astype(np.float32)[::-1] * x.astype(np.float32)).astype(float)

    x = RNG.normal(size=7)
    found = ad.sparse_jacobian(rough, mode=mode)(x).toarray()
    np.testing.assert_allclose(found, ad.jacobian(rough)(x), rtol=1e-6)
    both = ad.sparse_jacobian(lambda a, b: (a * 2, b * a), argnums=(0, 1), mode=mode)
    assert both(x.astype(np.float32), x).shape == (14, 14)


@together
@pytest.mark.parametrize("mode", MODES)
def test_entries_that_are_too_small_to_have_all_digits(mode):
    def tiny(x):
        return np.nextafter(x - x, 2.0) * np.arctan(x) * np.sin(x[::-1])

    x = np.random.default_rng(0).normal(size=6)
    found = ad.sparse_jacobian(tiny, mode=mode)(x)
    np.testing.assert_allclose(found.toarray(), ad.jacobian(tiny)(x), atol=1e-322)


def test_less_precise_numbers_on_the_way_to_a_hessian():
    x = RNG.normal(size=7)
    found = ad.sparse_hessian(lambda x: np.sum(x.astype(np.float32) ** 3).astype(float))(x)
    np.testing.assert_allclose(found.toarray(), np.diag(6 * x), rtol=1e-6)


@together
@pytest.mark.parametrize("mode", MODES)
def test_nothing_at_all(mode):
    x = np.ones(3)
    assert ad.sparse_jacobian(lambda x: (), mode=mode)(x).shape == (0, 3)
    assert ad.sparse_jacobian(lambda x: x * 2, argnums=(), mode=mode)(x).shape == (3, 0)
    assert ad.sparse_hessian(np.sum, argnums=())(x).shape == (0, 0)


def test_an_entry_that_is_not_finite_stays_where_it_is():
    x = np.array([1.0, -1.0, 0.0, 4.0])
    with np.errstate(all="ignore"):
        for mode in MODES:
            found = ad.sparse_jacobian(lambda x: np.sqrt(x) + x[::-1], mode=mode)(x).toarray()
            expected = ad.jacobian(lambda x: np.sqrt(x) + x[::-1], mode="forward")(x)
            np.testing.assert_array_equal(found, expected)
    assert np.isnan(found[1, 1])
    assert np.isinf(found[2, 2])


def branch(x):
    return x * x[::-1] if x[0] > 0 else x * x


@together
@pytest.mark.parametrize("mode", MODES)
def test_another_branch_is_noticed(mode):
    x = np.array([1.0, 2.0, 3.0])
    jacobian = ad.sparse_jacobian(branch, mode=mode)
    plan = jacobian.plan(-x)
    np.testing.assert_array_equal(plan(-x).toarray(), np.diag(-2 * x))
    with pytest.raises(
        ad.PatternChanged, match=r"of branch: along a random direction .* another plan"
    ):
        plan(x)
    for at in (x, -x, 2 * x):
        np.testing.assert_array_equal(jacobian(at).toarray(), ad.jacobian(branch)(at))
    assert jacobian.plan(x).pattern.nnz == 5  # of both branches
    longer = ad.sparse_jacobian(lambda x: x if x[0] > 0 else x[1:], mode=mode)
    with pytest.raises(ad.PatternChanged, match="there are no longer 3 outputs"):
        longer.plan(x)(-x)
    assert longer(-x).shape == (2, 3)


def test_a_pattern_that_lacks_an_entry_is_an_error(monkeypatch):
    def lacking(inputs):
        pattern, *others = traced(inputs)
        return sparse.csr_array(pattern.toarray() & ~np.eye(3, dtype=bool)), *others

    traced = making.traced
    monkeypatch.setattr(making, "traced", lacking)
    with pytest.raises(ad.PatternChanged):
        ad.sparse_jacobian(np.cumsum)(np.ones(3))


def test_what_cancels_is_no_derivative_to_rely_on():
    """Which digits are left is not known, and the error says so."""
    with pytest.raises(ad.PatternChanged, match="so much cancels on the way"):
        ad.sparse_jacobian(lambda x: (x[1:] * 1e12 + x[:-1]) - x[1:] * 1e12)(np.arange(1.0, 8.0))


def test_what_is_given_is_ones_own():
    x = np.ones(4)
    plan = ad.sparse_jacobian(np.diff).plan(x)
    first = plan(x)
    first.data[:] = first.indices[:] = 0
    np.testing.assert_array_equal(plan(x).toarray(), np.diff(np.eye(4), axis=0))
    np.testing.assert_array_equal(x, 1)


def counting_its_calls(x, calls):
    """Right only where it finds the constant as the caller gave it."""
    calls += 1
    y = calls[0] * x[1:] * x[:-1]
    return np.concatenate([y[:3], y[3:] + x[-1]]) if x[0] > 0 else np.append(y, x[0])


@together
@pytest.mark.parametrize("chunk_size", [1, None])
@pytest.mark.parametrize("mode", ["forward", "reverse", "both", "auto"])
def test_what_is_written_into_constants_is_written_once(mode, chunk_size):
    derivative = ad.sparse_jacobian(counting_its_calls, mode=mode, chunk_size=chunk_size)
    for x in (np.arange(1.0, 8), np.arange(-1.0, 6), np.arange(1.0, 8)):
        expected = ad.forward.jacobian(counting_its_calls)(x, np.zeros(1))
        own, by_name = np.zeros(1), np.zeros(1)
        derivative.plan(x, own)
        assert own == 0
        np.testing.assert_array_equal(derivative(x, own).toarray(), expected)
        np.testing.assert_array_equal(derivative(x, calls=by_name).toarray(), expected)
        assert own == by_name == 1


@pytest.mark.parametrize("mode", ["forward", "reverse", "both"])
def test_so_it_is_by_workers(mode):
    x, own = np.arange(1.0, 8), np.zeros(1)
    expected = ad.forward.jacobian(counting_its_calls)(x, np.zeros(1))
    with ThreadPoolExecutor(2) as executor:
        options = {"mode": mode, "chunk_size": 1, "executor": executor}
        found = ad.sparse_jacobian(counting_its_calls, **options)(x, own)
    np.testing.assert_array_equal(found.toarray(), expected)
    assert own == 1


@pytest.mark.parametrize("chunk_size", [1, None])
def test_so_it_is_in_a_hessian(chunk_size):
    x, own = np.arange(1.0, 8), np.zeros(1)
    hessian = ad.sparse_hessian(
        lambda x, c: np.sum(counting_its_calls(x, c) ** 2), chunk_size=chunk_size
    )
    expected = ad.hessian(lambda x: np.sum(counting_its_calls(x, np.zeros(1)) ** 2))(x)
    np.testing.assert_allclose(hessian(x, own).toarray(), expected)
    assert own == 1


def test_what_is_refused():
    diff = ad.sparse_jacobian(np.diff)
    plan = diff.plan(np.ones(4))
    with pytest.raises(
        ValueError, match=r"inputs of shape \(4,\) and float64, not of shape \(5,\)"
    ):
        plan(np.ones(5))
    with pytest.raises(TypeError, match="carries no derivatives"):
        ad.grad(lambda x: np.sum(diff(x).data))(np.ones(4))
    with pytest.raises(TypeError, match="the inputs must be real"):
        diff(np.ones(4) * 1j)
    with pytest.raises(TypeError, match="the inputs must be real"):
        ad.sparse_hessian(lambda z: np.abs(z[0]))(np.ones(4) * 1j)
    with pytest.raises(TypeError, match="the outputs must be real"):
        ad.sparse_jacobian(lambda x: x * 1j)(np.ones(4))
    with pytest.raises(TypeError, match="gradient needs one number"):
        ad.sparse_hessian(np.diff)(np.ones(4))
    with pytest.raises(ValueError, match="mode must be one of 'auto', 'forward'"):
        ad.sparse_jacobian(np.diff, mode="backward")
    with pytest.raises(ValueError, match="chunk_size"):
        ad.sparse_jacobian(np.diff, chunk_size=0)
    with pytest.raises(TypeError, match="not callable"):
        ad.pattern(3, np.ones(4))


def test_without_scipy_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for ask in (ad.sparse_jacobian, ad.sparse_hessian, lambda f: ad.pattern(f, np.ones(2))):
        with pytest.raises(ImportError, match=r"need scipy.*pip install scipy"):
            ask(np.diff)


def test_what_a_plan_reads_by_is_read_only():
    plan = ad.sparse_jacobian(bent).plan(np.ones(6))
    for array in (
        plan.pattern.data,
        plan.pattern.indices,
        plan.pattern.indptr,
        plan.column_colours,
        plan.row_colours,
    ):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    found = plan(np.ones(6))
    found.data[:] = found.indices[:] = 0  # that is the caller's


@pytest.mark.parametrize("mode", [np.array, np.array(["forward", "reverse"]), None, 1])
def test_a_mode_that_is_none(mode):
    with pytest.raises(
        ValueError, match="mode must be one of 'auto', 'forward', 'reverse', 'both'"
    ):
        ad.sparse_jacobian(bent, mode=mode)
