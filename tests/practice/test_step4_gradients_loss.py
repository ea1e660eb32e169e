"""The practice of "loss and read-out": right answers pass, each known mistake is named."""

import numpy as np
import pytest

from lstm_lesson import practice


def by_formula(prediction, target):
    return 2 * (prediction - target) / prediction.size


def by_loops(prediction, target):
    T, B, K = prediction.shape
    gradient = [
        [[2 / (T * B * K) * (prediction[t, b, k] - target[t, b, k]) for k in range(K)]
         for b in range(B)]
        for t in range(T)
    ]  # fmt: skip
    return {"gradient": gradient}


@pytest.mark.parametrize("right", [by_formula, by_loops])
def test_a_right_squared_error_gradient_passes(right):
    assert practice.check_loss_grad(right).right


WRONG_SQUARED = {
    "the sign is wrong": lambda p, y: 2 / p.size * (y - p),
    "as the article has it": lambda p, y: y - p,
    "2/N is missing: prediction - target": lambda p, y: p - y,
    "the 2 is missing": lambda p, y: (p - y) / p.size,
    "the 1/N is missing": lambda p, y: 2 * (p - y),
    "N is not B:": lambda p, y: 2 / p.shape[1] * (p - y),
    "N is not T:": lambda p, y: 2 / len(p) * (p - y),
    "N is not K:": lambda p, y: 2 / p.shape[-1] * (p - y),
    "N is not T times B": lambda p, y: 2 / p[..., 0].size * (p - y),
    "N is not B times K": lambda p, y: 2 / p[0].size * (p - y),
    "these are squares": lambda p, y: (p - y) ** 2 / p.size,
    "expected shape (5, 4, 3), got ()": lambda p, y: ((p - y) ** 2).mean(),
    "gradient[": lambda p, y: p * y,
    "received nan": lambda p, y: np.full_like(p, np.nan),
    "returns nothing": lambda p, y: ...,
    "it raised NameError": lambda p, y: undefined_name,  # noqa: F821
}


@pytest.mark.parametrize("sentence", WRONG_SQUARED)
def test_a_wrong_squared_error_gradient_gets_its_sentence(sentence):
    verdict = practice.check_loss_grad(WRONG_SQUARED[sentence])
    assert not verdict.right
    assert sentence in verdict.text, verdict.text


def softmax(logits, axis=-1):
    shares = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return shares / shares.sum(axis=axis, keepdims=True)


def onehot(logits, labels):
    return np.eye(logits.shape[-1])[labels]


def by_one_hot(logits, labels):
    return (softmax(logits) - onehot(logits, labels)) / labels.size


def by_subtracting_in_place(logits, labels):
    logits -= logits.max(axis=-1, keepdims=True)
    gradient = softmax(logits).reshape(-1, logits.shape[-1])
    gradient[np.arange(labels.size), labels.ravel()] -= 1
    return gradient.reshape(logits.shape) / labels.size


@pytest.mark.parametrize("right", [by_one_hot, by_subtracting_in_place])
def test_a_right_cross_entropy_gradient_passes(right):
    assert practice.check_class_grad(right).right


def overflowing(logits, labels):
    shares = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    return (shares - onehot(logits, labels)) / labels.size


WRONG_CLASSES = {
    "the sign is wrong": lambda a, u: -by_one_hot(a, u),
    "the 1/N is missing": lambda a, u: softmax(a) - onehot(a, u),
    "N is not B:": lambda a, u: (softmax(a) - onehot(a, u)) / a.shape[1],
    "N is not T:": lambda a, u: (softmax(a) - onehot(a, u)) / len(a),
    "N counts labels": lambda a, u: (softmax(a) - onehot(a, u)) / a.size,
    "the one-hot is missing": lambda a, u: softmax(a) / u.size,
    "the shares alone": lambda a, u: softmax(a),
    "the factor 2 belongs": lambda a, u: 2 * by_one_hot(a, u),
    "the softmax is missing": lambda a, u: (a - onehot(a, u)) / u.size,
    "the last axis": lambda a, u: (softmax(a, axis=0) - onehot(a, u)) / u.size,
    "not for logits of 1000: exp overflows": overflowing,
    "expected shape (5, 4, 3), got (5, 4)": lambda a, u: u,
    "gradient[": lambda a, u: a,
    "returns nothing": lambda a, u: None,
    "it raised IndexError": lambda a, u: a[..., 7],
}


@pytest.mark.parametrize("sentence", WRONG_CLASSES)
def test_a_wrong_cross_entropy_gradient_gets_its_sentence(sentence):
    verdict = practice.check_class_grad(WRONG_CLASSES[sentence])
    assert not verdict.right
    assert sentence in verdict.text, verdict.text
