"""Names of other libraries of derivatives, and what is written here instead."""

from collections.abc import Iterable

INSTEAD = {
    "Function": "custom(function, push=, pull=)",
    "Tensor": "variable(value), or plain arrays and grad(f)",
    "check_grads": "testing.check_derivatives(f, x)",
    "compile": "grad(f, compiled=True)",
    "custom_gradient": "custom(function, pull=)",
    "custom_jvp": "custom(function, push=)",
    "custom_vjp": "custom(function, pull=)",
    "defjvp": "register_rule(function, rule), with a rule of custom(function, push=)",
    "defvjp": "register_rule(function, rule), with a rule of custom(function, pull=)",
    "detach": "stop_gradient(x)",
    "elementwise_grad": "grad(lambda x: np.sum(f(x)))",
    "enable_grad": "no_grad() around all else",
    "getval": "stop_gradient(x)",
    "grad_and_aux": "grad(f, has_aux=True)",
    "grad_and_value": "value_and_grad(f), which gives the value first",
    "gradcheck": "testing.check_derivatives(f, x)",
    "hessian_vector_product": "hvp(f, (x,), (v,))[0]",
    "jit": "compiled=True of grad, jacobian, hvp and others, or program(f, x)",
    "lax": "Python's own loops and branches",
    "make_hvp": "hvp(f, (x,), (v,))[0]",
    "make_jaxpr": "program(f, x), or graph(f, x)",
    "make_jvp": "jvp(f, (x,), (v,))",
    "make_vjp": "vjp(f, x), which gives the value first",
    "nn": "NumPy: a network is a function of its weights",
    "numpy": "NumPy itself: import numpy as np",
    "pmap": "executor= of forward.grad, jacobian and others: workers share the passes",
    "primitive": "custom(function, push=, pull=), or register_rule(function, rule)",
    "relu": "np.where(x > 0, x, 0)",
    "remat": "checkpoint(f)",
    "scan": "Python's own loop, or checkpoint(step, steps=)",
    "tensor": "variable(value), or plain arrays and grad(f)",
    "tree": "a loop over the parts: what grad gives is nested as its argument is",
    "tree_map": "a loop over the parts: what grad gives is nested as its argument is",
    "tree_util": "a loop over the parts: what grad gives is nested as its argument is",
    "vhp": "hvp(f, (x,), (v,))[0]: a Hessian is symmetric",
    "vmap": "NumPy over a leading axis: f(x) for all rows of x, and jacobian(f)",
}
"""By the name there. Names that mean the same here are not listed."""

OPTIONS = {"argnum": "argnums="}
"""Of functions that have the same name there: what an argument of theirs is called here."""


def no_such(name: str) -> str:
    """What is said where a package has no such name.

    >>> no_such("remat")
    "module 'admodes' has no attribute 'remat'. Here it is checkpoint(f): see docs/migrating.md"
    >>> no_such("gard")
    "module 'admodes' has no attribute 'gard'"
    """
    text = f"module 'admodes' has no attribute {name!r}"
    return f"{text}. {_here(INSTEAD[name])}" if name in INSTEAD else text


def check_options(function: str, options: Iterable[str]) -> None:
    """``TypeError`` for an option that another library has under its own name.

    >>> check_options("grad", ["argnum"])
    Traceback (most recent call last):
    TypeError: grad() has no argument 'argnum'. Here it is argnums=: see docs/migrating.md
    """
    for option in options:
        if option in OPTIONS:
            raise TypeError(f"{function}() has no argument {option!r}. {_here(OPTIONS[option])}")


def _here(instead: str) -> str:
    return f"Here it is {instead}: see docs/migrating.md"
