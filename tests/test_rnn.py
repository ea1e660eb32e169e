"""The plain network: against the complex step and torch."""

from pathlib import Path

import numpy as np
import pytest
from oracles.frozen import read

import lstm_lesson as ll
from lstm_lesson import rnn

FROZEN = read(Path(__file__).parent / "data" / "torch_training.npz")["rnn"]
WEIGHTS = ("wx", "wh", "b")
# Sums of ten terms in another order; measured errors are near 1e-15.
BOUND = 1e-13


def draw(seed=0, T=5, B=3, D=2, H=4):
    """Return all that a gradient depends on, and the losses; all sizes differ."""
    rng = np.random.default_rng(seed)
    shapes = {"wx": (H, D), "wh": (H, H), "b": (H,), "x": (T, B, D), "h0": (B, H)}
    arrays = {name: rng.uniform(-0.8, 0.8, shape) for name, shape in shapes.items()}
    return arrays, {"dh": rng.normal(size=(T, B, H)), "dh_last": rng.normal(size=(B, H))}


def test_one_step_is_the_formula():
    arrays, _ = draw(T=1)
    z = arrays["wx"] @ arrays["x"][0, 1] + arrays["wh"] @ arrays["h0"][1] + arrays["b"]
    assert ll.array_error(rnn.rnn_forward(**arrays).h[0, 1], np.tanh(z)) < BOUND


def test_the_way_back_is_the_complex_step():
    arrays, losses = draw()

    def loss(**arrays):
        h = rnn.rnn_forward(**arrays).h
        return (losses["dh"] * h).sum() + (losses["dh_last"] * h[-1]).sum()

    received = rnn.rnn_backward(rnn.rnn_forward(**arrays), **losses)
    ll.check_gradients(loss, arrays, received, bound=1e-12).require()


def test_it_is_torch_frozen():
    run = rnn.rnn_forward(FROZEN["x"], *(FROZEN[n] for n in WEIGHTS), FROZEN["h0"])
    assert ll.array_error(run.h, FROZEN["h"]) < BOUND
    received = rnn.rnn_backward(run, FROZEN["dh"], FROZEN["dh_last"])
    for name, gradient in received.items():
        assert ll.array_error(gradient, FROZEN["grad_" + name]) < BOUND, name


@pytest.mark.more
def test_it_is_torch_live():
    from oracles import torch_training

    arrays, losses = draw(seed=3, T=9, B=2, D=3, H=6)
    weights = {name: arrays[name] for name in WEIGHTS}
    h, expected = torch_training.rnn(weights, arrays["x"], arrays["h0"], **losses)
    run = rnn.rnn_forward(**arrays)
    assert ll.array_error(run.h, h) < BOUND
    for name, gradient in rnn.rnn_backward(run, **losses).items():
        assert ll.array_error(gradient, expected[name]) < BOUND, name


def test_states_and_losses_left_out_are_zero():
    arrays, losses = draw(seed=1)
    run = rnn.rnn_forward(**arrays | {"h0": 0 * arrays["h0"]})
    del arrays["h0"]
    assert np.array_equal(rnn.rnn_forward(**arrays).h, run.h)
    one, other = rnn.rnn_backward(run, losses["dh"]), rnn.rnn_backward(run, **losses)
    assert not np.array_equal(one["wh"], other["wh"])
    end = np.zeros_like(run.h)
    end[-1] = losses["dh_last"]
    one, other = rnn.rnn_backward(run, end), rnn.rnn_backward(run, None, losses["dh_last"])
    assert np.array_equal(one["wh"], other["wh"])


def test_float32_stays_float32_and_complex_goes_forward_only(raises):
    arrays, losses = draw(seed=2)
    single = {name: a.astype("float32") for name, a in arrays.items()}
    run = rnn.rnn_forward(**single)
    grads = rnn.rnn_backward(run, losses["dh"])
    assert {a.dtype for a in (run.h, *grads.values())} == {np.dtype("float32")}
    run = rnn.rnn_forward(**arrays | {"x": arrays["x"] + 0j})
    message = "expected real numbers in the backward pass, got complex128"
    raises(TypeError, message, rnn.rnn_backward, run, None)


def test_nothing_of_the_callers_is_changed_or_kept(unchanged):
    arrays, losses = draw(seed=4)
    with unchanged(*arrays.values(), *losses.values()):
        run = rnn.rnn_forward(**arrays)
        expected = rnn.rnn_backward(run, **losses)
    for array in arrays.values():
        array *= 3
    for name, gradient in rnn.rnn_backward(run, **losses).items():
        assert np.array_equal(gradient, expected[name])


def test_any_form_of_array_gives_the_same(strange_forms):
    arrays, losses = draw(seed=5)
    expected = rnn.rnn_forward(**arrays).h
    for change in strange_forms:
        changed = rnn.rnn_forward(**{name: change(a) for name, a in arrays.items()}).h
        assert ll.array_error(changed, expected) < BOUND
        rnn.rnn_backward(rnn.rnn_forward(**arrays), change(losses["dh"]))


def test_first_weights_are_within_their_bound_and_repeat():
    w = rnn.init_rnn(n_inputs=3, n_hidden=16, seed=1)
    assert {name: a.shape for name, a in w.items()} == {"wx": (16, 3), "wh": (16, 16), "b": (16,)}
    assert all(np.abs(a).max() <= 0.25 for a in w.values())
    assert np.abs(w["wh"]).max() > 0.24
    assert np.array_equal(w["wh"], rnn.init_rnn(3, 16, seed=1)["wh"])
    assert not np.array_equal(w["wh"], rnn.init_rnn(3, 16, seed=2)["wh"])


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("x", np.zeros((4, 2)), "x: expected shape (T, B, D) with D = 2, got (4, 2)"),
        ("x", np.zeros((4, 3, 1)), "with D = 2, got (4, 3, 1)"),
        ("wh", np.zeros((4, 3)), "wh: expected shape (H, H) with H = 4, got (4, 3)"),
        ("h0", np.zeros((2, 4)), "h0: expected shape (B, H) with B = 3, H = 4, got (2, 4)"),
        ("b", np.full(4, np.nan), "b: expected finite numbers"),
    ],
)
def test_a_wrong_argument_is_named(name, value, message, raises):
    arrays, _ = draw()
    raises(ValueError, message, rnn.rnn_forward, **arrays | {name: value})


def test_a_wrong_argument_of_the_way_back_is_named(raises):
    run = rnn.rnn_forward(**draw()[0])
    message = "dh: expected shape (T, B, H) with T = 5, B = 3, H = 4, got (5, 4)"
    raises(ValueError, message, rnn.rnn_backward, run, np.zeros((5, 4)))
    raises(TypeError, "run: expected RNNRun, got str", rnn.rnn_backward, "run", None)
    raises(ValueError, "n_hidden: expected at least 1, got 0", rnn.init_rnn, 2, 0)
