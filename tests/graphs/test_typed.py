"""Functions that are typed into the page: the same numbers, graphs and counts as admodes has."""

import json
import linecache
import math
import re
import shutil
import subprocess
from functools import partial
from random import Random

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from admodes.graphs import labels, pages

NAMES = "abcd"
UNARY = (
    *("sin", "cos", "exp", "log", "sqrt", "tanh", "abs", "arctan", "-", "**2", "**3", "** -1"),
    *("** 0.5", "tan", "sinh", "cosh", "arcsin", "arccos", "log1p", "expm1", "log2", "square"),
)
BINARY = ("+", "-", "*", "/", "+", "*", "**", "maximum", "minimum")
CONSTANTS = ("1", "2", "3", "0.5", "1.5", "pi")
SPECIAL = (0.0, 0.0, 1.0, -1.0, 2.0, 1.0)
WHERE = {"__builtins__": {"abs": abs}, "pi": math.pi}
WHERE |= {name: getattr(np, name) for name in ("maximum", "minimum", *UNARY) if hasattr(np, name)}


def expression(rng, names, depth, constant=False):
    """Of some inputs, at least: a `constant` may be no more than one number."""
    if depth == 0 or rng.random() < 0.1:
        return rng.choice(CONSTANTS if constant and rng.random() < 0.4 else names)
    first = expression(rng, names, depth - 1)
    if rng.random() < 0.4:
        operation = rng.choice(UNARY)
        if operation.startswith("**"):
            return f"({first}) {operation}"
        return f"-({first})" if operation == "-" else f"{operation}({first})"
    operation, second = rng.choice(BINARY), expression(rng, names, depth - 1, True)
    if operation.isalpha():
        return f"{operation}({first}, {second})"
    return f"({first}) {operation} ({second})"


def program(rng):
    """The text of a function, and how many inputs it has."""
    inputs = list(NAMES[: rng.randint(1, 3)])
    names, lines = list(inputs), [f"def f({', '.join(inputs)}):"]
    for i in range(rng.randint(0, 3)):
        name = rng.choice(names) if rng.random() < 0.15 else f"v{i}"
        lines.append(f"    {name} = {expression(rng, names, 2)}")
        names.append(name)
    outputs = [expression(rng, names[-3:], 3) for _ in range(rng.choice((1, 1, 2)))]
    return "\n".join([*lines, f"    return {', '.join(outputs)}"]), len(inputs)


def python(text):
    """The function, whose source admodes finds."""
    file = f"<typed {hash(text)}>"
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    where = dict(WHERE)
    exec(compile(text, file, "exec"), where)
    return where["f"]


def cases(count, special):
    """Functions and points, at which all numbers are finite, or not all: `special` ones."""
    rng, found = Random(16 + special), []
    while len(found) < count:
        text, inputs = program(rng)
        point = [rng.choice(SPECIAL) if special else rng.uniform(-2, 2) for _ in range(inputs)]
        f = python(text)
        with np.errstate(all="ignore"):
            graph = ad.graph(f, *map(np.float64, point))
            there = [each.derivative for each in graph.edges] + [n.value for n in graph.nodes]
        if np.isfinite(there).all() != special:
            found.append((text, dict(zip(NAMES, point, strict=False)), f, graph))
    return found


SECONDS = 0.01
"""For the best order: it is mostly proven sooner."""
NUMBER = re.compile(r"(?<![\w₀-₉])-?\d+\.?\d*(?:e[-+]\d+)?")


CORE = "\n".join(pages.web(f"{name}.js") for name in pages.CORE)
CODE = f"""{CORE}
const all = (given) => given.map(({{text, point, whole}}) => {{
  const program = parse(text);
  const graph = record(program, point);
  const of = (mode, seeds) => seeds.map((seed) => sweep(graph, mode, seed).derivatives.map(String));
  return {{
    values: graph.nodes.map(({{value}}) => String(value)),
    slopes: graph.edges.map(({{slope}}) => String(slope)),
    forward: of("forward", graph.inputs),
    reverse: of("reverse", graph.outputs),
    told: whole ? told(program, point) : null,
  }};
}});
"""


