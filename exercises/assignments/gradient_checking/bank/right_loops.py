"""The reserved cell bank-1: differences to both sides, array by array."""

import numpy as np


# %% helpers
def central(loss, array):
    array = array.copy()
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + 1e-5
        up = loss(array)
        array[index] = value - 1e-5
        down = loss(array)
        array[index] = value
        gradient[index] = (up - down) / 2e-5
    return gradient


# %% numerical
def numerical(loss, array):
    return central(loss, array)


# %% problem
def problem(rng):
    T, B, D, H = 4, 3, 2, 5
    found = {"a": rng.normal(size=H), "P": rng.normal(size=(H, H)) / 2}
    for gate in "pqrs":
        found["wx" + gate] = rng.normal(size=(H, D))
        found["wh" + gate] = rng.normal(size=(H, H)) / 2
        found["b" + gate] = rng.normal(size=H)
    found["x"], found["dh"] = rng.normal(size=(T, B, D)), rng.normal(size=(T, B, H))
    for name in ("h0", "c0", "dh_last", "dc_last"):
        found[name] = rng.normal(size=(B, H))
    return found


# %% judge
def judge(problem, gradients, run_cell):
    names = [n for n in problem if n not in ("dh", "dh_last", "dc_last")]
    for name in names:

        def loss(array, name=name):
            v = {**problem, name: array}
            w = {n: v[n] for n in names if n not in ("x", "h0", "c0")}
            steps = run_cell(v["x"], w, v["h0"], v["c0"])
            total = sum((d * v["h"]).sum() for d, v in zip(problem["dh"], steps, strict=True))
            total += (problem["dh_last"] * steps[-1]["h"]).sum()
            return total + (problem["dc_last"] * steps[-1]["c"]).sum()

        if name not in gradients or gradients[name].shape != problem[name].shape:
            return False
        expected = central(loss, problem[name])
        error = np.abs(gradients[name] - expected).max() / np.abs(expected).max()
        if not error < 1e-6:
            return False
    return True
