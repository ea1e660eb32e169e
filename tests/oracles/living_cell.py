"""What the package answers for states of the living cell: the fixture its module is held to.

    python tests/oracles/living_cell.py

writes tests/data/living_cell.json, which the browser's tests compare with what the module
computes, and tests/test_living_cell.py with what the package computes today.
"""

import json
from itertools import product
from pathlib import Path

import numpy as np

import lstm_lesson as ll
from lstm_lesson.show.cell_address import DEFAULT, LIMITS

TARGET = Path(__file__).resolve().parents[1] / "data" / "living_cell.json"
SEED = 20261125
RANDOM = 12  # cases, of 1 to 6 steps


def states():
    """Return the states: the default, those at the edges of what is allowed, and random ones."""
    edges = [
        {},
        {"loss": "every"},
        {"x": [0.0]},
        {"x": [1.0], "loss": "every", "h0": 1.0, "c0": -3.0},
        *({name: bound} for name in ("h0", "c0", "y", "bf") for bound in LIMITS[name]),
        *({name: bounds[side] for name, bounds in LIMITS.items()} for side in (0, 1)),
        {name: 0.0 for name in LIMITS},
    ]
    for edge in edges:
        if isinstance(edge.get("x"), float):
            edge["x"] = [edge["x"]] * 6
    rng = np.random.default_rng(SEED)
    for case in range(RANDOM):
        state = {name: round(rng.uniform(*bounds), 3) for name, bounds in LIMITS.items()}
        state["x"] = [round(value, 3) for value in rng.uniform(-2, 2, 1 + case % 6)]
        edges.append(state | {"loss": ["last", "every"][case % 2]})
    return [DEFAULT | edge for edge in edges]


def answer(state):
    """Return all numbers of one state, by the package: forward, loss, and four ways back."""
    w = ll.Weights.from_arrays(
        **{n: np.full((1,) if n[0] == "b" else (1, 1), state[n]) for n in ll.NAMES}
    )
    x = np.reshape(state["x"], (-1, 1))
    steps = ll.unroll(x, w, [state["h0"]], [state["c0"]])
    h = np.array([step.h for step in steps])
    counts = np.arange(len(x)) >= (0 if state["loss"] == "every" else len(x) - 1)
    loss, direct = ll.squared_error(h, np.full_like(h, state["y"]), counts)
    ways = {
        f"{carry:d}{over_h:d}": back(steps, w, direct, carry, over_h)
        for carry, over_h in product([False, True], repeat=2)
    }
    forward = [
        {k: getattr(step.gates, k).item() for k in "ifgo"}
        | {"c": step.c.item(), "h": step.h.item(), "tanh_c": np.tanh(step.c).item()}
        for step in steps
    ]
    full = ll.bptt(x, w, direct, [state["h0"]], [state["c0"]])
    sums = {name: getattr(full, name).item() for name in ll.NAMES}
    return {"state": state, "forward": forward, "loss": loss.item(), "back": ways, "sums": sums}


def back(steps, w, direct, carry, over_h):
    """Go back over the steps, with or without what comes from the step after."""
    one, seen = None, []
    for step, own in zip(reversed(steps), reversed(direct), strict=True):
        from_h = one.h_prev if one and over_h else np.zeros(1)
        from_c = one.c_prev if one and carry else np.zeros(1)
        one = ll.cell_backward(own + from_h, from_c, step, w)
        numbers = {
            "direct": own,
            "from_h": from_h,
            "carry": from_c,
            "dh": own + from_h,
            "dx": one.x_t,
            "dh_prev": one.h_prev,
            "dc_prev": one.c_prev,
        }
        seen.append(
            {name: value.item() for name, value in numbers.items()}
            | {"delta": {k: d.item() for k, d in zip("ifgo", one.deltas, strict=True)}}
            | {"dw": {name: getattr(one.weights, name).item() for name in ll.NAMES}}
        )
    return seen[::-1]


if __name__ == "__main__":
    cases = ",\n".join(json.dumps(answer(state)) for state in states())
    TARGET.write_text(f"[\n{cases}\n]\n", "utf-8")
