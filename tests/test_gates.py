"""Step 2: the gates of one time step, and the way back through them."""

import math

import numpy as np
import pytest
from oracles.problems import draw

import lstm_lesson as ll
from lstm_lesson.gates import gates_backward, inputs_backward

B, D, H = 3, 2, 5


def step(seed=0, B=B, dtype="float64"):
    """Return x_t, h_prev and weights."""
    p = draw(seed, B=B, D=D, H=H, dtype=dtype)
    return p.x[0], p.h0, p.w


def textbook(z, gate):
    """Return the gate of one number, as Python's own math has it."""
    return math.tanh(z) if gate == "g" else 1 / (1 + math.exp(-z))


def test_each_gate_is_the_formula_of_the_article():
    x_t, h_prev, w = step()
    gates = ll.gates_forward(x_t, h_prev, w)
    for gate in "ifgo":
        wx, wh, b = (getattr(w, kind + gate) for kind in ("wx", "wh", "b"))
        for n in range(B):
            for k in range(H):
                terms = [wx[k, d] * x_t[n, d] for d in range(D)]
                terms += [wh[k, j] * h_prev[n, j] for j in range(H)]
                expected = textbook(math.fsum([*terms, b[k]]), gate)
                # A sum of eight terms below 4, and one function of slope at most 1.
                assert abs(getattr(gates, gate)[n, k] - expected) < 1e-14


def test_the_inputs_are_kept_for_the_way_back():
    x_t, h_prev, w = step()
    gates = ll.gates_forward(x_t, h_prev, w)
    assert np.array_equal(gates.x_t, x_t)
    assert np.array_equal(gates.h_prev, h_prev)


def test_one_sample_is_a_row_of_a_batch():
    x_t, h_prev, w = step()
    batch = ll.gates_forward(x_t, h_prev, w)
    for n in range(B):
        sample = ll.gates_forward(x_t[n], h_prev[n], w)
        for one, many in zip(sample, batch, strict=True):
            assert one.shape == many.shape[1:]
            # A matrix product may add in another order than a vector's.
            assert np.abs(one - many[n]).max() < 1e-14


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_the_dtype_stays(dtype):
    gates = ll.gates_forward(*(a for a in step(dtype=dtype)))
    assert {a.dtype for a in gates} == {np.dtype(dtype)}


def test_sigmoid_against_the_textbook():
    z = np.linspace(-30, 30, 241)
    # It is a sum with 0.5, so it is off by a few roundings of 1, however small it is itself.
    assert np.abs(ll.sigmoid(z) - [textbook(v, "i") for v in z]).max() < 1e-15


def test_sigmoid_never_overflows():
    z = np.array([-1e308, -1000, 1000, 1e308])
    assert np.array_equal(ll.sigmoid(z), [0, 0, 1, 1])  # a warning would be an error
    assert np.isfinite(ll.sigmoid(z + 1e-30j)).all()


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_sigmoid_keeps_the_dtype(dtype):
    assert ll.sigmoid(np.ones(3, dtype)).dtype == dtype


def test_sigmoid_takes_the_complex_step():
    z = np.array([-3.0, 0.1, 2.0])
    slope = ll.sigmoid(z + 1e-30j).imag / 1e-30
    # Both are products of numbers below 1: some roundings.
    assert np.abs(slope - ll.sigmoid(z) * (1 - ll.sigmoid(z))).max() < 1e-15


def test_the_way_back_through_the_gates_is_the_slope():
    """Deltas are dE/dz: a change of the bias is a change of z, so the complex step sees them."""
    x_t, h_prev, w = step(seed=1, B=None)
    rng = np.random.default_rng(1)
    d = dict(zip("ifgo", rng.normal(size=(4, H)), strict=True))

    def loss(**biases):
        moved = ll.Weights.from_arrays(**w.named() | biases)
        gates = ll.gates_forward(x_t, h_prev, moved)
        return sum((d[k] * getattr(gates, k)).sum() for k in "ifgo")

    deltas = gates_backward(*d.values(), ll.gates_forward(x_t, h_prev, w))
    biases = {"b" + k: getattr(w, "b" + k) for k in "ifgo"}
    received = dict(zip(biases, deltas, strict=True))
    # Each is one product: slopes of at least 0.01, so nothing cancels.
    ll.check_gradients(loss, biases, received, bound=1e-13).require()


def test_the_way_back_to_the_inputs_adds_four_terms():
    _, _, w = step(seed=2)
    deltas = tuple(np.random.default_rng(2).normal(size=(4, B, H)))
    dx, dh_prev = inputs_backward(deltas, w)
    for n in range(B):
        # Sums of 20 products of numbers near 1.
        wanted = sum(getattr(w, "wx" + k).T @ z[n] for k, z in zip("ifgo", deltas, strict=True))
        assert np.abs(dx[n] - wanted).max() < 1e-14
        wanted = sum(getattr(w, "wh" + k).T @ z[n] for k, z in zip("ifgo", deltas, strict=True))
        assert np.abs(dh_prev[n] - wanted).max() < 1e-14


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("x_t", np.ones((B, 4)), ValueError, "x_t: expected shape (D,) with D = 2 or (B, D)"),
        ("x_t", np.ones((1, B, D)), ValueError, "x_t: expected shape (D,) with D = 2 or (B, D)"),
        ("x_t", np.ones((0, D)), ValueError, "x_t: expected at least one entry along B"),
        ("x_t", np.ones(D), ValueError, "h_prev: expected shape (H,) with H = 5, got (3, 5)"),
        ("x_t", [[1, 2], [3]], ValueError, "x_t: expected an array, got rows of different"),
        ("x_t", np.full((B, D), np.nan), ValueError, "x_t: expected finite numbers, got nan"),
        ("x_t", np.ma.ones((B, D)), TypeError, "x_t: expected a plain array, got a masked one"),
        ("h_prev", np.ones((2, H)), ValueError, "h_prev: expected shape (B, H) with B = 3, H = 5"),
        ("h_prev", np.ones(H), ValueError, "h_prev: expected shape (B, H) with B = 3, H = 5"),
        ("h_prev", np.full((B, H), np.inf), ValueError, "h_prev: expected finite numbers, got inf"),
        ("h_prev", "text", TypeError, "h_prev: expected float32, float64"),
        ("h_prev", np.ones((B, H), "float16"), TypeError, "got float16"),
        ("w", np.ones((20, 8)), TypeError, "w: expected Weights, got ndarray"),
        ("w", None, TypeError, "w: expected Weights, got NoneType"),
    ],
)
def test_a_wrong_argument_is_named(name, value, error, message, raises):
    good = dict(zip(("x_t", "h_prev", "w"), step(), strict=True))
    raises(error, message, ll.gates_forward, **good | {name: value})


def test_any_form_of_array_gives_the_same_and_none_is_changed(strange_forms, unchanged):
    x_t, h_prev, w = step(seed=3)
    expected = ll.gates_forward(x_t, h_prev, w)
    for change in strange_forms:
        arguments = change(x_t), change(h_prev), w
        with unchanged(*arguments):
            received = ll.gates_forward(*arguments)
        for a, b in zip(received, expected, strict=True):
            assert np.abs(a - b).max() < 1e-14  # another memory order, another order of the sum
