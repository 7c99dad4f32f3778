"""Whatever would lose a derivative, and every wrong argument, is an error that says what to do."""

import decimal
import fractions
import math
import operator
import pickle

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, NESTINGS, X, together


def root(error):
    """The error that caused all others."""
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__
    return error


# --- Lost derivatives -----------------------------------------------------------------------------


def assign(array, index, value):
    array[index] = value


def add_in_place(array, value):
    array += value


#: what would make a plain number or array of an expression
LOST = {
    "float": lambda e: float(e),
    "int": lambda e: int(e),
    "complex": lambda e: complex(e),
    "range": lambda e: range(e),
    "index of a list": lambda e: [1, 2, 3, 4][e],
    "math.sin": lambda e: math.sin(e),
    "math.floor": lambda e: math.floor(e),
    "math.ceil": lambda e: math.ceil(e),
    "math.trunc": lambda e: math.trunc(e),
    "math.fsum": lambda e: math.fsum([e, e]),
    "%f": lambda e: operator.mod("%f", e),
    "np.array": lambda e: np.array(e),
    "np.asarray": lambda e: np.asarray(e),
    "np.array of a list": lambda e: np.array([e, e]),
    "np.array of nested lists": lambda e: np.array([[e, 1.0], [2.0, e]]),
    "np.array of floats": lambda e: np.array([e], float),
    "np.array of objects": lambda e: np.array([e, e], object),
    "np.asarray of objects": lambda e: np.asarray(e, object),
    "np.float64": lambda e: np.float64(e),
    "np.fromiter": lambda e: np.fromiter([e], float),
    "an element": lambda e: assign(np.zeros(3), 0, e),
    "a slice": lambda e: assign(np.zeros(3), slice(None), e),
    "an element of integers": lambda e: assign(np.zeros(3, int), 0, e),
    "an element of objects": lambda e: assign(np.empty((), object), (), e) or np.array([e], object),
    "pickle": lambda e: pickle.dumps(e),
    "Decimal": lambda e: decimal.Decimal(e),
    "Fraction": lambda e: fractions.Fraction(e),
}


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lose", LOST.values(), ids=LOST)
def test_a_lost_derivative_is_a_type_error(mode, lose):
    with pytest.raises((TypeError, ValueError)) as caught:
        ad.grad(lambda x: lose(x) and x, mode=mode)(3.0)
    assert isinstance(root(caught.value), TypeError)


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "lose", [float, int, complex, math.sin, math.floor, np.asarray, np.float64, np.array]
)
def test_a_lost_derivative_names_the_fix(mode, lose):
    for x in (3.0, np.array(3.0)):
        with pytest.raises(
            TypeError, match=r"derivative would be lost(.|\n)*admodes.stop_gradient"
        ):
            ad.grad(lambda x: lose(x), mode=mode)(x)


@together
@pytest.mark.parametrize("lose", [math.sin, np.asarray, lambda x: assign(np.zeros(2), 0, x)])
def test_a_lost_derivative_names_the_command_that_finds_all(lose):
    with pytest.raises((TypeError, ValueError), match="admodes check"):
        ad.grad(lose)(3.0)


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("lose", "fix"),
    [
        (lambda x: math.sin(x[0]), "np.sin for math.sin"),
        (lambda x: np.array([x[0], x[1]]), "np.array([a, b], like=x)"),
        (lambda x: np.asarray(x), "x itself"),
        (lambda x: np.sum([x[0], x[1]]), "np.array([a, b], like=x)"),
        (lambda x: np.r_[x, 1], "np.concatenate([x, [1]])"),
        (lambda x: assign(np.zeros(2), 0, x[0]), "np.zeros(shape, like=x)"),
        (lambda x: assign(np.zeros(2), slice(None), x), "np.zeros(shape, like=x)"),
        (lambda x: assign(np.zeros(2), 0, 1j * x[0]), "np.zeros(shape, like=x)"),
        (lambda x: assign(x, 0, 1j), "np.real(value)"),
        (lambda x: assign(x[0], 0, 1.0), "x = value"),
        (lambda x: assign(np.broadcast_to(x[:1], (500,)), 0, 1.0), "x.copy()"),
        (lambda x: add_in_place(np.zeros(2), x), "np.zeros(shape, like=x)"),
        (lambda x: add_in_place(np.zeros(()), x[0]), "np.zeros(shape, like=x)"),
        (lambda x: add_in_place(x[:1], x), "non-broadcastable"),
        (lambda x: add_in_place(x, 1j), "dtype=complex"),
        (lambda x: np.add(x, x, out=np.zeros(2)), "np.zeros(shape, like=x)"),
        (lambda x: np.zeros(2)[x], ""),
        (lambda x: x.tolist(), "list(x)"),
        (lambda x: x.tobytes(), "stop_gradient"),
        (lambda x: x.view(np.int64), "astype"),
        (lambda x: np.copyto(np.zeros(2), x), "np.zeros(shape, like=x)"),
        (lambda x: np.put(np.zeros(2), [0], x), "np.zeros(shape, like=x)"),
        (lambda x: np.add.at(np.zeros(2), [0], x), "np.zeros(shape, like=x)"),
        (lambda x: x.astype(object), "stop_gradient"),
    ],
)
def test_what_would_lose_the_derivatives_of_an_array_names_the_fix(mode, lose, fix):
    with pytest.raises((TypeError, ValueError, NotImplementedError, IndexError)) as caught:
        ad.grad(lambda x: lose(x) or np.sum(x), mode=mode)(X)
    assert fix in str(root(caught.value))


