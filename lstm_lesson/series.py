"""Real series: time-ordered windows, and a network that forecasts.

Everywhere in this module a prediction stands at the index of what it predicts: ``prediction[t]``
is meant for ``values[t]``, and with a horizon of k steps it may be made of ``values[: t - k + 1]``
alone. Where there is not enough past yet, it is NaN.
"""

import math
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import Array, Arrays, check_array, check_number, check_series, check_size
from lstm_lesson.fast import backward, forward
from lstm_lesson.initial import init_weights
from lstm_lesson.optim import Adam
from lstm_lesson.readout import predict, predict_backward, squared_error
from lstm_lesson.results import stored_results
from lstm_lesson.training import History, train
from lstm_lesson.weights import Weights


def results() -> dict[str, Any]:
    """Return the stored trainings of the chapter on real series, and where they come from.

    Returns
    -------
    dict
        ``"date"``, ``"numpy"``, ``"machine"``, … and ``"runs"``, one list for each training, whose
        ``"columns"`` it names. ``benchmarks/real_series.py`` has written it.
    """
    return stored_results("real_series")


def stored_predictions() -> dict[tuple[str, str, int], Array]:
    """Return what the chosen networks predict of the test parts, by series, preparation, horizon.

    Returns
    -------
    dict
        Each of shape (5, n), float32: one row a seed, in the unit of the series. For
        ``"less month means"`` the means are added again. ``benchmarks/real_series.py`` has
        written it.
    """
    file = files("lstm_lesson").joinpath("data/real_series.npz")
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
        if not 0 < check_number(name, share) < 1:
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
    values = check_series("values", values)
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
    values = check_series("values", values)
    lag, horizon = check_size("lag", lag), check_size("horizon", horizon)
    n_windows = len(values) - lag - horizon + 1
    if n_windows < 1:
        raise ValueError(
            f"values: expected at least lag + horizon = {lag + horizon} steps, got {len(values)}"
        )
    cut = np.lib.stride_tricks.sliding_window_view(values, n_windows)
    return cut[:lag, :, None].copy(), cut[horizon : horizon + lag, :, None].copy()


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
        values = check_series("values", values)
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
    values = check_series("values", values)
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
    prediction = check_series("prediction", prediction)
    values = check_array("values", values, "n", sizes={"n": len(prediction)}, real=True)
    return float(np.sqrt(((prediction - values) ** 2).mean()))
