"""The gradient by other roads, against the oracle that nobody derived by hand (autograd)."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.differential_operators import make_jvp_reversemode
from oracles import autograd_lstm

import lstm_lesson as ll
from lstm_lesson import gradient_roads as roads
from lstm_lesson.gates import gates_backward
from lstm_lesson.states import states_backward
from lstm_lesson.weights import weights_backward

SHAPES = [(1, 1, 1), (5, 2, 3), (9, 3, 4), (12, 2, 7)]  # T, D, H
EXACT = 1e-13  # as in the other tests of gradients: of what was summed


def problem(T, D, H):
    """Return x, w, dh, h0, c0 with entries of size 1."""
    rng = np.random.default_rng([T, D, H])
    w = ll.Weights(rng.normal(size=(4 * H, D + 1 + H)))
    x, dh = rng.normal(size=(T, D)), rng.normal(size=(T, H))
    return x, w, dh, rng.uniform(-0.8, 0.8, size=H), rng.normal(size=H)


def named(x, w, h0, c0):
    """Return the arrays as the oracle takes them, for a batch of one."""
    return w.named() | {"x": x[:, None], "h0": h0[None], "c0": c0[None]}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_influence_gives_the_gradient(shape):
    x, w, dh, h0, c0 = problem(*shape)
    nothing = np.zeros((1, shape[2]))
    expected = autograd_lstm.gradients(named(x, w, h0, c0), dh[:, None], nothing, nothing)
    received = roads.rtrl_gradient(x, w, dh, h0, c0)
    for name in ll.NAMES:
        assert ll.array_error(getattr(received, name), expected[name]) < EXACT, name


@pytest.mark.parametrize("shape", SHAPES)
def test_forward_mode_is_a_jacobian_times_the_direction(shape):
    x, w, _, h0, c0 = problem(*shape)
    direction = ll.Weights(np.random.default_rng(1).normal(size=w.packed.shape))
    arrays = named(x, w, h0, c0)

    def states(weights):
        return autograd_lstm.run({**arrays, **weights})[0][:, 0]

    product = make_jvp_reversemode(states)(w.named())(direction.named())
    assert ll.array_error(roads.forward_mode(x, w, direction, h0, c0), product) < EXACT


def carry_alone(x, w, dh, h0, c0):
    """Go back without what returns through the gates to h of the step before."""
    total, dc = 0, np.zeros_like(c0)
    for states, dh_t in zip(ll.unroll(x, w, h0, c0)[::-1], dh[::-1], strict=True):
        di, df, dg, do, dc = states_backward(dh_t, dc, states)
        deltas = gates_backward(di, df, dg, do, states.gates)
        total = total + weights_backward(deltas, states.gates.x_t, states.gates.h_prev).packed
    return total


@pytest.mark.parametrize("shape", SHAPES)
def test_traces_are_the_carry_alone(shape):
    problem_ = problem(*shape)
    received = roads.trace_gradient(*problem_).packed
    assert ll.array_error(received, carry_alone(*problem_)) < EXACT


def test_traces_are_the_gradient_where_the_gates_do_not_look_at_h():
    x, w, dh, h0, c0 = problem(9, 3, 4)
    for name in ("whi", "whf", "whg", "who"):
        setattr(w, name, np.zeros((4, 4)))
    full = ll.bptt(x, w, dh, h0, c0).packed
    assert ll.array_error(roads.trace_gradient(x, w, dh, h0, c0).packed, full) < EXACT
    x, w, dh, h0, c0 = problem(9, 3, 4)
    full = ll.bptt(x, w, dh, h0, c0).packed
    assert ll.array_error(roads.trace_gradient(x, w, dh, h0, c0).packed, full) > 0.01


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_the_hessian_times_a_direction(shape):
    x, w, target, _, _ = problem(*shape)
    rng = np.random.default_rng(2)
    u, v = (ll.Weights(rng.normal(size=w.packed.shape)) for _ in range(2))
    zero = np.zeros(shape[2])
    arrays = named(x, w, zero, zero)

    def loss(weights):
        h = autograd_lstm.run({**arrays, **weights})[0][:, 0]
        return anp.mean((h - target) ** 2)

    def loss_gradient(h):
        return 2 * (h - target) / target.size

    def slope_along_v(weights):
        gradient = autograd.grad(loss)(weights)
        return sum(anp.sum(gradient[name] * v.named()[name]) for name in ll.NAMES)

    expected = autograd.grad(slope_along_v)(w.named())
    Hv = roads.hessian_times(v, w, x, loss_gradient)
    for name in ll.NAMES:
        # Second derivatives add more terms than a gradient, so their rounding is larger.
        assert ll.array_error(getattr(Hv, name), expected[name]) < 10 * EXACT, name
    Hu = roads.hessian_times(u, w, x, loss_gradient)
    left, right = (u.packed * Hv.packed).sum(), (v.packed * Hu.packed).sum()
    assert abs(left - right) < EXACT * np.abs(u.packed * Hv.packed).sum()


def test_sharpness_is_the_largest_eigenvalue():
    x, w, target, _, _ = problem(5, 2, 3)

    def loss_gradient(h):
        return 2 * (h - target) / target.size

    size = w.packed.size
    rows = [
        roads.hessian_times(ll.Weights(row.reshape(w.packed.shape)), w, x, loss_gradient)
        for row in np.eye(size)
    ]
    eigenvalues = np.linalg.eigvalsh(np.array([row.packed.ravel() for row in rows]))
    largest = eigenvalues[np.argmax(np.abs(eigenvalues))]
    # Power iteration: after 300 products the second largest has faded, 0.9 to the 300 is 1e-14.
    assert roads.sharpness(w, x, loss_gradient, n_products=300) == pytest.approx(largest, rel=1e-6)


def test_what_is_held_is_counted():
    T, D, H = 7, 2, 5
    x, w, _, h0, c0 = problem(T, D, H)
    steps = ll.unroll(x, w, h0, c0)
    held = sum(a.size for s in steps for a in (*s.gates[:4], s.c, s.h))
    d = roads.step_derivatives(steps[0], w)
    influences = roads.influence_step(d, *np.zeros((2, H, 4, H, D + 1 + H)))
    costs = roads.costs(T, D, H)
    assert costs["backward"][1] == held
    assert costs["rtrl"][1] == sum(a.size for a in influences)
    assert costs["traces"][1] == w.packed.size
    assert tuple(costs) == roads.ROADS


def test_a_direction_of_other_sizes_is_named():
    x, w, *_ = problem(5, 2, 3)
    with pytest.raises(ValueError, match="direction: expected the sizes of w"):
        roads.forward_mode(x, w, ll.Weights.zeros(2, 4))