@pytest.mark.parametrize("mode", MODES)
def test_an_expression_cannot_be_hashed(mode):
    with pytest.raises(TypeError, match="unhashable"):
        ad.grad(lambda x: {x: 1} and x, mode=mode)(3.0)


@pytest.mark.parametrize("mode", MODES)
def test_the_truth_of_several_is_ambiguous_as_in_numpy(mode):
    with pytest.raises(ValueError, match="ambiguous"):
        ad.grad(lambda x: x[0] if x else x[1], mode=mode)(X)


@pytest.mark.parametrize("mode", MODES)
def test_a_number_has_no_length_and_no_elements(mode):
    for use in (len, iter, list):
        with pytest.raises(TypeError):
            ad.grad(lambda x, use=use: use(x), mode=mode)(3.0)
    with pytest.raises(IndexError):
        ad.grad(lambda x: x[2], mode=mode)(X)


# --- Functions without a rule ---------------------------------------------------------------------


@together
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.linalg.qr(np.outer(x, x), "raw"),
        lambda x: np.frompyfunc(lambda a: a, 1, 1)(x),
        lambda x: np.sum(x, dtype=np.float16, out=np.zeros(())),
    ],
)
def test_a_function_without_a_rule_has_the_same_message_in_both_modes(f):
    messages = set()
    for mode in MODES:
        with pytest.raises(NotImplementedError) as caught:
            ad.grad(f, mode=mode)(X)
        messages.add(str(caught.value))
    assert len(messages) == 1
    assert "rule" in messages.pop()


@pytest.mark.parametrize("mode", MODES)
def test_a_function_without_a_rule_names_itself_and_the_fix(mode):
    unknown = np.frompyfunc(lambda a: a, 1, 1)
    with pytest.raises(NotImplementedError, match=r"<lambda>.*elementwise.*stop_gradient"):
        ad.grad(lambda x: np.sum(unknown(x)), mode=mode)(X)


@pytest.mark.parametrize("mode", MODES)
def test_numpy_s_own_errors_stay(mode):
    for f, error in (
        (lambda x: x + np.ones(3), ValueError),
        (lambda x: np.sum(x, axis=5), np.exceptions.AxisError),
        (lambda x: np.reshape(x, (3,)), ValueError),
        (lambda x: x @ np.ones(3), ValueError),
        (lambda x: x + "a", TypeError),
        (lambda x: x + None, TypeError),
        (lambda x: x[0, 0], IndexError),
        (lambda x: np.roll(x, 1, axis=5), np.exceptions.AxisError),
        (lambda x: np.roll(x, 1, axis=True), np.exceptions.AxisError),  # of one axis
        (lambda x: np.roll(x, [[1], [2]]), ValueError),
        (lambda x: np.sin(x, x, x), (TypeError, ValueError)),
    ):
        with pytest.raises(error):
            ad.grad(lambda x, f=f: np.sum(f(x)), mode=mode)(X)
        with pytest.raises(error):
            np.sum(f(X))


@pytest.mark.parametrize("mode", MODES)
def test_numbers_raise_what_plain_numbers_raise(mode):
    for f, error in (
        (lambda x: 1 / (x - 3.0), ZeroDivisionError),
        (lambda x: (x - 3.0) ** -1, ZeroDivisionError),
        (lambda x: (x * 1e300) ** 2 * x**1000, OverflowError),
    ):
        with pytest.raises(error):
            f(3.0)
        with pytest.raises(error):
            ad.grad(f, mode=mode)(3.0)


