"""The program, line by line, and what to look at after each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A line of code, and what to look at after it: expressions, and what each of them shows."""

    code: str
    look: Mapping[str, str]
    refused: bool = False
    """The line must raise a RuntimeError, whose message is shown."""


@dataclass(frozen=True)
class Chapter:
    sentence: str
    steps: Sequence[Step]
    anew: bool = True
    """The program is run first, without being shown."""


PROGRAM = (
    Step("ones = np.ones((2, 2))", {"ones": "plain NumPy"}),
    Step("x1 = ad.variable(2 * ones)", {"x1.value": "a leaf: made by hand", "x1.is_leaf": ""}),
    Step("w1 = ad.variable(5 * ones)", {"w1.value": "another"}),
    Step("x2 = x1 * w1", {"x2.value": "an inner node: it was computed", "x2.is_leaf": ""}),
    Step("w2 = ad.variable(6 * ones)", {"w2.value": ""}),
    Step("y = x2 * w2", {"y.value": ""}),
    Step("Y = 10 * ones", {"Y": "a constant: no derivative by it is asked for"}),
    Step("L = Y - y", {"L.value": "the output"}),
)


GRADS = {"x1.grad": "", "w1.grad": "", "w2.grad": ""}


CHAPTERS = {
    "one sweep": Chapter(
        "L = Y - x1·w1·w2 is recorded as it is computed; then one sweep goes back from L.",
        [
            *PROGRAM,
            Step(
                "L.backward(ones)",
                {
                    "x1.grad": "∂L/∂x1 = -w1·w2",
                    "w1.grad": "∂L/∂w1 = -x1·w2",
                    "w2.grad": "∂L/∂w2 = -x1·w1",
                    "x2.grad": "an inner node keeps none",
                    "y.grad": "",
                    "L.grad": "",
                },
            ),
        ],
        anew=False,
    ),
    "begun at y": Chapter(
        "A sweep may begin at y as well, with ∂L/∂y = -1.\n"
        "(Here, and before each of what follows, the program is run anew.)",
        [Step("y.backward(-ones)", GRADS | {"x1.grad": "as before"})],
    ),
    "accumulation": Chapter(
        "A second loss adds to what the first one left, until .grad is set to None.",
        [
            Step("np.sum(x1 * w1).backward()", {"x1.grad": "w1: one number begins with 1"}),
            Step("np.sum(x1 * w2).backward()", {"x1.grad": "w1 + w2: it was added"}),
            Step("x1.grad = None", {"x1.grad": "begun anew"}),
            Step("np.sum(x1 * w2).backward()", {"x1.grad": "w2 alone"}),
        ],
    ),
    "a second call": Chapter(
        "backward() frees what it has passed through.",
        [
            Step("L.backward(ones)", {"x1.grad": ""}),
            Step("L.backward(ones)", {"x1.grad": "no .grad has changed"}, refused=True),
            Step("y.backward(-ones)", {"x1.grad": "y was freed as well"}, refused=True),
        ],
    ),
    "retain_graph": Chapter(
        "Unless it is told to keep it.",
        [
            Step("L.backward(ones, retain_graph=True)", {"x1.grad": ""}),
            Step("L.backward(ones)", {"x1.grad": "added once more"}),
            Step("L.backward(ones)", {"x1.grad": "no .grad has changed"}, refused=True),
        ],
    ),
    "retain_grad": Chapter(
        "An inner node has a .grad where it is asked to.",
        [
            Step("x2.retain_grad()", {"x2.grad": ""}),
            Step("y.retain_grad()", {"y.grad": ""}),
            Step(
                "L.backward(ones)",
                {"x2.grad": "∂L/∂x2 = -w2", "y.grad": "∂L/∂y = -1", "L.grad": "it was not asked"},
            ),
        ],
    ),
}


FORWARD = "forward mode"
