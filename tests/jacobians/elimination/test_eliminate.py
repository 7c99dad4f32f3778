"""``eliminate``: every order gives the same Jacobian, and costs what it is said to."""

import itertools
from fractions import Fraction
from random import Random

import numpy as np
import pytest

import admodes as ad
from admodes.jacobians.elimination.elimination import Elimination, counted
from admodes.jacobians.elimination.links import linked, multiplications
from admodes.jacobians.elimination.orders import highest_first, markowitz
from tests.helpers import together


def olah(a, b):
    return (a + b) * (b + 1)


def turned():
    """What is linear by a factor that changes between the calls."""
    factor = [1.0]
    scale = ad.linear(lambda x: x * factor[0], transpose=lambda ct: ct * factor[0], name="scale")
    found = ad.eliminate(lambda x: np.sin(scale(x)), np.ones(2))
    factor[0] = -1.0
    return found.jacobian_at(np.ones(2))


def narrow(a, b, c):
    s = a * b * c
    t = np.sin(s)
    return t * 2, t * a, t * 4


def shared(x, y):
    """An output of which others are computed, one that is an input, and one that is constant."""
    u = x * y
    v = np.exp(u) + x
    return u, v * u, y, 2.0, u


def lattice(x, y, z):
    for _ in range(2):
        x, y, z = x * y, y * z, z * x + y
    return x / z, np.tanh(y)


def signs(x, y):
    u = x - y
    v = -u
    w = v - x * v
    return u - w, -(w - v), w * v


CASES = {
    "signs": (signs, (0.5, -1.5)),
    "olah": (olah, (2.0, 1.0)),
    "narrow": (narrow, (1.0, 2.0, 3.0)),
    "shared": (shared, (0.3, 0.7)),
    "lattice": (lattice, (0.5, 1.5, -0.7)),
}


def modes(f, args):
    """The Jacobian by both modes, as a matrix."""

    def flat(x):
        parts = f(*x)
        parts = parts if isinstance(parts, tuple) else (parts,)
        return np.stack([part + 0.0 * x[0] for part in parts])

    x = np.array(args)
    return ad.jacobian(flat, mode="forward")(x), ad.jacobian(flat, mode="reverse")(x)


def orders(found, count, seed=0):
    """Some of all orders, all where there are few."""
    if len(found.order) <= 4:
        return list(itertools.permutations(sorted(found.order)))
    rng = Random(seed)
    return [rng.sample(found.order, len(found.order)) for _ in range(count)]


@together
@pytest.mark.parametrize("name", CASES)
def test_every_order_gives_the_jacobian_of_both_modes(name):
    f, args = CASES[name]
    forward = ad.eliminate(f, *args, order="forward")
    exact = forward.exact_jacobian()
    assert isinstance(exact[0][0], Fraction)
    for mode in modes(f, args):
        np.testing.assert_allclose(forward.jacobian, mode, rtol=1e-13, atol=0)
    links = linked(len(forward.names), len(forward.inputs), forward.outputs, forward.edges)
    for order in orders(forward, 20):
        found = Elimination(
            f, forward.numbers, forward.edges, order, "given", None, None, "all", {}
        )
        assert found.exact_jacobian() == exact  # to the last bit, whatever the order
        np.testing.assert_allclose(found.jacobian, forward.jacobian, rtol=1e-13)
        assert found.multiplications == multiplications(links, order)
        assert found.nontrivial <= found.multiplications


@together
@pytest.mark.parametrize("name", CASES)
def test_the_best_order_is_the_least_of_all(name):
    f, args = CASES[name]
    found = ad.eliminate(f, *args, seconds=20)
    links = linked(len(found.names), len(found.inputs), found.outputs, found.edges)
    assert found.proven
    assert found.multiplications == found.at_least == multiplications(links, found.order)
    tried = [multiplications(links, order) for order in orders(found, 200)]
    assert found.multiplications <= min(tried)
    if len(links.inner) <= 4:
        assert found.multiplications == min(tried)


def test_what_the_orders_of_the_textbook_cost():
    found = ad.eliminate(olah, 2.0, 1.0)
    assert (found.multiplications, found.nontrivial) == (3, 0)
    assert found.others["forward"] == found.others["reverse"] == (3, 0)
    np.testing.assert_array_equal(found.jacobian, [[2.0, 5.0]])
    chain = ad.eliminate(narrow, 1.0, 2.0, 3.0, order="forward")
    assert chain.multiplications == 2 * 1 + 3 * 1 + 3 * 3
    assert ad.eliminate(narrow, 1.0, 2.0, 3.0, order="reverse").multiplications == 15
    best = ad.eliminate(narrow, 1.0, 2.0, 3.0, order=["s", "*", "t"])
    assert best.multiplications == 2 * 1 + 2 * 1 + 3 * 3


