"""Typical wrong backward passes, as data: what a gradient test must be able to refuse.

Each mistake is one function of the lesson path, written as somebody writes it who has
misunderstood one thing; its docstring says what. `Mistake.path` puts it in the place of the right
function and leaves all others as they are, so `Mistake.bptt` is `lstm_lesson.bptt` with one
mistake in it. Nothing outside is changed: both may be used side by side.
"""

# ruff: noqa: D401, D403 (the docstring of a mistake is a sentence about it, no summary of it)

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, update_wrapper
from types import FunctionType
from typing import Any

import numpy as np

from lstm_lesson import gradients
from lstm_lesson.arguments import Array, checked
from lstm_lesson.gates import Gates, gates_backward, inputs_backward, sigmoid
from lstm_lesson.gradients import (
    LOSSES,
    Gradients,
    StepBack,
    accumulate,
    backward_steps,
    cell_backward,
)
from lstm_lesson.states import SEQUENCE, States, states_backward
from lstm_lesson.weights import GATES, Weights, weights_backward

LOSS, NODES = "step4_gradients_loss", "step4_gradients_nodes"
WEIGHTS, TIME = "step4_gradients_weights", "step4_gradients_time"

Four = tuple[Array, Array, Array, Array]
Five = tuple[Array, Array, Array, Array, Array]
Steps = list[States]
Code = Callable[..., Any]


@dataclass(frozen=True)
class Mistake:
    """A wrong backward pass.

    Attributes
    ----------
    name : str
        A few words; no two mistakes share them.
    misconception : str
        One sentence: what somebody thinks who writes this, or what it leaves out.
    chapter : str
        The page that treats it.
    piece : str
        The function of the lesson path that is wrong.
    code : callable
        What stands in its place.
    """

    name: str
    misconception: str
    chapter: str
    piece: str
    code: Code

    @cached_property
    def path(self) -> dict[str, Code]:
        """The functions of `lstm_lesson.gradients` with the mistake in them, by name.

        They are made of the same code as the right ones, but look up one another in a copy of
        the module's names, where ``piece`` stands for ``code``.
        """
        names = dict(vars(gradients))
        for name in PATH:
            right: Any = inspect.unwrap(names[name])
            copy = FunctionType(right.__code__, names, name, right.__defaults__)
            names[name] = update_wrapper(copy, right)
        names["bptt"] = checked(**SEQUENCE, **LOSSES)(names["bptt"])
        names[self.piece] = self.code
        return {name: names[name] for name in PATH}

    @property
    def bptt(self) -> Callable[..., Gradients]:
        """`lstm_lesson.bptt` with this mistake; it takes the same arguments."""
        return self.path["bptt"]

    @property
    def source(self) -> str:
        """The code of the mistake, to be read."""
        return inspect.getsource(self.code).partition("\n")[2].strip()


PATH = ("cell_backward", "backward_steps", "accumulate", "bptt")
_found: list[Mistake] = []


def instead_of(right: Code, chapter: str) -> Callable[[Code], Code]:
    """Add the function below to `MISTAKES`; its name and docstring say what is wrong."""

    def add(code: Code) -> Code:
        name = code.__name__.replace("_", " ")
        sentence = inspect.cleandoc(code.__doc__ or "")
        _found.append(Mistake(name, sentence, chapter, right.__name__, code))
        return code

    return add


# From the hidden state to the gates and to the last cell state


def whole_dc(dh: Array, dc: Array, states: States) -> Array:
    """Return dE/dc_t, the right one: the carry, and what comes by way of h_t."""
    return np.asarray(dc + dh * states.gates.o * (1 - np.tanh(states.c) ** 2))


def on_from(dc: Array, dh: Array, states: States) -> Five:
    """Go on from a whole dE/dc_t of one's own; all else is right."""
    i, f, g, _ = states.gates[:4]
    return dc * g, dc * states.c_prev, dc * i, dh * np.tanh(states.c), dc * f


@instead_of(states_backward, TIME)
def no_cell_carry(dh: Array, dc: Array, states: States) -> Five:
    """c_t is taken to feed h_t alone; it feeds c_{t+1} as well."""
    return states_backward(dh, 0 * dc, states)


