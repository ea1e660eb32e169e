"""The check of the practice through time knows right answers, and names each wrong one."""

import numpy as np
import pytest

import lstm_lesson as ll
from lstm_lesson import practice
from lstm_lesson.mistakes import MISTAKES


def back_and_forth(x, w, dh, h0, c0, mistake=""):
    """Go back through time as a reader would write it, perhaps with one mistake in it."""
    T = len(x)
    h, c, gates = [h0], [c0], []
    for t in range(T):
        i, f, g, o = ll.gates_forward(x[t], h[t], w)[:4]
        gates.append((i, f, g, o))
        c.append(f * c[t] + i * g)
        h.append(o * np.tanh(c[t + 1]))
    total = {name: np.zeros_like(block) for name, block in w.named().items()}
    dx, dh_next, dc_next, f_next = np.zeros_like(x), 0 * h0, 0 * c0, 0 * c0
    for t in range(T - 1, -1, -1):
        i, f, g, o = gates[t]
        tanh_c = np.tanh(c[t + 1])
        dh_t = dh_next if "last dh" in mistake and t < T - 1 else dh[t] + dh_next
        factor = {"f_t": f, "no f": 1, "no carry": 0, "neither": 0}.get(mistake, f_next)
        dc_t = dh_t * o * (1 - tanh_c**2) + dc_next * factor
        old = c[t + 1] if mistake == "c_t" else c[t]
        delta = {
            "i": dc_t * g * i * (1 - i),
            "f": dc_t * old * f * (1 - f),
            "g": dc_t * i * (1 - g**2),
            "o": dh_t * tanh_c * o * (1 - o),
        }
        dc_next, f_next = dc_t, f
        if mistake != "never reset":
            dh_next = 0 * h0
        for k, d in delta.items():
            if mistake == "overwritten":
                for kind in ("wx", "wh", "b"):
                    total[kind + k][...] = 0
            if mistake != "one step" or t == T - 1:
                total["wx" + k] += d.T @ x[t]
                total["wh" + k] += d.T @ (h[t + 1] if mistake == "h_t" else h[t])
                total["b" + k] += d.sum(axis=0)
            dx[t] += d @ getattr(w, "wx" + k)
            matrix = getattr(w, "wh" + k)
            via = mistake[4:] if mistake[:4] == "via " else "ifgo"
            if mistake in ("no path", "neither") or k not in via:
                continue
            dh_next = dh_next + d @ (matrix.T if mistake == "turned" else matrix)
    return total | {"x": dx, "h0": dh_next, "c0": dc_t * gates[0][1]}


def with_columns(x, w, dh, h0, c0):
    """Go back sample by sample, with columns and the packed weights."""
    H, D = h0.shape[1], x.shape[2]
    packed, dx = np.zeros_like(w.packed), np.zeros_like(x)
    d0 = np.zeros((2, *h0.shape))
    for n in range(len(h0)):
        steps = ll.unroll(x[:, n], w, h0[n], c0[n])
        dh_next, carry = np.zeros(H), np.zeros(H)
        for t, s in reversed(list(enumerate(steps))):
            i, f, g, o = s.gates[:4]
            whole = dh[t, n] + dh_next
            dc = carry + whole * o / np.cosh(s.c) ** 2
            dz = [dc * g * i * (1 - i), dc * s.c_prev * f * (1 - f)]
            dz += [dc * i * (1 - g * g), whole * np.tanh(s.c) * o * (1 - o)]
            dz = np.concatenate(dz)
            packed += np.outer(dz, np.concatenate([s.gates.x_t, [1.0], s.gates.h_prev]))
            down = w.packed.T @ dz
            dx[t, n], dh_next, carry = down[:D], down[D + 1 :], dc * f
        d0[:, n] = dh_next, carry
    return [*ll.Weights(packed).named().values(), dx, *d0]


def with_the_package(x, w, dh, h0, c0):
    return ll.bptt(x, w, dh, h0, c0).named()


