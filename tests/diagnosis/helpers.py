"""What is expected of a finding: its kind, its operation, its cause, and the line that it names.

In each function that a test looks at, that line carries the comment ``# here``.
"""

import inspect
import json

import numpy as np

import admodes as ad
from admodes.diagnosis import KINDS, agreement
from tests.cases import normal
from tests.helpers import cube

X = normal(3)
HALF_LINE = np.array([0.0, 1.0])
#: a sine whose derivative has the wrong sign
sine = ad.elementwise(np.sin, lambda _y, x: -np.cos(x))
#: x³, whose tangents change places where there are several
wrong_for_several = cube(push=lambda x, t: 3 * x * x * (t if np.ndim(t) == 1 else t[::-1]))


def place_of(f):
    """The file of `f`, and the number of its line that is marked."""
    lines, first = inspect.getsourcelines(f)
    (number,) = [first + i for i, line in enumerate(lines) if "# here" in line]
    return inspect.getsourcefile(f), number


def disagreement(f, *args, kind, operation, cause="", place=None, **options):
    """What is found of a function in which something is wrong, after what is expected of it."""
    found = agreement(f, *args, **options)
    assert not found.ok
    check_finding(found, kind, operation, cause, place or place_of(f))
    return found


def check_finding(found, kind, operation, cause, place):
    finding = found.finding
    assert finding is not None
    assert (finding.kind, finding.operation) == (kind, operation), str(found)
    assert finding.kind in KINDS
    assert cause in finding.cause
    assert (finding.file, finding.line) == place, str(found)
    assert finding.text in str(found)
    assert "# here" in finding.text
    json.dumps(found.to_dict(), allow_nan=False)


def through_sine(x):
    y = x * x
    z = sine(y)  # here
    return np.sum(z * x)


def through_several(x):
    return np.sum(wrong_for_several(np.exp(x)))  # here
