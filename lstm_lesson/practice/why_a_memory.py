"""The check of the practice of *Why a memory?*: a cell, set by hand, that holds the last mark."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lesson.fast import forward
from lstm_lesson.practice.verdict import NotRightError, Verdict, call
from lstm_lesson.weights import Weights

MARKS = (1, 6, 17)  # steps, counted from 0: none at the start, none at the end
NUMBERS = np.array([[-0.8, 0.5, 0.3], [0.9, -0.4, 0.7], [0.2, 0.6, -0.5]])  # a row for each mark
T, SCALE = 40, 10
CLOSE = 0.02  # a tenth of a number is where tanh is straight to 0.003; a gate may leak a little


def check_memory(memory: Callable[[], Any]) -> Verdict:
    """Check ``memory()``: weights of one unit that holds the number with the last mark.

    The cell reads (number, mark) at each step. Its answer is ten times ``h`` after the last.
    """
    try:
        w = check_weights(call(memory))
    except NotRightError as trouble:
        return trouble.verdict("start from `by_hand()`, and ask what the mark must do to each gate")
    x = draw_marked_sequences()
    answers = SCALE * forward(x, w).h[-1, :, 0]
    if off(answers, NUMBERS[-1]) < CLOSE:
        return Verdict(True, "the last marked number, through the marks before it and the noise")
    for sentence, mistaken in mistakes(x, w):
        if off(answers, mistaken) < CLOSE:
            return Verdict(False, sentence)
    got, expected = (np.round(a, 2).tolist() for a in (answers, NUMBERS[-1]))
    return Verdict(False, f"answers {got}, expected {expected}: which gate moves, and when?")


def check_weights(w: Any) -> Weights:
    """Return the reader's weights if they are those of one unit with two inputs."""
    if not isinstance(w, Weights):
        raise NotRightError(f"expected a Weights, got {type(w).__name__}")
    if (w.n_inputs, w.n_hidden) != (2, 1):
        raise NotRightError(f"expected 2 inputs and 1 unit, got {w.n_inputs} and {w.n_hidden}")
    return w


def draw_marked_sequences() -> np.ndarray:
    """Return three sequences (T, 3, 2) of noise, three numbers in each of them marked."""
    rng = np.random.default_rng(5)
    x = np.zeros((T, NUMBERS.shape[1], 2))
    x[:, :, 0] = rng.uniform(-1, 1, (T, NUMBERS.shape[1]))
    for step, numbers in zip(MARKS, NUMBERS, strict=True):
        x[step, :, 0], x[step, :, 1] = numbers, 1
    return x


def mistakes(x: np.ndarray, w: Weights) -> list[tuple[str, np.ndarray]]:
    """Return each sentence with the answers that this mistake gives."""
    value = np.tanh(w.wxg[0, 0] * NUMBERS) * SCALE  # what the reader's cell writes at a mark
    read_last = np.tanh(w.wxg[0, 0] * x[-1, :, 0]) * SCALE

    def shown(memory: np.ndarray) -> np.ndarray:
        return np.asarray(np.tanh(memory / SCALE) * SCALE)

    return [
        (
            "the marked numbers are added up: at a mark the forget gate must shut",
            shown(value.sum(axis=0)),
        ),
        (
            "the cell shows what it read at the last step: without a mark the input gate must "
            "shut, and the forget gate must be open",
            shown(read_last),
        ),
        (
            "the answer is near 0: is the number forgotten (bias of the forget gate), never "
            "written (input gate), or not shown (output gate)?",
            np.zeros(NUMBERS.shape[1]),
        ),
        ("the answer has the wrong sign: look at wxg", -NUMBERS[-1]),
        (
            "the answer is squashed: tanh is straight only near 0, so write a tenth of the "
            "number (wxg = 0.1)",
            SCALE * np.tanh(np.tanh(NUMBERS[-1])),
        ),
    ]


def off(answers: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference."""
    return float(np.abs(answers - expected).max())
