"""A whole batch of sequences, forward and back: the two calls that training needs.

This release computes both on the lesson path (`states.unroll` and `gradients.steps_back`), so
that they are right before they are quick.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import (
    Array,
    check_array,
    check_choice,
    check_losses,
    check_packed,
    check_type,
)
from lstm_lesson.gradients import Gradients, sum_over_time
from lstm_lesson.states import States, unroll
from lstm_lesson.weights import Weights


class Run(NamedTuple):
    """A forward pass, with what `backward` needs of it.

    ``h`` and ``c`` are (T, B, H): the states after each step. ``steps`` and ``w`` belong to the
    run alone: changing the arrays that `forward` was given changes nothing here.
    """

    h: Array
    c: Array
    steps: list[States]
    w: Weights


def forward(
    x: npt.ArrayLike,
    w: Weights,
    h0: npt.ArrayLike | None = None,
    c0: npt.ArrayLike | None = None,
    *,
    lengths: None = None,
    memory: str = "full",
    workspace: None = None,
) -> Run:
    """Run the cell over B sequences of T steps.

    Parameters
    ----------
    x : array_like, shape (T, B, D)
        float32, float64 or complex128.
    w : Weights
    h0, c0 : array_like, shape (B, H), optional
        The states before the first step; zeros where left out (statement S0.7).
    lengths, workspace : None
        Kept for sequences of different length and for buffers used again; this release knows
        None only.
    memory : "full"
        Every step's gates are kept; this release knows no other way.

    Returns
    -------
    Run
        ``run.h``, ``run.c`` (T, B, H), of the dtype to which numpy promotes the arguments.

    Raises
    ------
    ValueError, TypeError
        A wrong shape, T = 0 or B = 0, NaN or infinity, or an unsupported dtype or option.
    """
    check_type("w", w, Weights)
    check_choice("lengths", lengths, None)
    check_choice("memory", memory, "full")
    check_choice("workspace", workspace, None)
    x = check_array("x", x, "T B D", sizes={"D": w.n_inputs})
    check_packed(w.packed, "w")
    w = w.copy()
    steps = unroll(x, w, h0, c0)
    return Run(np.stack([s.h for s in steps]), np.stack([s.c for s in steps]), steps, w)


def backward(
    run: Run,
    dh: npt.ArrayLike | None,
    dh_last: npt.ArrayLike | None = None,
    dc_last: npt.ArrayLike | None = None,
) -> Gradients:
    """Go back through a `Run`; it may be called again, with other losses.

    Parameters
    ----------
    run : Run
        From `forward`; real.
    dh : array_like, shape (T, B, H), or None
        dE/dh_t of the loss itself; zero, or None, where there is none.
    dh_last, dc_last : array_like, shape (B, H), optional
        What else reaches h_T and c_T.

    Returns
    -------
    Gradients
        ``wxi … bo``, ``x`` (T, B, D), ``h0``, ``c0`` (B, H), of the dtype of the run: sums over
        time and batch.

    Raises
    ------
    ValueError, TypeError
        A wrong shape, NaN or infinity, complex or unsupported numbers.
    """
    check_type("run", run, Run)
    losses = check_losses(len(run.steps), run.steps[-1].h, dh, dh_last, dc_last)
    return sum_over_time(run.steps, run.w, *losses)
