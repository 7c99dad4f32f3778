"""The cyclic garbage collector, held off while something large is recorded."""

import gc

import numpy as np
import pytest

import admodes as ad
from admodes.modes.variables import leaf
from tests.helpers import MODES, X
from tests.modes.ways import EVERY_WAY


@pytest.fixture(params=[True, False], ids=["collector on", "collector off"])
def collector(request):
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


def lengthened(x):
    """Until its recording is so long that it holds the collector off."""
    for _ in range(1100):
        x = x * 1.0
    return x


@pytest.mark.parametrize("way", EVERY_WAY.values(), ids=EVERY_WAY)
def test_the_garbage_collector_is_left_as_it_was(way, collector):
    def fails(x):
        lengthened(x)
        raise KeyError

    way(lambda x: x * lengthened(x))(2.0)
    assert gc.isenabled() is collector
    way(lambda x: x * way(lambda y: lengthened(y) * x)(2.0))(2.0)
    assert gc.isenabled() is collector
    for f in (fails, lambda x: "text", lambda x: x * way(fails)(x)):
        with pytest.raises((KeyError, TypeError)):
            way(f)(2.0)
        assert gc.isenabled() is collector


@pytest.mark.parametrize("mode", MODES)
def test_the_garbage_collector_is_left_as_it_was_by_every_face(mode, collector):
    ad.jacobian(np.sin, mode=mode)(X)
    assert gc.isenabled() is collector
    ad.hessian(lambda x: np.sum(x**3), modes=f"{mode}-over-reverse")(X)
    assert gc.isenabled() is collector
    ad.grad(ad.checkpoint(lambda x: x * x), mode=mode)(3.0)
    assert gc.isenabled() is collector


@pytest.mark.usefixtures("collector")
def test_the_garbage_collector_stays_on_when_differentiations_overlap(monkeypatch):
    # One thread ends its recording between another's look at the collector and its switching off.
    gc.enable()
    first, second = ad.reverse.Tape(), ad.reverse.Tape()
    disable = gc.disable

    def meanwhile():
        monkeypatch.undo()
        first.__exit__(None, None, None)
        disable()

    first.__enter__()
    lengthened(leaf(first, 2.0))
    assert not gc.isenabled()
    with second:
        monkeypatch.setattr(gc, "disable", meanwhile)
        lengthened(leaf(second, 2.0))
        if not first.ended:  # it was never switched off a second time
            monkeypatch.undo()
            first.__exit__(None, None, None)
        assert not gc.isenabled()
    assert gc.isenabled()
