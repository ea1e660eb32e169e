"""Train the networks of the chapter on real series, and store how far off they are.

    python benchmarks/real_series.py

About 400 trainings of a second each on one core. Stopped, it goes on where it was; with nothing
left to do it ends at once. What is trained how is said in `lstm_lesson.series.fit_lstm`; all its
defaults are taken. First the length of the window and the number of units are chosen: by the
validation part alone, one step ahead. Then the chosen network predicts further ahead, and only its
predictions of the test part are stored, in real_series.npz. The chapter computes its rivals itself.
"""

import json
import platform
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from tqdm import tqdm

import lstm_lesson
from lstm_lesson import baselines, datasets, series

DATA = Path(lstm_lesson.__file__).parent / "data"
RUNS, PREDICTIONS = DATA / "real_series.json", DATA / "real_series.npz"
SEEDS = range(5)
HIDDENS = (4, 16)
LAGS = {"sunspots": (6, 9, 12, 15, 18, 24, 36, 48), "co2": (12, 24, 36), "elnino": (12, 24, 36)}
HORIZONS = (1, 3, 6, 12)
# The Sun's cycle has no fixed length, so there are no means to take off.
PREPARED = [
    ("sunspots", "as it is"),
    ("co2", "as it is"),
    ("co2", "less month means"),
    ("elnino", "as it is"),
    ("elnino", "less month means"),
]


def prepared(name, how):
    """Return the values that the network predicts, and a function back from its predictions.

    Of CO₂, which only rises, they are the monthly changes.
    """
    values = datasets.load(name).values
    values = np.diff(values) if name == "co2" else values
    if how == "as it is":
        return values, np.asarray
    means = baselines.fit_season_means(values[series.split(len(values)).train], 12)
    return means.subtract(values), means.add


def trained(name, how, lag, hidden, horizon, seed):
    """Return the RMSE on the validation part, updates until then, and the test predictions."""
    values, back = prepared(name, how)
    parts = series.split(len(values))
    seen = values[: parts.test.start]
    model = series.fit_lstm(seen, parts.train.stop, lag, horizon, n_hidden=hidden, seed=seed)
    predicted = model.predict(values)
    error = series.rmse(predicted[parts.validation], values[parts.validation])
    return float(f"{error:.5g}"), model.history.best, back(predicted)[parts.test]


def choices():
    """Yield every (series, how, lag, hidden units, horizon, seed) of which one is chosen."""
    for name, how in PREPARED:
        for hidden in HIDDENS:
            for lag in LAGS[name]:
                yield from ((name, how, lag, hidden, 1, seed) for seed in SEEDS)


def chosen(runs):
    """Return {(series, how): (lag, hidden units)} with the least mean error in validation."""
    errors = {}
    for name, how, lag, hidden, horizon, _, error, _ in runs:
        if horizon == 1:
            errors.setdefault((name, how), {}).setdefault((lag, hidden), []).append(error)
    return {
        which: min(of, key=lambda setting: np.mean(of[setting])) for which, of in errors.items()
    }


def further(setting):
    """Yield what is trained with the chosen settings; its test predictions are stored."""
    for which in PREPARED:
        for horizon in HORIZONS:
            yield from ((*which, *setting[which], horizon, seed) for seed in SEEDS)


def provenance():
    return {
        "made by": "python benchmarks/real_series.py",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
        "columns": "series, how it was prepared, lag, hidden units, horizon, seed; RMSE of the "
        "validation part, updates until it was best",
    }


def main():
    stored = json.loads(RUNS.read_text("utf-8"))["runs"] if RUNS.exists() else []
    done = {tuple(run[:6]): run for run in stored}
    for job in tqdm([job for job in choices() if job not in done], unit="training"):
        done[job] = [*job, *trained(*job)[:2]]
        write_runs(done.values())
    known = dict(np.load(PREDICTIONS)) if PREDICTIONS.exists() else {}
    for job in tqdm(list(further(chosen(done.values()))), unit="training"):
        key = " · ".join(map(str, job))
        if key not in known:
            error, best, predictions = trained(*job)
            done[job], known[key] = [*job, error, best], predictions.astype(np.float32)
            write_runs(done.values())
            with_new(PREDICTIONS, lambda file: np.savez_compressed(file, **known))


def write_runs(runs):
    """Write one run a line."""
    lines = ",\n".join(json.dumps(run) for run in runs)
    head = json.dumps(provenance(), indent=1, ensure_ascii=False)[:-2]
    with_new(RUNS, lambda file: file.write(f'{head},\n "runs": [\n{lines}\n]}}\n'.encode()))


def with_new(path, write):
    """Let ``write`` write a file; a reader sees the old one or the new one, whole."""
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        write(file)
    beside.replace(path)


if __name__ == "__main__":
    main()
