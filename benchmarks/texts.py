"""Train on the text of Alice, on more and more of it, and store what came out.

    python benchmarks/texts.py

The last characters of the book are the test part, those before them the validation part; all
trainings share the two. Each training gets the first so many characters of the rest. The
validation part says when to stop, and the test part is read once, by what is left then.

It writes lstm_lesson/data/texts.json, and lstm_lesson/data/reader.npz, a network of 64 units that
has read the whole training part, in float16. It can be stopped and goes on with the trainings that
are missing.

The settings of the trainings with dropout (units, learning rate, dropout) were chosen by the bits
of the validation part, for the whole training part and seed 0; the seeds reported are others.
"""

import json
import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy is loaded

import numpy as np

import lstm_lesson as ll
from lstm_lesson import ngrams, tasks
from lstm_lesson.optim import Adam
from lstm_lesson.training import train

DATA = Path(ll.__file__).parent / "data"
RESULTS, NETWORK = DATA / "texts.json", DATA / "reader.npz"

TEST = VALIDATION = 15_000
BLOCK = 100  # test bits are stored as means of so many characters
STREAMS, CHUNK, WARM_UP, WINDOW = 32, 50, 100, 500
EVERY, PATIENCE, HALVED_AFTER, MAX_NORM = 50, 12, 1000, 1.0
ORDERS = range(1, 9)

BOOK = tasks.alice(whole=True)
ALPHABET = tasks.Alphabet(BOOK)
CODES = ALPHABET.encode(BOOK)
ONE_HOT = np.eye(len(ALPHABET), dtype=np.float32)
N_TRAIN = len(BOOK) - VALIDATION - TEST
AMOUNTS = (10_000, 35_000, N_TRAIN)


class Job(NamedTuple):
    """One training: how much text, and how."""

    characters: int
    units: int
    rate: float
    dropout: float
    seed: int
    updates: int = 3000
    stops_early: bool = True


def jobs():
    """Yield (key, job): three whose curves the book shows, then five seeds for each amount."""
    yield "passage", Job(888, 64, 0.01, 0.0, 0, 1500, stops_early=False)
    yield "chapter", Job(10_000, 64, 0.01, 0.0, 0, 1500, stops_early=False)
    yield "book", Job(N_TRAIN, 64, 0.02, 0.15, 0)
    for seed in range(1, 6):
        for amount in AMOUNTS:
            yield f"{amount} characters, seed {seed}", Job(amount, 128, 0.01, 0.3, seed)


def windows(part):
    """Return a part as columns of WINDOW characters, with WARM_UP before and the next one after.

    What stands before a window is read, and counts for nothing.
    """
    starts = range(part.start - 1, part.stop - WINDOW, WINDOW)
    return np.array([CODES[start - WARM_UP : start + WINDOW + 1] for start in starts]).T


VALIDATION_WINDOWS = windows(slice(N_TRAIN, N_TRAIN + VALIDATION))
TEST_WINDOWS = windows(slice(N_TRAIN + VALIDATION, len(CODES)))


