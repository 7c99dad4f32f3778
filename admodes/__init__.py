"""Forward mode and reverse mode on plain NumPy code, from one rule per primitive.

>>> import numpy as np
>>> from admodes import forward, reverse
>>> f = lambda x: np.sum(x * np.sin(x))
>>> x = np.linspace(0.0, 1.0, 3)
>>> np.allclose(forward.grad(f)(x), reverse.grad(f)(x))
True
"""

import sys as _sys
import typing as _typing

from admodes.shell import starting as _starting

# isort: split

from admodes import forward, mixed, reverse, testing, workers
from admodes.checkpoints.checkpointing import checkpoint
from admodes.choosing.automatic import rule_of_thumb
from admodes.choosing.comparing import compare
from admodes.choosing.comparison import Comparison
from admodes.choosing.recommending import Recommendation, recommend
from admodes.choosing.ways import Way
from admodes.core.other_libraries import no_such as _no_such
from admodes.diagnosis import Agreement
from admodes.graphs import Graph, graph
from admodes.imperative import backward, no_grad, variable
from admodes.jacobians.elimination import Elimination, eliminate
from admodes.jacobians.sparse import (
    PatternChanged,
    SparseDerivative,
    SparsePlan,
    pattern,
    sparse_hessian,
    sparse_jacobian,
)
from admodes.modes.arguments import stop_gradient
from admodes.modes.duals import Dual
from admodes.modes.expressions import Expression
from admodes.modes.users.declaring import custom, elementwise, linear, multilinear
from admodes.modes.users.registering import register_rule
from admodes.modes.variables import Variable
from admodes.programs import Program, Unrepeatable, program
from admodes.reverse import Pullback, vjp
from admodes.transforms import (
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    value_and_grad,
)

del _starting  # it has acted, by being the first to be imported

__version__ = "0.1.0"

__all__ = [
    "Agreement",
    "Comparison",
    "Dual",
    "Elimination",
    "Expression",
    "Graph",
    "PatternChanged",
    "Program",
    "Pullback",
    "Recommendation",
    "SparseDerivative",
    "SparsePlan",
    "Unrepeatable",
    "Variable",
    "Way",
    "backward",
    "checkpoint",
    "compare",
    "custom",
    "elementwise",
    "eliminate",
    "forward",
    "grad",
    "graph",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linear",
    "linearize",
    "mixed",
    "multilinear",
    "no_grad",
    "pattern",
    "program",
    "recommend",
    "register_rule",
    "reverse",
    "rule_of_thumb",
    "sparse_hessian",
    "sparse_jacobian",
    "stop_gradient",
    "testing",
    "value_and_grad",
    "variable",
    "vjp",
    "workers",
]


if not _typing.TYPE_CHECKING:  # to a checker of types such a module would have every name

    def __getattr__(name):
        """What is not there: a name of another library's is explained."""
        raise AttributeError(_no_such(name), name=name, obj=_sys.modules[__name__])


def __dir__() -> list[str]:
    """What a user is meant to see: the modules of the mechanism are left out."""
    modules = ("counting", "graphs", "imperative", "measure", "transforms", "truth")
    return sorted([*__all__, *modules, "__version__"])
