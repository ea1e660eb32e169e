"""Write lstm_lesson/data/keras_lstm.npz: what keras.layers.LSTM answers, frozen.

Keras is no part of the project's environment. It runs in one of its own, on torch:

    python -m venv keras-env
    keras-env/bin/pip install keras==3.15.1 torch==2.13.0
    keras-env/bin/python tests/oracles/make_keras_vectors.py

Running it again with the same versions gives the same bytes.
"""

import os
import sys
from pathlib import Path

import numpy as np

os.environ["KERAS_BACKEND"] = "torch"

import keras  # it reads the variable above
import torch
from frozen import write

SEED = 20250107
TARGET = Path(__file__).resolve().parents[2] / "lstm_lesson" / "data" / "keras_lstm.npz"
CASES = {  # T, B, D, H, use_bias
    "lstm": (4, 3, 2, 5, True),
    "wide": (3, 2, 6, 4, True),
    "no bias": (5, 1, 3, 2, False),
}


def case(rng, T, B, D, H, use_bias):
    """Return one case, input and answer, by name; time comes first, as everywhere here."""
    layer = keras.layers.LSTM(H, use_bias=use_bias, return_sequences=True, return_state=True)
    layer.build((B, T, D))
    names = [variable.name for variable in layer.weights]
    weights = {
        name: rng.uniform(-0.7, 0.7, v.shape) for name, v in zip(names, layer.weights, strict=True)
    }
    layer.set_weights(list(weights.values()))
    x, h0, c0 = (rng.normal(size=s) for s in [(T, B, D), (B, H), (B, H)])
    dh, dh_last, dc_last = (rng.normal(size=s) for s in [(T, B, H), (B, H), (B, H)])

    def tensor(array):
        return torch.tensor(array, requires_grad=True)

    inputs = {"x": tensor(x), "h0": tensor(h0), "c0": tensor(c0)}
    h, h_last, c_last = layer(
        inputs["x"].transpose(0, 1), initial_state=[inputs["h0"], inputs["c0"]]
    )
    h = h.transpose(0, 1)
    losses = zip((h, h_last, c_last), map(torch.tensor, (dh, dh_last, dc_last)), strict=True)
    sum((a * b).sum() for a, b in losses).backward()
    gradients = {name: v.value.grad for name, v in zip(names, layer.weights, strict=True)}
    gradients |= {name: a.grad for name, a in inputs.items()}
    given = weights | {"x": x, "h0": h0, "c0": c0, "dh": dh, "dh_last": dh_last, "dc_last": dc_last}
    answer = {"h": h, "c_last": c_last} | {"grad_" + name: g for name, g in gradients.items()}
    return given | {name: tensor.detach().cpu().numpy() for name, tensor in answer.items()}


def main(path=TARGET):
    """Draw all cases and write them with their provenance."""
    torch.set_num_threads(1)  # sums in one order
    keras.config.set_floatx("float64")
    rng = np.random.default_rng(SEED)
    arrays = {
        f"{name}/{key}": a for name, size in CASES.items() for key, a in case(rng, *size).items()
    }
    provenance = {
        "made by": "python tests/oracles/make_keras_vectors.py",
        "oracle": "keras.layers.LSTM, float64, torch backend, CPU",
        "keras": keras.__version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "seed": SEED,
        "cases": {
            name: "T = {}, B = {}, D = {}, H = {}, use_bias = {}".format(*size)
            for name, size in CASES.items()
        },
    }
    write(path, provenance, arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
