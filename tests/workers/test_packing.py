"""What travels to a worker, and how it is found there."""

import importlib.util
import pickle
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import ModuleType

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from admodes.core.declaring import FUNCTIONS
from admodes.modes.users import registering
from admodes.shell.targets import load
from admodes.workers import packing
from admodes.workers.files import module_of
from admodes.workers.made_by import making_of
from admodes.workers.spreading import parts
from tests.workers import functions
from tests.workers.functions import AtOnce, X, energy, gradient

pytestmark = pytest.mark.usefixtures("nothing_is_left")


def test_chunks_travel_and_no_single_directions():
    at_once = AtOnce()
    f = partial(np.dot, np.ones(1000))
    gradient(f, np.ones(1000), chunk_size=1, executor=at_once)
    assert len(at_once.parts) <= 48
    assert sum(at_once.parts) == 999  # and one pass was the caller's
    assert min(at_once.parts) >= 2
    assert max(at_once.sizes) < 3000  # the arrays are not among it
    assert not at_once.along


def test_parts_are_of_all_chunks_in_order():
    for count in (0, 1, 2, 3, 47, 48, 49, 1000):
        for width in (1, 2, 50):
            chunks = [range(i, i + width) for i in range(0, count * width, width)]
            found = parts(chunks)
            assert [chunk for part in found for chunk in part] == chunks
            assert len(found) <= 48
            assert all(len(part) * width >= 2 for part in found) or count * width < 2


@pytest.mark.slow
def test_a_function_travels_once_to_each_worker(executor, tmp_path):
    log = tmp_path / "log"
    log.touch()
    gradient(functions.Travels(str(log), np.ones(200)), np.ones(200), executor=executor)
    travelled = log.read_text(encoding="utf-8").split()
    assert len(travelled) == len(set(travelled)) == 2


def test_to_a_machine_without_the_callers_files_it_comes_along():
    far = AtOnce(far=True)
    expected = gradient(energy)
    np.testing.assert_array_equal(gradient(energy, executor=far), expected)
    assert far.along == 1  # to this worker once


def test_functions_that_faces_made_are_made_again(no_cloudpickle):
    for f in (
        reverse.grad(energy),
        forward.jacobian(reverse.grad(energy)),
        ad.hessian(energy),
        ad.grad(energy, mode="forward"),
        ad.grad(energy, compiled=True),
        ad.checkpoint(energy),
        ad.checkpoint(np.sin, steps=3),
    ):
        again = packing.unpacked(packing.packed(f, f, "it"))
        np.testing.assert_array_equal(again(X), f(X))
        assert again.__name__ == f.__name__


def test_what_wraps_such_a_function_is_not_taken_for_it():
    from functools import wraps

    own = reverse.grad(energy)

    @wraps(own)
    def twice(x):
        return 2 * own(x)

    assert making_of(own) is not None
    assert making_of(twice) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", ["losses", "random"])
def test_a_function_of_a_file_given_by_its_path(name, executor, tmp_path, monkeypatch):
    executor.submit(int).result()  # a worker there is before the file
    monkeypatch.setattr(sys, "path", [*sys.path])
    file = tmp_path / f"{name}.py"
    file.write_text(
        "def half(x):\n    return x / 2\n\ndef f(x):\n    return (half(x) ** 2).sum()\n"
    )
    module, f = load(f"{file}:f")
    try:
        np.testing.assert_array_equal(gradient(f, executor=executor), X / 2)
    finally:
        del sys.modules[module.__name__]


