"""The checks of the practice on vanishing gradients know right answers, and name wrong ones."""

from functools import reduce

import numpy as np
import pytest

import lstm_lesson as ll
from lstm_lesson import practice


def parts(s, w):
    """Return the four blocks, and what two of them are made of."""
    i, f, g, o = s.gates[:4]
    tanh_c = np.tanh(s.c)
    c_h = (
        np.diag(s.c_prev * f * (1 - f)) @ w.whf
        + np.diag(g * i * (1 - i)) @ w.whi
        + np.diag(i * (1 - g**2)) @ w.whg
    )
    gate = np.diag(tanh_c * o * (1 - o)) @ w.who
    shown = np.diag(o * (1 - tanh_c**2))
    return {
        "hh": gate + shown @ c_h,
        "hc": shown @ np.diag(f),
        "ch": c_h,
        "cc": np.diag(f),
        "gate": gate,
        "shown": shown,
    }


def blocks(s, w, **changed):
    b = parts(s, w) | changed
    return np.block([[b["hh"], b["hc"]], [b["ch"], b["cc"]]])


def from_the_way_back(s, w):
    """Each row is what `cell_backward` makes of a unit gradient at one state."""
    H = w.n_hidden
    rows = []
    for row in np.eye(2 * H):
        back = ll.cell_backward(row[:H], row[H:], s, w)
        rows.append(np.concatenate([back.h_prev, back.c_prev]))
    return np.array(rows)


@pytest.mark.parametrize("answer", [blocks, from_the_way_back, lambda s, w: {"J": blocks(s, w)}])
def test_right_jacobians_in_any_style_pass(answer):
    assert practice.check_jacobian(answer).right


def c_first(s, w):
    b = parts(s, w)
    return np.block([[b["cc"], b["ch"]], [b["hc"], b["hh"]]])


def turned(s, w):
    w = w.copy()
    for k in "ifgo":
        setattr(w, "wh" + k, getattr(w, "wh" + k).T.copy())
    return blocks(s, w)


def no_slopes(s, w):
    i, _, g, o = s.gates[:4]
    shown = np.diag(o * (1 - np.tanh(s.c) ** 2))
    c_h = np.diag(s.c_prev) @ w.whf + np.diag(g) @ w.whi + np.diag(i) @ w.whg
    return blocks(s, w, ch=c_h, hh=np.diag(np.tanh(s.c)) @ w.who + shown @ c_h)


ZERO = np.zeros((3, 3))
WRONG_JACOBIANS = {
    "only the direct path": lambda s, w: blocks(s, w, hh=ZERO, hc=ZERO, ch=ZERO),
    "begin with c": c_first,
    "this is the transpose": lambda s, w: blocks(s, w).T,
    "the path through c_t is missing": lambda s, w: blocks(s, w, hh=parts(s, w)["gate"]),
    "through the output gate is missing": lambda s, w: blocks(
        s, w, hh=parts(s, w)["shown"] @ parts(s, w)["ch"]
    ),
    "dc_t/dh_{t-1} is zero": lambda s, w: blocks(s, w, ch=ZERO),
    "dh_t/dc_{t-1} is zero": lambda s, w: blocks(s, w, hc=ZERO),
    "the forget gate is missing": lambda s, w: blocks(s, w, hc=parts(s, w)["shown"]),
    "the slope of tanh is missing": lambda s, w: blocks(s, w, hc=np.diag(s.gates.o * s.gates.f)),
    "is a full matrix": lambda s, w: blocks(s, w, cc=parts(s, w)["cc"] + parts(s, w)["ch"]),
    "recurrent matrices are transposed": turned,
    "slopes of the gates are missing": no_slopes,
    "returns nothing": lambda s, w: None,
    "expected shape (6, 6)": lambda s, w: ZERO,
    "it raised AttributeError": lambda s, w: s.nothing,
    "received": lambda s, w: 1.01 * blocks(s, w),
}


@pytest.mark.parametrize("sentence", WRONG_JACOBIANS)
def test_each_wrong_jacobian_is_named(sentence):
    verdict = practice.check_jacobian(WRONG_JACOBIANS[sentence])
    assert not verdict.right
    assert sentence in verdict.text


def loop(jacobians):
    product = np.eye(len(jacobians[0]))
    for jacobian in jacobians:
        product = jacobian @ product
    return product


@pytest.mark.parametrize(
    "answer",
    [loop, lambda js: np.linalg.multi_dot(js[::-1]), lambda js: reduce(np.matmul, js[::-1])],
)
def test_right_chains_in_any_style_pass(answer):
    assert practice.check_chain(answer).right


WRONG_CHAINS = {
    "the order is reversed": lambda js: reduce(np.matmul, js),
    "entry by entry": lambda js: np.prod(js, axis=0),
    "these are sums": sum,
    "the first step is missing": lambda js: loop(js[1:]),
    "the last step is missing": lambda js: loop(js[:-1]),
    "this is the transpose": lambda js: loop(js).T,
    "returns nothing": lambda js: None,
    "received": lambda js: 2 * loop(js),
}


@pytest.mark.parametrize("sentence", WRONG_CHAINS)
def test_each_wrong_chain_is_named(sentence):
    verdict = practice.check_chain(WRONG_CHAINS[sentence])
    assert not verdict.right
    assert sentence in verdict.text
