"""The narrowest place of a recording: how many numbers are alive where, and when it pays."""

import itertools

import numpy as np
import pytest

import admodes as ad
from admodes import mixed
from admodes.modes.arguments import Inputs
from admodes.modes.narrowest import Place, part
from tests.helpers import together

N, M = 40, 50
INPUT = np.linspace(0.5, 1.5, N)


def recorded(f, *args):
    return mixed.recorded(Inputs(f, args, {}, tuple(range(len(args)))))[0]


def widths(f, *args):
    return recorded(f, *args).places.widths.tolist()


def hourglass(x):
    y = np.sin(x)
    a, b = np.sum(y), np.sum(y * y)
    return np.arange(float(M)) * (a * b)


@together
@pytest.mark.parametrize(
    ("f", "expected"),
    [
        # In place p, behind p operations: what was made before, and is needed after.
        (hourglass, [N, N, N + 1, N + 1, 2, 1, M]),
        (lambda x: np.sum(x) * x, [N, N + 1, N]),  # x is needed to the end
        (lambda x: x, [N]),
        (lambda x: np.ones(3), [0]),
        (lambda x: (x[:2], np.sum(x)), [N, N + 2, 3]),  # an output stays alive
        (lambda x: (np.sin(x), x[0])[1], [N, 1]),  # the sine is of no use
        (lambda x: np.fft.rfft(x)[:3], [N, 2 * (N // 2 + 1), 6]),  # a complex number is two
    ],
)
def test_how_many_numbers_are_alive(f, expected):
    assert widths(f, INPUT) == expected


def test_what_is_written_into_is_alive_once():
    def f(x):
        y = np.zeros(3, like=x)
        for i in range(3):
            y[i] = np.sum(x) * (i + 1)
        return np.outer(y, np.ones(M))

    found = widths(f, INPUT)
    assert min(found) == found[-2] == 3


def test_the_first_of_several_places():
    def f(x):
        for _ in range(3):
            x = np.sum(x) * np.ones(N)
        return x

    places = recorded(f, INPUT).places
    assert places.widths.tolist() == [N, 1, N, 1, N, 1, N]
    assert len(places.narrowest().before.nodes) == 1


def test_an_input_is_alive_as_long_as_it_is_needed():
    def late(x, y):
        return np.sum(x) * y

    assert widths(late, INPUT, np.ones(7)) == [N + 7, 1 + 7, 7]
    assert widths(late, np.ones(7), 2.0) == [8, 2, 1]


def one_place(width, work, operations):
    tape = recorded(np.sin, INPUT).pullback.tape
    nodes = [tape.nodes[0]] * operations
    return Place(width, [], [], part(tape, nodes), part(tape, []), work)


@together
@pytest.mark.parametrize(
    ("width", "work", "operations", "inputs", "outputs", "pays"),
    [
        (3, 10**5, 20, 1000, 1000, True),
        (3, 10**5, 20, 1000, 3, False),  # no narrower than the outputs
        (3, 10**5, 20, 3, 1000, False),
        (900, 10**5, 20, 1000, 1000, False),  # the product alone takes longer
        (900, 10**7, 20, 1000, 1000, True),
        (999, 0, 0, 1000, 1000, False),
    ],
)
def test_where_it_pays(width, work, operations, inputs, outputs, pays):
    assert one_place(width, work, operations).pays(inputs, outputs) is pays


def test_no_more_than_one_place_is_needed():
    """Of all ways to cut a chain of stretches, each by its better mode, none takes less."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        count = int(rng.integers(2, 7))
        ends, work = rng.integers(1, 30, count + 1), rng.integers(1, 100, count)

        def taken(cuts, ends=ends, work=work):
            stretches = itertools.pairwise([0, *cuts, len(work)])
            return sum(min(ends[i], ends[j]) * sum(work[i:j]) for i, j in stretches)

        inner = range(1, count)
        every = [cuts for k in inner for cuts in itertools.combinations(inner, k)]
        narrowest = 1 + int(np.argmin(ends[1:-1]))
        assert min(map(taken, [(), *every])) == min(taken(()), taken((narrowest,)))


def test_what_is_noted_is_what_is_recorded():
    """The looking on changes nothing of a recording."""
    whole = recorded(hourglass, INPUT)
    plain = ad.vjp(hourglass, INPUT)[1]
    own = [(number, primitive) for number, primitive, *_ in whole.pullback.tape.nodes]
    assert own == [(number, primitive) for number, primitive, *_ in plain.tape.nodes]
    assert [whole.places.tape.size_of(number) for number, _ in own] == [N, 1, N, 1, 1, M]
