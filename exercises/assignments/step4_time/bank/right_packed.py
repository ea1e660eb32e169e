"""The reserved cell bank-1, back through time: deltas first, then all weights."""

import numpy as np


# %% helpers
def packed(v, kind):
    return np.stack([v[kind + k] for k in "pqrs"])


# %% recursion
def recursion(dh, dc, J):
    H = dh.shape[2]
    top = np.concatenate([J["hh"], J["hc"]], axis=3)
    whole = np.concatenate([top, np.concatenate([J["ch"], J["cc"]], axis=3)], axis=2)
    direct = np.concatenate([dh, dc], axis=2)
    total = [direct[-1]]
    for t in range(len(dh) - 2, -2, -1):
        state = direct[t] if t >= 0 else np.zeros_like(direct[0])
        state = state + np.einsum("bij,bi->bj", whole[t + 1], total[0])
        if len(total) > 1:
            skip = np.einsum("bij,bi->bj", J["skip"][t + 2], total[1][:, :H])
            state[:, :H] += skip
        total.insert(0, state)
    total = np.stack(total)
    return {"h": total[..., :H], "c": total[..., H:]}


# %% backward
def backward(dh, dh_last, dc_last, cache):
    v = cache
    # What needs no delta, for all steps at once.
    k_slope = v["s"] / np.sqrt(1 + v["c"] ** 2)
    s_slope = (v["k"] - v["h_prev"]) * 0.5 * (1 + v["zs"] ** 2) ** -1.5
    p_slope = (1 - v["q"]) * v["c_prev"] / (np.pi * (1 + v["zp"] ** 2))
    q_direct = v["r"] - v["p"] * v["c_prev"]
    q_slope = -2 * v["zq"] * v["q"] ** 2
    r_slope = v["q"] * np.cos(v["zr"])
    kept = (1 - v["q"]) * v["p"]
    wh = packed(v, "wh")
    dz, whole = np.empty((4, *dh.shape)), np.empty_like(dh)
    dh_next, dc = dh_last, dc_last
    for t in range(len(dh))[::-1]:
        whole[t] = dh[t] + dh_next
        du = whole[t] @ v["P"]
        dz[3, t] = du * s_slope[t]
        dc = dc + du * k_slope[t] + v["a"] * dz[3, t]
        dz[2, t] = dc * r_slope[t]
        dz[0, t] = dc * p_slope[t]
        detour = dz[2, t] @ v["whr"]
        dz[1, t] = (dc * q_direct[t] + detour * v["h_prev"][t]) * q_slope[t]
        dh_next = np.einsum("kbi,kij->bj", dz[[0, 1, 3], t], wh[[0, 1, 3]])
        dh_next = dh_next + detour * v["q"][t] + du * (1 - v["s"][t])
        dc = dc * kept[t]
    met = np.stack([v["h_prev"], v["h_prev"], v["q"] * v["h_prev"], v["h_prev"]])
    wx = np.einsum("ktbi,tbj->kij", dz, v["x"])
    wh = np.einsum("ktbi,ktbj->kij", dz, met)
    grads = {"x": np.einsum("ktbi,kij->tbj", dz, packed(v, "wx")), "h0": dh_next, "c0": dc}
    grads["a"] = (dz[3] * v["c"]).sum((0, 1))
    grads["P"] = np.tensordot(whole, v["u"], axes=((0, 1), (0, 1)))
    for n, k in enumerate("pqrs"):
        grads |= {"wx" + k: wx[n], "wh" + k: wh[n], "b" + k: dz[n].sum(axis=(0, 1))}
    return grads
