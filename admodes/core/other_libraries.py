"""Names of other libraries of derivatives, and what is written here instead."""

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
    "numpy": "NumPy itself: import numpy as np",
    "pmap": "executor= of forward.grad, jacobian and others: workers share the passes",
    "primitive": "custom(function, push=, pull=), or register_rule(function, rule)",
    "remat": "checkpoint(f)",
    "tensor": "variable(value), or plain arrays and grad(f)",
    "vhp": "hvp(f, (x,), (v,))[0]: a Hessian is symmetric",
    "vmap": "NumPy over a leading axis: f(x) for all rows of x, and jacobian(f)",
}
"""By the name there. Names that mean the same here are not listed."""


def no_such(name: str) -> str:
    """What is said where a package has no such name.

    >>> no_such("remat")
    "module 'admodes' has no attribute 'remat'. Here it is checkpoint(f): see docs/migrating.md"
    >>> no_such("gard")
    "module 'admodes' has no attribute 'gard'"
    """
    text = f"module 'admodes' has no attribute {name!r}"
    if name in INSTEAD:
        text += f". Here it is {INSTEAD[name]}: see docs/migrating.md"
    return text
