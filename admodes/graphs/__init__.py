"""A function's recording as a graph to look at: nodes, edges, local derivatives.

What is shown is what reverse mode records of the user's own function, on the same tape and by the
same rules. The derivative on an edge is the operation's local one; a derivative of an output by an
input is the sum, over all paths between them, of the products of the local derivatives on each
path. Both modes merge the paths at every node (C. Olah, "Calculus on Computational Graphs:
Backpropagation", 2015).
"""

# ``graphs`` is what one calls; ``structure`` has sweeps and paths; ``pictures``, ``labels``,
# ``layout``, ``drawing`` and ``texts`` show it, and ``figures`` in a notebook; ``pages`` makes the
# page to play with, of ``web``: its HTML, CSS and JavaScript, with ``games`` for what elimination
# takes.

from admodes.graphs.graphs import Graph, figure, graph, page
from admodes.graphs.pictures import Picture
from admodes.graphs.structure import Paths, Sweep
from admodes.modes.recordings.parts import Edge, Node

__all__ = ["Edge", "Graph", "Node", "Paths", "Picture", "Sweep", "figure", "graph", "page"]
