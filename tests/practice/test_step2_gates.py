"""The practice of Step 2 tells right gates from each usual mistake."""

import numpy as np
import pytest

from lstm_lesson.practice import check_gates


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sums(x, h, w):
    return {
        k: getattr(w, "wx" + k) @ x + getattr(w, "wh" + k) @ h + getattr(w, "b" + k) for k in "ifgo"
    }


def right(x, h, w):
    z = sums(x, h, w)
    return sigmoid(z["i"]), sigmoid(z["f"]), np.tanh(z["g"]), sigmoid(z["o"])


def packed(x, h, w):
    z = (w.packed @ np.concatenate([x, [1], h])).reshape(4, -1)
    return {"i": sigmoid(z[0]), "f": sigmoid(z[1]), "g": np.tanh(z[2]), "o": sigmoid(z[3])}


def with_loops(x, h, w):
    z = {k: list(getattr(w, "b" + k)) for k in "ifgo"}
    for k in "ifgo":
        for unit in range(3):
            for column in range(2):
                z[k][unit] += getattr(w, "wx" + k)[unit, column] * x[column]
            for column in range(3):
                z[k][unit] += getattr(w, "wh" + k)[unit, column] * h[column]
    return [[sigmoid(a) for a in z[k]] if k != "g" else np.tanh(z[k]) for k in "ifgo"]


@pytest.mark.parametrize("gates", [right, packed, with_loops])
def test_right_ones_pass(gates):
    verdict = check_gates(gates)
    assert verdict.right, verdict


def sigmoid_on_g(x, h, w):
    return tuple(sigmoid(z) for z in sums(x, h, w).values())


def tanh_everywhere(x, h, w):
    return tuple(np.tanh(z) for z in sums(x, h, w).values())


def swapped_i_f(x, h, w):
    i, f, g, o = right(x, h, w)
    return f, i, g, o


def swapped_g_o(x, h, w):
    i, f, g, o = right(x, h, w)
    return i, f, o, g


def no_bias(x, h, w):
    w = w.copy()
    w.packed[:, 2] = 0
    return right(x, h, w)


def no_recurrence(x, h, w):
    return right(x, 0 * h, w)


def transposed(x, h, w):
    w = w.copy()
    for k in "ifgo":
        setattr(w, "wh" + k, getattr(w, "wh" + k).T.copy())
    return right(x, h, w)


def elementwise(x, h, w):
    return tuple(sigmoid(getattr(w, "wx" + k) * x + getattr(w, "b" + k)) for k in "ifgo")


@pytest.mark.parametrize(
    ("gates", "hint"),
    [
        (sigmoid_on_g, "the candidate may be negative"),
        (tanh_everywhere, "a gate lies between 0 and 1"),
        (swapped_i_f, "i and f are swapped"),
        (swapped_g_o, "g and o are swapped"),
        (no_bias, "the biases are missing"),
        (no_recurrence, "the recurrent part is missing"),
        (transposed, "the recurrent matrices are transposed"),
        (lambda x, h, w: sums(x, h, w), "before the squashing"),
        (elementwise, "a matrix product"),
        (lambda x, h, w: None, "the function returns nothing"),
        (lambda x, h, w: right(x, h, w)[:3], "expected 4 results"),
        (lambda x, h, w: tuple(a + 0.5 for a in right(x, h, w)), ": received "),
        (lambda x, h, w: tuple(a * np.nan for a in right(x, h, w)), "received nan"),
    ],
)
def test_each_mistake_is_named(gates, hint):
    verdict = check_gates(gates)
    assert not verdict.right
    assert hint in verdict.text
