"""Local derivatives, sweeps and paths of a recorded graph, against both modes and by hand."""

from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import admodes as ad
from admodes.graphs import structure
from tests.graphs.functions import textbook
from tests.helpers import same, together


def fan(x, fans=2):
    for _ in range(fans):
        x = np.einsum(",,->", x, x, x)
    return x


def mixed(w, x):
    """Arrays of several shapes: broadcast, reduced, read, multiplied, joined, solved."""
    hidden = np.tanh(w["first"] @ x + w["bias"])
    total = np.sum(hidden * hidden[0], axis=-1, keepdims=True)
    both = np.concatenate([hidden, total, x[1:]])
    solved = np.linalg.solve(np.eye(2) + np.outer(x, x), x)
    return {"sum": np.sum(both**2) + np.max(x), "solved": solved * hidden[:2], "std": np.std(both)}


def mixed_arguments():
    rng = np.random.default_rng(3)
    w = {"first": rng.normal(size=(3, 2)), "bias": rng.normal(size=3)}
    return w, rng.normal(size=2)


def test_local_derivatives_by_hand():
    graph = ad.graph(textbook, 2.0, 1.0)
    found = {(e.target.name, e.source.name): e.derivative for e in graph.edges}
    assert found == {
        ("c", "a"): 1.0,
        ("c", "b"): 1.0,
        ("d", "b"): 1.0,
        ("e", "c"): 2.0,
        ("e", "d"): 3.0,
    }


def test_sweeps_by_hand():
    graph = ad.graph(textbook, 2.0, 1.0)
    from_a, from_b, back = graph.forward("a"), graph.forward("b"), graph.reverse()
    assert from_a.derivatives == (1.0, 0.0, 1.0, 0.0, 2.0)
    assert from_b.derivatives == (0.0, 1.0, 1.0, 1.0, 5.0)
    assert back.derivatives == (2.0, 5.0, 2.0, 3.0, 1.0)
    counts = [(sweep.passes, len(sweep.edges), sweep.products) for sweep in (from_a, from_b, back)]
    assert counts == [(1, 2, 1), (1, 4, 2), (1, 5, 3)]
    assert [node.name for node in from_a.nodes] == ["a", "c", "e"]
    assert [node.name for node in back.nodes] == ["e", "d", "c", "b", "a"]
    assert back["b"] == back[graph["b"]] == back[1] == 5.0
    assert (back.mode, back.seed.name) == ("reverse", "e")
    # Every edge was visited after all those that it needs.
    assert [edge.target.name for edge in back.edges] == ["e", "e", "c", "d", "c"]


def test_paths_by_hand():
    graph = ad.graph(textbook, 2.0, 1.0)
    paths = graph.paths("b")
    assert (paths.count, paths.products, paths.merged) == (2, 2, 2)
    walked = [[edge.target.name for edge in path] for path in paths]
    assert walked == [["c", "e"], ["d", "e"]]
    assert paths.total() == 5.0
    paths = graph.paths("a", "e")
    assert (paths.count, paths.products, paths.merged, paths.total()) == (1, 1, 1, 2.0)


def test_nine_paths_are_one_product_of_sums():
    graph = ad.graph(fan, 2.0)
    slopes = [edge.derivative for edge in graph.edges]
    assert slopes == [4.0, 4.0, 4.0, 64.0, 64.0, 64.0]
    paths = graph.paths()
    assert (paths.count, paths.products, paths.merged) == (9, 9, 3)
    assert [prod(edge.derivative for edge in path) for path in paths] == [256.0] * 9
    assert len(set(paths)) == 9
    assert paths.total() == sum(slopes[:3]) * sum(slopes[3:]) == 9 * 2.0**8


@pytest.mark.parametrize("fans", [1, 2, 5, 40])
def test_paths_grow_exponentially_and_edges_do_not(fans):
    graph = ad.graph(lambda x: fan(x, fans), 1.0)
    paths = graph.paths()
    assert len(graph.edges) == 3 * fans
    assert paths.count == 3**fans
    assert paths.products == 3**fans * (fans - 1)
    assert paths.merged == 3 * (fans - 1)
    assert graph.reverse().products == graph.forward().products == paths.merged
    assert graph.reverse()[0] == 3.0**fans
    if fans > 12:
        with pytest.raises(ValueError, match=r"too many to be walked.*graph.reverse\(\)"):
            paths.total()
    else:
        assert paths.total() == 3.0**fans


def test_an_output_that_an_input_does_not_reach():
    graph = ad.graph(lambda a, b: (a * 2.0, b * 3.0), 1.0, 1.0)
    paths = graph.paths("a", 1)
    assert (paths.count, paths.products, paths.merged, list(paths)) == (0, 0, 0, [])
    assert paths.total() == 0.0
    assert graph.reverse(1)["a"] == 0.0
    assert graph.reverse(1).edges == [graph.edges[1]]


