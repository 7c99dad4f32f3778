"""What the experiment ``nesting`` found, in words that are made from the data."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from admodes.measure.words import number
from experiments.bench.console import between
from experiments.questions.nesting.cases import BOUNDS, MANY_PASSES, ONE_PASS, words
from experiments.questions.nesting.reading import MANY_FORMS, PLAIN, Point, Way, largest, worked

FORWARD_OVER_REVERSE, REVERSE_OVER_FORWARD, REVERSE_OVER_REVERSE = ONE_PASS
INNER_REVERSE, INNER_FORWARD = (
    (FORWARD_OVER_REVERSE, REVERSE_OVER_REVERSE),
    (REVERSE_OVER_FORWARD, MANY_PASSES),
)
NEAR = 2.0
"""Times as long as the quickest: no longer is said to keep up."""
Points = Mapping[str, Sequence[Point]]
"""By function."""


class Measured(Protocol):
    """A number of a point for each way."""

    def __call__(self, point: Point, name: str, /) -> float: ...


def over_all(points: Sequence[Point], measured: Measured) -> str:
    """What the nestings of one pass reach, of all functions."""
    return between([measured(point, name) for point in points for name in ONE_PASS])


def of_gradient(measured: Measured) -> Measured:
    return lambda point, name: measured(point, name) / measured(point, "gradient")


def peak(point: Point, name: str) -> float:
    return point.ways[name].peak


def sizes(points: Sequence[Point]) -> str:
    """The numbers of inputs, of which functions have about the same."""
    few, many = (pick(point.n for point in points) for pick in (min, max))
    return f"{few:,}" if few == many else f"{few:,} to {many:,}"


# Below the tables


def agreement(point: Point) -> str:
    return (
        f"Largest relative difference of the nestings {point.apart:.0e}, from differences of the"
        f" gradient {point.from_differences:.0e}."
    )


def explanations(products: Points, hessians: Points) -> Iterator[str]:
    last = [largest(own) for own in products.values()]
    yield from map(of_product, products.values())
    yield from ("", why(last), "", theory(last))
    if hessians:
        yield from ("", of_hessians(hessians))
    yield from ("", *MEANING)


def of_product(points: Sequence[Point]) -> str:
    """Of one function: all nestings, by count and by the clock."""
    point = largest(points)
    order = sorted(ONE_PASS, key=point.work)
    counts = ", ".join(f"{number(point.work(name))} by {words(name)}" for name in order)
    clock = ", ".join(number(point.times(name)) for name in order)
    many = quickest_of_many(point)
    return (
        f"{point.function}, N = {point.n:,}: a product takes, in evaluations by count, {counts}; by"
        f" the clock {clock}. Forward over forward makes {many.passes:,} passes of {many.k:,} and"
        f" takes {times(point, many)} as long as the quickest{near(points)}."
    )


def quickest_of_many(point: Point) -> Way:
    return min((point.ways[name] for name in MANY_FORMS), key=lambda way: way.seconds.value)


def slower(point: Point) -> float:
    """How many times as long as the quickest nesting forward over forward takes."""
    quickest = min(point.times(name) for name in ONE_PASS)
    return quickest_of_many(point).relative.value / quickest


def times(point: Point, many: Way) -> str:
    return f"{'' if many.full else '~'}{number(slower(point))} times"


def near(points: Sequence[Point]) -> str:
    """Up to where all directions in a pass keep up."""
    last = None
    for point in points:
        if slower(point) > NEAR:
            break
        last = point
    return f"; up to N = {last.n:,} no more than {NEAR:g} times" if last else ""


def why(points: Sequence[Point]) -> str:
    """Where the counts of the three nestings of one pass come from."""
    sweeps = {
        name: between([point.work(name) - worked(point.tangent, point.f) for point in points])
        for name in (FORWARD_OVER_REVERSE, REVERSE_OVER_FORWARD)
    }
    least = sum(min(ONE_PASS, key=point.work) == REVERSE_OVER_FORWARD for point in points)
    with_gradient = [point.work(REVERSE_OVER_FORWARD) + point.work("gradient") for point in points]
    in_one = [point.work(FORWARD_OVER_REVERSE) for point in points]
    return (
        f"Why: by count, reverse over forward does least in {least} of {len(points)}. It and"
        " forward over reverse begin with the same pass of values and tangents. Then forward over"
        f" reverse sweeps with both, {sweeps[FORWARD_OVER_REVERSE]} evaluations, and reverse over"
        f" forward once, back from the tangent, {sweeps[REVERSE_OVER_FORWARD]}: it leaves out what"
        " only the gradient itself needs, the products next to the inputs. In a long program these"
        " are few, and all three do the same. Where the gradient is wanted too, forward over"
        f" reverse has it: {between(in_one)} evaluations, against {between(with_gradient)} for"
        " reverse over forward and a gradient."
    )


def theory(points: Sequence[Point]) -> str:
    """Where theory, others' measurements, and these agree and part."""
    within = sum(point.work(name) <= BOUNDS[name] for point in points for name in ONE_PASS)
    slowest = sum(max(ONE_PASS, key=point.times) == REVERSE_OVER_REVERSE for point in points)
    clock = over_all(points, lambda point, name: point.times(name) / point.work(name))
    evaluation = between([point.arrays(point.ways["f"].peak) for point in points])
    product = over_all(points, lambda point, name: point.arrays(point.ways[name].peak))
    return (
        "Theory: at most 10 evaluations with both modes in either order, 16 by reverse over"
        f" reverse (Griewank & Walther); by count {within} of {len(points) * len(ONE_PASS)}"
        " are within. A product costs about as much as a gradient (Pearlmutter, 1994); others"
        " measure 2 to 4 gradients, and 2 to 3 times the memory (Dagréou et al., 2024). Here it is"
        f" {over_all(points, of_gradient(Point.work))} by"
        f" count, {over_all(points, of_gradient(Point.times))} by the clock, and"
        f" {over_all(points, of_gradient(peak))} times its memory. Reverse over reverse, said to be"
        f" the slowest, is slowest in {slowest} of {len(points)}. By the clock it is {clock} times"
        f" what it is by count: an evaluation holds {evaluation} arrays of N at once and uses their"
        f" memory again, a product holds {product}."
    )