@pytest.fixture
def answers(request):
    """What JavaScript says of functions and points: in Node.js or, without it, in a browser."""
    node = shutil.which("node") or shutil.which("nodejs")
    if node is not None:
        return partial(in_node, node)
    window = request.getfixturevalue("browser").new_page()
    return lambda given, asked="all(given)": window.evaluate(
        f"(given) => {{ {CODE}; return {asked}; }}", given
    )


def in_node(node, given, asked="all(given)"):
    script = f'"use strict";{CODE}\nconst given = JSON.parse(require("fs").readFileSync(0));'
    script += f"console.log(JSON.stringify({asked}));"
    run = subprocess.run(
        [node, "-e", script], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def asked(found, whole):
    return [{"text": text, "point": point, "whole": whole} for text, point, *_ in found]


def numbers(texts):
    return np.array([float(text.replace("Infinity", "inf")) for text in texts])


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def check_numbers(found, graph, f, point):
    """Values and slopes everywhere, and derivatives of outputs by inputs in both modes."""
    args, count = [np.float64(each) for each in point.values()], len(graph.inputs)
    close(numbers(found["values"]), [node.value for node in graph.nodes])
    close(numbers(found["slopes"]), [edge.derivative for edge in graph.edges])
    for mode, walk, seeds in (
        ("forward", graph.forward, graph.inputs),
        ("reverse", graph.reverse, graph.outputs),
    ):
        for seed, texts in zip(seeds, found[mode], strict=True):
            close(numbers(texts), np.array(walk(seed).derivatives, float))
    by_forward = np.array([numbers(each) for each in found["forward"]])
    by_reverse = np.array([numbers(each) for each in found["reverse"]])
    for i, output in enumerate(graph.outputs):

        def one(*xs, path=output.output):
            y = f(*xs)
            return y[int(path[1:-1])] if path else y

        where = tuple(range(count))
        close(by_forward[:, output.index], forward.grad(one, argnums=where)(*args))
        close(by_reverse[i, :count], reverse.grad(one, argnums=where)(*args))


def test_the_numbers_graphs_and_counts_are_those_of_admodes(answers):
    """On 120 random functions, and of 60 all that is shown: names, texts, lines, steps, orders."""
    found = cases(120, special=False)
    given = asked(found[:60], True) + asked(found[60:], False)
    for (text, point, f, graph), answer in zip(found, answers(given), strict=True):
        with np.errstate(all="ignore"):
            check_numbers(answer, graph, f, point)
            if answer["told"] is None:
                continue
            ours, own = with_lines(answer["told"]), with_lines(pages.told(graph, None, SECONDS))
        for name in ("boxes", "arrows", "sweeps", "left"):
            check_same(ours[name], own[name], text)
        check_game(ours["game"], own["game"], text)


def with_lines(told):
    """Of the lines of code those that made nodes are listed, or all: what a box says of its own."""
    for box in told["boxes"]:
        line = box.pop("line")
        box["code"] = None if line < 0 else told["lines"][line]
    return told


def check_same(ours, own, text):
    """The same but for numbers within texts, which may be rounded differently."""
    ours, own = (json.dumps(each, ensure_ascii=False) for each in (ours, own))
    assert NUMBER.sub("#", ours) == NUMBER.sub("#", own), text
    found, expected = ([*map(float, NUMBER.findall(each))] for each in (ours, own))
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-11, err_msg=text)


