"""The simulation as spec/ has it, in plain NumPy: an implementation of its own, to hold the core against.

Its logarithms are rounded correctly by computing them with forty digits.
"""

import decimal

import numpy as np

FIELD, ACTIVATOR, INHIBITOR, GROWTH, JITTER = 0, 1, 2, 3, 4
LOWEST_V, HIGHEST_V = -0.095, 0.040

# spec/words.md, the coefficients of AS 241 (PPND16), from the lowest power to the highest.
A = (3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946,
     45921.95393154987, 67265.7709270087, 33430.57558358813, 2509.0809287301227)  # fmt: skip
B = (1.0, 42.31333070160091, 687.1870074920579, 5394.196021424751,
     21213.794301586597, 39307.89580009271, 28729.085735721943, 5226.495278852854)  # fmt: skip
C = (1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045,
     1.2704582524523684, 0.2417807251774506, 0.022723844989269184, 0.0007745450142783414)  # fmt: skip
D = (1.0, 2.053191626637759, 1.6763848301838038, 0.6897673349851,
     0.14810397642748008, 0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-09)  # fmt: skip
E = (6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487,
     0.026532189526576124, 0.0012426609473880784, 2.7115555687434876e-05, 2.0103343992922881e-07)  # fmt: skip
F = (1.0, 0.599832206555888, 0.1369298809227358, 0.014875361290850615,
     0.0007868691311456133, 1.8463183175100548e-05, 1.421511758316446e-07, 2.0442631033899397e-15)  # fmt: skip


def words(seed, stream, first, count):
    """Return words `first` to `first + count - 1` of a stream: ChaCha20 with counter and stream of 64 bits."""
    blocks = np.arange(first // 8, (first + count + 7) // 8, dtype=np.uint64)
    key = np.frombuffer(int(seed).to_bytes(8, "little", signed=True) + bytes(24), "<u4")
    state = np.zeros((16, len(blocks)), dtype=np.uint32)
    state[:4] = np.frombuffer(b"expand 32-byte k", "<u4")[:, None]
    state[4:12] = key[:, None]
    state[12], state[13] = blocks & np.uint64(0xFFFFFFFF), blocks >> np.uint64(32)
    state[14], state[15] = stream & 0xFFFFFFFF, stream >> 32
    mixed = state.copy()
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):  # fmt: skip
            quarter_round(mixed, a, b, c, d)
    mixed += state
    stream_of_words = np.ascontiguousarray(mixed.T).view("<u8").ravel()
    return stream_of_words[first % 8 : first % 8 + count]


def quarter_round(s, a, b, c, d):
    for (to, add, turned), by in zip(((a, b, d), (c, d, b), (a, b, d), (c, d, b)), (16, 12, 8, 7), strict=True):
        s[to] += s[add]
        s[turned] ^= s[to]
        s[turned] = s[turned] << np.uint32(by) | s[turned] >> np.uint32(32 - by)


def uniform(word):
    return (word >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(word):
    u = ((word >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52
    q = u - 0.5
    r = 0.180625 - q * q
    result = (q * horner(A, r)) / horner(B, r)
    for k in np.flatnonzero(np.abs(q) > 0.425):
        result[k] = tail(u[k], q[k])
    return result


def tail(u, q):
    r = np.sqrt(-ln(u if q < 0 else 1 - u))
    value = horner(C, r - 1.6) / horner(D, r - 1.6) if r <= 5 else horner(E, r - 5) / horner(F, r - 5)
    return -value if q < 0 else value


def horner(coefficients, r):
    value = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        value = value * r + coefficient
    return value


def ln(x):
    with decimal.localcontext() as context:
        context.prec = 40
        return float(decimal.Decimal(float(x)).ln())


def laplacian(v):
    up, down = np.roll(v, 1, 0), np.roll(v, -1, 0)
    left, right = np.roll(v, 1, 1), np.roll(v, -1, 1)
    return (((up + down) + left) + right) - 4.0 * v


def simulate(seed, size, steps, alpha, probability, turing):
    """Return the final field in volts and the growth events."""
    cells = size * size
    v = (-0.07 + 0.005 * normal(words(seed, FIELD, 0, cells))).reshape(size, size)
    a = (0.1 * uniform(words(seed, ACTIVATOR, 0, cells))).reshape(size, size)
    i = (0.1 * uniform(words(seed, INHIBITOR, 0, cells))).reshape(size, size)
    growth, events = words(seed, GROWTH, 0, 4 * steps), 0
    for step in range(steps):
        happens, row, column, size_of = growth[4 * step : 4 * step + 4]
        if uniform(happens) < probability:
            at = (int(row) * size) >> 64, (int(column) * size) >> 64
            v[at] += 0.02 + 0.005 * normal(np.array([size_of]))[0]
            events += 1
        v = v + alpha * laplacian(v)
        if turing:
            da = 0.1 * laplacian(a)
            da = da + 0.01 * (a * (1.0 - a) - i)
            di = 0.05 * laplacian(i)
            di = di + 0.02 * (a - i)
            a, i = a + da, i + di
            v = np.where(a > 0.75, v + 0.005, v)
            a, i = np.clip(a, 0.0, 1.0), np.clip(i, 0.0, 1.0)
        v = np.clip(v, LOWEST_V, HIGHEST_V)
    return v, events
