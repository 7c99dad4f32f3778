"""``elimination``: what it counts, that its functions are the published ones, and what it draws."""

import math
from functools import partial

import numpy as np
import pytest

import admodes as ad
from experiments.__main__ import main
from experiments.bench import plotting
from experiments.bench.agreement import Disagreement
from experiments.questions.elimination import cases, figure
from experiments.questions.elimination import experiment as elimination
from experiments.questions.elimination.reading import CASES
from tests.experiments.helpers import assert_refused, draw_only, set_to
from tests.helpers import together

BRIEF = {"seconds": 0.05, "briefly": 0.05, "seed": 0}


@pytest.fixture(scope="module")
def found(run_once, module_patch):
    set_to(
        module_patch,
        "elimination",
        **{**BRIEF, "timed": 0.01, "compiled": False},
        published=("propane",),
        family=(2,),
        functions=("quotients", "great-circles"),
    )
    return run_once("elimination", "--seconds", "0.05")


def test_data_and_table(found):
    words = found.words
    assert "propane 51 104" in words
    assert "2 → 1 → 2" in words
    assert "programs, numpy" in words
    assert "programs, compiled" not in words
    counts = [row for row in found.rows if row["function"] == "propane" and row["multiplications"]]
    assert [(row["order"], row["multiplications"], row["published"]) for row in counts[:5]] == [
        ("forward", "151", "151"),
        ("reverse", "90", "90"),
        ("markowitz", "111", "111"),
        ("markowitz-last", "88", "88"),
        ("best", "88", ""),
    ]
    # (Whether there was time to prove it depends on the machine.)
    assert 51 <= int(counts[4]["at_least"]) <= 88
    times = [row for row in found.rows if row["backend"]]
    assert {row["function"] for row in times} == {"propane", "2 → 1 → 2"}
    assert all(float(row["seconds_measured"]) > 0 for row in times)
    record = found.data["measurements"][0]
    assert len(set(record["order"])) == record["inner"] == 51


def test_pictures_are_drawn_from_the_data_alone(found, tmp_path, monkeypatch):
    monkeypatch.setattr(ad, "eliminate", None)  # nothing is counted again
    monkeypatch.setattr(plotting, "save", draw_only)
    frames = []

    def keep_frames(drawn, path):
        frames.extend(drawn)
        path.touch()

    monkeypatch.setattr(plotting, "save_animation", keep_frames)
    for path in found.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert main(["plot", "elimination", "--output", str(tmp_path)]) == 0
    assert {"elimination-slide.png", "eliminations.svg"} <= {p.name for p in tmp_path.iterdir()}
    titles = [[axes.get_title(loc="left") for axes in frame.axes] for frame in frames]
    assert len(frames) == 3
    assert titles[1][0] == "Forward mode\nc is eliminated: 2 multiplications"
    assert titles[1][1] == "Reverse mode\nd is eliminated: 1 multiplication"


def test_a_picture_follows_the_steps():
    record = elimination.drawn(elimination.MEET)
    totals = {}
    for order in elimination.PICTURED:
        graph = figure.Graph(record, order)
        graph.eliminate(len(graph.steps))
        totals[order] = graph.multiplications
        assert len(graph.edges) == 9
        assert all(number in graph.ends for ends in graph.edges for number in ends)
        assert sum(figure.stops(graph.steps)) == len(graph.steps)
    assert totals == {"forward": 21, "reverse": 21, "best": 15}


#: As published; where their graph is another, what is counted here.
COUNTS = {"black-scholes": {"forward": 513, "reverse": 453}}


@together
@pytest.mark.parametrize("name", CASES)
def test_the_published_functions_have_the_published_counts(name):
    case = CASES[name]
    expected = {**case.published, **COUNTS.get(name, {})}
    assert bool(COUNTS.get(name)) == bool(case.differs)
    found = ad.eliminate(case.f, *case.at, order="markowitz")
    counts = {order: each.multiplications for order, each in found.others.items()}
    assert {
        **counts,
        "markowitz": found.multiplications,
        "learned": expected["learned"],
    } == expected
    if name == "roe-flux":
        assert (len(found.names), len(found.edges)) == (107, 177)
    np.testing.assert_allclose(
        found.jacobian, elimination.by_mode(case.f, case.at, "reverse"), rtol=1e-10, atol=1e-12
    )


def test_the_greeks_are_the_derivatives_of_the_price():
    def price(spot, strike, rate, volatility, time):
        def phi(z):
            return (1 + cases.erf(z / math.sqrt(2))) / 2

        forward = np.exp(rate * time) * spot
        spread = volatility * np.sqrt(time)
        d1 = (np.log(forward / strike) + volatility**2 / 2 * time) / spread
        return np.exp(-rate * time) * (forward * phi(d1) - strike * phi(d1 - spread))

    at = CASES["black-scholes"].at
    expected = ad.grad(price, argnums=tuple(range(5)))(*at)
    np.testing.assert_allclose(cases.greeks(*at), expected, rtol=1e-13)


def test_the_gain_of_the_family_has_no_bound():
    gains = []
    for size in (2, 4, 8):
        x = np.linspace(0.1, 0.9, size)
        found = ad.eliminate(partial(cases.through_one, rounds=size), x, order="markowitz")
        modes = [found.others[mode].multiplications for mode in ("forward", "reverse")]
        gains.append(min(modes) / found.multiplications)
    assert gains[0] < gains[1] < gains[2]


def test_a_wrong_jacobian_is_not_shown():
    wrong = ad.custom(
        lambda x: x * x,
        residual=lambda y, x: x,
        push=lambda x, t: 2 * x * t,
        pull=lambda x, ct: 3 * x * ct,
    )
    with pytest.raises(Disagreement, match="and by reverse mode"):
        elimination.counted(lambda x: wrong(np.sin(x)), (np.ones(2),), BRIEF, 0.05)


def test_what_it_refuses(experiments, tmp_path):
    arguments = ("elimination", "--seconds", "0")
    assert_refused(arguments, "0.0 is not in the range x>0", experiments, tmp_path)
