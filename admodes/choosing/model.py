"""How long a way to a derivative takes, by its profile and by the costs of a machine."""

from dataclasses import replace
from math import ceil, sqrt
from typing import NamedTuple

from admodes.choosing.machines import Frame, Machine, Overhead
from admodes.choosing.profiling import ITEM, PRODUCTS, Counted, Operation, Profile
from admodes.choosing.ways import Predicted, Way
from admodes.core.costs import Cost

NOTED = 6e-6
"""Seconds of noting the shape of a value in mixed mode, and how long it is alive."""
MAPPED = 1 << 25  # bytes: malloc maps larger arrays anew each time, page by page


class Pass(NamedTuple):
    """What a pass over all operations takes, in seconds but for the numbers moved."""

    once: float  #: however many directions: Python's share, values, partial derivatives
    moves: float  #: numbers read and written for each direction
    rest: float  #: for each direction beside them


def a_pass(profile: Profile, machine: Machine, what: str, along: Counted | None = None) -> Pass:
    """Recording, or pushing or pulling along one or several directions (a field of Overhead).

    Pushing evaluates the operations too; `along` some that are recorded it does not.
    """
    move = machine.move(in_use(profile, 1))
    once = moves = rest = 0.0
    for operation, times in profile.operations if along is None else along:
        number = operation.kind.endswith("number")
        python = getattr(machine.operations[operation.kind], what)
        python += operation.calls(what) * machine.call
        pulled = what.startswith("pull")
        values = Cost() if number or pulled or along is not None else operation.value
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
    """The times of a profile on a machine.

    Parameters
    ----------
    profile, machine
        What is executed, and what it costs.
    gradient
        Whether the derivative is had by ``grad``; by ``jacobian`` otherwise.
    beside
        Seconds that an evaluation takes beside the operations of the profile: with what no
        derivative goes through.
    """

    def __init__(
        self, profile: Profile, machine: Machine, gradient: bool = False, beside: float = 0.0
    ) -> None:
        self.profile, self.machine, self.gradient, self.beside = profile, machine, gradient, beside
        self.passes = {what: a_pass(profile, machine, what) for what in Overhead._fields}

    def frame(self, mode: str) -> Frame:
        number = self.gradient and self.profile.of_a_number
        return self.machine.frame(mode, self.gradient, number)

    def forward_pass(self, k: int) -> float:
        """An evaluation with `k` tangents."""
        own, frame = self.passes["pushes" if k > 1 else "push"], self.frame("forward")
        each = frame.each + frame.output * (self.profile.output_leaves - 1)
        return each + own.once + self.beside + k * self.direction(own, k)

    def recording(self) -> float:
        """An evaluation that is recorded."""
        return self.passes["record"].once + self.beside

    def sweep(self, r: int, checkpoint: bool = False) -> float:
        """A sweep with `r` cotangents."""
        own, frame = self.passes["pulls" if r > 1 else "pull"], self.frame("reverse")
        each = frame.each + frame.leaf * (self.profile.input_leaves - 1)
        if checkpoint:  # evaluated twice more: where values are stored, and between these
            each += 2 * self.recording()
        return each + own.once + r * self.direction(own, r)

    def forward(self, k: int) -> float:
        """The whole derivative by forward mode, `k` inputs a pass."""
        profile, frame = self.profile, self.frame("forward")
        passes = ceil(profile.inputs / k)
        own = self.passes["pushes" if k > 1 else "push"]
        left_out = (passes * k - profile.inputs) * self.direction(own, k)  # by the last pass
        return (
            frame.start
            + frame.leaf * (profile.input_leaves - 1)
            + passes * self.forward_pass(k)
            - left_out
            + self.assembly(frame, profile.outputs * k)
        )

    def reverse(self, r: int, checkpoint: bool = False) -> float:
        """The whole derivative by reverse mode, `r` outputs a sweep."""
        profile, frame = self.profile, self.frame("reverse")
        sweeps = ceil(profile.outputs / r)
        own = self.passes["pulls" if r > 1 else "pull"]
        left_out = (sweeps * r - profile.outputs) * self.direction(own, r)
        return (
            frame.start
            + frame.output * (profile.output_leaves - 1)
            + self.recording()
            + profile.parts * (sweeps * self.sweep(r, checkpoint) - left_out)
            + self.assembly(frame, profile.inputs * r)
        )

    def mixed(self, k: int) -> float:
        """The whole derivative through its narrowest place, `k` of its numbers a pass."""
        profile, machine, frame = self.profile, self.machine, self.frame("reverse")
        narrow = profile.narrow
        if narrow is None:
            raise ValueError("there is no narrow place between inputs and outputs")
        seconds = frame.start + self.recording() + NOTED * profile.length
        back, on = ("pulls", "pushes") if k > 1 else ("pull", "push")
        for what, operations in ((back, narrow.before), (on, narrow.after)):
            own = a_pass(profile, machine, what, operations)
            seconds += ceil(narrow.width / k) * (frame.each + own.once)
            seconds += narrow.width * self.direction(own, k)
        product = 2 * profile.entries * narrow.width * machine.product
        return seconds + product + profile.entries * machine.move(ITEM * profile.entries)

    def direction(self, own: Pass, k: int) -> float:
        """What one of `k` directions takes."""
        return own.moves * self.machine.move(in_use(self.profile, k)) + own.rest

    def assembly(self, frame: Frame, chunk: int) -> float:
        """Making a Jacobian of the chunks of it: each entry is copied twice."""
        profile, move = self.profile, self.machine.move
        entries = profile.entries
        blocks = frame.block * (profile.input_leaves * profile.output_leaves - 1)
        containers = frame.containers * profile.has_containers
        copies = 2 * entries * (move(2 * ITEM * chunk) + move(2 * ITEM * entries))
        return containers + blocks + copies

    def seconds(self, mode: str, k: int, checkpoint: bool = False) -> float:
        if mode == "mixed":
            return self.mixed(k)
        return self.forward(k) if mode == "forward" else self.reverse(k, checkpoint)

    def predicted(self, way: Way) -> Predicted:
        how = way.mode, way.chunk_size, way.checkpoint
        own = {field: getattr(way, field) for field in Way.__dataclass_fields__}
        if way.mode == "reverse":
            own["passes"] *= self.profile.parts
        return Predicted(**own, seconds=self.seconds(*how), bytes=held(self.profile, *how))

    def candidates(self, checkpoint: bool) -> list[Predicted]:
        """Every way, at powers of two and at all directions in a pass; the quickest first."""
        profile = self.profile
        most = MAPPED // (ITEM * max(profile.widest, 1))
        every = list(Way.worth_trying(profile.inputs, profile.outputs, most))
        if checkpoint:
            every += [replace(way, checkpoint=True) for way in every if way.mode == "reverse"]
        if profile.narrow is not None:
            every += Way.through(profile.narrow.width, most)
        return sorted(map(self.predicted, every), key=lambda each: each.seconds)


