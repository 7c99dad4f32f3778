"""What ``mode="auto"`` chooses, and where that is remembered."""

from collections.abc import Callable, MutableMapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from admodes.choosing.machines import TYPICAL
from admodes.choosing.model import Model
from admodes.choosing.profiling import profile
from admodes.choosing.task import Task
from admodes.choosing.trials import tried
from admodes.core.values import Traced, plain
from admodes.measure import listening
from admodes.modes.arguments import Inputs, leaves
from admodes.modes.chosen import Choice
from admodes.reverse import Pullback

PAYS = 0.02
"""Seconds of a derivative from which on timing single passes is worth the while."""


Choices = MutableMapping[Any, Choice]
"""By the signature of a call."""

_choices: "WeakKeyDictionary[Any, Choices]" = WeakKeyDictionary()


def choices_of(f: Callable[..., Any]) -> Choices:
    """What has been chosen for a function; it is forgotten with the function."""
    try:
        return _choices.setdefault(f, {})
    except TypeError:  # no weak reference or no hash: a function of C's, an object that compares
        return {}


def signature(args: Sequence[Any], kwargs: dict[str, Any], inputs: Inputs) -> tuple[Any, ...]:
    """Of a call: by what argument, of which shapes and dtypes; and numbers that may be counts."""
    nested = any(isinstance(x, Traced) for x in inputs.leaves)
    if inputs.plain and not kwargs:
        return nested, _looks(inputs.leaves[0])
    return nested, *inputs.argnums, *_all((tuple(args), kwargs))


def _all(tree: Any) -> list[Any]:
    return [(path, _looks(plain(x))) for path, x in leaves(tree)]


def _looks(x: Any) -> Any:
    if isinstance(x, np.ndarray):
        return x.shape, x.dtype
    return x if isinstance(x, (bool, int, str, type(None))) else type(x)


def automatic(
    f: Callable[..., Any], inputs: Inputs, has_aux: bool, pullback: Pullback | None
) -> Choice:
    """The choice where sizes alone do not decide: by counts, and by passes where it is worth it."""
    spent = 0.0
    # The derivative itself will print what there is to read, and not again what warnings said here.
    with listening(stderr=False):
        model = Model(profile(f, inputs, has_aux), TYPICAL)
        # One of the two, as where sizes alone decide: mixed mode is asked for by its name.
        ways = [way for way in model.candidates(checkpoint=False) if way.mode != "mixed"]
        if ways[0].seconds >= PAYS:
            task = Task(f, inputs.args, _argnums(inputs), False, inputs.kwargs, has_aux)
            ways, spent = tried(task, model, ways, pullback)
    best = ways[0]
    how = "passes were timed" if spent else "predicted by the operations that are recorded"
    return Choice(best.mode, best.chunk_size, how)


def _argnums(inputs: Inputs) -> Any:
    return inputs.argnums[0] if inputs.single else tuple(inputs.argnums)
