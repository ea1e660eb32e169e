"""Typical mistakes one step back, on the reserved cell bank-1."""

from bank import Change

# What comes after c on the way back: c, r, q, p, and zr, zq, zp.
FROM_C = {"nodes": 4.0, "sums": 4.5}


def share(count: int) -> float:
    """Return the points that some of the twelve arrays cost."""
    return 2 - round(2 * (1 - count / 12), 2)


RUN_ANEW = """\
def run(v, added):
    new = dict(v)
    sums = {}
    for k in "pqrs":
        h = v["h_prev"]
        if k == "r":
            h = new["q"] * h
        sums[k] = v["x"] @ v["wx" + k].T + h @ v["wh" + k].T + added.get("b" + k, 0)
        if k == "s":
            sums[k] = sums[k] + v["a"] * new["c"]
        z = new["z" + k] = sums[k] + added.get("z" + k, 0)
        new[k] = {
            "p": lambda z: 0.5 + np.arctan(z) / np.pi,
            "q": lambda z: 1 / (1 + z**2),
            "r": np.sin,
            "s": lambda z: 0.5 + 0.5 * z / np.sqrt(1 + z**2),
        }[k](z) + added.get(k, 0)
        if k == "r":
            kept = (1 - new["q"]) * new["p"] * v["c_prev"]
            new["c"] = kept + new["q"] * new["r"] + added.get("c", 0)
    new["k"] = np.arcsinh(new["c"]) + added.get("k", 0)
    new["u"] = new["s"] * new["k"] + (1 - new["s"]) * v["h_prev"] + added.get("u", 0)
    new["h"] = new["u"] @ v["P"].T
    return new, sums


def nodes_backward(dh, dc, v):
    offsets = {}
    for _ in range(4 if RECOVER else 0):  # what disturbed each sum, one after the other
        _, sums = run(v, offsets)
        for k in "pqrs":
            offsets["z" + k] = v["z" + k] - sums[k]
    d = {}
    for name in ("c", "k", "u", "p", "q", "r", "s", "zp", "zq", "zr", "zs"):
        d[name] = np.zeros(v["c"].shape)
        for index in np.ndindex(v["c"].shape):
            d[name][index] = DERIVATIVE
    return d


def loss(dh, dc, v, offsets, name, index, step):
    moved = np.zeros(v["c"].shape, np.result_type(step, float))
    moved[index] = step
    new, _ = run(v, {**offsets, name: moved + offsets.get(name, 0)})
    return (dh * new["h"]).sum() + (dc * new["c"]).sum()
"""
CENTRAL = (
    "(loss(dh, dc, v, offsets, name, index, 1e-5)"
    " - loss(dh, dc, v, offsets, name, index, -1e-5)) / 2e-5"
)
COMPLEX = "loss(dh, dc, v, offsets, name, index, 1e-30j).imag / 1e-30"
ALL_NODES = {"nodes": 7.0, "sums": 6.0}


def numerical(recover: bool, derivative: str) -> str:
    """Return a pass that computes the run anew and differentiates it numerically."""
    return RUN_ANEW.replace("RECOVER", str(recover)).replace("DERIVATIVE", derivative)


