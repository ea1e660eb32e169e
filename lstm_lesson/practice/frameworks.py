"""The checks of the practice on other libraries' layouts: to Keras, from ONNX."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.convert import to_keras, to_onnx, unstack
from lstm_lesson.initial import init_weights
from lstm_lesson.practice.verdict import Verdict, compare
from lstm_lesson.weights import GATES, Weights

D, H = 2, 3
KEYS = ("kernel", "recurrent_kernel", "bias")


def _weights() -> Weights:
    """Return weights no two of which are the same, biases not zero."""
    w = init_weights(D, H, seed=11)
    w.bi, w.bf, w.bg, w.bo = np.random.default_rng(12).normal(size=(4, H))
    return w


def check_to_keras(convert: Callable[[Weights], Any]) -> Verdict:
    """Check ``convert(w)``: kernel (D, 4H), recurrent kernel (H, 4H), bias (4H,)."""
    w = _weights()

    def kernels(order: str) -> dict[str, Array]:
        blocks = [
            np.concatenate([getattr(w, kind + k) for k in order]) for kind in ("wx", "wh", "b")
        ]
        return dict(zip(KEYS, (blocks[0].T, blocks[1].T, blocks[2]), strict=True))

    right = dict(zip(KEYS, to_keras(w), strict=True))
    wx, wh = right["kernel"].T, right["recurrent_kernel"].T
    blocks_turned = np.concatenate([getattr(w, "wh" + k).T for k in GATES]).T
    mistakes = {
        "the gates are in the order i, f, o, g; Keras has i, f, c, o, and its c is our g": kernels(
            "ifog"
        ),
        "the gates are in the order of ONNX, i, o, f, c": kernels("iofg"),
        "reshaped instead of transposed: the numbers are read on in rows, so that they land in "
        "other places; .T is what turns": {
            "kernel": wx.reshape(D, 4 * H),
            "recurrent_kernel": wh.reshape(H, 4 * H),
        },
        "the kernel is reshaped instead of transposed; .T is what turns": {
            "kernel": wx.reshape(D, 4 * H)
        },
        "each recurrent block was transposed, and then all of it once more": {
            "recurrent_kernel": blocks_turned
        },
        "the bias holds zeros alone": {"bias": np.zeros(4 * H)},
    }
    return compare(
        convert,
        (w.copy(),),
        right,
        mistakes,
        "kernel, recurrent kernel and bias, as keras.layers.LSTM.set_weights takes them",
        "stack the blocks i, f, g, o, and transpose: Keras multiplies rows, x @ kernel",
    )


def check_from_onnx(convert: Callable[[Array, Array, Array], Any]) -> Verdict:
    """Check ``convert(W, R, B)`` of one direction: `Weights`, or the twelve arrays by name."""
    w = _weights()
    arrays = to_onnx(w)
    second = np.random.default_rng(13).normal(size=4 * H)
    first = arrays["B"][0, : 4 * H] - second
    B = np.concatenate([first, second])[None]
    # Exactly what the sum of the two gives: the last digit of w's bias may differ.
    wx, wh = arrays["W"][0], arrays["R"][0]
    right = unstack(wx, wh, first + second, "iofg").named()

    def as_if(order: str, bias: Array = first + second) -> dict[str, Array]:
        return unstack(wx, wh, bias, order).named()

    def biases(bias: Array) -> dict[str, Array]:
        return {name: a for name, a in as_if("iofg", bias).items() if name[0] == "b"}

    pairs = B[0].reshape(-1, 2).sum(axis=1)
    turned = {"wh" + k: right["wh" + k].T for k in GATES}
    mistakes = {
        "the blocks were read in our order, i, f, g, o; ONNX has i, o, f, c": as_if("ifgo"),
        "the blocks were read as i, f, o, g; ONNX has i, o, f, c": as_if("ifog"),
        "the blocks were read as i, o, c, f; ONNX has i, o, f, c": as_if("iogf"),
        "only the first half of B is used; it holds two biases, which are added": biases(first),
        "only the second half of B is used; it holds two biases, which are added": biases(second),
        "the first bias is added twice": biases(2 * first),
        "the second bias is added twice": biases(2 * second),
        "the mean of the two biases is taken; they are added": biases((first + second) / 2),
        "neighbours in B are added; its two halves are the two biases": biases(pairs),
        "the recurrent blocks are transposed; ONNX's rows are our rows": turned,
    }

    def by_name(*given: Array) -> Any:
        result = convert(*given)
        return result.named() if isinstance(result, Weights) else result

    return compare(
        by_name,
        (wx[None].copy(), wh[None].copy(), B.copy()),
        right,
        mistakes,
        "all twelve, and the two biases as one",
        "one direction is W[0]; split its rows in four, i, o, f, c; the bias is the sum of the "
        "two halves of B[0]",
    )
