"""What a network has to beat on a series, and the two tests of a difference."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from lstm_lesson import baselines

# What statsmodels, scipy and nltk say, of oracles/make_rivals.py.
RIVALS = json.loads((Path(__file__).parent / "data" / "rivals.json").read_text("utf-8"))
# Least squares on a few hundred numbers near 1, by two different algorithms.
CLOSE = 1e-10


def normal(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


@pytest.mark.parametrize("horizon", [1, 3, 9])
def test_persistence_is_the_value_of_before(horizon):
    values = normal(8)
    prediction = baselines.persistence(values, horizon)
    for t in range(8):
        wanted = values[t - horizon] if t >= horizon else math.nan
        assert prediction[t] == pytest.approx(wanted, nan_ok=True)


@pytest.mark.parametrize(("season", "horizon"), [(3, 1), (3, 3), (3, 4), (2, 7), (5, 11)])
def test_the_seasonal_one_is_the_latest_known_value_of_the_same_season(season, horizon):
    values = normal(14)
    prediction = baselines.seasonal_naive(values, season, horizon)
    for t in range(14):
        known = [s for s in range(t - horizon + 1) if (t - s) % season == 0]
        wanted = values[max(known)] if known else math.nan
        assert prediction[t] == pytest.approx(wanted, nan_ok=True)


@pytest.mark.parametrize(("order", "horizon"), [(1, 1), (3, 1), (2, 4)])
def test_ar_solves_the_normal_equations(order, horizon):
    values = normal(60) + 5
    model = baselines.fit_ar(values, order, horizon)
    times = range(order + horizon - 1, 60)
    rows = [[1.0, *(values[t - horizon - j] for j in range(order))] for t in times]
    A, b = np.array(rows), values[list(times)]
    wanted = np.linalg.solve(A.T @ A, A.T @ b)
    assert model.constant == pytest.approx(wanted[0], abs=CLOSE)
    assert model.weights == pytest.approx(wanted[1:], abs=CLOSE)
    prediction = model.predict(values)
    assert np.isnan(prediction[: times[0]]).all()
    assert prediction[times[0] :] == pytest.approx(A @ wanted, abs=CLOSE)


def test_ar_finds_the_weights_that_made_a_series():
    values = [1.0, 0.5]
    for _ in range(40):
        values.append(0.3 + 1.1 * values[-1] - 0.6 * values[-2])
    model = baselines.fit_ar(values, 2)
    assert [model.constant, *model.weights] == pytest.approx([0.3, 1.1, -0.6], abs=1e-8)


@pytest.mark.parametrize("horizon", [1, 4, 6])
def test_a_seasonal_ar_looks_at_the_last_values_and_at_those_of_seasons_before(horizon):
    values = normal(80)
    model = baselines.fit_ar(values, 2, horizon, season=5, seasons=2)
    first = 5 if horizon <= 5 else 10
    assert set(model.lags) == {horizon, horizon + 1, first, first + 5}
    t = 60
    wanted = model.constant + model.weights @ [values[t - lag] for lag in model.lags]
    assert model.predict(values)[t] == pytest.approx(wanted, abs=CLOSE)
    left = (values - model.predict(values))[model.lags.max() :]
    past = [values[model.lags.max() - lag : len(values) - lag] for lag in model.lags]
    assert np.abs(past @ left).max() < 1e-8  # nothing is left that a weight could take


def test_season_means_are_those_of_each_month_and_are_added_again():
    values = normal(29) + np.resize([5.0, -5, 0, 2], 29)
    means = baselines.fit_season_means(values[:20], 4)
    assert means.means == pytest.approx([values[k:20:4].mean() for k in range(4)])
    left = means.subtract(values)
    assert left[6] == pytest.approx(values[6] - values[2:20:4].mean())
    assert means.add(left) == pytest.approx(values)
    assert np.isnan(means.add([math.nan, 1.0])[0])


@pytest.mark.parametrize("case", RIVALS["differences"], ids=lambda c: f"horizon {c['horizon']}")
def test_the_difference_is_that_of_statsmodels(case):
    received = baselines.diebold_mariano(case["first"], case["second"], case["horizon"])
    assert received == pytest.approx(case["answer"], rel=1e-9)


def test_the_difference_is_above_zero_where_the_second_loses_less():
    worse = normal(50) ** 2 + 1
    better = normal(50, seed=1) ** 2
    assert baselines.diebold_mariano(worse, better).z > 2
    assert baselines.diebold_mariano(better, worse).z < -2


@pytest.mark.parametrize("case", RIVALS["ranks"], ids=str)
def test_the_rank_test_is_that_of_scipy(case):
    received = baselines.rank_test(case["first"], case["second"])
    assert received == pytest.approx(case["answer"], rel=1e-9)


def test_the_rank_test_with_failures_by_hand():
    # 6 ways to choose two of four places; two of them are as one-sided as 1, 2 against 3, 4.
    assert baselines.rank_test([1, 2], [math.inf, math.inf]) == pytest.approx(2 / 6)
    assert baselines.rank_test([1, math.inf], [1, math.inf]) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: baselines.persistence([1, 2], 0), "horizon: expected at least 1, got 0"),
        (lambda: baselines.seasonal_naive([1, 2], 0), "season: expected at least 1, got 0"),
        (lambda: baselines.fit_ar(normal(9), 5), "at least 11 steps for the 6 unknowns"),
        (lambda: baselines.fit_ar(normal(9), 1, seasons=-1), "seasons: expected at least 0"),
        (lambda: baselines.fit_season_means([1, 2], 3), "at least one season of 3, got 2"),
        (lambda: baselines.diebold_mariano([1] * 9, [2] * 9), "at least 10 losses, got 9"),
        (lambda: baselines.diebold_mariano([1] * 10, [2] * 11), "n = 10"),
        (lambda: baselines.diebold_mariano([1] * 10, [2] * 10), "whose difference varies"),
        (lambda: baselines.rank_test([], [1]), "two groups of at most 24"),
        (lambda: baselines.rank_test([1] * 12, [1] * 13), "got 12 and 13"),
    ],
)
def test_a_wrong_argument_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