@instead_of(states_backward, TIME)
def carry_without_f(dh: Array, dc: Array, states: States) -> Five:
    """The carry is passed on whole; only the share f of c_{t-1} went into c_t."""
    di, df, dg, do, _ = states_backward(dh, dc, states)
    return di, df, dg, do, whole_dc(dh, dc, states)


@instead_of(states_backward, TIME)
def carry_with_i_for_f(dh: Array, dc: Array, states: States) -> Five:
    """The carry goes through the input gate; what was kept went through the forget gate."""
    di, df, dg, do, _ = states_backward(dh, dc, states)
    return di, df, dg, do, whole_dc(dh, dc, states) * states.gates.i


@instead_of(states_backward, TIME)
def carry_passed_on_before_h_is_added(dh: Array, dc: Array, states: States) -> Five:
    """Only the old carry goes on; c_{t-1} also acts on h_t, by way of c_t."""
    di, df, dg, do, _ = states_backward(dh, dc, states)
    return di, df, dg, do, dc * states.gates.f


@instead_of(states_backward, NODES)
def dh_reaches_o_only(dh: Array, dc: Array, states: States) -> Five:
    """h_t is taken to depend on the output gate alone; it is o tanh(c), so c_t acts too."""
    return on_from(dc, dh, states)


@instead_of(states_backward, NODES)
def c_of_t_for_c_of_t_minus_1(dh: Array, dc: Array, states: States) -> Five:
    """The forget gate multiplied the old cell state, so its gradient takes the old one."""
    di, _, dg, do, dc_prev = states_backward(dh, dc, states)
    return di, whole_dc(dh, dc, states) * states.c, dg, do, dc_prev


@instead_of(states_backward, NODES)
def i_and_g_swapped(dh: Array, dc: Array, states: States) -> Five:
    """In a product each factor's gradient is the other factor: dE/di has g, dE/dg has i."""
    di, df, dg, do, dc_prev = states_backward(dh, dc, states)
    return dg, df, di, do, dc_prev


@instead_of(states_backward, NODES)
def i_and_f_swapped(dh: Array, dc: Array, states: States) -> Five:
    """The gradient of the input gate is handed to the forget gate, and the other way round."""
    di, df, dg, do, dc_prev = states_backward(dh, dc, states)
    return df, di, dg, do, dc_prev


@instead_of(states_backward, NODES)
def slope_of_tanh_with_c(dh: Array, dc: Array, states: States) -> Five:
    """1 - c² stands for 1 - tanh(c)²: the slope is made of the value of tanh, not its input."""
    return on_from(dc + dh * states.gates.o * (1 - states.c**2), dh, states)


@instead_of(states_backward, NODES)
def slope_of_tanh_with_h(dh: Array, dc: Array, states: States) -> Five:
    """1 - h² stands for 1 - tanh(c)²; h is o tanh(c), which is smaller."""
    return on_from(dc + dh * states.gates.o * (1 - states.h**2), dh, states)


@instead_of(states_backward, NODES)
def no_slope_of_tanh(dh: Array, dc: Array, states: States) -> Five:
    """tanh is passed on the way back as if its slope were 1."""
    return on_from(dc + dh * states.gates.o, dh, states)


@instead_of(states_backward, NODES)
def no_o_on_the_way_to_c(dh: Array, dc: Array, states: States) -> Five:
    """h_t shows the share o of tanh(c), so c_t gets the share o of the gradient of h_t."""
    return on_from(dc + dh * (1 - np.tanh(states.c) ** 2), dh, states)


@instead_of(states_backward, NODES)
def dh_multiplied_twice(dh: Array, dc: Array, states: States) -> Five:
    """The article's S4.11 and S4.13: E_delta times a derivative that holds it already."""
    return on_from(dc + dh * dh * states.gates.o * (1 - np.tanh(states.c) ** 2), dh, states)


@instead_of(states_backward, NODES)
def c_for_tanh_c_at_o(dh: Array, dc: Array, states: States) -> Five:
    """The output gate multiplied tanh(c), not c."""
    di, df, dg, _, dc_prev = states_backward(dh, dc, states)
    return di, df, dg, dh * states.c, dc_prev


@instead_of(states_backward, NODES)
def h_for_tanh_c_at_o(dh: Array, dc: Array, states: States) -> Five:
    """The output gate's gradient takes h, which has o in it already."""
    di, df, dg, _, dc_prev = states_backward(dh, dc, states)
    return di, df, dg, dh * states.h, dc_prev


