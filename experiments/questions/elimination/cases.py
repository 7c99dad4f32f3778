"""The functions whose eliminations are counted.

Five are those of J. Lohoff & E. Neftci, "Optimizing Automatic Differentiation with Deep
Reinforcement Learning" (NeurIPS 2024, arXiv 2406.05027), written so that each of their operations
is one here; with what they publish of them. What a function is, is said by their sources.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import admodes as ad


@dataclass(frozen=True)
class Case:
    """A function of numbers, and the point at which it is differentiated."""

    name: str
    sentence: str
    f: Callable[..., Any]
    at: tuple[Any, ...]
    published: dict[str, int] = field(default_factory=dict)
    """Multiplications by order, as counted by the authors; ``"learned"`` is their best."""
    differs: str = ""
    """Where this graph's counts are not theirs: which operations differ."""


# --- Roe's flux -----------------------------------------------------------------------------------

RATIO = 1.4  # of specific heats, of air; theirs is 0.5, on the same graph


def pressure(density, momentum, energy):
    return (RATIO - 1) * (energy - 0.5 * momentum**2 / density)


def euler_flux(density, momentum, energy, pressed):
    """Of Euler's equations in one dimension."""
    speed = momentum / density
    return momentum, pressed + momentum * speed, speed * (pressed + energy)


def roe_flux(r_left, m_left, e_left, r_right, m_right, e_right):
    """P. L. Roe, "Approximate Riemann solvers, parameter vectors, and difference schemes", J.
    Comput. Phys. 43 (1981): the flux between two cells, of density, momentum and energy."""
    jump = r_right - r_left
    mean_density = np.sqrt(r_left * r_right)
    weight = np.sqrt(r_left) + np.sqrt(r_right)
    v_left, p_left = m_left / r_left, pressure(r_left, m_left, e_left)
    h_left = (e_left + p_left) / r_left
    v_right, p_right = m_right / r_right, pressure(r_right, m_right, e_right)
    h_right = (e_right + p_right) / r_right
    dp, dv = p_right - p_left, v_right - v_left
    # Averages weighted by the roots of the densities
    u = (np.sqrt(r_left) * v_left + np.sqrt(r_right) * v_right) / weight
    h = (np.sqrt(r_left) * h_left + np.sqrt(r_right) * h_right) / weight
    u_squared = u**2
    a_squared = (RATIO - 1) * (h - 0.5 * u_squared)
    a = np.sqrt(a_squared)
    fast, middle, slow = abs(u + a), abs(u), abs(u)
    impedance = a * mean_density
    w0 = (jump - dp / a_squared) * middle
    w1 = (dv + dp / impedance) * fast
    w2 = (dv - dp / impedance) * slow
    left = euler_flux(r_left, m_left, e_left, p_left)
    right = euler_flux(r_right, m_right, e_right, p_right)
    sums = [one + other for one, other in zip(left, right, strict=True)]
    c = 0.5 * mean_density / a
    upwind = (
        w0 + c * w1 - c * w2,
        w0 * u + c * w1 * (u + a) - c * w2 * (u - a),
        w0 * 0.5 * u_squared + c * w1 * (h + u * a) - c * w2 * (h - u * a),
    )
    return tuple([0.5 * (each - wave) for each, wave in zip(sums, upwind, strict=True)])


# --- A robot's arm --------------------------------------------------------------------------------


def robot_arm(t1, t2, t3, t4, t5, t6):
    """Where the hand of an arm with six joints is, and how it is turned: J. Denavit & R. S.
    Hartenberg's parameters (ASME J. Appl. Mech. 22, 1955), angles by Z, Y, Z."""
    a1, a2, a3, d1, d4, d6 = 175.0, 890.0, 50.0, 575.0, 1035.0, 185.0
    c1, c2, c4, c5, c6 = (np.cos(t) for t in (t1, t2, t4, t5, t6))
    c23 = np.cos(t2) * np.cos(t3) - np.sin(t2) * np.sin(t3)
    s1, s2, s4, s5, s6 = (np.sin(t) for t in (t1, t2, t4, t5, t6))
    s23 = np.cos(t2) * np.sin(t3) + np.sin(t2) * np.cos(t3)
    ax = s5 * (c1 * c23 * c4 + s1 * s4) + c1 * s23 * c5
    ay = s5 * (s1 * c23 * c4 - c1 * s4) + s1 * s23 * c5
    az = s23 * c4 * s5 - c23 * c5
    nz = c6 * (c23 * s5 + s23 * c4 * c5) - s23 * s4 * s6
    oz = -s6 * (c23 * s5 + s23 * c4 * c5) - s23 * s4 * c6
    turned = (
        np.arctan2(ay, ax),
        np.arctan2(np.sqrt(1.0 - az**2), az),
        np.arctan2(oz, -nz),
    )
    hand_x = d6 * (s5 * (c1 * c23 * c4 + s1 * s4) + c1 * s23 * c5)
    x = hand_x + c1 * (a1 + a2 * c2 + a3 * c23 + d4 * s23)
    hand_y = d6 * (s5 * (s1 * c23 * c4 + c1 * s4) + s1 * s23 * c5)
    y = hand_y + s1 * (a1 + a2 * c2 + a3 * c23 + d4 * s23)
    z = a2 * s2 + d1 + a3 * s23 - d4 * c23 + d6 * (s23 * c4 * s5 - c23 * c5)
    return x, y, z, *turned


