"""The three products that have a rule: ``matmul``, ``tensordot`` and ``einsum``.

Every other one is written by these (:mod:`admodes.primitives.products`).
"""

import math
import string
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, refuse
from admodes.core.kinds import array
from admodes.core.rules import Primitive, with_constants
from admodes.core.values import align, last_axes, plain, shape_of, unbroadcast
from admodes.primitives.memory import order_of


class Product(Primitive):
    """Linear in each argument while the others stand still, by way of all their shapes.

    Where an argument's directions belong in the result depends on the shapes of the others (in
    front of axes that broadcasting adds, behind which contraction leaves axes), so the residual
    holds all shapes. The arrays that it holds are those that multiply an active argument.
    """

    multiplies = True

    #: ``along(i, t, args, shapes, **params)``: the product with the tangent `t` as argument `i`
    along: Callable[..., Any]
    #: ``against(i, ct, args, shapes, **params)``: its transpose, the cotangent of argument `i`
    against: Callable[..., Any]

    def reads(self, active: Sequence[Any]) -> tuple[bool, ...]:
        # The one active argument is what all the others multiply: it is not needed itself.
        several = sum([wanted is not None for wanted in active]) > 1
        return (False, *[several or wanted is None for wanted in active])

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        if len(args) == 2:
            a, b = args
            kept: tuple[Any, ...] = (
                None if active[1] is None else array(a),
                None if active[0] is None else array(b),
            )
            return kept, (shape_of(a), shape_of(b)), params
        _, *reads = self.reads(active)
        kept = tuple([x if read else None for x, read in zip(args, reads, strict=True)])
        return kept, tuple([shape_of(x) for x in args]), params

    def push(self, residual: Any, tangents: Sequence[Any]) -> Any:
        args, shapes, params = residual
        total = None
        for i, t in enumerate(tangents):
            if t is not None:
                term = self.along(i, t, args, shapes, **params)
                total = term if total is None else total + term
        return total

    def pull(self, residual: Any, ct: Any, active: Any) -> Sequence[Any]:
        args, shapes, params = residual
        return [
            None if wanted is None else self.against(i, ct, args, shapes, **params)
            for i, wanted in enumerate(active)
        ]

    def shapes(self, residual: Any, active: Sequence[Any]) -> Sequence[Any]:
        own: Sequence[Any] = residual[1]
        return own

    def values(self, residual: Any) -> Sequence[Any]:
        return None, *residual[0]

    def always_zero(self, residual: Any, xs: Sequence[Any]) -> Any:
        args, _, params = residual
        return self.function(*with_constants(xs, args), **params) == 0


def fit(g: Any, ndim: int, shape: tuple[int, ...]) -> Any:
    """:func:`~admodes.core.values.unbroadcast`, for nothing where nothing was broadcast."""
    if len(shape) == ndim and g.shape[g.ndim - ndim :] == shape:
        return g
    return unbroadcast(g, ndim, shape)


def conjugate(x: Any) -> Any:
    return np.conjugate(x) if x.dtype.kind == "c" else x


# --- matmul ---------------------------------------------------------------------------------------


class Matmul(Product):
    """Matrices, stacks of them that are broadcast, and vectors as NumPy takes them."""

    def along(self, i: int, t: Any, args: Sequence[Any], shapes: Any) -> Any:
        own, other = len(shapes[i]), len(shapes[1 - i])
        if t.ndim > own:  # there are directions
            if own == 1:
                return self.along_vectors(t, args[1] if i == 0 else transposed(args[0]))
            t = align(t, own, max(own, other))
        return np.matmul(t, args[1]) if i == 0 else np.matmul(args[0], t)

    def along_vectors(self, t: Any, other: Any) -> Any:
        """The vectors along the leading axes of `t`, each times `other`."""
        if other.ndim <= 2:
            return np.matmul(t, other)
        t = np.reshape(t, t.shape[:-1] + (1,) * (other.ndim - 1) + t.shape[-1:])
        return np.matmul(t, other)[..., 0, :]

    def against(self, i: int, ct: Any, args: Sequence[Any], shapes: Any) -> Any:
        own, other, x = shapes[i], shapes[1 - i], args[1 - i]
        if len(own) == 1:
            if len(other) == 1:
                return ct * x if shape_of(ct) == () else ct[..., None] * x
            matrix = transposed(x) if i == 0 else x
            if len(other) > 2:  # the stack, and the axis that contraction left, become one axis
                contracted = matrix.ndim - 1
                rows = math.prod(matrix.shape[:contracted])
                ct = np.reshape(ct, (*ct.shape[: ct.ndim - contracted], rows))
                matrix = np.reshape(matrix, (rows, *own))
            return np.matmul(ct, matrix)
        if len(other) == 1:
            return ct[..., None] * x if i == 0 else x[:, None] * ct[..., None, :]
        if i == 1 and len(own) == 2 < len(other):
            # One matrix times a whole stack: sum over the stack by one product of matrices.
            rows = math.prod(other[:-1])
            ct = np.reshape(ct, (*ct.shape[: ct.ndim - len(other)], rows, own[-1]))
            return np.matmul(np.reshape(x, (rows, own[-2])).T, ct)
        g = np.matmul(ct, transposed(x)) if i == 0 else np.matmul(transposed(x), ct)
        return fit(g, max(len(own), len(other)), own)


