"""Passes of the ways that a prediction leaves open, timed: as FFTW makes its plans.

A trial costs a tenth of what it decides on, at most. Where both modes are open, both are timed or
neither is: a pass that was timed on a busy machine is not held against one that was predicted for a
quiet one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import log

from admodes.choosing.clock import timed
from admodes.choosing.model import Model
from admodes.choosing.task import Task
from admodes.choosing.ways import WITHIN, Predicted
from admodes.reverse import Pullback

SHARE = 0.1
"""Of the predicted whole: how long trials may take."""
OPEN = WITHIN**1.5
"""Times the quickest prediction, up to which a way may yet turn out to be the quickest."""
MOST = 6
"""Ways that are timed themselves; what they show is carried over to the others."""
TURNS = 3
"""Calls of a pass, of which the quickest counts."""
NEAR = 64
"""Times as many directions as were timed, about which that still says something."""


@dataclass
class Trial:
    """What passes took, against what was predicted for them."""

    task: Task
    model: Model
    budget: float
    pullback: Pullback | None = None
    #: seconds, of this thread's own
    spent: float = 0.0
    #: by mode, of a number of directions
    ratios: dict[str, dict[int, float]] = field(default_factory=dict)
    recording: float = 1.0

    @property
    def left(self) -> float:
        return self.budget - self.spent

    def price(self, mode: str, k: int) -> float:
        """What timing a pass should take, by what is known so far: it is called once at least."""
        ratio = self.ratio(mode, k)
        if mode == "forward":
            return ratio * self.model.forward_pass(k)
        recording = 0.0 if self.pullback else self.model.recording()
        return recording + ratio * self.model.sweep(k)

    def ratio(self, mode: str, k: int) -> float:
        """Times the prediction that a pass took, along about so many directions."""
        own = self.ratios.get(mode)
        return own[nearest(own, k)] if own else 1.0

    def knows(self, way: Predicted) -> bool:
        """Whether a pass was timed that says something about this way."""
        own, k = self.ratios.get(way.mode), way.chunk_size
        return bool(own) and max(k, near := nearest(own or {}, k)) <= NEAR * min(k, near)

    def time_widest(self, way: Predicted, share: float) -> None:
        """A pass in this way, or along so few directions that this takes no longer than that.

        Along one direction first: it costs least, and says how far the prices are off.
        """
        end = self.spent + share
        k = 1
        while self.price(way.mode, k) <= end - self.spent:
            self.time(replace(way, chunk_size=k), end - self.spent)
            if k == way.chunk_size or way.mode not in self.ratios:
                break
            wider = way.chunk_size
            while wider > 1 and self.price(way.mode, wider) > end - self.spent:
                wider //= 2
            if wider <= k:
                break
            k = wider

    def time(self, way: Predicted, share: float) -> None:
        """A pass in this way, again and again while that takes no longer in all."""
        mode, k = way.mode, way.chunk_size
        if k in self.ratios.get(mode, ()):
            return
        if mode == "forward":
            one, predicted = self.task.one_pass(way), self.model.forward_pass(k)
        else:
            if self.pullback is None:
                taken = timed(lambda: self._record(way)).own
                self.recording = taken / self.model.recording()
                self.spent, share = self.spent + taken, share - taken
                if share < self.model.sweep(k):
                    return
            recorded = self.pullback or self._record(way)
            one, predicted = self.task.sweep(way, recorded), self.model.sweep(k)
        turns: list[float] = []
        while len(turns) < TURNS and (not turns or sum(turns) + min(turns) <= share):
            turns.append(timed(one).own)
        self.ratios.setdefault(mode, {})[k] = min(turns) / predicted
        self.spent += sum(turns)

    def _record(self, way: Predicted) -> Pullback:
        self.pullback = self.task.recorded(way)
        return self.pullback

    def seen(self, way: Predicted) -> Predicted:
        """The prediction, put right by what the nearest pass of the same mode took."""
        if way.mode == "mixed" and self.ratios:  # which has something of either
            own = [self.ratio(mode, way.chunk_size) for mode in self.ratios]
            return replace(way, seconds=way.seconds * sum(own) / len(own))
        if way.mode not in self.ratios or way.checkpoint:
            return way
        model, k = self.model, way.chunk_size
        ratio = self.ratio(way.mode, k)
        if way.mode == "forward":
            more = (ratio - 1) * way.passes * model.forward_pass(k)
        else:
            more = (ratio - 1) * way.passes * model.sweep(k)
            more += (self.recording - 1) * model.recording()
        return replace(way, seconds=max(way.seconds + more, 0.0), timed=self.knows(way))


def nearest(known: Iterable[int], k: int) -> int:
    return min(known, key=lambda each: abs(log(each / k)))


def tried(
    task: Task,
    model: Model,
    ways: Sequence[Predicted],
    pullback: Pullback | None = None,
) -> tuple[list[Predicted], float]:
    """The ways, the quickest first, by trial where that is open; and the seconds this took.

    `pullback` is a recording, if there is one already.
    """
    best = ways[0]
    open_ = [
        way
        for way in ways
        if way.seconds <= OPEN * best.seconds and not way.checkpoint and way.mode != "mixed"
    ]
    trial = Trial(task, model, SHARE * best.seconds, pullback)
    first = {way.mode: way for way in reversed(open_)}  # the quickest of each mode
    share = trial.budget / max(len(first), 1)
    if len(open_) < 2 or any(trial.price(mode, 1) > share for mode in first):
        return list(ways), 0.0
    for way in first.values():
        trial.time_widest(way, share)
    for way in open_[:MOST]:
        if trial.price(way.mode, way.chunk_size) <= trial.left:
            trial.time(way, trial.left)
    if not all(map(trial.knows, first.values())):
        return list(ways), trial.spent
    return sorted(map(trial.seen, ways), key=lambda way: way.seconds), trial.spent
