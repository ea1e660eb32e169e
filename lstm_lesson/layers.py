"""LSTMs on top of each other, in both directions of time, over sequences of different length.

Nothing new is derived here: a layer's output is the next layer's input, so what the upper one
sends back to its x is what the lower one receives as dh. A second direction is the same cell run
over the turned sequence; the two outputs stand side by side.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lstm_lesson import fast
from lstm_lesson.arguments import (
    Array,
    as_numbers,
    check_array,
    check_counted,
    check_lengths,
    check_type,
    steps_of,
)
from lstm_lesson.gradients import Gradients
from lstm_lesson.weights import Weights

Layer = Weights | tuple[Weights, Weights]
Lengths = npt.NDArray[np.intp]
State = tuple[Array | None, Array | None]


class LayersRun(NamedTuple):
    """A forward pass through all layers, with what `backward` needs of it.

    ``h`` (T, B, H), or (T, B, 2H) for two directions, is the output of the last layer: zero after
    the end of a sequence. ``h_last`` and ``c_last`` (S, B, H) are the states of the S cells after
    the last step that each of them took: for the backward direction that is the first one. They
    are in PyTorch's order: layer by layer, forward before backward. ``cells`` are the runs of
    the cells, layer by layer.
    """

    h: Array
    h_last: Array
    c_last: Array
    cells: list[list[fast.Run]]
    lengths: Lengths


class LayerGradients(NamedTuple):
    """The gradients of all layers: ``cells`` as the layers were given, ``x``, ``h0``, ``c0``."""

    cells: list[list[Gradients]]
    x: Array
    h0: Array
    c0: Array


def reverse_sequences(x: Array, lengths: Lengths) -> Array:
    """Return each sequence from its last step to its first; what stands after its end stays.

    Parameters
    ----------
    x : ndarray, shape (T, B, ·)
    lengths : ndarray of int, shape (B,)

    Examples
    --------
    >>> reverse_sequences(np.array([[[1]], [[2]], [[0]]]), np.array([2]))[:, 0, 0]
    array([2, 1, 0])
    """
    x = as_numbers("x", x)
    if x.ndim < 2:
        raise ValueError(f"x: expected shape (T, B, …), got {x.shape}")
    lengths = check_lengths(lengths, *x.shape[:2])
    t = np.arange(len(x))[:, None]
    order = np.where(t < lengths, lengths - 1 - t, t)
    return np.take_along_axis(x, order.reshape(*order.shape, *[1] * (x.ndim - 2)), axis=0)


def seen(x: Array, direction: int, lengths: Lengths) -> Array:
    """Return a sequence in the order in which a direction, 0 or 1, goes through it."""
    return reverse_sequences(x, lengths) if direction else x


def run_layer(
    x: Array, cells: Sequence[Weights], states: Sequence[State], lengths: Lengths
) -> list[fast.Run]:
    """LayersRun the one or two cells of a layer; each has ``states`` (h0, c0) of its own."""
    return [
        fast.forward(seen(x, d, lengths), w, *state, lengths=lengths)
        for d, (w, state) in enumerate(zip(cells, states, strict=True))
    ]


def layer_backward(
    dh: Array, layer: Sequence[fast.Run], ends: Sequence[State], lengths: Lengths
) -> list[Gradients]:
    """Go back through the one or two cells of a layer: each gets its part of ``dh``."""
    parts = np.split(dh, len(layer), axis=-1)
    return [
        fast.backward(run, seen(part, d, lengths), *end)
        for d, (run, part, end) in enumerate(zip(layer, parts, ends, strict=True))
    ]


def forward(
    x: npt.ArrayLike,
    layers: Sequence[Layer],
    h0: npt.ArrayLike | None = None,
    c0: npt.ArrayLike | None = None,
    *,
    lengths: npt.ArrayLike | None = None,
) -> LayersRun:
    """LayersRun layers of LSTM cells over B sequences; what ``torch.nn.LSTM`` does.

    Parameters
    ----------
    x : array_like, shape (T, B, D)
        float32, float64 or complex128.
    layers : sequence of Weights, or of pairs of Weights
        From the one that sees ``x`` upwards. A pair is a layer with two directions: the first
        cell runs from step 1 on, the second from the last step back. All S cells have one H; a
        layer on top has as many inputs as the one below has outputs, H or 2H.
    h0, c0 : array_like, shape (S, B, H), optional
        The states before each cell's first step, in the order of `LayersRun`; zeros where left out.
    lengths : array_like of int, shape (B,), optional
        How many steps each sequence has; T where left out. As in `lstm_lesson.forward`, and the
        backward direction starts at each sequence's own end.

    Raises
    ------
    ValueError, TypeError
        Layers that don't fit together, or a length that is not in 1 … T.
    """
    pairs = _check_layers(layers)
    sizes = {"D": pairs[0][0].n_inputs, "H": pairs[0][0].n_hidden, "S": sum(map(len, pairs))}
    x = check_array("x", x, "T B D", sizes=sizes, finite=False)
    starts = [
        [None] * sizes["S"]
        if state is None
        else list(check_array(name, state, "S B H", sizes=sizes))
        for name, state in {"h0": h0, "c0": c0}.items()
    ]
    steps = np.full(x.shape[1], len(x)) if lengths is None else lengths
    lengths = check_lengths(steps, *x.shape[:2])
    x = check_counted("x", x, steps_of(lengths, len(x)))
    states, runs = list(zip(*starts, strict=True)), []
    for cells in pairs:
        of_layer, states = states[: len(cells)], states[len(cells) :]
        runs.append(run_layer(x, cells, of_layer, lengths))
        x = np.concatenate([seen(run.h, d, lengths) for d, run in enumerate(runs[-1])], axis=-1)
    every = [run for layer in runs for run in layer]
    h_last, c_last = np.stack([r.h_last for r in every]), np.stack([r.c_last for r in every])
    return LayersRun(x, h_last, c_last, runs, lengths)


def backward(
    run: LayersRun,
    dh: npt.ArrayLike | None,
    dh_last: npt.ArrayLike | None = None,
    dc_last: npt.ArrayLike | None = None,
) -> LayerGradients:
    """Go back through all layers, from the last one down.

    Parameters
    ----------
    run : LayersRun
        From `forward`; real.
    dh : array_like, shape of ``run.h``, or None
        dE/dh_t of the loss itself; zero, or None, where there is none.
    dh_last, dc_last : array_like, shape (S, B, H), optional
        What else reaches each cell's last states.

    Returns
    -------
    LayerGradients
        Sums over time and batch. ``x`` is zero after the end of a sequence.
    """
    check_type("run", run, LayersRun)
    sizes = dict(zip(("S", "B", "H"), run.h_last.shape, strict=True))
    sizes |= {"T": len(run.h), "outputs": run.h.shape[-1]}
    back = np.zeros_like(run.h) if dh is None else dh
    back = check_array("dh", back, "T B outputs", sizes=sizes, real=True, finite=False)
    back = check_counted("dh", back, steps_of(run.lengths, len(run.h)))
    ends = [
        np.zeros_like(run.h_last)
        if d is None
        else check_array(name, d, "S B H", sizes=sizes, real=True)
        for name, d in {"dh_last": dh_last, "dc_last": dc_last}.items()
    ]
    states, grads = list(zip(*ends, strict=True)), []
    for layer in reversed(run.cells):
        of_layer, states = states[-len(layer) :], states[: -len(layer)]
        grads.append(layer_backward(back, layer, of_layer, run.lengths))
        back = np.sum([seen(g.x, d, run.lengths) for d, g in enumerate(grads[-1])], axis=0)
    grads.reverse()
    every = [g for layer in grads for g in layer]
    h0, c0 = np.stack([g.h0 for g in every]), np.stack([g.c0 for g in every])
    return LayerGradients(grads, back, h0, c0)


def _check_layers(layers: Sequence[Layer]) -> list[tuple[Weights, ...]]:
    """Return the cells of each layer, one or two; all fit together."""
    check_type("layers", layers, Sequence)
    pairs: list[tuple[Weights, ...]] = []
    for number, layer in enumerate(layers):
        pair: Any = (layer,) if isinstance(layer, Weights) else layer
        check_type(f"layers[{number}]", pair, Sequence)
        pairs.append(tuple(pair))
    if not pairs:
        raise ValueError("layers: expected at least one, got none")
    inputs = None
    for number, pair in enumerate(pairs):
        name = f"layers[{number}]"
        if len(pair) not in (1, 2):
            raise ValueError(f"{name}: expected Weights or a pair of them, got {len(pair)}")
        for w in pair:
            check_type(name, w, Weights)
            D, H = inputs or pair[0].n_inputs, pairs[0][0].n_hidden
            if (w.n_inputs, w.n_hidden) != (D, H):
                raise ValueError(
                    f"{name}: expected D = {D}, H = {H}, got D = {w.n_inputs}, H = {w.n_hidden}"
                )
        inputs = len(pair) * H
    return pairs
