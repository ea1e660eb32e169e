"""The checks of the practice on small tasks know right answers, and name each wrong one."""

import re

import numpy as np
import pytest

import lstm_lesson as ll
from lstm_lesson import practice
from lstm_lesson.optim import Adam, clip_norm
from lstm_lesson.tasks import adding, draw_character
from lstm_lesson.training import train


def at_the_end(p, x, target, h=None, c=None, factor=1):
    run = ll.forward(x, ll.Weights(p["packed"]), h, c)
    loss, dy = ll.squared_error(ll.predict(run.h_last, p["wy"], p["by"]), target)
    dwy, dby, dh = ll.predict_backward(dy, run.h_last, p["wy"])
    grads = {"packed": ll.backward(run, None, dh_last=dh).packed, "wy": dwy, "by": dby}
    return factor * loss, {name: factor * g for name, g in grads.items()}


def on_the_lesson_path(p, x, target):
    w = ll.Weights(p["packed"])
    h = ll.unroll(x, w)[-1].h
    error = h @ p["wy"].T + p["by"] - target
    dy = 2 * error / len(target)
    dh = np.zeros((*x.shape[:2], h.shape[1]))
    dh[-1] = dy @ p["wy"]
    grads = {"by": dy.sum(0), "wy": dy.T @ h, "packed": ll.bptt(x, w, dh).packed}
    return [(error**2).mean(), grads]


@pytest.mark.parametrize("answer", [at_the_end, on_the_lesson_path])
def test_right_losses_in_any_style_pass(answer):
    assert practice.check_adding_loss(answer).right


def at_steps(steps):
    def answer(p, x, target):
        run = ll.forward(x, ll.Weights(p["packed"]))
        y = ll.predict(run.h[steps], p["wy"], p["by"])
        loss, dy = ll.squared_error(y, np.broadcast_to(target, y.shape))
        dwy, dby, dh_some = ll.predict_backward(dy, run.h[steps], p["wy"])
        dh = np.zeros_like(run.h)
        dh[steps] = dh_some
        return loss, {"packed": ll.backward(run, dh).packed, "wy": dwy, "by": dby}

    return answer


def carrying():
    states = []

    def answer(p, x, target):
        result = at_the_end(p, x, target, *states)
        run = ll.forward(x, ll.Weights(p["packed"]), *states)
        states[:] = run.h_last, run.c_last
        return result

    return answer


def leaking(p, x, target):
    return 0.0, {name: 0 * a for name, a in p.items()}


def no_cell(p, x, target):
    loss, grads = at_the_end(p, x, target)
    return loss, grads | {"packed": 0 * grads["packed"]}


WRONG_LOSSES = {
    "leaked": leaking,
    "at every step": at_steps(slice(None)),
    "after the first step": at_steps(slice(1)),
    "begin with zeros": carrying(),
    "half of": lambda *a: at_the_end(*a, factor=0.5),
    "sum over the batch": lambda p, x, t: at_the_end(p, x, t, factor=len(t)),
    "the gradient of packed is missing": no_cell,
    "expected two results": lambda *a: at_the_end(*a)[0],
    "the names packed, wy, by": lambda p, x, t: (1.0, {"packed": p["packed"]}),
    "returns nothing": lambda *a: None,
    "it raised ValueError": lambda p, x, t: ll.forward(x[0], ll.Weights(p["packed"])),
    "received": lambda *a: at_the_end(*a, factor=0.9),
}


@pytest.mark.parametrize("sentence", WRONG_LOSSES)
def test_each_wrong_loss_is_named(sentence):
    verdict = practice.check_adding_loss(WRONG_LOSSES[sentence])
    assert not verdict.right
    assert sentence in verdict.text


def trained_by(loss, n_updates, T=30, lr=0.01):
    def answer(parameters):
        draws = lambda p, rng: loss(p, *adding(rng, T, 32))  # noqa: E731
        train(parameters, draws, Adam(lr=lr), n_updates, seed=1, max_norm=1.0)
        return parameters

    return answer


def in_a_loop_of_its_own(parameters, good_enough=0.005):
    rng, optimizer, errors = np.random.default_rng(1), Adam(lr=0.01), [1.0]
    while np.mean(errors[-10:]) > good_enough:
        error, gradients = at_the_end(parameters, *adding(rng, 30, 32))
        optimizer.update(parameters, clip_norm(gradients, 1.0))
        errors.append(error)
    return parameters


@pytest.mark.parametrize("answer", [trained_by(at_the_end, 800), in_a_loop_of_its_own])
def test_right_trainings_pass_and_say_the_error(answer):
    verdict = practice.check_adding_training(answer)
    assert verdict.right
    assert float(re.search(r"held-out error is (\d\.\d+)", verdict.text)[1]) < 0.02


def uphill(p, x, target):
    loss, grads = at_the_end(p, x, target)
    return loss, {name: -g for name, g in grads.items()}


WRONG_TRAININGS = {
    "nothing has been learnt yet": trained_by(at_the_end, 60),
    "not yet below 0.02: go on": lambda p: in_a_loop_of_its_own(p, good_enough=0.08),
    "downhill?": trained_by(uphill, 60),
    "With sequences of 30 steps?": trained_by(at_the_end, 500, T=15),
    "no update": lambda p: p,
    "clip the gradients": lambda p: {name: a * np.nan for name, a in p.items()},
    "a dictionary with packed, wy, by": lambda p: p["packed"],
    "by: expected shape (1,), got (2,)": lambda p: p | {"by": np.ones(2)},
    "returns nothing": lambda p: None,
    "it raised KeyError": lambda p: p["wx"],
}


@pytest.mark.parametrize("sentence", WRONG_TRAININGS)
def test_each_wrong_training_is_named(sentence):
    verdict = practice.check_adding_training(WRONG_TRAININGS[sentence])
    assert not verdict.right
    assert sentence in verdict.text


def softmax(a):
    e = np.exp(a - a.max())
    return e / e.sum()


def with_choice(logits, rng, temperature):
    return rng.choice(len(logits), p=softmax(logits / temperature))


def with_gumbel(logits, rng, temperature):
    return np.argmax(logits / temperature + rng.gumbel(size=len(logits)))


def with_a_loop(logits, rng, temperature):
    rest = rng.random()
    for n, p in enumerate(softmax(logits / temperature)):
        rest -= p
        if rest < 0:
            return n
    return n


@pytest.mark.parametrize("answer", [with_choice, with_gumbel, with_a_loop, draw_character])
def test_right_draws_in_any_style_pass(answer):
    assert practice.check_draw(answer).right


def drawn(p_of):
    return lambda logits, rng, t: rng.choice(4, p=p_of(logits, t))


WRONG_DRAWS = {
    "always the most probable": lambda logits, rng, t: int(logits.argmax()),
    "does nothing": drawn(lambda a, t: softmax(a)),
    "divide": drawn(lambda a, t: softmax(a * t)),
    "as often as any other": lambda logits, rng, t: rng.integers(4),
    "divide the logits": drawn(lambda a, t: softmax(softmax(a) / t)),
    "came up": lambda logits, rng, t: 2,
    "returns nothing": lambda logits, rng, t: None,
    "a whole number from 0 to 3": lambda logits, rng, t: 7,
    "got array": lambda logits, rng, t: softmax(logits / t),
    "it raised ZeroDivisionError": lambda logits, rng, t: 1 // 0,
}


@pytest.mark.parametrize("sentence", WRONG_DRAWS)
def test_each_wrong_draw_is_named(sentence):
    verdict = practice.check_draw(WRONG_DRAWS[sentence])
    assert not verdict.right
    assert sentence in verdict.text