# --- MINPACK-2 ------------------------------------------------------------------------------------


def heart_dipole(x1, x2, x3, x4, x5, x6, x7, x8):
    """The human heart as a dipole: B. M. Averick, R. G. Carter, J. J. Moré & G.-L. Xue, "The
    MINPACK-2 Test Problem Collection" (1992), with every constant 1."""
    f1 = x1 + x2 - 1.0
    f2 = x3 + x4 - 1.0
    f3 = x5 * x1 + x6 * x2 - x7 * x3 - x8 * x4 - 1.0
    f4 = x7 * x1 + x8 * x2 + x5 * x3 + x6 * x4 - 1.0
    x57 = x5**2 - x7**2
    x68 = x6**2 - x8**2
    f5 = x1 * x57 - 2 * x3 * x5 * x7 + x2 * x68 - 2 * x4 * x6 * x8 - 1.0
    f6 = x3 * x57 - 2 * x1 * x5 * x7 + x4 * x68 - 2 * x2 * x6 * x8 - 1.0
    x557 = x5 * (x5**2 - 3 * x7**2)
    x775 = x7 * (x7**2 - 3 * x5**2)
    x668 = x6 * (x6**2 - 3 * x8**2)
    x886 = x8 * (x8**2 - 3 * x6**2)
    f7 = x1 * x557 + x3 * x775 + x2 * x668 + x4 * x886 - 1.0
    f8 = x3 * x557 - x1 * x775 + x4 * x668 - x2 * x886 - 1.0
    return f1, f2, f3, f4, f5, f6, f7, f8


def propane_combustion(x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11):
    """The full formulation of propane's combustion in air, of the same collection."""
    p, r = 40.0, 10.0
    root = np.sqrt(p / x11)
    return (
        x1 + x4 - 3.0,
        2 * x1 + x2 + x4 + x7 + x8 + x9 + 2 * x10 - r,
        2 * x2 + 2 * x5 + x6 + x7 - 8.0,
        2 * x3 + x9 - 4 * r,
        x2 * x4 - x1 * x5,
        np.sqrt(x2 * x4) - np.sqrt(x1) * root * x6,
        np.sqrt(x1 * x2) - np.sqrt(x4) * x7 * root,
        x1 - x4 * x8 * p / x11,
        x1 * np.sqrt(x3) - x4 * x9 * root,
        x1**2 - x4**2 * x10 * p / x11,
        x11 - x1 - x2 - x3 - x4 - x5 - x6 - x7 - x8 - x9 - x10,
    )


# --- Black and Scholes ----------------------------------------------------------------------------

erf = ad.elementwise(math.erf, lambda _y, x: 2 / np.sqrt(np.pi) * np.exp(-x * x))


