"""Signals and images."""

import math

import numpy as np

from tests.public_code.program import program


@program(
    "Deriche's recursive edge filter",
    "spcl/npbench, npbench/benchmarks/polybench/deriche/deriche_numpy.py (BSD-3-Clause)",
    lambda rng: (0.25, rng.random((4, 5))),
)
def deriche(alpha, image):
    k = (1.0 - np.exp(-alpha)) ** 2 / (1.0 + alpha * np.exp(-alpha) - np.exp(2.0 * alpha))
    a = k, k * np.exp(-alpha) * (alpha - 1.0), k * np.exp(-alpha) * (alpha + 1.0)
    b1, b2 = 2.0 ** (-alpha), -np.exp(-2.0 * alpha)
    y1 = np.empty_like(image)
    y1[:, 0] = a[0] * image[:, 0]
    y1[:, 1] = a[0] * image[:, 1] + a[1] * image[:, 0] + b1 * y1[:, 0]
    for j in range(2, image.shape[1]):
        y1[:, j] = a[0] * image[:, j] + a[1] * image[:, j - 1]
        y1[:, j] += b1 * y1[:, j - 1] + b2 * y1[:, j - 2]
    y2 = np.empty_like(image)
    y2[:, -1] = 0.0
    y2[:, -2] = a[2] * image[:, -1]
    for j in range(image.shape[1] - 3, -1, -1):
        y2[:, j] = a[2] * image[:, j + 1] + b1 * y2[:, j + 1] + b2 * y2[:, j + 2]
    image[:] = y1 + y2
    return image


@program(
    "noise out of an image, by total variation",
    "scikit-image/scikit-image, skimage/restoration/_denoise.py (BSD-3-Clause)",
    lambda rng: (rng.random((4, 5)),),
)
def denoised(image, weight=0.1, eps=2e-4):
    shape = (image.ndim, *image.shape)
    p = np.zeros(shape, like=image)  # was: p = np.zeros(shape)
    g = np.zeros_like(p)
    d = np.zeros_like(image)
    for i in range(3):
        if i > 0:
            d = -p.sum(0)
            for ax in range(image.ndim):
                slices_d = [slice(None)] * image.ndim
                slices_p = [ax] + [slice(None)] * image.ndim
                slices_d[ax], slices_p[ax + 1] = slice(1, None), slice(0, -1)
                d[tuple(slices_d)] += p[tuple(slices_p)]
            out = image + d
        else:
            out = image
        E = (d**2).sum()
        for ax in range(image.ndim):
            slices_g = [ax] + [slice(None)] * image.ndim
            slices_g[ax + 1] = slice(0, -1)
            g[tuple(slices_g)] = np.diff(out, axis=ax)
        norm = np.sqrt((g**2).sum(axis=0))[np.newaxis, ...]
        E += weight * norm.sum()
        norm *= 1.0 / (2.0 * image.ndim) / weight
        norm += 1.0
        p -= 1.0 / (2.0 * image.ndim) * g
        p /= norm
        E /= float(image.size)
        if i == 0:
            first = previous = E
        elif np.abs(previous - E) < eps * first:
            break
        previous = E
    return out


@program(
    "smoothing by fits of a polynomial",
    "scipy/scipy-cookbook, ipython/SavitzkyGolay.ipynb (BSD-3-Clause)",
    lambda rng: (rng.random(9),),
)
def savitzky_golay(y, window=5, order=2):
    half = (window - 1) // 2
    b = np.array([[k**i for i in range(order + 1)] for k in range(-half, half + 1)])
    m = np.linalg.pinv(b)[0]
    first = y[0] - np.abs(y[1 : half + 1][::-1] - y[0])
    last = y[-1] + np.abs(y[-half - 1 : -1][::-1] - y[-1])
    y = np.concatenate((first, y, last))
    return np.convolve(m[::-1], y, mode="valid")


@program(
    "Lomb and Scargle's periodogram",
    "astropy/astropy, astropy/timeseries/periodograms/lombscargle/implementations/slow_impl.py "
    "(BSD-3-Clause)",
    lambda rng: (np.sort(rng.random(6)), rng.random(6), 0.1 + 0.1 * rng.random(6)),
)
def periodogram(t, y, dy):
    t, y, dy = np.broadcast_arrays(t, y, dy)
    frequency = np.asarray([1.0, 2.5])
    w = dy**-2.0
    w /= w.sum()
    y = y - np.dot(w, y)
    omega = (2 * np.pi * frequency).ravel()[np.newaxis, :]
    t, y, w = (x[:, np.newaxis] for x in (t, y, w))
    sin, cos = np.sin(omega * t), np.cos(omega * t)
    S2 = 2 * np.dot(w.T, sin * cos)
    C2 = 2 * np.dot(w.T, 0.5 - sin**2)
    S, C = np.dot(w.T, sin), np.dot(w.T, cos)
    S2 -= 2 * S * C
    C2 -= C * C - S * S
    shifted = omega * t - 0.5 * np.arctan2(S2, C2)
    sin, cos = np.sin(shifted), np.cos(shifted)
    YC, YS = np.dot((w * y).T, cos), np.dot((w * y).T, sin)
    CC, SS = np.dot(w.T, cos * cos), np.dot(w.T, sin * sin)
    CC -= np.dot(w.T, cos) ** 2
    SS -= np.dot(w.T, sin) ** 2
    p = YC * YC / CC + YS * YS / SS
    p /= np.dot(w.T, y * y)
    return p.ravel()


