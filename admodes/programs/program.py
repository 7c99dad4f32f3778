"""Programs: a function recorded once, as lines of NumPy that run again without the recording."""

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from admodes import forward, reverse
from admodes.core.standing import NotFinite, Unrepeatable
from admodes.core.values import Traced, fresh
from admodes.modes.arguments import (
    argument_names,
    check_callable,
    leaves,
    map_leaves,
    name,
    rebuild,
)
from admodes.programs.buffers import planned
from admodes.programs.recording import record
from admodes.programs.simplifying import simplified
from admodes.programs.source import Changed, compiled, written
from admodes.programs.steps import Steps, alike

Mode = Literal["value", "forward", "reverse"]


class Variant(NamedTuple):
    """One recording, for inputs of these shapes and dtypes, and as long as its guards hold."""

    key: Any  #: of the arguments
    steps: Steps
    run: Callable[..., tuple[Any, ...]]
    output: Any  #: what the function returned: its containers

    def call(self, inputs: Sequence[Any]) -> Any:
        found = self.run(*inputs)
        if self.output.__class__ is tuple and len(self.output) == len(found):
            return found
        return rebuild(self.output, iter(found))


class Program:
    """A function, or its derivatives in one mode, as straight lines of NumPy.

    Made by :func:`program`. Calling it gives what the function gave when it was recorded, bit for
    bit, at the inputs of the call.

    Where a guard does not hold (a branch on a value goes the other way, say) the function is
    evaluated, and recorded for the next time; so it is for inputs of other shapes. Where a result
    is NaN or the recording has ended in a way that the program does not know, the function itself
    answers.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        title: str,
        names: Callable[[Sequence[Any]], list[str]],
        on_change: str,
        cache_size: int,
    ) -> None:
        self._f, self._title, self._names = f, title, names
        self._on_change, self._cache_size = on_change, cache_size
        self._variants: list[Variant] = []

    def __call__(self, *args: Any) -> Any:
        inputs, key = taken_apart(args)
        changed = False
        for variant in self._variants:
            if variant.key == key:
                try:
                    return variant.call(inputs)
                except Changed:
                    changed = True
        return self._evaluated(args, key, changed)

    def _evaluated(self, args: Sequence[Any], key: Any, changed: bool) -> Any:
        """The answer of the function itself, which is recorded unless it is not finite."""
        if any(isinstance(x, Traced) for _, x in leaves(args)):
            return self._f(*args)  # inside another differentiation
        if self._on_change == "raise" and self._variants:
            raise ValueError(f"{self._title}: {self._difference(args, key, changed)}")
        result = self._f(*map_leaves(fresh, args))
        with contextlib.suppress(
            NotFinite
        ):  # then there is nothing to record, and the answer is there
            self.record(*args)
        return result

    def _difference(self, args: Sequence[Any], key: Any, changed: bool) -> str:
        if changed:
            return (
                "a value on which the function branches is another than when it was recorded; "
                'on_change="rerecord" records it again'
            )
        shapes = ", ".join(str(np.shape(x)) for _, x in leaves(args))
        return (
            f"it was recorded for arguments of other shapes, dtypes or kinds than {shapes}; "
            'on_change="rerecord" records it again'
        )

    def record(self, *args: Any) -> None:
        """Record the function for these arguments.

        Raises
        ------
        Unrepeatable
            Where it does what a program cannot repeat.
        """
        _, key = taken_apart(args)
        pairs = zip(self._names(args), (x for _, x in leaves(args)), strict=True)
        names = [name for name, x in pairs if _is_input(x)]
        steps, output, _ = record(self._f, args, names)
        again, _, _ = record(self._f, args, names)
        if not alike(steps, again):
            raise Unrepeatable(
                f"{self._title}: recorded twice at the same arguments it did not do the same: it "
                "draws random numbers, or depends on what it has changed before"
            )
        steps = simplified(steps)
        variant = Variant(key, steps, compiled(steps, self._function_name()), output)
        self._variants.insert(0, variant)
        del self._variants[self._cache_size :]

    def _function_name(self) -> str:
        words = "".join(c if c.isalnum() else "_" for c in self._title)
        return words if words.isidentifier() else f"program_{words}"

    # --- To read ----------------------------------------------------------------------------------

    @property
    def steps(self) -> Steps:
        """The steps of the variant that was recorded last."""
        return self._variants[0].steps

    @property
    def source(self) -> str:
        """The lines of the variant that was recorded last."""
        return written(self.steps, planned(self.steps), self._function_name())[0]

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        count = len(self.steps.code)
        buffers = planned(self.steps).nbytes
        return f"<Program {self._title}: {count} steps, {buffers:,} B of buffers>"

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_variants": []}  # recorded again where it is called


def program(
    f: Callable[..., Any],
    *args: Any,
    mode: Mode = "value",
    argnums: int | Sequence[int] = 0,
    on_change: Literal["rerecord", "raise"] = "rerecord",
    cache_size: int = 8,
) -> Program:
    """A function, or its derivatives in one mode, recorded once as lines of NumPy to run again.

    Parameters
    ----------
    f
        A function of plain NumPy code; it may differentiate, so that there are programs of second
        derivatives too.
    args
        Its arguments, of the shapes and dtypes that the program is for. In forward mode a tuple of
        primals and one of tangents, as for :func:`admodes.jvp`.
    mode
        ``"value"``: of ``f`` itself. ``"forward"``: of ``jvp(f, primals, tangents)``.
        ``"reverse"``: of ``value_and_grad(f, argnums)``.
    argnums
        For reverse mode: by which arguments.
    on_change
        What happens where the program does not fit a call, or a branch goes another way.
    cache_size
        How many recordings are kept.

    Raises
    ------
    Unrepeatable
        Where `f` does what a program cannot repeat: it makes a size of a number, draws random
        numbers, prints. A :class:`TypeError`.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> def f(x):
    ...     return np.sum(np.sin(x) * x)
    >>> p = ad.program(f, np.ones(3), mode="reverse")
    >>> p(np.zeros(3))
    (np.float64(0.0), array([0., 0., 0.]))
    """
    check_callable(f)
    if on_change not in ("rerecord", "raise"):
        raise ValueError(f"on_change must be 'rerecord' or 'raise', not {on_change!r}")
    if not isinstance(cache_size, int) or cache_size < 1:
        raise ValueError(f"cache_size must be a positive integer, not {cache_size!r}")
    own, words, names = _eager(f, mode, argnums)
    made = Program(own, words, names, on_change, cache_size)
    made.record(*args)
    return made


def _eager(
    f: Callable[..., Any], mode: str, argnums: int | Sequence[int]
) -> tuple[Callable[..., Any], str, Callable[[Sequence[Any]], list[str]]]:
    """What a program repeats, what it is called, and what its inputs are."""
    names = functools.partial(argument_names, f)
    if mode == "value":
        return f, name(f), names
    if mode == "forward":
        return _Pushed(f), f"tangent of {name(f)}", functools.partial(_with_tangents, f)
    if mode == "reverse":
        return reverse.value_and_grad(f, argnums), f"gradient of {name(f)}", names
    raise ValueError(f"mode must be 'value', 'forward' or 'reverse', not {mode!r}")


def _with_tangents(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    names = argument_names(f, args[0])
    return names + [f"d{name}" for name in names]


class _Pushed:
    """``jvp`` of a function: of primals and tangents."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f

    def __call__(self, primals: Any, tangents: Any) -> Any:
        return forward.jvp(self.f, primals, tangents)


# --- Arguments ------------------------------------------------------------------------------------


def taken_apart(args: Sequence[Any]) -> tuple[list[Any], Any]:
    """The inputs among the leaves of arguments, and what of them a program depends on beside."""
    inputs, key = [], []
    for path, x in leaves(tuple(args)):
        if _is_input(x):
            inputs.append(x)
            key.append((path, x.__class__, *_layout(x)))
        else:
            key.append((path, x.__class__, x if x.__class__ in _BY_VALUE else id(x), None))
    return inputs, key


def _layout(x: Any) -> tuple[Any, ...]:
    """What of an array the order of its sums depends on."""
    if x.__class__ is not np.ndarray:
        return ()
    return x.shape, x.dtype, x.flags.c_contiguous or x.strides


_BY_VALUE = (int, bool, str, type(None))


def _is_input(x: Any) -> bool:
    if x.__class__ is np.ndarray:
        return x.dtype.kind in "fc"
    return x.__class__ is float or x.__class__ is complex or isinstance(x, np.inexact)
