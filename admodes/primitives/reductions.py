import numpy as np
from admodes.rules import implements, linear, declare, last_axes, refuse

def _spread(ct, *, axes, keepdims, shape):
    lead = ct.shape[:ct.ndim - (len(shape) if keepdims else len(shape) - len(axes))]
    if not keepdims:
        ct = np.reshape(ct, lead + tuple(1 if i - len(shape) in axes else n for i, n in enumerate(shape)))
    return np.broadcast_to(ct, lead + shape)

def _sum(x, *, axes, keepdims, shape):
    return np.add.reduce(x, axis=axes, keepdims=keepdims)

add_reduce = declare(linear(_sum, transpose=_spread))

@implements(np.sum)
def sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
    return add_reduce(a, axes=last_axes(axis, a.ndim), keepdims=keepdims, shape=a.shape)
