"""Colours for a symmetric matrix, as a Hessian is: an entry can be read from its row or its column.

That takes fewer colours. It is enough that no path of four vertices has but two of them, which is
called a star colouring (T. F. Coleman, J. J. Moré, "Estimation of sparse Hessian matrices and graph
coloring problems", Math. Programming 28 (1984) 243; Gebremedhin, Manne, Pothen, SIAM Review 2005).
"""

from typing import Any

import numpy as np
from scipy import sparse

from admodes.jacobians.sparse.colouring import colours_of, lists, numbered
from admodes.jacobians.sparse.limits import PATHS, limits
from admodes.jacobians.sparse.reading import alone, number_of, rows_of

SHORT = 1 << 21
"""Paths of three edges, up to which the vertices are coloured one by one as well."""


def readable(pattern: Any, colours: Any) -> tuple[Any, Any]:
    """Whether each entry can be read from its row in the sum of its column's colour, and whether
    from its column, as a row, in that of its row's colour."""
    rows, columns = rows_of(pattern), pattern.indices.astype(np.intp)
    return alone(rows, colours[columns]), alone(columns, colours[rows])


def star_colours(pattern: Any) -> Any:
    """A colour for each column of a symmetric pattern; -1 for one without entries."""
    used = np.diff(pattern.indptr) > 0
    found = [apart_from_hubs(pattern)]
    degrees = np.diff(pattern.indptr).astype(np.int64)
    paths = int(degrees @ (pattern @ degrees))
    if number_of(found[0]) > 2 and paths <= SHORT:
        if (own := limits()) is not None:
            own.expect(PATHS * paths)
        neighbours = [[w for w in near if w != v] for v, near in enumerate(lists(pattern))]
        orders = [np.arange(len(degrees)), np.argsort(-degrees, kind="stable")]
        found += [greedily(neighbours, order.tolist()) for order in orders]
    return numbered(np.where(used, min(found, key=number_of), -1))


def apart_from_hubs(pattern: Any) -> Any:
    """The vertices of most edges have colours of their own, so that no path through one of them has
    but two; of all others no two that are two steps apart have the same."""
    order = np.argsort(-np.diff(pattern.indptr), kind="stable")
    count = fewest_hubs(pattern, order)
    kept = np.ones(pattern.shape[0], bool)
    kept[order[:count]] = False
    inside = np.flatnonzero(kept)
    rest = pattern[inside][:, inside].tocsr()
    # An entry on the diagonal wherever there is none: then two that are one step apart share a row.
    whole = (rest + sparse.eye_array(rest.shape[0], dtype=bool, format="csr")).tocsr()
    colours = np.empty(pattern.shape[0], np.int64)
    colours[inside] = colours_of(whole)
    colours[order[:count]] = number_of(colours[inside]) + np.arange(count)
    return colours


def fewest_hubs(pattern: Any, order: Any) -> int:
    """How many vertices, in this order, to give colours of their own: where the bound is least.

    The rest needs no more colours than that, mostly, which its fullest row has entries.
    """
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    rows, columns = place[rows_of(pattern)], place[pattern.indices]
    # An entry is left as long as neither of its ends is taken: until the earlier of these is.
    until = np.minimum(rows, columns)
    lengths = np.bincount(rows, minlength=len(order))
    best, fewest, hubs, start = 0, int(lengths.max(initial=0)), 1, 0
    ordered = np.argsort(until, kind="stable")
    ends = np.searchsorted(until[ordered], np.arange(len(order)), side="right")
    while hubs < min(fewest, len(order)):  # more of these cannot pay
        end = int(ends[hubs - 1])
        lengths -= np.bincount(rows[ordered[start:end]], minlength=len(order))
        bound = hubs + int(lengths.max())
        if bound < fewest:
            best, fewest = hubs, bound
        hubs, start = hubs + 1, end
    return best


def greedily(neighbours: list[list[int]], order: Any) -> Any:
    """One vertex after another gets the least colour with which no path of four has but two.

    The colours one step away are forbidden. Those two steps away are where the vertex between has
    none yet, or one that the path meets again a step further on (Gebremedhin, Manne, Pothen,
    section 4). So the neighbours of a vertex that has none have different colours, and no path goes
    through two of the same on both sides of it.
    """
    colours = [-1] * len(neighbours)
    for v in order:
        near = [colours[w] for w in neighbours[v]]
        forbidden = set(near)
        for w, own in zip(neighbours[v], near, strict=True):
            for x in neighbours[w]:
                if x == v or colours[x] in forbidden:
                    continue
                if own < 0 or any(y != w and colours[y] == own for y in neighbours[x]):
                    forbidden.add(colours[x])
        colour = 0
        while colour in forbidden:
            colour += 1
        colours[v] = colour
    return np.array(colours, np.int64)