@program(
    "dynamic time warping",
    "simpleParadox/jwlab_eeg, classification/dtw.py (licence not known)",
    lambda rng: (rng.random(4), rng.random(5)),
)
def warping(x, y):
    r, c = len(x), len(y)
    D0 = np.zeros((r + 1, c + 1), like=x)  # was: D0 = np.zeros((r + 1, c + 1))
    D0[0, 1:] = np.inf
    D0[1:, 0] = np.inf
    D1 = D0[1:, 1:]
    for i in range(r):
        for j in range(c):
            D1[i, j] = abs(x[i] - y[j])
    for i in range(r):
        for j in range(c):
            before = [D0[i, j], D0[i + 1, j], D0[i, j + 1]]
            D1[i, j] += np.min(np.array(before, like=x))  # was: D1[i, j] += np.min(before)
    return D1[-1, -1] / sum(D1.shape)


@program(
    "a Fourier transform after Stockham",
    "spcl/npbench, npbench/benchmarks/stockham_fft/stockham_fft_numpy.py (BSD-3-Clause)",
    lambda rng: (rng.random(8),),
)
def stockham(x, R=2, K=3):
    i_coord, j_coord = np.mgrid[0:R, 0:R]
    dft_mat = np.exp(-2.0j * np.pi * i_coord * j_coord / R)
    y = np.empty(len(x), complex, like=x)  # was: y = np.empty(len(x), complex)
    y[:] = x[:]
    ii_coord, jj_coord = np.mgrid[0:R, 0 : R**K]
    for i in range(K):
        yv = np.reshape(y, (R**i, R, R ** (K - i - 1)))
        D = np.empty((R, R**i, R ** (K - i - 1)), dtype=complex)
        turned = np.exp(-2.0j * np.pi * ii_coord[:, : R**i] * jj_coord[:, : R**i] / R ** (i + 1))
        D[:] = np.repeat(np.reshape(turned, (R, R**i, 1)), R ** (K - i - 1), axis=2)
        twisted = np.reshape(np.transpose(yv, axes=(1, 0, 2)), -1) * np.reshape(D, -1)
        y[:] = np.reshape(dft_mat @ np.reshape(twisted, (R, R ** (K - 1))), -1)
    return np.abs(y)


@program(
    "a layer of a network: convolution, its loop written out, and the largest of four",
    "spcl/npbench, npbench/benchmarks/deep_learning/lenet/lenet_numpy.py (BSD-3-Clause)",
    lambda rng: (rng.random((1, 5, 5, 2)), rng.random((2, 2, 2, 3))),
)
def layer(image, weights):
    out = np.empty((1, 4, 4, 3), like=image)  # was: out = np.empty((1, 4, 4, 3))
    for i in range(4):
        for j in range(4):
            part = image[:, i : i + 2, j : j + 2, :, np.newaxis]
            out[:, i, j, :] = np.sum(part * weights[np.newaxis, :, :, :], axis=(1, 2, 3))
    x = np.maximum(out, 0)
    pooled = np.empty([1, 2, 2, 3], like=x)  # was: pooled = np.empty([1, 2, 2, 3])
    for i in range(2):
        for j in range(2):
            pooled[:, i, j, :] = np.max(x[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, :], axis=(1, 2))
    return pooled


@program(
    "escape from the Mandelbrot set, by masks",
    "spcl/npbench, npbench/benchmarks/mandelbrot1/mandelbrot1_numpy.py (BSD-3-Clause)",
    lambda rng: (-0.4 + 0.1 * rng.random(3), 0.3 * rng.random(2)),
)
def mandelbrot(x, y, steps=4):
    C = x + y[:, None] * 1j
    N = np.zeros(C.shape, dtype=np.int64)
    Z = np.zeros(C.shape, complex, like=C)  # was: Z = np.zeros(C.shape, complex)
    for n in range(steps):
        inside = np.less(abs(Z), 2.0)
        N[inside] = n
        Z[inside] = Z[inside] ** 2 + C[inside]
    N[steps - 1 == N] = 0
    return abs(Z)


@program(
    "a Gaussian blur, its kernel made by math",
    "vbisin/Image-Restoration-Algorithm-TwIST, kernel.py (licence not known)",
    lambda rng: (np.array([0.8]), rng.random(7)),
)
def blurred(sigma, signal):
    s2, k = 2 * sigma[0] ** 2, range(-2, 3)
    kernel = [np.exp(-(i**2) / s2) for i in k]  # was: kernel = [math.exp(-(i**2) / s2) for i in k]
    kernel = np.array(kernel, like=sigma)  # was: kernel = np.array(kernel)
    kernel /= kernel.sum() * math.sqrt(2)
    return np.convolve(signal, kernel, "same")