UNARY = (np.sin, np.tanh, lambda a: a * a, lambda a: -a, lambda a: np.exp(-a * a), np.arctan)
BINARY = (
    np.add,
    np.subtract,
    np.multiply,
    lambda a, b: a / (2.0 + b * b),
    np.hypot,
    lambda a, b: np.einsum(",,->", a, b, a),
)
STEP = st.tuples(st.integers(0, len(UNARY) + len(BINARY) - 1), st.integers(0, 9), st.integers(0, 9))


@pytest.mark.slow
@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(st.lists(STEP, min_size=1, max_size=9))
def test_random_programs_sums_over_paths_are_the_gradient(program):
    def f(a, b):
        values = [a, b, 0.5 * a + 0.1]
        for operation, i, j in program:
            x, y = values[i % len(values)], values[j % len(values)]
            if operation < len(UNARY):
                values.append(UNARY[operation](x))
            else:
                values.append(BINARY[operation - len(UNARY)](x, y))
        return values[-1] + values[-2] * a

    args = 0.7, -0.4
    gradient = ad.grad(f, argnums=(0, 1))(*args)
    graph = ad.graph(f, *args)
    back = graph.reverse()
    for i, expected in enumerate(gradient):
        paths = graph.paths(i)
        walked = list(paths)
        assert len(walked) == paths.count
        assert sum(max(len(path) - 1, 0) for path in walked) == paths.products
        by_paths = sum(prod(edge.derivative for edge in path) for path in walked)
        forward = graph.forward(i)[graph.outputs[0]]
        found = [by_paths, paths.total(), back[i], forward]
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
        assert paths.merged <= len(graph.edges)


def test_local_jacobians_chain_to_both_modes():
    args = mixed_arguments()
    graph = ad.graph(mixed, *args)
    for mode in ("forward", "reverse"):
        jacobians = ad.jacobian(mixed, argnums=(0, 1), mode=mode)(*args)
        for output in graph.outputs:
            of_w, of_x = jacobians[output.output[2:-2]]
            expected = {"w['first']": of_w["first"], "w['bias']": of_w["bias"], "x": of_x}
            back = graph.reverse(output)
            assert back.passes == output.size
            for node in graph.inputs:
                ahead = graph.forward(node)
                assert ahead.passes == node.size
                for found in (back[node], ahead[output], graph.paths(node, output).total()):
                    np.testing.assert_allclose(found, expected[node.name], rtol=1e-10, atol=1e-12)
                    assert np.shape(found) == output.shape + node.shape


def test_a_local_jacobian_is_what_push_and_pull_apply():
    graph = ad.graph(mixed, *mixed_arguments())
    rng = np.random.default_rng(0)
    for edge in graph.edges:
        jacobian, x, y = edge.derivative, edge.source, edge.target
        assert np.shape(jacobian) == edge.shape == y.shape + x.shape
        tangent, cotangent = rng.normal(size=x.shape), rng.normal(size=y.shape)
        pushed, pulled = edge.push(tangent), edge.pull(cotangent)
        np.testing.assert_allclose(
            pushed, np.tensordot(jacobian, tangent, len(x.shape)), rtol=1e-12, atol=1e-14
        )
        np.testing.assert_allclose(
            pulled, np.tensordot(cotangent, jacobian, len(y.shape)), rtol=1e-12, atol=1e-14
        )
        if edge.diagonal:
            matrix = np.reshape(jacobian, (y.size, x.size))
            assert not np.any(matrix - np.diag(np.diag(matrix)))


NOT_FINITE = {
    "what a function makes a NaN": (lambda x: 2 * np.log(x), -1.0),
    "of one entry": (lambda x: np.sum(np.log(x) * x), np.array([-1.0, 2.0, 0.0])),
    "not used": (lambda x: np.where(x > 0, np.log(x), 0.0) + x, -1.0),
    "an overflow": (lambda x: np.log(1 + np.exp(x)), 1000.0),
    "unknown numbers of both signs": (lambda x: np.sqrt(x) - np.sqrt(2 * x), 0.0),
    "one less itself": (lambda x: (lambda y: y - y)(np.sqrt(x)), 0.0),
    "times zero": (lambda x: np.sqrt(x**2), 0.0),
    "a linear one of infinities": (lambda x: x - 3 * x, np.inf),
    "one infinity larger": (lambda x: (lambda y: y * y - 6 * y)(x**-2), np.float64(0.0)),
}


@together
@pytest.mark.parametrize("what", NOT_FINITE)
def test_sweeps_say_what_is_not_known_as_both_modes_do(what):
    f, x = NOT_FINITE[what]
    with np.errstate(all="ignore"):
        graph, back, ahead = ad.graph(f, x), ad.reverse.grad(f)(x), ad.forward.grad(f)(x)
        np.testing.assert_array_equal(graph.reverse().derivatives[0], back)
        np.testing.assert_array_equal(graph.forward()[graph.outputs[0]], ahead)


def test_a_slope_is_unknown_where_a_function_makes_a_nan():
    with np.errstate(all="ignore"):
        graph = ad.graph(np.log, np.array([-1.0, 2.0]))
    (edge,) = graph.edges
    np.testing.assert_array_equal(edge.derivative, [[np.nan, 0.0], [0.0, 0.5]])
    np.testing.assert_array_equal(edge.push(np.ones(2)), [np.nan, 0.5])
    np.testing.assert_array_equal(edge.pull(np.ones(2)), [np.nan, 0.5])


