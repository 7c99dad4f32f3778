"""The face: a Jacobian by the order of eliminations that one asks for, or by the best there is."""

from collections.abc import Callable, Sequence
from functools import partial
from math import isfinite
from typing import Any, Literal

import numpy as np

from admodes.jacobians.elimination.elimination import (
    Elimination,
    check_finite,
    counting_nontrivial,
    links_of,
)
from admodes.jacobians.elimination.links import AnyLinks
from admodes.jacobians.elimination.numbers import Expanding, Numbers
from admodes.jacobians.elimination.orders import forward, highest_first, markowitz, reverse
from admodes.modes.recordings.recording import LIMIT, record

RULES: dict[str, Callable[[AnyLinks], list[int]]] = {
    "forward": forward,
    "reverse": reverse,
    "markowitz": markowitz,
    "markowitz-last": partial(markowitz, tie=highest_first),
}

OrderName = Literal["forward", "reverse", "markowitz", "markowitz-last", "best"]


def eliminate(
    f: Callable[..., Any],
    *args: Any,
    order: OrderName | Sequence[int | str] = "best",
    seconds: float = 60.0,
    seed: int = 0,
    count: Literal["all", "nontrivial"] = "all",
    limit: int = LIMIT,
) -> Elimination:
    """The Jacobian of `f` by eliminating the inner numbers of its graph in some order.

    Every number that `f` computes on the way is a node, and on every edge stands a local
    derivative. To eliminate a number is to multiply each derivative on an edge into it with each on
    an edge out of it, and to add the products to the edges that lead past it: so many
    multiplications as it has predecessors times successors. When none is left, the Jacobian stands
    on the edges. Forward mode takes the numbers as they were computed, reverse mode the other way
    round, and the order in between that takes the fewest multiplications may take fewer than both
    (A. Griewank & A. Walther, *Evaluating Derivatives*, 2nd ed., chapter 9; to find it is
    NP-complete: U. Naumann, Mathematical Programming 112, 2008).

    A count is not a time: Python's own time hides it. Of arrays each entry is a number, so that
    this is for functions that compute some hundred numbers, or some thousand.

    Parameters
    ----------
    f
        A function of plain NumPy code, of real numbers.
    args
        Its arguments: floats, arrays, and nested containers of them.
    order
        ``"forward"`` and ``"reverse"`` are those of the modes, ``"markowitz"`` takes whatever costs
        least next (H. M. Markowitz, Management Science 3, 1957), of several the one computed
        first, and ``"markowitz-last"`` the one computed last; ``"best"`` searches. Or an order of
        one's own: all inner numbers, by their places in ``names`` or by their names.
    seconds
        How long ``"best"`` may search. It ends before where no order can take fewer
        multiplications.
    seed
        Of the search. With the same one it goes the same way; how far it comes depends on the
        machine.
    count
        What ``"best"`` and Markowitz's rule count: ``"all"`` multiplications, as the literature
        does, or ``"nontrivial"`` ones, without those by 1 and -1, which no program does.
    limit
        The most operations, and the most numbers, that are recorded.

    Returns
    -------
    An :class:`Elimination`: ``.order``, ``.multiplications``, ``.nontrivial`` (without those by
    ±1), ``.jacobian`` by that order, of shape (numbers in the output, numbers in the input),
    ``.steps``, ``.proven``; ``print`` shows what it costs beside others.

    Raises
    ------
    TypeError
        Where `f` is not callable, an argument is no float, or a number is complex.
    ValueError
        Where the output does not depend on the arguments, a local derivative is not finite, there
        are more than `limit` numbers, or `order` is no order of the inner ones.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> def narrow(a, b, c):
    ...     s = a * b * c
    ...     t = np.sin(s)
    ...     return t * 2, t * 3, t * 4
    >>> found = ad.eliminate(narrow, 1.0, 2.0, 3.0)
    >>> print(found)
    narrow: 3 inputs, 3 inner numbers, 8 edges, 3 outputs
    order           multiplications  not by ±1
    forward                      14         14
    reverse                      15         15
    markowitz                    14         14
    markowitz-last               13         13
    best                         13         13
    no order takes fewer multiplications: that is proven
    >>> [found.names[number] for number in found.order]
    ['s', '*', 't']
    >>> np.allclose(found.jacobian[0], 2 * np.cos(6.0) * np.array([6, 3, 2]))
    True
    """
    check_options(order, seconds, seed, count)
    recording = record(f, args, limit, "admodes.eliminate")
    numbers = Expanding(recording, limit).expand()
    weights = numbers.weights(recording.nodes)
    check_finite(numbers, weights)
    links: AnyLinks = links_of(numbers, weights)
    if count == "nontrivial":
        links = counting_nontrivial(numbers, weights)
    chosen: Sequence[int]
    proven = at_least = None
    by = order if isinstance(order, str) else "given"
    if isinstance(order, str) and order == "best":
        from admodes.jacobians.elimination.searching import best  # which needs `random`, 4 ms

        chosen, _, proven, at_least = best(links, seconds, int(seed))
    elif isinstance(order, str):
        chosen = RULES[order](links)
    else:
        chosen = given(order, numbers, links)
    others = {name: rule(links) for name, rule in RULES.items() if name != by}
    return Elimination(f, numbers, weights, chosen, by, proven, at_least, count, others, args)


