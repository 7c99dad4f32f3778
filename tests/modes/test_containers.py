"""Arguments and outputs that are nested dicts, lists, tuples and dataclasses."""

import collections
import dataclasses
from typing import Any, NamedTuple

import numpy as np
import pytest

import admodes as ad
from admodes.modes import containers
from tests.helpers import MODES, NESTINGS, together


class Layer(NamedTuple):
    weights: Any
    bias: Any


@dataclasses.dataclass(frozen=True)
class Model:
    layers: list
    scale: float
    empty: tuple = ()


@dataclasses.dataclass
class Derived:
    x: Any
    twice: Any = dataclasses.field(init=False)

    def __post_init__(self):
        self.twice = 2 * self.x


class Table(dict):
    pass


def model():
    rng = np.random.default_rng(0)
    return Model(
        [Layer(rng.normal(size=(2, 3)), rng.normal(size=2)), {"w": rng.normal(size=2), "none": []}],
        0.5,
    )


def loss(m, x):
    hidden = np.tanh(np.sum(m.layers[0].weights * x, axis=1) + m.layers[0].bias)
    return m.scale * np.sum(m.layers[1]["w"] * hidden) ** 2


X = np.array([0.2, -0.7, 1.1])


def flat(tree):
    return np.concatenate([np.ravel(leaf) for _, leaf in containers.leaves(tree)])


def unflat(values):
    parts = iter(np.split(values, np.cumsum([6, 2, 2])))
    template = model()
    return containers.rebuild(
        template,
        (
            np.reshape(next(parts), np.shape(leaf)) if np.ndim(leaf) else float(next(parts)[0])
            for _, leaf in containers.leaves(template)
        ),
    )


