"""The check of the practice of Step 2: the four gates of one sample."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.gates import sigmoid
from lstm_lesson.initial import init_weights
from lstm_lesson.practice.verdict import Verdict, compare
from lstm_lesson.weights import GATES, Weights


def check_gates(gates: Callable[[Array, Array, Weights], Any]) -> Verdict:
    """Check ``gates(x_t, h_prev, w)``: the tuple i, f, g, o of one sample."""
    rng = np.random.default_rng(2)
    w, x, h = init_weights(2, 3, seed=4), rng.normal(size=2), rng.normal(size=3)
    from_x = {k: getattr(w, "wx" + k) @ x for k in GATES}
    from_h = {k: getattr(w, "wh" + k) @ h for k in GATES}
    b = {k: getattr(w, "b" + k) for k in GATES}
    z = {k: from_x[k] + from_h[k] + b[k] for k in GATES}
    turned = {k: from_x[k] + getattr(w, "wh" + k).T @ h + b[k] for k in GATES}
    right = squash(z)
    i, f, g, o = (right[k] for k in GATES)
    mistakes = {
        "g went through the sigmoid; the candidate may be negative, it takes tanh": {
            "g": sigmoid(z["g"])
        },
        "all four went through tanh; a gate lies between 0 and 1, it takes the sigmoid": {
            k: np.tanh(z[k]) for k in GATES
        },
        "i and f are swapped; the order is i, f, g, o": {"i": f, "f": i},
        "g and o are swapped; the order is i, f, g, o": {"g": o, "o": g},
        "the biases are missing": squash({k: from_x[k] + from_h[k] for k in GATES}),
        "the recurrent part is missing": squash({k: from_x[k] + b[k] for k in GATES}),
        "the recurrent matrices are transposed": squash(turned),
        "these are the sums z, before the squashing": z,
    }
    hint = "* multiplies entry by entry; W x is a matrix product: W @ x, or x @ W.T"
    return compare(gates, (x, h, w), right, mistakes, "four values, each within rounding", hint)


def squash(z: Mapping[str, Array]) -> dict[str, Array]:
    """Return the gates of the sums."""
    return {k: np.tanh(z[k]) if k == "g" else sigmoid(z[k]) for k in GATES}
