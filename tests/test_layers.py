"""Layers, directions and lengths: against torch, the complex step, and one cell at a time."""

import numpy as np
import pytest

import lstm_lesson as ll
from lstm_lesson import convert, layers

TORCH = convert.stored_answers("pytorch").cases
BOUND = 1e-12  # promised to the reader; the tests below measure errors near 1e-15
CASES = {  # frozen case: layers, directions
    "lstm": (1, 1),
    "two layers": (2, 1),
    "bidirectional": (1, 2),
    "lengths": (1, 1),
    "all": (2, 2),
}


def close(received, expected):
    assert np.any(expected)
    assert ll.array_error(received, expected) < BOUND


def of_torch(state, n_layers, directions):
    """Return the layers of a state_dict."""
    cells = [
        [convert.from_torch(state, n, reverse=bool(d)) for d in range(directions)]
        for n in range(n_layers)
    ]
    return [tuple(pair) if directions == 2 else pair[0] for pair in cells]


def compare_with_torch(case, answers, n_layers, directions, lengths=None):
    run = layers.forward(
        case["x"], of_torch(case, n_layers, directions), case["h0"], case["c0"], lengths=lengths
    )
    grads = layers.backward(run, case["dy"], case["dh_n"], case["dc_n"])
    received = {"y": run.h, "h_n": run.h_last, "c_n": run.c_last}
    received |= {"grad_x": grads.x, "grad_h0": grads.h0, "grad_c0": grads.c0}
    for n, cells in enumerate(grads.cells):
        for d, cell in enumerate(cells):
            for name, a in convert.to_torch(cell).items():
                received[f"grad_{name[:-1]}{n}{'_reverse' if d else ''}"] = a
    assert set(received) == set(answers)
    for name, wanted in answers.items():
        close(received[name], wanted)


@pytest.mark.parametrize("name", CASES)
def test_frozen_torch_output_and_gradients(name):
    case = TORCH[name]
    answers = {k: a for k, a in case.items() if k in ("y", "h_n", "c_n") or k.startswith("grad")}
    compare_with_torch(case, answers, *CASES[name], case.get("lengths"))


@pytest.mark.more
@pytest.mark.parametrize("lengths", [None, [7, 2, 5, 1]])
@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("n_layers", [1, 3])
def test_live_torch_output_and_gradients(n_layers, directions, lengths):
    from oracles import torch_layers  # needs torch, which only `make test-more` brings

    options = {"num_layers": n_layers, "bidirectional": directions == 2}
    rng = np.random.default_rng(4)
    layer, case = torch_layers.problem("LSTM", 7, 4, 2, 3, rng, lengths, **options)
    answers = torch_layers.answer(layer, case, lengths)
    compare_with_torch(case, answers, n_layers, directions, lengths)


def draw(seed=0, dtype="float64"):
    """Return two layers of two directions, and what they are given: no size twice."""
    rng = np.random.default_rng(seed)

    def cell(D):
        return ll.Weights(rng.uniform(-0.6, 0.6, size=(4 * H, D + 1 + H)).astype(dtype))

    T, B, D, H = 5, 4, 2, 3
    both = [(cell(D), cell(D)), (cell(2 * H), cell(2 * H))]
    shapes = {"x": (T, B, D), "h0": (4, B, H), "c0": (4, B, H)}
    shapes |= {"dh": (T, B, 2 * H), "dh_last": (4, B, H), "dc_last": (4, B, H)}
    arrays = {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}
    losses = {name: arrays.pop(name) for name in ("dh", "dh_last", "dc_last")}
    return both, arrays, losses, np.array([3, 5, 1, 4])


