"""What ``mode="auto"`` chooses, and where that is remembered."""

import functools
from collections.abc import Callable, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from admodes import forward, reverse
from admodes.choosing.machines import TYPICAL
from admodes.choosing.model import Model
from admodes.choosing.profiling import profile
from admodes.choosing.task import Task
from admodes.choosing.trials import tried
from admodes.core.values import Traced, plain
from admodes.measure import listening
from admodes.modes.arguments import Inputs, check_callable, name, with_auxiliary
from admodes.modes.chosen import Choice, choosing
from admodes.modes.complex_derivatives import is_complex
from admodes.modes.containers import leaves
from admodes.modes.evaluating import constants_of, on_copies, overwritten
from admodes.modes.units import chunk_size_of

if TYPE_CHECKING:
    from concurrent.futures import Executor

PAYS = 0.02
"""Seconds of a derivative from which on timing single passes is worth the while."""
FEWEST = 8
FEW = 32
MANY = 256
"""With more inputs than this there are several passes, and reverse mode is the likelier one."""
CLEAR = 16
SMALL = 200_000
"""Entries of a derivative that is made about as soon as a recommendation for it."""


def jacobian(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    holomorphic: bool = False,
    executor: "Executor | None" = None,
) -> Any:
    """As :func:`admodes.jacobian`, by the mode that is chosen when it is called."""
    check_callable(f)
    chunk_size_of(chunk_size, 1)
    known, latest = choices_of(f), list[Choice]()
    made: dict[tuple[str, int | None], Callable[..., Any]] = {}

    @functools.wraps(f)
    def quicker(*args: Any, **kwargs: Any) -> Any:
        inputs = Inputs(f, args, kwargs, argnums)
        sizes = signature(args, kwargs, inputs)
        recorded = None
        if sizes not in known:
            own = on_copies(inputs)
            known[sizes], recorded = choose(f, own, has_aux)
            if recorded is not None and overwritten(constants_of(inputs), constants_of(own)):
                recorded = None  # the caller's are to be changed, too
        choice = known[sizes]
        latest[:] = [choice]
        size = choice.chunk_size if chunk_size is None else chunk_size
        if choice.mode == "reverse" and recorded is not None and executor is None:
            pullback, aux = recorded
            jacobians = reverse.every_row(pullback, inputs, size, holomorphic)
            return (jacobians, aux) if has_aux else jacobians
        del recorded
        way = choice.mode, size
        if way not in made:
            options: dict[str, Any] = {"has_aux": has_aux, "holomorphic": holomorphic}
            options["executor"] = executor
            mode = forward if choice.mode == "forward" else reverse
            made[way] = mode.jacobian(f, argnums, chunk_size=size, **options)
        return made[way](*args, **kwargs)

    return choosing(quicker, latest, name(f))


def choose(
    f: Callable[..., Any], inputs: Inputs, has_aux: bool = False
) -> tuple[Choice, tuple[reverse.Pullback, Any] | None]:
    """What ``mode="auto"`` takes, and the recording with its aux, if one was made to find out.

    How many outputs there are is seen from an evaluation. With many inputs reverse mode is the
    likelier choice, and recording as well is its first half; with few a recording would take about
    as long as forward mode.
    """
    columns = sum(np.size(plain(x)) for x in inputs.leaves)
    if columns <= FEWEST:  # whatever the number of outputs
        return Choice("forward", None, "few inputs"), None
    recorded = None
    if columns <= MANY:
        output = inputs.call(inputs.leaves)
        if has_aux:
            output, _ = with_auxiliary(output, f)
        rows = sum(np.size(plain(y)) for _, y in leaves(output))
    else:
        recorded = reverse.record(f, inputs, has_aux)
        rows = sum(np.size(plain(y)) for y in recorded[0].values)
    mode = rule_of_thumb(columns, rows)
    if mode is not None:
        return Choice(mode, None, f"{columns:,} inputs, {rows:,} outputs"), recorded
    if any(isinstance(x, Traced) for x in inputs.leaves):  # levels below would be counted, too
        mode = "forward" if columns <= rows else "reverse"
        return Choice(mode, None, "inside of another differentiation"), recorded
    if any(map(is_complex, inputs.leaves)):  # what is predicted and timed is by real ones
        mode = "forward" if columns <= rows else "reverse"
        return Choice(mode, None, "complex inputs"), recorded
    pullback = recorded[0] if recorded else None
    return predicted(f, inputs, has_aux, pullback), recorded


def rule_of_thumb(inputs: int, outputs: int) -> str | None:
    """The mode where sizes alone decide, or all is over too soon for more; ``None`` elsewhere.

    What ``mode="auto"`` begins with. `inputs` and `outputs` are numbers of entries.

    Examples
    --------
    >>> import admodes as ad
    >>> ad.rule_of_thumb(10_000, 1), ad.rule_of_thumb(3, 50), ad.rule_of_thumb(1000, 1000)
    ('reverse', 'forward', None)
    """
    if inputs <= FEW:  # Python's time decides, and a recording costs about a pass
        return "forward" if inputs <= max(FEWEST * outputs, FEWEST) else "reverse"
    if inputs * CLEAR <= outputs:
        return "forward"
    if outputs * CLEAR <= inputs:
        return "reverse"
    if inputs * outputs <= SMALL:
        return "forward" if inputs < 2 * outputs else "reverse"
    return None


def predicted(
    f: Callable[..., Any], inputs: Inputs, has_aux: bool, pullback: reverse.Pullback | None
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


# --- What is remembered ---------------------------------------------------------------------------

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
