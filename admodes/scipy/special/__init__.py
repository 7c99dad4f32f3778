"""What both modes do at the functions of ``scipy.special``: a file per family of them.

Importing it declares their rules. Nobody need do that: it is imported when one of these functions
first meets a number that carries derivatives (:mod:`admodes.primitives.other_packages`), and SciPy
is imported by then. What SciPy writes in Python cannot be seen by that door: this module has
functions of the same names and signatures to take their place.
"""

import importlib
import pkgutil

from admodes.scipy.special.functions import (
    log_softmax,
    logsumexp,
    multigammaln,
    polygamma,
    softmax,
    spherical_in,
    spherical_jn,
    spherical_kn,
    spherical_yn,
)

__all__ = [
    "log_softmax",
    "logsumexp",
    "multigammaln",
    "polygamma",
    "softmax",
    "spherical_in",
    "spherical_jn",
    "spherical_kn",
    "spherical_yn",
]

for _family in pkgutil.iter_modules(__path__, prefix=f"{__name__}."):
    importlib.import_module(_family.name)
