"""Three real series, measured year by year and month by month, that come with the package.

Where they come from: data/README.md.
"""

import csv
from importlib import resources
from typing import NamedTuple

import numpy as np

from lstm_lesson.arguments import Array, check_choice


class Series(NamedTuple):
    """One number at a time, at equal distances in time.

    Attributes
    ----------
    name, title, unit : str
        What it is called in code, and on a picture's axes.
    time : ndarray, shape (n,)
        Year, with its fraction for months: the middle of what a value is the mean of.
    values : ndarray, shape (n,), float64
    season : int
        Steps after which it repeats, roughly: 12 months, or the 11 years of the Sun.
    """

    name: str
    title: str
    unit: str
    time: Array
    values: Array
    season: int


def load(name: str) -> Series:
    """Return one of the three series that come with the package.

    Parameters
    ----------
    name : {"sunspots", "co2", "elnino"}
        Sunspot numbers, yearly, 1700 to 2008; CO₂ in the air of Mauna Loa, monthly, March 1958 to
        December 2001; temperature of the sea in the region Niño 1+2, monthly, 1950 to 2010. All
        three are in the public domain.

    Returns
    -------
    Series
        A copy of its own: 309, 526 and 732 values. Months of ``co2`` are means of the weeks
        that begin in them; the five months without a week, the last of them in 1964, lie on the
        straight line between their neighbours.
    """
    check_choice("name", name, *READERS)
    return READERS[name](_rows(name))


def _rows(name: str) -> list[list[str]]:
    file = resources.files("lstm_lesson").joinpath(f"data/{name}.csv")
    return list(csv.reader(file.read_text("utf-8").splitlines()))[1:]


def _sunspots(rows: list[list[str]]) -> Series:
    years, numbers = np.array(rows, float).T
    return Series("sunspots", "Sunspots", "mean number in the year", years + 0.5, numbers, 11)


def _co2(rows: list[list[str]]) -> Series:
    weeks: dict[str, list[float]] = {}
    for date, ppm in rows:
        weeks.setdefault(date[:6], []).extend([float(ppm)] if ppm else [])
    time = np.array([int(month[:4]) + (int(month[4:]) - 0.5) / 12 for month in weeks])
    known = np.array([bool(ppm) for ppm in weeks.values()])
    means = [np.mean(ppm) for ppm in weeks.values() if ppm]
    return Series("co2", "CO₂ on Mauna Loa", "ppm", time, np.interp(time, time[known], means), 12)


def _elnino(rows: list[list[str]]) -> Series:
    table = np.array(rows, float)
    time = (table[:, :1] + (np.arange(12) + 0.5) / 12).ravel()
    return Series("elnino", "Sea, Niño 1+2", "°C", time, table[:, 1:].ravel(), 12)


READERS = {"sunspots": _sunspots, "co2": _co2, "elnino": _elnino}
