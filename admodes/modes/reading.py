"""A tape that one can read: it prints as a table, and shows itself as one in a notebook."""

from typing import Any

from admodes.modes.arguments import Inputs
from admodes.modes.tape import Tape


class ReadableTape(Tape):
    """The tape of a pullback, which prints as a table and shows itself as one in a notebook.

    A row an operation: its number, its operands (``#3`` is the result of operation 3), its shape,
    the operands or arrays that it keeps for the sweep, by how many bytes the tape grows for them,
    and the line of your code that made it. Of a long tape the first rows and the last are shown.

    Recording writes down neither lines nor shapes, which would make it slower: printing evaluates
    the function once more. Where that raises, or makes other operations, the table says so.
    """

    __slots__ = ("inputs", "outputs")

    inputs: Inputs
    outputs: list[Any]  # nodes, which then stay for as long as the tape does

    # What makes the table is imported where one is asked for: most programs never print a tape.

    def __repr__(self) -> str:
        from admodes.modes.tabling import described

        return f"<Tape of {described(self.inputs, len(self), self.nbytes)}>"

    def __str__(self) -> str:
        from admodes.modes.tabling import Table

        return Table(self, self.inputs).text()

    def _repr_html_(self) -> str:
        from admodes.modes.tabling import Table

        return Table(self, self.inputs).html()