def transposed(x: Any) -> Any:
    """The matrices of a stack, transposed; a vector stays as it is."""
    return x.T if x.ndim <= 2 else x.mT


def _matmul_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    return costs.products(np.size(y) * np.shape(args[0])[-1], 2, y, args)


matmul = declare(Matmul("matmul", np.matmul), cost=_matmul_cost)
# The same products of matrices and vectors, which NumPy may add up in another order.
dot_of_matrices = declare(Matmul("dot", np.dot), cost=_matmul_cost)
inner_with_vector = declare(Matmul("inner with a vector", np.inner), cost=_matmul_cost)


class ByVectors(Matmul):
    """A stack of vectors, each to its own matrix a row (argument 0) or a column (argument 1)."""

    def __init__(self, name: str, function: Callable[..., Any], vectors: int) -> None:
        super().__init__(name, function)
        self.vectors = vectors

    def along(self, i: int, t: Any, args: Sequence[Any], shapes: Any) -> Any:
        t = self.as_matrices(t) if i == self.vectors else t
        return self.as_vectors(super().along(i, t, *self.widened(args, shapes)))

    def against(self, i: int, ct: Any, args: Sequence[Any], shapes: Any) -> Any:
        g = super().against(i, self.as_matrices(ct), *self.widened(args, shapes))
        return self.as_vectors(g) if i == self.vectors else g

    def widened(self, args: Sequence[Any], shapes: Any) -> tuple[list[Any], list[Any]]:
        """The arguments, those that are kept, and their shapes, with matrices for the vectors."""
        args, shapes, i = list(args), list(shapes), self.vectors
        args[i] = None if args[i] is None else self.as_matrices(args[i])
        shapes[i] = (*shapes[i], 1) if i else (*shapes[i][:-1], 1, shapes[i][-1])
        return args, shapes

    def as_matrices(self, x: Any) -> Any:
        return x[..., None] if self.vectors else x[..., None, :]

    def as_vectors(self, x: Any) -> Any:
        return x[..., 0] if self.vectors else x[..., 0, :]


def _matvec(a: Any, b: Any) -> Any:
    return np.matvec(a, b)


def _vecmat(a: Any, b: Any) -> Any:
    return np.vecmat(conjugate(a), b)


if hasattr(np, "matvec"):  # it depends on NumPy's version
    matrix_by_vector = declare(Matmul("matvec", _matvec), cost=_matmul_cost)
    matrices_by_vectors = declare(ByVectors("matvec of stacks", _matvec, 1), cost=_matmul_cost)
    vector_by_matrix = declare(Matmul("vecmat", _vecmat), cost=_matmul_cost)
    vectors_by_matrices = declare(
        ByVectors("vecmat of stacks", _vecmat, 0),
        cost=_matmul_cost,
    )


# --- tensordot ------------------------------------------------------------------------------------


class Tensordot(Product):
    """Contraction of pairs of axes, which are counted from the end."""

    def along(self, i: int, t: Any, args: Sequence[Any], shapes: Any, *, axes: Any) -> Any:
        if i == 0:
            return contract(t, args[1], axes=axes)
        y = contract(args[0], t, axes=axes)
        front, lead = len(shapes[0]) - len(axes[0]), len(shape_of(t)) - len(shapes[1])
        return np.moveaxis(y, range(front, front + lead), range(lead)) if front and lead else y

    def against(self, i: int, ct: Any, args: Sequence[Any], shapes: Any, *, axes: Any) -> Any:
        free = [
            tuple(axis for axis in range(-len(shape), 0) if axis not in contracted)
            for shape, contracted in zip(shapes, axes, strict=True)
        ]
        first, second = map(len, free)  # in this order they are the last axes of `ct`
        others = range(-second, 0) if i == 0 else range(-first - second, -second)
        g = contract(ct, args[1 - i], axes=(tuple(others), free[1 - i]))
        # What remains of the other argument are its contracted axes, in its order, each of which is
        # the pair of an own one.
        order = [*free[i], *(own for _, own in sorted(zip(axes[1 - i], axes[i], strict=True)))]
        return g if order == sorted(order) else np.moveaxis(g, range(-len(order), 0), order)


def _tensordot(a: Any, b: Any, *, axes: Any) -> Any:
    return np.tensordot(a, b, axes)


