"""Real series: data, time-ordered windows, baselines, and a check that nothing saw the future.

Everywhere in this module a prediction stands at the index of what it predicts: ``prediction[t]``
is meant for ``values[t]``, and with a horizon of k steps it may be made of ``values[: t - k + 1]``
alone. Where there is not enough past yet, it is NaN.
"""

import csv
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import Array, check_array, check_choice, check_size
from lstm_lesson.fast import backward, forward
from lstm_lesson.initial import init_weights
from lstm_lesson.readout import predict, predict_backward, squared_error
from lstm_lesson.training import Adam, Arrays, History, train
from lstm_lesson.weights import Weights

Forecast = Callable[[Array], npt.ArrayLike]


# The data. Where they come from: data/README.md.


class Series(NamedTuple):
    """One number at a time, at equal distances in time.

    Attributes
    ----------
    name, title, unit : str
        What it is called in code, and on a picture's axes.
    time : ndarray, shape (n,)
        Year, with its fraction for months: the middle of what a value is the mean of.
    values : ndarray, shape (n,), float64
    season : int
        Steps after which it repeats, roughly: 12 months, or the 11 years of the Sun.
    """

    name: str
    title: str
    unit: str
    time: Array
    values: Array
    season: int


def load(name: str) -> Series:
    """Return one of the three series that come with the package.

    Parameters
    ----------
    name : {"sunspots", "co2", "elnino"}
        Sunspot numbers, yearly, 1700 to 2008; CO₂ in the air of Mauna Loa, monthly, March 1958 to
        December 2001; temperature of the sea in the region Niño 1+2, monthly, 1950 to 2010. All
        three are in the public domain.

    Returns
    -------
    Series
        A copy of its own: 309, 526 and 732 values. Months of ``co2`` are means of the weeks
        that begin in them; the five months without a week, the last of them in 1964, lie on the
        straight line between their neighbours.
    """
    check_choice("name", name, *READERS)
    return READERS[name](_rows(name))


def _rows(name: str) -> list[list[str]]:
    file = resources.files("lstm_lesson").joinpath(f"data/{name}.csv")
    return list(csv.reader(file.read_text("utf-8").splitlines()))[1:]


def _sunspots(rows: list[list[str]]) -> Series:
    years, numbers = np.array(rows, float).T
    return Series("sunspots", "Sunspots", "mean number in the year", years + 0.5, numbers, 11)


def _co2(rows: list[list[str]]) -> Series:
    weeks: dict[str, list[float]] = {}
    for date, ppm in rows:
        weeks.setdefault(date[:6], []).extend([float(ppm)] if ppm else [])
    time = np.array([int(month[:4]) + (int(month[4:]) - 0.5) / 12 for month in weeks])
    known = np.array([bool(ppm) for ppm in weeks.values()])
    means = [np.mean(ppm) for ppm in weeks.values() if ppm]
    return Series("co2", "CO₂ on Mauna Loa", "ppm", time, np.interp(time, time[known], means), 12)


def _elnino(rows: list[list[str]]) -> Series:
    table = np.array(rows, float)
    time = (table[:, :1] + (np.arange(12) + 0.5) / 12).ravel()
    return Series("elnino", "Sea, Niño 1+2", "°C", time, table[:, 1:].ravel(), 12)


READERS = {"sunspots": _sunspots, "co2": _co2, "elnino": _elnino}


def results() -> dict[str, Any]:
    """Return the stored trainings of the chapter on real series, and where they come from.

    Returns
    -------
    dict
        ``"date"``, ``"numpy"``, ``"machine"``, … and ``"runs"``, one list for each training, whose
        ``"columns"`` it names. ``benchmarks/real_series.py`` has written it.
    """
    file = resources.files("lstm_lesson").joinpath("data/real_series.json")
    stored: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return stored


