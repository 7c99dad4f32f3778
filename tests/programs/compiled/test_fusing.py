"""Which loops there are, what is stored, and where NumPy is called."""

import re

import numpy as np
import pytest

import admodes as ad
from admodes.programs.compiled.driver import Driver
from admodes.programs.compiled.fusing import Kernel, Zeros
from admodes.programs.compiled.memory import Gaps
from tests.programs.functions import log_sum_exp, rosenbrock

X = np.linspace(0.1, 1, 100)


def driver(f, *args, **options):
    return Driver(ad.program(f, *args, **options).variants[0].steps, "f")


def loops(f, *args, **options):
    """The shapes of the loops of each segment."""
    segments = driver(f, *args, **options).fusing.segments
    return [
        [part.shape for part in segments[stage].parts if isinstance(part, Kernel)]
        for stage in sorted(segments)
    ]


def chain(x):
    for _ in range(1100):
        x = np.sin(x) * 2
    return np.sum(x)


@pytest.mark.parametrize("mode", ["value", "forward", "reverse"])
def test_what_waits_for_nothing_is_one_loop(mode):
    made = driver(rosenbrock, X, mode=mode)
    (segment,) = made.fusing.segments.values()
    assert sum(isinstance(part, Kernel) for part in segment.parts) == 1
    assert made.memory.nbytes < X.nbytes  # numbers alone
    assert not made.fusing.calls


def test_a_loop_ends_where_a_sum_is_needed():
    assert loops(log_sum_exp, X) == [[(100,), (100,)]]
    assert loops(log_sum_exp, X, mode="reverse") == [[(100,), (100,), (100,)]]


def test_a_long_chain_is_one_loop():
    assert loops(chain, X) == [[(100,)]]


def test_memory_that_is_free_is_used_again():
    """The first piece that is large enough, and none of what is taken."""
    rng, gaps, taken = np.random.default_rng(0), Gaps(128), []
    for _ in range(500):
        if taken and rng.random() < 0.5:
            gaps.give(*taken.pop(rng.integers(len(taken))))
        else:
            size = int(rng.integers(1, 500))
            low, high = gaps.take(size)
            assert low % 64 == high % 64 == 0
            assert size <= high - low < size + 64
            assert all(high <= one or other <= low for one, other in taken)
            taken.append((low, high))
        lows, highs = zip(*gaps.free, strict=True) if gaps.free else ((), ())
        assert all(high < low for high, low in zip(highs, lows[1:], strict=False))
        assert gaps.end == max((high for _, high in taken), default=128)
    free = sum(high - low for low, high in gaps.free)
    assert free + sum(high - low for low, high in taken) == gaps.end - 128


def test_numpy_is_called_between_loops():
    a = np.ones((100, 100))
    made = driver(lambda x: np.sum(np.exp(a @ (np.sin(x) * x))), X)
    assert len(made.functions) == 2
    (call,) = (node for nodes in made.fusing.calls.values() for node in nodes)
    assert call.step.function.__name__ == "matmul"
    assert loops(lambda x: np.sum(np.exp(a @ (np.sin(x) * x))), X) == [[(100,)], [(100,)]]


def stored(f, *args, **options):
    fusing = driver(f, *args, **options).fusing
    return sum(len(kernel.stores) for kernel in fusing.kernels.values())


def test_what_is_cheap_is_computed_again():
    assert stored(lambda x: np.sum((x * 2 - np.sum(x * 2)) ** 2), X) == 0
    assert stored(lambda x: np.sum((np.exp(x) - np.sum(np.exp(x))) ** 2), X) == 1


def test_what_is_needed_later_is_computed_later():
    def f(x, y):
        z = np.exp(y)  # which needs no sum, but what it is for does
        return np.sum(z * np.sum(x))

    assert stored(f, X, X) == 0
    assert loops(f, X, X) == [[(100,), (100,)]]


def test_what_all_directions_need_is_computed_once():
    found = loops(lambda x: np.sum(np.sin(x) ** 2), X, mode="forward", directions=7)
    assert found == [[(100,), (7, 100), (7,)]]


def test_a_function_is_not_computed_for_each_row():
    pytest.importorskip("llvmlite", reason='backend="compiled" needs llvmlite')

    def f(x, y):
        weights = np.exp(x)
        return np.sum(y * (weights * 2), axis=1) + np.sum(weights)

    text = driver(f, X, np.ones((50, 100))).assembly()
    assert text.count("call double @exp(") == 1


@pytest.mark.parametrize("strides", [(8 * 100, 8), (-8, 8)])
def test_rows_go_abreast(strides):
    pytest.importorskip("llvmlite", reason='backend="compiled" needs llvmlite')

    """Of 19 directions 8 at a time go through what they share, and three by themselves."""
    rows = np.lib.stride_tricks.as_strided(np.ones(3000)[100:], (19, 100), strides)
    made = ad.program(rosenbrock, X, mode="forward", directions=19)
    made.record((X,), (rows,))
    text = Driver(made.variants[0].steps, "f").assembly()
    assert re.search(r"%v\d+r7 = fmul", text)
    assert not re.search(r"%v\d+r8 = fmul", text)
    assert re.search(r"icmp slt i64 %v\d+, 16\n", text)


def test_a_part_that_is_all_of_an_array_needs_no_zeros():
    def f(x):
        return np.sum(np.diff(x.reshape(10, 10), axis=0) ** 2) + np.sum(x[3:] * 2) + np.sum(x**2)

    parts = driver(f, X, mode="reverse").fusing.segments[0].parts
    assert not any(isinstance(part, Zeros) for part in parts)
    assert any(kernel.puts for kernel in parts if isinstance(kernel, Kernel))


def test_memory_is_used_again():
    x = np.linspace(0, 1, 10_000)

    def f(x):
        for _ in range(10):
            x = np.exp(x) / np.sum(np.exp(x))
        return np.sum(x)

    assert driver(f, x).memory.nbytes <= 2.1 * x.nbytes


def test_a_result_of_another_size_is_not_read_beyond_its_end():
    def f(x):
        return np.sum(x[x > 0.5] * 2)

    source = driver(f, X).source()
    assert source.index("segment0") < source.index(".shape != ") < source.index("segment1")
    pytest.importorskip("llvmlite", reason='backend="compiled" needs llvmlite')
    p = ad.program(f, X, backend="compiled")
    for at in (X + 1, X / 1.5, np.ones(100), X):
        np.testing.assert_allclose(p(at), f(at), rtol=1e-14)
    assert len(p.variants) == 3
