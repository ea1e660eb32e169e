"""The check of the practice of Step 1: first values."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.practice.verdict import NotRightError, Verdict, call, named
from lstm_lesson.weights import GATES, Weights


def check_init(init: Callable[[int, int, np.random.Generator], Any]) -> Verdict:
    """Check ``init(D, H, rng)``: packed first weights, (4H, D + 1 + H).

    Asked for are: rows in the order i, f, g, o and columns x, 1, h; input blocks random within
    ±1/√H; each recurrent block orthogonal and different from the others; biases 0, but 1 for
    the forget gate.
    """
    D, H = 3, 5
    try:
        result = call(init, D, H, np.random.default_rng(1))
        packed = named(result, {"packed": np.empty((4 * H, D + 1 + H))})["packed"]
    except NotRightError as trouble:
        return trouble.verdict()
    w = Weights(packed)
    faults = [*_bias_faults(packed[:, D], H), *_input_faults(w), *_recurrent_faults(w)]
    if faults:
        return Verdict(False, faults[0])
    return Verdict(True, "shapes, bounds, four orthogonal blocks, and 1 in the forget bias alone")


def _bias_faults(bias: Array, H: int) -> list[str]:
    ones = [gate for k, gate in enumerate(GATES) if np.all(bias[k * H : (k + 1) * H] == 1)]
    if ones == ["f"] and np.count_nonzero(bias) == H:
        return []
    if ones == list(GATES):
        return ["every bias is 1, so that all gates stand open; only the forget gate's should be"]
    if ones and "f" not in ones:
        return [f"the ones are in the rows of {', '.join(ones)}; f is the second block, H to 2H"]
    return ["the bias column should be 1 in rows H to 2H (the forget gate) and 0 elsewhere"]


def _input_faults(w: Weights) -> list[str]:
    blocks, bound = [w.wxi, w.wxf, w.wxg, w.wxo], 1 / np.sqrt(w.n_hidden)
    largest = max(np.abs(block).max() for block in blocks)
    if largest > bound:
        return [f"an input weight is {largest:.2g}, beyond 1/√H = {bound:.2g}"]
    if any(np.unique(block).size < block.size for block in blocks) or min(map(np.min, blocks)) >= 0:
        return ["the input weights should be random, all different, and of both signs"]
    return []


def _recurrent_faults(w: Weights) -> list[str]:
    blocks = [w.whi, w.whf, w.whg, w.who]
    worst = max(np.abs(block.T @ block - np.eye(w.n_hidden)).max() for block in blocks)
    if worst > 1e-12:
        return [
            f"a recurrent block is not orthogonal: its transpose times it is off by {worst:.1e}"
        ]
    if any(np.array_equal(blocks[0], block) for block in blocks[1:]):
        return ["two recurrent blocks are the same: gates that begin alike learn alike"]
    return []
