"""The two calls that training needs, against the lesson path."""

import threading
from concurrent.futures import ThreadPoolExecutor

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
    raises(TypeError, "expected real numbers in the backward pass, got c", ll.backward, run, None)


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


@given(problems(batch=True))
@settings(max_examples=40)
def test_low_memory_gives_the_same_numbers(p):
    full = ll.forward(p.x, p.w, p.h0, p.c0)
    low = ll.forward(p.x, p.w, p.h0, p.c0, memory="low")
    assert np.array_equal(low.h, full.h)
    assert np.array_equal(low.c, full.c)
    grads = [ll.backward(run, p.dh, p.dh_last, p.dc_last).named() for run in (low, full)]
    require_equal(*grads, largest_sums(p), BOUNDS["float64"], zeros_allowed=True)


@pytest.mark.parametrize("T", [8, 9, 63, 64, 65, 100, 101])
@pytest.mark.parametrize("lengths", [False, True])
def test_low_memory_over_several_segments(T, lengths):
    """Segments are √T long and at least 8: whole, cut, and one step over."""
    p = draw(seed=9, T=T)
    ends = [T, T // 2, 1] if lengths else None
    full, low = (
        ll.forward(p.x, p.w, p.h0, p.c0, lengths=ends, memory=memory) for memory in ("full", "low")
    )
    assert np.array_equal(low.h, full.h)
    assert np.array_equal(low.h_last, full.h_last)
    # The products of a segment may be rounded in another order than those of a step.
    assert ll.array_error(low.c, full.c, 1.0) < 1e-14
    grads = [ll.backward(run, p.dh, p.dh_last, p.dc_last).named() for run in (low, full)]
    require_equal(*grads, largest_sums(p), BOUNDS["float64"])


def test_low_memory_goes_back_twice_and_is_protected():
    p = draw(seed=10, T=20)
    run = ll.forward(p.x, p.w, p.h0, p.c0, memory="low")
    first, again = (ll.backward(run, p.dh) for _ in range(2))
    for name, a in first.named().items():
        assert np.array_equal(a, again.named()[name])
    with pytest.raises(ValueError, match="read-only"):
        run.h[0] = 0


@pytest.mark.parametrize("memory", ["full", "low"])
def test_a_workspace_is_used_again_and_changes_no_result(memory):
    """Sizes, types and lengths change from run to run; what earlier runs gave stays."""
    workspace, given_out = ll.Workspace(), []
    for seed, (T, B, D, H, dtype) in enumerate(
        [
            (4, 3, 2, 5, "float64"),
            (20, 2, 3, 4, "float64"),
            (4, 3, 2, 5, "float32"),
            (1, 1, 2, 3, "float64"),
            (7, 1, 1, 2, "float64"),
            (20, 2, 3, 4, "float64"),
        ]
    ):
        p = draw(seed=seed, T=T, B=B, D=D, H=H, dtype=dtype)
        options = {"lengths": [max(1, T - b) for b in range(B)], "memory": memory}
        fresh = ll.forward(p.x, p.w, p.h0, p.c0, **options)
        run = ll.forward(p.x, p.w, p.h0, p.c0, **options, workspace=workspace)
        grads = [ll.backward(r, p.dh, p.dh_last, p.dc_last).named() for r in (run, fresh)]
        received = {"h": run.h, "c": run.c, "h_last": run.h_last, "c_last": run.c_last} | {
            "d" + name: a for name, a in grads[0].items()
        }
        expected = {"h": fresh.h, "c": fresh.c, "h_last": fresh.h_last, "c_last": fresh.c_last} | {
            "d" + name: a for name, a in grads[1].items()
        }
        for name, a in expected.items():
            assert np.array_equal(received[name], a), name
            assert received[name].dtype == a.dtype
        given_out.append((received, {name: a.copy() for name, a in received.items()}))
    for received, kept in given_out:
        for name, a in kept.items():
            assert np.array_equal(received[name], a), name


def test_a_workspace_keeps_its_memory():
    p, workspace = draw(seed=11, T=9), ll.Workspace()
    ll.backward(ll.forward(p.x, p.w, workspace=workspace), p.dh)
    before = {name: a.ctypes.data for name, a in workspace._buffers.items()}
    ll.backward(ll.forward(p.x, p.w, workspace=workspace), p.dh)
    assert before
    assert {name: a.ctypes.data for name, a in workspace._buffers.items()} == before


@pytest.mark.parametrize("memory", ["full", "low"])
def test_a_run_whose_workspace_was_used_since_is_refused(memory, raises):
    p, workspace = draw(seed=12, T=9), ll.Workspace()
    old = ll.forward(p.x, p.w, memory=memory, workspace=workspace)
    h = old.h.copy()
    new = ll.forward(2 * p.x, p.w, memory=memory, workspace=workspace)
    message = "run: its workspace has been used for another run since"
    raises(ValueError, message, ll.backward, old, p.dh)
    with pytest.raises(ValueError, match="another run since"):
        old.c  # noqa: B018
    assert np.array_equal(old.h, h)
    ll.backward(new, p.dh)  # the refusal has left the workspace free


def in_threads(function, count=8, repeats=6):
    """Return the results of ``function(k)``, called in ``count`` threads that start together."""
    barrier = threading.Barrier(count)

    def call(k):
        barrier.wait()
        return [function(k) for _ in range(repeats)]

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def test_threads_do_not_disturb_each_other():
    """numpy lets other threads run while it computes: a shared buffer would be overwritten."""
    problems_ = [draw(seed=k, T=30, B=8, D=6, H=40) for k in range(8)]
    expected = [forward_and_back(p)[1].packed for p in problems_]
    for k, results in enumerate(in_threads(lambda k: forward_and_back(problems_[k])[1].packed)):
        assert all(np.array_equal(r, expected[k]) for r in results)


def test_threads_may_go_back_through_one_run():
    p = draw(seed=13, T=30, B=8, D=6, H=40)
    for workspace in (None, ll.Workspace()):
        run = ll.forward(p.x, p.w, p.h0, p.c0, workspace=workspace)
        expected = [ll.backward(run, (k + 1) * p.dh).packed for k in range(8)]

        def go_back(k, run=run):
            return ll.backward(run, (k + 1) * p.dh).packed

        for k, results in enumerate(in_threads(go_back)):
            assert all(np.array_equal(r, expected[k]) for r in results)


def test_threads_that_share_a_workspace_are_right_or_refused():
    problems_ = [draw(seed=k, T=30, B=8, D=6, H=40) for k in range(8)]
    expected = [forward_and_back(p)[1].packed for p in problems_]
    workspace, refused = ll.Workspace(), []

    def go(k):
        p = problems_[k]
        try:
            run = ll.forward(p.x, p.w, p.h0, p.c0, workspace=workspace)
            return ll.backward(run, p.dh, p.dh_last, p.dc_last).packed
        except ValueError as error:
            refused.append(str(error))
            return expected[k]

    for k, results in enumerate(in_threads(go)):
        assert all(np.array_equal(r, expected[k]) for r in results)
    assert all("another run since" in message for message in refused)


def test_a_single_step_of_a_single_sequence():
    """It has a way of its own; with and without states, all losses."""
    for dtype, bound in (("float64", BOUNDS["float64"]), ("float32", BOUNDS["float32"])):
        p = draw(seed=14, T=1, B=1, dtype=dtype)
        run, grads = forward_and_back(p)
        assert run.h.dtype == run.c.dtype == grads.packed.dtype == dtype
        wide = p.astype("float64")
        require_equal(grads.named(), ll.bptt(*wide).named(), largest_sums(wide), bound)
        assert np.array_equal(run.c[0], run.c_last)
        assert np.array_equal(run.h[0], run.h_last)
        bare = ll.forward(p.x, p.w, lengths=[1], memory="low", workspace=ll.Workspace())
        zero = np.zeros_like(p.h0)
        assert np.array_equal(bare.h, ll.forward(p.x, p.w, zero, zero).h)


def test_large_numbers_saturate_without_a_warning():
    """exp would overflow; and squares of large float32 numbers do, where they are looked at."""
    for dtype in ("float64", "float32"):
        p = draw(seed=15, dtype=dtype)
        run = ll.forward(p.x * p.x.dtype.type(1e30), p.w, p.h0, p.c0)
        assert np.isfinite(run.h).all()
        assert (np.abs(run.h) <= 1).all()


def test_complex_numbers_with_lengths_and_low_memory():
    """What the complex step needs: the imaginary part is that of the lesson path."""
    p = draw(seed=16).astype("complex128")
    p.w.packed += 1e-3j
    for memory in ("full", "low"):
        run = ll.forward(p.x, p.w, p.h0, p.c0, lengths=[4, 2, 1], memory=memory)
        for b, n in enumerate([4, 2, 1]):
            steps = ll.unroll(p.x[:n, b], p.w, p.h0[b], p.c0[b])
            assert ll.array_error(run.h[:n, b], [s.h for s in steps], 1.0) < 1e-14
            assert run.h[:n, b].imag.any()


def test_what_stands_after_the_end_counts_for_nothing():
    p, ends = draw(seed=17), [4, 2, 1]
    one = forward_and_back_with(p, ends)
    after = np.arange(4)[:, None] >= ends
    other = p._replace(
        x=np.where(after[..., None], 99.0, p.x), dh=np.where(after[..., None], -99.0, p.dh)
    )
    for name, a in forward_and_back_with(other, ends).items():
        assert np.array_equal(a, one[name]), name
    assert not one["x"][after].any()


def forward_and_back_with(p, lengths):
    run = ll.forward(p.x, p.w, p.h0, p.c0, lengths=lengths)
    return ll.backward(run, p.dh, p.dh_last, p.dc_last).named()


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
