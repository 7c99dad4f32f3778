"""How many evaluations does a derivative cost, by count?

The cost of a tangent and of a gradient is compared with the bounds of theory. A. Griewank & A.
Walther (*Evaluating Derivatives*, 2nd ed., section 2.5, chapters 3 and 4) count moves, additions,
multiplications and nonlinear operations. With its tangent, a multiplication takes three
multiplications and an addition; a nonlinear operation takes its derivative, which they count as
another nonlinear operation, and a multiplication. With the weights of
``admodes.core.costs.Cost.work`` a tangent then costs 2 to 5/2 evaluations and a gradient 3 to 4,
whatever the function. If moves are free, the same accounting gives 4 and 5; 5 is also the bound of
A. Griewank, "On automatic differentiation" (1989).

Here the primitives that a pass executes are counted, and every point beyond a bound is explained: a
primitive exceeds their accounting by the moves and the arithmetic that its derivative takes beyond
what that allows. No machine changes any of this.
"""

from dataclasses import asdict

import numpy as np

from admodes import counting
from experiments.bench.results import Record
from experiments.bench.settings import SEED, Named, Setting, Settings, Task, how_many
from experiments.functions import scalars
from experiments.functions.collection import collection
from experiments.functions.scalars import Function


def find(name: str) -> Function:
    """A function of the collection, or a user's own."""
    return collection().get(name) or scalars.find(name)


PLACE = 110
SETTINGS = {
    "functions": Setting(
        tuple(collection()),
        "--function NAME...",
        "What to count: names from the table (default: all of them), or functions of your"
        " own, package.module:name or file.py:name, as for speedup.",
        Named(find),
        shown="",
    ),
    "inputs": how_many(
        1000,
        "--inputs N",
        "The number of inputs; a function that cannot have so many takes the nearest number.",
        quick=100,
    ),
    "seed": SEED,
}


def plan(settings: Settings) -> list[Task]:
    return [{"function": name} for name in dict.fromkeys(settings["functions"])]


def expect(task: Task, settings: Settings) -> float:
    """Some thousand operations are counted a second, of which loops have about one an input."""
    return 0.5


# Counting


def measure(task: Task, settings: Settings) -> Record:
    """The counts of an evaluation, a tangent and a gradient, and what each primitive adds."""
    function = find(task["function"])
    n = function.nearest(settings["inputs"])
    f, x = function.make(n, scalars.generator(settings["seed"], n, function.name))
    return {
        "inputs": int(np.size(x)),
        "evaluation": asdict(counting.evaluation(f, x)),
        "tangent": asdict(counting.tangent(f, x)),
        "gradient": asdict(counting.gradient(f, x)),
        "shares": {
            name: {part: asdict(counts) for part, counts in share._asdict().items()}
            for name, share in counting.shares(f, x).items()
        },
    }
