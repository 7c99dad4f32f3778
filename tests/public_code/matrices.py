"""Linear algebra, written out."""

import numpy as np

from tests.public_code.program import program


def definite(rng, n):
    a = rng.standard_normal((n, n))
    return a @ a.T + n * np.eye(n)


@program(
    "LU decomposition in place, and both substitutions",
    "spcl/npbench, npbench/benchmarks/polybench/ludcmp/ludcmp_numpy.py (BSD-3-Clause)",
    lambda rng: (definite(rng, 4), rng.random(4)),
)
def lu_solve(A, b):
    n = A.shape[0]
    x, y = np.zeros_like(b), np.zeros_like(b)
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    for i in range(n):
        y[i] = b[i] - A[i, :i] @ y[:i]
    for i in range(n - 1, -1, -1):
        x[i] = (y[i] - A[i, i + 1 :] @ x[i + 1 :]) / A[i, i]
    return x


@program(
    "Gram and Schmidt's QR",
    "spcl/npbench, npbench/benchmarks/polybench/gramschmidt/gramschmidt_numpy.py (BSD-3-Clause)",
    lambda rng: (rng.random((4, 3)),),
)
def gram_schmidt(A):
    n = A.shape[1]
    Q = np.zeros_like(A)
    R = np.zeros((n, n), dtype=A.dtype, like=A)  # was: R = np.zeros((n, n), dtype=A.dtype)
    for k in range(n):
        R[k, k] = np.sqrt(np.dot(A[:, k], A[:, k]))
        Q[:, k] = A[:, k] / R[k, k]
        for j in range(k + 1, n):
            R[k, j] = np.dot(Q[:, k], A[:, j])
            A[:, j] -= Q[:, k] * R[k, j]
    return Q, R


