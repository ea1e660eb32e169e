"""The checks of the GRU practice know right answers in any style, and name each wrong one."""

import numpy as np
import pytest

import lstm_lesson as ll
from lstm_lesson import practice


def sums(x, h, w):
    r = ll.sigmoid(x @ w.wxr.T + h @ w.whr.T + w.br)
    u = ll.sigmoid(x @ w.wxu.T + h @ w.whu.T + w.bu)
    return r, u, x @ w.wxn.T, h @ w.whn.T


def right(x, h, w):
    r, u, xn, hn = sums(x, h, w)
    n = np.tanh(xn + w.bn + r * (hn + w.bhn))
    return (1 - u) * n + u * h


def as_a_correction(x, h, w):
    """Write the mixture as n plus a share of what is left."""
    r, u, xn, hn = sums(x, h, w)
    n = np.tanh(w.bn + xn + r * w.bhn + hn * r)
    return n + u * (h - n)


def packed(x, h, w):
    """Use one product for both gates, and return a dictionary."""
    wx, wh = np.vstack([w.wxr, w.wxu]), np.vstack([w.whr, w.whu])
    z = x @ wx.T + h @ wh.T + np.concatenate([w.br, w.bu])
    r, u = np.split(1 / (1 + np.exp(-z)), 2, axis=1)
    n = np.tanh(x @ w.wxn.T + w.bn + r * (h @ w.whn.T + w.bhn))
    return {"h": n - u * n + u * h}


@pytest.mark.parametrize("step", [right, as_a_correction, packed])
def test_right_steps_in_any_style_pass(step):
    assert practice.check_gru_step(step).right


def step(candidate, mix=lambda u, n, h: (1 - u) * n + u * h):
    def answer(x, h, w):
        r, u, xn, hn = sums(x, h, w)
        return mix(u, candidate(r, xn, hn, h, w), h)

    return answer


def usual(r, xn, hn, h, w):
    return np.tanh(xn + w.bn + r * (hn + w.bhn))


def exchanged(x, h, w):
    r, u, xn, hn = sums(x, h, w)
    n = np.tanh(xn + w.bn + u * (hn + w.bhn))
    return (1 - r) * n + r * h


STEPS = {
    "u and 1 - u are swapped": step(usual, lambda u, n, h: u * n + (1 - u) * h),
    "r acts before the product": step(
        lambda r, xn, hn, h, w: np.tanh(xn + w.bn + (r * h) @ w.whn.T + w.bhn)
    ),
    "bhn stands outside": step(lambda r, xn, hn, h, w: np.tanh(xn + w.bn + r * hn + w.bhn)),
    "bhn is missing": step(lambda r, xn, hn, h, w: np.tanh(xn + w.bn + r * hn)),
    "bn is inside": step(lambda r, xn, hn, h, w: np.tanh(xn + r * (hn + w.bhn + w.bn))),
    "r scales the part of x too": step(
        lambda r, xn, hn, h, w: np.tanh(r * (xn + w.bn + hn + w.bhn))
    ),
    "there is no reset gate": step(lambda r, xn, hn, h, w: np.tanh(xn + w.bn + hn + w.bhn)),
    "went through the sigmoid": step(
        lambda r, xn, hn, h, w: ll.sigmoid(xn + w.bn + r * (hn + w.bhn))
    ),
    "r and u are swapped": exchanged,
    "through the tanh once more": lambda x, h, w: np.tanh(right(x, h, w)),
    "expected shape (4, 3), got (4, 2)": lambda x, h, w: x,
}


@pytest.mark.parametrize("sentence", STEPS)
def test_each_wrong_step_is_named(sentence):
    verdict = practice.check_gru_step(STEPS[sentence])
    assert not verdict.right
    assert sentence in verdict.text


# Back


def deltas(dh, s):
    zn = dh * (1 - s.u) * (1 - s.n**2)
    zr = zn * s.a * s.r * (1 - s.r)
    zu = dh * (s.h_prev - s.n) * s.u * (1 - s.u)
    return zr, zu, zn, zn * s.r


def gradients(zr, zu, zn, za, kept, w, s):
    x, h = s.x_t, s.h_prev
    return {
        **{"wxr": zr.T @ x, "wxu": zu.T @ x, "wxn": zn.T @ x},
        **{"whr": zr.T @ h, "whu": zu.T @ h, "whn": za.T @ h},
        **{"br": zr.sum(0), "bu": zu.sum(0), "bn": zn.sum(0), "bhn": za.sum(0)},
        "x_t": zr @ w.wxr + zu @ w.wxu + zn @ w.wxn,
        "h_prev": kept + zr @ w.whr + zu @ w.whu + za @ w.whn,
    }


def right_back(dh, w, s):
    return gradients(*deltas(dh, s), dh * s.u, w, s)


