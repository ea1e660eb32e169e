"""A plain recurrent network, h_t = tanh(Wx x_t + Wh h_{t-1} + b), to measure the LSTM against.

One array of weights where the LSTM has four, no gates, and no memory but h itself.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import (
    Array,
    check_array,
    check_blocks,
    check_losses,
    check_size,
    check_type,
)
from lstm_lesson.initial import uniform

FORMS = {"wx": "H D", "wh": "H H", "b": "H"}


class RNNRun(NamedTuple):
    """A forward pass, with what `rnn_backward` needs.

    Parameters
    ----------
    h : ndarray, shape (T, B, H)
        The hidden state after each step.
    h0 : ndarray, shape (B, H)
    x : ndarray, shape (T, B, D)
    weights : dict
        ``wx`` (H, D), ``wh`` (H, H), ``b`` (H,), as they were in the forward pass.
    """

    h: Array
    h0: Array
    x: Array
    weights: dict[str, Array]


def init_rnn(n_inputs: int, n_hidden: int, seed: int = 0) -> dict[str, Array]:
    """Draw ``wx`` (H, D), ``wh`` (H, H), ``b`` (H,), uniform in ±1/√H as torch.nn.RNN has them.

    One seed gives the same float64 numbers on every machine.
    """
    D, H = check_size("n_inputs", n_inputs), check_size("n_hidden", n_hidden)
    bits = np.random.PCG64(check_size("seed", seed, least=0))
    shapes = {"wx": (H, D), "wh": (H, H), "b": (H,)}
    return {name: (2 * uniform(bits, s) - 1) / math.sqrt(H) for name, s in shapes.items()}


def rnn_forward(
    x: npt.ArrayLike,
    wx: npt.ArrayLike,
    wh: npt.ArrayLike,
    b: npt.ArrayLike,
    h0: npt.ArrayLike | None = None,
) -> RNNRun:
    """Run the plain network over B sequences of T steps.

    Parameters
    ----------
    x : array_like, shape (T, B, D)
        float32, float64 or complex128.
    wx : array_like, shape (H, D)
    wh : array_like, shape (H, H)
    b : array_like, shape (H,)
    h0 : array_like, shape (B, H), optional
        The state before the first step; zeros where left out.

    Returns
    -------
    RNNRun
        ``run.h`` (T, B, H), of the dtype to which numpy promotes the arguments. Equation
        ``eq:rnn`` (Elman 1990).
    """
    weights = check_blocks({"wx": wx, "wh": wh, "b": b}, FORMS)
    H, D = weights["wx"].shape
    sizes = {"D": D, "H": H}
    x = check_array("x", x, "T B D", sizes=sizes)
    zeros = np.zeros((x.shape[1], H), np.float32)  # float32 never changes another dtype
    h0 = zeros if h0 is None else check_array("h0", h0, "B H", sizes=sizes)
    dtype = np.result_type(x, h0, weights["b"])
    x, h0 = x.astype(dtype), h0.astype(dtype)
    weights = {name: block.astype(dtype) for name, block in weights.items()}
    # The inputs of all steps wait for nothing, so they take one product.
    h = x @ weights["wx"].T + weights["b"]
    h_prev = h0
    for h_t in h:
        h_t += h_prev @ weights["wh"].T
        np.tanh(h_t, h_t)
        h_prev = h_t
    return RNNRun(h, h0, x, weights)


def rnn_backward(
    run: RNNRun, dh: npt.ArrayLike | None, dh_last: npt.ArrayLike | None = None
) -> dict[str, Array]:
    """Go back through time: h_t feeds the loss and h_{t+1}.

    Parameters
    ----------
    run : RNNRun
        From `rnn_forward`; real numbers.
    dh : array_like, shape (T, B, H), or None
        dE/dh_t of the loss itself; None: no step has one.
    dh_last : array_like, shape (B, H), optional
        What else reaches h_T.

    Returns
    -------
    dict
        The gradients of ``wx``, ``wh``, ``b``, ``x``, ``h0``, each of the shape of what it
        belongs to.
    """
    check_type("run", run, RNNRun)
    h, h0, x, weights = run
    dh, dh_next, _ = check_losses(len(h), h[0], dh, dh_last, None)
    delta = np.empty_like(h)  # dE/dz_t, of the weighted sums
    for t in reversed(range(len(h))):
        delta[t] = (dh[t] + dh_next) * (1 - h[t] ** 2)
        dh_next = delta[t] @ weights["wh"]
    h_prev = np.concatenate([h0[None], h[:-1]])
    return {
        "wx": np.einsum("tbh,tbd->hd", delta, x, optimize=True),
        "wh": np.einsum("tbh,tbk->hk", delta, h_prev, optimize=True),
        "b": delta.sum(axis=(0, 1)),
        "x": delta @ weights["wx"],
        "h0": dh_next,
    }
