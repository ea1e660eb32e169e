r"""Recorded trainings: updates of a parameter by the package, and gradients it has clipped.

Columns with an update's number s: ``\theta_s`` (from 0, before the first), ``g_s`` (from 1).

``sgd``
    ``\eta``.
``momentum``
    ``v_s`` (from 0), ``\eta``, ``\mu``.
``adam``
    ``m_s v_s`` (from 0), ``\eta \beta_1 \beta_2 \epsilon``.
``clipping``
    One gradient g; ``\hat g`` clipped by its norm, ``\tilde g`` by value; the limits ``\tau``
    and ``a``; torch's ``\epsilon``.

The optimizers are compared with torch, in ``tests/test_training.py``.
"""

from functools import cached_property

import numpy as np
from lstm_lesson.optim import SGD, Adam, clip_norm, clip_value

from .notation import Constant

N_ENTRIES, N_UPDATES = 5, 4
OPTIMIZERS = {
    "sgd": lambda: SGD(lr=0.3),
    "momentum": lambda: SGD(lr=0.3, momentum=0.8),
    # An ε that is no rounding error, or nothing would notice where it stands.
    "adam": lambda: Adam(lr=0.3, beta1=0.7, beta2=0.9, eps=0.05),
}
PRINTED = {
    "lr": r"\eta",
    "momentum": r"\mu",
    "beta1": r"\beta_1",
    "beta2": r"\beta_2",
    "eps": r"\epsilon",
}


class Recorded:
    """What an `Evaluator` asks of a notation, for columns that no network connects."""

    batch = scalar = softmax = False
    times = ()

    def __init__(self, reading, seed):
        self.reading, self.seed, self.graph = reading, seed, self
        self.index_sets = {"s": range(1, N_UPDATES + 1), "j": range(1, N_ENTRIES + 1)}
        self.constants = {}
        self.rng = np.random.default_rng([seed, 9])

    def snapshot(self):
        return {}

    def read(self, meaning, snapshot):
        return meaning.value


class Updates(Recorded):
    @cached_property
    def names(self):
        optimizer = OPTIMIZERS[self.reading]()
        theta = self.rng.normal(size=(N_ENTRIES, 1))
        columns = {r"\theta_s": {0: theta.copy()}, "g_s": {}}
        for s in self.index_sets["s"]:
            columns["g_s"][s] = self.rng.normal(size=theta.shape)
            optimizer.update({"theta": theta}, {"theta": columns["g_s"][s].copy()})
            columns[r"\theta_s"][s] = theta.copy()
            for key, remembered in optimizer.memory.items():
                column = columns.setdefault(f"{key[0]}_s", {0: np.zeros_like(theta)})
                column[s] = remembered.copy()
        table = {name: {s: Constant(a) for s, a in by_s.items()} for name, by_s in columns.items()}
        settings = optimizer.settings.items()
        return table | {PRINTED[name]: {(): Constant(value)} for name, value in settings if value}


class Clipping(Recorded):
    @cached_property
    def names(self):
        # The first seed needs no clipping: its gradient is shorter than the limit.
        g, limit = self.rng.normal(size=(N_ENTRIES, 1)), 9.0 if self.seed == 1 else 0.75
        values = {
            "g": g,
            r"\hat g": clip_norm({"g": g}, limit)["g"],
            r"\tilde g": clip_value({"g": g}, 0.5)["g"],
            r"\tau": limit,
            "a": 0.5,
            r"\epsilon": 1e-6,
        }
        return {name: {(): Constant(value)} for name, value in values.items()}


READINGS = dict.fromkeys(OPTIMIZERS, Updates) | {"clipping": Clipping}


def notation_of(reading, seed):
    """Return the notation of a recorded training."""
    return READINGS[reading](reading, seed)
