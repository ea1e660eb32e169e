"""The same cell in other libraries' layouts: PyTorch, Keras, ONNX, and back.

All of them stack the four gates into one array for x, one for h and one for the bias. They differ
in the order of the gates, in what is a row and what a column, and in how many biases there are.
Their arrays are taken through numpy, so a PyTorch tensor will do; no other library is needed here.

Two layouts with the same shapes can't be told apart by looking: a wrong order of the gates gives
no error, only wrong numbers. So compare one output with the library's after each conversion.
"""

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import Array, check_array, check_choice, check_size, check_type
from lstm_lesson.gradients import Gradients
from lstm_lesson.weights import GATES, Weights

# In which order each library stacks the gates, in this book's letters. Keras and ONNX write c for
# the candidate g. Haiku adds 1 to the forget gate's sum in its forward pass; Flax names each block
# (`ii`, `if`, `ig`, `io`, `hi`, …) and stacks none.
ORDERS = {"pytorch": "ifgo", "keras": "ifgo", "onnx": "iofg", "haiku": "igfo", "equinox": "ifgo"}


def stack(w: Weights, order: str) -> tuple[Array, Array, Array]:
    """Stack the blocks of the four gates in some order.

    Parameters
    ----------
    w : Weights
    order : str
        The letters i, f, g, o in the order wanted; `ORDERS` has those of some libraries.

    Returns
    -------
    wx : ndarray, shape (4H, D)
    wh : ndarray, shape (4H, H)
    b : ndarray, shape (4H,)
        New memory, of the dtype of the weights.

    Raises
    ------
    ValueError
        ``order`` is not made of these four letters.

    Examples
    --------
    >>> w = Weights.zeros(n_inputs=1, n_hidden=1)
    >>> w.bi, w.bf, w.bg, w.bo = [1.0], [2.0], [3.0], [4.0]
    >>> stack(w, ORDERS["onnx"])[2]
    array([1., 4., 2., 3.])
    """
    check_type("w", w, Weights)
    _check_order(order)
    wx, wh, b = (
        np.concatenate([getattr(w, kind + gate) for gate in order]) for kind in ("wx", "wh", "b")
    )
    return wx, wh, b


def unstack(wx: npt.ArrayLike, wh: npt.ArrayLike, b: npt.ArrayLike, order: str) -> Weights:
    """Return the weights of arrays stacked in some order; undoes `stack`.

    Parameters
    ----------
    wx : array_like, shape (4H, D)
    wh : array_like, shape (4H, H)
    b : array_like, shape (4H,)
    order : str
        As in `stack`.

    Returns
    -------
    Weights
        New memory, of the dtype to which numpy promotes the three.

    Raises
    ------
    ValueError, TypeError
        A wrong shape or order, NaN or infinity, or a dtype that is none of the three.
    """
    _check_order(order)
    wh, sizes = recurrent("wh", wh, "4H H")
    wx = check_array("wx", wx, "4H D", sizes=sizes)
    b = check_array("b", b, "4H", sizes=sizes)
    stacked = {"wx": wx, "wh": wh, "b": b}
    blocks = {
        kind + gate: block
        for kind, array in stacked.items()
        for gate, block in zip(order, np.split(array, 4), strict=True)
    }
    return Weights.from_arrays(**blocks)


def to_torch(w: Weights) -> dict[str, Array]:
    """Return what ``torch.nn.LSTM`` (one layer) has in its ``state_dict``, as numpy arrays.

    PyTorch has two biases, and adds them. Ours becomes the first, ``bias_ih_l0``; the second is
    zero. Of a gradient (`Gradients`) both get all: each of two summands has the gradient of the
    sum.

    Parameters
    ----------
    w : Weights

    Returns
    -------
    dict
        ``weight_ih_l0`` (4H, D), ``weight_hh_l0`` (4H, H), ``bias_ih_l0`` and ``bias_hh_l0``
        (4H,), gates in the order i, f, g, o; new memory, of the dtype of the weights.
    """
    wx, wh, b = stack(w, ORDERS["pytorch"])
    second = b.copy() if isinstance(w, Gradients) else np.zeros_like(b)
    return {"weight_ih_l0": wx, "weight_hh_l0": wh, "bias_ih_l0": b, "bias_hh_l0": second}


