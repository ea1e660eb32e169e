"""The check of the practice of *The gradient by other roads*: one step of the influence."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.gradient_roads import StepDerivatives, influence_step, step_derivatives
from lstm_lesson.initial import init_weights
from lstm_lesson.practice.verdict import Verdict, compare
from lstm_lesson.states import unroll

Influence = Callable[[StepDerivatives, Array, Array], Any]


def check_influence(influence: Influence) -> Verdict:
    """Check ``influence(d, h_from_w, c_from_w)``: both influences one step later."""
    rng = np.random.default_rng(8)
    D, H = 2, 3
    w = init_weights(D, H, seed=9)
    states = unroll(rng.normal(size=(1, D)), w, rng.normal(size=H), rng.normal(size=H))[0]
    d = step_derivatives(states, w)
    h_from_w, c_from_w = rng.normal(size=(2, H, 4, H, D + 1 + H))
    none = np.zeros_like(h_from_w)

    def step(h: Array = h_from_w, c: Array = c_from_w, **changed: Array) -> dict[str, Array]:
        return dict(zip("hc", influence_step(d._replace(**changed), h, c), strict=True))

    right = step()
    mistakes = {
        "the direct term is missing: within this step a weight moves its own unit": step(
            row=np.zeros_like(d.row)
        ),
        "what comes through h of the step before is missing: d.h_from_h and d.c_from_h": step(
            h=none
        ),
        "what comes through c of the step before is missing: d.h_from_c and d.c_from_c": step(
            c=none
        ),
        "c keeps all of its influence: multiply it by d.c_from_c, the forget gate": step(
            c_from_c=np.ones(H)
        )
        | {"h": right["h"]},
        "the Jacobians are transposed: rows are the units that are moved": step(
            c_from_h=d.c_from_h.T, h_from_h=d.h_from_h.T
        ),
        "h is made of the new influence of c; both are made of the old ones": {
            "h": step(c=right["c"])["h"],
            "c": right["c"],
        },
        "c is made of the new influence of h; both are made of the old ones": {
            "h": right["h"],
            "c": step(h=right["h"])["c"],
        },
        "the two results are swapped: that of h first": {"h": right["c"], "c": right["h"]},
    }
    hint = "three terms each: through the old h, through the old c, and directly"
    praise = "both influences, with all three terms"
    return compare(influence, (d, h_from_w, c_from_w), right, mistakes, praise, hint)