def check_game(ours, own, text):
    if "reason" in own:
        assert "reason" in ours, text
        return
    for name in ("names", "inputs", "outputs"):
        assert ours[name] == own[name], text
    for a, b in zip(sorted(ours["edges"]), sorted(own["edges"]), strict=True):
        assert (a[:2], a[3]) == (b[:2], b[3]), text
        close(float(a[2]), b[2])
    for name in ("forward", "reverse", "markowitz", "markowitz-last"):
        assert ours["orders"][name] == own["orders"][name], text
        assert ours["counts"][name] == own["counts"][name], text
    if own["proven"]:
        assert ours["counts"]["best"] >= own["counts"]["best"], text
    if ours["proven"]:
        assert ours["counts"]["best"] <= own["counts"]["best"], text


KNOWN = {
    "sqrt(a**2)": (0.0,),
    "exp(-(1 / a)**2)": (0.0,),
    "1 / (1 + exp(-a)) + 1 / (1 + exp(-b))": (-1000.0, 1.0),
    "sqrt(a)": (0.0,),
    "y = a**-2\n    return y * y - 6 * y": (0.0,),
    "y = a**-2\n    return y - log(y)": (0.0,),
    "y = 1 / log(a)\n    return y + y / pi - log(y) * (b + 3)": (1.0, 1.0),
    "sqrt(a) - sqrt(2 * a)": (0.0,),
    "y = sqrt(a)\n    return y - y": (0.0,),
    "log(a)": (-1.0,),
    "maximum(log(a), -5)": (0.0,),
    "log(1 + exp(a))": (1000.0,),
    "sqrt(exp(a)) * b": (1000.0, 2.0),
    "abs(a) + maximum(a, b) + minimum(a, a)": (0.0, 0.0),
    "a**b": (0.0, 0.0),
    "a**2 * log(b) + b**a": (0.0, 0.0),
    "sqrt(a) * b": (0.0, 0.0),
}


def test_so_they_are_in_the_examples_of_the_definition(answers):
    found = []
    for lines, point in KNOWN.items():
        text = f"def f({', '.join(NAMES[: len(point)])}):\n    {lines}"
        text = text if "return" in lines else text.replace("    ", "    return ")
        f = python(text)
        with np.errstate(all="ignore"):
            graph = ad.graph(f, *map(np.float64, point))
        found.append((text, dict(zip(NAMES, point, strict=False)), f, graph))
    for (text, point, f, graph), answer in zip(found, answers(asked(found, False)), strict=True):
        with np.errstate(all="ignore"):
            check_known(text, point, f, graph, answer)


def test_a_name_is_the_same_however_it_is_written(answers):
    """As in Python: the micro sign is the Greek letter, and an accent may be typed by itself."""
    text = "def f(\u00b5, e\u0301):\n    return \u03bc * \u00e9"
    given = [{"text": text, "point": {"\u03bc": 2.0, "\u00e9": 3.0}, "whole": False}]
    assert answers(given)[0]["forward"] == [["1", "0", "3"], ["0", "1", "2"]]
    assert python(text)(2.0, 3.0) == 6.0


def test_numbers_are_written_alike(answers):
    rng = np.random.default_rng(16)
    given = [*rng.normal(size=200), *10.0 ** rng.uniform(-12, 12, 200), 0.0, -0.0, np.pi, 1e300]
    given += [*(rng.integers(-9999, 9999, 200) + 0.5), 2.0625, 1.03125, 99995.0, 9999.5, 0.00099995]
    given = [float(x) for x in given]
    found = answers(given, "given.map((each) => formatted(each))")
    assert found == [labels.number(x) for x in given]


def check_known(text, point, f, graph, answer):
    try:
        check_numbers(answer, graph, f, point)
    except AssertionError as error:
        raise AssertionError(f"{text}\nat {point}: {error}") from error


def test_so_they_are_where_slopes_are_not_finite(answers):
    """On 80 random functions at special points: 0, 1, -1, 2."""
    found = cases(80, special=True)
    for (text, point, f, graph), answer in zip(found, answers(asked(found, False)), strict=True):
        with np.errstate(all="ignore"):
            check_known(text, point, f, graph, answer)
