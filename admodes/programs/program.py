"""Programs: a function recorded once, as lines of NumPy that run again without the recording."""

import contextlib
from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from admodes.core.stand_ins import NotFinite, Unrepeatable
from admodes.core.types import Backend
from admodes.core.values import Traced, fresh, is_finite
from admodes.measure.hearing import listening
from admodes.modes.arguments import check_callable, name, positions
from admodes.modes.containers import children, leaves, map_leaves, rebuild
from admodes.programs.agreeing import agrees
from admodes.programs.explaining import Explanation, explained
from admodes.programs.keys import lists_of_numbers, same_number, taken_apart
from admodes.programs.modes import Mode, Repeated, repeated_by
from admodes.programs.recording import is_input, record
from admodes.programs.simplifying import simplified
from admodes.programs.source import Changed, Writer, runnable
from admodes.programs.steps import Steps, parting

NOT_KNOWN: Any = object()
"""In place of a result that is still to be asked for."""


class Variant(NamedTuple):
    """One recording, for inputs of these shapes and dtypes, and as long as its guards hold."""

    key: Any  #: of the arguments
    steps: Steps
    run: Callable[..., tuple[Any, ...]]
    output: Any  #: what the function returned: its containers
    is_one: bool  #: whether that is one number or array
    is_flat: bool  #: or a tuple of them
    held: dict[int, Any]  #: of the inputs, what it holds for alone

    def call(self, inputs: Sequence[Any]) -> Any:
        if self.held:
            if not all(same_number(inputs[i], x) for i, x in self.held.items()):
                raise Changed
            inputs = [x for i, x in enumerate(inputs) if i not in self.held]
        found = self.run(*inputs)
        if self.is_flat:
            return found
        return found[0] if self.is_one else rebuild(self.output, iter(found))