@instead_of(states_backward, NODES)
def no_tanh_c_at_o(dh: Array, dc: Array, states: States) -> Five:
    """The output gate is taken to be h_t itself; it multiplies tanh(c)."""
    di, df, dg, _, dc_prev = states_backward(dh, dc, states)
    return di, df, dg, dh, dc_prev


@instead_of(states_backward, NODES)
def sign_of_the_forget_gate(dh: Array, dc: Array, states: States) -> Five:
    """Forgetting is taken as a subtraction; f multiplies, and more f keeps more."""
    di, df, dg, do, dc_prev = states_backward(dh, dc, states)
    return di, -df, dg, do, dc_prev


# Through the squashing functions


@instead_of(gates_backward, WEIGHTS)
def no_slope_of_i(di: Array, df: Array, dg: Array, do: Array, gates: Gates) -> Four:
    """The gradient of the input gate is used as if it were that of its sum."""
    return (di, *gates_backward(di, df, dg, do, gates)[1:])


@instead_of(gates_backward, WEIGHTS)
def no_slope_of_f(di: Array, df: Array, dg: Array, do: Array, gates: Gates) -> Four:
    """The gradient of the forget gate is used as if it were that of its sum."""
    zi, _, zg, zo = gates_backward(di, df, dg, do, gates)
    return zi, df, zg, zo


@instead_of(gates_backward, WEIGHTS)
def no_slope_of_g(di: Array, df: Array, dg: Array, do: Array, gates: Gates) -> Four:
    """The gradient of the candidate is used as if it were that of its sum."""
    zi, zf, _, zo = gates_backward(di, df, dg, do, gates)
    return zi, zf, dg, zo


@instead_of(gates_backward, WEIGHTS)
def no_slope_of_o(di: Array, df: Array, dg: Array, do: Array, gates: Gates) -> Four:
    """The gradient of the output gate is used as if it were that of its sum."""
    return (*gates_backward(di, df, dg, do, gates)[:3], do)


@instead_of(gates_backward, WEIGHTS)
def slope_of_the_sigmoid_at_the_gate(
    di: Array, df: Array, dg: Array, do: Array, gates: Gates
) -> Four:
    """The sigmoid is applied to the gate once more; i is already the sigmoid of its sum."""
    i, f, o = sigmoid(gates.i), sigmoid(gates.f), sigmoid(gates.o)
    return di * i * (1 - i), df * f * (1 - f), dg * (1 - gates.g**2), do * o * (1 - o)


@instead_of(gates_backward, WEIGHTS)
def slope_of_the_sigmoid_twice(di: Array, df: Array, dg: Array, do: Array, gates: Gates) -> Four:
    """The slope is multiplied in with the gate and again with its sum."""
    zi, zf, zg, zo = gates_backward(di, df, dg, do, gates)
    i, f, o = gates.i, gates.f, gates.o
    return zi * i * (1 - i), zf * f * (1 - f), zg, zo * o * (1 - o)


@instead_of(gates_backward, WEIGHTS)
def slope_of_the_sigmoid_without_s(
    di: Array, df: Array, dg: Array, do: Array, gates: Gates
) -> Four:
    """The slope of a sigmoid is taken as 1 - s; it is s (1 - s)."""
    i, f, g, o = gates[:4]
    return di * (1 - i), df * (1 - f), dg * (1 - g**2), do * (1 - o)


@instead_of(gates_backward, WEIGHTS)
def one_minus_g_for_one_minus_g_squared(
    di: Array, df: Array, dg: Array, do: Array, gates: Gates
) -> Four:
    """The square in the slope of tanh is left out."""
    zi, zf, _, zo = gates_backward(di, df, dg, do, gates)
    return zi, zf, dg * (1 - gates.g), zo


@instead_of(gates_backward, WEIGHTS)
def slope_of_the_sigmoid_for_g(di: Array, df: Array, dg: Array, do: Array, gates: Gates) -> Four:
    """The candidate is taken as a fourth gate; it is a tanh."""
    zi, zf, _, zo = gates_backward(di, df, dg, do, gates)
    return zi, zf, dg * gates.g * (1 - gates.g), zo


