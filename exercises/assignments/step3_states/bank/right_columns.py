"""The reserved cell bank-1, sample by sample, with column vectors."""

import numpy as np


# %% helpers
def total(kind, w, x, h):
    return w["wx" + kind] @ x + w["wh" + kind] @ h + w["b" + kind][:, None]


def half_root(z):
    return (1 + z / np.sqrt(1 + z * z)) / 2


# %% memory
def memory(v):
    columns = {name: v[name].T for name in ("p", "q", "r", "c_prev")}
    kept = columns["p"] * columns["c_prev"]
    return (kept - columns["q"] * kept + columns["q"] * columns["r"]).T


# %% shown
def shown(v):
    s, c, h = v["s"].T, v["c"].T, v["h_prev"].T
    return (v["P"] @ (h + s * (np.arcsinh(c) - h))).T


# %% forward
def forward(x, w, h0, c0):
    h_list, c_list = [], []
    for n in range(h0.shape[0]):
        h, c = h0[n].reshape(-1, 1), c0[n].reshape(-1, 1)
        for x_t in x[:, n]:
            column = x_t.reshape(-1, 1)
            p = 0.5 + np.arctan(total("p", w, column, h)) / np.pi
            q = 1 / (1 + np.square(total("q", w, column, h)))
            r = np.sin(total("r", w, column, q * h))
            c = p * c * (1 - q) + r * q
            s = half_root(total("s", w, column, h) + w["a"].reshape(-1, 1) * c)
            h = w["P"] @ (s * np.arcsinh(c) + (1 - s) * h)
            h_list.append(h[:, 0])
            c_list.append(c[:, 0])
    B, T = x.shape[1], x.shape[0]
    shape = (B, T, h0.shape[1])
    return {
        "h": np.reshape(h_list, shape).swapaxes(0, 1),
        "c": np.reshape(c_list, shape).swapaxes(0, 1),
    }
