"""Step 3: the states of one step and of a sequence, and the way back through one step."""

import math
from itertools import pairwise

import numpy as np
import pytest
from oracles import autograd_lstm
from oracles.problems import batched, draw

import lstm_lesson as ll
from lstm_lesson.states import states_backward

T, B, D, H = 4, 3, 2, 5


def step(seed=0, B=B, dtype="float64"):
    """Return gates and c_prev."""
    p = draw(seed, B=B, D=D, H=H, dtype=dtype)
    return ll.gates_forward(p.x[0], p.h0, p.w), p.c0


def test_the_states_are_the_formulas_of_the_article():
    gates, c_prev = step()
    states = ll.states_forward(gates, c_prev)
    for at in np.ndindex(B, H):
        i, f, g, o = (float(a[at]) for a in gates[:4])
        c = f * float(c_prev[at]) + i * g
        # Three roundings of numbers below 4.
        assert abs(states.c[at] - c) < 2e-15
        assert abs(states.h[at] - o * math.tanh(c)) < 2e-15


def test_what_the_step_was_made_of_is_kept():
    gates, c_prev = step()
    states = ll.states_forward(gates, c_prev)
    assert states.gates is gates
    assert np.array_equal(states.c_prev, c_prev)


@pytest.mark.parametrize("B", [None, 3])
def test_a_sequence_against_another_program(B):
    p = draw(seed=1, T=T, B=B)
    steps = ll.unroll(p.x, p.w, p.h0, p.c0)
    h, c = autograd_lstm.run(batched(p).arrays())
    assert len(steps) == T
    # States below 4, sums of eight terms, four steps: 1e-14 is fifty roundings.
    assert np.abs(np.array([s.h for s in steps]) - h.reshape(p.dh.shape)).max() < 1e-14
    assert np.abs(np.array([s.c for s in steps]) - c.reshape(p.dh.shape)).max() < 1e-14


def test_each_step_starts_where_the_last_one_ended():
    p = draw(seed=2, T=T)
    steps = ll.unroll(p.x, p.w, p.h0, p.c0)
    assert np.array_equal(steps[0].gates.h_prev, p.h0)
    assert np.array_equal(steps[0].c_prev, p.c0)
    for before, after in pairwise(steps):
        assert np.array_equal(after.gates.h_prev, before.h)
        assert np.array_equal(after.c_prev, before.c)
    for x_t, one in zip(p.x, steps, strict=True):
        assert np.array_equal(one.gates.x_t, x_t)


def test_a_state_left_out_is_zero():
    p = draw(seed=3)
    zero = np.zeros_like(p.h0)
    for left_out, spelled_out in [
        (ll.unroll(p.x, p.w), ll.unroll(p.x, p.w, zero, zero)),
        (ll.unroll(p.x, p.w, p.h0), ll.unroll(p.x, p.w, p.h0, zero)),
        (ll.unroll(p.x, p.w, c0=p.c0), ll.unroll(p.x, p.w, zero, p.c0)),
    ]:
        assert np.array_equal(left_out[-1].h, spelled_out[-1].h)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_the_dtype_stays(dtype):
    p = draw(dtype=dtype)
    for one in [*ll.unroll(p.x, p.w, p.h0, p.c0), *ll.unroll(p.x, p.w)]:
        assert {a.dtype for a in [*one[:3], *one.gates]} == {np.dtype(dtype)}


@pytest.mark.parametrize("name", ["x", "w", "h0", "c0"])
def test_one_complex_argument_makes_all_complex(name):
    p = draw()
    arguments = {"x": p.x, "w": p.w, "h0": p.h0, "c0": p.c0}
    old = arguments[name]
    arguments[name] = ll.Weights(old.packed + 0j) if name == "w" else old + 0j
    steps = ll.unroll(**arguments)
    assert {s.h.dtype for s in steps} == {np.dtype("complex128")}
    # The real part is the same computation, up to how a complex product is added up.
    real = ll.unroll(p.x, p.w, p.h0, p.c0)
    assert np.abs(steps[-1].h - real[-1].h).max() < 1e-14


