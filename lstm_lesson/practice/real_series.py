"""The check of the practice on real series: a pipeline that never sees the future."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lstm_lesson import leakage, series
from lstm_lesson.arguments import Array
from lstm_lesson.practice.verdict import Arrays, Verdict, compare

Predict = Callable[[Array], Array]
Fit = Callable[[Array, Array], Predict]
Pipeline = Callable[[Array, int, int, int, Fit], Any]

N, START, LAG, HORIZON = 120, 90, 5, 2


def check_pipeline(pipeline: Pipeline) -> Verdict:
    """Check ``pipeline(values, start, lag, horizon, fit)``: predictions, shape (n - start,).

    ``fit(x, y)`` takes scaled windows (lag, N, 1) and their targets (N,), and returns a function
    from windows to predictions. The one used here is a small network; like the LSTM it isn't
    linear, so that a wrong scale shows.
    """
    values = a_series()
    right = {"predictions": run_pipeline(values)}
    mistakes: dict[str, Arrays] = {
        sentence: {"predictions": result} for sentence, result in known_mistakes(values).items()
    }

    def forecast(given: Array) -> Any:
        return pipeline(given, START, LAG, HORIZON, fit_small_network)

    praise = "each prediction is right, and none moves when what comes after it is changed"
    hint = (
        "scaler from values[:start]; windows whose targets lie before start; fit; windows whose "
        "targets are values[start:]; predictions scaled back"
    )
    verdict = compare(forecast, (values,), right, mistakes, praise, hint)
    if verdict.text in mistakes:
        return verdict
    try:
        leak = leakage.check_leakage(forecast, values, START, HORIZON)
    except Exception as error:  # no result, two different ones, or whatever the code does wrong
        return Verdict(False, str(error)) if verdict.right else verdict
    return verdict if leak.ok else Verdict(False, leak.text)


def a_series() -> Array:
    """Return a wave whose mean and swing grow, so that a scaler of the whole series shows."""
    t = np.arange(N)
    noise = np.random.default_rng(8).normal(size=N)
    return np.asarray(20 + 0.1 * t + (3 + 0.05 * t) * np.sin(0.6 * t) + noise)


def fit_small_network(x: Array, y: Array) -> Predict:
    """Fit a fixed hidden layer's read-out, by least squares with a small penalty."""
    rng = np.random.default_rng(9)
    weights, bias = rng.normal(size=(12, len(x))), rng.normal(size=12)

    def hidden(windows: Array) -> Array:
        return np.asarray(np.tanh(windows[..., 0].T @ weights.T + bias))

    h = hidden(x)
    readout = np.linalg.solve(h.T @ h + 0.1 * np.eye(12), h.T @ y)
    return lambda windows: np.asarray(hidden(windows) @ readout)


def run_pipeline(
    values: Array,
    *,
    scaler: series.Scaler | None = None,
    scale_back: bool = True,
    train: slice = slice(None, START - LAG - HORIZON + 1),
    horizon: int = HORIZON,
    test: int = 0,
) -> Array:
    """Run the pipeline with one thing done in another way.

    ``train`` are the windows fitted on: the last has its target at START - 1. ``test`` moves
    the windows that are predicted from.
    """
    scaler = scaler or series.fit_scaler(values[:START])
    x, y = series.windows(scaler.scale(values), LAG, horizon)
    predict = fit_small_network(x[:, train], y[-1, train, 0])
    first = START - LAG - horizon + 1 + test
    scaled = predict(x[:, first : first + N - START])
    return scaler.unscale(scaled) if scale_back else scaled


def known_mistakes(values: Array) -> dict[str, Array]:
    """Return what each usual mistake gives."""
    whole = series.fit_scaler(values)
    late = run_pipeline(values, test=-1)
    return {
        "the scaler was fitted on the whole series: its mean and spread know the future; fit it "
        "on values[:start]": run_pipeline(values, scaler=whole),
        "the scaler was fitted on the part that is predicted; fit it on values[:start]": (
            run_pipeline(values, scaler=series.fit_scaler(values[START:]))
        ),
        "nothing was scaled: fit expects scaled values": run_pipeline(
            values, scaler=series.Scaler(0.0, 1.0)
        ),
        "the predictions are still scaled; scaler.unscale brings them back": run_pipeline(
            values, scale_back=False
        ),
        "fit saw all windows, those of the test part too; only windows whose target lies before "
        "start may be fitted on": run_pipeline(values, train=slice(None)),
        "fit saw windows that begin before start but whose target does not lie before it; what "
        "counts is the target's step": run_pipeline(values, train=slice(None, START)),
        "the windows that are fitted on end before start, and so do their inputs; the last "
        "target may be values[start - 1]": run_pipeline(
            values, train=slice(None, START - LAG - HORIZON)
        ),
        "horizon is ignored: each prediction is made one step ahead, from values that are not "
        "known yet": run_pipeline(values, horizon=1, train=slice(None, START - LAG)),
        "each prediction stands one place too late: the first one is that for step start - 1": late,
    }
