"""The reserved cell bank-1: packed, with einsum."""

import numpy as np

# %% helpers
# none


# %% shapes
def shapes(D, H):
    blank = np.empty((H, D + H + 1))
    parts = {"wx": blank[:, :D], "wh": blank[:, D : D + H], "b": blank[:, -1]}
    found = {kind + gate: part.shape for kind, part in parts.items() for gate in "pqrs"}
    found["a"], found["P"] = found["bp"], found["whp"]
    return found


# %% count
def count(D, H):
    return 4 * H * D + 5 * H * H + 5 * H


# %% initial
def initial(D, H, rng):
    four = rng.uniform(-1 / np.sqrt(H), 1 / np.sqrt(H), size=(4, H, D))
    five = np.linalg.qr(rng.normal(size=(5, H, H)))[0]
    w = {"P": five[4], "a": np.zeros(H)}
    for n, gate in enumerate("pqrs"):
        w |= {"wx" + gate: four[n], "wh" + gate: five[n], "b" + gate: np.zeros(H)}
    w["bp"] = np.ones(H)
    return w


# %% squashed
def squashed(zp, zq, zr, zs):
    return {
        "p": 0.5 + np.arctan2(zp, 1) / np.pi,
        "q": (1 + np.square(zq)) ** -1,
        "r": np.cos(zr - np.pi / 2),
        "s": 0.5 * (1 + zs / np.hypot(1, zs)),
    }


# %% gates
def gates(x_t, h_prev, c_prev, w):
    wx, wh = (np.stack([w[kind + gate] for gate in "pqr"]) for kind in ("wx", "wh"))
    b = np.stack([w["b" + gate] for gate in "pqr"])
    z = np.einsum("kij,bj->kbi", wx, x_t) + b[:, None]
    z[:2] += np.einsum("kij,bj->kbi", wh[:2], h_prev)
    q = 1 / (1 + z[1] ** 2)
    r = np.sin(z[2] + np.einsum("ij,bj->bi", wh[2], q * h_prev))
    return {"p": 0.5 + np.arctan(z[0]) / np.pi, "q": q, "r": r}
