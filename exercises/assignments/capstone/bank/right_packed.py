"""The reserved cell bank-1: the whole capstone, as the other assignments have it."""

import numpy as np


# %% helpers
def squashed(z, name):
    if name == "p":
        return 0.5 + np.arctan2(z, np.ones_like(z)) / np.pi
    if name == "q":
        return (1 + z**2) ** -1.0
    return 0.5 * (1 + z / np.hypot(1, z))


def packed(v, kind):
    return np.stack([v[kind + k] for k in "pqrs"])


STENCIL = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


def directional(loss, array, direction, step=1e-3):
    return sum(f * loss(array + k * step * direction) for k, f in STENCIL) / step


def all_directions(loss, array):
    flat = np.eye(array.size).reshape(array.size, *array.shape)
    return np.array([directional(loss, array, one) for one in flat]).reshape(array.shape)


# %% wrong_lines
def wrong_lines():
    return sorted(["c", "k", "h"])


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


# %% problem
def problem(rng):
    sizes = {"T": 3, "B": 2, "D": 3, "H": 4}
    axes = {"x": "TBD", "dh": "TBH", "a": "H", "P": "HH"}
    axes |= dict.fromkeys(["h0", "c0", "dh_last", "dc_last"], "BH")
    for gate in "pqrs":
        axes |= {"wx" + gate: "HD", "wh" + gate: "HH", "b" + gate: "H"}
    return {name: rng.standard_normal([sizes[a] for a in shape]) for name, shape in axes.items()}


# %% judge
def judge(problem, gradients, run_cell):
    names = [n for n in problem if not n.startswith("d")]
    for name in names:
        claim = gradients.get(name)
        if claim is None or claim.shape != problem[name].shape or not np.isfinite(claim).all():
            return False

        def loss(array, name=name):
            v = {**problem, name: array}
            w = {n: v[n] for n in names if n not in ("x", "h0", "c0")}
            steps = run_cell(v["x"], w, v["h0"], v["c0"])
            total = (
                problem["dh_last"] * steps[-1]["h"] + problem["dc_last"] * steps[-1]["c"]
            ).sum()
            return total + sum(
                (a * b["h"]).sum() for a, b in zip(problem["dh"], steps, strict=True)
            )

        expected = all_directions(loss, problem[name])
        if np.abs(expected - claim).max() > 1e-7 * np.abs(expected).max():
            return False
    return True
