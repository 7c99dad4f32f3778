"""Colours for the columns of a matrix, such that no two of a colour share a row.

That is a colouring of the graph whose vertices are columns and whose edges say that two share a row
(A. H. Gebremedhin, F. Manne, A. Pothen, "What Color Is Your Jacobian? Graph Coloring for Computing
Derivatives", SIAM Review 47 (2005) 629). The fewest cannot be found quickly, but no number is less
than the most entries in a row, and where one reaches that it is the fewest.
"""

import heapq
import itertools
from typing import Any

import numpy as np

from admodes.jacobians.sparse import sets
from admodes.jacobians.sparse.limits import ROUNDS, SATURATION, Beyond, limits
from admodes.jacobians.sparse.reading import by_columns, number_of, rows_of

SMALL = 1 << 18
"""Pairs of entries that share a row, up to which columns are coloured one by one: it takes fewer
colours and more time."""
NARROW, TRIES = 64, 16
"""Entries of the fullest row up to which repeated colours are tried, and how many of them."""
CROWDED, WIDE = 1 << 12, 1 << 28
"""Entries of the fullest row, and bytes to note the colours of all rows, from which on it is not
worth it: each column has a colour of its own."""
ALONE = 150
"""Times what an entry takes in a round, that a column takes by itself; about."""


def colours_of(pattern: Any) -> Any:
    """A colour for each column of the pattern, from 0 on; -1 for a column without entries."""
    fewest = int(np.diff(pattern.indptr).max(initial=0))
    used = np.zeros(pattern.shape[1], bool)
    used[pattern.indices] = True
    colours = repeated(pattern, fewest)
    if colours is None or number_of(colours) > max(fewest, 1):
        try:
            colours = fewer(pattern, colours)
        except Beyond:
            if colours is None:
                raise
            # There is no time to look for fewer; and these may be few enough.
    return numbered(np.where(used, colours, -1))


def fewer(pattern: Any, colours: Any) -> Any:
    """Fewer colours than these, which may be none, where they can be found."""
    lengths = np.diff(pattern.indptr).astype(np.int64)
    pairs, fewest = int(lengths @ lengths), int(lengths.max(initial=0))
    if (own := limits()) is not None:
        own.expect(SATURATION * pairs if pairs <= SMALL else ROUNDS * pattern.nnz)
    if pairs <= SMALL:
        found = by_saturation(conflicts(pattern))
        return found if colours is None else min(colours, found, key=number_of)
    if colours is not None:
        return colours
    if fewest <= CROWDED and fewest // 8 * pattern.shape[0] <= WIDE:
        return in_rounds(pattern)
    return np.arange(pattern.shape[1])


def numbered(colours: Any) -> Any:
    """The same, by the numbers from 0 on without a gap; -1 stays."""
    kinds, numbers = np.unique(colours, return_inverse=True)
    return numbers - int(len(kinds) > 0 and kinds[0] == -1)


def repeated(pattern: Any, fewest: int) -> Any:
    """Column j has colour j modulo k, as those of a band, or of a stencil on a grid: by the least k
    for which that is a colouring. ``None`` where it is none of the first that are possible."""
    if fewest > NARROW:
        return None
    for k in range(max(fewest, 1), max(fewest, 1) + TRIES):
        colours = np.arange(pattern.shape[1]) % k
        if by_columns(pattern, colours).all():
            return colours
    return None


def conflicts(pattern: Any) -> Any:
    """The graph, as a symmetric matrix."""
    graph = (pattern.T @ pattern).tocsr()
    rows = rows_of(graph)
    off = rows != graph.indices
    ends = np.cumsum(np.bincount(rows[off], minlength=graph.shape[0]))
    return sets.of(np.append(0, ends), graph.indices[off], graph.shape[0])


def by_saturation(graph: Any) -> Any:
    """Next is always the vertex whose neighbours have most colours, then the one of most edges.

    D. Brélaz, "New methods to color the vertices of a graph", CACM 22 (1979) 251. With a heap it
    takes a microsecond or two an edge: 7 ms for 900 vertices and 5,102 edges, where networkx's
    ``greedy_color(strategy="DSATUR")``, which looks at all vertices again for each, takes 0.9 s.
    """
    degrees = np.diff(graph.indptr).tolist()
    neighbours = lists(graph)
    taken: list[set[int]] = [set() for _ in degrees]
    colours = [-1] * len(degrees)
    heap = [(0, -degree, v) for v, degree in enumerate(degrees)]
    heapq.heapify(heap)
    while heap:
        saturation, _, v = heapq.heappop(heap)
        if colours[v] >= 0 or -saturation < len(taken[v]):
            continue  # done, or in the heap once more with what holds now
        colour = next(c for c in itertools.count() if c not in taken[v])
        colours[v] = colour
        for w in neighbours[v]:
            if colours[w] < 0 and colour not in taken[w]:
                taken[w].add(colour)
                heapq.heappush(heap, (-len(taken[w]), -degrees[w], w))
    return np.array(colours, np.int64)