def test_complex_step():
    both, inputs, losses, lengths = draw()
    run = layers.forward(inputs["x"], both, inputs["h0"], inputs["c0"], lengths=lengths)
    grads = layers.backward(run, **losses)

    def loss(x, h0, c0, **packed):
        cells = [
            tuple(ll.Weights(packed[f"layer {n}, direction {d}"]) for d in (0, 1)) for n in (0, 1)
        ]
        run = layers.forward(x, cells, h0, c0, lengths=lengths)
        ends = (losses["dh_last"] * run.h_last).sum() + (losses["dc_last"] * run.c_last).sum()
        return (losses["dh"] * run.h).sum() + ends

    arrays, gradients = dict(inputs), {"x": grads.x, "h0": grads.h0, "c0": grads.c0}
    for n in (0, 1):
        for d in (0, 1):
            arrays[f"layer {n}, direction {d}"] = both[n][d].packed
            gradients[f"layer {n}, direction {d}"] = grads.cells[n][d].packed
    ll.check_gradients(loss, arrays, gradients, bound=BOUND).require()


@pytest.mark.parametrize("b", range(4))
def test_each_sequence_is_as_if_it_were_alone(b):
    both, inputs, losses, lengths = draw(seed=1)
    run = layers.forward(inputs["x"], both, inputs["h0"], inputs["c0"], lengths=lengths)
    grads = layers.backward(run, **losses)
    one, T = slice(b, b + 1), lengths[b]
    alone = layers.forward(inputs["x"][:T, one], both, inputs["h0"][:, one], inputs["c0"][:, one])
    close(run.h[:T, one], alone.h)
    close(run.h_last[:, one], alone.h_last)
    close(run.c_last[:, one], alone.c_last)
    assert not run.h[T:, b].any()
    back = layers.backward(
        alone, losses["dh"][:T, one], losses["dh_last"][:, one], losses["dc_last"][:, one]
    )
    close(grads.x[:T, one], back.x)
    close(grads.h0[:, one], back.h0)
    assert not grads.x[T:, b].any()


def test_what_stands_after_the_end_counts_for_nothing():
    both, inputs, losses, lengths = draw(seed=2)
    run = layers.forward(inputs["x"], both, lengths=lengths)
    grads = layers.backward(run, losses["dh"])
    other, loss = inputs["x"].copy(), losses["dh"].copy()
    for b, length in enumerate(lengths):
        other[length:, b], loss[length:, b] = 7, -9
    again = layers.forward(other, both, lengths=lengths)
    same = layers.backward(again, loss)
    assert np.array_equal(again.h, run.h)
    for n in (0, 1):
        for d in (0, 1):
            assert np.array_equal(same.cells[n][d].packed, grads.cells[n][d].packed)


def test_turning_twice_gives_the_sequence_back():
    _, inputs, _, lengths = draw()
    x = inputs["x"]
    turned = layers.reverse_sequences(x, lengths)
    assert np.array_equal(layers.reverse_sequences(turned, lengths), x)
    assert np.array_equal(turned[0, 3], x[3, 3])
    assert np.array_equal(turned[4, 3], x[4, 3])


def test_one_layer_is_the_cell():
    both, inputs, losses, lengths = draw(seed=3)
    w = both[0][0]
    run = layers.forward(inputs["x"], [w], lengths=lengths)
    cell = ll.forward(inputs["x"], w, lengths=lengths)
    assert np.array_equal(run.h, cell.h)
    dh = losses["dh"][..., :3]
    assert np.array_equal(layers.backward(run, dh).cells[0][0].packed, ll.backward(cell, dh).packed)


def test_states_and_losses_left_out_are_zero_and_the_dtype_is_kept():
    both, inputs, losses, _ = draw(dtype="float32")
    zero = np.zeros_like(inputs["h0"])
    run, full = layers.forward(inputs["x"], both), layers.forward(inputs["x"], both, zero, zero)
    assert np.array_equal(run.h, full.h)
    one = layers.backward(run, losses["dh"])
    other = layers.backward(full, losses["dh"], zero, zero)
    assert np.array_equal(one.x, other.x)
    assert one.x.dtype == run.h.dtype == one.cells[0][0].packed.dtype == np.float32
    none = layers.backward(run, None, losses["dh_last"])
    assert none.x.any()


