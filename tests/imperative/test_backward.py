"""``backward()``: what it adds where, what it frees, what it refuses. Tests are named after rules.

The rules are those of PyTorch; tests/imperative/test_torch.py runs programs in both.
"""

import itertools
import weakref

import numpy as np
import pytest

import admodes as ad
from admodes import reverse
from tests.helpers import cube, same

A = np.array([[1.0, -2.0], [0.5, 3.0]])
B = np.array([[0.3, 4.0], [-1.5, 2.0]])


# --- .grad accumulates ----------------------------------------------------------------------------


def test_grad_starts_as_none():
    x = ad.variable(A)
    assert x.grad is None
    y = np.sum(x * x)
    assert x.grad is None
    y.backward()
    same(x.grad, 2 * A)


def test_grad_accumulates_over_calls():
    x = ad.variable(A)
    for count in range(1, 4):
        np.sum(x * B).backward()
        same(x.grad, count * B)


def test_grad_accumulates_into_a_new_array():
    # What somebody took out of .grad does not change under his hands.
    x = ad.variable(A)
    np.sum(x * B).backward()
    first = x.grad
    np.sum(x * B).backward()
    same(first, B)


def test_grad_set_to_none_starts_anew():
    x = ad.variable(A)
    np.sum(x * B).backward()
    x.grad = None
    assert x.grad is None
    np.sum(x * 3.0).backward()
    same(x.grad, np.full((2, 2), 3.0))


def test_a_grad_that_is_set_is_added_to():
    x, given = ad.variable(A), np.ones((2, 2))
    x.grad = given
    given[:] = 99.0
    np.sum(x * B).backward()
    same(x.grad, 1 + B)


def test_a_grad_that_is_written_into_is_added_to():
    x = ad.variable(A)
    np.sum(x * B).backward()
    x.grad[...] = 0.0
    np.sum(x * B).backward()
    same(x.grad, B)


@pytest.mark.parametrize(
    ("grad", "error"),
    [
        (np.ones(3), ValueError),
        (1.0, ValueError),
        (np.ones((2, 2), np.float32), TypeError),
        (np.ones((2, 2), int), TypeError),
        (np.ones((2, 2), complex), TypeError),
        ([[1.0, 2.0], [3.0, 4.0]], TypeError),
        ("text", TypeError),
        (ad.Dual(np.ones((2, 2)), np.ones((2, 2))), TypeError),
    ],
)
def test_a_grad_that_does_not_fit_is_refused(grad, error):
    x = ad.variable(A)
    with pytest.raises(error, match="grad"):
        x.grad = grad
    assert x.grad is None


def test_a_leaf_that_the_output_does_not_depend_on_keeps_none():
    x, w = ad.variable(A), ad.variable(B)
    np.sum(x * x).backward()
    assert w.grad is None


def test_outputs_that_share_a_source_add_into_the_same_grad():
    x = ad.variable(A)
    h = np.sin(x)
    first, second = np.sum(h * B), np.sum(h * h)
    first.backward(retain_graph=True)
    second.backward()
    same(x.grad, B * np.cos(A) + 2 * np.sin(A) * np.cos(A))


def test_all_paths_to_a_leaf_add_up():
    x = ad.variable(3.0)
    y = x * x
    (x + y * y + x * y).backward()
    assert x.grad == 1 + 4 * 27.0 + 3 * 9.0


# --- gradient= ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (1, 1, 1)])
def test_the_default_gradient_is_ones_for_a_one_element_output(shape):
    x = ad.variable(np.full(shape, 3.0))
    (x * x).backward()
    same(x.grad, np.full(shape, 6.0))


@pytest.mark.parametrize("shape", [(2,), (1, 2), (2, 2), (0,), (0, 3)])
def test_the_default_gradient_is_an_error_for_any_other_output(shape):
    x = ad.variable(np.ones(shape))
    with pytest.raises(RuntimeError, match=r"needs a gradient= of that shape.*np\.sum"):
        (x * x).backward()
    assert x.grad is None


