"""Fluids and waves on grids."""

import numpy as np

from tests.public_code.program import program


def build_up_b(b, dt, u, v, h):
    b[1:-1, 1:-1] = (
        ((u[1:-1, 2:] - u[1:-1, :-2]) + (v[2:, 1:-1] - v[:-2, 1:-1])) / (2 * h * dt)
        - ((u[1:-1, 2:] - u[1:-1, :-2]) / (2 * h)) ** 2
        - 2 * (u[2:, 1:-1] - u[:-2, 1:-1]) * (v[1:-1, 2:] - v[1:-1, :-2]) / (4 * h * h)
        - ((v[2:, 1:-1] - v[:-2, 1:-1]) / (2 * h)) ** 2
    )
    return b


def pressure_poisson(p, b, h, steps):
    pn = np.empty_like(p)
    for _ in range(steps):
        pn = p.copy()
        p[1:-1, 1:-1] = (
            pn[1:-1, 2:] + pn[1:-1, :-2] + pn[2:, 1:-1] + pn[:-2, 1:-1] - h * h * b[1:-1, 1:-1]
        ) / 4
        p[:, -1] = p[:, -2]
        p[0, :] = p[1, :]
        p[:, 0] = p[:, 1]
        p[-1, :] = 0
    return p


@program(
    "driven cavity, Navier–Stokes by projection",
    "barbagroup/CFDPython, lessons/15_Step_11.ipynb (BSD-3-Clause)",
    lambda rng: (0.1 * rng.random((5, 5)), 0.1 * rng.random((5, 5)), 0.1 * rng.random((5, 5))),
)
def cavity(u, v, p, dt=0.01, h=0.5, nu=0.1):
    un, vn = np.empty_like(u), np.empty_like(v)
    b = np.zeros(u.shape, like=u)  # was: b = np.zeros(u.shape)
    for _ in range(2):
        un, vn = u.copy(), v.copy()
        b = build_up_b(b, dt, u, v, h)
        p = pressure_poisson(p, b, h, 2)
        for w, wn in ((u, un), (v, vn)):
            w[1:-1, 1:-1] = (
                wn[1:-1, 1:-1]
                - un[1:-1, 1:-1] * dt / h * (wn[1:-1, 1:-1] - wn[1:-1, :-2])
                - vn[1:-1, 1:-1] * dt / h * (wn[1:-1, 1:-1] - wn[:-2, 1:-1])
                + nu * dt / h**2 * (wn[1:-1, 2:] + wn[1:-1, :-2] - 4 * wn[1:-1, 1:-1])
                + nu * dt / h**2 * (wn[2:, 1:-1] + wn[:-2, 1:-1])
            )
        u[1:-1, 1:-1] -= dt / (2 * h) * (p[1:-1, 2:] - p[1:-1, :-2])
        v[1:-1, 1:-1] -= dt / (2 * h) * (p[2:, 1:-1] - p[:-2, 1:-1])
        u[0, :] = u[:, 0] = u[:, -1] = 0
        u[-1, :] = 1
        v[0, :] = v[-1, :] = v[:, 0] = v[:, -1] = 0
    return u, v, p


@program(
    "flow past a wall, lattice Boltzmann",
    "pmocz/latticeboltzmann-python, latticeboltzmann.py (GPL-3.0)",
    lambda rng: (1 + rng.random((3, 4)),),
)
def lattice(density, omega=1.7):
    e = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])
    weight = np.where(e == 0, 4, 1).prod(axis=1) / 36
    f = np.empty((9, 3, 4), like=density)  # was: f = np.empty((9, 3, 4))
    f[:] = weight[:, None, None] * density
    f[5] += 0.1
    wall = np.zeros((3, 4), dtype=bool)
    wall[1, 2:] = True
    for _ in range(2):
        for k in range(9):
            f[k] = np.roll(f[k], e[k], axis=(0, 1))
        back = f[::-1, wall]
        total = f.sum(axis=0)
        flow = np.tensordot(e.T, f, 1) / total
        rest = np.empty(f.shape, like=f)  # was: rest = np.empty(f.shape)
        for k in range(9):
            along = e[k, 0] * flow[0] + e[k, 1] * flow[1]
            rest[k] = 1 + 3 * along + 4.5 * along**2 - 1.5 * (flow**2).sum(axis=0)
            rest[k] *= weight[k] * total
        f *= 1 - omega
        f += omega * rest
        f[:, wall] = back
    return f