def greeks(spot, strike, rate, volatility, time):
    """The derivatives of the price of a call (F. Black & M. Scholes, J. Political Economy 81, 1973)
    by all five inputs, as reverse mode on the graph of the price writes them, a product by each
    local derivative in turn, those by 1 among them: a function whose Jacobian is wanted."""
    # The price, and its local derivatives
    growth = np.exp(rate * time)
    forward = growth * spot
    moneyness = forward / strike
    by_forward, by_strike = 1.0 / strike, -forward / strike**2
    variance, by_volatility = volatility**2, 2.0 * (1.0 * volatility)
    by_moneyness = 1.0 / moneyness
    half = variance / 2.0
    above = np.log(moneyness) + half * time
    first_root = np.sqrt(time)
    by_time = 0.5 / first_root
    spread = volatility * first_root
    d1 = above / spread
    by_above, by_spread = 1.0 / spread, -above / spread**2
    second_root = np.sqrt(time)
    by_time_again = 0.5 / second_root
    d2 = d1 - volatility * second_root
    minus_rate = -rate
    discount = np.exp(minus_rate * time)
    root = np.sqrt(2.0)
    z1, z2 = d1 / root, d2 / root
    bell1 = 2.0 * np.exp(-(z1**2)) / np.sqrt(np.pi)
    bell2 = 2.0 * np.exp(-(z2**2)) / np.sqrt(np.pi)
    phi1, phi2 = (1.0 + erf(z1)) / 2.0, (1.0 + erf(z2)) / 2.0
    expected = forward * phi1 - strike * phi2
    # And back, from the price
    of_gain, of_loss = discount * 1.0, discount * -1.0
    strike_paid = of_loss * phi2
    of_d2 = of_loss * strike * 0.5 * 1.0 * bell2 * (1.0 / root)
    forward_paid = of_gain * phi1
    of_d1_alone = of_gain * forward * 0.5 * 1.0 * bell1 * (1.0 / root)
    of_exponent = expected * discount
    of_minus_rate = of_exponent * time
    time_discounted = of_exponent * minus_rate
    rate_discounted = of_minus_rate * -1.0
    of_d1 = of_d2 * 1.0 + of_d1_alone
    of_step = of_d2 * -1.0
    volatility_stepped = of_step * second_root
    time_so_far = of_step * volatility * by_time_again + time_discounted
    of_above, of_spread = of_d1 * by_above, of_d1 * by_spread
    volatility_so_far = of_spread * first_root + volatility_stepped
    time_so_far = of_spread * volatility * by_time + time_so_far
    of_log, of_variance = of_above * 1.0, of_above * 1.0
    of_half = of_variance * time
    time_so_far = of_variance * half + time_so_far
    vega = of_half * 0.5 * by_volatility + volatility_so_far
    of_moneyness = of_log * by_moneyness
    of_forward = of_moneyness * by_forward + forward_paid
    by_k = of_moneyness * by_strike + strike_paid
    of_growth, delta = of_forward * spot, of_forward * growth
    grown = of_growth * growth
    rho = grown * time + rate_discounted
    theta = grown * rate + time_so_far
    return delta, by_k, rho, vega, theta


# --- Where it matters without bound ---------------------------------------------------------------


def through_one(x, rounds):
    """As many numbers as there are inputs, each through so many functions, meet in one; and from
    there to as many outputs, again by so many functions each."""
    for _ in range(rounds):
        x = np.sin(x)
    x = np.sum(x) * np.linspace(1.0, 2.0, np.size(x))
    for _ in range(rounds):
        x = np.cos(x)
    return x


PUBLISHED = (
    Case(
        "roe-flux",
        "Roe's flux of Euler's equations in one dimension",
        roe_flux,
        (1.0, 0.5, 2.5, 0.8, 0.3, 2.0),
        {"forward": 620, "reverse": 364, "markowitz": 407, "learned": 320, "markowitz-last": 344},
    ),
    Case(
        "robot-arm",
        "an arm of six joints: where its hand is",
        robot_arm,
        (0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
        {"forward": 397, "reverse": 301, "markowitz": 288, "learned": 231, "markowitz-last": 221},
    ),
    Case(
        "heart-dipole",
        "the human heart as a dipole",
        heart_dipole,
        (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
        {"forward": 240, "reverse": 172, "markowitz": 194, "learned": 148, "markowitz-last": 148},
    ),
    Case(
        "propane",
        "combustion of propane in air",
        propane_combustion,
        (0.5, 1.0, 1.5, 2.0, 0.4, 0.3, 0.7, 0.8, 0.9, 1.1, 1.2),
        {"forward": 151, "reverse": 90, "markowitz": 111, "learned": 88, "markowitz-last": 88},
    ),
    Case(
        "black-scholes",
        "the Greeks of Black and Scholes, by all inputs",
        greeks,
        (1.1, 1.0, 0.05, 0.3, 0.9),
        {"forward": 545, "reverse": 572, "markowitz": 350, "learned": 307, "markowitz-last": 335},
        "JAX keeps results that nobody uses, the slopes by constants and the price itself, and they"
        " eliminate these too: with them forward mode takes 582 here, and reverse mode 629. By"
        " Markowitz's rule they count what is counted here.",
    ),
)