def lists(graph: Any) -> list[list[int]]:
    """The neighbours of each vertex."""
    flat = graph.indices.tolist()
    return [flat[start:end] for start, end in itertools.pairwise(graph.indptr.tolist())]


def in_rounds(pattern: Any, seed: int = 0) -> Any:
    """Greedily, whole arrays of columns at a time, without the graph.

    The columns of the fullest row have a colour each. Then each that has none takes the least that
    none of its rows has. Where some in a row take the same, the first of them keeps it, in an order
    that is drawn at random, and the others try again (U. V. Catalyurek, J. Feo, A. H. Gebremedhin,
    M. Halappanavar, A. Pothen, "Graph coloring algorithms for multi-core and massively
    multithreaded architectures", Parallel Comput. 38 (2012) 576). The colours of a row are bits.

    Where nearly all columns share rows, as those of ``x @ x.T``, a round leaves nearly all to the
    next: then what is left is coloured one column after another.
    """
    limit = limits()
    rows_by_column = pattern.T.tocsr()
    row = int(np.argmax(np.diff(pattern.indptr)))
    first = pattern.indices[pattern.indptr[row] : pattern.indptr[row + 1]]
    taken = np.zeros((pattern.shape[0], len(first) // 64 + 1), np.uint64)
    colours = np.full(pattern.shape[1], -1, np.int64)
    colours[first] = np.arange(len(first))
    note(taken, rows_by_column[first], colours[first])
    left = np.flatnonzero((np.diff(rows_by_column.indptr) > 0) & (colours < 0))
    np.random.default_rng(seed).shuffle(left)
    while len(left):
        if limit is not None:
            limit.expect(0.0)
        own = rows_by_column[left]
        free = ~np.bitwise_or.reduceat(taken[own.indices], own.indptr[:-1], axis=0)
        if not free.any(axis=1).all():  # as many colours more
            taken = np.pad(taken, ((0, 0), (0, 1)))
            continue
        colour = least_of(free)
        whose = rows_of(own)
        _, first = np.unique(own.indices * (64 * taken.shape[1]) + colour[whose], return_index=True)
        keeps = np.bincount(whose[first], minlength=len(left)) == np.diff(own.indptr)
        colours[left[keeps]] = colour[keeps]
        note(taken, own[keeps], colour[keeps])
        left = left[~keeps]
        if ALONE * np.count_nonzero(keeps) < len(own.indices):
            one_by_one(rows_by_column, left, taken, colours)
            break
    return colours


def one_by_one(rows_by_column: Any, left: Any, taken: Any, colours: Any) -> None:
    """Each column that is left takes the least colour that none of its rows has; in place."""
    limit = limits()
    for column in left:
        if limit is not None:
            limit.expect(0.0)
        start, end = rows_by_column.indptr[column : column + 2]
        rows = rows_by_column.indices[start:end]
        used = np.bitwise_or.reduce(taken[rows], axis=0)
        free = np.flatnonzero(~used)
        if not len(free):  # as many colours more
            taken, used = np.pad(taken, ((0, 0), (0, 1))), np.append(used, np.uint64(0))
            free = np.array([len(used) - 1])
        word = int(free[0])
        bit = (~int(used[word]) & (int(used[word]) + 1)).bit_length() - 1
        colours[column] = 64 * word + bit
        taken[rows, word] |= np.uint64(1 << bit)


def note(taken: Any, rows_by_column: Any, colours: Any) -> None:
    """Set the bits of these columns' colours, in place, in all of their rows."""
    word, bit = np.divmod(colours[rows_of(rows_by_column)], 64)
    bits = np.left_shift(np.uint64(1), bit.astype(np.uint64))
    np.bitwise_or.at(taken, (rows_by_column.indices, word), bits)


def least_of(free: Any) -> Any:
    """The number of the first bit that is set, in each row of words."""
    word = np.argmax(free != 0, axis=1)
    own = free[np.arange(len(free)), word]
    return 64 * word + np.bitwise_count((own & -own) - np.uint64(1)).astype(np.int64)
