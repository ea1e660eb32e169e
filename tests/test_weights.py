"""Step 1: twelve names for one array."""

import numpy as np
import pytest
from oracles.problems import draw

import lstm_lesson as ll
from lstm_lesson.weights import weights_backward

D, H = 2, 3


def numbered():
    """Return weights whose entries are all different."""
    return ll.Weights(np.arange(4.0 * H * (D + 1 + H)).reshape(4 * H, D + 1 + H))


def twelve(**changes):
    """Return twelve arrays that differ in every entry, by name."""
    rng = np.random.default_rng(1)
    shapes = {"wx": (H, D), "wh": (H, H), "b": (H,)}
    return {name: rng.normal(size=shapes[name[:-1]]) for name in ll.NAMES} | changes


def test_the_layout_is_rows_i_f_g_o_and_columns_x_1_h():
    w = numbered()
    for row, gate in enumerate("ifgo"):
        block = w.packed[row * H : (row + 1) * H]
        assert np.array_equal(getattr(w, "wx" + gate), block[:, :D])
        assert np.array_equal(getattr(w, "b" + gate), block[:, D])
        assert np.array_equal(getattr(w, "wh" + gate), block[:, D + 1 :])
    assert list(w.named()) == list(ll.NAMES)
    assert (w.n_inputs, w.n_hidden) == (D, H)


def test_each_name_is_a_view_and_together_they_cover_everything():
    w = ll.Weights(np.zeros((4 * H, D + 1 + H)))
    for view in w.named().values():
        assert np.shares_memory(view, w.packed)
        view += 1
    assert (w.packed == 1).all()


@pytest.mark.parametrize("name", ll.NAMES)
def test_assigning_a_name_writes_into_packed_and_nowhere_else(name):
    w = numbered()
    before, packed = w.copy(), w.packed
    setattr(w, name, 100 + getattr(w, name))
    assert w.packed is packed
    changed = {other for other in ll.NAMES if (getattr(w, other) != getattr(before, other)).any()}
    assert changed == {name}
    assert (getattr(w, name) == 100 + getattr(before, name)).all()


def test_changing_a_name_in_place_works():
    w, before = numbered(), numbered()
    w.wxi -= 0.1
    assert np.array_equal(w.packed[:H, :D], before.packed[:H, :D] - 0.1)


@pytest.mark.parametrize("name", ["wxi", "whg", "bo"])
def test_assigning_what_does_not_fit_is_refused(name, raises):
    w = numbered()
    form = {"w": "(H, D) with H = 3, D = 2", "b": "(H,) with H = 3"}[name[0]]
    if name == "whg":
        form = "(H, H) with H = 3"
    for bad, error, message in [
        (np.ones((5, 5)), ValueError, f"{name}: expected shape {form}, got (5, 5)"),
        (0.0, ValueError, f"{name}: expected shape {form}, got ()"),
        (getattr(w, name) * np.nan, ValueError, f"{name}: expected finite numbers, got nan"),
        (getattr(w, name) * 1j, TypeError, f"{name}: expected real numbers, got complex128"),
        ("text", TypeError, f"{name}: expected float32, float64"),
    ]:
        raises(error, message, setattr, w, name, bad)
    assert np.array_equal(w.packed, numbered().packed)


def test_from_arrays_packs_copies():
    arrays = twelve()
    w = ll.Weights.from_arrays(**arrays)
    for name, array in arrays.items():
        assert np.array_equal(getattr(w, name), array)
        assert not np.shares_memory(array, w.packed)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_from_arrays_keeps_the_dtype(dtype):
    arrays = {name: a.astype(dtype) for name, a in twelve().items()}
    assert ll.Weights.from_arrays(**arrays).packed.dtype == dtype


def test_from_arrays_promotes_as_numpy_does():
    arrays = {name: a.astype("float32") for name, a in twelve().items()}
    assert ll.Weights.from_arrays(**arrays | {"bo": np.ones(H)}).packed.dtype == np.float64