def test_predictions() -> dict[tuple[str, str, int], Array]:
    """Return what the chosen networks predict of the test parts, by series, preparation, horizon.

    Returns
    -------
    dict
        Each of shape (5, n), float32: one row a seed, in the unit of the series. For
        ``"less month means"`` the means are added again. ``benchmarks/real_series.py`` has
        written it.
    """
    file = resources.files("lstm_lesson").joinpath("data/real_series.npz")
    seeds: dict[tuple[str, str, int], list[Array]] = {}
    with file.open("rb") as source, np.load(source, allow_pickle=False) as stored:
        for key in stored.files:
            name, how, _lag, _hidden, horizon, _seed = key.split(" · ")
            seeds.setdefault((name, how, int(horizon)), []).append(stored[key])
    return {which: np.array(rows) for which, rows in seeds.items()}


# From a series to what a network takes


class Parts(NamedTuple):
    """Three stretches of a series, one after the other."""

    train: slice
    validation: slice
    test: slice


def split(n: int, validation: float = 0.2, test: float = 0.2) -> Parts:
    """Cut n steps into training, validation and test part, in the order of time.

    Parameters
    ----------
    n : int
        At least 3.
    validation, test : float
        Their shares; each part has at least one step. The test part is the last.

    Raises
    ------
    ValueError
        A share is not between 0 and 1, or the training part would be empty.
    """
    n = check_size("n", n, 3)
    for name, share in {"validation": validation, "test": test}.items():
        if not 0 < share < 1:
            raise ValueError(f"{name}: expected a share between 0 and 1, got {share}")
    n_test, n_validation = max(1, round(test * n)), max(1, round(validation * n))
    n_train = n - n_validation - n_test
    if n_train < 1:
        raise ValueError(
            f"validation + test: expected a share that leaves a training part, got {validation}"
            f" + {test} of {n} steps"
        )
    border = n_train + n_validation
    return Parts(slice(0, n_train), slice(n_train, border), slice(border, n))


class Scaler(NamedTuple):
    """Takes off a mean and divides by a standard deviation, and back."""

    mean: float
    std: float

    def scale(self, values: npt.ArrayLike) -> Array:
        """Return (values - mean) / std."""
        return (np.asarray(values) - self.mean) / self.std

    def unscale(self, values: npt.ArrayLike) -> Array:
        """Return mean + std · values."""
        return self.mean + self.std * np.asarray(values)


def fit_scaler(values: npt.ArrayLike) -> Scaler:
    """Return the `Scaler` of these values: give it the training part, and nothing else.

    Raises
    ------
    ValueError
        The values are all the same, so that nothing can be divided by their spread.
    """
    values = _series("values", values)
    if not np.ptp(values) > 0:
        raise ValueError(f"values: expected some spread, got {values[0]} throughout")
    return Scaler(float(values.mean()), float(values.std()))


def windows(values: npt.ArrayLike, lag: int, horizon: int = 1) -> tuple[Array, Array]:
    """Cut a series into all windows of ``lag`` steps, as a batch for `lstm_lesson.forward`.

    Parameters
    ----------
    values : array_like, shape (n,)
    lag : int
        How many values a window shows.
    horizon : int
        How many steps ahead the target is.

    Returns
    -------
    x : ndarray, shape (lag, N, 1), with N = n - lag - horizon + 1
        ``x[s, k, 0] = values[k + s]``: each column is one window.
    y : ndarray, shape (lag, N, 1)
        ``y[s, k, 0] = values[k + s + horizon]``: a target for each step. The last one of window
        k is ``values[k + lag + horizon - 1]``.

    Raises
    ------
    ValueError
        The series is too short for a single window.
    """
    values = _series("values", values)
    lag, horizon = check_size("lag", lag), check_size("horizon", horizon)
    n_windows = len(values) - lag - horizon + 1
    if n_windows < 1:
        raise ValueError(
            f"values: expected at least lag + horizon = {lag + horizon} steps, got {len(values)}"
        )
    cut = np.lib.stride_tricks.sliding_window_view(values, n_windows)
    return cut[:lag, :, None].copy(), cut[horizon : horizon + lag, :, None].copy()


# What a network has to beat


def persistence(values: npt.ArrayLike, horizon: int = 1) -> Array:
    """Predict that it stays as it is: ``prediction[t] = values[t - horizon]``.

    Parameters
    ----------
    values : array_like, shape (n,)
    horizon : int

    Returns
    -------
    ndarray, shape (n,), float64
        NaN in the first ``horizon`` places.
    """
    return _shifted(_series("values", values), check_size("horizon", horizon))


