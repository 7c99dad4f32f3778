"""How long a way to a derivative takes, by its profile and by the costs of a machine."""

from dataclasses import asdict, replace
from math import ceil, sqrt
from typing import NamedTuple

from admodes.choosing.machines import Frame, Machine, Overhead
from admodes.choosing.profiling import PRODUCTS, Operation, Profile
from admodes.choosing.ways import Predicted, Way
from admodes.core.costs import Cost

ITEM = 8  # bytes of a number


MAPPED = 1 << 25  # bytes: malloc maps larger arrays anew each time, page by page


class Pass(NamedTuple):
    """What a pass over all operations takes, in seconds but for the numbers moved."""

    once: float  #: however many directions: Python's share, values, partial derivatives
    moves: float  #: numbers read and written for each direction
    rest: float  #: for each direction beside them


def a_pass(profile: Profile, machine: Machine, what: str) -> Pass:
    """Recording, or pushing or pulling along one or several directions (a field of Overhead)."""
    move = machine.move(in_use(profile, 1))
    once = moves = rest = 0.0
    for operation, times in profile.operations:
        number = operation.kind.endswith("number")
        python = getattr(machine.operations[operation.kind], what)
        python += operation.calls(what) * machine.call
        pulled = what.startswith("pull")
        values = Cost() if number or pulled else operation.value
        work = operation.pull if pulled else operation.push
        if what == "record":
            values += Cost(moves=2 * operation.copied)
        elif not number or what in ("pushes", "pulls"):
            values += work.fixed
            each = work.each + Cost(moves=3 * operation.added if pulled else 0)
            moves += times * each.moves
            rest += times * beside_moves(operation, machine, each, what)
        rate = machine.product if operation.name in PRODUCTS else machine.elimination
        python += values.moves * (move + loops(operation, machine, what))
        python += computed(operation, machine, values, rate)
        once += times * python
    return Pass(once, moves, rest)


def loops(operation: Operation, machine: Machine, what: str) -> float:
    """A number's share of NumPy's inner loops; a loop reads one or two and writes one."""
    if not operation.inner:
        return 0.0
    summed = operation.reduces
    if operation.kind == "broadcast":  # a pull of what was broadcast sums, after a product
        summed = what.startswith("pull")
        row = (machine.row + machine.reduction) / 2 if summed else machine.row
    else:
        row = machine.reduction if summed and not what.startswith("pull") else machine.row
    return row / (2 * operation.inner)


def computed(operation: Operation, machine: Machine, cost: Cost, rate: float) -> float:
    """Nonlinear functions, and what products and eliminations do with numbers moved once."""
    nonlinear = machine.nonlinear.get(operation.name, machine.nonlinear[""])
    beyond = max(cost.additions + cost.multiplications - cost.moves, 0)
    return cost.nonlinear * nonlinear + beyond * rate


def beside_moves(operation: Operation, machine: Machine, each: Cost, what: str) -> float:
    """What a direction takes in an operation, beside the numbers that it moves."""
    seconds = computed(operation, machine, each, machine.product)
    if operation.matrices and what in ("pushes", "pulls"):
        products = each.multiplications / max(operation.value.multiplications, 1)
        seconds += operation.matrices * products * machine.matrix
        if what == "pulls":
            seconds *= machine.transposed
    return seconds + each.moves * loops(operation, machine, what)


def in_use(profile: Profile, k: int) -> float:
    """Bytes of a pass along `k` directions that are in use at once: what the cache is to hold."""
    return ITEM * k * (profile.alive + 2 * profile.written)


class Model:
    """The times of a profile on a machine."""

    def __init__(self, profile: Profile, machine: Machine) -> None:
        self.profile, self.machine = profile, machine
        self.passes = {what: a_pass(profile, machine, what) for what in Overhead._fields}

    def forward(self, k: int) -> float:
        """A Jacobian by forward mode, `k` inputs a pass."""
        profile, frame = self.profile, self.machine.forward
        own = self.passes["pushes" if k > 1 else "push"]
        each = frame.each + frame.output * (profile.output_leaves - 1) + own.once
        return (
            frame.start
            + frame.leaf * (profile.input_leaves - 1)
            + ceil(profile.inputs / k) * each
            + profile.inputs * self.direction(own, k)
            + self.assembly(frame, profile.outputs * k)
        )

    def reverse(self, r: int, checkpoint: bool = False) -> float:
        """A Jacobian by reverse mode, `r` outputs a sweep."""
        profile, frame = self.profile, self.machine.reverse
        own = self.passes["pulls" if r > 1 else "pull"]
        each = frame.each + frame.leaf * (profile.input_leaves - 1) + own.once
        if checkpoint:  # evaluated twice more: where values are stored, and between these
            each += 2 * self.passes["record"].once
        return (
            frame.start
            + frame.output * (profile.output_leaves - 1)
            + self.passes["record"].once
            + ceil(profile.outputs / r) * each
            + profile.outputs * self.direction(own, r)
            + self.assembly(frame, profile.inputs * r)
        )

    def direction(self, own: Pass, k: int) -> float:
        """What one of `k` directions takes."""
        return own.moves * self.machine.move(in_use(self.profile, k)) + own.rest

    def assembly(self, frame: Frame, chunk: int) -> float:
        """Making a Jacobian of the chunks of it: each entry is copied twice."""
        profile, move = self.profile, self.machine.move
        entries = profile.inputs * profile.outputs
        blocks = frame.block * (profile.input_leaves * profile.output_leaves - 1)
        containers = frame.containers * profile.has_containers
        copies = 2 * entries * (move(2 * ITEM * chunk) + move(2 * ITEM * entries))
        return containers + blocks + copies

    def seconds(self, mode: str, k: int, checkpoint: bool = False) -> float:
        return self.forward(k) if mode == "forward" else self.reverse(k, checkpoint)

    def predicted(self, way: Way) -> Predicted:
        how = way.mode, way.chunk_size, way.checkpoint
        return Predicted(**asdict(way), seconds=self.seconds(*how), bytes=held(self.profile, *how))

    def candidates(self, checkpoint: bool) -> list[Predicted]:
        """Every way, at powers of two and at all directions in a pass; the quickest first."""
        profile = self.profile
        most = MAPPED // (ITEM * max(profile.widest, 1))
        every = list(Way.worth_trying(profile.inputs, profile.outputs, most))
        if checkpoint:
            every += [replace(way, checkpoint=True) for way in every if way.mode == "reverse"]
        return sorted(map(self.predicted, every), key=lambda each: each.seconds)


def held(profile: Profile, mode: str, k: int, checkpoint: bool) -> int:
    """Bytes that a pass holds: tangents, or cotangents and the tape."""
    own = ceil(in_use(profile, k)) + ITEM * k * profile.inputs
    if mode == "forward":
        return own
    if not checkpoint:
        return own + profile.tape_bytes
    # About 2√n values of n are stored (admodes.memory.segments).
    return own + ceil(profile.tape_bytes * min(1.0, 2 / sqrt(max(profile.length, 1))))
