"""``compare`` keeps the time that it is given: on a clock that only the function moves."""

import tracemalloc
from contextlib import nullcontext
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest

import admodes as ad
from admodes.choosing import clock, comparing, plans, repeating, sparsely
from admodes.choosing.subject import Subject
from admodes.jacobians.sparse import choice, limits
from admodes.measure import duels, meanwhile, timing
from admodes.modes.duals import Dual
from admodes.programs.remembering import programmed
from admodes.reverse import Pullback

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("little_garbage")]

X = np.linspace(-1.0, 1.0, 30)
WATCHES = clock, comparing, duels, meanwhile, plans, repeating, timing, sparsely, choice, limits


class Machine:
    """A function on it takes so many seconds; and times as many, once others keep it busy.

    Four directions take as much as the function itself; who traces memory waits longer.
    """

    def __init__(self, seconds, busy=1.0, since=0.0, traced=1.3):
        self.seconds, self.busy, self.since, self.traced = seconds, busy, since, traced
        self.now = self.longest = 0.0

    def perf_counter(self):
        return self.now

    def take(self, seconds):
        seconds *= self.busy if self.now >= self.since else 1.0
        self.longest = max(self.longest, seconds)
        self.now += seconds

    def f(self, x):
        directions = np.size(x.tangent) / np.size(x.value) if isinstance(x, Dual) else 0.0
        traced = self.traced if tracemalloc.is_tracing() else 1.0
        self.take(traced * self.seconds * (1.0 + directions / 4.0))
        return np.sum(np.sin(x) * x)

    def sparse(self, x):
        self.f(x)
        return x[1:] * x[:-1]

    def programmed(self, derivative, *rest, **options):
        """A program, which does not run the function, takes a quarter of its time."""
        program = programmed(derivative, *rest, **options)

        def repeated(*args):
            self.take(self.seconds / 4)
            return program(*args)

        repeated.program = program.program
        return repeated


@pytest.fixture
def on(monkeypatch):
    def put(machine):
        monkeypatch.setattr(repeating, "programmed", machine.programmed)
        for module in WATCHES:
            monkeypatch.setattr(module, "perf_counter", machine.perf_counter)
        if machine.busy > 1:  # something always comes between
            monkeypatch.setattr(timing, "_preemptions", count().__next__)
        return machine

    return put


@pytest.mark.parametrize("seconds", [1e-3, 1e-2, 3e-2, 0.1])
@pytest.mark.parametrize(("busy", "since"), [(1.0, 0.0), (4.0, 0.0), (4.0, 0.5), (4.0, 1.2)])
def test_the_time_is_kept_however_busy_the_machine_is(on, seconds, busy, since):
    machine = on(Machine(seconds, busy, since, traced=4.0))
    ad.compare(machine.f, X, seconds=2.0)
    assert machine.now <= 2.0 + machine.longest  # what was begun is finished


@pytest.mark.parametrize("seconds", [1e-3, 1e-2, 0.1])
@pytest.mark.parametrize(("busy", "since"), [(1.0, 0.0), (4.0, 0.5)])
def test_it_is_kept_where_few_directions_hold_a_jacobian(on, monkeypatch, seconds, busy, since):
    machine = on(Machine(seconds, busy, since, traced=4.0))
    pull = Pullback.pull

    def pulled(pullback, cts, directions=()):  # a sweep does not run the function
        machine.take(machine.seconds * (1.0 + sum(directions) / 4.0))
        return pull(pullback, cts, directions)

    monkeypatch.setattr(Pullback, "pull", pulled)
    found = ad.compare(machine.sparse, X, seconds=2.0)
    assert found.sparse is not None or seconds == 0.1 or busy > 1
    assert machine.now <= 2.0 + machine.longest


@pytest.mark.parametrize("seconds", [1e-3, 1e-2, 2e-2])
def test_on_a_quiet_machine_nothing_is_left_out(on, seconds):
    machine = on(Machine(seconds))
    found = ad.compare(machine.f, X, seconds=2.0)
    assert found.agreement.ok
    assert all(way.counts and way.peak_bytes for way in found.ways)
    assert found.duel is not None or seconds > 1e-2
    assert machine.now <= 2.0


def test_memory_that_is_worked_out_from_a_pass_is_marked(on):
    machine = on(Machine(1e-2))
    ways = {way.name: way for way in ad.compare(machine.f, X, seconds=2.0).ways}
    assert not ways["forward"].estimated
    assert ways["forward"].peak_estimated  # to look at all of it there was no time
    assert not ways["reverse"].peak_estimated


def test_of_a_slow_function_each_mode_makes_one_pass(on):
    machine = on(Machine(1.0))
    found = ad.compare(machine.f, X, seconds=0.2)
    assert machine.now == pytest.approx(1.0 + 1.0 + 1.25 + 1.0)  # recorded, evaluated, two passes
    assert [way.estimated for way in found.ways] == [True, True]


def test_a_short_time_is_half_a_second_for_the_check(on):
    machine = on(Machine(1e-3))
    found = ad.compare(machine.f, X, seconds=0.1)
    assert found.agreement.ok
    assert machine.now <= comparing.GRACE + 2 * comparing.LEAST


def test_a_duel_ends_in_time_where_rounds_take_longer_than_they_were_said_to(on):
    machine = on(Machine(0.01, busy=10.0, since=0.2))
    found = duels.duel(lambda: machine.f(X), lambda: machine.f(X), seconds=1.0)
    assert 1 <= found.rounds < 30
    assert machine.now <= 1.0 + 3 * machine.longest


def test_a_check_of_many_outputs_ends_in_time_though_the_function_is_quick(monkeypatch):
    """What weighs its outputs takes far longer than it: a check of 30,000 of them took 6 s of 1."""
    deadlines = []

    def until(f, deadline):
        deadlines.append(deadline)
        raise clock.OutOfTime

    monkeypatch.setattr(comparing, "until", until)
    own = comparing._Comparing(Subject(np.sin, (X,), 0), meanwhile.Meanwhile(1.0))
    own.f_seconds, own._allowed = 1e-5, lambda end: 1.0
    way = SimpleNamespace
    modes = [way(pass_seconds=1e-4, way=way(mode=mode)) for mode in ("forward", "reverse")]
    for outputs in (30, 30_000):
        derivative = way(inputs=30, outputs=outputs, where_it_fits=lambda what: nullcontext())
        assert own._agreement(derivative, modes, 0) is None
    assert deadlines[0] == np.inf  # which is over sooner
    assert deadlines[1] < np.inf