def seasonal_naive(values: npt.ArrayLike, season: int, horizon: int = 1) -> Array:
    """Predict what was there a season ago, the last one that is known by then.

    Parameters
    ----------
    values : array_like, shape (n,)
    season : int
        Its length, in steps.
    horizon : int
        Up to ``season`` steps ahead it is ``values[t - season]``, beyond that a season more.

    Returns
    -------
    ndarray, shape (n,), float64
        NaN where there is no season before.
    """
    season, horizon = check_size("season", season), check_size("horizon", horizon)
    return _shifted(_series("values", values), season * math.ceil(horizon / season))


class AR(NamedTuple):
    """An autoregressive model: a constant, and a weighted sum of the last values.

    ``prediction[t] = constant + Σ_j weights[j] · values[t - horizon - j]``, with j = 0 … p - 1.
    """

    constant: float
    weights: Array
    horizon: int

    def predict(self, values: npt.ArrayLike) -> Array:
        """Return the predictions for a series, shape (n,); NaN where the past is too short."""
        values = _series("values", values)
        sums = np.convolve(values, self.weights)[: len(values)]
        sums[: len(self.weights) - 1] = np.nan  # sums of fewer than p values
        return self.constant + _shifted(sums, self.horizon)


def fit_ar(values: npt.ArrayLike, order: int, horizon: int = 1) -> AR:
    """Fit an `AR` by least squares: the constant and weights of the least squared error.

    For a horizon of several steps the last values are fitted to the distant one directly.

    Parameters
    ----------
    values : array_like, shape (n,)
        The training part.
    order : int
        p, the number of values it looks at.
    horizon : int

    Raises
    ------
    ValueError
        Fewer equations than unknowns.
    """
    values = _series("values", values)
    order, horizon = check_size("order", order), check_size("horizon", horizon)
    n_equations = len(values) - order - horizon + 1
    if n_equations < order + 1:
        raise ValueError(
            f"values: expected at least 2 · order + horizon = {2 * order + horizon} steps for "
            f"the {order + 1} unknowns of order {order}, got {len(values)}"
        )
    x, y = windows(values, order, horizon)
    columns = np.column_stack([np.ones(n_equations), x[::-1, :, 0].T])
    solution = np.linalg.lstsq(columns, y[-1, :, 0], rcond=None)[0]
    return AR(float(solution[0]), solution[1:], horizon)


# The network


class LSTM(NamedTuple):
    """An LSTM with a linear read-out, and the scaler of what it was trained on."""

    w: Weights
    wy: Array
    by: Array
    scaler: Scaler
    lag: int
    horizon: int
    history: History

    def predict(self, values: npt.ArrayLike) -> Array:
        """Return the predictions for a series, shape (n,); NaN where the past is too short.

        Each is read out after the last step of a window of ``lag`` values, which begins from
        zero states.
        """
        values = _series("values", values)
        x, _ = windows(self.scaler.scale(values), self.lag, self.horizon)
        scaled = predict(forward(x, self.w).h[-1], self.wy, self.by)[:, 0]
        prediction = np.full(len(values), np.nan)
        prediction[self.lag + self.horizon - 1 :] = self.scaler.unscale(scaled)
        return prediction


