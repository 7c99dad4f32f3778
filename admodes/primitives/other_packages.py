"""Rules for functions of packages that need not be installed: they are declared when one is met."""

import importlib
import sys

import numpy as np

from admodes.core.declaring import FUNCTIONS, UFUNCS

#: a package -> the module that declares the rules for its ufuncs
RULES = {"scipy.special": "admodes.scipy.special"}


def declare_rules() -> None:
    """Declare those for the packages that are imported.

    Whoever has a function of a package has imported it. The rules are not, for their part, imported
    before, so that importing this package does not bring SciPy.
    """
    for package, rules in RULES.items():
        if package in sys.modules:
            importlib.import_module(rules)


def has_rule(ufunc: np.ufunc) -> bool:
    """Whether a ufunc has a rule, of NumPy's or of a package's that is imported."""
    declare_rules()
    return ufunc in UFUNCS or ufunc in FUNCTIONS
