"""The checks of the practice on updating know right answers, and name each wrong one."""

import numpy as np
import pytest

import lstm_lesson as ll
from lstm_lesson import practice
from lstm_lesson.optim import SGD, clip_norm
from lstm_lesson.training import truncated_bptt


def norm(arrays):
    return np.sqrt(sum((a**2).sum() for a in arrays.values()))


def step(p, g, lr, limit):
    factor = min(1, limit / norm(g))
    return {name: p[name] - lr * factor * g[name] for name in p}


def step_in_place(p, g, lr, limit):
    flat = np.concatenate([a.ravel() for a in g.values()])
    if np.linalg.norm(flat) > limit:
        g = {name: a * limit / np.linalg.norm(flat) for name, a in g.items()}
    for name in p:
        p[name] -= lr * g[name]
    return p


def step_of_the_package(p, g, lr, limit):
    SGD(lr).update(p, clip_norm(g, limit))
    return p


@pytest.mark.parametrize("answer", [step, step_in_place, step_of_the_package])
def test_right_steps_in_any_style_pass(answer):
    assert practice.check_clipped_step(answer).right


def each(p, factor_of):
    return {name: p[name] - factor_of(name) for name in p}


WRONG_STEPS = {
    "nothing was clipped": lambda p, g, lr, limit: each(p, lambda n: lr * g[n]),
    "one norm, over all arrays": lambda p, g, lr, limit: each(
        p, lambda n: lr * g[n] * min(1, limit / np.linalg.norm(g[n]))
    ),
    "each entry was cut": lambda p, g, lr, limit: each(
        p, lambda n: lr * np.clip(g[n], -limit, limit)
    ),
    "stretched": lambda p, g, lr, limit: each(p, lambda n: lr * g[n] * limit / norm(g)),
    "the root is missing": lambda p, g, lr, limit: each(
        p, lambda n: lr * g[n] * min(1, limit / norm(g) ** 2)
    ),
    "after the learning rate": lambda p, g, lr, limit: each(
        p, lambda n: lr * g[n] * min(1, limit / (lr * norm(g)))
    ),
    "uphill": lambda p, g, lr, limit: step(p, g, -lr, limit),
    "the learning rate is missing": lambda p, g, lr, limit: step(p, g, 1.0, limit),
    "did not change": lambda p, g, lr, limit: p,
    "expected a dictionary": lambda p, g, lr, limit: list(p.values()),
    "returns nothing": lambda p, g, lr, limit: None,
    "it raised KeyError": lambda p, g, lr, limit: p["w"],
    "expected shape": lambda p, g, lr, limit: {name: a.ravel() for name, a in p.items()},
    "received": lambda p, g, lr, limit: step(p, g, 0.9 * lr, limit),
}


@pytest.mark.parametrize("sentence", WRONG_STEPS)
def test_each_wrong_step_is_named(sentence):
    verdict = practice.check_clipped_step(WRONG_STEPS[sentence])
    assert not verdict.right
    assert sentence in verdict.text


def chunks(x, w, dh, chunk, h0, c0, carry=lambda h, c: (h, c)):
    """Return the gradient of each chunk, and how states are handed over."""
    parts, h, c = [], h0, c0
    for first in range(0, len(x), chunk):
        run = ll.forward(x[first : first + chunk], w, h, c)
        parts.append(ll.backward(run, dh[first : first + chunk]).packed)
        h, c = carry(run.h_last, run.c_last)
    return parts


def tbptt(*arguments):
    return sum(chunks(*arguments))


def tbptt_of_the_lesson_path(x, w, dh, chunk, h0, c0):
    steps, total = ll.unroll(x, w, h0, c0), 0
    for first in range(0, len(x), chunk):
        h, c = (steps[first - 1].h, steps[first - 1].c) if first else (h0, c0)
        last = min(first + chunk, len(x))
        total = total + ll.bptt(x[first:last], w, dh[first:last], h, c).packed
    return total


@pytest.mark.parametrize(
    "answer", [tbptt, tbptt_of_the_lesson_path, lambda *a: truncated_bptt(*a).packed]
)
def test_right_truncations_in_any_style_pass(answer):
    assert practice.check_tbptt(answer).right


def whole(x, w, dh, chunk, h0, c0):
    return ll.backward(ll.forward(x, w, h0, c0), dh).packed


def no_rest(x, w, dh, chunk, h0, c0):
    n = len(x) // chunk * chunk
    return tbptt(x[:n], w, dh[:n], chunk, h0, c0)


WRONG_TRUNCATIONS = {
    "set to zero at each border": lambda *a: sum(chunks(*a, carry=lambda h, c: (0 * h, 0 * c))),
    "begins with h0 and c0": lambda *a: sum(chunks(*a, carry=lambda h, c: a[-2:])),
    "h is carried, c is not": lambda *a: sum(chunks(*a, carry=lambda h, c: (h, 0 * c))),
    "c is carried, h is not": lambda *a: sum(chunks(*a, carry=lambda h, c: (0 * h, c))),
    "through the borders": whole,
    "the last chunk alone": lambda *a: chunks(*a)[-1],
    "the first chunk alone": lambda *a: chunks(*a)[0],
    "after the last whole chunk": no_rest,
    "the mean of the chunks": lambda *a: np.mean(chunks(*a), axis=0),
    "h0 and c0 are ignored": lambda x, w, dh, k, h0, c0: tbptt(x, w, dh, k, None, None),
    "returns nothing": lambda *a: None,
    "it raised ZeroDivisionError": lambda *a: 1 / 0,
    "expected shape": lambda *a: np.zeros(3),
    "received": lambda *a: 1.01 * tbptt(*a),
}


@pytest.mark.parametrize("sentence", WRONG_TRUNCATIONS)
def test_each_wrong_truncation_is_named(sentence):
    verdict = practice.check_tbptt(WRONG_TRUNCATIONS[sentence])
    assert not verdict.right
    assert sentence in verdict.text