def fit_lstm(
    values: npt.ArrayLike,
    n_train: int,
    lag: int,
    horizon: int = 1,
    *,
    n_hidden: int = 16,
    seed: int = 0,
    batch: int = 64,
    lr: float = 0.01,
    max_norm: float = 1.0,
    n_updates: int = 1000,
    every: int = 10,
    patience: int = 20,
) -> LSTM:
    """Train an LSTM to predict a series, and keep it as it was when validation went best.

    The scaler and the weights come from the first ``n_train`` values; the others only say when
    to stop. The loss is the mean squared error at every step of a window after a warm-up, its
    first half, in which the cell fills its memory.

    Parameters
    ----------
    values : array_like, shape (n,)
        Training and validation part, and nothing of the test part.
    n_train : int
        How many of them are the training part.
    lag, horizon : int
        As in `windows`.
    n_hidden, seed, batch, lr, max_norm : int, int, int, float, float
        Hidden units; seed of the first weights and of the batches; windows in a batch; learning
        rate of Adam; bound on the norm of the gradients.
    n_updates, every, patience : int
        As in `lstm_lesson.training.train`.

    Raises
    ------
    ValueError
        No validation part, or the training part has no window.
    """
    values = _series("values", values)
    n_train, batch = check_size("n_train", n_train), check_size("batch", batch)
    if n_train >= len(values):
        raise ValueError(f"n_train: expected less than n = {len(values)}, got {n_train}")
    scaler = fit_scaler(values[:n_train])
    x, y = windows(scaler.scale(values[:n_train]), lag, horizon)
    w = init_weights(1, n_hidden, seed=seed)
    parameters = {
        "packed": w.packed,
        "wy": np.random.default_rng(seed).normal(size=(1, n_hidden)) / math.sqrt(n_hidden),
        "by": np.zeros(1),
    }
    model = LSTM(w, parameters["wy"], parameters["by"], scaler, lag, horizon, History())
    counts = np.arange(lag) >= lag // 2

    def loss_and_gradients(p: Arrays, rng: np.random.Generator) -> tuple[Array, Arrays]:
        chosen = rng.integers(x.shape[1], size=batch)
        run = forward(x[:, chosen], w)
        prediction = predict(run.h, p["wy"], p["by"])
        where = np.broadcast_to(counts[:, None], prediction.shape[:2])
        loss, dy = squared_error(prediction, y[:, chosen], where)
        dwy, dby, dh = predict_backward(dy, run.h, p["wy"])
        return loss, {"packed": backward(run, dh).packed, "wy": dwy, "by": dby}

    seen = max(0, n_train - lag - horizon + 1)  # what the first validation step looks at

    def validate(_: Arrays) -> float:
        prediction = model.predict(values[seen:])[n_train - seen :]
        return rmse(prediction, values[n_train:])

    history = train(
        parameters,
        loss_and_gradients,
        Adam(lr=lr),
        n_updates,
        seed=seed,
        max_norm=max_norm,
        validate=validate,
        every=every,
        patience=patience,
    )
    return model._replace(history=history)


def rmse(prediction: npt.ArrayLike, values: npt.ArrayLike) -> float:
    """Return the root of the mean squared error, in the unit of the series.

    Parameters
    ----------
    prediction, values : array_like, shape (n,)

    Raises
    ------
    ValueError
        The shapes differ, or a prediction is NaN: cut both to where there is one.
    """
    prediction = _series("prediction", prediction)
    values = check_array("values", values, "n", sizes={"n": len(prediction)}, real=True)
    return float(np.sqrt(((prediction - values) ** 2).mean()))


def _shifted(values: Array, steps: int) -> Array:
    late = np.full(len(values), np.nan)
    late[steps:] = values[: max(0, len(values) - steps)]
    return late


def _series(name: str, values: npt.ArrayLike) -> Array:
    return check_array(name, values, "n", sizes={}, real=True).astype(np.float64)


# Did anything see the future?

# In standard deviations of the series. A leak of even a millionth of what was changed shows,
# and rounding is a million times smaller still.
CHANGE, STILL = 3.0, 1e-9

WHY_ALL = """\
Predictions made long before the change moved, too. Something was
fitted on the whole series: the scaler, the weights, or a mean
taken before the split. Fit on the training part alone."""
WHY_NEAR = """\
Only predictions within {reach} before the change moved, so each
looks {reach} too far: a window that ends too late, a target that
is one of its own inputs, a mean around a step instead of behind
it, or predictions that are written down one place too early."""


@dataclass(frozen=True)
class LeakageCheck:
    """The result of `check_leakage`.

    Attributes
    ----------
    ok : bool
        No prediction moved before it could.
    leaks : tuple of (changed_from, predicted, made_at, moved)
        For each cut at which something leaked: from which index on values were changed; the first
        prediction that moved although it may not; when it was made, its index minus the horizon;
        and how far it moved.
    text : str
        What was found, and the usual reasons.
    """

    ok: bool
    leaks: tuple[tuple[int, int, int, float], ...]
    text: str

    def __repr__(self) -> str:
        return self.text

    def require(self) -> None:
        """Raise an AssertionError with the text, unless it is ok."""
        if not self.ok:
            raise AssertionError(self.text)


