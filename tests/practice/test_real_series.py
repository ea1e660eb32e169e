"""The check of the series practice knows honest pipelines in any style, and names each leak."""

import numpy as np
import pytest

from lstm_lesson import practice, series


def right(values, start, lag, horizon, fit):
    scaler = series.fit_scaler(values[:start])
    x, y = series.windows(scaler.scale(values), lag, horizon)
    target = np.arange(x.shape[1]) + lag + horizon - 1
    predict = fit(x[:, target < start], y[-1, target < start, 0])
    return scaler.unscale(predict(x[:, target >= start]))


def by_hand(values, start, lag, horizon, fit):
    """Neither the package's scaler nor its windows."""
    mean, std = np.mean(values[:start]), np.std(values[:start])
    z = (values - mean) / std

    def window(t):
        return z[t - horizon - lag + 1 : t - horizon + 1]

    past = range(lag + horizon - 1, start)
    x = np.array([window(t) for t in past]).T[:, :, None]
    predict = fit(x, z[list(past)])
    return [
        mean + std * predict(window(t).reshape(lag, 1, 1))[0] for t in range(start, len(values))
    ]


def shuffled_training_part(values, start, lag, horizon, fit):
    """The order of what is fitted on does not matter."""
    order = np.random.default_rng(0).permutation(start - lag - horizon + 1)
    scaler = series.fit_scaler(values[:start])
    x, y = series.windows(scaler.scale(values), lag, horizon)
    predict = fit(x[:, order], y[-1, order, 0])
    return scaler.unscale(predict(x[:, start - lag - horizon + 1 :]))


@pytest.mark.parametrize("pipeline", [right, by_hand, shuffled_training_part])
def test_right_answers_in_any_style_pass(pipeline):
    verdict = practice.check_pipeline(pipeline)
    assert verdict.right, verdict


def other(scale=slice(0, 90), back=True, fitted=lambda target, start: target < start, move=0):
    """Return a pipeline with one thing done in another way."""

    def pipeline(values, start, lag, horizon, fit):
        scaler = series.fit_scaler(values[scale])
        x, y = series.windows(scaler.scale(values), lag, horizon)
        target = np.arange(x.shape[1]) + lag + horizon - 1
        chosen = fitted(target, start)
        predict = fit(x[:, chosen], y[-1, chosen, 0])
        scaled = predict(x[:, start - lag - horizon + 1 + move :][:, : len(values) - start])
        return scaler.unscale(scaled) if back else scaled

    return pipeline


def unscaled(values, start, lag, horizon, fit):
    x, y = series.windows(values, lag, horizon)
    past = start - lag - horizon + 1
    return fit(x[:, :past], y[-1, :past, 0])(x[:, past:])


def one_step_ahead(values, start, lag, _horizon, fit):
    return right(values, start, lag, 1, fit)


def split_at_random(values, start, lag, horizon, fit):
    scaler = series.fit_scaler(values[:start])
    x, y = series.windows(scaler.scale(values), lag, horizon)
    order = np.random.default_rng(1).permutation(x.shape[1])
    n_test = len(values) - start
    predict = fit(x[:, order[n_test:]], y[-1, order[n_test:], 0])
    return scaler.unscale(predict(x[:, order[:n_test]]))


def shifted_by_one(values, start, lag, horizon, fit):
    result = np.array(right(values, start, lag, horizon, fit))
    return np.append(result[1:], result[-1])


def smoothed_first(values, start, lag, horizon, fit):
    smooth = np.convolve(values, np.ones(3) / 3, mode="same")
    return right(smooth, start, lag, horizon, fit)


def remembered(values, start, lag, horizon, fit, known=[]):  # noqa: B006  (that is the point)
    if not known:
        known.append(right(values, start, lag, horizon, fit))
    return known[0]


def dice(values, start, lag, horizon, fit):
    return right(values, start, lag, horizon, fit) + np.random.default_rng().normal()


WRONG = {
    "on the whole series: its mean": other(scale=slice(None)),
    "on the part that is predicted": other(scale=slice(90, None)),
    "nothing was scaled": unscaled,
    "are still scaled": other(back=False),
    "fit saw all windows": other(fitted=lambda target, start: target > 0),
    "begin before start but": other(fitted=lambda target, start: np.arange(len(target)) < start),
    "the last target may be": other(fitted=lambda target, start: target < start - 1),
    "horizon is ignored": one_step_ahead,
    "one place too late": other(move=-1),
    "Fit on the training part alone": split_at_random,
    "written down one place too early": shifted_by_one,
    "looks 1 step too far": smoothed_first,
    "quite another series": remembered,
    "expected shape (30,), got (90,)": lambda v, start, *rest: v[:start],
    "it raised ValueError": lambda v, start, lag, horizon, fit: fit(v, v),
    "returns nothing": lambda v, start, lag, horizon, fit: ...,
    "predictions[": lambda *arguments: np.array(right(*arguments)) + 0.01,
    "received": dice,
}


@pytest.mark.parametrize("sentence", WRONG)
def test_each_wrong_answer_is_named(sentence):
    verdict = practice.check_pipeline(WRONG[sentence])
    assert not verdict.right
    assert sentence in verdict.text
