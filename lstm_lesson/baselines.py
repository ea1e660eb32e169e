"""What a network has to beat on a series, and how sure it is that one prediction beats another.

As in `lstm_lesson.series`, a prediction stands at the index of what it predicts, is made of values
that are at least a horizon older, and is NaN where there is not enough past yet.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import Array, check_array, check_series, check_size

# Without a parameter


def persistence(values: npt.ArrayLike, horizon: int = 1) -> Array:
    """Predict that it stays as it is, like a random walk: ``prediction[t] = values[t - horizon]``.

    Parameters
    ----------
    values : array_like, shape (n,)
    horizon : int

    Returns
    -------
    ndarray, shape (n,), float64
        NaN in the first ``horizon`` places. Equation ``eq:series-persistence``.
    """
    return _shifted(check_series("values", values), check_size("horizon", horizon))


def seasonal_naive(values: npt.ArrayLike, season: int, horizon: int = 1) -> Array:
    """Predict what was there a season ago, the last one that is known by then.

    Parameters
    ----------
    values : array_like, shape (n,)
    season : int
        Its length m, in steps.
    horizon : int
        Up to m steps ahead it is ``values[t - m]``, beyond that a season more.

    Returns
    -------
    ndarray, shape (n,), float64
        NaN where there is no season before. Equation ``eq:series-seasonal``.
    """
    season, horizon = check_size("season", season), check_size("horizon", horizon)
    return _shifted(check_series("values", values), season * math.ceil(horizon / season))


# Fitted on the training part


class AR(NamedTuple):
    """An autoregressive model: a constant, and a weighted sum of past values.

    ``prediction[t] = constant + Σ_j weights[j] · values[t - lags[j]]``.
    """

    constant: float
    weights: Array
    lags: npt.NDArray[np.intp]

    def predict(self, values: npt.ArrayLike) -> Array:
        """Return the predictions for a series, shape (n,); NaN where the past is too short."""
        values = check_series("values", values)
        past = np.array([_shifted(values, lag) for lag in self.lags])
        predictions: Array = self.constant + self.weights @ past
        return predictions


def fit_ar(
    values: npt.ArrayLike, order: int, horizon: int = 1, *, season: int = 1, seasons: int = 0
) -> AR:
    """Fit an `AR` by least squares: the constant and weights of the least squared error.

    For a horizon of several steps the last values are fitted to the distant one directly.

    Parameters
    ----------
    values : array_like, shape (n,)
        The training part.
    order : int
        q, the number of latest values that it looks at.
    horizon : int
    season, seasons : int
        A seasonal AR looks at so many values more: those one, two, … seasons of m steps before
        the predicted one, beginning with the latest that is known by then.

    Returns
    -------
    AR
        Equation ``eq:series-ar``.

    Raises
    ------
    ValueError
        Fewer equations than unknowns.
    """
    values = check_series("values", values)
    order, horizon = check_size("order", order), check_size("horizon", horizon)
    season, seasons = check_size("season", season), check_size("seasons", seasons, least=0)
    known = math.ceil(horizon / season)
    lags = np.union1d(horizon + np.arange(order), season * (known + np.arange(seasons))).astype(int)
    n_equations = len(values) - lags.max()
    if n_equations < len(lags) + 1:
        raise ValueError(
            f"values: expected at least {len(lags) + 1 + lags.max()} steps for the "
            f"{len(lags) + 1} unknowns of lags up to {lags.max()}, got {len(values)}"
        )
    past = [_shifted(values, lag)[lags.max() :] for lag in lags]
    columns = np.column_stack([np.ones(n_equations), *past])
    solution = np.linalg.lstsq(columns, values[lags.max() :], rcond=None)[0]
    return AR(float(solution[0]), solution[1:], lags)


class SeasonMeans(NamedTuple):
    """The mean of each place in the season: of all Januaries, of all Februaries, and so on.

    Attributes
    ----------
    means : ndarray, shape (m,)
        That of the steps 0, m, 2m, … first.
    """

    means: Array

    def subtract(self, values: npt.ArrayLike) -> Array:
        """Return what is left of a series (n,) that begins at step 0."""
        values = check_series("values", values)
        return values - self.at(len(values))

    def add(self, values: npt.ArrayLike) -> Array:
        """Undo `subtract`; NaN, where there is no prediction, stays NaN."""
        values = np.asarray(values, np.float64)
        return values + self.at(len(values))

    def at(self, n_steps: int) -> Array:
        """Return the means of the steps 0 … n - 1."""
        return np.resize(self.means, n_steps)


def fit_season_means(values: npt.ArrayLike, season: int) -> SeasonMeans:
    """Return the `SeasonMeans` of these values: give it the training part, and nothing else.

    Parameters
    ----------
    values : array_like, shape (n,)
        At least one season.
    season : int
        How many values make one season (m).
    """
    values, season = check_series("values", values), check_size("season", season)
    if len(values) < season:
        raise ValueError(f"values: expected at least one season of {season}, got {len(values)}")
    return SeasonMeans(np.array([values[place::season].mean() for place in range(season)]))


def _shifted(values: Array, steps: int) -> Array:
    late = np.full(len(values), np.nan)
    late[steps:] = values[: max(0, len(values) - steps)]
    return late


# Is the difference more than chance?


class Difference(NamedTuple):
    """The mean difference of two losses, and how far it is from none.

    Attributes
    ----------
    mean : float
        Above zero: the second one loses less.
    standard_error : float
    z : float
        mean / standard_error: about normal, if the two are equally good.
    p : float
        How probable a ``abs(z)`` this large is then.
    """

    mean: float
    standard_error: float
    z: float
    p: float


def diebold_mariano(first: npt.ArrayLike, second: npt.ArrayLike, horizon: int = 1) -> Difference:
    """Compare the losses of two predictions of the same steps (Diebold and Mariano 1995).

    The differences of neighbouring steps are not independent, so their covariances count in the
    variance of the mean: with Bartlett's weights, as Newey and West (1987) have them, up to a
    distance of max(horizon - 1, ⌊4 (n / 100)^(2/9)⌋).

    Parameters
    ----------
    first, second : array_like, shape (n,)
        Losses: squared errors, or bits.
    horizon : int
        How far ahead the predictions were made: their errors overlap that far.

    Raises
    ------
    ValueError
        Fewer than ten losses, different lengths, or losses that are all equal.
    """
    first = check_series("first", first)
    second = check_array("second", second, "n", sizes={"n": len(first)}, real=True)
    n, horizon = len(first), check_size("horizon", horizon)
    if n < 10:
        raise ValueError(f"first: expected at least 10 losses, got {n}")
    difference = first - second
    centred = difference - difference.mean()
    reach = min(n - 1, max(horizon - 1, int(4 * (n / 100) ** (2 / 9))))
    covariances = [centred[k:] @ centred[: n - k] / n for k in range(reach + 1)]
    weights = 2 * (1 - np.arange(reach + 1) / (reach + 1))
    weights[0] = 1
    variance = float(weights @ covariances) / n
    if not variance > 0:
        raise ValueError("first, second: expected losses whose difference varies")
    mean, error = float(difference.mean()), math.sqrt(variance)
    return Difference(mean, error, mean / error, math.erfc(abs(mean / error) / math.sqrt(2)))


def rank_test(first: Sequence[float], second: Sequence[float]) -> float:
    """Return how probable so one-sided an order of two groups is, if only chance orders them.

    All values are put in one order; equal ones share the mean of their places. p is the share of
    all ways to draw the first group whose sum of places is as far from the expected one, or
    further: the exact test of Wilcoxon, two-sided.

    Parameters
    ----------
    first, second : sequence of float
        One value a seed, at most 24 together; infinity for a training that failed.

    Raises
    ------
    ValueError
        A group is empty, or there are too many values to go through all orders.
    """
    values = np.array([*first, *second], np.float64)
    n, total = len(first), len(values)
    if not 0 < n < total <= 24:
        raise ValueError(
            f"first, second: expected two groups of at most 24 together, got {n} and {total - n}"
        )
    smaller = (values[None] < values[:, None]).sum(axis=1)
    equal = (values[None] == values[:, None]).sum(axis=1)
    doubled = 2 * smaller + equal + 1  # twice the places, so that they are whole numbers
    expected = n * (total + 1)
    observed = abs(int(doubled[:n].sum()) - expected)
    sums = np.array([sum(chosen) for chosen in combinations(doubled.tolist(), n)])
    return float(np.mean(np.abs(sums - expected) >= observed))
