"""The state of the living cell, and the address that opens the book's cell at that state.

The living cell is the drawing on the book's first page: one unit, one input, a few steps. Its
state goes into an address such as ``index.html#cell=1&bf=-2.2``: the version, then whatever
differs from the default, so that a link stays short. A link that was made once opens the same
state for ever: the default of version 1 never changes.
"""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from lstm_lesson.weights import NAMES

VERSION = "cell=1"
STEPS = 6  # at most

DEFAULT: dict[str, Any] = {
    "x": [1.0, 0.0, 0.0, 0.0],
    "h0": 0.0,
    "c0": 0.4,
    "y": 0.9,
    **{"wxi": 3.0, "wxf": 0.0, "wxg": 1.0, "wxo": 0.0},
    **{"whi": 0.0, "whf": 0.0, "whg": 0.5, "who": 0.5},
    **{"bi": -1.0, "bf": 2.0, "bg": 0.0, "bo": 1.0},
    "loss": "last",
    "t": 1,
    "view": "one",
    "direction": "forward",
    "carry": True,
    "over_h": True,
    "weight": "wxg",
    "stop": 1,
    "story": "",
    "part": "",
}
LIMITS: dict[str, tuple[float, float]] = {
    "x": (-2.0, 2.0),
    "h0": (-1.0, 1.0),
    "c0": (-3.0, 3.0),
    "y": (-2.0, 2.0),
    **{name: (-6.0, 6.0) for name in NAMES},
}
CHOICES: dict[str, tuple[Any, ...]] = {
    "loss": ("last", "every"),
    "view": ("one", "all"),
    "direction": ("forward", "backward"),
    "story": ("", "remember", "forget", "count", "vanish", "explode"),
    "part": ("", "weights", "gates", "states", "loss", "nodes", "sums", "time", "loop"),
    "weight": tuple(NAMES),
    "t": tuple(range(1, STEPS + 1)),
    "stop": tuple(range(6)),
}


def cell_address(page: str = "", /, *, f: float | None = None, **state: Any) -> str:
    """Return the address that opens the living cell at a state.

    Parameters
    ----------
    page : str, optional
        The address of the book's first page, to which the state is added.
    f : float between 0 and 1, optional
        A forget gate that is open by this share at every step: sets ``wxf`` and ``whf`` to 0
        and ``bf`` to ln(f / (1 - f)).
    **state
        What differs from `DEFAULT`: ``x`` (one to six numbers), ``h0``, ``c0``, the target
        ``y``, the twelve weights by name; ``loss`` ("last" or "every" step has one), ``t`` (the
        step that is shown), ``view`` ("one" step or "all"), ``direction`` ("forward" or
        "backward"), ``carry`` and ``over_h`` (bool: is this way back through time open),
        ``weight`` (whose gradient is added up), ``stop`` (0 to 5: of the tour), ``story`` (told
        instead of the tour), ``part`` (of the cell, which is lit).

    Returns
    -------
    str
        ``page#cell=1&…``.

    Raises
    ------
    ValueError
        A name that the cell has not, or a value outside its limits.

    Examples
    --------
    >>> cell_address("index.html", f=0.1, view="all")
    'index.html#cell=1&bf=-2.1972&view=all'
    """
    if f is not None:
        if not 0 < f < 1:
            raise ValueError(f"f: expected a share between 0 and 1, got {f!r}")
        state = {"wxf": 0.0, "whf": 0.0, "bf": round(math.log(f / (1 - f)), 4)} | state
    checked = check_state(state)
    changed = [name for name in DEFAULT if name in checked and checked[name] != DEFAULT[name]]
    return f"{page}#" + "&".join([VERSION, *(f"{n}={_say(checked[n])}" for n in changed)])


def read_address(address: str) -> dict[str, Any]:
    """Return the state that an address describes: all of `DEFAULT`, with what it changes.

    Parameters
    ----------
    address : str
        As `cell_address` or the button "Copy link" makes it, with or without the page.

    Raises
    ------
    ValueError
        Another version, a name that the cell has not, a name that stands there twice, or a
        value outside its limits.
    """
    version, *parts = address.rpartition("#")[2].split("&")
    if version != VERSION:
        raise ValueError(f"address: expected {VERSION} first, got {version!r}")
    state: dict[str, Any] = {}
    for part in parts:
        name, _, text = part.partition("=")
        if name in state:
            raise ValueError(f"{name}: expected it once, got it twice")
        state[name] = _read(name, text)
    return {**DEFAULT, "x": list(DEFAULT["x"])} | check_state(state)


def check_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return part of a state with its numbers as float; a ValueError names what is wrong."""
    checked = {name: check_value(name, value) for name, value in state.items()}
    steps = len(checked.get("x", DEFAULT["x"]))
    if checked.get("t", 1) > steps:
        raise ValueError(f"t: expected a step from 1 to {steps}, got {checked['t']}")
    return checked


def check_value(name: str, value: Any) -> Any:
    """Return one value of a state, numbers as float; a ValueError names what is wrong."""
    if name not in DEFAULT:
        raise ValueError(f"{name}: expected one of {', '.join(DEFAULT)}")
    if name == "x":
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise ValueError(f"x: expected 1 to {STEPS} numbers, got {value!r}")
        numbers = list(value)
        if not 1 <= len(numbers) <= STEPS:
            raise ValueError(f"x: expected 1 to {STEPS} numbers, got {len(numbers)}")
        return [_check_number("x", number) for number in numbers]
    if name in LIMITS:
        return _check_number(name, value)
    choices = CHOICES.get(name, (True, False))
    if value not in choices or isinstance(value, bool) != isinstance(choices[0], bool):
        raise ValueError(f"{name}: expected one of {list(choices)}, got {value!r}")
    return value


def _check_number(name: str, value: Any) -> float:
    low, high = LIMITS[name]
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, str) or not low <= number <= high:
        raise ValueError(f"{name}: expected a number from {low:g} to {high:g}, got {value!r}")
    return number


def _say(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_say, value))
    if isinstance(value, str):
        return value
    return repr(int(value) if value == int(value) else value)


def _read(name: str, text: str) -> Any:
    if name in LIMITS:
        texts = text.split(",") if name == "x" else [text]
        if all(re.fullmatch(r"-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", one) for one in texts):
            numbers = [float(one) for one in texts]
            return numbers if name == "x" else numbers[0]
    elif isinstance(DEFAULT.get(name), bool):
        return {"0": False, "1": True}.get(text, text)
    elif isinstance(DEFAULT.get(name), int):
        return int(text) if re.fullmatch(r"\d", text) else text
    return text
