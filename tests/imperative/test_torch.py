"""The same programs in PyTorch and here: every ``.grad`` is the same, and so is which are None."""

import contextlib
import warnings

import numpy as np
import pytest

import admodes as ad
from tests.helpers import together

A = np.array([[1.0, -2.0], [0.5, 3.0]])
B = np.array([[0.3, 4.0], [-1.5, 2.0]])


class Here:
    """What programs need, of this package."""

    variable = staticmethod(ad.variable)
    array = staticmethod(np.asarray)
    backward = staticmethod(ad.backward)
    no_grad = staticmethod(ad.no_grad)
    numpy = np

    @staticmethod
    def concatenate(arrays):
        return np.concatenate(arrays)

    @staticmethod
    def plain(x):
        return ad.stop_gradient(x)


class There:
    """The same of PyTorch."""

    def __init__(self, torch):
        self.numpy, self.no_grad = torch, torch.no_grad
        self.array = torch.as_tensor
        self.concatenate = torch.cat

        def variable(value, requires_grad=True):
            return torch.tensor(value, dtype=torch.float64, requires_grad=requires_grad)

        def backward(outputs, gradients=None, **options):
            torch.autograd.backward(outputs, gradients, **options)

        self.variable, self.backward = variable, backward

    @staticmethod
    def plain(x):
        return x.detach().numpy()


# Each program gives the variables whose .grad is looked at.


def one_product(lib):
    x, w = lib.variable(A), lib.variable(B)
    y = x * w
    y.sum().backward()
    return x, w, y


def the_document(lib):
    x1, w1, w2 = (lib.variable(np.full((2, 2), value)) for value in (2.0, 5.0, 6.0))
    x2 = x1 * w1
    y = x2 * w2
    loss = 10.0 - y
    loss.backward(lib.array(np.ones((2, 2))))
    return x1, w1, w2, x2, y, loss


def accumulation(lib):
    x, w = lib.variable(A), lib.variable(B)
    for i in range(3):
        (x * w * float(i)).sum().backward()
    (x * x).sum().backward()
    return x, w


def accumulation_from_anew(lib):
    x = lib.variable(A)
    (x * x).sum().backward()
    x.grad = None
    (x * 3.0).sum().backward()
    return (x,)


def retained_graph(lib):
    x = lib.variable(A)
    y = lib.numpy.sin(x) * x
    total = y.sum()
    total.backward(None, True)
    total.backward(retain_graph=True)
    y.backward(lib.array(B))
    return x, y, total


def retained_grad(lib):
    x = lib.variable(A)
    h = x * x
    h.retain_grad()
    y = lib.numpy.exp(h * 0.1)
    y.retain_grad()
    (y * h).sum().backward()
    return x, h, y


def retained_grad_of_outputs(lib):
    x = lib.variable(A)
    h = x * x
    total = h.sum()
    h.retain_grad()
    total.retain_grad()
    lib.backward([total, h], [None, lib.array(B)])
    return x, h, total


def without_gradients(lib):
    x, w = lib.variable(A), lib.variable(B)
    with lib.no_grad():
        held = x * x
    (held * w).sum().backward()
    return x, w, held


def without_gradients_nested_and_after_an_exception(lib):
    x = lib.variable(A)
    with contextlib.suppress(KeyError), lib.no_grad(), lib.no_grad():
        raise KeyError
    (x * x).sum().backward()
    return (x,)


def decorated(lib):
    x = lib.variable(A)

    @lib.no_grad()
    def square(x):
        return x * x

    (square(x) * x).sum().backward()
    return (x,)


def detached(lib):
    x, w = lib.variable(A), lib.variable(B)
    h = x * w
    (h.detach() * x).sum().backward()
    return x, w, h


def detached_and_required_again(lib):
    x = lib.variable(A)
    h = (x * x).detach()
    h.requires_grad = True
    (h * h).sum().backward()
    return x, h


def constants(lib):
    x, c = lib.variable(A), lib.variable(B, requires_grad=False)
    (x * c + c * c).sum().backward()
    return x, c