def test_the_way_back_against_the_complex_step():
    gates, c_prev = step(seed=4)
    rng = np.random.default_rng(4)
    dh, dc = rng.normal(size=(2, B, H))

    def loss(c_prev, **ifgo):
        states = ll.states_forward(gates._replace(**ifgo), c_prev)
        return (dh * states.h).sum() + (dc * states.c).sum()

    arrays = dict(zip("ifgo", gates[:4], strict=True)) | {"c_prev": c_prev}
    back = states_backward(dh, dc, ll.states_forward(gates, c_prev))
    received = dict(zip(arrays, back, strict=True))
    # Two terms in each entry, of about 1: the bound of design.md holds without `summed`.
    ll.check_gradients(loss, arrays, received, bound=1e-13).require()


def test_a_wrong_argument_of_one_step_is_named(raises):
    gates, c_prev = step()
    for bad, error, message in [
        (
            np.ones((2, H)),
            ValueError,
            "c_prev: expected shape (B, H) with B = 3, H = 5, got (2, 5)",
        ),
        (np.ones(H), ValueError, "c_prev: expected shape (B, H) with B = 3, H = 5, got (5,)"),
        (c_prev * np.nan, ValueError, "c_prev: expected finite numbers, got nan at index (0, 0)"),
        (c_prev.astype("float16"), TypeError, "c_prev: expected float32, float64"),
        ("text", TypeError, "c_prev: expected float32, float64"),
        ([[1], [1, 2]], ValueError, "c_prev: expected an array, got rows of different length"),
    ]:
        raises(error, message, ll.states_forward, gates, bad)
    raises(TypeError, "gates: expected Gates, got tuple", ll.states_forward, tuple(gates), c_prev)


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("x", np.ones((T, B, 3)), ValueError, "x: expected shape (T, D) with D = 2 or (T, B, D)"),
        ("x", np.ones(D), ValueError, "x: expected shape (T, D) with D = 2 or (T, B, D)"),
        ("x", [], ValueError, "x: expected shape (T, D) with D = 2 or (T, B, D)"),
        ("x", np.ones((0, B, D)), ValueError, "x: expected at least one entry along T"),
        ("x", np.ones((T, 0, D)), ValueError, "x: expected at least one entry along B"),
        ("x", np.full((T, B, D), np.inf), ValueError, "x: expected finite numbers, got inf"),
        ("x", np.ones((T, D)), ValueError, "h0: expected shape (H,) with H = 5, got (3, 5)"),
        ("x", np.ma.ones((T, B, D)), TypeError, "x: expected a plain array, got a masked one"),
        ("x", [["a", "b"]], TypeError, "x: expected float32, float64"),
        ("h0", np.ones((B, 4)), ValueError, "h0: expected shape (B, H) with B = 3, H = 5"),
        ("h0", np.ones((B, H), object), TypeError, "h0: expected float32, float64"),
        ("c0", np.ones((4, H)), ValueError, "c0: expected shape (B, H) with B = 3, H = 5"),
        ("c0", np.full((B, H), np.nan), ValueError, "c0: expected finite numbers, got nan"),
        ("w", "text", TypeError, "w: expected Weights, got str"),
    ],
)
def test_a_wrong_argument_of_a_sequence_is_named(name, value, error, message, raises):
    p = draw(T=T)
    good = {"x": p.x, "w": p.w, "h0": p.h0, "c0": p.c0}
    raises(error, message, ll.unroll, **good | {name: value})


def test_any_form_of_array_gives_the_same_and_none_is_changed(strange_forms, unchanged):
    p = draw(seed=5)
    expected = ll.unroll(p.x, p.w, p.h0, p.c0)
    gates, c_prev = step(seed=5)
    for change in strange_forms:
        arguments = change(p.x), p.w, change(p.h0), change(p.c0)
        with unchanged(*arguments):
            received = ll.unroll(*arguments)
        for a, b in zip(received, expected, strict=True):
            assert np.abs(a.h - b.h).max() < 1e-14  # another memory order, another sum
        c = change(c_prev)
        with unchanged(c, *gates):
            states = ll.states_forward(gates, c)
        assert np.array_equal(states.c, ll.states_forward(gates, c_prev).c)


def test_steps_do_not_share_memory_with_the_arguments():
    p = draw(seed=6)
    first = ll.unroll(p.x, p.w, p.h0, p.c0)[0]
    for kept, given in [(first.gates.x_t, p.x), (first.gates.h_prev, p.h0), (first.c_prev, p.c0)]:
        assert not np.shares_memory(kept, given)
