"""The practice of "one step back: nodes": right answers pass, each known mistake is named."""

import numpy as np
import pytest

from lstm_lesson import practice

NAMES = ("do", "dc", "di", "dg", "df", "dc_prev", "dzi", "dzf", "dzg", "dzo")


def step_back(
    dh,
    carry,
    i,
    f,
    g,
    o,
    c,
    c_prev,
    do=lambda dh, c: dh * np.tanh(c),
    dc=lambda dh, carry, o, c, f: carry + dh * o * (1 - np.tanh(c) ** 2),
    forget=lambda dc, c, c_prev, dh: dc * c_prev,
    back=lambda dc, f, dh: dc * f,
    swapped=False,
    slope=lambda s: s * (1 - s),
    slope_g=lambda g: 1 - g**2,
):
    """Return the ten gradients; each function that is given puts in a mistake."""
    do, dc = do(dh, c), dc(dh, carry, o, c, f)
    di, dg = (dc * i, dc * g) if swapped else (dc * g, dc * i)
    df = forget(dc, c, c_prev, dh)
    sums = di * slope(i), df * slope(f), dg * slope_g(g), do * slope(o)
    return do, dc, di, dg, df, back(dc, f, dh), *sums


def wrong(**mistakes):
    return lambda *arguments: step_back(*arguments, **mistakes)


def by_name_and_in_loops(dh, carry, i, f, g, o, c, c_prev):
    results = {name: [] for name in NAMES}
    for values in zip(dh, carry, i, f, g, o, c, c_prev, strict=True):
        for name, gradient in zip(NAMES, step_back(*values), strict=True):
            results[name].append(gradient)
    return results


@pytest.mark.parametrize("right", [step_back, by_name_and_in_loops])
def test_a_right_step_passes(right):
    assert practice.check_step_backward(right).right


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def of_the_gate(s):
    return sigmoid(s) * (1 - sigmoid(s))


def slope(c):
    return 1 - np.tanh(c) ** 2


TWICE = "the slope is taken of the gate: that squashes twice"
WRONG = {
    f"in i, f, g, o {TWICE}": wrong(slope=of_the_gate, slope_g=slope),
    f"in i, f, o {TWICE}": wrong(slope=of_the_gate),
    f"in g {TWICE}": wrong(slope_g=slope),
    f"in f {TWICE}": lambda *a: [
        *step_back(*a)[:7],
        step_back(*a)[4] * of_the_gate(a[3]),
        *step_back(*a)[8:],
    ],
    "df has c_t": wrong(forget=lambda dc, c, c_prev, dh: dc * c),
    "di and dg are swapped": wrong(swapped=True),
    "not 1 - c**2": wrong(dc=lambda dh, carry, o, c, f: carry + dh * o * (1 - c**2)),
    "the slope of the tanh is missing in dc": wrong(dc=lambda dh, carry, o, c, f: carry + dh * o),
    "the output gate is missing in dc": wrong(dc=lambda dh, carry, o, c, f: carry + dh * slope(c)),
    "the carry is missing": wrong(dc=lambda dh, carry, o, c, f: dh * o * slope(c)),
    "has its forget gate already": wrong(
        dc=lambda dh, carry, o, c, f: carry * f + dh * o * slope(c)
    ),
    "belongs to c_t, not to h_t": wrong(dc=lambda dh, carry, o, c, f: (carry + dh) * o * slope(c)),
    "dh stands twice in df and dc_prev": wrong(
        forget=lambda dc, c, c_prev, dh: dh * dc * c_prev, back=lambda dc, f, dh: dh * dc * f
    ),
    "dh stands twice in df:": wrong(forget=lambda dc, c, c_prev, dh: dh * dc * c_prev),
    "dh stands twice in dc_prev:": wrong(back=lambda dc, f, dh: dh * dc * f),
    "f is missing in dc_prev": wrong(back=lambda dc, f, dh: dc),
    "do has c_t": wrong(do=lambda dh, c: dh * c),
    "the slopes are missing": wrong(slope=lambda s: 1, slope_g=lambda g: 1),
    "the candidate's slope is missing": wrong(slope_g=lambda g: 1),
    "not g (1 - g)": wrong(slope_g=lambda g: g * (1 - g)),
    "not 1 - s**2": wrong(slope=lambda s: 1 - s**2),
    "expected 10 results": lambda *arguments: step_back(*arguments)[:6],
    "do[": lambda *arguments: [-gradient for gradient in step_back(*arguments)],
    "received nan": lambda *arguments: [np.full(3, np.nan)] * 10,
    "returns nothing": lambda *arguments: ...,
    "it raised ZeroDivisionError": lambda *arguments: 1 / 0,
}


@pytest.mark.parametrize("sentence", WRONG)
def test_a_wrong_step_gets_its_sentence(sentence):
    verdict = practice.check_step_backward(WRONG[sentence])
    assert not verdict.right
    assert sentence in verdict.text, verdict.text
