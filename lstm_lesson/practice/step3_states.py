"""The check of the practice of Step 3: the states of one sequence."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.gates import gates_forward, sigmoid
from lstm_lesson.initial import init_weights
from lstm_lesson.practice.verdict import Verdict, compare
from lstm_lesson.states import unroll
from lstm_lesson.weights import Weights

# What one step does with its gates, the last cell state and the first one; it returns c and the
# cell state that h is made of.
Gate = dict[str, Array]
Update = Callable[[Gate, Array, Array], tuple[Array, Array]]


def check_forward(forward: Callable[[Array, Weights, Array, Array], Any]) -> Verdict:
    """Check ``forward(x, w, h0, c0)``: all hidden states and all cell states, each (T, H)."""
    rng = np.random.default_rng(3)
    T, D, H = 4, 2, 3
    w, x = init_weights(D, H, seed=6), rng.normal(size=(T, D))
    h0, c0 = rng.uniform(-0.8, 0.8, size=H), rng.normal(size=H)
    steps = unroll(x, w, h0, c0)
    right = {"h": np.stack([s.h for s in steps]), "c": np.stack([s.c for s in steps])}
    zero = np.zeros(H)

    def with_update(update: Update) -> dict[str, Array]:
        return run_cell(x, w, h0, c0, update=update)

    def swapped(a: str, b: str) -> dict[str, Array]:
        return run_cell(x, w, h0, c0, rename={a: b, b: a})

    mistakes = {
        "h0 and c0 are ignored; the first step starts from them": run_cell(x, w, zero, zero),
        "h0 is ignored; the gates of the first step take it in": run_cell(x, w, zero, c0),
        "c0 is ignored; the first step keeps a share of it": run_cell(x, w, h0, zero),
        "c is overwritten before f could keep a share of it; what is kept is a share of the "
        "old c": with_update(lambda k, c, _: twice((1 + k["f"]) * k["i"] * k["g"])),
        "h is made of the old cell state; h_t = o tanh(c_t) takes the new one": with_update(
            lambda k, c, _: (kept(k, c) + k["i"] * k["g"], c)
        ),
        "h = o c: the tanh is missing": run_cell(x, w, h0, c0, squash=np.asarray),
        "h went through the sigmoid; it takes tanh": run_cell(x, w, h0, c0, squash=sigmoid),
        "nothing of the old cell state is kept: f c is missing": with_update(
            lambda k, c, _: twice(k["i"] * k["g"])
        ),
        "all of the old cell state is kept: it should be multiplied by f": with_update(
            lambda k, c, _: twice(c + k["i"] * k["g"])
        ),
        "the candidate is written without the input gate: i g, not g": with_update(
            lambda k, c, _: twice(kept(k, c) + k["g"])
        ),
        "each step keeps a share of c0; it should keep a share of the last c": with_update(
            lambda k, c, first: twice(kept(k, first) + k["i"] * k["g"])
        ),
        "the gates of each step take in h0; they should take in the last h": run_cell(
            x, w, h0, c0, feed_back=False
        ),
        "i and f are swapped: f keeps, i writes": swapped("i", "f"),
        "i and o are swapped: i writes, o shows": swapped("i", "o"),
        "f and o are swapped: f keeps, o shows": swapped("f", "o"),
        "g and o are swapped: g is what is written, o shows": swapped("g", "o"),
        "every row of c is the last one: the same array was changed in place and kept T times; "
        "keep a copy": {"c": np.broadcast_to(right["c"][-1], (T, H))},
        "the two results are swapped: all h first, then all c": {"h": right["c"], "c": right["h"]},
        "the results begin with h0 and c0; they should begin with h_1 and c_1": {
            "h": np.stack([h0, *right["h"][:-1]]),
            "c": np.stack([c0, *right["c"][:-1]]),
        },
    }
    hint = "in each step: the gates from the old h, then c from the old c, then h from the new c"
    praise = "all h and all c, over four steps and from states that are not zero"
    return compare(forward, (x, w, h0, c0), right, mistakes, praise, hint)


def kept(gates: Gate, c: Array) -> Array:
    """Return what the forget gate keeps."""
    return np.asarray(gates["f"] * c)


def twice(c: Array) -> tuple[Array, Array]:
    """Return a cell state that h is made of, too."""
    return c, c


def run_cell(
    x: Array,
    w: Weights,
    h0: Array,
    c0: Array,
    *,
    update: Update = lambda k, c, _: twice(kept(k, c) + k["i"] * k["g"]),
    squash: Callable[[Array], Array] = np.tanh,
    rename: dict[str, str] | None = None,
    feed_back: bool = True,
) -> dict[str, Array]:
    """Run the cell over a sequence with one thing done in another way."""
    h, c, states = h0, c0, []
    for x_t in x:
        gates = gates_forward(x_t, h if feed_back else h0, w)
        named = {k: getattr(gates, (rename or {}).get(k, k)) for k in "ifgo"}
        c, shown = update(named, c, c0)
        h = named["o"] * squash(shown)
        states.append((h, c))
    return {
        name: np.stack(column) for name, column in zip("hc", zip(*states, strict=True), strict=True)
    }
