"""What the faces say: these passes are made here, and those by the workers of an executor.

Light, unlike what does it, which is imported where there is an executor.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from admodes.modes.arguments import Inputs, name

if TYPE_CHECKING:
    from concurrent.futures import Executor

C = TypeVar("C")


def check(executor: Any) -> None:
    """``TypeError`` where something is no executor that should be one."""
    if executor is not None:
        from admodes.workers.progress import check_executor

        check_executor(executor)


class Elsewhere:
    """The passes of a derivative that workers make; none where there is no executor.

    It is made before the function is called, which may change its arguments. `kind` and `options`
    are those of a work of :mod:`admodes.workers.kinds`.
    """

    def __init__(
        self,
        executor: "Executor | None",
        kind: Literal["Gradient", "Columns", "Rows"],
        inputs: Inputs,
        **options: Any,
    ) -> None:
        self.executor = executor
        if executor is not None:
            from admodes.workers import kinds

            what = f"{'gradient' if kind == 'Gradient' else 'jacobian'} of {name(inputs.function)}"
            self._work = getattr(kinds, kind)(what, inputs, **options)

    def divided(self, chunks: Sequence[C]) -> tuple[Sequence[C], Sequence[C]]:
        """The chunks of directions whose passes are made here, and the others.

        The first pass is made here in any case: it shows what the outputs are, raises what is wrong
        with the function where one can see it, and changes the caller's arguments if it does that.
        """
        return (chunks, ()) if self.executor is None else (chunks[:1], chunks[1:])

    def making(
        self, chunks: Sequence[Any]
    ) -> AbstractContextManager[Callable[[Sequence[Any]], list[Any]]]:
        """A block in which these passes are made, and what to call at its end for their results.

        It is called with the values of the outputs.
        """
        return _NONE if self.executor is None else self._spread(self.executor, chunks)

    @contextmanager
    def _spread(
        self, executor: "Executor", chunks: Sequence[Any]
    ) -> Iterator[Callable[[Sequence[Any]], list[Any]]]:
        from admodes.workers.spreading import Spread

        with Spread(executor, self._work, chunks) as spread:
            yield spread.results


def _no_results(values: Sequence[Any]) -> list[Any]:
    return []


_NONE = nullcontext(_no_results)