@instead_of(gates_backward, WEIGHTS)
def slope_of_tanh_for_all_gates(di: Array, df: Array, dg: Array, do: Array, gates: Gates) -> Four:
    """All four are taken through tanh; three of them are sigmoids."""
    i, f, g, o = gates[:4]
    return di * (1 - i**2), df * (1 - f**2), dg * (1 - g**2), do * (1 - o**2)


@instead_of(gates_backward, WEIGHTS)
def slope_of_tanh_at_g(di: Array, df: Array, dg: Array, do: Array, gates: Gates) -> Four:
    """tanh is applied to g once more; g is already the tanh of its sum."""
    zi, zf, _, zo = gates_backward(di, df, dg, do, gates)
    return zi, zf, dg * (1 - np.tanh(gates.g) ** 2), zo


# From the sums to the input and to the last hidden state


@instead_of(inputs_backward, WEIGHTS)
def recurrent_weights_not_transposed(deltas: Four, w: Weights) -> tuple[Array, Array]:
    """The recurrent matrices go back as they went forward; on the way back they are transposed."""
    zi, zf, zg, zo = deltas
    dx, _ = inputs_backward(deltas, w)
    return dx, zi @ w.whi.T + zf @ w.whf.T + zg @ w.whg.T + zo @ w.who.T


@instead_of(inputs_backward, WEIGHTS)
def input_weights_not_transposed(deltas: Four, w: Weights) -> tuple[Array, Array]:
    """The input matrices go back as they went forward; with D = H no shape complains."""
    zi, zf, zg, zo = deltas
    _, dh_prev = inputs_backward(deltas, w)
    return zi @ w.wxi.T + zf @ w.wxf.T + zg @ w.wxg.T + zo @ w.wxo.T, dh_prev


@instead_of(inputs_backward, WEIGHTS)
def o_sends_nothing_to_h(deltas: Four, w: Weights) -> tuple[Array, Array]:
    """h_{t-1} is taken to feed three sums; the output gate's is the fourth."""
    dx, dh_prev = inputs_backward(deltas, w)
    return dx, dh_prev - deltas[3] @ w.who


@instead_of(inputs_backward, WEIGHTS)
def f_sends_nothing_to_h(deltas: Four, w: Weights) -> tuple[Array, Array]:
    """h_{t-1} is taken to feed three sums; the forget gate's is the fourth."""
    dx, dh_prev = inputs_backward(deltas, w)
    return dx, dh_prev - deltas[1] @ w.whf


@instead_of(inputs_backward, WEIGHTS)
def only_g_sends_to_h(deltas: Four, w: Weights) -> tuple[Array, Array]:
    """Gates are taken for constants on the way back; h_{t-1} feeds their sums as well."""
    dx, _ = inputs_backward(deltas, w)
    return dx, deltas[2] @ w.whg


@instead_of(inputs_backward, WEIGHTS)
def matrices_of_i_and_f_mixed(deltas: Four, w: Weights) -> tuple[Array, Array]:
    """Each delta goes back through the matrix of its own gate; those two are mixed."""
    zi, zf, zg, zo = deltas
    dx, _ = inputs_backward(deltas, w)
    return dx, zi @ w.whf + zf @ w.whi + zg @ w.whg + zo @ w.who


@instead_of(inputs_backward, WEIGHTS)
def only_g_sends_to_x(deltas: Four, w: Weights) -> tuple[Array, Array]:
    """The input is taken to be what is written; it also feeds the sums of the three gates."""
    _, dh_prev = inputs_backward(deltas, w)
    return deltas[2] @ w.wxg, dh_prev


# From the sums to the weights


@instead_of(weights_backward, WEIGHTS)
def recurrent_gradients_transposed(deltas: Four, x_t: Array, h_prev: Array) -> Weights:
    """The outer product is taken the other way round: rows are units, columns what they meet."""
    grads = weights_backward(deltas, x_t, h_prev)
    for gate in GATES:
        setattr(grads, "wh" + gate, getattr(grads, "wh" + gate).T.copy())
    return grads


