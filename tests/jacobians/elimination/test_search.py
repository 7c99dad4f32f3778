"""What a search over orders rests on: the costs, the bound by cuts, the optimum over all sets."""

import itertools
from random import Random

import pytest

from admodes.jacobians.elimination import proving, searching
from admodes.jacobians.elimination.accumulating import Accumulation, added, is_unit
from admodes.jacobians.elimination.links import bits, linked, multiplications, without_units
from admodes.jacobians.elimination.proving import disjoint_paths, least, optimum
from admodes.jacobians.elimination.searching import Annealing, best, searched
from tests.helpers import together


def random_graph(seed, inputs=2, inner=5, outputs=2):
    """Each number is computed of one or two before it; the last ones are outputs, one more too."""
    rng = Random(seed)
    count = inputs + inner + outputs
    edges = set()
    for target in range(inputs, count):
        limit = min(target, inputs + inner)
        edges |= {(source, target) for source in rng.sample(range(limit), rng.choice((1, 2, 2)))}
    ends = [*range(inputs + inner, count), inputs + rng.randrange(inner)]
    useful = set(ends)
    for source, target in sorted(edges, reverse=True):
        if target in useful:
            useful.add(source)
    kept = [(a, b) for a, b in edges if a in useful and b in useful]
    return linked(count, inputs, ends, kept)


def always():
    return True


def smallest_cut(ahead, start, first, ends):
    """By trying all sets of numbers, small ones first."""
    places = [n for n in range(len(ahead)) if n != start]

    def reaches(without):
        found, stack = set(), [n for n in bits(first) if n not in without]
        while stack:
            n = stack.pop()
            if ends >> n & 1:
                return True
            if n not in found:
                found.add(n)
                stack += [each for each in bits(ahead[n]) if each not in without]
        return False

    for size in range(len(places) + 1):
        if not all(reaches(set(some)) for some in itertools.combinations(places, size)):
            return size
    raise AssertionError


@pytest.mark.parametrize("seed", range(3))
def test_disjoint_paths_are_as_many_as_the_smallest_cut_has_numbers(seed):
    links = random_graph(seed)
    inputs = (1 << links.inputs) - 1
    for number in links.inner:
        for ahead, ends in ((links.before, inputs), (links.after, links.ends)):
            first = ahead[number] ^ (links.copies[number] if ahead is links.after else 0)
            found = disjoint_paths(ahead, number, first, ends)
            assert found == smallest_cut(ahead, number, first, ends)


@together
@pytest.mark.parametrize("seed", range(8))
def test_the_optimum_is_the_least_of_all_orders_and_no_less_than_the_bound(seed):
    links = random_graph(seed)
    costs = [multiplications(links, order) for order in itertools.permutations(links.inner)]
    bound = least(links, always)
    cost, order = optimum(links, max(costs) + 1, bound, always)
    assert cost == min(costs) == multiplications(links, order)
    assert sum(bound.values()) <= cost
    assert optimum(links, cost, bound, always) == (cost, None)
    assert best(links, 30.0, seed)[1:3] == (cost, True)


def test_a_sum_is_no_unit():
    assert [is_unit(each) for each in (1, -1, 1.0, 2)] == [True, True, False, False]
    assert not is_unit(added(added(1, 1), -1))


@pytest.mark.parametrize("second", [3, 4])
def test_a_path_may_be_turned_aside_for_another(second):
    """Whichever way the first one takes, the second may need it."""
    ahead = [0b110, 0b11000, 1 << second, 0, 0]
    assert disjoint_paths(ahead, 0, ahead[0], 0b11000) == 2


@pytest.mark.parametrize("seed", range(4))
def test_what_is_free_does_not_depend_on_how_it_is_counted(seed):
    """In sets of bits as in a Jacobian's accumulation, where 1 and -1 are told by their type."""
    links, rng = random_graph(seed, inner=8), Random(seed)
    count = 2 + 8 + 2
    edges = [(a, b) for a in range(count) for b in bits(links.after[a]) if b < count]
    weights = {ends: rng.choice((1, -1, 0.5)) for ends in edges}
    free = without_units(links, [ends for ends, weight in weights.items() if is_unit(weight)])
    outputs = [n for n in range(count) if links.ends >> n & 1 or links.copies[n]]
    order = rng.sample(links.inner, len(links.inner))
    steps = list(Accumulation(weights, outputs).eliminated(order))
    assert sum(step.nontrivial for step in steps) == multiplications(free, order)
    assert sum(step.multiplications for step in steps) == multiplications(links, order)
    assert multiplications(free.all(), order) == multiplications(links, order)


def test_where_there_is_no_time_nothing_is_claimed(monkeypatch):
    links = random_graph(1)
    assert set(least(links, lambda: False).values()) == {1}
    assert optimum(links, 10**6, least(links, always), lambda: False) is None
    monkeypatch.setattr(proving, "MOST", 1)
    assert optimum(links, 10**6, least(links, always), always) is None
    monkeypatch.setattr(proving, "SMALL", 1)
    assert optimum(links, 10**6, least(links, always), always) is None


def test_annealing_keeps_account_of_what_an_order_costs():
    links = random_graph(5, inner=12)
    annealing = Annealing(links, list(links.inner), Random(0))
    for _ in range(300):
        annealing.step(3.0)
    assert sorted(annealing.order) == list(links.inner)
    assert annealing.total == sum(annealing.costs) == multiplications(links, annealing.order)
    last = annealing.graphs[-1]
    assert not any(last.after[number] & ~links.ends for number in range(links.inputs))


def test_a_search_goes_the_same_way_with_the_same_seed():
    links = random_graph(7, inner=14)

    def some(seed):
        found = searched(links, list(links.inner), Random(seed), always)
        return [(cost, list(order)) for cost, order, _ in itertools.islice(found, 3)]

    assert some(3) == some(3)
    costs = [cost for cost, _ in some(3)]
    assert costs == sorted(costs, reverse=True)


def test_a_long_order_is_not_annealed(monkeypatch):
    monkeypatch.setattr(searching, "MOST", 3)
    monkeypatch.setattr(searching, "Annealing", None)
    links = random_graph(2, inner=8)
    found = best(links, 30.0, 0)
    assert found.cost == multiplications(links, found.order)
    assert not found.proven or found.cost == found.at_least
