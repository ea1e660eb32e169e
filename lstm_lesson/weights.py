"""Step 1: the twelve weights of an LSTM cell, and their gradients.

The article (statements S1.1 to S1.6) names twelve arrays: for each of the gates ``i, f, o`` and
the candidate ``g`` an input weight ``wx.``, a recurrent weight ``wh.`` and a bias ``b.``.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import (
    Array,
    check_array,
    check_blocks,
    check_dtype,
    check_packed,
    check_size,
)

GATES = "ifgo"
FORMS = {"wx": "H D", "wh": "H H", "b": "H"}
NAMES = {kind + gate: form for kind, form in FORMS.items() for gate in GATES}


class Block:
    """One named block: reading it gives a view, assigning to it writes into ``packed``."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name, self.kind, self.gate = name, name[:-1], GATES.index(name[-1])

    def __get__(self, weights: Any, owner: type | None = None) -> Any:
        if weights is None:
            return self
        D, H = weights.n_inputs, weights.n_hidden
        columns = {"wx": slice(D), "b": D, "wh": slice(D + 1, None)}[self.kind]
        return weights.packed[self.gate * H : (self.gate + 1) * H, columns]

    def __set__(self, weights: Any, value: npt.ArrayLike) -> None:
        sizes = {"D": weights.n_inputs, "H": weights.n_hidden}
        real = weights.packed.dtype.kind != "c"
        block = check_array(self.name, value, NAMES[self.name], sizes=sizes, real=real)
        self.__get__(weights)[...] = block


class Weights:
    """All weights of one cell, in one array with twelve names.

    Parameters
    ----------
    packed : ndarray, shape (4H, D + 1 + H)
        float32, float64 or complex128. Rows: the blocks of i, f, g, o. Columns: those that meet
        the input x (D), the bias (1), the hidden state h (H). The array is kept, not copied.

    Attributes
    ----------
    wxi, wxf, wxg, wxo : ndarray, shape (H, D)
        Input weights: views into ``packed``, as are the others (equations ``eq:weight-shapes``,
        ``eq:parameter-count``).
    whi, whf, whg, who : ndarray, shape (H, H)
        Recurrent weights.
    bi, bf, bg, bo : ndarray, shape (H,)
        Biases.

    Raises
    ------
    ValueError
        The shape of ``packed`` fits no D >= 1 and H >= 1, or an entry is NaN or infinite.
    TypeError
        The dtype is none of the three.

    Examples
    --------
    >>> w = Weights.zeros(n_inputs=2, n_hidden=3)
    >>> w.wxi.shape, w.whi.shape, w.bi.shape
    ((3, 2), (3, 3), (3,))
    >>> w.bf = [1.0, 1.0, 1.0]
    >>> w.packed[3:6, 2]
    array([1., 1., 1.])
    """

    wxi, wxf, wxg, wxo = Block(), Block(), Block(), Block()
    whi, whf, whg, who = Block(), Block(), Block(), Block()
    bi, bf, bg, bo = Block(), Block(), Block(), Block()

    def __init__(self, packed: Array) -> None:
        self.packed = check_packed(packed)
        self.n_hidden = self.packed.shape[0] // 4
        self.n_inputs = self.packed.shape[1] - 1 - self.n_hidden

    @staticmethod
    def zeros(n_inputs: int, n_hidden: int, dtype: npt.DTypeLike = "float64") -> "Weights":
        """Return weights that are all 0, for D = ``n_inputs`` and H = ``n_hidden``."""
        D, H = check_size("n_inputs", n_inputs), check_size("n_hidden", n_hidden)
        dtype = check_dtype(dtype)
        return Weights(np.zeros((4 * H, D + 1 + H), dtype))

    @staticmethod
    def from_arrays(**arrays: npt.ArrayLike) -> "Weights":
        """Pack twelve arrays, given by name, into new memory.

        ``wxi … wxo`` (H, D), ``whi … who`` (H, H), ``bi … bo`` (H,); the result has the dtype
        to which numpy promotes all twelve. A name too many or too few is a TypeError, a wrong
        shape a ValueError.
        """
        blocks = check_blocks(arrays, NAMES)
        weights = Weights.zeros(blocks["wxi"].shape[1], len(blocks["bi"]), blocks["bi"].dtype)
        for name, block in blocks.items():
            setattr(weights, name, block)
        return weights

    def named(self) -> dict[str, Array]:
        """Return the twelve views by name."""
        return {name: getattr(self, name) for name in NAMES}

    def copy(self) -> "Weights":
        """Return the same weights in memory of their own."""
        return Weights(self.packed.copy())

    def __repr__(self) -> str:
        D, H, dtype = self.n_inputs, self.n_hidden, self.packed.dtype
        return f"Weights(D={D}, H={H}, {self.packed.size} numbers, {dtype})"


def weights_backward(deltas: tuple[Array, ...], x_t: Array, h_prev: Array) -> Weights:
    """Return the twelve gradients of one time step from the deltas of i, f, g, o.

    Each weight meets one input and feeds one pre-activation: its gradient is delta times
    input, an outer product, summed over the batch.

    Parameters
    ----------
    deltas : four ndarrays, shape (H,) or (B, H)
        dE/dz of i, f, g, o: ``zi, zf, zg, zo`` are the pre-activations.
    x_t : ndarray, shape (D,) or (B, D)
    h_prev : ndarray, shape (H,) or (B, H)

    Returns
    -------
    Weights
        dE/dwxi … dE/dbo (statements S4.15 to S4.26, repaired).
    """
    x, h = np.atleast_2d(x_t), np.atleast_2d(h_prev)
    grads = Weights.zeros(x.shape[1], h.shape[1], deltas[0].dtype)
    for gate, delta in zip(GATES, map(np.atleast_2d, deltas), strict=True):
        setattr(grads, "wx" + gate, delta.T @ x)
        setattr(grads, "wh" + gate, delta.T @ h)
        setattr(grads, "b" + gate, delta.sum(axis=0))
    return grads
