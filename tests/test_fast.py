"""The two calls that training needs, against the lesson path."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.problems import BOUNDS, draw, largest_sums, problems, require_equal

import lstm_lesson as ll


def forward_and_back(p):
    """Return the run and the gradients."""
    run = ll.forward(p.x, p.w, p.h0, p.c0)
    return run, ll.backward(run, p.dh, p.dh_last, p.dc_last)


@given(problems(batch=True))
@settings(max_examples=60)
def test_it_is_the_lesson_path_to_rounding(p):
    run, grads = forward_and_back(p)
    steps = ll.unroll(p.x, p.w, p.h0, p.c0)
    # States below 10, sums of ten terms, six steps: 1e-14 of the largest is fifty roundings.
    assert ll.array_error(run.h, [s.h for s in steps], 1.0) < 1e-14
    assert ll.array_error(run.c, [s.c for s in steps], 1.0) < 1e-14
    expected, summed = ll.bptt(*p).named(), largest_sums(p)
    require_equal(grads.named(), expected, summed, BOUNDS["float64"], zeros_allowed=True)


def test_it_is_the_lesson_path_on_a_problem_without_zeros():
    p = draw(seed=1)
    _, grads = forward_and_back(p)
    require_equal(grads.named(), ll.bptt(*p).named(), largest_sums(p), BOUNDS["float64"])


def test_float32_stays_float32_and_within_its_bound():
    p = draw(seed=2, dtype="float32")
    run, grads = forward_and_back(p)
    dtypes = {a.dtype for a in [run.h, run.c, *grads.named().values()]}
    assert dtypes == {np.dtype("float32")}
    expected = ll.bptt(*p.astype("float64")).named()
    require_equal(grads.named(), expected, largest_sums(p), BOUNDS["float32"])


def test_float32_weights_and_inputs_are_enough():
    p = draw(seed=2, dtype="float32")
    run = ll.forward(p.x, p.w)
    grads = ll.backward(run, p.dh.astype("float64"))
    assert {a.dtype for a in [run.h, *grads.named().values()]} == {np.dtype("float32")}


def test_complex_goes_forward_and_not_back(raises):
    p = draw(seed=3).astype("complex128")
    run = ll.forward(p.x, p.w, p.h0, p.c0)
    assert run.h.dtype == run.c.dtype == np.complex128
    raises(
        TypeError, "expected real numbers on the way back, got complex128", ll.backward, run, None
    )


def test_losses_and_states_left_out_are_zero():
    p = draw(seed=4)
    zero = np.zeros_like(p.h0)
    run = ll.forward(p.x, p.w)
    assert np.array_equal(run.h, ll.forward(p.x, p.w, zero, zero).h)
    one, other = ll.backward(run, p.dh), ll.backward(run, p.dh, zero, zero)
    assert np.array_equal(one.packed, other.packed)
    one = ll.backward(run, None, dc_last=p.dc_last)
    other = ll.backward(run, 0 * p.dh, zero, p.dc_last)
    assert np.array_equal(one.packed, other.packed)
    assert one.packed.any()


def one_by_one(p, lengths):
    """Return what the lesson path says of each sequence alone: runs, and the gradients' sums.

    Each sequence is cut at its end; what its gradients x, h0, c0 are goes where they belong.
    """
    runs, total = [], {name: np.zeros_like(a) for name, a in p.arrays().items()}
    for b, n in enumerate(lengths):
        start = p.h0[b], p.c0[b]
        runs.append(ll.unroll(p.x[:n, b], p.w, *start))
        back = ll.bptt(p.x[:n, b], p.w, p.dh[:n, b], *start, p.dh_last[b], p.dc_last[b])
        for name in ll.NAMES:
            total[name] += getattr(back, name)
        total["x"][:n, b], total["h0"][b], total["c0"][b] = back.x, back.h0, back.c0
    return runs, total


@given(problems(batch=True), st.data())
@settings(max_examples=60)
def test_sequences_of_different_length_are_as_each_alone(p, data):
    T, B = p.x.shape[:2]
    lengths = data.draw(st.lists(st.integers(1, T), min_size=B, max_size=B))
    for memory in ("full", "low"):
        run = ll.forward(p.x, p.w, p.h0, p.c0, lengths=lengths, memory=memory)
        runs, expected = one_by_one(p, lengths)
        for b, steps in enumerate(runs):
            n = lengths[b]
            h, c = [s.h for s in steps], [s.c for s in steps]
            assert ll.array_error(run.h[:n, b], h, 1.0) < 1e-14
            assert ll.array_error(run.c[:n, b], c, 1.0) < 1e-14
            assert not run.h[n:, b].any()
            assert np.array_equal(run.c[n:, b], np.tile(run.c[n - 1, b], (T - n, 1)))
            assert np.array_equal(run.h_last[b], run.h[n - 1, b])
            assert np.array_equal(run.c_last[b], run.c[n - 1, b])
        grads = ll.backward(run, p.dh, p.dh_last, p.dc_last).named()
        require_equal(grads, expected, largest_sums(p), BOUNDS["float64"], zeros_allowed=True)


def test_back_again_gives_the_same():
    p = draw(seed=5)
    run, first = forward_and_back(p)
    ll.backward(run, 2 * p.dh)
    again = ll.backward(run, p.dh, p.dh_last, p.dc_last)
    for name, a in first.named().items():
        assert np.array_equal(a, again.named()[name])


@pytest.mark.parametrize("name", ["x", "w", "h0", "c0", "run.h", "run.c"])
def test_a_change_in_place_after_forward_changes_nothing(name):
    p = draw(seed=6)
    _, expected = forward_and_back(p)
    run = ll.forward(p.x, p.w, p.h0, p.c0)
    target = getattr(run, name[4:]) if name.startswith("run.") else getattr(p, name)
    if name == "w":
        target.wxi = 7 * target.wxi
        target = target.packed
    target *= 3
    received = ll.backward(run, p.dh, p.dh_last, p.dc_last)
    for key, a in expected.named().items():
        assert np.array_equal(a, received.named()[key]), key


def test_shapes_and_memory_of_the_results():
    p = draw(seed=7, T=4, B=3, D=2, H=5)
    run, grads = forward_and_back(p)
    assert run.h.shape == run.c.shape == (4, 3, 5)
    assert {n: a.shape for n, a in grads.named().items()} == {
        n: a.shape for n, a in p.arrays().items()
    }
    given_arrays = [p.x, p.w.packed, p.h0, p.c0, p.dh, p.dh_last, p.dc_last]
    received = [run.h, run.c, *grads.named().values()]
    assert not any(np.shares_memory(a, b) for a in received for b in given_arrays)


def test_any_form_of_array_gives_the_same_and_none_is_changed(strange_forms, unchanged):
    p = draw(seed=8)
    expected, summed = ll.bptt(*p).named(), largest_sums(p)
    for change in strange_forms:
        q = p._replace(**{k: change(a) for k, a in p._asdict().items() if k != "w"})
        with unchanged(*q):
            _, grads = forward_and_back(q)
        require_equal(grads.named(), expected, summed, BOUNDS["float64"])


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("x", np.ones((4, 2)), ValueError, "x: expected shape (T, B, D) with D = 2, got (4, 2)"),
        ("x", np.ones((4, 3, 1)), ValueError, "x: expected shape (T, B, D) with D = 2, got"),
        ("x", np.ones((0, 3, 2)), ValueError, "x: expected at least one entry along T"),
        ("x", np.ones((4, 0, 2)), ValueError, "x: expected at least one entry along B"),
        ("x", [], ValueError, "x: expected shape (T, B, D) with D = 2, got (0,)"),
        ("x", np.full((4, 3, 2), np.nan), ValueError, "x: expected finite numbers, got nan"),
        ("x", np.ones((4, 3, 2), "float16"), TypeError, "x: expected float32, float64"),
        ("x", np.ma.ones((4, 3, 2)), TypeError, "x: expected a plain array, got a masked one"),
        ("x", [[[1, 2]], [[1]]], ValueError, "x: expected an array, got rows of different"),
        ("h0", np.ones((2, 5)), ValueError, "h0: expected shape (B, H) with B = 3, H = 5"),
        ("c0", np.ones(5), ValueError, "c0: expected shape (B, H) with B = 3, H = 5, got (5,)"),
        ("c0", np.full((3, 5), np.inf), ValueError, "c0: expected finite numbers, got inf"),
        ("w", {}, TypeError, "w: expected Weights, got dict"),
        ("lengths", [4, 3], ValueError, "lengths: expected shape (B,) with B = 3, got (2,)"),
        ("lengths", [4, 3, 0], ValueError, "lengths: expected 1 to T = 4, got 0"),
        ("lengths", [4, 3, 5], ValueError, "lengths: expected 1 to T = 4, got 5"),
        ("lengths", [4.0, 3, 1], TypeError, "lengths: expected whole numbers, got float64"),
        ("lengths", [True] * 3, TypeError, "lengths: expected whole numbers, got bool"),
        ("memory", "light", ValueError, "memory: expected 'full' or 'low', got 'light'"),
        ("workspace", {}, TypeError, "workspace: expected Workspace, got dict"),
    ],
)
def test_a_wrong_argument_of_forward_is_named(name, value, error, message, raises):
    p = draw()
    good = {"x": p.x, "w": p.w, "h0": p.h0, "c0": p.c0}
    raises(error, message, ll.forward, **good | {name: value})


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("dh", np.ones((3, 3, 5)), ValueError, "dh: expected shape (T, B, H) with T = 4, B = 3"),
        ("dh", np.ones((4, 5)), ValueError, "dh: expected shape (T, B, H) with T = 4, B = 3"),
        ("dh", np.full((4, 3, 5), np.nan), ValueError, "dh: expected finite numbers, got nan"),
        ("dh", np.ones((4, 3, 5), complex), TypeError, "dh: expected real numbers, got complex"),
        ("dh", np.ones((4, 3, 5), "float16"), TypeError, "dh: expected float32, float64"),
        ("dh_last", np.ones(5), ValueError, "dh_last: expected shape (B, H) with B = 3, H = 5"),
        ("dc_last", np.ones((3, 1)), ValueError, "dc_last: expected shape (B, H) with B = 3"),
        ("dc_last", "text", TypeError, "dc_last: expected float32, float64"),
        ("run", None, TypeError, "run: expected Run, got NoneType"),
    ],
)
def test_a_wrong_argument_of_backward_is_named(name, value, error, message, raises):
    p = draw()
    good = {"run": ll.forward(p.x, p.w, p.h0, p.c0), "dh": p.dh}
    raises(error, message, ll.backward, **good | {name: value})


def test_nan_written_into_a_view_is_found(raises):
    p = draw()
    p.w.bo[0] = np.inf
    raises(ValueError, "w: expected finite numbers, got inf at", ll.forward, p.x, p.w)
