"""Small tasks on which a recurrent network can be trained in seconds.

The adding problem asks for memory, and a text asks for the next character. Real series are in
`lstm_lesson.series`.
"""

import re
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import Array, check_array, check_positive, check_size, check_type
from lstm_lesson.results import stored_results

Codes = npt.NDArray[np.intp]


def adding(rng: np.random.Generator, n_steps: int, n_sequences: int) -> tuple[Array, Array]:
    """Draw sequences of the adding problem, in the form of Arjovsky, Shah and Bengio (2016).

    Each step brings a number, uniform in [0, 1), and a mark, 0 or 1. One step of the first half
    and one of the second are marked. The target is the sum of their two numbers. Who always says
    1, its mean, has a mean squared error of 1/6.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_steps : int
        T, at least 2.
    n_sequences : int
        B, at least 1.

    Returns
    -------
    x : ndarray, shape (T, B, 2)
        Numbers and marks, float64.
    target : ndarray, shape (B, 1)

    Raises
    ------
    ValueError, TypeError
        A size that is too small or no whole number, or no Generator.
    """
    check_type("rng", rng, np.random.Generator)
    T, B = check_size("n_steps", n_steps, least=2), check_size("n_sequences", n_sequences)
    sequence = np.arange(B)
    x = np.zeros((T, B, 2))
    x[:, :, 0] = rng.random((T, B))
    first, second = rng.integers(0, T // 2, B), rng.integers(T // 2, T, B)
    x[first, sequence, 1] = x[second, sequence, 1] = 1
    return x, (x[first, sequence, 0] + x[second, sequence, 0])[:, None]


def adding_1997(
    rng: np.random.Generator, n_sequences: int, T: int = 100
) -> tuple[Array, npt.NDArray[np.intp], Array]:
    """Draw sequences of the adding problem as its authors set it (Hochreiter and Schmidhuber 1997).

    Each step is a pair: a value, uniform in [-1, 1], and a marker. One of the first ten pairs and
    one more of the first T/2 - 1 have the marker 1; the first pair and the last have -1, all
    others 0. The target is 0.5 + (X1 + X2) / 4, where X1 and X2 are the two marked values. If the
    first pair is one of the two, its marker stays -1 and its value is set to 0.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_sequences : int
        B, at least 1.
    T : int
        At least 22. The length of each sequence is uniform between T and T + T/10, so the shortest
        time lag is T/2.

    Returns
    -------
    x : ndarray, shape (T + T/10, B, 2)
        Values and markers; 0 after the end of a sequence.
    lengths : ndarray of int, shape (B,)
    target : ndarray, shape (B,)

    Raises
    ------
    ValueError, TypeError
        No generator; B or T is too small, or no whole number.
    """
    check_type("rng", rng, np.random.Generator)
    B, T = check_size("n_sequences", n_sequences), check_size("T", T, least=22)
    longest = T + T // 10
    lengths = rng.integers(T, longest, size=B, endpoint=True)
    first = rng.integers(10, size=B)
    second = rng.integers(T // 2 - 2, size=B)
    second += second >= first  # the first T/2 - 1 without the one that is marked already
    each = np.arange(B)
    x = np.zeros((longest, B, 2))
    x[:, :, 0] = rng.uniform(-1, 1, size=(longest, B))
    x[0, (first == 0) | (second == 0), 0] = 0
    target = 0.5 + (x[first, each, 0] + x[second, each, 0]) / 4
    x[first, each, 1] = x[second, each, 1] = 1
    x[0, :, 1] = x[lengths - 1, each, 1] = -1
    x[np.arange(longest)[:, None] >= lengths] = 0
    return x, lengths, target


def alice(whole: bool = False) -> str:
    """Return Alice's Adventures in Wonderland, the first chapter or all twelve.

    Lewis Carroll, 1865, in the public domain; "The Millennium Fulcrum Edition 2.9". The text alone,
    without titles and headings; each line end or row of blanks is one blank. ``data/README.md``
    says where it comes from.

    Parameters
    ----------
    whole : bool
        About 142 000 characters instead of 11 000.
    """
    novel = files("lstm_lesson").joinpath("data/alice.txt").read_text("ascii")
    _, *chapters = re.split(r"CHAPTER [IVX]+\n\s+.*\n", novel)
    story = " ".join(chapters if whole else chapters[:1]).partition("THE END")[0]
    return " ".join(story.replace("*", " ").split())


class Alphabet:
    """The characters of a text, in order, and their numbers.

    Parameters
    ----------
    text : str
        Any text that has all of them.

    Attributes
    ----------
    characters : str
        Each character once, sorted.

    Examples
    --------
    >>> alphabet = Alphabet("banana")
    >>> alphabet.characters, alphabet.encode("ban")
    ('abn', array([1, 0, 2]))
    >>> alphabet.decode([2, 0, 1])
    'nab'
    """

    def __init__(self, text: str) -> None:
        check_type("text", text, str)
        if not text:
            raise ValueError("text: expected at least one character, got none")
        self.characters = "".join(sorted(set(text)))
        self._number = {character: n for n, character in enumerate(self.characters)}

    def __len__(self) -> int:
        return len(self.characters)

    def encode(self, text: str) -> Codes:
        """Return the number of each character; one that is not in the alphabet is a ValueError."""
        check_type("text", text, str)
        unknown = sorted(set(text) - set(self.characters))
        if unknown:
            raise ValueError(f"text: {unknown[0]!r} is not in the alphabet {self.characters!r}")
        return np.array([self._number[character] for character in text], np.intp)

    def decode(self, codes: npt.ArrayLike) -> str:
        """Return the text of the numbers ``codes`` (n,)."""
        return "".join(self.characters[n] for n in self._check(codes))

    def one_hot(self, codes: npt.ArrayLike) -> Array:
        """Return rows (…, K), all 0 but for a 1 at the character's number."""
        return np.eye(len(self))[self._check(codes)]

    def _check(self, codes: npt.ArrayLike) -> Codes:
        array = np.asarray(codes)
        if array.dtype.kind not in "iu":
            raise TypeError(f"codes: expected whole numbers, got {array.dtype}")
        if array.size and not (array.min() >= 0 and array.max() < len(self)):
            raise ValueError(f"codes: expected numbers from 0 to {len(self) - 1}")
        return array.astype(np.intp)


def draw_character(
    logits: npt.ArrayLike, rng: np.random.Generator, temperature: float = 1.0
) -> int:
    """Draw a character's number from what a network says of the next one.

    Parameters
    ----------
    logits : array_like, shape (K,)
    rng : numpy.random.Generator
    temperature : float
        τ, larger than 0: the probabilities are softmax(logits / τ), equation
        ``eq:temperature``. Near 0 it is the most probable character, for large τ any.

    Returns
    -------
    int
        0 … K - 1.

    Raises
    ------
    ValueError, TypeError
        A wrong shape, NaN or infinity, a temperature that is not larger than 0, or no Generator.
    """
    check_type("rng", rng, np.random.Generator)
    logits = check_array("logits", logits, "K", sizes={}, real=True)
    check_positive("temperature", temperature)
    scaled = (logits - logits.max()) / temperature
    cumulative = np.cumsum(np.exp(scaled))
    return int(np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right"))


def results() -> dict[str, Any]:
    """Return how the trainings on the adding problem went, which take too long for a page.

    ``["adding"]["lstm 30 16 1"]`` (cell, T, H, seed) has ``updates``, how many it took until the
    held-out error was below 0.02 (None: not within the limit), and the last ``error``;
    ``["provenance"]`` says how, when and with which versions. Written by
    ``benchmarks/small_tasks.py``.
    """
    return stored_results("small_tasks")


def text_results() -> dict[str, Any]:
    """Return how n-grams and networks did on more and more of Alice.

    ``["n-grams"]["10000"]`` has the ``order`` that is best on the validation part, and bits per
    character of ``validation`` and ``test`` part; ``["networks"]`` has the same of each training,
    with its settings, and its ``curve``; ``test blocks`` are the bits of a hundred characters
    each. Written by ``benchmarks/texts.py``.
    """
    return stored_results("texts")


def trained_network() -> dict[str, Array]:
    """Return a network of 64 units that has read most of Alice: ``packed``, ``wy``, ``by``.

    It is ``text_results()["networks"]["book"]``, stored in float16 and returned in float64; its
    alphabet is ``Alphabet(alice(whole=True))``.
    """
    path = files("lstm_lesson").joinpath("data/reader.npz")
    with path.open("rb") as source, np.load(source, allow_pickle=False) as file:
        return {name: file[name].astype(np.float64) for name in file.files}