@pytest.mark.parametrize("bptt", [back_and_forth, with_columns, with_the_package])
def test_right_answers_in_any_style_pass(bptt):
    verdict = practice.check_bptt(bptt)
    assert verdict.right, verdict.text


def with_mistake(mistake):
    return lambda *arguments: back_and_forth(*arguments, mistake=mistake)


def then(change):
    """Return the right answer, changed afterwards."""

    def bptt(*arguments):
        result = back_and_forth(*arguments)
        return result | change(result, *arguments)

    return bptt


def share(size):
    return then(lambda r, *_: {name: r[name] / size for name in ll.NAMES})


def said(name):
    """Return the sentence of a mistake of the catalogue."""
    return next(mistake.misconception for mistake in MISTAKES if mistake.name == name)


WRONG = {
    said("no cell carry"): with_mistake("no carry"),
    said("f of t for f of t plus 1"): with_mistake("f_t"),
    said("carry without f"): with_mistake("no f"),
    said("recurrent weights not transposed"): with_mistake("turned"),
    said("sum over time overwritten"): with_mistake("overwritten"),
    said("h of t for h of t minus 1"): with_mistake("h_t"),
    "dh goes back through o alone": with_mistake("via o"),
    "dh goes back through i alone": with_mistake("via i"),
    said("recurrent gradient never reset"): with_mistake("never reset"),
    said("f sends nothing to h"): with_mistake("via igo"),
    said("o sends nothing to h"): with_mistake("via ifg"),
    said("no recurrent path"): with_mistake("no path"),
    said("one time step only"): with_mistake("neither"),
    said("weights of the last step only"): with_mistake("one step"),
    said("c of t for c of t minus 1"): with_mistake("c_t"),
    said("loss at the last step only"): with_mistake("last dh"),
    said("mean over the batch twice"): share(3),
    said("mean over time"): share(5),
    said("inputs in reverse order"): then(lambda r, *_: {"x": r["x"][::-1]}),
    "h0 and c0 are swapped": then(lambda r, *_: {"h0": r["c0"], "c0": r["h0"]}),
    "c0 lacks the forget gate": then(
        lambda r, x, w, dh, h0, c0: {"c0": r["c0"] / ll.gates_forward(x[0], h0, w).f}
    ),
    "h0[": then(lambda r, *_: {"h0": r["h0"] + 0.1}),
    "expected shape (5, 3, 2), got (3, 2)": then(lambda r, *_: {"x": r["x"][0]}),
    "expected 15 results": lambda *arguments: {},
    "returns nothing": lambda *arguments: None,
    "it raised NameError": lambda *arguments: undefined,  # noqa: F821
}


@pytest.mark.parametrize("sentence", WRONG)
def test_each_wrong_answer_is_named(sentence):
    verdict = practice.check_bptt(WRONG[sentence])
    assert not verdict.right
    assert sentence in verdict.text, verdict.text


@pytest.mark.parametrize(
    "mistake", ["no carry", "f_t", "no path", "turned", "one step", "never reset"]
)
def test_a_recursion_is_named_whatever_x_and_the_first_states_hold(mistake):
    def bptt(x, w, dh, h0, c0):
        rest = {"x": 0 * x, "h0": 0 * h0, "c0": 0 * c0}
        return back_and_forth(x, w, dh, h0, c0, mistake=mistake) | rest

    known = practice.check_bptt(with_mistake(mistake)).text
    assert practice.check_bptt(bptt).text == known


def test_the_unwritten_function_is_not_right():
    def my_bptt(x, w, dh, h0, c0): ...

    verdict = practice.check_bptt(my_bptt)
    assert not verdict.right
    assert "returns nothing" in verdict.text


def test_changing_the_arguments_in_place_does_not_change_the_verdict():
    def bptt(x, w, dh, h0, c0):
        result = back_and_forth(x, w, dh, h0, c0)
        for array in (x, w.packed, dh, h0, c0):
            array[...] = 0
        return result

    assert practice.check_bptt(bptt).right