def of_hessians(hessians: Points) -> str:
    """How much more is done where the inner mode is forward."""
    met = [largest(own) for own in hessians.values()]
    last = [own[-1] for own in hessians.values()]
    few = [point.work(name) for point in met for name in INNER_REVERSE if name in point.ways]
    many = [point.work(name) for point in met for name in INNER_FORWARD if name in point.ways]
    far = [min(point.times(name) for name in point.ways if name not in PLAIN) for point in last]
    inside = ""
    if many:
        inside = (
            f"; with forward mode inside {between(many)}: each of N directions of the outer mode"
            " meets each of N of the inner one"
        )
    return (
        f"A Hessian, N = {sizes(met)}: with reverse mode inside {between(few)} evaluations by"
        f" count{inside}. By the clock, the quickest at N = {sizes(last)}: {between(far)}."
    )


MEANING = (
    (
        "Counts: primitives executed; additions, multiplications and nonlinear operations; numbers"
        " moved; work, in which a nonlinear operation counts 2, and any other, or a move, 1."
    ),
    (
        "Recorded: what reverse mode keeps; in forward over reverse each value has its tangent"
        " beside it (2 ×). At once: peak memory, that of a single pass where there are many."
    ),
)


# Above the pictures


def headline(products: Points) -> str:
    last = [largest(own) for own in products.values()]
    best = between([min(point.times(name) for name in ONE_PASS) for point in last])
    return (
        f"A Hessian times a direction: {best} evaluations of f by the quickest nesting,\n"
        f"N = {sizes(last)}; one pass, wherever reverse mode takes part"
    )


def cheap(products: Points) -> str:
    last = [largest(own) for own in products.values()]
    least = sum(min(ONE_PASS, key=point.work) == REVERSE_OVER_FORWARD for point in last)
    return (
        f"A product, one pass: {over_all(last, Point.work)} evaluations by count, whatever N;"
        f" reverse over forward does least in {least} of {len(last)}"
    )


def dear(products: Points) -> str:
    point = max((largest(own) for own in products.values()), key=lambda each: each.n)
    return (
        f"A product by forward over forward, N directions: {times(point, quickest_of_many(point))}"
        f" the quickest nesting in {point.function} at N = {point.n:,}"
    )


def held(products: Points) -> str:
    last = [largest(own) for own in products.values()]
    return (
        f"Memory at once: a product holds {over_all(last, of_gradient(peak))} times what a gradient"
        " does (forward over forward: in one pass)"
    )


def whole(hessians: Points) -> str:
    met = [largest(own) for own in hessians.values()]
    more = [
        min(map(point.work, INNER_FORWARD)) / max(map(point.work, INNER_REVERSE))
        for point in met
        if all(name in point.ways for name in INNER_FORWARD)
    ]
    if not more:
        return "A whole Hessian"
    return (
        f"A whole Hessian: with forward mode inside {between(more)} times as much by count at N ="
        f" {sizes(met)}"
    )