def each_direction(profile: Profile) -> float:
    """Numbers that are held for a direction: along what is alive or being made, and the input."""
    return profile.most_alive + 2 * profile.written + profile.inputs


def held(profile: Profile, mode: str, k: int, checkpoint: bool) -> int:
    """Bytes that are held at once: by a pass, and by all that the passes before it have left."""
    pass_ = ITEM * k * each_direction(profile) + ITEM * (profile.most_alive + profile.written)
    tape = 0.0
    if mode == "reverse" and checkpoint:
        # About 2√n values of n are stored (admodes.checkpoints.segments).
        tape = ITEM * float(profile.history.sizes.sum()) * 2 / sqrt(max(profile.length, 1))
    elif mode == "reverse":
        tape = profile.tape_bytes
    entries = profile.entries
    if mode == "mixed" and profile.narrow is not None:
        halves = profile.narrow.width * (profile.inputs + profile.outputs * profile.parts)
        return ceil(profile.tape_bytes + max(pass_, ITEM * entries) + ITEM * halves)
    part = k * profile.parts * (profile.outputs if mode == "forward" else profile.inputs)
    if part >= entries:
        return ceil(pass_ + tape + ITEM * (entries if profile.outputs > 1 else 0))
    return ceil(tape + ITEM * max(pass_ / ITEM + entries - part, 2 * entries))
