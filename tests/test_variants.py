"""The other cells: against the complex step, ONNX's reference, torch, and the plain LSTM."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lstm_lesson as ll
from lstm_lesson import convert, variants

CELLS = {"peephole": variants.Peephole, "coupled": variants.Coupled, "gru": variants.GRU}
ONNX, TORCH = (convert.stored_answers(name).cases for name in ("onnx", "pytorch"))
BOUND = 1e-12  # promised to the reader; the tests below measure errors near 1e-15

each_cell = pytest.mark.parametrize("name", CELLS)


def draw(name, seed=0, T=4, B=3, D=2, H=5, dtype="float64"):
    """Return a cell, its inputs and the losses: all sizes differ, and nothing is zero."""
    kind, rng, sizes = CELLS[name], np.random.default_rng(seed), {"D": D, "H": H}
    arrays = {
        n: rng.uniform(-0.6, 0.6, [sizes[axis] for axis in form.split()]).astype(dtype)
        for n, form in kind.forms.items()
    }
    shapes = {"x": (T, B, D), "h0": (B, H), "c0": (B, H)}
    losses = {"dh": (T, B, H), "dh_last": (B, H), "dc_last": (B, H)}
    inputs, losses = (
        {n: rng.normal(size=shape).astype(dtype) for n, shape in named.items()}
        for named in (shapes, losses)
    )
    if not kind.has_c:
        del inputs["c0"], losses["dc_last"]
    return kind(**arrays), inputs, losses


def forward_and_back(w, inputs, losses):
    run = variants.forward(w=w, **inputs)
    return run, variants.backward(run, **losses)


def loss_of(kind, losses):
    """Return the loss as a function of all arrays, for the complex step."""

    def loss(**arrays):
        cell = kind(**{name: arrays.pop(name) for name in kind.forms})
        run = variants.forward(w=cell, **arrays)
        total = (losses["dh"] * run.h).sum() + (losses["dh_last"] * run.h[-1]).sum()
        return total + (losses["dc_last"] * run.c[-1]).sum() if kind.has_c else total

    return loss


def require_close(received, expected):
    assert set(received) == set(expected)
    for name, wanted in expected.items():
        assert np.any(wanted), name
        assert ll.array_error(received[name], wanted) < BOUND, name


# Against the complex step


@each_cell
def test_complex_step_to_rounding_where_nothing_is_zero(name):
    w, inputs, losses = draw(name, seed=1)
    _, grads = forward_and_back(w, inputs, losses)
    loss = loss_of(CELLS[name], losses)
    check = ll.check_gradients(loss, w.named() | inputs, grads, bound=BOUND)
    check.require()
    assert len(check.arrays) == len(w.forms) + len(inputs)


@each_cell
@given(
    seed=st.integers(0, 2**32 - 1),
    T=st.integers(1, 5),
    B=st.integers(1, 3),
    D=st.integers(1, 3),
    H=st.integers(1, 4),
)
@settings(max_examples=15)
def test_complex_step(name, seed, T, B, D, H):
    w, inputs, losses = draw(name, seed, T, B, D, H)
    _, grads = forward_and_back(w, inputs, losses)
    check = ll.check_gradients(loss_of(CELLS[name], losses), w.named() | inputs, grads)
    assert [a.name for a in check.arrays if a.verdict == "WRONG"] == []


# Against ONNX's reference


def peephole_of(case):
    """Return the cell of ONNX's arrays; P holds the peepholes of i, o, f."""
    pi, po, pf = np.split(case["P"][0], 3)
    twelve = convert.from_onnx(case["W"], case["R"], case["B"]).named()
    return variants.Peephole(**twelve, pi=pi, pf=pf, po=po)


def test_peepholes_are_those_of_onnx():
    case = ONNX["peephole"]
    run = variants.forward(case["X"], peephole_of(case), case["initial_h"][0], case["initial_c"][0])
    require_close({"h": run.h, "c": run.c[-1]}, {"h": case["Y"][:, 0], "c": case["Y_c"][0]})