def test_each_number_has_a_name_of_its_own():
    found = ad.eliminate(lambda a, b: a * b * a * b + a * b, 2.0, 3.0)
    assert found.names[:5] == ("a", "b", "*", "* 2", "* 3")
    assert len(set(found.names)) == len(found.names) == len(found.labels)
    assert set(found.labels[2:5]) == {"*"}
    again = ad.eliminate(
        lambda a, b: a * b * a * b + a * b, 2.0, 3.0, order=["* 2", "*", "* 3", "* 4"]
    )
    assert [again.names[number] for number in again.order][:3] == ["* 2", "*", "* 3"]
    one = str(ad.eliminate(lambda x: np.sin(x * 3), 1.0)).splitlines()[0]
    assert one.endswith("1 input, 1 inner number, 2 edges, 1 output")


def test_the_jacobian_is_nobodys_to_write_into():
    found = ad.eliminate(olah, 2.0, 1.0)
    with pytest.raises(ValueError, match="read-only"):
        found.jacobian[0, 0] = 7
    found.jacobian_at(2.0, 1.0)[0, 0] = 7  # which is new
    np.testing.assert_array_equal(found.jacobian, [[2.0, 5.0]])


def test_multiplications_by_one_may_be_free():
    def f(a, b):
        c = a + b
        d = c - a
        return c * d, d * a, c - 2 * d

    free = ad.eliminate(f, 2.0, 3.0, count="nontrivial", seconds=20)
    counts = [counted(free.numbers, free.edges, order) for order in orders(free, 0)]
    assert free.proven
    assert free.nontrivial == min(each.nontrivial for each in counts)
    assert free.nontrivial < max(each.nontrivial for each in counts)
    assert "fewer multiplications by others than ±1: that is proven" in str(free)


def test_ties_are_broken_by_place():
    links = linked(5, 1, [4], [(0, 1), (1, 2), (2, 3), (3, 4)])
    assert markowitz(links) == [1, 2, 3]
    assert markowitz(links, highest_first) == [3, 2, 1]


def test_an_output_that_is_used_keeps_its_derivatives():
    found = ad.eliminate(shared, 0.3, 0.7, order="reverse")
    u, v = 0.21, np.exp(0.21) + 0.3
    slope = np.exp(u) * u + v
    np.testing.assert_allclose(
        found.jacobian,
        [[0.7, 0.3], [slope * 0.7 + u, slope * 0.3], [0, 1], [0, 0], [0.7, 0.3]],
    )
    assert found.outputs[3] == -1
    assert found.outputs[0] == found.outputs[4]


def test_steps_tell_what_is_merged():
    found = ad.eliminate(olah, 2.0, 1.0, order="forward")
    first, second = found.steps
    a, b, c, d, e = range(5)
    assert (first.number, first.predecessors, first.successors) == (c, (a, b), (e,))
    assert first.edges == {(a, e): 2.0, (b, e): 2.0}
    assert (second.number, second.edges) == (d, {(b, e): 5.0})


def test_arrays_are_taken_entry_by_entry():
    def f(x, w):
        y = np.tanh(w @ x[1:])
        z = np.concatenate([y, x[:1], np.ones(1)])
        return {"sum": np.sum(z * z), "rest": z[::-1] * 2}

    x, w = np.array([0.3, 0.2, 0.5]), np.array([[0.1, 0.2], [0.4, -0.3]])
    before = x.copy(), w.copy()
    found = ad.eliminate(f, x, w, order="markowitz")
    by_modes = ad.jacobian(f, argnums=(0, 1))(x, w)
    rows = [np.concatenate([np.ravel(each) for each in by_modes["sum"]])]
    rows += [np.concatenate([np.ravel(each[i]) for each in by_modes["rest"]]) for i in range(4)]
    np.testing.assert_allclose(found.jacobian, rows, rtol=1e-13, atol=1e-16)
    assert found.names[:4] == ("x[0]", "x[1]", "x[2]", "w[0, 0]")
    assert not any(name.startswith("concatenate") for name in found.names)  # it only moves them
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(w, before[1])