def check_leakage(
    forecast: Forecast,
    values: npt.ArrayLike,
    start: int,
    horizon: int = 1,
    *,
    cuts: int = 3,
    seed: int = 0,
) -> LeakageCheck:
    """Change the future of a series and see whether a prediction made before it moves.

    ``forecast`` is the whole pipeline: it scales, fits, and predicts. It is run on the series as
    it is, and on series whose values are others from some step on. No prediction made before that
    step may move.

    Parameters
    ----------
    forecast : callable
        Takes a series of shape (n,), returns the predictions for its steps ``start`` … n - 1,
        shape (n - start,). It must give the same result each time: fix its seeds.
    values : array_like, shape (n,)
    start : int
        The first step that is predicted; what lies before it is the past of all predictions.
    horizon : int
        How many steps before step t its prediction is made.
    cuts : int
        At how many places, from ``start`` to the last one that a prediction can still follow,
        the series is cut and all that comes later is changed.
    seed : int
        Of the changes.

    Returns
    -------
    LeakageCheck
        ``check.ok``; print it, or call ``check.require()`` in a test.

    Raises
    ------
    ValueError
        A wrong shape; ``forecast`` gives another result when it is called again, or does not
        read the series at all, so that the check would prove nothing.

    Notes
    -----
    It runs ``forecast`` three times and once for each cut.
    """
    values = _series("values", values)
    start = check_size("start", start)
    horizon, cuts = check_size("horizon", horizon), check_size("cuts", cuts)
    n = len(values)
    latest = n - 1 - horizon
    if start > latest:
        raise ValueError(f"start: expected at most n - 1 - horizon = {latest}, got {start}")
    before = _predictions(forecast, values, start)
    if not np.array_equal(before, _predictions(forecast, values, start)):
        raise ValueError("forecast: expected the same result each time, got two; fix its seeds")
    noise = np.random.default_rng(seed).uniform(1, 2, n) * np.where(np.arange(n) % 2, -1, 1)
    other = values + CHANGE * (values.std() or 1.0) * noise
    if np.array_equal(before, _predictions(forecast, other, start)):
        raise ValueError(
            "forecast: expected predictions made of the series it is given, got the same ones "
            "for quite another series; the check would prove nothing"
        )
    leaks, texts = [], []
    for cut in sorted({int(k) for k in np.linspace(start, latest, cuts)}):
        changed = np.where(np.arange(n) < cut, values, other)
        moved = np.abs(_predictions(forecast, changed, start) - before)[: cut + horizon - start]
        at = np.flatnonzero(~(moved <= STILL * (values.std() or 1.0)))
        if at.size:
            first = start + int(at[0])
            leaks.append((cut, first, first - horizon, float(moved[at[0]])))
            texts.append(_explain(cut, start, horizon, at, moved))
    if not leaks:
        return LeakageCheck(True, (), "no leak: no prediction moved before what was changed")
    return LeakageCheck(False, tuple(leaks), texts[-1])


def _predictions(forecast: Forecast, values: Array, start: int) -> Array:
    given = values.copy()
    result = check_array(
        "forecast(values)", forecast(given), "n-start", sizes={"n-start": len(values) - start}
    )
    return result.astype(np.float64)


def _explain(cut: int, start: int, horizon: int, at: Array, moved: Array) -> str:
    """Say which prediction moved too early, and what that is a sign of."""
    first = start + int(at[0])
    text = (
        f"the future leaks: only values from step {cut} on were changed, but\n"
        f"the prediction for step {first}, made at step {first - horizon}, moved by "
        f"{moved[at[0]]:.3g}.\n"
    )
    reach = cut + horizon - first
    if reach <= len(moved) // 2:
        steps = "1 step" if reach == 1 else f"{reach} steps"
        return text + WHY_NEAR.format(reach=steps)
    return text + WHY_ALL