class Program:
    """A function, or its derivatives in one mode, as straight lines of NumPy.

    Made by :func:`program`. Calling it gives what the function gave when it was recorded, bit for
    bit, at the inputs of the call.

    Where a guard does not hold (a branch on a value goes the other way, say) the function is
    evaluated, and recorded for the next time; so it is for inputs of other shapes. Where that
    happens again and again it is recorded ever more seldom: recording takes many evaluations. Where
    a result is NaN, or a slope on the way is not finite, the function itself answers.
    """

    def __init__(
        self,
        repeated: Repeated,
        on_change: str = "rerecord",
        cache_size: int = 8,
        backend: str = "numpy",
        threads: int = 1,
    ) -> None:
        check_backend(backend)
        self.repeated, self.on_change, self.cache_size = repeated, on_change, cache_size
        self.backend, self.threads = backend, threads
        #: what it took to compile all recordings, by the back end "compiled"
        self.compile_seconds = 0.0
        self.variants: list[Variant] = []
        #: calls that no recording was for
        self.misses = 0
        #: those of the function for which it was recorded last, or made
        self.args: tuple[Any, ...] = ()

    def __call__(self, *args: Any) -> Any:
        inputs, key = taken_apart(args)
        changed = False
        for variant in self.variants:
            if variant.key == key:
                try:
                    return variant.call(inputs)
                except Changed:
                    changed = True
                except (ArithmeticError, RuntimeWarning):  # the function may know a way around
                    return self._answer(args)
                except (ValueError, LookupError):  # it may catch what NumPy raises: another branch
                    changed = True
        if any(isinstance(x, Traced) for _, x in leaves(tuple(args))):
            return self.repeated(*args)  # inside another differentiation
        floats = self.repeated.promoted(args)
        if taken_apart(floats)[1] != key:
            return self(*floats)
        result = self._answer(args)
        with np.errstate(over="ignore"):
            if not all(is_finite(x) for _, x in leaves(result) if is_input(x)):
                return result
        if self.on_change == "raise" and self.variants:
            raise ValueError(f"{self.repeated.title}: {self._difference(args, changed)}")
        self.misses += 1
        if self._is_worth_recording():
            with contextlib.suppress(NotFinite):  # the answer is there; next time it may be finite
                self.record(*args, expected=result)
        return result

    def _is_worth_recording(self) -> bool:
        """As often as there is room, and then at every miss that doubles their number.

        So what recordings take that nothing comes of grows with the logarithm of the calls alone,
        and what is called from now on waits for no longer than there were misses before.
        """
        times, rest = divmod(self.misses, self.cache_size)
        return times == 0 or (rest == 0 and times & (times - 1) == 0)

    def _answer(self, args: Sequence[Any]) -> Any:
        """That of the function itself."""
        return self.repeated(*map_leaves(fresh, tuple(args)))

    def _difference(self, args: Sequence[Any], changed: bool) -> str:
        if changed:
            return (
                "a value on which the function branches is another than when it was recorded; "
                'on_change="rerecord" records it again'
            )
        found = ", ".join(
            f"{type(x).__name__}{f' of shape {x.shape}' if isinstance(x, np.ndarray) else ''}"
            for _, x in leaves(tuple(args))
        )
        return (
            "it was recorded for arguments of other shapes, dtypes or layouts, or with other "
            f'constants, than {found}; on_change="rerecord" records it again'
        )

    def record(self, *args: Any, expected: Any = NOT_KNOWN) -> None:
        """Record for these arguments, the same as those of a call.

        Parameters
        ----------
        expected
            What the function itself gives for them, if that is known: a recording that gives
            something else is none.

        Raises
        ------
        Unrepeatable
            Where the function does what a program cannot repeat.
        """
        repeated = self.repeated
        args = tuple(repeated.promoted(args))
        inputs, key = taken_apart(args)
        try:
            steps, output, held = self._recorded(args, expected)
        except Unrepeatable as error:
            raise type(error)(f"{repeated.title}: {error}", error.recording) from error
        steps = simplified(steps)
        flat = type(output) is tuple and all(children(part) is None for part in output)
        run = self._runnable(steps)
        one = children(output) is None
        variant = Variant(key, steps, run, output, one, flat, {i: inputs[i] for i in held})
        self.args = tuple(map_leaves(fresh, repeated.primals(args)))
        self.variants = [variant, *self.variants][: self.cache_size]  # others may be reading it

    def _recorded(self, args: Sequence[Any], expected: Any) -> tuple[Steps, Any, Collection[int]]:
        """The steps of an evaluation, what it returned, and which inputs are held.

        A list of floats that the function takes for an array is held: it makes one of it, as it may
        where nothing is differentiated by them.
        """
        try:
            return *self._recorded_once(args, expected, ()), ()
        except TypeError as error:
            if "cannot become a plain array" not in str(error):
                raise
            lists = lists_of_numbers(args)
            for held in (*lists, frozenset().union(*lists)) if lists else ():
                try:
                    return *self._recorded_once(args, expected, held), held
                except NotFinite:
                    raise
                except TypeError:  # it is not this one, or not it alone
                    pass
            raise

    def _recorded_once(
        self, args: Sequence[Any], expected: Any, held: Collection[int]
    ) -> tuple[Steps, Any]:
        repeated = self.repeated
        names = repeated.names(args)
        with listening(repeat=False) as heard:
            found = [record(repeated, args, names, repeated.results, held) for _ in range(2)]
            # It may have chosen something at first.
            if parting(found[0].steps, found[1].steps) is not None:
                found.append(record(repeated, args, names, repeated.results, held))
        before, (steps, output, values) = found[-2:]
        if heard.count:
            raise Unrepeatable(f"it prints, which a program does not: {heard.first[0]!r}")
        apart = parting(before.steps, steps) if len(found) > 2 else None
        if apart is not None:
            line = next((each.line for each in steps.code[apart:]), None)
            at = f" (first in {line.file}, line {line.number}: {line.text})" if line else ""
            raise Unrepeatable(
                "recorded again at the same arguments it did not do the same: "
                f"it draws random numbers, or depends on what it has changed before{at}"
            )
        if expected is NOT_KNOWN:
            expected = self._answer(args)
        if not agrees(output, iter(values), expected):
            if not all(is_finite(x) for _, x in leaves(expected) if is_input(x)):
                raise NotFinite("what it gives at these arguments is not finite")
            raise Unrepeatable(
                "recorded, it gives something else than it does at the same arguments: it goes "
                "another way where it asks for a type (write hasattr(x, 'shape') for "
                "isinstance(x, np.ndarray)), or catches an error that a recording has raised"
            )
        return steps, output

    def _runnable(self, steps: Steps) -> Callable[..., tuple[Any, ...]]:
        if self.backend == "numpy":
            return runnable(Writer(steps, self.repeated.title))
        from admodes.programs.compiled.driver import driven  # which needs LLVM

        run, seconds = driven(steps, self.repeated.title, self.threads)
        self.compile_seconds += seconds
        return run

    # --- To read ----------------------------------------------------------------------------------

    def writer(self) -> Writer:
        """What has written the variant that was recorded last."""
        return Writer(self._latest(), self.repeated.title)

    def _latest(self) -> Steps:
        if not self.variants:
            raise ValueError(
                f"{self.repeated.title} is not recorded yet: call it first, at arguments where no "
                "slope is infinite or NaN"
            )
        return self.variants[0].steps

    def _printed(self) -> Writer:
        """What writes the lines to be read."""
        if self.backend == "numpy":
            return self.writer()
        from admodes.programs.compiled.reading import LoopByLoop  # which needs LLVM

        return LoopByLoop(self._latest(), self.repeated.title)

    @property
    def source(self) -> str:
        """The lines of the variant that was recorded last.

        Of the back end "compiled" they are in the order of its loops, which comments tell apart.
        """
        return self._printed().source()

    @property
    def names(self) -> dict[str, Any]:
        """What these lines refer to: constants, functions that are not NumPy's own, buffers.

        So they can be run, and changed: ``exec(p.source, names := p.names)`` defines their function
        in `names`. It takes the inputs, and ``names["buffers"]`` where it has that argument, and
        returns a tuple of all outputs, or raises ``names["Changed"]`` where it does not hold.
        """
        writer = self._printed()
        buffers = {"buffers": writer.plan.empty()} if writer.buffers else {}
        return {"np": np} | writer.scope | buffers

    def explain(self) -> Explanation:
        """This program line by line, beside that of the other mode, with what both take.

        Returns
        -------
        What ``print`` and a notebook show: at each line of the function what the modes compute
        there, and then what reverse mode computes on its way back. Both are recorded at the same
        arguments, those for which this one was recorded last.
        """
        made = {}
        for mode, repeated in self.repeated.sides(self.args).items():
            own = bool(self.variants) and type(repeated) is type(self.repeated)
            made[mode] = self if own else Program(repeated)
            if not own:
                made[mode].record(*repeated.arguments(self.args))
        return explained({mode: each.writer() for mode, each in made.items()})

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        steps = len(self.variants[0].steps.code) if self.variants else "no"
        compiled = f", compiled in {self.compile_seconds:.2f} s" if self.compile_seconds else ""
        return f"<Program {self.repeated.title}: {steps} steps{compiled}>"

    def _repr_html_(self) -> str:
        if self.variants and self.repeated.has_sides:
            with contextlib.suppress(Exception):  # it has no derivative, or none there: it raises
                return self.explain()._repr_html_()
        import html  # only a notebook needs it

        return f"<pre>{html.escape(str(self) if self.variants else repr(self))}</pre>"

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"variants": [], "misses": 0}  # recorded again where it is called