class Reader:
    """A network that is trained on the first characters of the book."""

    def __init__(self, job):
        K, H = len(ALPHABET), job.units
        rng = np.random.default_rng(job.seed)
        self.job = job
        self.p = {
            "packed": ll.init_weights(K, H, seed=job.seed, dtype="float32").packed,
            "wy": (rng.normal(size=(K, H)) / H).astype(np.float32),
            "by": np.zeros(K, np.float32),
        }
        B = min(STREAMS, max(4, job.characters // 1000))
        length = (job.characters - 1) // B
        self.read = CODES[: length * B].reshape(B, length).T
        self.following = CODES[1 : length * B + 1].reshape(B, length).T
        self.carried = {name: np.zeros((B, H), np.float32) for name in "hc"}
        self.carried["place"] = np.zeros(1, int)

    def loss_and_gradients(self, p, rng):
        first = int(self.carried["place"][0])
        if first == 0:
            self.carried["h"][...] = self.carried["c"][...] = 0
        chunk = slice(first, first + CHUNK)
        states = self.carried["h"], self.carried["c"]
        run = ll.forward(ONE_HOT[self.read[chunk]], ll.Weights(p["packed"]), *states)
        self.carried["h"][...], self.carried["c"][...] = run.h_last, run.c_last
        more = chunk.stop < len(self.read)
        self.carried["place"][0] = chunk.stop if more else 0
        # Dropout between the cell and the read-out alone.
        kept = rng.random(run.h.shape, np.float32) >= self.job.dropout
        shown = run.h * kept / np.float32(1 - self.job.dropout)
        logits = ll.predict(shown, p["wy"], p["by"])
        loss, dlogits = ll.softmax_cross_entropy(logits, self.following[chunk])
        dwy, dby, dshown = ll.predict_backward(dlogits, shown, p["wy"])
        dh = dshown * kept / np.float32(1 - self.job.dropout)
        return loss, {"packed": ll.backward(run, dh).packed, "wy": dwy, "by": dby}

    def bits(self, columns):
        """Return the bits of each character of windows, in the order of the text."""
        run = ll.forward(ONE_HOT[columns[:-1]], ll.Weights(self.p["packed"]))
        logits = ll.predict(run.h[WARM_UP:], self.p["wy"], self.p["by"]).astype(float)
        log_p = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
        next_ones = columns[WARM_UP + 1 :, :, None]
        return -np.take_along_axis(log_p, next_ones, axis=-1)[..., 0].T.ravel() / np.log(2)

    def train(self):
        """Train; return how it went, with the curve of each measurement."""
        job, optimizer = self.job, Adam(lr=self.job.rate)
        curve = {"updates": [], "training": [], "validation": []}
        start = windows(slice(WARM_UP + 1, min(job.characters, WARM_UP + 3001)))

        def validate(p):
            if job.stops_early:  # and the steps get shorter
                optimizer.settings["lr"] = job.rate / (1 + optimizer.updates / HALVED_AFTER)
            curve["updates"].append(optimizer.updates)
            curve["training"].append(round(float(self.bits(start).mean()), 3))
            curve["validation"].append(round(float(self.bits(VALIDATION_WINDOWS).mean()), 4))
            return curve["validation"][-1]

        history = train(
            self.p,
            self.loss_and_gradients,
            optimizer,
            job.updates,
            seed=job.seed,
            max_norm=MAX_NORM,
            validate=validate,
            every=EVERY,
            patience=PATIENCE if job.stops_early else None,
            carried=self.carried,
        )
        return {"best": history.best, "validation": min(curve["validation"]), "curve": curve}


def test_blocks(bits):
    """Return the means of blocks of a test part."""
    return [round(float(block), 3) for block in bits.reshape(-1, BLOCK).mean(axis=1)]


def trained(job):
    """Return what one training gave, with its seconds of processor time, and its parameters."""
    reader, begin = Reader(job), time.process_time()
    result = reader.train()
    result["seconds"] = round(time.process_time() - begin, 1)
    bits = reader.bits(TEST_WINDOWS)
    result |= {"test": round(float(bits.mean()), 4), "test blocks": test_blocks(bits)}
    return job._asdict() | result, reader.p


def counted(amount):
    """Return what the n-gram gives whose order is the best on the validation part."""
    border = N_TRAIN + VALIDATION
    parts = BOOK[:amount], BOOK[N_TRAIN:border]
    model = ngrams.best_ngram(*parts, len(ALPHABET), ORDERS)
    bits = model.bits(BOOK[border:], before=BOOK[border - model.order : border])
    return {
        "order": model.order,
        "validation": round(float(model.bits(parts[1]).mean()), 4),
        "test": round(float(bits.mean()), 4),
        "test blocks": test_blocks(bits),
    }


def provenance():
    return {
        "made by": "python benchmarks/texts.py",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
        "parts": f"test: the last {TEST} characters, validation: the {VALIDATION} before them",
        "training": f"Adam, chunks of {CHUNK}, at most {STREAMS} streams, states carried, gradient "
        f"norm at most {MAX_NORM}; the rate halved after {HALVED_AFTER} updates where the "
        f"validation part, read every {EVERY} updates, stops the training",
    }


def main():
    stored = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    counts, networks = stored.get("n-grams", {}), stored.get("networks", {})

    def store():
        results = {"provenance": provenance(), "n-grams": counts, "networks": networks}
        beside = RESULTS.with_suffix(".new")
        beside.write_text(json.dumps(results) + "\n", "utf-8")
        beside.replace(RESULTS)

    for amount in AMOUNTS:
        if str(amount) not in counts:
            counts[str(amount)] = counted(amount)
            store()
    for key, job in jobs():
        if key in networks:
            continue
        networks[key], parameters = trained(job)
        if key == "book":
            np.savez(NETWORK, **{n: a.astype(np.float16) for n, a in parameters.items()})
        store()
        print(f"{key}: test {networks[key]['test']}", flush=True)


if __name__ == "__main__":
    main()
