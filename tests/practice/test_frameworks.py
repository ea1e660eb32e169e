"""The checks of the practice on layouts know right answers and name each wrong one."""

import numpy as np
import pytest

import lstm_lesson as ll
from lstm_lesson import convert, practice


def stacked(w, kind, order="ifgo"):
    return np.concatenate([getattr(w, kind + k) for k in order])


def keras_by_blocks(w):
    """Put transposed blocks side by side."""
    return {
        "kernel": np.hstack([getattr(w, "wx" + k).T for k in "ifgo"]),
        "recurrent_kernel": np.hstack([getattr(w, "wh" + k).T for k in "ifgo"]),
        "bias": np.hstack([w.bi, w.bf, w.bg, w.bo]),
    }


def keras_from_packed(w):
    D = w.n_inputs
    return w.packed[:, :D].T, w.packed[:, D + 1 :].T, w.packed[:, D]


@pytest.mark.parametrize("answer", [convert.to_keras, keras_by_blocks, keras_from_packed])
def test_right_ways_to_keras_pass(answer):
    assert practice.check_to_keras(answer).right


def keras(order="ifgo", turn=np.transpose, recurrent=None):
    """Return a way to Keras in which one thing is done in another way."""

    def answer(w):
        wh = turn(stacked(w, "wh", order)) if recurrent is None else recurrent(w)
        return turn(stacked(w, "wx", order)), wh, stacked(w, "b", order)

    return answer


def read_on(matrix):
    return matrix.reshape(matrix.shape[1], -1)


def turned_twice(w):
    return np.concatenate([getattr(w, "wh" + k).T for k in "ifgo"]).T


TO_KERAS = {
    "in the order i, f, o, g": keras("ifog"),
    "in the order of ONNX": keras("iofg"),
    "reshaped instead of transposed: the numbers are read on": keras(turn=read_on),
    "the kernel is reshaped": lambda w: (read_on(stacked(w, "wx")), *keras()(w)[1:]),
    "each recurrent block was transposed": keras(recurrent=turned_twice),
    "the bias holds zeros alone": lambda w: (*keras()(w)[:2], np.zeros(12)),
    "kernel: expected shape (2, 12), got (12, 2)": keras(turn=lambda matrix: matrix),
    "expected 3 results: kernel, recurrent_kernel, bias": lambda w: keras()(w)[:2],
}


@pytest.mark.parametrize("sentence", TO_KERAS)
def test_each_wrong_way_to_keras_is_named(sentence):
    verdict = practice.check_to_keras(TO_KERAS[sentence])
    assert not verdict.right
    assert sentence in verdict.text


def onnx(order="iofg", bias=lambda a, b: a + b):
    """Return a way from ONNX in which one thing is done in another way."""

    def answer(W, R, B):
        first, second = np.split(B[0], 2)
        return convert.unstack(W[0], R[0], bias(first, second), order)

    return answer


def onnx_by_slices(W, R, B):
    """Return a dictionary of twelve."""
    H, arrays = R.shape[-1], {}
    for place, k in enumerate("iofg"):
        rows = slice(place * H, (place + 1) * H)
        arrays |= {"wx" + k: W[0, rows], "wh" + k: R[0, rows]}
        arrays["b" + k] = B[0, rows] + B[0, 4 * H :][rows]
    return arrays


@pytest.mark.parametrize("answer", [convert.from_onnx, onnx(), onnx_by_slices])
def test_right_ways_from_onnx_pass(answer):
    assert practice.check_from_onnx(answer).right


def transposed(W, R, B):
    right = onnx()(W, R, B).named()
    return right | {"wh" + k: right["wh" + k].T for k in "ifgo"}


def neighbours(W, R, B):
    return convert.unstack(W[0], R[0], B[0].reshape(-1, 2).sum(axis=1), "iofg")


FROM_ONNX = {
    "read in our order, i, f, g, o": onnx("ifgo"),
    "read as i, f, o, g": onnx("ifog"),
    "read as i, o, c, f": onnx("iogf"),
    "only the first half of B is used": onnx(bias=lambda a, b: a),
    "only the second half of B is used": onnx(bias=lambda a, b: b),
    "the first bias is added twice": onnx(bias=lambda a, b: a + a),
    "the second bias is added twice": onnx(bias=lambda a, b: b + b),
    "the mean of the two biases": onnx(bias=lambda a, b: (a + b) / 2),
    "neighbours in B are added": neighbours,
    "the recurrent blocks are transposed": transposed,
    "expected 12 results": lambda W, R, B: (W[0], R[0], B[0]),
}


@pytest.mark.parametrize("sentence", FROM_ONNX)
def test_each_wrong_way_from_onnx_is_named(sentence):
    verdict = practice.check_from_onnx(FROM_ONNX[sentence])
    assert not verdict.right
    assert sentence in verdict.text


@pytest.mark.parametrize("check", [practice.check_to_keras, practice.check_from_onnx])
def test_unwritten_and_failing_functions_are_not_right(check):
    assert "returns nothing" in check(lambda *arguments: None).text
    verdict = check(lambda *arguments: ll.Weights.zeros(1, 1).packed @ np.ones(7))
    assert not verdict.right
    assert "it raised ValueError" in verdict.text


def test_an_unknown_mistake_shows_the_first_wrong_entry():
    def answer(w):
        kernel, recurrent, bias = convert.to_keras(w)
        recurrent[1, 2] += 0.1
        return kernel, recurrent, bias

    assert practice.check_to_keras(answer).text.startswith("recurrent_kernel[1, 2]: received")
