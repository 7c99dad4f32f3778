"""Bodies that move, and ordinary differential equations."""

import numpy as np

from tests.public_code.program import program


def pull(place, mass, softening):
    offset = place[np.newaxis, :, :] - place[:, np.newaxis, :]
    strength = np.sum(offset**2, axis=2) + softening**2
    apart = strength > softening**2
    strength[apart] **= -1.5
    strength[~apart] = 0.0
    return np.einsum("ij,ijk->ik", strength * mass, offset)


@program(
    "stars under gravity, leapfrog",
    "pmocz/nbody-python, nbody.py (GPL-3.0)",
    lambda rng: (rng.standard_normal((3, 3)), rng.standard_normal((3, 3)), 1 + rng.random(3)),
)
def nbody(place, speed, mass, dt=0.05, steps=2):
    speed -= np.average(speed, axis=0, weights=mass)
    path = np.zeros((steps, 3, 3), like=place)  # was: path = np.zeros((steps, 3, 3))
    energy = np.zeros(steps, like=place)  # was: energy = np.zeros(steps)
    one, other = np.triu_indices(3, 1)
    force = pull(place, mass, 0.1)
    for step in range(steps):
        speed += force * (dt / 2)
        place += speed * dt
        force = pull(place, mass, 0.1)
        speed += force * (dt / 2)
        path[step] = place
        energy[step] = np.sum(mass[:, None] * speed**2) / 2
        distance = np.linalg.norm(place[one] - place[other], axis=1)
        energy[step] -= np.sum(mass[one] * mass[other] / distance)
    return path, energy


C = np.array([0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1])
A = np.array(
    [
        [0, 0, 0, 0, 0],
        [1 / 5, 0, 0, 0, 0],
        [3 / 40, 9 / 40, 0, 0, 0],
        [44 / 45, -56 / 15, 32 / 9, 0, 0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
    ]
)
B = np.array([35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84])


def rk_step(fun, t, y, f, h, K):
    K[0] = f
    for s, (a, c) in enumerate(zip(A[1:], C[1:], strict=True), start=1):
        dy = np.dot(K[:s].T, a[:s]) * h
        K[s] = fun(t + c * h, y + dy)
    y_new = y + h * np.dot(K[:-1].T, B)
    f_new = fun(t + h, y_new)
    K[-1] = f_new
    return y_new, f_new


@program(
    "Dormand and Prince's step, of Lorenz's equations",
    "scipy/scipy, scipy/integrate/_ivp/rk.py (BSD-3-Clause)",
    lambda rng: (rng.random(3), np.array([10.0, 28.0, 8 / 3])),
)
def lorenz(y, parameters, h=0.02):
    def fun(t, y):
        sigma, rho, beta = parameters
        out = np.empty_like(y)
        out[0] = sigma * (y[1] - y[0])
        out[1] = y[0] * (rho - y[2]) - y[1]
        out[2] = y[0] * y[1] - beta * y[2]
        return out

    K = np.empty((7, 3), dtype=y.dtype, like=y)  # was: K = np.empty((7, 3), dtype=y.dtype)
    f = fun(0.0, y)
    for i in range(3):
        y, f = rk_step(fun, i * h, y, f, h, K)
    return y, K


@program(
    "birds that flock",
    "rougier/from-python-to-numpy, code/boid-numpy.py (BSD)",
    lambda rng: (rng.random((5, 2)), rng.random((5, 2)) - 0.5),
)
def flock(position, velocity):
    n = len(position)
    dx = np.subtract.outer(position[:, 0], position[:, 0])
    dy = np.subtract.outer(position[:, 1], position[:, 1])
    distance = np.hypot(dx, dy)
    near = (distance > 0) & (distance < 0.5)
    count = np.maximum(near.sum(axis=1), 1).reshape(n, 1)
    alignment = np.dot(near, velocity) / count
    norm = np.sqrt((alignment * alignment).sum(axis=1)).reshape(n, 1)
    np.divide(alignment, norm, out=alignment, where=norm != 0)
    alignment -= velocity
    cohesion = np.dot(near, position) / count - position
    target = np.dstack((dx, dy))
    np.divide(target, distance.reshape(n, n, 1) ** 2, out=target, where=distance[..., None] != 0)
    separation = (target * near.reshape(n, n, 1)).sum(axis=1) / count
    velocity += 0.1 * separation + 0.05 * alignment + 0.02 * cohesion
    speed = np.sqrt((velocity * velocity).sum(axis=1))
    fast = speed > 0.3
    velocity[fast] *= (0.3 / speed[fast]).reshape(-1, 1)
    position += velocity
    position %= 1.0
    return position, velocity


@program(
    "atoms in a box, Lennard-Jones forces pair by pair",
    "fredericstrand/INF203, src/ljts/molecule.py (licence not known)",
    lambda rng: (np.array([[0.2, 0.1], [1.3, 0.3], [0.4, 1.4]]) + 0.1 * rng.random((3, 2)),),
)
def atoms(r, dt=0.01, box=3.0):
    n = len(r)
    v = np.zeros_like(r)
    for _ in range(2):
        force = np.zeros((n, 2), like=r)  # was: force = np.zeros((n, 2))
        for i in range(n - 1):
            for j in range(i + 1, n):
                d = r[i] - r[j]
                d -= box * np.rint(d / box)
                s6 = (1.0 / np.dot(d, d)) ** 3
                f = 24 * s6 * (2 * s6 - 1) * d / (d @ d)
                force[i] += f
                force[j] -= f
        v += force * dt
        r += v * dt
    return r
