"""The numbers that README and docs/results.md quote in sentences, from the published data.

Each is a function of the rows of one ``.csv``, by the name under which a page has it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from admodes.measure.words import counted, duration, size

Row = Mapping[str, str]
Rows = Sequence[Row]

#: What is recommended may take this many times as long as the quickest way.
GOOD = 1.10


def number(x: float) -> str:
    """Three digits; thousands apart.

    >>> number(1234567.8), number(2.0649)
    ('1,230,000', '2.06')
    """
    rounded = float(f"{x:.3g}")
    return f"{rounded:,.0f}" if rounded >= 100 else f"{rounded:g}"


def value(row: Row, name: str) -> float:
    """What was measured, or else estimated."""
    return float(row[f"{name}_measured"] or row[f"{name}_estimated"])


def only(rows: Rows, **wanted: str) -> Row:
    """The one row that has these entries."""
    (row,) = chosen(rows, **wanted)
    return row


def chosen(rows: Rows, **wanted: str) -> list[Row]:
    return [row for row in rows if all(row[name] == text for name, text in wanted.items())]


def time(row: Row, name: str = "seconds") -> str:
    return duration(value(row, name))


def of(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,}"


# --- What several functions below ask for --------------------------------------------------------


def at_the_largest(rows: Rows, by: str) -> Iterable[Row]:
    """Of each function the forward gradient at its quickest k, at the most inputs or outputs.

    It is the eager one, which every machine has.
    """
    for function in dict.fromkeys(row["function"] for row in rows):
        own = chosen(rows, function=function)
        largest = max(own, key=lambda row: int(row[by]))[by]
        yield chosen(own, **{by: largest, "mode": "forward", "backend": "eager"})[-1]


def a_direction(rows: Rows, **wanted: str) -> str:
    """Of rosenbrock with 100 inputs, without a program."""
    own = [row for row in rows if row.get("library", "admodes") == "admodes"]
    return time(only(own, function="rosenbrock", size="100", **wanted), "seconds_a_direction")


def decided(rows: Rows) -> list[Row]:
    """The points of the crossover's grid that one of the modes wins."""
    return [row for row in chosen(rows, part="grid") if row["winner"] != "tie"]


def won(rows: Rows, library: str, way: str = "admodes") -> str:
    """Of the gradients that a library took too, in how many admodes was quicker, in a way."""
    peers = chosen(rows, mode="reverse", library=library)
    lows = [float(row[f"relative_to_{way}_low"] or "nan") for row in peers]
    return of(sum(low > 1 for low in lows), sum(low == low for low in lows))


def products(rows: Rows) -> Iterable[float]:
    """Of each function's Hessian-vector product by the quickest nesting, at the largest N."""
    own = [row for row in rows if row["derivative"] == "product" and "reverse" in row["way"]]
    for function in dict.fromkeys(row["function"] for row in own):
        each = [row for row in chosen(own, function=function) if row["way"] != "reverse"]
        largest = max(each, key=lambda row: int(row["inputs"]))["inputs"]
        yield min(value(row, "relative_to_f") for row in chosen(each, inputs=largest))


def within(rows: Rows, mode: str, bound: float) -> str:
    work = [float(row["work_in_evaluations"]) for row in chosen(rows, mode=mode)]
    return of(sum(each <= bound for each in work), len(work))


def best_error(rows: Rows, method: str) -> str:
    """The error where nothing cancels, at the best step of the function where it is largest."""
    own = chosen(rows, group="nothing cancels", precision="float64", method=method)
    functions = dict.fromkeys(row["function"] for row in own)
    best = (
        min(float(row["median_error"]) for row in chosen(own, function=each)) for each in functions
    )
    return f"{max(best):.0e}"


def not_a_number(rows: Rows, library: str) -> str:
    own = chosen(rows, library=library, verdict="nan")
    return str(len({(row["function"], row["at"]) for row in own}))


def regrets(rows: Rows, **wanted: str) -> str:
    own = chosen(rows, recommended="True", **wanted)
    return of(sum(value(row, "regret") <= GOOD for row in own), len(own))


