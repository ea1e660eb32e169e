"""Step 2: the three gates and the candidate of one time step, and the way back through them.

Each gate mixes the input with the last hidden state and squashes the sum (statements S2.2 to
S2.12). A function that ends in ``_backward`` takes the gradients of what the function above it
returned, and returns the gradients of what that function was given.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import Array, as_numbers, checked
from lstm_lesson.weights import Weights


class Gates(NamedTuple):
    """One time step's gates, and the inputs they were made of.

    ``i``, ``f``, ``g``, ``o`` and ``h_prev`` are (H,) or (B, H); ``x_t`` is (D,) or (B, D).
    """

    i: Array
    f: Array
    g: Array
    o: Array
    x_t: Array
    h_prev: Array


def sigmoid(z: npt.ArrayLike) -> Array:
    """Return 1 / (1 + exp(-z)), entry by entry, for real or complex ``z`` of any shape.

    It is computed as (1 + tanh(z/2)) / 2, the same function, because exp(-z) overflows in
    float64 from about z = -710 on. Equations ``eq:sigmoid``, ``eq:sigmoid-by-tanh``.
    """
    share: Array = 0.5 + 0.5 * np.tanh(as_numbers("z", z) / 2)
    return share


@checked(x_t="(B) D", h_prev="(B) H")
def gates_forward(x_t: Array, h_prev: Array, w: Weights) -> Gates:
    """Compute input gate, forget gate, candidate and output gate of one time step.

    Parameters
    ----------
    x_t : array_like, shape (D,) or (B, D)
        The input of one sample, or of a batch of B.
    h_prev : array_like, shape (H,) or (B, H)
        The last hidden state, h_{t-1}.
    w : Weights

    Returns
    -------
    Gates
        ``i``, ``f``, ``o`` between 0 and 1, ``g`` between -1 and 1, of the dtype to which
        numpy promotes the arguments. Statements S2.2 to S2.11; equations
        ``eq:weighted-sums``, ``eq:gates``, ``eq:batch-sums``.
    """
    i = sigmoid(x_t @ w.wxi.T + h_prev @ w.whi.T + w.bi)
    f = sigmoid(x_t @ w.wxf.T + h_prev @ w.whf.T + w.bf)
    g = np.tanh(x_t @ w.wxg.T + h_prev @ w.whg.T + w.bg)
    o = sigmoid(x_t @ w.wxo.T + h_prev @ w.who.T + w.bo)
    return Gates(i, f, g, o, x_t, h_prev)


def gates_backward(
    di: Array, df: Array, dg: Array, do: Array, gates: Gates
) -> tuple[Array, Array, Array, Array]:
    """Return the four deltas dE/dzi, dE/dzf, dE/dzg, dE/dzo, shaped as the gates are.

    ``di … do`` are dE/di … dE/do. A sigmoid's slope is s (1 - s), that of tanh is 1 - g²
    (equation ``eq:gate-slopes``).
    """
    i, f, g, o = gates[:4]
    return di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)


def inputs_backward(deltas: tuple[Array, ...], w: Weights) -> tuple[Array, Array]:
    """Return dE/dx_t and the part of dE/dh_{t-1} that comes through the gates.

    An input feeds all four pre-activations, so four terms add up. The article has neither
    of the two (M1, M2).
    """
    zi, zf, zg, zo = deltas
    dx = zi @ w.wxi + zf @ w.wxf + zg @ w.wxg + zo @ w.wxo
    dh_prev = zi @ w.whi + zf @ w.whf + zg @ w.whg + zo @ w.who
    return dx, dh_prev
