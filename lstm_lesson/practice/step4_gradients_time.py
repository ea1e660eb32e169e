"""The check of the practice of Step 4, through time: the whole way back through a sequence."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.gates import gates_backward, inputs_backward
from lstm_lesson.initial import init_weights
from lstm_lesson.practice.verdict import (
    Arrays,
    NotRightError,
    Verdict,
    call,
    close,
    first_difference,
    named,
)
from lstm_lesson.states import States, unroll
from lstm_lesson.weights import GATES, NAMES, Weights, weights_backward

Deltas = tuple[Array, Array, Array, Array]
Carry = Callable[[Array, int], Array]
Feed = Callable[[Deltas, Array], Array]

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
    h0, c0 = rng.uniform(-0.8, 0.8, size=(B, H)), rng.normal(size=(B, H))
    steps = unroll(x, w, h0, c0)
    right = go_back(steps, w, dh)
    mistakes = wrong_ways_back(steps, w, dh, right)
    try:
        received = named(call(bptt, x.copy(), w.copy(), dh.copy(), h0.copy(), c0.copy()), right)
    except NotRightError as trouble:
        return trouble.verdict(HINT)
    if close(received, right):
        return Verdict(True, PRAISE)
    for sentence, wrong in mistakes:
        if close(received, wrong):
            return Verdict(False, sentence)
    return Verdict(False, f"{first_difference(received, right)}\n{HINT}")


def wrong_ways_back(
    steps: list[States], w: Weights, dh: Array, right: Arrays
) -> Iterator[tuple[str, Arrays]]:
    """Yield what each usual mistake gives, as far as it tells this mistake from others.

    A mistake in the recursions shows in the weights. What is then returned for x, h0 and c0 is
    a matter of style, and is not looked at.
    """
    f = [step.gates.f for step in steps]
    last = np.zeros_like(dh)
    last[-1] = dh[-1]

    def twelve(**other: Any) -> Arrays:
        return only(go_back(steps, w, dh, **other), NAMES)

    def from_gates(gates: str, turned: bool = False) -> Feed:
        def feed(deltas: Deltas, _: Array) -> Array:
            by_gate = dict(zip(GATES, deltas, strict=True))
            matrices = {k: getattr(w, "wh" + k) for k in gates}
            return sum_up([by_gate[k] @ (m.T if turned else m) for k, m in matrices.items()])

        return feed

    def nothing(deltas: Deltas, _: Array) -> Array:
        return np.zeros_like(deltas[0])

    def added(deltas: Deltas, before: Array) -> Array:
        return np.asarray(before + inputs_backward(deltas, w)[1])

    yield (
        "neither recursion: each step is treated as if it were the last; h_t and c_t both feed "
        "step t + 1",
        twelve(carry=lambda dc, _: 0 * dc, feed=nothing),
    )
    yield (
        "no carry: c_t feeds c_{t+1} too, so dc_t needs the term dc_{t+1} f_{t+1}",
        twelve(carry=lambda dc, _: 0 * dc),
    )
    yield (
        "the carry has the forget gate of the same step, f_t; c_t was multiplied by f_{t+1}",
        twelve(carry=lambda dc, t: dc * f[t]),
    )
    yield (
        "the carry has no forget gate: only the share f_{t+1} of c_t went on",
        twelve(carry=lambda dc, _: dc),
    )
    yield (
        "no recurrent path: h_t feeds the four sums of step t + 1, so dh_t needs their terms",
        twelve(feed=nothing),
    )
    yield (
        "the recurrent matrices are not transposed on the way back: W.T delta for a column, "
        "delta @ w.whf for rows",
        twelve(feed=from_gates(GATES, turned=True)),
    )
    yield (
        "dh_next still holds what came from earlier turns; begin each step with zeros",
        twelve(feed=added),
    )
    for k in GATES:
        yield (
            f"dh goes back through {k} alone; h_t feeds all four sums of the next step",
            twelve(feed=from_gates(k)),
        )
        yield (
            f"dh lacks what comes back through {k}; h_t feeds all four sums of the next step",
            twelve(feed=from_gates("".join(other for other in GATES if other != k))),
        )
    yield (
        "the recurrent weights have h_t; what they met at step t is h_{t-1}",
        twelve(met=lambda step: step.h),
    )
    yield (
        "the deltas of f have c_t; the forget gate multiplied c_{t-1}",
        twelve(kept=lambda step: step.c),
    )
    yield (
        "the sums are overwritten at each step, and step 1 alone is left; write += for them",
        twelve(collect=lambda summands: summands[-1]),
    )
    yield (
        "one time step only, the last; the weights were used at every step, so sum over all",
        twelve(collect=lambda summands: summands[0]),
    )
    yield (
        "only the direct part of the last step goes back; dh[t] comes in at every step",
        only(go_back(steps, w, last), NAMES),
    )
    yield (
        "the weights are divided by the batch size; the mean is in the loss, this is a sum",
        {name: right[name] / dh.shape[1] for name in NAMES},
    )
    yield (
        "the weights are divided by the number of steps; the mean is in the loss, this is a sum",
        {name: right[name] / len(dh) for name in NAMES},
    )
    yield (
        "the gradients of x are in the order in which they were made, the last step first",
        {"x": right["x"][::-1]},
    )
    yield (
        "h0 and c0 are swapped",
        {"h0": right["c0"], "c0": right["h0"]},
    )
    yield (
        "c0 lacks the forget gate: c_0 was multiplied by f_1",
        {"c0": right["c0"] / f[0]},
    )


def sum_up(summands: list[Array]) -> Array:
    """Return the sum over all steps."""
    return np.asarray(np.sum(summands, axis=0))


def go_back(
    steps: list[States],
    w: Weights,
    dh: Array,
    *,
    carry: Carry | None = None,
    feed: Feed | None = None,
    met: Callable[[States], Array] = lambda step: step.gates.h_prev,
    kept: Callable[[States], Array] = lambda step: step.c_prev,
    collect: Callable[[list[Array]], Array] = sum_up,
) -> dict[str, Array]:
    """Go back over all steps, with one thing done in another way.

    ``carry(dc, t)`` is what reaches c_t of dE/dc_{t+1}; ``feed(deltas, before)`` what the deltas
    of a step send to the hidden state before it, when ``before`` was sent by the step after it;
    ``met`` what the recurrent weights met; ``kept`` what the forget gate multiplied; ``collect``
    makes one gradient of those of all steps, the last step first. ``t`` counts from 0, as in
    ``steps``.
    """
    summands, dx = [], []
    back_to_h, dc = np.zeros_like(dh[0]), np.zeros_like(dh[0])
    for t in reversed(range(len(steps))):
        step = steps[t]
        i, _, g, o = step.gates[:4]
        tanh_c = np.tanh(step.c)
        back_to_c = np.zeros_like(dc)
        if t + 1 < len(steps):
            back_to_c = carry(dc, t) if carry else dc * steps[t + 1].gates.f
        whole = dh[t] + back_to_h
        dc = whole * o * (1 - tanh_c**2) + back_to_c
        deltas = gates_backward(dc * g, dc * kept(step), dc * i, whole * tanh_c, step.gates)
        summands.append(weights_backward(deltas, step.gates.x_t, met(step)).packed)
        dx_t, from_gates = inputs_backward(deltas, w)
        back_to_h = feed(deltas, back_to_h) if feed else from_gates
        dx.append(dx_t)
    rest = {"x": np.stack(dx[::-1]), "h0": back_to_h, "c0": dc * steps[0].gates.f}
    return Weights(collect(summands)).named() | rest


def only(arrays: Mapping[str, Array], names: Any) -> dict[str, Array]:
    """Return some of the arrays."""
    return {name: arrays[name] for name in names}