def test_from_arrays_wants_all_twelve_names_and_no_other(raises):
    arrays = twelve()
    message = "missing [], unknown ['wxc']"
    raises(TypeError, message, ll.Weights.from_arrays, **arrays, wxc=arrays["wxg"])
    del arrays["whf"]
    raises(TypeError, "missing ['whf'], unknown []", ll.Weights.from_arrays, **arrays)
    raises(TypeError, "expected the names wxi, wxf, wxg, wxo, whi,", ll.Weights.from_arrays)


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("wxf", np.ones((H, 5)), ValueError, "wxf: expected shape (H, D) with H = 3, D = 2, got"),
        ("whf", np.ones((H, D)), ValueError, "whf: expected shape (H, H) with H = 3"),
        ("bo", np.ones((H, 1)), ValueError, "bo: expected shape (H,) with H = 3, got (3, 1)"),
        ("bg", np.full(H, np.inf), ValueError, "bg: expected finite numbers, got inf"),
        ("bg", ["a", "b", "c"], TypeError, "bg: expected float32, float64"),
        ("wxi", [[1, 2], [3]], ValueError, "wxi: expected an array, got rows of different"),
        ("wxi", np.ones((0, D)), ValueError, "wxi: expected at least one entry along H"),
    ],
)
def test_from_arrays_names_what_does_not_fit(name, value, error, message, raises):
    raises(error, message, ll.Weights.from_arrays, **twelve(**{name: value}))


def test_from_arrays_takes_lists_read_only_and_strided_arrays(strange_forms, unchanged):
    arrays = twelve()
    expected = ll.Weights.from_arrays(**arrays).packed
    for change in strange_forms:
        changed = {name: change(a) for name, a in arrays.items()}
        with unchanged(*changed.values()):
            assert np.array_equal(ll.Weights.from_arrays(**changed).packed, expected)


def test_packed_is_kept_and_a_copy_is_not():
    packed = np.zeros((4 * H, D + 1 + H))
    w = ll.Weights(packed)
    assert w.packed is packed
    copy = w.copy()
    copy.bf = np.ones(H)
    assert not packed.any()


def test_bad_packed_arrays_are_named(raises):
    for bad, error, message in [
        (np.ones((7, 4)), ValueError, "packed: expected shape (4H, D + 1 + H) with D >= 1"),
        (np.full((8, 4), np.nan), ValueError, "packed: expected finite numbers, got nan at"),
        (np.ones((8, 4), "float16"), TypeError, "got float16"),
        ("text", TypeError, "packed: expected float32"),
        ([[1.0], [1.0, 2.0]], ValueError, "packed: expected an array, got rows of different"),
    ]:
        raises(error, message, ll.Weights, bad)


def test_zeros():
    w = ll.Weights.zeros(D, H, "float32")
    assert w.packed.shape == (4 * H, D + 1 + H)
    assert w.packed.dtype == np.float32
    assert not w.packed.any()


@pytest.mark.parametrize("name", ["n_inputs", "n_hidden"])
def test_zeros_names_a_wrong_size(name, raises):
    good = {"n_inputs": D, "n_hidden": H}
    zeros = ll.Weights.zeros
    raises(ValueError, f"{name}: expected at least 1, got 0", zeros, **good | {name: 0})
    raises(TypeError, f"{name}: expected a whole number, got 2.0", zeros, **good | {name: 2.0})


def test_the_way_back_is_delta_times_input_summed_over_the_batch():
    rng = np.random.default_rng(2)
    deltas = tuple(rng.normal(size=(4, 5, H)))
    x_t, h_prev = rng.normal(size=(5, D)), rng.normal(size=(5, H))
    grads = weights_backward(deltas, x_t, h_prev)
    for gate, delta in zip("ifgo", deltas, strict=True):
        # Sums of five products of numbers near 1: 1e-14 is fifty roundings.
        loops = sum(np.outer(delta[b], x_t[b]) for b in range(5))
        assert np.abs(getattr(grads, "wx" + gate) - loops).max() < 1e-14
        loops = sum(np.outer(delta[b], h_prev[b]) for b in range(5))
        assert np.abs(getattr(grads, "wh" + gate) - loops).max() < 1e-14
        assert np.abs(getattr(grads, "b" + gate) - sum(delta)).max() < 1e-14


def test_the_repr_says_the_sizes():
    assert repr(draw(D=2, H=5).w) == "Weights(D=2, H=5, 160 numbers, float64)"
