"""Step 4: the gradients, against oracles that share no code with the package.

The frozen vectors come first: they are the quickest way to see that a backward pass is wrong,
and test_wrong_backward.py stops at the first failure.
"""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from oracles import autograd_lstm
from oracles.problems import BOUNDS, Problem, batched, draw, largest_sums, problems, require_equal

import lstm_lesson as ll
from lstm_lesson.gradients import Gradients, backward_steps

DATA = Path(__file__).parent / "data" / "torch_lstm.npz"
DOUBLE = BOUNDS["float64"]


def frozen(number):
    """Return one problem, and torch's h, c and gradients."""
    with np.load(DATA) as file:
        case = {key.split("/")[1]: file[key] for key in file.files if key.startswith(f"{number}/")}
    w = ll.Weights.from_arrays(**{name: case[name] for name in ll.NAMES})
    problem = Problem(w=w, **{name: case[name] for name in Problem._fields if name != "w"})
    return problem, case["h"], case["c"], {name: case["grad_" + name] for name in problem.arrays()}


@pytest.mark.parametrize("number", range(5))
def test_frozen_torch_vectors(number):
    problem, h, c, expected = frozen(number)
    received = ll.bptt(*problem).named()
    # In these five nothing cancels: the plain relative error is below 1e-15.
    require_equal(received, expected, dict.fromkeys(expected, 0.0), DOUBLE)
    steps = ll.unroll(problem.x, problem.w, problem.h0, problem.c0)
    # States are sums of a few products of numbers near 1: a hundred roundings, 1e-16 each.
    assert ll.array_error([s.h for s in steps], h) < 1e-14
    assert ll.array_error([s.c for s in steps], c) < 1e-14


def test_frozen_torch_vectors_say_where_they_come_from():
    with np.load(DATA) as file:
        provenance = str(file["provenance"])
    for word in ("torch.nn.LSTM", "seed", "2.13.0", "tests/oracles/make_torch_vectors.py"):
        assert word in provenance
    assert DATA.stat().st_size < 100_000


def test_a_zero_expectation_is_refused():
    problem = draw()
    grads = ll.bptt(*problem).named()
    with pytest.raises(AssertionError, match="h0: the expectation is zero everywhere"):
        require_equal(grads, grads | {"h0": 0 * grads["h0"]}, largest_sums(problem), DOUBLE)


def test_complex_step_of_one_problem():
    problem = draw(seed=1)
    check = ll.check_gradients(
        problem.loss,
        problem.arrays(),
        ll.bptt(*problem).named(),
        bound=DOUBLE,
        summed=largest_sums(problem),
    )
    check.require()


def autograd_answer(problem):
    """Return what automatic differentiation says, in float64, shaped like the problem."""
    p = batched(problem.astype("float64"))
    expected = autograd_lstm.gradients(p.arrays(), p.dh, p.dh_last, p.dc_last)
    return {name: expected[name].reshape(a.shape) for name, a in problem.arrays().items()}


# A gradient of a loss at few steps may be zero by right (no output gate sees a loss on the
# final c of one step), so zero expectations are allowed here: they are met exactly.
@given(problems())
@settings(max_examples=150)
def test_automatic_differentiation(problem):
    received = ll.bptt(*problem).named()
    require_equal(received, autograd_answer(problem), largest_sums(problem), DOUBLE, True)


@given(problems("float32"))
@settings(max_examples=150)
def test_automatic_differentiation_in_float32(problem):
    received = ll.bptt(*problem).named()
    assert {a.dtype for a in received.values()} == {np.dtype("float32")}
    expected = autograd_answer(problem)
    require_equal(received, expected, largest_sums(problem), BOUNDS["float32"], True)


@given(problems())
@settings(max_examples=25)
def test_complex_step(problem):
    grads = ll.bptt(*problem).named()
    summed = largest_sums(problem)
    check = ll.check_gradients(problem.loss, problem.arrays(), grads, bound=DOUBLE, summed=summed)
    assert [a.name for a in check.arrays if a.verdict == "WRONG"] == []


