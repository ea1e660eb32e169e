"""Counting characters: against nltk, and by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

from lstm_lesson import ngrams

RIVALS = json.loads((Path(__file__).parent / "data" / "rivals.json").read_text("utf-8"))
TEXT = RIVALS["text"]
K = len(set(TEXT))


def test_by_hand():
    model = ngrams.fit_ngram("aab", 2, 3)
    # Nothing before: a twice and b once, so N = 3, V = 2, and 1/3 for what is below.
    a, c = (2 + 2 / 3) / 5, (2 / 3) / 5
    assert model.probability("a", "") == pytest.approx(a)
    assert model.probability("c", "") == pytest.approx(c)
    # After a: once a, once b, so N = 2, V = 2.
    assert model.probability("a", "a") == pytest.approx((1 + 2 * a) / 4)
    assert model.probability("c", "c") == pytest.approx(c)  # c was never seen: the shorter one


@pytest.mark.parametrize("case", RIVALS["n-grams"], ids=lambda c: f"order {c['order']}")
def test_probabilities_are_those_of_nltk(case):
    """nltk begins with the frequencies, and not with equal shares: so they are put below ours."""
    model = ngrams.fit_ngram(TEXT, case["order"], K)
    for character, context, answer in case["answers"]:
        begins_with_frequency = model._replace(n_characters=len(TEXT) / TEXT.count(character))
        received = begins_with_frequency.probability(character, context)
        assert received == pytest.approx(answer, rel=1e-9), (context, character)


@pytest.mark.parametrize("order", [1, 2, 5])
@pytest.mark.parametrize("before", ["", "t", "the cat", "zzzz"])
def test_probabilities_add_up_to_one(order, before):
    model = ngrams.fit_ngram(TEXT, order, K)
    assert sum(model.probability(c, before) for c in set(TEXT)) == pytest.approx(1)


def test_bits_are_those_of_each_character_with_what_stands_before():
    model = ngrams.fit_ngram(TEXT, 3, K)
    bits = model.bits("sat on", before="the cat ")
    wanted = [
        -np.log2(model.probability(c, "the cat sat on"[: 8 + n])) for n, c in enumerate("sat on")
    ]
    assert bits == pytest.approx(wanted)


def test_the_best_order_is_that_of_the_validation_part():
    best = ngrams.best_ngram(TEXT, TEXT[:30], K, (1, 2, 4))
    assert best.order == 4
    costs = {n: ngrams.fit_ngram(TEXT, n, K).bits("dog and log").mean() for n in (1, 2, 4, 6)}
    assert ngrams.best_ngram(TEXT, "dog and log", K, costs).order == min(costs, key=costs.get)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ngrams.fit_ngram(TEXT, 0, K), "order: expected at least 1, got 0"),
        (lambda: ngrams.fit_ngram(TEXT, 1, K - 1), f"n_characters: expected at least {K}"),
        (lambda: ngrams.fit_ngram("aab", 1, 3).bits(""), "text: expected at least one character"),
    ],
)
def test_a_wrong_argument_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
