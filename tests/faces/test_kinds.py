"""Other kinds of arrays than plain ones: right, or one clear error, the same in both modes."""

import array
import fractions
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from tests.helpers import MODES, named, together

X = np.array([0.3, 0.5, 0.9])


class Tagged(np.ndarray):
    """A subclass with nothing of its own."""


class Labelled:
    """An array with labels, as a library for tables has it: operations with it are its own."""

    __array_priority__ = 1000

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.values, dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [x.values if isinstance(x, Labelled) else x for x in inputs]
        if not all(isinstance(x, (np.ndarray, float)) for x in plain):
            return NotImplemented
        return Labelled(getattr(ufunc, method)(*plain, **options))

    def to_numpy(self) -> Any:
        return self.values

    def __len__(self) -> int:
        return len(self.values)

    def __mul__(self, other: Any) -> Any:
        return np.multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return np.multiply(other, self)

    def __matmul__(self, other: Any) -> Any:
        return self.values @ np.asarray(other)

    def __rmatmul__(self, other: Any) -> Any:
        return np.asarray(other) @ self.values


class Sequence:
    """What NumPy makes a plain array of."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.values, dtype)


#: a kind of array of three entries -> what its error says
OTHERS: dict[str, tuple[Any, str]] = {
    "masked": (np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0]), r"MaskedArray.*m\.filled"),
    "masked without a mask": (np.ma.array([1.0, 2.0, 3.0]), r"MaskedArray.*m\.filled"),
    "matrix": (np.array([[1.0, 2.0, 3.0]]).view(np.matrix), r"matrix.*np\.asarray\(m\) @ x"),
    "subclass": (X.view(Tagged), r"Tagged.*np\.asarray.*subclass"),
    "labelled": (Labelled(X), r"Labelled.*to_numpy"),
    "of objects": (np.array([1.0, 2.0, 3.0], object), r"array of object.*astype\(float\)"),
    "of records": (np.array([(1.0,)] * 3, [("a", float)]), r"structured array.*a\['a'\]"),
    "record array": (np.array([(1.0,)] * 3, [("a", float)]).view(np.recarray), "recarray"),
    "of durations": (np.array([1, 2, 3], "m8[s]"), r"timedelta64.*np\.timedelta64\(1, 's'\)"),
    "of dates": (np.array([1, 2, 3], "M8[s]"), r"datetime64.*np\.timedelta64\(1, 's'\)"),
    "of text": (np.array(["1", "2", "3"]), r"array of <U1.*astype\(float\)"),
}
#: how one meets an expression
MEETINGS: dict[str, Callable[[Any, Any], Any]] = {
    "x * c": lambda x, c: x * c,
    "c * x": lambda x, c: c * x,
    "x[0] * c": lambda x, c: x[0] * c,
    "c * x[0]": lambda x, c: c * x[0],
    "x ** c": lambda x, c: x**c,
    "x @ c": lambda x, c: x @ c,
    "c @ x": lambda x, c: c @ x,
    "np.multiply(x, c)": np.multiply,
    "np.multiply(c, x)": lambda x, c: np.multiply(c, x),
    "np.maximum": np.maximum,
    "np.where": lambda x, c: np.where(x > 0, x, c),
    "np.concatenate": lambda x, c: np.concatenate([x, c]),
    "np.stack": lambda x, c: np.stack([c, x]),
    "np.hstack": lambda x, c: np.hstack([x, c]),
    "np.append": np.append,
    "np.dot": np.dot,
    "np.dot of both": lambda x, c: np.dot(c, x),
    "np.inner": np.inner,
    "np.outer": np.outer,
    "np.multiply.outer": np.multiply.outer,
    "np.einsum": lambda x, c: np.einsum("i,i", x, c),
    "np.tensordot": lambda x, c: np.tensordot(x, c, 1),
    "np.average": lambda x, c: np.average(x, weights=c),
    "np.linalg.solve": lambda x, c: np.linalg.solve(np.outer(x, x) + np.eye(3), c),
    "augmented": lambda x, c: augmented(x, c),
}


def augmented(x, c):
    x *= c
    return x


@pytest.mark.parametrize(("c", "words"), OTHERS.values(), ids=OTHERS)
def test_a_constant_of_another_kind_is_one_error_in_both_modes(c, words, subtests):
    for name, meet in MEETINGS.items():
        with named(subtests, name):
            check_meeting(c, words, meet)


def check_meeting(c, words, meet):
    messages = set()
    for mode in MODES:
        with pytest.raises(TypeError) as caught:
            ad.grad(lambda x: np.sum(meet(x, c)), mode=mode)(X)
        messages.add(str(caught.value))
    with pytest.raises(TypeError) as caught:
        np.sum(meet(ad.variable(X), c)).backward()
    messages.add(str(caught.value))
    (message,) = messages
    # Where a method of the other kind has asked for a plain array, it is that which is refused.
    if "cannot become" not in message:
        with pytest.raises(TypeError, match=words):
            ad.grad(lambda x: np.sum(meet(x, c)))(X)


@together
@pytest.mark.parametrize(("c", "words"), OTHERS.values(), ids=OTHERS)
def test_an_argument_of_another_kind_is_the_same_error_everywhere(c, words):
    for differentiate in (
        lambda: forward.grad(np.sum)(c),
        lambda: reverse.grad(np.sum)(c),
        lambda: forward.jacobian(np.sin)([1.0, {"a": c}]),
        lambda: reverse.jacobian(np.sin)(c),
        lambda: ad.jvp(np.sin, (c,), (c,)),
        lambda: ad.vjp(np.sin, c),
        lambda: ad.hessian(np.sum)(c),
        lambda: ad.variable(c),
        lambda: ad.testing.check_modes(np.sum, c),
        lambda: ad.compare(np.sum, c),
    ):
        with pytest.raises(TypeError, match=words):
            differentiate()


@together
@pytest.mark.parametrize("name", ["masked", "matrix", "subclass", "labelled"])
def test_directions_and_outputs_are_plain_too(name):
    c, words = OTHERS[name]
    c = c[0] if name == "matrix" else c
    for differentiate in (
        lambda: ad.jvp(np.sin, (X,), (c,)),
        lambda: ad.vjp(np.sin, X)[1](c),
        lambda: np.sin(ad.variable(X)).backward(c),
        lambda: ad.Dual(X, c),
        lambda: ad.Dual(c, X),
        lambda: forward.jacobian(lambda x: (x, c))(X),
        lambda: reverse.jacobian(lambda x: (x, c))(X),
    ):
        with pytest.raises(TypeError, match=words.partition(".*")[0]):
            differentiate()


def test_what_is_said_to_write_is_right():
    m = OTHERS["masked"][0]
    mask = np.ma.getmaskarray(m)
    expected = np.where(mask, 0.0, 2 * (X + m.filled(0.0)))
    for mode in MODES:
        by_entries = ad.grad(lambda x: np.sum((x[~mask] + m.compressed()) ** 2), mode=mode)(X)
        by_where = ad.grad(
            lambda x: np.sum((np.where(mask, 0.0, x) + m.filled(0.0)) ** 2), mode=mode
        )(X)
        np.testing.assert_allclose(by_entries, expected)
        np.testing.assert_allclose(by_where, expected)


# --- What NumPy makes a plain array of ------------------------------------------------------------

PLAIN: dict[str, Any] = {
    "list": [1.0, 2.0, 3.0],
    "tuple": (1.0, 2.0, 3.0),
    "list of arrays": [np.array(1.0), np.array(2.0), np.array(3.0)],
    "list of numbers of NumPy": [np.float64(1), np.int64(2), np.float32(3)],
    "range": range(1, 4),
    "array.array": array.array("d", [1.0, 2.0, 3.0]),
    "memoryview": memoryview(array.array("d", [1.0, 2.0, 3.0])),
    "bare __array__": Sequence([1.0, 2.0, 3.0]),
    "integers": np.array([1, 2, 3]),
    "read-only": np.broadcast_to(np.array([1.0, 2.0, 3.0]), (3,)),
    "a field": np.array([(1.0, 0), (2.0, 0), (3.0, 0)], [("a", float), ("b", int)])["a"],
}


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("c", PLAIN.values(), ids=PLAIN)
def test_what_numpy_makes_an_array_of_is_one(mode, c):
    for f in (
        lambda x: np.sum(x * c),
        lambda x: np.sum(np.multiply(c, x)),
        lambda x: np.dot(x, c),
        lambda x: x @ c,
        lambda x: np.sum(np.stack([x, x])[0] * np.stack([c, x])[0]),
    ):
        value, gradient = ad.value_and_grad(f, mode=mode)(X)
        assert value == pytest.approx(f(X))
        np.testing.assert_allclose(gradient, [1.0, 2.0, 3.0])


@pytest.mark.parametrize("mode", MODES)
def test_an_array_in_a_file_is_a_plain_one(mode, tmp_path: Path):
    c = np.memmap(tmp_path / "c", float, "w+", shape=(3,))
    c[:] = [1.0, 2.0, 3.0]
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(x * c), mode=mode)(X), [1.0, 2.0, 3.0])
    np.testing.assert_allclose(ad.grad(lambda c: np.sum(X * c), mode=mode)(c), X)


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "index",
    [
        Sequence([True, False, True]),
        Labelled([True, False, True]),
        np.ma.array([True, False, True]),
        np.array([True, False, True]).view(Tagged),
        range(0, 3, 2),
        [0, 2],
        array.array("l", [0, 2]),
        np.array([[0, 2]]).view(np.matrix),
    ],
    ids=lambda index: type(index).__name__,
)
def test_an_index_of_any_kind_reads_what_it_reads_from_a_plain_array(mode, index):
    value, gradient = ad.value_and_grad(lambda x: np.sum(x[index]), mode=mode)(X)
    assert value == pytest.approx(np.sum(X[index]))
    np.testing.assert_array_equal(gradient, [1.0, 0.0, 1.0])


@pytest.mark.parametrize("mode", MODES)
def test_a_condition_of_any_kind_chooses_as_from_plain_arrays(mode):
    for condition in (
        Sequence([True, False, True]),
        Labelled([True, False, True]),
        np.ma.array([True, False, True]),
        [True, False, True],
    ):
        f = ad.grad(lambda x, c=condition: np.sum(np.where(c, x, 0)), mode=mode)
        np.testing.assert_array_equal(f(X), [1.0, 0.0, 1.0])


# --- Classes of the user's own --------------------------------------------------------------------


class Pair:
    """Two numbers with operators of their own."""

    def __init__(self, a: Any, b: Any) -> None:
        self.a, self.b = a, b

    def __rmul__(self, factor: Any) -> "Pair":
        return Pair(factor * self.a, factor * self.b)

    __mul__ = __rmul__

    def __radd__(self, other: Any) -> Any:
        return other + self.a * self.b


class Aside(Pair):
    """The same, which asks NumPy to leave operations to it (NEP 13)."""

    __array_ufunc__ = None


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", [Pair, Aside])
@pytest.mark.parametrize("number", [3.0, np.array(3.0)], ids=["float", "array"])
def test_an_operator_of_the_other_s_is_asked(mode, kind, number):
    for f, expected in (
        (lambda x: (x * kind(2.0, 5.0)).b, 5.0),
        (lambda x: (kind(2.0, 5.0) * x).b, 5.0),
        (lambda x: x + kind(x, 2.0), 3.0),
    ):
        assert ad.grad(f, mode=mode)(number) == expected


@pytest.mark.parametrize("mode", MODES)
def test_who_has_no_operator_is_an_error(mode):
    for f in (
        lambda x: x - Pair(1.0, 2.0),
        lambda x: np.multiply(x, Pair(1.0, 2.0)),
        lambda x: x * None,
        lambda x: x * object(),
    ):
        with pytest.raises(TypeError):
            ad.grad(f, mode=mode)(3.0)


@pytest.mark.parametrize("mode", MODES)
def test_a_fraction_is_a_number(mode):
    half = fractions.Fraction(1, 2)
    assert ad.grad(lambda x: half * x * x, mode=mode)(3.0) == 3.0
    np.testing.assert_array_equal(ad.grad(lambda x: np.sum(x * half), mode=mode)(X), [0.5] * 3)
