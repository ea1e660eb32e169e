"""The real series: their files, what is made of them, the network, and the leakage check."""

import hashlib
import math
import re
from pathlib import Path

import numpy as np
import pytest

import fetch_data
import lstm_lesson as ll
from benchmarks import real_series as benchmark
from lstm_lesson import baselines, datasets, leakage, series

PACKAGE = Path(ll.__file__).parent

# Least squares on a few hundred numbers near 1, by two different algorithms.
CLOSE = 1e-10


def normal(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


# The data


def test_the_files_are_those_of_the_table_of_provenance():
    named = fetch_data.checksums()
    assert set(named) == {"alice.txt", *(f"{name}.csv" for name in datasets.READERS)}
    for name, expected in named.items():
        assert hashlib.sha256((PACKAGE / "data" / name).read_bytes()).hexdigest() == expected


def test_each_file_of_data_has_its_licence_and_source():
    text = (PACKAGE / "data" / "README.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([\w.]+)` \|(.+\|.+\|.+)\|$", text, re.MULTILINE))
    files = {path.name for path in (PACKAGE / "data").iterdir() if path.is_file()}
    assert set(rows) == files - {"README.md"}
    assert all("public domain" in rows[name] for name in rows if name.endswith(".csv"))


def test_the_package_with_its_data_is_small():
    """What a browser loads before a chapter runs: the novel alone is 148 kB of it."""
    sizes = {path: path.stat().st_size for path in PACKAGE.rglob("*") if path.is_file()}
    ours = {path: size for path, size in sizes.items() if "__pycache__" not in path.parts}
    assert len(ours) > 20
    assert sum(ours.values()) < 1_200_000


@pytest.mark.parametrize(
    ("name", "n", "first", "last", "season"),
    [
        # First and last line of each file, read by eye.
        ("sunspots", 309, (1700.5, 5.0), (2008.5, 2.9), 11),
        ("elnino", 732, (1950 + 1 / 24, 23.11), (2010 + 23 / 24, 22.07), 12),
        # The mean of one week, and of five.
        (
            "co2",
            526,
            (1958 + 5 / 24, 316.1),
            (2001 + 23 / 24, (370.3 + 370.8 + 371.2 + 371.3 + 371.5) / 5),
            12,
        ),
    ],
)
def test_the_series_are_read_as_they_stand(name, n, first, last, season):
    one = datasets.load(name)
    assert (len(one.time), len(one.values), one.season) == (n, n, season)
    assert (one.time[0], one.values[0]) == pytest.approx(first, abs=1e-9)
    assert (one.time[-1], one.values[-1]) == pytest.approx(last, abs=1e-9)
    steps = np.diff(one.time)
    assert steps == pytest.approx(1 if name == "sunspots" else 1 / 12, abs=1e-9)
    assert np.isfinite(one.values).all()


def test_the_months_without_a_week_lie_on_the_line_between_their_neighbours():
    co2 = datasets.load("co2").values
    assert co2[3] == pytest.approx((co2[2] + co2[4]) / 2)  # June 1958
    assert co2[7] == pytest.approx((co2[6] + co2[8]) / 2)  # October 1958
    gap = co2[70:75]  # January to May 1964
    assert np.diff(gap) == pytest.approx([(gap[-1] - gap[0]) / 4] * 4)
    weeks = [row for row in datasets._rows("co2") if row[0].startswith(("196401", "196405"))]
    january = [float(ppm) for date, ppm in weeks if ppm and date < "196402"]
    assert gap[0] == pytest.approx(sum(january) / len(january))


def test_each_call_gives_a_series_of_its_own():
    datasets.load("sunspots").values[:] = 0
    assert datasets.load("sunspots").values.any()


def test_an_unknown_series_is_refused():
    with pytest.raises(ValueError, match="name: expected 'sunspots' or 'co2' or 'elnino', got 'x'"):
        datasets.load("x")


# Windows, parts, scaler