def gru_of_onnx(case):
    """Return the cell of ONNX's arrays, stacked in the order z, r, h: our u, r, n."""
    arrays = {}
    first, second = np.split(case["B"][0], 2)
    wx, wh, b, bh = (np.split(a, 3) for a in (case["W"][0], case["R"][0], first, second))
    for place, k in enumerate("urn"):
        arrays |= {"wx" + k: wx[place], "wh" + k: wh[place], "b" + k: b[place] + bh[place]}
    return variants.GRU(**arrays | {"bn": b[2], "bhn": bh[2]})


def test_the_gru_is_the_one_of_onnx_that_resets_after_the_product():
    case, other = ONNX["gru"], ONNX["gru reset before"]
    run = variants.forward(case["X"], gru_of_onnx(case), case["initial_h"][0])
    require_close({"h": run.h}, {"h": case["Y"][:, 0]})
    run = variants.forward(other["X"], gru_of_onnx(other), other["initial_h"][0])
    assert ll.array_error(run.h, other["Y"][:, 0]) > 0.01  # another cell


@pytest.mark.more
@pytest.mark.parametrize("name", ["peephole", "gru", "gru reset before"])
def test_frozen_onnx_answers_are_what_onnx_says_today(name):
    from oracles import onnx_cell

    case = ONNX[name]
    kind = "LSTM" if name == "peephole" else "GRU"
    attributes = {"linear_before_reset": int(name == "gru")} if kind == "GRU" else {}
    answers = onnx_cell.states(kind, case["R"].shape[-1], case, **attributes)
    require_close(answers, {key: case[key] for key in answers})


# Against torch's GRU


def gru_of_torch(state):
    """Return the cell of torch's arrays, stacked in the order r, z, n: our r, u, n."""
    wx, wh, b, bh = (
        np.split(np.asarray(state[part + "_l0"]), 3)
        for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    arrays = {}
    for place, k in enumerate("run"):
        arrays |= {"wx" + k: wx[place], "wh" + k: wh[place], "b" + k: b[place] + bh[place]}
    return variants.GRU(**arrays | {"bn": b[2], "bhn": bh[2]})


def gradients_for_torch(grads):
    """Return our gradients stacked as torch has them; each of two biases has that of the sum."""
    stacked = {
        "grad_weight_ih_l0": ["wxr", "wxu", "wxn"],
        "grad_weight_hh_l0": ["whr", "whu", "whn"],
        "grad_bias_ih_l0": ["br", "bu", "bn"],
        "grad_bias_hh_l0": ["br", "bu", "bhn"],
    }
    return {name: np.concatenate([grads[n] for n in parts]) for name, parts in stacked.items()}


def compare_with_torch(case, answers):
    run = variants.forward(case["x"], gru_of_torch(case), case["h0"][0])
    grads = variants.backward(run, case["dy"], case["dh_n"][0])
    received = {"y": run.h, "h_n": run.h[-1:], "grad_x": grads["x"], "grad_h0": grads["h0"][None]}
    require_close(received | gradients_for_torch(grads), answers)


def test_the_gru_is_torch_s_output_and_gradients():
    case = TORCH["gru"]
    answers = {name: a for name, a in case.items() if name in ("y", "h_n") or "grad" in name}
    compare_with_torch(case, answers)


@pytest.mark.more
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (7, 3, 2, 5), (20, 2, 4, 6)])
def test_the_gru_is_live_torch_s(shape):
    from oracles import torch_layers  # needs torch, which only `make test-more` brings

    T, B, D, H = shape
    layer, case = torch_layers.problem("GRU", T, B, D, H, np.random.default_rng(3))
    compare_with_torch(case, torch_layers.answer(layer, case))


# Against the plain LSTM


def test_without_peepholes_it_is_the_lstm():
    w, inputs, losses = draw("peephole", seed=2)
    for name in ("pi", "pf", "po"):
        getattr(w, name)[...] = 0
    run, grads = forward_and_back(w, inputs, losses)
    plain = ll.Weights.from_arrays(**{name: a for name, a in w.named().items() if name[0] != "p"})
    expected = ll.bptt(inputs["x"], plain, **losses, h0=inputs["h0"], c0=inputs["c0"]).named()
    require_close({name: grads[name] for name in expected}, expected)
    for name in ("pi", "pf", "po"):  # they can be learnt from zero
        assert grads[name].all()
    plain_h = ll.forward(inputs["x"], plain, inputs["h0"], inputs["c0"]).h
    require_close({"h": run.h}, {"h": plain_h})


