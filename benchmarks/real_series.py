"""Train the networks of the chapter on real series, and store how far off they are.

    python benchmarks/real_series.py [FILE]

About 300 trainings of a second or two each on one core. Stopped, it goes on where it was; with
nothing left to do it ends at once. What is trained how is said in `lstm_lesson.series.fit_lstm`;
all its defaults are taken. The chapter reads the file and computes the baselines itself.
"""

import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from tqdm import tqdm

import lstm_lesson
from lstm_lesson import datasets, series

TARGET = Path(lstm_lesson.__file__).parent / "data" / "real_series.json"
LAG, HIDDEN, HORIZON = 24, 16, 1  # what stays the same while something else changes
HORIZONS, LAGS, HIDDENS = range(1, 25), range(3, 64, 3), (4, 16)
SEEDS, FEWER_SEEDS = range(5), range(2)  # the first where everything stays the same


def prepared(name):
    """Return the values that are predicted: of CO₂, which only rises, the monthly changes."""
    values = datasets.load(name).values
    return np.diff(values) if name == "co2" else values


def jobs():
    """Yield (series, lag, hidden units, horizon, seed), each once."""
    grid = [(name, LAG, HIDDEN, HORIZON, seed) for name in datasets.READERS for seed in SEEDS]
    grid += [
        ("sunspots", lag, hidden, HORIZON, seed)
        for lag in LAGS
        for hidden in HIDDENS
        for seed in FEWER_SEEDS
    ]
    grid += [
        (name, LAG, HIDDEN, horizon, seed)
        for name in datasets.READERS
        for horizon in HORIZONS
        for seed in FEWER_SEEDS
    ]
    return dict.fromkeys(grid)


def measure(name, lag, hidden, horizon, seed):
    """Return the RMSE on validation and test part, and after how many updates it was best."""
    values = prepared(name)
    parts = series.split(len(values))
    seen = values[: parts.test.start]
    model = series.fit_lstm(seen, parts.train.stop, lag, horizon, n_hidden=hidden, seed=seed)
    prediction = model.predict(values)
    errors = [series.rmse(prediction[part], values[part]) for part in parts[1:]]
    return [*(float(f"{error:.5g}") for error in errors), model.history.best]


def provenance():
    return {
        "made by": "python benchmarks/real_series.py",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
        "columns": "series, lag, hidden units, horizon, seed; RMSE of validation and of test part, "
        "updates until validation was best",
    }


def main(path=TARGET):
    path = Path(path)
    stored = json.loads(path.read_text("utf-8"))["runs"] if path.exists() else []
    done = {tuple(run[:5]): run for run in stored}
    for job in tqdm([job for job in jobs() if job not in done], unit="training"):
        done[job] = [*job, *measure(*job)]
        write(path, [done[job] for job in jobs() if job in done])


def write(path, runs):
    """Write one run a line; a reader of the file sees the old one or the new one, whole."""
    lines = ",\n".join(json.dumps(run) for run in runs)
    head = json.dumps(provenance(), indent=1, ensure_ascii=False)[:-2]
    beside = path.with_suffix(".new")
    beside.write_text(f'{head},\n "runs": [\n{lines}\n]}}\n', "utf-8")
    beside.replace(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
