"""The check of the practice of Step 4, the nodes: one step back through states and gates."""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.gates import Gates, gates_backward, gates_forward, sigmoid
from lstm_lesson.initial import init_weights
from lstm_lesson.practice.verdict import Verdict, compare
from lstm_lesson.states import States, states_backward, states_forward
from lstm_lesson.weights import GATES

NODES = ("do", "dc", "di", "dg", "df", "dc_prev", "dzi", "dzf", "dzg", "dzo")
SUMS = NODES[6:]


def check_step_backward(step_backward: Callable[..., Any]) -> Verdict:
    """Check ``step_backward(dh, carry, i, f, g, o, c, c_prev)``: the gradients of all nodes.

    Expected are do, dc, di, dg, df, dc_prev, dzi, dzf, dzg, dzo, as a tuple in this order or as
    a dict by name. ``carry`` is what reaches c_t from the step after it.
    """
    rng = np.random.default_rng(8)
    D, H = 2, 3
    w, x, h_prev = init_weights(D, H, seed=9), rng.normal(size=D), rng.normal(size=H)
    states = states_forward(gates_forward(x, h_prev, w), rng.normal(size=H))
    dh, carry = rng.normal(size=(2, H))
    i, f, g, o = states.gates[:4]
    c, c_prev = states.c, states.c_prev
    right = node_gradients(dh, carry, states)
    mistakes = wrong_states(dh, carry, states, right) | wrong_slopes(right, states.gates)
    return compare(
        step_backward,
        tuple(a.copy() for a in (dh, carry, i, f, g, o, c, c_prev)),
        right,
        mistakes,
        "all ten, with the carry and every slope",
        "for each: what does it feed, and with which slope?",
    )


def wrong_states(
    dh: Array, carry: Array, states: States, right: dict[str, Array]
) -> dict[str, dict[str, Array]]:
    """Return what mistakes on the way through the states give, by the sentence that names each."""
    i, f, g, o = states.gates[:4]
    c, c_prev = states.c, states.c_prev
    tanh_c = np.tanh(c)
    through_h = dh * o * (1 - tanh_c**2)
    do, dc = right["do"], right["dc"]

    def with_dc(wrong: Array) -> dict[str, Array]:
        return {"dc": wrong} | from_cell(wrong, do, states.gates, c_prev)

    def with_(**wrong: Array) -> dict[str, Array]:
        """Return what follows for the sums when some gates' gradients are wrong."""
        nodes = right | wrong
        sums = gates_backward(nodes["di"], nodes["df"], nodes["dg"], nodes["do"], states.gates)
        return wrong | dict(zip(SUMS, sums, strict=True))

    return {
        "df has c_t; the forget gate multiplies the old memory, c_{t-1}": with_(df=dc * c),
        "di and dg are swapped: the neighbour of i in the product i g is g": with_(
            di=dc * i, dg=dc * g
        ),
        "the slope of tanh at c is 1 - tanh(c)**2, not 1 - c**2": with_dc(
            carry + dh * o * (1 - c**2)
        ),
        "the slope of the tanh is missing in dc: 1 - tanh(c)**2": with_dc(carry + dh * o),
        "the output gate is missing in dc": with_dc(carry + dh * (1 - tanh_c**2)),
        "the carry is missing: c_t feeds c_{t+1} too, and the two terms add up": with_dc(through_h),
        "the carry has its forget gate already: it is not multiplied by f_t": with_dc(
            carry * f + through_h
        ),
        "the carry belongs to c_t, not to h_t: it is added after the tanh and o": with_dc(
            (carry + dh) * o * (1 - tanh_c**2)
        ),
        "dh stands twice in df and dc_prev: dc contains it already": (
            with_(df=dh * dc * c_prev) | {"dc_prev": dh * dc * f}
        ),
        "dh stands twice in df: dc contains it already": with_(df=dh * dc * c_prev),
        "dh stands twice in dc_prev: dc contains it already": {"dc_prev": dh * dc * f},
        "f is missing in dc_prev: only the share that was kept goes back": {"dc_prev": dc},
        "do has c_t; what the output gate multiplies is tanh(c_t)": with_(do=dh * c),
    }


def wrong_slopes(right: dict[str, Array], gates: Gates) -> dict[str, dict[str, Array]]:
    """Return what mistakes in the slopes of the gates give, by the sentence that names each."""
    i, f, g, o = gates[:4]
    return {
        "the slopes are missing in dzi, dzf, dzg, dzo: a sum feeds its gate through a squashing": {
            "dzi": right["di"],
            "dzf": right["df"],
            "dzg": right["dg"],
            "dzo": right["do"],
        },
        "the candidate's slope is missing in dzg: 1 - g**2": {"dzg": right["dg"]},
        "the candidate went through tanh: its slope is 1 - g**2, not g (1 - g)": {
            "dzg": right["dg"] * g * (1 - g)
        },
        "a gate is a sigmoid: its slope is s (1 - s), not 1 - s**2": {
            f"dz{k}": right[f"d{k}"] * (1 - s**2) for k, s in zip("ifo", (i, f, o), strict=True)
        },
    } | {
        sentence: {f"dz{k}": right[f"d{k}"] * slope for k, slope in slopes.items()}
        for sentence, slopes in squashed_twice(gates)
    }


def squashed_twice(gates: Gates) -> Iterator[tuple[str, dict[str, Array]]]:
    """Yield what to say where the slope is taken of some of the gates, and their wrong slopes."""
    shares = {k: sigmoid(getattr(gates, k)) for k in "ifo"}
    slopes = {k: s * (1 - s) for k, s in shares.items()} | {"g": 1 - np.tanh(gates.g) ** 2}
    for n in range(1, len(GATES) + 1):
        for some in combinations(GATES, n):
            yield (
                f"in {', '.join(some)} the slope is taken of the gate: that squashes twice; a gate "
                "s came out of its sigmoid, so it has s (1 - s), and the candidate 1 - g**2",
                {k: slopes[k] for k in some},
            )


def node_gradients(dh: Array, carry: Array, states: States) -> dict[str, Array]:
    """Return the gradients of all nodes by name, from the package."""
    di, df, dg, do, dc_prev = states_backward(dh, carry, states)
    dc = carry + dh * states.gates.o * (1 - np.tanh(states.c) ** 2)
    sums = gates_backward(di, df, dg, do, states.gates)
    return dict(zip(NODES, (do, dc, di, dg, df, dc_prev, *sums), strict=True))


def from_cell(dc: Array, do: Array, gates: Gates, c_prev: Array) -> dict[str, Array]:
    """Return what follows from dE/dc_t, right or wrong."""
    di, dg, df = dc * gates.g, dc * gates.i, dc * c_prev
    sums = gates_backward(di, df, dg, do, gates)
    return {"di": di, "dg": dg, "df": df, "dc_prev": dc * gates.f} | dict(
        zip(SUMS, sums, strict=True)
    )
