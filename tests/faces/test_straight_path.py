"""One small array in and one number out: the straight path gives what the other way gives."""

import warnings

import numpy as np
import pytest

import admodes as ad
from admodes.modes import arguments, containers
from tests.helpers import MODES, together

X = np.array([0.7, 1.3, 2.1])
COLUMN = np.array([[0.5], [1.5]])
SQUARE = np.asfortranarray([[0.5, 1.0], [1.5, 2.0]])


def written(x):
    x[0] = 3.0 * x[1]
    x += x[::-1]
    return np.sum(x * x)


FUNCTIONS = {
    "a number": lambda x: np.sum(np.sin(x) * x**2 / x[0]),
    "a number of Python": lambda x: x[0].item() * 2.0,
    "an array of no axes": lambda x: np.reshape(np.sum(x[:1] * x[-1:]), ()),
    "an entry": lambda x: x[-1],
    "a constant": lambda x: np.float64(2.0),
    "no dependence": lambda x: np.sum(np.sign(x)),
    "outer product": lambda x: np.sum(np.exp(x[:, None] - x) * x[0]),
    "a large array on the way": lambda x: np.sum(np.sin(np.multiply.outer(x, np.ones(9000)))),
    "another precision": lambda x: np.sum(np.astype(x, np.float32) ** 2),
    "complex on the way": lambda x: np.abs(np.sum(x * np.exp(1j * x))),
    "written into": written,
    "in the order of memory": lambda x: np.ravel(x, "K")[x.size // 2],
    "an infinite gradient": lambda x: np.sum(np.sqrt(x - x[0])),
    "a gradient that is not known": lambda x: np.sqrt(np.sum((x - x) ** 2)),
    "a value that is not known": lambda x: np.sum(np.log(x - 1.0)),
    "numbers of Python that raise": lambda x: (x[0] - x[0]).item() ** 0.5 + np.sum(x),
}
WRONG = {
    "no number": lambda x: x * 2.0,
    "an integer": lambda x: np.int64(3),
    "several": lambda x: (np.sum(x), x),
    "text": lambda x: "no number",
    "an error of its own": lambda x: 1 // 0,
    "a plain array is asked for": lambda x: np.sum(np.asarray(x)),
    "no function": 3.0,
}
INPUTS = {
    "a row": X,
    "one entry": np.array([1.2]),
    "every other": np.arange(1.0, 6.0)[::2],
    "backwards": X[::-1],
}


def outcome(run):
    """What a call gives or raises, each array with its layout, and what it warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            given = [
                (type(x), x.dtype, x.shape, x.strides, x.tobytes())
                if isinstance(x, (np.ndarray, np.generic))
                else x
                for _, x in containers.leaves(run())
            ]
        except Exception as error:
            given = [type(error), str(error)]
    return given, {(w.category, str(w.message), w.filename) for w in caught}


def both_ways(run):
    """By the straight path, and as for an array that is not small."""
    straight = outcome(run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arguments, "_SMALL", 0)
        assert not arguments.is_small(X)
        return straight, outcome(run)


@together
@pytest.mark.parametrize("x", INPUTS.values(), ids=INPUTS)
@pytest.mark.parametrize("f", [*FUNCTIONS.values(), *WRONG.values()], ids=[*FUNCTIONS, *WRONG])
def test_it_gives_raises_and_warns_as_the_other_way(f, x):
    def run():
        t = np.linspace(1.0, -1.0, x.size)
        own = x.copy()
        derivatives = [ad.jvp(f, (own,), (t,)) if callable(f) else None]
        np.testing.assert_array_equal(own, x)
        np.testing.assert_array_equal(t, np.linspace(1.0, -1.0, x.size))
        derivatives.append(ad.value_and_grad(f, mode="reverse")(x))
        return [part for each in derivatives for _, part in containers.leaves(each)]

    straight, other = both_ways(run)
    assert straight == other


@together
@pytest.mark.parametrize("f", [*FUNCTIONS.values(), *WRONG.values()], ids=[*FUNCTIONS, *WRONG])
def test_so_does_each_face_alone(f):
    for run in (
        lambda: ad.jvp(f, (X,), (np.ones(3),)),
        lambda: ad.grad(f, mode="reverse")(X),
        lambda: ad.jvp(f, (COLUMN,), (COLUMN,)),
        lambda: ad.grad(f, mode="reverse")(COLUMN),
        lambda: ad.jvp(f, (SQUARE,), (SQUARE,)),
        lambda: ad.grad(f, mode="reverse")(SQUARE),
        lambda: ad.grad(f, mode="reverse")(np.array(1.5)),
        lambda: ad.grad(f, mode="reverse")(np.zeros(0)),
    ):
        straight, other = both_ways(run)
        assert straight == other


def test_what_the_caller_overwrites_meanwhile_is_not_seen():
    x, t = X.copy(), np.ones(3)

    def f(y):
        x[:] = t[:] = np.nan
        return np.sum(y * y)

    assert ad.jvp(f, (x,), (t,)) == (np.sum(X * X), np.sum(2 * X))
    x[:] = X
    np.testing.assert_array_equal(ad.grad(f, mode="reverse")(x), 2 * X)


@pytest.mark.parametrize("mode", MODES)
def test_nothing_outlives_it(mode):
    kept = []

    def f(x):
        kept.append(x * x)
        return np.sum(kept[0] * x)

    if mode == "forward":
        ad.jvp(f, (X,), (X,))
    else:
        ad.grad(f, mode="reverse")(X)
        assert not kept[0]._level.nodes  # of a recording that is over nothing is held
    with pytest.raises(RuntimeError, match="after the differentiation"):
        np.sin(kept[0])