@pytest.mark.parametrize(("n", "lag", "horizon"), [(7, 3, 1), (9, 2, 4), (4, 3, 1), (12, 1, 1)])
def test_windows_are_what_a_loop_cuts_out(n, lag, horizon):
    values = normal(n)
    x, y = series.windows(values, lag, horizon)
    wanted = range(n - lag - horizon + 1)
    assert x.shape == y.shape == (lag, len(wanted), 1)
    for k in wanted:
        for s in range(lag):
            assert x[s, k, 0] == values[k + s]
            assert y[s, k, 0] == values[k + s + horizon]


def test_windows_share_no_memory_with_the_series():
    values = normal(9)
    x, y = series.windows(values, 3)
    x[:], y[:] = 0, 0
    assert values.all()


@pytest.mark.parametrize("n", [3, 10, 309, 526])
def test_the_parts_follow_each_other_and_leave_nothing_out(n):
    parts = series.split(n)
    assert [k for part in parts for k in range(n)[part]] == list(range(n))
    assert all(len(range(n)[part]) for part in parts)


def test_the_shares_of_the_parts():
    parts = series.split(100, validation=0.1, test=0.3)
    assert parts == (slice(0, 60), slice(60, 70), slice(70, 100))


def test_the_scaler_is_that_of_the_values_it_was_given():
    values = np.array([2.0, 4.0, 4.0, 6.0])
    scaler = series.fit_scaler(values)
    assert scaler == pytest.approx((4, math.sqrt(2)))
    assert scaler.unscale(scaler.scale([7.0, -1.0])) == pytest.approx([7, -1])
    assert scaler.scale(values).std() == pytest.approx(1)


def test_rmse_by_hand():
    assert series.rmse([1, 2, 3], [1, 4, 7]) == pytest.approx(math.sqrt(20 / 3))


# The network


WAVE = np.sin(0.7 * np.arange(120)) + 0.1 * normal(120, seed=5)
SMALL = {"n_hidden": 4, "batch": 16, "n_updates": 60, "every": 5, "patience": 3}


@pytest.fixture(scope="module")
def model():
    return series.fit_lstm(WAVE[:100], 80, lag=6, horizon=2, seed=1, **SMALL)


def test_each_prediction_is_read_out_after_its_window(model):
    prediction = model.predict(WAVE)
    assert np.isnan(prediction[:7]).all()
    for t in (7, 60, 119):
        window = (WAVE[t - 7 : t - 1] - WAVE[:80].mean()) / WAVE[:80].std()
        last = ll.unroll(window[:, None], model.w)[-1].h
        scaled = (model.wy @ last + model.by).item()
        assert prediction[t] == pytest.approx(WAVE[:80].mean() + WAVE[:80].std() * scaled)


def test_training_learns_what_persistence_does_not_know(model):
    error = series.rmse(model.predict(WAVE)[100:], WAVE[100:])
    assert error < 0.7 * series.rmse(baselines.persistence(WAVE, 2)[100:], WAVE[100:])
    assert model.history.losses[-1] < 0.5 * model.history.losses[0]


def test_the_best_of_the_validations_is_kept(model):
    reached = series.rmse(model.predict(WAVE[:100])[80:], WAVE[80:100])
    assert reached == pytest.approx(min(value for _, value in model.history.validation))


def test_a_seed_fixes_the_training(model):
    again = series.fit_lstm(WAVE[:100], 80, lag=6, horizon=2, seed=1, **SMALL)
    other = series.fit_lstm(WAVE[:100], 80, lag=6, horizon=2, seed=2, **SMALL)
    assert np.array_equal(again.w.packed, model.w.packed)
    assert not np.allclose(other.w.packed, model.w.packed)


def test_training_leaves_the_series_alone():
    values = WAVE[:100].copy()
    series.fit_lstm(values, 80, lag=6, seed=1, **SMALL)
    assert np.array_equal(values, WAVE[:100])


def test_the_whole_pipeline_does_not_see_the_future():
    def forecast(values):
        return series.fit_lstm(values[:100], 80, 6, 2, **SMALL).predict(values)[100:]

    leakage.check_leakage(forecast, WAVE, 100, 2).require()


def test_the_scaler_of_the_network_is_that_of_the_training_part(model):
    assert model.scaler == series.fit_scaler(WAVE[:80])


# The stored results


