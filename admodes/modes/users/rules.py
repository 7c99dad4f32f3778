"""The kinds of primitive as a user's: one direction at a time, and checked.

Their residual is a pair: what the rule keeps, and the forms of the output and the arguments.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from admodes.core import rules
from admodes.core.guessing import Guess
from admodes.core.values import directions, with_zeros
from admodes.modes.users.apart import pull_apart, push_apart
from admodes.modes.users.checking import Form, called, conforming, form_of
from admodes.modes.users.transposing import LinearMap

ERRORS = (TypeError, ValueError, IndexError)


class Checked(rules.Primitive):
    """What the kinds have in common; each is derived from this and from the one that it checks."""

    #: what errors call the two halves of the rule
    halves = "push", "pull"
    #: the half of which the other is made, where one stands alone
    given: str | None = None
    #: whether what it multiplies by depends on no input
    is_linear = False
    multiplies = False  # the residual is another
    takes_guess = True

    def __init__(self, *args: Any, directions: bool) -> None:
        super().__init__(*args)
        #: whether the rule takes several directions at once, in leading axes
        self.directions = directions
        self.called = called(self.name, self.function)
        self.whose = tuple(f"the {half} of {self.called}" for half in self.halves)

    def reads(self, active: Sequence[Any]) -> tuple[bool, ...]:
        return rules.Primitive.reads(self, active)  # of each the form, whatever the rule keeps

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        forms = form_of(y, self.called), tuple([form_of(x, self.called) for x in args])
        return super().residual(y, args, params, active), forms

    def push(self, residual: Any, tangents: Sequence[Any], guess: Guess | None = None) -> Any:
        _, (y, xs) = residual
        lead = lead_of(tangents, xs)
        if guess is not None:
            return push_apart(self, residual, tangents, lead, guess)
        if self.directions or not lead:
            return self.pushed(residual, tangents, lead)
        return together([self.pushed(residual, ts) for ts in one_by_one(tangents, lead)], lead, y)

    def pushed(self, residual: Any, tangents: Sequence[Any], lead: tuple[int, ...] = ()) -> Any:
        """What the rule itself makes of tangents, of as many directions as it takes at once."""
        kept, (y, _) = residual
        whose = self.whose[0] + _given(lead)
        t = asked(whose, super().push, kept, [lent(t) for t in tangents])
        return conforming(t, y, whose, lead)

    def evaluated(self, args: Sequence[Any], params: dict[str, Any], form: Form) -> Any:
        """The function's own code, on numbers that record what it does."""
        y = asked(self.whose[0], partial(self.function, **params), *args)
        return conforming(y, form, self.whose[0])

    def pull(self, residual: Any, ct: Any, active: Any, guess: Guess | None = None) -> Any:
        _, (y, xs) = residual
        lead = lead_of([ct], [y])
        if guess is not None:
            return pull_apart(self, residual, ct, active, lead, guess)
        if self.directions or not lead:
            return self.pulled(residual, ct, active, lead)
        each = [self.pulled(residual, row, active) for (row,) in one_by_one([ct], lead)]
        return [
            None if wanted is None else together([gs[i] for gs in each], lead, xs[i])
            for i, wanted in enumerate(active)
        ]

    def map(self, half: str, residual: Any, active: Any) -> LinearMap:
        """A half, or what it is made of, as a map of one direction: of tangents, or a cotangent."""
        if (self.given or half) == "push":
            return lambda tangents: [self.pushed(residual, tangents)]
        return lambda cts: self.pulled(residual, cts[0], active)

    def pulled(
        self, residual: Any, ct: Any, active: Any, lead: tuple[int, ...] = ()
    ) -> Sequence[Any]:
        """What the rule itself makes of a cotangent, of as many directions as it takes at once."""
        kept, (y, xs) = residual
        whose = self.whose[1] + _given(lead)
        if y.dtype.kind == "f" and np.iscomplexobj(ct):
            ct = np.real(ct)  # what comes of the rest is dropped where the argument is real
        gs = asked(whose, super().pull, kept, lent(ct), active)
        if len(gs) != len(xs):
            raise ValueError(
                f"{whose} gave {len(gs)} cotangent{'s' * (len(gs) != 1)}; it must give {len(xs)}, "
                "one for each argument (that of a constant is ignored)"
            )
        return [
            None
            if wanted is None
            else conforming(gs[i], xs[i], f"{whose}, for argument {i},", lead, ct)
            for i, wanted in enumerate(active)
        ]

    def shapes(self, residual: Any, active: Sequence[Any]) -> Sequence[Any]:
        _, xs = residual[-1]
        return [x.shape for x in xs]

    def values(self, residual: Any) -> Sequence[Any]:
        return ()

    def always_zero(self, residual: Any, xs: Sequence[Any]) -> Any:
        return None  # a user's code may raise anything at numbers that are drawn