@instead_of(weights_backward, WEIGHTS)
def diagonal_for_the_outer_product(deltas: Four, x_t: Array, h_prev: Array) -> Weights:
    """delta times h entry by entry; each unit of delta met each unit of h."""
    grads = weights_backward(deltas, x_t, h_prev)
    for gate, delta in zip(GATES, deltas, strict=True):
        setattr(grads, "wh" + gate, np.diag(np.atleast_2d(delta * h_prev).sum(axis=0)))
    return grads


@instead_of(weights_backward, WEIGHTS)
def bias_of_the_first_sample(deltas: Four, x_t: Array, h_prev: Array) -> Weights:
    """The sum over the batch is left out, and the first sample taken for all."""
    grads = weights_backward(deltas, x_t, h_prev)
    for gate, delta in zip(GATES, deltas, strict=True):
        setattr(grads, "b" + gate, np.atleast_2d(delta)[0])
    return grads


@instead_of(weights_backward, WEIGHTS)
def weights_of_the_first_sample(deltas: Four, x_t: Array, h_prev: Array) -> Weights:
    """Code for one sample is given a batch, and reads its first row."""
    first = tuple(np.atleast_2d(delta)[0] for delta in deltas)
    return weights_backward(first, np.atleast_2d(x_t)[0], np.atleast_2d(h_prev)[0])


@instead_of(weights_backward, WEIGHTS)
def mean_over_the_batch_twice(deltas: Four, x_t: Array, h_prev: Array) -> Weights:
    """The loss is a mean already; whoever divides again by B gets a gradient B times too small."""
    grads = weights_backward(deltas, x_t, h_prev)
    return Weights(grads.packed / len(np.atleast_2d(x_t)))


@instead_of(weights_backward, WEIGHTS)
def mean_of_the_biases_over_the_batch(deltas: Four, x_t: Array, h_prev: Array) -> Weights:
    """delta.mean(axis=0) for delta.sum(axis=0): the matrix products sum, so the biases do too."""
    grads = weights_backward(deltas, x_t, h_prev)
    for gate in GATES:
        setattr(grads, "b" + gate, getattr(grads, "b" + gate) / len(np.atleast_2d(x_t)))
    return grads


@instead_of(weights_backward, WEIGHTS)
def forget_bias_stored_under_output(deltas: Four, x_t: Array, h_prev: Array) -> Weights:
    """The article's S4.20a: the line for the forget gate's bias begins with dbo."""
    grads = weights_backward(deltas, x_t, h_prev)
    grads.bo, grads.bf = grads.bf, np.zeros_like(grads.bf)
    return grads


@instead_of(weights_backward, WEIGHTS)
def rows_of_g_and_o_exchanged(deltas: Four, x_t: Array, h_prev: Array) -> Weights:
    """The gates are stored in the order i, f, o, g and read in the order i, f, g, o."""
    zi, zf, zg, zo = deltas
    return weights_backward((zi, zf, zo, zg), x_t, h_prev)


@instead_of(weights_backward, WEIGHTS)
def biases_forgotten(deltas: Four, x_t: Array, h_prev: Array) -> Weights:
    """The biases meet no input and are taken to have no gradient; they meet a 1."""
    grads = weights_backward(deltas, x_t, h_prev)
    for gate in GATES:
        setattr(grads, "b" + gate, 0 * getattr(grads, "b" + gate))
    return grads


@instead_of(cell_backward, TIME)
def h_of_t_for_h_of_t_minus_1(dh: Array, dc: Array, states: States, w: Weights) -> StepBack:
    """The recurrent weights met the hidden state of the step before, not the one they made."""
    back = cell_backward(dh, dc, states, w)
    return back._replace(weights=weights_backward(back.deltas, states.gates.x_t, states.h))


# From step to step


def back_in_time(
    steps: Steps,
    w: Weights,
    dh: Array,
    dh_last: Array,
    dc_last: Array,
    hand_on: Callable[[int, StepBack], tuple[Array, Array]],
) -> Iterator[StepBack]:
    """Go back as `backward_steps` does, with another rule for what step t hands on."""
    dh_next, dc_next = dh_last, dc_last
    for t in reversed(range(len(steps))):
        back = cell_backward(dh[t] + dh_next, dc_next, steps[t], w)
        dh_next, dc_next = hand_on(t, back)
        yield back