def requires_grad_set(lib):
    x, c = lib.variable(A), lib.variable(B, requires_grad=False)
    c.requires_grad = True
    y = (x * c).sum()
    x.requires_grad = False
    y.backward(retain_graph=True)
    x.requires_grad = True
    y.backward()
    return x, c


def a_grad_survives_that_none_is_required(lib):
    x = lib.variable(A)
    (x * x).sum().backward()
    x.requires_grad = False
    return (x,)


def shared_nodes(lib):
    x, w = lib.variable(A), lib.variable(B)
    h = lib.numpy.tanh(x @ w)
    first, second = (h * h).sum(), (h * w).sum()
    first.backward(retain_graph=True)
    second.backward()
    return x, w, h


def all_paths(lib):
    x = lib.variable(2.0)
    y = x * x
    (x * y + y * y + x).backward()
    return x, y


def a_gradient(lib):
    x = lib.variable(A)
    (x * x).backward(lib.array(B))
    return (x,)


def a_gradient_of_a_number(lib):
    x = lib.variable(A)
    (x * x).sum().backward(lib.array(np.array(3.0)))
    return (x,)


def one_element(lib):
    x = lib.variable(np.array([[2.0]]))
    (x * x * x).backward()
    return (x,)


def several_outputs(lib):
    x, w = lib.variable(A), lib.variable(B)
    h = x * w
    lib.backward([h.sum(), h, x * 2.0], [None, lib.array(B), lib.array(A)])
    return x, w, h


def several_outputs_of_one_number(lib):
    x = lib.variable(3.0)
    lib.backward([x * x, x, 5.0 * x])
    return (x,)


def the_same_output_twice(lib):
    x = lib.variable(A)
    y = x * x
    lib.backward([y, y], [lib.array(A), lib.array(B)])
    return x, y


def a_leaf_as_an_output(lib):
    x = lib.variable(A)
    x.backward(lib.array(B))
    x.backward(lib.array(B))
    return (x,)


def a_leaf_among_the_outputs(lib):
    x = lib.variable(A)
    lib.backward([x, (x * x).sum()], [lib.array(B), None])
    return (x,)


def unused(lib):
    x, w = lib.variable(A), lib.variable(B)
    h = w * x
    (x * x).sum().backward()
    return x, w, h


def reads(lib):
    x = lib.variable(A)
    (x[0] * x[1] + x[:, 1] * x[0, 0]).sum().backward()
    return (x,)


def broadcast(lib):
    x, w, s = lib.variable(A), lib.variable(np.array([2.0, -1.0])), lib.variable(1.5)
    (x * w * s + w).sum().backward()
    return x, w, s


def shapes(lib):
    x = lib.variable(A)
    y = lib.concatenate([x.reshape(4), x.T.reshape(4)])
    (y * y[::1] * lib.array(np.arange(8.0))).sum().backward()
    return x, y


def reductions(lib):
    x = lib.variable(A)
    (x.sum() * x.mean() + x.prod() + x.max()).backward()
    return (x,)


def training(lib):
    w, b = lib.variable(B), lib.variable(np.zeros(2))
    data = lib.array(A)
    for _ in range(5):
        loss = ((lib.numpy.tanh(data @ w + b) - 0.5) ** 2).sum()
        loss.backward()
        w, b = (lib.variable(lib.plain(each) - 0.1 * np.asarray(each.grad)) for each in (w, b))
    loss = ((lib.numpy.tanh(data @ w + b) - 0.5) ** 2).sum()
    loss.backward()
    return w, b, loss


def second_derivatives(lib):
    x = lib.variable(A)
    (x**3).sum().backward(create_graph=True)
    gradient, x.grad = x.grad, None
    (gradient * lib.array(B)).sum().backward()
    return (x,)


def second_derivatives_accumulate(lib):
    x = lib.variable(2.0)
    (x**3).backward(create_graph=True)
    x.grad.backward()
    return (x,)


