"""Other libraries' layouts: round trips are exact, and the libraries' own answers come out."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.problems import BOUNDS, Problem, draw, largest_sums

import lstm_lesson as ll
from lstm_lesson import convert

KERAS, ONNX, TORCH = (convert.stored_answers(name).cases for name in ("keras", "onnx", "pytorch"))
KERNELS = ("kernel", "recurrent_kernel", "bias")

# name: there, back
ROUND_TRIPS = {
    "pytorch": (convert.to_torch, convert.from_torch),
    "keras": (convert.to_keras, convert.from_keras),
    "onnx": (convert.to_onnx, lambda arrays: convert.from_onnx(**arrays)),
}
SHAPES = {
    "pytorch": {
        "weight_ih_l0": (20, 2),
        "weight_hh_l0": (20, 5),
        "bias_ih_l0": (20,),
        "bias_hh_l0": (20,),
    },
    "keras": [(2, 20), (5, 20), (20,)],
    "onnx": {"W": (1, 20, 2), "R": (1, 20, 5), "B": (1, 40)},
}


def weights(seed=0, D=2, H=5, dtype="float64"):
    return draw(seed, D=D, H=H, dtype=dtype).w


def arrays_of(there):
    """Return the arrays of a layout in a list, with their names."""
    return there.items() if isinstance(there, dict) else enumerate(there)


# Round trips


@pytest.mark.parametrize("library", ROUND_TRIPS)
@given(seed=st.integers(0, 2**32 - 1), D=st.integers(1, 6), H=st.integers(1, 6))
def test_there_and_back_is_exact(library, seed, D, H):
    there, back = ROUND_TRIPS[library]
    w = weights(seed, D, H)
    assert np.array_equal(back(there(w)).packed, w.packed)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
@pytest.mark.parametrize("library", ROUND_TRIPS)
def test_the_dtype_is_kept(library, dtype):
    there, back = ROUND_TRIPS[library]
    w = weights(dtype=dtype)
    assert {a.dtype for _, a in arrays_of(there(w))} == {np.dtype(dtype)}
    assert back(there(w)).packed.dtype == dtype


@pytest.mark.parametrize("library", ROUND_TRIPS)
def test_shapes_are_those_of_the_library(library):
    there = ROUND_TRIPS[library][0](weights())
    assert {k: a.shape for k, a in arrays_of(there)} == dict(arrays_of(SHAPES[library]))


@pytest.mark.parametrize("library", ROUND_TRIPS)
def test_nothing_shares_memory_and_nothing_is_changed(library, unchanged):
    there, back = ROUND_TRIPS[library]
    w = weights()
    with unchanged(w):
        converted = there(w)
    given_arrays = [a for _, a in arrays_of(converted)]
    assert not any(np.shares_memory(a, w.packed) for a in given_arrays)
    with unchanged(*given_arrays):
        returned = back(converted)
    assert not any(np.shares_memory(a, returned.packed) for a in given_arrays)


@given(order=st.permutations("ifgo").map("".join), seed=st.integers(0, 2**32 - 1))
def test_every_order_is_undone_by_itself_alone(order, seed):
    w = weights(seed)
    stacked = convert.stack(w, order)
    assert np.array_equal(convert.unstack(*stacked, order).packed, w.packed)
    if order != "ifgo":
        assert not np.array_equal(convert.unstack(*stacked, "ifgo").packed, w.packed)


def test_any_form_of_array_is_taken(strange_forms):
    w = weights()
    for change in strange_forms:
        for there, back in ROUND_TRIPS.values():
            converted = there(w)
            if isinstance(converted, dict):
                changed = {k: change(a) for k, a in converted.items()}
            else:
                changed = [change(a) for a in converted]
            assert np.array_equal(back(changed).packed, w.packed)


# The libraries' own answers. 1e-12 is promised to the reader; measured errors are below 1e-15.


def test_frozen_answers_say_where_they_come_from():
    for name, words in {
        "keras": ("keras.layers.LSTM", "tests/oracles/make_keras_vectors.py"),
        "onnx": ("onnx.reference", "tests/oracles/make_onnx_vectors.py"),
        "pytorch": ("torch.nn.LSTM", "tests/oracles/make_torch_layers.py"),
    }.items():
        source = convert.stored_answers(name).source
        assert {"numpy", "seed", "cases", "oracle", "made by"} <= set(source)
        for word in words:
            assert word in str(source), (name, word)


def close(received, expected, bound=1e-12):
    assert np.any(expected)
    assert ll.array_error(received, expected) < bound


@pytest.mark.parametrize("name", KERAS)
def test_keras_output_and_gradients(name):
    case = KERAS[name]
    w = convert.from_keras([case[k] for k in KERNELS if k in case])
    run = ll.forward(case["x"], w, case["h0"], case["c0"])
    close(run.h, case["h"])
    close(run.c[-1], case["c_last"])
    grads = ll.backward(run, case["dh"], case["dh_last"], case["dc_last"])
    for key, received in zip(KERNELS, convert.to_keras(grads), strict=True):
        if key in case:
            close(received, case["grad_" + key])
    for key in ("x", "h0", "c0"):
        close(getattr(grads, key), case["grad_" + key])


def test_onnx_output():
    case = ONNX["lstm"]
    w = convert.from_onnx(case["W"], case["R"], case["B"])
    run = ll.forward(case["X"], w, case["initial_h"][0], case["initial_c"][0])
    close(run.h, case["Y"][:, 0])
    close(run.c[-1], case["Y_c"][0])


def test_onnx_output_of_both_directions():
    case = ONNX["bidirectional"]
    for direction in (0, 1):
        w = convert.from_onnx(case["W"], case["R"], case["B"], direction)
        x = case["X"][::-1] if direction else case["X"]
        run = ll.forward(x, w, case["initial_h"][direction], case["initial_c"][direction])
        y = case["Y"][:, direction]
        close(run.h, y[::-1] if direction else y)
        close(run.c[-1], case["Y_c"][direction])


def answers_to(state_dict, x, h0, c0, dy, dh_n, dc_n):
    """Return what the package makes of a torch ``state_dict``: output, states, gradients."""
    run = ll.forward(x, convert.from_torch(state_dict), h0[0], c0[0])
    grads = ll.backward(run, dy, dh_n[0], dc_n[0])
    outputs = {"y": run.h, "h_n": run.h[-1:], "c_n": run.c[-1:]}
    outputs |= {"grad_" + name: a for name, a in convert.to_torch(grads).items()}
    return outputs | {"grad_x": grads.x, "grad_h0": grads.h0[None], "grad_c0": grads.c0[None]}


INPUTS = ("x", "h0", "c0", "dy", "dh_n", "dc_n")


def test_a_torch_state_dict_gives_torch_s_output_and_gradients():
    case = TORCH["lstm"]
    assert case["bias_hh_l0"].any()  # two biases, both used
    received = answers_to(case, **{name: case[name] for name in INPUTS})
    for name, a in received.items():
        close(a, case[name])


@pytest.mark.more
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_live_torch_state_dict_gives_torch_s_output_and_gradients(dtype):
    import torch
    from oracles import torch_layers  # needs torch, which only `make test-more` brings

    layer, given_arrays = torch_layers.problem("LSTM", 6, 3, 2, 5, np.random.default_rng(1))
    layer.to(getattr(torch, dtype))
    given_arrays = {name: a.astype(dtype) for name, a in given_arrays.items()}
    expected = torch_layers.answer(layer, given_arrays)
    inputs = {name: given_arrays[name] for name in INPUTS}
    received = answers_to(layer.state_dict(), **inputs)
    # In float32 two programs differ by their rounding: judge by the sums that went in.
    summed = sums_of(given_arrays)
    for name, a in received.items():
        assert a.dtype == dtype
        error = ll.array_error(a, expected[name], summed if dtype == "float32" else 0.0)
        assert error < {"float64": 1e-12, "float32": BOUNDS["float32"]}[dtype], name


def sums_of(case):
    """Return the largest sum of absolute values that goes into any of the gradients."""
    w = convert.from_torch(case)
    arrays = (case["x"], w, case["dy"], *(case[k][0] for k in ("h0", "c0", "dh_n", "dc_n")))
    return max(largest_sums(Problem(*arrays)).values())


@pytest.mark.more
def test_live_torch_takes_our_weights():
    import torch

    w = weights(D=2, H=5)
    lstm = torch.nn.LSTM(2, 5, dtype=torch.float64)
    lstm.load_state_dict({k: torch.tensor(a) for k, a in convert.to_torch(w).items()})
    x = np.random.default_rng(2).normal(size=(6, 3, 2))
    with torch.no_grad():
        y, _ = lstm(torch.tensor(x))
    close(ll.forward(x, w).h, y.numpy())
    model = torch.nn.ModuleDict({"lstm": lstm})
    returned = convert.from_torch(model.state_dict(), prefix="lstm.")
    assert np.array_equal(returned.packed, w.packed)


@pytest.mark.more
@pytest.mark.parametrize("name", ["lstm", "bidirectional"])
def test_live_onnx_takes_our_weights(name):
    from oracles import onnx_cell

    case = ONNX[name]
    directions = range(len(case["W"]))
    cells = [convert.from_onnx(case["W"], case["R"], case["B"], d) for d in directions]
    arrays = [convert.to_onnx(w) for w in cells]
    ours = {k: np.concatenate([a[k] for a in arrays]) for k in "WRB"}
    assert not np.array_equal(ours["B"], case["B"])  # the split of the biases is lost
    attributes = {"direction": "bidirectional"} if name == "bidirectional" else {}
    H = case["R"].shape[-1]
    received = onnx_cell.states("LSTM", H, case | ours, **attributes)
    close(received["Y"], case["Y"])


# The two biases


def test_two_biases_are_added_and_their_split_is_lost():
    state = convert.to_torch(weights())
    state["bias_ih_l0"], state["bias_hh_l0"] = np.full(20, 1.0), np.full(20, 2.0)
    w = convert.from_torch(state)
    assert np.array_equal(w.bf, np.full(5, 3.0))
    again = convert.to_torch(w)
    assert np.array_equal(again["bias_ih_l0"], np.full(20, 3.0))
    assert not again["bias_hh_l0"].any()


def test_both_torch_biases_have_the_whole_gradient():
    p = draw()
    grads = convert.to_torch(ll.bptt(*p))
    assert np.array_equal(grads["bias_ih_l0"], grads["bias_hh_l0"])
    assert grads["bias_hh_l0"].any()


def test_a_layer_without_biases_has_zero_biases():
    state, kernels = convert.to_torch(weights()), convert.to_keras(weights())
    onnx = convert.to_onnx(weights())
    for w in (
        convert.from_torch({k: state[k] for k in ("weight_ih_l0", "weight_hh_l0")}),
        convert.from_keras(kernels[:2]),
        convert.from_onnx(onnx["W"], onnx["R"]),
    ):
        assert not any(getattr(w, "b" + k).any() for k in "ifgo")
        assert np.array_equal(w.wxo, weights().wxo)


def test_a_layer_and_a_direction_are_chosen_by_name():
    case = TORCH["all"]
    for layer in (0, 1):
        for reverse in (False, True):
            w = convert.from_torch(case, layer, reverse)
            end = f"_l{layer}{'_reverse' if reverse else ''}"
            assert np.array_equal(w.wxg, case["weight_ih" + end][6:9])
            assert np.array_equal(w.bf, case["bias_ih" + end][3:6] + case["bias_hh" + end][3:6])


# What is refused


def changed(library, key, value):
    """Return a layout with one array replaced, or without it for None."""
    there = ROUND_TRIPS[library][0](weights())
    there = dict(arrays_of(there))
    if value is None:
        del there[key]
    else:
        there[key] = value
    return list(there.values()) if library == "keras" else there


def nan(*shape):
    a = np.zeros(shape)
    a[-1] = np.nan
    return a


@pytest.mark.parametrize(
    ("library", "key", "value", "error", "message"),
    [
        (
            "pytorch",
            "weight_ih_l0",
            np.ones((2, 20)),
            ValueError,
            "weight_ih_l0: expected shape (4H, D) with 4H = 20, got (2, 20)",
        ),
        (
            "pytorch",
            "weight_hh_l0",
            np.ones((5, 20)),
            ValueError,
            "weight_hh_l0: expected shape (4H, H) with 4H = 20, H = 5, got (5, 20)",
        ),
        (
            "pytorch",
            "weight_hh_l0",
            np.ones((15, 5)),  # a GRU
            ValueError,
            "weight_hh_l0: expected shape (4H, H) with 4H = 20, H = 5, got (15, 5)",
        ),
        ("pytorch", "bias_hh_l0", np.ones(5), ValueError, "bias_hh_l0: expected shape (4H,)"),
        (
            "pytorch",
            "bias_hh_l0",
            None,
            ValueError,
            "missing bias_hh_l0; expected a prefix for which there is one: ''",
        ),
        (
            "pytorch",
            "weight_ih_l0",
            None,
            ValueError,
            "missing weight_ih_l0; expected names with weight_ih, got 3",
        ),
        ("pytorch", "bias_ih_l0", nan(20), ValueError, "bias_ih_l0: expected finite numbers"),
        (
            "pytorch",
            "weight_hh_l0",
            np.ones((20, 5), np.float16),
            TypeError,
            "weight_hh_l0: expected float32, float64 (complex128 in the forward pass), got float16",
        ),
        (
            "pytorch",
            "weight_hr_l0",
            np.ones((3, 5)),
            ValueError,
            "state_dict: expected no projection, got weight_hr_l0",
        ),
        (
            "keras",
            0,
            np.ones((20, 2)),
            ValueError,
            "kernel: expected shape (D, 4H) with 4H = 20, got (20, 2)",
        ),
        (
            "keras",
            1,
            np.ones((20, 5)),
            ValueError,
            "recurrent_kernel: expected shape (H, 4H) with H = 5, 4H = 20, got (20, 5)",
        ),
        ("keras", 2, np.ones((2, 20)), ValueError, "bias: expected shape (4H,)"),
        ("keras", 3, np.ones(20), ValueError, "expected kernel, recurrent_kernel, bias, got 4"),
        ("onnx", "W", np.ones((20, 2)), ValueError, "W: expected shape (N, 4H, D)"),
        (
            "onnx",
            "R",
            np.ones((1, 5, 20)),
            ValueError,
            "R: expected shape (N, 4H, H) with 4H = 20, H = 5, got (1, 5, 20)",
        ),
        ("onnx", "B", np.ones((1, 20)), ValueError, "B: expected shape (N, 8H)"),
        ("onnx", "B", np.ones((2, 40)), ValueError, "got (2, 40)"),
    ],
)
def test_a_wrong_layout_is_named(library, key, value, error, message, raises):
    raises(error, message, ROUND_TRIPS[library][1], changed(library, key, value))


def test_wrong_arguments_are_named(raises):
    w, onnx = weights(), convert.to_onnx(weights())
    raises(ValueError, "library: expected 'pytorch' or", convert.stored_answers, "tensorflow")
    raises(ValueError, "order: expected the letters i, f, g, o", convert.stack, w, "ifcg")
    raises(ValueError, "got 'ifg'", convert.unstack, *convert.stack(w, "ifgo"), "ifg")
    raises(TypeError, "w: expected Weights, got ndarray", convert.stack, w.packed, "ifgo")
    raises(TypeError, "state_dict: expected Mapping, got Weights", convert.from_torch, w)
    raises(ValueError, "got none", convert.from_torch, {})
    model = {f"encoder.{n}": a for n, a in convert.to_torch(w).items()} | {"head": w.bi}
    raises(ValueError, "there is one: 'encoder.'", convert.from_torch, model)
    many = {f"layer{k}.weight": w.bi for k in range(500)}
    raises(ValueError, "got 500 others: layer0.weight", convert.from_torch, many)
    raises(ValueError, "layer: expected at least 0", convert.from_torch, {}, -1)
    raises(ValueError, "missing weight_ih_l1", convert.from_torch, convert.to_torch(w), 1)
    raises(
        ValueError, "missing weight_ih_l0_reverse", convert.from_torch, convert.to_torch(w), 0, True
    )
    raises(
        ValueError, "missing lstm.weight", convert.from_torch, convert.to_torch(w), prefix="lstm."
    )
    raises(ValueError, "direction: expected 0, got 1", convert.from_onnx, **onnx, direction=1)
    for wx, wh, b, message in [
        (np.ones((8, 3)), np.ones((8, 3)), np.ones(8), "wh: expected shape (4H, H)"),
        (np.ones((3, 8)), np.ones((8, 2)), np.ones(8), "wx: expected shape (4H, D)"),
        (np.ones((8, 3)), np.ones((8, 2)), np.ones(2), "b: expected shape (4H,)"),
    ]:
        raises(ValueError, message, convert.unstack, wx, wh, b, "ifgo")


@pytest.mark.more
def test_a_parameter_that_still_records_gradients_is_refused_by_torch_s_own_words():
    import torch

    lstm = torch.nn.LSTM(2, 5)
    with pytest.raises(TypeError, match=r"weight_\w+_l0: .*detach"):
        convert.from_torch(dict(lstm.named_parameters()))


@pytest.mark.more
def test_the_lines_for_readers_with_torch_run():
    page = Path(__file__).parents[1] / "book" / "frameworks.md"
    (lines,) = re.findall(
        r"^```python\n(import torch\n.*?)^```$", page.read_text("utf-8"), re.M | re.S
    )
    exec(lines, {"convert": convert, "ll": ll})
