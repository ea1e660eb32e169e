"""The check of the practice of *Why a memory?* knows right cells and names each wrong one."""

import pytest

import lstm_lesson as ll
from lstm_lesson import practice


def cell(**changes):
    """Return a function that gives the worked solution, with some of its weights changed."""
    w = ll.Weights.zeros(n_inputs=2, n_hidden=1)
    right = {"wxg": [[0.1, 0]], "wxi": [[0, 20]], "bi": [-10], "bf": [10], "bo": [10]}
    for name, value in (right | {"wxf": [[0, -20]]} | changes).items():
        setattr(w, name, value)
    return lambda: w


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"wxf": [[0, -30]], "bf": [15]},
        {"wxi": [[0, 12]], "bi": [-6.5]},
        {"wxg": [[0.1, 0.0]], "bo": [8]},
    ],
)
def test_right_cells_of_any_size_pass(changes):
    assert practice.check_memory(cell(**changes)).right


WRONG = {
    "added up": {"wxf": [[0, 0]]},
    "read at the last step": {"bi": [10], "wxi": [[0, 0]], "bf": [-10], "wxf": [[0, 0]]},
    "near 0": {"bf": [0]},
    "near 0: is the number": {"bo": [-10]},
    "wrong sign": {"wxg": [[-0.1, 0]]},
    "squashed": {"wxg": [[1, 0]]},
}


@pytest.mark.parametrize("sentence", WRONG)
def test_each_wrong_cell_is_named(sentence):
    verdict = practice.check_memory(cell(**WRONG[sentence]))
    assert not verdict.right
    assert sentence in verdict.text


def test_an_unknown_mistake_shows_the_answers():
    verdict = practice.check_memory(cell(bi=[-2]))
    assert not verdict.right
    assert "expected [0.2, 0.6, -0.5]" in verdict.text


@pytest.mark.parametrize(
    ("memory", "sentence"),
    [
        (lambda: [1.0, 2.0], "expected a Weights, got list"),
        (lambda: ll.Weights.zeros(2, 3), "expected 2 inputs and 1 unit, got 2 and 3"),
        (lambda: None, "returns nothing"),
        (lambda: 1 / 0, "it raised ZeroDivisionError"),
    ],
)
def test_what_is_no_cell_is_said(memory, sentence):
    verdict = practice.check_memory(memory)
    assert not verdict.right
    assert sentence in verdict.text
