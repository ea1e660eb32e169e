"""The reserved cell bank-1: the whole capstone, as the other assignments have it."""

import numpy as np


# %% helpers
def arctan_share(z):
    return 0.5 + np.arctan(z) / np.pi


def witch(z):
    return 1 / (1 + z**2)


def root_share(z):
    return 0.5 + z / (2 * np.sqrt(1 + z**2))


def slopes(v, t):
    return {
        "p": 1 / (np.pi * (1 + v["zp"][t] ** 2)),
        "q": -2 * v["zq"][t] / (1 + v["zq"][t] ** 2) ** 2,
        "r": np.cos(v["zr"][t]),
        "s": 0.5 / (1 + v["zs"][t] ** 2) ** 1.5,
        "k": 1 / np.sqrt(1 + v["c"][t] ** 2),
    }


def central(loss, array):
    array = array.copy()
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + 1e-5
        up = loss(array)
        array[index] = value - 1e-5
        down = loss(array)
        array[index] = value
        gradient[index] = (up - down) / 2e-5
    return gradient


# %% wrong_lines
def wrong_lines():
    return {"c", "k", "h"}


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


# %% problem
def problem(rng):
    T, B, D, H = 4, 3, 2, 5
    found = {"a": rng.normal(size=H), "P": rng.normal(size=(H, H)) / 2}
    for gate in "pqrs":
        found["wx" + gate] = rng.normal(size=(H, D))
        found["wh" + gate] = rng.normal(size=(H, H)) / 2
        found["b" + gate] = rng.normal(size=H)
    found["x"], found["dh"] = rng.normal(size=(T, B, D)), rng.normal(size=(T, B, H))
    for name in ("h0", "c0", "dh_last", "dc_last"):
        found[name] = rng.normal(size=(B, H))
    return found


# %% judge
def judge(problem, gradients, run_cell):
    names = [n for n in problem if n not in ("dh", "dh_last", "dc_last")]
    for name in names:

        def loss(array, name=name):
            v = {**problem, name: array}
            w = {n: v[n] for n in names if n not in ("x", "h0", "c0")}
            steps = run_cell(v["x"], w, v["h0"], v["c0"])
            total = sum((d * v["h"]).sum() for d, v in zip(problem["dh"], steps, strict=True))
            total += (problem["dh_last"] * steps[-1]["h"]).sum()
            return total + (problem["dc_last"] * steps[-1]["c"]).sum()

        if name not in gradients or gradients[name].shape != problem[name].shape:
            return False
        expected = central(loss, problem[name])
        error = np.abs(gradients[name] - expected).max() / np.abs(expected).max()
        if not error < 1e-6:
            return False
    return True
