"""The arguments of a function, from what was typed, from files or from its module."""

import functools
import inspect
import math
import pickle
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import numpy as np

from admodes.measure import words
from admodes.measure.free_memory import free


def inputs_of(
    module: ModuleType,
    shapes: Sequence[str],
    files: Sequence[Path],
    seed: int,
    texts: Sequence[str] = (),
) -> list[Any]:
    """The arguments: typed, from files, drawn at random, or from the module's ``make_input``."""
    rng = np.random.default_rng(seed)
    if sum(map(bool, (texts, shapes, files))) > 1:
        ways = "--at, --shape or --npy" if texts else "--shape or --npy"
        raise click.UsageError(f"give {ways}, not both")
    if texts:
        return list(map(numbers_of, texts))
    if files:
        return [read(file) for file in files]
    if shapes:
        return drawn([shape_of(text) for text in shapes], rng)
    if not hasattr(module, "make_input"):
        raise click.UsageError(
            "no input: give --shape or --npy, or define make_input(rng) in the module"
        )
    made = module.make_input(rng)
    return list(made) if isinstance(made, tuple) else [made]


def refuse_count(target: str, function: Callable[..., Any], args: Sequence[Any]) -> None:
    """``click.UsageError`` where a function does not take so many arguments."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # of a function in C nobody knows
        return
    try:
        signature.bind(*args)
    except TypeError:
        given = words.counted(len(args), "argument")
        raise click.UsageError(
            f"{target} takes {signature}, not {given}: {_instead(signature)}"
        ) from None


def _instead(signature: inspect.Signature) -> str:
    """What to do about arguments that a function cannot be called with."""
    parameters = signature.parameters.values()
    named = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
    if named:
        return f"write a function of the others that gives {' and '.join(named)} by name"
    if not parameters:
        return "there is nothing to differentiate by"
    return "give --shape or --npy once for each"


def shape_of(text: str) -> tuple[int, ...]:
    """A shape from the command line.

    >>> shape_of("3,4"), shape_of("scalar")
    ((3, 4), ())
    """
    if text == "scalar":
        return ()
    try:
        shape = tuple(int(part) for part in text.split(","))
    except ValueError:
        shape = (-1,)
    if min(shape) < 1:
        raise _bad_shape(f"{text!r} is no shape: write 1000, or 20,30, or scalar")
    return shape


def numbers_of(text: str) -> Any:
    """An argument as it was typed.

    >>> numbers_of("2"), numbers_of("1,2.5")
    (2.0, array([1. , 2.5]))
    """
    try:
        numbers = [float(number) for number in text.split(",")]
    except ValueError:
        raise click.UsageError(f"--at {text!r}: give a number, or several: 2.0, or 1,2.5") from None
    return np.array(numbers) if "," in text else numbers[0]


def drawn(shapes: Sequence[tuple[int, ...]], rng: np.random.Generator) -> list[Any]:
    """Normal numbers in these shapes."""
    size = 8 * sum(map(math.prod, shapes))
    room = free()
    if size > room / 2:  # a derivative takes as much again, at least
        raise _bad_shape(
            f"arguments of {', '.join(map(str, shapes))} take {words.size(size)}: this machine has "
            f"{words.size(room)} of memory free"
        )
    try:
        found = [rng.standard_normal(shape) for shape in shapes]
    except (MemoryError, ValueError) as error:
        raise _bad_shape(f"cannot draw arguments: {error}") from error
    return [x if x.ndim else float(x) for x in found]


def read(file: Path) -> Any:
    """The array in a ``.npy`` file."""
    try:
        array = np.load(file, allow_pickle=False)
    except (ValueError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        objects = "Object arrays" in str(error)
        reason = f"it {'holds Python objects, not' if objects else 'is no .npy file of'} numbers"
        raise _bad_file(f"cannot read {file}: {reason}") from error
    except (OSError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _bad_file(f"cannot read {file}: {reason}") from error
    if not isinstance(array, np.ndarray):
        array.close()
        raise _bad_file(f"{file} holds several arrays: save each by np.save")
    if array.dtype.kind not in "fc":
        raise _bad_file(
            f"{file} holds {array.dtype}, which has no derivative: save x.astype(float)"
        )
    return array if array.ndim else array[()]


_bad_shape = functools.partial(click.BadParameter, param_hint="'--shape'")
_bad_file = functools.partial(click.BadParameter, param_hint="'--npy'")
