"""The reserved cell bank-1: column vectors, sample by sample."""

import numpy as np


# %% helpers
def z(gate, w, x, h):
    return w["wx" + gate] @ x + w["wh" + gate] @ h + w["b" + gate]


# %% shapes
def shapes(D, H):
    names = ["wx", "wh", "b"]
    sizes = [(H, D), (H, H), (H,)]
    found = {n + g: s for g in "pqrs" for n, s in zip(names, sizes, strict=True)}
    return found | {"a": (H,), "P": (H, H)}


# %% count
def count(D, H):
    total = 0
    for _ in range(4):
        total += H * (D + H + 1)
    return np.int64(total + H * (H + 1))


# %% initial
def initial(D, H, rng):
    w = {}
    for gate in "pqrs":
        w[f"wx{gate}"] = (2 * rng.random((H, D)) - 1) * H**-0.5
        u, _, vt = np.linalg.svd(rng.standard_normal((H, H)))
        w[f"wh{gate}"], w[f"b{gate}"] = u @ vt, [float(gate == "p")] * H
    w["P"] = np.linalg.svd(rng.standard_normal((H, H)))[0]
    w["a"] = np.zeros(H)
    return w


# %% squashed
def squashed(zp, zq, zr, zs):
    # 1/2 + arctan(z)/π is the angle of (1, z), as a share of a half-turn.
    return [
        np.angle(zp * 1j + 1) / np.pi + 0.5,
        np.reciprocal(1 + zq * zq),
        np.sin(zr),
        (1 + np.sin(np.arctan(zs))) / 2,
    ]


# %% gates
def gates(x_t, h_prev, c_prev, w):
    rows = []
    for x, h in zip(x_t, h_prev, strict=True):
        p = 0.5 + np.arctan(z("p", w, x, h)) / np.pi
        q = np.reciprocal(1 + z("q", w, x, h) ** 2)
        rows.append([p, q, np.sin(z("r", w, x, q * h))])
    p, q, r = np.array(rows).transpose(1, 0, 2)
    return dict(p=p, q=q, r=r)