def check_options(order: Any, seconds: Any, seed: Any, count: Any) -> None:
    """Raises ``ValueError`` where an option is none of those there are."""
    if isinstance(order, str) and order not in (*RULES, "best"):
        raise ValueError(
            f"order must be {', '.join(map(repr, RULES))}, 'best' or a list of the inner numbers, "
            f"not {order!r}"
        )
    if not isinstance(order, (str, Sequence)) and np.ndim(order) != 1:
        raise ValueError(f"order must be a name or a list of the inner numbers, not {order!r}")
    is_number = isinstance(seconds, (int, float, np.floating)) and not isinstance(seconds, bool)
    if not is_number or not seconds > 0 or not isfinite(seconds):
        raise ValueError(f"seconds must be a positive number, not {seconds!r}")
    if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool):
        raise ValueError(f"seed must be an integer, not {seed!r}")
    if count not in ("all", "nontrivial"):
        raise ValueError(f"count must be 'all' or 'nontrivial', not {count!r}")


def given(order: Sequence[int | str], numbers: Numbers, links: AnyLinks) -> list[int]:
    """An order of the user's, by places."""
    places: dict[str, list[int]] = {}
    for number in links.inner:
        places.setdefault(numbers.distinct[number], []).append(number)
    found = []
    for each in order:
        if isinstance(each, str):
            own = places.get(each, [])
            if len(own) != 1:
                there = "no inner number" if not own else "not the only one"
                raise ValueError(f"order: {each!r} is {there} of {numbers.name}: give its place")
            found.append(own[0])
        elif isinstance(each, (int, np.integer)) and not isinstance(each, bool):
            found.append(int(each))
        else:
            raise ValueError(f"order: {each!r} is no name and no place of a number")
    if sorted(found) != list(links.inner):
        twice = sorted({each for each in found if found.count(each) > 1})
        missing = sorted(set(links.inner) - set(found))
        no_inner = sorted(set(found) - set(links.inner))
        wrong = {"missing": missing, "more than once": twice, "no inner number": no_inner}
        words = "; ".join(f"{what}: {some(each, numbers)}" for what, each in wrong.items() if each)
        raise ValueError(f"order must have each inner number of {numbers.name} once; {words}")
    return found


def some(places: Sequence[int], numbers: Numbers) -> str:
    names = numbers.distinct
    words = [f"{i} ({names[i]})" if 0 <= i < len(names) else str(i) for i in places[:5]]
    return ", ".join(words) + (", …" if len(places) > 5 else "")