@program(
    "Levinson and Durbin's recursion",
    "cokelaer/spectrum, src/spectrum/levinson.py (BSD-3-Clause)",
    lambda rng: (np.append(2.0, 0.3 * rng.random(4)),),
)
def levinson(r):
    T, M = r[1:], len(r) - 1
    A = np.zeros(M, dtype=float, like=r)  # was: A = np.zeros(M, dtype=float)
    ref = np.zeros(M, dtype=float, like=r)  # was: ref = np.zeros(M, dtype=float)
    P = np.real(r[0])
    for k in range(M):
        save = T[k]
        for j in range(k):
            save = save + A[j] * T[k - j - 1]
        temp = -save / P
        P = P * (1.0 - temp**2.0)
        if P <= 0:
            raise ValueError("singular matrix")
        A[k] = temp
        ref[k] = temp
        for j in range((k + 1) // 2):
            kj = k - j - 1
            save = A[j]
            A[j] = save + temp * A[kj]
            if j != kj:
                A[kj] += temp * save
    return A, P, ref


@program(
    "a tridiagonal system, Thomas's algorithm",
    "gistable/gistable, dockerized-gists/1875903/snippet.py (a gist without a licence)",
    lambda rng: (rng.random(5), 3 + rng.random(5), rng.random(5), rng.random(5)),
)
def thomas(a, b, c, d):
    ac, bc, cc, dc = map(np.copy, (a, b, c, d))  # was: ac, bc, cc, dc = map(np.array, (a, b, c, d))
    n = len(dc)
    for i in range(1, n):
        m = ac[i] / bc[i - 1]
        bc[i] = bc[i] - m * cc[i - 1]
        dc[i] = dc[i] - m * dc[i - 1]
    x = bc
    x[-1] = dc[-1] / bc[-1]
    for i in range(n - 2, -1, -1):
        x[i] = (dc[i] - cc[i] * x[i + 1]) / bc[i]
    return x


@program(
    "conjugate gradients, in place, until the residual is small",
    "openai/baselines, baselines/common/cg.py (MIT)",
    lambda rng: (definite(rng, 4), rng.random(4)),
)
def conjugate_gradients(A, b, tolerance=1e-18):
    p = b.copy()
    r = b.copy()
    x = np.zeros_like(b)
    rdotr = r.dot(r)
    for _ in range(3):
        z = A.dot(p)
        v = rdotr / p.dot(z)
        x += v * p
        r -= v * z
        newrdotr = r.dot(r)
        if newrdotr < tolerance:
            break
        p = r + newrdotr / rdotr * p
        rdotr = newrdotr
    return x


@program(
    "a Riccati equation, by doubling",
    "QuantEcon/QuantEcon.py, quantecon/matrix_eqn.py (MIT)",
    lambda rng: (0.5 * rng.random((2, 2)), rng.random((2, 1)), definite(rng, 2), np.eye(1) + 1),
)
def riccati(A, B, Q, R, tolerance=1e-12):
    A, B, Q, R = np.atleast_2d(A, B, Q, R)
    n, k = R.shape[0], Q.shape[0]
    eye = np.identity(k)
    N = np.zeros((n, k))
    smallest = np.inf
    for candidate in (0.0, 0.01, 0.1, 0.5, 1.0):
        Z = R + candidate * np.dot(B.T, B)
        size = np.linalg.cond(Z)
        if np.isfinite(size) and max(size, candidate) < smallest:
            gamma, smallest = candidate, max(size, candidate)
    BB = np.dot(B.T, B)
    Z = R + gamma * BB
    G = np.dot(B, np.linalg.solve(Z, B.T))
    A0 = np.dot(eye - gamma * G, A) - np.dot(B, np.linalg.solve(Z, N))
    H = gamma * np.dot(A.T, A0) + Q - gamma * eye
    error = tolerance + 1
    while error > tolerance:
        A1 = np.dot(A0, np.linalg.solve(eye + np.dot(G, H), A0))
        G1 = G + np.dot(np.dot(A0, G), np.linalg.solve(eye + np.dot(H, G), A0.T))
        H1 = H + np.dot(A0.T, np.linalg.solve(eye + np.dot(H, G), np.dot(H, A0)))
        error = np.max(np.abs(H1 - H))
        A0, G, H = A1, G1, H1
    return H1 + gamma * eye


@program(
    "a truss: stiffnesses added up, loads solved for",
    "jamesalexwhiteley/2D-Truss-Finite-Element, main.py (licence not known)",
    lambda rng: (np.array([[0.0, 0.0], [1.0, 0.1], [0.4, 0.9]]), 1 + rng.random(3)),
)
def truss(nodes, stiffness):
    K = np.zeros((6, 6), like=nodes)  # was: K = np.zeros((6, 6))
    for bar, (i, j) in enumerate([(0, 1), (1, 2), (0, 2)]):
        dx, dy = nodes[j] - nodes[i]
        length = np.sqrt(dx * dx + dy * dy)
        c, s = dx / length, dy / length
        R = np.array([[c, s]], like=nodes)  # was: R = np.array([[c, s]])
        k = stiffness[bar] / length * R.T @ R
        dofs = [2 * i, 2 * i + 1, 2 * j, 2 * j + 1]
        K[np.ix_(dofs, dofs)] += np.block([[k, -k], [-k, k]])
    free = [2, 4, 5]
    u = np.zeros(6, like=nodes)  # was: u = np.zeros(6)
    u[free] = np.linalg.solve(K[np.ix_(free, free)], np.array([0.0, 0.0, -1.0]))
    return u


@program(
    "shortest paths between all nodes",
    "spcl/npbench, npbench/benchmarks/polybench/floyd_warshall/floyd_warshall_numpy.py "
    "(BSD-3-Clause)",
    lambda rng: (rng.random((5, 5)),),
)
def shortest_paths(path):
    for k in range(path.shape[0]):
        path[:] = np.minimum(path[:], np.add.outer(path[:, k], path[k, :]))
    return path


@program(
    "a sparse matrix by its rows, times a vector",
    "spcl/npbench, npbench/benchmarks/spmv/spmv_numpy.py (BSD-3-Clause)",
    lambda rng: (rng.random(4), rng.random(3)),
)
def sparse_product(values, x):
    rows, columns = np.array([0, 2, 2, 4]), np.array([0, 2, 0, 1])
    y = np.empty(len(rows) - 1, like=values)  # was: y = np.empty(len(rows) - 1)
    for i in range(len(rows) - 1):
        places = columns[rows[i] : rows[i + 1]]
        y[i] = values[rows[i] : rows[i + 1]] @ x[places]
    return y
