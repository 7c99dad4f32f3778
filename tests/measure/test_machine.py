import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from admodes.measure import describe, machine


def test_description_holds_what_a_reader_needs_and_no_path(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    found = describe(("numpy", "no-such-package"))
    assert found["packages"] == {"numpy": np.__version__, "no-such-package": None}
    assert found["environment"]["OMP_NUM_THREADS"] == "1"
    assert found["cores"] >= 1
    assert found["processor"]
    text = json.dumps(found)
    assert str(Path(np.__file__).parent) not in text
    assert json.loads(text) == found


def test_processor_where_the_system_has_no_cpuinfo(monkeypatch):
    def missing(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert machine.processor()


# SciPy is no dependency of the project: where it is not, there is no second BLAS to be told apart.
@pytest.mark.slow
@pytest.mark.skipif(find_spec("scipy") is None, reason="SciPy is not installed")
def test_a_blas_that_scipy_brings_is_no_part_of_the_machine():
    """In a process of its own: here SciPy may be loaded already, and then stays so."""
    code = """if True:
        import json
        from admodes.measure import describe
        before = describe()
        import scipy.linalg
        print(json.dumps([before, describe()]))
    """
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = json.loads(found.stdout)
    assert before["blas"]
    assert after == before
