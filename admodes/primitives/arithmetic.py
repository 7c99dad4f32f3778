"""Ufuncs of real and complex numbers, each with one partial derivative per argument."""

import numpy as np

from admodes.rules import declare, elementwise

declare(elementwise(np.add, 1, 1))
declare(elementwise(np.subtract, 1, -1))
declare(elementwise(np.multiply, lambda _y, _a, b: b, lambda _y, a, _b: a))
declare(elementwise(np.divide, lambda _y, _a, b: 1 / b, lambda y, _a, b: -y / b, singular=True))
declare(elementwise(np.negative, -1))
declare(elementwise(np.positive, 1))
declare(elementwise(np.absolute, lambda _y, x: np.sign(x)))
declare(elementwise(np.square, lambda _y, x: x + x))
declare(elementwise(np.reciprocal, lambda y, _x: -(y * y), singular=True))
declare(elementwise(np.sqrt, lambda y, _x: 0.5 / y, singular=True))
declare(elementwise(np.exp, lambda y, _x: y))
declare(elementwise(np.log, lambda _y, x: 1 / x, singular=True))
declare(elementwise(np.sin, lambda _y, x: np.cos(x)))
declare(elementwise(np.cos, lambda _y, x: -np.sin(x)))
declare(elementwise(np.tanh, lambda y, _x: 1 - y * y))
declare(elementwise(np.remainder, 1, lambda _y, a, b: -np.floor_divide(a, b)))
declare(elementwise(np.power, lambda _y, a, b: b*a**(b-1), lambda y, a, b: y*np.log(a), singular=True))
