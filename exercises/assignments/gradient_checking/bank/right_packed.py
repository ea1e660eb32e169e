"""The reserved cell bank-1: one flat vector, five-point differences, directions for the verdict."""

import numpy as np

# %% helpers
STENCIL = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


def directional(loss, array, direction, step=1e-3):
    return sum(f * loss(array + k * step * direction) for k, f in STENCIL) / step


def all_directions(loss, array):
    flat = np.eye(array.size).reshape(array.size, *array.shape)
    return np.array([directional(loss, array, one) for one in flat]).reshape(array.shape)


# %% numerical
def numerical(loss, array):
    return all_directions(loss, array)


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