@program(
    "diffusion by alternating directions",
    "spcl/npbench, npbench/benchmarks/polybench/adi/adi_numpy.py (BSD-3-Clause)",
    lambda rng: (rng.random((6, 6)),),
)
def adi(u, a=-1.5, d=-0.75, steps=2):
    n = len(u)
    v = np.empty(u.shape, dtype=u.dtype, like=u)  # was: v = np.empty(u.shape, dtype=u.dtype)
    p = np.empty(u.shape, dtype=u.dtype)
    q = np.empty(u.shape, dtype=u.dtype, like=u)  # was: q = np.empty(u.shape, dtype=u.dtype)
    for _ in range(steps):
        v[0, 1:-1] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = v[0, 1:-1]
        for j in range(1, n - 1):
            p[1:-1, j] = -a / (a * p[1:-1, j - 1] + 1 - 2 * a)
            q[1:-1, j] = (
                -d * u[j, :-2] + (1 + 2 * d) * u[j, 1:-1] - d * u[j, 2:] - a * q[1:-1, j - 1]
            ) / (a * p[1:-1, j - 1] + 1 - 2 * a)
        v[-1, 1:-1] = 1.0
        for j in range(n - 2, 0, -1):
            v[j, 1:-1] = p[1:-1, j] * v[j + 1, 1:-1] + q[1:-1, j]
        u[1:-1, 1:-1] = v[1:-1, 1:-1].T
    return u


@program(
    "electromagnetic waves on Yee's grid",
    "spcl/npbench, npbench/benchmarks/polybench/fdtd_2d/fdtd_2d_numpy.py (BSD-3-Clause)",
    lambda rng: (rng.random((4, 5)), rng.random((4, 5)), rng.random((4, 5)), rng.random(3)),
)
def waves(ex, ey, hz, pulse):
    for t in range(len(pulse)):
        ey[0, :] = pulse[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return hz


@program(
    "vertical advection, a tridiagonal solve for every column",
    "spcl/npbench, npbench/benchmarks/weather_stencils/vadv/vadv_numpy.py (BSD-3-Clause)",
    lambda rng: (rng.random((2, 3, 5)), rng.random((2, 3, 5)), rng.random((2, 3, 4))),
)
def advection(tendency, u, w, dtr=3.0):
    nx, ny, nz = u.shape
    # The type takes no like=; np.empty makes the same array.
    ccol = np.empty((nx, ny, nz), like=u)  # was: ccol = np.ndarray((nx, ny, nz))
    dcol = np.empty((nx, ny, nz), like=u)  # was: dcol = np.ndarray((nx, ny, nz))
    for k in range(nz):
        below = -0.25 * w[:, :, k - 1] if k > 0 else 0.0
        above = 0.25 * w[:, :, k] if k < nz - 1 else 0.0
        ccol[:, :, k] = above
        dcol[:, :, k] = dtr * u[:, :, k] + tendency[:, :, k]
        if k > 0:
            dcol[:, :, k] -= below * (u[:, :, k - 1] - u[:, :, k])
            divided = 1.0 / (dtr - below - above - ccol[:, :, k - 1] * below)
            dcol[:, :, k] = (dcol[:, :, k] - dcol[:, :, k - 1] * below) * divided
        else:
            divided = 1.0 / (dtr - above)
            dcol[:, :, k] *= divided
        ccol[:, :, k] = ccol[:, :, k] * divided
    for k in range(nz - 2, -1, -1):
        dcol[:, :, k] -= ccol[:, :, k] * dcol[:, :, k + 1]
        tendency[:, :, k] = dtr * (dcol[:, :, k] - u[:, :, k])
    return tendency


@program(
    "a limited diffusive flux on a weather grid",
    "spcl/npbench, npbench/benchmarks/weather_stencils/hdiff/hdiff_numpy.py (BSD-3-Clause)",
    lambda rng: (rng.random((6, 6, 2)), rng.random((2, 2, 2))),
)
def limited(field, coeff):
    out = np.zeros_like(coeff)
    lap = 4.0 * field[1:-1, 1:-1, :] - (
        field[2:, 1:-1, :] + field[:-2, 1:-1, :] + field[1:-1, 2:, :] + field[1:-1, :-2, :]
    )
    res = lap[1:, 1:-1, :] - lap[:-1, 1:-1, :]
    flx = np.where(res * (field[2:-1, 2:-2, :] - field[1:-2, 2:-2, :]) > 0, 0, res)
    res = lap[1:-1, 1:, :] - lap[1:-1, :-1, :]
    fly = np.where(res * (field[2:-2, 2:-1, :] - field[2:-2, 1:-2, :]) > 0, 0, res)
    out[:, :, :] = field[2:-2, 2:-2, :] - coeff * (
        flx[1:, :, :] - flx[:-1, :, :] + fly[:, 1:, :] - fly[:, :-1, :]
    )
    return out


@program(
    "smoothing by Gauss and Seidel, in place",
    "spcl/npbench, npbench/benchmarks/polybench/seidel_2d/seidel_2d_numpy.py (BSD-3-Clause)",
    lambda rng: (rng.random((5, 5)),),
)
def seidel(A):
    n = A.shape[0]
    for _ in range(2):
        for i in range(1, n - 1):
            A[i, 1:-1] += A[i - 1, :-2] + A[i - 1, 1:-1] + A[i - 1, 2:] + A[i, 2:]
            A[i, 1:-1] += A[i + 1, :-2] + A[i + 1, 1:-1] + A[i + 1, 2:]
            for j in range(1, n - 1):
                A[i, j] += A[i, j - 1]
                A[i, j] /= 9.0
    return A