@pytest.mark.parametrize(
    "gradient",
    [
        2.0,
        2,
        True,
        np.float32(2.0),
        np.array(2.0),
        np.array([2.0]),
        np.array([1.0, 2.0]),
        [1.0, 2.0],
        np.array([[1.0], [2.0]]),
        np.array([[1, 2], [3, 4]]),
        np.array([[1.0, 2.0], [3.0, 4.0]]),
        np.array([[1.0, 2.0], [3.0, 4.0]], np.float32),
        np.array([True, False]),
        ad.variable(np.array([1.0, 2.0])),
        ad.variable(np.array([1, 2]), requires_grad=False),
    ],
)
def test_gradient_may_be_anything_that_broadcasts_to_the_output(gradient):
    x = ad.variable(A)
    (x * B).backward(gradient)
    same(x.grad, B * np.asarray(ad.stop_gradient(gradient)))


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("wrap", [np.asarray, ad.variable])
@pytest.mark.parametrize("shape", [(3,), (2, 1, 2), (1, 2, 2), (3, 2, 2), (2, 3), (0,)])
def test_gradient_must_not_broadcast_beyond_the_output(shape, wrap, create_graph):
    x = ad.variable(A)
    with pytest.raises(ValueError, match=r"does not broadcast to the output's shape \(2, 2\)"):
        (x * x).backward(wrap(np.ones(shape)), create_graph=create_graph)
    assert x.grad is None


@pytest.mark.parametrize("shape", [(1,), (1, 1), (2,)])
def test_gradient_of_a_number_is_a_number(shape):
    x = ad.variable(3.0)
    with pytest.raises(ValueError, match=r"does not broadcast to the output's shape \(\)"):
        (x * x).backward(np.ones(shape))
    (x * x).backward(np.array(2.0))
    assert x.grad == 12.0


def test_gradient_of_an_empty_output():
    x = ad.variable(np.ones((0, 3)))
    (x * x).backward(1.0)
    same(x.grad, np.ones((0, 3)))


@pytest.mark.parametrize(
    "gradient",
    ["text", np.array(["a", "b"]), np.array([1.0, None]), {}, 1j, np.ones(2, complex), object()],
)
def test_gradient_must_be_a_number_that_the_output_can_hold(gradient):
    x = ad.variable(A)
    with pytest.raises(TypeError, match="gradient="):
        (x * x).backward(gradient)
    assert x.grad is None


def test_gradient_is_weighed_by_the_rule():
    # L = Y - y: ones at L and minus ones at y are the same cotangents further down.
    x, w = ad.variable(A), ad.variable(B)
    (10.0 - x * w).backward(np.ones((2, 2)))
    first = x.grad, w.grad
    x.grad = w.grad = None
    (x * w).backward(-np.ones((2, 2)))
    same(x.grad, first[0])
    same(w.grad, first[1])
    same(x.grad, -B)


# --- Leaves and inner variables -------------------------------------------------------------------


def test_an_inner_variable_keeps_none():
    x = ad.variable(A)
    y = x * x
    z = np.sum(y)
    z.backward()
    assert y.grad is None
    assert z.grad is None


def test_an_inner_variable_has_a_grad_after_retain_grad():
    x = ad.variable(A)
    y = x * x
    z = y * B
    total = np.sum(z)
    for each in (y, total):
        each.retain_grad()
    total.backward()
    same(y.grad, B)
    assert z.grad is None
    assert total.grad == 1.0
    same(x.grad, 2 * A * B)


def test_a_retained_grad_accumulates():
    x = ad.variable(A)
    y = x * x
    y.retain_grad()
    for count in range(1, 3):
        np.sum(y * B).backward(retain_graph=True)
        same(y.grad, count * B)
    y.grad = None
    np.sum(y * 2.0).backward()
    same(y.grad, np.full((2, 2), 2.0))