def operations(rows: Rows, **wanted: str) -> str:
    """Of a run of a program."""
    return only(rows, what="a run", **wanted)["operations"]


def multiplications(rows: Rows, **wanted: str) -> str:
    return only(rows, backend="", **wanted)["multiplications"]


def a_sparse_hessian(rows: Rows) -> Row:
    """Of Rosenbrock's function of a million inputs."""
    own = chosen(rows, part="time", matrix="rosenbrock", way="sparse forward")
    return only(own, inputs="1000000", run="in full")


def times_the_work(row: Row) -> float:
    """Of a training, how many times that of reverse mode."""
    return value(row, "work_relative_to_reverse")


def by_all_directions(rows: Rows) -> Row:
    return chosen(rows, part="training", method="projection")[-1]


def estimates(rows: Rows) -> list[Row]:
    """Trainings by random directions, most of which came to the target."""
    own = [row for name in ("Gaussian", "projection") for row in chosen(rows, method=name)]
    whole = by_all_directions(rows)
    return [row for row in own if row["work_measured"] and row is not whole]


def best_estimate(rows: Rows) -> Row:
    return min(estimates(rows), key=times_the_work)


def no_worse(rows: Rows) -> str:
    """By how many directions: those whose intervals leave open which is the best."""
    most = float(best_estimate(rows)["work_relative_to_reverse_high"] or "inf")
    lows = {
        int(row["directions"]): float(row["work_relative_to_reverse_low"])
        for row in estimates(rows)
    }
    good = [k for k, low in lows.items() if low <= most]
    return f"{min(good)} to {max(good)}"


def seconds_of(rows: Rows, mode: str) -> float:
    """Of all passes of a mode over Rosenbrock's function, all of which were run."""
    own = chosen(rows, function="rosenbrock", mode=mode, run="in full")
    return sum(float(row["seconds"]) for row in own)


def directions_abreast(rows: Rows) -> str:
    """In a pass over Rosenbrock's function."""
    return chosen(rows, function="rosenbrock", mode="forward")[0]["directions_a_pass"]


def by_two(rows: Rows, function: str) -> str:
    """How many times as fast two processes are as none, at the most inputs."""
    own = chosen(rows, function=function)
    largest = chosen(own, inputs=max((row["inputs"] for row in own), key=int))
    alone, shared = (value(only(largest, by=by), "seconds") for by in ("alone", "processes:2"))
    return number(alone / shared)


def catches_up(rows: Rows, function: str, column: str) -> str:
    """From how many workers on forward mode is as quick, at the most inputs."""
    last = chosen(rows, function=function, by="catches up")[-1]
    if not last[column]:
        return "no number of workers"
    one_each = ", one for each pass" if last[column] == last["inputs"] else ""
    return f"{counted(int(last[column]), 'worker')}{one_each}"


# --- The numbers ---------------------------------------------------------------------------------

Quoted = Mapping[str, Callable[[Rows], str]]