def _tensordot_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    contracted = math.prod(np.shape(args[0])[i] for i in params["axes"][0])
    return costs.products(np.size(y) * contracted, 2, y, args)


contract = declare(Tensordot("tensordot", _tensordot), cost=_tensordot_cost)
# The same sums of products, which NumPy adds up otherwise.
dot_of_stacks = declare(
    Tensordot("dot of stacks", lambda a, b, *, axes: np.dot(a, b)), cost=_tensordot_cost
)
inner_product = declare(
    Tensordot("inner", lambda a, b, *, axes: np.inner(a, b)), cost=_tensordot_cost
)


@implements(np.tensordot)
def tensordot(a, b, axes=2):
    a, b = array(a), array(b)
    try:
        of_a, of_b = axes
    except TypeError:  # a number of axes
        of_a, of_b = range(-axes, 0), range(axes)
    return contract(a, b, axes=(last_axes(of_a, a.ndim), last_axes(of_b, b.ndim)))


# --- einsum ---------------------------------------------------------------------------------------


class Einsum(Product):
    """Sums of products over labelled axes. Every axis has its label: there is no ellipsis."""

    writeable = False  # of one argument it can be a view

    def along(
        self, i: int, t: Any, args: Sequence[Any], shapes: Any, *, subscripts: str, optimize: Any
    ) -> Any:
        terms, output = split(subscripts)
        lead = unused(subscripts, len(shape_of(t)) - len(shapes[i]))
        terms[i] = lead + terms[i]
        factors = (*args[:i], t, *args[i + 1 :])
        return sum_of_products(*factors, subscripts=join(terms, lead + output), optimize=optimize)

    def against(
        self, i: int, ct: Any, args: Sequence[Any], shapes: Any, *, subscripts: str, optimize: Any
    ) -> Any:
        terms, output = split(subscripts)
        own, terms[i] = terms[i], output
        sizes = dict(zip(own, shapes[i], strict=True))
        known = {
            label: size
            for j, term in enumerate(terms)
            if j != i
            for label, size in zip(term, shapes[j], strict=True)
            if size == sizes.get(label)
        }
        lead = unused(subscripts, len(shape_of(ct)) - len(output))
        terms[i] = lead + output
        factors = [*args[:i], ct, *args[i + 1 :]]
        # An axis of length 1 was broadcast, if anything: its cotangents are summed.
        labels = "".join(label for label, size in sizes.items() if size != 1)
        for label in labels:
            if label not in output and label not in known:
                # It was summed over in this argument alone: every entry gets the same.
                factors.append(np.ones(sizes[label], bool))
                terms.append(label)
        # A path that was given step by step is one for other factors.
        optimize = optimize if isinstance(optimize, (bool, str)) else True
        g = sum_of_products(*factors, subscripts=join(terms, lead + labels), optimize=optimize)
        if len(labels) < len(sizes):
            g = np.reshape(g, shape_of(ct)[: len(lead)] + tuple(sizes.values()))
        return g if len(sizes) == len(own) else self.on_diagonals(g, lead, own, sizes)

    def on_diagonals(self, g: Any, lead: str, own: str, sizes: dict[str, int]) -> Any:
        """Zeros, but on the diagonals that the repeated labels of `own` read: there, `g`."""
        terms, factors, output = [lead + "".join(sizes)], [g], lead
        for i, label in enumerate(own):
            if label in own[:i]:
                factors.append(np.eye(sizes[label], dtype=bool))
                terms.append(label + unused(join(terms, own), 1))
            output += terms[-1][-1] if label in own[:i] else label
        return sum_of_products(*factors, subscripts=join(terms, output), optimize=False)


def _einsum(*operands: Any, subscripts: str, optimize: Any) -> Any:
    return np.einsum(subscripts, *operands, optimize=optimize)


def _einsum_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """All factors at once, or a few after the other in the order that ``optimize`` asks for."""
    subscripts, optimize = params["subscripts"], params["optimize"]
    terms, output = split(subscripts)
    own = [dict(zip(term, np.shape(x), strict=True)) for term, x in zip(terms, args, strict=True)]
    sizes: dict[str, int] = {}
    for each in own:
        sizes |= {label: max(size, sizes.get(label, 0)) for label, size in each.items()}
    factors = [(term, math.prod(each.values())) for term, each in zip(terms, own, strict=True)]
    if not optimize or len(args) < 3:
        return _contraction_cost(factors, output, sizes)
    shapes = [np.broadcast_to(0.0, np.shape(x)) for x in args]
    _, *path = np.einsum_path(subscripts, *shapes, optimize=optimize)[0]
    total = costs.Cost()
    for positions in path:
        contracted = [factors.pop(i) for i in sorted(positions, reverse=True)]
        needed = "".join(term for term, _ in factors) + output
        labels = dict.fromkeys("".join(term for term, _ in contracted))
        result = "".join(label for label in labels if label in needed) if factors else output
        total += _contraction_cost(contracted, result, sizes)
        factors.append((result, math.prod(sizes[label] for label in result)))
    return total