def test_other_arguments_and_programs():
    found = ad.eliminate(narrow, 1.0, 2.0, 3.0, seconds=5)
    point = 2.0, 0.5, 1.5
    expected = modes(narrow, point)[0]
    np.testing.assert_allclose(found.jacobian_at(*point), expected, rtol=1e-13)
    program = ad.program(found.entries_at, 1.0, 2.0, 3.0)
    np.testing.assert_allclose(program(*point), expected, rtol=1e-13)
    np.testing.assert_allclose(ad.program(found.jacobian_at, *point)(*point), expected, rtol=1e-13)
    steps = [line for line in program.source.splitlines() if "*" in line and "#" not in line]
    assert len(steps) <= found.nontrivial + 2  # nothing is multiplied but what is counted


def test_the_derivative_of_an_eliminated_jacobian():
    found = ad.eliminate(lambda x: np.sin(x) * x, 0.5, order="reverse")
    second = ad.grad(lambda x: found.jacobian_at(x)[0, 0])(0.5)
    assert second == pytest.approx(2 * np.cos(0.5) - 0.5 * np.sin(0.5))


@pytest.mark.parametrize("where", ["jacobian", "jacobian_at"])
def test_eliminated_inside_another_differentiation(where):
    def total(x):
        found = ad.eliminate(lambda x: x[1:] * x[:-1] ** 2, x, order="reverse")
        return np.sum(found.jacobian if where == "jacobian" else found.jacobian_at(x))

    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(ad.grad(total)(x), [6.0, 12.0, 4.0])
    np.testing.assert_allclose(ad.jvp(total, (x,), (np.ones(3),))[1], 22.0)


def test_an_order_may_be_an_array():
    found = ad.eliminate(olah, 2.0, 1.0, order="forward")
    again = ad.eliminate(olah, 2.0, 1.0, order=np.array(found.order))
    assert again.order == found.order
    assert again.by == "given"


def test_single_precision_stays():
    found = ad.eliminate(lambda x: np.sin(x) * x, np.ones(2, np.float32), order="forward")
    assert found.jacobian.dtype == np.float32


def test_it_shows_itself():
    found = ad.eliminate(narrow, 1.0, 2.0, 3.0, order="forward")
    assert repr(found) == (
        "<Elimination of narrow: 14 multiplications by order 'forward'; "
        "reverse 15, markowitz 14, markowitz-last 13>"
    )
    assert str(found).splitlines()[0] == "narrow: 3 inputs, 3 inner numbers, 9 edges, 3 outputs"
    assert "proven" not in str(found)


def branch(x):
    return np.sin(x) * x if x > 0 else x * x


def without_positive(x):
    y = x * 2
    y[y > 0] = 0
    return y