@instead_of(backward_steps, TIME)
def no_recurrent_path(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Iterator[StepBack]:
    """h_t is taken to feed the loss alone; it feeds the four gates of the next step too."""

    def hand_on(t: int, back: StepBack) -> tuple[Array, Array]:
        return 0 * back.h_prev, back.c_prev

    return back_in_time(steps, w, dh, dh_last, dc_last, hand_on)


@instead_of(backward_steps, TIME)
def one_time_step_only(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Iterator[StepBack]:
    """The formulas of one time stamp are used at every step, and nothing comes from the next."""

    def hand_on(t: int, back: StepBack) -> tuple[Array, Array]:
        return 0 * back.h_prev, 0 * back.c_prev

    return back_in_time(steps, w, dh, dh_last, dc_last, hand_on)


@instead_of(backward_steps, TIME)
def cut_after_every_second_step(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Iterator[StepBack]:
    """Truncation is taken to be harmless; what an early step does to a late loss is lost."""

    def hand_on(t: int, back: StepBack) -> tuple[Array, Array]:
        keep = 0 if t and t % 2 == 0 else 1
        return keep * back.h_prev, keep * back.c_prev

    return back_in_time(steps, w, dh, dh_last, dc_last, hand_on)


@instead_of(backward_steps, TIME)
def f_of_t_for_f_of_t_plus_1(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Iterator[StepBack]:
    """The carry that reaches c_t went through the forget gate of the next step, not its own."""

    def hand_on(t: int, back: StepBack) -> tuple[Array, Array]:
        return back.h_prev, back.c_prev / steps[t].gates.f * steps[t - 1].gates.f

    return back_in_time(steps, w, dh, dh_last, dc_last, hand_on)


@instead_of(backward_steps, TIME)
def recurrent_gradient_never_reset(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Iterator[StepBack]:
    """dh_next += for dh_next =: what step t + 1 sent back reaches step t - 1 a second time."""
    total = [np.zeros_like(dh_last)]

    def hand_on(t: int, back: StepBack) -> tuple[Array, Array]:
        total[0] = total[0] + back.h_prev
        return total[0], back.c_prev

    return back_in_time(steps, w, dh, dh_last, dc_last, hand_on)


@instead_of(backward_steps, TIME)
def loss_at_the_last_step_only(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Iterator[StepBack]:
    """dE/dh_t is taken from the next step alone; a step may have a loss of its own."""
    only = np.zeros_like(dh)
    only[-1] = dh[-1]
    return backward_steps(steps, w, only, dh_last, dc_last)


@instead_of(backward_steps, TIME)
def losses_in_forward_order(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Iterator[StepBack]:
    """The way back begins at the last step, but the losses are read from the first."""
    return backward_steps(steps, w, dh[::-1], dh_last, dc_last)


@instead_of(backward_steps, TIME)
def no_loss_on_the_last_h(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Iterator[StepBack]:
    """The recursion begins with zero, although something after the sequence sees h_T."""
    return backward_steps(steps, w, dh, 0 * dh_last, dc_last)


@instead_of(backward_steps, TIME)
def no_loss_on_the_last_c(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Iterator[StepBack]:
    """The recursion begins with zero, although something after the sequence sees c_T."""
    return backward_steps(steps, w, dh, dh_last, 0 * dc_last)


@instead_of(backward_steps, LOSS)
def sign_of_the_loss(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Iterator[StepBack]:
    """The article's S4.2: target minus prediction, so every gradient points uphill."""
    return backward_steps(steps, w, -dh, -dh_last, -dc_last)


@instead_of(backward_steps, TIME)
def h0_taken_as_zero_in_the_weights(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Iterator[StepBack]:
    """At the first step the recurrent weights are taken to have met nothing; they met h_0."""
    for t, back in going_back(steps, w, dh, dh_last, dc_last):
        gates = steps[t].gates
        met = gates.h_prev if t else 0 * gates.h_prev
        yield back._replace(weights=weights_backward(back.deltas, gates.x_t, met))


@instead_of(backward_steps, TIME)
def c0_taken_as_zero_in_the_forget_gate(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Iterator[StepBack]:
    """At the first step there is taken to be nothing to forget; there is c_0."""
    first = steps[0]._replace(c_prev=0 * steps[0].c_prev)
    return backward_steps([first, *steps[1:]], w, dh, dh_last, dc_last)


@instead_of(backward_steps, TIME)
def x_of_the_step_before(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Iterator[StepBack]:
    """The input weights met x_t; an index that counts from 1 in one place and 0 in another."""
    for t, back in going_back(steps, w, dh, dh_last, dc_last):
        x_t, h_prev = steps[t - 1].gates.x_t, steps[t].gates.h_prev
        yield back._replace(weights=weights_backward(back.deltas, x_t, h_prev))


def going_back(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Iterator[tuple[int, StepBack]]:
    """Yield each t with what `backward_steps` yields for it."""
    times = reversed(range(len(steps)))
    return zip(times, backward_steps(steps, w, dh, dh_last, dc_last), strict=True)


# The sum over time


@instead_of(accumulate, TIME)
def sum_over_time_overwritten(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Gradients:
    """= for +=: the gradient of the step visited last stands for the sum over all."""
    grads, backs = all_back(steps, w, dh, dh_last, dc_last)
    return Gradients(backs[-1].weights.packed, grads.x, grads.h0, grads.c0)


@instead_of(accumulate, TIME)
def weights_of_the_last_step_only(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Gradients:
    """Only the step with the newest loss is counted; the same weights were used at every step."""
    grads, backs = all_back(steps, w, dh, dh_last, dc_last)
    return Gradients(backs[0].weights.packed, grads.x, grads.h0, grads.c0)


@instead_of(accumulate, TIME)
def first_step_left_out(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Gradients:
    """A loop that counts down to 1 where it should end at 0; at T = 1 it never runs."""
    grads, backs = all_back(steps, w, dh, dh_last, dc_last)
    rest = grads.packed - backs[-1].weights.packed
    return Gradients(rest, grads.x, grads.h0, grads.c0)


@instead_of(accumulate, TIME)
def mean_over_time(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Gradients:
    """The sum over the steps is divided by T; each use of a weight counts in full."""
    grads = accumulate(steps, w, dh, dh_last, dc_last)
    return Gradients(grads.packed / len(steps), grads.x, grads.h0, grads.c0)


@instead_of(accumulate, LOSS)
def sign_of_the_weights(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Gradients:
    """-= for +=: the update subtracts the gradient, the gradient itself adds up."""
    grads = accumulate(steps, w, dh, dh_last, dc_last)
    return Gradients(-grads.packed, grads.x, grads.h0, grads.c0)


@instead_of(accumulate, TIME)
def inputs_in_reverse_order(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Gradients:
    """They were collected from the last step to the first, and never turned round."""
    grads = accumulate(steps, w, dh, dh_last, dc_last)
    return Gradients(grads.packed, grads.x[::-1].copy(), grads.h0, grads.c0)


@instead_of(accumulate, TIME)
def nothing_for_h0(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Gradients:
    """The first state is taken for a constant; it feeds the gates of the first step."""
    grads = accumulate(steps, w, dh, dh_last, dc_last)
    return Gradients(grads.packed, grads.x, 0 * grads.h0, grads.c0)


@instead_of(accumulate, TIME)
def nothing_for_c0(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> Gradients:
    """The first memory is taken for a constant; a share of it is kept."""
    grads = accumulate(steps, w, dh, dh_last, dc_last)
    return Gradients(grads.packed, grads.x, grads.h0, 0 * grads.c0)


def all_back(
    steps: Steps, w: Weights, dh: Array, dh_last: Array, dc_last: Array
) -> tuple[Gradients, list[StepBack]]:
    """Return the right gradients, and what each step sent back, last step first."""
    grads = accumulate(steps, w, dh, dh_last, dc_last)
    return grads, list(backward_steps(steps, w, dh, dh_last, dc_last))


MISTAKES = tuple(_found)


def survivors(accepts: Callable[[Callable[..., Gradients]], bool]) -> list[Mistake]:
    """Return the mistakes that a gradient test lets through.

    Parameters
    ----------
    accepts : callable
        The test: takes a function like `lstm_lesson.bptt`, returns whether it seems right. An
        exception is a refusal too: nobody would overlook it.
    """
    return [mistake for mistake in MISTAKES if _accepted(accepts, mistake)]


def _accepted(accepts: Callable[[Callable[..., Gradients]], bool], mistake: Mistake) -> bool:
    try:
        return bool(accepts(mistake.bptt))
    except Exception:
        return False