def test_sweeps_along_one_direction():
    w, x = mixed_arguments()

    def f(x):
        return mixed(w, x)["solved"]

    graph = ad.graph(f, x)
    tangent, cotangent = np.array([1.0, -2.0]), np.array([0.5, 3.0])
    ahead = graph.forward(tangent=tangent)
    back = graph.reverse(cotangent=cotangent)
    assert (ahead.passes, back.passes) == (1, 1)
    assert ahead.along
    assert back.along
    same(ahead[graph.outputs[0]], ad.jvp(f, (x,), (tangent,))[1])
    same(back["x"], ad.vjp(f, x)[1](cotangent)[0])
    for sweep in (ahead, back):
        for node in graph.nodes:
            assert np.shape(sweep[node]) == node.shape


def test_large_arrays_have_local_maps_but_no_jacobian():
    n = 100_000
    graph = ad.graph(lambda x: np.sum(np.sin(x) * x), np.ones(n))
    for edge in graph.edges:
        with pytest.raises(ValueError, match=r"more than 10,000 entries: use edge.push"):
            edge.derivative
    assert graph.edges[0].push(np.ones(n)).shape == (n,)
    back = graph.reverse()
    assert back.passes == 1
    np.testing.assert_allclose(back["x"], np.sin(1.0) + np.cos(1.0))
    with pytest.raises(ValueError, match=r"give one direction by tangent="):
        graph.forward()
    assert graph.forward(tangent=np.ones(n))[-1] == pytest.approx(n * (np.sin(1) + np.cos(1)))
    with pytest.raises(ValueError, match="use a sweep"):
        graph.paths().total()


def test_dtypes_stay():
    graph = ad.graph(lambda x: np.sum(x * x), np.ones(3, np.float32))
    assert graph.reverse()["x"].dtype == np.float32
    assert graph.edges[0].derivative.dtype == np.float32
    assert graph.forward().derivatives[-1].dtype == np.float32


def test_an_input_used_twice_by_one_operation_has_two_edges():
    graph = ad.graph(lambda x: x * x, 3.0)
    assert [(edge.argument, edge.derivative) for edge in graph.edges] == [(0, 3.0), (1, 3.0)]
    assert graph.reverse()["x"] == 6.0


def test_complex_numbers_have_maps_but_no_single_derivative():
    graph = ad.graph(lambda z: np.abs(z * z) ** 2, 1.0 + 2.0j)
    with pytest.raises(TypeError, match="no single number"):
        graph.edges[0].derivative
    with pytest.raises(TypeError, match="give a tangent"):
        graph.forward()
    f = ad.grad(lambda z: np.abs(z * z) ** 2)
    assert graph.reverse()["z"] == pytest.approx(f(1.0 + 2.0j))


def test_rules_of_a_users_own():
    cube = ad.custom(
        lambda x: x * x * x,
        residual=lambda y, x: 3 * x * x,
        push=lambda slope, t: slope * t,
        pull=lambda slope, ct: slope * ct,
    )
    pair = ad.linear(lambda x, y: 2 * x + y, transpose=lambda ct: (2 * ct, ct), name="pair")
    graph = ad.graph(lambda x, y: pair(cube(x), y), 2.0, 1.0)
    assert [edge.derivative for edge in graph.edges] == [12.0, 2.0, 1.0]
    assert graph.reverse().derivatives[:2] == (24.0, 1.0)


@together
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda g: g.forward(), ValueError, "say which input; inputs: a, b"),
        (lambda g: g.forward("c"), ValueError, "input 'c' is not there"),
        (lambda g: g.forward(2), ValueError, "input 2 is not there"),
        (lambda g: g.forward(g["c"]), ValueError, "c is no input of this graph"),
        (lambda g: g.reverse("a"), ValueError, "output 'a' is not there; outputs: e"),
        (lambda g: g.reverse(ad.graph(textbook, 1.0, 1.0)["e"]), ValueError, "e is no output"),
        (lambda g: g["z"], KeyError, "node 'z' is not there; nodes: a, b, c, d, e"),
        (lambda g: g[True], KeyError, "node True is not there"),
        (lambda g: g.forward("a", tangent=np.ones(2)), ValueError, "tangent has shape"),
        (lambda g: g.reverse(cotangent=[1.0]), ValueError, "cotangent has shape"),
        (lambda g: g.paths(), ValueError, "say which input"),
    ],
)
def test_wrong_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call(ad.graph(textbook, 2.0, 1.0))


def test_the_nodes_of_a_long_list_are_not_all_in_the_message():
    graph = ad.graph(lambda *x: sum(x), *map(float, range(20)))
    with pytest.raises(ValueError, match=r"x\[9\], …$"):
        graph.forward()


def test_walking_stops_where_it_would_take_too_long(monkeypatch):
    monkeypatch.setattr(structure, "PATHS", 8)
    with pytest.raises(ValueError, match="there are 9 paths"):
        ad.graph(fan, 1.0).paths().total()
