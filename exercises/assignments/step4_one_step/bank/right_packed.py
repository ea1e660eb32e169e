"""The reserved cell bank-1, one step back, packed and with einsum."""

import numpy as np


# %% helpers
def packed(v, kind):
    return np.stack([v[kind + k] for k in "pqrs"])


# %% nodes_backward
def nodes_backward(dh, dc, v):
    u = np.einsum("bi,ij->bj", dh, v["P"])
    s, k = u * (v["k"] - v["h_prev"]), u * v["s"]
    zs = s * 0.5 * (1 + v["zs"] ** 2) ** -1.5
    c = dc + k * (1 + v["c"] ** 2) ** -0.5 + np.einsum("h,bh->bh", v["a"], zs)
    r = c * v["q"]
    zr = r * np.cos(v["zr"])
    q = c * v["r"] - c * v["p"] * v["c_prev"]
    q += np.einsum("bi,ij,bj->bj", zr, v["whr"], v["h_prev"])
    p = np.einsum("bh,bh,bh->bh", c, 1 - v["q"], v["c_prev"])
    zq = q * -2 * v["zq"] * v["q"] * v["q"]
    zp = p / (np.pi + np.pi * v["zp"] ** 2)
    return dict(c=c, k=k, u=u, p=p, q=q, r=r, s=s, zp=zp, zq=zq, zr=zr, zs=zs)


# %% weights_backward
def weights_backward(d, v):
    dz = packed(d, "z")
    states = np.stack([v["h_prev"], v["h_prev"], v["q"] * v["h_prev"], v["h_prev"]])
    wx = np.einsum("kbh,bd->khd", dz, v["x"])
    wh = np.einsum("kbh,kbj->khj", dz, states)
    grads = {"a": np.einsum("bh,bh->h", d["zs"], v["c"])}
    grads["P"] = np.einsum("bi,bj->ij", d["h"], v["u"])
    for n, k in enumerate("pqrs"):
        grads |= {"wx" + k: wx[n], "wh" + k: wh[n], "b" + k: dz[n].sum(0)}
    return grads


# %% inputs_backward
def inputs_backward(d, v):
    dz = packed(d, "z")
    back = np.einsum("kbi,kij->kbj", dz, packed(v, "wh"))
    back[2] *= v["q"]
    x = np.einsum("kbi,kij->bj", dz, packed(v, "wx"))
    h_prev = back.sum(0) + d["u"] * (1 - v["s"])
    return {"x": x, "h_prev": h_prev, "c_prev": d["c"] * v["p"] * (1 - v["q"])}
