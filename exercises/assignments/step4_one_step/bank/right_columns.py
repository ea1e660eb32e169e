"""The reserved cell bank-1, one step back, sample by sample with column vectors."""

import numpy as np


# %% helpers
def column(v, n):
    return {
        name: value[n][:, None] if name not in WEIGHTS else value for name, value in v.items()
    } | {"a": v["a"][:, None]}


WEIGHTS = ["a", "P"] + [kind + gate for kind in ("wx", "wh") for gate in "pqrs"]


# %% nodes_backward
def nodes_backward(dh, dc, v):
    all_d = []
    for n in range(dh.shape[0]):
        one, d = column(v, n), {}
        h_prev, c_prev = one["h_prev"], one["c_prev"]
        d["u"] = one["P"].T @ dh[n][:, None]
        d["k"] = one["s"] * d["u"]
        d["s"] = one["k"] * d["u"] - h_prev * d["u"]
        d["zs"] = d["s"] / (2 * np.sqrt(1 + one["zs"] ** 2) ** 3)
        through_k = d["k"] / np.hypot(1, one["c"])
        d["c"] = through_k + dc[n][:, None] + one["a"] * d["zs"]
        d["p"] = d["c"] * c_prev - d["c"] * c_prev * one["q"]
        d["r"] = one["q"] * d["c"]
        d["zr"] = np.sqrt(1 - one["r"] ** 2) * np.sign(np.cos(one["zr"])) * d["r"]
        by_reset = one["whr"].T @ d["zr"]
        d["q"] = one["r"] * d["c"] - one["p"] * c_prev * d["c"] + by_reset * h_prev
        d["zq"] = -2 * one["zq"] * one["q"] ** 2 * d["q"]
        d["zp"] = np.cos(np.pi * (one["p"] - 0.5)) ** 2 / np.pi * d["p"]
        all_d.append(d)
    return {name: np.hstack([d[name] for d in all_d]).T for name in all_d[0]}


# %% weights_backward
def weights_backward(d, v):
    total = {}
    for n in range(v["x"].shape[0]):
        for gate in "pqrs":
            delta, h = d["z" + gate][n], v["h_prev"][n]
            h = h * v["q"][n] if gate == "r" else h
            for name, part in (
                ("wx" + gate, np.outer(delta, v["x"][n])),
                ("wh" + gate, np.outer(delta, h)),
                ("b" + gate, delta),
            ):
                total[name] = total.get(name, 0) + part
        total["a"] = total.get("a", 0) + d["zs"][n] * v["c"][n]
        total["P"] = total.get("P", 0) + np.outer(d["h"][n], v["u"][n])
    return total


# %% inputs_backward
def inputs_backward(d, v):
    rows = {"x": [], "h_prev": [], "c_prev": []}
    for n in range(len(v["x"])):
        rows["x"].append(sum(v["wx" + k].T @ d["z" + k][n] for k in "pqrs"))
        back = {k: v["wh" + k].T @ d["z" + k][n] for k in "pqrs"}
        back["r"] = back["r"] * v["q"][n]
        rows["h_prev"].append(sum(back.values()) + (1 - v["s"][n]) * d["u"][n])
        rows["c_prev"].append(v["p"][n] * d["c"][n] - v["q"][n] * v["p"][n] * d["c"][n])
    return {name: np.array(of_all) for name, of_all in rows.items()}