def test_no_argument_is_changed_and_any_form_of_array_is_taken(unchanged, strange_forms):
    both, inputs, losses, lengths = draw(seed=4)
    expected = layers.forward(**inputs, layers=both, lengths=lengths)
    back = layers.backward(expected, **losses)
    for change in strange_forms:
        given = {name: change(a) for name, a in inputs.items()}
        ends = {name: change(a) for name, a in losses.items()}
        with unchanged(*given.values(), *ends.values(), *both[0], *both[1]):
            run = layers.forward(**given, layers=both, lengths=lengths.tolist())
            grads = layers.backward(run, **ends)
        close(run.h, expected.h)
        close(grads.x, back.x)


PLAIN = ll.Weights.zeros(2, 3)


@pytest.mark.parametrize(
    ("key", "value", "error", "message"),
    [
        ("layers", [], ValueError, "layers: expected at least one, got none"),
        ("layers", [PLAIN, PLAIN], ValueError, "layers[1]: expected D = 3, H = 3, got D = 2"),
        ("layers", [(PLAIN, PLAIN)] * 2, ValueError, "layers[1]: expected D = 6, H = 3"),
        ("layers", [(PLAIN, PLAIN, PLAIN)], ValueError, "layers[0]: expected Weights or a pair"),
        ("layers", [(PLAIN, 3)], TypeError, "layers[0]: expected Weights, got int"),
        ("layers", PLAIN, TypeError, "layers: expected Sequence, got Weights"),
        ("x", np.ones((5, 4, 3)), ValueError, "x: expected shape (T, B, D) with D = 2"),
        ("h0", np.ones((2, 4, 3)), ValueError, "h0: expected shape (S, B, H) with S = 4"),
        ("c0", np.full((4, 4, 3), np.nan), ValueError, "c0: expected finite numbers"),
        ("lengths", [3, 5, 1], ValueError, "lengths: expected shape (B,) with B = 4, got (3,)"),
        ("lengths", [3, 6, 1, 4], ValueError, "lengths: expected 1 to T = 5, got 6"),
    ],
)
def test_wrong_arguments_of_forward_are_named(key, value, error, message, raises):
    both, inputs, _, _ = draw()
    raises(error, message, layers.forward, **{"layers": both, **inputs, key: value})


@pytest.mark.parametrize(
    ("key", "value", "error", "message"),
    [
        ("run", 3, TypeError, "run: expected LayersRun, got int"),
        ("dh", np.ones((5, 4, 3)), ValueError, "dh: expected shape (T, B, outputs)"),
        ("dh_last", np.ones((4, 3)), ValueError, "dh_last: expected shape (S, B, H)"),
        ("dc_last", np.ones((4, 4, 3)) * 1j, TypeError, "dc_last: expected real numbers"),
    ],
)
def test_wrong_arguments_of_backward_are_named(key, value, error, message, raises):
    both, inputs, losses, _ = draw()
    run = layers.forward(layers=both, **inputs)
    raises(error, message, layers.backward, **{"run": run, **losses, key: value})


@pytest.mark.parametrize("both", [False, True], ids=["one direction", "two"])
def test_what_stands_after_the_end_may_be_anything(both):
    w = ll.init_weights(2, 3)
    cells, lengths = [(w, w) if both else w], [4, 1, 3]
    x, dh = np.ones((4, 3, 2)), np.ones((4, 3, 6 if both else 3))
    expected = layers.backward(layers.forward(x, cells, lengths=lengths), dh)
    gone = np.arange(4)[:, None] >= lengths
    x[gone], dh[gone] = np.nan, np.inf
    received = layers.backward(layers.forward(x, cells, lengths=lengths), dh)
    for a, b in zip(received.cells[0], expected.cells[0], strict=True):
        assert np.array_equal(a.packed, b.packed)
    assert np.array_equal(received.x, expected.x)
    if not both:
        run = ll.forward(x, w, lengths=lengths)
        assert np.array_equal(ll.backward(run, dh).packed, expected.cells[0][0].packed)


def test_what_stands_before_the_end_is_looked_at(raises):
    x = np.full((4, 3, 2), np.nan)
    raises(
        ValueError, "x: expected finite", ll.forward, x, ll.init_weights(2, 3), lengths=[4, 1, 3]
    )