def lead_of(given: Sequence[Any], forms: Sequence[Form]) -> tuple[int, ...]:
    """The leading axes of tangents or cotangents of these forms: their directions."""
    if all(t is None or t.__class__ is float for t in given):
        return ()  # at a tenth of the time
    return directions(given, [form.shape for form in forms])


def lent(t: Any) -> Any:
    """What a rule may read and not overwrite: it is somebody else's too."""
    if t.__class__ is not np.ndarray:
        return t
    view = t.view()
    view.flags.writeable = False
    return view


def _given(lead: tuple[int, ...]) -> str:
    return f", given directions {lead} in front" if lead else ""


def asked(whose: str, call: Callable[..., Any], *args: Any) -> Any:
    """What the user's code gives; an error in it says which rule's it is."""
    try:
        return call(*args)
    except ERRORS as error:
        # NumPy says less than what it met: an expression that was written into an array, mostly.
        reason = error.__cause__ or error
        if type(error) not in ERRORS or type(reason) not in ERRORS:
            raise  # of a kind that somebody may wait for, as LinAlgError is
        raise type(reason)(f"{whose}: {reason}") from error


def one_by_one(given: Sequence[Any], lead: tuple[int, ...]) -> Iterator[list[Any]]:
    """Each of the directions that stand in front; ``None`` is ``None`` in all of them."""
    for index in np.ndindex(lead):
        yield [None if t is None else t[index] for t in given]


def together(results: Sequence[Any], lead: tuple[int, ...], form: Form) -> Any:
    """What came of the directions one by one, with the directions in front."""
    if not results:
        return np.zeros(lead + form.shape, form.dtype)
    return np.reshape(np.stack(results), lead + form.shape)


class Linear(Checked, rules.Linear):
    """As :class:`admodes.core.rules.Linear`."""

    halves = "function", "transpose"
    is_linear = True

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        kept, forms = super().residual(y, args, params, active)
        return *kept, forms  # the parameters and the shape in front, where `add` looks for them

    def push(self, residual: Any, tangents: Sequence[Any], guess: Guess | None = None) -> Any:
        return super().push(_paired(residual), tangents, guess)

    def pull(self, residual: Any, ct: Any, active: Any, guess: Guess | None = None) -> Any:
        return super().pull(_paired(residual), ct, active, guess)

    def map(self, half: str, residual: Any, active: Any) -> LinearMap:
        if half == "pull":
            return super().map(half, residual, active)
        (params, _), (y, xs) = residual
        shapes = [x.shape for x in xs]
        return lambda tangents: [self.evaluated(with_zeros(tangents, shapes), params, y)]

    def always_zero(self, residual: Any, xs: Sequence[Any]) -> Any:
        return rules.Linear.always_zero(self, residual, xs)  # any tangents are what it is given


def _paired(residual: Any) -> Any:
    return residual if len(residual) == 2 else (residual[:-1], residual[-1])


class Multilinear(Checked, rules.Multilinear):
    """As :class:`admodes.core.rules.Multilinear`."""

    halves = "function", "transpose"
    multiplies, takes_guess = True, False

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        if not callable(self.transposes) and len(self.transposes) != len(args):
            raise TypeError(
                f"{self.called} was called with {len(args)} arguments; it has "
                f"a transpose for each of {len(self.transposes)}"
            )
        kept, forms = super().residual(y, args, params, active)
        return *kept, forms  # the arrays in front, as of any product

    def push(self, residual: Any, tangents: Sequence[Any], guess: Guess | None = None) -> Any:
        return super().push(_paired(residual), tangents, guess)

    def pull(self, residual: Any, ct: Any, active: Any, guess: Guess | None = None) -> Any:
        return super().pull(_paired(residual), ct, active, guess)

    def values(self, residual: Any) -> Sequence[Any]:
        return rules.Multilinear.values(self, residual)

    def always_zero(self, residual: Any, xs: Sequence[Any]) -> Any:
        return rules.Multilinear.always_zero(self, residual[:-1], xs)


class Custom(Checked, rules.Custom):
    """As :class:`admodes.core.rules.Custom`, where a constant's tangent is zero."""

    def pushed(self, residual: Any, tangents: Sequence[Any], lead: tuple[int, ...] = ()) -> Any:
        if not self.directions and any(t is None for t in tangents):
            # A textbook's rule knows of no constants.
            tangents = with_zeros(tangents, [x.shape for x in residual[1][1]])
        return super().pushed(residual, tangents, lead)
