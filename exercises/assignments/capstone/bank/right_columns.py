"""The reserved cell bank-1: the whole capstone, as the other assignments have it."""

import numpy as np


# %% helpers
def total(kind, w, x, h):
    return w["wx" + kind] @ x + w["wh" + kind] @ h + w["b" + kind][:, None]


def half_root(z):
    return (1 + z / np.sqrt(1 + z * z)) / 2


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


def imaginary(loss, array):
    out = []
    for k in range(array.size):
        moved = array.astype(complex)
        moved.ravel()[k] += 1e-25j
        out.append(np.imag(loss(moved)) * 1e25)
    return np.reshape(out, array.shape)


KEPT = {}


# %% wrong_lines
def wrong_lines():
    return ["c", "k", "h"]


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


# %% problem
def problem(rng):
    def some(*shape):
        return rng.uniform(0.2, 1, size=shape) * rng.choice([-1, 1], size=shape)

    H, D, B, T = 3, 4, 2, 5
    weights = {
        k + g: some(*s) for g in "pqrs" for k, s in (("wx", (H, D)), ("wh", (H, H)), ("b", (H,)))
    }
    rest = {"a": some(H), "P": some(H, H), "x": some(T, B, D), "dh": some(T, B, H)}
    states = {k: some(B, H) for k in ("h0", "c0", "dh_last", "dc_last")}
    return weights | rest | states


# %% judge
def judge(problem, gradients, run_cell):
    names = sorted(set(problem) - {"dh", "dh_last", "dc_last"})
    token = problem["x"].tobytes()
    if token not in KEPT:

        def loss_of(name):
            def loss(array):
                v = {**problem, name: array}
                w = {n: v[n] for n in names if n not in ("x", "h0", "c0")}
                steps = run_cell(v["x"], w, v["h0"], v["c0"])
                h = np.stack([s["h"] for s in steps])
                last = problem["dh_last"] * h[-1] + problem["dc_last"] * steps[-1]["c"]
                return (problem["dh"] * h).sum() + last.sum()

            return loss

        KEPT[token] = {n: imaginary(loss_of(n), problem[n]) for n in names}
    if set(gradients) != set(names):
        return False
    close = [
        np.allclose(gradients[n], KEPT[token][n], rtol=0, atol=1e-10 * np.abs(KEPT[token][n]).max())
        for n in names
    ]
    return bool(all(close))
