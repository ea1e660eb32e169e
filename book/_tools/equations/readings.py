"""All readings by name. A module for other runs adds its own here."""

from functools import cache, partial

from . import cells, notation, series, updates

MAKERS = {reading: partial(notation.lstm, reading) for reading in notation.READINGS}
MAKERS |= {reading: partial(cells.notation_of, reading) for reading in cells.READINGS}
MAKERS |= {reading: partial(updates.notation_of, reading) for reading in updates.READINGS}
MAKERS |= {reading: partial(series.notation_of, reading) for reading in series.READINGS}


@cache
def recorded(reading, seed):
    """Return the one `Notation` of a reading and a seed; all pages share it."""
    return MAKERS[reading](seed)
