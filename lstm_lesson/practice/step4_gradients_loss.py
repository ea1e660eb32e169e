"""The checks of the practice of Step 4, loss and read-out: the gradients of two losses."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lesson.arguments import Array
from lstm_lesson.practice.verdict import Verdict, compare
from lstm_lesson.readout import softmax_cross_entropy, squared_error


def check_loss_grad(loss_grad: Callable[[Array, Array], Any]) -> Verdict:
    """Check ``loss_grad(prediction, target)``: dE/dprediction of the mean squared error."""
    T, B, K = 5, 4, 3
    rng = np.random.default_rng(6)
    prediction, target = rng.normal(size=(2, T, B, K))
    error = prediction - target
    right = squared_error(prediction, target)[1]
    mistakes = {
        "the sign is wrong: it is prediction minus target, or the loss will rise": -right,
        "this is target - prediction, as the article has it: wrong sign, and 2/N is missing": (
            -error
        ),
        "the factor 2/N is missing: prediction - target is the gradient of the half-sum": error,
        "the 2 is missing: the derivative of a square is twice what stands inside": right / 2,
        "the 1/N is missing: this is the gradient of the sum, not of the mean": 2 * error,
        "N is not B: the mean goes over all numbers, T times B times K of them": 2 / B * error,
        "N is not T: the mean goes over all numbers, T times B times K of them": 2 / T * error,
        "N is not K: the mean goes over all numbers, T times B times K of them": 2 / K * error,
        "N is not T times B: each of the K outputs counts as well": 2 / (T * B) * error,
        "N is not B times K: each of the T steps counts as well": 2 / (B * K) * error,
        "these are squares: the loss has them, its gradient is linear in the error": (
            error**2 / error.size
        ),
    }
    return compare(
        loss_grad,
        (prediction.copy(), target.copy()),
        {"gradient": right},
        {text: {"gradient": wrong} for text, wrong in mistakes.items()},
        "right sign, right factor, and N counts all numbers",
        "the gradient of 1/N times the sum of (prediction - target)**2, in the shape (T, B, K)",
    )


def check_class_grad(class_grad: Callable[[Array, Array], Any]) -> Verdict:
    """Check ``class_grad(logits, labels)``: dE/dlogits of the mean cross-entropy.

    It is tried on ordinary logits, where the mistakes show, and then on logits of ±1000.
    """
    T, B, K = 5, 4, 3
    rng = np.random.default_rng(7)
    logits, labels = rng.normal(size=(T, B, K)), rng.integers(K, size=(T, B))
    right = softmax_cross_entropy(logits, labels)[1]
    onehot = np.eye(K)[labels]
    rows, shares = T * B, right * T * B + onehot
    columns = np.exp(logits) / np.exp(logits).sum(axis=0)
    mistakes = {
        "the sign is wrong: it is shares minus one-hot, or the loss will rise": -right,
        "the 1/N is missing: the mean goes over all T times B labels": shares - onehot,
        "N is not B: the mean goes over all labels, T times B of them": (shares - onehot) / B,
        "N is not T: the mean goes over all labels, T times B of them": (shares - onehot) / T,
        "N counts labels, not logits: divide by T times B, without K": right / K,
        "the one-hot is missing: take 1 off in the place of the label": shares / rows,
        "these are the shares alone: one-hot and 1/N are missing": shares,
        "the factor 2 belongs to the square; the logarithm has none": 2 * right,
        "these are logits minus one-hot: the softmax is missing": (logits - onehot) / rows,
        "the softmax goes over the classes, the last axis": (columns - onehot) / rows,
    }
    hint = "shares minus one-hot, over the number of labels, in the shape (T, B, K)"
    with np.errstate(all="ignore"):  # what overflows is seen in the result
        verdict = compare(
            class_grad,
            (logits.copy(), labels.copy()),
            {"gradient": right},
            {text: {"gradient": wrong} for text, wrong in mistakes.items()},
            "right on logits of every size, with 1/N over all labels",
            hint,
        )
        if not verdict.right:
            return verdict
        large = np.where(onehot == 1, 0.0, np.sign(logits) * 1000)
        overflow = (
            "right, but not for logits of 1000: exp overflows; "
            "take the largest logit of each row off first"
        )
        return compare(
            class_grad,
            (large, labels.copy()),
            {"gradient": softmax_cross_entropy(large, labels)[1]},
            {},
            verdict.text,
            overflow,
        )