def test_one_sample_is_a_batch_of_one():
    sample = draw(seed=2, B=None)
    one, many = ll.bptt(*sample).named(), ll.bptt(*batched(sample)).named()
    summed = largest_sums(sample)
    for name, received in one.items():
        # The same sums, but a matrix product may take them in another order than a vector's.
        assert ll.array_error(received, many[name].reshape(received.shape), summed[name]) < DOUBLE


def test_a_batch_is_the_sum_of_its_samples():
    problem = draw(seed=3)
    whole, summed = ll.bptt(*problem), largest_sums(problem)
    parts = [
        ll.bptt(
            problem.x[:, b],
            problem.w,
            problem.dh[:, b],
            problem.h0[b],
            problem.c0[b],
            problem.dh_last[b],
            problem.dc_last[b],
        )
        for b in range(3)
    ]
    for name in ll.NAMES:
        total = sum(part.named()[name] for part in parts)
        assert ll.array_error(total, whole.named()[name], summed[name]) < DOUBLE
    assert ll.array_error(np.stack([p.x for p in parts], 1), whole.x, summed["x"]) < DOUBLE


def test_losses_left_out_are_zero():
    problem = draw(seed=4)
    x, w, dh, h0, c0, *_ = problem
    zero = np.zeros_like(h0)
    assert same(ll.bptt(x, w, dh, h0, c0), ll.bptt(x, w, dh, h0, c0, zero, zero))
    only_last = ll.bptt(x, w, None, h0, c0, problem.dh_last)
    assert same(only_last, ll.bptt(x, w, np.zeros_like(dh), h0, c0, problem.dh_last, zero))


def test_states_left_out_are_zero():
    problem = draw(seed=5)
    x, w, dh, h0, *_ = problem
    assert same(ll.bptt(x, w, dh), ll.bptt(x, w, dh, np.zeros_like(h0), np.zeros_like(h0)))


def same(one, other):
    """Whether two gradients are equal to the last bit."""
    return all(np.array_equal(a, other.named()[name]) for name, a in one.named().items())


def test_a_loss_on_the_last_h_may_be_given_in_two_ways():
    problem = draw(seed=6)
    at_the_end = np.zeros_like(problem.dh)
    at_the_end[-1] = problem.dh_last
    x, w, _, h0, c0, dh_last, _ = problem
    assert same(ll.bptt(x, w, at_the_end, h0, c0), ll.bptt(x, w, None, h0, c0, dh_last))


def test_a_later_input_has_no_gradient():
    problem = draw(seed=7, T=5)
    problem.dh[3:] = 0
    x, w, dh, h0, c0, *_ = problem
    grads = ll.bptt(x, w, dh, h0, c0)
    assert not grads.x[3:].any()
    assert grads.x[:3].all()


def test_names_and_shapes_are_those_of_what_they_belong_to():
    for problem in (draw(), draw(B=None)):
        grads = ll.bptt(*problem)
        shapes = {name: a.shape for name, a in problem.arrays().items()}
        assert {name: a.shape for name, a in grads.named().items()} == shapes
        assert isinstance(grads, Gradients)
        assert np.shares_memory(grads.whf, grads.packed)


def test_steps_back_go_from_the_last_step_to_the_first():
    x, w, dh, h0, c0, dh_last, dc_last = problem = draw(seed=8)
    steps = ll.unroll(x, w, h0, c0)
    backs = list(backward_steps(steps, w, dh, dh_last, dc_last))
    grads = ll.bptt(*problem)
    assert np.array_equal(np.stack([back.x_t for back in backs])[::-1], grads.x)
    assert np.array_equal(backs[-1].h_prev, grads.h0)
    assert np.array_equal(backs[-1].c_prev, grads.c0)
    # Four summands in the same order: the same sum, to the last bit.
    assert np.array_equal(sum(back.weights.packed for back in backs), grads.packed)


