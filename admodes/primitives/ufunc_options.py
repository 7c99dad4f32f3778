"""The options of a ufunc that choose in which dtype it computes, and how its result lies."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.core.kinds import array, operand
from admodes.core.values import plain
from admodes.primitives.memory import laid_out_as

OPTIONS = ("casting", "dtype", "order", "signature", "subok")


def call(ufunc: np.ufunc, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """The ufunc with these options, by converting its inputs first, as it does itself."""
    values = [plain(operand(x)) for x in inputs]
    # Python's numbers take the dtype of what they meet.
    kinds = [type(x) if type(x) in (int, float, complex) else np.result_type(x) for x in values]
    known = {name: options[name] for name in ("casting",) if name in options}
    asked = _signature(ufunc, options)
    dtypes = ufunc.resolve_dtypes(
        (*kinds, *(None,) * ufunc.nout), **known, **({} if asked is None else {"signature": asked})
    )
    if any(dtype.kind not in "fc" for dtype in dtypes[ufunc.nin :]) and ufunc.nout == 1:
        return ufunc(*values, **options)
    converted = [
        np.astype(array(x), dtype, copy=False) if dtype.kind in "fc" else x
        for x, dtype in zip(inputs, dtypes[: ufunc.nin], strict=True)
    ]
    y = ufunc(*converted)
    if options.get("order", "K") == "K":
        return y
    own = ufunc(*values, **options)
    return laid_out_as(y, own) if ufunc.nout == 1 else tuple(map(laid_out_as, y, own))


def _signature(ufunc: np.ufunc, options: dict[str, Any]) -> Any:
    if "dtype" in options:
        if "signature" in options:
            raise TypeError("cannot specify both 'signature' and 'dtype'")
        return (None,) * ufunc.nin + (np.dtype(options["dtype"]),) * ufunc.nout
    signature = options.get("signature")
    if isinstance(signature, str):
        signature = tuple(signature.replace("->", ""))
    if signature is None:
        return None
    return tuple(None if each is None else np.dtype(each) for each in signature)
