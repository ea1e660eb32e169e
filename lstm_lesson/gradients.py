"""Step 4: gradients, one step back and through time.

What a quantity feeds, sends gradient back to it, and the contributions add up. c_t feeds h_t and
c_{t+1}; h_t feeds the loss and the four gates of the next step. The article follows the first of
each pair only; this module follows both.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from lstm_lesson.arguments import Array, checked
from lstm_lesson.gates import gates_backward, inputs_backward
from lstm_lesson.states import SEQUENCE, States, states_backward, unroll
from lstm_lesson.weights import Weights, weights_backward

LOSSES = {"dh": "T (B) H or 0", "dh_last": "(B) H or 0", "dc_last": "(B) H or 0"}


class Gradients(Weights):
    """The gradients of a sequence: the article's twelve names, and those of the inputs.

    Attributes
    ----------
    wxi … bo : ndarray
        As in `Weights`: dE/dwxi has the shape of wxi.
    x : ndarray, shape (T, D) or (T, B, D)
    h0, c0 : ndarray, shape (H,) or (B, H)
    """

    def __init__(self, packed: Array, x: Array, h0: Array, c0: Array) -> None:
        super().__init__(packed)
        self.x, self.h0, self.c0 = x, h0, c0

    def named(self) -> dict[str, Array]:
        """Return all fifteen by name."""
        return super().named() | {"x": self.x, "h0": self.h0, "c0": self.c0}

    def copy(self) -> "Gradients":
        """Return the same gradients in memory of their own."""
        return Gradients(self.packed.copy(), self.x.copy(), self.h0.copy(), self.c0.copy())

    def __add__(self, other: "Gradients") -> "Gradients":
        """Return the gradients of two losses on the same sequence together."""
        ours, theirs = self.named().values(), other.named().values()
        if [a.shape for a in ours] != [b.shape for b in theirs]:
            raise ValueError(f"other: expected gradients of the same shapes, got {other!r}")
        packed, x = self.packed + other.packed, self.x + other.x
        return Gradients(packed, x, self.h0 + other.h0, self.c0 + other.c0)

    def __repr__(self) -> str:
        return f"Gradients of {super().__repr__()} and of x, h0, c0"


class StepBack(NamedTuple):
    """What one time step sends back.

    ``deltas`` are dE/dz of i, f, g, o; ``x_t``, ``h_prev``, ``c_prev`` the gradients of what the
    step was given, each shaped like it; ``weights`` this step's summand of the twelve gradients.
    """

    weights: Weights
    x_t: Array
    h_prev: Array
    c_prev: Array
    deltas: tuple[Array, Array, Array, Array]


@checked(dh="(B) H", dc="(B) H")
def cell_backward(dh: Array, dc: Array, states: States, w: Weights) -> StepBack:
    """Go back through one time step.

    Parameters
    ----------
    dh : array_like, shape (H,) or (B, H)
        The whole dE/dh_t: from the loss at t, and from step t + 1.
    dc : array_like, shape (H,) or (B, H)
        The carry: dE/dc_{t+1} times f_{t+1}. Zero at the last step, unless the loss sees c_T.
    states : States
        The forward pass of this step, from `states_forward` or `unroll`.
    w : Weights

    Returns
    -------
    StepBack
        Statements S4.4 to S4.26, repaired.
    """
    di, df, dg, do, dc_prev = states_backward(dh, dc, states)
    deltas = gates_backward(di, df, dg, do, states.gates)
    dx, dh_prev = inputs_backward(deltas, w)
    grads = weights_backward(deltas, states.gates.x_t, states.gates.h_prev)
    return StepBack(grads, dx, dh_prev, dc_prev, deltas)


def backward_steps(
    steps: list[States], w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Iterator[StepBack]:
    """Yield what each step sends back, from the last step to the first: the two recursions.

    h_t feeds the loss and step t + 1, so dE/dh_t has two terms, ``dh[t]`` and ``dh_next``.
    c_t feeds h_t and c_{t+1}, so dE/dc_t has two terms; ``dc_next`` is the second.
    Shapes as in `bptt`.
    """
    dh_next, dc_next = dh_last, dc_last
    for t in reversed(range(len(steps))):
        back = cell_backward(dh[t] + dh_next, dc_next, steps[t], w)
        dh_next, dc_next = back.h_prev, back.c_prev
        yield back


@checked(**SEQUENCE, **LOSSES)
def bptt(
    x: Array,
    w: Weights,
    dh: Any,
    h0: Any = None,
    c0: Any = None,
    dh_last: Any = None,
    dc_last: Any = None,
) -> Gradients:
    """Back-propagate through time: run the cell over ``x``, then go back over every step.

    Parameters
    ----------
    x, w, h0, c0
        As in `unroll`; real numbers.
    dh : array_like, shape (T, H) or (T, B, H), or None
        dE/dh_t of the loss itself, the direct part: zero at a step without a loss. None: no
        step has one.
    dh_last, dc_last : array_like, shape (H,) or (B, H), optional
        What else reaches h_T and c_T: a loss on the final states, or the gradient of what
        comes after the sequence.

    Returns
    -------
    Gradients
        Sums over time and batch, of the dtype of the forward pass. Equations
        ``eq:delta-h``, ``eq:delta-c``, ``eq:parameter-gradients``.
    """
    return accumulate(unroll(x, w, h0, c0), w, dh, dh_last, dc_last)


def accumulate(
    steps: list[States], w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Gradients:
    """Add up what each step sends to the weights, which are the same at every step."""
    total = np.zeros(w.packed.shape, dh.dtype)
    dx = []
    for back in backward_steps(steps, w, dh, dh_last, dc_last):
        total += back.weights.packed
        dx.append(back.x_t)
    return Gradients(total, np.stack(dx[::-1]), back.h_prev, back.c_prev)
