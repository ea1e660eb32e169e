"""The gradient of an LSTM by other roads: forward in time, and one derivative further.

Backpropagation stores a sequence and goes back over it. The functions here go *with* the
sequence: what the states owe to the weights is carried from step to step. `rtrl_gradient` and
`forward_mode` are exact; `trace_gradient` follows the memory c alone and is not.

All of them take one sequence, (T, D).
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lstm_lesson.arguments import Array, checked
from lstm_lesson.gradients import accumulate
from lstm_lesson.states import States, unroll
from lstm_lesson.weights import Weights

ONE_SEQUENCE = {"x": "T D", "h0": "H or 0", "c0": "H or 0"}
STEP = 1e-30  # of a complex step: so small that its square is nothing beside a rounding error


class StepDerivatives(NamedTuple):
    """How the states of one step react to what they are made of, within that step.

    ``c_from_z``, ``h_from_z`` (4, H): unit n's c_t and h_t against its own pre-activation of i,
    f, g, o. ``c_from_h``, ``h_from_h`` (H, H): against h_{t-1}. ``c_from_c``, ``h_from_c`` (H,):
    against the same unit's c_{t-1}. ``row`` (D + 1 + H,) is [x_t, 1, h_{t-1}].
    """

    c_from_z: Array
    h_from_z: Array
    c_from_h: Array
    h_from_h: Array
    c_from_c: Array
    h_from_c: Array
    row: Array


def step_derivatives(states: States, w: Weights) -> StepDerivatives:
    """Return the derivatives of one step: the blocks of ``eq:block-jacobian``, and its inputs.

    Parameters
    ----------
    states : States
        One step of one sequence, from `unroll`.
    w : Weights
    """
    i, f, g, o, x_t, h_prev = states.gates
    tanh_c = np.tanh(states.c)
    h_from_new_c = o * (1 - tanh_c**2)
    c_from_z = np.stack([g * i * (1 - i), states.c_prev * f * (1 - f), i * (1 - g**2), 0 * o])
    h_from_z = h_from_new_c * c_from_z
    h_from_z[3] = tanh_c * o * (1 - o)
    recurrent = np.stack([w.whi, w.whf, w.whg, w.who])
    c_from_h = np.einsum("kn,knm->nm", c_from_z, recurrent)
    h_from_h = np.einsum("kn,knm->nm", h_from_z, recurrent)
    row = np.concatenate([x_t, [1.0], h_prev])
    return StepDerivatives(c_from_z, h_from_z, c_from_h, h_from_h, f, h_from_new_c * f, row)


def influence_step(d: StepDerivatives, h_from_w: Array, c_from_w: Array) -> tuple[Array, Array]:
    """Carry the influence of the weights over one step.

    Parameters
    ----------
    d : StepDerivatives
    h_from_w, c_from_w : ndarray, shape (H, 4, H, D + 1 + H)
        dh_{t-1}/dW and dc_{t-1}/dW; W has its rows apart, as gate and unit.

    Returns
    -------
    tuple of ndarray
        dh_t/dW and dc_t/dW (``eq:influence-h``, ``eq:influence-c``).
    """
    units = np.arange(len(d.c_from_c))
    kept = d.c_from_c[:, None, None, None] * c_from_w
    shown = d.h_from_c[:, None, None, None] * c_from_w
    c_next = np.tensordot(d.c_from_h, h_from_w, axes=1) + kept
    h_next = np.tensordot(d.h_from_h, h_from_w, axes=1) + shown
    # A weight enters one pre-activation, and that one moves one unit.
    c_next[units, :, units] += d.c_from_z.T[:, :, None] * d.row
    h_next[units, :, units] += d.h_from_z.T[:, :, None] * d.row
    return h_next, c_next


@checked(**ONE_SEQUENCE, dh="T H")
def rtrl_gradient(
    x: Array,
    w: Weights,
    dh: Array,
    h0: Any = None,
    c0: Any = None,
) -> Weights:
    """Return the gradient by real-time recurrent learning: going forward alone.

    Parameters
    ----------
    x : array_like, shape (T, D)
    w : Weights
    dh : array_like, shape (T, H)
        dE/dh_t of the loss itself, as in `lstm_lesson.bptt`.
    h0, c0 : array_like, shape (H,), optional

    Returns
    -------
    Weights
        What `bptt` returns for the weights, up to rounding (Williams and Zipser 1989; equation
        ``eq:rtrl-gradient``).
    """
    H, columns = w.n_hidden, w.packed.shape[1]
    h_from_w = c_from_w = np.zeros((H, 4, H, columns))
    total = np.zeros((4, H, columns))
    for states, dh_t in zip(unroll(x, w, h0, c0), dh, strict=True):
        h_from_w, c_from_w = influence_step(step_derivatives(states, w), h_from_w, c_from_w)
        total += np.tensordot(dh_t, h_from_w, axes=1)
    return Weights(total.reshape(w.packed.shape))


@checked(**ONE_SEQUENCE, dh="T H")
def trace_gradient(
    x: Array,
    w: Weights,
    dh: Array,
    h0: Any = None,
    c0: Any = None,
) -> Weights:
    """Return what `rtrl_gradient` would if the gates did not look at the hidden state.

    One number a weight is carried: its eligibility trace. The rule of 1997, with a forget gate
    (Gers and others 2000), and e-prop's (Bellec and others 2020). Arguments as there; equation
    ``eq:trace``.
    """
    trace = np.zeros((4, w.n_hidden, w.packed.shape[1]))
    total = np.zeros_like(trace)
    for states, dh_t in zip(unroll(x, w, h0, c0), dh, strict=True):
        d = step_derivatives(states, w)
        trace = d.c_from_c[:, None] * trace + d.c_from_z[:, :, None] * d.row
        h_from_new_c = states.gates.o * (1 - np.tanh(states.c) ** 2)
        shown = h_from_new_c[:, None] * trace
        shown[3] += d.h_from_z[3][:, None] * d.row  # the output gate writes nothing into c
        total += dh_t[:, None] * shown
    return Weights(total.reshape(w.packed.shape))


@checked(**ONE_SEQUENCE)
def forward_mode(
    x: Array,
    w: Weights,
    direction: Weights,
    h0: Any = None,
    c0: Any = None,
) -> Array:
    """Return how all hidden states move when the weights move in one direction.

    Parameters
    ----------
    x, w, h0, c0
        As in `rtrl_gradient`.
    direction : Weights
        By how much each weight moves.

    Returns
    -------
    ndarray, shape (T, H)
        dh_t along ``direction`` (``eq:tangent-h``). A loss moves by the sum of ``dh`` times it.
    """
    check_direction(direction, w)
    h_dot = c_dot = np.zeros(w.n_hidden)
    moved = []
    for states in unroll(x, w, h0, c0):
        d = step_derivatives(states, w)
        z_dot = (direction.packed @ d.row).reshape(4, -1)  # of the weights' own move
        h_dot, c_dot = (
            d.h_from_h @ h_dot + d.h_from_c * c_dot + (d.h_from_z * z_dot).sum(axis=0),
            d.c_from_h @ h_dot + d.c_from_c * c_dot + (d.c_from_z * z_dot).sum(axis=0),
        )
        moved.append(h_dot)
    return np.stack(moved)


@checked(x="T D")
def hessian_times(
    direction: Weights, w: Weights, x: Array, loss_gradient: Callable[[Array], Array]
) -> Weights:
    """Return the Hessian of a loss times ``direction``, by a complex step through `bptt`.

    Parameters
    ----------
    direction : Weights
    w : Weights
        float64.
    x : array_like, shape (T, D)
    loss_gradient : callable
        Takes all h, (T, H), complex; returns dE/dh_t of the loss itself, of that shape.

    Returns
    -------
    Weights
        Exact to rounding (``eq:hessian-times``): no difference is taken.
    """
    check_direction(direction, w)
    moved = Weights(w.packed + 1j * STEP * direction.packed)
    nothing = np.zeros(w.n_hidden)
    steps = unroll(x, moved, nothing, nothing)
    dh = loss_gradient(np.stack([states.h for states in steps]))
    return Weights(accumulate(steps, moved, dh, nothing, nothing).packed.imag / STEP)


def sharpness(
    w: Weights, x: Array, loss_gradient: Callable[[Array], Array], n_products: int = 30
) -> float:
    """Return the eigenvalue of the Hessian that is largest in size, by power iteration.

    ``n_products`` products with the Hessian, from a fixed start; see `hessian_times`.
    """
    direction = np.random.default_rng(0).normal(size=w.packed.shape)
    value = 0.0
    for _ in range(n_products):
        direction /= np.linalg.norm(direction)
        product = hessian_times(Weights(direction), w, x, loss_gradient).packed
        value, direction = float((direction * product).sum()), product
    return value


def check_direction(direction: Weights, w: Weights) -> None:
    """Raise a ValueError unless ``direction`` has the sizes of ``w``."""
    if direction.packed.shape != w.packed.shape:
        raise ValueError(f"direction: expected the sizes of w, {w!r}, got {direction!r}")


ROADS = ("backward", "segments", "rtrl", "traces", "forward mode")


def costs(T: int, D: int, H: int) -> dict[str, tuple[int, int]]:
    """Return (multiplications, numbers held at once) of each road, for one sequence.

    Only what grows fastest is counted: products with the weights, and what is kept from step to
    step besides the weights themselves. P = 4H (D + 1 + H) weights; a forward pass takes P
    multiplications a step, and keeps 6H numbers of it (i, f, g, o, c, h).
    """
    P, S = 4 * H * (D + 1 + H), math.isqrt(T - 1) + 1  # S segments of about √T steps
    forward = T * P
    return {
        "backward": (3 * forward, T * 6 * H),
        "segments": (4 * forward, (S + -(-T // S)) * 6 * H),
        "rtrl": (forward + T * (2 * H * H * P + 3 * H * P), 2 * H * P),
        "traces": (forward + 3 * forward, P),
        "forward mode": (P * 2 * forward, 2 * H),
    }