def test_every_training_of_the_chapter_is_stored():
    stored = series.results()
    keys = {tuple(run[:6]) for run in stored["runs"]}
    setting = benchmark.chosen(stored["runs"])
    assert keys == {*benchmark.choices(), *benchmark.further(setting)}
    assert {"date", "numpy", "python", "machine", "made by"} <= set(stored)


def test_the_predictions_of_the_chosen_are_stored():
    stored = series.stored_predictions()
    assert set(stored) == {(*w, k) for w in benchmark.PREPARED for k in benchmark.HORIZONS}
    for (name, *_), seeds in stored.items():
        n = len(datasets.load(name).values) - (name == "co2")
        assert seeds.shape == (len(benchmark.SEEDS), n - series.split(n).test.start)


@pytest.mark.more
@pytest.mark.parametrize("place", [0, 7, 120, -1])
def test_a_stored_result_is_what_its_training_gives(place):
    """Other machines round otherwise, and a training may carry that on: three digits agree."""
    *job, validation, _ = series.results()["runs"][place]
    assert benchmark.trained(*job)[0] == pytest.approx(validation, rel=1e-3)


# Did anything see the future?

VALUES = np.cumsum(normal(80, seed=3))
START = 50


def with_ar(values, train=slice(0, START), horizon=1):
    model = baselines.fit_ar(values[train], 3, horizon)
    return model.predict(values)[START:]


