import numpy as np

from tests.cases import case, inside, normal, positive

UNARY = (
    *((f, normal) for f in (np.negative, np.positive, np.absolute, np.fabs, np.square, np.cbrt)),
    *((f, positive) for f in (np.reciprocal, np.sqrt)),
)
BINARY = (
    *((f, normal) for f in (np.add, np.subtract, np.multiply, np.maximum, np.minimum)),
    *((f, normal) for f in (np.fmax, np.fmin, np.copysign)),
    *((f, positive) for f in (np.divide, np.power, np.float_power, np.remainder, np.fmod)),
)
#: float32, so that it makes float64 of nothing
COLUMN = np.array([[0.625], [1.5]], np.float32)

CASES = [
    *(case(f, f, values(2, 3)) for f, values in UNARY),
    *(case(f, f, values()) for f, values in UNARY),
    *(case(f, f, values(0, 3)) for f, values in UNARY),
    *(case(f, f, float(values())) for f, values in UNARY),
    # both arguments: of one shape, broadcast either way and both ways, an array and a float
    *(case(f, f, values(2, 3), values(2, 3, seed=1)) for f, values in BINARY),
    *(case(f, f, values(3), values(2, 1, seed=1)) for f, values in BINARY),
    *(case(f, f, values(2, 3), values(3, seed=1)) for f, values in BINARY),
    *(case(f, f, values(1, 3), float(values(seed=1))) for f, values in BINARY),
    *(case(f, f, float(values()), float(values(seed=1))) for f, values in BINARY),
    *(case(f, f, values(0, 3), values(3)) for f, values in BINARY),
    # the same argument twice, and constants: numbers, arrays, lists, integers
    *(case(f, lambda x, f=f: f(x, x), positive(3)) for f, _ in BINARY if f is not np.remainder),
    *(case(f, lambda x, f=f: f(x, 1.25), positive(3)) for f, _ in BINARY),
    *(case(f, lambda x, f=f: f(2, x), positive(3)) for f, _ in BINARY),
    *(case(f, lambda x, f=f: f(COLUMN, x), positive(3)) for f, _ in BINARY),
    *(case(f, lambda x, f=f: f(x, [1.25, 2, 3]), positive(3)) for f in (np.divide, np.power)),
    # operators
    case(np.add, lambda x, y: 1 + x + y, normal(3), normal(2, 3)),
    case(np.subtract, lambda x, y: 1 - x - y, normal(3), normal(2, 3)),
    case(np.multiply, lambda x: -x * x * 3 * +x, normal(3)),
    case(np.divide, lambda x, y: 1 / x / y / 2, positive(3), positive(2, 3)),
    case(np.remainder, lambda x, y: x % y, 7 + positive(3), positive(2, 3)),
    case(np.remainder, lambda x: (-7.3 - x) % 2.0 + 7.3 % x, positive(3)),
    case(np.divmod, lambda x, y: np.divmod(x, y)[1] * divmod(x, y)[0], 7 + positive(3), positive()),
    case(np.fmod, lambda x, y: np.fmod(-x, y) + np.fmod(x, -y), 7 + positive(3), positive(3)),
    # whole powers, through zero and of negative numbers
    *(case(np.power, lambda x, n=n: x**n, np.array([-1.5, 0.0, 2.0])) for n in range(5)),
    *(case(np.power, lambda x, n=n: np.power(x, n), np.array([-1.5, 0.0, 2.0])) for n in range(5)),
    *(case(np.power, lambda x, n=n: x**n, 0.0) for n in range(5)),
    *(case(np.power, lambda x, n=n: x**n, positive(3)) for n in (-2, -1, -0.5, 0.5, 1.5, 2.5)),
    case(np.power, lambda x: x ** np.array([0, 1, 2, 3]), np.zeros(4)),
    case(np.power, lambda x: x ** np.array([[0], [1], [-2]]), -positive(4)),
    case(np.power, lambda x: x ** np.array([0, 1], np.uint8), positive(2)),
    # as a function of the exponent
    case(np.power, lambda x: 0**x + 0.0**x + np.zeros(3, np.float32) ** x, positive(3)),
    case(np.power, lambda x: 2**x + 1.5**x + COLUMN**x, normal(3)),
    case(np.power, lambda x, y: x**y, np.zeros(2), 3 + positive(2), kink=True),
    case(np.float_power, lambda x: np.float_power(x, [0, 1, 2]), -positive(3)),
    case(np.float_power, lambda x: np.float_power(x, 2), -1.5),
    # kinks, where both modes take the same side or none
    case(np.absolute, np.absolute, np.zeros(2), kink=True),
    case(np.absolute, abs, 0.0, kink=True),
    case(np.copysign, lambda x: np.copysign(x, -1.0), np.zeros(2), kink=True),
    *(
        case(f, f, np.array([1.0, 2.0]), np.array([1.0, 2.0]), kink=True)
        for f in (np.maximum, np.minimum, np.fmax, np.fmin)
    ),
    case(np.fmax, lambda x: np.fmax(x, np.array([np.nan, 0, 9], np.float32)), positive(3)),
    case(np.fmin, lambda x: np.fmin(np.array([np.nan, 0, 9], np.float32), x), positive(3)),
    # infinite derivatives that nothing depends on
    *(
        case(f, lambda x, f=f: np.where(x > 0, f(x), 0.0), np.array([0.0, 2.0]), kink=True)
        for f in (np.sqrt, np.cbrt, lambda x: x**0.5, lambda x: x**1.5)
    ),
    # signs and parts of numbers
    case(np.sign, lambda x: x * np.sign(x), inside(2, 3)),
    case(np.sign, lambda x: np.real(np.sign(x + 2j * x**2)), inside(3)),
    case(np.heaviside, lambda x, h: np.heaviside(x, h) * x, inside(2, 3), normal(3)),
    case(np.heaviside, lambda h: np.heaviside(np.array([-1, 0, 1], np.float32), h), normal(2, 3)),
    case(np.ldexp, lambda x: np.ldexp(x, 3), inside(2, 3)),
    case(np.ldexp, lambda x: np.ldexp(x, [[1], [-2]]), np.zeros(3)),
    case(np.ldexp, lambda x: np.ldexp(x, 3), 1.5),
    case(np.frexp, lambda x: np.frexp(x)[0] * (1.0 + np.frexp(x)[1]), 5 * inside(2, 3)),
    case(np.modf, lambda x: np.modf(x)[0] * (1.0 + np.modf(x)[1]), 5 * inside(2, 3)),
    case(np.nextafter, lambda x, y: np.nextafter(x, y), normal(3), 9 + normal(2, 1)),
    # an absolute value of complex numbers
    case(np.absolute, lambda x: np.abs(x + 1j), normal(2, 3)),
    case(np.absolute, lambda x: np.real(np.abs(x + 1j) * np.exp(1j * x)), normal(3)),
    case(np.absolute, lambda x, y: np.abs(x * np.exp(1j * y)) * np.abs(x - 1j * y), 1.5, 0.5),
]  # fmt: skip
