"""The check of the practice of Step 4, through time: the whole backward pass of a sequence."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.gates import inputs_backward
from lstm_lesson.gradients import bptt as right_bptt
from lstm_lesson.initial import init_weights
from lstm_lesson.mistakes import MISTAKES, TIME, Four, Mistake
from lstm_lesson.practice.verdict import (
    Arrays,
    NotRightError,
    Verdict,
    call,
    close,
    first_difference,
    named,
)
from lstm_lesson.states import unroll
from lstm_lesson.weights import GATES, NAMES, Weights

Problem = tuple[Array, Weights, Array, Array, Array]

PRAISE = "all fifteen, over five steps, a batch of three, and from states that are not zero"
HINT = (
    "from the last step to the first: dh_t = dh[t] + what the four gates of t + 1 send back, "
    "dc_t = dh_t o (1 - tanh(c)**2) + carry, the four deltas, then += for the weights"
)


def check_bptt(bptt: Callable[[Array, Weights, Array, Array, Array], Any]) -> Verdict:
    """Check ``bptt(x, w, dh, h0, c0)`` of a batch: the twelve, ``x``, ``h0`` and ``c0``.

    ``dh`` (T, B, H) holds the direct parts, the derivative of the loss itself at each step.
    """
    rng = np.random.default_rng(9)
    T, B, D, H = 5, 3, 2, 4
    w, x, dh = init_weights(D, H, seed=8), rng.normal(size=(T, B, D)), rng.normal(size=(T, B, H))
    problem = x, w, dh, rng.uniform(-0.8, 0.8, size=(B, H)), rng.normal(size=(B, H))
    right = right_bptt(*problem).named()
    try:
        received = named(call(bptt, *(argument.copy() for argument in problem)), right)
    except NotRightError as trouble:
        return trouble.verdict(HINT)
    if close(received, right):
        return Verdict(True, PRAISE)
    for sentence, wrong in wrong_results(problem, right):
        if close(received, wrong):
            return Verdict(False, sentence)
    return Verdict(False, f"{first_difference(received, right)}\n{HINT}")


def wrong_results(problem: Problem, right: Arrays) -> Iterator[tuple[str, Arrays]]:
    """Yield what each usual mistake gives, as far as it tells this mistake from others.

    A mistake in the recursions shows in the weights. What is then returned for x, h0 and c0 is
    a matter of style, and is not looked at.
    """
    for mistake in (*MISTAKES, *paths_of_one_gate()):
        if mistake.name == "input weights not transposed":
            continue  # with D different from H numpy refuses it
        result = mistake.bptt(*problem).named()
        changed = {
            name: result[name] for name in right if not np.allclose(result[name], right[name])
        }
        if changed:
            of_weights = {name: result[name] for name in NAMES}
            yield mistake.misconception, of_weights if NAMES.keys() & changed else changed
    x, w, _, h0, c0 = problem
    yield "h0 and c0 are swapped", {"h0": right["c0"], "c0": right["h0"]}
    f = unroll(x, w, h0, c0)[0].gates.f
    yield "c0 lacks the forget gate: c_0 was multiplied by f_1", {"c0": right["c0"] / f}


def paths_of_one_gate() -> Iterator[Mistake]:
    """Yield, for each gate, the backward pass that uses its recurrent path alone, or not at all."""
    for k in GATES:
        others = "".join(other for other in GATES if other != k)
        yield only_through(k, f"dh goes back through {k} alone")
        yield only_through(others, f"dh lacks what comes back through {k}")


def only_through(gates: str, what: str) -> Mistake:
    """Return the mistake of a dh_{t-1} that comes back through some of the four gates."""

    def code(deltas: Four, w: Weights) -> tuple[Array, Array]:
        parts = [
            delta @ getattr(w, "wh" + k)
            for k, delta in zip(GATES, deltas, strict=True)
            if k in gates
        ]
        return inputs_backward(deltas, w)[0], np.asarray(np.sum(parts, axis=0))

    sentence = f"{what}; h_t feeds all four sums of the next step"
    return Mistake(what, sentence, TIME, "inputs_backward", code)
