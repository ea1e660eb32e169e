"""The reserved cell bank-1, back through time, sample by sample with column vectors."""

import numpy as np


# %% helpers
def deltas(dh, dc, v, t, n):
    """Return what one step of one sample sends back, from the whole dh and the carry dc."""
    p, q, r, s, k, h, c_before = (
        v[name][t, n] for name in ("p", "q", "r", "s", "k", "h_prev", "c_prev")
    )
    du = v["P"].T @ dh
    ds = (k - h) * du / (2 * np.sqrt(1 + v["zs"][t, n] ** 2) ** 3)
    dc = dc + s * du / np.hypot(1, v["c"][t, n]) + v["a"] * ds
    dr = dc * q * np.cos(v["zr"][t, n])
    by_detour = v["whr"].T @ dr
    dq = (dc * r - dc * p * c_before + by_detour * h) * -2 * v["zq"][t, n] * q**2
    dp = dc * (c_before - q * c_before) * np.cos(np.pi * (p - 0.5)) ** 2 / np.pi
    down = v["whp"].T @ dp + v["whq"].T @ dq + v["whs"].T @ ds + q * by_detour + (1 - s) * du
    return (dp, dq, dr, ds), dc, down, p * dc - q * p * dc


# %% recursion
def recursion(dh, dc, J):
    T, B, _ = dh.shape
    h = np.concatenate([np.zeros_like(dh[:1]), dh])
    c = np.concatenate([np.zeros_like(dc[:1]), dc])
    for n in range(B):
        for t in reversed(range(T)):  # to state t, from states t + 1 and t + 2
            h[t, n] += J["hh"][t, n].T @ h[t + 1, n] + J["ch"][t, n].T @ c[t + 1, n]
            c[t, n] += J["hc"][t, n].T @ h[t + 1, n] + J["cc"][t, n].T @ c[t + 1, n]
            if t + 2 <= T:
                h[t, n] += J["skip"][t + 1, n].T @ h[t + 2, n]
    return h, c


# %% backward
def backward(dh, dh_last, dc_last, cache):
    v, (T, B, H) = cache, dh.shape
    grads = {name: 0 for name in ["a", "P"] + [k + g for k in ("wx", "wh", "b") for g in "pqrs"]}
    grads |= {"x": np.empty(v["x"].shape), "h0": np.empty((B, H)), "c0": np.empty((B, H))}
    for n in range(B):
        next_h, next_c = dh_last[n], dc_last[n]
        for t in reversed(range(T)):
            whole = dh[t, n] + next_h
            four, _, next_h, next_c = deltas(whole, next_c, v, t, n)
            grads["x"][t, n] = sum(v["wx" + g].T @ z for g, z in zip("pqrs", four, strict=True))
            for g, z in zip("pqrs", four, strict=True):
                h = v["h_prev"][t, n] * (v["q"][t, n] if g == "r" else 1)
                grads["wx" + g] = grads["wx" + g] + np.outer(z, v["x"][t, n])
                grads["wh" + g] = grads["wh" + g] + np.outer(z, h)
                grads["b" + g] = grads["b" + g] + z
            grads["a"] = grads["a"] + four[3] * v["c"][t, n]
            grads["P"] = grads["P"] + np.outer(whole, v["u"][t, n])
        grads["h0"][n], grads["c0"][n] = next_h, next_c
    return grads
