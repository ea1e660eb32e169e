"""Typical mistakes through time, on the reserved cell bank-1."""

from bank import Change


def weights(count: int) -> float:
    """Return the points that some of the twelve arrays of the mark `weights` cost."""
    return 8 - round(8 * (1 - count / 12), 2)


ALL = {"weights": 8.0, "leak_and_matrix": 3.0, "inputs": 2.0, "first_states": 2.0}
BOTH = {"recursion": 5.0}
ONE = {"recursion": 2.5}
END = '    return grads | {"h0": dh_next, "c0": dc_next}'

CHANGES = (
    Change(
        "recursion: no way from c to h before",
        "recursion",
        '        h[t - 1] += np.einsum("bij,bi->bj", J["ch"][t - 1], c[t])\n',
        "",
        BOTH,
        "the way back from `c` of step t + 1 to `h` of step t (`ch`) is left out",
    ),
    Change(
        "recursion: no carry",
        "recursion",
        '        c[t - 1] += np.einsum("bij,bi->bj", J["cc"][t - 1], c[t])\n',
        "",
        BOTH,
        "the way back from `c` of step t + 1 to `c` of step t (`cc`) is left out",
    ),
    Change(
        "recursion: not transposed",
        "recursion",
        '"bij,bi->bj", J["hh"]',
        '"bij,bj->bi", J["hh"]',
        BOTH,
        "`hh` is transposed the wrong way",
    ),
    Change(
        "recursion: hc and ch exchanged",
        "recursion",
        'J["ch"][t - 1], c[t])\n        c[t - 1] += np.einsum("bij,bi->bj", J["hc"]',
        'J["hc"][t - 1], c[t])\n        c[t - 1] += np.einsum("bij,bi->bj", J["ch"]',
        BOTH,
        "`hc` and `ch` are exchanged",
    ),
    Change(
        "recursion: skip forgotten",
        "recursion",
        "        if t >= 2:",
        "        if False:",
        BOTH,
        "the connection that skips steps is left out",
    ),
    Change(
        "recursion: skips one step too many",
        "recursion",
        '        if t >= 2:\n            h[t - 2] += np.einsum("bij,bi->bj", J["skip"]',
        '        if t >= 3:\n            h[t - 3] += np.einsum("bij,bi->bj", J["skip"]',
        BOTH,
        "the connection skips 3 steps where it should skip 2",
    ),
    Change(
        "recursion: Jacobian of the step before",
        "recursion",
        "    for t in range(T, 0, -1):\n",
        "    J = {name: j[[0, *range(T - 1)]] for name, j in J.items()}\n"
        "    for t in range(T, 0, -1):\n",
        BOTH,
        "the Jacobians of step t are used where those of step t + 1 belong",
    ),
    Change(
        "recursion: loss at the end only",
        "recursion",
        "h[1:], c[1:] = dh, dc",
        "h[-1], c[1:] = dh[-1], dc",
        BOTH,
        "only the last step's `dh` is used",
    ),
    Change(
        "recursion: T states",
        "recursion",
        'return {"h": h, "c": c}',
        'return {"h": h[1:], "c": c}',
        ONE,
        "`h`: expected shape (7, 3, 4), got (6, 3, 4)",
    ),
    Change(
        "recursion: half done",
        "recursion",
        "",
        "def recursion(dh, dc, J):\n    ...\n",
        BOTH,
        "not written yet",
        "unfinished",
    ),
    Change(
        "nothing goes back by h",
        "backward",
        "dh_t = dh[t] + dh_next",
        "dh_t = dh[t] + (dh_last if t == T - 1 else 0)",
        {**ALL, "inputs": 2.0},
        "nothing of `h` goes back from step to step",
    ),
    Change(
        "no carry",
        "backward",
        "dc = dc_next + du",
        "dc = (dc_last if t == T - 1 else 0) + du",
        {**ALL, "leak_and_matrix": 3.0},
        "nothing of `c` goes back from step to step",
    ),
    Change(
        "one time step only",
        "backward",
        "        dh_t = dh[t] + dh_next\n",
        "        if t < T - 1:\n            dh_next, dc_next = 0 * dh_next, 0 * dc_next\n"
        "        dh_t = dh[t] + dh_next\n",
        ALL,
        "nothing goes back from step to step: each is taken by itself",
    ),
    Change(
        "share of the step before in the carry",
        "backward",
        "dc_next = dc * (1 - q) * p",
        "dc_next = dc * (1 - v['q'][max(t - 1, 0)]) * v['p'][max(t - 1, 0)]",
        ALL | {"leak_and_matrix": 3.0},
        "`(1 - q) * p` of step t - 1 stands where that of step t belongs",
    ),
    Change(
        "carry without its share",
        "backward",
        "dc_next = dc * (1 - q) * p",
        "dc_next = dc",
        ALL,
        "`(1 - q) * p` is left out on the way back from `c` to `c_prev`",
    ),
    Change(
        "sums overwritten",
        "backward",
        "        for gate, delta in d.items():\n",
        "        for name in grads:\n            grads[name] *= name == 'x'\n"
        "        for gate, delta in d.items():\n",
        {"weights": 8.0, "leak_and_matrix": 3.0},
        "the weights' gradients are those of step 1 alone",
    ),
    Change(
        "loop ends too early",
        "backward",
        "        for gate, delta in d.items():\n",
        "        if t == 0:\n            break\n        for gate, delta in d.items():\n",
        ALL,
        "step 1 is left out of the weights' gradients",
    ),
    Change(
        "h_t in the outer product",
        "backward",
        "            met, share = h_prev, 1.0\n",
        "            met, share = v['h'][t], 1.0\n",
        {"weights": weights(3)},
        "`whp` is what you get when `h_prev` of step t + 1 stands where that of step t belongs",
    ),
    Change(
        "detour forgotten",
        "backward",
        '            if gate == "r":\n                met, share = q * h_prev, q\n',
        "",
        ALL,
        "the formula of another cell is differentiated: in `zr` the factor `q` is missing",
        also=[(' + (d["r"] @ v["whr"]) * h_prev', "")],
    ),
    Change(
        "detour forgotten in the outer product",
        "backward",
        "met, share = q * h_prev, q",
        "met, share = h_prev, q",
        {"weights": weights(1)},
        "this is what you get when `h_prev` stands where `q * h_prev` belongs",
    ),
    Change(
        "recurrent matrices turned",
        "backward",
        '(delta @ v["wh" + gate]) * share',
        '(delta @ v["wh" + gate].T) * share',
        ALL,
        "all recurrent matrices are transposed on the way back",
        also=[('(d["r"] @ v["whr"])', '(d["r"] @ v["whr"].T)')],
    ),
    Change(
        "matrix of r turned in the detour",
        "backward",
        '(d["r"] @ v["whr"]) * h_prev',
        '(d["r"] @ v["whr"].T) * h_prev',
        ALL,
        "entries are wrong",
    ),
    Change(
        "last dh forgotten",
        "backward",
        "dh_next, dc_next = dh_last, dc_last",
        "dh_next, dc_next = 0 * dh_last, dc_last",
        ALL,
        "`dh_last` is left out",
    ),
    Change(
        "last dc forgotten",
        "backward",
        "dh_next, dc_next = dh_last, dc_last",
        "dh_next, dc_next = dh_last, 0 * dc_last",
        {**ALL, "leak_and_matrix": 3.0},
        "`dc_last` is left out",
    ),
    Change(
        "losses in forward order",
        "backward",
        "    T = len(dh)\n",
        "    T = len(dh)\n    dh = dh[::-1]\n",
        ALL,
        "`dh` is read from the first step to the last",
    ),
    Change(
        "every sign",
        "backward",
        END,
        END.replace("return ", "grads |= ").replace("grads |= grads | ", "grads |= ")
        + "\n    return {name: -g for name, g in grads.items()}",
        ALL,
        "every gradient has the wrong sign",
    ),
    Change(
        "divided by the batch",
        "backward",
        END,
        "    grads |= {name: g / dh.shape[1] for name, g in grads.items() if name != 'x'}\n" + END,
        {"weights": 8.0, "leak_and_matrix": 3.0},
        "the weights' gradients are divided by the batch size",
    ),
    Change(
        "mean over the steps",
        "backward",
        END,
        "    grads |= {name: g / T for name, g in grads.items() if name != 'x'}\n" + END,
        {"weights": 8.0, "leak_and_matrix": 3.0},
        "the weights' gradients are a mean over the steps",
    ),
    Change(
        "slope of r forgotten",
        "backward",
        'd["r"] = dc * q * slope["r"]',
        'd["r"] = dc * q',
        ALL,
        "the slope of `r` is left out",
    ),
    Change(
        "leak's way back forgotten",
        "backward",
        ' + d["s"] * v["a"]',
        "",
        ALL,
        "the path from `c` to `zs` by way of `a * c` is left out",
    ),
    Change(
        "h0 and c0 exchanged",
        "backward",
        '"h0": dh_next, "c0": dc_next',
        '"h0": dc_next, "c0": dh_next',
        {"first_states": 2.0},
        "`h0` and `c0` are exchanged",
    ),
    Change(
        "no gradients of the first states",
        "backward",
        END,
        "    return grads",
        {"first_states": 2.0},
        "`h0` is missing",
        "unfinished",
    ),
    Change(
        "changes its arguments in place",
        "backward",
        "    dh_next, dc_next = dh_last, dc_last\n",
        "    dh[...], dh = 0, dh.copy()\n    dh_next, dc_next = dh_last, dc_last\n",
        {},
        "right",
        "right",
    ),
    Change(
        "the book's bptt",
        "backward",
        "",
        "def backward(dh, dh_last, dc_last, cache):\n"
        "    import importlib\n\n"
        '    bptt = importlib.import_module("lstm" + "_lesson").bptt\n'
        '    return bptt(cache["x"], cache, dh)\n',
        ALL,
        "it raised ModuleNotFoundError",
        "numerical",
    ),
    Change(
        "run anew, hidden complex step",
        "backward",
        "",
        """\
def backward(dh, dh_last, dc_last, cache):
    names = [n for n in cache if n in ("a", "P") or n[:2] in ("wx", "wh")]
    start = {n: cache[n] for n in names}
    for k in "pqrs":
        h = cache["q"][0] * cache["h_prev"][0] if k == "r" else cache["h_prev"][0]
        z = cache["x"][0] @ cache["wx" + k].T + h @ cache["wh" + k].T
        z = z + (cache["a"] * cache["c"][0] if k == "s" else 0)
        start["b" + k] = (cache["z" + k][0] - z).mean(axis=0)
    start |= {"x": cache["x"], "h0": cache["h_prev"][0], "c0": cache["c_prev"][0]}
    tiny = (-1.0 + 0 * np.lib.scimath.sqrt(-1)) ** 0.5 * 1e-30
    part = "im" + "ag"

    def loss(w):
        h, c, total = w["h0"], w["c0"], 0
        for t in range(len(dh)):
            x = w["x"][t]
            z = {k: x @ w["wx" + k].T + w["b" + k] for k in "pqrs"}
            p = 0.5 + np.arctan(z["p"] + h @ w["whp"].T) / np.pi
            q = 1 / (1 + (z["q"] + h @ w["whq"].T) ** 2)
            c = (1 - q) * p * c + q * np.sin(z["r"] + (q * h) @ w["whr"].T)
            s = z["s"] + h @ w["whs"].T + w["a"] * c
            s = 0.5 + 0.5 * s / np.sqrt(1 + s * s)
            h = (s * np.arcsinh(c) + (1 - s) * h) @ w["P"].T
            total = total + (dh[t] * h).sum()
        return total + (dh_last * h).sum() + (dc_last * c).sum()

    grads = {}
    for name, array in start.items():
        grads[name] = np.empty(array.shape)
        for at in np.ndindex(array.shape):
            moved = array.astype(type(tiny))
            moved[at] += tiny
            grads[name][at] = getattr(loss({**start, name: moved}), part) / 1e-30
    return grads
""",
        ALL,
        "entries are wrong",
        "numerical",
    ),
)
