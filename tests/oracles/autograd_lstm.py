"""An LSTM written once more, from the formulas, and differentiated by HIPS autograd.

It shares no code with lstm_lesson: it computes whole sequences with one concatenated matrix and
the textbook sigmoid, and nobody wrote its way back.
"""

import autograd
import autograd.numpy as np


def run(a):
    """Return all h and c, each (T, B, H), for the fifteen arrays ``a`` by name."""
    matrix = np.concatenate(
        [np.concatenate([a["wx" + k], a["b" + k][:, None], a["wh" + k]], axis=1) for k in "ifgo"]
    )
    n = len(a["bi"])
    h, c = a["h0"], a["c0"]
    hs, cs = [], []
    for t in range(len(a["x"])):
        z = np.dot(np.concatenate([a["x"][t], np.ones(h[:, :1].shape), h], axis=1), matrix.T)
        i, f, o = (1 / (1 + np.exp(-z[:, k * n : k * n + n])) for k in (0, 1, 3))
        c = f * c + i * np.tanh(z[:, 2 * n : 3 * n])
        h = o * np.tanh(c)
        hs, cs = [*hs, h], [*cs, c]
    return np.stack(hs), np.stack(cs)


def gradients(arrays, dh, dh_last, dc_last):
    """Return dE/d each array, for E = Σ dh·h + Σ dh_last·h_T + Σ dc_last·c_T."""

    def loss(a):
        h, c = run(a)
        return np.sum(dh * h) + np.sum(dh_last * h[-1]) + np.sum(dc_last * c[-1])

    return autograd.grad(loss)(arrays)
