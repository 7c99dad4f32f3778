"""Colours: as few as are known, and such that every entry can be read."""

import numpy as np
import pytest

import admodes as ad

pytest.importorskip("scipy")

from scipy import sparse

from admodes.jacobians.sparse import colouring, limits, sides, star
from admodes.jacobians.sparse.reading import by_columns, by_rows, number_of
from tests.helpers import together
from tests.jacobians.sparse.problems import arrow, band, brusselator, stencil

RNG = np.random.default_rng(0)
BRUSSELATOR = ad.pattern(lambda x: brusselator(x, 32), RNG.normal(size=2048))
COLUMNS = {
    "tridiagonal": (band(1000, 1), 3),
    "pentadiagonal": (band(1000, 2), 5),
    "eleven bands": (band(1000, 5), 11),
    "periodic Brusselator, 32 × 32": (BRUSSELATOR, 10),
    "five points, 30 × 30": (stencil(30, 30), 5),
    "seven points, 12 × 12 × 12": (stencil(12, 12, 12), 7),
    "arrow": (arrow(50), 50),
}


@together
@pytest.mark.parametrize("name", COLUMNS)
def test_columns(name):
    pattern, known = COLUMNS[name]
    colours = colouring.colours_of(pattern)
    assert number_of(colours) <= known
    assert by_columns(pattern, colours).all()


@together
@pytest.mark.parametrize(
    ("pattern", "known"), [(band(1000, 1), 3), (arrow(50), 2), (stencil(10, 10), 5)]
)
def test_symmetric(pattern, known):
    colours = star.star_colours(pattern)
    assert number_of(colours) <= known
    assert np.logical_or(*star.readable(pattern, colours)).all()


def test_both_sides_of_an_arrow():
    for pattern in (arrow(50), sparse.csr_array(arrow(50).toarray()[::-1])):
        found = sides.by_both(pattern)
        assert found.directions == sides.bound(pattern) == 3
        assert np.all(by_columns(pattern, found.columns) | by_rows(pattern, found.rows))


def drawn(density, shape=(30, 40)):
    return sparse.csr_array(RNG.random(shape) < density)


def test_any_pattern_can_be_read(monkeypatch):
    """Also by the colouring in rounds, which is for large ones."""
    for small, tries in ((colouring.SMALL, colouring.TRIES), (0, 0)):
        monkeypatch.setattr(colouring, "SMALL", small)
        monkeypatch.setattr(colouring, "TRIES", tries)
        for density in (0.0, 0.02, 0.1, 0.3, 1.0):
            pattern = drawn(density)
            colours = colouring.colours_of(pattern)
            assert by_columns(pattern, colours).all()
            assert np.array_equal(colours < 0, pattern.sum(axis=0) == 0)
            found = sides.by_both(pattern)
            assert np.all(by_columns(pattern, found.columns) | by_rows(pattern, found.rows))
            square = drawn(density, (30, 30))
            square = (square + square.T).tocsr()
            assert np.logical_or(*star.readable(square, star.star_colours(square))).all()


def test_neighbours_of_a_vertex_without_a_colour_have_different_ones():
    """Then none of them has to be looked at again, when it gets its own."""
    near = [[2, 3], [3], [0], [0, 1]]  # 2 - 0 - 3 - 1
    assert star.greedily(near, range(4)).tolist() == [0, 1, 1, 2]
    for seed in range(20):
        rng = np.random.default_rng(seed)
        ends = rng.integers(0, 12, size=(2, 20))
        graph = np.zeros((12, 12), bool)
        graph[ends[0], ends[1]] = graph[ends[1], ends[0]] = True
        np.fill_diagonal(graph, False)
        near = [np.flatnonzero(row).tolist() for row in graph]
        for count in range(13):  # the first of them alone have one
            colours = star.greedily(near, range(count))
            for v in range(count, 12):
                known = [colours[w] for w in near[v] if colours[w] >= 0]
                assert len(set(known)) == len(known)


def test_each_star_colouring_is_one():
    for density in (0.03, 0.1, 0.2):
        for _ in range(10):
            square = drawn(density, (20, 20))
            square = (square + square.T + sparse.eye_array(20, dtype=bool)).tocsr()
            near = [[w for w in each if w != v] for v, each in enumerate(colouring.lists(square))]
            for colours in (star.apart_from_hubs(square), star.greedily(near, range(20))):
                assert np.logical_or(*star.readable(square, colours)).all()


def test_one_by_one_where_nearly_all_columns_meet(monkeypatch):
    monkeypatch.setattr(colouring, "SMALL", 0)
    monkeypatch.setattr(colouring, "WIDE", 0)
    assert number_of(colouring.colours_of(arrow(9))) == 9


def test_where_nearly_all_columns_meet_rounds_are_few(monkeypatch):
    """Those of x @ x.T, and any that is dense but for some zeros: one column a round took 10 s."""
    monkeypatch.setattr(colouring, "SMALL", 0)
    rounds, least_of = [], colouring.least_of
    monkeypatch.setattr(
        colouring, "least_of", lambda free: rounds.append(len(free)) or least_of(free)
    )
    products = ad.pattern(lambda x: x @ x.T, RNG.normal(size=(12, 12)))
    for pattern in (products, drawn(0.3, (100, 130)), drawn(0.6, (100, 130))):
        rounds.clear()
        colours = colouring.in_rounds(pattern)
        assert by_columns(pattern, colours).all()
        assert 0 < len(rounds) <= 8


def test_looking_for_colours_ends_where_the_time_does(monkeypatch):
    """In each of the rounds, and with each column that is coloured by itself."""
    seconds = iter(range(10_000))
    monkeypatch.setattr(limits, "perf_counter", lambda: next(seconds))
    pattern = drawn(0.3, (100, 130))
    for alone in (colouring.ALONE, 10**9):  # the rest one by one; all of it in rounds
        monkeypatch.setattr(colouring, "ALONE", alone)
        with pytest.raises(limits.Beyond), limits.within(limits.Limits(5.0, 99, (100, 130))):
            colouring.in_rounds(pattern)


def test_colours_from_which_an_entry_cannot_be_read_are_noticed():
    found = by_columns(band(4, 1), np.array([0, 1, 0, 1]))
    assert found.tolist() == [True, True, False, True, False, False, True, False, True, True]


def test_colours_that_are_there_are_kept_where_there_is_no_time_to_look_for_fewer():
    rows = np.arange(304)
    ring = sparse.csr_array(
        (
            np.ones(3 * 304),
            (np.tile(rows, 3), np.concatenate([np.roll(rows, i) for i in (-1, 0, 1)])),
        )
    )
    with limits.within(limits.Limits(0.0, 99, (304, 304))):
        assert colouring.number_of(colouring.colours_of(ring)) == 4
