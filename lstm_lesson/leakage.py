"""Did a forecast see the future? Change the future, and see whether it moves."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lstm_lesson.arguments import Array, check_array, check_callable, check_series, check_size

Forecast = Callable[[Array], npt.ArrayLike]

# In standard deviations of the series. A leak of even a millionth of what was changed shows,
# and rounding is a million times smaller still.
CHANGE, STILL = 3.0, 1e-9
PATIENCE = 3.0  # seconds of the processor, which do not depend on what else is running

WHY_ALL = """\
Predictions made long before the change moved, too. Something was
fitted on the whole series: the scaler, the weights, or a mean
taken before the split. Fit on the training part alone."""
WHY_NEAR = """\
Only predictions within {reach} before the change moved, so each
looks {reach} too far: a window that ends too late, a target that
is one of its own inputs, a mean around a step instead of behind
it, or predictions that are written down one place too early."""


@dataclass(frozen=True)
class LeakageCheck:
    """The result of `check_leakage`.

    Attributes
    ----------
    ok : bool
        No prediction moved before it could.
    leaks : tuple of (changed_from, predicted, made_at, moved)
        For each cut at which something leaked: from which index on values were changed; the first
        prediction that moved although it may not; when it was made, its index minus the horizon;
        and how far it moved.
    text : str
        What was found, and the usual reasons.
    """

    ok: bool
    leaks: tuple[tuple[int, int, int, float], ...]
    text: str

    def __repr__(self) -> str:
        return self.text

    def require(self) -> None:
        """Raise an AssertionError with the text, unless it is ok."""
        if not self.ok:
            raise AssertionError(self.text)


def check_leakage(
    forecast: Forecast,
    values: npt.ArrayLike,
    start: int,
    horizon: int = 1,
    *,
    cuts: int | None = None,
    seed: int = 0,
) -> LeakageCheck:
    """Change the future of a series and see whether a prediction made before it moves.

    ``forecast`` is the whole pipeline: it scales, fits, and predicts. It is run on the series as
    it is, and on series whose values are others from some step on. No prediction made before that
    step may move.

    Parameters
    ----------
    forecast : callable
        Takes a series of shape (n,), returns the predictions for its steps ``start`` … n - 1,
        shape (n - start,). It must give the same result each time: fix its seeds.
    values : array_like, shape (n,)
    start : int
        The first step that is predicted; what lies before it is the past of all predictions.
    horizon : int
        How many steps before step t its prediction is made.
    cuts : int, optional
        At how many places, from ``start`` to the last one that a prediction can still follow,
        the series is cut and all that comes later is changed. Unless given: at all of them if
        that takes less than about `PATIENCE` seconds, else at three. A leak that only some
        places have, such as a gap filled from behind, may need all.
    seed : int
        Of the changes.

    Returns
    -------
    LeakageCheck
        ``check.ok``; print it, or call ``check.require()`` in a test. The text says at how many
        of how many places the series was cut.

    Raises
    ------
    ValueError
        A wrong shape; ``forecast`` gives another result when it is called again, or does not
        read the series at all, so that the check would prove nothing.

    Notes
    -----
    It runs ``forecast`` three times and once for each cut.
    """
    check_callable("forecast", forecast)
    values = check_series("values", values)
    start = check_size("start", start)
    horizon, seed = check_size("horizon", horizon), check_size("seed", seed, least=0)
    n = len(values)
    latest = n - 1 - horizon
    if start > latest:
        raise ValueError(f"start: expected at most n - 1 - horizon = {latest}, got {start}")
    begin = time.process_time()
    before = _predictions(forecast, values, start)
    if not np.array_equal(before, _predictions(forecast, values, start)):
        raise ValueError("forecast: expected the same result each time, got two; fix its seeds")
    noise = np.random.default_rng(seed).uniform(1, 2, n) * np.where(np.arange(n) % 2, -1, 1)
    other = values + CHANGE * (values.std() or 1.0) * noise
    if np.array_equal(before, _predictions(forecast, other, start)):
        raise ValueError(
            "forecast: expected predictions made of the series it is given, got the same ones "
            "for quite another series; the check would prove nothing"
        )
    possible = latest - start + 1
    if cuts is None:
        each = (time.process_time() - begin) / 3  # the forecast has run three times
        cuts = possible if possible * each < PATIENCE else min(3, possible)
    leaks, texts = [], []
    places = sorted({int(k) for k in np.linspace(start, latest, check_size("cuts", cuts))})
    for cut in places:
        changed = np.where(np.arange(n) < cut, values, other)
        moved = np.abs(_predictions(forecast, changed, start) - before)[: cut + horizon - start]
        at = np.flatnonzero(~(moved <= STILL * (values.std() or 1.0)))
        if at.size:
            first = start + int(at[0])
            leaks.append((cut, first, first - horizon, float(moved[at[0]])))
            texts.append(_explain(cut, start, horizon, at, moved))
    if not leaks:
        text = f"no leak at {len(places)} of {possible} cuts"
        if len(places) < possible:
            text += f"; cuts={possible} tries them all"
        return LeakageCheck(True, (), text)
    return LeakageCheck(False, tuple(leaks), texts[-1])


def _predictions(forecast: Forecast, values: Array, start: int) -> Array:
    given = values.copy()
    result = check_array(
        "forecast(values)", forecast(given), "n-start", sizes={"n-start": len(values) - start}
    )
    return result.astype(np.float64)


def _explain(cut: int, start: int, horizon: int, at: Array, moved: Array) -> str:
    """Say which prediction moved too early, and what that is a sign of."""
    first = start + int(at[0])
    text = (
        f"the future leaks: only values from step {cut} on were changed, but\n"
        f"the prediction for step {first}, made at step {first - horizon}, moved by "
        f"{moved[at[0]]:.3g}.\n"
    )
    reach = cut + horizon - first
    if reach <= len(moved) // 2:
        steps = "1 step" if reach == 1 else f"{reach} steps"
        return text + WHY_NEAR.format(reach=steps)
    return text + WHY_ALL
