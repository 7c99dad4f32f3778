"""Nested dicts, lists, tuples and dataclasses: taken apart into leaves, and put together again."""

import copy
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from admodes.core.values import Traced, plain

LEAVES = (np.ndarray, float, np.float64)
"""The common kinds, which need no further look."""


def children(tree: Any) -> list[tuple[str, Any]] | None:
    """The parts of a container with how to reach each, or ``None`` for a leaf."""
    kind = tree.__class__
    if kind in LEAVES or isinstance(tree, Traced):
        return None
    if isinstance(tree, dict):
        return [(f"[{key!r}]", part) for key, part in tree.items()]
    if isinstance(tree, (list, tuple)):
        return [(f"[{i}]", part) for i, part in enumerate(tree)]
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        fields = [field.name for field in dataclasses.fields(tree) if field.init]
        return [(f".{name}", getattr(tree, name)) for name in fields]
    return None


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of nested containers, in order, with its path: ``("[0]['weights']", array)``."""
    parts = children(tree)
    if parts is None:
        yield path, tree
    else:
        for step, part in parts:
            yield from leaves(part, path + step)


def rebuild(tree: Any, values: Iterator[Any]) -> Any:
    """The containers of `tree`, with the next of `values` in place of each leaf."""
    parts = children(tree)
    if parts is None:
        return next(values)
    rebuilt = [rebuild(part, values) for _, part in parts]
    if isinstance(tree, dict):
        result = {} if tree.__class__ is dict else copy.copy(tree)
        for key, value in zip(tree, rebuilt, strict=True):
            result[key] = value
        return result
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return tree.__class__(*rebuilt)
    if isinstance(tree, (list, tuple)):
        return tree.__class__(rebuilt)
    names = [field.name for field in dataclasses.fields(tree) if field.init]
    return dataclasses.replace(tree, **dict(zip(names, rebuilt, strict=True)))


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    return rebuild(tree, (function(leaf) for _, leaf in leaves(tree)))


def same_leaves(tree: Any, like: Any, what: str, path: str = "") -> list[Any]:
    """The leaves of `tree`, whose containers must be those of `like`."""
    parts, others = children(like), children(tree)
    if isinstance(tree, dict) and isinstance(like, dict) and tree.keys() == like.keys():
        others = children({key: tree[key] for key in like})  # in the other's order
    if parts is None and others is None:
        return [tree]
    if (
        parts is None
        or others is None
        or [step for step, _ in parts] != [step for step, _ in others]
    ):
        raise ValueError(
            f"{what}{path} is {described(tree)}, but its primal is {described(like)}: "
            "give it the same containers"
        )
    return [
        leaf
        for (step, part), (_, other) in zip(parts, others, strict=True)
        for leaf in same_leaves(other, part, what, path + step)
    ]


def described(x: Any) -> str:
    """What it is, for an error."""
    shape = f" of shape {np.shape(plain(x))}" if isinstance(x, (np.ndarray, Traced)) else ""
    parts = children(x)
    size = f" with {len(parts)} parts" if parts is not None else ""
    return f"a {type(x).__name__}{shape}{size}"