WRONG = {
    "an order by another name": (
        ValueError,
        "order must be 'forward', 'reverse', 'markowitz', 'markowitz-last', 'best' or a list",
        lambda: ad.eliminate(olah, 2.0, 1.0, order="fastest"),
    ),
    "a number missing": (
        ValueError,
        r"each inner number of olah once; missing: 3 \(\+ 2\)",
        lambda: ad.eliminate(olah, 2.0, 1.0, order=[2]),
    ),
    "no inner number": (
        ValueError,
        r"more than once: 2 \(\+\); no inner number: 0 \(a\)",
        lambda: ad.eliminate(olah, 2.0, 1.0, order=[0, 2, 2, 3]),
    ),
    "a name twice": (
        ValueError,
        r"missing: 3 \(\+ 2\); more than once: 2 \(\+\)",
        lambda: ad.eliminate(olah, 2.0, 1.0, order=["+", "+"]),
    ),
    "no name at all": (
        ValueError,
        "None is no name and no place",
        lambda: ad.eliminate(olah, 2.0, 1.0, order=[None]),
    ),
    "no order": (
        ValueError,
        "order must be a name or a list of the inner numbers, not None",
        lambda: ad.eliminate(olah, 2.0, 1.0, order=None),
    ),
    "another count": (
        ValueError,
        "count must be 'all' or 'nontrivial', not 'some'",
        lambda: ad.eliminate(olah, 2.0, 1.0, count="some"),
    ),
    "no seed": (
        ValueError,
        "seed must be an integer, not None",
        lambda: ad.eliminate(olah, 2.0, 1.0, seed=None),
    ),
    "no time": (
        ValueError,
        "seconds must be a positive number",
        lambda: ad.eliminate(olah, 2.0, 1.0, seconds=0),
    ),
    "an infinite slope": (
        ValueError,
        "a local derivative is infinite or NaN",
        lambda: ad.eliminate(lambda x: np.sqrt(x) * x, np.zeros(1)),
    ),
    "an infinite slope of no elementwise operation": (
        ValueError,
        "a local derivative is infinite or NaN",
        lambda: ad.eliminate(lambda x: np.linalg.norm(np.linalg.inv(x)), np.diag([1e-320, 1.0])),
    ),
    "what a function makes a NaN": (
        ValueError,
        "a local derivative is infinite or NaN",
        np.errstate(all="ignore")(
            lambda: ad.eliminate(lambda x: np.log(x) * 2, np.array([-1.0, 2.0]))
        ),
    ),
    "an infinite slope of Python's": (
        ValueError,
        "a local derivative is infinite or NaN",
        lambda: ad.eliminate(lambda x: np.sqrt(x) * x, 0.0),
    ),
    "complex numbers": (
        TypeError,
        "computes with complex numbers",
        lambda: ad.eliminate(lambda x: np.abs(x * 1j), 1.0),
    ),
    "too many numbers": (
        ValueError,
        r"more than 100 numbers, entry by entry: .* limit=1000",
        lambda: ad.eliminate(lambda x: np.sin(x) * x, np.ones(99), limit=100),
    ),
    "too many operations": (
        ValueError,
        r"ask for more by admodes.eliminate\(f, ..., limit=10\)",
        lambda: ad.eliminate(olah, 2.0, 1.0, limit=1),
    ),
    "a constant": (
        ValueError,
        "does not depend on the arguments",
        lambda: ad.eliminate(lambda x: 2.0, 1.0),
    ),
    "another branch": (
        ValueError,
        "computes something else at these arguments",
        lambda: ad.eliminate(branch, 1.0).jacobian_at(-1.0),
    ),
    "another shape": (
        ValueError,
        "recorded for",
        lambda: ad.eliminate(np.sin, np.ones(2)).jacobian_at(np.ones(3)),
    ),
    "another entry": (
        ValueError,
        "depends on other entries there",
        lambda: ad.eliminate(np.max, np.array([1.0, 2.0])).jacobian_at(np.array([2.0, 1.0])),
    ),
    "a linear rule with another factor": (
        ValueError,
        "scale has a derivative of -1 there, and of 1 where the graph was recorded, which in a ",
        turned,
    ),
    "an entry that is not handed on": (
        ValueError,
        "depends on other entries there",
        lambda: ad.eliminate(lambda x: np.where(x > 0, x, 0.0) * x, 1.0).jacobian_at(-1.0),
    ),
    "an entry that is overwritten": (
        ValueError,
        "depends on other entries there",
        lambda: ad.eliminate(without_positive, np.array([-1.0, -2.0])).jacobian_at(np.ones(2)),
    ),
    "an entry that is overwritten, in a program": (
        ValueError,
        "depends on other entries there",
        lambda: ad.program(
            ad.eliminate(without_positive, np.array([-1.0, -2.0])).entries_at,
            np.array([-1.0, -2.0]),
        )(np.ones(2)),
    ),
    "another shape on the way": (
        ValueError,
        "computes something else at these arguments",
        lambda: ad.eliminate(
            lambda x: np.sum(x[x > 0] ** 2), np.array([1.0, -1.0, 2.0])
        ).jacobian_at(np.ones(3)),
    ),
    "more outputs that are constant": (
        ValueError,
        "computes something else at these arguments",
        lambda: ad.eliminate(lambda x: (x * x, np.ones(int(ad.stop_gradient(x)))), 1.0).jacobian_at(
            2.0
        ),
    ),
    "no order either": (
        ValueError,
        r"order must be a name or a list of the inner numbers, not array\(3\)",
        lambda: ad.eliminate(olah, 2.0, 1.0, order=np.array(3)),
    ),
    "infinite elsewhere": (
        ValueError,
        "a local derivative is infinite or NaN",
        lambda: ad.eliminate(np.sqrt, np.ones(1)).jacobian_at(np.zeros(1)),
    ),
    "a NaN made elsewhere": (
        ValueError,
        "a local derivative is infinite or NaN",
        np.errstate(all="ignore")(
            lambda: ad.eliminate(np.log, np.ones(1)).jacobian_at(-np.ones(1))
        ),
    ),
}


@together
@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused(name):
    error, message, call = WRONG[name]
    with pytest.raises(error, match=message):
        call()


def test_a_number_that_meets_an_array():
    """As in a family of hourglasses; a NaN that is made there is refused as elsewhere."""
    row = np.array([1.0, 2.0])
    found = ad.eliminate(lambda x: np.log(x[0] * row) * x, np.array([2.0, 3.0]))
    expected = ad.jacobian(lambda x: np.log(x[0] * row) * x)(np.array([2.0, 3.0]))
    np.testing.assert_allclose(found.jacobian, expected, rtol=1e-14)
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="infinite or NaN"):
        ad.eliminate(
            lambda x: np.arctan2(x[0], row) * np.power(x[0], row / 2), -np.ones(1)
        ).jacobian