def tied(w):
    """Return the LSTM whose input gate has the forget gate's weights with the sign turned."""
    turned = {name[:-1] + "i": -a for name, a in w.named().items() if name.endswith("f")}
    return ll.Weights.from_arrays(**w.named(), **turned)


def test_coupled_gates_are_an_lstm_with_tied_weights():
    w, inputs, losses = draw("coupled", seed=3)
    run, grads = forward_and_back(w, inputs, losses)
    x, h0, c0 = (inputs[name] for name in ("x", "h0", "c0"))
    require_close({"h": run.h}, {"h": ll.forward(x, tied(w), h0, c0).h})
    lstm = ll.bptt(x, tied(w), **losses, h0=h0, c0=c0).named()
    # A weight that is used in two places, once with a minus, has the difference.
    expected = {name: lstm[name] for name in grads}
    expected |= {name: lstm[name] - lstm[name[:-1] + "i"] for name in w.forms if name.endswith("f")}
    require_close(grads, expected)


# What the public functions promise


@each_cell
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_is_kept(name, dtype):
    w, inputs, losses = draw(name, dtype=dtype)
    run, grads = forward_and_back(w, inputs, losses)
    assert {a.dtype for a in [run.h, *grads.values()]} == {np.dtype(dtype)}


@each_cell
def test_float32_is_float64_to_its_bound(name):
    w, inputs, losses = draw(name, seed=4, dtype="float32")
    _, grads = forward_and_back(w, inputs, losses)
    wide = {n: a.astype("float64") for n, a in (w.named() | inputs | losses).items()}
    cell = CELLS[name](**{n: wide[n] for n in w.forms})
    _, expected = forward_and_back(cell, {n: wide[n] for n in inputs}, {n: wide[n] for n in losses})
    for n, a in grads.items():
        # Up to 12 terms (T B) of size 10 and less in a sum whose result is near 1: 1e-5 are
        # a hundred roundings of float32.
        assert ll.array_error(a, expected[n]) < 1e-5, n


@each_cell
def test_shapes(name):
    w, inputs, losses = draw(name, T=4, B=3, D=2, H=5)
    run, grads = forward_and_back(w, inputs, losses)
    assert run.h.shape == (4, 3, 5)
    assert (run.c is None) == (name == "gru")
    shapes = {n: a.shape for n, a in (w.named() | inputs).items()}
    assert {n: a.shape for n, a in grads.items()} == shapes


@each_cell
def test_states_and_losses_left_out_are_zero(name):
    w, inputs, losses = draw(name, seed=5)
    short = variants.forward(inputs["x"], w)
    zeros = {n: np.zeros_like(a) for n, a in inputs.items() if n != "x"}
    full = variants.forward(inputs["x"], w, **zeros)
    assert np.array_equal(short.h, full.h)
    one = variants.backward(short, None, losses["dh_last"])
    rest = {n: np.zeros_like(a) for n, a in losses.items()} | {"dh_last": losses["dh_last"]}
    other = variants.backward(full, **rest)
    assert all(np.array_equal(one[n], other[n]) for n in one)
    assert one["x"].any()


@each_cell
def test_a_change_in_place_after_forward_changes_nothing(name):
    w, inputs, losses = draw(name, seed=6)
    _, expected = forward_and_back(w, inputs, losses)
    run = variants.forward(w=w, **inputs)
    for a in [*w.named().values(), *inputs.values(), run.h]:
        a *= 3
    received = variants.backward(run, **losses)
    assert all(np.array_equal(received[n], expected[n]) for n in expected)
    again = variants.backward(run, **losses)
    assert all(np.array_equal(again[n], expected[n]) for n in expected)