@pytest.mark.parametrize("B", [None, 3])
def test_one_step_back_against_the_complex_step(B):
    """One time step by itself: every product of the step, with nothing to sum over time."""
    x, w, dh, h0, c0, dh_last, dc_last = problem = draw(seed=9, T=1, B=B)
    states = ll.states_forward(ll.gates_forward(x[0], h0, w), c0)
    back = ll.cell_backward(dh[0] + dh_last, dc_last, states, w)
    received = back.weights.named() | {"x": back.x_t[None], "h0": back.h_prev, "c0": back.c_prev}
    summed = largest_sums(problem)
    ll.check_gradients(
        problem.loss, problem.arrays(), received, bound=DOUBLE, summed=summed
    ).require()


def test_the_deltas_are_the_gradients_of_the_biases():
    """A bias is added to the pre-activation, so with one sample both have one gradient."""
    x, w, dh, h0, c0, _, dc_last = draw(seed=10, T=1, B=None)
    states = ll.states_forward(ll.gates_forward(x[0], h0, w), c0)
    back = ll.cell_backward(dh[0], dc_last, states, w)
    for k, delta in zip("ifgo", back.deltas, strict=True):
        assert np.array_equal(delta, getattr(back.weights, "b" + k))


def test_saturated_gates_lose_relative_digits_only():
    """1 - g² of g near 1 is off by 1e-16 however little remains, so errors are absolute here."""
    problem = draw(seed=14)
    problem.w.packed *= 30
    received, expected = ll.bptt(*problem).named(), autograd_answer(problem)
    assert np.abs(expected["wxg"]).max() > 0.01  # not all of it is saturated
    for name, wanted in expected.items():
        # The slope's 1e-16 meets losses, weights and states of at most about 100 together.
        assert np.abs(received[name] - wanted).max() < 1e-13 * (1 + np.abs(wanted).max()), name


def test_nan_written_into_a_view_is_found(raises):
    problem = draw()
    problem.w.whf[1, 2] = np.nan
    raises(ValueError, "w: expected finite numbers, got nan at", ll.bptt, *problem)


@pytest.mark.more
@given(problems())
@settings(max_examples=300)
def test_live_torch(problem):
    from oracles import torch_lstm  # needs torch, which only `make test-more` brings

    p = batched(problem)
    h, c, expected = torch_lstm.states_and_gradients(p.arrays(), p.dh, p.dh_last, p.dc_last)
    require_equal(ll.bptt(*p).named(), expected, largest_sums(p), DOUBLE, True)
    run = ll.forward(p.x, p.w, p.h0, p.c0)
    # Products of numbers near 1, at most 6 steps of at most 10 terms: 1e-14 is 50 roundings.
    assert ll.array_error(run.h, h, 1.0) < 1e-14
    assert ll.array_error(run.c, c, 1.0) < 1e-14


WRONG = {
    "dh": (np.zeros((4, 3, 4)), "dh: expected shape (T, B, H) with T = 4, B = 3, H = 5"),
    "dh_last": (np.zeros((2, 5)), "dh_last: expected shape (B, H) with B = 3, H = 5, got (2, 5)"),
    "dc_last": (np.zeros(5), "dc_last: expected shape (B, H) with B = 3, H = 5, got (5,)"),
    "h0": (np.zeros((3, 4)), "h0: expected shape (B, H) with B = 3, H = 5, got (3, 4)"),
    "c0": (np.zeros((4, 5)), "c0: expected shape (B, H) with B = 3, H = 5, got (4, 5)"),
    "x": (np.zeros((4, 3, 1)), "x: expected shape (T, D) with D = 2 or (T, B, D) with D = 2"),
}


@pytest.mark.parametrize("name", WRONG)
def test_bptt_names_a_wrong_shape(name, raises):
    value, message = WRONG[name]
    arguments = draw()._asdict() | {name: value}
    raises(ValueError, message, ll.bptt, **arguments)