# --- Arguments ------------------------------------------------------------------------------------


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", [int, np.int8, np.uint64, bool])
def test_an_array_of_integers_is_refused_with_the_fix(mode, dtype):
    x = np.ones(2, dtype)
    for differentiate in (
        lambda: ad.grad(np.sum, mode=mode)(x),
        lambda: ad.jacobian(np.sin, mode=mode)(x),
        lambda: ad.grad(lambda d: d["a"][0][0], mode=mode)({"a": [x]}),
        lambda: ad.jvp(np.sin, (x,), (x,)),
        lambda: ad.vjp(np.sin, x),
        lambda: ad.linearize(np.sin, x),
        lambda: ad.hvp(np.sum, (x,), (x,)),
        lambda: ad.hessian(np.sum)(x),
    ):
        with pytest.raises(TypeError, match=r"argument 0.*astype\(float\)"):
            differentiate()


@pytest.mark.parametrize("mode", MODES)
def test_a_python_int_is_promoted(mode):
    gradient = ad.grad(lambda x: x * x, mode=mode)(3)
    assert gradient == 6.0
    assert type(gradient) is float
    assert ad.grad(lambda d: d["a"] * d["b"][0], mode=mode)({"a": 2, "b": (3,)}) == {
        "a": 3.0,
        "b": (2.0,),
    }


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "x",
    [True, np.True_, None, "text", b"bytes", object(), {1.0}, np.array(["a"]), np.array([None])],
)
def test_what_is_no_number_is_refused(mode, x):
    for differentiate in (
        lambda: ad.grad(lambda x: x, mode=mode)(x),
        lambda: ad.grad(lambda x: x, mode=mode)([1.0, {"a": x}]),
        lambda: ad.jvp(lambda x: x, (x,), (x,)),
        lambda: ad.vjp(lambda x: x, x),
    ):
        with pytest.raises(TypeError, match="argument 0"):
            differentiate()


def test_the_message_says_where_in_a_container_the_argument_is_wrong():
    with pytest.raises(TypeError, match=r"argument 1\['b'\]\[0\]"):
        ad.grad(lambda x, d: x, 1)(1.0, {"a": 1.0, "b": ["text"]})


@pytest.mark.parametrize("mode", MODES)
def test_an_output_with_several_entries_is_refused_by_grad(mode):
    for f, shape in (
        (lambda x: x, r"\(2,\)"),
        (lambda x: x[:1], r"\(1,\)"),
        (np.diag, r"\(2, 2\)"),
    ):
        with pytest.raises(TypeError, match=rf"shape {shape}.*np\.sum.*jacobian"):
            ad.grad(f, mode=mode)(X)
        with pytest.raises(TypeError, match=rf"shape {shape}"):
            ad.value_and_grad(f, mode=mode)(X)


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "f", [lambda x: (x[0], x[1]), lambda x: [x[0]], lambda x: {"a": x[0]}, lambda x: None]
)
def test_an_output_that_is_no_number_is_refused_by_grad(mode, f):
    with pytest.raises(TypeError, match="one number"):
        ad.grad(f, mode=mode)(X)


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("f", [lambda x: 1, lambda x: np.argmax(x), lambda x: x[0] > 0, np.size])
def test_an_integer_or_boolean_output_is_refused_by_grad(mode, f):
    with pytest.raises(TypeError, match="integer or a boolean"):
        ad.grad(f, mode=mode)(X)


@together
@pytest.mark.parametrize("modes", NESTINGS)
def test_second_derivatives_refuse_what_grad_refuses(modes):
    for f in (lambda x: x, lambda x: np.argmax(x), lambda x: (x[0],), lambda x: None):
        with pytest.raises(TypeError):
            ad.hvp(f, (X,), (X,), modes=modes)
        with pytest.raises(TypeError):
            ad.hessian(f, modes=modes)(X)


@together
@pytest.mark.parametrize("way", ["jvp", "vjp", "linearize", "forward", "reverse"])
@pytest.mark.parametrize(
    "output", [None, "text", object(), {1.0}, np.array(["a"]), np.array([None]), iter(())]
)
def test_an_output_that_is_no_number_is_refused(way, output):
    def f(x):
        return [x, output]

    with pytest.raises(TypeError, match=r"output.*has_aux=True"):
        {
            "jvp": lambda: ad.jvp(f, (X,), (X,)),
            "vjp": lambda: ad.vjp(f, X),
            "linearize": lambda: ad.linearize(f, X),
        }.get(way, lambda: ad.jacobian(f, mode=way)(X))()


