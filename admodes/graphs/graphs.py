"""The face: a graph, and the ways to look at it."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from admodes.core.types import Mode
from admodes.graphs import layout, pictures, texts
from admodes.graphs.pictures import MOST, Picture
from admodes.graphs.structure import Structure, Sweep
from admodes.modes.recordings.recording import LIMIT, record

if TYPE_CHECKING:
    from admodes.graphs.pages import Page


class Graph(Structure):
    """The recording of a function as a graph: made by :func:`admodes.graph`.

    ``graph.nodes`` and ``graph.edges`` are what was recorded, ``graph.inputs`` and
    ``graph.outputs`` the ends; ``graph["c"]`` is the node of the variable ``c`` (the last, where
    there are several). A notebook shows the graph by itself.
    """

    def __repr__(self) -> str:
        counts = (
            (len(self.nodes), "node"),
            (len(self.edges), "edge"),
            (len(self.inputs), "input"),
            (len(self.outputs), "output"),
        )
        what = ", ".join(f"{count:,} {name}{'s' * (count != 1)}" for count, name in counts)
        return f"<Graph of {self.name}: {what}>"

    def picture(
        self,
        mode: Mode | Sweep | None = None,
        seed: Any = None,
        *,
        direction: Any = None,
        step: int | None = None,
        fold: bool | None = None,
        most: int = MOST,
    ) -> Picture:
        """Boxes and arrows with their texts: what :meth:`draw`, :meth:`to_dot` and others show.

        Parameters
        ----------
        mode
            What stands at the nodes: None for values; ``"forward"`` for the derivatives of every
            node by one input, ``"reverse"`` for those of one output by every node; or a sweep that
            :meth:`forward` or :meth:`reverse` has made.
        seed
            Which input or output: a node, its name or its place. It may be left out where there is
            one.
        direction
            Of an array: the tangent of the input or the cotangent of the output, of its shape.
        step
            Only the first so many nodes of the sweep, the last one highlighted.
        fold
            Whether nodes that the same operation in the source made, of the same shape, are one
            box. By default graphs of more than 30 nodes are folded.
        most
            The most boxes.

        Raises
        ------
        ValueError
            Where there would be more than `most` boxes, or an argument does not fit.

        Examples
        --------
        >>> import admodes as ad
        >>> picture = ad.graph(lambda a, b: (a + b) * (b + 1), 2.0, 1.0).picture("reverse")
        >>> picture.title, picture.notes
        ('Reverse mode from f', ('1 pass, 5 edges visited',))
        >>> picture.boxes[1].lines
        ('b', '∂f/∂b = 2·1 + 3·1 = 5')
        """
        return pictures.picture(self, mode, seed, direction, step, fold, most)

    def draw(
        self,
        mode: Mode | Sweep | None = None,
        seed: Any = None,
        *,
        axes: Any = None,
        flow: str = "up",
        **options: Any,
    ) -> Any:
        """Draw the graph.

        Parameters
        ----------
        mode, seed, options
            As for :meth:`picture`.
        axes
            Matplotlib axes to draw on. By default a figure is made, with text 10 points high.
        flow
            Where data flows: ``"up"`` or ``"right"``.

        Returns
        -------
        The ``matplotlib.figure.Figure``. ``figure.savefig("graph.png")`` saves it; a notebook shows
        it by itself, unless it is the one of your own `axes`.

        Raises
        ------
        ImportError
            Where pygraphviz, which lays the graph out, is missing.
        ValueError
            As for :meth:`picture`.
        """
        return figure([[self.picture(mode, seed, **options)]], flow=flow, axes=axes)

    def to_dot(
        self,
        mode: Mode | Sweep | None = None,
        seed: Any = None,
        *,
        flow: str = "up",
        **options: Any,
    ) -> str:
        """The graph in Graphviz's language, for ``dot -Tsvg``. Arguments are those of :meth:`draw`.

        Examples
        --------
        >>> import admodes as ad
        >>> print(ad.graph(lambda x: 3 * x, 2.0).to_dot(), end="")
        digraph {
          rankdir=BT;
          labelloc="t";
          label="The graph of a lambda\\nin a box its value, on an edge the local derivative";
          node [shape=box, style=rounded, fontname="Helvetica"];
          edge [fontname="Helvetica"];
          n0 [label="x\\n2"];
          n1 [label="f = 3 * x\\n6", penwidth=2];
          n0 -> n1 [label="3"];
        }
        """
        return texts.dot(self.picture(mode, seed, **options), flow)

    def to_mermaid(
        self,
        mode: Mode | Sweep | None = None,
        seed: Any = None,
        *,
        flow: str = "up",
        **options: Any,
    ) -> str:
        """The graph in Mermaid, which GitHub draws in Markdown. Arguments are those of
        :meth:`draw`.

        Examples
        --------
        >>> import admodes as ad
        >>> print(ad.graph(lambda x: x + 3, 2.0).to_mermaid(), end="")
        flowchart BT
          n0(["x<br/>2"])
          n1(["f = x + 3<br/>5"])
          n0 -->|"1"| n1
        """
        return texts.mermaid(self.picture(mode, seed, **options), flow)

    def to_svg(self, mode: Mode | Sweep | None = None, seed: Any = None, **options: Any) -> str:
        """The drawing as SVG. Arguments and errors are those of :meth:`draw`."""
        drawn = self.draw(mode, seed, **options)
        from admodes.graphs import figures

        return figures.svg(drawn)

    def to_html(self, *, title: str | None = None, seconds: float = 2.0) -> "Page":
        """A page to play with: one HTML file that holds all that it needs.

        One steps forward mode from each input and reverse mode from each output through the graph,
        node by node; eliminates its numbers one by one, as :func:`admodes.eliminate` counts them;
        and types functions of a few numbers, to do the same with. It asks no host for anything,
        and needs no Graphviz.

        Parameters
        ----------
        title
            What stands at the top; by default it is made of the function's name.
        seconds
            How long the best order of elimination may be looked for.

        Returns
        -------
        The text: ``Path("e.html").write_text(graph.to_html(), encoding="utf-8")``. A notebook shows
        the page where a cell ends in it.

        Raises
        ------
        ValueError
            Where there would be more than 100 boxes, or more than 2 MB.

        Examples
        --------
        >>> import admodes as ad
        >>> graph = ad.graph(lambda a, b: (a + b) * (b + 1), 2.0, 1.0)
        >>> text = graph.to_html(title="e = (a + b)(b + 1)")
        >>> text.startswith("<!DOCTYPE html>"), len(text) < 2_000_000
        (True, True)
        """
        from admodes.graphs import pages

        return pages.page([self], title=title, seconds=seconds)

    def _repr_svg_(self) -> str | None:
        """What a notebook shows."""
        return None if self._not_drawn() else self.to_svg()

    def _repr_html_(self) -> str | None:
        """What a notebook shows in its place where there can be no picture: why not."""
        import html

        reason = self._not_drawn()
        return None if reason is None else f"<pre>{html.escape(f'{self!r}: {reason}')}</pre>"

    def _not_drawn(self) -> Exception | None:
        try:
            self.picture()
            layout.graphviz()
        except (ImportError, ValueError) as error:
            return error
        return None


def graph(f: Callable[..., Any], *args: Any, limit: int = LIMIT) -> Graph:
    """The recording of ``f(*args)`` as a graph, with the local derivative on every edge.

    Parameters
    ----------
    f
        A function of plain NumPy code; its output may be any array or nested container.
    args
        Its arguments: floats, arrays, and nested containers of them. Inputs are named as `f` names
        its parameters (``a``, ``w['bias']``), results by the variables that they are assigned to.
    limit
        The most operations that are recorded.

    Returns
    -------
    A :class:`Graph`. ``.draw()`` gives a matplotlib figure, ``.draw("forward", "a")`` and
    ``.draw("reverse")`` the sweeps; ``.forward("a")`` and ``.reverse()`` give the derivatives, and
    ``.paths("a")`` counts paths.

    Raises
    ------
    TypeError
        Where `f` is not callable, an argument is no float, or an output no number.
    ValueError
        Where the output does not depend on the arguments, or more than `limit` operations are
        recorded.

    Examples
    --------
    >>> import admodes as ad
    >>> def e(a, b):
    ...     c = a + b
    ...     d = b + 1
    ...     return c * d
    >>> graph = ad.graph(e, 2.0, 1.0)
    >>> graph
    <Graph of e: 5 nodes, 5 edges, 2 inputs, 1 output>
    >>> for edge in graph.edges:
    ...     print(f"d{edge.target.name}/d{edge.source.name} = {edge.derivative}")
    dc/da = 1.0
    dc/db = 1.0
    dd/db = 1.0
    de/dc = 2.0
    de/dd = 3.0
    >>> graph.reverse()["b"]
    5.0
    """
    return Graph(record(f, args, limit))


def figure(
    rows: Sequence[Sequence[Picture]],
    *,
    flow: str = "up",
    like: Sequence[Picture] = (),
    width: float | None = None,
    axes: Any = None,
) -> Any:
    """Several pictures in one figure, those of one graph laid out alike.

    Parameters
    ----------
    rows
        The pictures, row by row.
    flow
        Where data flows: ``"up"`` or ``"right"``.
    like
        More pictures that there must be room for: figures that are made with the same ones are of
        one size, as the frames of an animation must be.
    width
        Of the figure, in inches; by default text is 10 points high.
    axes
        Matplotlib axes to draw on instead, as large as fits there.

    Returns
    -------
    The ``matplotlib.figure.Figure``.

    Raises
    ------
    ImportError
        Where pygraphviz, which lays graphs out, is missing.

    Examples
    --------
    >>> import admodes as ad
    >>> from admodes.graphs import figure
    >>> graph = ad.graph(lambda a, b: (a + b) * (b + 1), 2.0, 1.0)
    >>> both = figure([[graph.picture(), graph.picture("reverse")]], width=9.0)
    >>> float(both.get_figwidth())
    9.0
    """
    layout.graphviz()
    from admodes.graphs import drawing

    return drawing.figure(rows, flow=flow, like=like, width=width, axes=axes)


def page(
    graphs: Mapping[str, Graph] | Sequence[Graph],
    *,
    title: str | None = None,
    seconds: float = 2.0,
) -> "Page":
    """One page to play with for several graphs, among which one chooses.

    Parameters
    ----------
    graphs
        The graphs, the one that is shown first at the beginning; by the names that they are to be
        chosen by, or by default by those of their functions.
    title
        What stands at the top; by default it is made of the first graph's name.
    seconds
        How long the best order of elimination may be looked for, for each graph.

    Returns
    -------
    The text of an HTML file, as :meth:`Graph.to_html` has it.

    Raises
    ------
    ValueError
        Where there is no graph, or one has too many boxes, or the page would be larger than 2 MB.

    Examples
    --------
    >>> import admodes as ad
    >>> from admodes.graphs import page
    >>> product = ad.graph(lambda a, b: a * b, 2.0, 3.0)
    >>> square = ad.graph(lambda a: a * a, 2.0)
    >>> text = page({"a * b": product, "a * a": square}, title="Two products")
    >>> "<title>Two products</title>" in text
    True
    """
    from admodes.graphs import pages

    return pages.page(graphs, title=title, seconds=seconds)