def from_torch(
    state_dict: Mapping[str, npt.ArrayLike],
    layer: int | None = 0,
    reverse: bool = False,
    prefix: str = "",
) -> Weights:
    """Return the weights of one layer and direction of a ``torch.nn.LSTM``.

    The two biases are added. What is lost is how they were split: the cell computes the same,
    but `to_torch` gives the sum back as the first, and a training that goes on moves two biases
    where there was one.

    Parameters
    ----------
    state_dict : mapping of name to array_like
        ``lstm.state_dict()``, or that of a model that has the LSTM as a part. Without biases
        (``bias=False``) they are zero.
    layer : int or None
        0 is the one that sees the inputs. None: a single ``torch.nn.LSTMCell``.
    reverse : bool
        Take the cell that runs from the last step to the first (``bidirectional=True``).
    prefix : str
        What stands before ``weight_ih_l0`` in the names: ``"lstm."`` for a part ``model.lstm``.

    Returns
    -------
    Weights
        New memory, of the dtype of the tensors: float32 unless the model was made otherwise.

    Raises
    ------
    ValueError
        A name is missing; or a shape is not that of an LSTM (a GRU has 3H rows, a Keras layer
        the transpose); or the layer has a projection (``proj_size``), which this cell has not.
    TypeError
        ``state_dict`` is no mapping, or a tensor holds numbers of another kind (float16).
    """
    wx, wh, b, second = torch_arrays(state_dict, layer, reverse, prefix, "4H")
    return unstack(wx, wh, b + second, ORDERS["pytorch"])