def _contraction_cost(
    factors: Sequence[tuple[str, int]], output: str, sizes: dict[str, int]
) -> costs.Cost:
    """Every combination of all labels is a product. One factor whose entries all stay is a view.

    A factor is its labels and how many of its entries are read.
    """
    labels = {label for term, _ in factors for label in term}
    terms = math.prod(sizes[label] for label in labels)
    results = math.prod(sizes[label] for label in output)
    if len(factors) == 1 and terms == results:
        return costs.Cost()
    return costs.Cost(
        moves=sum(read for _, read in factors) + results,
        additions=max(terms - results, 0),
        multiplications=terms * (len(factors) - 1),
    )


sum_of_products = declare(Einsum("einsum", _einsum), cost=_einsum_cost)
# The same products, by functions that add up otherwise, or not at all.
outer_product = declare(
    Einsum("outer", lambda a, b, **_: a[:, None] * b[None, :]), cost=_einsum_cost
)
products_of_vectors = declare(
    Einsum("vecdot", lambda a, b, **_: np.linalg.vecdot(conjugate(a), b)), cost=_einsum_cost
)


@implements(np.einsum)
def einsum(*operands, out=None, optimize=False, dtype=None, order="K", casting="safe"):
    refuse(np.einsum, out=out)
    subscripts, *factors = operands if isinstance(operands[0], str) else _by_string(operands)
    factors = [array(x) for x in factors]
    if dtype is not None:
        alike = [np.empty((), x.dtype) for x in factors]
        np.einsum(",".join("" for _ in alike), *alike, dtype=dtype, casting=casting)  # may raise
        factors = [np.astype(x, dtype, copy=False) for x in factors]
    subscripts = explicit(subscripts, tuple(x.ndim for x in factors))
    y = sum_of_products(*factors, subscripts=subscripts, optimize=optimize)
    if order_of(order) == "K":
        return y
    if order_of(order) == "A":
        order = "F" if all(array(plain(x)).flags.f_contiguous for x in factors) else "C"
    return np.copy(y, order)


#: in the order in which NumPy sorts and numbers them
LABELS = string.ascii_uppercase + string.ascii_lowercase


def split(subscripts: str) -> tuple[list[str], str]:
    """The labels of each argument, and those of the output."""
    terms, _, output = subscripts.partition("->")
    return terms.split(","), output


def join(terms: Sequence[str], output: str) -> str:
    return ",".join(terms) + "->" + output


def unused(subscripts: str, count: int) -> str:
    """As many labels that the subscripts do not have."""
    if count == 0:
        return ""
    labels = "".join(label for label in LABELS if label not in subscripts)
    if len(labels) < count:
        raise ValueError(f"einsum: there are not {count} more labels than in {subscripts!r}")
    return labels[:count]


def _by_string(operands: Sequence[Any]) -> list[Any]:
    """``"AB,BC->AC", a, b`` for ``a, [0, 1], b, [1, 2], [0, 2]``."""
    lists = [*operands[1::2], *operands[len(operands) // 2 * 2 :]]
    terms = ["".join("..." if i is Ellipsis else LABELS[i] for i in labels) for labels in lists]
    factors = operands[: len(operands) // 2 * 2 : 2]
    if len(operands) % 2:
        return [join(terms[:-1], terms[-1]), *factors]
    return [",".join(terms), *factors]


@lru_cache(maxsize=1024)
def explicit(subscripts: str, ndims: tuple[int, ...]) -> str:
    """The subscripts with a label for every axis, and with an output."""
    subscripts = subscripts.replace(" ", "")
    terms, output = split(subscripts)
    if len(terms) != len(ndims):
        raise ValueError(f"einsum: {subscripts!r} names {len(terms)} operands, not {len(ndims)}")
    widths = [
        ndim - len(term.replace("...", "")) if "..." in term else 0
        for term, ndim in zip(terms, ndims, strict=True)
    ]
    if min(widths) < 0:
        raise ValueError(f"einsum: {subscripts!r} has more labels than an operand has axes")
    ellipsis = unused(subscripts, max(widths))
    if "->" not in subscripts:
        labels = "".join(terms).replace(".", "")
        output = "..." + "".join(sorted(label for label in labels if labels.count(label) == 1))
    elif ellipsis and "..." not in output:
        raise ValueError(f"einsum: the output of {subscripts!r} needs an ellipsis, too")
    terms = [
        term.replace("...", ellipsis[len(ellipsis) - width :])
        for term, width in zip(terms, widths, strict=True)
    ]
    return join(terms, output.replace("...", ellipsis))
