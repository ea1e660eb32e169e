"""The check of the practice of "Making it fast": the whole forward pass of a batch."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.gates import sigmoid
from lstm_lesson.initial import init_weights
from lstm_lesson.practice.verdict import NotRightError, Verdict, call, compare
from lstm_lesson.states import unroll
from lstm_lesson.weights import Weights

FastForward = Callable[[Array, Weights, Array, Array], Any]
T, B, D, H = 4, 3, 2, 5


def check_fast_forward(fast_forward: FastForward) -> Verdict:
    """Check ``fast_forward(x, w, h0, c0)``: all hidden and cell states of a batch, (T, B, H).

    First the numbers, then the mistakes that only quick code makes: a type that creeps in,
    arguments that are changed, results that lie in a buffer which the next call uses.
    """
    x, w, h0, c0 = problem(seed=5)
    right = states_of(x, w, h0, c0)
    hint = "in each step: z = rows[t] times the packed weights, four gates, then c, then h"
    verdict = compare(
        fast_forward,
        problem(seed=5),
        right,
        known_mistakes(x, w, h0, c0, right),
        "all h and c to rounding, float32 stays float32, and nothing is changed or shared",
        hint,
    )
    if not verdict.right:
        return verdict
    try:
        for trouble in (what_is_changed, what_creeps_in, what_is_shared):
            sentence = trouble(fast_forward)
            if sentence:
                return Verdict(False, sentence)
    except NotRightError as error:  # on another type, or when called again
        return error.verdict(hint)
    return verdict


def problem(seed: int, dtype: str = "float64") -> tuple[Array, Weights, Array, Array]:
    """Return x, w, h0, c0; all sizes differ and no state is zero."""
    rng = np.random.default_rng(seed)
    x, h0, c0 = (rng.normal(size=size).astype(dtype) for size in ((T, B, D), (B, H), (B, H)))
    return x, init_weights(D, H, seed=seed, dtype=dtype), h0, c0


def states_of(x: Array, w: Weights, h0: Array, c0: Array) -> dict[str, Array]:
    """Return what the lesson path computes."""
    steps = unroll(x, w, h0, c0)
    return {"h": np.stack([s.h for s in steps]), "c": np.stack([s.c for s in steps])}


def known_mistakes(
    x: Array, w: Weights, h0: Array, c0: Array, right: dict[str, Array]
) -> dict[str, dict[str, Array]]:
    """Return what each usual mistake gives."""
    zero, other = np.zeros((B, H)), w.copy()
    other.bi = other.bf = other.bg = other.bo = np.zeros(H)
    halved = Weights(w.packed / 2)
    doubled = w.copy()
    for name in ("wxi", "wxf", "wxo", "whi", "whf", "who", "bi", "bf", "bo"):
        setattr(doubled, name, 2 * getattr(w, name))
    half_g = w.copy()
    half_g.wxg, half_g.whg, half_g.bg = halved.wxg, halved.whg, halved.bg
    return {
        "h0 and c0 are ignored: the first row is [x_1, 1, h0]": states_of(x, w, zero, zero),
        "h0 is ignored: the first row is [x_1, 1, h0]": states_of(x, w, zero, c0),
        "c0 is ignored: the first step keeps a share of it": states_of(x, w, h0, zero),
        "the biases are missing: the middle of each row is 1": states_of(x, other, h0, c0),
        "the gates are read in the order i, f, o, g; the rows of the packed weights go i, f, g, "
        "o": in_order(x, w, h0, c0, (0, 1, 3, 2)),
        "every step takes in h0: h_t must be written into row t + 1": in_order(
            x, w, h0, c0, (0, 1, 2, 3), feed_back=False
        ),
        "sigmoid(z) is 0.5 + 0.5 tanh(z / 2): the half inside is missing": states_of(
            x, doubled, h0, c0
        ),
        "the candidate is tanh(z), not tanh(z / 2): only the three sigmoids are halved": states_of(
            x, half_g, h0, c0
        ),
        "all rows of h and c are the last ones: one buffer was kept T times": {
            name: np.broadcast_to(a[-1], a.shape) for name, a in right.items()
        },
        "all rows of h are the last one: one buffer was kept T times": {
            "h": np.broadcast_to(right["h"][-1], right["h"].shape)
        },
        "all rows of c are the last one: one buffer was kept T times": {
            "c": np.broadcast_to(right["c"][-1], right["c"].shape)
        },
        "the rows begin with h0, the ones before they are due: h_t stands in row t + 1": {
            "h": np.stack([h0, *right["h"][:-1]])
        },
        "the two results are swapped: all h first, then all c": {
            "h": right["c"],
            "c": right["h"],
        },
    }


def in_order(
    x: Array, w: Weights, h: Array, c: Array, order: tuple[int, ...], feed_back: bool = True
) -> dict[str, Array]:
    """Run the packed cell with its gates read in another order, or without feeding h back."""
    h_prev, all_h, all_c = h, [], []
    for x_t in x:
        z = np.concatenate([x_t, np.ones((B, 1)), h_prev], axis=1) @ w.packed.T
        i, f, g, o = (z[:, k * H : (k + 1) * H] for k in order)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        h_prev = h if feed_back else h_prev
        all_h.append(h)
        all_c.append(c)
    return {"h": np.stack(all_h), "c": np.stack(all_c)}


def results(fast_forward: FastForward, arguments: tuple[Any, ...]) -> dict[str, Array]:
    """Return the two results by name."""
    result = call(fast_forward, *arguments)
    if isinstance(result, dict):
        return result
    return dict(zip("hc", result, strict=True))


def what_is_changed(fast_forward: FastForward) -> str:
    """Name the argument that a call changes."""
    (x, w, h0, c0), before = problem(seed=6), problem(seed=6)
    call(fast_forward, x, w, h0, c0)
    pairs = {
        "x": (x, before[0]),
        "w": (w.packed, before[1].packed),
        "h0": (h0, before[2]),
        "c0": (c0, before[3]),
    }
    for name, (received, given) in pairs.items():
        if not np.array_equal(received, given):
            return f"{name} was changed: what the caller gave must stay; work on a copy"
    return ""


def what_creeps_in(fast_forward: FastForward) -> str:
    """Name the result that is not of the arguments' type."""
    for name, a in results(fast_forward, problem(seed=6, dtype="float32")).items():
        if np.asarray(a).dtype != np.float32:
            return (
                f"{name} is {np.asarray(a).dtype} when all arguments are float32: np.zeros, "
                "np.ones and np.empty make float64 unless told dtype=x.dtype"
            )
    return ""


def what_is_shared(fast_forward: FastForward) -> str:
    """Say which result of one call changes during the next."""
    first = {k: np.asarray(a) for k, a in results(fast_forward, problem(seed=6)).items()}
    kept = {name: a.copy() for name, a in first.items()}
    call(fast_forward, *problem(seed=7))
    for name, a in first.items():
        if not np.array_equal(a, kept[name]):
            return (
                f"{name} of the first call changed during the second: it is a view of a buffer "
                "that is used again; return a copy"
            )
    return ""
