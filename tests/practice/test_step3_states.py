"""The check of Step 3's practice knows right answers in any style, and names each wrong one."""

import numpy as np
import pytest

import lstm_lesson as ll
from lstm_lesson import practice


def loop(step):
    """Return a forward pass made of one step, which returns (h, c)."""

    def forward(x, w, h0, c0):
        h, c, all_h, all_c = h0, c0, [], []
        for x_t in x:
            h, c = step(ll.gates_forward(x_t, h, w), c, c0)
            all_h.append(h)
            all_c.append(c)
        return np.array(all_h), np.array(all_c)

    return forward


def right_step(k, c, _c0):
    c = k.f * c + k.i * k.g
    return k.o * np.tanh(c), c


right = loop(right_step)


def in_one_product(x, w, h0, c0):
    """Use the packed weights and fill arrays."""
    H = len(h0)
    states = np.zeros((2, len(x) + 1, H))
    states[:, 0] = h0, c0
    for t, x_t in enumerate(x):
        h, c = states[:, t]
        z = w.packed @ np.concatenate([x_t, [1.0], h])
        i, f, o = (1 / (1 + np.exp(-z[k * H : (k + 1) * H])) for k in (0, 1, 3))
        c = i * np.tanh(z[2 * H : 3 * H]) + c * f
        states[:, t + 1] = o * np.tanh(c), c
    return states[:, 1:]


def with_the_package(x, w, h0, c0):
    steps = ll.unroll(x, w, h0, c0)
    return {"c": [s.c for s in steps], "h": [s.h for s in steps]}


@pytest.mark.parametrize("forward", [right, in_one_product, with_the_package])
def test_right_answers_in_any_style_pass(forward):
    assert practice.check_forward(forward).right


def both(c, k):
    return k.o * np.tanh(c), c


def changed_in_place(x, w, h0, c0):
    h, c, all_h, all_c = h0, c0.copy(), [], []
    for x_t in x:
        k = ll.gates_forward(x_t, h, w)
        c *= k.f
        c += k.i * k.g
        h = k.o * np.tanh(c)
        all_h.append(h)
        all_c.append(c)
    return np.array(all_h), np.array(all_c)


def gates_of_h0(x, w, h0, c0):
    steps, c = [], c0
    for x_t in x:
        h, c = right_step(ll.gates_forward(x_t, h0, w), c, c0)
        steps.append((h, c))
    return np.swapaxes(steps, 0, 1)


def one_too_early(x, w, h0, c0):
    h, c = right(x, w, h0, c0)
    return np.vstack([h0, h[:-1]]), np.vstack([c0, c[:-1]])


ZERO = np.zeros(3)
WRONG = {
    "h0 and c0 are ignored": lambda x, w, h0, c0: right(x, w, ZERO, ZERO),
    "h0 is ignored": lambda x, w, h0, c0: right(x, w, ZERO, c0),
    "c0 is ignored": lambda x, w, h0, c0: right(x, w, h0, ZERO),
    "c is overwritten": loop(lambda k, c, _: both(k.i * k.g + k.f * (k.i * k.g), k)),
    "made of the old cell state": loop(
        lambda k, c, _: (k.o * np.tanh(c), k.f * c + k.i * k.g),
    ),
    "the tanh is missing": loop(
        lambda k, c, _: (k.o * (k.f * c + k.i * k.g), k.f * c + k.i * k.g),
    ),
    "h went through the sigmoid": loop(
        lambda k, c, _: (k.o * ll.sigmoid(k.f * c + k.i * k.g), k.f * c + k.i * k.g),
    ),
    "f c is missing": loop(lambda k, c, _: both(k.i * k.g, k)),
    "should be multiplied by f": loop(lambda k, c, _: both(c + k.i * k.g, k)),
    "without the input gate": loop(lambda k, c, _: both(k.f * c + k.g, k)),
    "a share of c0": loop(lambda k, c, c0: both(k.f * c0 + k.i * k.g, k)),
    "take in h0": gates_of_h0,
    "i and f are swapped": loop(lambda k, c, _: both(k.i * c + k.f * k.g, k)),
    "i and o are swapped": loop(
        lambda k, c, _: both(k.f * c + k.o * k.g, k._replace(o=k.i)),
    ),
    "f and o are swapped": loop(
        lambda k, c, _: both(k.o * c + k.i * k.g, k._replace(o=k.f)),
    ),
    "g and o are swapped": loop(
        lambda k, c, _: both(k.f * c + k.i * k.o, k._replace(o=k.g)),
    ),
    "kept T times": changed_in_place,
    "all h first": lambda *arguments: right(*arguments)[::-1],
    "begin with h_1": one_too_early,
    "expected shape (4, 3), got (3,)": lambda *arguments: [a[-1] for a in right(*arguments)],
    "expected 2 results": lambda *arguments: right(*arguments)[0],
}


@pytest.mark.parametrize("sentence", WRONG)
def test_each_wrong_answer_is_named(sentence):
    verdict = practice.check_forward(WRONG[sentence])
    assert not verdict.right
    assert sentence in verdict.text


def test_an_unknown_mistake_shows_the_first_wrong_entry():
    def forward(*arguments):
        h, c = right(*arguments)
        return h, c + 0.01

    verdict = practice.check_forward(forward)
    assert not verdict.right
    assert verdict.text.startswith("c[")
    assert "the new c" in verdict.text


def test_the_unwritten_function_is_not_right():
    def my_forward(x, w, h0, c0): ...

    verdict = practice.check_forward(my_forward)
    assert not verdict.right
    assert "returns nothing" in verdict.text


def test_an_error_in_the_readers_code_becomes_a_hint():
    verdict = practice.check_forward(lambda x, w, h0, c0: x @ c0)
    assert not verdict.right
    assert "it raised ValueError" in verdict.text
    assert "in each step" in verdict.text
