"""The checks of the practice on vanishing gradients: the Jacobian of a step, and of many."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.gates import gates_forward
from lstm_lesson.gradcheck import STEPS
from lstm_lesson.initial import init_weights
from lstm_lesson.practice.verdict import Verdict, compare
from lstm_lesson.states import States, states_forward, unroll
from lstm_lesson.weights import Weights


def check_jacobian(jacobian: Callable[[States, Weights], Any]) -> Verdict:
    """Check ``jacobian(states, w)`` of one step, (2H, 2H): rows h_t, c_t, columns h_{t-1}, c_{t-1}.

    The right answer is the complex step of the forward pass.
    """
    rng = np.random.default_rng(6)
    D, H = 2, 3
    w = init_weights(D, H, seed=9)
    step = unroll(rng.normal(size=(1, D)), w, rng.uniform(-0.8, 0.8, H), rng.normal(size=H))[0]
    right = by_complex_steps(step, w)
    h_rows, c_rows = slice(H), slice(H, None)
    h_h, c_h = right[h_rows, h_rows], right[c_rows, h_rows]
    shown = np.diag(step.gates.o * (1 - np.tanh(step.c) ** 2))

    def with_block(rows: slice, columns: slice, block: Array) -> dict[str, Array]:
        changed = right.copy()
        changed[rows, columns] = block
        return {"J": changed}

    forget = np.diag(step.gates.f)
    direct = np.zeros_like(right)
    direct[c_rows, c_rows] = forget
    through_gate = h_h - shown @ c_h
    order = np.r_[H : 2 * H, :H]
    mistakes = {
        "only the direct path, diag(f), is there: the gates take in h_{t-1}, and h_t is made of "
        "c_t": {"J": direct},
        "rows and columns begin with c; h comes first": {"J": right[order][:, order]},
        "this is the transpose: rows are what comes out, columns what goes in": {"J": right.T},
        "in dh_t/dh_{t-1} the path through c_t is missing: the new memory depends on h_{t-1} "
        "too": with_block(h_rows, h_rows, through_gate),
        "in dh_t/dh_{t-1} the path through the output gate is missing": with_block(
            h_rows, h_rows, shown @ c_h
        ),
        "dc_t/dh_{t-1} is zero: the gates f, i, g take in h_{t-1}": with_block(
            c_rows, h_rows, np.zeros((H, H))
        ),
        "dh_t/dc_{t-1} is zero: h_t is made of c_t, and that of c_{t-1}": with_block(
            h_rows, c_rows, np.zeros((H, H))
        ),
        "in dh_t/dc_{t-1} the forget gate is missing: c_{t-1} goes through f_t first": with_block(
            h_rows, c_rows, shown
        ),
        "in dh_t/dc_{t-1} the slope of tanh is missing": with_block(
            h_rows, c_rows, np.diag(step.gates.o * step.gates.f)
        ),
        "dc_t/dc_{t-1} is a full matrix: with h_{t-1} given it is diag(f)": with_block(
            c_rows, c_rows, forget + c_h
        ),
        "the recurrent matrices are transposed": {"J": by_formulas(step, transposed(w))},
        "the slopes of the gates are missing: σ' is σ(1 - σ), tanh' is 1 - tanh²": {
            "J": by_formulas(step, w, slopes=False)
        },
    }
    hint = "four blocks of H × H; which paths lead from each of h_{t-1}, c_{t-1} to h_t, c_t?"
    praise = "all four blocks, against the complex step of the forward pass"
    return compare(jacobian, (step, w), {"J": right}, mistakes, praise, hint)


def by_complex_steps(step: States, w: Weights) -> Array:
    """Return the Jacobian of a step by steps into the imaginary direction."""
    H = w.n_hidden
    columns = []
    for direction in np.eye(2 * H):
        moved = 1j * STEPS["complex"] * direction
        h_prev, c_prev = step.gates.h_prev + moved[:H], step.c_prev + moved[H:]
        gates = gates_forward(step.gates.x_t, h_prev, w)
        new = states_forward(gates, c_prev)
        columns.append(np.concatenate([new.h, new.c]).imag / STEPS["complex"])
    return np.stack(columns, axis=1)


def transposed(w: Weights) -> Weights:
    """Return weights whose recurrent matrices are transposed."""
    other = w.copy()
    for k in "ifgo":
        setattr(other, "wh" + k, getattr(w, "wh" + k).T)
    return other


def by_formulas(step: States, w: Weights, slopes: bool = True) -> Array:
    """Return the Jacobian of a step from its gates and the recurrent matrices of ``w``."""
    i, f, g, o = step.gates[:4]
    of_gates = np.array([i * (1 - i), f * (1 - f), 1 - g**2, o * (1 - o)])
    di, df, dg, do = of_gates if slopes else np.ones_like(of_gates)
    shown = o * (1 - np.tanh(step.c) ** 2)
    c_h = (
        (step.c_prev * df)[:, None] * w.whf + (g * di)[:, None] * w.whi + (i * dg)[:, None] * w.whg
    )
    h_h = (np.tanh(step.c) * do)[:, None] * w.who + shown[:, None] * c_h
    return np.block([[h_h, np.diag(shown * f)], [c_h, np.diag(f)]])


def check_chain(chain: Callable[[list[Array]], Any]) -> Verdict:
    """Check ``chain(jacobians)``: the Jacobian of all steps, from those of steps 1 to T."""
    rng = np.random.default_rng(7)
    jacobians = [rng.normal(size=(4, 4)) for _ in range(3)]
    first, second, third = jacobians
    mistakes = {
        "the order is reversed: the last step stands on the left": {"J": first @ second @ third},
        "these are products entry by entry: a chain is a matrix product": {
            "J": third * second * first
        },
        "these are sums: a chain multiplies": {"J": first + second + third},
        "the first step is missing": {"J": third @ second},
        "the last step is missing": {"J": second @ first},
        "this is the transpose": {"J": (third @ second @ first).T},
    }
    hint = "a change meets step 1 first, so the Jacobian of step 1 stands next to it, on the right"
    praise = "the last step on the left"
    right = {"J": third @ second @ first}
    return compare(chain, ([j.copy() for j in jacobians],), right, mistakes, praise, hint)