@pytest.mark.parametrize("name", ["dh", "dh_last", "dc_last", "h0", "c0", "x"])
def test_bptt_names_what_holds_nan_or_complex(name, raises):
    for bad in (np.nan, np.inf):
        arguments = draw()._asdict()
        arguments[name][-1, -1] = bad
        raises(ValueError, f"{name}: expected finite numbers, got {bad} at", ll.bptt, **arguments)
    arguments = draw()._asdict()
    arguments[name] = arguments[name] * 1j
    raises(TypeError, name, ll.bptt, **arguments)
    raises(TypeError, "expected real numbers", ll.bptt, **arguments)


def test_complex_weights_are_refused_on_the_way_back(raises):
    arguments = draw()._asdict()
    arguments["w"] = ll.Weights(arguments["w"].packed + 0j)
    raises(TypeError, "h0, c0, w: expected real numbers in the backward pass", ll.bptt, **arguments)


@pytest.mark.parametrize("T", [0, 1])
def test_bptt_refuses_an_empty_sequence_or_batch(T, raises):
    p, axis = draw(), "TB"[T]
    empty = p.x[:0] if T == 0 else p.x[:, :0]
    raises(ValueError, f"x: expected at least one entry along {axis}", ll.bptt, empty, p.w, None)


@pytest.mark.parametrize("name", ["dh", "dc"])
def test_cell_backward_names_what_is_wrong(name, raises):
    x, w, _, h0, c0, dh, dc = draw()
    states = ll.states_forward(ll.gates_forward(x[0], h0, w), c0)
    good = {"dh": dh, "dc": dc, "states": states, "w": w}
    for bad, error, message in [
        (dh[:2], ValueError, f"{name}: expected shape (B, H) with B = 3, H = 5, got (2, 5)"),
        (dh[0], ValueError, f"{name}: expected shape (B, H) with B = 3, H = 5, got (5,)"),
        (dh * np.nan, ValueError, f"{name}: expected finite numbers, got nan"),
        (dh * 1j, TypeError, f"{name}: expected real numbers, got complex128"),
        ("text", TypeError, f"{name}: expected float32, float64"),
    ]:
        raises(error, message, ll.cell_backward, **good | {name: bad})
    raises(TypeError, "states: expected States, got tuple", ll.cell_backward, dh, dc, (1, 2), w)
    raises(
        TypeError, "w: expected Weights, got ndarray", ll.cell_backward, dh, dc, states, w.packed
    )


def test_lists_read_only_and_strided_arrays_give_the_same(strange_forms):
    problem = draw(seed=11)
    expected = ll.bptt(*problem)
    for change in strange_forms:
        arguments = {k: v if k == "w" else change(v) for k, v in problem._asdict().items()}
        # Another memory order may change the order of a sum.
        received, summed = ll.bptt(**arguments).named(), largest_sums(problem)
        require_equal(received, expected.named(), summed, DOUBLE)


def test_no_argument_is_changed(unchanged):
    problem = draw(seed=12)
    x, w, _, h0, c0, dh_last, dc_last = problem
    with unchanged(*problem):
        ll.bptt(*problem)
    states = ll.states_forward(ll.gates_forward(x[0], h0, w), c0)
    with unchanged(dh_last, dc_last, w, *states[:3], *states.gates):
        ll.cell_backward(dh_last, dc_last, states, w)


def test_gradients_do_not_share_memory_with_the_arguments():
    problem = draw(seed=13)
    received = ll.bptt(*problem).named().values()
    given_arrays = [*problem.arrays().values(), problem.dh, problem.dh_last, problem.dc_last]
    assert not any(np.shares_memory(a, b) for a in received for b in given_arrays)


def test_gradients_of_two_losses_add(raises):
    p = draw()
    together = ll.bptt(p.x, p.w, p.dh, p.h0, p.c0) + ll.bptt(p.x, p.w, 2 * p.dh, p.h0, p.c0)
    expected = ll.bptt(p.x, p.w, 3 * p.dh, p.h0, p.c0).named()
    for name, gradient in together.named().items():
        assert ll.array_error(gradient, expected[name]) < 1e-13
    other = ll.bptt(p.x[:2], p.w, p.dh[:2], p.h0, p.c0)
    raises(ValueError, "other: expected gradients of the same shapes", together.__add__, other)
