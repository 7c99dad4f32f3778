"""What an evaluation, a forward pass and a reverse pass do, by count, against closed forms."""

import threading
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

import admodes as ad
from admodes.core.costs import Cost
from admodes.counting import Counts, count, evaluation, gradient, shares, tangent
from tests.cases import normal, positive
from tests.harness.counts import arithmetic, every_count

SIZES = (2, 3, 10, 77)


def cost(moves, additions=0, multiplications=0, nonlinear=0):
    return Cost(moves, additions, multiplications, nonlinear)


def beyond(counts, f, *args):
    """What a pass does beside the evaluation."""
    return (counts - evaluation(f, *args)).cost


# --- Closed forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("n", SIZES)
def test_a_sum_of_squares(n):
    def f(x):
        return np.sum(x * x)

    x = normal(n)
    assert evaluation(f, x) == Counts(2, cost(3 * n + n + 1, n - 1, n))
    # t * x, twice; the sum of both; its sum.
    pushed = beyond(tangent(f, x), f, x)
    assert pushed == cost(2 * 3 * n + 3 * n + n + 1, n + n - 1, 2 * n)
    # The cotangent of the sum is repeated, for nothing; ct * x, twice; the sum of both.
    pulled = beyond(gradient(f, x), f, x)
    assert pulled == cost(2 * 3 * n + 3 * n, n, 2 * n)


@pytest.mark.parametrize("n", SIZES)
def test_rosenbrock(n):
    def f(x):
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    x, m = normal(n), n - 1
    assert evaluation(f, x) == Counts(
        11,  # three reads, three squares; 100 times; two differences, a sum of two, a sum of all
        cost(
            3 * 2 * m + (2 * m + 1) + 3 * m + (2 * m + 1) + 3 * m + (m + 1),
            additions=3 * m + (m - 1),
            multiplications=4 * m,
        ),
    )
    # For each square x + x and a product; for all else what it is itself.
    pushed = beyond(tangent(f, x), f, x)
    assert pushed.operations == 3 * 2 * m + m + 3 * m + (m - 1)
    # For each square the same; 100 * ct; -ct of both differences. Then the parts of the three reads
    # are added to an array of zeros.
    pulled = beyond(gradient(f, x), f, x)
    assert pulled == cost(
        3 * 6 * m + (2 * m + 1) + 2 * 2 * m + (n + 3 * 3 * m),
        additions=3 * m + 2 * m + 3 * m,
        multiplications=3 * m + m,
    )


@pytest.mark.parametrize("n", SIZES)
def test_a_chain_of_multiplications(n):
    def power(x):
        y = x
        for _ in range(n):
            y = y * x
        return y

    for x, size in ((1.01, 1), (normal(5), 5)):
        assert evaluation(power, x) == Counts(n, cost(3, 0, 1) * n * size)
        # Two products and their sum for each.
        pushed = beyond(tangent(power, x), power, x)
        assert pushed == cost(9, 1, 2) * n * size
        # Two products for each; of the n + 1 cotangents of x the first is there already.
        pulled = beyond(gradient(power, x), power, x)
        assert pulled == cost(9, 1, 2) * n * size


@pytest.mark.parametrize("n", [2, 3, 7])
def test_a_chain_of_matrices_is_linear_so_that_each_pass_takes_two_evaluations(n):
    matrices = [normal(n, n, seed=seed) for seed in range(4)]

    def chain(x):
        for matrix in matrices:
            x = matrix @ x
        return x

    for x in (normal(n), normal(n, 5)):
        once = Cost(n * n + 2 * x.size, x.size * (n - 1), x.size * n) * len(matrices)
        assert evaluation(chain, x) == Counts(len(matrices), once)
        assert tangent(chain, x).cost == once * 2
        assert gradient(chain, x).cost == once * 2


