"""The words that options take and the types that faces hand on, for those who check types."""

from typing import Literal, ParamSpec, TypeVar, TypeVarTuple

P = ParamSpec("P")  #: the parameters of a user's function
R = TypeVar("R")  #: what it returns
Ts = TypeVarTuple("Ts")  #: its arguments at a call

Mode = Literal["forward", "reverse"]
JacobianMode = Literal["forward", "reverse", "mixed"]
Backend = Literal["numpy", "compiled"]  #: of a program
Nesting = Literal[
    "forward-over-forward",
    "forward-over-reverse",
    "reverse-over-forward",
    "reverse-over-reverse",
]
