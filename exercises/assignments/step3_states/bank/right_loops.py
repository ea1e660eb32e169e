# The cell bank-1, with loops over the steps and rows for the samples.
import numpy as np


# %% helpers
def arctan_share(z):
    return 0.5 + np.arctan(z) / np.pi


def witch(z):
    return 1 / (1 + z**2)


def root_share(z):
    return 0.5 + z / (2 * np.sqrt(1 + z**2))


# %% memory
def memory(v):
    return (1 - v["q"]) * v["p"] * v["c_prev"] + v["q"] * v["r"]


# %% shown
def shown(v):
    k = np.arcsinh(v["c"])
    u = v["s"] * k + (1 - v["s"]) * v["h_prev"]
    return u @ v["P"].T


# %% forward
def forward(x, w, h0, c0):
    T, B, H = len(x), *h0.shape
    all_h, all_c = np.zeros((T, B, H)), np.zeros((T, B, H))
    h, c = h0, c0
    for t in range(T):
        p = arctan_share(x[t] @ w["wxp"].T + h @ w["whp"].T + w["bp"])
        q = witch(x[t] @ w["wxq"].T + h @ w["whq"].T + w["bq"])
        r = np.sin(x[t] @ w["wxr"].T + (q * h) @ w["whr"].T + w["br"])
        c = (1 - q) * p * c + q * r
        s = root_share(x[t] @ w["wxs"].T + h @ w["whs"].T + w["bs"] + w["a"] * c)
        k = np.arcsinh(c)
        h = (s * k + (1 - s) * h) @ w["P"].T
        all_h[t], all_c[t] = h, c
    return {"h": all_h, "c": all_c}