@pytest.mark.parametrize("kind", ["function", "module"])
@pytest.mark.parametrize("name", ["losses_by_path", "calendar"])  # the other one can be imported
def test_what_is_of_a_module_given_by_its_path(kind, name, tmp_path, monkeypatch):
    """It stands instead of another one of the same name, there as here."""
    file = tmp_path / f"{name}.py"
    file.write_text("def total(x):\n    return (x * x).sum()\n")
    monkeypatch.setitem(sys.modules, name, None)
    module = module_of(name, file)
    own = module if kind == "module" else module.total
    data = packing.packed(partial(functions.by, own), functions.by, "it")
    monkeypatch.undo()
    before = sys.modules.pop(name, None)
    try:
        if before is not None:
            sys.modules[name] = before
        assert packing.unpacked(data)(X) == np.sum(X * X)
        assert sys.modules[name].__file__ == str(file)
    finally:
        sys.modules.pop(name)
        if before is not None:
            sys.modules[name] = before


def test_what_is_of_the_program_travels_with_a_function_of_a_module(monkeypatch):
    """As an argument, or bound to it: no worker has it by its name."""
    pytest.importorskip("cloudpickle", reason="cloudpickle is not installed")

    def own(x):
        return np.sum(x * x)

    own.__module__, own.__qualname__ = "__main__", "own"
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "own", own, raising=False)
    data = packing.packed(partial(functions.by, own), functions.by, "it")
    monkeypatch.undo()
    assert packing.unpacked(data)(X) == np.sum(X * X)


def test_a_function_that_cannot_travel(no_cloudpickle):
    with pytest.raises(TypeError, match=r"Define the function at the top of a module.*cloudpickle"):
        gradient(lambda x: np.sum(x), executor=AtOnce())
    with ThreadPoolExecutor(1) as threads:  # to which it need not
        np.testing.assert_array_equal(gradient(lambda x: np.sum(x), executor=threads), 0 * X + 1)


@pytest.mark.skipif(
    importlib.util.find_spec("cloudpickle") is None, reason="cloudpickle is not installed"
)
def test_a_lambda_travels_by_cloudpickle():
    f = packing.unpacked(packing.packed(lambda x: x + 1, lambda x: x, "it"))
    assert f(1) == 2


@pytest.fixture
def kolmogorov(monkeypatch):
    """A function of SciPy's without a rule, to which a test may give one."""
    function = pytest.importorskip("scipy.special").kolmogorov
    monkeypatch.delitem(FUNCTIONS, function, raising=False)
    yield function
    registering.REGISTERED.pop(function, None)
    FUNCTIONS.pop(function, None)


def test_a_rule_that_was_registered_here_travels(executor, kolmogorov, no_cloudpickle):
    """And what was registered for the same function before is no longer in a worker."""
    for slope in (functions.slope, functions.another_slope):
        ad.register_rule(kolmogorov, ad.elementwise(kolmogorov, slope))
        found = gradient(functions.of_kolmogorov, executor=executor)
        np.testing.assert_array_equal(found, slope(None, X))


def test_a_module_that_warns_when_it_is_asked_for_a_name_stops_no_rule(
    kolmogorov, no_cloudpickle, monkeypatch
):
    """As pickle asks all of them, in their order, for the name of a ufunc."""

    def asked(name):
        warnings.warn("this module is deprecated", DeprecationWarning, stacklevel=2)
        raise AttributeError(name)

    nosy = ModuleType("nosy")
    nosy.__getattr__ = asked
    monkeypatch.setitem(sys.modules, "nosy", nosy)
    for name in [each for each in sys.modules if each.startswith("scipy.special")]:
        sys.modules[name] = sys.modules.pop(name)  # behind it
    rule = ad.elementwise(kolmogorov, functions.slope)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DeprecationWarning):
            pickle.dumps(kolmogorov)
        assert packing._rule({}, (kolmogorov, rule)) is not None


def test_a_rule_that_cannot_travel_is_named(executor, kolmogorov, no_cloudpickle):
    ad.register_rule(kolmogorov, ad.elementwise(kolmogorov, lambda y, x: -y))
    with pytest.raises(NotImplementedError, match="kolmogorov") as caught:
        gradient(functions.of_kolmogorov, executor=executor)
    assert any("register_rule at the top of the module" in each for each in caught.value.__notes__)