@each_cell
def test_no_argument_is_changed_and_any_form_of_array_is_taken(name, unchanged, strange_forms):
    w, inputs, losses = draw(name, seed=7)
    _, expected = forward_and_back(w, inputs, losses)
    for change in strange_forms:
        arrays, states, ends = (
            {n: change(a) for n, a in named.items()} for named in (w.named(), inputs, losses)
        )
        with unchanged(*arrays.values(), *states.values(), *ends.values()):
            _, received = forward_and_back(CELLS[name](**arrays), states, ends)
        require_close(received, expected)


@each_cell
def test_a_cell_has_memory_of_its_own(name):
    w, _, _ = draw(name)
    copy = CELLS[name](**w.named())
    assert not any(np.shares_memory(w.named()[n], a) for n, a in copy.named().items())


def test_complex_goes_forward_and_not_back(raises):
    w, inputs, _ = draw("gru", dtype="complex128")
    run = variants.forward(w=w, **inputs)
    assert run.h.dtype == np.complex128
    raises(TypeError, "expected real numbers in the backward pass", variants.backward, run, None)


@pytest.mark.parametrize(
    ("name", "key", "value", "error", "message"),
    [
        ("peephole", "x", np.ones((4, 2)), ValueError, "x: expected shape (T, B, D) with D = 2"),
        ("peephole", "x", np.ones((4, 3, 3)), ValueError, "got (4, 3, 3)"),
        ("coupled", "x", np.ones((0, 3, 2)), ValueError, "x: expected at least one entry along T"),
        ("coupled", "h0", np.ones((2, 5)), ValueError, "h0: expected shape (B, H) with B = 3"),
        ("coupled", "c0", np.full((3, 5), np.nan), ValueError, "c0: expected finite numbers"),
        ("gru", "h0", np.ones(5), ValueError, "h0: expected shape (B, H)"),
        ("gru", "c0", np.ones((3, 5)), ValueError, "c0: expected None, a GRU has no cell state"),
        ("gru", "w", ll.Weights.zeros(2, 5), TypeError, "w: expected Cell, got Weights"),
        ("gru", "x", np.ones((4, 3, 2), np.float16), TypeError, "x: expected float32, float64"),
    ],
)
def test_wrong_arguments_of_forward_are_named(name, key, value, error, message, raises):
    w, inputs, _ = draw(name)
    raises(error, message, variants.forward, **{"w": w, **inputs, key: value})


@pytest.mark.parametrize(
    ("name", "key", "value", "error", "message"),
    [
        ("peephole", "dh", np.ones((3, 3, 5)), ValueError, "dh: expected shape (T, B, H)"),
        ("coupled", "dh_last", np.ones(5), ValueError, "dh_last: expected shape (B, H)"),
        ("coupled", "dc_last", np.ones((3, 5)) * 1j, TypeError, "dc_last: expected real numbers"),
        ("gru", "dc_last", np.ones((3, 5)), ValueError, "dc_last: expected None, a GRU has no"),
        ("gru", "run", 3, TypeError, "run: expected CellRun, got int"),
    ],
)
def test_wrong_arguments_of_backward_are_named(name, key, value, error, message, raises):
    w, inputs, losses = draw(name)
    run = variants.forward(w=w, **inputs)
    raises(error, message, variants.backward, **{"run": run, **losses, key: value})


@pytest.mark.parametrize(
    ("name", "key", "value", "error", "message"),
    [
        ("peephole", "po", np.ones((5, 5)), ValueError, "po: expected shape (H,) with H = 5"),
        ("peephole", "po", None, TypeError, "missing ['po']"),
        ("coupled", "wxi", np.ones((5, 2)), TypeError, "unknown ['wxi']"),
        ("gru", "bhn", np.ones(2), ValueError, "bhn: expected shape (H,) with H = 5, got (2,)"),
        ("gru", "whn", np.full((5, 5), np.inf), ValueError, "whn: expected finite numbers"),
    ],
)
def test_wrong_weights_are_named(name, key, value, error, message, raises):
    w, _, _ = draw(name)
    arrays = {n: a for n, a in (w.named() | {key: value}).items() if a is not None}
    raises(error, message, CELLS[name], **arrays)


def test_a_view_that_got_nan_is_refused(raises):
    w, inputs, _ = draw("gru")
    w.bhn[0] = np.nan
    raises(ValueError, "bhn: expected finite numbers", variants.forward, w=w, **inputs)
