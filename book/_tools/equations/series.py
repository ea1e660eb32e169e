r"""A recorded series, its scaler, and the baselines' predictions for it: numbers, no columns.

``series``
    Values ``v_t`` of T steps and the same scaled, ``x_t``; mean ``\mu`` and standard deviation
    ``s`` of the scaler. Predictions k steps ahead: ``p_t`` (persistence), ``s_t`` (seasonal, with
    season m), ``a_t`` (autoregressive of order q, with ``\alpha`` and ``w_j``); ``R`` is the RMSE
    of ``p_t``.
"""

from functools import cached_property

import numpy as np
from lstm_lesson import baselines, series

from .notation import Constant
from .updates import Recorded

SIZES = {"T": 24, "k": 2, "m": 5, "q": 3}


class Series(Recorded):
    scalar = True

    def __init__(self, reading, seed):
        super().__init__(reading, seed)
        self.constants = dict(SIZES)
        self.times = range(1, SIZES["T"] + 1)
        self.index_sets = {"t": self.times, "j": range(1, SIZES["q"] + 1)}

    @cached_property
    def names(self):
        T, k, m, q = SIZES.values()
        values = self.rng.normal(2.0, 1.5, size=T)
        scaler, ar = series.fit_scaler(values), baselines.fit_ar(values, q, k)
        persistence = baselines.persistence(values, k)
        over_time = {
            "v_t": values,
            "x_t": scaler.scale(values),
            "p_t": persistence,
            "s_t": baselines.seasonal_naive(values, m, k),
            "a_t": ar.predict(values),
        }
        table = {
            name: {t: Constant(float(a)) for t, a in enumerate(array, 1) if np.isfinite(a)}
            for name, array in over_time.items()
        }
        table["w_j"] = {j: Constant(float(a)) for j, a in enumerate(ar.weights, 1)}
        numbers = {r"\mu": scaler.mean, "s": scaler.std, r"\alpha": ar.constant, **SIZES}
        numbers["R"] = series.rmse(persistence[k:], values[k:])
        return table | {name: {(): Constant(value)} for name, value in numbers.items()}


READINGS = {"series": Series}


def notation_of(reading, seed):
    """Return the notation of a recorded series."""
    return READINGS[reading](reading, seed)
