"""The reserved cell bank-1: shapes, first values and gates, rows for the samples."""

import numpy as np


# %% helpers
def orthogonal(size, rng):
    return np.linalg.qr(rng.normal(size=(size, size)))[0]


# %% shapes
def shapes(D, H):
    found = {"a": (H,), "P": (H, H)}
    for gate in "pqrs":
        found["wx" + gate] = (H, D)
        found["wh" + gate] = (H, H)
        found["b" + gate] = (H,)
    return found


# %% count
def count(D, H):
    return 4 * (H * D + H * H + H) + H + H * H


# %% initial
def initial(D, H, rng):
    w = {"a": np.zeros(H), "P": orthogonal(H, rng)}
    for gate in "pqrs":
        w["wx" + gate] = rng.uniform(-1, 1, size=(H, D)) / np.sqrt(H)
        w["wh" + gate] = orthogonal(H, rng)
        w["b" + gate] = np.zeros(H)
    w["bp"] += 1
    return w


# %% squashed
def squashed(zp, zq, zr, zs):
    p = 0.5 + np.arctan(zp) / np.pi
    q = 1 / (1 + zq**2)
    r = np.sin(zr)
    s = 0.5 + zs / (2 * np.sqrt(1 + zs**2))
    return {"p": p, "q": q, "r": r, "s": s}


# %% gates
def gates(x_t, h_prev, c_prev, w):
    p = 0.5 + np.arctan(x_t @ w["wxp"].T + h_prev @ w["whp"].T + w["bp"]) / np.pi
    q = 1 / (1 + (x_t @ w["wxq"].T + h_prev @ w["whq"].T + w["bq"]) ** 2)
    r = np.sin(x_t @ w["wxr"].T + (q * h_prev) @ w["whr"].T + w["br"])
    return {"p": p, "q": q, "r": r}