#: experiment -> what a page calls the number -> the number
NUMBERS: Mapping[str, Quoted] = {
    "speedup": {
        "least at a million": lambda rows: number(
            min(value(row, "speedup") for row in at_the_largest(rows, "inputs"))
        ),
        "most at a million": lambda rows: number(
            max(value(row, "speedup") for row in at_the_largest(rows, "inputs"))
        ),
    },
    "workers": {
        "two, rod": partial(by_two, function="rod"),
        "two, rosenbrock": partial(by_two, function="rosenbrock"),
        "rod, passes": partial(catches_up, function="rod", column="workers_by_passes"),
        "rod, in all": partial(catches_up, function="rod", column="workers_in_all"),
        "rosenbrock, passes": partial(
            catches_up, function="rosenbrock", column="workers_by_passes"
        ),
        "rosenbrock, in all": partial(catches_up, function="rosenbrock", column="workers_in_all"),
    },
    "million": {
        "forward": lambda rows: duration(seconds_of(rows, "forward")),
        "reverse": lambda rows: duration(seconds_of(rows, "reverse")),
        "ratio": lambda rows: number(seconds_of(rows, "forward") / seconds_of(rows, "reverse")),
        "direction": lambda rows: duration(seconds_of(rows, "forward") / 1e6),
        "abreast": directions_abreast,
    },
    "mixed": {
        "gain": lambda rows: number(
            value(only(rows, function="hourglass", inputs="1000", narrowest="3"), "gain")
        ),
    },
    "sparse": {
        "directions": lambda rows: a_sparse_hessian(rows)["directions"],
        "hessian": lambda rows: time(a_sparse_hessian(rows)),
    },
    "outputs": {
        "curve": lambda rows: number(
            value(chosen(rows, function="curve", mode="reverse", outputs="100000")[-1], "speedup")
        ),
        "trajectory": lambda rows: number(
            value(chosen(rows, function="trajectory", mode="reverse")[-1], "speedup")
        ),
    },
    "chunks": {
        "one": partial(a_direction, directions_a_pass="1"),
        "hundred": partial(a_direction, directions_a_pass="100"),
    },
    "crossover": {
        "winners": lambda rows: of(
            sum(row["winner"] == row["predicted_winner"] for row in decided(rows)),
            len(decided(rows)),
        ),
        "wrong": lambda rows: number(
            max(
                max(ratio, 1 / ratio)
                for row in chosen(decided(rows), form="k directions a pass")
                for ratio in [value(row, "forward_over_reverse")]
            )
        ),
    },
    "peers": {name: partial(won, library=name) for name in ("autograd", "jax.jit")},
    "workloads": {
        "mixture": lambda rows: time(
            only(rows, workload="Gaussian mixture", inputs="6600", mode="reverse")
        ),
        "mixture forward": lambda rows: duration(
            min(
                value(row, "seconds")
                for row in chosen(rows, workload="Gaussian mixture", inputs="6600", mode="forward")
            )
        ),
    },
    "graph": {
        "paths": lambda rows: f"{int(rows[-1]['paths']):,}",
        "merged": lambda rows: f"{int(rows[-1]['products_merged']):,}",
    },
    "programs": {
        mode: partial(operations, inputs="2", mode=mode) for mode in ("forward", "reverse")
    },
    "network": {
        "relative": lambda rows: number(
            value(chosen(rows, mode="forward")[-1], "seconds_a_step")
            / value(chosen(rows, mode="reverse")[-1], "seconds_a_step")
        ),
        "held out": lambda rows: f"{100 * float(rows[-1]['accuracy_held_out']):.1f} %",
    },
    "forward-gradient": {
        "best": lambda rows: number(times_the_work(best_estimate(rows))),
        "directions": no_worse,
        "all": lambda rows: number(times_the_work(by_all_directions(rows))),
        "checkpointed": lambda rows: number(
            times_the_work(only(rows, part="training", method="reverse, checkpointed"))
        ),
    },
    "denoise": {
        "reverse": lambda rows: time(only(rows, what="gradient", mode="reverse")),
        "forward": lambda rows: time(chosen(rows, what="gradient", mode="forward")[-1]),
    },
    "memory": {
        "stored": lambda rows: size(value(only(rows, depth="10000", way="reverse"), "peak_bytes")),
        "uniform": lambda rows: size(value(only(rows, depth="10000", way="uniform"), "peak_bytes")),
    },
    "nesting": {
        "least": lambda rows: number(min(products(rows))),
        "most": lambda rows: number(max(products(rows))),
    },
    "bounds": {
        "gradients": lambda rows: within(rows, "gradient", 4),
        "tangents": lambda rows: within(rows, "tangent", 2.5),
    },
    "elimination": {
        order: partial(multiplications, function="roe-flux", order=order)
        for order in ("forward", "reverse", "best")
    },
    "accuracy": {
        "modes": lambda rows: max(best_error(rows, each) for each in ("forward", "reverse")),
        "central": lambda rows: best_error(rows, "central"),
    },
    "kinks": {name: partial(not_a_number, library=name) for name in ("admodes", "jax")},
    "recommend": {
        "all": regrets,
        "held out": partial(regrets, held_out="True"),
    },
}
