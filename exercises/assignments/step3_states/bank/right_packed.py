"""The reserved cell bank-1, packed: one matrix for p, q and s, einsum for the rest."""

import numpy as np


# %% helpers
def squashed(z, name):
    if name == "p":
        return 0.5 + np.arctan2(z, np.ones_like(z)) / np.pi
    if name == "q":
        return (1 + z**2) ** -1.0
    return 0.5 * (1 + z / np.hypot(1, z))


# %% memory
def memory(v):
    return np.einsum("bh,bh,bh->bh", 1 - v["q"], v["p"], v["c_prev"]) + v["q"] * v["r"]


# %% shown
def shown(v):
    u = v["s"] * np.arcsinh(v["c"]) + (1 - v["s"]) * v["h_prev"]
    return np.einsum("ij,bj->bi", v["P"], u)


# %% forward
def forward(x, w, h0, c0):
    H = h0.shape[-1]
    packed = np.concatenate([np.hstack([w["wx" + k], w["wh" + k]]) for k in "pqs"])
    bias = np.concatenate([w["b" + k] for k in "pqs"])
    from_x = np.einsum("hd,tbd->tbh", w["wxr"], x) + w["br"]
    states = [(h0, c0)]
    for t, x_t in enumerate(x):
        h, c = states[-1]
        z = np.concatenate([x_t, h], axis=1) @ packed.T + bias
        p, q = squashed(z[:, :H], "p"), squashed(z[:, H : 2 * H], "q")
        r = np.sin(from_x[t] + np.einsum("ij,bj->bi", w["whr"], q * h))
        c = (1 - q) * p * c + q * r
        s = squashed(z[:, 2 * H :] + w["a"] * c, "s")
        states.append(((s * np.arcsinh(c) + (1 - s) * h) @ w["P"].T, c))
    h, c = zip(*states[1:], strict=True)
    return {"h": np.stack(h), "c": np.stack(c)}
