"""Train on the small tasks of the book, and store what happened.

    python benchmarks/small_tasks.py

The page "Small tasks" has sliders over trainings that would take a reader half an hour. This
script runs them and writes lstm_lesson/data/small_tasks.json (how each went) and
lstm_lesson/data/small_tasks.npz (a network that has read the chapter, in float16). It can be
stopped and goes on with the trainings that are missing; delete the first file to begin anew.
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
from lstm_lesson.optim import Adam
from lstm_lesson.training import train

DATA = Path(ll.__file__).parent / "data"
RESULTS, NETWORK = DATA / "small_tasks.json", DATA / "small_tasks.npz"

# The adding problem: how many updates until the held-out error is below LIMIT
STEPS, HIDDEN, SEEDS = (10, 20, 30, 40, 50, 60), (4, 8, 16, 32), (1, 2, 3)
LIMIT, MOST_UPDATES, EVERY, BATCH, RATE, MAX_NORM = 0.02, 2000, 50, 32, 0.01, 1.0

# The text: the first characters alone, or the whole chapter but its end, which is held out
PASSAGE, HELD_OUT, CHUNK, TEXT_HIDDEN, TEXT_UPDATES = 888, 2000, 40, 64, 1500
STREAMS = {"passage": 4, "chapter": 16}


class Solved(Exception):
    """The error is below the limit: no further update is needed."""


def adding_run(cell, n_steps, n_hidden, seed):
    """Return how many updates it took (None: too few were allowed), and the last error."""
    if cell == "lstm":
        parameters = {"packed": ll.init_weights(2, n_hidden, seed=seed).packed}
    else:
        parameters = rnn.init_rnn(2, n_hidden, seed=seed)
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


def text_run(which, seed=0):
    """Return the bits per character after every few updates, and the best network."""
    text = tasks.alice()
    alphabet = tasks.Alphabet(text)
    part = text[:PASSAGE] if which == "passage" else text[:-HELD_OUT]
    codes, held_out = alphabet.encode(part), alphabet.encode(text[-HELD_OUT:])
    K, B = len(alphabet), STREAMS[which]
    w = ll.init_weights(K, TEXT_HIDDEN, seed=seed)
    start = np.random.default_rng(seed).normal(size=(K, TEXT_HIDDEN)) / TEXT_HIDDEN
    parameters = {"packed": w.packed, "wy": start, "by": np.zeros(K)}
    length = (len(codes) - 1) // B
    streams = codes[: length * B].reshape(B, length).T  # B places in the text, side by side
    following = codes[1 : length * B + 1].reshape(B, length).T
    carried = {name: np.zeros((B, TEXT_HIDDEN)) for name in "hc"} | {"place": np.zeros(1, int)}

    def run_text(p, inputs, labels, h=None, c=None):
        run = ll.forward(alphabet.one_hot(inputs), ll.Weights(p["packed"]), h, c)
        logits = ll.predict(run.h, p["wy"], p["by"])
        return run, *ll.softmax_cross_entropy(logits, labels)

    def loss_and_gradients(p, rng):
        first = int(carried["place"][0])
        if first == 0:
            carried["h"][...] = carried["c"][...] = 0
        chunk = slice(first, first + CHUNK)
        run, loss, dlogits = run_text(
            p, streams[chunk], following[chunk], carried["h"], carried["c"]
        )
        carried["h"][...], carried["c"][...] = run.h_last, run.c_last
        carried["place"][0] = first + CHUNK if first + CHUNK < length else 0
        dwy, dby, dh = ll.predict_backward(dlogits, run.h, p["wy"])
        return loss, {"packed": ll.backward(run, dh).packed, "wy": dwy, "by": dby}

    def bits(p, codes):
        _, loss, _ = run_text(p, codes[:-1, None], codes[1:, None])
        return float(loss / np.log(2))

    curve = {"updates": [], "training": [], "held_out": []}

    def validate(p):
        curve["updates"].append(25 * (len(curve["updates"]) + 1))
        curve["training"].append(round(bits(p, codes), 4))
        curve["held_out"].append(round(bits(p, held_out), 4))
        return curve["held_out"][-1]

    options = {"seed": seed, "max_norm": 1.0, "validate": validate, "every": 25}
    untrained = {"training": bits(parameters, codes), "held_out": bits(parameters, held_out)}
    train(
        parameters,
        loss_and_gradients,
        Adam(lr=0.01),
        TEXT_UPDATES,
        carried=carried,
        progress=tqdm,
        **options,
    )
    return {"untrained": untrained, "curve": curve}, parameters


def main():
    """Run what is missing, and store each result when it is there."""
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    adding, texts = results.get("adding", {}), results.get("text", {})
    provenance = {
        "made by": "python benchmarks/small_tasks.py",
        "date": datetime.now(UTC).date().isoformat(),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "adding": f"Adam lr {RATE}, batches of {BATCH}, gradient norm at most {MAX_NORM}, at most "
        f"{MOST_UPDATES} updates, held-out error of 1000 sequences every {EVERY} updates, "
        f"solved below {LIMIT}",
        "text": f"H = {TEXT_HIDDEN}, Adam lr 0.01, chunks of {CHUNK}, states carried, gradient "
        f"norm at most 1, {TEXT_UPDATES} updates, held out: the last {HELD_OUT} characters; "
        f"streams: {STREAMS}; seed 0",
    }

    def store():
        results = {"provenance": provenance, "adding": adding, "text": texts}
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")

    for which in STREAMS:
        if which not in texts:
            texts[which], parameters = text_run(which)
            if which == "chapter":
                np.savez(NETWORK, **{n: a.astype(np.float16) for n, a in parameters.items()})
            store()
    cases = list(itertools.product(("lstm", "rnn"), STEPS, HIDDEN, SEEDS))
    for case in tqdm([case for case in cases if "{} {} {} {}".format(*case) not in adding]):
        adding["{} {} {} {}".format(*case)] = adding_run(*case)
        store()


if __name__ == "__main__":
    sys.exit(main())
