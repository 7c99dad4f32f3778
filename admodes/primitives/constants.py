"""Functions without a derivative: what they tell is a shape, an index, a choice, or piecewise flat.

They see plain values and give plain values, at every level.
"""

import numpy as np

from admodes.core.declaring import constant

#: the ufuncs among them, for their methods: ``np.logical_and.reduce``
UFUNCS = (
    # steps, whose derivative is 0 wherever they have one
    *(np.floor, np.ceil, np.trunc, np.rint, np.floor_divide, np.spacing),
    # truths
    *(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal),
    *(np.logical_and, np.logical_or, np.logical_xor, np.logical_not),
    *(np.isfinite, np.isinf, np.isnan, np.signbit),
)
constant(*UFUNCS)

# steps
constant(np.round, np.around, np.fix)
# shapes and dtypes
constant(np.shape, np.ndim, np.size)
constant(np.result_type, np.can_cast, np.common_type, np.min_scalar_type)
constant(np.iscomplexobj, np.isrealobj, np.may_share_memory, np.shares_memory)
# truths
constant(np.all, np.any, np.allclose, np.array_equal, np.array_equiv, np.isclose, np.isin)
constant(np.iscomplex, np.isreal, np.isneginf, np.isposinf)
# indices and counts
constant(np.argmax, np.argmin, np.nanargmax, np.nanargmin)
constant(np.argsort, np.argpartition, np.lexsort, np.searchsorted, np.digitize)
constant(np.argwhere, np.nonzero, np.flatnonzero, np.count_nonzero)
constant(np.diag_indices_from, np.tril_indices_from, np.triu_indices_from)
constant(np.einsum_path)
# text
constant(np.array2string, np.array_repr, np.array_str)
