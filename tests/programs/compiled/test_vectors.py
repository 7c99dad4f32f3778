"""Functions of several numbers at once, and without any."""

import numpy as np
import pytest

import admodes as ad
from admodes.programs.compiled import machine, operations, vectors
from admodes.programs.compiled.driver import Driver

llvm = pytest.importorskip("llvmlite.binding", reason='backend="compiled" needs llvmlite')

X = np.linspace(0.05, 0.9, 37)
UFUNCS = [*operations.ENTRYWISE]


def program(f, *args):
    return ad.program(f, *args, backend="compiled")


@pytest.mark.parametrize("has_vectors", [True, False])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_function_gives_what_numpys_gives(has_vectors, dtype, monkeypatch):
    if not has_vectors:
        monkeypatch.setattr(vectors, "variants", dict)
    x = X.astype(dtype)
    error = 1e-14 if dtype is np.float64 else 2e-6
    for ufunc in UFUNCS:
        args = (x, x[::-1].copy())[: ufunc.nin]
        if ufunc is np.arccosh:
            args = (x + 1,)
        found = program(lambda *args, ufunc=ufunc: ufunc(*args), *args)
        for sign in (1, -1):
            at = [arg * sign for arg in args]
            with np.errstate(all="ignore"):
                expected = ufunc(*at)
                y = found(*at)
            np.testing.assert_allclose(y, expected, rtol=error, atol=error, err_msg=ufunc.__name__)
            assert y.dtype == expected.dtype, ufunc.__name__


@pytest.mark.parametrize("ufunc", UFUNCS)
def test_special_numbers(ufunc):
    special = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, np.inf, -np.inf, np.nan, 1e-310, 1e300])
    args = np.meshgrid(*[special] * ufunc.nin)
    with np.errstate(all="ignore"):
        found = program(lambda *args: ufunc(*args), *(np.full(x.shape, 0.5) for x in args))
        y, expected = found(*args), ufunc(*args)
    np.testing.assert_allclose(y, expected, rtol=1e-14)
    if expected.dtype == float and ufunc not in (np.maximum, np.minimum):  # of which 0, none says
        zero = expected == 0
        np.testing.assert_array_equal(np.signbit(y[zero]), np.signbit(expected[zero]))


def test_their_names_are_given_where_there_are_any():
    text = vectors.declared(
        "  %a = call double @sin(double %b)", {"sin": "declare double @sin(double)"}
    )
    assert text.endswith("@sin(double %b) #0")
    assert ("vector-function-abi-variant" in text) == bool(vectors.variants())


@pytest.mark.skipif(not vectors.variants(), reason="there are no vector functions here")
@pytest.mark.parametrize("n", [100, 5000])
def test_loops_are_of_vectors(n):
    x = np.linspace(0, 1, n)
    p = program(ad.value_and_grad(lambda x: np.sum(np.sin(x) * x**2 + np.tanh(x))), x)
    machine.ready()
    module = str(machine.optimised(Driver(p.variants[0].steps, "f").assembly()))
    for name in ("sin", "cos", "tanh"):
        names = [f"@{symbol}(<" for symbol, _ in vectors.variants()[name]]
        assert any(each in module.partition("define")[2] for each in names)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("has_avx2", [True, False])
def test_a_long_loop_is_told_its_vectors(dtype, has_avx2, monkeypatch):
    """LLVM took most of a second to find that out; where they are others it decides itself."""
    features = llvm.get_host_cpu_features()
    if has_avx2 and not features.get("avx2"):
        pytest.skip("this machine has no AVX2")
    features["avx2"] = has_avx2
    monkeypatch.setattr(llvm, "get_host_cpu_features", lambda: features)

    def f(x, count=110):
        for _ in range(count):
            x = 1.01 * x - 0.001 * x**2
        return x

    x = X.astype(dtype)
    p = program(f, x)
    text = Driver(p.variants[0].steps, "f").assembly()
    width = 4 if dtype is np.float64 else 8
    assert text.count(f"!llvm.loop !{width}\n") == 1
    assert (f'!"llvm.loop.vectorize.width", i32 {width}' in text) == has_avx2
    np.testing.assert_allclose(p(x / 2), f(x / 2), rtol=1e-5 if dtype is np.float32 else 1e-14)
    short = Driver(program(lambda x: f(x, 3), x).variants[0].steps, "f").assembly()
    assert "!llvm.loop" not in short


def test_where_there_are_no_vectors_llvm_says_nothing(monkeypatch, capfd):
    """As with an older glibc, or none: a loop that was told its vectors had a remark on stderr."""
    monkeypatch.setattr(vectors, "variants", dict)

    def f(x, count=110):
        for _ in range(count):
            x = 1.01 * x - 0.001 * np.cbrt(x)
        return x

    p = program(f, X)
    assembly = Driver(p.variants[0].steps, "f").assembly()
    assert assembly.count("@cbrt(") > 100
    machine.optimised(assembly)  # not what was kept of it
    assert capfd.readouterr().err == ""