@pytest.mark.parametrize("mode", MODES)
def test_has_aux_wants_a_pair(mode):
    for f in (lambda x: x[0], lambda x: (x[0],), lambda x: (x[0], 1, 2), lambda x: [x[0], 1]):
        for differentiate in (ad.grad, ad.value_and_grad, ad.jacobian):
            with pytest.raises(TypeError, match=r"\(output, aux\)"):
                differentiate(f, mode=mode, has_aux=True)(X)
    with pytest.raises(TypeError, match=r"\(output, aux\)"):
        ad.jacobian(lambda x: 1.0, has_aux=True)(X)


# --- Options --------------------------------------------------------------------------------------


def test_an_unknown_mode_is_a_value_error_that_lists_them():
    for differentiate in (ad.grad, ad.value_and_grad, ad.jacobian):
        with pytest.raises(ValueError, match=r"'forward', 'reverse'.*'backward'"):
            differentiate(np.sum, mode="backward")
    with pytest.raises(ValueError, match="auto"):
        ad.grad(np.sum, mode="auto")
    for modes in ("forward", "forward over reverse", "", "reverse-over-auto"):
        with pytest.raises(ValueError, match="forward-over-reverse"):
            ad.hessian(np.sum, modes=modes)
        with pytest.raises(ValueError, match="forward-over-reverse"):
            ad.hvp(np.sum, (X,), (X,), modes=modes)


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("argnums", [2, -3, (0, 2), (0, 0), (0, -2), (1, -1)])
def test_a_wrong_argument_number_is_a_value_error(mode, argnums):
    for differentiate in (ad.grad, ad.value_and_grad, ad.jacobian):
        with pytest.raises(ValueError, match="argnums"):
            differentiate(lambda x, y: x * y, argnums, mode=mode)(1.0, 2.0)
    with pytest.raises(ValueError, match="argnums"):
        ad.hessian(lambda x, y: x * y, argnums)(1.0, 2.0)


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("argnums", [1.0, "0", True, (True, False), (0.0,)])
def test_an_argument_number_that_is_no_integer_is_refused(mode, argnums):
    with pytest.raises((TypeError, ValueError), match="argnums"):
        ad.grad(lambda x, y: x * y, argnums, mode=mode)(1.0, 2.0)


def test_an_argument_number_may_be_of_numpy():
    assert ad.grad(lambda x, y: x * y * y, np.int64(1))(1.0, 2.0) == 4.0


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("chunk_size", [0, -1, 1.0, 2.5, True, "many"])
@pytest.mark.parametrize("x", [3.0, np.ones(3), np.zeros(0)], ids=["float", "array", "empty"])
def test_a_wrong_chunk_size_is_a_value_error(mode, chunk_size, x):
    with pytest.raises(ValueError, match="chunk_size"):
        ad.grad(np.sum, mode=mode, chunk_size=chunk_size)(x)
    with pytest.raises(ValueError, match="chunk_size"):
        ad.jacobian(np.sin, mode=mode, chunk_size=chunk_size)(x)


def test_what_is_not_callable_is_refused():
    for differentiate in (
        lambda: ad.grad(3.0),
        lambda: ad.grad(3.0, mode="forward"),
        lambda: ad.jacobian("f"),
        lambda: ad.jvp(None, (1.0,), (1.0,)),
        lambda: ad.vjp(X, 1.0),
        lambda: ad.linearize(3.0, 1.0),
        lambda: ad.hessian(3.0),
        lambda: ad.hvp(3.0, (1.0,), (1.0,)),
        lambda: ad.checkpoint(3.0),
    ):
        with pytest.raises(TypeError, match="callable"):
            differentiate()


@pytest.mark.parametrize("mode", MODES)
def test_a_call_without_arguments_is_a_value_error(mode):
    with pytest.raises(ValueError, match="argnums=0"):
        ad.grad(lambda x: x, mode=mode)(x=3.0)


@together
@pytest.mark.parametrize("mode", [ad.forward, ad.reverse])
def test_a_list_that_is_taken_for_an_array(mode):
    """It is a container, and the error says so, and what to give instead."""
    hint = "Argument 0 is a list, a container of numbers, each of which is an input: give np.array"
    for f in (
        lambda x: np.sum(x * x),
        lambda x: np.sum(np.sin(x)),
        lambda x: x.sum(),
        lambda x: x**2,
    ):
        with pytest.raises((TypeError, AttributeError), match=hint):
            mode.grad(f)([1.0, 2.0, 3.0])
    assert mode.grad(lambda x: x[0] * x[1])([2.0, 3.0]) == [3.0, 2.0]
    with pytest.raises(TypeError) as raised:  # of what has nothing to do with it
        mode.grad(lambda x: np.sum(len(3)))([1.0])
    assert "container" not in str(raised.value)