def torch_arrays(
    state_dict: Mapping[str, npt.ArrayLike],
    layer: int | None,
    reverse: bool,
    prefix: str,
    rows: str,
) -> tuple[Array, Array, Array, Array]:
    """Return the two matrices and two biases of one cell in a ``state_dict``.

    ``rows`` says how many there are: ``"4H"`` of an LSTM, ``"3H"`` of a GRU, ``"1H"`` of a plain
    network. The other arguments are those of `from_torch`.
    """
    check_type("state_dict", state_dict, Mapping)
    check_type("reverse", reverse, bool)
    check_type("prefix", prefix, str)
    end = "" if layer is None else f"_l{check_size('layer', layer, least=0)}"
    end += "_reverse" if reverse else ""
    if prefix + "weight_hr" + end in state_dict:
        raise ValueError(f"state_dict: expected no projection, got {prefix}weight_hr{end}")
    names = [prefix + part + end for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    required = names if any(name in state_dict for name in names[2:]) else names[:2]
    missing = [name for name in required if name not in state_dict]
    if missing:
        raise ValueError(f"state_dict: missing {', '.join(missing)}; {_found(state_dict)}")
    ih, hh, *biases = names
    wh, sizes = recurrent(hh, state_dict[hh], f"{rows} H")
    wx = check_array(ih, state_dict[ih], f"{rows} D", sizes=sizes)
    b, second = (
        check_array(name, state_dict[name], rows, sizes=sizes)
        if required is names
        else np.zeros(sizes[rows], wh.dtype)
        for name in biases
    )
    return wx, wh, b, second


def to_keras(w: Weights) -> list[Array]:
    """Return what ``keras.layers.LSTM.set_weights`` takes.

    Parameters
    ----------
    w : Weights

    Returns
    -------
    list of ndarray
        ``kernel`` (D, 4H), ``recurrent_kernel`` (H, 4H), ``bias`` (4H,), gates in the order
        i, f, c, o, where c is our g. Keras multiplies rows, so both matrices are transposed.
    """
    wx, wh, b = stack(w, ORDERS["keras"])
    return [wx.T.copy(), wh.T.copy(), b]


def from_keras(weights: Sequence[npt.ArrayLike]) -> Weights:
    """Return the weights of a ``keras.layers.LSTM``; undoes `to_keras`.

    Parameters
    ----------
    weights : sequence of array_like
        ``layer.get_weights()``: the three arrays of `to_keras`, or the first two of a layer
        without a bias, which is zero then.

    Raises
    ------
    ValueError, TypeError
        Not two or three arrays; a wrong shape (a ``torch`` matrix is the transpose, a GRU has
        3H columns); NaN or infinity; an unsupported dtype.
    """
    names = ("kernel", "recurrent_kernel", "bias")
    if isinstance(weights, str) or not isinstance(weights, Sequence):
        got = type(weights).__name__
        raise TypeError(f"weights: expected the list layer.get_weights(), got {got}")
    if len(weights) not in (2, 3):
        raise ValueError(f"weights: expected {', '.join(names)}, got {len(weights)} arrays")
    wh, sizes = recurrent(names[1], weights[1], "H 4H")
    kernel = check_array(names[0], weights[0], "D 4H", sizes=sizes)
    zero = np.zeros(sizes["4H"], kernel.dtype)
    bias = check_array(names[2], weights[2], "4H", sizes=sizes) if len(weights) == 3 else zero
    return unstack(kernel.T, wh.T, bias, ORDERS["keras"])


def to_onnx(w: Weights) -> dict[str, Array]:
    """Return the inputs ``W``, ``R`` and ``B`` of ONNX's LSTM operator, one direction.

    Parameters
    ----------
    w : Weights

    Returns
    -------
    dict
        ``W`` (1, 4H, D), ``R`` (1, 4H, H), ``B`` (1, 8H), gates in the order i, o, f, c, where c
        is our g. ``B`` holds two biases, which ONNX adds: ours, then zeros.
    """
    wx, wh, b = stack(w, ORDERS["onnx"])
    return {"W": wx[None], "R": wh[None], "B": np.concatenate([b, np.zeros_like(b)])[None]}


def from_onnx(
    W: npt.ArrayLike, R: npt.ArrayLike, B: npt.ArrayLike | None = None, direction: int = 0
) -> Weights:
    """Return the weights of one direction of ONNX's LSTM operator; undoes `to_onnx`.

    The two biases are added, as in `from_torch`. Peepholes (``P``), clipping and other
    activations belong to other cells.

    Parameters
    ----------
    W : array_like, shape (N, 4H, D)
        N directions: 1, or 2 of a bidirectional operator.
    R : array_like, shape (N, 4H, H)
    B : array_like, shape (N, 8H), optional
        Zero where left out.
    direction : int
        0 or 1.

    Raises
    ------
    ValueError, TypeError
        A wrong shape or direction, NaN or infinity, or an unsupported dtype.
    """
    R, sizes = recurrent("R", R, "N 4H H")
    sizes["8H"] = 2 * sizes["4H"]
    W = check_array("W", W, "N 4H D", sizes=sizes)
    check_choice("direction", direction, *range(len(R)))
    B = np.zeros((len(R), sizes["8H"]), R.dtype) if B is None else B
    first, second = np.split(check_array("B", B, "N 8H", sizes=sizes)[direction], 2)
    return unstack(W[direction], R[direction], first + second, ORDERS["onnx"])


class StoredAnswers(NamedTuple):
    """What a library answered: ``cases`` by name, each {name: array}; ``source`` says how."""

    cases: dict[str, dict[str, Array]]
    source: dict[str, Any]


FILES = {"pytorch": "torch_layers.npz", "keras": "keras_lstm.npz", "onnx": "onnx_cells.npz"}


def stored_answers(library: str) -> StoredAnswers:
    """Return random problems and what a library made of them, for readers who don't have it.

    Parameters
    ----------
    library : {"pytorch", "keras", "onnx"}

    Returns
    -------
    StoredAnswers
        In each case the weights, inputs and outputs stand under the library's own names, in its
        layout; ``dy``, ``dh``, ``dh_n`` and so on are the gradients of the loss with respect to
        outputs, ``grad_…`` the library's answer. The scripts that made the files are in the
        repository, under ``tests/oracles``.

    Raises
    ------
    ValueError
        An unknown library.
    """
    check_choice("library", library, *FILES)
    cases: dict[str, dict[str, Array]] = {}
    path = resources.files("lstm_lesson") / "data" / FILES[library]
    with path.open("rb") as stream, np.load(stream) as file:
        source = json.loads(str(file["provenance"]))
        for key in file.files:
            case, _, name = key.partition("/")
            if name:
                cases.setdefault(case, {})[name] = file[key]
    return StoredAnswers(cases, source)


def _found(state_dict: Mapping[str, npt.ArrayLike]) -> str:
    """Say which prefixes would find an LSTM in a state_dict."""
    first = "weight_ih"
    known = [name.partition(first) for name in map(str, state_dict) if first in name]
    if known:
        prefixes = ", ".join(dict.fromkeys(repr(prefix) for prefix, _, _ in known))
        ends = ", ".join(dict.fromkeys(end or "none (layer=None)" for _, _, end in known))
        return f"expected a prefix for which there is one: {prefixes}; layers: {ends}"
    some = ", ".join(list(map(str, state_dict))[:5])
    got = f"{len(state_dict)} others: {some}" if some else "none"
    return f"expected names with {first}, got {got}"


def _check_order(order: str) -> None:
    check_type("order", order, str)
    if sorted(order) != sorted(GATES):
        raise ValueError(f"order: expected the letters i, f, g, o in some order, got {order!r}")


def recurrent(name: str, value: npt.ArrayLike, form: str) -> tuple[Array, dict[str, int]]:
    """Return the recurrent array and the sizes of H and of its gates, which it alone tells.

    ``form`` has H and a multiple of it, such as ``"4H H"`` or ``"N H 3H"``.
    """
    array = check_array(name, value, form, sizes={})
    H = min(array.shape[-2:])
    gates = next(axis for axis in form.split() if axis[0].isdigit())
    sizes = {"H": H, gates: int(gates[0]) * H}
    return check_array(name, array, form, sizes=sizes), sizes