HONEST = {
    "persistence": lambda v: baselines.persistence(v)[START:],
    "seasonal": lambda v: baselines.seasonal_naive(v, 12)[START:],
    "AR": with_ar,
    "AR, scaled by the past": lambda v: series.fit_scaler(v[:START]).unscale(
        with_ar(series.fit_scaler(v[:START]).scale(v))
    ),
    "the mean of the past": lambda v: np.full(len(v) - START, v[:START].mean()),
    "AR fitted anew at each step": lambda v: [
        baselines.fit_ar(v[:t], 2).predict(np.append(v[:t], 0.0))[-1] for t in range(START, len(v))
    ],
}
LEAKY = {
    "a scaler of the whole series": (
        lambda v: np.tanh(series.fit_scaler(v).scale(baselines.persistence(v)[START:])),
        "Fit on the",
    ),
    "weights fitted on the whole series": (lambda v: with_ar(v, slice(None)), "Fit on the"),
    "scaled by the largest value of all": (lambda v: v[START - 1 : -1] / v.max(), "Fit on the"),
    "shifted by one": (lambda v: v[START:] * 0.9, "looks 1 step too far"),
    "a mean around the step": (
        lambda v: np.convolve(v, np.ones(5) / 5, "same")[START - 1 : -1],
        "looks 2 steps too far",
    ),
    "a hundred thousandth of the future": (
        lambda v: v[START - 1 : -1] + 1e-5 * np.append(v[START + 1 :], 0),
        "looks 2 steps too far",
    ),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_forecast_passes(name):
    check = leakage.check_leakage(HONEST[name], VALUES, START)
    assert check.ok, check
    assert check.leaks == ()
    check.require()


@pytest.mark.parametrize("name", LEAKY)
def test_each_leak_is_found_and_explained(name):
    forecast, reason = LEAKY[name]
    check = leakage.check_leakage(forecast, VALUES, START)
    assert not check.ok
    assert reason in check.text
    cut, predicted, made_at, moved = check.leaks[-1]
    assert START <= predicted <= cut
    assert made_at == predicted - 1
    assert moved > 0
    assert f"values from step {cut} on were changed" in check.text
    with pytest.raises(AssertionError, match="the future leaks"):
        check.require()


def test_it_says_at_how_many_of_how_many_cuts():
    forecast = HONEST["persistence"]
    assert leakage.check_leakage(forecast, VALUES, START).text == "no leak at 29 of 29 cuts"
    few = leakage.check_leakage(forecast, VALUES, START, cuts=3)
    assert few.text == "no leak at 3 of 29 cuts; cuts=29 tries them all"


def test_a_slow_forecast_is_cut_at_three_places(monkeypatch):
    monkeypatch.setattr(leakage, "PATIENCE", 0.0)
    text = leakage.check_leakage(HONEST["persistence"], VALUES, START).text
    assert text.startswith("no leak at 3 of 29 cuts")


@pytest.mark.parametrize("phase", range(20))
def test_a_sparse_back_fill_is_found_at_every_phase(phase):
    """One value in twenty is filled from the next one, as a gap is."""
    values = normal(120, seed=4)

    def forecast(v):
        filled = v.copy()
        filled[phase + 40 : -1 : 20] = v[phase + 41 :: 20][: len(filled[phase + 40 : -1 : 20])]
        return filled[39:-1]

    assert not leakage.check_leakage(forecast, values, 40).ok


@pytest.mark.parametrize("horizon", [2, 6])
def test_a_forecast_for_a_distant_step_may_not_know_the_step_before(horizon):
    def honest(v):
        return with_ar(v, horizon=horizon)

    def hasty(v):
        return baselines.persistence(v, horizon - 1)[START:]

    assert leakage.check_leakage(honest, VALUES, START, horizon).ok
    check = leakage.check_leakage(hasty, VALUES, START, horizon)
    assert "looks 1 step too far" in check.text
    assert leakage.check_leakage(hasty, VALUES, START, horizon - 1).ok


def test_what_changes_nothing_of_the_callers():
    values = VALUES.copy()

    def careless(v):
        v -= v[:START].mean()
        return v[START - 1 : -1]

    leakage.check_leakage(careless, values, START)
    assert np.array_equal(values, VALUES)


@pytest.mark.parametrize(
    ("forecast", "message"),
    [
        (lambda v: np.random.default_rng().normal(size=30), "the same result each time"),
        (lambda v: VALUES[START:], "got the same ones for quite another series"),
        (lambda v: v, r"forecast\(values\): expected shape \(n-start,\) with n-start = 30"),
        (lambda v: baselines.persistence(v, 60)[START:], "expected finite numbers, got nan"),
    ],
)
def test_a_forecast_that_proves_nothing_is_refused(forecast, message):
    with pytest.raises(ValueError, match=message):
        leakage.check_leakage(forecast, VALUES, START)


# Wrong arguments


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: series.split(2), "n: expected at least 3, got 2"),
        (lambda: series.split(9, test=1.0), "test: expected a share between 0 and 1, got 1.0"),
        (lambda: series.split(9, 0.6, 0.5), "leaves a training part, got 0.6 . 0.5 of 9 steps"),
        (lambda: series.fit_scaler([2, 2, 2]), "values: expected some spread, got 2.0"),
        (lambda: series.fit_scaler([2, math.nan]), "values: expected finite numbers, got nan"),
        (lambda: series.windows([1, 2, 3], 3), "at least lag . horizon = 4 steps, got 3"),
        (lambda: series.windows([1, 2, 3], 0), "lag: expected at least 1, got 0"),
        (lambda: series.windows([[1, 2]], 1), r"values: expected shape \(n,\), got \(1, 2\)"),
        (lambda: series.fit_lstm(WAVE, 120, 6), "n_train: expected less than n = 120, got 120"),
        (lambda: series.fit_lstm(WAVE, 6, 6), "at least lag . horizon = 7 steps, got 6"),
        (lambda: series.fit_lstm(WAVE, 80, 0), "lag: expected at least 1, got 0"),
        (lambda: series.fit_lstm(WAVE, 80, 6, n_hidden=0), "n_hidden: expected at least 1"),
        (lambda: series.fit_lstm(WAVE, 80, 6, batch=0), "batch: expected at least 1, got 0"),
        (lambda: series.fit_lstm(WAVE, 80, 6, lr=0.0), "lr: expected a number larger than 0"),
        (lambda: series.rmse([1, 2], [1, 2, 3]), r"values: expected shape \(n,\) with n = 2"),
        (lambda: series.rmse([math.nan], [1]), "prediction: expected finite numbers, got nan"),
        (lambda: leakage.check_leakage(with_ar, VALUES, 79), "start: expected at most .* = 78"),
        (
            lambda: leakage.check_leakage(with_ar, VALUES, START, cuts=0),
            "cuts: expected at least 1",
        ),
    ],
)
def test_a_wrong_argument_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_complex_values_are_refused():
    with pytest.raises(TypeError, match="values: expected real numbers, got complex128"):
        baselines.persistence(np.array([1j, 2]))