@pytest.mark.parametrize(("m", "k", "n"), [(2, 3, 4), (5, 1, 2)])
def test_a_product_of_matrices(m, k, n):
    a, b = normal(m, k), normal(k, n)
    once = cost(m * k + k * n + m * n, m * n * (k - 1), m * n * k)
    assert evaluation(np.matmul, a, b).cost == once
    # ȧ b + a ḃ
    assert tangent(np.matmul, a, b).cost == once * 3 + cost(3 * m * n, m * n)
    # ct bᵀ has n products for each of its sums, aᵀ ct has m.
    pulled = beyond(gradient(np.matmul, a, b), np.matmul, a, b)
    moves = 2 * (m * k + k * n + m * n)
    assert pulled == cost(moves, m * k * (n - 1) + k * n * (m - 1), 2 * m * n * k)


@pytest.mark.parametrize("n", SIZES)
def test_reading_n_entries_takes_n_steps(n):
    def neighbours(x):
        return sum(x[i] * x[i + 1] for i in range(len(x) - 1))

    x, pairs = normal(n), n - 1
    # Two reads, which are views; a product; a sum of two.
    assert evaluation(neighbours, x) == Counts(4 * pairs, cost(6, 1, 1) * pairs)
    pulled = beyond(gradient(neighbours, x), neighbours, x)
    # Two products a pair; and the parts of all reads in one array.
    assert pulled == cost(6, 0, 2) * pairs + cost(n) + cost(3, 1) * 2 * pairs


def test_parts_of_an_array_that_is_used_whole_too():
    """As a plain sweep does it: into what is there, or into zeros, which are added to the rest."""
    x = normal(5)

    def after(x):  # the sweep comes to the sine first
        return x[0] * np.sum(np.sin(x))

    def before(x):
        return np.sum(np.sin(x)) * x[0]

    for f in (after, before):
        found = shares(f, x)["read"].gradient.cost
        assert found == (cost(3, 1) if f is after else cost(5 + 3, 1)), f


@pytest.mark.parametrize("n", SIZES)
def test_solving(n):
    """The tangent and the cotangent are each one more solution: with b given, nothing else."""
    a, b = np.eye(n) + 0.1 * normal(n, n), normal(n)
    solve = partial(np.linalg.solve, a)
    once = evaluation(solve, b).cost
    assert tangent(solve, b).cost == once * 2
    assert gradient(solve, b).cost == once * 2


# --- Many directions ------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 2, 3, 10])
def test_k_directions_take_k_times_the_work_of_one(k):
    """Exactly, where a local derivative is there already; what is broadcast is read once."""
    n = 7
    x, matrix = normal(n), normal(n, n)

    def squares(x):
        return np.sum(x * x)

    one = beyond(tangent(squares, x), squares, x)
    many = beyond(tangent(squares, x, directions=k), squares, x)
    assert many == one * k - cost(2 * n * (k - 1))  # x, by which both tangents are multiplied
    assert many.operations == one.operations * k

    product = partial(np.matmul, matrix)
    one = beyond(tangent(product, x), product, x)
    many = beyond(tangent(product, x, directions=k), product, x)
    assert many == one * k - cost(n * n * (k - 1))

    def total(x):
        return np.sum(x) + np.sum(x[1:])

    assert beyond(tangent(total, x, directions=k), total, x) == (
        beyond(tangent(total, x), total, x) * k
    )


@pytest.mark.parametrize("k", [2, 5])
def test_a_local_derivative_is_worked_out_once(k):
    n = 7
    x = normal(n)
    derivative = Cost(2 * n, nonlinear=n)  # the cosine
    along = beyond(tangent(np.sin, x, directions=k), np.sin, x)
    assert along == derivative + Cost((k + 1 + k) * n, multiplications=k * n)
    back = beyond(gradient(np.sin, x, rows=k), np.sin, x)
    assert back == along


# --- The same anywhere ----------------------------------------------------------------------------


