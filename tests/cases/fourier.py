import numpy as np

from tests.cases import case, normal

FFT = np.fft
ONE_AXIS = (FFT.fft, FFT.ifft, FFT.irfft, FFT.hfft)
OF_REAL = (FFT.rfft, FFT.ihfft)
SEVERAL = (FFT.fftn, FFT.ifftn, FFT.rfftn, FFT.irfftn)
TWO = (FFT.fft2, FFT.ifft2, FFT.rfft2, FFT.irfft2)
Z = normal(2, 4) + 1j * normal(2, 4, seed=1)


def wave(x):
    """Complex numbers whose real and imaginary parts both depend on x."""
    return x * (1 + 0.5j) + 1j * x * x


CASES = [
    # even and odd lengths, cut and filled up, every norm, other axes
    *(case(f, f, normal(n)) for f in (*ONE_AXIS, *OF_REAL) for n in (2, 5)),
    *(case(f, lambda x, f=f: f(wave(x)), normal(2, 4)) for f in ONE_AXIS),
    *(case(f, f, Z) for f in ONE_AXIS),
    *(case(f, lambda x, f=f: f(wave(x), axis=0), normal(5, 2)) for f in ONE_AXIS),
    *(case(f, lambda x, f=f: f(x, axis=-2, norm="ortho"), normal(3, 2)) for f in OF_REAL),
    *(
        case(f, lambda x, f=f, n=n: f(wave(x), n, norm="forward"), normal(4))
        for f in ONE_AXIS
        for n in (1, 2, 3, 6, 7)
    ),
    *(
        case(f, lambda x, f=f, n=n: f(x * x, n, 0), normal(4, 2))
        for f in OF_REAL
        for n in (1, 2, 3, 6, 7)
    ),
    *(case(f, lambda x, f=f: f(wave(x), norm="ortho"), normal(4)) for f in ONE_AXIS),
    *(case(f, lambda x, f=f: f(x, 4), normal(0, 3)) for f in (*ONE_AXIS, *OF_REAL)),
    # several axes: all, some, in another order, one of them twice, cut and filled up
    *(case(f, f, normal(3, 4)) for f in (*SEVERAL, *TWO)),
    *(
        case(f, lambda x, f=f: f(x * x, axes=(2, 0), norm="ortho"), normal(2, 3, 4))
        for f in SEVERAL
    ),
    *(case(f, lambda x, f=f: f(x, (5, -1), (0, 1)), normal(3, 4)) for f in (*SEVERAL, *TWO)),
    *(case(f, lambda x, f=f: f(x, (2, 3), (-1, 0), "forward"), normal(3, 4)) for f in SEVERAL),
    *(case(f, lambda x, f=f: f(wave(x), axes=(0, 0)), normal(3)) for f in (FFT.fftn, FFT.ifftn)),
    case(FFT.irfftn, FFT.irfftn, Z),
    # back where one came from, by way of a product: a convolution
    case(FFT.irfft, lambda x: FFT.irfft(FFT.rfft(x, 7) * FFT.rfft(x * x, 7), 7), normal(4)),
    case(FFT.ifft, lambda x: np.real(FFT.ifft(FFT.fft(x) ** 2)), normal(5)),
    case(FFT.rfft, lambda x: np.abs(FFT.rfft(x)) ** 2, normal(5)),
    # the zero frequency in the middle
    *(
        case(f, lambda x, f=f, axes=axes: f(x * x, axes), normal(3, 4))
        for f in (FFT.fftshift, FFT.ifftshift)
        for axes in (None, 0, (1,), (0, -1))
    ),
    case(FFT.fftshift, FFT.fftshift, normal(5)),
    # a sampling distance is a number like any other
    case(FFT.rfft, lambda x, d: FFT.rfft(x) * FFT.rfftfreq(4, d), normal(4), 0.5),
    case(FFT.fft, lambda x, d: FFT.fft(x) * FFT.fftfreq(5, d), normal(5), 0.5),
]  # fmt: skip
