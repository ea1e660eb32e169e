"""The check of "Making it fast" knows right answers in any style, and names each wrong one."""

import numpy as np
import pytest

import lstm_lesson as ll
from lstm_lesson import practice


def packed(
    x, w, h0, c0, *, order=(0, 1, 2, 3), halves=(0.5, 0.5, 1, 0.5), one=1, feed=True, dtype=None
):
    """Fill rows [x, 1, h] and take one product a step."""
    (T, B, D), H, dtype = x.shape, w.n_hidden, dtype or x.dtype
    rows = np.empty((T + 1, B, D + 1 + H), dtype)
    rows[:T, :, :D], rows[:, :, D], rows[0, :, D + 1 :] = x, one, h0
    c, h = np.empty((T + 1, B, H), dtype), np.empty((T, B, H), dtype)
    c[0] = c0
    for t in range(T):
        z = rows[t] @ w.packed.T
        gates = [z[:, k * H : (k + 1) * H] for k in order]
        i, f, g, o = (
            np.tanh(gate * s) * q + (1 - q)
            for gate, s, q in zip(gates, halves, (0.5, 0.5, 1, 0.5), strict=True)
        )
        c[t + 1] = f * c[t] + i * g
        h[t] = o * np.tanh(c[t + 1])
        rows[t + 1, :, D + 1 :] = h[t] if feed else h0
    return h, c[1:]


def with_the_package(x, w, h0, c0):
    run = ll.forward(x, w, h0, c0)
    return {"c": run.c, "h": run.h}


def lists(x, w, h0, c0):
    steps = ll.unroll(x, w, h0, c0)
    return np.array([s.h for s in steps]), np.array([s.c for s in steps])


@pytest.mark.parametrize("function", [packed, with_the_package, lists])
def test_right_answers_in_any_style_pass(function):
    verdict = practice.check_fast_forward(function)
    assert verdict.right, verdict.text


def one_buffer(which):
    def function(*arguments):
        h, c = packed(*arguments)
        h, c = ([a[-1]] * len(a) if name in which else a for name, a in (("h", h), ("c", c)))
        return np.array(h), np.array(c)

    return function


def halves_w(x, w, h0, c0):
    result = packed(x, w, h0, c0)
    w.packed *= 0.5
    return result


def writes_into(index):
    def function(*arguments):
        result = packed(*arguments)
        arguments[index][...] = 0
        return result

    return function


def shared_buffer(which):
    buffers = {}

    def function(*arguments):
        result = dict(zip("hc", packed(*arguments), strict=True))
        buffer = buffers.setdefault((which, arguments[0].dtype), np.empty_like(result[which]))
        buffer[...] = result[which]
        return result | {which: buffer}

    return function


ZERO = np.zeros((3, 5))
WRONG = {
    "h0 and c0 are ignored": lambda x, w, h0, c0: packed(x, w, ZERO, ZERO),
    "h0 is ignored": lambda x, w, h0, c0: packed(x, w, ZERO, c0),
    "c0 is ignored": lambda x, w, h0, c0: packed(x, w, h0, ZERO),
    "the biases are missing": lambda *a: packed(*a, one=0),
    "read in the order i, f, o, g": lambda *a: packed(*a, order=(0, 1, 3, 2)),
    "every step takes in h0": lambda *a: packed(*a, feed=False),
    "the half inside is missing": lambda *a: packed(*a, halves=(1, 1, 1, 1)),
    "the candidate is tanh(z), not tanh(z / 2)": lambda *a: packed(*a, halves=(0.5,) * 4),
    "all rows of h and c are the last ones": one_buffer("hc"),
    "all rows of h are the last one": one_buffer("h"),
    "all rows of c are the last one": one_buffer("c"),
    "the rows begin with h0": lambda *a: (np.stack([a[2], *packed(*a)[0][:-1]]), packed(*a)[1]),
    "the two results are swapped": lambda *a: packed(*a)[::-1],
    "w was changed": halves_w,
    "x was changed": writes_into(0),
    "h0 was changed": writes_into(2),
    "c0 was changed": writes_into(3),
    "h is float64 when all arguments are float32": lambda *a: packed(*a, dtype="float64"),
    "c is float64 when all arguments are float32": lambda *a: (
        packed(*a)[0],
        packed(*a)[1].astype("float64"),
    ),
    "h of the first call changed during the second": shared_buffer("h"),
    "c of the first call changed during the second": shared_buffer("c"),
    "expected shape (4, 3, 5), got (3, 5)": lambda *a: [r[-1] for r in packed(*a)],
    "expected 2 results": lambda *a: packed(*a)[0],
}


@pytest.mark.parametrize("sentence", WRONG)
def test_each_wrong_answer_is_named(sentence):
    verdict = practice.check_fast_forward(WRONG[sentence])
    assert not verdict.right
    assert sentence in verdict.text


def test_an_unknown_mistake_shows_the_first_wrong_entry():
    verdict = practice.check_fast_forward(lambda *a: (packed(*a)[0], packed(*a)[1] + 0.01))
    assert not verdict.right
    assert verdict.text.startswith("c[")


def test_the_unwritten_function_is_not_right():
    def fast_forward(x, w, h0, c0): ...

    verdict = practice.check_fast_forward(fast_forward)
    assert not verdict.right
    assert "returns nothing" in verdict.text


def test_an_error_in_the_readers_code_becomes_a_hint():
    verdict = practice.check_fast_forward(lambda x, w, h0, c0: x @ c0)
    assert not verdict.right
    assert "it raised ValueError" in verdict.text


def test_an_error_on_float32_alone_becomes_a_hint():
    def only_float64(x, w, h0, c0):
        if x.dtype != np.float64:
            raise TypeError("no")
        return packed(x, w, h0, c0)

    verdict = practice.check_fast_forward(only_float64)
    assert not verdict.right
    assert "it raised TypeError: no" in verdict.text
