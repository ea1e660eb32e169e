"""The GRU and the plain network in other libraries' layouts; `lstm_lesson.convert` for the LSTM.

A GRU has three blocks: reset r, update u (PyTorch, Keras and ONNX write z), candidate n. Its reset
gate may act after the recurrent product, as here, or before it, which is another cell: what was
trained as one gives wrong numbers, and no error, when it is run as the other.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import Array, check_array, check_choice, check_type
from lstm_lesson.convert import recurrent, torch_arrays
from lstm_lesson.variants import GRU

ORDERS = {"pytorch": "run", "keras": "urn", "onnx": "urn"}


def stack(w: GRU, order: str) -> tuple[Array, Array, Array, Array]:
    """Return the matrices (3H, D), (3H, H) and two biases (3H,) with the gates in some order.

    The second bias is zero but for the candidate's, ``bhn``: the reset gate scales it.
    """
    check_type("w", w, GRU)
    wx, wh, b = (
        np.concatenate([getattr(w, kind + gate) for gate in order]) for kind in ("wx", "wh", "b")
    )
    second = np.concatenate([w.bhn if gate == "n" else 0 * w.bhn for gate in order])
    return wx, wh, b, second


def unstack(wx: Array, wh: Array, b: Array, second: Array, order: str) -> GRU:
    """Return the GRU of arrays stacked in some order; undoes `stack`."""
    arrays = {}
    for gate, *blocks in zip(order, *(np.split(a, 3) for a in (wx, wh, b, second)), strict=True):
        arrays["wx" + gate], arrays["wh" + gate], first, other = blocks
        arrays["b" + gate] = first if gate == "n" else first + other
        if gate == "n":
            arrays["bhn"] = other
    return GRU(**arrays)


def gru_to_torch(w: GRU) -> dict[str, Array]:
    """Return what ``torch.nn.GRU`` (one layer) has in its ``state_dict``, as numpy arrays.

    ``weight_ih_l0`` (3H, D), ``weight_hh_l0`` (3H, H), ``bias_ih_l0``, ``bias_hh_l0`` (3H,).
    """
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return dict(zip(names, stack(w, ORDERS["pytorch"]), strict=True))


def gru_from_torch(
    state_dict: Mapping[str, npt.ArrayLike],
    layer: int | None = 0,
    reverse: bool = False,
    prefix: str = "",
) -> GRU:
    """Return the weights of one layer and direction of a ``torch.nn.GRU``, or of a ``GRUCell``.

    The arguments are those of `lstm_lesson.convert.from_torch`.
    """
    arrays = torch_arrays(state_dict, layer, reverse, prefix, "3H")
    return unstack(*arrays, ORDERS["pytorch"])


def gru_to_keras(w: GRU) -> list[Array]:
    """Return what ``keras.layers.GRU.set_weights`` takes, for ``reset_after=True``.

    ``kernel`` (D, 3H), ``recurrent_kernel`` (H, 3H), ``bias`` (2, 3H).
    """
    wx, wh, *biases = stack(w, ORDERS["keras"])
    return [wx.T.copy(), wh.T.copy(), np.stack(biases)]


def gru_from_keras(weights: Sequence[npt.ArrayLike]) -> GRU:
    """Return the weights of a ``keras.layers.GRU`` with ``reset_after=True``, its default.

    Raises
    ------
    ValueError
        Not two or three arrays; or a bias of one row, which a layer with ``reset_after=False``
        has: there the reset gate acts before the product.
    """
    if isinstance(weights, str) or not isinstance(weights, Sequence):
        got = type(weights).__name__
        raise TypeError(f"weights: expected the list layer.get_weights(), got {got}")
    if len(weights) not in (2, 3):
        raise ValueError(f"weights: expected 2 or 3 arrays, got {len(weights)}")
    wh, sizes = recurrent("recurrent_kernel", weights[1], "H 3H")
    kernel = check_array("kernel", weights[0], "D 3H", sizes=sizes)
    biases = np.zeros((2, sizes["3H"]), wh.dtype)
    if len(weights) == 3:
        biases = check_array("bias", weights[2], "3H", "2 3H", sizes=sizes | {"2": 2})
    if biases.ndim == 1:
        raise ValueError(
            "bias: expected shape (2, 3H), got one row: the layer has reset_after=False, "
            "another cell"
        )
    return unstack(kernel.T, wh.T, biases[0], biases[1], ORDERS["keras"])


def gru_to_onnx(w: GRU) -> dict[str, Array]:
    """Return ``W`` (1, 3H, D), ``R`` (1, 3H, H), ``B`` (1, 6H) for ``linear_before_reset=1``."""
    wx, wh, b, second = stack(w, ORDERS["onnx"])
    return {"W": wx[None], "R": wh[None], "B": np.concatenate([b, second])[None]}


def gru_from_onnx(
    W: npt.ArrayLike,
    R: npt.ArrayLike,
    B: npt.ArrayLike | None = None,
    direction: int = 0,
    *,
    linear_before_reset: int,
) -> GRU:
    """Return the weights of one direction of ONNX's GRU operator.

    Parameters
    ----------
    W : array_like, shape (N, 3H, D)
    R : array_like, shape (N, 3H, H)
    B : array_like, shape (N, 6H), optional
    direction : int
    linear_before_reset : 1
        The node's attribute, whose default is 0. It must be said, because the arrays don't tell.

    Raises
    ------
    ValueError
        ``linear_before_reset`` is 0: there the reset gate acts before the product.
    """
    check_choice("linear_before_reset", linear_before_reset, 1)
    R, sizes = recurrent("R", R, "N 3H H")
    sizes["6H"] = 2 * sizes["3H"]
    W = check_array("W", W, "N 3H D", sizes=sizes)
    check_choice("direction", direction, *range(len(R)))
    B = np.zeros((len(R), sizes["6H"]), R.dtype) if B is None else B
    b, second = np.split(check_array("B", B, "N 6H", sizes=sizes)[direction], 2)
    return unstack(W[direction], R[direction], b, second, ORDERS["onnx"])


def rnn_to_torch(wx: npt.ArrayLike, wh: npt.ArrayLike, b: npt.ArrayLike) -> dict[str, Array]:
    """Return the weights of `lstm_lesson.rnn` as ``torch.nn.RNN`` has them; its second bias is 0.

    ``wx`` (H, D), ``wh`` (H, H), ``b`` (H,).
    """
    sizes: dict[str, int] = {}
    wx = check_array("wx", wx, "H D", sizes=sizes)
    wh, b = check_array("wh", wh, "H H", sizes=sizes), check_array("b", b, "H", sizes=sizes)
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return dict(zip(names, (wx, wh, b, np.zeros_like(b)), strict=True))


def rnn_from_torch(
    state_dict: Mapping[str, npt.ArrayLike],
    layer: int | None = 0,
    reverse: bool = False,
    prefix: str = "",
) -> dict[str, Array]:
    """Return ``wx``, ``wh``, ``b`` of a ``torch.nn.RNN`` (with tanh) or ``RNNCell``.

    The arguments are those of `lstm_lesson.convert.from_torch`.
    """
    wx, wh, b, second = torch_arrays(state_dict, layer, reverse, prefix, "1H")
    return {"wx": wx, "wh": wh, "b": b + second}
