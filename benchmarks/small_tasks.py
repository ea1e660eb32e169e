"""Train on the adding problem of the book, and store what happened.

    python benchmarks/small_tasks.py

The page "Small tasks" has a slider over trainings that would take a reader half an hour. This
script runs them and writes lstm_lesson/data/small_tasks.json (how each went). It can be stopped
and goes on with the trainings that are missing; delete the file to begin again. The trainings on
text are those of texts.py.
"""

import itertools
import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

import lstm_lesson as ll
from lstm_lesson import rnn, tasks
from lstm_lesson.initial import orthogonal
from lstm_lesson.optim import Adam
from lstm_lesson.training import train

RESULTS = Path(ll.__file__).parent / "data" / "small_tasks.json"

# The adding problem: how many updates until the held-out error is below LIMIT
CELLS = ("lstm", "rnn", "orthogonal")  # the last: a plain network with an orthogonal start
STEPS, HIDDEN, SEEDS = (10, 20, 30, 40, 50, 60), (4, 8, 16, 32), (1, 2, 3)
LIMIT, MOST_UPDATES, EVERY, BATCH, RATE, MAX_NORM = 0.02, 2000, 50, 32, 0.01, 1.0


class Solved(Exception):
    """The error is below the limit: no further update is needed."""


def adding_run(cell, n_steps, n_hidden, seed):
    """Return how many updates it took (None: too few were allowed), and the last error."""
    if cell == "lstm":
        parameters = {"packed": ll.init_weights(2, n_hidden, seed=seed).packed}
    else:
        parameters = rnn.init_rnn(2, n_hidden, seed=seed)
        if cell == "orthogonal":  # as the recurrent matrices of the LSTM are
            parameters["wh"] = orthogonal(np.random.PCG64(seed), n_hidden)
    parameters |= {"wy": np.full((1, n_hidden), 0.1), "by": np.zeros(1)}
    held_out = tasks.adding(np.random.default_rng(1000 + seed), n_steps, 1000)
    errors = []

    def outputs(p, x):
        if cell == "lstm":
            run = ll.forward(x, ll.Weights(p["packed"]))
        else:
            run = rnn.rnn_forward(x, p["wx"], p["wh"], p["b"])
        return run, run.h[-1]

    def loss_and_gradients(p, rng):
        x, target = tasks.adding(rng, n_steps, BATCH)
        run, h = outputs(p, x)
        loss, dy = ll.squared_error(ll.predict(h, p["wy"], p["by"]), target)
        dwy, dby, dh = ll.predict_backward(dy, h, p["wy"])
        if cell == "lstm":
            grads = {"packed": ll.backward(run, None, dh_last=dh).packed}
        else:
            back = rnn.rnn_backward(run, None, dh_last=dh)
            grads = {name: back[name] for name in ("wx", "wh", "b")}
        return loss, grads | {"wy": dwy, "by": dby}

    def validate(p):
        x, target = held_out
        error, _ = ll.squared_error(ll.predict(outputs(p, x)[1], p["wy"], p["by"]), target)
        errors.append(float(error))
        if error < LIMIT:
            raise Solved
        return error

    options = {"seed": seed, "max_norm": MAX_NORM, "validate": validate, "every": EVERY}
    try:
        train(parameters, loss_and_gradients, Adam(lr=RATE), MOST_UPDATES, **options)
    except Solved:
        return {"updates": len(errors) * EVERY, "error": errors[-1]}
    return {"updates": None, "error": errors[-1]}


def main():
    """Run what is missing, and store each result when it is there."""
    adding = json.loads(RESULTS.read_text("utf-8"))["adding"] if RESULTS.exists() else {}
    provenance = {
        "made by": "python benchmarks/small_tasks.py",
        "date": datetime.now(UTC).date().isoformat(),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "adding": f"Adam lr {RATE}, batches of {BATCH}, gradient norm at most {MAX_NORM}, at most "
        f"{MOST_UPDATES} updates, held-out error of 1000 sequences every {EVERY} updates, "
        f"solved below {LIMIT}",
    }
    cases = list(itertools.product(CELLS, STEPS, HIDDEN, SEEDS))
    for case in tqdm([case for case in cases if "{} {} {} {}".format(*case) not in adding]):
        adding["{} {} {} {}".format(*case)] = adding_run(*case)
        results = {"provenance": provenance, "adding": adding}
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
