"""``lstm``: how well a recurrent network with diagonal weights predicts the next character."""

from typing import Any

import numpy as np

from admodes.shell.gradbench.tasks import derivative, value


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def loss(parameters: Any, state: Any, sequence: Any) -> Any:
    """Minus the mean logarithm of what is predicted for each bit of the next character.

    Parameters
    ----------
    parameters
        ``main``, of shape (layers, 2, 4, bits): weights and biases, each of the gates that forget,
        let in and let out, and of the change. ``extra``, of shape (3, bits): by what the input and
        the output are multiplied, and what is added to the latter.
    state
        Of shape (layers, 2, bits): the hidden numbers and the cells before the first character.
    sequence
        Of shape (characters, bits).
    """
    # The gates that forget and let out see a layer's input, the other one and the change what it
    # has hidden before.
    seeing_input = [(layer[0, ::2], layer[1, ::2]) for layer in parameters["main"]]
    seeing_hidden = [(layer[0, 1::2], layer[1, 1::2]) for layer in parameters["main"]]
    in_weight, out_weight, out_bias = parameters["extra"]
    hidden, cells = ([layer[part] for layer in state] for part in (0, 1))
    tops = []
    for below in sequence[:-1] * in_weight:
        for i, ((by_input, bias), (by_hidden, bias_hidden)) in enumerate(
            zip(seeing_input, seeing_hidden, strict=True)
        ):
            forget, let_out = sigmoid(below * by_input + bias)
            let_in, change = hidden[i] * by_hidden + bias_hidden
            cells[i] = cells[i] * forget + sigmoid(let_in) * np.tanh(change)
            below = hidden[i] = let_out * np.tanh(cells[i])
        tops.append(below)
    predicted = np.stack(tops) * out_weight + out_bias
    # The eval adds 2 to the sum of exponentials.
    normaliser = np.log(np.sum(np.exp(predicted), axis=1, keepdims=True) + 2)
    return -np.sum(sequence[1:] * (predicted - normaliser)) / predicted.size


def read(given: Any) -> tuple[Any, Any, Any]:
    arrays = {
        name: np.array(given[name], dtype=float)
        for name in ("main_params", "extra_params", "state", "sequence")
    }
    bits = arrays["sequence"].shape[1]
    parameters = {
        "main": arrays["main_params"].reshape(-1, 2, 4, bits),
        "extra": arrays["extra_params"],
    }
    return parameters, arrays["state"].reshape(-1, 2, bits), arrays["sequence"]


def write(gradient: Any) -> list[float]:
    """Row by row, the main parameters first."""
    return [*gradient["main"].ravel().tolist(), *gradient["extra"].ravel().tolist()]


FUNCTIONS = {"objective": value(loss, read), "jacobian": derivative(loss, read, write)}