def sample_by_sample(dh, w, s):
    """Add up outer products, and return a dictionary in another order."""
    total = {name: np.zeros_like(a) for name, a in w.named().items()}
    dx, dh_prev = np.zeros_like(s.x_t), np.zeros_like(s.h_prev)
    for b, (zr, zu, zn, za) in enumerate(zip(*deltas(dh, s), strict=True)):
        for k, z in {"r": zr, "u": zu, "n": zn}.items():
            total["wx" + k] += np.outer(z, s.x_t[b])
            total["wh" + k] += np.outer(za if k == "n" else z, s.h_prev[b])
            total["b" + k] += z
            dx[b] += getattr(w, "wx" + k).T @ z
            dh_prev[b] += getattr(w, "wh" + k).T @ (za if k == "n" else z)
        total["bhn"] += za
        dh_prev[b] += s.u[b] * dh[b]
    return {"h_prev": dh_prev, "x_t": dx} | total


def with_the_package(dh, w, s):
    grads, dx, dh_prev, _ = w.step_back(dh, np.zeros_like(dh), s)
    return grads | {"x_t": dx, "h_prev": dh_prev}


@pytest.mark.parametrize("back", [right_back, sample_by_sample, with_the_package])
def test_right_ways_back_in_any_style_pass(back):
    assert practice.check_gru_backward(back).right


def with_deltas(change):
    """Return a way back with other deltas (or another carry) than the right ones."""

    def back(dh, w, s):
        zr, zu, zn, za = deltas(dh, s)
        parts = dict(zr=zr, zu=zu, zn=zn, za=za, kept=dh * s.u)
        return gradients(**parts | change(dh, w, s, zr, zu, zn, za), w=w, s=s)

    return back


def with_results(change):
    def back(dh, w, s):
        return right_back(dh, w, s) | change(dh, w, s, *deltas(dh, s))

    return back


def share_u(dh, w, s, *_):
    zn = dh * s.u * (1 - s.n**2)
    return {"zn": zn, "zr": zn * s.a * s.r * (1 - s.r), "za": zn * s.r}


def slope_of_r(factor):
    def change(dh, w, s, zr, zu, zn, za):
        return {"zr": zn * factor(w, s) * s.r * (1 - s.r)}

    return with_deltas(change)


BACKS = {
    "no carry": with_deltas(lambda dh, w, s, *_: {"kept": 0 * dh}),
    "the carry is 1 - u": with_deltas(lambda dh, w, s, *_: {"kept": dh * (1 - s.u)}),
    "the delta of u has the wrong sign": with_deltas(lambda dh, w, s, zr, zu, zn, za: {"zu": -zu}),
    "the delta of u lacks - n": with_deltas(
        lambda dh, w, s, *_: {"zu": dh * s.h_prev * s.u * (1 - s.u)}
    ),
    "n has the share u": with_deltas(share_u),
    "whn and bhn have the delta of n": with_deltas(lambda dh, w, s, zr, zu, zn, za: {"za": zn}),
    "bhn has the delta of n, as bn has": with_results(
        lambda dh, w, s, zr, zu, zn, za: {"bhn": zn.sum(0)}
    ),
    "r in the wrong place": with_results(
        lambda dh, w, s, zr, zu, zn, za: {"whn": zn.T @ (s.r * s.h_prev), "bhn": zn.sum(0)}
    ),
    "the delta of r has h": slope_of_r(lambda w, s: s.h_prev),
    "the delta of r lacks the bias": slope_of_r(lambda w, s: s.a - w.bhn),
    "through the gates r and u": with_results(
        lambda dh, w, s, zr, zu, zn, za: {"h_prev": dh * s.u + za @ w.whn}
    ),
    "h_prev lacks what comes back through the candidate": with_results(
        lambda dh, w, s, zr, zu, zn, za: {"h_prev": dh * s.u + zr @ w.whr + zu @ w.whu}
    ),
    "the recurrent matrices are transposed": with_results(
        lambda dh, w, s, zr, zu, zn, za: {
            "h_prev": dh * s.u + zr @ w.whr.T + zu @ w.whu.T + za @ w.whn.T
        }
    ),
    "x_t lacks what comes back": with_results(
        lambda dh, w, s, zr, zu, zn, za: {"x_t": zr @ w.wxr + zu @ w.wxu}
    ),
    "divided by the batch size": lambda dh, w, s: {
        name: a / (1 if name in ("x_t", "h_prev") else 4)
        for name, a in right_back(dh, w, s).items()
    },
    "expected 12 results": lambda dh, w, s: deltas(dh, s),
}


@pytest.mark.parametrize("sentence", BACKS)
def test_each_wrong_way_back_is_named(sentence):
    verdict = practice.check_gru_backward(BACKS[sentence])
    assert not verdict.right
    assert sentence in verdict.text


@pytest.mark.parametrize("check", [practice.check_gru_step, practice.check_gru_backward])
def test_unwritten_and_failing_functions_are_not_right(check):
    assert "returns nothing" in check(lambda *arguments: None).text
    verdict = check(lambda *arguments: np.ones(2) @ np.ones(3))
    assert not verdict.right
    assert "it raised ValueError" in verdict.text
