"""The reserved cell bank-1, one step back, row by row of a batch at once."""

import numpy as np


# %% helpers
def slope_p(z):
    return 1 / (np.pi * (1 + z**2))


def slope_q(z):
    return -2 * z / (1 + z**2) ** 2


def slope_s(z):
    return 0.5 / (1 + z**2) ** 1.5


# %% nodes_backward
def nodes_backward(dh, dc, v):
    p, q, r, s, c = v["p"], v["q"], v["r"], v["s"], v["c"]
    d = {}
    d["u"] = dh @ v["P"]
    d["s"] = d["u"] * (v["k"] - v["h_prev"])
    d["k"] = d["u"] * s
    d["zs"] = d["s"] * slope_s(v["zs"])
    d["c"] = dc + d["k"] / np.sqrt(1 + c**2) + d["zs"] * v["a"]
    d["r"] = d["c"] * q
    d["zr"] = d["r"] * np.cos(v["zr"])
    d["q"] = d["c"] * (r - p * v["c_prev"]) + (d["zr"] @ v["whr"]) * v["h_prev"]
    d["zq"] = d["q"] * slope_q(v["zq"])
    d["p"] = d["c"] * (1 - q) * v["c_prev"]
    d["zp"] = d["p"] * slope_p(v["zp"])
    return d


# %% weights_backward
def weights_backward(d, v):
    grads = {}
    for k in "pqrs":
        met = v["q"] * v["h_prev"] if k == "r" else v["h_prev"]
        grads["wx" + k] = d["z" + k].T @ v["x"]
        grads["wh" + k] = d["z" + k].T @ met
        grads["b" + k] = d["z" + k].sum(axis=0)
    grads["a"] = (d["zs"] * v["c"]).sum(axis=0)
    grads["P"] = d["h"].T @ v["u"]
    return grads


# %% inputs_backward
def inputs_backward(d, v):
    dx = sum(d["z" + k] @ v["wx" + k] for k in "pqrs")
    dh = sum(d["z" + k] @ v["wh" + k] for k in "pqs")
    dh = dh + (d["zr"] @ v["whr"]) * v["q"] + d["u"] * (1 - v["s"])
    return {"x": dx, "h_prev": dh, "c_prev": d["c"] * (1 - v["q"]) * v["p"]}
