import json
from pathlib import Path

import numpy as np

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