def test_a_retained_grad_is_that_of_all_paths():
    x = ad.variable(A)
    y = x * 2.0
    y.retain_grad()
    np.sum(y * y + y[0] * y[1] + y.T).backward()
    (expected,) = ad.vjp(lambda y: np.sum(y * y + y[0] * y[1] + y.T), 2 * A)[1](np.float64(1.0))
    same(y.grad, expected)


def test_a_retained_grad_of_an_output_that_others_depend_on():
    x = ad.variable(A)
    y = x * 2.0
    y.retain_grad()
    ad.backward([y, y * B], [A, 1.0])
    same(y.grad, A + B)
    same(x.grad, 2 * (A + B))


def test_retain_grad_of_a_leaf_changes_nothing():
    x = ad.variable(A)
    x.retain_grad()
    np.sum(x * B).backward()
    same(x.grad, B)


def test_retain_grad_of_a_constant_is_an_error():
    with pytest.raises(RuntimeError, match="does not require grad"):
        ad.variable(A, requires_grad=False).retain_grad()


def test_a_leaf_is_an_output_too():
    # There is nothing to free, so it may be done again.
    x = ad.variable(A)
    x.backward(B)
    x.backward(B)
    same(x.grad, 2 * B)


# --- The graph is freed ---------------------------------------------------------------------------

