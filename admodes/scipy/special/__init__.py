"""What both modes do at the functions of ``scipy.special``: a file per family of them.

Importing it declares their rules. Nobody need do that: it is imported when one of these functions
first meets a number that carries derivatives (:mod:`admodes.primitives.elsewhere`), and SciPy is
imported by then.
"""

import importlib
import pkgutil

for _family in pkgutil.iter_modules(__path__, prefix=f"{__name__}."):
    importlib.import_module(_family.name)