def program(
    f: Callable[..., Any],
    *args: Any,
    mode: Mode = "value",
    argnums: int | Sequence[int] = 0,
    directions: int | None = None,
    on_change: Literal["rerecord", "raise"] = "rerecord",
    cache_size: int = 8,
    backend: Backend = "numpy",
    threads: int = 1,
) -> Program:
    """A function, or its derivatives in one mode, recorded once as lines of NumPy to run again.

    Parameters
    ----------
    f
        A function of plain NumPy code; it may differentiate, so that there are programs of second
        derivatives too.
    args
        Its arguments, of the shapes and dtypes that the program is for.
    mode
        ``"value"``: ``p(*args)`` is ``f(*args)``. ``"forward"``: ``p(primals, tangents)`` gives the
        value and its tangent as :func:`admodes.jvp` does. ``"reverse"``: ``p(*args)`` gives the
        value and the gradient as :func:`admodes.value_and_grad` does; where the output is not one
        number, ``p(primals, cotangent)`` gives the value and what the pullback of
        :func:`admodes.vjp` does.
    argnums
        By which arguments; one tangent for each of these.
    directions
        So many tangents, or cotangents, at a time, in a leading axis: the derivatives have it, too.
    on_change
        What happens where the program does not fit a call, or a branch goes another way.
    cache_size
        How many recordings are kept.
    backend
        ``"numpy"``: what runs is what is printed. ``"compiled"``: its loops are fused and compiled
        to machine code, which takes some hundredths of a second; the results are the same up to
        rounding. It needs llvmlite: ``pip install llvmlite``.
    threads
        How many the back end "compiled" may share a long loop among.

    Returns
    -------
    A :class:`Program`: to be called, and to be read (``print(p)``, ``p.explain()``).

    Raises
    ------
    Unrepeatable
        Where `f` does what a program cannot repeat, a :class:`TypeError`: it draws random numbers,
        prints, warns, makes a text of a number, writes numbers into a plain array; or where it
        gives something else than on plain numbers, for it asks what type they are.
    ValueError
        Where an option is none of those above, or `argnums` no number of an argument.
    TypeError
        Where it is made inside a function that is differentiated, of numbers with derivatives.
    ImportError
        Where a back end needs what is not installed.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> def f(a, b):
    ...     c = a + b
    ...     return c * (b + 1)
    >>> p = ad.program(f, 2.0, 1.0, mode="reverse", argnums=(0, 1))
    >>> p(3.0, 1.0)
    (8.0, (2.0, 6.0))
    """
    check_callable(f)
    if on_change not in ("rerecord", "raise"):
        raise ValueError(f"on_change must be 'rerecord' or 'raise', not {on_change!r}")
    numbers = {"cache_size": cache_size, "directions": directions, "threads": threads}
    for what, count in numbers.items():
        if count is None and what == "directions":
            continue
        if not isinstance(count, (int, np.integer)) or isinstance(count, bool) or count < 1:
            raise ValueError(f"{what} must be a positive integer, not {count!r}")
    if any(isinstance(x, Traced) for _, x in leaves(args)):
        raise TypeError(
            f"{name(f)}: a program is recorded for plain arguments, and not for numbers that carry "
            "derivatives: make it outside of the function that is differentiated, and call it there"
        )
    positions(argnums, len(args), f)  # in each mode: the derivatives are not asked for by all
    repeated = repeated_by(f, args, mode, argnums, directions)
    made = Program(repeated, on_change, cache_size, backend, threads)
    made.args = args
    with contextlib.suppress(NotFinite):  # it is recorded where it is called at others
        made.record(*repeated.arguments(args))
    return made


def check_name(backend: str) -> None:
    """That there is a back end of that name."""
    if backend not in ("numpy", "compiled"):
        raise ValueError(f"backend must be 'numpy' or 'compiled', not {backend!r}")


def check_backend(backend: str) -> None:
    """That there is one of that name, and what it needs."""
    check_name(backend)
    if backend == "compiled":
        from admodes.programs.compiled.machine import binding

        binding()