AGAIN = r"an earlier backward\(\) has freed: give the first call retain_graph=True"
PROGRAMS = {
    "product": lambda x: np.sum(x * x),
    "additions": lambda x: x[0, 0] + x[1, 1],
    "one addition": lambda x: np.ravel(x)[0] + 1.0,
    "a sum": np.sum,
    "a reshape": lambda x: np.reshape(x, (1, 4))[:, :1],
    "linear": lambda x: np.sum(3.0 * x - x),
    "custom": lambda x: np.max(x),
    "matmul": lambda x: np.sum(x @ x),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_second_call_is_an_error_and_accumulates_nothing(program):
    x = ad.variable(A)
    y = program(x)
    y.backward()
    before = x.grad.copy()
    for create_graph in (False, True):
        with pytest.raises(RuntimeError, match=AGAIN):
            y.backward(retain_graph=True, create_graph=create_graph)
        same(x.grad, before)


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_retain_graph_lets_it_be_called_again(program):
    x = ad.variable(A)
    y = program(x)
    y.backward(retain_graph=True)
    first = x.grad.copy()
    y.backward(retain_graph=True)
    y.backward()
    np.testing.assert_allclose(x.grad, 3 * first)
    with pytest.raises(RuntimeError, match=AGAIN):
        y.backward()


@pytest.mark.parametrize("shared", [lambda x: x * x, lambda x: x + 1.0, np.transpose])
def test_a_shared_inner_node_that_was_freed_is_an_error_from_another_output(shared):
    x, w = ad.variable(A), ad.variable(B)
    h = shared(x)
    first, second = np.sum(h), np.sum(h * w) + np.sum(w)
    first.backward()
    before = x.grad.copy()
    with pytest.raises(RuntimeError, match=AGAIN):
        second.backward()
    same(x.grad, before)
    assert w.grad is None
    with pytest.raises(RuntimeError, match=AGAIN):
        h.backward(1.0)
    with pytest.raises(RuntimeError, match=AGAIN):
        (h * 2.0).backward(1.0)  # an operation that was recorded later
    with pytest.raises(RuntimeError, match=AGAIN):
        ad.backward([np.sum(w), second])
    assert w.grad is None


def test_what_was_freed_can_be_computed_again():
    x = ad.variable(A)
    for count in range(1, 4):
        np.sum(np.sin(x)).backward()
        same(x.grad, count * np.cos(A))


def test_a_branch_that_the_output_does_not_reach_is_not_freed():
    x, w = ad.variable(A), ad.variable(B)
    other = np.sum(w * w)
    np.sum(x * x).backward()
    other.backward()
    same(w.grad, 2 * B)


def test_leaves_are_not_freed():
    x = ad.variable(A)
    y, z = np.sum(x * B), np.sum(x * x)
    y.backward()
    z.backward()
    same(x.grad, B + 2 * A)


@pytest.mark.usefixtures("no_collector")
def test_backward_frees_every_node_that_it_reaches_additions_too(nodes):
    x = ad.variable(A)
    parts = [np.sin(x)]
    for step in (lambda y: y + 1.0, lambda y: -y, np.transpose, lambda y: y[0], np.exp, np.sum):
        parts.append(step(parts[-1]))
    kept = [weakref.ref(part._value) for part in parts[:-1]]  # the sum is a number
    y = parts[-1] * parts[-1]
    assert nodes() == 9
    y.backward()
    assert all(part._node.parents == () and part._node.kept is None for part in (*parts, y))
    assert all(ref() is not None for ref in kept)  # by the variables
    del parts
    assert nodes() == 2  # the leaf's and the output's
    assert all(ref() is None for ref in kept)


@pytest.mark.usefixtures("no_collector")
def test_retain_graph_keeps_every_node(nodes):
    x = ad.variable(A)
    y = np.sum(np.sin(x) * x + 1.0)
    alive = nodes()
    y.backward(retain_graph=True)
    assert nodes() == alive
    y.backward()
    assert nodes() == 2


# --- Several outputs ------------------------------------------------------------------------------


def test_backward_of_several_outputs_adds_all():
    x, w = ad.variable(A), ad.variable(B)
    h = x * w
    ad.backward([np.sum(h), h, 2.0 * x], [None, B, [1.0, 2.0]])
    same(x.grad, B + B * B + np.array([2.0, 4.0]))
    same(w.grad, A + A * B)


@pytest.mark.parametrize("kind", [list, tuple])
def test_backward_of_several_outputs_has_default_gradients(kind):
    x = ad.variable(3.0)
    ad.backward(kind([x * x, x, 5.0 * x]))
    assert x.grad == 6.0 + 1.0 + 5.0


def test_backward_of_the_same_output_twice():
    x = ad.variable(A)
    y = x * x
    ad.backward([y, y, x], [A, B, 1.0])
    same(x.grad, 2 * A * (A + B) + 1)


def test_backward_of_one_output():
    x = ad.variable(A)
    ad.backward(np.sum(x * B))
    ad.backward(x * B, A)
    ad.backward(x * B, [1.0, 2.0], retain_graph=True)
    same(x.grad, B + A * B + B * [1.0, 2.0])


def test_backward_of_no_output_does_nothing():
    ad.backward([])


def test_backward_frees_all_outputs():
    x = ad.variable(3.0)
    y, z = x * x, x + 1.0
    ad.backward([y, z])
    for each in (y, z):
        with pytest.raises(RuntimeError, match=AGAIN):
            each.backward()


@pytest.mark.parametrize(
    "gradients", [[], [1.0], [1.0, 2.0, 3.0], 1.0, np.ones(2), ad.variable(1.0)]
)
def test_as_many_gradients_as_outputs(gradients):
    x = ad.variable(3.0)
    with pytest.raises(ValueError, match="2 outputs takes a list of 2 gradients"):
        ad.backward([x, x * x], gradients)
    assert x.grad is None


@pytest.mark.parametrize("output", [3.0, A, None, "text", ad.Dual(1.0, 1.0), {"y": 1.0}, iter(())])
def test_an_output_must_be_a_variable(output):
    for outputs in (output, [ad.variable(1.0), output]):
        with pytest.raises(TypeError, match="starts from variables"):
            ad.backward(outputs)


def test_an_output_must_require_grad():
    x = ad.variable(A)
    with ad.no_grad():
        inside = np.sum(x * x)
    for y in (inside, ad.variable(1.0, requires_grad=False), np.sum(x).detach()):
        with pytest.raises(RuntimeError, match="does not require grad"):
            y.backward()


# --- A rejected call frees and changes nothing ----------------------------------------------------


def fails(*args):
    raise KeyError("mine")


class Program:
    """Leaves with gradients, an inner variable that retains its own, and two outputs."""

    def __init__(self, f=lambda h: h * 1.0):
        self.a, self.b = ad.variable(A), ad.variable(B)
        np.sum(self.a * B).backward()
        self.h = self.a * self.b
        self.h.retain_grad()
        self.y, self.z = f(self.h) + 1.0, np.sum(self.h)
        #: what others have used up
        self.gone = np.sum(self.a)
        self.gone.backward()

    def grads(self):
        return [None if x.grad is None else x.grad.copy() for x in (self.a, self.b, self.h)]


def broken(**rule):
    """A program with a primitive of the user's own that raises in the sweep."""
    return lambda: Program(cube(**rule))


REJECTED = {
    "no gradient": (Program, lambda p, **o: p.y.backward(**o), RuntimeError),
    "a gradient too large": (
        Program,
        lambda p, **o: p.y.backward(np.ones((3, 2, 2)), **o),
        ValueError,
    ),
    "another shape": (Program, lambda p, **o: p.y.backward(np.ones(3), **o), ValueError),
    "a text": (Program, lambda p, **o: p.y.backward("text", **o), TypeError),
    "a complex gradient": (Program, lambda p, **o: p.y.backward(1j, **o), TypeError),
    "a gradient of another level": (
        Program,
        lambda p, **o: p.y.backward(ad.Dual(1.0, 1.0), **o),
        TypeError,
    ),
    "a plain output": (Program, lambda p, **o: ad.backward([p.z, 3.0], **o), TypeError),
    "a constant": (Program, lambda p, **o: ad.backward([p.z, p.a.detach()], **o), RuntimeError),
    "the second without gradient": (
        Program,
        lambda p, **o: ad.backward([p.z, p.y], **o),
        RuntimeError,
    ),
    "the second gradient wrong": (
        Program,
        lambda p, **o: ad.backward([p.z, p.y], [None, np.ones(5)], **o),
        ValueError,
    ),
    "too few gradients": (Program, lambda p, **o: ad.backward([p.z, p.y], [1.0], **o), ValueError),
    "freed": (Program, lambda p, **o: p.gone.backward(**o), RuntimeError),
    "freed among others": (Program, lambda p, **o: ad.backward([p.z, p.gone], **o), RuntimeError),
    "freed below": (Program, lambda p, **o: (p.z + p.gone).backward(**o), RuntimeError),
    "a pull that raises": (
        broken(pull=fails),
        lambda p, **o: ad.backward([p.z, p.y], [None, 1.0], **o),
        KeyError,
    ),
    "a residual that raises": (
        broken(residual=fails),
        lambda p, **o: ad.backward([p.z, p.y], [None, 1.0], **o),
        KeyError,
    ),
    "a pull of a wrong shape": (
        broken(pull=lambda x, ct: np.ones(3)),
        lambda p, **o: ad.backward([p.z, p.y], [None, 1.0], **o),
        ValueError,
    ),
}


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize(("program", "call", "error"), REJECTED.values(), ids=REJECTED)
def test_a_rejected_call_frees_and_changes_nothing(program, call, error, create_graph, nodes):
    p = program()
    before, alive = p.grads(), nodes()
    for _ in range(2):
        with pytest.raises(error):
            call(p, create_graph=create_graph)
        for found, expected in zip(p.grads(), before, strict=True):
            np.testing.assert_equal(found, expected)
        assert nodes() == alive
    p.z.backward()
    same(p.a.grad, B + 1 + B)
    same(p.b.grad, A)
    same(p.h.grad, np.ones((2, 2)))
    assert (p.a * p.b).requires_grad


def test_a_rule_that_raises_while_recording_leaves_everything_as_it_was():
    x = ad.variable(A)
    y = np.sum(x * x)
    raises = ad.elementwise(fails, lambda y, x: x)
    with pytest.raises(KeyError):
        raises(x)
    y.backward()
    same(x.grad, 2 * A)


def test_a_call_that_is_interrupted_changes_nothing():
    def interrupted(x, ct):
        raise KeyboardInterrupt

    p = Program(cube(pull=interrupted))
    before = p.grads()
    with pytest.raises(KeyboardInterrupt):
        p.y.backward(1.0)
    for found, expected in zip(p.grads(), before, strict=True):
        np.testing.assert_equal(found, expected)
    assert (p.a * p.b).requires_grad


# --- No aliases -----------------------------------------------------------------------------------


def linear_programs():
    """What could hand an array on as it is."""
    return {
        "x + w": lambda x, w: x + w,
        "x - w": lambda x, w: x - w,
        "x + x": lambda x, w: x + x + w,
        "sum": lambda x, w: np.sum(x) + np.sum(w),
        "reshape": lambda x, w: np.reshape(x, (4,)) + np.ravel(w),
        "transpose": lambda x, w: x.T + w,
        "read": lambda x, w: x[0] + w[0],
        "concatenate": lambda x, w: np.concatenate([x, w]),
        "stack": lambda x, w: np.stack([x, w, x]),
        "where": lambda x, w: np.where(A > 0, x, w),
        "positive": lambda x, w: +x + +w,
        "product": lambda x, w: x * w,
        "broadcast": lambda x, w: x[None] + w,
        "copy": lambda x, w: x.copy() + w.copy(),
        "matmul": lambda x, w: x @ w,
    }


@pytest.mark.parametrize("retain", [False, True])
@pytest.mark.parametrize("f", linear_programs().values(), ids=linear_programs())
def test_results_never_alias_each_other_or_the_callers_arrays(f, retain):
    mine = A.copy(), B.copy()
    x, w = map(ad.variable, mine)
    y = f(x, w)
    y.retain_grad()
    gradient = np.random.default_rng(0).normal(size=y.shape) if y.shape else np.array(2.0)
    given = gradient.copy()
    y.backward(given, retain_graph=True)
    first = [each.grad for each in (x, w, y)]
    y.backward(given, retain_graph=retain)
    everything = [*first, x.grad, w.grad, y.grad, given, *mine]
    everything = [each for each in everything if isinstance(each, np.ndarray)]
    for a, b in itertools.combinations(everything, 2):
        assert not np.shares_memory(a, b)
    for each in (x, w):
        assert each.grad.flags.writeable
        assert not np.shares_memory(each.grad, each.value)
        assert not np.shares_memory(each.grad, y.value)
    (expected_x, expected_w) = ad.vjp(f, *mine)[1](gradient if y.shape else np.float64(2.0))
    x.grad[...] = 99.0  # one is written into, the other stays
    np.testing.assert_allclose(w.grad, 2 * expected_w)
    np.testing.assert_allclose(first[0], expected_x)


def test_a_retained_grad_is_not_the_buffer_that_is_handed_on():
    x = ad.variable(A)
    earlier, h = x * A, x + 1.0  # h hands its cotangent on to x, then that of x * A is added in
    h.retain_grad()
    np.sum(h * B + earlier).backward()
    same(h.grad, B)
    same(x.grad, B + A)
    assert not np.shares_memory(h.grad, x.grad)


def test_an_input_that_is_overwritten_afterwards():
    mine = A.copy()
    x = ad.variable(mine)
    mine[...] = 99.0
    same(x.value, A)
    y = np.sum(x * x)
    mine[...] = -1.0
    y.backward()
    same(x.grad, 2 * A)


CONSTANTS = {
    "product": lambda x, w, mask, index: w * x,
    "reflected": lambda x, w, mask, index: x * w,
    "quotient": lambda x, w, mask, index: x / w,
    "power": lambda x, w, mask, index: np.abs(x) ** w,
    "ufunc": lambda x, w, mask, index: np.multiply(w, x),
    "maximum": lambda x, w, mask, index: np.maximum(x, w),
    "broadcast": lambda x, w, mask, index: x * w[:, None],
    "where": lambda x, w, mask, index: np.where(mask, x, 2 * x),
    "boolean index": lambda x, w, mask, index: x[mask],
    "integer index": lambda x, w, mask, index: x[index],
    "list index": lambda x, w, mask, index: x[list(index)],
    "take": lambda x, w, mask, index: np.take(x, index),
    "clip": lambda x, w, mask, index: np.clip(x, w, 2 * w),
    "dot": lambda x, w, mask, index: np.dot(x, w),
    "matmul": lambda x, w, mask, index: x[:, None] @ w[None],
    "einsum": lambda x, w, mask, index: np.einsum("i,i->", x, w),
    "solve": lambda x, w, mask, index: np.linalg.solve(np.diag(w), x),
    "mask": lambda x, w, mask, index: x * mask,
}


@pytest.mark.parametrize("f", CONSTANTS.values(), ids=CONSTANTS)
def test_a_constant_that_is_overwritten_after_it_was_recorded(f):
    x = np.linspace(0.5, 2.0, 5)
    w, mask, index = np.full(5, 1.25), np.arange(5) % 2 == 0, np.arange(5)[::-1].copy()
    (expected,) = ad.vjp(lambda x: f(x, w, mask, index), x)[1](f(x, w, mask, index))
    v = ad.variable(x)
    y = f(v, w, mask, index)
    ct = y.value
    w[:], mask[:], index[:] = 0.0, True, 0
    y.backward(ct, retain_graph=True)
    same(v.grad, expected)
    v.grad = None
    y.backward(ct, create_graph=True)
    same(v.grad.value, expected)


def test_a_gradient_that_is_overwritten_afterwards():
    x, w = ad.variable(A), ad.variable(B)
    gradient = np.ones((2, 2))
    (x + w).backward(gradient, create_graph=True)
    gradient[...] = 99.0
    same(x.grad.value, np.ones((2, 2)))
    same(w.grad.value, np.ones((2, 2)))


# --- Other things that a sweep meets --------------------------------------------------------------


def test_a_rule_of_the_users_own():
    x = ad.variable(A)
    np.sum(cube()(x)).backward()
    same(x.grad, 3 * A * A)


@pytest.mark.parametrize("segments", [False, True])
def test_checkpoint(segments):
    def block(x, w):
        return np.sin(x @ w) * x

    x, w = ad.variable(A), ad.variable(B)
    np.sum(ad.checkpoint(block, segments=segments)(x, w)).backward()
    expected = reverse.grad(lambda x, w: np.sum(block(x, w)), (0, 1))(A, B)
    same(x.grad, expected[0])
    same(w.grad, expected[1])


@pytest.mark.parametrize("segments", [False, True])
def test_checkpoint_of_a_function_that_closes_over_a_variable(segments):
    x, w = ad.variable(A), ad.variable(B)
    np.sum(ad.checkpoint(lambda x: x * w, segments=segments)(x)).backward()
    same(x.grad, B)
    same(w.grad, A)


def test_reads_of_one_array_add_up_in_place():
    x = ad.variable(np.arange(5.0))
    total = 0.0
    for i in range(4):
        total = total + x[i] * x[i + 1]
    total = total + np.sum(x[1:3]) + np.sum(x[np.array([0, 0])])
    total.backward()
    same(x.grad, np.array([3.0, 3.0, 5.0, 6.0, 3.0]))


def test_zero_absorbs():
    x = ad.variable(np.array([0.0, 4.0]))
    np.sum(np.where(x.value > 0, np.sqrt(x), 0.0)).backward()
    same(x.grad, np.array([0.0, 0.25]))
