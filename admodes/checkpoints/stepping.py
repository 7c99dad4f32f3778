"""A chain of steps as a single operation, which is reversed by a schedule that stores few states.

The first evaluation goes forward, leaves the snapshots that the schedule asks for, and records the
last steps that the schedule reverses first; the sweep goes on from there. So a gradient evaluates a
step exactly as often as the schedule says. What was left is given up on the way: a second sweep
over the same recording, or one in another differentiation, begins with an evaluation of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from admodes.checkpoints.recomputing import Operand, Outline, Recomputed, fill, with_zeros
from admodes.checkpoints.schedules import SCHEDULES, Action
from admodes.checkpoints.segments import Segments
from admodes.core.guessing import Guess
from admodes.core.values import Traced, fresh, is_floating
from admodes.modes.arguments import at_level, name
from admodes.modes.containers import children, leaves, rebuild
from admodes.modes.tape import Tape
from admodes.modes.variables import Variable, leaf


class Loop:
    """`count` steps, one after another, as a function of the state and of further arguments."""

    def __init__(
        self,
        step: Callable[..., Any],
        count: int,
        snapshots: int,
        schedule: str,
        numbered: bool,
    ) -> None:
        self.step, self.count, self.numbered = step, count, numbered
        self.snapshots, self.schedule = snapshots, schedule
        self.__qualname__ = f"{name(step)}, steps={count}"

    def __call__(self, state: Any, /, *args: Any, **kwargs: Any) -> Any:
        return self.run(0, self.count, state, args, kwargs)

    def run(self, begin: int, end: int, state: Any, args: Any, kwargs: Any) -> Any:
        paths = _paths(state)
        for number in range(begin, end):
            numbers = (number,) if self.numbered else ()
            state = self.step(state, *numbers, *args, **kwargs)
            if _paths(state) != paths:
                raise ValueError(
                    f"{name(self.step)}: step {number} gave a state of other containers than it "
                    f"took: {_described(_paths(state))}, not {_described(paths)}"
                )
        return state

    def actions(self) -> Iterator[Action]:
        return SCHEDULES[self.schedule](self.count, self.snapshots)


class Steps(Recomputed):
    """A call of a :class:`Loop` as a single operation."""

    def __init__(self, loop: Loop, call: tuple[Any, Any], operands: Sequence[Any]) -> None:
        super().__init__(name(loop), loop, call)
        self.loop = loop
        #: which operands are differentiated by, where a first evaluation can be gone on from
        self.active = _active(operands)
        self.left: Walk | None = None

    def function(self, *values: Any) -> Any:
        if self.active is None:
            return self.evaluate(*values)
        walk = Walk(self.loop, self.call, values, self.active)
        walk.forward()
        y = self.packed(rebuild(walk.state, iter(walk.recording.values)), values)
        self.left = walk
        return y

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        walk, self.left = self.left, None
        # What it holds stands beside it, where the tape finds and counts it.
        held = () if walk is None else (walk, walk.stored, walk.residuals)
        return tuple(args), np.ndim(y), *held

    def pull(
        self, residual: Any, ct: Any, active: Any, guess: Guess | None = None
    ) -> Sequence[Any]:
        args, ndim, *held = residual
        if any(map(_is_recorded, args)):
            # Evaluated again, steps would be recorded there again: once each is the least.
            return super().pull(residual, ct, active, guess)
        lead = np.shape(ct)[: np.ndim(ct) - ndim]
        cts = self.parts(ct, lead)
        wanted = [each is not None for each in active]
        walk = held[0] if held else None
        if not walk or walk.used or walk.wanted != wanted or any(map(_is_traced, args)):
            walk = Walk(self.loop, self.call, args, wanted)
            walk.forward()
        try:
            found = walk.backward(cts, lead, guess)
        except LateDependence:
            walk = Walk(self.loop, self.call, args, wanted)
            walk.depends_on_everything()
            walk.forward()
            found = walk.backward(cts, lead, guess)
        return with_zeros(found, args, active, lead)

    def parts(self, ct: Any, lead: tuple[int, ...]) -> list[Any]:
        """The cotangent of each leaf of the output; ``None`` where it has no derivatives."""
        if children(self.output) is None:
            return [ct]
        cts: list[Any] = []
        start = 0
        for _, like in leaves(self.output):
            if like.__class__ is not Outline:
                cts.append(None)
                continue
            piece = ct[..., start : start + like.size]
            start += like.size
            piece = np.reshape(piece, lead + like.shape)
            if piece.dtype.kind == "c" and like.dtype.kind != "c":
                piece = np.real(piece)
            cts.append(piece if piece.dtype == like.dtype else np.astype(piece, like.dtype))
        return cts


class LateDependence(Exception):
    """A part of the state that did not depend on what is differentiated by, later does."""


class Walk:
    """A loop's states and recordings, one after another, as its schedule asks for them."""

    def __init__(self, loop: Loop, call: Any, operands: Sequence[Any], wanted: list[bool]) -> None:
        self.loop, self.call, self.wanted = loop, call, wanted
        ((self.state, *_), _) = fill(call, operands)
        places = [x for _, x in leaves(call[0][0])]
        self.of_state = [x is Operand for x in places]
        count = sum(self.of_state)
        self.further = operands[count:]
        own = iter(wanted)
        #: which leaves of the state depend on what is differentiated by: the others stay plain
        self.dependent = [operand and next(own) for operand in self.of_state]
        self.settled = False
        self.args, self.kwargs = self.arguments(self.further)
        self.actions = loop.actions()
        self.stored: dict[int, Any] = {}
        self.recording: Any = None
        #: of the first recording, until the sweep begins
        self.residuals: list[Any] = []
        self.used = False
        if loop.count == 1:  # otherwise the first state is stored, and a copy of it gone on with
            self.own_state()

    def depends_on_everything(self) -> None:
        self.dependent = [True] * len(self.dependent)
        self.settled = True

    def arguments(self, further: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """What a step takes beside the state."""
        (_, *args), kwargs = self.call
        return fill((args, kwargs), further)

    def forward(self) -> None:
        """On to the next recording, and make it."""
        for kind, begin, end in self.actions:
            if kind == "store":
                self.stored[begin] = self.state
            elif kind == "copy":
                self.state = self.stored[begin]
            elif kind == "take":
                self.state = self.stored.pop(begin)
            elif kind == "advance":
                self.advance(begin, end)
            else:
                self.recording = Recording(self, begin, end)
                if not self.used:
                    self.residuals += [residual for _, _, residual, _ in self.recording.tape.nodes]
                return
            if kind != "advance" and (kind != "take" or not begin):
                # A step may overwrite plain arrays, which the next one to go from here still needs.
                self.own_state()

    def own_state(self) -> None:
        self.state = rebuild(self.state, iter([fresh(x) for x in _flat(self.state)]))

    def advance(self, begin: int, end: int) -> None:
        while begin < end and not self.settled:
            # Recorded, a step shows which parts of the state it makes dependent.
            recording = Recording(self, begin, begin + 1)
            made = [node is not None for node in recording.outputs]
            grown = [old or new for old, new in zip(self.dependent, made, strict=True)]
            self.settled = grown == self.dependent
            self.dependent = grown
            self.state = rebuild(self.state, iter(recording.values))
            begin += 1
        self.state = self.loop.run(begin, end, self.state, self.args, self.kwargs)

    def backward(self, cts: Sequence[Any], lead: tuple[int, ...], guess: Guess | None) -> list[Any]:
        """The operands' cotangents, from those of the last state's leaves; once."""
        self.used = True
        self.residuals.clear()
        state = list(cts)
        further: list[Any] = [None] * len(self.further)
        while True:
            recording, self.recording = self.recording, None
            if recording.end < self.loop.count and any(
                node is not None and not known
                for node, known in zip(recording.outputs, self.dependent, strict=True)
            ):
                raise LateDependence
            state, further = recording.pull(state, further, lead, guess)
            if not recording.begin:
                break
            del recording
            self.forward()
        self.state = None
        return [ct for ct, own in zip(state, self.of_state, strict=True) if own] + further


class Recording:
    """Some steps of a walk, recorded."""

    def __init__(self, walk: Walk, begin: int, end: int) -> None:
        self.begin, self.end = begin, end
        with Tape() as self.tape:
            inputs = [
                leaf(self.tape, x) if dependent and is_floating(x) else x
                for x, dependent in zip(_flat(walk.state), walk.dependent, strict=True)
            ]
            of_state = len(walk.wanted) - len(walk.further)
            further = [
                leaf(self.tape, x) if wanted else x
                for x, wanted in zip(walk.further, walk.wanted[of_state:], strict=True)
            ]
            state = rebuild(walk.state, iter(inputs))
            self.inputs, self.further = map(self.nodes, (inputs, further))
            outputs = _flat(walk.loop.run(begin, end, state, *walk.arguments(further)))
            self.outputs = self.nodes(outputs)
            self.values = [x._value if at_level(x, self.tape) else x for x in outputs]

    def nodes(self, values: Sequence[Any]) -> list[Any]:
        return [x._node if at_level(x, self.tape) else None for x in values]

    def pull(
        self,
        state: Sequence[Any],
        further: Sequence[Any],
        lead: tuple[int, ...],
        guess: Guess | None,
    ) -> tuple[list[Any], list[Any]]:
        """Cotangents of what went in, from those of what came out.

        Those of the further arguments go on growing from step to step: so terms are added in the
        order of a recording in full.
        """
        given = [*zip(self.further, further, strict=True), *zip(self.outputs, state, strict=True)]
        seeds = [(node, ct) for node, ct in given if node is not None and ct is not None]
        sources = [node for node in (*self.inputs, *self.further) if node is not None]
        own = guess and guess.inside(self.begin)
        found = iter(self.tape.pull_once(seeds, sources, lead, own))
        cts = [None if node is None else next(found) for node in (*self.inputs, *self.further)]
        return cts[: len(self.inputs)], cts[len(self.inputs) :]


def _active(operands: Sequence[Any]) -> list[bool] | None:
    """Which of them are expressions, if all these are of one recording that keeps residuals."""
    traced = [x for x in operands if isinstance(x, Traced)]
    level = traced[0]._level
    plainly = all(x._level is level and not isinstance(x._value, Traced) for x in traced)
    if not plainly or isinstance(level, Segments):
        return None
    return [isinstance(x, Traced) for x in operands]


def _is_traced(x: Any) -> bool:
    return isinstance(x, Traced)


def _is_recorded(x: Any) -> bool:
    """Whether operations on `x` are recorded, at any level (a counted number has no node)."""
    while isinstance(x, Traced):
        if isinstance(x, Variable) and x._node is not None:
            return True
        x = x._value
    return False


def _flat(state: Any) -> list[Any]:
    return [state] if children(state) is None else [x for _, x in leaves(state)]


def _paths(state: Any) -> list[str] | None:
    return None if children(state) is None else [path for path, _ in leaves(state)]


def _described(paths: list[str] | None) -> str:
    return "one value" if paths is None else f"({', '.join(paths)})"
