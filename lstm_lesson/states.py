"""Step 3: the cell state and the hidden state, over one step and over a sequence.

The cell keeps a share of its old state and writes something new; the output gate decides how
much of it shows (statements S3.1 and S3.3).
"""

from typing import Any, NamedTuple

import numpy as np

from lstm_lesson.arguments import Array, checked
from lstm_lesson.gates import Gates, gates_forward
from lstm_lesson.weights import Weights

SEQUENCE = {"x": "T (B) D", "h0": "(B) H or 0", "c0": "(B) H or 0"}


class States(NamedTuple):
    """One time step's states, and all that they were made of, kept for the way back.

    ``h``, ``c``, ``c_prev`` are (H,) or (B, H), as each of the `Gates` is.
    """

    h: Array
    c: Array
    c_prev: Array
    gates: Gates


@checked(c_prev="(B) H")
def states_forward(gates: Gates, c_prev: Array) -> States:
    """Compute the new cell state and hidden state of one time step.

    Parameters
    ----------
    gates : Gates
        From `gates_forward`.
    c_prev : array_like, shape (H,) or (B, H), as the gates
        The last cell state, c_{t-1}.

    Returns
    -------
    States
        Statements S3.1 and S3.3; equations ``eq:cell`` and ``eq:hidden``.
    """
    i, f, g, o = gates[:4]
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return States(h, c, c_prev, gates)


def states_backward(
    dh: Array, dc: Array, states: States
) -> tuple[Array, Array, Array, Array, Array]:
    """Return dE/di, dE/df, dE/dg, dE/do and dE/dc_{t-1} of one time step.

    ``dh`` is the whole dE/dh_t; ``dc`` is what reaches c_t from the step after it, the carry
    that the article leaves out (M3). Statements S4.5 to S4.14, repaired.
    """
    i, f, g, o = states.gates[:4]
    tanh_c = np.tanh(states.c)
    do = dh * tanh_c
    dc = dc + dh * o * (1 - tanh_c**2)
    return dc * g, dc * states.c_prev, dc * i, do, dc * f


@checked(**SEQUENCE)
def unroll(x: Array, w: Weights, h0: Any = None, c0: Any = None) -> list[States]:
    """Run the cell over a sequence and keep every step.

    Parameters
    ----------
    x : array_like, shape (T, D) or (T, B, D)
        One sequence, or B of them side by side.
    w : Weights
    h0, c0 : array_like, shape (H,) or (B, H), optional
        The states before the first step; zeros where left out (statement S0.7).

    Returns
    -------
    list of States
        T of them; ``steps[t].h`` is h of the article's time t + 1. All have the dtype to which
        numpy promotes the arguments.
    """
    steps: list[States] = []
    h, c = h0, c0
    for x_t in x:
        steps.append(states_forward(gates_forward(x_t, h, w), c))
        h, c = steps[-1].h, steps[-1].c
    return steps
