import numpy as np

from tests.cases import case, normal

P, Q = normal(4), normal(3, seed=1)
LEADING_ZERO = np.array([0.0, 2.0, -1.0])
X = np.linspace(-1.0, 2.0, 7)
CUBIC = np.array([1.0, -3.5, 1.0, 1.5])
COMPLEX = normal(3) + 1j * normal(3, seed=1)

CASES = [
    case(np.polyval, np.polyval, P, normal(2, 3)),
    case(np.polyval, np.polyval, P, 0.7),
    case(np.polyval, lambda x: np.polyval([1, 0, 2], x), normal(3)),
    case(np.polyval, lambda p: np.polyval(p, np.arange(3)), P),
    case(np.polyval, lambda x: np.poly1d([2, 0, 1])(x), normal(3)),
    case(np.polyval, np.polyval, COMPLEX, normal(2)),
    *(
        case(f, f, a, b)
        for f in (np.polyadd, np.polysub, np.polymul)
        for a, b in ((P, Q), (Q, P), (P, P[::-1].copy()), (0.5, Q))
    ),
    case(np.polyadd, lambda p: np.polyadd(p[:2], p), P),
    case(np.polymul, lambda p: np.polymul(p, LEADING_ZERO), P),
    case(np.polymul, lambda p: np.polymul(p, 0.0) + np.sum(p), P),
    case(np.polydiv, np.polydiv, P, normal(2, seed=1)),
    case(np.polydiv, np.polydiv, normal(2), Q),
    case(np.polydiv, lambda u: np.polydiv(u, 2.0), P),
    case(np.polydiv, lambda v: np.polydiv([1, 2, 3, 4], v), np.array([2.0, -1.0, 0.5])),
    case(np.polyder, np.polyder, P),
    case(np.polyder, lambda p: np.polyder(p, 2), P),
    case(np.polyder, lambda p: np.polyder(p, 0), P),
    case(np.polyint, np.polyint, P),
    case(np.polyint, lambda p: np.polyint(p, 2, 3.0), P),
    case(np.polyint, lambda p, k: np.polyint(p, 2, [1.0, 2.0]) * k, P, 0.5),
    case(np.poly, np.poly, P),
    case(np.poly, np.poly, COMPLEX),
    case(np.poly, lambda r: np.poly(np.concatenate([r, np.conj(r)])), COMPLEX),
    case(np.poly, lambda r: np.poly(r) * np.sum(r), normal(0)),
    case(np.roots, np.roots, CUBIC),
    case(np.roots, np.roots, np.array([1.0, 0.5, 2.0])),
    case(np.roots, lambda p: np.roots(p) ** 2, np.array([1.0, 0.5, 2.0, 1.0])),
    case(np.roots, np.roots, COMPLEX),
    case(np.roots, lambda p: np.roots(np.append([0.0], p)), CUBIC),
    case(np.roots, lambda p: np.roots(np.append(p, 0.0)), CUBIC),
    case(np.roots, lambda p: np.append(np.roots(p[:1]), p), CUBIC),
    case(np.vander, np.vander, P),
    case(np.vander, lambda x: np.vander(x, 3, increasing=True), P),
    case(np.vander, lambda x: np.vander(x, 1) * x, P),
    case(np.vander, lambda x: np.vander(x, 3), np.array([0.0, 1.0, -2.0])),
    case(np.polyfit, lambda x, y: np.polyfit(x, y, 2), X, np.sin(X)),
    case(np.polyfit, lambda y: np.polyfit(X, y, 1), np.stack([np.sin(X), np.cos(X)], axis=1)),
    case(np.polyfit, lambda y, w: np.polyfit(X, y, 1, w=w), np.sin(X), 1 + X * X),
    case(np.polyfit, lambda y: np.polyfit(X, y, 2, cov=True), np.sin(X)),
    case(np.polyfit, lambda x: np.polyfit(x, np.cos(X), 1, cov="unscaled"), X),
    case(np.polyfit, lambda y: np.polyfit(X, y, 2), np.exp(1j * X)),
]
