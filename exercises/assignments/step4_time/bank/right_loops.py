"""The reserved cell bank-1, back through time, all samples at once."""

import numpy as np


# %% helpers
def slopes(v, t):
    return {
        "p": 1 / (np.pi * (1 + v["zp"][t] ** 2)),
        "q": -2 * v["zq"][t] / (1 + v["zq"][t] ** 2) ** 2,
        "r": np.cos(v["zr"][t]),
        "s": 0.5 / (1 + v["zs"][t] ** 2) ** 1.5,
        "k": 1 / np.sqrt(1 + v["c"][t] ** 2),
    }


# %% recursion
def recursion(dh, dc, J):
    T, B, H = dh.shape
    h, c = np.zeros((T + 1, B, H)), np.zeros((T + 1, B, H))
    h[1:], c[1:] = dh, dc
    for t in range(T, 0, -1):
        h[t - 1] += np.einsum("bij,bi->bj", J["hh"][t - 1], h[t])
        h[t - 1] += np.einsum("bij,bi->bj", J["ch"][t - 1], c[t])
        c[t - 1] += np.einsum("bij,bi->bj", J["hc"][t - 1], h[t])
        c[t - 1] += np.einsum("bij,bi->bj", J["cc"][t - 1], c[t])
        if t >= 2:
            h[t - 2] += np.einsum("bij,bi->bj", J["skip"][t - 1], h[t])
    return {"h": h, "c": c}


# %% backward
def backward(dh, dh_last, dc_last, cache):
    v = cache
    T = len(dh)
    grads = {"a": np.zeros_like(v["a"]), "P": np.zeros_like(v["P"]), "x": np.zeros_like(v["x"])}
    for k in "pqrs":
        grads["wx" + k] = np.zeros_like(v["wx" + k])
        grads["wh" + k] = np.zeros_like(v["wh" + k])
        grads["b" + k] = np.zeros_like(v["a"])
    dh_next, dc_next = dh_last, dc_last
    for t in range(T - 1, -1, -1):
        p, q, r, s, k = (v[name][t] for name in "pqrsk")
        h_prev, c_prev = v["h_prev"][t], v["c_prev"][t]
        slope = slopes(v, t)
        dh_t = dh[t] + dh_next
        du = dh_t @ v["P"]
        d = {"s": du * (k - h_prev) * slope["s"]}
        dc = dc_next + du * s * slope["k"] + d["s"] * v["a"]
        d["r"] = dc * q * slope["r"]
        dq = dc * (r - p * c_prev) + (d["r"] @ v["whr"]) * h_prev
        d["q"] = dq * slope["q"]
        d["p"] = dc * (1 - q) * c_prev * slope["p"]
        dh_next = du * (1 - s)
        for gate, delta in d.items():
            met, share = h_prev, 1.0
            if gate == "r":
                met, share = q * h_prev, q
            grads["wx" + gate] += delta.T @ v["x"][t]
            grads["wh" + gate] += delta.T @ met
            grads["b" + gate] += delta.sum(axis=0)
            grads["x"][t] += delta @ v["wx" + gate]
            dh_next = dh_next + (delta @ v["wh" + gate]) * share
        grads["a"] += (d["s"] * v["c"][t]).sum(axis=0)
        grads["P"] += dh_t.T @ v["u"][t]
        dc_next = dc * (1 - q) * p
    return grads | {"h0": dh_next, "c0": dc_next}
