"""Counting characters: the rival that a network for text has to beat.

An n-gram model looks at the last n - 1 characters and at what followed them in the training part.
What it has seldom seen it asks a shorter context about, and that one a shorter one, down to "all
characters are equally probable" (Witten and Bell 1991).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from lstm_lesson.arguments import Array, check_size, check_type


class NGram(NamedTuple):
    """How often each character followed each context, for contexts of 0 to ``order`` - 1.

    Attributes
    ----------
    order : int
        n: a context has at most n - 1 characters.
    n_characters : int
        K, the size of the alphabet.
    followers : dict of str to Counter
        For each context, which characters followed it, and how often.
    """

    order: int
    n_characters: int
    followers: dict[str, Counter[str]]

    def probability(self, character: str, before: str) -> float:
        """Return the probability that ``character`` follows the text ``before``.

        A context that was seen N times, with V different characters behind it, leaves the share
        V / (N + V) to the context that is one shorter.
        """
        p = 1 / self.n_characters
        for length in range(min(self.order, len(before) + 1)):
            seen = self.followers.get(before[len(before) - length :])
            if seen is None:  # so no longer context was seen either
                break
            p = (seen[character] + len(seen) * p) / (seen.total() + len(seen))
        return p

    def bits(self, text: str, before: str = "") -> Array:
        """Return how many bits each character of a text costs, shape (n,): -log₂ probability.

        ``before`` is what stands in front of the text; it is context and costs nothing.
        """
        check_type("text", text, str)
        check_type("before", before, str)
        if not text:
            raise ValueError("text: expected at least one character, got none")
        context, whole = len(before), before + text
        reach = self.order - 1
        return -np.log2(
            [
                self.probability(whole[t], whole[max(0, t - reach) : t])
                for t in range(context, len(whole))
            ]
        )


def fit_ngram(text: str, order: int, n_characters: int) -> NGram:
    """Count what follows what.

    Parameters
    ----------
    text : str
        The training part.
    order : int
        n, at least 1: with 1 the model knows frequencies alone, with 2 pairs.
    n_characters : int
        K, the size of the alphabet; characters of the alphabet that the text lacks get their
        share, too.

    Raises
    ------
    ValueError, TypeError
        An order below 1, an alphabet that is smaller than that of the text, no text.
    """
    check_type("text", text, str)
    order, K = check_size("order", order), check_size("n_characters", n_characters)
    if len(set(text)) > K:
        raise ValueError(f"n_characters: expected at least {len(set(text))}, got {K}")
    followers: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for length in range(order):
        for t in range(length, len(text)):
            followers[text[t - length : t]][text[t]] += 1
    return NGram(order, K, dict(followers))


def best_ngram(
    training: str, validation: str, n_characters: int, orders: Iterable[int] = range(1, 9)
) -> NGram:
    """Return the n-gram of the training part whose order costs least on the validation part."""
    fits = [fit_ngram(training, order, n_characters) for order in orders]
    return min(fits, key=lambda fit: fit.bits(validation).mean())
