"""GRU and plain network in other layouts: round trips, and the libraries' own answers."""

import numpy as np
import pytest

import lstm_lesson as ll
from lstm_lesson import convert, convert_cells, rnn, variants

KERAS, ONNX, TORCH = (convert.stored_answers(name).cases for name in ("keras", "onnx", "pytorch"))
ROUND_TRIPS = {
    "pytorch": (convert_cells.gru_to_torch, convert_cells.gru_from_torch),
    "keras": (convert_cells.gru_to_keras, convert_cells.gru_from_keras),
    "onnx": (
        convert_cells.gru_to_onnx,
        lambda arrays: convert_cells.gru_from_onnx(**arrays, linear_before_reset=1),
    ),
}
BOUND = 1e-12


def draw(seed=0, D=2, H=5):
    rng, sizes = np.random.default_rng(seed), {"D": D, "H": H}
    forms = variants.GRU.forms.items()
    return variants.GRU(
        **{name: rng.normal(size=[sizes[axis] for axis in form.split()]) for name, form in forms}
    )


@pytest.mark.parametrize(("D", "H"), [(1, 1), (2, 5), (4, 4), (7, 2)])
@pytest.mark.parametrize("library", ROUND_TRIPS)
def test_there_and_back_is_exact(library, D, H):
    there, back = ROUND_TRIPS[library]
    w = draw(D=D, H=H)
    for name, array in back(there(w)).named().items():
        assert np.array_equal(array, w.named()[name])


def test_the_plain_network_there_and_back_is_exact():
    w = rnn.init_rnn(3, 4)
    for name, array in convert_cells.rnn_from_torch(convert_cells.rnn_to_torch(**w)).items():
        assert np.array_equal(array, w[name])


def test_torch_s_gru_answers_the_same():
    case = TORCH["gru"]
    run = variants.forward(case["x"], convert_cells.gru_from_torch(case), case["h0"][0])
    assert ll.array_error(run.h, case["y"]) < BOUND


def test_onnx_s_gru_answers_the_same_and_the_other_cell_is_refused(raises):
    case = ONNX["gru"]
    arrays = {name: case[name] for name in "WRB"}
    w = convert_cells.gru_from_onnx(**arrays, linear_before_reset=1)
    run = variants.forward(case["X"], w, case["initial_h"][0])
    assert ll.array_error(run.h, case["Y"][:, 0]) < BOUND
    message = "linear_before_reset: expected 1, got 0"
    raises(ValueError, message, convert_cells.gru_from_onnx, **arrays, linear_before_reset=0)


def test_keras_gru_answers_the_same():
    """One unit and one input, weights set by hand; answered by Keras 3.15.1 in float64."""
    kernel, recurrent = [[0.5, -1.25, 0.75]], [[1.5, 0.25, -0.5]]
    bias = [[0.1, 0.2, 0.3], [-0.4, 0.6, 0.7]]
    answer = [0.39048178093883046, -0.2823061222224632, 0.3887436856595588]
    w = convert_cells.gru_from_keras([kernel, recurrent, bias])
    run = variants.forward(np.reshape([1.0, -2.0, 0.5], (3, 1, 1)), w)
    assert ll.array_error(run.h.ravel(), answer) < BOUND


def test_keras_reset_before_is_refused(raises):
    kernel, recurrent, bias = convert_cells.gru_to_keras(draw())
    raises(
        ValueError, "reset_after=False", convert_cells.gru_from_keras, [kernel, recurrent, bias[0]]
    )


def test_a_single_cell_has_no_layer_in_its_names(raises):
    w = ll.init_weights(2, 3)
    cell = {name.removesuffix("_l0"): array for name, array in convert.to_torch(w).items()}
    assert np.array_equal(convert.from_torch(cell, layer=None).packed, w.packed)
    raises(ValueError, "none (layer=None)", convert.from_torch, cell)


@pytest.mark.more
@pytest.mark.parametrize("seed", range(60))
def test_random_grus_are_torch_s(seed):
    import torch

    rng = np.random.default_rng(seed)
    T, B, D, H = rng.integers(1, 9, 4).tolist()
    layer = torch.nn.GRU(D, H, bias=bool(seed % 4)).double()
    x = torch.tensor(rng.normal(size=(T, B, D)), requires_grad=True)
    h0 = torch.tensor(rng.normal(size=(1, B, H)), requires_grad=True)
    dh = rng.normal(size=(T, B, H))
    y, _ = layer(x, h0)
    y.backward(torch.tensor(dh))
    w = convert_cells.gru_from_torch({n: a.detach() for n, a in layer.state_dict().items()})
    run = variants.forward(x.detach().numpy(), w, h0.detach().numpy()[0])
    grads = variants.backward(run, dh)
    assert ll.array_error(run.h, y.detach().numpy()) < BOUND
    assert ll.array_error(grads["x"], x.grad.numpy()) < BOUND
    assert ll.array_error(grads["h0"], h0.grad.numpy()[0]) < BOUND
    wx = np.concatenate([grads["wx" + k] for k in "run"])
    assert ll.array_error(wx, layer.weight_ih_l0.grad.numpy()) < BOUND


@pytest.mark.more
@pytest.mark.parametrize("seed", range(30))
def test_random_plain_networks_are_torch_s(seed):
    import torch

    rng = np.random.default_rng(seed)
    T, B, D, H = rng.integers(1, 9, 4).tolist()
    layer = torch.nn.RNN(D, H, bias=bool(seed % 4)).double()
    x = torch.tensor(rng.normal(size=(T, B, D)), requires_grad=True)
    dh = rng.normal(size=(T, B, H))
    y, _ = layer(x)
    y.backward(torch.tensor(dh))
    weights = convert_cells.rnn_from_torch({n: a.detach() for n, a in layer.state_dict().items()})
    run = rnn.rnn_forward(x.detach().numpy(), **weights)
    grads = rnn.rnn_backward(run, dh)
    assert ll.array_error(run.h, y.detach().numpy()) < BOUND
    assert ll.array_error(grads["x"], x.grad.numpy()) < BOUND
    assert ll.array_error(grads["wh"], layer.weight_hh_l0.grad.numpy()) < BOUND
