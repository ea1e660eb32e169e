"""The check of the practice of Step 4, weights: from the gates of one step to its gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.gates import Gates, gates_backward, gates_forward, inputs_backward
from lstm_lesson.initial import init_weights
from lstm_lesson.practice.step4_gradients_nodes import squashed_twice
from lstm_lesson.practice.verdict import Verdict, compare
from lstm_lesson.weights import GATES, NAMES, Weights, weights_backward


def check_grads(grads: Callable[[Array, Array, Array, Array, Gates, Weights], Any]) -> Verdict:
    """Check ``grads(di, df, dg, do, gates, w)`` of a batch: the twelve, ``x`` and ``h_prev``."""
    rng = np.random.default_rng(6)
    B, D, H = 4, 2, 3
    w, x, h = init_weights(D, H, seed=7), rng.normal(size=(B, D)), rng.uniform(-1, 1, size=(B, H))
    gates = gates_forward(x, h, w)
    di, df, dg, do = rng.normal(size=(4, B, H))
    of_gates = dict(zip(GATES, (di, df, dg, do), strict=True))
    delta = dict(zip(GATES, gates_backward(di, df, dg, do, gates), strict=True))
    right = fourteen(delta, gates, w)
    mistakes = wrong_sums(delta, gates, w, right) | lost_terms(delta, w, right)
    mistakes |= wrong_slopes(delta, of_gates, gates, w)
    hint = (
        "a weight's gradient is delta times what it meets, an outer product summed over the batch: "
        "delta.T @ x, delta.T @ h_prev, delta.sum(axis=0); x and h_prev are sums over all four "
        "gates"
    )
    praise = "all twelve, x and h_prev, for a batch of four"

    def with_bf(*arguments: Any) -> Any:
        """Call the reader's function; "bo" written twice leaves out "bf"."""
        result = grads(*arguments)
        if isinstance(result, dict) and set(right) - set(result) == {"bf"}:
            return result | {"bf": np.zeros(H)}
        return result

    return compare(with_bf, (di, df, dg, do, gates, w), right, mistakes, praise, hint)


def wrong_sums(
    delta: dict[str, Array], gates: Gates, w: Weights, right: dict[str, Array]
) -> dict[str, dict[str, Array]]:
    """Return what mistakes in the products and sums give, by the sentence that names each."""
    return {
        "delta * h_prev is elementwise and fills the diagonal alone; each delta meets each entry: "
        "delta.T @ h_prev": {
            "wh" + k: np.diag((delta[k] * gates.h_prev).sum(axis=0)) for k in GATES
        },
        "the gradients of the recurrent weights are transposed; rows are units, so delta comes "
        "first: delta.T @ h_prev": {"wh" + k: gates.h_prev.T @ delta[k] for k in GATES},
        "the biases have the first sample only; a bias serves every sample, so sum over them": {
            "b" + k: delta[k][0] for k in GATES
        },
        "the bias is summed over the batch, not averaged; the mean is in the loss": {
            "b" + k: right["b" + k] / len(gates.x_t) for k in GATES
        },
        "the weights are divided by the batch size; the mean is in the loss, this is a sum": {
            name: right[name] / len(gates.x_t) for name in NAMES
        },
        "all is divided by the batch size; the mean is in the loss, this is a sum": {
            name: array / len(gates.x_t) for name, array in right.items()
        },
        "the gradient of bf is stored under the name bo, and bf has none": {
            "bo": right["bf"],
            "bf": np.zeros_like(right["bf"]),
        },
        "the gradient of bf is stored under the name bo too": {"bo": right["bf"]},
        "the gradients of bf and bo are swapped": {"bo": right["bf"], "bf": right["bo"]},
        "h_prev went through the transposed matrices; with samples in rows it is delta @ w.whf": {
            "h_prev": np.sum([delta[k] @ getattr(w, "wh" + k).T for k in GATES], axis=0)
        },
    }


def lost_terms(
    delta: dict[str, Array], w: Weights, right: dict[str, Array]
) -> dict[str, dict[str, Array]]:
    """Return what is left of x and h_prev where some of the four gates are forgotten."""
    from_gate = {
        k: {"x": delta[k] @ getattr(w, "wx" + k), "h_prev": delta[k] @ getattr(w, "wh" + k)}
        for k in GATES
    }
    mistakes = {
        f"x and h_prev come from {k} alone; all four gates feed back, so add four terms": part
        for k, part in from_gate.items()
    }
    for k, part in from_gate.items():
        less = {name: right[name] - a for name, a in part.items()}
        terms = f"over all four gates; that of {k} is missing"
        mistakes[f"h_prev is a sum {terms}"] = {"h_prev": less["h_prev"]}
        mistakes[f"x is a sum {terms}"] = {"x": less["x"]}
        mistakes[f"x and h_prev are each a sum {terms}"] = less
    return mistakes


def wrong_slopes(
    delta: dict[str, Array], of_gates: dict[str, Array], gates: Gates, w: Weights
) -> dict[str, dict[str, Array]]:
    """Return what mistakes in the slopes give, by the sentence that names each."""
    mistakes = {
        "the slopes are missing: a delta is the gradient of the gate times the gate's slope": (
            fourteen(of_gates, gates, w)
        ),
        "the candidate has the slope of a gate; it is a tanh, so its slope is 1 - g**2": fourteen(
            delta | {"g": of_gates["g"] * gates.g * (1 - gates.g)}, gates, w
        ),
    }
    for sentence, slopes in squashed_twice(gates):
        squashed = {k: of_gates[k] * slope for k, slope in slopes.items()}
        mistakes[sentence] = fourteen(delta | squashed, gates, w)
    return mistakes


def fourteen(delta: dict[str, Array], gates: Gates, w: Weights) -> dict[str, Array]:
    """Return the gradients of the twelve weights, of the input and of h_{t-1}, by name."""
    deltas = tuple(delta[k] for k in GATES)
    x, h_prev = inputs_backward(deltas, w)
    return weights_backward(deltas, gates.x_t, gates.h_prev).named() | {"x": x, "h_prev": h_prev}
