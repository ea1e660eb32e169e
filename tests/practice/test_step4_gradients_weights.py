"""The check of Step 4's weights knows right answers in any style, and names each wrong one."""

import numpy as np
import pytest

import lstm_lesson as ll
from lstm_lesson import practice


def slopes(gates):
    i, f, g, o = gates[:4]
    return i * (1 - i), f * (1 - f), 1 - g**2, o * (1 - o)


def answer(
    wx=lambda d, x: d.T @ x,
    wh=lambda d, h: d.T @ h,
    b=lambda d: d.sum(axis=0),
    delta=lambda of_gate, slope: of_gate * slope,
    h_prev=lambda d, w: d @ w,
    slope=slopes,
    back="ifgo",
):
    """Return an answer to the practice, with parts of it done in another way."""

    def grads(di, df, dg, do, gates, w):
        result = {"x": 0, "h_prev": 0}
        for k, of_gate, s in zip("ifgo", (di, df, dg, do), slope(gates), strict=True):
            d = delta(of_gate, s)
            result["wx" + k] = wx(d, gates.x_t)
            result["wh" + k] = wh(d, gates.h_prev)
            result["b" + k] = b(d)
            if k in back:
                result["x"] = result["x"] + d @ getattr(w, "wx" + k)
                result["h_prev"] = result["h_prev"] + h_prev(d, getattr(w, "wh" + k))
        return result

    return grads


def with_the_package(di, df, dg, do, gates, w):
    deltas = [d * s for d, s in zip((di, df, dg, do), slopes(gates), strict=True)]
    twelve = ll.weights.weights_backward(deltas, gates.x_t, gates.h_prev).named()
    x, h_prev = ll.gates.inputs_backward(deltas, w)
    return [*(twelve[name] for name in ll.NAMES), x, h_prev]


def sample_by_sample(di, df, dg, do, gates, w):
    total = answer()(*(np.zeros_like(d) for d in (di, df, dg, do)), gates, w)
    for n in range(len(di)):
        i, f, g, o, x, h = (a[n] for a in gates)
        deltas = (di[n] * i * (1 - i), df[n] * f * (1 - f), dg[n] * (1 - g * g))
        for k, d in zip("ifgo", (*deltas, do[n] * o * (1 - o)), strict=True):
            total["wx" + k] += np.outer(d, x)
            total["wh" + k] += np.outer(d, h)
            total["b" + k] += d
            total["x"][n] += getattr(w, "wx" + k).T @ d
            total["h_prev"][n] += getattr(w, "wh" + k).T @ d
    return total


@pytest.mark.parametrize("grads", [answer(), with_the_package, sample_by_sample])
def test_right_answers_in_any_style_pass(grads):
    verdict = practice.check_grads(grads)
    assert verdict.right, verdict.text


def then(change):
    """Return the right answer, changed afterwards."""

    def grads(*arguments):
        result = answer()(*arguments)
        result.update(change(result))
        return result

    return grads


def bf_never_written(*arguments):
    result = answer()(*arguments)
    result["bo"] = result.pop("bf")
    return result


def twice_sigmoid(gates):
    i, f, g, o = gates[:4]
    s = [ll.sigmoid(gate) for gate in (i, f, o)]
    return s[0] * (1 - s[0]), s[1] * (1 - s[1]), 1 - g**2, s[2] * (1 - s[2])


def all_sigmoids(gates):
    return [gate * (1 - gate) for gate in gates[:4]]


def twice_tanh(gates):
    i, f, _, o = slopes(gates)
    return i, f, 1 - np.tanh(gates.g) ** 2, o


def all_twice(gates):
    i, f, _, o = twice_sigmoid(gates)
    return i, f, twice_tanh(gates)[2], o


B = 4
TWICE = "the slope is taken of the gate: that squashes twice"
WRONG = {
    "fills the diagonal alone": answer(wh=lambda d, h: np.diag((d * h).sum(axis=0))),
    "recurrent weights are transposed": answer(wh=lambda d, h: h.T @ d),
    "the first sample only": answer(b=lambda d: d[0]),
    "the weights are divided": then(lambda r: {name: r[name] / B for name in ll.NAMES}),
    "all is divided": then(lambda r: {name: a / B for name, a in r.items()}),
    "under the name bo, and bf has none": bf_never_written,
    "under the name bo too": then(lambda r: {"bo": r["bf"]}),
    "bf and bo are swapped": then(lambda r: {"bo": r["bf"], "bf": r["bo"]}),
    "the slopes are missing": answer(delta=lambda of_gate, slope: of_gate),
    "it is a tanh": answer(slope=all_sigmoids),
    f"in i, f, g, o {TWICE}": answer(slope=all_twice),
    f"in i, f, o {TWICE}": answer(slope=twice_sigmoid),
    f"in g {TWICE}": answer(slope=twice_tanh),
    "the bias is summed over the batch, not averaged": answer(b=lambda d: d.mean(axis=0)),
    "through the transposed matrices": answer(h_prev=lambda d, w: d @ w.T),
    "come from o alone": answer(back="o"),
    "come from f alone": answer(back="f"),
    "expected shape (3, 2), got (2, 3)": answer(wx=lambda d, x: x.T @ d),
    "it raised ValueError": answer(wx=lambda d, x: d * x),
    "expected shape (3, 3), got (4, 3)": answer(wh=lambda d, h: d * h),
    "bi[": then(lambda r: {"bi": r["bi"] + 0.1}),
    "expected 14 results": then(lambda r: {"other": 0}),
    "returns nothing": lambda *arguments: None,
    "it raised KeyError": lambda *arguments: {}["wxi"],
}


@pytest.mark.parametrize("sentence", WRONG)
def test_each_wrong_answer_is_named(sentence):
    verdict = practice.check_grads(WRONG[sentence])
    assert not verdict.right
    assert sentence in verdict.text, verdict.text


@pytest.mark.parametrize("missing", "ifgo")
@pytest.mark.parametrize("forgotten", ["h_prev", "x"])
def test_the_gate_that_was_left_out_is_named(missing, forgotten):
    without = answer(back="ifgo".replace(missing, ""))
    verdict = practice.check_grads(lambda *a: answer()(*a) | {forgotten: without(*a)[forgotten]})
    assert not verdict.right
    assert verdict.text == (
        f"{forgotten} is a sum over all four gates; that of {missing} is missing"
    )
    assert practice.check_grads(without).text == (
        f"x and h_prev are each a sum over all four gates; that of {missing} is missing"
    )


def test_a_shape_or_an_error_comes_with_the_hint():
    for sentence in ("expected shape (3, 3), got (4, 3)", "it raised ValueError"):
        assert (
            "an outer product summed over the batch" in practice.check_grads(WRONG[sentence]).text
        )