def difference(f, tree):
    """The gradient by central differences, over all leaves in order."""
    x, h = flat(tree), 1e-6
    return np.array(
        [(f(unflat(x + h * e)) - f(unflat(x - h * e))) / (2 * h) for e in np.eye(len(x))]
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("chunk_size", [1, 4, None])
def test_a_gradient_has_the_argument_s_containers(mode, chunk_size):
    gradient = ad.grad(loss, mode=mode, chunk_size=chunk_size)(model(), X)
    assert type(gradient) is Model
    assert type(gradient.layers) is list
    assert type(gradient.layers[0]) is Layer
    assert gradient.layers[0].weights.shape == (2, 3)
    assert list(gradient.layers[1]) == ["w", "none"]
    assert gradient.layers[1]["none"] == []
    assert type(gradient.scale) is float
    assert gradient.empty == ()
    np.testing.assert_allclose(flat(gradient), difference(lambda m: loss(m, X), model()), rtol=1e-7)


@pytest.mark.parametrize("modes", NESTINGS)
def test_hvp_of_containers(modes):
    m = model()
    direction = containers.map_leaves(lambda leaf: np.cos(leaf) if np.ndim(leaf) else 2.0, m)
    product, along_x = ad.hvp(loss, (m, X), (direction, np.ones(3)), modes=modes)
    assert type(product) is Model
    assert type(product.scale) is float
    h = 1e-6

    def moved(sign):
        m_moved = unflat(flat(m) + sign * h * flat(direction))
        return ad.grad(loss, (0, 1))(m_moved, X + sign * h)

    expected = [(flat(a) - flat(b)) / (2 * h) for a, b in zip(moved(1), moved(-1), strict=True)]
    np.testing.assert_allclose(flat(product), expected[0], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(along_x, expected[1], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("modes", NESTINGS)
def test_a_hessian_is_the_argument_s_container_of_the_argument_s(modes):
    def f(d):
        return d["a"] ** 2 * np.sum(d["b"][0]) + np.sum(d["b"][0] ** 3)

    b = np.array([1.0, 2.0])
    hessian = ad.hessian(f, modes=modes)({"a": 3.0, "b": (b,)})
    assert hessian["a"]["a"] == pytest.approx(6.0)
    np.testing.assert_allclose(hessian["a"]["b"][0], [6.0, 6.0])
    np.testing.assert_allclose(hessian["b"][0]["a"], [6.0, 6.0])
    np.testing.assert_allclose(hessian["b"][0]["b"][0], np.diag(6 * b))


@together
@pytest.mark.parametrize("mode", [*MODES, "mixed", "auto"])
@pytest.mark.parametrize("chunk_size", [1, 2, None])
def test_a_jacobian_is_the_output_s_container_of_the_input_s(mode, chunk_size):
    def f(d):
        return Layer(d["a"] * d["b"], {"sum": np.sum(d["b"]), "one": 1.0, "none": ()})

    b = np.array([1.0, 2.0])
    jacobian = ad.jacobian(f, mode=mode, chunk_size=chunk_size)({"a": 3.0, "b": b, "none": []})
    assert type(jacobian) is Layer
    np.testing.assert_array_equal(jacobian.weights["a"], b)
    np.testing.assert_array_equal(jacobian.weights["b"], 3 * np.eye(2))
    assert jacobian.weights["none"] == []
    assert jacobian.bias["sum"]["a"] == 0.0
    np.testing.assert_array_equal(jacobian.bias["sum"]["b"], np.ones(2))
    np.testing.assert_array_equal(jacobian.bias["one"]["b"], np.zeros(2))
    assert jacobian.bias["none"] == ()


def test_jvp_vjp_and_linearize_of_containers():
    def f(d, s):
        return {"y": [d["x"] * s], "z": (np.sum(d["x"]), 2.0)}

    x = np.array([1.0, 2.0])
    value, tangent = ad.jvp(f, ({"x": x}, 3.0), ({"x": np.ones(2)}, 10.0))
    np.testing.assert_array_equal(value["y"][0], 3 * x)
    np.testing.assert_array_equal(tangent["y"][0], 3 + 10 * x)
    assert tangent["z"] == (2.0, 0.0)
    value, pullback = ad.vjp(f, {"x": x}, 3.0)
    pulled = pullback({"y": [np.ones(2)], "z": (100.0, 5.0)})
    np.testing.assert_array_equal(pulled[0]["x"], [103.0, 103.0])
    assert pulled[1] == 3.0
    value, pushforward = ad.linearize(f, {"x": x}, 3.0)
    pushed = pushforward({"x": np.ones(2)}, 10.0)
    np.testing.assert_array_equal(pushed["y"][0], 3 + 10 * x)
    assert pushed["z"] == (2.0, 0.0)
    assert value["z"] == (3.0, 2.0)


EMPTY = [{}, [], (), {"a": []}, [(), {}], Model([], 0.0, ()).layers]


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize("chunk_size", [1, None])
def test_empty_containers_as_arguments(mode, empty, chunk_size):
    assert ad.grad(lambda d: 1.0, mode=mode, chunk_size=chunk_size)(empty) == empty
    value, gradient = ad.value_and_grad(lambda d: 2.0, mode=mode)(empty)
    assert (value, gradient) == (2.0, empty)
    gradients = ad.grad(lambda d, x: x * x, (0, 1), mode=mode)(empty, 3.0)
    assert gradients == (empty, 6.0)
    assert ad.jacobian(lambda d: np.ones(2), mode=mode)(empty) == empty


@pytest.mark.parametrize("empty", EMPTY)
def test_empty_containers_in_jvp_vjp_and_linearize(empty):
    assert ad.jvp(lambda d: 1.0, (empty,), (empty,)) == (1.0, 0.0)
    assert ad.vjp(lambda d: 1.0, empty)[1](1.0) == (empty,)
    assert ad.linearize(lambda d: 1.0, empty)[1](empty) == 0.0
    assert ad.jvp(lambda x: empty, (1.0,), (1.0,)) == (empty, empty)
    assert ad.vjp(lambda x: empty, 1.0)[1](empty) == (0.0,)
    assert ad.linearize(lambda x: empty, 1.0)[1](1.0) == empty


@together
@pytest.mark.parametrize("modes", NESTINGS)
@pytest.mark.parametrize("empty", EMPTY)
def test_empty_containers_in_second_derivatives(modes, empty):
    assert ad.hvp(lambda d: 1.0, (empty,), (empty,), modes=modes) == (empty,)
    assert ad.hvp(lambda d, x: x**3, (empty, 2.0), (empty, 1.0), modes=modes) == (empty, 12.0)
    assert ad.hessian(lambda d: 1.0, modes=modes)(empty) == empty


@pytest.mark.parametrize("mode", [*MODES, "mixed", "auto"])
def test_an_output_without_leaves_has_a_jacobian_without_leaves(mode):
    assert ad.jacobian(lambda x: {"a": ()}, mode=mode)(np.ones(2)) == {"a": ()}


def test_no_arguments_at_all():
    assert ad.jvp(lambda: 3.0, (), ()) == (3.0, 0.0)
    value, pullback = ad.vjp(lambda: 3.0)
    assert (value, pullback(1.0)) == (3.0, ())


@pytest.mark.parametrize("mode", MODES)
def test_ragged_lists(mode):
    ragged = [1.0, [np.ones(2), [np.ones((1, 3)), []]], np.ones(0), (2.0,)]

    def f(r):
        return r[0] * np.sum(r[1][0]) + np.sum(r[1][1][0] ** 2) + np.sum(r[2]) + r[3][0] ** 2

    gradient = ad.grad(f, mode=mode)(ragged)
    assert gradient[0] == 2.0
    np.testing.assert_array_equal(gradient[1][0], np.ones(2))
    np.testing.assert_array_equal(gradient[1][1][0], np.full((1, 3), 2.0))
    assert gradient[1][1][1] == []
    assert gradient[2].shape == (0,)
    assert gradient[3] == (4.0,)


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "container",
    [
        {"a": 2.0, "b": 3.0},
        collections.OrderedDict(a=2.0, b=3.0),
        collections.defaultdict(float, a=2.0, b=3.0),
        Table(a=2.0, b=3.0),
    ],
    ids=lambda d: type(d).__name__,
)
def test_every_kind_of_dict_comes_back_as_its_kind(mode, container):
    gradient = ad.grad(lambda d: d["a"] * d["b"] ** 2, mode=mode)(container)
    assert gradient == {"a": 9.0, "b": 12.0}
    assert type(gradient) is type(container)


@pytest.mark.parametrize("mode", MODES)
def test_dataclasses_with_fields_that_are_made_afterwards(mode):
    gradient = ad.grad(lambda d: d.x * d.twice, mode=mode)(Derived(3.0))
    assert gradient.x == 12.0


def test_the_keys_of_a_dict_may_come_in_another_order():
    x, t = {"a": 2.0, "b": 3.0}, {"b": 10.0, "a": 100.0}
    assert ad.jvp(lambda d: d["a"] ** 2 * d["b"], (x,), (t,))[1] == 12 * 100.0 + 4 * 10.0
    assert ad.linearize(lambda d: d["a"] ** 2 * d["b"], x)[1](t) == 12 * 100.0 + 4 * 10.0
    pulled = ad.vjp(lambda d: {"p": 2 * d["a"], "q": 3 * d["b"]}, x)[1]({"q": 10.0, "p": 1.0})
    assert pulled == ({"a": 2.0, "b": 30.0},)
    for modes in NESTINGS:
        product = ad.hvp(lambda d: d["a"] ** 2 * d["b"], (x,), (t,), modes=modes)
        assert product == ({"a": 2 * 3 * 100.0 + 2 * 2 * 10.0, "b": 4 * 100.0},)


@pytest.mark.parametrize("mode", MODES)
def test_the_same_array_in_two_places_has_two_derivatives(mode):
    x = np.ones(2)
    gradient = ad.grad(lambda p: np.sum(p[0] * 2.0 + p[1] * 3.0), mode=mode)([x, x])
    np.testing.assert_array_equal(gradient[0], [2.0, 2.0])
    np.testing.assert_array_equal(gradient[1], [3.0, 3.0])
    assert not np.shares_memory(*gradient)


@pytest.mark.parametrize("mode", MODES)
def test_the_function_may_change_its_containers(mode):
    def f(d):
        d["c"] = d.pop("a") * d["b"][0]
        d["b"].append(1.0)
        return d["c"]

    x = {"a": 2.0, "b": [3.0]}
    assert ad.grad(f, mode=mode)(x) == {"a": 3.0, "b": [2.0]}
    assert x == {"a": 2.0, "b": [3.0]}


@pytest.mark.parametrize("mode", MODES)
def test_auxiliary_output_may_be_any_object(mode):
    marker = object()

    def f(x):
        return x * x, Model([marker, {"y": x}, None], x, ("a",))

    gradient, aux = ad.grad(f, mode=mode, has_aux=True)(3.0)
    assert gradient == 6.0
    assert aux == Model([marker, {"y": 3.0}, None], 3.0, ("a",))
    assert type(aux.scale) is float