#: (f, values at which it is as usual, values at which it takes another way): in the docstring
ANOTHER_WAY = {
    "entries that tie": (np.max, [1.0, 2.0, 3.0], [1.0, 3.0, 3.0]),
    "a zero in a product": (np.prod, [1.0, 2.0, 3.0], [1.0, 0.0, 3.0]),
    "a zero in a running product": (np.cumprod, [1.0, 2.0, 3.0], [1.0, 0.0, 3.0]),
    "a determinant that is 0": (np.linalg.det, [[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [2.0, 4.0]]),
    "infinity times zero": (lambda x: (x ** np.array(0.5)) ** 2, [1.0, 4.0], [1.0, 0.0]),
    "a base that is 0": (lambda x: x[:1] ** x[1:], [1.5, 0.5], [0.0, 0.5]),
    "a branch": (lambda x: np.sin(x) if x[0] > 0 else x, [1.0], [-1.0]),
}


@pytest.mark.parametrize("name", ANOTHER_WAY)
def test_what_depends_on_values(name):
    f, usual, other = ANOTHER_WAY[name]
    found = [every_count(f, np.array(values)) for values in (usual, other)]
    assert found[0] != found[1]
    if name not in ("a branch", "a zero in a running product"):
        assert found[0][0].cost == found[1][0].cost, "the evaluation is the same"


def test_a_largest_entry_is_searched_for_whether_or_not_others_are_as_large():
    n = 10
    alone, tied = np.arange(float(n)), np.ones(n)
    for x in (alone, tied):
        assert evaluation(np.max, x) == Counts(1, cost(n + 1, n - 1))
    # One entry is read, and one is written to; of ties each gets its share.
    assert beyond(tangent(np.max, alone), np.max, alone) == Cost()
    assert beyond(gradient(np.max, alone), np.max, alone) == cost(n + 3, 1)
    assert beyond(tangent(np.max, tied), np.max, tied).operations == (n - 1) + 1
    assert beyond(gradient(np.max, tied), np.max, tied).multiplications == 1


def test_in_a_thread_the_same():
    found = []
    thread = threading.Thread(target=lambda: found.append(gradient(np.prod, positive(5))))
    thread.start()
    thread.join()
    assert found == [gradient(np.prod, positive(5))]


# --- Arguments and outputs ------------------------------------------------------------------------


@dataclass
class Pair:
    a: object
    b: object


def test_containers_and_several_outputs():
    def f(pair, scale):
        return {"product": pair["a"] * pair["b"], "scaled": [pair["a"] * scale, 3]}

    args = {"a": normal(4), "b": normal(4)}, 2.0
    product, scaled = cost(12, 0, 4), cost(9, 0, 4)
    assert evaluation(f, *args) == Counts(2, product + scaled)
    pushed = beyond(tangent(f, *args), f, *args)
    assert pushed == product * 2 + cost(12, 4) + cost(9, 0, 4) * 2 + cost(12, 4)
    pulled = beyond(gradient(f, *args), f, *args)
    # a gets ct * b and ct * 2, and their sum; the factor the sum of its ct * a.
    assert pulled == product * 2 + cost(9, 0, 4) + cost(12, 4) + product + cost(5, 3)
    assert evaluation(lambda pair: pair.a * pair.b, Pair(1.0, 2.0)) == Counts(1, cost(3, 0, 1))


def test_several_rows():
    f, x = (lambda x: (x * 2.0, np.sum(x))), normal(4)
    one, two, three = (gradient(f, x, rows=k).cost for k in (1, 2, 3))
    assert three.operations - two.operations == two.operations - one.operations
    # ct * 2, and the repeated cotangent of the sum added to it
    assert beyond(gradient(f, x, rows=3), f, x) == cost(3 * 8 + 1 + 3 * 12, 12, 12)


def test_integers_and_constants_count_for_nothing():
    steps = np.arange(3)
    assert evaluation(lambda x: steps * steps, 1.0) == Counts()
    assert evaluation(lambda x, n: (n + 1) * x, 1.0, 3) == Counts(1, cost(3, 0, 1))
    assert gradient(lambda x: steps.sum(), 1.0) == Counts()
    assert evaluation(lambda x: np.floor(x) + np.sign(x) > 0, normal(3)) == Counts()


def test_a_second_derivative_is_counted_like_anything_else():
    x, v = normal(5), normal(5, seed=1)
    hvp = partial(ad.hvp, lambda x: np.sum(x * x * x))
    product, counts = count(lambda x, v: hvp((x,), (v,))[0], x, v)
    np.testing.assert_allclose(product, 6 * x * v)
    assert counts.cost.operations > gradient(lambda x: np.sum(x * x * x), x).cost.operations


def test_counts_of_a_count():
    """A count is a computation, too: the inner one counts what the outer one counts."""
    (result, inner), outer = count(partial(count, lambda x: x * x), normal(3))
    assert inner == outer == Counts(1, cost(9, 0, 3))
    np.testing.assert_array_equal(result, normal(3) ** 2)
    # Nor does it drop a derivative.
    assert ad.grad(lambda x: count(lambda x: x**3, x)[0])(2.0) == 12.0


def test_an_escaped_number_is_an_error():
    kept = []
    count(lambda x: kept.append(x) or x, 1.0)
    with pytest.raises(RuntimeError, match="ended"):
        ad.grad(lambda x: x * kept[0])(2.0)


def test_counts_add_up():
    one = Counts(1, cost(2, 3))
    assert one + one == one * 2
    assert one * 3 - one == one * 2
    assert Counts() + one == one


# --- Shares ---------------------------------------------------------------------------------------


def test_a_share_is_of_the_primitive_that_is_differentiated():
    found = shares(lambda x: np.sum(np.sin(x[1:]) * x[:-1]), normal(5))
    assert list(found) == ["read", "sin", "multiply", "sum"]
    assert found["sin"].tangent == Counts(2, cost(8 + 12, 0, 4, 4))  # cos(x), and times t
    assert found["sin"].gradient == found["sin"].tangent
    assert found["read"].evaluation == Counts(2, Cost())
    assert found["read"].gradient == Counts(1, cost(5 + 3 * 8, 8))
    assert found["sum"].gradient == Counts(1, Cost())  # one number, repeated
    # What a rule works out while it is recorded is of the derivative.
    product = shares(np.prod, positive(3))
    assert product["prod"].evaluation == Counts(1, cost(4, 0, 2))
    assert product["prod"].gradient.cost == cost(9 + 9, 0, 6, 3)  # y / x, and times ct


# --- The theory -----------------------------------------------------------------------------------


def test_arithmetic_of_the_elementals_is_as_griewank_and_walther_count_it():
    """A tangent of a product: 2 products and a sum. An adjoint: those and a sum for the other."""
    x, y = positive(5), positive(5, seed=1)
    table = {  # additions, multiplications, nonlinear operations for each entry
        np.add: ((1, 0, 0), (0, 0, 0)),
        np.multiply: ((1, 2, 0), (0, 2, 0)),
    }
    for f, (pushed, pulled) in table.items():
        assert arithmetic(beyond(tangent(f, x, y), f, x, y)) == tuple(5 * n for n in pushed)
        # A first cotangent is not added to zero, which they count.
        assert arithmetic(beyond(gradient(f, x, y), f, x, y)) == tuple(5 * n for n in pulled)
    for f in (np.sin, np.exp):
        once, and_again = arithmetic(beyond(tangent(f, x), f, x)), f is np.sin
        assert once == (0, 5, 5 * and_again)  # the exponential is its own derivative


# --- Evaluated again ------------------------------------------------------------------------------


def test_what_is_evaluated_again_is_counted_again():
    """A checkpoint's gradient takes one evaluation more; a loop's, those that its schedule says."""

    def step(x):
        return np.sin(x) * x

    def loop(x):
        for _ in range(6):
            x = step(x)
        return np.sum(x)

    x = normal(5)
    whole = ad.checkpoint(loop)
    assert evaluation(whole, x) == evaluation(loop, x)
    assert tangent(whole, x) == tangent(loop, x)
    assert gradient(whole, x) == gradient(loop, x) + evaluation(loop, x)

    def by_steps(x):
        return np.sum(ad.checkpoint(step, steps=6, snapshots=2)(x))

    assert evaluation(by_steps, x) == evaluation(loop, x)
    again = gradient(by_steps, x) - gradient(loop, x)
    assert again.cost.nonlinear % x.size == 0
    assert again.cost.nonlinear > 6 * x.size
