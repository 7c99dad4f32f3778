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


def in_groups(dtype):
    """The ufuncs by how many arguments they take, and whether there is one of C's for vectors: a
    program of a group is one loop. To compile them one by one takes twice as long."""
    groups = {}
    for ufunc in UFUNCS:
        name = operations.LIBM.get(ufunc, "") + ("f" if dtype is np.float32 else "")
        groups.setdefault((ufunc.nin, name in vectors.variants()), []).append(ufunc)
    return groups


def all_of(ufuncs):
    """All of them as one function, which is nowhere outside of the domain of arccosh by itself."""
    return lambda *args: tuple(
        ufunc(args[0] + 1) if ufunc is np.arccosh else ufunc(*args) for ufunc in ufuncs
    )


def compared(ufuncs, recorded, at, rtol, atol):
    """What the functions give, compiled, and what NumPy's give."""
    found = program(all_of(ufuncs), *recorded)
    found.repeated = None  # no function answers for it
    for args in at:
        with np.errstate(all="ignore"):
            ys, expected = found(*args), all_of(ufuncs)(*args)
        for ufunc, y, own in zip(ufuncs, ys, expected, strict=True):
            np.testing.assert_allclose(y, own, rtol, atol, err_msg=ufunc.__name__)
            assert y.dtype == own.dtype, ufunc.__name__
            yield ufunc, y, own


@pytest.mark.parametrize("has_vectors", [True, False])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_function_gives_what_numpys_gives(has_vectors, dtype, monkeypatch):
    groups = in_groups(dtype)
    if not has_vectors:
        monkeypatch.setattr(vectors, "variants", dict)
    x = X.astype(dtype)
    error = 1e-14 if dtype is np.float64 else 2e-6
    for (count, _), ufuncs in groups.items():
        args = (x, x[::-1].copy())[:count]
        minus = tuple(-arg for arg in args)
        for _ in compared(ufuncs, args, (args, minus), error, error):
            pass


@pytest.mark.parametrize("count", [1, 2])
def test_special_numbers(count):
    special = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, np.inf, -np.inf, np.nan, 1e-310, 1e300])
    args = np.meshgrid(*[special] * count)
    half = [np.full(x.shape, 0.5) for x in args]
    for (taken, _), ufuncs in in_groups(np.float64).items():
        if taken != count:
            continue
        for ufunc, y, expected in compared(ufuncs, half, [args], 1e-14, 0):
            # Which 0 the larger of two is, nobody says.
            if expected.dtype == float and ufunc not in (np.maximum, np.minimum):
                zero = expected == 0
                signs = np.signbit(y[zero]), np.signbit(expected[zero])
                np.testing.assert_array_equal(*signs, err_msg=ufunc.__name__)


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
    module = str(machine.optimised(Driver(p.variants[0].steps, "f").assembly(), machine.target()))
    for name in ("sin", "cos", "tanh"):
        names = [f"@{symbol}(<" for symbol, _ in vectors.variants()[name]]
        assert any(each in module.partition("define")[2] for each in names)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("has_avx2", [True, False])
def test_a_long_loop_is_told_its_vectors(dtype, has_avx2, monkeypatch, request):
    """LLVM took most of a second to find that out; where they are others it decides itself."""
    features = llvm.get_host_cpu_features()
    if has_avx2 and not features.get("avx2"):
        pytest.skip("this machine has no AVX2")
    features["avx2"] = has_avx2
    monkeypatch.setattr(llvm, "get_host_cpu_features", lambda: features)
    if not has_avx2:  # to decide it does take long
        request.getfixturevalue("as_written")

    def f(x, count=60):
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
    short = Driver(ad.program(lambda x: f(x, 3), x).variants[0].steps, "f").assembly()
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
    machine.optimised(assembly, machine.target())  # not what was kept of it
    assert capfd.readouterr().err == ""