def third_derivatives(lib):
    x = lib.variable(2.0)
    (x**4 * lib.numpy.sin(x)).backward(create_graph=True)
    first, x.grad = x.grad, None
    first.backward(create_graph=True)
    second, x.grad = x.grad, None
    second.backward()
    return (x,)


def a_plain_call_after_create_graph(lib):
    x = lib.variable(2.0)
    (x**3).backward(create_graph=True)
    (5.0 * x).backward()
    gradient, x.grad = x.grad, None
    gradient.backward()
    return (x,)


def a_penalty_on_the_gradient(lib):
    x, w = lib.variable(A), lib.variable(B)
    lib.numpy.tanh(w @ x).sum().backward(create_graph=True)
    penalty = (x.grad**2).sum() + (w.grad**2).sum()
    x.grad = w.grad = None
    penalty.backward()
    return x, w


def a_gradient_that_is_a_variable(lib):
    x, v = lib.variable(A), lib.variable(B)
    lib.numpy.sin(x).backward(v, create_graph=True)
    gradient, x.grad = x.grad, None
    gradient.sum().backward()
    return x, v


PROGRAMS = (
    one_product,
    the_document,
    accumulation,
    accumulation_from_anew,
    retained_graph,
    retained_grad,
    retained_grad_of_outputs,
    without_gradients,
    without_gradients_nested_and_after_an_exception,
    decorated,
    detached,
    detached_and_required_again,
    constants,
    requires_grad_set,
    a_grad_survives_that_none_is_required,
    shared_nodes,
    all_paths,
    a_gradient,
    a_gradient_of_a_number,
    one_element,
    several_outputs,
    several_outputs_of_one_number,
    the_same_output_twice,
    a_leaf_as_an_output,
    a_leaf_among_the_outputs,
    unused,
    reads,
    broadcast,
    shapes,
    reductions,
    training,
    second_derivatives,
    second_derivatives_accumulate,
    third_derivatives,
    a_plain_call_after_create_graph,
    a_penalty_on_the_gradient,
    a_gradient_that_is_a_variable,
)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def plain_grad(lib, x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's, of the .grad of an inner tensor
        return None if x.grad is None else np.asarray(lib.plain(x.grad))


@pytest.mark.filterwarnings("ignore:Using backward.. with create_graph=True")
@together
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_every_grad_is_that_of_pytorch(program, torch):
    there = There(torch)
    here = program(Here)
    peers = program(there)
    assert len(here) == len(peers)
    for x, peer in zip(here, peers, strict=True):
        assert x.requires_grad == peer.requires_grad
        assert x.is_leaf == peer.is_leaf
        found, expected = plain_grad(Here, x), plain_grad(there, peer)
        if expected is None or found is None:
            assert found is expected
        else:
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14, strict=True)


@together
@pytest.mark.parametrize(
    "refused",
    [
        lambda lib, x: (x * x).backward(),
        lambda lib, x: [y := (x * x).sum(), y.backward(), y.backward()],
        lambda lib, x: [h := x * x, h.sum().backward(), (h * x).sum().backward()],
        lambda lib, x: lib.variable(A, requires_grad=False).sum().backward(),
        lambda lib, x: (x * x).detach().sum().backward(),
        lambda lib, x: lib.variable(A, requires_grad=False).retain_grad(),
        lambda lib, x: setattr(x * x, "requires_grad", False),
    ],
)
def test_what_pytorch_refuses_is_refused_by_the_same_error(refused, torch):
    for lib in (Here, There(torch)):
        with pytest.raises(RuntimeError):
            refused(lib, lib.variable(A))


def test_a_gradient_by_a_complex_variable_is_the_conjugate_of_pytorchs(torch):
    z = np.array([1.0 + 2.0j, -0.5j])
    x, peer = ad.variable(z), torch.tensor(z, requires_grad=True)
    np.sum(np.abs(x * x) ** 2).backward()
    torch.sum(torch.abs(peer * peer) ** 2).backward()
    np.testing.assert_allclose(x.grad, np.conj(peer.grad.numpy()))