CHANGES = (
    Change(
        "slope of k forgotten",
        "nodes_backward",
        " / np.sqrt(1 + c**2)",
        "",
        FROM_C,
        "the slope of `k` is left out",
    ),
    Change(
        "slope of k as of tanh",
        "nodes_backward",
        'd["k"] / np.sqrt(1 + c**2)',
        'd["k"] * (1 - v["k"] ** 2)',
        FROM_C,
        "the slope of `k` is that of tanh",
    ),
    Change(
        "leak's way back forgotten",
        "nodes_backward",
        ' + d["zs"] * v["a"]',
        "",
        FROM_C,
        "the path from `c` to `zs` by way of `a * c` is left out",
    ),
    Change("dc forgotten", "nodes_backward", "dc + d", "d", FROM_C, "`dc` is left out"),
    Change(
        "detour's way back forgotten",
        "nodes_backward",
        ' + (d["zr"] @ v["whr"]) * v["h_prev"]',
        "",
        {"nodes": 1.0, "sums": 1.5},
        "the path from `q` to `zr` by way of `whr @ (q * h_prev)` is left out",
    ),
    Change(
        "one of q's two ways to c forgotten",
        "nodes_backward",
        '(r - p * v["c_prev"])',
        "r",
        {"nodes": 1.0, "sums": 1.5},
        "the path from `q` to `c` by way of `(1 - q) * p * c_prev` is left out",
    ),
    Change(
        "sign of the complement",
        "nodes_backward",
        '(r - p * v["c_prev"])',
        '(r + p * v["c_prev"])',
        {"nodes": 1.0, "sums": 1.5},
        "the path from `q` to `c` by way of `(1 - q) * p * c_prev` has the wrong sign",
    ),
    Change(
        "recurrent matrix turned",
        "nodes_backward",
        'd["zr"] @ v["whr"]',
        'd["zr"] @ v["whr"].T',
        {"nodes": 1.0, "sums": 1.5},
        "`whr` is transposed on the way back",
    ),
    Change(
        "c_t for c_{t-1}",
        "nodes_backward",
        '(1 - q) * v["c_prev"]',
        '(1 - q) * v["c"]',
        {"nodes": 1.0, "sums": 1.5},
        "`c_prev` of step t + 1 stands where that of step t belongs",
    ),
    Change(
        "P turned",
        "nodes_backward",
        'dh @ v["P"]',
        'dh @ v["P"].T',
        {"nodes": 7.0, "sums": 6.0},
        "`P` is transposed on the way back",
    ),
    Change(
        "slope of q at q",
        "nodes_backward",
        'slope_q(v["zq"])',
        "slope_q(q)",
        {"sums": 1.5},
        "the slope of `q` is taken at `q` where it belongs to `zq`",
    ),
    Change(
        "slope of p forgotten",
        "nodes_backward",
        ' * slope_p(v["zp"])',
        "",
        {"sums": 1.5},
        "the slope of `p` is left out",
    ),
    Change(
        "slope of s as of the sigmoid",
        "nodes_backward",
        'slope_s(v["zs"])',
        "s * (1 - s)",
        {"nodes": 4.0, "sums": 6.0},
        "the slope of `s` is that of sigmoid",
    ),
    Change(
        "every sign",
        "nodes_backward",
        "    return d",
        "    return {name: -array for name, array in d.items()}",
        ALL_NODES,
        "every gradient has the wrong sign",
    ),
    Change(
        "p and q exchanged",
        "nodes_backward",
        "    return d",
        '    d |= {"p": d["q"], "q": d["p"], "zp": d["zq"], "zq": d["zp"]}\n    return d',
        {"nodes": 2.0, "sums": 3.0},
        "the gradients of p and q are exchanged",
    ),
    Change(
        "detour forgotten in the outer product",
        "weights_backward",
        'v["q"] * v["h_prev"] if k == "r" else v["h_prev"]',
        'v["h_prev"]',
        {"weights": share(1)},
        "this is what you get when `h_prev` stands where `q * h_prev` belongs",
    ),
    Change(
        "outer product turned",
        "weights_backward",
        'd["z" + k].T @ met',
        'met.T @ d["z" + k]',
        {"weights": share(4)},
        "the gradients of the recurrent matrices are transposed",
    ),
    Change(
        "entry by entry",
        "weights_backward",
        'd["z" + k].T @ met',
        'np.diag((d["z" + k] * met).sum(axis=0))',
        {"weights": share(4)},
        "the product is taken entry by entry",
    ),
    Change(
        "mean for the biases",
        "weights_backward",
        'd["z" + k].sum(axis=0)',
        'd["z" + k].mean(axis=0)',
        {"weights": share(4)},
        "the biases' gradients are a mean over the batch",
    ),
    Change(
        "first sample for the biases",
        "weights_backward",
        'd["z" + k].sum(axis=0)',
        'd["z" + k][0]',
        {"weights": share(4)},
        "only the first sample is used for the biases",
    ),
    Change(
        "divided by the batch",
        "weights_backward",
        "    return grads",
        '    return {name: g / len(v["x"]) for name, g in grads.items()}',
        {"weights": 2.0, "leak_and_matrix": 2.0},
        "everything is divided by the batch size",
    ),
    Change(
        "leak with the memory before",
        "weights_backward",
        'd["zs"] * v["c"]',
        'd["zs"] * v["c_prev"]',
        {"leak_and_matrix": 1.0},
        "`c_prev` stands in `zs` where `c` belongs",
    ),
    Change(
        "P's outer product turned",
        "weights_backward",
        'd["h"].T @ v["u"]',
        'v["u"].T @ d["h"]',
        {"leak_and_matrix": 1.0},
        "the gradients of `P` are transposed",
    ),
    Change(
        "weights half done",
        "weights_backward",
        '    grads["a"]',
        '    return grads\n    grads["a"]',
        {"leak_and_matrix": 2.0},
        "`a` is missing",
        "unfinished",
    ),
    Change(
        "input weights not turned",
        "inputs_backward",
        'v["wx" + k]',
        'v["wx" + k].T',
        {"inputs": 3.0},
        "it raised ValueError: matmul",
    ),
    Change(
        "detour forgotten for h",
        "inputs_backward",
        '(d["zr"] @ v["whr"]) * v["q"]',
        'd["zr"] @ v["whr"]',
        {"inputs": 1.0},
        "`q` is left out on the way back from `zr` to `h_prev`",
    ),
    Change(
        "direct way of h forgotten",
        "inputs_backward",
        ' + d["u"] * (1 - v["s"])',
        "",
        {"inputs": 1.0},
        "the path from `h_prev` to `u` by way of `(1 - s) * h_prev` is left out",
    ),
    Change(
        "carry without 1 - q",
        "inputs_backward",
        'd["c"] * (1 - v["q"]) * v["p"]',
        'd["c"] * v["p"]',
        {"inputs": 1.0},
        "in `c` the factor `1 - q` is missing",
    ),
    Change(
        "no known mistake",
        "inputs_backward",
        'd["c"] * (1 - v["q"]) * v["p"]',
        'd["c"] * (1 - v["q"]) * (v["p"] + [[0], [0.5], [0]][: len(v["p"])])',
        {"inputs": 1.0},
        "`c_prev`: 4 of 12 entries are wrong, the first is entry [1, 0]",
    ),
    Change(
        "inputs not begun",
        "inputs_backward",
        "",
        "def inputs_backward(d, v): ...",
        {"inputs": 3.0},
        "not written yet",
        "unfinished",
    ),
    Change(
        "run anew, differences",
        "nodes_backward",
        "",
        numerical(False, CENTRAL),
        # What lies behind all sums needs no run: differences are off from the tenth digit only.
        ALL_NODES,
        "entries are wrong",
        "numerical",
    ),
    Change(
        "disturbance recovered, differences",
        "nodes_backward",
        "",
        numerical(True, CENTRAL),
        ALL_NODES,
        "a difference quotient earns nothing here",
        "numerical",
    ),
    Change(
        "disturbance recovered, complex step",
        "nodes_backward",
        "",
        numerical(True, COMPLEX),
        ALL_NODES,
        "a numerical derivative, or one made by a library, earns no marks",
        "numerical",
    ),
    Change(
        "the book's own checker",
        "nodes_backward",
        "",
        "from lstm_lesson import complex_step\n\n\ndef nodes_backward(dh, dc, v):\n    return v\n",
        ALL_NODES,
        "a numerical derivative, or one made by a library, earns no marks",
        "numerical",
    ),
)
