"""Tasks to learn: sequences drawn at random, with their targets."""

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import Array, check_size, check_type


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
        B.
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
